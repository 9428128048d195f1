//! What AWS does not tell: since when a state lasts, and how often it changed.
//!
//! ECS does not say when an instance began to drain, nor Elastic Load Balancing when a target changed. What is remembered
//! here is what was seen, so a duration from it is a lower bound.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::instance::{ContainerInstanceStatus, LifecycleState};
use super::reading::Panel;
use super::snapshot::Snapshot;
use super::target::{TargetGroup, TargetState};

/// How long changes of a target are remembered.
pub const WINDOW: SignedDuration = SignedDuration::from_mins(15);

/// Changes kept of one target; more within [`WINDOW`] say nothing new.
const MOST_CHANGES: usize = 32;

/// A target: ARN of its group, id, port.
pub(crate) type TargetKey = (String, String, Option<u16>);

/// What was seen of the fleet over time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    draining: HashMap<String, Timestamp>,
    disconnected: HashMap<String, Timestamp>,
    terminating: HashMap<String, Timestamp>,
    targets: HashMap<TargetKey, TargetStory>,
}

/// What was seen of one target.
#[derive(Debug, Clone, PartialEq)]
struct TargetStory {
    healthy: bool,
    since: Option<Timestamp>,
    changes: VecDeque<Timestamp>,
}

impl History {
    /// Takes note of a panel that has just landed, read at `at`.
    pub(crate) fn observe(&mut self, snapshot: &Snapshot, panel: Panel, at: Timestamp) {
        match panel {
            Panel::ContainerInstances => self.observe_container_instances(snapshot, at),
            Panel::Groups => self.observe_groups(snapshot, at),
            Panel::Targets => self.observe_targets(snapshot, at),
            _ => {}
        }
    }

    /// When the container instance was first seen draining, if it was so at the last read.
    #[must_use]
    pub fn draining_since(&self, container_instance_arn: &str) -> Option<Timestamp> {
        self.draining.get(container_instance_arn).copied()
    }

    /// When the agent was first seen disconnected, if it was so at the last read.
    #[must_use]
    pub fn disconnected_since(&self, container_instance_arn: &str) -> Option<Timestamp> {
        self.disconnected.get(container_instance_arn).copied()
    }

    /// When the member of a group was first seen waiting for its termination, if it was so at the last read.
    #[must_use]
    pub fn terminating_since(&self, instance_id: &str) -> Option<Timestamp> {
        self.terminating.get(instance_id).copied()
    }

    /// When the target was seen to turn healthy or unhealthy. `None`: it was so when it was first seen.
    pub(crate) fn target_since(&self, target: &TargetKey) -> Option<Timestamp> {
        self.targets.get(target)?.since
    }

    /// How often the target turned healthy or unhealthy within [`WINDOW`] before `now`.
    pub(crate) fn target_changes(&self, target: &TargetKey, now: Timestamp) -> usize {
        self.targets.get(target).map_or(0, |story| story.changes.iter().filter(|&&at| recent(at, now)).count())
    }

    fn observe_container_instances(&mut self, snapshot: &Snapshot, at: Timestamp) {
        let (reading, rows) = (&snapshot.container_instances, &snapshot.container_instances.rows);
        let seen: HashSet<&str> = rows.iter().map(|row| row.arn.as_str()).collect();
        let draining = rows.iter().filter(|row| row.status == ContainerInstanceStatus::Draining);
        note(&mut self.draining, &seen, draining.map(|row| row.arn.as_str()), reading.complete(), at);
        let lost = rows.iter().filter(|row| !row.agent_connected);
        note(&mut self.disconnected, &seen, lost.map(|row| row.arn.as_str()), reading.complete(), at);
    }

    fn observe_groups(&mut self, snapshot: &Snapshot, at: Timestamp) {
        let members = || snapshot.groups.rows.iter().flat_map(|group| &group.members);
        let seen: HashSet<&str> = members().map(|member| member.instance_id.as_str()).collect();
        let waiting = members().filter(|member| waits_to_terminate(&member.lifecycle_state));
        let ids = waiting.map(|member| member.instance_id.as_str());
        note(&mut self.terminating, &seen, ids, snapshot.groups.complete(), at);
    }

    fn observe_targets(&mut self, snapshot: &Snapshot, at: Timestamp) {
        let mut seen: HashSet<TargetKey> = HashSet::new();
        for group in &snapshot.targets.rows {
            self.observe_group(group, &mut seen, at);
        }
        let complete = snapshot.targets.complete();
        self.targets.retain(|key, story| {
            story.changes.retain(|&change| recent(change, at));
            seen.contains(key) || !complete || !story.changes.is_empty()
        });
    }

    fn observe_group(&mut self, group: &TargetGroup, seen: &mut HashSet<TargetKey>, at: Timestamp) {
        let at = group.targets.read_at.unwrap_or(at);
        for target in group.targets.get().into_iter().flatten() {
            let key = (group.arn.clone(), target.id.clone(), target.port);
            if let Some(healthy) = verdict(&target.state) {
                self.targets
                    .entry(key.clone())
                    .or_insert_with(|| TargetStory { healthy, since: None, changes: VecDeque::new() })
                    .observe(healthy, at);
            }
            seen.insert(key);
        }
    }
}

impl TargetStory {
    fn observe(&mut self, healthy: bool, at: Timestamp) {
        if self.healthy == healthy {
            return;
        }
        self.healthy = healthy;
        self.since = Some(at);
        self.changes.push_back(at);
        if self.changes.len() > MOST_CHANGES {
            self.changes.pop_front();
        }
    }
}

/// Whether a lifecycle hook holds the instance on its way out.
pub(crate) fn waits_to_terminate(state: &LifecycleState) -> bool {
    matches!(state, LifecycleState::TerminatingWait | LifecycleState::WarmedTerminatingWait)
}

/// Only turning healthy or unhealthy counts: a deployment takes a target through `draining` and `initial` as well, and that is no flapping.
fn verdict(state: &TargetState) -> Option<bool> {
    match state {
        TargetState::Healthy => Some(true),
        TargetState::Unhealthy => Some(false),
        _ => None,
    }
}

fn recent(at: Timestamp, now: Timestamp) -> bool {
    now.duration_since(at) <= WINDOW
}

/// Remembers since when things are in a state. What was seen in another state is forgotten, and what was not seen at all only
/// if everything was read.
fn note<'a>(
    since: &mut HashMap<String, Timestamp>,
    seen: &HashSet<&str>,
    in_state: impl Iterator<Item = &'a str>,
    complete: bool,
    at: Timestamp,
) {
    let in_state: HashSet<&str> = in_state.collect();
    since.retain(|name, _| in_state.contains(name.as_str()) || (!complete && !seen.contains(name.as_str())));
    for name in in_state {
        since.entry(name.to_owned()).or_insert(at);
    }
}
