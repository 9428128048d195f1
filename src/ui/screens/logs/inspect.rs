//! The event under the cursor in full.

use ratatui::layout::Rect;

use crate::app::logs::{Fact, Logs, wrap};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// The widest name of a field.
const WIDEST: usize = 18;

/// Draws the event: names at the left, what they are beside them, long values on lines of their own.
pub(super) fn draw(logs: &Logs, canvas: &mut Canvas<'_>, area: Rect) {
    canvas.rule(area.x, area.y, area.width, Role::Border);
    canvas.text(area.x + 1, area.y, area.width.saturating_sub(2), " Event ", Role::Title);
    let inner = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(3),
        height: area.height.saturating_sub(1),
    };
    let mut y = inner.y;
    let facts = logs.facts();
    let label = facts
        .iter()
        .filter_map(|fact| if let Fact::Field { name, .. } = fact { Some(format::width(name)) } else { None });
    let label = u16::try_from(label.max().unwrap_or(0).min(WIDEST)).unwrap_or(0) + 2;
    for fact in &facts {
        if y >= inner.bottom() {
            return;
        }
        let room = Rect { y, height: inner.bottom() - y, ..inner };
        y += one(canvas, room, fact, label);
    }
}

fn one(canvas: &mut Canvas<'_>, area: Rect, fact: &Fact, label: u16) -> u16 {
    match fact {
        // A heading alone says nothing.
        Fact::Heading(_) if area.height < 3 => area.height,
        Fact::Heading(title) => {
            canvas.text(area.x, area.y + 1, area.width, title, Role::Title);
            2
        }
        Fact::Text(text) => lines(canvas, area, text),
        Fact::Field { name, value } => {
            let label = label.min(area.width / 2);
            canvas.text(
                area.x,
                area.y,
                label.saturating_sub(2),
                &format::clip(name, usize::from(label.saturating_sub(2))),
                Role::Muted,
            );
            lines(canvas, Rect { x: area.x + label, width: area.width - label, ..area }, value).max(1)
        }
    }
}

/// Writes text with its own line ends, wrapped where it is wider; gives the lines used.
fn lines(canvas: &mut Canvas<'_>, area: Rect, text: &str) -> u16 {
    let mut used = 0;
    for line in text.lines() {
        for piece in wrap::pieces(line, usize::from(area.width.max(1))) {
            if used == area.height {
                return used;
            }
            canvas.text(area.x, area.y + used, area.width, line.get(piece).unwrap_or_default(), Role::Text);
            used += 1;
        }
    }
    used
}
