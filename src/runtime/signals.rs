//! The signals that a console must answer.

use std::io;

use signal_hook::consts::SIGTSTP;
use tokio::signal::unix::{self, SignalKind, signal};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Put the terminal back and end, with this exit code: 128 and the signal's number, as shells have it.
    Quit(u8),
    /// Put the terminal back and stop until continued.
    Suspend,
    /// We were continued: what the terminal shows is not known.
    Resume,
}

/// The signals, caught from the moment it is made.
#[derive(Debug)]
pub struct Signals {
    hangup: unix::Signal,
    interrupt: unix::Signal,
    quit: unix::Signal,
    terminate: unix::Signal,
    stop: unix::Signal,
    resume: unix::Signal,
}

impl Signals {
    /// Catches them, inside a tokio runtime.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            quit: signal(SignalKind::quit())?,
            terminate: signal(SignalKind::terminate())?,
            stop: signal(SignalKind::from_raw(SIGTSTP))?,
            resume: signal(SignalKind::from_raw(signal_hook::consts::SIGCONT))?,
        })
    }

    /// Waits for the next one. May be dropped and called again; none is lost.
    pub async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.hangup.recv() => Signal::Quit(128 + 1),
            _ = self.interrupt.recv() => Signal::Quit(128 + 2),
            _ = self.quit.recv() => Signal::Quit(128 + 3),
            _ = self.terminate.recv() => Signal::Quit(128 + 15),
            _ = self.stop.recv() => Signal::Suspend,
            _ = self.resume.recv() => Signal::Resume,
        }
    }
}

/// The signals that ask a command without a screen to end, caught from the moment it is made.
#[derive(Debug)]
pub struct Interrupts {
    hangup: unix::Signal,
    interrupt: unix::Signal,
    terminate: unix::Signal,
}

impl Interrupts {
    /// Catches them, inside a tokio runtime.
    ///
    /// # Errors
    /// When the system refuses a handler.
    pub fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the first of them. May be dropped and called again; none is lost.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
