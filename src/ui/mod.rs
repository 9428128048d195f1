//! Drawing: reads the model, changes nothing, and says what it laid out.

pub mod ascii;
mod canvas;
pub mod format;
mod overlays;
mod screens;
pub mod svg;
pub mod widgets;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::app::{Layout, Model};
use crate::theme::{Role, Theme};
use canvas::Canvas;
use widgets::{header, hints};

/// The least that a screen makes sense in: columns and rows.
pub const SMALLEST: (u16, u16) = (60, 16);

/// Draws the model over the whole buffer and says what it laid out where.
#[must_use]
pub fn draw(model: &Model, theme: &Theme, buffer: &mut Buffer) -> Layout {
    let area = buffer.area;
    let mut canvas = Canvas::new(buffer, theme);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&mut canvas, area);
        return Layout::default();
    }
    canvas.ground(area, Role::Text);
    let mut layout = Layout::default();
    let [head, body, foot] = parts(area);
    header::draw(model, &mut canvas, head, &mut layout);
    screens::draw(model, &mut canvas, body, &mut layout);
    hints::draw(model, &mut canvas, foot);
    overlays::draw(model, &mut canvas, body, &mut layout);
    layout
}

/// Two lines of header, one of hints, and the screen between them.
fn parts(area: Rect) -> [Rect; 3] {
    let head = Rect { height: 2, ..area };
    let foot = Rect { y: area.bottom() - 1, height: 1, ..area };
    let body = Rect { y: head.bottom(), height: area.height - head.height - foot.height, ..area };
    [head, body, foot]
}

fn too_small(canvas: &mut Canvas<'_>, area: Rect) {
    let (width, height) = SMALLEST;
    let text = format!("Quarterdeck needs {width}×{height}; this is {}×{}", area.width, area.height);
    canvas.wrap(area, &text, Role::Text);
}
