//! The page of an instance.

use super::{Detail, execution, moment};
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{instances, task_cells};
use crate::fleet::finding::Subject;
use crate::fleet::instance::{ContainerInstance, Ec2Instance};
use crate::fleet::view::InstanceRow;

pub(super) fn page(ctx: &Ctx<'_>, key: &str) -> Option<Detail> {
    let row = ctx.fleet.view().instances.iter().find(|row| row.key == key)?;
    let mut page = Detail::new("instance", instances::short_key(key), key);
    page.findings(ctx, &row.findings);
    execution::on(&mut page, ctx, &Subject::Instance(key.to_owned()));
    lifecycle(&mut page, ctx, row);
    image(&mut page, ctx, row);
    let ecs = ctx.fleet.container_instance(row);
    page.heading("In the cluster");
    match ecs {
        Some(instance) => cluster(&mut page, ctx, row, instance),
        None => page.words("Nothing is known of it as a container instance.", Tone::Muted),
    }
    if let Some(instance) = ctx.fleet.ec2_instance(row) {
        machine(&mut page, ctx, row, instance);
    }
    targets(&mut page, ctx, row);
    tasks(&mut page, ctx, row);
    Some(page)
}

fn lifecycle(page: &mut Detail, ctx: &Ctx<'_>, row: &InstanceRow) {
    page.heading("Life");
    page.field("age", instances::age(ctx, row));
    if let Some(at) = row.launched_at {
        page.field("launched", Cell::text(moment(at), Tone::Muted));
    } else if let Some(at) = row.registered_at {
        page.field("registered", Cell::text(moment(at), Tone::Muted));
    }
    if let Some(member) = ctx.fleet.member(row) {
        page.field("lifecycle", Cell::text(member.lifecycle_state.as_str(), Tone::Plain));
        page.field("group health", Cell::text(member.health_status.clone(), Tone::Muted));
        if member.protected {
            page.field("protected", Cell::text("from scale-in", Tone::Info));
        }
    }
    page.field("group", Cell::maybe(row.group.clone()));
}

fn image(page: &mut Detail, ctx: &Ctx<'_>, row: &InstanceRow) {
    page.heading("AMI");
    let link = row.image.id.as_ref().map(|id| Place::Thing(Subject::Image(id.clone())));
    page.link("runs", Cell::maybe(row.image.id.clone()), link);
    if let Some(name) = &row.image.name {
        page.field("name", Cell::text(name.clone(), Tone::Muted));
    }
    page.field("should run", Cell::maybe(row.image.expected.clone()));
    page.field(
        "builds behind",
        match row.image.builds_behind {
            Some(0) => Cell::text("none", Tone::Muted),
            _ => instances::behind(ctx, row),
        },
    );
}

fn cluster(page: &mut Detail, ctx: &Ctx<'_>, row: &InstanceRow, instance: &ContainerInstance) {
    page.field("status", Cell::text(instance.status.as_str(), Tone::Plain));
    if let Some(reason) = &instance.status_reason {
        page.field("reason", Cell::text(reason.clone(), Tone::Plain));
    }
    page.field("agent", instances::agent(ctx, row));
    let share = |total: i64, left: i64| Cell::new(Value::Share { used: total - left, total }, Tone::Plain);
    page.field("CPU reserved", share(instance.registered.cpu, instance.remaining.cpu));
    page.field("memory reserved", share(instance.registered.memory, instance.remaining.memory));
    page.field("container instance", Cell::text(instance.id(), Tone::Muted));
    page.field("capacity provider", Cell::maybe(instance.capacity_provider.clone()));
}

fn machine(page: &mut Detail, ctx: &Ctx<'_>, row: &InstanceRow, instance: &Ec2Instance) {
    page.heading("Machine");
    page.field("state", Cell::text(instance.state.as_str(), Tone::Plain));
    let word = |check: &Option<crate::fleet::instance::CheckStatus>| Cell::maybe(check.as_ref().map(|c| c.as_str()));
    page.field("system check", word(&instance.system_check));
    page.field("instance check", word(&instance.instance_check));
    for event in &instance.events {
        page.field("scheduled", Cell::text(format!("{}: {}", event.code, event.description), Tone::Warning));
    }
    page.field("type", Cell::maybe(instance.instance_type.clone()));
    page.field("zone", Cell::maybe(instances::zone_name(ctx, row)));
    page.field("private IP", Cell::maybe(instance.private_ip.clone()));
    page.field("subnet", Cell::maybe(instance.subnet_id.clone()));
    if let Some(key) = &instance.key_name {
        page.field("key pair", Cell::text(key.clone(), Tone::Warning));
    }
    for group in &instance.security_groups {
        page.field("security group", Cell::text(format!("{}  {}", group.name, group.id), Tone::Muted));
    }
}

fn targets(page: &mut Detail, ctx: &Ctx<'_>, row: &InstanceRow) {
    if row.target_positions.is_empty() {
        return;
    }
    page.heading("Targets");
    let groups = &ctx.fleet.snapshot().targets.rows;
    for (group, target) in &row.target_positions {
        let Some(group) = groups.get(*group) else { continue };
        let Some(target) = group.targets.rows.get(*target) else { continue };
        let subject = Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port };
        page.row(crate::app::screens::target_cells(group, target), Some(Place::Thing(subject)));
    }
}

fn tasks(page: &mut Detail, ctx: &Ctx<'_>, row: &InstanceRow) {
    if row.tasks.is_empty() {
        return;
    }
    page.heading("Tasks");
    for task in row.tasks.iter().filter_map(|position| ctx.fleet.task(*position)) {
        page.row(task_cells(ctx, task), Some(Place::Thing(Subject::Task(task.arn.clone()))));
    }
}
