//! The page of an execution: how it stands, what still holds it, its steps; and the executions on a thing.

use jiff::{SignedDuration, Timestamp};

use super::{Detail, moment, rotation};
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{automation, subject_name, target_cells, task_name_cells};
use crate::fleet::execution::{Details, Execution, ExecutionStatus, Step, Values, Waits};
use crate::fleet::finding::Subject;
use crate::fleet::hold::{self, Hold, Holder};
use crate::fleet::view::ExecutionRow;

/// Executions that the page of a thing lists.
const RECENT: usize = 5;

/// Steps whose inputs and outputs are shown.
const CLOSELY: usize = 40;

/// Characters of a long value that are shown while it is folded.
const FOLDED: usize = 120;
/// Folding has to spare so many.
const SPARED: usize = 40;

pub(super) fn page(ctx: &Ctx<'_>, id: &str) -> Option<Detail> {
    let row = ctx.fleet.execution_row(id)?;
    let one = ctx.fleet.execution(row)?;
    let mut page = Detail::new("execution", title(ctx, row, one), id);
    // What the findings about it say, the page itself says at its head.
    page.severity = ctx.severity(&row.findings);
    failure(&mut page, one);
    standing(&mut page, ctx, one);
    about(&mut page, ctx, row, one);
    rotation::of(&mut page, ctx, one);
    holds(&mut page, ctx, row, one);
    targets(&mut page, ctx, row, one);
    match &one.details {
        Some(details) => {
            steps(&mut page, ctx, details);
            values(&mut page, ctx, "Parameters", &details.parameters);
            values(&mut page, ctx, "Outputs", &one.outputs);
            closely(&mut page, ctx, one, details);
        }
        None => {
            values(&mut page, ctx, "Outputs", &one.outputs);
            page.heading("Steps");
            page.words("They have not been read yet.", Tone::Muted);
        }
    }
    Some(page)
}

/// What it does to what.
fn title(ctx: &Ctx<'_>, row: &ExecutionRow, one: &Execution) -> String {
    let what = automation::what(ctx, one);
    match row.subjects.as_slice() {
        [] => what,
        [subject] => format!("{what} · {}", subject_name(subject)),
        several => format!("{what} · {} targets", several.len()),
    }
}

/// Why it failed stands before everything else.
fn failure(page: &mut Detail, one: &Execution) {
    if !one.status.is_bad() {
        return;
    }
    if one.refused_by_freeze() {
        page.heading("Refused");
        return page.words("The fleet was frozen: it has done nothing.", Tone::Muted);
    }
    let step = one.failed_step();
    page.heading(step.map_or_else(|| "Failed".to_owned(), |step| format!("Failed in step {}", step.name)));
    let said = step.and_then(|step| step.failure.as_ref());
    if let Some(said) = said {
        page.words(said.clone(), Tone::Warning);
    }
    if let Some(failure) = one.failure.as_ref().filter(|failure| said != Some(failure)) {
        page.words(failure.clone(), if said.is_some() { Tone::Muted } else { Tone::Warning });
    }
}

fn standing(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution) {
    page.heading("Execution");
    page.field("status", automation::status(one));
    match one.waits_for() {
        Some(Waits::Approval) => page.words("It goes on when somebody approves it.", Tone::Warning),
        Some(Waits::Resume) => page.words("It goes on when somebody resumes it.", Tone::Warning),
        None => {}
    }
    page.field("by", automation::by(one));
    if let Some(reason) = one.reason() {
        page.field("why", Cell::text(reason, Tone::Plain));
    }
    if let Some(at) = one.started_at {
        page.field("started", Cell::text(moment(at), Tone::Muted));
    }
    page.field(if one.status.is_over() { "took" } else { "so far" }, automation::took(ctx, one));
    let version = one.version.as_ref().map_or_else(String::new, |version| format!(" version {version}"));
    page.field("document", Cell::text(format!("{}{version}", one.document), Tone::Plain));
    if one.mode.as_deref() == Some("Interactive") {
        page.field("mode", Cell::text("step by step", Tone::Info));
    }
    if let Some(caller) = &one.started_by {
        page.field("caller", Cell::text(caller.clone(), Tone::Muted));
    }
    page.field("id", Cell::text(one.id.clone(), Tone::Muted));
}

/// What it is about, and who started it.
fn about(page: &mut Detail, ctx: &Ctx<'_>, row: &ExecutionRow, one: &Execution) {
    if row.subjects.is_empty() && one.parent.is_none() {
        return;
    }
    page.heading("About");
    for subject in &row.subjects {
        page.link(kind(subject), Cell::text(subject_name(subject), Tone::Plain), Some(Place::Thing(subject.clone())));
    }
    if let Some(parent) = &one.parent {
        let held = ctx.fleet.execution_row(parent).and_then(|row| ctx.fleet.execution(row));
        let name = held.map_or_else(|| parent.clone(), |held| automation::what(ctx, held));
        page.link("started by", Cell::text(name, Tone::Plain), Some(thing(parent)));
    }
}

/// What kind of thing it is.
pub(super) fn kind(subject: &Subject) -> &'static str {
    match subject {
        Subject::Instance(_) => "instance",
        Subject::Group(_) => "group",
        Subject::Service(_) => "service",
        Subject::Task(_) => "task",
        Subject::Alarm(_) => "alarm",
        Subject::Image(_) => "AMI",
        Subject::Execution(_) => "execution",
        Subject::Refresh(_) => "rollout",
        Subject::TargetGroup(_) => "target group",
        Subject::Target { .. } => "target",
        Subject::LogGroup(_) => "log group",
        Subject::Fleet => "fleet",
    }
}

fn thing(id: &str) -> Place {
    Place::Thing(Subject::Execution(id.to_owned()))
}

/// What still holds the instance that it empties, as long as it does.
fn holds(page: &mut Detail, ctx: &Ctx<'_>, row: &ExecutionRow, one: &Execution) {
    let drains = ctx.names.action(&one.document).is_some_and(crate::actions::catalogue::Action::drains);
    let [Subject::Instance(key)] = row.subjects.as_slice() else { return };
    if !drains || one.status.is_over() || !row.children.is_empty() {
        return;
    }
    let Some(hold) = hold::of(ctx.fleet, key, one.started_at, ctx.now) else { return };
    page.heading(format!("Still on {}", subject_name(&Subject::Instance(key.clone()))));
    page.words(summary(&hold), if hold.tasks.is_empty() { Tone::Muted } else { Tone::Busy });
    for held in &hold.tasks {
        let Some(task) = ctx.fleet.task(held.task) else { continue };
        let tone = match held.holder {
            Holder::Alone => Tone::Warning,
            Holder::Kept => Tone::Plain,
            Holder::Daemon | Holder::Stopping => Tone::Muted,
        };
        let since = held.since.map_or_else(Cell::blank, |at| age(ctx, at));
        let mut cells = task_name_cells(task);
        cells.extend([since, Cell::text(held.why.clone(), tone)]);
        page.row(cells, Some(Place::Thing(Subject::Task(task.arn.clone()))));
    }
    let groups = &ctx.fleet.snapshot().targets.rows;
    for (group, target) in &hold.targets {
        let Some(group) = groups.get(*group) else { continue };
        let Some(target) = group.targets.rows.get(*target) else { continue };
        let subject = Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port };
        page.row(target_cells(group, target), Some(Place::Thing(subject)));
    }
}

fn summary(hold: &Hold) -> String {
    let plural = |count: usize, noun: &str| format!("{count} {noun}{}", if count == 1 { "" } else { "s" });
    let bound = if hold.whole { "" } else { "at least " };
    let mut said = match (hold.tasks.len(), hold.targets.len()) {
        (0, 0) if hold.whole => "Nothing holds it any more".to_owned(),
        (0, 0) => "What holds it is not completely known".to_owned(),
        (tasks, 0) => format!("{bound}{}", plural(tasks, "task")),
        (tasks, targets) => format!("{bound}{} and {}", plural(tasks, "task"), plural(targets, "draining target")),
    };
    if hold.left > 0 {
        said = format!("{said}; {} left", plural(hold.left, "task"));
    }
    match hold.about {
        Some(about) => format!("{said}; about {} more", minutes(about)),
        None if hold.tasks.iter().any(|held| held.holder == Holder::Alone) => {
            format!("{said}. What no service keeps will not leave by itself.")
        }
        None => said,
    }
}

/// An estimate is worth minutes, not seconds.
fn minutes(about: SignedDuration) -> String {
    match (about.as_secs() + 30) / 60 {
        0 => "a minute".to_owned(),
        minutes if minutes >= 120 => format!("{} h", (minutes + 30) / 60),
        minutes => format!("{minutes} m"),
    }
}

fn age(ctx: &Ctx<'_>, at: Timestamp) -> Cell {
    Cell::age(ctx.now.duration_since(at).max(SignedDuration::ZERO), Tone::Muted)
}

/// Rate control: how many are done, and each execution that was started for one.
fn targets(page: &mut Detail, ctx: &Ctx<'_>, row: &ExecutionRow, one: &Execution) {
    let progress = one.details.as_ref().and_then(|details| details.progress);
    if progress.is_none() && row.children.is_empty() {
        return;
    }
    page.heading(if progress.is_some() { "Targets" } else { "Started by it" });
    if let Some(progress) = progress {
        let mut said = vec![format!("{} of {} done", progress.success, progress.total)];
        let others = [(progress.failed, "failed"), (progress.cancelled, "stopped"), (progress.timed_out, "timed out")];
        said.extend(others.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")));
        let bad = progress.failed + progress.timed_out > 0;
        page.words(said.join(", "), if bad { Tone::Warning } else { Tone::Plain });
    }
    let rows = &ctx.fleet.snapshot().executions.rows;
    for child in row.children.iter().filter_map(|at| rows.get(*at)) {
        let subjects = child.subjects();
        let name = child.target.clone().or_else(|| subjects.first().map(subject_name));
        let mut cells = automation::execution_cells(ctx, child);
        if let (Some(name), Some(first)) = (name, cells.first_mut()) {
            *first = Cell::text(name, Tone::Plain);
        }
        page.row(cells, Some(thing(&child.id)));
    }
}

fn steps(page: &mut Detail, ctx: &Ctx<'_>, details: &Details) {
    if details.steps.is_empty() {
        return;
    }
    page.heading("Steps");
    for step in &details.steps {
        page.row(step_cells(ctx, step), None);
    }
    if details.steps_cut {
        page.words("There are more steps than were read.", Tone::Muted);
    }
}

fn step_cells(ctx: &Ctx<'_>, step: &Step) -> Vec<Cell> {
    let name = if step.parent.is_some() { format!("  {}", step.name) } else { step.name.clone() };
    let plain = if step.status == ExecutionStatus::Pending { Tone::Muted } else { Tone::Plain };
    let status = match &step.status {
        ExecutionStatus::Waiting => Cell::text("waiting", Tone::Warning),
        ExecutionStatus::Pending => Cell::blank(),
        status => automation::status_cell(status),
    };
    let took = step.started_at.map_or_else(Cell::blank, |from| {
        let to = step.ended_at.unwrap_or(ctx.now);
        Cell::age(to.duration_since(from).max(SignedDuration::ZERO), Tone::Muted)
    });
    let said = match (&step.failure, step.started_at.is_some()) {
        (Some(failure), _) => Cell::text(failure.clone(), Tone::Warning),
        (None, _) => Cell::text(step.action.trim_start_matches("aws:").to_owned(), Tone::Muted),
    };
    vec![Cell::text(name, plain), status, took, said]
}

fn values(page: &mut Detail, ctx: &Ctx<'_>, title: &str, values: &Values) {
    if values.is_empty() {
        return;
    }
    page.heading(title);
    for (name, values) in values {
        page.row(vec![Cell::text(name.clone(), Tone::Muted), text(ctx, values.join(", "))], None);
    }
}

/// Inputs and outputs of steps: of the one that failed, then of the others, the latest first.
fn closely(page: &mut Detail, ctx: &Ctx<'_>, one: &Execution, details: &Details) {
    let failed = one.failed_step().map(|step| step.id.as_str());
    let mut begun: Vec<&Step> = details.steps.iter().filter(|step| step.started_at.is_some()).collect();
    begun.reverse();
    begun.sort_by_key(|step| failed != Some(step.id.as_str()));
    for step in begun.into_iter().take(CLOSELY) {
        if step.inputs.is_empty() && step.outputs.is_empty() {
            continue;
        }
        page.heading(format!("Step {}", step.name));
        let inputs = step.inputs.iter().map(|(name, value)| ("in", name, value.clone()));
        let outputs = step.outputs.iter().map(|(name, values)| ("out", name, values.join(", ")));
        for (way, name, value) in inputs.chain(outputs) {
            page.row(vec![Cell::text(way, Tone::Muted), Cell::text(name.clone(), Tone::Muted), text(ctx, value)], None);
        }
    }
}

/// A value: whole on a page that is unfolded, else its beginning.
fn text(ctx: &Ctx<'_>, value: String) -> Cell {
    if value.is_empty() {
        return Cell::new(Value::Unknown, Tone::Muted);
    }
    let length = value.chars().count();
    if ctx.unfolded || length <= FOLDED + SPARED {
        return Cell::text(value, Tone::Plain);
    }
    let beginning: String = value.chars().take(FOLDED).collect();
    Cell::text(format!("{beginning}… {} more characters", length - FOLDED), Tone::Plain)
}

/// Lists the executions on a thing, those under way first, each leading to its page. Without any, nothing.
pub(super) fn on(page: &mut Detail, ctx: &Ctx<'_>, subject: &Subject) {
    let rows = ctx.fleet.view().executions.iter().filter(|row| row.subjects.contains(subject));
    let found: Vec<&Execution> = rows.filter_map(|row| ctx.fleet.execution(row)).take(RECENT).collect();
    if found.is_empty() {
        return;
    }
    page.heading("Automation");
    for one in found {
        page.row(automation::execution_cells(ctx, one), Some(thing(&one.id)));
    }
}
