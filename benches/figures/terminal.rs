//! The release binary in a pseudo-terminal, with the times at which it wrote.

use std::io::Read;
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything is waited for.
const DEADLINE: Duration = Duration::from_secs(300);
const COLUMNS: u16 = 200;
const ROWS: u16 = 50;

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
    child: Box<dyn Child + Send + Sync>,
    output: Arc<(Mutex<Output>, Condvar)>,
    started: Instant,
}

impl Terminal {
    /// Starts `quarterdeck` with those arguments.
    pub fn open(arguments: &[&str]) -> Self {
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
        let size = PtySize { rows: ROWS, cols: COLUMNS, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let output = Output { screen: parser(), written: Vec::new() };
        let output = Arc::new((Mutex::new(output), Condvar::new()));
        listen(pair.master.try_clone_reader().expect("a terminal can be read"), Arc::clone(&output));
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).expect("the program starts");
        Self { _master: pair.master, child, output, started }
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
        let mut screen = parser();
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

fn parser() -> vt100::Parser {
    let sized = |length| NonZero::new(length).unwrap();
    vt100::Parser::new(sized(ROWS), sized(COLUMNS), 0)
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
