//! The release binary in a pseudo-terminal, with the times at which it wrote.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything is waited for.
const DEADLINE: Duration = Duration::from_secs(300);
/// Columns and rows, where nothing else is asked for.
const SIZE: (u16, u16) = (200, 50);

struct Output {
    screen: vt100::Parser,
    /// When each piece came, and the piece.
    written: Vec<(Instant, Vec<u8>)>,
}

/// One piece of output, which is a frame if it is a small one.
pub struct Frame {
    /// The text of the screen before it.
    pub before: String,
    /// The text of the screen after it.
    pub after: String,
    /// How long it is.
    pub bytes: usize,
}

/// A console, ended when dropped.
pub struct Terminal {
    /// Open for as long as the program runs: closing it would end the program.
    _master: Box<dyn MasterPty + Send>,
    keyboard: Box<dyn Write + Send>,
    size: (u16, u16),
    child: Box<dyn Child + Send + Sync>,
    output: Arc<(Mutex<Output>, Condvar)>,
    started: Instant,
}

impl Terminal {
    /// Starts `quarterdeck` with those arguments.
    pub fn open(arguments: &[&str]) -> Self {
        Self::sized(SIZE, arguments)
    }

    /// Starts `quarterdeck` in a terminal of so many columns and rows.
    pub fn sized(size: (u16, u16), arguments: &[&str]) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_quarterdeck"));
        command.args(arguments);
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("COLORTERM", "truecolor"),
            ("XDG_CONFIG_HOME", "/nonexistent"),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_REGION", "eu-west-1"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
        ] {
            command.env(name, value);
        }
        for name in ["NO_COLOR", "AWS_PROFILE", "AWS_SESSION_TOKEN", "http_proxy", "HTTP_PROXY"] {
            command.env_remove(name);
        }
        let pty = PtySize { rows: size.1, cols: size.0, ..PtySize::default() };
        let pair = native_pty_system().openpty(pty).expect("a terminal");
        let output = Output { screen: parser(size), written: Vec::new() };
        let output = Arc::new((Mutex::new(output), Condvar::new()));
        listen(pair.master.try_clone_reader().expect("a terminal can be read"), Arc::clone(&output));
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program starts");
        let keyboard = pair.master.take_writer().expect("a terminal can be written");
        Self { _master: pair.master, keyboard, size, child, output, started }
    }

    /// Types.
    pub fn keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).expect("the program reads keys");
    }

    /// The text of the screen as it is now.
    pub fn text(&self) -> String {
        self.output.0.lock().unwrap().screen.screen().contents()
    }

    /// Starts the console on the fleet that a server simulates.
    pub fn on(server: &super::server::Server, arguments: &[&str]) -> Self {
        Self::open(&[&["--endpoint-url", &server.url, "--cluster", "harbor"], arguments].concat())
    }

    /// Waits until the screen fulfils `condition`; gives the time from the start to the byte that made it so.
    pub fn wait(&self, condition: impl Fn(&str) -> bool) -> Duration {
        let (output, changed) = &*self.output;
        let mut output = output.lock().unwrap();
        loop {
            let text = output.screen.screen().contents();
            if let Some((at, _)) = output.written.last().filter(|_| condition(&text)) {
                return at.duration_since(self.started);
            }
            assert!(self.started.elapsed() < DEADLINE, "waited in vain; the screen shows:\n{text}");
            output = changed.wait_timeout(output, Duration::from_secs(1)).unwrap().0;
        }
    }

    /// What was written from `since` on, each piece with the screen before and after it.
    pub fn frames(&self, since: Instant) -> Vec<Frame> {
        let output = self.output.0.lock().unwrap();
        let mut screen = parser(self.size);
        let mut frames = Vec::new();
        for (at, piece) in &output.written {
            let before = screen.screen().contents();
            screen.process(piece);
            if *at >= since {
                frames.push(Frame { before, after: screen.screen().contents(), bytes: piece.len() });
            }
        }
        frames
    }

    /// The console's process id.
    pub fn pid(&self) -> u32 {
        self.child.process_id().expect("a child has an id")
    }
}

fn parser((columns, rows): (u16, u16)) -> vt100::Parser {
    let sized = |length| NonZero::new(length).unwrap();
    vt100::Parser::new(sized(rows), sized(columns), 0)
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut reader: Box<dyn Read + Send>, output: Arc<(Mutex<Output>, Condvar)>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 65_536];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            let at = Instant::now();
            let (output, changed) = &*output;
            let mut output = output.lock().unwrap();
            output.screen.process(&buffer[..length]);
            output.written.push((at, buffer[..length].to_vec()));
            changed.notify_all();
        }
    });
}
