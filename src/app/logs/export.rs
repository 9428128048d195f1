//! Rows as text: as they are drawn, copied, saved.

use std::borrow::Cow;

use jiff::Timestamp;

use super::Logs;
use crate::logs::event::RowId;

impl Logs {
    /// What is drawn of a row: of one that stands for a gap, which times are missing; what happened to the fleet set off from the lines.
    #[must_use]
    pub fn said(&self, id: RowId) -> Cow<'_, str> {
        let Some(row) = self.store.row(id) else { return Cow::Borrowed("") };
        let clock = |time: i64| {
            Timestamp::from_millisecond(time)
                .map_or_else(|_| time.to_string(), |at| at.strftime("%H:%M:%S").to_string())
        };
        match self.store.gap(id) {
            Some(gap) => {
                Cow::Owned(format!("┄┄ lines missing from {} to {}: {} ┄┄", clock(gap.from), clock(gap.to), row.text))
            }
            None if self.feed_of(row.source).is_none() => Cow::Owned(format!("── {} ──", row.text)),
            None => Cow::Borrowed(row.text),
        }
    }

    /// A row as text: time, source, what it says.
    #[must_use]
    pub fn line_of(&self, id: RowId) -> Option<String> {
        let row = self.store.row(id)?;
        let source = self.store.source_of(row.source).map_or("", |source| source.name.as_str());
        let time = Timestamp::from_millisecond(row.time).map_or_else(|_| row.time.to_string(), |at| format!("{at:.3}"));
        Some(format!("{time} {source} {}", self.said(id)))
    }

    /// The texts of the rows that are selected, or of the one under the cursor, with their times and sources.
    pub(super) fn selection(&self) -> Vec<String> {
        let Some(cursor) = self.cursor else { return Vec::new() };
        let Some(anchor) = self.anchor else { return self.line_of(cursor).into_iter().collect() };
        let position = |id| self.store.position(id).unwrap_or(0);
        let (from, to) = (position(anchor).min(position(cursor)), position(anchor).max(position(cursor)));
        let rows = (from..=to).filter_map(|at| self.store.at(at));
        rows.filter(|id| self.shows(*id)).filter_map(|id| self.line_of(id)).collect()
    }

    /// Everything that is shown, as text, for a file or a pager.
    pub(in crate::app) fn text(&self) -> String {
        let mut out = String::new();
        let mut next = self.first();
        while let Some(id) = next {
            if let Some(line) = self.line_of(id) {
                out.push_str(&line);
                out.push('\n');
            }
            next = self.below(id);
        }
        out
    }

    /// Copies what is selected, and ends the selection.
    pub(in crate::app) fn take_selection(&mut self) -> Vec<String> {
        let lines = self.selection();
        self.anchor = None;
        lines
    }
}
