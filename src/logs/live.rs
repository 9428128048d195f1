//! Live Tail: lines within a second of when they come in, and not always all of them.

use super::batch::Arrival;
use crate::fleet::feed::Streams;
use crate::fleet::reading::Failure;

/// What to tail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveAsk {
    /// Names or ARNs of log groups, at most ten.
    pub groups: Vec<String>,
    /// Which of their streams; other than all only with one group. One prefix, or at most 100 names.
    pub streams: Streams,
    /// Only events with these terms, in AWS's filter pattern; empty for all.
    pub pattern: String,
}

/// What one second brought.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveUpdate {
    /// Events, not clean, each with its group's name. They have no ids.
    pub events: Vec<(String, Arrival)>,
    /// There were more than those.
    pub sampled: bool,
}

/// Why a session is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveEnd {
    /// It has lasted three hours, after which AWS ends it: a new one can be started.
    TimedOut,
    /// AWS ended it without a word.
    Closed,
    /// It broke.
    Failed(Failure),
}

/// How Live Tail beside the reading of a feed stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LiveStanding {
    /// It is asked for.
    pub asked: bool,
    /// Lines come that way now.
    pub on: bool,
    /// It left lines out since it began; reading brings them.
    pub sampled: bool,
    /// Sessions that AWS ended after three hours, and that another one followed.
    pub timed_out: u64,
    /// Sessions that broke or were closed before, and that another one followed.
    pub broken: u64,
    /// Why there is none now, where AWS said so.
    pub failure: Option<Box<Failure>>,
}

impl LiveStanding {
    /// How the whole stands of which these are parts: lines come that way where they do in every part.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            asked: self.asked || other.asked,
            on: self.on && other.on,
            sampled: self.sampled || other.sampled,
            timed_out: self.timed_out + other.timed_out,
            broken: self.broken + other.broken,
            failure: self.failure.or(other.failure),
        }
    }
}
