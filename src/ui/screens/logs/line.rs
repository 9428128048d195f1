//! One line: when, who, what it says, with what was searched for in colour.

use std::ops::Range;

use ratatui::layout::{Position, Rect};

use super::clock;
use crate::app::logs::{Logs, Placed, wrap};
use crate::logs::event::{Level, Row};
use crate::logs::ink::{Hue, Ink};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::widgets::glyph::Glyph;

/// Columns of the marks at the left: bookmark or selection, and how grave the line is.
const MARKS: u16 = 2;
/// The widest name of a source.
const WIDEST: u16 = 20;
/// Below this width times have no milliseconds and names are short.
const NARROW: u16 = 90;

const SOURCES: [Role; 6] = [Role::Source1, Role::Source2, Role::Source3, Role::Source4, Role::Source5, Role::Source6];
const HIGHLIGHTS: [Role; 3] = [Role::Highlight1, Role::Highlight2, Role::Highlight3];

/// Where the parts of a line stand.
pub(super) struct Columns {
    time: u16,
    name: u16,
    /// Columns of the text.
    pub text: u16,
}

impl Columns {
    /// For lines of that width. One source needs no name in front of each line.
    pub(super) fn of(logs: &Logs, width: u16) -> Self {
        let narrow = width < NARROW;
        let widest = logs.feeds().iter().map(|feed| format::width(&feed.label)).max().unwrap_or(0);
        let widest = u16::try_from(widest).unwrap_or(WIDEST).clamp(5, if narrow { 12 } else { WIDEST });
        let name = if logs.feeds().len() > 1 { widest + 1 } else { 0 };
        let time = if narrow { 9 } else { 13 };
        Self { time, name, text: width.saturating_sub(MARKS + time + name + 1) }
    }

    fn text_at(&self) -> u16 {
        MARKS + self.time + self.name
    }
}

/// Draws a row into its screen lines of `area`.
pub(super) fn draw(logs: &Logs, canvas: &mut Canvas<'_>, area: Rect, columns: &Columns, placed: &Placed) {
    let Some(row) = logs.store().row(placed.id) else { return };
    let line = |n: usize| placed.line + n.cast_signed();
    let y = |n: usize| u16::try_from(line(n)).ok().map(|line| area.y + line).filter(|y| *y < area.bottom());
    if let Some(y) = y(0) {
        head(logs, canvas, Rect { y, height: 1, ..area }, columns, placed, &row);
    }
    let role = text_role(logs, placed, &row);
    let text = logs.said(placed.id);
    let pieces = if logs.wraps() { wrap::pieces(&text, usize::from(columns.text).max(1)) } else { Vec::new() };
    let whole = std::iter::once(0..text.len());
    let pieces: Vec<_> = if logs.wraps() { pieces } else { whole.collect() };
    // What steps back has no colours of its own.
    let inks = if placed.passes { logs.store().inks(placed.id) } else { Vec::new() };
    for (n, piece) in pieces.into_iter().enumerate() {
        let Some(y) = y(n) else { continue };
        let at = Rect { x: area.x + columns.text_at(), y, width: columns.text, height: 1 };
        let own = inks_of(&inks, &piece);
        write(logs, canvas, at, text.get(piece).unwrap_or_default(), role, &own);
    }
    let first = placed.line.max(0);
    let lines = placed.height.cast_signed() - (first - placed.line);
    let rows =
        Rect { y: area.y + u16::try_from(first).unwrap_or(0), height: u16::try_from(lines).unwrap_or(0), ..area };
    if logs.in_range(placed.id) {
        canvas.over(rows.intersection(area), Role::SelectedUnfocused);
    }
    if logs.cursor() == Some(placed.id) {
        canvas.over(rows.intersection(area), Role::Selected);
    }
}

fn is_marker(logs: &Logs, row: &Row<'_>) -> bool {
    logs.feed_of(row.source).is_none()
}

fn text_role(logs: &Logs, placed: &Placed, row: &Row<'_>) -> Role {
    if row.gap || is_marker(logs, row) {
        return Role::LineMarker;
    }
    match row.level {
        _ if !placed.passes => Role::Muted,
        Level::Error | Level::Fatal => Role::LineError,
        Level::Warn => Role::LineWarning,
        Level::Debug | Level::Trace => Role::Muted,
        Level::Info | Level::Unknown => Role::Text,
    }
}

/// Marks, time and name of the first screen line. The later lines of an event have none, so that it stands out as one.
fn head(logs: &Logs, canvas: &mut Canvas<'_>, line: Rect, columns: &Columns, placed: &Placed, row: &Row<'_>) {
    if logs.bookmarked(placed.id) {
        Glyph::Marked.draw(canvas.buffer, Position::new(line.x, line.y), canvas.theme);
    } else if placed.after_break {
        canvas.text(line.x, line.y, 1, "┄", Role::Border);
    }
    if let Some(glyph) = grave(row) {
        Glyph::draw(glyph, canvas.buffer, Position::new(line.x + 1, line.y), canvas.theme);
    }
    if row.continuation {
        return;
    }
    let pattern = if columns.time > 9 { "%H:%M:%S.%3f" } else { "%H:%M:%S" };
    let when = if row.late { Role::Stale } else { Role::Muted };
    canvas.text(line.x + MARKS, line.y, columns.time - 1, &clock(row.time, pattern), when);
    if columns.name == 0 {
        return;
    }
    let feed = logs.feed_of(row.source);
    let name = logs.store().source_of(row.source).map_or("", |source| source.name.as_str());
    let role = feed.and_then(|feed| SOURCES.get(feed % SOURCES.len()).copied()).unwrap_or(Role::LineMarker);
    let role = if placed.passes { role } else { Role::Muted };
    let name = format::middle(name, usize::from(columns.name - 1));
    canvas.text(line.x + MARKS + columns.time, line.y, columns.name - 1, &name, role);
}

fn grave(row: &Row<'_>) -> Option<Glyph> {
    match row.level {
        _ if row.gap => Some(Glyph::Failed),
        Level::Error | Level::Fatal => Some(Glyph::Critical),
        Level::Warn => Some(Glyph::Warning),
        _ if row.late => Some(Glyph::Stale),
        _ => None,
    }
}

/// The parts of a piece of a line that its writer coloured.
fn inks_of(inks: &[(usize, Ink)], piece: &Range<usize>) -> Vec<(Range<usize>, Ink)> {
    let ends = inks.iter().skip(1).map(|(at, _)| *at).chain([usize::MAX]);
    let within = |at: usize| at.clamp(piece.start, piece.end) - piece.start;
    let parts = inks.iter().zip(ends).map(|((from, ink), to)| (within(*from)..within(to), *ink));
    parts.filter(|(part, _)| !part.is_empty()).collect()
}

/// Writes a piece of text in its writer's colours and lays others over what was searched for.
fn write(logs: &Logs, canvas: &mut Canvas<'_>, at: Rect, piece: &str, role: Role, inks: &[(Range<usize>, Ink)]) {
    let shift = logs.shift();
    // No more of a line of 256 KB is looked at than can be seen.
    let reach = piece.floor_char_boundary((shift + usize::from(at.width) + 1) * 4);
    let seen = piece.get(..reach).unwrap_or(piece);
    if shift > 0 {
        canvas.text(at.x, at.y, at.width, &wrap::shifted(seen, shift), role);
    } else {
        canvas.text(at.x, at.y, at.width, seen, role);
    }
    for (range, ink) in inks.iter().take_while(|(range, _)| range.start < seen.len()) {
        let Some(area) = cells(at, seen, shift, range) else { continue };
        if let Some(role) = ink_role(*ink) {
            canvas.over(area, role);
        }
        if ink.bold {
            canvas.embolden(area);
        }
    }
    if let Some(filter) = logs.filter() {
        paint(canvas, at, seen, shift, &filter.view().query().ranges(seen), Role::Match);
    }
    for (lens, role) in logs.highlights().iter().zip(HIGHLIGHTS) {
        paint(canvas, at, seen, shift, &lens.view().query().ranges(seen), role);
    }
}

fn ink_role(ink: Ink) -> Option<Role> {
    match ink.hue {
        _ if ink.faint => Some(Role::Muted),
        None => None,
        Some(Hue::Red) => Some(Role::InkRed),
        Some(Hue::Green) => Some(Role::InkGreen),
        Some(Hue::Yellow) => Some(Role::InkYellow),
        Some(Hue::Blue) => Some(Role::InkBlue),
        Some(Hue::Magenta) => Some(Role::InkMagenta),
        Some(Hue::Cyan) => Some(Role::InkCyan),
    }
}

fn paint(canvas: &mut Canvas<'_>, at: Rect, text: &str, shift: usize, ranges: &[Range<usize>], role: Role) {
    for area in ranges.iter().filter_map(|range| cells(at, text, shift, range)) {
        canvas.over(area, role);
    }
}

/// Where a part of a text stands that is drawn `at`.
fn cells(at: Rect, text: &str, shift: usize, part: &Range<usize>) -> Option<Rect> {
    let end = part.end.min(text.len());
    let column = |byte: usize| format::width(text.get(..byte).unwrap_or_default()).saturating_sub(shift);
    let (from, to) = (column(part.start), column(end).min(usize::from(at.width)));
    let (x, width) = (u16::try_from(from).ok()?, u16::try_from(to.saturating_sub(from)).ok()?);
    Some(Rect { x: at.x + x, width, ..at })
}
