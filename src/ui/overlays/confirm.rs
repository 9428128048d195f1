//! The question before an execution is told something.

use ratatui::layout::Rect;

use super::{button, frame};
use crate::app::{At, Confirm};
use crate::theme::Role;
use crate::ui::canvas::{Canvas, wrapped};
use crate::ui::widgets::hints;

/// Columns of the box.
const WIDTH: u16 = 72;

/// Draws the box.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, confirm: &Confirm) {
    let comment = confirm.comment();
    let title = format!("{} {}", confirm.word().title(), confirm.document());
    let columns = usize::from(WIDTH.min(area.width).saturating_sub(4));
    let lines = u16::try_from(wrapped(confirm.consequence(), columns).len()).unwrap_or(1);
    let inner = frame(canvas, area, (WIDTH, 5 + lines + u16::from(comment.is_some())), &title);
    let mut y =
        inner.y + canvas.wrap(Rect { height: lines.min(inner.height), ..inner }, confirm.consequence(), Role::Text) + 1;
    if let Some(comment) = comment {
        let has_keys = confirm.focus() == At::Comment;
        let role = if has_keys { Role::TitleFocused } else { Role::Muted };
        let used = canvas.text(inner.x, y, inner.width, "comment  ", role);
        let rest = Rect { x: inner.x + used, y, width: inner.width.saturating_sub(used), height: 1 };
        if has_keys {
            hints::input(canvas, rest, "", comment);
        } else {
            canvas.text(rest.x, y, rest.width, comment.text(), Role::Text);
        }
        y += 1;
    }
    let line = Rect { y, height: 1, ..inner };
    let x = button(canvas, line, "Leave it", confirm.focus() == At::No);
    button(
        canvas,
        Rect { x, width: line.right().saturating_sub(x), ..line },
        confirm.word().title(),
        confirm.focus() == At::Yes,
    );
}
