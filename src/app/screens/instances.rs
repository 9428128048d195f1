//! Instances: one row joins ECS, EC2, the Auto Scaling group, the AMI and the targets.

use crate::app::cell::{Cell, SortKey, Tone, Value};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::{Rule, Subject};
use crate::fleet::instance::{CheckStatus, ContainerInstance, ContainerInstanceStatus, Ec2State, LifecycleState};
use crate::fleet::view::{InstanceRow, Known, TargetCounts};

/// The list of instances.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "instances",
    severities: |ctx| ctx.fleet.view().instances.iter().map(|row| ctx.severity(&row.findings)).collect(),
    len: |ctx| ctx.fleet.view().instances.len(),
    key: |ctx, n| row(ctx, n).map(|row| row.key.clone()).unwrap_or_default(),
    place: |ctx, n| row(ctx, n).map(|row| Place::Thing(Subject::Instance(row.key.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| row(ctx, n).map(|row| row.key.clone()).unwrap_or_default(),
};

/// Columns of an id: `i-` and seventeen hexadecimal digits.
const ID: (u16, u16) = (19, 19);

static COLUMNS: [Column; 16] = [
    Column::new("id", "INSTANCE", ID, 0, |ctx, n| of(ctx, n, |_, row| Cell::text(short_key(&row.key), Tone::Plain)))
        .found_by(|ctx, n| row(ctx, n).map(|row| row.key.clone()).unwrap_or_default()),
    Column::new("az", "AZ", (2, 4), 3, |ctx, n| of(ctx, n, zone)),
    Column::new("age", "AGE", (14, 18), 0, |ctx, n| of(ctx, n, age)),
    Column::new("behind", "AMI", (7, 10), 2, |ctx, n| of(ctx, n, behind))
        .sorted(|ctx, n| SortKey::number(row(ctx, n).and_then(|row| row.image.builds_behind))),
    Column::new("status", "STATUS", (10, 18), 1, |ctx, n| of(ctx, n, status)),
    Column::new("tasks", "TASKS", (5, 6), 2, |ctx, n| of(ctx, n, tasks)).right().sorted(|ctx, n| {
        SortKey::number(row(ctx, n).and_then(|r| ctx.fleet.container_instance(r)).map(|i| i.running_tasks))
    }),
    Column::new("cpu", "CPU", (9, 12), 4, |ctx, n| of(ctx, n, |ctx, row| reserved(ctx, row, |r| r.cpu))),
    Column::new("memory", "MEMORY", (9, 12), 7, |ctx, n| of(ctx, n, |ctx, row| reserved(ctx, row, |r| r.memory))),
    Column::new("targets", "TARGETS", (7, 7), 5, |ctx, n| {
        of(ctx, n, |ctx, row| targets(ctx, &row.targets, &row.findings))
    })
    .right(),
    Column::new("agent", "AGENT", (8, 10), 5, |ctx, n| of(ctx, n, agent)),
    Column::new("checks", "CHECKS", (8, 15), 6, |ctx, n| of(ctx, n, checks)),
    Column::new("type", "TYPE", (10, 13), 9, |ctx, n| of(ctx, n, kind)),
    Column::new("image", "AMI ID", (21, 21), 10, |ctx, n| of(ctx, n, |_, row| quiet(row.image.id.clone()))),
    Column::new("group", "GROUP", (12, 22), 8, |ctx, n| of(ctx, n, |_, row| quiet(row.group.clone()))),
    Column::new("ip", "IP", (15, 15), 11, |ctx, n| {
        of(ctx, n, |ctx, row| quiet(ctx.fleet.ec2_instance(row).and_then(|i| i.private_ip.clone())))
    }),
    Column::new("findings", "FINDINGS", (22, u16::MAX), 1, |ctx, n| {
        of(ctx, n, |ctx, row| ctx.findings_cell(&row.findings))
    })
    .sorted(|ctx, n| SortKey::number(row(ctx, n).and_then(|row| ctx.severity(&row.findings)).map(|s| s as i64))),
];

fn row<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a InstanceRow> {
    ctx.fleet.view().instances.get(n)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &InstanceRow) -> Cell) -> Cell {
    row(ctx, n).map_or_else(Cell::unknown, |row| cell(ctx, row))
}

fn quiet(text: Option<String>) -> Cell {
    text.map_or_else(Cell::unknown, |text| Cell::text(text, Tone::Muted))
}

/// The id by which a machine is known; of a container instance without an EC2 id the end of its ARN.
pub(crate) fn short_key(key: &str) -> &str {
    key.rsplit('/').next().unwrap_or(key)
}

/// `eu-west-1a` as `1a`: the Region stands in the header.
pub(crate) fn short_zone(zone: &str) -> &str {
    zone.rsplit('-').next().unwrap_or(zone)
}

fn zone(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    quiet(zone_name(ctx, row).map(|zone| short_zone(zone).to_owned()))
}

/// The Availability Zone, as EC2 or else ECS tells it.
pub(crate) fn zone_name<'a>(ctx: &Ctx<'a>, row: &InstanceRow) -> Option<&'a str> {
    let ec2 = ctx.fleet.ec2_instance(row).and_then(|instance| instance.availability_zone.as_deref());
    ec2.or_else(|| ctx.fleet.container_instance(row)?.availability_zone.as_deref())
}

/// The age against the limit.
pub(crate) fn age(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    let age = ctx.fleet.age(row, ctx.now);
    if age == Known::Unknown {
        return Cell::unknown();
    }
    let tone = ctx.tone(&row.findings, &[Rule::InstanceOverAge], Tone::Plain);
    Cell::new(Value::Age { age, limit: Some(ctx.fleet.policy().max_age) }, tone)
}

/// How far the AMI is behind: blank when it is not.
pub(crate) fn behind(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    let tone = ctx.tone(&row.findings, &[Rule::AmiBehind, Rule::AmiUnpromoted], Tone::Plain);
    match (row.image.builds_behind, row.image.days_behind) {
        (Some(0), _) => Cell::blank(),
        (Some(builds), Some(days)) if days > 0 => Cell::text(format!("-{builds} · {days}d"), tone),
        (Some(builds), _) => Cell::text(format!("-{builds}"), tone),
        (None, _) if tone != Tone::Plain => Cell::text("not promoted", tone),
        (None, _) => Cell::unknown(),
    }
}

/// What the machine is doing, where that is not simply running.
pub(crate) fn status(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    let rules = [Rule::DrainingTooLong, Rule::TerminatingWait, Rule::NotInCluster];
    let busy = |text: &str| Cell::text(text, ctx.tone(&row.findings, &rules, Tone::Busy));
    let lifecycle = ctx.fleet.member(row).map(|member| &member.lifecycle_state);
    if let Some(state) = lifecycle.filter(|state| **state != LifecycleState::InService) {
        return busy(state.as_str());
    }
    if let Some(instance) = ctx.fleet.ec2_instance(row).filter(|instance| instance.state != Ec2State::Running) {
        return busy(instance.state.as_str());
    }
    match ctx.fleet.container_instance(row).map(|instance| &instance.status) {
        // In service in the group and running in EC2, as far as it has either: only then is it simply that.
        Some(ContainerInstanceStatus::Active) if told(ctx, row) => Cell::blank(),
        Some(ContainerInstanceStatus::Active) => Cell::unknown(),
        Some(status) => busy(&status.as_str().to_lowercase()),
        None if ctx.fleet.snapshot().container_instances.complete() => busy("no cluster"),
        None => Cell::unknown(),
    }
}

/// Whether group and EC2 have said what the machine is doing, or have nothing to say of it.
fn told(ctx: &Ctx<'_>, row: &InstanceRow) -> bool {
    let snapshot = ctx.fleet.snapshot();
    let group = row.member.is_some() || (snapshot.cluster.complete() && snapshot.groups.complete());
    group && (row.ec2_instance.is_some() || snapshot.ec2_instances.complete())
}

/// Running tasks, and those that are starting after a plus.
fn tasks(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    match ctx.fleet.container_instance(row) {
        None => Cell::unknown(),
        Some(ContainerInstance { running_tasks, pending_tasks: 0, .. }) => {
            Cell::count(Known::Exactly(*running_tasks), Tone::Plain)
        }
        Some(instance) => Cell::text(format!("{}+{}", instance.running_tasks, instance.pending_tasks), Tone::Busy),
    }
}

fn reserved(ctx: &Ctx<'_>, row: &InstanceRow, resource: fn(&crate::fleet::instance::Resources) -> i64) -> Cell {
    let Some(instance) = ctx.fleet.container_instance(row) else { return Cell::unknown() };
    let total = resource(&instance.registered);
    Cell::new(Value::Share { used: total - resource(&instance.remaining), total }, Tone::Plain)
}

/// Healthy targets of all; blank where there are none.
pub(crate) fn targets(ctx: &Ctx<'_>, counts: &TargetCounts, findings: &[usize]) -> Cell {
    let ill = matches!((counts.healthy, counts.total), (Known::Exactly(h), Known::Exactly(t)) if h < t);
    let otherwise = if ill { Tone::Warning } else { Tone::Muted };
    let rules = [Rule::TargetUnhealthy, Rule::TargetFlapping, Rule::NoHealthyTarget, Rule::WithoutTargets];
    match (counts.healthy, counts.total) {
        (Known::Unknown, Known::Unknown) => Cell::unknown(),
        (_, Known::Exactly(0)) => Cell::blank(),
        (healthy, total) => Cell::new(Value::Ratio(healthy, total), ctx.tone(findings, &rules, otherwise)),
    }
}

/// The agent's version, or that it is lost.
pub(crate) fn agent(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    let tone = |otherwise| ctx.tone(&row.findings, &[Rule::AgentDisconnected, Rule::AgentBehind], otherwise);
    match ctx.fleet.container_instance(row) {
        None => Cell::unknown(),
        Some(instance) if !instance.agent_connected => Cell::text("lost", tone(Tone::Warning)),
        Some(instance) => {
            instance.agent_version.clone().map_or_else(Cell::unknown, |version| Cell::text(version, tone(Tone::Muted)))
        }
    }
}

/// EC2's status checks, and ECS's own: blank when all are passed.
pub(crate) fn checks(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    let Some(instance) = ctx.fleet.ec2_instance(row) else { return Cell::unknown() };
    let ecs = ctx.fleet.container_instance(row).and_then(|instance| instance.health.as_ref());
    let checks =
        [("system", instance.system_check.as_ref()), ("instance", instance.instance_check.as_ref()), ("ecs", ecs)];
    let failed = checks.iter().find(|(_, check)| *check == Some(&CheckStatus::Impaired));
    if let Some((name, _)) = failed {
        return Cell::text(
            format!("{name} failed"),
            ctx.tone(&row.findings, &[Rule::StatusCheckFailed], Tone::Critical),
        );
    }
    let open = checks.iter().filter_map(|(_, check)| *check);
    let mut unsettled = open.filter(|check| !matches!(check, CheckStatus::Ok | CheckStatus::NotApplicable));
    match unsettled.next() {
        Some(check) => Cell::text(check.as_str(), Tone::Busy),
        None if instance.system_check.is_none() || instance.instance_check.is_none() => Cell::unknown(),
        None if row.container_instance.is_none() && !ctx.fleet.snapshot().container_instances.complete() => {
            Cell::unknown()
        }
        None => Cell::blank(),
    }
}

fn kind(ctx: &Ctx<'_>, row: &InstanceRow) -> Cell {
    let ec2 = ctx.fleet.ec2_instance(row).and_then(|instance| instance.instance_type.clone());
    quiet(ec2.or_else(|| ctx.fleet.container_instance(row)?.instance_type.clone()))
}
