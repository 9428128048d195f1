//! The keys that a sequence can go on with.

use ratatui::layout::Rect;

use super::frame;
use crate::app::{Command, Model};
use crate::keymap::{Resolution, print_sequence};
use crate::theme::Role;
use crate::ui::canvas::Canvas;

/// Columns of the box.
const WIDTH: u16 = 48;

/// Draws a box above the last line while a sequence is not complete.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let Some((last, before)) = model.pending().split_last() else { return };
    let Resolution::Pending(next) = model.keymap().resolve(&model.contexts(), before, *last) else { return };
    let height = u16::try_from(next.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let width = WIDTH.min(area.width);
    let corner = Rect { x: area.right() - width, y: area.bottom() - height, width, height };
    let inner = frame(canvas, corner, (width, height), &print_sequence(model.pending()));
    for (n, (key, command)) in next.iter().enumerate().take(usize::from(inner.height)) {
        let y = inner.y + u16::try_from(n).unwrap_or(0);
        canvas.text(inner.x, y, 8, &key.to_string(), Role::HintKey);
        let help = Command::named(command).map(Command::help).unwrap_or_default();
        canvas.text(inner.x + 9, y, inner.width.saturating_sub(9), help, Role::Text);
    }
}
