//! Which rows are shown, and in what order: all of them, those that pass the filter, or these with their neighbours.

use std::collections::HashMap;

use super::Logs;
use crate::logs::event::{Row, RowId, SourceId};
use crate::logs::store::HEAD_REACH;

/// A row in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    /// Which.
    pub id: RowId,
    /// Screen line at which it begins, from the top of the window; negative where its first lines are above it.
    pub line: isize,
    /// Screen lines that it takes.
    pub height: usize,
    /// Passes the filter, or there is none.
    pub passes: bool,
    /// Rows are hidden between it and the one above.
    pub after_break: bool,
}

impl Logs {
    /// Whether rows that do not pass are hidden.
    fn hides(&self) -> bool {
        self.filter.is_some() && !self.dims
    }

    /// Whether a row passes the filter, or there is none. The later lines of an event pass with its first.
    #[must_use]
    pub fn passes(&self, id: RowId) -> bool {
        let Some(lens) = &self.filter else { return true };
        let head = self.store.head(id);
        // A query that only excludes says what is not wanted: the event, then, and not just its first line.
        let alone = head == id || lens.view().query().looks_for_something();
        (alone && lens.lists(&self.store, id)) || (head != id && lens.lists(&self.store, head))
    }

    /// The next row below `id`, or above it, that passes.
    fn beside(&self, id: RowId, down: bool) -> Option<RowId> {
        let lens = self.filter.as_ref()?;
        let mut at = id;
        loop {
            at = lens.beside(&self.store, at, down)?;
            if self.passes(at) {
                return Some(at);
            }
        }
    }

    /// The first of neighbouring rows that is a later line of an event that passes: others may stand between an event's lines.
    fn joined<'a>(&self, rows: impl Iterator<Item = Row<'a>>) -> Option<usize> {
        let mut events: HashMap<SourceId, bool> = HashMap::new();
        for row in rows {
            if !row.continuation {
                events.remove(&row.source);
            } else if *events.entry(row.source).or_insert_with(|| self.passes(row.id)) {
                return self.store.position(row.id);
            }
        }
        None
    }

    /// The position of the last line, above `end`, of the events that begin at this position or above it and pass.
    fn end_of_events(&self, at: usize, end: usize) -> usize {
        let below = (at + 1..end.min(at + 1 + HEAD_REACH)).rev();
        self.joined(below.filter_map(|at| self.store.row(self.store.at(at)?))).unwrap_or(at)
    }

    /// Whether a row is shown at all.
    pub(super) fn shows(&self, id: RowId) -> bool {
        self.store.position(id).is_some_and(|at| !self.hides() || self.is_near(at))
    }

    /// Whether a row that passes is at this position of the store, or within the context.
    fn is_near(&self, at: usize) -> bool {
        let Some(lens) = &self.filter else { return true };
        let Some(id) = self.store.at(at) else { return false };
        let Some(v) = lens.view().position(&self.store, id) else { return false };
        if self.store.row(id).is_some_and(|row| row.continuation) {
            return self.passes(id);
        }
        let passing = |v: usize| lens.view().at(v).filter(|id| self.passes(*id));
        let distance = |v: usize| passing(v).and_then(|id| self.store.position(id)).map(|p| p.abs_diff(at));
        let above_it = distance(v).is_some_and(|rows| rows <= self.context.before);
        above_it || v.checked_sub(1).and_then(distance).is_some_and(|rows| rows <= self.context.after)
    }

    /// The row shown below another one.
    #[must_use]
    pub fn below(&self, id: RowId) -> Option<RowId> {
        let at = self.store.position(id)?;
        if !self.hides() || self.is_near(at + 1) {
            return self.store.at(at + 1);
        }
        let next = self.beside(id, true).and_then(|next| self.store.position(next));
        let hidden = next.unwrap_or(usize::MAX).saturating_sub(at + 1).min(HEAD_REACH);
        let joined = self.joined(self.store.rows_from(at + 1).take(hidden));
        let context = next.map(|next| next.saturating_sub(self.context.before).max(at + 1));
        self.store.at(joined.into_iter().chain(context).min()?)
    }

    /// The row shown above another one.
    #[must_use]
    pub fn above(&self, id: RowId) -> Option<RowId> {
        let at = self.store.position(id)?.checked_sub(1)?;
        if !self.hides() || self.is_near(at) {
            return self.store.at(at);
        }
        let next = self.beside(id, false)?;
        let next = self.store.position(next)?;
        self.store.at((next + self.context.after).max(self.end_of_events(next, at + 1)).min(at))
    }

    /// The first row shown.
    #[must_use]
    pub fn first(&self) -> Option<RowId> {
        match self.filter.as_ref().filter(|_| self.hides()) {
            None => self.store.at(0),
            Some(lens) => {
                let first = lens.view().rows_from(0).find(|id| self.passes(*id))?;
                let at = self.store.position(first)?;
                self.store.at(at.saturating_sub(self.context.before))
            }
        }
    }

    /// The last row shown.
    #[must_use]
    pub fn last(&self) -> Option<RowId> {
        let end = self.store.len().checked_sub(1)?;
        match self.filter.as_ref().filter(|_| self.hides()) {
            None => self.store.at(end),
            Some(lens) => {
                let last =
                    (0..lens.view().len()).rev().filter_map(|at| lens.view().at(at)).find(|id| self.passes(*id))?;
                let at = self.store.position(last)?;
                self.store.at((at + self.context.after).max(self.end_of_events(at, end + 1)).min(end))
            }
        }
    }

    /// The row shown that is nearest to `id`: itself, else the one below, else the one above.
    pub(super) fn nearest(&self, id: RowId) -> Option<RowId> {
        if self.shows(id) {
            return Some(id);
        }
        self.below(id).or_else(|| self.above(id)).or_else(|| self.last())
    }

    /// Screen lines that a row takes.
    #[must_use]
    pub fn height_of(&self, id: RowId) -> usize {
        if self.wraps { super::wrap::height(&self.said(id), self.room.0.max(1)) } else { 1 }
    }

    /// The rows that fill the window, the cursor's at its line as far as there are rows above to fill it.
    #[must_use]
    pub fn window(&self) -> Vec<Placed> {
        let height = isize::try_from(self.room.1).unwrap_or(0);
        let Some(cursor) = self.cursor else { return Vec::new() };
        let mut above = Vec::new();
        let mut line = self.line.min(self.room.1.saturating_sub(1)).cast_signed();
        let mut at = cursor;
        while line > 0
            && let Some(id) = self.above(at)
        {
            line -= self.height_of(id).cast_signed();
            above.push(id);
            at = id;
        }
        // Without enough rows above, they begin at the top.
        let mut line = line.min(0);
        let mut rows = Vec::new();
        let mut next = above.last().copied().or(Some(cursor));
        while let Some(id) = next.filter(|_| line < height) {
            let lines = self.height_of(id);
            rows.push(self.placed(id, line, lines));
            line += lines.cast_signed();
            next = self.below(id);
        }
        rows
    }

    fn placed(&self, id: RowId, line: isize, height: usize) -> Placed {
        let alone = |above: RowId| self.store.position(above).map(|at| at + 1) != self.store.position(id);
        let after_break = self.hides() && !self.context.is_none() && self.above(id).is_some_and(alone);
        Placed { id, line, height, passes: self.passes(id), after_break }
    }
}
