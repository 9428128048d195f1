//! The mouse: a press chooses, a press on what is chosen opens, the wheel scrolls.

use super::cursor::{self, Motion};
use super::{act, command, history, logs, overlay};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::layout::{Hit, HitTarget};
use crate::app::model::Model;
use crate::app::msg::{Mouse, MouseKind};
use crate::app::overlay::Overlay;
use crate::app::place::Place;

/// Lines that one notch of the wheel scrolls.
const WHEEL: isize = 3;

/// The mouse did something.
pub(super) fn moved(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    let typing = matches!(model.overlay, Some(Overlay::Palette(_) | Overlay::Picker(_) | Overlay::Queries(_)));
    match mouse.kind {
        MouseKind::ScrollDown if matches!(model.overlay, Some(Overlay::Act(_))) => {
            return command::run(model, Command::ActDown);
        }
        MouseKind::ScrollUp if matches!(model.overlay, Some(Overlay::Act(_))) => {
            return command::run(model, Command::ActUp);
        }
        MouseKind::ScrollDown if matches!(model.overlay, Some(Overlay::Actions(_))) => act::choose(model, 1),
        MouseKind::ScrollUp if matches!(model.overlay, Some(Overlay::Actions(_))) => act::choose(model, -1),
        // The screen below a question stays where it is.
        MouseKind::ScrollDown | MouseKind::ScrollUp if matches!(model.overlay, Some(Overlay::Confirm(_))) => {}
        MouseKind::ScrollDown if typing => overlay::choose(model, 1),
        MouseKind::ScrollUp if typing => overlay::choose(model, -1),
        MouseKind::ScrollDown => return command::moved(model, Motion::Lines(WHEEL)),
        MouseKind::ScrollUp => return command::moved(model, Motion::Lines(-WHEEL)),
        MouseKind::Press => return pressed(model, mouse),
    }
    Vec::new()
}

fn pressed(model: &mut Model, mouse: Mouse) -> Vec<Effect> {
    let Some(hit) = model.hits.iter().rev().find(|hit| hit.area.contains(mouse.x, mouse.y)).cloned() else {
        return Vec::new();
    };
    let line = usize::from(mouse.y - hit.area.y);
    if model.overlay.is_some() {
        return choice_pressed(model, &hit, line);
    }
    match (hit.target, model.place.list()) {
        (HitTarget::Rows { first }, Some(screen)) => {
            let table = model.table_mut(screen);
            let position = first + line;
            if position == table.cursor() {
                return command::run(model, Command::RowOpen);
            }
            if position < table.order().len() {
                table.jump(position);
                model.touch();
            }
        }
        (HitTarget::Column(column), Some(screen)) => {
            model.table_mut(screen).sort_by(column);
            model.refresh_table(screen);
            model.touch();
        }
        (HitTarget::Screen(screen), _) => history::go(model, Place::List(screen)),
        (HitTarget::Log { rows }, None) => {
            if let Some(row) = rows.get(line).copied().flatten() {
                return logs::pressed(model, row);
            }
        }
        (HitTarget::Rows { first }, None) if model.place == Place::Insights => {
            model.insights.move_to(first + line);
            model.touch();
        }
        (HitTarget::Moments { from, width }, None) => {
            let column = i64::from(mouse.x - hit.area.x);
            logs::moment_pressed(model, from.saturating_add(width.saturating_mul(column)));
        }
        (HitTarget::Lines { first }, None) => {
            let before = model.page.cursor;
            model.page.cursor = first + line;
            cursor::moved(model, Motion::Lines(0));
            if model.page.cursor == before {
                return command::run(model, Command::RowOpen);
            }
        }
        _ => {}
    }
    Vec::new()
}

fn choice_pressed(model: &mut Model, hit: &Hit, line: usize) -> Vec<Effect> {
    let HitTarget::Choices { first } = hit.target else { return Vec::new() };
    let position = first + line;
    if let Some(Overlay::Actions(chosen)) = &mut model.overlay {
        *chosen = position;
        return act::accept(model);
    }
    if position >= overlay::choices(model).len() {
        return Vec::new();
    }
    if let Some(Overlay::Palette(typed) | Overlay::Picker(typed) | Overlay::Queries(typed)) = &mut model.overlay {
        typed.chosen = position;
    }
    overlay::accept(model)
}
