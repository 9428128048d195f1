//! The page of an alarm: what it watches, why it is in its state, who is told.

use super::{Detail, execution, moment};
use crate::app::cell::{Cell, Tone, Value};
use crate::app::listing::Ctx;
use crate::app::place::Place;
use crate::app::screens::{alarm_state_cell, subject_name};
use crate::fleet::alarm::{Alarm, AlarmKind, MetricAlarm};
use crate::fleet::finding::Subject;
use crate::fleet::view::AlarmRow;

pub(super) fn page(ctx: &Ctx<'_>, name: &str) -> Option<Detail> {
    let alarms = &ctx.fleet.snapshot().alarms.rows;
    let row =
        ctx.fleet.view().alarms.iter().find(|row| alarms.get(row.alarm).is_some_and(|alarm| alarm.name == name))?;
    let alarm = alarms.get(row.alarm)?;
    let mut page = Detail::new("alarm", name, alarm.arn.clone());
    page.findings(ctx, &row.findings);
    execution::on(&mut page, ctx, &Subject::Alarm(name.to_owned()));
    state(&mut page, alarm);
    told(&mut page, ctx, row, alarm);
    page.heading("Watches");
    match &alarm.kind {
        AlarmKind::Metric(metric) => watched(&mut page, metric),
        AlarmKind::Composite(rule) => page.words(rule.clone(), Tone::Plain),
        AlarmKind::Other(kind) => page.field("kind", Cell::text(kind.clone(), Tone::Plain)),
    }
    for subject in &row.subjects {
        page.link("about", Cell::text(subject_name(subject), Tone::Plain), Some(Place::Thing(subject.clone())));
    }
    if let Some(description) = &alarm.description {
        page.heading("Description");
        page.words(description.clone(), Tone::Plain);
    }
    Some(page)
}

fn state(page: &mut Detail, alarm: &Alarm) {
    page.heading("State");
    page.field(
        "state",
        match alarm_state_cell(alarm) {
            cell if cell.value == Value::Blank => Cell::text(alarm.state.as_str(), Tone::Plain),
            cell => cell,
        },
    );
    if let Some(at) = alarm.since {
        page.field("since", Cell::text(moment(at), Tone::Muted));
    }
    if let Some(reason) = &alarm.state_reason {
        page.words(reason.clone(), Tone::Muted);
    }
}

fn told(page: &mut Detail, ctx: &Ctx<'_>, row: &AlarmRow, alarm: &Alarm) {
    page.heading("Tells");
    if !alarm.actions_enabled {
        page.words("Its actions are disabled, without an end.", Tone::Warning);
    }
    let lists = [
        ("when firing", &alarm.alarm_actions),
        ("when OK", &alarm.ok_actions),
        ("without data", &alarm.insufficient_data_actions),
    ];
    for (label, actions) in lists {
        for arn in actions {
            page.field(label, Cell::text(arn.clone(), Tone::Muted));
        }
    }
    if alarm.alarm_actions.is_empty() {
        page.field("when firing", Cell::text("nobody", Tone::Warning));
    }
    if let Some(mute) = row.mute.and_then(|position| ctx.fleet.snapshot().mutes.rows.get(position)) {
        let (by, why) = mute.said();
        let until = row.silenced_until.map_or_else(Cell::unknown, |at| Cell::text(moment(at), Tone::Info));
        page.field("silenced until", until);
        page.field("silenced by", by.map_or_else(elsewhere, |by| Cell::text(by, Tone::Info)));
        if let Some(why) = why {
            page.field("why", Cell::text(why, Tone::Plain));
        }
        page.field("mute rule", Cell::text(mute.name.clone(), Tone::Muted));
    }
}

/// The fleet's own runbook names whoever asked.
fn elsewhere() -> Cell {
    Cell::text("a rule made elsewhere", Tone::Muted)
}

fn watched(page: &mut Detail, metric: &MetricAlarm) {
    let name = match (&metric.namespace, &metric.metric) {
        (Some(namespace), Some(name)) => format!("{namespace} {name}"),
        (_, Some(name)) => name.clone(),
        (_, None) => "metric maths".to_owned(),
    };
    page.field("metric", Cell::text(name, Tone::Plain));
    let threshold = metric.threshold.map_or_else(String::new, |threshold| format!(" {threshold}"));
    page.field("fires when", Cell::text(format!("{}{threshold}", words(&metric.comparison)), Tone::Plain));
    if let (Some(period), Some(periods)) = (metric.period, metric.evaluation_periods) {
        page.field("looks at", Cell::text(format!("{periods} periods of {period} s"), Tone::Muted));
    }
    for (name, value) in &metric.dimensions {
        page.field("dimension", Cell::text(format!("{name} = {value}"), Tone::Muted));
    }
}

/// `GreaterThanOrEqualToThreshold` as `greater than or equal to threshold`.
fn words(comparison: &str) -> String {
    let mut out = String::new();
    for c in comparison.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push(' ');
        }
        out.extend(c.to_lowercase());
    }
    out
}
