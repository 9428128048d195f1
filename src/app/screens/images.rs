//! AMIs: those that were baked, which of them instances start from, and how many run each.

use jiff::SignedDuration;

use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::build::BuildTest;
use crate::fleet::contents::{Contents, Difference};
use crate::fleet::finding::{Severity, Subject};
use crate::fleet::view::{Known, LineageRow};

/// The list of AMIs.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "AMIs",
    severities: |ctx| ctx.fleet.view().lineage.iter().map(|row| severity(ctx, row)).collect(),
    len: |ctx| ctx.fleet.view().lineage.len(),
    key: |ctx, n| row(ctx, n).map(|row| row.id.clone()).unwrap_or_default(),
    place: |ctx, n| row(ctx, n).map(|row| Place::Thing(Subject::Image(row.id.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| row(ctx, n).map(|row| row.id.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 9] = [
    Column::new("id", "AMI", (21, 21), 0, |ctx, n| of(ctx, n, |_, row| Cell::text(row.id.clone(), Tone::Plain))),
    Column::new("use", "USE", (8, 8), 0, |ctx, n| of(ctx, n, standing)),
    Column::new("version", "VERSION", (7, 9), 0, |ctx, n| of(ctx, n, version)),
    Column::new("runs", "RUN", (4, 5), 0, |ctx, n| of(ctx, n, |_, row| runs(row))).right(),
    Column::new("built", "AGO", (7, 7), 0, |ctx, n| of(ctx, n, age)).right(),
    Column::new("test", "TEST", (8, 12), 0, |ctx, n| of(ctx, n, test)),
    Column::new("source", "MADE FROM", (21, 21), 3, |ctx, n| of(ctx, n, source)),
    Column::new("differs", "BESIDE WHAT IS PROMOTED", (23, 44), 2, |ctx, n| of(ctx, n, differs)),
    Column::new("name", "NAME", (20, u16::MAX), 1, |ctx, n| of(ctx, n, name))
        .sorted(|ctx, n| SortKey::of(of(ctx, n, name))),
];

fn row<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a LineageRow> {
    ctx.fleet.view().lineage.get(n)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &LineageRow) -> Cell) -> Cell {
    row(ctx, n).map_or_else(Cell::unknown, |row| cell(ctx, row))
}

/// One that failed its test is nothing to act on unless something runs it; then it is.
fn severity(ctx: &Ctx<'_>, row: &LineageRow) -> Option<Severity> {
    let failed = ctx.fleet.build(row).is_some_and(|build| build.test == Some(BuildTest::Failed));
    let used = row.promoted || row.instances.value().is_some_and(|count| count > 0);
    (failed && used).then_some(Severity::Warning)
}

/// What it is to the fleet: what instances start from, or what they go back to.
pub(crate) fn standing(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    if row.promoted {
        return Cell::text("promoted", Tone::Strong);
    }
    let previous = ctx.fleet.promotion().and_then(|promotion| promotion.previous);
    if previous.is_some_and(|number| ctx.fleet.versions(row).any(|version| version.number == number)) {
        return Cell::text("previous", Tone::Plain);
    }
    let snapshot = ctx.fleet.snapshot();
    if snapshot.promotion.known() && snapshot.builds_whole() { Cell::blank() } else { Cell::unknown() }
}

/// Versions of the launch template that start from it.
pub(crate) fn version(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    let numbers: Vec<String> = ctx.fleet.versions(row).map(|version| version.number.to_string()).collect();
    match numbers.as_slice() {
        [] if ctx.fleet.snapshot().builds_whole() => Cell::blank(),
        [] => Cell::unknown(),
        some => Cell::text(some.join(", "), Tone::Plain),
    }
}

fn runs(row: &LineageRow) -> Cell {
    let tone = if row.instances == Known::Exactly(0) { Tone::Muted } else { Tone::Plain };
    Cell::count(row.instances, tone)
}

/// How long ago it was built.
pub(crate) fn age(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    let Some(at) = ctx.fleet.image(row).and_then(|image| image.created_at) else { return Cell::unknown() };
    Cell::age(ctx.now.duration_since(at).max(SignedDuration::ZERO), Tone::Plain)
}

/// How its test went; blank for one that was not baked here.
pub(crate) fn test(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    let Some(build) = ctx.fleet.build(row) else {
        return if ctx.fleet.snapshot().builds_whole() { Cell::blank() } else { Cell::unknown() };
    };
    match &build.test {
        Some(BuildTest::Passed) => Cell::text("passed", Tone::Muted),
        Some(BuildTest::Failed) => Cell::text("failed", Tone::Warning),
        Some(BuildTest::Running) => Cell::text("running", Tone::Busy),
        Some(other) => Cell::text(other.as_str(), Tone::Info),
        None => Cell::text("not tested", Tone::Info),
    }
}

fn source(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    match Contents::of(ctx.fleet.snapshot(), &row.id).source {
        Some(source) => Cell::text(source, Tone::Muted),
        // Of one that was not baked here nothing is to be known.
        None if row.build.is_none() && ctx.fleet.snapshot().builds_whole() => Cell::blank(),
        None => Cell::unknown(),
    }
}

/// What is inside of it and not inside of the promoted one, or the other way round.
pub(crate) fn differs(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    if row.promoted {
        return Cell::blank();
    }
    let found = differences(ctx, row).into_iter().filter(|one| one.what != "source");
    let found: Vec<String> = found.map(|one| one.words()).collect();
    if !found.is_empty() {
        return Cell::text(found.join(", "), Tone::Plain);
    }
    let shared: Vec<&str> = shared(ctx, row).into_iter().filter(|what| *what != "source").collect();
    match shared.as_slice() {
        // Of what was read in part nothing is the same yet.
        _ if !ctx.fleet.snapshot().builds_whole() => Cell::unknown(),
        [] => Cell::unknown(),
        shared => Cell::text(format!("same {}", shared.join(" and ")), Tone::Muted),
    }
}

/// What is known to be the same inside of it and inside of the promoted one.
fn shared(ctx: &Ctx<'_>, row: &LineageRow) -> Vec<&'static str> {
    let snapshot = ctx.fleet.snapshot();
    let promoted = ctx.fleet.promotion().and_then(|one| one.image.as_deref());
    let both = promoted.map(|id| (Contents::of(snapshot, id), Contents::of(snapshot, &row.id)));
    both.map(|(promoted, this)| promoted.shared(&this)).unwrap_or_default()
}

/// The same with everything that is known of the two.
pub(crate) fn differences(ctx: &Ctx<'_>, row: &LineageRow) -> Vec<Difference> {
    let snapshot = ctx.fleet.snapshot();
    let Some(promoted) = ctx.fleet.promotion().and_then(|one| one.image.as_deref()).filter(|id| *id != row.id) else {
        return Vec::new();
    };
    Contents::of(snapshot, promoted).differences(&Contents::of(snapshot, &row.id))
}

/// Its name; its state where it is not simply there.
fn name(ctx: &Ctx<'_>, row: &LineageRow) -> Cell {
    match ctx.fleet.image(row) {
        Some(image) if image.state == "available" => Cell::text(image.name.clone(), Tone::Muted),
        Some(image) => Cell::text(format!("{}: {}", image.state, image.name), Tone::Info),
        None => Cell::unknown(),
    }
}
