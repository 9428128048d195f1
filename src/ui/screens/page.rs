//! The page of one thing over the whole screen.

use ratatui::layout::{Position, Rect};

use crate::app::{Area, Detail, Hit, HitTarget, Layout, Model};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::widgets::glyph::Glyph;
use crate::ui::widgets::page::{self, Window};
use crate::ui::widgets::stamps;

/// Draws the page.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    let Some(detail) = model.detail() else { return };
    title(canvas, Rect { height: 1, ..area }, &detail, true);
    let trouble = Rect { y: area.y + 1, height: 2, ..area };
    let used = stamps::draw(model, canvas, trouble, model.visible_panels());
    let body = Rect {
        y: area.y + 1 + used,
        height: area.height.saturating_sub(1 + used),
        x: area.x + 1,
        width: area.width - 2,
    };
    let count = detail.lines().len();
    let room = usize::from(body.height) * page::columns(body, count).len();
    let (cursor, first) = model.page_window(room, count);
    let (columns, lines) = page::flow(canvas, body, &detail, Window { first, cursor: Some(cursor) });
    layout.page_lines = lines;
    for (column, first) in columns {
        let hit = Area { x: column.x, y: column.y, width: column.width, height: column.height };
        layout.hits.push(Hit { area: hit, target: HitTarget::Lines { first } });
    }
}

/// A line with what the page is about.
pub(super) fn title(canvas: &mut Canvas<'_>, line: Rect, detail: &Detail, focused: bool) {
    canvas.rule(line.x, line.y, line.width, Role::Border);
    let mut x = line.x + 1 + canvas.text(line.x + 1, line.y, line.width, " ", Role::Text);
    if let Some(severity) = detail.severity {
        Glyph::of_severity(severity).draw(canvas.buffer, Position::new(x, line.y), canvas.theme);
        canvas.text(x + 1, line.y, 1, " ", Role::Text);
        x += 2;
    }
    let name = if focused { Role::TitleFocused } else { Role::Title };
    let room = line.right().saturating_sub(x + 2);
    canvas.pieces(
        x,
        line.y,
        room,
        &[(detail.kind, Role::Muted), (" ", Role::Muted), (&detail.title, name), (" ", Role::Muted)],
    );
}
