//! A cell of a table or of a page, in the room that it has.

use ratatui::layout::Rect;

use super::age::AgeBar;
use super::glyph::Glyph;
use super::usage::UsageBar;
use crate::app::{Align, Cell, Tone, Value};
use crate::fleet::view::Known;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// Columns of an age in words: `11h 42m`.
const AGE: u16 = 7;

/// Columns of a share in words: `100%`.
const PERCENT: u16 = 4;

/// The role that a tone plays.
pub(in crate::ui) fn role(tone: Tone) -> Role {
    match tone {
        Tone::Plain => Role::Text,
        Tone::Strong => Role::Strong,
        Tone::Muted => Role::Muted,
        Tone::Busy => Role::Accent,
        Tone::Info => Role::Info,
        Tone::Warning => Role::Warning,
        Tone::Critical => Role::Critical,
    }
}

/// What a cell says, where it is said in words.
pub(in crate::ui) fn words(cell: &Cell) -> String {
    match &cell.value {
        Value::Blank => String::new(),
        Value::Unknown => format::UNKNOWN.to_owned(),
        Value::Text(text) => text.clone(),
        Value::Severity(severity) => Glyph::of_severity(*severity).symbol().to_owned(),
        Value::Age { age, .. } => format::age(*age),
        Value::Count(count) => format::count(*count),
        Value::Bytes(bytes) => format::bytes(*bytes),
        Value::Ratio(part, whole) => format::part(*part, *whole),
        Value::Share { used, total } => percent(*used, *total),
    }
}

fn natural(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn percent(used: i64, total: i64) -> String {
    format::percent(natural(used), natural(total))
}

/// Draws a cell over the first line of `area`.
pub(in crate::ui) fn draw(canvas: &mut Canvas<'_>, area: Rect, cell: &Cell, align: Align) {
    match &cell.value {
        Value::Age { age, limit: Some(limit) } if area.width > AGE + 2 => {
            words_in(canvas, Rect { width: AGE, ..area }, cell, Align::Right);
            let bar = Rect { x: area.x + AGE + 1, width: area.width - AGE - 1, ..area };
            AgeBar { age: age.value(), limit: *limit }.draw(canvas.buffer, bar, canvas.theme);
        }
        Value::Share { used, total } if area.width > PERCENT + 2 && *total > 0 => {
            let bar = Rect { width: area.width - PERCENT - 1, ..area };
            let (used, total) = (Known::Exactly(natural(*used)), Known::Exactly(natural(*total)));
            UsageBar { used, total }.draw(canvas.buffer, bar, canvas.theme);
            words_in(canvas, Rect { x: bar.right() + 1, width: PERCENT, ..area }, cell, Align::Right);
        }
        _ => words_in(canvas, area, cell, align),
    }
}

fn words_in(canvas: &mut Canvas<'_>, area: Rect, cell: &Cell, align: Align) {
    let role = if cell.value == Value::Unknown { Role::Unknown } else { role(cell.tone) };
    let text = words(cell);
    let width = u16::try_from(format::width(&text)).unwrap_or(u16::MAX).min(area.width);
    let x = if align == Align::Right { area.x + area.width - width } else { area.x };
    canvas.text(x, area.y, area.width, &text, role);
}
