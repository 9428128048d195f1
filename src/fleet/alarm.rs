//! Alarms and the rules that mute them.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::aws_words;

aws_words! {
    /// State of an alarm.
    AlarmState {
        Ok = "OK",
        Alarm = "ALARM",
        InsufficientData = "INSUFFICIENT_DATA",
    }
}

/// What an alarm looks at.
#[derive(Debug, Clone, PartialEq)]
pub enum AlarmKind {
    /// One metric.
    Metric(MetricAlarm),
    /// A rule over other alarms, as text.
    Composite(String),
    /// A kind that this version does not know (log alarms, metric maths without a metric).
    Other(String),
}

/// The metric side of an alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct MetricAlarm {
    /// Such as `AWS/ECS`; absent for metric maths.
    pub namespace: Option<String>,
    /// Such as `CPUUtilization`; absent for metric maths.
    pub metric: Option<String>,
    /// Dimensions by name, those of every metric of a metric maths alarm included.
    pub dimensions: BTreeMap<String, String>,
    /// Such as `GreaterThanThreshold`.
    pub comparison: String,
    /// Threshold; absent for anomaly detection.
    pub threshold: Option<f64>,
    /// Seconds.
    pub period: Option<u32>,
    /// Periods looked at.
    pub evaluation_periods: Option<u32>,
}

/// An alarm.
#[derive(Debug, Clone, PartialEq)]
pub struct Alarm {
    /// Name, unique in account and Region.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// What it looks at.
    pub kind: AlarmKind,
    /// State.
    pub state: AlarmState,
    /// AWS's reason, sanitised.
    pub state_reason: Option<String>,
    /// When its state last changed (`StateTransitionedTimestamp`, else the update's).
    pub since: Option<Timestamp>,
    /// Whether actions are enabled; when not, nobody is told, without an end.
    pub actions_enabled: bool,
    /// ARNs told on ALARM.
    pub alarm_actions: Vec<String>,
    /// ARNs told on OK.
    pub ok_actions: Vec<String>,
    /// ARNs told on INSUFFICIENT_DATA.
    pub insufficient_data_actions: Vec<String>,
    /// `description`, sanitised.
    pub description: Option<String>,
}

impl Alarm {
    /// Names of the alarms that a composite alarm's rule mentions, each once; empty for other kinds.
    #[must_use]
    pub fn children(&self) -> Vec<&str> {
        let AlarmKind::Composite(rule) = &self.kind else { return Vec::new() };
        let mut names: Vec<&str> = mentions(rule).map(name_of).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Whether everything that it does on ALARM is to scale: then ALARM is how it works and not trouble.
    #[must_use]
    pub fn only_scales(&self) -> bool {
        let scales = |arn: &String| arn.starts_with("arn:") && arn.contains(":autoscaling:");
        !self.alarm_actions.is_empty() && self.alarm_actions.iter().all(scales)
    }
}

/// What stands between the parentheses of `ALARM(…)`, `OK(…)` and `INSUFFICIENT_DATA(…)`, quotes taken off. A quoted
/// name may itself hold parentheses, so the end is looked for behind its closing quote.
fn mentions(rule: &str) -> impl Iterator<Item = &str> {
    let mut rest = rule;
    std::iter::from_fn(move || {
        loop {
            let open = ["ALARM(", "OK(", "INSUFFICIENT_DATA("]
                .iter()
                .filter_map(|word| rest.find(word).map(|at| at + word.len()))
                .min()?;
            let (name, after) = argument(rest.get(open..)?.trim_start())?;
            rest = after;
            if !name.is_empty() {
                return Some(name);
            }
        }
    })
}

/// Splits a function's argument from what follows it.
fn argument(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
    match quote {
        Some(quote) => text.get(1..)?.split_once(quote),
        None => text.split_once(')').map(|(name, after)| (name.trim(), after)),
    }
}

/// The name in an alarm's ARN, or the name itself.
fn name_of(mention: &str) -> &str {
    match mention.strip_prefix("arn:").and_then(|arn| arn.split_once(":alarm:")) {
        Some((_, name)) => name,
        None => mention,
    }
}

/// A rule that mutes alarms for a while.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mute {
    /// Name, from its ARN.
    pub name: String,
    /// SCHEDULED, ACTIVE or EXPIRED.
    pub status: String,
    /// Alarms it names.
    pub alarm_names: Vec<String>,
    /// When the window that is open now ends, or when the rule ends.
    pub until: Option<Timestamp>,
    /// Who and why, as the rule's description says it.
    pub description: Option<String>,
}

impl Mute {
    /// Who put it there, and why. The fleet's own runbook writes both into the description; of a rule that was made elsewhere the description
    /// is all that is known.
    #[must_use]
    pub fn said(&self) -> (Option<&str>, Option<&str>) {
        let Some(text) = self.description.as_deref() else { return (None, None) };
        match text.strip_prefix("Muted by ").and_then(|rest| rest.split_once(": ")) {
            Some((by, why)) => (Some(by), Some(why)),
            None => (None, Some(text)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_of_the_fleets_own_says_who_and_why() {
        let said = |description: Option<&str>| {
            let mute = Mute {
                name: "m".to_owned(),
                status: "ACTIVE".to_owned(),
                alarm_names: Vec::new(),
                until: None,
                description: description.map(str::to_owned),
            };
            let (by, why) = mute.said();
            (by.map(str::to_owned), why.map(str::to_owned))
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(said(Some("Muted by ada: load test: part 2")), (some("ada"), some("load test: part 2")));
        assert_eq!(said(Some("arn:aws:x: no")), (None, some("arn:aws:x: no")), "made elsewhere");
        assert_eq!(said(None), (None, None));
    }

    #[test]
    fn names_in_a_rule() {
        let names = |rule: &str| mentions(rule).map(name_of).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(names("ALARM(a) AND (OK(\"b c\") OR NOT INSUFFICIENT_DATA( 'd (e)' ))"), ["a", "b c", "d (e)"]);
        assert_eq!(names("ALARM(arn:aws:cloudwatch:eu-west-1:1:alarm:a:b)"), ["a:b"]);
        for rule in ["", "TRUE", "ALARM(", "ALARM()", "ALARM(\"open", "OK", "FALSE AND (TRUE)"] {
            assert_eq!(names(rule), Vec::<String>::new(), "{rule}");
        }
    }
}
