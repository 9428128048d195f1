//! A query over the lines in memory and the rows that pass it, as they are found.

use crate::logs::event::RowId;
use crate::logs::query::{Query, QueryError};
use crate::logs::search::Found;
use crate::logs::store::Store;
use crate::logs::view::View;

/// So much text is searched before the next frame; more is searched on other threads while frames go on.
const AT_ONCE: usize = 4 << 20;

/// A query with what passes it so far.
#[derive(Debug, Clone, Default)]
pub struct Lens {
    text: String,
    view: View,
    /// Number of the search that is under way for it.
    search: Option<u64>,
}

impl Lens {
    /// A lens over what is in `store`. If there is too much to look at now, it awaits the search of that `number`.
    ///
    /// # Errors
    /// Where the query cannot be understood.
    pub(super) fn new(store: &Store, text: &str, number: u64) -> Result<Self, QueryError> {
        let query = Query::parse(text)?;
        let later = store.text_bytes() > AT_ONCE;
        let make = if later { View::growing } else { View::of };
        Ok(Self { text: text.to_owned(), view: make(store, query, true), search: later.then_some(number) })
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rows that pass.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The number of the search that it waits for.
    #[must_use]
    pub fn search(&self) -> Option<u64> {
        self.search
    }

    pub(super) fn catch_up(&mut self, store: &Store) {
        self.view.catch_up(store);
    }

    /// Takes what its search found.
    pub(super) fn found(&mut self, store: &Store, found: &[Found], ended: bool) {
        for piece in found {
            self.view.add(store, piece);
        }
        if ended {
            self.search = None;
        }
    }

    /// Whether a row passes.
    #[must_use]
    pub fn lists(&self, store: &Store, id: RowId) -> bool {
        self.view.position(store, id).and_then(|at| self.view.at(at)) == Some(id)
    }

    /// The first row that passes below `id`, or above it.
    pub(super) fn beside(&self, store: &Store, id: RowId, down: bool) -> Option<RowId> {
        let at = self.view.position(store, id)?;
        if !down {
            return self.view.at(at.checked_sub(1)?);
        }
        self.view.at(at + usize::from(self.view.at(at) == Some(id)))
    }
}
