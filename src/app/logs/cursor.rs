//! Moving through the lines. A line keeps its place on screen when others arrive, and following never fights with moving.

use super::Logs;
use crate::logs::event::RowId;

impl Logs {
    /// Moves the cursor by so many rows; at the end of what is followed it follows again.
    pub(in crate::app) fn step(&mut self, rows: isize) {
        let Some(mut at) = self.cursor else { return };
        self.aim = None;
        let down = rows > 0;
        for _ in 0..rows.unsigned_abs() {
            let next = if down { self.below(at) } else { self.above(at) };
            let Some(next) = next else { break };
            self.line = if down {
                self.line.saturating_add(self.height_of(at))
            } else {
                self.line.saturating_sub(self.height_of(next))
            };
            at = next;
        }
        // Whoever goes down at the end wants what comes next; whoever goes up wants to read.
        self.follows = self.is_live() && down && self.last() == Some(at);
        self.rest_on(at);
    }

    /// Puts the cursor on a row, at its line as far as it fits.
    fn rest_on(&mut self, id: RowId) {
        self.cursor = Some(id);
        let lowest = self.room.1.saturating_sub(self.height_of(id));
        self.line = self.line.min(lowest);
    }

    /// Jumps to a row, in the middle of the window unless it is there already.
    pub(in crate::app) fn jump(&mut self, id: RowId) {
        let there = self.window().into_iter().find(|placed| placed.id == id && placed.line >= 0);
        self.line = there.map_or(self.room.1 / 2, |placed| placed.line.unsigned_abs());
        self.aim = None;
        self.follows = false;
        self.rest_on(id);
    }

    /// Jumps to the first row.
    pub(in crate::app) fn top(&mut self) {
        if let Some(id) = self.first() {
            self.follows = false;
            self.aim = None;
            self.line = 0;
            self.rest_on(id);
        }
    }

    /// Jumps to the last row, and follows if anything follows it.
    pub(in crate::app) fn bottom(&mut self) {
        self.follows = self.is_live();
        self.aim = None;
        self.settle_at_end();
    }

    pub(super) fn settle_at_end(&mut self) {
        self.cursor = self.last();
        self.line = usize::MAX;
        if let Some(id) = self.cursor {
            self.rest_on(id);
        }
    }

    /// Jumps to the first row that is not older than `time`.
    pub(in crate::app) fn jump_to_time(&mut self, time: i64) {
        let at = self.store.position_at(time).min(self.store.len().saturating_sub(1));
        if let Some(id) = self.store.at(at).and_then(|id| self.nearest(id)) {
            self.jump(id);
        }
    }

    /// After rows came, left or were hidden: the cursor is where it was, at the end if it follows, at what was aimed at else.
    pub(super) fn settle(&mut self) {
        if self.follows {
            return self.settle_at_end();
        }
        if let Some(time) = self.aim {
            let at = self.store.position_at(time).min(self.store.len().saturating_sub(1));
            self.cursor = self.store.at(at).and_then(|id| self.nearest(id));
            self.line = self.room.1 / 3;
            return;
        }
        let kept = self.cursor.filter(|id| self.store.row(*id).is_some());
        match kept.and_then(|id| self.nearest(id)) {
            Some(id) => self.rest_on(id),
            // The oldest lines made room for new ones, and the cursor's was among them.
            None => {
                self.line = 0;
                self.cursor = self.first();
            }
        }
    }

    /// The next row, or the one before, that a highlight matches; one that says error where nothing is highlighted. False if there is none.
    pub(in crate::app) fn seek(&mut self, down: bool) -> bool {
        let Some(cursor) = self.cursor else { return false };
        let found = |lens: &super::Lens| {
            let mut at = cursor;
            loop {
                at = lens.beside(&self.store, at, down)?;
                if self.shows(at) {
                    return self.store.position(at).map(|position| (position, at));
                }
            }
        };
        let all: Vec<(usize, RowId)> = if self.highlights.is_empty() {
            found(&self.errors).into_iter().collect()
        } else {
            self.highlights.iter().filter_map(found).collect()
        };
        let nearest = if down { all.into_iter().min() } else { all.into_iter().max() };
        if let Some((_, id)) = nearest {
            self.jump(id);
        }
        nearest.is_some()
    }
}
