//! Executions of runbooks: under way first, then the newest, whoever started them.

use jiff::SignedDuration;

use super::subject_name;
use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::execution::{Execution, ExecutionStatus, Waits};
use crate::fleet::finding::{Severity, Subject};
use crate::fleet::view::ExecutionRow;

/// The list of executions.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "executions",
    severities,
    len: |ctx| ctx.fleet.view().executions.len(),
    key: |ctx, n| execution(ctx, n).map(|one| one.id.clone()).unwrap_or_default(),
    place: |ctx, n| execution(ctx, n).map(|one| Place::Thing(Subject::Execution(one.id.clone()))),
    // Its parent's page lists it.
    extra: |ctx, n| row(ctx, n).is_some_and(|row| row.nested),
    copy: |ctx, n| execution(ctx, n).map(|one| one.id.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 9] = [
    Column::new("what", "WHAT", (13, 26), 0, |ctx, n| {
        of(ctx, n, |ctx, _, one| Cell::text(what(ctx, one), Tone::Plain))
    })
    .found_by(|ctx, n| execution(ctx, n).map(|one| format!("{} {}", what(ctx, one), one.document)).unwrap_or_default()),
    Column::new("status", "STATUS", (10, 12), 0, |ctx, n| of(ctx, n, |_, _, one| status(one))),
    Column::new("target", "TARGET", (22, 30), 0, |ctx, n| of(ctx, n, |_, row, one| target(row, one))).found_by(targets),
    Column::new("step", "STEP", (15, 26), 2, |ctx, n| of(ctx, n, |_, _, one| step(one))),
    Column::new("started", "AGO", (7, 7), 1, |ctx, n| of(ctx, n, |ctx, _, one| started(ctx, one))).right(),
    Column::new("took", "TOOK", (7, 7), 3, |ctx, n| of(ctx, n, |ctx, _, one| took(ctx, one))).right(),
    Column::new("by", "BY", (8, 16), 4, |ctx, n| of(ctx, n, |_, _, one| by(one))),
    Column::new("id", "ID", (8, 8), 6, |ctx, n| of(ctx, n, |_, _, one| short_id(one)))
        .found_by(|ctx, n| execution(ctx, n).map(|one| one.id.clone()).unwrap_or_default()),
    Column::new("why", "WHY", (20, u16::MAX), 5, |ctx, n| of(ctx, n, |_, _, one| why(one)))
        .sorted(|ctx, n| SortKey::of(of(ctx, n, |_, _, one| why(one)))),
];

fn row<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a ExecutionRow> {
    ctx.fleet.view().executions.get(n)
}

fn execution<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a Execution> {
    ctx.fleet.execution(row(ctx, n)?)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &ExecutionRow, &Execution) -> Cell) -> Cell {
    match (row(ctx, n), execution(ctx, n)) {
        (Some(row), Some(one)) => cell(ctx, row, one),
        _ => Cell::unknown(),
    }
}

fn severities(ctx: &Ctx<'_>) -> Vec<Option<Severity>> {
    ctx.fleet.view().executions.iter().map(|row| ctx.severity(&row.findings)).collect()
}

/// The action that its document does, else the document.
pub(crate) fn what(ctx: &Ctx<'_>, one: &Execution) -> String {
    ctx.names.action(&one.document).map_or_else(|| one.document.clone(), |action| action.title().to_owned())
}

/// How it stands; muted once it is over and well.
pub(crate) fn status(one: &Execution) -> Cell {
    match one.waits_for() {
        Some(Waits::Approval) => return Cell::text("to approve", Tone::Warning),
        Some(Waits::Resume) => return Cell::text("paused", Tone::Warning),
        None if one.refused_by_freeze() => return Cell::text("frozen", Tone::Muted),
        None => {}
    }
    status_cell(&one.status)
}

/// The word of a status, of an execution or of a step.
pub(crate) fn status_cell(status: &ExecutionStatus) -> Cell {
    use ExecutionStatus as S;
    let word = match status {
        S::InProgress | S::RunbookInProgress => "running",
        S::Success | S::CompletedWithSuccess => "done",
        S::CompletedWithFailure => "failed",
        S::TimedOut => "timed out",
        S::Cancelling => "stopping",
        S::Cancelled => "stopped",
        S::PendingApproval => "to approve",
        S::PendingChangeCalendarOverride => "to override",
        other => return Cell::text(spaced(other.as_str()), tone(status)),
    };
    Cell::text(word, tone(status))
}

fn tone(status: &ExecutionStatus) -> Tone {
    match status {
        status if status.is_bad() => Tone::Warning,
        status if status.is_over() => Tone::Muted,
        ExecutionStatus::Pending | ExecutionStatus::Scheduled => Tone::Muted,
        _ => Tone::Busy,
    }
}

/// `ChangeCalendarOverrideRejected` as `change calendar override rejected`.
fn spaced(word: &str) -> String {
    let mut out = String::new();
    for c in word.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// What it is about: the first thing and how many more. A dash while that is not known.
fn target(row: &ExecutionRow, one: &Execution) -> Cell {
    let details = one.details.as_ref();
    let more = |count: usize| if count > 1 { format!(" +{}", count - 1) } else { String::new() };
    match (row.subjects.first(), details) {
        (Some(first), _) => Cell::text(format!("{}{}", subject_name(first), more(row.subjects.len())), Tone::Plain),
        (None, None) => {
            one.target.as_ref().map_or_else(Cell::unknown, |target| Cell::text(target.clone(), Tone::Plain))
        }
        (None, Some(details)) => match details.targets.first() {
            Some(first) => Cell::text(format!("{first}{}", more(details.targets.len())), Tone::Plain),
            None => Cell::blank(),
        },
    }
}

/// Every name of what it is about.
fn targets(ctx: &Ctx<'_>, n: usize) -> String {
    let (Some(row), Some(one)) = (row(ctx, n), execution(ctx, n)) else { return String::new() };
    let names = row.subjects.iter().map(subject_name);
    let plain = one.details.iter().flat_map(|details| details.targets.iter().cloned()).chain(one.target.clone());
    names.chain(plain).collect::<Vec<_>>().join(" ")
}

/// The step that is under way with its number, or the one that failed; of rate control how many targets are done.
fn step(one: &Execution) -> Cell {
    if let Some(progress) = one.details.as_ref().and_then(|details| details.progress) {
        let ended = progress.success + progress.failed + progress.cancelled + progress.timed_out;
        return Cell::text(format!("{ended}/{} targets", progress.total), Tone::Plain);
    }
    if one.status.is_over() {
        let failed = one.failed_step().map(|step| Cell::text(step.name.clone(), Tone::Warning));
        return failed.unwrap_or_else(Cell::blank);
    }
    match (one.position(), &one.current_step) {
        (Some(position), _) => {
            let of = position.of.map_or_else(String::new, |of| format!("/{of}"));
            Cell::text(format!("{}{of} {}", position.number, position.step.name), Tone::Plain)
        }
        (None, Some(step)) => Cell::text(step.clone(), Tone::Plain),
        (None, None) => Cell::unknown(),
    }
}

/// How long ago it was started.
pub(crate) fn started(ctx: &Ctx<'_>, one: &Execution) -> Cell {
    let Some(at) = one.started_at else { return Cell::unknown() };
    Cell::age(ctx.now.duration_since(at).max(SignedDuration::ZERO), Tone::Muted)
}

/// How long it took, or has taken so far.
pub(crate) fn took(ctx: &Ctx<'_>, one: &Execution) -> Cell {
    let (Some(from), to) = (one.started_at, one.ended_at) else { return Cell::unknown() };
    let to = match (to, one.status.is_over()) {
        (Some(at), _) => at,
        (None, false) => ctx.now,
        (None, true) => return Cell::unknown(),
    };
    let tone = if one.status.is_over() { Tone::Muted } else { Tone::Plain };
    Cell::age(to.duration_since(from).max(SignedDuration::ZERO), tone)
}

/// Who asked for it.
pub(crate) fn by(one: &Execution) -> Cell {
    one.requested_by().map_or_else(Cell::unknown, |by| Cell::text(by, Tone::Muted))
}

fn short_id(one: &Execution) -> Cell {
    Cell::text(one.id.split('-').next().unwrap_or_default(), Tone::Muted)
}

/// Why it failed, else why it was started.
pub(crate) fn why(one: &Execution) -> Cell {
    let of_step = one.failed_step().and_then(|step| step.failure.as_ref());
    let failure = of_step.or(one.failure.as_ref()).filter(|_| one.status.is_bad() && !one.refused_by_freeze());
    match (failure, one.reason()) {
        (Some(failure), _) => Cell::text(failure.clone(), Tone::Warning),
        (None, Some(reason)) => Cell::text(reason, Tone::Muted),
        (None, None) => Cell::blank(),
    }
}

/// An execution in a line of a page.
pub(crate) fn execution_cells(ctx: &Ctx<'_>, one: &Execution) -> Vec<Cell> {
    vec![Cell::text(what(ctx, one), Tone::Plain), status(one), step(one), started(ctx, one), by(one), why(one)]
}
