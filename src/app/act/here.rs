//! What one acts on, from where one is.

use super::Offer;
use super::offer::{acted_on, offers};
use crate::actions::catalogue::Names;
use crate::actions::command;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::fleet::finding::Subject;

impl Model {
    /// Which runbooks do what.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.names
    }

    /// What can be done to what the cursor, the marks or the page are on.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer> {
        offers(self)
    }

    /// What can be acted on here, as one says it.
    #[must_use]
    pub fn acted_on_name(&self) -> String {
        match acted_on(self).as_slice() {
            [Subject::Fleet] => self.fleet.snapshot().scope.cluster.clone(),
            [one] => self.name_of(one),
            several => format!("{} marked", several.len()),
        }
    }

    /// The AWS CLI command that starts the action on screen.
    pub(in crate::app) fn start_line(&self) -> Option<String> {
        let Some(Overlay::Act(act)) = &self.overlay else { return None };
        Some(command::start(&act.start(self.now), &self.fleet.snapshot().scope.region))
    }

    /// What the marked rows, the row under the cursor or the page are about; sorted.
    pub(in crate::app) fn chosen_subjects(&self) -> Vec<Subject> {
        let Some(screen) = self.place.list() else { return self.place.subject().cloned().into_iter().collect() };
        let (ctx, place) = (self.ctx(), self.listing(screen).place);
        let rows = self.table(screen).chosen();
        let mut subjects: Vec<Subject> =
            rows.into_iter().filter_map(|row| place(&ctx, row)?.subject().cloned()).collect();
        subjects.sort();
        subjects.dedup();
        subjects
    }
}
