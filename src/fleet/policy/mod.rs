//! The rules of the fleet, each small and each with its own tests.
//!
//! A rule reads the evidence and says what is wrong. It speaks only of what was read: a panel that was never read raises nothing,
//! and a thing counts as missing only where everything was read.

mod access;
mod agent;
mod alarm;
mod automation;
mod deployment;
mod drain;
mod evidence;
mod image;
mod instance;
mod log;
mod obstacle;
mod placement;
mod rotation;
mod service;
mod target;
mod words;

use jiff::SignedDuration;

pub(crate) use self::evidence::Evidence;
pub(crate) use self::obstacle::{Demand, Space, Survey};
pub(crate) use self::words::{plural, span};
use super::finding::Finding;
use super::pace::Intervals;

/// Thresholds, all of them configuration.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// An instance older than this is over age. 12 hours unless configured.
    pub max_age: SignedDuration,
    /// An instance that drains for longer than this is stuck. 15 minutes unless configured.
    pub max_drain: SignedDuration,
    /// An instance has this long from its launch to join the cluster and to get its targets. 10 minutes unless configured.
    pub join_within: SignedDuration,
    /// A lifecycle hook may hold a terminating instance for this long. 15 minutes unless configured.
    pub max_terminating_wait: SignedDuration,
    /// Rows older than this are stale, unless they are read more seldom than that. 2 minutes unless configured.
    pub patience: SignedDuration,
    /// An instance this many builds behind its AMI is worth knowing and no more: the next rotation mends it. 3 unless configured.
    pub max_builds_behind: u32,
    /// The same in days, for AMIs whose builds cannot be counted. 1 unless configured.
    pub max_days_behind: u32,
    /// A rollout without failures and tasks that start may leave a service below its count for this long. 5 minutes unless configured.
    pub rollout_grace: SignedDuration,
    /// A service with less than this share of its tasks running hurts now, in percent of the tasks wanted. 50 unless configured.
    pub critical_below_percent: u32,
    /// A task may wait this long for an instance: scaling up takes its time. 3 minutes unless configured.
    pub place_within: SignedDuration,
    /// Stopped tasks and service events older than this say nothing about the present. 15 minutes unless configured.
    pub recent: SignedDuration,
    /// So many tasks of a deployment that fail within `recent` are a pattern. 3 unless configured.
    pub failing_tasks: u32,
    /// So many changes between healthy and unhealthy within 15 minutes are flapping. 3 unless configured.
    pub flapping_changes: u32,
    /// An alarm may be without data for this long. 15 minutes unless configured.
    pub max_no_data: SignedDuration,
    /// Alarms that are the fleet's by configuration: names, or beginnings of names that end with `*`.
    pub alarm_names: Vec<String>,
    /// How often the parts of the fleet are read.
    pub intervals: Intervals,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_age: SignedDuration::from_hours(12),
            max_drain: SignedDuration::from_mins(15),
            join_within: SignedDuration::from_mins(10),
            max_terminating_wait: SignedDuration::from_mins(15),
            patience: SignedDuration::from_mins(2),
            max_builds_behind: 3,
            max_days_behind: 1,
            rollout_grace: SignedDuration::from_mins(5),
            critical_below_percent: 50,
            place_within: SignedDuration::from_mins(3),
            recent: SignedDuration::from_mins(15),
            failing_tasks: 3,
            flapping_changes: 3,
            max_no_data: SignedDuration::from_mins(15),
            alarm_names: Vec::new(),
            intervals: Intervals::default(),
        }
    }
}

impl Policy {
    /// Whether configuration names this alarm.
    #[must_use]
    pub fn names_alarm(&self, name: &str) -> bool {
        self.alarm_names.iter().any(|wanted| match wanted.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == wanted,
        })
    }
}

/// Every rule, or several that look at one thing in one go.
const RULES: &[fn(&Evidence<'_>, &mut Vec<Finding>)] = &[
    instance::over_age,
    instance::not_in_cluster,
    instance::status_check_failed,
    instance::scheduled_event,
    instance::processes_suspended,
    agent::disconnected,
    agent::behind,
    drain::too_long,
    drain::blocked,
    drain::terminating_wait,
    access::key_pair,
    access::ssh_open,
    image::behind,
    image::unpromoted,
    target::unhealthy,
    target::flapping,
    target::no_healthy_target,
    target::without_targets,
    service::below_desired,
    deployment::failed,
    deployment::rolled_back,
    deployment::tasks_failing,
    placement::unplaceable,
    alarm::firing,
    alarm::without_action,
    alarm::actions_disabled,
    alarm::silenced,
    alarm::no_data,
    log::service_without_logs,
    log::without_retention,
    automation::failed,
    automation::waiting,
    automation::frozen,
    rotation::disabled,
    rotation::failed,
    rotation::bake_overdue,
    rotation::rotation_overdue,
    rotation::refresh_failed,
    rotation::refresh_held_up,
];

/// Everything that is wrong, worst first, then by subject and rule.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    RULES.iter().for_each(|rule| rule(evidence, &mut findings));
    findings.sort_by(|a, b| {
        b.severity.cmp(&a.severity).then_with(|| (&a.subject, a.rule, &a.cause).cmp(&(&b.subject, b.rule, &b.cause)))
    });
    findings
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
