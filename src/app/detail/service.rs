//! The page of a service: deployments, tasks, targets, what it said.

use super::{Detail, execution, moment};
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{services, target_cells, task_cells};
use crate::fleet::finding::Subject;
use crate::fleet::service::{Deployment, Service};
use crate::fleet::task::{Task, TaskStatus};
use crate::fleet::view::{Known, ServiceRow};

/// Stopped tasks and events that a page lists.
const RECENT: usize = 10;

pub(super) fn page(ctx: &Ctx<'_>, name: &str) -> Option<Detail> {
    let rows = &ctx.fleet.view().services;
    let row = rows.iter().find(|row| ctx.fleet.service(row).is_some_and(|service| service.name == name))?;
    let service = ctx.fleet.service(row)?;
    let mut page = Detail::new("service", name, service.arn.clone());
    page.findings(ctx, &row.findings);
    execution::on(&mut page, ctx, &Subject::Service(name.to_owned()));
    counts(&mut page, ctx, row, service);
    page.heading("Deployments");
    for deployment in &service.deployments {
        page.row(deployment_cells(ctx, deployment), None);
    }
    for reason in service.deployments.iter().filter_map(|deployment| deployment.rollout_reason.as_ref()).take(1) {
        page.words(reason.clone(), Tone::Muted);
    }
    tasks(&mut page, ctx, row);
    targets(&mut page, ctx, row);
    definition(&mut page, row, service);
    events(&mut page, ctx, service);
    Some(page)
}

fn counts(page: &mut Detail, ctx: &Ctx<'_>, row: &ServiceRow, service: &Service) {
    page.heading("Tasks wanted");
    let short = service.running < service.desired;
    let tone = if short { Tone::Warning } else { Tone::Plain };
    let (running, desired) = (Known::Exactly(service.running), Known::Exactly(service.desired));
    page.field("running", Cell::new(Value::Ratio(running, desired), tone));
    page.field("pending", Cell::count(Known::Exactly(service.pending), Tone::Plain));
    page.field(
        "deployment",
        match services::deployment(ctx, row, service) {
            cell if cell.value == Value::Blank => Cell::text("complete", Tone::Muted),
            cell => cell,
        },
    );
    page.field("status", Cell::text(service.status.to_lowercase(), Tone::Muted));
}

fn deployment_cells(ctx: &Ctx<'_>, deployment: &Deployment) -> Vec<Cell> {
    let (running, desired) = (Known::Exactly(deployment.running), Known::Exactly(deployment.desired));
    let state = deployment.rollout_state.as_ref().map(|state| state.as_str().to_lowercase().replace('_', " "));
    let failed = match deployment.failed_tasks {
        0 => Cell::blank(),
        failed => Cell::text(format!("{failed} failed"), Tone::Warning),
    };
    let age = deployment.created_at.map(|at| ctx.now.duration_since(at).max(jiff::SignedDuration::ZERO));
    vec![
        Cell::text(deployment.status.to_lowercase(), Tone::Plain),
        Cell::text(deployment.task_definition.rsplit('/').next().unwrap_or_default(), Tone::Plain),
        Cell::new(Value::Ratio(running, desired), Tone::Plain),
        age.map_or_else(Cell::unknown, |age| Cell::age(age, Tone::Muted)),
        state.map_or_else(Cell::blank, |state| Cell::text(state, Tone::Muted)),
        failed,
    ]
}

fn tasks(page: &mut Detail, ctx: &Ctx<'_>, row: &ServiceRow) {
    let all: Vec<&Task> = row.tasks.iter().filter_map(|position| ctx.fleet.task(*position)).collect();
    let (mut stopped, running): (Vec<&Task>, Vec<&Task>) =
        all.into_iter().partition(|task| task.last_status == TaskStatus::Stopped);
    stopped.sort_by_key(|task| std::cmp::Reverse(task.stopped_at));
    for (title, tasks) in [("Stopped tasks", stopped.iter().take(RECENT)), ("Tasks", running.iter().take(usize::MAX))] {
        let mut tasks = tasks.peekable();
        if tasks.peek().is_some() {
            page.heading(title);
        }
        for task in tasks {
            page.row(task_cells(ctx, task), Some(Place::Thing(Subject::Task(task.arn.clone()))));
        }
    }
}

fn targets(page: &mut Detail, ctx: &Ctx<'_>, row: &ServiceRow) {
    let groups = row.target_groups.iter().filter_map(|position| ctx.fleet.snapshot().targets.rows.get(*position));
    for group in groups {
        page.heading(format!("Targets of {}", group.name));
        let to_group = Place::Thing(Subject::TargetGroup(group.arn.clone()));
        page.link("target group", Cell::text(group.name.clone(), Tone::Plain), Some(to_group));
        for target in &group.targets.rows {
            let subject = Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port };
            page.row(target_cells(group, target), Some(Place::Thing(subject)));
        }
    }
}

fn definition(page: &mut Detail, row: &ServiceRow, service: &Service) {
    page.heading("Definition");
    page.field("task definition", Cell::text(services::definition(service), Tone::Plain));
    page.field("scheduling", Cell::text(service.scheduling.as_str().to_lowercase(), Tone::Muted));
    if let Some(launch) = &service.launch_type {
        page.field("launch type", Cell::text(launch.clone(), Tone::Muted));
    }
    if let (Some(least), Some(most)) = (service.minimum_healthy_percent, service.maximum_percent) {
        page.field("while deploying", Cell::text(format!("{least}% to {most}% of desired"), Tone::Muted));
    }
    for constraint in &service.placement_constraints {
        page.field("placement", Cell::text(constraint.clone(), Tone::Muted));
    }
    for group in &row.log_groups {
        page.field("log group", Cell::text(group.clone(), Tone::Muted));
    }
}

fn events(page: &mut Detail, _: &Ctx<'_>, service: &Service) {
    if service.events.is_empty() {
        return;
    }
    page.heading("Events");
    for event in service.events.iter().take(RECENT) {
        let at = event.at.map_or_else(Cell::unknown, |at| Cell::text(moment(at), Tone::Muted));
        page.row(vec![at, Cell::text(event.message.clone(), Tone::Plain)], None);
    }
}
