//! One screen under the header: a list with what its cursor is on, the page of one thing, or the log viewer.

mod bridge;
mod insights;
mod list;
mod logs;
mod page;

use ratatui::layout::Rect;

use crate::app::{Layout, Model, Place, Screen};
use crate::ui::canvas::Canvas;

/// Draws the screen on which one is.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    match model.place() {
        Place::List(Screen::Bridge) => bridge::draw(model, canvas, area, layout),
        Place::List(screen) => list::draw(model, canvas, area, *screen, layout),
        Place::Logs(_) => logs::draw(model, canvas, area, layout),
        Place::Insights => insights::draw(model, canvas, area, layout),
        Place::Thing(_) | Place::Finding(..) => page::draw(model, canvas, area, layout),
    }
}
