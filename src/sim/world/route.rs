//! Targets: registered when a task starts, checked, drained when it stops.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::instance::Ec2State;
use super::names::hex;
use super::run::{REACTION, TaskStep};
use super::target::{HealthCheck, Target, TargetGroup, TargetState, TargetType};
use super::task::{Flaw, Task};
use super::{Event, World};

/// A target's name: the target group, then id and port within it.
pub(crate) type TargetKey = (String, (String, u16));

impl World {
    /// The targets that a task has or would have.
    pub(crate) fn targets_of(&self, task: &Task) -> Vec<TargetKey> {
        let Some(service) = task.service.as_ref().and_then(|s| self.services.get(s)) else { return Vec::new() };
        let key = |balancer: &super::service::ServiceLoadBalancer| {
            let group = self.target_groups.get(&balancer.target_group)?;
            let target = match (group.target_type, &task.interface) {
                (TargetType::Ip, Some(interface)) => (interface.address.to_string(), balancer.port),
                (TargetType::Ip, None) => return None,
                (TargetType::Instance, _) => {
                    let binding = task.bindings.iter().find(|b| b.container == balancer.port)?;
                    (task.instance.clone()?, binding.host)
                }
            };
            Some((group.name.clone(), target))
        };
        service.load_balancers.iter().filter_map(key).collect()
    }

    /// Registers a task's targets at `at`; `checked`: they have passed their checks since.
    pub(crate) fn register_targets(&mut self, task_id: &str, at: Timestamp, checked: bool) -> Vec<TargetKey> {
        let Some(task) = self.tasks.get(task_id) else { return Vec::new() };
        let keys = self.targets_of(task);
        let zone = task.zone.and_then(|z| self.zones.get(z)).map(|z| z.name.clone()).unwrap_or_default();
        for (group, target) in &keys {
            let state = if checked { TargetState::Healthy } else { TargetState::Initial };
            let record = Target { zone: zone.clone(), task: task_id.to_owned(), state, since: at };
            if let Some(group) = self.target_groups.get_mut(group) {
                group.targets.insert(target.clone(), record);
            }
            if !checked {
                let seconds = self.rng.f64() * 20.0 + 10.0;
                self.plan_in(seconds, Event::TargetChecked((group.clone(), target.clone())));
            }
        }
        keys
    }

    /// The first checks of a target are over.
    pub(super) fn target_checked(&mut self, key: &TargetKey) {
        let now = self.now;
        let Some(target) = self.target_groups.get(&key.0).and_then(|g| g.targets.get(&key.1)) else { return };
        if target.state != TargetState::Initial {
            return;
        }
        let task_id = target.task.clone();
        let flaw = self.tasks.get(&task_id).and_then(|t| t.flaw.clone());
        let flawed = flaw == Some(Flaw::FailsHealthChecks);
        if flaw.is_some() && !flawed {
            // It exits before it has answered often enough.
            return;
        }
        let state = if flawed { TargetState::WrongCode(503) } else { TargetState::Healthy };
        self.set_target(key, state, now);
        let Some(service) = self.tasks.get(&task_id).and_then(|t| t.service.clone()) else { return };
        if flawed {
            let grace = self.services.get(&service).map_or(0, |s| s.grace_seconds);
            self.plan_in(f64::from(grace), Event::Task(task_id, TaskStep::Unhealthy));
        }
        self.plan_service(&service, REACTION);
    }

    /// Gives a target a state.
    pub(crate) fn set_target(&mut self, key: &TargetKey, state: TargetState, at: Timestamp) {
        if let Some(target) = self.target_groups.get_mut(&key.0).and_then(|g| g.targets.get_mut(&key.1)) {
            target.state = state;
            target.since = at;
        }
    }

    /// Begins to drain a task's targets; returns the groups and how long the longest takes, in seconds.
    pub(super) fn drain_targets(&mut self, task_id: &str) -> (Vec<String>, f64) {
        let Some(task) = self.tasks.get(task_id) else { return (Vec::new(), 0.0) };
        let keys = self.targets_of(task);
        let mut longest: f64 = 0.0;
        let mut groups = Vec::new();
        for key in keys {
            let Some(group) = self.target_groups.get(&key.0) else { continue };
            if group.targets.get(&key.1).is_none_or(|t| t.task != task_id) {
                continue;
            }
            longest = longest.max(f64::from(group.deregistration_seconds));
            groups.push(key.0.clone());
            self.drain_target(key, task_id);
        }
        (groups, longest)
    }

    /// Begins to drain one target.
    pub(crate) fn drain_target(&mut self, key: TargetKey, task_id: &str) {
        let Some(seconds) = self.target_groups.get(&key.0).map(|g| f64::from(g.deregistration_seconds)) else { return };
        self.set_target(&key, TargetState::Draining, self.now);
        self.plan_in(seconds, Event::TargetGone(key, task_id.to_owned()));
    }

    /// A target group that nothing routes to, with the health check and the deregistration delay of a new one: 300
    /// seconds ([ELBv2 "Target group attributes"]).
    pub(crate) fn new_target_group(&mut self, name: &str, port: u16, kind: TargetType) -> TargetGroup {
        TargetGroup {
            name: name.to_owned(),
            suffix: hex(&mut self.rng, 16),
            port,
            target_type: kind,
            load_balancer: None,
            health_check: HealthCheck::default(),
            deregistration_seconds: 300,
            targets: BTreeMap::new(),
        }
    }

    /// Registers a target that belongs to no task; one that drains is registered anew.
    pub(crate) fn register_target(&mut self, group: &str, key: (String, u16), zone: usize) {
        let zone = self.zones.get(zone).map(|z| z.name.clone()).unwrap_or_default();
        let target = Target { zone, task: String::new(), state: TargetState::Initial, since: self.now };
        let seconds = self.rng.f64() * 20.0 + 10.0;
        if let Some(group) = self.target_groups.get_mut(group) {
            group.targets.insert(key.clone(), target);
        }
        self.plan_in(seconds, Event::TargetChecked((group.to_owned(), key)));
    }

    /// Position of the zone of a running instance.
    pub(crate) fn zone_of_running(&self, id: &str) -> Option<usize> {
        self.instances.get(id).filter(|i| i.state == Ec2State::Running).map(|i| i.zone)
    }

    /// Position of the zone whose subnet, a /18, has an address.
    pub(crate) fn zone_of_address(&self, address: &str) -> Option<usize> {
        let address: u32 = address.parse::<Ipv4Addr>().ok()?.into();
        self.zones.iter().position(|zone| address >> 14 == u32::from(zone.network) >> 14)
    }

    /// One target of a service begins to fail its checks; its task will be replaced.
    pub(crate) fn fail_target(&mut self, service: &str) {
        let since = self.minutes_ago(0.5);
        let tasks = self.services.get(service).map(|s| s.tasks.iter().cloned().collect::<Vec<_>>()).unwrap_or_default();
        for id in tasks {
            let Some(task) = self.tasks.get(&id) else { continue };
            let Some(key) = self.targets_of(task).into_iter().next() else { continue };
            self.set_target(&key, TargetState::TimesOut, since);
            let seconds = self.between(20.0, 90.0);
            self.plan_in(seconds, Event::Task(id, TaskStep::Unhealthy));
            return;
        }
    }

    /// A target has been deregistered, unless another task has taken its place.
    pub(super) fn target_gone(&mut self, key: &TargetKey, task_id: &str) {
        if let Some(group) = self.target_groups.get_mut(&key.0)
            && group.targets.get(&key.1).is_some_and(|t| t.task == task_id)
        {
            group.targets.remove(&key.1);
        }
    }

    /// Whether every target of a task is healthy; a task without targets has nothing to wait for.
    pub(crate) fn targets_healthy(&self, task: &Task) -> bool {
        self.targets_of(task).iter().all(|(group, key)| {
            let target = self.target_groups.get(group).and_then(|g| g.targets.get(key));
            target.is_some_and(|t| t.state == TargetState::Healthy)
        })
    }

    /// Whether a target group gets traffic at all.
    #[must_use]
    pub fn routed(&self, group: &TargetGroup) -> bool {
        group.load_balancer.as_ref().is_some_and(|name| self.load_balancers.contains_key(name))
    }
}
