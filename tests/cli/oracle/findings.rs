//! What is wrong with a world, for the rules that can be told from it plainly.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::alarm::{Alarm, AlarmKind, AlarmState};
use quarterdeck::sim::world::instance::{Check, Ec2State, Instance};
use quarterdeck::sim::world::service::{RolloutState, Service};
use quarterdeck::sim::world::target::TargetState;
use quarterdeck::sim::world::task::{Task, TaskStatus};
use serde_json::json;

use super::truth;

/// Rules that are told here. The others need what was seen before, or judge by many things at once.
pub const RULES: [&str; 16] = [
    "instance-over-age",
    "agent-disconnected",
    "ami-behind",
    "key-pair",
    "ssh-open",
    "status-check-failed",
    "not-in-cluster",
    "target-unhealthy",
    "service-below-desired",
    "deployment-failed",
    "alarm-firing",
    "alarm-without-action",
    "alarm-actions-disabled",
    "alarm-silenced",
    "log-group-without-retention",
    "processes-suspended",
];

/// (rule, subject as JSON).
type Found = BTreeSet<(String, String)>;

fn add(found: &mut Found, holds: bool, rule: &str, kind: &str, id: impl serde::Serialize) {
    if holds {
        found.insert((rule.to_owned(), json!({ "kind": kind, "id": id }).to_string()));
    }
}

/// Every finding of those rules.
pub fn all(world: &World) -> Found {
    let mut found = Found::new();
    truth::machines(world)
        .filter(|instance| !truth::leaves(instance))
        .for_each(|instance| machine(world, instance, &mut found));
    world.services.values().for_each(|row| service(world, row, &mut found));
    world.alarms.values().for_each(|row| alarm(world, row, &mut found));
    targets(world, &mut found);
    for group in world.groups.values() {
        add(&mut found, !group.suspended.is_empty(), "processes-suspended", "group", &group.name);
    }
    for name in used_log_groups(world) {
        let forever = world.log_groups.get(name).is_some_and(|group| group.retention_days.is_none());
        add(&mut found, forever, "log-group-without-retention", "log_group", name);
    }
    found
}

fn machine(world: &World, instance: &Instance, found: &mut Found) {
    let age = truth::age_seconds(world, instance);
    let container = instance.container.as_ref();
    let runs = instance.state == Ec2State::Running;
    let impaired = |check: &Check| matches!(check, Check::Impaired(_));
    // ECS holds an instance whose agent it does not reach for impaired; the agent is what is wrong then.
    let unreached = container.is_some_and(|container| !container.agent_connected);
    let failed = impaired(&instance.system_check) || impaired(&instance.instance_check);
    for (rule, holds) in [
        ("instance-over-age", age > 12 * 3_600),
        ("agent-disconnected", unreached),
        ("ami-behind", truth::builds_behind(world, instance).is_some_and(|builds| builds > 0)),
        ("key-pair", instance.key_name.is_some()),
        ("ssh-open", instance.security_groups.iter().any(|id| lets_ssh_in(world, id))),
        ("status-check-failed", failed),
        ("not-in-cluster", container.is_none() && runs && age > 600),
    ] {
        add(found, holds, rule, "instance", &instance.id);
    }
}

fn lets_ssh_in(world: &World, id: &str) -> bool {
    world.security_groups[id].rules.iter().filter(|rule| !rule.egress).any(|rule| match rule.protocol.as_str() {
        "tcp" => (rule.from_port.unwrap_or(0)..=rule.to_port.unwrap_or(u16::MAX)).contains(&22),
        protocol => protocol == "-1",
    })
}

fn service(world: &World, service: &Service, found: &mut Found) {
    let primary = &service.deployments[0];
    let failed = primary.state == RolloutState::Failed;
    let (running, _) = truth::service_counts(world, service, None);
    let lacking = (service.desired as usize).saturating_sub(running);
    let below = lacking > 0 && !on_their_way(world, service, lacking);
    add(found, below, "service-below-desired", "service", &service.name);
    add(found, failed, "deployment-failed", "service", &service.name);
}

/// Whether what lacks was started within five minutes, by a deployment of which nothing has failed.
fn on_their_way(world: &World, service: &Service, lacking: usize) -> bool {
    let primary = &service.deployments[0];
    let young = |at: Timestamp| world.now.duration_since(at) <= SignedDuration::from_mins(5);
    let starts = |task: &&Task| {
        let up = [TaskStatus::Provisioning, TaskStatus::Pending, TaskStatus::Running].contains(&task.status);
        up && !task.stop_wanted && young(task.created_at)
    };
    let sound = primary.state != RolloutState::Failed && primary.failed_tasks == 0;
    let mine = world.tasks.values().filter(|task| task.service.as_ref() == Some(&service.name));
    sound && (young(primary.created_at) || mine.filter(starts).count() >= lacking)
}

fn alarm(world: &World, alarm: &Alarm, found: &mut Found) {
    let silent = alarm.alarm_actions.is_empty();
    let scales = !silent && alarm.alarm_actions.iter().all(|arn| arn.contains(":autoscaling:"));
    for (rule, holds) in [
        ("alarm-firing", alarm.state == AlarmState::Alarm && !scales),
        ("alarm-without-action", silent && !spoken_for(world, &alarm.name)),
        ("alarm-actions-disabled", !silent && !alarm.actions_enabled),
        ("alarm-silenced", truth::silenced_until(world, alarm).is_some()),
    ] {
        add(found, holds, rule, "alarm", &alarm.name);
    }
}

/// Whether an alarm above this one, at any height, tells somebody.
fn spoken_for(world: &World, name: &str) -> bool {
    let mentions = |rule: &str| rule.contains(&format!("\"{name}\"")) || rule.contains(&format!("({name})"));
    world.alarms.values().any(|above| match &above.kind {
        AlarmKind::Composite(rule) if mentions(rule) => {
            !above.alarm_actions.is_empty() || spoken_for(world, &above.name)
        }
        _ => false,
    })
}

fn targets(world: &World, found: &mut Found) {
    for group in world.target_groups.values() {
        let arn = world.target_group_arn(group);
        for ((id, port), target) in &group.targets {
            let unhealthy = matches!(target.state, TargetState::WrongCode(_) | TargetState::TimesOut);
            let subject = json!({ "group": arn, "target": id, "port": port });
            add(found, unhealthy, "target-unhealthy", "target", subject);
        }
    }
}

/// Log groups of the definitions that services and tasks use.
fn used_log_groups(world: &World) -> BTreeSet<&String> {
    let of_services = world.services.values().flat_map(|service| &service.deployments).map(|held| &held.definition);
    let definitions = of_services.chain(world.tasks.values().map(|task| &task.definition));
    let containers = definitions.filter_map(|key| world.task_definitions.get(key)).flat_map(|known| &known.containers);
    containers.filter_map(|container| container.log_group.as_ref()).collect()
}
