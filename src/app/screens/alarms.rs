//! Alarms, and whether anybody would hear of them.

use jiff::SignedDuration;

use crate::app::cell::{Cell, SortKey, Tone, Value};
use crate::app::listing::{Column, Ctx, Listing};
use crate::app::place::Place;
use crate::fleet::alarm::{Alarm, AlarmKind, AlarmState};
use crate::fleet::finding::{Rule, Subject};
use crate::fleet::view::AlarmRow;

/// The list of alarms.
pub(super) static LISTING: Listing = Listing {
    columns: &COLUMNS,
    noun: "alarms",
    severities: |ctx| ctx.fleet.view().alarms.iter().map(|row| ctx.severity(&row.findings)).collect(),
    len: |ctx| ctx.fleet.view().alarms.len(),
    key: |ctx, n| alarm(ctx, n).map(|alarm| alarm.name.clone()).unwrap_or_default(),
    place: |ctx, n| alarm(ctx, n).map(|alarm| Place::Thing(Subject::Alarm(alarm.name.clone()))),
    extra: |_, _| false,
    copy: |ctx, n| alarm(ctx, n).map(|alarm| alarm.name.clone()).unwrap_or_default(),
};

static COLUMNS: [Column; 6] = [
    Column::new("name", "ALARM", (28, 48), 0, |ctx, n| of(ctx, n, |_, _, a| Cell::text(a.name.clone(), Tone::Plain))),
    Column::new("state", "STATE", (9, 12), 0, |ctx, n| of(ctx, n, state)),
    Column::new("since", "FOR", (7, 7), 1, |ctx, n| of(ctx, n, since)).right(),
    Column::new("tells", "TELLS", (17, 24), 2, |ctx, n| of(ctx, n, action_cell)),
    Column::new("metric", "METRIC", (18, 34), 3, |ctx, n| of(ctx, n, |_, _, alarm| metric(alarm))),
    Column::new("why", "WHY", (20, u16::MAX), 1, |ctx, n| of(ctx, n, why))
        .sorted(|ctx, n| SortKey::of(of(ctx, n, why))),
];

fn row<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a AlarmRow> {
    ctx.fleet.view().alarms.get(n)
}

fn alarm<'a>(ctx: &Ctx<'a>, n: usize) -> Option<&'a Alarm> {
    ctx.fleet.snapshot().alarms.rows.get(row(ctx, n)?.alarm)
}

fn of(ctx: &Ctx<'_>, n: usize, cell: fn(&Ctx<'_>, &AlarmRow, &Alarm) -> Cell) -> Cell {
    match (row(ctx, n), alarm(ctx, n)) {
        (Some(row), Some(alarm)) => cell(ctx, row, alarm),
        _ => Cell::unknown(),
    }
}

fn state(ctx: &Ctx<'_>, row: &AlarmRow, alarm: &Alarm) -> Cell {
    let cell = state_cell(alarm);
    if cell.value == Value::Blank {
        return cell;
    }
    let tone = ctx.tone(&row.findings, &[Rule::AlarmFiring, Rule::AlarmNoData, Rule::AlarmSilenced], cell.tone);
    Cell { tone, ..cell }
}

/// The state of an alarm; blank when it is OK.
pub(crate) fn state_cell(alarm: &Alarm) -> Cell {
    match &alarm.state {
        AlarmState::Ok => Cell::blank(),
        AlarmState::Alarm => Cell::text("firing", Tone::Critical),
        AlarmState::InsufficientData => Cell::text("no data", Tone::Muted),
        AlarmState::Other(word) => Cell::text(word.clone(), Tone::Busy),
    }
}

fn since(ctx: &Ctx<'_>, _: &AlarmRow, alarm: &Alarm) -> Cell {
    let Some(at) = alarm.since else { return Cell::unknown() };
    let age = ctx.now.duration_since(at).max(SignedDuration::ZERO);
    Cell::age(age, Tone::Muted)
}

/// Who would be told; blank for an alarm that tells somebody as it should.
pub(crate) fn action_cell(ctx: &Ctx<'_>, row: &AlarmRow, alarm: &Alarm) -> Cell {
    let tone = |rule, otherwise| ctx.tone(&row.findings, &[rule], otherwise);
    if let Some(until) = row.silenced_until {
        // A time of day says nothing of a day that is not today or tomorrow.
        let far = until.duration_since(ctx.now) > SignedDuration::from_hours(20);
        let until = until.strftime(if far { "silenced to %-d %b" } else { "silenced to %H:%M" }).to_string();
        return Cell::text(until, tone(Rule::AlarmSilenced, Tone::Info));
    }
    if row.mute.is_some() {
        return Cell::text("silenced", tone(Rule::AlarmSilenced, Tone::Info));
    }
    if alarm.alarm_actions.is_empty() {
        return Cell::text("nobody", tone(Rule::AlarmWithoutAction, Tone::Muted));
    }
    if !alarm.actions_enabled {
        return Cell::text("actions off", tone(Rule::AlarmActionsDisabled, Tone::Warning));
    }
    if ctx.fleet.snapshot().mutes.known() { Cell::blank() } else { Cell::unknown() }
}

fn metric(alarm: &Alarm) -> Cell {
    let text = match &alarm.kind {
        AlarmKind::Metric(metric) => metric.metric.clone().unwrap_or_else(|| "metric maths".to_owned()),
        AlarmKind::Composite(_) => "composite".to_owned(),
        AlarmKind::Other(word) => word.clone(),
    };
    Cell::text(text, Tone::Muted)
}

/// Why it is in its state, and before that who silenced it and why.
fn why(ctx: &Ctx<'_>, row: &AlarmRow, alarm: &Alarm) -> Cell {
    let reason = alarm.state_reason.clone().filter(|_| alarm.state != AlarmState::Ok);
    let mute = row.mute.and_then(|at| ctx.fleet.snapshot().mutes.rows.get(at));
    let silence = mute.map(|mute| match mute.said() {
        (Some(by), Some(why)) => format!("{by}: {why}"),
        (_, Some(why)) => why.to_owned(),
        (_, None) => format!("rule {}", mute.name),
    });
    match (silence, reason) {
        (Some(silence), Some(reason)) => Cell::text(format!("{silence} · {reason}"), Tone::Muted),
        (Some(text), None) | (None, Some(text)) => Cell::text(text, Tone::Muted),
        // Who might have silenced it is not known before all rules are.
        (None, None) if !ctx.fleet.snapshot().mutes.complete() => Cell::unknown(),
        (None, None) => Cell::blank(),
    }
}
