//! Where one is on a page, and where one was before.

use super::place::Place;
use super::table::Stance;

/// The state of the page of one thing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Page {
    /// Number of the line under the cursor.
    pub cursor: usize,
    /// Number of the topmost line.
    pub offset: usize,
    /// Lines that the last frame had room for.
    pub height: usize,
    /// Long values are shown whole.
    pub unfolded: bool,
}

impl Page {
    /// The topmost line where there is room for `height` of `lines`.
    pub(super) fn top(&self, height: usize, lines: usize) -> usize {
        let height = height.max(1);
        let cursor = self.cursor.min(lines.saturating_sub(1));
        let lowest = (cursor + 1).saturating_sub(height);
        self.offset.clamp(lowest, cursor.max(lowest)).min(lines.saturating_sub(height))
    }
}

/// A place in the history, as it was left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Visit {
    pub place: Place,
    pub page: Page,
    /// How the table looked, if the place is a list.
    pub stance: Option<Stance>,
}
