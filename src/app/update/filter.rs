//! Filtering the rows, live while the filter is typed.

use crate::app::input::Input;
use crate::app::model::{Filtering, Model};

/// Opens the filter line over a list, with the filter that holds.
pub(super) fn start(model: &mut Model) {
    if let Some(screen) = model.place.list() {
        let line = Input::of(model.table(screen).filter());
        model.filtering = Some(Filtering { line });
        model.touch();
    }
}

/// Takes the line as it is now.
pub(super) fn typed(model: &mut Model) {
    let text = model.filter_line().map(|line| line.text().to_owned()).unwrap_or_default();
    set(model, &text);
}

/// Closes the line; the filter holds.
pub(super) fn apply(model: &mut Model) {
    model.filtering = None;
    model.touch();
}

/// Closes the line and shows every row.
pub(super) fn cancel(model: &mut Model) {
    model.filtering = None;
    set(model, "");
}

/// Filters the list on screen.
pub(super) fn set(model: &mut Model, text: &str) {
    if let Some(screen) = model.place.list() {
        model.table_mut(screen).set_filter(text);
        model.refresh_table(screen);
    }
    model.touch();
}
