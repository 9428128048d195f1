//! Tasks: running ones, and on demand those that have stopped.

use std::collections::HashMap;

use crate::app::cell::{Cell, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::{Severity, Subject};
use crate::fleet::task::{HealthStatus, Task, TaskStatus};

/// The list of tasks.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "tasks",
    severities,
    len: |ctx| ctx.fleet.snapshot().tasks.rows.len(),
    key: |ctx, n| ctx.fleet.task(n).map(|task| task.arn.clone()).unwrap_or_default(),
    place: |ctx, n| ctx.fleet.task(n).map(|task| Place::Thing(Subject::Task(task.arn.clone()))),
    extra: |ctx, n| ctx.fleet.task(n).is_some_and(|task| task.last_status == TaskStatus::Stopped),
    copy: |ctx, n| ctx.fleet.task(n).map(|task| task.arn.clone()).unwrap_or_default(),
};

/// Characters of a task id that tell tasks apart.
const SHORT: u16 = 12;

static COLUMNS: [Column; 10] = [
    Column::new("id", "TASK", (SHORT, SHORT), 0, |ctx, n| of(ctx, n, |_, task| short_id(task)))
        .found_by(|ctx, n| ctx.fleet.task(n).map(|task| task.id().to_owned()).unwrap_or_default()),
    Column::new("service", "SERVICE", (14, 24), 0, |ctx, n| of(ctx, n, |_, task| service(task))),
    Column::new("status", "STATUS", (12, 14), 0, |ctx, n| of(ctx, n, |_, task| status(task))),
    Column::new("health", "HEALTH", (9, 9), 4, |ctx, n| of(ctx, n, |_, task| health(task))),
    Column::new("age", "AGE", (7, 7), 1, |ctx, n| of(ctx, n, age)).right(),
    Column::new("definition", "DEFINITION", (14, 26), 5, |ctx, n| of(ctx, n, |_, task| definition(task))),
    Column::new("instance", "INSTANCE", (19, 19), 3, |ctx, n| of(ctx, n, instance)),
    Column::new("az", "AZ", (2, 4), 6, |ctx, n| of(ctx, n, |_, task| zone(task))),
    Column::new("ip", "IP", (15, 15), 7, |ctx, n| {
        of(ctx, n, |_, task| task.private_ip.clone().map_or_else(Cell::blank, |ip| Cell::text(ip, Tone::Muted)))
    }),
    Column::new("why", "WHY", (20, u16::MAX), 2, |ctx, n| of(ctx, n, |_, task| why(task))),
];

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &Task) -> Cell) -> Cell {
    ctx.fleet.task(n).map_or_else(Cell::unknown, |task| cell(ctx, task))
}

/// The worst of each task's own findings; there are few tasks that have any.
fn severities(ctx: &Ctx<'_>) -> Vec<Option<Severity>> {
    let mut worst: HashMap<&str, Severity> = HashMap::new();
    for finding in &ctx.fleet.view().findings {
        if let Subject::Task(arn) = &finding.subject {
            let held = worst.entry(arn).or_insert(finding.severity);
            *held = (*held).max(finding.severity);
        }
    }
    ctx.fleet.snapshot().tasks.rows.iter().map(|task| worst.get(task.arn.as_str()).copied()).collect()
}

/// The beginning of the id: all of it stands on the task's page.
fn short_id(task: &Task) -> Cell {
    let short: String = task.id().chars().take(usize::from(SHORT)).collect();
    Cell::text(short, Tone::Plain)
}

/// The service that keeps it, else the group that it was started in.
pub(crate) fn service(task: &Task) -> Cell {
    match (task.service(), &task.group) {
        (Some(service), _) => Cell::text(service, Tone::Plain),
        (None, Some(group)) => Cell::text(group.clone(), Tone::Muted),
        (None, None) => Cell::text("no service", Tone::Muted),
    }
}

/// Where it is in its life; blank while it runs as it is meant to.
pub(crate) fn status(task: &Task) -> Cell {
    match (&task.last_status, task.wanted()) {
        (TaskStatus::Running, true) => Cell::blank(),
        (TaskStatus::Running, false) => Cell::text("to be stopped", Tone::Busy),
        (TaskStatus::Stopped, _) => Cell::text("stopped", Tone::Muted),
        (status, _) => Cell::text(status.as_str().to_lowercase(), Tone::Busy),
    }
}

fn health(task: &Task) -> Cell {
    match &task.health {
        Some(HealthStatus::Unhealthy) => Cell::text("unhealthy", Tone::Warning),
        // UNKNOWN is what ECS says of a task without a health check too: nothing to see.
        Some(HealthStatus::Healthy | HealthStatus::Unknown) | None => Cell::blank(),
        Some(other) => Cell::text(other.as_str(), Tone::Muted),
    }
}

/// Time since it stopped, started or was created, whichever came last.
pub(crate) fn age(ctx: &Ctx<'_>, task: &Task) -> Cell {
    let Some(at) = task.stopped_at.or(task.started_at).or(task.created_at) else { return Cell::unknown() };
    let age = ctx.now.duration_since(at).max(jiff::SignedDuration::ZERO);
    Cell::age(age, Tone::Plain)
}

/// `family:revision`.
pub(crate) fn definition(task: &Task) -> Cell {
    Cell::text(task.task_definition.rsplit('/').next().unwrap_or_default(), Tone::Muted)
}

/// The instance that it runs on: by EC2 id where that is known.
fn instance(ctx: &Ctx<'_>, task: &Task) -> Cell {
    let Some(arn) = &task.container_instance_arn else {
        return Cell::text(task.launch_type.clone().unwrap_or_default().to_lowercase(), Tone::Muted);
    };
    Cell::text(super::instances::short_key(ctx.host_key(arn)), Tone::Plain)
}

fn zone(task: &Task) -> Cell {
    let zone = task.availability_zone.as_deref().map(super::instances::short_zone);
    zone.map_or_else(Cell::unknown, |zone| Cell::text(zone, Tone::Muted))
}

/// Why it stopped, or why one of its containers did.
pub(crate) fn why(task: &Task) -> Cell {
    let exited = task.containers.iter().find_map(|container| match (&container.reason, container.exit_code) {
        (Some(reason), _) => Some(format!("{}: {reason}", container.name)),
        (None, Some(code)) if code != 0 => Some(format!("{} exited with {code}", container.name)),
        _ => None,
    });
    let text = match (&task.stopped_reason, exited) {
        // ECS says the reason of a container that could not start twice.
        (Some(reason), Some(exited)) if exited.contains(reason.as_str()) => exited,
        (Some(reason), Some(exited)) => format!("{exited} ({reason})"),
        (Some(reason), None) => reason.clone(),
        (None, Some(exited)) => exited,
        (None, None) => return Cell::blank(),
    };
    let expected = matches!(task.stop_code.as_deref(), Some("ServiceSchedulerInitiated" | "UserInitiated"));
    Cell::text(text, if expected { Tone::Muted } else { Tone::Warning })
}

/// What names a task in a line of a page: its id, its service, where it is in its life.
pub(crate) fn task_name_cells(task: &Task) -> Vec<Cell> {
    vec![short_id(task), service(task), status(task)]
}

/// A task in a line of a page.
pub(crate) fn task_cells(ctx: &Ctx<'_>, task: &Task) -> Vec<Cell> {
    vec![short_id(task), service(task), definition(task), age(ctx, task), status(task), why(task)]
}
