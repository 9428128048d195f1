//! The page of a task: where it runs, its containers, why it stopped.

use super::{Detail, moment};
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{instances, tasks};
use crate::fleet::finding::Subject;
use crate::fleet::task::{Container, Task};

pub(super) fn page(ctx: &Ctx<'_>, arn: &str) -> Option<Detail> {
    let position = ctx.fleet.snapshot().tasks.rows.iter().position(|task| task.arn == arn)?;
    let task = ctx.fleet.task(position)?;
    let mut page = Detail::new("task", task.id(), arn);
    let about = ctx.findings_about(|subject| matches!(subject, Subject::Task(held) if held == arn));
    page.findings(ctx, &about);
    if let Cell { value: Value::Text(why), tone } = tasks::why(task) {
        page.heading("Why it stopped");
        page.words(why, tone);
    }
    placement(&mut page, ctx, position, task);
    life(&mut page, task);
    page.heading("Containers");
    for container in &task.containers {
        page.row(container_cells(container), None);
    }
    resources(&mut page, ctx, task);
    Some(page)
}

fn placement(page: &mut Detail, ctx: &Ctx<'_>, position: usize, task: &Task) {
    page.heading("Belongs to");
    let service = task.service().map(|name| Place::Thing(Subject::Service(name.to_owned())));
    page.link("service", tasks::service(task), service);
    page.field("definition", tasks::definition(task));
    let snapshot = ctx.fleet.snapshot();
    let host = task.container_instance_arn.as_deref().map(|arn| ctx.host_key(arn));
    let to_host = host.map(|key| Place::Thing(Subject::Instance(key.to_owned())));
    page.link("instance", Cell::maybe(host.map(instances::short_key)), to_host);
    page.field("zone", Cell::maybe(task.availability_zone.clone()));
    if let Some(ip) = &task.private_ip {
        page.field("private IP", Cell::text(ip.clone(), Tone::Plain));
    }
    for row in ctx.fleet.view().targets.iter().filter(|row| row.task == Some(position)) {
        let Some(group) = snapshot.targets.rows.get(row.target_group) else { continue };
        let Some(target) = group.targets.rows.get(row.target) else { continue };
        let subject = Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port };
        page.link("target", Cell::text(group.name.clone(), Tone::Plain), Some(Place::Thing(subject)));
    }
}

fn life(page: &mut Detail, task: &Task) {
    page.heading("Life");
    page.field("status", Cell::text(task.last_status.as_str().to_lowercase(), Tone::Plain));
    page.field("should be", Cell::text(task.desired_status.as_str().to_lowercase(), Tone::Muted));
    if let Some(health) = &task.health {
        page.field("health", Cell::text(health.as_str().to_lowercase(), Tone::Muted));
    }
    let moments = [
        ("created", task.created_at),
        ("started", task.started_at),
        ("stopping", task.stopping_at),
        ("stopped", task.stopped_at),
    ];
    for (label, at) in moments.into_iter().filter_map(|(label, at)| Some((label, at?))) {
        page.field(label, Cell::text(moment(at), Tone::Muted));
    }
    if let Some(code) = &task.stop_code {
        page.field("stop code", Cell::text(code.clone(), Tone::Plain));
    }
}

fn container_cells(container: &Container) -> Vec<Cell> {
    let exit = match container.exit_code {
        None => Cell::blank(),
        Some(0) => Cell::text("exited with 0", Tone::Muted),
        Some(code) => Cell::text(format!("exited with {code}"), Tone::Warning),
    };
    let ports: Vec<String> =
        container.host_ports.iter().map(|port| format!("{}→{}", port.host, port.container)).collect();
    vec![
        Cell::text(container.name.clone(), Tone::Plain),
        Cell::text(container.last_status.to_lowercase(), Tone::Muted),
        container
            .health
            .as_ref()
            .map_or_else(Cell::blank, |health| Cell::text(health.as_str().to_lowercase(), Tone::Muted)),
        Cell::text(ports.join(" "), Tone::Muted),
        exit,
        Cell::text(container.reason.clone().unwrap_or_default(), Tone::Warning),
    ]
}

fn resources(page: &mut Detail, ctx: &Ctx<'_>, task: &Task) {
    let definitions = &ctx.fleet.snapshot().task_definitions.rows;
    let definition = definitions.iter().find(|definition| definition.arn == task.task_definition);
    page.heading("Reserves");
    let cpu = task.cpu.or_else(|| definition.map(crate::fleet::task::TaskDefinition::reserved_cpu));
    let memory = task.memory.or_else(|| definition.map(crate::fleet::task::TaskDefinition::reserved_memory));
    page.field("CPU units", Cell::maybe(cpu.map(|cpu| cpu.to_string())));
    page.field("memory", Cell::maybe(memory.map(|memory| format!("{memory} MiB"))));
    let groups = definition.into_iter().flat_map(|definition| &definition.containers);
    for group in groups.filter_map(|container| container.log_group.clone()) {
        page.field("log group", Cell::text(group, Tone::Muted));
    }
}
