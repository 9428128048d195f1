//! The rows that a status document has to have, from the world alone.

use std::collections::BTreeSet;

use jiff::Timestamp;
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::alarm::Alarm;
use quarterdeck::sim::world::instance::{Ec2State, Instance, Lifecycle};
use quarterdeck::sim::world::service::{RolloutState, Service};
use quarterdeck::sim::world::target::{TargetGroup, TargetState};
use quarterdeck::sim::world::task::{Task, TaskStatus};
use serde_json::{Value, json};

/// Machines of the fleet: in the cluster, or launched by a group and not gone.
pub fn machines(world: &World) -> impl Iterator<Item = &Instance> {
    world.instances.values().filter(|instance| {
        let joined = instance.container.as_ref().is_some_and(|container| container.cluster == world.cluster);
        joined || (instance.membership.is_some() && instance.state != Ec2State::Terminated)
    })
}

/// Whether a machine is on its way out for good.
pub fn leaves(instance: &Instance) -> bool {
    let parting = [Lifecycle::TerminatingWait, Lifecycle::Terminating];
    matches!(instance.state, Ec2State::ShuttingDown | Ec2State::Terminated)
        || instance.membership.as_ref().is_some_and(|membership| parting.contains(&membership.lifecycle))
}

/// Whole seconds since the launch; EC2 tells it to the millisecond.
pub fn age_seconds(world: &World, instance: &Instance) -> i64 {
    (world.now.as_millisecond() - instance.launched_at.as_millisecond()) / 1_000
}

/// The AMI that the machine's group would launch now.
pub fn promoted<'a>(world: &'a World, instance: &Instance) -> Option<&'a str> {
    let group = world.groups.get(&instance.membership.as_ref()?.group)?;
    let template = world.launch_templates.get(&group.template_id)?;
    Some(&template.version(&group.template_version)?.image_id)
}

/// AMIs of the same owner that were built after the machine's own, up to the promoted one.
pub fn builds_behind(world: &World, instance: &Instance) -> Option<usize> {
    let own = world.images.get(&instance.image_id)?;
    let promoted = world.images.get(promoted(world, instance)?)?;
    let between = |at: Timestamp| own.created_at < at && at <= promoted.created_at;
    Some(world.images.values().filter(|image| image.owner == own.owner && between(image.created_at)).count())
}

fn count<'a>(tasks: impl Iterator<Item = &'a Task>, statuses: &[TaskStatus]) -> usize {
    tasks.filter(|task| statuses.contains(&task.status)).count()
}

/// Tasks whose target is registered somewhere, and in which state.
fn targets_on<'a>(world: &'a World, instance: &'a Instance) -> impl Iterator<Item = TargetState> {
    let targets = world.target_groups.values().flat_map(|group| group.targets.values());
    targets
        .filter(|target| world.tasks.get(&target.task).is_some_and(|task| task.instance.as_ref() == Some(&instance.id)))
        .map(|target| target.state)
}

pub fn instances(world: &World) -> Vec<Value> {
    machines(world).map(|instance| machine(world, instance)).collect()
}

fn machine(world: &World, instance: &Instance) -> Value {
    let container = instance.container.as_ref();
    let on_it = || world.tasks.values().filter(|task| task.instance.as_ref() == Some(&instance.id));
    json!({
        "id": instance.id,
        "container_instance_arn": container.map(|container| world.ecs_arn("container-instance", &container.id)),
        "ami_id": instance.image_id,
        "ami_builds_behind": builds_behind(world, instance),
        "age_seconds": age_seconds(world, instance),
        "agent_connected": container.map(|container| container.agent_connected),
        "agent_version": container.map(|container| &container.agent_version),
        "status": container.map(|container| container.status.as_str()),
        "lifecycle_state": instance.membership.as_ref().map(|membership| membership.lifecycle.as_str()),
        "ec2_state": instance.state.name_and_code().0,
        "running_tasks": container.map(|_| count(on_it(), &[TaskStatus::Running])),
        "pending_tasks": container.map(|_| count(on_it(), &[TaskStatus::Pending])),
        "availability_zone": world.zones[instance.zone].name,
        "instance_type": instance.instance_type,
        "auto_scaling_group": instance.membership.as_ref().map(|membership| &membership.group),
        "cpu_registered": container.map(|container| container.cpu),
        "cpu_remaining": container.map(|container| container.cpu - container.used.cpu),
        "memory_registered": container.map(|container| container.memory),
        "memory_remaining": container.map(|container| container.memory - container.used.memory),
        "targets_healthy": targets_on(world, instance).filter(|state| *state == TargetState::Healthy).count(),
        "targets_total": targets_on(world, instance).count(),
    })
}

/// Tasks that ECS counts as running and as pending: of a service, or of one deployment of it.
pub fn service_counts(world: &World, service: &Service, deployment: Option<&str>) -> (usize, usize) {
    let of_service = world.tasks.values().filter(|task| task.service.as_ref() == Some(&service.name));
    let tasks: Vec<&Task> =
        of_service.filter(|task| deployment.is_none_or(|id| task.started_by.as_deref() == Some(id))).collect();
    let counted = |statuses: &[TaskStatus]| count(tasks.iter().copied(), statuses);
    (counted(&[TaskStatus::Running]), counted(&[TaskStatus::Provisioning, TaskStatus::Pending]))
}

pub fn services(world: &World) -> Vec<Value> {
    let service = |service: &Service| {
        let (running, pending) = service_counts(world, service, None);
        let deployments: Vec<Value> = (0..service.deployments.len()).map(|at| deployment(world, service, at)).collect();
        json!({
            "name": service.name,
            "status": "ACTIVE",
            "desired": service.desired,
            "running": running,
            "pending": pending,
            "task_definition": world.definition_arn(&service.deployments[0].definition),
            "deployments": deployments,
        })
    };
    world.services.values().map(service).collect()
}

fn deployment(world: &World, service: &Service, at: usize) -> Value {
    let deployment = &service.deployments[at];
    let (running, pending) = service_counts(world, service, Some(&deployment.id));
    json!({
        "id": deployment.id,
        "status": if at == 0 { "PRIMARY" } else { "ACTIVE" },
        "rollout_state": match deployment.state {
            RolloutState::InProgress => "IN_PROGRESS",
            RolloutState::Completed => "COMPLETED",
            RolloutState::Failed => "FAILED",
        },
        "running": running,
        "pending": pending,
        "failed_tasks": deployment.failed_tasks,
        "task_definition": world.definition_arn(&deployment.definition),
    })
}

/// Target groups that something of the fleet registers with.
fn used_target_groups(world: &World) -> impl Iterator<Item = &TargetGroup> {
    let by_services: BTreeSet<&String> =
        world.services.values().flat_map(|service| &service.load_balancers).map(|used| &used.target_group).collect();
    let by_groups: BTreeSet<&String> = world.groups.values().flat_map(|group| &group.target_group_arns).collect();
    world
        .target_groups
        .values()
        .filter(move |group| by_services.contains(&group.name) || by_groups.contains(&world.target_group_arn(group)))
}

pub fn target_groups(world: &World) -> Vec<Value> {
    let row = |group: &TargetGroup| {
        let targets: Vec<Value> =
            group.targets.iter().map(|((id, port), target)| target_row(id, *port, target.state)).collect();
        json!({ "name": group.name, "arn": world.target_group_arn(group), "targets": targets })
    };
    used_target_groups(world).map(row).collect()
}

fn target_row(id: &str, port: u16, state: TargetState) -> Value {
    let (state, reason) = match state {
        TargetState::Initial => ("initial", Some("Elb.InitialHealthChecking")),
        TargetState::Healthy => ("healthy", None),
        TargetState::WrongCode(_) => ("unhealthy", Some("Target.ResponseCodeMismatch")),
        TargetState::TimesOut => ("unhealthy", Some("Target.Timeout")),
        TargetState::Draining => ("draining", Some("Target.DeregistrationInProgress")),
    };
    json!({ "id": id, "port": port, "state": state, "reason": reason })
}

/// When the last window that mutes the alarm now closes.
pub fn silenced_until(world: &World, alarm: &Alarm) -> Option<Timestamp> {
    let about = world.mutes.values().filter(|mute| mute.alarms.contains(&alarm.name));
    about.filter_map(|mute| mute.closes(world.now)).max()
}

pub fn alarms(world: &World) -> Vec<Value> {
    let row = |alarm: &Alarm| {
        json!({
            "name": alarm.name,
            "state": alarm.state.as_str(),
            "has_actions": alarm.actions_enabled && !alarm.alarm_actions.is_empty(),
            "silenced_until": silenced_until(world, alarm),
        })
    };
    world.alarms.values().map(row).collect()
}
