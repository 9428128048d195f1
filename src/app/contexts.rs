//! Which tables of the keymap apply, by where one is and what lies over it.

use super::model::Model;
use super::overlay::Overlay;
use super::place::Place;
use crate::keymap::Context;

impl Model {
    /// The keys' contexts that apply, the most specific first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        match &self.overlay {
            Some(Overlay::Help { .. }) => vec![Context::Help, Context::Motion, Context::Global],
            Some(Overlay::Actions(_)) => vec![Context::Actions],
            Some(Overlay::Act(_) | Overlay::Confirm(_)) => vec![Context::Act, Context::Input],
            Some(Overlay::Queries(_)) => vec![Context::Picker, Context::Input],
            Some(Overlay::Palette(_)) => vec![Context::Command, Context::Input],
            Some(Overlay::Picker(_)) => vec![Context::Picker, Context::Input],
            None if self.filtering.is_some() => vec![Context::Filter, Context::Input],
            None => self.screen_contexts(),
        }
    }

    /// The contexts of the screen below any overlay: what help is about.
    #[must_use]
    pub fn screen_contexts(&self) -> Vec<Context> {
        match &self.place {
            Place::List(screen) => vec![screen.context(), Context::Table, Context::Motion, Context::Global],
            Place::Logs(_) => vec![Context::Logs, Context::Motion, Context::Global],
            Place::Insights => vec![Context::Insights, Context::Motion, Context::Global],
            Place::Thing(_) | Place::Finding(..) => vec![Context::Detail, Context::Motion, Context::Global],
        }
    }
}
