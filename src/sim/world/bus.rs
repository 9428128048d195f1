//! EventBridge: the account's default bus, the rules on it, and what they start
//! (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is.html>).

pub mod pattern;
pub(crate) mod transform;

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::invoke::{Invocation, Policy, Wish, is_topic};
use super::timetable::Timetable;
use super::{Event, World};
use pattern::Pattern;

/// How long an event takes from what it tells of to the targets of its rules: half a second, as AWS gives it
/// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-what-is.html>).
const LATENCY: SignedDuration = SignedDuration::from_millis(500);

/// A rule.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The pattern as it was given, and what it says.
    pub pattern: Option<(String, Pattern)>,
    /// The schedule as it was given, and what it says.
    pub schedule: Option<(String, Timetable)>,
    /// Whether it starts anything.
    pub enabled: bool,
    /// Role that was given with the rule.
    pub role_arn: Option<String>,
    /// Targets by id, as they were given.
    pub targets: BTreeMap<String, Value>,
    /// When it was last put.
    pub put_at: Timestamp,
    /// Counts its changes, so that what was planned before one means nothing.
    pub(crate) edition: u64,
}

impl World {
    /// ARN of a rule of the default bus.
    #[must_use]
    pub fn rule_arn(&self, name: &str) -> String {
        self.arn("events", &format!("rule/{name}"))
    }

    /// Keeps a rule, new or changed; its targets stay.
    pub(crate) fn keep_rule(&mut self, mut rule: Rule) {
        rule.edition = self.planned;
        let name = rule.name.clone();
        if let Some(known) = self.rules.remove(&name) {
            rule.targets = known.targets;
        }
        self.rules.insert(name.clone(), rule);
        self.plan_rule(&name);
    }

    fn plan_rule(&mut self, name: &str) {
        let Some(rule) = self.rules.get(name) else { return };
        let Some((_, timetable)) = &rule.schedule else { return };
        let edition = rule.edition;
        if let Some(next) = timetable.next(rule.put_at, self.now) {
            self.plan_at(next, Event::Rule(name.to_owned(), edition));
        }
    }

    /// A rule with a schedule is due.
    pub(super) fn rule_due(&mut self, name: &str, edition: u64) {
        let Some(rule) = self.rules.get(name).filter(|rule| rule.edition == edition).cloned() else { return };
        if rule.enabled {
            let event = self.event("aws.events", "Scheduled Event", &[self.rule_arn(name)], &json!({}));
            self.start_targets(&rule, &event);
        }
        self.plan_rule(name);
    }

    /// Tells the bus of something; rules whose pattern it has start their targets.
    pub(crate) fn emit(&mut self, source: &str, kind: &str, resources: &[String], detail: &Value) {
        if self.rules.values().all(|rule| rule.pattern.is_none() || !rule.enabled) {
            return;
        }
        let event = self.event(source, kind, resources, detail);
        let about =
            |rule: &&Rule| rule.enabled && rule.pattern.as_ref().is_some_and(|(_, pattern)| pattern.matches(&event));
        let started: Vec<Rule> = self.rules.values().filter(about).cloned().collect();
        for rule in started {
            self.start_targets(&rule, &event);
        }
    }

    fn event(&mut self, source: &str, kind: &str, resources: &[String], detail: &Value) -> Value {
        json!({
            "version": "0",
            "id": self.fresh_id(),
            "detail-type": kind,
            "source": source,
            "account": self.account,
            "time": self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            "region": self.region,
            "resources": resources,
            "detail": detail,
        })
    }

    fn start_targets(&mut self, rule: &Rule, event: &Value) {
        for target in rule.targets.values() {
            let word = |name: &str| target.get(name).and_then(Value::as_str).unwrap_or_default();
            let input = self.input_of(rule, target, event);
            let origin = format!("rule {}", rule.name);
            let Some(wishes) = self.wishes(word("Arn"), &input) else {
                self.tallies.entry(origin).or_default().dropped += 1;
                continue;
            };
            let policy = Policy::read(target.get("RetryPolicy"));
            let call = Invocation::new(origin, wishes, word("RoleArn").to_owned(), policy, self.now);
            self.plan_at(self.now + LATENCY, Event::Invoke(Box::new(call)));
        }
    }

    /// What a target gets of an event: all of it, a part, something made of it, or something else.
    fn input_of(&self, rule: &Rule, target: &Value, event: &Value) -> String {
        if let Some(input) = target.get("Input").and_then(Value::as_str) {
            return input.to_owned();
        }
        if let Some(path) = target.get("InputPath").and_then(Value::as_str) {
            return transform::look_up(event, path).map(Value::to_string).unwrap_or_default();
        }
        let Some(transformer) = target.get("InputTransformer") else { return event.to_string() };
        let mut values = self.given_by_bus(rule, event);
        for (name, path) in transformer.get("InputPathsMap").and_then(Value::as_object).into_iter().flatten() {
            if let Some(value) = path.as_str().and_then(|path| transform::look_up(event, path)) {
                values.insert(name.clone(), value.clone());
            }
        }
        transform::fill(transformer.get("InputTemplate").and_then(Value::as_str).unwrap_or_default(), &values)
    }

    /// Names that every template may use
    /// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html#eb-transform-input-predefined>).
    fn given_by_bus(&self, rule: &Rule, event: &Value) -> Map<String, Value> {
        let at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let mut without_detail = event.clone();
        if let Some(members) = without_detail.as_object_mut() {
            members.remove("detail");
        }
        let given = [
            ("rule-arn", Value::from(self.rule_arn(&rule.name))),
            ("rule-name", Value::from(rule.name.as_str())),
            ("event.ingestion-time", Value::from(at)),
            ("event", without_detail),
            ("event.json", event.clone()),
        ];
        given.into_iter().map(|(name, value)| (format!("aws.events.{name}"), value)).collect()
    }
}

impl World {
    /// What a rule's target stands for: an automation with its parameters, a topic with a message, or a log group with a line
    /// (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-targets.html>). None: nothing that this account serves,
    /// or an input that is none.
    fn wishes(&mut self, arn: &str, input: &str) -> Option<Vec<Wish>> {
        if is_topic(arn) {
            return Some(vec![Wish::publish(arn, input)]);
        }
        let wish = |service: &str, api: &str, input| Wish { service: service.into(), api: api.into(), input };
        if let Some(group) = log_group(arn) {
            let names = json!({ "logGroupName": group, "logStreamName": self.fresh_id() });
            let mut put = names.clone();
            put["logEvents"] = json!([{ "timestamp": self.now.as_millisecond(), "message": input }]);
            return Some(vec![wish("logs", "CreateLogStream", names), wish("logs", "PutLogEvents", put)]);
        }
        let (document, version) = automation(arn)?;
        let parameters: Value = serde_json::from_str(input).ok()?;
        let mut start = json!({ "DocumentName": document, "Parameters": parameters });
        if let Some(version) = version {
            start["DocumentVersion"] = version.into();
        }
        Some(vec![wish("ssm", "StartAutomationExecution", start)])
    }
}

/// Name of the log group that an ARN names.
pub(crate) fn log_group(arn: &str) -> Option<&str> {
    let (_, name) = arn.strip_prefix("arn:aws:logs:")?.split_once(":log-group:")?;
    Some(name.strip_suffix(":*").unwrap_or(name))
}

/// Name and version of the document that an ARN of an automation names.
pub(crate) fn automation(arn: &str) -> Option<(&str, Option<&str>)> {
    let (_, named) = arn.strip_prefix("arn:aws:ssm:")?.split_once(":automation-definition/")?;
    Some(named.split_once(':').map_or((named, None), |(name, version)| (name, Some(version))))
}
