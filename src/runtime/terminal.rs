//! The terminal, borrowed and given back: on quit, error, panic, signal and suspension.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crossterm::cursor::{Hide, Show};
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::style::{Attribute, Print, SetAttribute};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use signal_hook::consts::SIGTSTP;

use super::presenter::{FrameStats, Presenter};

/// Buttons and wheel in SGR coordinates. Not movement, which crossterm's own command turns on as well: each would wake us.
const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";

/// What the console wants of its terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Options {
    /// Clicks and the wheel come to us; selecting text then needs shift in most terminals.
    pub mouse: bool,
    /// Our own signs are drawn in ASCII.
    pub ascii: bool,
}

/// The terminal while it is ours. Dropping it gives it back.
#[derive(Debug)]
pub struct Terminal {
    presenter: Presenter,
    options: Options,
    hold: Arc<Hold>,
}

/// Whether the terminal is ours, shared with the panic hook.
#[derive(Debug)]
struct Hold {
    held: AtomicBool,
    owner: ThreadId,
}

impl Terminal {
    /// Takes the terminal: raw mode, alternate screen, no cursor, bracketed paste.
    ///
    /// From here on a panic of this thread gives the terminal back before it is reported, and one of another thread goes to
    /// the log instead of over the screen.
    ///
    /// # Errors
    /// When standard output is no terminal, or the terminal refuses. It is given back then.
    pub fn enter(options: Options) -> io::Result<Self> {
        if !io::stdout().is_terminal() {
            return Err(io::Error::other("standard output is no terminal"));
        }
        // The theme is fitted to the terminal already; crossterm must not drop colours on its own account.
        crossterm::style::force_color_output(true);
        let hold = Arc::new(Hold { held: AtomicBool::new(false), owner: thread::current().id() });
        guard_panics(Arc::clone(&hold));
        let (width, height) = size();
        let presenter = Presenter::new(width, height, options.ascii);
        let mut terminal = Self { presenter, options, hold };
        terminal.take()?;
        Ok(terminal)
    }

    fn take(&mut self) -> io::Result<()> {
        self.hold.held.store(true, Ordering::SeqCst);
        enable_raw_mode()?;
        let mut out = io::stdout().lock();
        queue!(out, EnterAlternateScreen, Hide, EnableBracketedPaste)?;
        if self.options.mouse {
            queue!(out, Print(MOUSE_ON))?;
        }
        self.presenter.forget();
        out.flush()
    }

    /// Where there is room to draw.
    #[must_use]
    pub fn area(&self) -> Rect {
        self.presenter.shown().area
    }

    /// The frame that was drawn last, for a picture of it.
    #[must_use]
    pub fn shown(&self) -> &Buffer {
        self.presenter.shown()
    }

    /// Lets `paint` fill an empty frame and writes what differs from the last one, in one piece.
    ///
    /// # Errors
    /// When the terminal does not take it; the next frame is drawn whole then.
    pub fn draw(&mut self, paint: impl FnOnce(&mut Buffer)) -> io::Result<FrameStats> {
        let (bytes, stats) = self.presenter.present(paint)?;
        if bytes.is_empty() {
            return Ok(stats);
        }
        let mut out = io::stdout().lock();
        let written = out.write_all(bytes).and_then(|()| out.flush());
        if written.is_err() {
            self.presenter.forget();
        }
        written.map(|()| stats)
    }

    /// Puts `text` on the clipboard of the terminal's user, across SSH and tmux, by OSC 52.
    ///
    /// A terminal that doesn't know the sequence, or doesn't allow it, ignores it without a word.
    ///
    /// # Errors
    /// When the terminal can't be written.
    pub fn copy(&mut self, text: &str) -> io::Result<()> {
        let encoded = STANDARD.encode(text);
        let mut out = io::stdout().lock();
        write!(out, "\x1b]52;c;{encoded}\x07")?;
        out.flush()
    }

    /// Takes the terminal's new size.
    pub fn resized(&mut self, width: u16, height: u16) {
        self.presenter.resize(width, height);
    }

    /// Draws everything at the next frame, because somebody else may have written to the terminal.
    pub fn redraw(&mut self) {
        self.presenter.forget();
    }

    /// Gives the terminal back, stops this process as Ctrl-Z does, and takes the terminal again when it is continued.
    ///
    /// Afterwards the size may be another: see [`area`](Self::area).
    ///
    /// # Errors
    /// When the terminal cannot be taken again.
    pub fn suspend(&mut self) -> io::Result<()> {
        self.restore();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        self.resume()
    }

    /// Takes the terminal as if anew, for when we were stopped without being asked and somebody else had it.
    ///
    /// Also right when it is ours still, as after [`suspend`](Self::suspend), of which the signal to continue tells once more:
    /// the alternate screen is not left, so nothing flickers.
    ///
    /// # Errors
    /// When the terminal refuses.
    pub fn resume(&mut self) -> io::Result<()> {
        // crossterm believes that raw mode is on and would leave what a shell has made of it.
        disable_raw_mode()?;
        let (width, height) = size();
        self.presenter.resize(width, height);
        self.take()
    }

    /// Gives the terminal back, once; dropping does the same. Drawing afterwards would write over somebody else's text.
    pub fn restore(&mut self) {
        self.hold.release();
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}

impl Hold {
    /// Gives the terminal back if it is ours. A terminal that is gone takes nothing, and nobody is left to tell.
    fn release(&self) {
        if !self.held.swap(false, Ordering::SeqCst) {
            return;
        }
        let _ = execute!(
            io::stdout(),
            EndSynchronizedUpdate,
            Print(MOUSE_OFF),
            DisableBracketedPaste,
            SetAttribute(Attribute::Reset),
            LeaveAlternateScreen,
            Show,
        );
        let _ = disable_raw_mode();
    }
}

/// Puts a step before the panic hook that is installed already, color-eyre's or another.
fn guard_panics(hold: Arc<Hold>) {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == hold.owner {
            hold.release();
        }
        if hold.held.load(Ordering::SeqCst) {
            tracing::error!("{panic}");
        } else {
            report(panic);
        }
    }));
}

/// The terminal's size; 80×24 where it does not say, as some that are not there at all do.
fn size() -> (u16, u16) {
    match crossterm::terminal::size() {
        Ok((width, height)) if width > 0 && height > 0 => (width, height),
        _ => (80, 24),
    }
}

#[cfg(test)]
mod tests;
