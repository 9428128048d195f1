//! The page of an AMI: what it is to the fleet, how it was tested, what is inside, and what runs it.

use super::{Detail, execution, moment};
use crate::app::cell::{Cell, Tone};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{images, instances};
use crate::fleet::contents::Contents;
use crate::fleet::finding::Subject;
use crate::fleet::view::{Known, LineageRow};

pub(super) fn page(ctx: &Ctx<'_>, id: &str) -> Option<Detail> {
    let row = ctx.fleet.view().lineage.iter().find(|row| row.id == id)?;
    let mut page = Detail::new("AMI", id, id);
    built(&mut page, ctx, row);
    promotion(&mut page, ctx, row);
    inside(&mut page, ctx, row);
    execution::on(&mut page, ctx, &Subject::Image(id.to_owned()));
    instances(&mut page, ctx, row);
    Some(page)
}

fn built(page: &mut Detail, ctx: &Ctx<'_>, row: &LineageRow) {
    page.heading("Build");
    if let Some(image) = ctx.fleet.image(row) {
        page.field("name", Cell::text(image.name.clone(), Tone::Plain));
        let tone = if image.state == "available" { Tone::Muted } else { Tone::Info };
        page.field("state", Cell::text(image.state.clone(), tone));
        if let Some(at) = image.created_at {
            page.field("built", Cell::text(moment(at), Tone::Muted));
        }
        page.field("ago", images::age(ctx, row));
        page.field("owner", Cell::text(image.owner.clone(), Tone::Muted));
    } else {
        page.words("Nothing is known of it but its id: it may be deregistered.", Tone::Muted);
    }
    let Some(build) = ctx.fleet.build(row) else {
        if ctx.fleet.snapshot().builds_whole() {
            page.words("It was not baked for this fleet.", Tone::Muted);
        }
        return;
    };
    page.field("test", images::test(ctx, row));
    if let Some(bake) = &build.bake {
        let link = row.bake.map(|_| Place::Thing(Subject::Execution(bake.clone())));
        page.link("baked by", Cell::text(bake.clone(), Tone::Muted), link);
    }
}

/// Who promoted it, when and why; and the versions that start from it.
fn promotion(page: &mut Detail, ctx: &Ctx<'_>, row: &LineageRow) {
    let held = ctx.fleet.promotion().filter(|_| row.promoted);
    if held.is_none() && row.versions.is_empty() {
        return;
    }
    page.heading("Promotion");
    if row.promoted {
        page.field("is", images::standing(ctx, row));
    }
    if let Some(one) = held {
        if let Some(at) = one.at {
            page.field("since", Cell::text(moment(at), Tone::Muted));
        }
        if let Some(by) = &one.by {
            page.field("by", Cell::text(by.clone(), Tone::Plain));
        }
        if let Some(why) = &one.why {
            page.field("why", Cell::text(why.clone(), Tone::Plain));
        }
        if let Some(previous) = one.previous {
            page.field("goes back to", Cell::text(format!("version {previous}"), Tone::Plain));
        }
    }
    for version in ctx.fleet.versions(row) {
        let at = version.created_at.map_or_else(Cell::unknown, |at| Cell::text(moment(at), Tone::Muted));
        let said = version.description.clone().map_or_else(Cell::blank, |text| Cell::text(text, Tone::Plain));
        page.row(vec![Cell::text(format!("version {}", version.number), Tone::Plain), at, said], None);
    }
}

/// What is inside, and what of that the promoted one has not.
fn inside(page: &mut Detail, ctx: &Ctx<'_>, row: &LineageRow) {
    let contents = Contents::of(ctx.fleet.snapshot(), &row.id);
    page.heading("Inside");
    if contents == Contents::default() {
        page.words("Nothing is known of what is inside.", Tone::Muted);
    }
    if let Some(source) = &contents.source {
        let listed = ctx.fleet.view().lineage.iter().any(|other| other.id == *source);
        let link = listed.then(|| Place::Thing(Subject::Image(source.clone())));
        page.link("made from", Cell::text(source.clone(), Tone::Plain), link);
    }
    if let Some(kernel) = &contents.kernel {
        page.field("kernel", Cell::text(kernel.clone(), Tone::Plain));
    }
    if !contents.agents.is_empty() {
        page.field("ECS agent", Cell::text(contents.agents.join(", "), Tone::Plain));
    }
    beside(page, ctx, row);
}

/// What differs from the promoted one.
pub(super) fn beside(page: &mut Detail, ctx: &Ctx<'_>, row: &LineageRow) {
    let differing = images::differences(ctx, row);
    let Some(promoted) = ctx.fleet.promotion().and_then(|one| one.image.clone()).filter(|id| *id != row.id) else {
        return;
    };
    page.heading("Beside the promoted one");
    page.link("promoted", Cell::text(promoted.clone(), Tone::Plain), Some(Place::Thing(Subject::Image(promoted))));
    for one in &differing {
        let side = |side: &String| Cell::text(side.clone(), Tone::Plain);
        let arrow = Cell::text("→", Tone::Muted);
        page.row(vec![Cell::text(one.what, Tone::Muted), side(&one.from), arrow, side(&one.to)], None);
    }
    if differing.is_empty() {
        page.words("Nothing is known to differ inside.", Tone::Muted);
    }
}

fn instances(page: &mut Detail, ctx: &Ctx<'_>, row: &LineageRow) {
    let rows = ctx.fleet.view().instances.iter().filter(|one| one.image.id.as_deref() == Some(&row.id));
    page.heading("Instances");
    page.field("run it", Cell::count(row.instances, Tone::Plain));
    if row.instances == Known::Exactly(0) {
        return;
    }
    for one in rows {
        let name = Cell::text(instances::short_key(&one.key), Tone::Plain);
        let cells = vec![name, instances::age(ctx, one), instances::agent(ctx, one), instances::status(ctx, one)];
        page.row(cells, Some(Place::Thing(Subject::Instance(one.key.clone()))));
    }
}
