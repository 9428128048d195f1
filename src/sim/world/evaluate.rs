//! What CloudWatch does every minute: look at metrics, judge alarms, tell whoever is to be told.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::alarm::{Alarm, AlarmKind, AlarmState, HistoryItem, MetricName, MetricRule};
use super::{Event, World, composite};

/// A judgement: the state, CloudWatch's words for it, and the same as JSON text.
type Judgement = (AlarmState, String, Option<String>);

impl World {
    /// Begins to evaluate alarms, with `minutes` of the state as it is now behind them.
    pub(crate) fn begin_evaluation(&mut self, minutes: i64) {
        let this = minute_of(self.now);
        for metric in self.watched() {
            self.sample(&metric, (0..minutes).rev().map(|age| this - SignedDuration::from_mins(age)));
        }
        self.judge_all();
        self.word_all();
        self.plan_at(this + SignedDuration::from_mins(1), Event::Minute);
    }

    /// Gives alarms that have long been OK the words that they got when they became so.
    fn word_all(&mut self) {
        let quiet = self.alarms.values().filter(|a| a.state == AlarmState::Ok);
        let judged: Vec<(String, Judgement)> = quiet
            .map(|alarm| match &alarm.kind {
                AlarmKind::Metric(rule) => (alarm.name.clone(), self.judge(rule)),
                AlarmKind::Composite(rule) => (alarm.name.clone(), self.judge_composite(rule)),
            })
            .collect();
        for (name, (_, reason, data)) in judged {
            if let Some(alarm) = self.alarms.get_mut(&name) {
                alarm.reason = reason;
                alarm.reason_data = data;
            }
        }
    }

    pub(super) fn minute(&mut self) {
        let this = minute_of(self.now);
        self.note_tasks(this);
        for metric in self.watched() {
            self.sample(&metric, [this]);
        }
        self.judge_all();
        self.scale_services();
        self.scale_groups();
        self.plan_at(this + SignedDuration::from_mins(1), Event::Minute);
    }

    /// The metrics that alarms look at.
    fn watched(&self) -> BTreeSet<MetricName> {
        let rules = self.alarms.values().filter_map(|alarm| match &alarm.kind {
            AlarmKind::Metric(rule) => Some(rule.metric.clone()),
            AlarmKind::Composite(_) => None,
        });
        rules.collect()
    }

    /// Judges metric alarms, then the composite ones that look at them.
    fn judge_all(&mut self) {
        let (composite, metric): (Vec<&Alarm>, Vec<&Alarm>) =
            self.alarms.values().partition(|a| matches!(a.kind, AlarmKind::Composite(_)));
        let names: Vec<String> = metric.into_iter().chain(composite).map(|a| a.name.clone()).collect();
        for name in names {
            let Some(alarm) = self.alarms.get(&name).filter(|a| !self.stays_quiet(a)) else { continue };
            let judgement = match &alarm.kind {
                AlarmKind::Metric(rule) => self.judge(rule),
                AlarmKind::Composite(rule) => self.judge_composite(rule),
            };
            if judgement.0 != alarm.state {
                self.change_state(&name, judgement);
            }
        }
    }

    /// Whether an alarm is OK and its newest datapoint alone keeps it so, which spares looking at the others.
    fn stays_quiet(&self, alarm: &Alarm) -> bool {
        let AlarmKind::Metric(rule) = &alarm.kind else { return false };
        let newest = || self.points(rule).next();
        alarm.state == AlarmState::Ok
            && newest().is_some_and(|(_, value)| !rule.comparison.crossed(value, rule.threshold))
    }

    /// Datapoints of the periods that a rule looks at, newest first; those without data are left out.
    fn points(&self, rule: &MetricRule) -> impl Iterator<Item = (Timestamp, f64)> {
        let period = i64::from(rule.period.max(60));
        // The window slides: each minute the periods are those up to the last minute that is over, wherever they begin
        // (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation-window.html>).
        let end = minute_of(self.now).as_second();
        let starts = (1..=i64::from(rule.periods)).map(move |n| end - n * period);
        let starts = starts.filter_map(|second| Timestamp::from_second(second).ok());
        starts.filter_map(|at| Some((at, aggregate(&rule.statistic, &self.minutes(&rule.metric, at, rule.period))?)))
    }

    fn judge(&self, rule: &MetricRule) -> Judgement {
        let points: Vec<(Timestamp, f64)> = self.points(rule).collect();
        let crossed = points.iter().filter(|(_, value)| rule.comparison.crossed(*value, rule.threshold)).count();
        let state = match points.len() {
            0 if rule.treat_missing == "notBreaching" => AlarmState::Ok,
            0 => AlarmState::InsufficientData,
            _ if crossed == rule.periods as usize => AlarmState::Alarm,
            _ => AlarmState::Ok,
        };
        (state, reason(rule, state, &points), Some(reason_data(rule, &points, self.now)))
    }

    fn judge_composite(&self, rule: &str) -> Judgement {
        let state_of = |name: &str| self.alarms.get(name).map(|a| a.state);
        let holds = composite::holds(rule, &state_of).unwrap_or(false);
        let state = if holds { AlarmState::Alarm } else { AlarmState::Ok };
        let children = composite::children(rule).into_iter().filter_map(|name| self.alarms.get(name));
        let newest = children.max_by_key(|a| a.transitioned_at);
        let words = newest.map(|a| {
            let arn = self.arn("cloudwatch", &format!("alarm:{}", a.name));
            let at = a.transitioned_at.strftime("%A %d %B, %Y %H:%M:%S UTC");
            format!("{arn} transitioned to {} at {at}", a.state.as_str())
        });
        (state, words.unwrap_or_else(|| "Created in default state".into()), None)
    }

    fn change_state(&mut self, name: &str, (state, reason, data): Judgement) {
        let now = self.now;
        let muted = self.mutes.values().any(|m| m.status(now) == "ACTIVE" && m.alarms.iter().any(|a| a == name));
        let Some(alarm) = self.alarms.get_mut(name) else { return };
        let before = alarm.clone();
        let summary = format!("Alarm updated from {} to {}", alarm.state.as_str(), state.as_str());
        let old = json!({ "stateValue": alarm.state.as_str(), "stateReason": alarm.reason });
        let new = json!({ "stateValue": state.as_str(), "stateReason": reason });
        let history = json!({ "version": "1.0", "oldState": old, "newState": new });
        alarm.state = state;
        alarm.reason = reason;
        alarm.reason_data = data;
        alarm.updated_at = now;
        alarm.transitioned_at = now;
        alarm.note(HistoryItem { at: now, kind: "StateUpdate".into(), summary, data: history.to_string() });
        self.announce_alarm(&before);
        if before.actions_enabled && !muted {
            let told = match state {
                AlarmState::Alarm => &before.alarm_actions,
                AlarmState::Ok => &before.ok_actions,
                AlarmState::InsufficientData => return,
            };
            for action in told {
                let done = self.act_on_alarm(action, &before);
                self.note_action(name, action, done);
            }
        }
    }

    /// Notes in an alarm's history that an action was executed, or could not be.
    fn note_action(&mut self, name: &str, action: &str, done: bool) {
        let (words, state) =
            if done { ("Successfully executed", "Succeeded") } else { ("Failed to execute", "Failed") };
        let summary = format!("{words} action {action}");
        let data = json!({ "actionState": state, "notificationResource": action }).to_string();
        let at = self.now;
        if let Some(alarm) = self.alarms.get_mut(name) {
            alarm.note(HistoryItem { at, kind: "Action".into(), summary, data });
        }
    }
}

/// The minute that a moment is in.
fn minute_of(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second().div_euclid(60) * 60).unwrap_or(at)
}

/// One number for a period's values; `None` where there are none.
pub(crate) fn aggregate(statistic: &str, values: &[f64]) -> Option<f64> {
    if values.is_empty() {
        return None;
    }
    let sum: f64 = values.iter().sum();
    Some(match statistic {
        "Sum" => sum,
        "SampleCount" => values.len() as f64,
        "Minimum" => values.iter().copied().fold(f64::INFINITY, f64::min),
        "Maximum" => values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        _ => sum / values.len() as f64,
    })
}

/// A number as CloudWatch writes it: always with a fraction.
fn number(value: f64) -> String {
    let text = value.to_string();
    if text.contains('.') { text } else { format!("{text}.0") }
}

/// The state reason, in CloudWatch's words; the newest datapoint first.
fn reason(rule: &MetricRule, state: AlarmState, points: &[(Timestamp, f64)]) -> String {
    let periods = rule.periods;
    if state == AlarmState::InsufficientData {
        let noun = if periods == 1 { "datapoint was" } else { "datapoints were" };
        return format!("Insufficient Data: {periods} {noun} unknown.");
    }
    if points.is_empty() {
        let noun = if periods == 1 { "datapoint was" } else { "datapoints were" };
        return format!(
            "Threshold Crossed: no datapoints were received for {periods} period{} and {periods} missing {noun} treated as [NonBreaching].",
            if periods == 1 { "" } else { "s" }
        );
    }
    let alarming = state == AlarmState::Alarm;
    let said = points.iter().filter(|(_, value)| rule.comparison.crossed(*value, rule.threshold) == alarming);
    let said: Vec<String> =
        said.map(|(at, value)| format!("{} ({})", number(*value), at.strftime("%d/%m/%y %H:%M:%S"))).collect();
    let (verb, least, change) = match (alarming, said.len()) {
        (true, 1) => ("was", periods, "OK -> ALARM"),
        (true, _) => ("were", periods, "OK -> ALARM"),
        (false, 1) => ("was not", 1, "ALARM -> OK"),
        (false, _) => ("were not", 1, "ALARM -> OK"),
    };
    let plural = if least == 1 { "" } else { "s" };
    format!(
        "Threshold Crossed: {} out of the last {periods} datapoints [{}] {verb} {} the threshold ({}) (minimum {least} \
         datapoint{plural} for {change} transition).",
        said.len(),
        said.join(", "),
        rule.comparison.words(),
        number(rule.threshold),
    )
}

fn reason_data(rule: &MetricRule, points: &[(Timestamp, f64)], now: Timestamp) -> String {
    let written = |at: Timestamp| at.strftime("%Y-%m-%dT%H:%M:%S.000+0000").to_string();
    let start = points.last().map(|(at, _)| written(*at));
    let recent: Vec<f64> = points.iter().rev().map(|(_, value)| *value).collect();
    json!({
        "version": "1.0",
        "queryDate": written(now),
        "startDate": start,
        "statistic": rule.statistic,
        "period": rule.period,
        "recentDatapoints": recent,
        "threshold": rule.threshold,
    })
    .to_string()
}
