//! Instance refreshes: how an Auto Scaling group replaces its instances, gradually.

use jiff::{SignedDuration, Timestamp};

use crate::aws_words;

aws_words! {
    /// Status of an instance refresh.
    RefreshStatus {
        Pending = "Pending",
        InProgress = "InProgress",
        Successful = "Successful",
        Failed = "Failed",
        Cancelling = "Cancelling",
        Cancelled = "Cancelled",
        RollbackInProgress = "RollbackInProgress",
        RollbackFailed = "RollbackFailed",
        RollbackSuccessful = "RollbackSuccessful",
        Baking = "Baking",
    }
}

impl RefreshStatus {
    /// Whether it will never be another one. A word that this version does not know is taken for one of something that goes on.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Successful | Self::Failed | Self::Cancelled | Self::RollbackFailed | Self::RollbackSuccessful
        )
    }

    /// Whether it goes back to what was before.
    #[must_use]
    pub fn is_rollback(&self) -> bool {
        matches!(self, Self::RollbackInProgress | Self::RollbackFailed | Self::RollbackSuccessful)
    }
}

/// How a group replaces its instances. What AWS did not tell is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefreshPreferences {
    /// Percent of the desired capacity that stays healthy at least.
    pub min_healthy: Option<u32>,
    /// Percent of the desired capacity that there may be at most.
    pub max_healthy: Option<u32>,
    /// Seconds for which a new instance warms up.
    pub warmup: Option<u32>,
    /// Percentages replaced at which it pauses, rising.
    pub checkpoints: Vec<u32>,
    /// Seconds for which it pauses at each.
    pub checkpoint_delay: Option<u32>,
    /// Seconds for which it watches the alarms after the last instance.
    pub bake_time: Option<u32>,
    /// Whether it goes back by itself when it fails.
    pub auto_rollback: Option<bool>,
    /// Whether instances stay that are what they are to be.
    pub skip_matching: Option<bool>,
    /// Alarms that fail it.
    pub alarms: Vec<String>,
    /// `Refresh`, `Ignore` or `Wait`: what becomes of instances that are protected from scale-in.
    pub protected: Option<String>,
    /// `Terminate`, `Ignore` or `Wait`: what becomes of instances on standby.
    pub standby: Option<String>,
}

/// The way back of an instance refresh.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RefreshRollback {
    /// Why.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// Percent of the way forward when it began.
    pub percentage: Option<u32>,
    /// Instances that were still to be replaced when it began.
    pub to_update: Option<u32>,
}

/// An instance refresh of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRefresh {
    /// UUID.
    pub id: String,
    /// Name of the group.
    pub group: String,
    /// How it stands.
    pub status: RefreshStatus,
    /// Why it stands so.
    pub reason: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Percent done.
    pub percentage: Option<u32>,
    /// Instances that are still to be replaced.
    pub to_update: Option<u32>,
    /// The launch template that instances are to start from: `lt-…`.
    pub template: Option<String>,
    /// Its version: a number, `$Latest` or `$Default`. `None`: the group's own configuration is only applied anew.
    pub version: Option<String>,
    /// How it goes about it.
    pub preferences: RefreshPreferences,
    /// The way back, if it took it.
    pub rollback: Option<RefreshRollback>,
}

impl InstanceRefresh {
    /// The checkpoint that comes next, in percent replaced; the one at which it pauses, while it does.
    #[must_use]
    pub fn next_checkpoint(&self) -> Option<u32> {
        let done = self.percentage.unwrap_or(0);
        let paused = self.paused_at();
        paused.or_else(|| self.preferences.checkpoints.iter().copied().find(|checkpoint| *checkpoint > done))
    }

    /// The checkpoint at which it pauses: as many are replaced as that takes, no more and not all, and it goes on. AWS has no status for it
    /// and publishes no words; where there are such, they do as well.
    #[must_use]
    pub fn paused_at(&self) -> Option<u32> {
        let done = self.percentage.filter(|done| *done < 100 && self.status == RefreshStatus::InProgress)?;
        let checkpoints = self.preferences.checkpoints.iter().copied();
        // AWS rounds a share of few instances up to the next whole one, so it stands behind the checkpoint that it has reached.
        let reached = checkpoints.filter(|checkpoint| *checkpoint <= done).max()?;
        (self.stands_at(reached, done) || self.says_checkpoint()).then_some(reached)
    }

    /// Whether as many are replaced as that checkpoint takes, by the share that is `done` and the number that is left.
    fn stands_at(&self, checkpoint: u32, done: u32) -> bool {
        let pauses = self.preferences.checkpoint_delay != Some(0);
        let (Some(left), ahead) =
            (self.to_update.filter(|left| pauses && *left > 0).map(u64::from), u64::from(100 - done))
        else {
            return false;
        };
        let total = (left * 100 + ahead / 2) / ahead;
        total.saturating_sub(left) == (total * u64::from(checkpoint)).div_ceil(100)
    }

    fn says_checkpoint(&self) -> bool {
        self.reason.as_deref().is_some_and(|reason| reason.to_ascii_lowercase().contains("checkpoint"))
    }

    /// How much longer it takes at the pace so far; pauses behind and ahead are not told apart. `None`: it is over, goes
    /// back, or has replaced nothing yet.
    #[must_use]
    pub fn remaining(&self, now: Timestamp) -> Option<SignedDuration> {
        let done = self.percentage.filter(|done| (1..100).contains(done))?;
        let started = self.started_at.filter(|_| self.status == RefreshStatus::InProgress)?;
        let spent = now.duration_since(started).as_secs().max(0);
        Some(SignedDuration::from_secs(spent.saturating_mul(i64::from(100 - done)) / i64::from(done)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(crate) fn refresh() -> InstanceRefresh {
        InstanceRefresh {
            id: "r-1".to_owned(),
            group: "prod".to_owned(),
            status: RefreshStatus::InProgress,
            reason: None,
            started_at: Some(Timestamp::UNIX_EPOCH),
            ended_at: None,
            percentage: Some(25),
            to_update: Some(9),
            template: None,
            version: Some("7".to_owned()),
            preferences: RefreshPreferences { checkpoints: vec![20, 50, 100], ..RefreshPreferences::default() },
            rollback: None,
        }
    }

    #[test]
    fn a_checkpoint_is_where_no_more_are_replaced_than_it_takes() {
        let mut one = refresh();
        assert_eq!((one.paused_at(), one.next_checkpoint()), (Some(20), Some(20)), "three of twelve");
        one.preferences.checkpoint_delay = Some(0);
        assert_eq!((one.paused_at(), one.next_checkpoint()), (None, Some(50)), "it does not pause");
        one.preferences.checkpoint_delay = Some(600);
        (one.percentage, one.to_update) = (Some(33), Some(8));
        assert_eq!((one.paused_at(), one.next_checkpoint()), (None, Some(50)), "it has gone on");
        (one.percentage, one.to_update) = (Some(50), Some(6));
        assert_eq!((one.paused_at(), one.next_checkpoint()), (Some(50), Some(50)));
        one.status = RefreshStatus::RollbackInProgress;
        assert_eq!(one.paused_at(), None);
    }

    #[test]
    fn a_checkpoint_is_where_it_says_that_it_pauses() {
        let mut one = InstanceRefresh { to_update: None, ..refresh() };
        assert_eq!((one.paused_at(), one.next_checkpoint()), (None, Some(50)));
        one.reason = Some("Waiting for the checkpoint delay to pass".to_owned());
        assert_eq!((one.paused_at(), one.next_checkpoint()), (Some(20), Some(20)));
        one.percentage = None;
        assert_eq!((one.paused_at(), one.next_checkpoint()), (None, Some(20)));
    }

    #[test]
    fn the_rest_takes_as_long_as_its_share_took() {
        let now = Timestamp::UNIX_EPOCH + SignedDuration::from_mins(10);
        let mut one = refresh();
        assert_eq!(one.remaining(now), Some(SignedDuration::from_mins(30)));
        assert_eq!(one.remaining(Timestamp::MIN), Some(SignedDuration::ZERO), "a clock behind AWS's");
        one.percentage = Some(0);
        assert_eq!(one.remaining(now), None);
        one.percentage = Some(50);
        one.status = RefreshStatus::RollbackInProgress;
        assert_eq!(one.remaining(now), None);
    }
}
