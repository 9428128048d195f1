//! `[policy]`: the thresholds that the fleet is judged by.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use toml::de::DeValue;

use super::setting::Setting;
use super::value;
use crate::fleet::policy::Policy;

/// Thresholds that the file sets, by name.
pub(super) type Written = BTreeMap<&'static str, Setting<Threshold>>;

/// The value of one threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threshold {
    Duration(SignedDuration),
    Count(u32),
}

/// One threshold: its name in the file and its place in the policy.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    Duration(&'static str, fn(&mut Policy) -> &mut SignedDuration),
    /// With the least and the most that it may be.
    Count(&'static str, u32, u32, fn(&mut Policy) -> &mut u32),
}

const ALL: [Kind; 14] = [
    Kind::Duration("max_age", |policy| &mut policy.max_age),
    Kind::Duration("max_drain", |policy| &mut policy.max_drain),
    Kind::Duration("join_within", |policy| &mut policy.join_within),
    Kind::Duration("max_terminating_wait", |policy| &mut policy.max_terminating_wait),
    Kind::Duration("patience", |policy| &mut policy.patience),
    Kind::Count("max_builds_behind", 0, u32::MAX, |policy| &mut policy.max_builds_behind),
    Kind::Count("max_days_behind", 0, u32::MAX, |policy| &mut policy.max_days_behind),
    Kind::Duration("rollout_grace", |policy| &mut policy.rollout_grace),
    Kind::Count("critical_below_percent", 0, 100, |policy| &mut policy.critical_below_percent),
    Kind::Duration("place_within", |policy| &mut policy.place_within),
    Kind::Duration("recent", |policy| &mut policy.recent),
    Kind::Count("failing_tasks", 1, u32::MAX, |policy| &mut policy.failing_tasks),
    Kind::Count("flapping_changes", 1, u32::MAX, |policy| &mut policy.flapping_changes),
    Kind::Duration("max_no_data", |policy| &mut policy.max_no_data),
];

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Duration(name, _) | Self::Count(name, ..) => name,
        }
    }

    pub(super) fn read(self, value: &DeValue<'_>) -> Result<Threshold, String> {
        match self {
            Self::Duration(..) => value::duration(value).map(Threshold::Duration),
            Self::Count(_, least, most, _) => value::count(value, least, most).map(Threshold::Count),
        }
    }

    fn set(self, policy: &mut Policy, threshold: Threshold) {
        match (self, threshold) {
            (Self::Duration(_, place), Threshold::Duration(duration)) => *place(policy) = duration,
            (Self::Count(.., place), Threshold::Count(count)) => *place(policy) = count,
            (Self::Duration(..), Threshold::Count(_)) | (Self::Count(..), Threshold::Duration(_)) => {}
        }
    }
}

pub(super) fn kind(name: &str) -> Option<Kind> {
    ALL.into_iter().find(|kind| kind.name() == name)
}

pub(super) fn names() -> Vec<&'static str> {
    ALL.map(Kind::name).to_vec()
}

/// The default policy with what is written over it.
pub(super) fn policy(written: &Written) -> Policy {
    let mut policy = Policy::default();
    for kind in ALL {
        if let Some(setting) = written.get(kind.name()) {
            kind.set(&mut policy, setting.value);
        }
    }
    policy
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A threshold without a name here could not be configured: taking the policy apart keeps the two together.
    #[test]
    fn every_threshold_can_be_configured() {
        let Policy {
            max_age: _,
            max_drain: _,
            join_within: _,
            max_terminating_wait: _,
            patience: _,
            max_builds_behind: _,
            max_days_behind: _,
            rollout_grace: _,
            critical_below_percent: _,
            place_within: _,
            recent: _,
            failing_tasks: _,
            flapping_changes: _,
            max_no_data: _,
            alarm_names: _,
            intervals: _,
        } = Policy::default();
        for kind in ALL {
            let mut policy = Policy::default();
            kind.set(&mut policy, Threshold::Count(7));
            kind.set(&mut policy, Threshold::Duration(SignedDuration::from_hours(7)));
            let changed = format!("{policy:?}");
            assert!(changed.contains(&format!("{}: 7", kind.name())), "{}: {changed}", kind.name());
        }
    }
}
