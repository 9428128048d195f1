//! Machines: the union of what ECS, EC2 and Auto Scaling know.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::images::Lineages;
use super::index::Index;
use crate::fleet::instance::{ContainerInstance, ContainerInstanceStatus, Ec2State};
use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::{InstanceRow, TargetCounts};

/// Where the parts of one machine are.
#[derive(Default)]
struct Parts {
    container_instance: Option<usize>,
    ec2_instance: Option<usize>,
    member: Option<(usize, usize)>,
}

/// One row for each machine, by key.
///
/// A machine belongs to the fleet when it is a container instance of the cluster, a member of one of the fleet's
/// groups, or an EC2 instance that one of these groups launched. What EC2 calls terminated and ECS
/// does not list is gone and gets no row.
pub(super) fn rows(snapshot: &Snapshot, index: &Index<'_>) -> Vec<InstanceRow> {
    let mut machines = registered(snapshot, index);
    let groups = fleet_groups(snapshot, index, &machines);
    for (&id, &position) in &index.ec2_instances {
        let Some(ec2) = snapshot.ec2_instances.rows.get(position) else { continue };
        let launched_by_fleet = ec2.group().is_some_and(|group| groups.contains(group));
        let listed = launched_by_fleet || index.members.contains_key(id);
        if let Some(parts) = machines.get_mut(id) {
            parts.ec2_instance = Some(position);
        } else if listed && ec2.state != Ec2State::Terminated {
            machines.insert(id, Parts { ec2_instance: Some(position), ..Parts::default() });
        }
    }
    for (&id, &member) in &index.members {
        let terminated = index
            .ec2_instances
            .get(id)
            .and_then(|&position| snapshot.ec2_instances.rows.get(position))
            .is_some_and(|ec2| ec2.state == Ec2State::Terminated);
        if let Some(parts) = machines.get_mut(id) {
            parts.member = Some(member);
        } else if !terminated {
            machines.insert(id, Parts { member: Some(member), ..Parts::default() });
        }
    }
    let lineages = Lineages::of(&snapshot.images, snapshot.cluster.complete() && snapshot.groups.complete());
    machines.into_iter().map(|(key, parts)| row(snapshot, index, &lineages, key, &parts)).collect()
}

/// Machines that are registered in the cluster. A machine whose agent lost its state registers anew and leaves a second
/// container instance behind: the livelier one is the machine, the other gets a row of its own under its ARN.
fn registered<'a>(snapshot: &'a Snapshot, index: &Index<'a>) -> BTreeMap<&'a str, Parts> {
    let mut best: HashMap<&str, usize> = HashMap::new();
    let rows = &snapshot.container_instances.rows;
    let livelier = |a: &ContainerInstance, b: &ContainerInstance| liveliness(a) > liveliness(b);
    for (&arn, &position) in &index.container_instances {
        let Some(row) = rows.get(position) else { continue };
        let id = row.ec2_instance_id.as_deref().unwrap_or(arn);
        let known = best.get(id).and_then(|&known| rows.get(known));
        if known.is_none_or(|known| livelier(row, known)) {
            best.insert(id, position);
        }
    }
    let mut machines = BTreeMap::new();
    for (&arn, &position) in &index.container_instances {
        let id = rows.get(position).and_then(|row| row.ec2_instance_id.as_deref()).unwrap_or(arn);
        let key = if best.get(id) == Some(&position) { id } else { arn };
        machines.insert(key, Parts { container_instance: Some(position), ..Parts::default() });
    }
    machines
}

/// Orders the registrations of one machine; the ARN settles a tie, so that the order of reading does not.
fn liveliness(row: &ContainerInstance) -> (bool, bool, Option<jiff::Timestamp>, Reverse<&str>) {
    let gone = matches!(
        row.status,
        ContainerInstanceStatus::Inactive
            | ContainerInstanceStatus::Deregistering
            | ContainerInstanceStatus::RegistrationFailed
    );
    (!gone, row.agent_connected, row.registered_at, Reverse(&row.arn))
}

/// Names of the fleet's groups: those that were read, and those that launched a machine of the cluster, which
/// the machines' tags tell even when the groups could not be read.
fn fleet_groups<'a>(
    snapshot: &'a Snapshot,
    index: &Index<'a>,
    machines: &BTreeMap<&'a str, Parts>,
) -> HashSet<&'a str> {
    let tagged = machines.keys().filter_map(|id| {
        let position = index.ec2_instances.get(id)?;
        snapshot.ec2_instances.rows.get(*position)?.group()
    });
    index.groups.keys().copied().chain(tagged).collect()
}

fn row(snapshot: &Snapshot, index: &Index<'_>, lineages: &Lineages<'_>, key: &str, parts: &Parts) -> InstanceRow {
    let container_instance = parts.container_instance.and_then(|at| snapshot.container_instances.rows.get(at));
    let ec2_instance = parts.ec2_instance.and_then(|at| snapshot.ec2_instances.rows.get(at));
    let group = parts
        .member
        .and_then(|(group, _)| snapshot.groups.rows.get(group))
        .map(|group| group.name.as_str())
        .or_else(|| ec2_instance?.group());
    let image = ec2_instance.and_then(|ec2| ec2.image_id.as_deref()).or_else(|| container_instance?.ami_id.as_deref());
    InstanceRow {
        key: key.to_owned(),
        container_instance: parts.container_instance,
        ec2_instance: parts.ec2_instance,
        group: group.map(str::to_owned),
        member: parts.member,
        launched_at: ec2_instance.and_then(|ec2| ec2.launched_at),
        registered_at: container_instance.and_then(|ecs| ecs.registered_at),
        image: lineages.standing(image, group),
        tasks: container_instance.and_then(|row| index.tasks_on.get(row.arn.as_str())).cloned().unwrap_or_default(),
        targets: TargetCounts::default(),
        target_positions: Vec::new(),
        findings: Vec::new(),
    }
}
