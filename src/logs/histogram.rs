//! How many lines, and how many that are errors, over time.

use super::chunk::GAP;
use super::event::Level;
use super::store::Snapshot;

/// What happened in one stretch of time.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bucket {
    /// Lines.
    pub lines: u64,
    /// Lines that say error or worse.
    pub errors: u64,
}

/// Lines and errors in equal stretches of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Histogram {
    /// Milliseconds since 1970 at which the first bucket starts.
    pub from: i64,
    /// Milliseconds in a bucket.
    pub width: i64,
    /// The buckets, without a break.
    pub buckets: Vec<Bucket>,
}

impl Histogram {
    /// Counts what lies from `from` up to, but not at, `to`, in `buckets` buckets. Reads times and levels, no text:
    /// milliseconds for millions of lines. A range that is empty has no buckets.
    #[must_use]
    pub fn of(snapshot: &Snapshot, from: i64, to: i64, buckets: usize) -> Self {
        let count = i64::try_from(buckets).unwrap_or(i64::MAX);
        let span = to.saturating_sub(from);
        if span <= 0 || count == 0 {
            return Self { from, width: 1, buckets: Vec::new() };
        }
        let width = (span / count + i64::from(span % count != 0)).max(1);
        let mut histogram = Self { from, width, buckets: vec![Bucket::default(); buckets] };
        for chunk in &snapshot.chunks {
            let rows = (0..chunk.len()).filter(|index| chunk.flag(*index) & GAP == 0);
            for (time, level) in rows.filter_map(|index| Some((chunk.time(index)?, chunk.level(index)))) {
                if (from..to).contains(&time) {
                    histogram.add(time, level);
                }
            }
        }
        histogram
    }

    /// Counts one line; one outside all buckets counts nowhere.
    pub fn add(&mut self, time: i64, level: Level) {
        let number = time.saturating_sub(self.from).div_euclid(self.width);
        if let Some(bucket) = usize::try_from(number).ok().and_then(|number| self.buckets.get_mut(number)) {
            bucket.lines += 1;
            bucket.errors += u64::from(level >= Level::Error);
        }
    }

    /// When the last bucket ends, in milliseconds since 1970.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.start(self.buckets.len())
    }

    /// When a bucket starts: the time to jump to.
    #[must_use]
    pub fn start(&self, bucket: usize) -> i64 {
        self.from.saturating_add(self.width.saturating_mul(i64::try_from(bucket).unwrap_or(i64::MAX)))
    }
}
