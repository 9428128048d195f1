//! From one frame to the next: only what changed, in one piece.

mod scroll;

use std::io::{self, Write};

use crossterm::queue;
use crossterm::style::{Attribute, SetAttribute};
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};
use unicode_width::UnicodeWidthStr;

use self::scroll::Shift;
use crate::ui::ascii;

/// What a frame cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FrameStats {
    /// Bytes for the terminal; 0 if nothing changed.
    pub bytes: usize,
    /// Cells that changed.
    pub cells: usize,
}

/// Keeps what the terminal shows and says what has to be written to show the next frame.
#[derive(Debug)]
pub struct Presenter {
    shown: Buffer,
    next: Buffer,
    /// What each row shows, as it was presented.
    rows: Vec<u64>,
    /// What the terminal shows is not known: it must be cleared and drawn whole.
    fresh: bool,
    ascii: bool,
    bytes: Vec<u8>,
}

impl Presenter {
    /// A presenter for a terminal of that size, of which nothing is known yet. `ascii`: our own signs become ASCII.
    #[must_use]
    pub fn new(width: u16, height: u16, ascii: bool) -> Self {
        let area = Rect::new(0, 0, width, height);
        Self {
            shown: Buffer::empty(area),
            next: Buffer::empty(area),
            rows: Vec::new(),
            fresh: true,
            ascii,
            bytes: Vec::new(),
        }
    }

    /// Lets `paint` fill an empty frame and gives the bytes that bring the terminal there.
    ///
    /// # Errors
    /// None in practice: the bytes go to memory.
    pub fn present(&mut self, paint: impl FnOnce(&mut Buffer)) -> io::Result<(&[u8], FrameStats)> {
        self.next.reset();
        paint(&mut self.next);
        if self.ascii {
            ascii::transliterate(&mut self.next);
        }
        blank_halves(&mut self.next);
        self.bytes.clear();
        if self.fresh {
            self.shown.reset();
            self.rows.clear();
        }
        let rows = scroll::fingerprints(&self.next, &self.shown, &self.rows);
        if rows == self.rows {
            // Most frames of a quiet fleet end here: the time went on, and nothing that shows has changed.
            return Ok((&self.bytes, FrameStats::default()));
        }
        let moved = scroll::shift(&self.rows, &rows).filter(|_| !self.fresh);
        self.rows = rows;
        if let Some(moved) = moved {
            moved.apply(&mut self.shown);
        }
        let cells = self.shown.diff_iter(&self.next).count();
        if self.fresh || cells > 0 || moved.is_some() {
            self.encode(moved)?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        distrust_halves(&mut self.shown);
        self.fresh = false;
        Ok((&self.bytes, FrameStats { bytes: self.bytes.len(), cells }))
    }

    /// A terminal that does not know synchronized updates ignores the two marks, as it does any unknown private mode.
    fn encode(&mut self, moved: Option<Shift>) -> io::Result<()> {
        queue!(self.bytes, BeginSynchronizedUpdate)?;
        if self.fresh {
            queue!(self.bytes, SetAttribute(Attribute::Reset), Clear(ClearType::All))?;
        }
        if let Some(moved) = moved {
            self.scroll(moved)?;
        }
        let cells = bridged(self.shown.diff_iter(&self.next), &self.next);
        CrosstermBackend::new(&mut self.bytes).draw(cells.into_iter())?;
        queue!(self.bytes, EndSynchronizedUpdate)
    }

    /// Deletes or inserts lines at the top of a region, which every terminal can. What comes in is blank, in the colours that are set:
    /// none, therefore.
    fn scroll(&mut self, Shift { top, bottom, by }: Shift) -> io::Result<()> {
        queue!(self.bytes, SetAttribute(Attribute::Reset))?;
        let (count, verb) = (by.unsigned_abs(), if by > 0 { 'M' } else { 'L' });
        write!(self.bytes, "\x1b[{};{bottom}r\x1b[{};1H\x1b[{count}{verb}\x1b[r", top + 1, top + 1)
    }

    /// Draws everything at the next frame, whatever the terminal shows.
    pub fn forget(&mut self) {
        self.fresh = true;
    }

    /// Takes the terminal's new size; everything is drawn at the next frame.
    pub fn resize(&mut self, width: u16, height: u16) {
        *self = Self::new(width, height, self.ascii);
    }

    /// The frame that was presented last. What wide characters cover with their right halves means nothing.
    #[must_use]
    pub fn shown(&self) -> &Buffer {
        &self.shown
    }
}

/// Columns between two changes up to which writing what stands there costs fewer bytes than going to the other one.
const BRIDGED: u16 = 6;

/// The changes, with the cells between two that are near each other.
fn bridged<'a>(changes: impl Iterator<Item = (u16, u16, &'a Cell)>, next: &'a Buffer) -> Vec<(u16, u16, &'a Cell)> {
    let mut cells: Vec<(u16, u16, &Cell)> = Vec::new();
    for (x, y, cell) in changes {
        if let Some((last, row, _)) = cells.last().copied()
            && row == y
            && x > last
            && x - last <= BRIDGED
        {
            let between = (last..x).map(|x| next.cell((x, y)));
            let narrow: Option<Vec<&Cell>> =
                between.map(|cell| cell.filter(|cell| cell.symbol().width() == 1)).collect();
            let filled = narrow.into_iter().flat_map(|cells| (last..x).zip(cells).skip(1));
            cells.extend(filled.map(|(x, cell)| (x, y, cell)));
        }
        cells.push((x, y, cell));
    }
    cells
}

/// Calls `visit` with every wide character and the cell that its right half covers, if there is one.
fn wide_cells(buffer: &mut Buffer, mut visit: impl FnMut(&mut Cell, Option<&mut Cell>)) {
    let width = usize::from(buffer.area.width).max(1);
    for row in buffer.content.chunks_mut(width) {
        let mut rest = row;
        while let Some((cell, after)) = rest.split_first_mut() {
            if cell.symbol().len() > 1 && cell.symbol().width() > 1 {
                visit(cell, after.first_mut());
            }
            rest = after;
        }
    }
}

/// Blanks wide characters whose right half something else was drawn over, such as the frame of an overlay: a terminal
/// cannot show half of one, and would show all of it over what belongs there.
fn blank_halves(buffer: &mut Buffer) {
    wide_cells(buffer, |wide, right| {
        if right.is_none_or(|right| right.symbol() != " ") {
            wide.set_symbol(" ");
        }
    });
}

/// Makes the right halves differ from whatever comes next. What a terminal leaves there once a wide character is
/// overwritten is its own affair, so the cell must be drawn, even as a blank.
fn distrust_halves(buffer: &mut Buffer) {
    wide_cells(buffer, |_, right| {
        if let Some(right) = right {
            right.set_symbol("\u{FFFD}").set_style(Style::new().add_modifier(Modifier::all()));
        }
    });
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use ratatui::style::Color;

    use super::*;

    /// Signs of one and of two columns.
    const SIGNS: [&str; 8] = ["a", "Z", " ", "│", "█", "≥", "日", "🙂"];

    fn scribble(buffer: &mut Buffer, random: &mut fastrand::Rng, strokes: usize) {
        for _ in 0..strokes {
            let (x, y) = (random.u16(0..buffer.area.width), random.u16(0..buffer.area.height));
            let style = Style::new()
                .fg(Color::Indexed(random.u8(..)))
                .bg(Color::Rgb(random.u8(..), 0, 7))
                .add_modifier(if random.bool() { Modifier::BOLD } else { Modifier::REVERSED });
            let sign = SIGNS[random.usize(..SIGNS.len())];
            buffer.set_stringn(x, y, sign, usize::from(buffer.area.width - x), style);
        }
    }

    fn screen(width: u16, height: u16) -> vt100::Parser {
        vt100::Parser::new(height.try_into().unwrap(), width.try_into().unwrap(), 0)
    }

    /// What a terminal shows, cell by cell: text, bold, reverse.
    fn seen(terminal: &vt100::Parser, area: Rect) -> Vec<(String, bool, bool)> {
        let cells = area.positions().map(|at| terminal.screen().cell(at.y, at.x).unwrap());
        // The right half of a wide character has no look of its own.
        let look = |cell: &vt100::Cell| match (cell.is_wide_continuation(), cell.has_contents()) {
            (true, _) => (String::new(), false, false),
            (false, true) => (cell.contents().to_owned(), cell.bold(), cell.inverse()),
            (false, false) => (" ".to_owned(), cell.bold(), cell.inverse()),
        };
        cells.map(look).collect()
    }

    #[test]
    fn changes_alone_show_the_same_as_the_whole_frame() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let area = Rect::new(0, 0, 23, 7);
        let mut terminal = screen(area.width, area.height);
        terminal.process(b"left over from before");
        let mut presenter = Presenter::new(area.width, area.height, false);
        let mut frame = Buffer::empty(area);
        for _ in 0..60 {
            let strokes = random.usize(0..40);
            scribble(&mut frame, &mut random, strokes);
            let (bytes, _) = presenter.present(|buffer| buffer.clone_from(&frame)).unwrap();
            terminal.process(bytes);
            let mut whole = screen(area.width, area.height);
            let mut other = Presenter::new(area.width, area.height, false);
            whole.process(other.present(|buffer| buffer.clone_from(&frame)).unwrap().0);
            for (at, (changed, drawn)) in
                area.positions().zip(seen(&terminal, area).into_iter().zip(seen(&whole, area)))
            {
                assert_eq!(changed, drawn, "at {at}");
            }
        }
    }

    /// Log lines of every width that come in at the bottom, a few at a time, between a header and a footer that change; now and then the
    /// window is resized, or scrolled back.
    #[test]
    fn scrolling_shows_the_same_as_the_whole_frame() {
        let seed = fastrand::u64(..);
        println!("seed {seed}");
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut width, mut height) = (30_u16, 12_u16);
        let mut terminal = screen(width, height);
        let mut presenter = Presenter::new(width, height, false);
        let line = |random: &mut fastrand::Rng| -> String {
            (0..random.usize(0..40)).map(|_| SIGNS[random.usize(..SIGNS.len())]).collect()
        };
        let lines: Vec<String> = (0..300).map(|_| line(&mut random)).collect();
        let mut first = 0;
        for round in 0..150 {
            if random.usize(..25) == 0 {
                (width, height) = (random.u16(5..50), random.u16(5..20));
                terminal = screen(width, height);
                presenter.resize(width, height);
            }
            first =
                if random.usize(..4) == 0 { first - first.min(random.usize(..5)) } else { first + random.usize(..4) };
            let paint = |buffer: &mut Buffer| {
                buffer.set_string(0, 0, format!("round {round}"), Style::new().fg(Color::Red));
                for (y, text) in (1..height - 1).zip(lines.iter().skip(first)) {
                    let style = if y + 2 == height { Style::new().bg(Color::Blue) } else { Style::new() };
                    buffer.set_stringn(0, y, text, usize::from(width), style);
                }
                buffer.set_string(0, height - 1, format!("{first} lines"), Style::new());
            };
            terminal.process(presenter.present(paint).unwrap().0);
            let mut whole = screen(width, height);
            whole.process(Presenter::new(width, height, false).present(paint).unwrap().0);
            let area = Rect::new(0, 0, width, height);
            for (at, (changed, drawn)) in
                area.positions().zip(seen(&terminal, area).into_iter().zip(seen(&whole, area)))
            {
                assert_eq!(changed, drawn, "round {round} at {at}");
            }
        }
    }

    /// What a tailed line costs: itself, and what stands beside it.
    #[test]
    fn a_line_that_comes_in_at_either_end_is_written_alone() {
        let (width, height) = (200, 60);
        let mut presenter = Presenter::new(width, height, false);
        let paint = |first: usize| {
            move |buffer: &mut Buffer| {
                for y in 1..height - 1 {
                    let text = format!("{:>6} {}", first + usize::from(y), "word ".repeat(30));
                    buffer.set_string(0, y, text, Style::new());
                }
            }
        };
        presenter.present(paint(0)).unwrap();
        let (bytes, stats) = presenter.present(paint(1)).unwrap();
        assert!(bytes.len() < 400, "{} bytes", bytes.len());
        assert!(stats.cells <= 200, "{} cells", stats.cells);
        let (bytes, stats) = presenter.present(paint(0)).unwrap();
        assert!(bytes.len() < 400 && stats.cells <= 200, "back: {} bytes, {} cells", bytes.len(), stats.cells);
    }

    #[test]
    fn an_unchanged_frame_costs_nothing() {
        let mut presenter = Presenter::new(20, 3, false);
        let paint = |buffer: &mut Buffer| {
            buffer.set_string(2, 1, "web", Style::new());
        };
        let (_, first) = presenter.present(paint).unwrap();
        assert!(first.bytes > 0 && first.cells == 3);
        assert_eq!(presenter.present(paint).unwrap(), (&[][..], FrameStats::default()));
        let changed = |buffer: &mut Buffer| {
            buffer.set_string(2, 1, "wob", Style::new());
        };
        assert_eq!(presenter.present(changed).unwrap().1.cells, 1);
    }

    #[test]
    fn what_was_forgotten_is_drawn_whole() {
        let mut presenter = Presenter::new(20, 3, false);
        let paint = |buffer: &mut Buffer| {
            buffer.set_string(2, 1, "web", Style::new());
        };
        presenter.present(paint).unwrap();
        presenter.forget();
        let mut terminal = screen(20, 3);
        terminal.process("somebody else wrote here\r\nand here".as_bytes());
        terminal.process(presenter.present(paint).unwrap().0);
        assert_eq!(terminal.screen().contents(), "\n  web");
        presenter.resize(4, 1);
        assert_eq!(presenter.present(|buffer| assert_eq!(buffer.area, Rect::new(0, 0, 4, 1))).unwrap().1.cells, 0);
    }

    #[test]
    fn signs_become_ascii_where_that_is_asked_for() {
        let mut presenter = Presenter::new(4, 1, true);
        let (bytes, _) = presenter.present(|buffer| buffer.set_style(buffer.area, Style::new())).unwrap();
        assert!(bytes.is_ascii());
        let (bytes, _) = presenter
            .present(|buffer| {
                buffer.set_string(0, 0, "●≥…", Style::new());
            })
            .unwrap();
        assert!(bytes.is_ascii(), "{bytes:?}");
    }
}
