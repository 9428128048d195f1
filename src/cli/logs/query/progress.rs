//! How far a query is, on a terminal.

use std::io::{self, Write};

use crate::logs::insights::QueryState;
use crate::ui::format::bytes;

/// One line on standard error that is written over, or nothing where that is no terminal.
pub(super) struct Progress {
    terminal: bool,
    shown: bool,
}

impl Progress {
    pub fn new(terminal: bool) -> Self {
        Self { terminal, shown: false }
    }

    /// Writes over the line. Whoever took standard error away does not want it.
    pub fn show(&mut self, state: &QueryState) {
        if self.terminal {
            self.shown = true;
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K{}", told(state));
        }
    }

    /// Takes the line away.
    ///
    /// # Errors
    /// When standard error is gone.
    pub fn clear(&mut self) -> io::Result<()> {
        if std::mem::take(&mut self.shown) { write!(io::stderr().lock(), "\r\u{1b}[K") } else { Ok(()) }
    }

    /// Says at the end what it took.
    ///
    /// # Errors
    /// When standard error is gone.
    pub fn summary(&self, state: &QueryState) -> io::Result<()> {
        if self.terminal { writeln!(io::stderr().lock(), "{}", told(state)) } else { Ok(()) }
    }
}

fn told(state: &QueryState) -> String {
    let QueryState { status, scanned, scanned_bytes, matched, rows, .. } = state;
    let scanned_bytes = bytes(*scanned_bytes);
    format!("{status}: {matched} of {scanned} events matched, {scanned_bytes} scanned, {} rows", rows.len())
}
