//! Log groups: who writes to them, how long they keep it, how much there is.

use crate::app::cell::{Cell, SortKey, Tone, Value};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::Subject;
use crate::fleet::task::LogGroup;

/// The list of log groups.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "log groups",
    severities: |ctx| (0..len(ctx)).map(|n| ctx.severity(&findings(ctx, n))).collect(),
    len,
    key: |ctx, n| group(ctx, n).map(|group| group.name.clone()).unwrap_or_default(),
    place: |ctx, n| group(ctx, n).map(|group| Place::Thing(Subject::LogGroup(group.name.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| group(ctx, n).map(|group| group.name.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 5] = [
    Column::new("name", "LOG GROUP", (24, 48), 0, |ctx, n| of(ctx, n, |g| Cell::text(g.name.clone(), Tone::Plain))),
    Column::new("service", "WRITTEN BY", (14, 32), 1, writers),
    Column::new("keeps", "KEEPS", (9, 9), 2, |ctx, n| of(ctx, n, keeps))
        .right()
        .sorted(|ctx, n| SortKey::number(group(ctx, n).map(|g| g.retention_days.map_or(i64::MAX, i64::from)))),
    Column::new("stored", "STORED", (9, 9), 3, |ctx, n| of(ctx, n, stored)).right(),
    Column::new("findings", "FINDINGS", (22, u16::MAX), 1, |ctx, n| ctx.findings_cell(&findings(ctx, n)))
        .sorted(|ctx, n| SortKey::number(ctx.severity(&findings(ctx, n)).map(|s| s as i64))),
];

fn len(ctx: &Ctx<'_>) -> usize {
    ctx.fleet.snapshot().log_groups.rows.len()
}

fn group<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a LogGroup> {
    ctx.fleet.snapshot().log_groups.rows.get(n)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&LogGroup) -> Cell) -> Cell {
    group(ctx, n).map_or_else(Cell::unknown, cell)
}

fn findings(ctx: &Ctx<'_>, n: usize) -> Vec<usize> {
    let Some(group) = group(ctx, n) else { return Vec::new() };
    ctx.findings_about(|subject| matches!(subject, Subject::LogGroup(name) if *name == group.name))
}

/// The services whose task definitions name the group.
fn writers(ctx: &Ctx<'_>, n: usize) -> Cell {
    let Some(group) = group(ctx, n) else { return Cell::unknown() };
    let rows = ctx.fleet.view().services.iter().filter(|row| row.log_groups.contains(&group.name));
    let names: Vec<&str> = rows.filter_map(|row| Some(ctx.fleet.service(row)?.name.as_str())).collect();
    let snapshot = ctx.fleet.snapshot();
    let all = snapshot.services.complete() && snapshot.task_definitions.complete();
    match names.as_slice() {
        [] if !all => Cell::unknown(),
        [] => Cell::blank(),
        [one] => Cell::text(*one, Tone::Muted),
        [first, rest @ ..] => Cell::text(format!("{first} (+{})", rest.len()), Tone::Muted),
    }
}

fn keeps(group: &LogGroup) -> Cell {
    match group.retention_days {
        Some(1) => Cell::text("1 day", Tone::Muted),
        Some(days) => Cell::text(format!("{days} days"), Tone::Muted),
        None => Cell::text("for ever", Tone::Warning),
    }
}

fn stored(group: &LogGroup) -> Cell {
    group.stored_bytes.map_or_else(Cell::unknown, |bytes| Cell::new(Value::Bytes(bytes), Tone::Muted))
}
