//! The menu of what can be done here.

use ratatui::layout::Rect;

use super::frame;
use crate::app::{Area, Command, Hit, HitTarget, Layout, Model, Offer};
use crate::keymap::Context;
use crate::theme::Role;
use crate::ui::canvas::Canvas;

/// Columns of the box.
const WIDTH: u16 = 76;
/// Columns of the keys, and of the titles behind them.
const KEY: u16 = 4;
const TITLE: u16 = 18;

/// Draws the menu with the line under the cursor.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, chosen: usize, layout: &mut Layout) {
    let offers = model.offers();
    let height = u16::try_from(offers.len() + 2).unwrap_or(u16::MAX).clamp(3, area.height);
    let inner = frame(canvas, area, (WIDTH, height), &format!("Actions · {}", model.acted_on_name()));
    let rows = usize::from(inner.height).max(1);
    let first = (chosen + 1).saturating_sub(rows);
    for (n, offer) in offers.iter().enumerate().skip(first).take(rows) {
        let line = Rect { y: inner.y + u16::try_from(n - first).unwrap_or(0), height: 1, ..inner };
        draw_offer(model, canvas, line, offer);
        if n == chosen {
            canvas.over(line, Role::Selected);
        }
    }
    layout.overlay_lines = rows;
    let hit = Area { x: inner.x, y: inner.y, width: inner.width, height: inner.height };
    layout.hits.push(Hit { area: hit, target: HitTarget::Choices { first } });
}

fn draw_offer(model: &Model, canvas: &mut Canvas<'_>, line: Rect, offer: &Offer) {
    let key = Command::of(offer.does)
        .and_then(|command| model.keymap().keys_for(Context::Actions, command.name()).into_iter().next());
    let (title, about) = match &offer.unavailable {
        Some(why) => (Role::Unknown, (why, Role::Unknown)),
        None => (Role::Text, (&offer.about, Role::Muted)),
    };
    canvas.text(line.x, line.y, KEY, &key.unwrap_or_default(), Role::HintKey);
    canvas.text(line.x + KEY, line.y, TITLE, &offer.title, title);
    canvas.text(line.x + KEY + TITLE + 1, line.y, line.width.saturating_sub(KEY + TITLE + 1), about.0, about.1);
}
