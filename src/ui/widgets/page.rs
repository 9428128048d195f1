//! The lines of a page: names and what they are, rows, headings, words.

use ratatui::layout::{Position, Rect};

use super::age::AgeBar;
use super::cell;
use super::glyph::Glyph;
use crate::app::{Align, Cell, Detail, Line, Value};
use crate::theme::Role;
use crate::ui::canvas::{Canvas, wrapped};
use crate::ui::format;

/// Columns of the names.
const LABEL: u16 = 19;

/// Columns that a bar in a page takes.
const BAR: u16 = 24;

/// Columns at the left: the mark of a link and a gap.
const INDENT: u16 = 2;

/// Where a page was scrolled to.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::ui) struct Window {
    /// Topmost line.
    pub first: usize,
    /// Line under the cursor; `None`: the page has no cursor.
    pub cursor: Option<usize>,
}

/// From this width on a page flows into two columns.
const TWO: u16 = 110;

/// Draws a page in as many columns as have room; gives for each column its area and the number of its first line, and
/// the number of lines that had room in all.
pub(in crate::ui) fn flow(
    canvas: &mut Canvas<'_>,
    area: Rect,
    detail: &Detail,
    window: Window,
) -> (Vec<(Rect, usize)>, usize) {
    let columns = columns(area, detail.lines().len());
    let mut first = window.first;
    let mut drawn = Vec::new();
    for column in columns {
        // A column does not begin with the gap before its first part.
        first += usize::from(first > window.first && matches!(detail.lines().get(first), Some(Line::Gap)));
        drawn.push((column, first));
        first += draw(canvas, column, detail, Window { first, ..window });
    }
    (drawn, first - window.first)
}

/// The columns into which a page of so many lines flows: one where they fit, so that long words have the whole width.
pub(in crate::ui) fn columns(area: Rect, lines: usize) -> Vec<Rect> {
    if area.width < TWO || lines <= usize::from(area.height) {
        return vec![area];
    }
    let left = Rect { width: area.width / 2 - 1, ..area };
    vec![left, Rect { x: left.right() + 2, width: area.width - left.width - 2, ..area }]
}

/// Draws the lines of a page from `window.first` on; gives the number of lines that had room.
fn draw(canvas: &mut Canvas<'_>, area: Rect, detail: &Detail, window: Window) -> usize {
    let lines = detail.lines();
    let widths = widths(lines, area.width.saturating_sub(INDENT + 1));
    let mut y = area.y;
    let mut shown = 0;
    for (n, line) in lines.iter().enumerate().skip(window.first) {
        if y >= area.bottom() {
            break;
        }
        let room = Rect { y, height: area.bottom() - y, ..area };
        let used = one(canvas, room, line, widths.get(n).map_or(&[], Vec::as_slice));
        if window.cursor == Some(n) {
            canvas.over(Rect { height: used, ..room }, Role::Selected);
        }
        y += used;
        shown += 1;
    }
    shown
}

fn one(canvas: &mut Canvas<'_>, area: Rect, line: &Line, widths: &[u16]) -> u16 {
    let inner = Rect { x: area.x + INDENT, width: area.width.saturating_sub(INDENT + 1), ..area };
    if line.link().is_some() {
        Glyph::Step.draw(canvas.buffer, Position::new(area.x, area.y), canvas.theme);
    }
    match line {
        Line::Gap => 1,
        Line::Heading(title) => {
            canvas.text(area.x, area.y, area.width, title, Role::Title);
            1
        }
        Line::Words(cell) => canvas.wrap(inner, &cell::words(cell), cell::role(cell.tone)).max(1),
        Line::Field { label, cell, .. } => field(canvas, inner, label, cell),
        Line::Row { cells, .. } if cells.len() == 1 => {
            cells.first().map_or(1, |cell| canvas.wrap(inner, &cell::words(cell), cell::role(cell.tone)).max(1))
        }
        Line::Row { cells, .. } => {
            let mut x = inner.x;
            let mut used = 1;
            for (n, (cell, width)) in cells.iter().zip(widths).enumerate() {
                let room = Rect { x, width: (*width).min(inner.right().saturating_sub(x)), ..inner };
                let text = cell::words(cell);
                if n + 1 == cells.len() && format::width(&text) > usize::from(room.width) {
                    used = canvas.wrap(room, &text, cell::role(cell.tone)).max(1);
                } else {
                    cell::draw(canvas, Rect { height: 1, ..room }, cell, Align::Left);
                }
                x += width + 2;
            }
            used
        }
    }
}

fn field(canvas: &mut Canvas<'_>, area: Rect, label: &str, cell: &Cell) -> u16 {
    let label_width = LABEL.min(area.width / 2);
    canvas.text(area.x, area.y, label_width, label, Role::Muted);
    let value = Rect { x: area.x + label_width, width: area.width - label_width, ..area };
    let text = cell::words(cell);
    if format::width(&text) > usize::from(value.width) {
        let lines = wrapped(&text, usize::from(value.width));
        return canvas.wrap(value, &lines.join(" "), cell::role(cell.tone)).max(1);
    }
    if let Value::Age { age, limit: Some(limit) } = cell.value {
        let used = canvas.text(value.x, value.y, value.width, &text, cell::role(cell.tone)) + 1;
        let bar = Rect { x: value.x + used, width: value.width.min(BAR).saturating_sub(used), height: 1, ..value };
        AgeBar { age: age.value(), limit }.draw(canvas.buffer, bar, canvas.theme);
        return 1;
    }
    cell::draw(canvas, Rect { width: value.width.min(BAR.max(width(&text))), height: 1, ..value }, cell, Align::Left);
    1
}

fn width(text: &str) -> u16 {
    u16::try_from(format::width(text)).unwrap_or(u16::MAX)
}

/// For each line that is a row the widths of its cells: the widest of all rows that stand together.
fn widths(lines: &[Line], room: u16) -> Vec<Vec<u16>> {
    let mut all: Vec<Vec<u16>> = vec![Vec::new(); lines.len()];
    let mut start = 0;
    while start < lines.len() {
        let rows = lines.iter().skip(start).take_while(|line| matches!(line, Line::Row { .. }));
        let cells: Vec<&[Cell]> = rows
            .filter_map(|line| if let Line::Row { cells, .. } = line { Some(cells.as_slice()) } else { None })
            .collect();
        let columns = cells.iter().map(|cells| cells.len()).max().unwrap_or(0);
        let mut widest: Vec<u16> = (0..columns)
            .map(|n| {
                cells.iter().filter_map(|cells| cells.get(n)).map(|cell| width(&cell::words(cell))).max().unwrap_or(0)
            })
            .collect();
        // An empty column takes no room; the last one gets what is left.
        let taken: u16 = widest.iter().rev().skip(1).map(|width| width + 2).fold(0, u16::saturating_add);
        if let Some(last) = widest.last_mut() {
            *last = room.saturating_sub(taken).max((*last).min(8));
        }
        for line in all.iter_mut().skip(start).take(cells.len()) {
            line.clone_from(&widest);
        }
        start += cells.len().max(1);
    }
    all
}
