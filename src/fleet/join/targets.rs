//! Targets with the instance and the task that each of them leads to.

use std::collections::HashMap;

use super::index::Index;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::target::{Target, TargetState, TargetType};
use crate::fleet::task::TaskStatus;
use crate::fleet::view::{InstanceRow, Known, TargetCounts, TargetRow};

/// Whether what was counted is all there is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Certainty {
    /// Everything was read.
    Whole,
    /// Something is missing.
    Part,
}

/// Counts targets. What is counted in part and comes to nothing says nothing.
pub(super) fn count<'a>(targets: impl Iterator<Item = &'a Target>, certainty: Certainty) -> TargetCounts {
    let (mut healthy, mut total) = (0, 0);
    for target in targets {
        total += 1;
        healthy += u32::from(target.state == TargetState::Healthy);
    }
    let known = |n| match (certainty, n) {
        (Certainty::Whole, n) => Known::Exactly(n),
        (Certainty::Part, 0) => Known::Unknown,
        (Certainty::Part, n) => Known::AtLeast(n),
    };
    TargetCounts { healthy: known(healthy), total: known(total) }
}

/// Who answers at an address: the position of an instance row, of a task, or of both.
#[derive(Clone, Copy, Default)]
struct Owner {
    instance: Option<usize>,
    task: Option<usize>,
}

/// Look-ups from what a target is called to what it leads to.
struct Owners<'a> {
    by_key: HashMap<&'a str, usize>,
    by_host_ip: HashMap<&'a str, usize>,
    by_task_ip: HashMap<&'a str, Owner>,
    /// Tasks by instance row and port of the host (bridge and host networking).
    by_host_port: HashMap<(usize, u16), usize>,
}

impl<'a> Owners<'a> {
    fn of(snapshot: &'a Snapshot, instances: &'a [InstanceRow]) -> Self {
        let mut owners = Self {
            by_key: HashMap::with_capacity(instances.len()),
            by_host_ip: HashMap::with_capacity(instances.len()),
            by_task_ip: HashMap::new(),
            by_host_port: HashMap::new(),
        };
        for (at, row) in instances.iter().enumerate() {
            owners.by_key.insert(&row.key, at);
            let ec2 = row.ec2_instance.and_then(|position| snapshot.ec2_instances.rows.get(position));
            if let Some(ip) = ec2.and_then(|ec2| ec2.private_ip.as_deref()) {
                owners.by_host_ip.insert(ip, at);
            }
            row.tasks.iter().for_each(|&task| owners.add_placed(snapshot, at, task));
        }
        owners.add_unplaced(snapshot);
        owners
    }

    fn add_placed(&mut self, snapshot: &'a Snapshot, instance: usize, position: usize) {
        let Some(task) = snapshot.tasks.rows.get(position) else { return };
        if let Some(ip) = &task.private_ip {
            self.by_task_ip.insert(ip, Owner { instance: Some(instance), task: Some(position) });
        }
        for port in task.containers.iter().flat_map(|container| &container.host_ports) {
            self.by_host_port.insert((instance, port.host), position);
        }
    }

    /// Tasks whose instance is unknown, those of Fargate among them: an address still leads to them. A stopped
    /// task's address may be somebody else's already.
    fn add_unplaced(&mut self, snapshot: &'a Snapshot) {
        for (position, task) in snapshot.tasks.rows.iter().enumerate() {
            if let (Some(ip), false) = (&task.private_ip, task.last_status == TaskStatus::Stopped) {
                self.by_task_ip.entry(ip).or_insert(Owner { instance: None, task: Some(position) });
            }
        }
    }

    fn find(&self, target_type: &TargetType, target: &Target) -> Owner {
        let host = match target_type {
            TargetType::Instance => self.by_key.get(target.id.as_str()),
            TargetType::Ip => match self.by_task_ip.get(target.id.as_str()) {
                Some(owner) => return *owner,
                None => self.by_host_ip.get(target.id.as_str()),
            },
            TargetType::Lambda | TargetType::Alb | TargetType::Other(_) => None,
        };
        let Some(&instance) = host else { return Owner::default() };
        let task = target.port.and_then(|port| self.by_host_port.get(&(instance, port)).copied());
        Owner { instance: Some(instance), task }
    }
}

/// One row for each target, by name of its group, then id and port; `instances` learn which of them lead to them.
pub(super) fn rows(snapshot: &Snapshot, index: &Index<'_>, instances: &mut [InstanceRow]) -> Vec<TargetRow> {
    let (rows, leads, all_led) = {
        let owners = Owners::of(snapshot, instances);
        resolve(snapshot, index, instances, &owners)
    };
    for (instance, position) in leads {
        if let Some(row) = instances.get_mut(instance) {
            row.target_positions.push(position);
        }
    }
    let certainty = certainty(snapshot, all_led);
    for row in instances {
        let found = row
            .target_positions
            .iter()
            .filter_map(|&(group, target)| snapshot.targets.rows.get(group)?.targets.rows.get(target));
        row.targets = count(found, certainty);
    }
    rows
}

/// (instance row, (target group, target)).
type Lead = (usize, (usize, usize));

/// The rows, which targets lead to which instance, and whether every address was recognised.
fn resolve(
    snapshot: &Snapshot,
    index: &Index<'_>,
    instances: &[InstanceRow],
    owners: &Owners<'_>,
) -> (Vec<TargetRow>, Vec<Lead>, bool) {
    let mut groups: Vec<usize> = index.target_groups.values().copied().collect();
    let group = |at: usize| snapshot.targets.rows.get(at);
    groups.sort_unstable_by_key(|&at| group(at).map(|row| (&row.name, &row.arn)));
    let (mut rows, mut leads, mut all_led) = (Vec::new(), Vec::new(), true);
    for (at, row) in groups.into_iter().filter_map(|at| Some((at, group(at)?))) {
        let targets = row.targets.get().map_or(&[][..], Vec::as_slice);
        let mut order: Vec<usize> = (0..targets.len()).collect();
        order.sort_by_key(|&target| targets.get(target).map(|target| (&target.id, target.port)));
        for (position, target) in order.into_iter().filter_map(|at| Some((at, targets.get(at)?))) {
            let owner = owners.find(&row.target_type, target);
            let fargate = owner.task.and_then(|task| snapshot.tasks.rows.get(task)).is_some_and(|task| {
                // Any other task is on an instance, even if that one could not be read.
                task.container_instance_arn.is_none()
            });
            all_led &= row.target_type != TargetType::Ip || owner.instance.is_some() || fargate;
            leads.extend(owner.instance.map(|instance| (instance, (at, position))));
            rows.push(TargetRow {
                target_group: at,
                target: position,
                instance: owner.instance.and_then(|at| instances.get(at)).map(|row| row.key.clone()),
                task: owner.task,
                findings: Vec::new(),
            });
        }
    }
    (rows, leads, all_led)
}

/// An instance's targets are all there when every target group is known by the services and groups that use it, was
/// read, and every address either led somewhere or could have, had it been the fleet's.
fn certainty(snapshot: &Snapshot, all_led: bool) -> Certainty {
    let groups_named = snapshot.services.complete() && snapshot.groups.complete();
    let groups_read = groups_named
        && snapshot.targets.complete()
        && snapshot.targets.rows.iter().all(|group| group.targets.complete());
    let addresses_read =
        snapshot.tasks.complete() && snapshot.container_instances.complete() && snapshot.ec2_instances.complete();
    if groups_read && (all_led || addresses_read) { Certainty::Whole } else { Certainty::Part }
}
