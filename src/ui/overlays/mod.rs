//! What lies over a screen.

mod act;
mod actions;
mod choices;
mod confirm;
mod help;
mod which_key;

use ratatui::layout::Rect;

use self::choices::Kind;
use crate::app::{Layout, Model, Overlay};
use crate::theme::Role;
use crate::ui::canvas::Canvas;

/// Draws what lies over the screen in `area`.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    match model.overlay() {
        Some(Overlay::Help { offset }) => help::draw(model, canvas, area, *offset, layout),
        Some(Overlay::Palette(typed)) => choices::draw(model, canvas, area, (Kind::Command, typed), layout),
        Some(Overlay::Picker(typed)) => choices::draw(model, canvas, area, (Kind::Cluster, typed), layout),
        Some(Overlay::Queries(typed)) => choices::draw(model, canvas, area, (Kind::Query, typed), layout),
        Some(Overlay::Actions(chosen)) => actions::draw(model, canvas, area, *chosen, layout),
        Some(Overlay::Act(act)) => act::draw(model, canvas, area, act, layout),
        Some(Overlay::Confirm(confirm)) => confirm::draw(canvas, area, confirm),
        None => which_key::draw(model, canvas, area),
    }
}

/// A button; gives the column behind it and a gap.
fn button(canvas: &mut Canvas<'_>, area: Rect, title: &str, has_keys: bool) -> u16 {
    let role = if has_keys { Role::Selected } else { Role::Muted };
    let (left, right) = if has_keys { ("▸ ", " ◂") } else { ("  ", "  ") };
    area.x + canvas.pieces(area.x, area.y, area.width, &[(left, role), (title, role), (right, role)]) + 2
}

/// A box with a frame and a title in the middle of `area`; gives what is inside.
fn frame(canvas: &mut Canvas<'_>, area: Rect, (width, height): (u16, u16), title: &str) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    let outer = Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 3, width, height };
    canvas.ground(outer, Role::Overlay);
    let bar = "─".repeat(usize::from(width.saturating_sub(2)));
    canvas.text(outer.x, outer.y, width, &format!("╭{bar}╮"), Role::BorderFocused);
    canvas.text(outer.x, outer.bottom() - 1, width, &format!("╰{bar}╯"), Role::BorderFocused);
    for y in outer.y + 1..outer.bottom().saturating_sub(1) {
        canvas.text(outer.x, y, 1, "│", Role::BorderFocused);
        canvas.text(outer.right() - 1, y, 1, "│", Role::BorderFocused);
    }
    if !title.is_empty() {
        canvas.text(outer.x + 2, outer.y, width.saturating_sub(4), &format!(" {title} "), Role::TitleFocused);
    }
    Rect { x: outer.x + 2, y: outer.y + 1, width: width.saturating_sub(4), height: height.saturating_sub(2) }
}
