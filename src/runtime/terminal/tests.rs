//! The test binary runs itself in a pseudo-terminal, so that what is left behind can be looked at from outside.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

use std::fs::File;
use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crossterm::event::EventStream;
use futures::StreamExt;
use nix::sys::signal::{Signal as UnixSignal, kill};
use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use portable_pty::{Child, CommandBuilder, ExitStatus, PtyPair, PtySize, native_pty_system};
use ratatui::style::Style;
use vt100::{MouseProtocolMode, Screen};

use super::*;
use crate::runtime::input::{Input, input};
use crate::runtime::signals::{Signal, Signals};

/// Set in the process that is the console and not the test.
const CHILD: &str = "QUARTERDECK_TERMINAL_TEST";

/// Longer than any of this takes on a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(60);

/// The console's side: shows what happened, and obeys single keys.
#[test]
fn child() {
    if std::env::var_os(CHILD).is_none() {
        return;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let code = runtime.block_on(console());
    std::process::exit(code.into());
}

async fn console() -> u8 {
    let mut signals = Signals::new().unwrap();
    let mut terminal = Terminal::enter(Options { mouse: true, ascii: false }).unwrap();
    let mut events = EventStream::new();
    let mut text = String::from("ready");
    loop {
        let (width, height) = (terminal.area().width, terminal.area().height);
        let line = format!("{text} {width}x{height}");
        let paint = |buffer: &mut Buffer| {
            buffer.set_string(0, 0, line, Style::new());
        };
        terminal.draw(paint).unwrap();
        tokio::select! {
            event = events.next() => match input(event.unwrap().unwrap()) {
                Some(Input::Key(key)) => match key.typed() {
                    Some('q') => return 0,
                    Some('p') => panic!("the panic of the console"),
                    Some('t') => {
                        let _ = thread::spawn(|| panic!("the panic of a helper")).join();
                        text = "survived".to_owned();
                    }
                    Some('z') => {
                        terminal.suspend().unwrap();
                        text = "back".to_owned();
                    }
                    _ => {}
                },
                Some(Input::Resize(width, height)) => terminal.resized(width, height),
                Some(Input::Paste(pasted)) => text = format!("pasted {pasted}"),
                Some(Input::Click(x, y)) => text = format!("clicked {x},{y}"),
                _ => {}
            },
            signal = signals.next() => match signal {
                Signal::Quit(code) => return code,
                Signal::Suspend => terminal.suspend().unwrap(),
                Signal::Resume => terminal.resume().unwrap(),
            },
        }
    }
}

/// The user's side.
struct Session {
    pair: PtyPair,
    child: Box<dyn Child + Send + Sync>,
    keyboard: Box<dyn Write + Send>,
    screen: Arc<(Mutex<vt100::Parser>, Condvar)>,
    modes: String,
}

impl Session {
    fn start() -> Self {
        let size = PtySize { rows: 40, cols: 60, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).unwrap();
        let modes = format!("{:?}", pair.master.get_termios().unwrap());
        let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
        command.args(["--exact", "runtime::terminal::tests::child", "--nocapture", "--test-threads=1"]);
        command.env(CHILD, "1");
        command.env("RUST_BACKTRACE", "0");
        let child = pair.slave.spawn_command(command).unwrap();
        let parser = vt100::Parser::new(size.rows.try_into().unwrap(), size.cols.try_into().unwrap(), 0);
        let screen = Arc::new((Mutex::new(parser), Condvar::new()));
        follow(pair.master.try_clone_reader().unwrap(), Arc::clone(&screen));
        let keyboard = pair.master.take_writer().unwrap();
        let session = Self { pair, child, keyboard, screen, modes };
        session.wait_for("ready 60x40");
        session
    }

    /// The modes that the terminal is in.
    fn now(&self) -> String {
        format!("{:?}", self.pair.master.get_termios().unwrap())
    }

    fn wait_for(&self, text: &str) {
        self.wait(text, |screen| screen.contents().contains(text), || {});
    }

    /// Waits until what is on screen is `right`; does `meanwhile` again and again.
    fn wait(&self, what: &str, right: impl Fn(&Screen) -> bool, meanwhile: impl Fn()) {
        let started = Instant::now();
        let (screen, changed) = &*self.screen;
        let mut held = screen.lock().unwrap();
        while !right(held.screen()) {
            assert!(started.elapsed() < PATIENCE, "waited for {what}; the screen shows\n{}", held.screen().contents());
            held = changed.wait_timeout(held, Duration::from_millis(20)).unwrap().0;
            meanwhile();
        }
    }

    fn press(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).unwrap();
        self.keyboard.flush().unwrap();
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.process_id().unwrap().try_into().unwrap())
    }

    fn signal(&self, signal: UnixSignal) {
        kill(self.pid(), signal).unwrap();
    }

    /// The terminal is as it was before the console came.
    fn wait_until_given_back(&self) {
        let as_before = |screen: &Screen| {
            !screen.alternate_screen()
                && !screen.hide_cursor()
                && !screen.bracketed_paste()
                && screen.mouse_protocol_mode() == MouseProtocolMode::None
                && self.now() == self.modes
        };
        self.wait("the terminal to be as before", as_before, || {});
    }

    fn end(mut self) -> ExitStatus {
        let status = self.child.wait().unwrap();
        self.wait_until_given_back();
        status
    }
}

fn follow(mut reader: Box<dyn Read + Send>, screen: Arc<(Mutex<vt100::Parser>, Condvar)>) {
    thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = reader.read(&mut bytes) {
            screen.0.lock().unwrap().process(&bytes[..count]);
            screen.1.notify_all();
        }
    });
}

#[test]
fn the_terminal_is_taken_and_given_back_on_quit() {
    let mut session = Session::start();
    let taken = |screen: &Screen| {
        screen.alternate_screen()
            && screen.hide_cursor()
            && screen.bracketed_paste()
            && screen.mouse_protocol_mode() == MouseProtocolMode::PressRelease
    };
    session.wait("the terminal to be taken", taken, || {});
    assert_ne!(session.now(), session.modes, "raw mode is on");
    session.press("q");
    assert_eq!(session.end().exit_code(), 0);
}

#[test]
fn a_panic_gives_the_terminal_back_before_it_is_reported() {
    let mut session = Session::start();
    session.press("p");
    let reported =
        |screen: &Screen| !screen.alternate_screen() && screen.contents().contains("the panic of the console");
    session.wait("the report of the panic", reported, || {});
    assert_ne!(session.end().exit_code(), 0);
}

#[test]
fn a_panic_elsewhere_leaves_the_screen_alone() {
    let mut session = Session::start();
    session.press("t");
    session.wait_for("survived");
    session.press("q");
    assert_eq!(session.end().exit_code(), 0);
}

#[test]
fn signals_that_end_give_the_terminal_back() {
    for (signal, code) in [(UnixSignal::SIGTERM, 143), (UnixSignal::SIGHUP, 129), (UnixSignal::SIGINT, 130)] {
        let session = Session::start();
        session.signal(signal);
        assert_eq!(session.end().exit_code(), code, "{signal}");
    }
}

#[test]
fn suspended_it_gives_the_terminal_back_and_takes_it_again() {
    let mut session = Session::start();
    session.press("z");
    session.wait_until_given_back();
    session.wait(
        "the console to be back",
        |screen| screen.contents().contains("back"),
        || session.signal(UnixSignal::SIGCONT),
    );
    session.wait("the terminal to be taken", |screen| screen.alternate_screen() && screen.hide_cursor(), || {});
    // Each signal to continue takes the terminal as if anew, by way of the shell's modes: one may still be on its way.
    session.wait("raw mode to be on again", |_| session.now() != session.modes, || {});
    session.press("q");
    assert_eq!(session.end().exit_code(), 0);
}

#[test]
fn stopped_without_being_asked_it_takes_the_terminal_again() {
    let mut session = Session::start();
    let raw = session.now();
    session.signal(UnixSignal::SIGSTOP);
    let shell = File::open(session.pair.master.tty_name().unwrap()).unwrap();
    let mut modes = tcgetattr(&shell).unwrap();
    modes.local_flags |= LocalFlags::ICANON | LocalFlags::ECHO;
    tcsetattr(&shell, SetArg::TCSANOW, &modes).unwrap();
    assert_ne!(session.now(), raw, "the shell has it");
    session.wait("raw mode", |_| session.now() == raw, || session.signal(UnixSignal::SIGCONT));
    session.press("q");
    assert_eq!(session.end().exit_code(), 0);
}

#[test]
fn it_hears_of_sizes_pastes_and_clicks() {
    let mut session = Session::start();
    session.pair.master.resize(PtySize { rows: 42, cols: 70, ..PtySize::default() }).unwrap();
    session.wait_for("ready 70x42");
    session.press("\x1b[200~one\rtwo\x1b[201~");
    session.wait_for("pasted one");
    session.press("\x1b[<0;5;3M");
    session.wait_for("clicked 4,2");
    session.press("q");
    assert_eq!(session.end().exit_code(), 0);
}
