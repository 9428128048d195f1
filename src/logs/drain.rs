//! One read of a tail, over all of its pages.

use std::collections::HashSet;

/// One read from its first page to its last.
#[derive(Debug, Clone)]
pub(super) struct Drain {
    pub start: i64,
    pub began: i64,
    pub sweep: bool,
    pub token: Option<String>,
    /// Tokens of this read: one that comes back would go round for ever.
    pub used: HashSet<u128>,
    pub newest: i64,
    /// Where its first page starts now: later than `start` once it began again.
    pub from: i64,
    /// How often it began again, in all and since it last got further.
    pub restarts: u32,
    pub stuck: u32,
    /// What was newest when it began again last.
    pub reached: i64,
}

impl Drain {
    /// One that starts with events of `start` and began at `began`.
    pub fn new(start: i64, began: i64, sweep: bool) -> Self {
        Self {
            start,
            began,
            sweep,
            token: None,
            used: HashSet::new(),
            newest: i64::MIN,
            from: start,
            restarts: 0,
            stuck: 0,
            reached: i64::MIN,
        }
    }

    /// The same read, begun again so far before the newest event that it has seen.
    pub fn begun_again(self, back: i64) -> Self {
        let from = self.newest.saturating_sub(back).max(self.start);
        Self { from, token: None, used: HashSet::new(), ..self }
    }
}
