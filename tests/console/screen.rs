//! A pseudo-terminal with a program in it, and the screen that it draws.

use std::io::{Read, Write};
use std::num::NonZero;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::sys::termios::LocalFlags;
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, native_pty_system};

/// How long anything may take on a busy machine before the test gives up.
const DEADLINE: Duration = Duration::from_secs(60);

/// What has come out of the terminal so far.
struct Output {
    screen: vt100::Parser,
    raw: Vec<u8>,
}

/// A program in a terminal of its own, ended when dropped.
pub struct Screen {
    master: Box<dyn MasterPty + Send>,
    child: Box<dyn Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    output: Arc<(Mutex<Output>, Condvar)>,
}

impl Screen {
    /// Starts `quarterdeck` with `arguments` in a terminal of `rows` by `columns`.
    pub fn open(arguments: &[&str], (columns, rows): (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_quarterdeck"));
        command.args(arguments);
        Self::run(command, (columns, rows))
    }

    /// Starts this very test binary for one of its tests alone, one that is ignored otherwise.
    pub fn victim(test: &str, size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new(std::env::current_exe().expect("a test knows its binary"));
        command.args(["--exact", test, "--ignored", "--nocapture", "--test-threads", "1"]);
        Self::run(command, size)
    }

    /// Starts an interactive shell that runs `script`, with the program's path as `$0`.
    pub fn shell(script: &str, size: (u16, u16)) -> Self {
        let mut command = CommandBuilder::new("bash");
        command.args(["--noprofile", "--norc", "-i", "-c", script, env!("CARGO_BIN_EXE_quarterdeck")]);
        Self::run(command, size)
    }

    fn run(mut command: CommandBuilder, (cols, rows): (u16, u16)) -> Self {
        for (name, value) in
            [("TERM", "xterm-256color"), ("COLORTERM", "truecolor"), ("XDG_CONFIG_HOME", "/nonexistent")]
        {
            command.env(name, value);
        }
        for (name, value) in
            [("AWS_ACCESS_KEY_ID", "any"), ("AWS_SECRET_ACCESS_KEY", "any"), ("AWS_CONFIG_FILE", "/nonexistent")]
        {
            command.env(name, value);
        }
        command.env_remove("NO_COLOR");
        let pair = native_pty_system().openpty(PtySize { rows, cols, ..PtySize::default() }).expect("a terminal");
        let child = pair.slave.spawn_command(command).expect("the program starts");
        drop(pair.slave);
        let output = Output { screen: vt100::Parser::new(sized(rows), sized(cols), 0), raw: Vec::new() };
        let output = Arc::new((Mutex::new(output), Condvar::new()));
        let reader = pair.master.try_clone_reader().expect("a terminal can be read");
        listen(reader, Arc::clone(&output));
        let keys = pair.master.take_writer().expect("a terminal can be written");
        Self { master: pair.master, child, keys, output }
    }

    /// Waits until the screen fulfils `condition`, and gives its text.
    pub fn wait(&self, what: &str, condition: impl Fn(&str) -> bool) -> String {
        self.wait_within(DEADLINE, what, condition)
    }

    /// The same for what takes its time, however busy the machine is.
    pub fn wait_within(&self, patience: Duration, what: &str, condition: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        let (output, changed) = &*self.output;
        let mut output = output.lock().expect("the reader lives");
        loop {
            let text = output.screen.screen().contents();
            if condition(&text) {
                return text;
            }
            assert!(started.elapsed() < patience, "waited in vain for {what}; the screen shows:\n{text}");
            output = changed.wait_timeout(output, Duration::from_millis(100)).expect("the reader lives").0;
        }
    }

    /// Waits for `text` anywhere on the screen.
    pub fn wait_for(&self, text: &str) -> String {
        self.wait(text, |screen| screen.contains(text))
    }

    /// Types `keys`.
    pub fn keys(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).and_then(|()| self.keys.flush()).expect("a terminal takes keys");
    }

    /// Gives the terminal another size.
    pub fn resize(&self, (cols, rows): (u16, u16)) {
        self.output.0.lock().expect("the reader lives").screen.screen_mut().set_size(sized(rows), sized(cols));
        self.master.resize(PtySize { rows, cols, ..PtySize::default() }).expect("a terminal can be resized");
    }

    /// Sends the program a signal.
    pub fn signal(&self, signal: Signal) {
        kill(self.pid(), signal).expect("the program lives");
    }

    fn pid(&self) -> Pid {
        let id = self.child.process_id().expect("a child has an id");
        Pid::from_raw(i32::try_from(id).expect("an id fits"))
    }

    /// Waits until the program has ended.
    pub fn end(&mut self) -> ExitStatus {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                self.drained();
                return status;
            }
            assert!(started.elapsed() < DEADLINE, "the program does not end");
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Waits until everything that the program wrote has been read: the last thing it does is show the cursor.
    fn drained(&self) {
        let started = Instant::now();
        while self.screen(vt100::Screen::hide_cursor) && started.elapsed() < DEADLINE {
            std::thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Asks the screen something.
    pub fn screen<T>(&self, ask: impl FnOnce(&vt100::Screen) -> T) -> T {
        ask(self.output.0.lock().expect("the reader lives").screen.screen())
    }

    /// How often the bytes of `sequence` were written.
    pub fn wrote(&self, sequence: &str) -> usize {
        let output = self.output.0.lock().expect("the reader lives");
        output.raw.windows(sequence.len()).filter(|window| *window == sequence.as_bytes()).count()
    }

    /// Asserts that the terminal is as a shell expects it: main screen, cursor, no mouse, no raw mode.
    pub fn assert_restored(&self) {
        self.screen(|screen| {
            assert!(!screen.alternate_screen(), "the alternate screen is still shown");
            assert!(!screen.hide_cursor(), "the cursor is still hidden");
            assert!(!screen.bracketed_paste(), "bracketed paste is still on");
            assert_eq!(screen.mouse_protocol_mode(), vt100::MouseProtocolMode::None, "the mouse is still taken");
        });
        assert!(self.cooked(), "the terminal is still raw");
    }

    /// Whether lines are edited and echoed by the terminal itself.
    pub fn cooked(&self) -> bool {
        let modes = self.master.get_termios().expect("a terminal has modes");
        let cooked = (LocalFlags::ICANON | LocalFlags::ECHO).bits();
        modes.local_flags.bits() & cooked == cooked
    }
}

fn sized(length: u16) -> NonZero<u16> {
    NonZero::new(length).expect("a terminal has a size")
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut reader: Box<dyn Read + Send>, output: Arc<(Mutex<Output>, Condvar)>) {
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(length @ 1..) = reader.read(&mut buffer) {
            let (output, changed) = &*output;
            let mut output = output.lock().expect("nobody panics with it");
            output.screen.process(&buffer[..length]);
            output.raw.extend_from_slice(&buffer[..length]);
            changed.notify_all();
        }
    });
}
