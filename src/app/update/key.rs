//! Keys and pasted text.

use super::{act, command, filter, overlay};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::keymap::{Key, Resolution};
use crate::text;

/// A key was pressed: it ends a sequence, goes on with one, or types a character.
pub(super) fn pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    let pending = std::mem::take(&mut model.pending);
    let contexts = model.contexts();
    let found = match model.keymap.resolve(&contexts, &pending, key) {
        Resolution::Command(name) => Some(Command::named(name)),
        Resolution::Pending(_) => {
            model.pending = pending;
            model.pending.push(key);
            model.touch();
            return Vec::new();
        }
        Resolution::None => None,
    };
    if !pending.is_empty() {
        model.touch();
    }
    match found {
        Some(Some(command)) => command::run(model, command),
        Some(None) => Vec::new(),
        None => {
            let typed = key.typed().filter(|_| pending.is_empty());
            typed.map_or_else(Vec::new, |c| type_text(model, &c.to_string()))
        }
    }
}

/// Text was pasted: into the line that is being typed, or nowhere.
pub(super) fn pasted(model: &mut Model, pasted: &str) -> Vec<Effect> {
    type_text(model, &text::clean(pasted.trim_end_matches(['\r', '\n'])))
}

fn type_text(model: &mut Model, typed: &str) -> Vec<Effect> {
    edit(model, |line| typed.chars().for_each(|c| line.insert(c)))
}

/// Changes the line that is being typed, if there is one, and what depends on it.
pub(super) fn edit(model: &mut Model, change: impl FnOnce(&mut Input)) -> Vec<Effect> {
    match (&mut model.overlay, &mut model.filtering) {
        (Some(Overlay::Palette(typed) | Overlay::Picker(typed) | Overlay::Queries(typed)), _) => {
            change(&mut typed.line);
            overlay::typed(model);
        }
        (None, Some(filtering)) => {
            change(&mut filtering.line);
            return filter::typed(model);
        }
        (Some(Overlay::Act(act)), _) => {
            if let Some(line) = act.typing() {
                change(line);
                act::replan(model);
            }
        }
        (Some(Overlay::Confirm(confirm)), _) => {
            if let Some(line) = confirm.typing() {
                change(line);
                model.touch();
            }
        }
        (Some(Overlay::Help { .. } | Overlay::Actions(_)), _) | (None, None) => {}
    }
    Vec::new()
}
