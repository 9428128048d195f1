//! In which steps a rollout replaces instances.

use super::whole;
use crate::actions::checkpoints;
use crate::fleet::execution::Values;

/// How many instances are replaced at a time, and when it pauses
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Steps {
    /// Instances that are to be replaced.
    pub instances: usize,
    /// Instances that go at the same time.
    pub at_once: usize,
    /// Healthy instances that stay at least.
    pub least: usize,
    /// Instances that there are at most meanwhile.
    pub most: usize,
    /// After so many of them it pauses.
    pub pauses: Vec<usize>,
    /// How long each pause is, in seconds.
    pub delay: u64,
    /// How long it watches after the last one, in seconds.
    pub bake: u64,
}

impl Steps {
    /// The steps of a rollout of so many `instances` in a group that wants `desired`.
    pub(super) fn of(values: &Values, desired: usize, instances: usize) -> Self {
        let pauses = pauses(values, instances);
        let minimum = whole(values, &["MinHealthyPercentage"]).unwrap_or(90).min(100);
        let maximum = whole(values, &["MaxHealthyPercentage"]).unwrap_or(110).clamp(100, 200);
        let least = desired.saturating_mul(minimum).div_ceil(100);
        let most = (desired.saturating_mul(maximum) / 100).max(desired);
        // However little room there is, one at a time is replaced.
        let at_once = (most - least.min(most)).max(1).min(instances.max(1));
        let seconds = |name| whole(values, &[name]).and_then(|one| u64::try_from(one).ok());
        Self {
            instances,
            at_once,
            least,
            most,
            pauses,
            delay: seconds("CheckpointDelay").unwrap_or(600),
            bake: seconds("BakeTime").unwrap_or(0),
        }
    }

    /// Seconds that it stands still.
    pub(super) fn waits(&self) -> u64 {
        // Where all are replaced nothing is left to wait for.
        let between = self.pauses.iter().filter(|count| **count < self.instances).count();
        u64::try_from(between).unwrap_or(u64::MAX).saturating_mul(self.delay).saturating_add(self.bake)
    }
}

/// Checkpoints as counts of replaced instances, each once and rising.
fn pauses(values: &Values, instances: usize) -> Vec<usize> {
    let percentages = checkpoints::NAMES.into_iter().filter_map(|name| whole(values, &[name]));
    let mut counts: Vec<usize> =
        percentages.map(|percent| instances.saturating_mul(percent.min(100)).div_ceil(100)).collect();
    counts.sort_unstable();
    counts.dedup();
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &[&str])]) -> Values {
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        pairs.iter().map(|(name, texts)| ((*name).to_owned(), owned(texts))).collect()
    }

    #[test]
    fn bounds_say_how_many_go_at_once() {
        let of = |least: &str, most: &str, desired| {
            let values = values(&[("MinHealthyPercentage", &[least]), ("MaxHealthyPercentage", &[most])]);
            let steps = Steps::of(&values, desired, desired);
            (steps.least, steps.most, steps.at_once)
        };
        assert_eq!(of("90", "110", 24), (22, 26, 4));
        assert_eq!(of("90", "100", 24), (22, 24, 2));
        assert_eq!(of("100", "110", 10), (10, 11, 1));
        assert_eq!(of("90", "110", 3), (3, 3, 1), "there is no room, and one goes all the same");
        assert_eq!(of("0", "200", 2), (0, 4, 2), "no more go than there are");
    }

    #[test]
    fn a_checkpoint_is_a_count_and_where_all_are_new_nothing_waits() {
        let values =
            values(&[("FirstCheckpoint", &["20"]), ("SecondCheckpoint", &["50"]), ("CheckpointDelay", &["600"])]);
        let steps = Steps::of(&values, 24, 24);
        assert_eq!((steps.instances, steps.pauses.as_slice(), steps.waits()), (24, &[5, 12][..], 1_200));
        let small = Steps::of(&values, 1, 1);
        assert_eq!((small.pauses.as_slice(), small.waits()), (&[1][..], 0));
    }
}
