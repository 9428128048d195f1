//! The rules of the fleet, each small and each with its own tests.

use jiff::SignedDuration;

/// Thresholds, all of them configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// An instance older than this is over age. 12 hours unless configured.
    pub max_age: SignedDuration,
    /// An instance that drains for longer than this is stuck. 15 minutes unless configured.
    pub max_drain: SignedDuration,
    /// An instance has this long from its launch to join the cluster. 10 minutes unless configured.
    pub join_within: SignedDuration,
    /// A lifecycle hook may hold a terminating instance for this long. 15 minutes unless configured.
    pub max_terminating_wait: SignedDuration,
    /// Rows older than this are stale. 2 minutes unless configured.
    pub patience: SignedDuration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_age: SignedDuration::from_hours(12),
            max_drain: SignedDuration::from_mins(15),
            join_within: SignedDuration::from_mins(10),
            max_terminating_wait: SignedDuration::from_mins(15),
            patience: SignedDuration::from_mins(2),
        }
    }
}
