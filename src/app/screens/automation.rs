//! Executions of runbooks, whoever started them: those that go on, then the newest.

use jiff::SignedDuration;

use crate::app::cell::{Cell, SortKey, Tone};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::execution::{Execution, ExecutionStatus};
use crate::fleet::finding::{Severity, Subject};

/// The list of executions.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "executions",
    severities: |ctx| rows(ctx).iter().map(severity).collect(),
    len: |ctx| rows(ctx).len(),
    key: |ctx, n| rows(ctx).get(n).map(|one| one.id.clone()).unwrap_or_default(),
    place: |ctx, n| rows(ctx).get(n).map(|one| Place::Thing(Subject::Execution(one.id.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| rows(ctx).get(n).map(|one| one.id.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 7] = [
    Column::new("what", "RUNBOOK", (18, 28), 0, |ctx, n| {
        of(ctx, n, |_, one| Cell::text(one.document.clone(), Tone::Strong))
    }),
    Column::new("status", "STATUS", (11, 18), 0, |ctx, n| of(ctx, n, |_, one| status_cell(&one.status))),
    Column::new("target", "TARGET", (19, 30), 0, |ctx, n| of(ctx, n, |_, one| target(one))),
    Column::new("step", "STEP", (14, 24), 2, |ctx, n| of(ctx, n, |_, one| step(one))),
    Column::new("started", "AGO", (7, 7), 1, |ctx, n| of(ctx, n, started)).right().sorted(|ctx, n| {
        let started = rows(ctx).get(n).and_then(|one| one.started_at);
        SortKey::of(started.map_or_else(Cell::unknown, |at| Cell::age(ctx.now.duration_since(at), Tone::Plain)))
    }),
    Column::new("by", "BY", (10, 20), 3, |ctx, n| of(ctx, n, |_, one| Cell::maybe(one.requested_by()))),
    Column::new("why", "WHY", (14, u16::MAX), 2, |ctx, n| of(ctx, n, |_, one| why(one))),
];

fn rows<'a>(ctx: &Ctx<'a>) -> &'a [Execution] {
    &ctx.fleet.snapshot().executions.rows
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &Execution) -> Cell) -> Cell {
    rows(ctx).get(n).map_or_else(Cell::unknown, |one| cell(ctx, one))
}

fn severity(one: &Execution) -> Option<Severity> {
    match &one.status {
        status if status.is_bad() => Some(Severity::Warning),
        ExecutionStatus::PendingApproval => Some(Severity::Info),
        _ => None,
    }
}

/// How something stands, in a word for people.
pub(crate) fn status_cell(status: &ExecutionStatus) -> Cell {
    let tone = match status {
        ExecutionStatus::Success | ExecutionStatus::CompletedWithSuccess => Tone::Muted,
        ExecutionStatus::PendingApproval | ExecutionStatus::Waiting => Tone::Info,
        ExecutionStatus::Cancelled => Tone::Muted,
        status if status.is_bad() => Tone::Critical,
        _ => Tone::Busy,
    };
    Cell::text(spaced(status.as_str()), tone)
}

/// `PendingApproval` as `pending approval`.
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

/// What it is about: the parameters that name a thing of the fleet, else the one target of rate control.
fn target(one: &Execution) -> Cell {
    let about: Vec<String> = one.subjects().iter().map(super::subject_name).collect();
    match (about.as_slice(), &one.target, &one.details) {
        ([], Some(target), _) => Cell::text(target.clone(), Tone::Plain),
        ([], None, None) => Cell::unknown(),
        ([], None, Some(_)) => Cell::blank(),
        ([one], ..) => Cell::text(one.clone(), Tone::Plain),
        ([first, rest @ ..], ..) => Cell::text(format!("{first} (+{})", rest.len()), Tone::Plain),
    }
}

fn step(one: &Execution) -> Cell {
    if one.status.is_over() {
        return took(one).map_or_else(Cell::blank, |took| Cell::text(format!("took {}", short(took)), Tone::Muted));
    }
    Cell::maybe(one.current_step.clone())
}

fn took(one: &Execution) -> Option<SignedDuration> {
    Some(one.ended_at?.duration_since(one.started_at?).max(SignedDuration::ZERO))
}

/// `42 s`, `3 min`, `2 h 10 min`.
pub(crate) fn short(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ 0..=119 => format!("{seconds} s"),
        seconds @ 120..=7_199 => format!("{} min", seconds / 60),
        seconds => format!("{} h {} min", seconds / 3_600, seconds / 60 % 60),
    }
}

fn started(ctx: &Ctx<'_>, one: &Execution) -> Cell {
    let Some(at) = one.started_at else { return Cell::unknown() };
    Cell::age(ctx.now.duration_since(at).max(SignedDuration::ZERO), Tone::Muted)
}

fn why(one: &Execution) -> Cell {
    match (&one.failure, one.reason()) {
        (Some(failure), _) if one.status.is_bad() => Cell::text(failure.clone(), Tone::Warning),
        (_, Some(reason)) => Cell::text(reason, Tone::Muted),
        (_, None) => Cell::blank(),
    }
}
