//! One screen under the header: a list with what its cursor is on, or the page of one thing.

mod bridge;
mod list;
mod page;

use ratatui::layout::Rect;

use crate::app::{Layout, Model, Screen};
use crate::ui::canvas::Canvas;

/// Draws the screen on which one is.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    match model.place().list() {
        Some(Screen::Bridge) => bridge::draw(model, canvas, area, layout),
        Some(screen) => list::draw(model, canvas, area, screen, layout),
        None => page::draw(model, canvas, area, layout),
    }
}
