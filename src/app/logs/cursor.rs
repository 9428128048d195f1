//! Moving through the lines. A line keeps its place on screen when others arrive, and following never fights with moving.

use super::Logs;
use crate::logs::event::RowId;

impl Logs {
    /// Moves the cursor by so many rows; at the end of what is followed it follows again.
    pub(in crate::app) fn step(&mut self, rows: isize) {
        let Some(mut at) = self.cursor else { return };
        self.leave();
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
        self.leave();
        self.follows = false;
        self.rest_on(id);
    }

    /// The cursor is moved: it is not where it was to be any more.
    fn leave(&mut self) {
        self.aim = None;
        self.home = None;
    }

    /// Jumps to the first row.
    pub(in crate::app) fn top(&mut self) {
        if let Some(id) = self.first() {
            self.follows = false;
            self.leave();
            self.line = 0;
            self.rest_on(id);
        }
    }

    /// Jumps to the last row, and follows if anything follows it.
    pub(in crate::app) fn bottom(&mut self) {
        self.follows = self.is_live();
        self.leave();
        self.settle_at_end();
    }

    pub(super) fn settle_at_end(&mut self) {
        // Where nothing is shown the cursor waits where it is.
        self.cursor = self.last().or(self.cursor);
        self.line = usize::MAX;
        if let Some(id) = self.cursor {
            self.rest_on(id);
        }
    }

    /// Goes on or back by a bar of the histogram, and at least by a row.
    pub(in crate::app) fn by_a_bar(&mut self, on: bool) {
        let Some(id) = self.cursor else { return };
        let Some(time) = self.store.row(id).map(|row| row.time) else { return };
        let bar = self.bar();
        self.jump_to_time(if on { time.saturating_add(bar) } else { time.saturating_sub(bar) });
        if self.cursor == Some(id) {
            self.step(if on { 1 } else { -1 });
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
    pub(in crate::app) fn settle(&mut self) {
        if self.follows {
            return self.settle_at_end();
        }
        if let Some(time) = self.aim {
            let at = self.store.position_at(time).min(self.store.len().saturating_sub(1));
            self.cursor = self.store.at(at).and_then(|id| self.nearest(id)).or(self.cursor);
            self.line = self.room.1 / 3;
            return;
        }
        let there = |id: &RowId| self.store.row(*id).is_some();
        let kept = self.home.filter(there).or_else(|| self.cursor.filter(there));
        match kept {
            // Where nothing is shown it waits where it is.
            Some(id) => self.rest_on(self.nearest(id).unwrap_or(id)),
            // The oldest lines made room for new ones, and the cursor's was among them.
            None => {
                self.line = 0;
                self.cursor = self.first();
            }
        }
    }

    /// Brings in rows from above where the window has room below its last row: after it grew, not while lines come.
    pub(super) fn fill(&mut self) {
        let rows = self.window();
        let end = rows.last().map_or(0, |row| row.line + row.height.cast_signed());
        let room = self.room.1.cast_signed() - end;
        if room > 0 {
            self.line = self.line.saturating_add_signed(room);
            // As far as there are rows above.
            let drawn = self.window().into_iter().find(|row| Some(row.id) == self.cursor);
            self.line = drawn.map_or(self.line, |row| usize::try_from(row.line).unwrap_or(0));
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
