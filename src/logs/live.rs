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
