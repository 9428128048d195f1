//! What the page of a bake or of a rollout's execution says beside its steps.

use super::{Detail, image, refresh};
use crate::actions::catalogue::Action;
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::images;
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::view::LineageRow;

/// The candidate of a bake, or how far a rollout is.
pub(super) fn of(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution) {
    match ctx.names.action(&one.document) {
        Some(Action::Bake) => candidate(page, ctx, one),
        Some(Action::Rollout) => rollout(page, ctx, one),
        Some(Action::Eject) => ejection(page, one),
        _ => {}
    }
}

/// That an ejection did nothing: by its status it succeeded then.
fn ejection(page: &mut Detail, one: &Execution) {
    let Some(details) = one.details.as_ref().filter(|details| !details.steps_cut) else { return };
    let own = details.steps.iter().filter(|step| step.parent.is_none() && step.started_at.is_some());
    let names: Vec<&str> = own.map(|step| step.name.as_str()).collect();
    let well = one.status.is_over() && !one.status.is_bad();
    if let (true, Some(last)) = (well && !names.contains(&"recycle"), names.last()) {
        page.heading("Ejection");
        page.words(format!("It has ejected nothing. It came to: {last}."), Tone::Plain);
    }
}

/// The AMI that a bake builds: the one that says so, or that a step gave out.
fn candidate(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution) {
    page.heading("Candidate");
    let Some(row) = built(ctx, one) else {
        let text = if one.status.is_over() { "It has left no AMI that is known of." } else { "There is none yet." };
        return page.words(text, Tone::Muted);
    };
    page.link("AMI", Cell::text(row.id.clone(), Tone::Plain), Some(Place::Thing(Subject::Image(row.id.clone()))));
    page.field("test", images::test(ctx, row));
    if row.promoted {
        page.field("is", images::standing(ctx, row));
    }
    image::beside(page, ctx, row);
}

fn built<'a>(ctx: &Ctx<'a>, one: &Execution) -> Option<&'a LineageRow> {
    let rows = &ctx.fleet.view().lineage;
    let says = |row: &&LineageRow| ctx.fleet.build(row).is_some_and(|build| build.bake.as_deref() == Some(&one.id));
    rows.iter().find(says).or_else(|| {
        let steps = one.details.iter().flat_map(|details| &details.steps);
        let given: Vec<&String> = steps
            .filter(|step| step.action == "aws:createImage")
            .flat_map(|step| step.outputs.values())
            .flatten()
            .collect();
        rows.iter().find(|row| given.contains(&&row.id))
    })
}

fn rollout(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution) {
    let executions = &ctx.fleet.snapshot().executions.rows;
    let started = ctx
        .fleet
        .view()
        .refreshes
        .iter()
        .find(|row| row.execution.and_then(|at| executions.get(at)).is_some_and(|starter| starter.id == one.id));
    let Some(held) = started.and_then(|row| ctx.fleet.refresh(row)) else { return };
    page.heading("Rollout");
    let link = Some(Place::Thing(Subject::Refresh(held.id.clone())));
    page.link("instance refresh", refresh::status(held), link);
    if let Some(percent) = held.percentage {
        page.field("replaced", Cell::new(Value::Share { used: percent.into(), total: 100 }, Tone::Plain));
    }
    if let Some(percent) = held.next_checkpoint().filter(|_| !held.status.is_over()) {
        page.field("checkpoint", Cell::text(format!("{percent} %"), Tone::Plain));
    }
}
