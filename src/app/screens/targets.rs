//! Targets, by target group.

use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::{Rule, Subject};
use crate::fleet::target::{Target, TargetGroup, TargetState};
use crate::fleet::view::TargetRow;

/// The list of targets.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "targets",
    severities: |ctx| ctx.fleet.view().targets.iter().map(|row| ctx.severity(&row.findings)).collect(),
    len: |ctx| ctx.fleet.view().targets.len(),
    key: |ctx, n| {
        parts(ctx, n)
            .map(|(group, target)| format!("{} {} {:?}", group.arn, target.id, target.port))
            .unwrap_or_default()
    },
    place: |ctx, n| parts(ctx, n).map(|(group, target)| Place::Thing(subject(group, target))),
    extra: |_, _| false,
    copy: |ctx, n| parts(ctx, n).map(|(_, target)| target.id.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 8] = [
    Column::new("group", "TARGET GROUP", (16, 32), 0, |ctx, n| {
        of(ctx, n, |_, _, group, _| Cell::text(group.name.clone(), Tone::Plain))
    }),
    Column::new("target", "TARGET", (19, 19), 0, |ctx, n| {
        of(ctx, n, |_, _, _, t| Cell::text(t.id.clone(), Tone::Plain))
    }),
    Column::new("port", "PORT", (5, 5), 1, |ctx, n| {
        of(ctx, n, |_, _, _, t| t.port.map_or_else(Cell::blank, |port| Cell::text(port.to_string(), Tone::Muted)))
    })
    .right()
    .sorted(|ctx, n| SortKey::number(parts(ctx, n).and_then(|(_, target)| target.port))),
    Column::new("state", "STATE", (11, 18), 0, |ctx, n| of(ctx, n, |ctx, row, _, target| state(ctx, row, target))),
    Column::new("az", "AZ", (2, 4), 5, |ctx, n| {
        of(ctx, n, |_, _, _, t| {
            t.availability_zone
                .as_deref()
                .map_or_else(Cell::blank, |zone| Cell::text(super::instances::short_zone(zone), Tone::Muted))
        })
    }),
    Column::new("instance", "INSTANCE", (19, 19), 4, |ctx, n| {
        of(ctx, n, |ctx, row, _, _| {
            row.instance
                .as_deref()
                .map_or_else(|| nothing(ctx), |key| Cell::text(super::instances::short_key(key), Tone::Muted))
        })
    }),
    Column::new("service", "SERVICE", (14, 24), 3, |ctx, n| of(ctx, n, |ctx, row, _, _| service(ctx, row))),
    Column::new("why", "WHY", (20, u16::MAX), 1, |ctx, n| of(ctx, n, |_, _, _, target| why(target))),
];

fn row<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a TargetRow> {
    ctx.fleet.view().targets.get(n)
}

fn parts<'a>(ctx: &Ctx<'a>, n: usize) -> Option<(&'a TargetGroup, &'a Target)> {
    let row = row(ctx, n)?;
    let group = ctx.fleet.snapshot().targets.rows.get(row.target_group)?;
    Some((group, group.targets.rows.get(row.target)?))
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &TargetRow, &TargetGroup, &Target) -> Cell) -> Cell {
    match (row(ctx, n), parts(ctx, n)) {
        (Some(row), Some((group, target))) => cell(ctx, row, group, target),
        _ => Cell::unknown(),
    }
}

fn subject(group: &TargetGroup, target: &Target) -> Subject {
    Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port }
}

fn state(ctx: &Ctx<'_>, row: &TargetRow, target: &Target) -> Cell {
    let cell = state_cell(target);
    let tone = ctx.tone(&row.findings, &[Rule::TargetUnhealthy, Rule::TargetFlapping], cell.tone);
    Cell { tone, ..cell }
}

/// The state of a target; blank when it is healthy.
pub(crate) fn state_cell(target: &Target) -> Cell {
    match &target.state {
        TargetState::Healthy => Cell::blank(),
        state @ (TargetState::Unhealthy | TargetState::UnhealthyDraining) => Cell::text(state.as_str(), Tone::Critical),
        state @ TargetState::Unavailable => Cell::text(state.as_str(), Tone::Warning),
        state @ TargetState::Unused => Cell::text(state.as_str(), Tone::Muted),
        state @ (TargetState::Initial | TargetState::Draining | TargetState::Other(_)) => {
            Cell::text(state.as_str(), Tone::Busy)
        }
    }
}

fn service(ctx: &Ctx<'_>, row: &TargetRow) -> Cell {
    let name = row.task.and_then(|task| ctx.fleet.task(task)).and_then(|task| task.service());
    name.map_or_else(|| nothing(ctx), |name| Cell::text(name, Tone::Muted))
}

/// What a target leads to where nothing is known to be behind it: nothing, if groups, tasks and instances were all read.
fn nothing(ctx: &Ctx<'_>) -> Cell {
    let snapshot = ctx.fleet.snapshot();
    let all = snapshot.targets.complete() && snapshot.tasks.complete() && snapshot.container_instances.complete();
    if all { Cell::blank() } else { Cell::unknown() }
}

fn why(target: &Target) -> Cell {
    match (&target.description, &target.reason) {
        (Some(words), Some(code)) => Cell::text(format!("{words} ({code})"), Tone::Muted),
        (Some(text), None) | (None, Some(text)) => Cell::text(text.clone(), Tone::Muted),
        (None, None) => Cell::blank(),
    }
}

/// A target in a line of a page.
pub(crate) fn target_cells(group: &TargetGroup, target: &Target) -> Vec<Cell> {
    let port = target.port.map_or_else(String::new, |port| format!(":{port}"));
    vec![
        Cell::text(group.name.clone(), Tone::Plain),
        Cell::text(format!("{}{port}", target.id), Tone::Muted),
        state_cell(target),
        why(target),
    ]
}
