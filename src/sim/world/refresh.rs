//! Instance refreshes: a group replaces its instances a few at a time
//! (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html>).
//!
//! Here is what a refresh is; `roll` moves it on, `pool` says which members it has still to replace.

mod pool;
mod roll;

use jiff::Timestamp;

use super::group::Configuration;

pub use pool::Progress;

/// An instance refresh.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// UUID.
    pub id: String,
    /// How far it has come.
    pub status: RefreshStatus,
    /// What it waits for, or why it ended as it did.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it brings, which becomes the group's when it succeeds; nothing: what the group has.
    pub wanted: Option<Configuration>,
    /// How it is to go about it.
    pub preferences: Preferences,
    /// Instances that it was to replace.
    pub total: usize,
    /// Its way back.
    pub rollback: Option<Rollback>,
    /// How far it had come when it ended.
    pub(crate) ending: Option<Progress>,
    /// Checkpoints that are behind it.
    pub(crate) passed: usize,
    /// Until when it pauses at a checkpoint, or bakes.
    pub(crate) until: Option<Timestamp>,
    /// When it last replaced something or saw a new instance become ready.
    pub(crate) moved_at: Timestamp,
    /// New instances that were ready then.
    pub(crate) ready: usize,
    /// Instances that the group has beyond what it wants meanwhile.
    pub(crate) surge: u32,
    /// Whether a cancellation waits for what is being launched and terminated.
    pub(crate) patient: bool,
}

/// How a refresh is to go about it
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
#[derive(Debug, Clone, Default)]
pub struct Preferences {
    /// Percentage of the group that stays in service; 90 where nobody says.
    pub min_healthy: Option<u32>,
    /// Percentage of the group that may be there at the most; without it an instance is terminated and its successor launched
    /// at once.
    pub max_healthy: Option<u32>,
    /// Seconds from the moment in which a new instance is in service until it counts.
    pub warmup: Option<u32>,
    /// Percentages at which it pauses, ascending.
    pub checkpoints: Vec<u32>,
    /// Seconds of such a pause.
    pub checkpoint_delay: Option<u32>,
    /// Whether instances that are as wanted stay.
    pub skip_matching: bool,
    /// Whether a failure leads back to what the group had.
    pub auto_rollback: bool,
    /// What becomes of members that are protected from scale-in.
    pub protected: Hindrance,
    /// What becomes of members in standby.
    pub standby: Hindrance,
    /// Alarms that make it fail.
    pub alarms: Vec<String>,
    /// Seconds from the last replacement until it is over.
    pub bake: u32,
}

/// What a refresh does about a member that is not simply in service.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Hindrance {
    /// Replaces it all the same.
    Replace,
    /// Leaves it alone.
    Ignore,
    /// Waits for an hour, and fails then.
    #[default]
    Wait,
}

/// A refresh on its way back.
#[derive(Debug, Clone)]
pub struct Rollback {
    /// Why.
    pub reason: String,
    /// When it began.
    pub started_at: Timestamp,
    /// How far the refresh had come.
    pub from: Progress,
}

/// How far a refresh has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshStatus {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// Every instance has been replaced, and the alarms are looked at for a while.
    Baking,
    /// Every instance has been replaced.
    Successful,
    /// Could not go on.
    Failed,
    /// Being stopped.
    Cancelling,
    /// Stopped.
    Cancelled,
    /// On its way back.
    RollbackInProgress,
    /// Back at what the group had.
    RollbackSuccessful,
    /// Could not get back.
    RollbackFailed,
}

impl RefreshStatus {
    /// The word as Auto Scaling spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Baking => "Baking",
            Self::Successful => "Successful",
            Self::Failed => "Failed",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
            Self::RollbackInProgress => "RollbackInProgress",
            Self::RollbackSuccessful => "RollbackSuccessful",
            Self::RollbackFailed => "RollbackFailed",
        }
    }

    /// Whether it is not over.
    #[must_use]
    pub fn is_active(self) -> bool {
        self.brings() || matches!(self, Self::Cancelling | Self::RollbackInProgress)
    }

    /// Whether what the group launches is what the refresh brings.
    #[must_use]
    pub fn brings(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress | Self::Baking)
    }
}

impl Refresh {
    /// The percentage that its next pause is at: 100 where there is none.
    fn stage(&self) -> u32 {
        let back = self.rollback.is_some();
        self.preferences.checkpoints.get(self.passed).copied().filter(|_| !back).unwrap_or(100)
    }

    /// Whether the percentage that it is at is its last: without 100 among its checkpoints it ends before every instance is
    /// replaced (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-adding-checkpoints-instance-refresh.html>).
    fn is_last_stage(&self) -> bool {
        self.rollback.is_some() || self.passed + 1 >= self.preferences.checkpoints.len()
    }
}
