//! AMIs: those that were built, the one that instances start from, and how many instances run each.

use super::instances::short_key;
use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::finding::{Severity, Subject};
use crate::fleet::image::Image;
use crate::fleet::view::Known;

/// The list of AMIs.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "AMIs",
    severities,
    len: |ctx| ctx.fleet.snapshot().images.rows.images.len(),
    key: |ctx, n| image(ctx, n).map(|one| one.id.clone()).unwrap_or_default(),
    place: |ctx, n| image(ctx, n).map(|one| Place::Thing(Subject::Image(one.id.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| image(ctx, n).map(|one| one.id.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 4] = [
    Column::new("id", "AMI", (21, 21), 0, |ctx, n| of(ctx, n, |_, one| Cell::text(short_key(&one.id), Tone::Plain))),
    Column::new("age", "BUILT", (7, 7), 0, |ctx, n| of(ctx, n, age)).right(),
    Column::new("instances", "RUN", (5, 5), 0, |ctx, n| of(ctx, n, instances)).right(),
    Column::new("name", "NAME", (20, u16::MAX), 1, |ctx, n| {
        of(ctx, n, |_, one| Cell::text(one.name.clone(), Tone::Muted))
    })
    .sorted(|ctx, n| image(ctx, n).map_or(SortKey::Missing, |one| SortKey::Text(one.name.clone()))),
];

fn image<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a Image> {
    ctx.fleet.snapshot().images.rows.images.get(n)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &Image) -> Cell) -> Cell {
    image(ctx, n).map_or_else(Cell::unknown, |one| cell(ctx, one))
}

fn severities(ctx: &Ctx<'_>) -> Vec<Option<Severity>> {
    ctx.fleet.snapshot().images.rows.images.iter().map(|_| None).collect()
}

fn age(ctx: &Ctx<'_>, one: &Image) -> Cell {
    let Some(at) = one.created_at else { return Cell::unknown() };
    Cell::age(ctx.now.duration_since(at).max(jiff::SignedDuration::ZERO), Tone::Plain)
}

fn instances(ctx: &Ctx<'_>, one: &Image) -> Cell {
    let rows = ctx.fleet.view().instances.iter();
    let count = rows.filter(|row| row.image.id.as_deref() == Some(&one.id)).count();
    Cell::count(Known::Exactly(u32::try_from(count).unwrap_or(u32::MAX)), Tone::Plain)
}
