//! The page of an execution: how it goes, what it was told, its steps, and what still holds a drain.

use jiff::SignedDuration;

use super::{Detail, moment};
use crate::app::cell::{Cell, Tone};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{execution_status_cell, short_time, subject_name};
use crate::fleet::execution::{Details, Execution, Step};
use crate::fleet::finding::{Severity, Subject};
use crate::fleet::hold::{Hold, holds};

pub(super) fn page(ctx: &Ctx<'_>, id: &str) -> Option<Detail> {
    let executions = &ctx.fleet.snapshot().executions.rows;
    let one = executions.iter().find(|one| one.id == id)?;
    let mut page = Detail::new("execution", one.document.clone(), one.id.clone());
    page.severity = one.status.is_bad().then_some(Severity::Warning);
    state(&mut page, ctx, one);
    for subject in one.subjects() {
        page.link("target", Cell::text(subject_name(&subject), Tone::Strong), Some(Place::Thing(subject)));
    }
    held(&mut page, ctx, one);
    let children: Vec<&Execution> = executions.iter().filter(|child| child.parent.as_deref() == Some(id)).collect();
    runs(&mut page, &children);
    match &one.details {
        None => page.words("Its steps and parameters are not read yet.", Tone::Muted),
        Some(details) => {
            steps(&mut page, ctx, details);
            told(&mut page, details);
        }
    }
    came_out(&mut page, one);
    Some(page)
}

fn state(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution) {
    page.heading("Execution");
    page.field("status", execution_status_cell(&one.status));
    if let Some(failure) = &one.failure {
        page.words(failure.clone(), Tone::Warning);
    }
    page.field("asked by", Cell::maybe(one.requested_by()));
    if let Some(reason) = one.reason() {
        page.field("because", Cell::text(reason, Tone::Plain));
    }
    page.field("started", one.started_at.map_or_else(Cell::unknown, |at| Cell::text(moment(at), Tone::Plain)));
    let until = one.ended_at.unwrap_or(ctx.now);
    if let Some(at) = one.started_at {
        let time = short_time(until.duration_since(at).max(SignedDuration::ZERO));
        page.field(if one.ended_at.is_some() { "took" } else { "for" }, Cell::text(time, Tone::Plain));
    }
    let version = one.version.as_ref().map(|version| format!("{} v{version}", one.document));
    page.field("runbook", Cell::maybe(version.or_else(|| Some(one.document.clone()))));
    if let Some(by) = &one.started_by {
        page.field("started by", Cell::text(by.clone(), Tone::Muted));
    }
    if let Some(parent) = &one.parent {
        let link = Place::Thing(Subject::Execution(parent.clone()));
        page.link("part of", Cell::text(parent.clone(), Tone::Plain), Some(link));
    }
    if let Some(progress) = one.details.as_ref().and_then(|details| details.progress) {
        let text = format!(
            "{} of {} done, {} failed, {} cancelled, {} timed out",
            progress.success, progress.total, progress.failed, progress.cancelled, progress.timed_out
        );
        page.field("targets", Cell::text(text, Tone::Plain));
    }
}

/// Of an instance that is being emptied: who is still there, and why.
fn held(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution) {
    if one.status.is_over() {
        return;
    }
    for subject in one.subjects() {
        let Subject::Instance(key) = &subject else { continue };
        let Some(held) = holds(ctx.fleet, key, one.started_at, ctx.now) else { continue };
        page.heading(format!("Still on {}", subject_name(&subject)));
        if held.holds.is_empty() {
            page.words("Nothing: every task has stopped and every target has left.", Tone::Plain);
        }
        for hold in &held.holds {
            hold_row(page, hold);
        }
        if let Some(estimate) = held.estimate {
            page.words(format!("About {} to go, at the pace so far.", short_time(estimate)), Tone::Muted);
        }
    }
}

fn hold_row(page: &mut Detail, hold: &Hold) {
    let cells = vec![
        Cell::text(subject_name(&hold.subject), Tone::Plain),
        Cell::text(hold.state.clone(), Tone::Busy),
        Cell::text(hold.why.clone(), if hold.stays { Tone::Warning } else { Tone::Muted }),
    ];
    page.row(cells, Some(Place::Thing(hold.subject.clone())));
}

/// Of an execution with rate control: the run for each target.
fn runs(page: &mut Detail, children: &[&Execution]) {
    if children.is_empty() {
        return;
    }
    page.heading("Runs");
    for child in children {
        let about = child.target.clone().or_else(|| child.subjects().first().map(subject_name));
        let cells = vec![
            Cell::maybe(about),
            execution_status_cell(&child.status),
            Cell::text(child.current_step.clone().unwrap_or_default(), Tone::Muted),
        ];
        page.row(cells, Some(Place::Thing(Subject::Execution(child.id.clone()))));
    }
}

fn steps(page: &mut Detail, ctx: &Ctx<'_>, details: &Details) {
    if details.steps.is_empty() {
        return;
    }
    page.heading("Steps");
    for step in &details.steps {
        step_rows(page, ctx, step);
    }
    if details.steps_cut {
        page.words("There are more steps than AWS gives at once.", Tone::Muted);
    }
}

fn step_rows(page: &mut Detail, ctx: &Ctx<'_>, step: &Step) {
    let time = step.started_at.map(|at| {
        let until = step.ended_at.unwrap_or(ctx.now);
        short_time(until.duration_since(at).max(SignedDuration::ZERO))
    });
    let begun = step.started_at.is_some();
    let indent = if step.parent.is_some() { "  " } else { "" };
    let cells = vec![
        Cell::text(format!("{indent}{}", step.name), if begun { Tone::Plain } else { Tone::Muted }),
        if begun { execution_status_cell(&step.status) } else { Cell::text("to come", Tone::Muted) },
        Cell::text(time.unwrap_or_default(), Tone::Muted),
        Cell::text(step.action.trim_start_matches("aws:").to_owned(), Tone::Muted),
    ];
    page.row(cells, None);
    if let Some(failure) = &step.failure {
        page.words(format!("    {failure}"), Tone::Warning);
    }
    if step.status.is_bad() || (begun && !step.status.is_over()) {
        for (name, value) in &step.inputs {
            page.words(format!("    {name}: {value}"), Tone::Muted);
        }
    }
    for (name, values) in &step.outputs {
        page.words(format!("    {name} = {}", values.join(", ")), Tone::Muted);
    }
}

fn told(page: &mut Detail, details: &Details) {
    if details.parameters.is_empty() {
        return;
    }
    page.heading("Parameters");
    for (name, values) in &details.parameters {
        page.row(vec![Cell::text(name.clone(), Tone::Muted), Cell::text(values.join(", "), Tone::Plain)], None);
    }
}

fn came_out(page: &mut Detail, one: &Execution) {
    if one.outputs.is_empty() {
        return;
    }
    page.heading("Outputs");
    for (name, values) in &one.outputs {
        page.row(vec![Cell::text(name.clone(), Tone::Muted), Cell::text(values.join(", "), Tone::Plain)], None);
    }
}
