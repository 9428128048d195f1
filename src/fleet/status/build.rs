//! Builds the document from a fleet.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::rotation;
use super::{
    SCHEMA, Status, StatusAlarm, StatusDeployment, StatusFleet, StatusInstance, StatusPanel, StatusService,
    StatusTarget, StatusTargetGroup,
};
use crate::fleet::finding::Rule;
use crate::fleet::reading::{Missing, Panel};
use crate::fleet::service::Deployment;
use crate::fleet::target::TargetGroup;
use crate::fleet::view::{AlarmRow, Fleet, InstanceRow, Known, ServiceRow, TargetRow};

pub(super) fn status(fleet: &Fleet, now: Timestamp) -> Status {
    let panels: BTreeMap<_, _> =
        Panel::ALL.into_iter().map(|panel| (panel.name(), panel_status(fleet, panel, now))).collect();
    let view = fleet.view();
    Status {
        schema: SCHEMA,
        at: now,
        fleet: fleet_status(fleet),
        complete: panels.values().all(StatusPanel::whole),
        findings: view.findings.clone(),
        instances: view.instances.iter().map(|row| instance(fleet, row, now)).collect(),
        services: view.services.iter().filter_map(|row| service(fleet, row)).collect(),
        target_groups: target_groups(fleet),
        alarms: view.alarms.iter().filter_map(|row| alarm(fleet, row)).collect(),
        promotion: rotation::promotion(fleet),
        amis: view.lineage.iter().map(|row| rotation::ami(fleet, row)).collect(),
        refreshes: view.refreshes.iter().filter_map(|row| rotation::refresh(fleet, row)).collect(),
        schedules: rotation::schedules(fleet, now),
        panels,
    }
}

fn fleet_status(fleet: &Fleet) -> StatusFleet {
    let snapshot = fleet.snapshot();
    let identity = snapshot.identity.get();
    StatusFleet {
        cluster: snapshot.scope.cluster.clone(),
        account: identity.map(|identity| identity.account.clone()),
        account_alias: identity.and_then(|identity| identity.account_alias.clone()),
        region: snapshot.scope.region.clone(),
    }
}

fn instance(fleet: &Fleet, row: &InstanceRow, now: Timestamp) -> StatusInstance {
    let ecs = fleet.container_instance(row);
    let ec2 = fleet.ec2_instance(row);
    let member = fleet.member(row);
    StatusInstance {
        id: row.key.clone(),
        container_instance_arn: ecs.map(|ecs| ecs.arn.clone()),
        ami_id: row.image.id.clone(),
        ami_name: row.image.name.clone(),
        ami_builds_behind: row.image.builds_behind,
        ami_days_behind: row.image.days_behind,
        age_seconds: fleet.age(row, now).exactly().map(|age| age.as_secs()),
        agent_connected: ecs.map(|ecs| ecs.agent_connected),
        agent_version: ecs.and_then(|ecs| ecs.agent_version.clone()),
        status: ecs.map(|ecs| ecs.status.to_string()),
        lifecycle_state: member.map(|member| member.lifecycle_state.to_string()),
        ec2_state: ec2.map(|ec2| ec2.state.to_string()),
        running_tasks: ecs.map(|ecs| ecs.running_tasks),
        pending_tasks: ecs.map(|ecs| ecs.pending_tasks),
        availability_zone: ec2.and_then(|ec2| ec2.availability_zone.clone()).or_else(|| ecs?.availability_zone.clone()),
        instance_type: ec2.and_then(|ec2| ec2.instance_type.clone()).or_else(|| ecs?.instance_type.clone()),
        auto_scaling_group: row.group.clone(),
        cpu_registered: ecs.map(|ecs| ecs.registered.cpu),
        cpu_remaining: ecs.map(|ecs| ecs.remaining.cpu),
        memory_registered: ecs.map(|ecs| ecs.registered.memory),
        memory_remaining: ecs.map(|ecs| ecs.remaining.memory),
        targets_healthy: exactly(row.targets.healthy),
        targets_total: exactly(row.targets.total),
        findings: rules(fleet, &row.findings),
    }
}

/// A number only if it is the whole truth: a script would take "at least" for "exactly".
pub(super) fn exactly(count: Known<u32>) -> Option<u32> {
    match count {
        Known::Exactly(count) => Some(count),
        Known::AtLeast(_) | Known::Unknown => None,
    }
}

/// The rules of the findings at `positions`, each once, in the order of the rules.
pub(super) fn rules(fleet: &Fleet, positions: &[usize]) -> Vec<Rule> {
    let findings = &fleet.view().findings;
    let mut rules: Vec<Rule> =
        positions.iter().filter_map(|&at| findings.get(at)).map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

fn service(fleet: &Fleet, row: &ServiceRow) -> Option<StatusService> {
    let service = fleet.service(row)?;
    Some(StatusService {
        name: service.name.clone(),
        status: service.status.clone(),
        desired: service.desired,
        running: service.running,
        pending: service.pending,
        task_definition: service.task_definition.clone(),
        deployments: service.deployments.iter().map(deployment).collect(),
        findings: rules(fleet, &row.findings),
    })
}

fn deployment(deployment: &Deployment) -> StatusDeployment {
    StatusDeployment {
        id: deployment.id.clone(),
        status: deployment.status.clone(),
        rollout_state: deployment.rollout_state.as_ref().map(ToString::to_string),
        desired: deployment.desired,
        running: deployment.running,
        pending: deployment.pending,
        failed_tasks: deployment.failed_tasks,
        task_definition: deployment.task_definition.clone(),
    }
}

/// Every target group that was read, those without targets included.
fn target_groups(fleet: &Fleet) -> Vec<StatusTargetGroup> {
    let mut rows: HashMap<usize, Vec<&TargetRow>> = HashMap::new();
    for row in &fleet.view().targets {
        rows.entry(row.target_group).or_default().push(row);
    }
    let mut by_name: BTreeMap<(&str, &str), (usize, &TargetGroup)> = BTreeMap::new();
    for (position, group) in fleet.snapshot().targets.rows.iter().enumerate() {
        by_name.entry((&group.name, &group.arn)).or_insert((position, group));
    }
    let targets = |position: usize, group: &TargetGroup| {
        let rows = rows.get(&position).map_or(&[][..], Vec::as_slice);
        group.targets.known().then(|| rows.iter().filter_map(|row| target(fleet, group, row)).collect())
    };
    by_name
        .into_values()
        .map(|(position, group)| StatusTargetGroup {
            name: group.name.clone(),
            arn: group.arn.clone(),
            targets: targets(position, group),
        })
        .collect()
}

fn target(fleet: &Fleet, group: &TargetGroup, row: &TargetRow) -> Option<StatusTarget> {
    let target = group.targets.rows.get(row.target)?;
    Some(StatusTarget {
        id: target.id.clone(),
        port: target.port,
        state: target.state.to_string(),
        reason: target.reason.clone(),
        findings: rules(fleet, &row.findings),
    })
}

fn alarm(fleet: &Fleet, row: &AlarmRow) -> Option<StatusAlarm> {
    let alarm = fleet.snapshot().alarms.rows.get(row.alarm)?;
    Some(StatusAlarm {
        name: alarm.name.clone(),
        state: alarm.state.to_string(),
        since: alarm.since,
        has_actions: alarm.actions_enabled && !alarm.alarm_actions.is_empty(),
        silenced_until: row.silenced_until,
        findings: rules(fleet, &row.findings),
    })
}

fn panel_status(fleet: &Fleet, panel: Panel, now: Timestamp) -> StatusPanel {
    let info = fleet.snapshot().info(panel);
    let mut missing = info.missing.to_vec();
    if panel == Panel::Targets {
        fleet.snapshot().targets.rows.iter().for_each(|group| add_unread_health(group, &mut missing));
    }
    StatusPanel { state: fleet.panel_state(panel, now), read_at: info.read_at, error: info.failure.cloned(), missing }
}

/// Each target group's health is a read of its own: what it lacks, the panel lacks.
fn add_unread_health(group: &TargetGroup, missing: &mut Vec<Missing>) {
    let what = format!("targets of {}", group.name);
    let failed =
        group.targets.failure.iter().map(|failure| Missing { what: what.clone(), failure: Some(failure.clone()) });
    for part in failed.chain(group.targets.missing.iter().cloned()) {
        if !missing.iter().any(|known| known.what == part.what) {
            missing.push(part);
        }
    }
}
