//! How many lines came when: the bars above the lines.

use super::Logs;
use crate::logs::event::RowId;
use crate::logs::histogram::Histogram;

/// Bars of the histogram: as many as the widest window has use for.
const BARS: usize = 400;
/// One part in so many of what the histogram shows is kept free for lines to come.
const ROOM: i64 = 50;

impl Logs {
    /// Lines and errors over the time that is in memory.
    #[must_use]
    pub fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    /// Counts lines over time again if any came since.
    pub(in crate::app) fn count(&mut self) -> bool {
        let (counts, len) = (self.store.counts(), self.store.len());
        let times = (self.store.at(0), self.store.at(len.saturating_sub(1)));
        let time = |id: Option<RowId>| id.and_then(|id| self.store.row(id)).map(|row| row.time);
        let (Some(first), Some(last)) = (time(times.0), time(times.1)) else { return false };
        if self.counted == counts.lines {
            return false;
        }
        self.counted = counts.lines;
        let (from, to) = self.axis(first, last);
        self.histogram = Histogram::of(&self.store.snapshot(), from, to, BARS);
        true
    }

    /// From when to when lines are counted. What is followed has a little room on either side, so that for a while new lines make their
    /// own bars grow, and not every bar another one.
    fn axis(&self, first: i64, last: i64) -> (i64, i64) {
        let room = if self.is_live() { last.saturating_sub(first) / ROOM } else { 0 };
        let (from, to) = (self.histogram.from, self.histogram.end());
        let lasts = self.is_live() && !self.histogram.buckets.is_empty() && from <= first && last < to;
        match lasts && first.saturating_sub(from) <= room {
            true => (from, to),
            false => (first, last.saturating_add(1).saturating_add(room)),
        }
    }

    /// Milliseconds of a bar of the histogram, as it is drawn.
    #[must_use]
    pub fn bar(&self) -> i64 {
        let whole = self.histogram.end().saturating_sub(self.histogram.from);
        (whole / i64::try_from(self.room.0.max(1)).unwrap_or(1)).max(1)
    }
}
