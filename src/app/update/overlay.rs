//! Help, the palette and the cluster picker.

use super::command;
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::listing::Hosts;
use crate::app::model::Model;
use crate::app::overlay::{Choice, Overlay, Typed, matching};
use crate::app::place::{Place, Screen};
use crate::fleet::reading::Failure;
use crate::fleet::scope::{Scope, fleets};
use crate::fleet::view::Fleet;
use crate::keymap::Context;

/// What can be chosen in the overlay, the best match first.
pub(in crate::app) fn choices(model: &Model) -> Vec<Choice> {
    match &model.overlay {
        Some(Overlay::Palette(typed)) => matching(typed.line.text(), commands(model)),
        Some(Overlay::Picker(typed)) => {
            let cluster = |name: &String| Choice { name: name.clone(), help: String::new(), command: None };
            let listed = model.clusters.outcome.as_ref().and_then(|outcome| outcome.as_ref().ok());
            matching(typed.line.text(), listed.into_iter().flatten().map(cluster).collect())
        }
        Some(Overlay::Queries(typed)) => matching(typed.line.text(), super::insights::choices(model)),
        Some(Overlay::Help { .. } | Overlay::Actions(_) | Overlay::Act(_) | Overlay::Confirm(_)) | None => Vec::new(),
    }
}

/// The commands that mean something on the screen below, moving and typing apart.
fn commands(model: &Model) -> Vec<Choice> {
    let here: Vec<Context> =
        model.screen_contexts().into_iter().filter(|context| *context != Context::Motion).collect();
    let fits = |command: &&Command| {
        **command != Command::PaletteOpen && command.contexts().iter().any(|context| here.contains(context))
    };
    let choice = |command: &Command| Choice {
        name: command.name().to_owned(),
        help: command.help().to_owned(),
        command: Some(*command),
    };
    Command::ALL.iter().filter(fits).map(choice).collect()
}

/// Opens an overlay, or closes it if it is the one that is open.
pub(super) fn toggle_help(model: &mut Model) {
    model.overlay = match model.overlay {
        Some(Overlay::Help { .. }) => None,
        _ => Some(Overlay::Help { offset: 0 }),
    };
    model.touch();
}

pub(super) fn open_palette(model: &mut Model) {
    model.overlay = Some(Overlay::Palette(Typed::default()));
    model.touch();
}

pub(super) fn open_picker(model: &mut Model) -> Vec<Effect> {
    model.overlay = Some(Overlay::Picker(Typed::default()));
    model.touch();
    vec![Effect::ListClusters]
}

/// Closes what is open; the picker stays as long as there is no fleet to show.
pub(super) fn close(model: &mut Model) {
    if model.chosen {
        model.overlay = None;
    }
    model.touch();
}

/// The line changed: the best match is chosen.
pub(super) fn typed(model: &mut Model) {
    if let Some(Overlay::Palette(typed) | Overlay::Picker(typed) | Overlay::Queries(typed)) = &mut model.overlay {
        typed.chosen = 0;
    }
    model.touch();
}

/// Chooses another line; from the last one on to the first.
pub(super) fn choose(model: &mut Model, by: isize) {
    let length = choices(model).len();
    if let Some(Overlay::Palette(typed) | Overlay::Picker(typed) | Overlay::Queries(typed)) = &mut model.overlay {
        let length = isize::try_from(length).unwrap_or(isize::MAX).max(1);
        let at = isize::try_from(typed.chosen).unwrap_or(0);
        typed.chosen = usize::try_from((at + by).rem_euclid(length)).unwrap_or(0);
    }
    model.touch();
}

fn chosen(model: &Model) -> Option<Choice> {
    let Some(Overlay::Palette(typed) | Overlay::Picker(typed) | Overlay::Queries(typed)) = &model.overlay else {
        return None;
    };
    choices(model).into_iter().nth(typed.chosen)
}

/// Types the chosen command out.
pub(super) fn complete(model: &mut Model) {
    let name = chosen(model).map(|choice| choice.name);
    if let (Some(name), Some(Overlay::Palette(typed))) = (name, &mut model.overlay) {
        typed.line = Input::of(&name);
        typed.chosen = 0;
    }
    model.touch();
}

/// Runs the chosen command, or switches to the chosen cluster.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(choice) = chosen(model) else { return Vec::new() };
    let over = model.overlay.take();
    model.touch();
    match (choice.command, over) {
        (Some(command), _) => return command::run(model, command),
        (None, Some(Overlay::Queries(_))) => super::insights::chosen(model, &choice.name),
        (None, _) => return switch(model, choice.name),
    }
    Vec::new()
}

/// Takes up another fleet: nothing of the old one stays, and its late answers carry another generation.
fn switch(model: &mut Model, cluster: String) -> Vec<Effect> {
    let scope = Scope { cluster, region: model.clusters.region.clone() };
    if model.chosen && model.fleet.snapshot().scope == scope {
        return Vec::new();
    }
    let generation = model.fleet.snapshot().generation + 1;
    model.fleet = Fleet::new(scope.clone(), generation, model.fleet.policy().clone());
    model.hosts = Hosts::default();
    model.chosen = true;
    model.back.clear();
    model.forward.clear();
    model.tables = Default::default();
    model.place = Place::List(Screen::Bridge);
    model.filtering = None;
    model.logs = None;
    model.insights.forget_fleet();
    model.refresh_rows();
    model.touch();
    vec![Effect::StopLogs, Effect::StopQuery, Effect::SwitchFleet { scope, generation }]
}

/// The clusters were listed. Where none was chosen and only one of them is a fleet, that is the one.
pub(super) fn clusters_read(model: &mut Model, region: String, outcome: Result<Vec<String>, Failure>) -> Vec<Effect> {
    let only = match &outcome {
        Ok(names) if !model.chosen => match fleets(names.iter().map(String::as_str)).as_slice() {
            [only] => Some((*only).to_owned()),
            _ => None,
        },
        _ => None,
    };
    model.clusters.region = region;
    model.clusters.outcome = Some(outcome);
    model.touch();
    match only {
        Some(cluster) => {
            model.overlay = None;
            switch(model, cluster)
        }
        None => Vec::new(),
    }
}
