//! Rules about alarms.

use std::collections::HashSet;

use super::evidence::Evidence;
use super::words::{short, span};
use crate::fleet::alarm::{Alarm, AlarmState};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::view::AlarmRow;

/// Characters of AWS's reason, or of a silence's, that a cause has room for.
const REASON: usize = 90;

fn alarms<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (&'a AlarmRow, &'a Alarm)> {
    let rows = &evidence.snapshot.alarms.rows;
    evidence.view.alarms.iter().filter_map(|row| Some((row, rows.get(row.alarm)?)))
}

fn finding(rule: Rule, severity: Severity, alarm: &Alarm, cause: String) -> Finding {
    Finding::new(rule, severity, Subject::Alarm(alarm.name.clone()), cause)
}

/// An alarm that only scales is in ALARM as a matter of course; a silenced one is somebody's decision.
pub(super) fn firing(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, alarm) in alarms(evidence) {
        if alarm.state != AlarmState::Alarm || alarm.only_scales() {
            continue;
        }
        let silenced = row.mute.is_some();
        let lasting = alarm.since.map(|since| format!(" for {}", span(evidence.ago(since)))).unwrap_or_default();
        let silence = if silenced { ", silenced" } else { "" };
        let reason = alarm.state_reason.as_deref().map(|reason| format!(": {}", short(reason, REASON)));
        let cause = format!("firing{lasting}{silence}{}", reason.unwrap_or_default());
        let severity = if silenced { Severity::Info } else { Severity::Critical };
        findings.push(
            finding(Rule::AlarmFiring, severity, alarm, cause)
                .advise("Look at what the alarm is about.")
                .since(alarm.since),
        );
    }
}

/// Every alarm notifies somebody: itself, or through a composite alarm above it. The latter shows only when every alarm was read.
pub(super) fn without_action(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    if !evidence.snapshot.alarms.complete() {
        return;
    }
    let told = told_for(&evidence.snapshot.alarms.rows);
    for (_, alarm) in alarms(evidence) {
        if alarm.alarm_actions.is_empty() && !told.contains(alarm.name.as_str()) {
            findings.push(
                finding(
                    Rule::AlarmWithoutAction,
                    Severity::Warning,
                    alarm,
                    "no action on ALARM: it tells nobody".to_owned(),
                )
                .advise("Give the alarm a topic to notify."),
            );
        }
    }
}

/// Names of the alarms that a composite alarm with actions speaks for, however deep below it.
fn told_for(alarms: &[Alarm]) -> HashSet<&str> {
    let by_name: std::collections::HashMap<&str, &Alarm> =
        alarms.iter().map(|alarm| (alarm.name.as_str(), alarm)).collect();
    let speaking = alarms.iter().filter(|alarm| !alarm.alarm_actions.is_empty());
    let mut waiting: Vec<&str> = speaking.flat_map(Alarm::children).collect();
    let mut told = HashSet::new();
    while let Some(name) = waiting.pop() {
        if told.insert(name) {
            waiting.extend(by_name.get(name).map(|alarm| alarm.children()).unwrap_or_default());
        }
    }
    told
}

/// Disabled actions have no end and no author: the silence that is forgotten.
pub(super) fn actions_disabled(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (_, alarm) in alarms(evidence) {
        if alarm.actions_enabled || alarm.alarm_actions.is_empty() {
            continue;
        }
        findings.push(
            finding(
                Rule::AlarmActionsDisabled,
                Severity::Warning,
                alarm,
                "actions are disabled, without an end".to_owned(),
            )
            .advise("Enable the alarm's actions; silence it with a mute rule that ends."),
        );
    }
}

/// Who silenced it until when, as the rule that holds longest says.
pub(super) fn silenced(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, alarm) in alarms(evidence) {
        let Some(mute) = row.mute.and_then(|at| evidence.snapshot.mutes.rows.get(at)) else { continue };
        let left = match mute.until {
            Some(until) => format!("for {} more", span(until.duration_since(evidence.now))),
            None => "without a known end".to_owned(),
        };
        let (by, why) = mute.said();
        let by = by.map_or_else(|| format!("rule {}", mute.name), str::to_owned);
        let why = why.map(|why| format!(": {}", short(why, REASON))).unwrap_or_default();
        findings.push(
            finding(Rule::AlarmSilenced, Severity::Info, alarm, format!("silenced {left} by {by}{why}"))
                .advise("Delete the mute rule if its reason is gone."),
        );
    }
}

/// An alarm without data watches nothing.
pub(super) fn no_data(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let limit = evidence.policy.max_no_data;
    for (_, alarm) in alarms(evidence) {
        let (AlarmState::InsufficientData, Some(since)) = (&alarm.state, alarm.since) else { continue };
        let lasting = evidence.ago(since);
        if lasting > limit {
            let cause = format!("no data for {}, limit {}", span(lasting), span(limit));
            findings.push(
                finding(Rule::AlarmNoData, Severity::Warning, alarm, cause)
                    .advise("Find out whether what the alarm watches still exists and reports.")
                    .since(Some(since)),
            );
        }
    }
}
