//! The log viewer: a title that tells the truth about what is read, how much was written when, the lines, and one event in full.

mod inspect;
mod line;
mod rate;
mod standing;

use ratatui::layout::Rect;

use crate::app::logs::Logs;
use crate::app::{Area, Hit, HitTarget, Layout, Model};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::widgets::glyph::Glyph;
use line::Columns;

/// From this width on an event in full stands beside the lines, else below them.
const BESIDE: u16 = 140;
/// From this height on the histogram has two lines.
const TALL: u16 = 36;

/// Draws the viewer.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    let Some(logs) = model.logs() else { return };
    standing::title(model, logs, canvas, Rect { height: 1, ..area });
    let said = standing::draw(logs, canvas, Rect { y: area.bottom() - 1, height: 1, ..area });
    let body = Rect { y: area.y + 1, height: area.height - 1 - said, ..area };
    let bars = if logs.store().is_empty() { 0 } else { 1 + u16::from(area.height >= TALL) };
    rate::draw(logs, canvas, Rect { height: bars, ..body }, layout);
    let rest = Rect { y: body.y + bars, height: body.height - bars, ..body };
    let (lines, event) = split(logs, rest);
    let columns = Columns::of(logs, lines.width);
    layout.log = Some((usize::from(columns.text), usize::from(lines.height)));
    if logs.store().is_empty() {
        standing::nothing(logs, canvas, lines);
    } else if logs.last().is_none() {
        standing::no_match(model, logs, canvas, lines);
    } else {
        draw_lines(logs, canvas, lines, &columns, layout);
    }
    if let Some(area) = event {
        inspect::draw(logs, canvas, area);
    }
}

/// The lines, and the room for the event under the cursor.
fn split(logs: &Logs, area: Rect) -> (Rect, Option<Rect>) {
    if !logs.inspects() {
        return (area, None);
    }
    if area.width >= BESIDE {
        let width = area.width * 2 / 5;
        let left = Rect { width: area.width - width, ..area };
        return (left, Some(Rect { x: left.right(), width, ..area }));
    }
    let height = area.height / 2;
    let above = Rect { height: area.height - height, ..area };
    (above, Some(Rect { y: above.bottom(), height, ..area }))
}

fn draw_lines(logs: &Logs, canvas: &mut Canvas<'_>, area: Rect, columns: &Columns, layout: &mut Layout) {
    let mut rows = vec![None; usize::from(area.height)];
    for placed in logs.window() {
        line::draw(logs, canvas, area, columns, &placed);
        let lines = (placed.line.max(0).unsigned_abs()..).take_while(|line| {
            isize::try_from(*line).is_ok_and(|line| line < placed.line + placed.height.cast_signed())
        });
        for line in lines {
            if let Some(row) = rows.get_mut(line) {
                *row = Some(placed.id.0);
            }
        }
    }
    let area = Area { x: area.x, y: area.y, width: area.width, height: area.height };
    layout.hits.push(Hit { area, target: HitTarget::Log { rows } });
}

/// A time of day, UTC; with the date where the width allows it.
pub(in crate::ui) fn clock(milliseconds: i64, pattern: &str) -> String {
    jiff::Timestamp::from_millisecond(milliseconds)
        .map_or_else(|_| format::UNKNOWN.to_owned(), |at| at.strftime(pattern).to_string())
}

/// A glyph and words in one role, from (`x`, `y`); gives the columns used.
fn sign(canvas: &mut Canvas<'_>, (x, y): (u16, u16), room: u16, glyph: Glyph, words: &str, role: Role) -> u16 {
    canvas.text(x, y, room, &format!("{} {words}", glyph.symbol()), role)
}
