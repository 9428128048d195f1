//! What a tail has counted.

/// What happened so far. All true, all shown.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Events handed out.
    pub events: u64,
    /// Of these, older than what had been read to its end before them.
    pub late: u64,
    /// Events that were read again and not handed out.
    pub repeats: u64,
    /// Requests that were throttled.
    pub throttled: u64,
    /// Requests that failed otherwise.
    pub failed: u64,
    /// Pages read.
    pub pages: u64,
    /// Of these, without an event.
    pub empty: u64,
    /// Times that were skipped or cut off.
    pub gaps: u64,
}

impl Counters {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            events: self.events + other.events,
            late: self.late + other.late,
            repeats: self.repeats + other.repeats,
            throttled: self.throttled + other.throttled,
            failed: self.failed + other.failed,
            pages: self.pages + other.pages,
            empty: self.empty + other.empty,
            gaps: self.gaps + other.gaps,
        }
    }
}
