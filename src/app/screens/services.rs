//! Services with their deployments.

use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::{Rule, Subject};
use crate::fleet::service::{RolloutState, SchedulingStrategy, Service};
use crate::fleet::view::{Known, ServiceRow};

/// The list of services.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "services",
    severities: |ctx| ctx.fleet.view().services.iter().map(|row| ctx.severity(&row.findings)).collect(),
    len: |ctx| ctx.fleet.view().services.len(),
    key: |ctx, n| service(ctx, n).map(|service| service.name.clone()).unwrap_or_default(),
    place: |ctx, n| service(ctx, n).map(|service| Place::Thing(Subject::Service(service.name.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| service(ctx, n).map(|service| service.arn.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 11] = [
    Column::new("name", "SERVICE", (20, 36), 0, |ctx, n| of(ctx, n, |_, _, s| Cell::text(s.name.clone(), Tone::Plain))),
    Column::new("running", "RUNNING", (7, 7), 0, |ctx, n| of(ctx, n, running)).right(),
    Column::new("desired", "DESIRED", (7, 7), 0, |ctx, n| of(ctx, n, |_, _, s| number(s.desired))).right(),
    Column::new("pending", "PENDING", (7, 7), 3, |ctx, n| of(ctx, n, |_, _, s| busy(s.pending))).right(),
    Column::new("deployment", "DEPLOYMENT", (17, 24), 1, |ctx, n| of(ctx, n, deployment)),
    Column::new("targets", "TARGETS", (7, 7), 3, |ctx, n| {
        of(ctx, n, |ctx, row, _| super::instances::targets(ctx, &row.targets, &row.findings))
    })
    .right(),
    Column::new("definition", "DEFINITION", (16, 28), 4, |ctx, n| {
        of(ctx, n, |_, _, s| Cell::text(definition(s), Tone::Muted))
    }),
    Column::new("updated", "CHANGED", (7, 7), 5, |ctx, n| of(ctx, n, changed)).right(),
    Column::new("kind", "KIND", (7, 9), 7, |ctx, n| of(ctx, n, |_, _, s| kind(s))),
    Column::new("launch", "LAUNCH", (8, 9), 8, |ctx, n| {
        of(ctx, n, |_, _, s| {
            s.launch_type.clone().map_or_else(Cell::blank, |t| Cell::text(t.to_lowercase(), Tone::Muted))
        })
    }),
    Column::new("findings", "FINDINGS", (22, u16::MAX), 1, |ctx, n| {
        of(ctx, n, |ctx, row, _| ctx.findings_cell(&row.findings))
    })
    .sorted(|ctx, n| SortKey::number(row(ctx, n).and_then(|row| ctx.severity(&row.findings)).map(|s| s as i64))),
];

fn row<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a ServiceRow> {
    ctx.fleet.view().services.get(n)
}

fn service<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a Service> {
    ctx.fleet.service(row(ctx, n)?)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &ServiceRow, &Service) -> Cell) -> Cell {
    match (row(ctx, n), service(ctx, n)) {
        (Some(row), Some(service)) => cell(ctx, row, service),
        _ => Cell::unknown(),
    }
}

fn number(n: u32) -> Cell {
    Cell::count(Known::Exactly(n), Tone::Plain)
}

fn busy(n: u32) -> Cell {
    if n == 0 { Cell::blank() } else { Cell::count(Known::Exactly(n), Tone::Busy) }
}

/// How many run: as bad as the finding where fewer do than should.
fn running(ctx: &Ctx<'_>, row: &ServiceRow, service: &Service) -> Cell {
    let otherwise = if service.running < service.desired { Tone::Busy } else { Tone::Plain };
    let tone = ctx.tone(&row.findings, &[Rule::ServiceBelowDesired], otherwise);
    Cell::count(Known::Exactly(service.running), tone)
}

/// How far the newest deployment has come; blank when it is complete.
pub(crate) fn deployment(ctx: &Ctx<'_>, row: &ServiceRow, service: &Service) -> Cell {
    let rules = [Rule::DeploymentFailed, Rule::DeploymentRolledBack, Rule::TasksFailing];
    let tone = |otherwise| ctx.tone(&row.findings, &rules, otherwise);
    let Some(newest) = service.deployments.first() else { return Cell::blank() };
    match &newest.rollout_state {
        Some(RolloutState::Completed) | None if service.deployments.len() < 2 => {
            if tone(Tone::Plain) == Tone::Plain {
                Cell::blank()
            } else {
                Cell::text("failing", tone(Tone::Plain))
            }
        }
        Some(RolloutState::Failed) => Cell::text("failed", tone(Tone::Critical)),
        Some(RolloutState::Other(word)) => Cell::text(word.clone(), tone(Tone::Busy)),
        Some(RolloutState::Completed | RolloutState::InProgress) | None => {
            let failed =
                if newest.failed_tasks > 0 { format!(", {} failed", newest.failed_tasks) } else { String::new() };
            Cell::text(format!("{}/{} new{failed}", newest.running, newest.desired), tone(Tone::Busy))
        }
    }
}

/// `family:revision`.
pub(crate) fn definition(service: &Service) -> &str {
    service.task_definition.rsplit('/').next().unwrap_or(&service.task_definition)
}

/// Time since the newest deployment last changed.
fn changed(ctx: &Ctx<'_>, _: &ServiceRow, service: &Service) -> Cell {
    let newest = service.deployments.first();
    let Some(at) = newest.and_then(|newest| newest.updated_at.or(newest.created_at)) else { return Cell::unknown() };
    let age = ctx.now.duration_since(at).max(jiff::SignedDuration::ZERO);
    Cell::age(age, Tone::Muted)
}

fn kind(service: &Service) -> Cell {
    match &service.scheduling {
        SchedulingStrategy::Replica => Cell::blank(),
        other => Cell::text(other.as_str().to_lowercase(), Tone::Muted),
    }
}
