//! The line that is typed below a screen: a filter, live while it is typed, or what the log viewer asks for.

use super::{insights, logs};
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::model::{Asking, Filtering, Model};
use crate::app::place::Place;

/// Opens the filter line, with the filter that holds.
pub(super) fn start(model: &mut Model) {
    match &model.place {
        Place::List(screen) => {
            let text = model.table(*screen).filter().to_owned();
            ask(model, Asking::Rows, &text);
        }
        Place::Logs(_) => {
            let held = model.logs.as_ref().and_then(|logs| logs.filter()).map(|lens| lens.text().to_owned());
            ask(model, Asking::Lines, &held.unwrap_or_default());
        }
        Place::Thing(_) | Place::Finding(..) | Place::Insights => {}
    }
}

/// Opens a line that already says `text`.
pub(super) fn ask(model: &mut Model, asking: Asking, text: &str) {
    model.filtering = Some(Filtering { asking, line: Input::of(text), wrong: None });
    model.touch();
}

/// Takes the line as it is now.
pub(super) fn typed(model: &mut Model) -> Vec<Effect> {
    let Some(filtering) = &mut model.filtering else { return Vec::new() };
    filtering.wrong = None;
    let (asking, text) = (filtering.asking, filtering.line.text().to_owned());
    match asking {
        Asking::Rows => set(model, &text),
        Asking::Lines => {
            let outcome = logs::filter(model, &text);
            return unless_wrong(model, outcome);
        }
        Asking::Highlight | Asking::Context | Asking::Time | Asking::File | Asking::Query | Asking::Span => {}
    }
    model.touch();
    Vec::new()
}

fn unless_wrong(model: &mut Model, outcome: Result<Vec<Effect>, String>) -> Vec<Effect> {
    outcome.unwrap_or_else(|wrong| {
        if let Some(filtering) = &mut model.filtering {
            filtering.wrong = Some(wrong);
        }
        model.touch();
        Vec::new()
    })
}

/// Closes the line; what was typed holds, or is done. What cannot be understood stays to be mended.
pub(super) fn apply(model: &mut Model) -> Vec<Effect> {
    let Some(filtering) = model.filtering.take() else { return Vec::new() };
    model.touch();
    if filtering.wrong.is_some() {
        model.filtering = Some(filtering);
        return Vec::new();
    }
    let (asking, text) = (filtering.asking, filtering.line.text().to_owned());
    let accepted = match asking {
        Asking::Query | Asking::Span => insights::accept(model, asking, &text),
        _ => logs::accept(model, asking, &text),
    };
    match accepted {
        Ok(effects) => effects,
        Err(wrong) => {
            model.filtering = Some(Filtering { wrong: Some(wrong), ..filtering });
            Vec::new()
        }
    }
}

/// Closes the line; a filter shows everything again.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    model.touch();
    match model.filtering.take().map(|filtering| filtering.asking) {
        Some(Asking::Rows) => set(model, ""),
        Some(Asking::Lines) => return logs::filter(model, "").unwrap_or_default(),
        Some(_) | None => {}
    }
    Vec::new()
}

/// Filters the list on screen.
pub(super) fn set(model: &mut Model, text: &str) {
    if let Some(screen) = model.place.list() {
        model.table_mut(screen).set_filter(text);
        model.refresh_table(screen);
    }
    model.touch();
}
