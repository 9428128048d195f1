//! What the stack has the account do by itself: topics that are told, rules on events, schedules.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::World;
use super::bus::pattern::Pattern;
use super::bus::{Rule, log_group};
use super::log::LogGroup;
use super::schedule::Schedule;
use super::timetable::Timetable;
use crate::sim::stack;

/// How long ago a schedule was last due when a world begins, by the end of its name: what was baked and replaced by then is
/// part of every scenario.
const LAST_DUE: [(&str, SignedDuration); 2] =
    [("-rotate", SignedDuration::from_mins(252)), ("-bake", SignedDuration::from_mins(174))];

impl World {
    /// Founds the stack's topics, rules and schedules.
    pub(crate) fn lay_orders(&mut self) {
        for topic in self.stack.topics.clone() {
            self.add_topic(&topic.topic_name);
        }
        self.lay_event_logs();
        for planned in self.stack.rules.clone() {
            self.lay_rule(planned);
        }
        for planned in self.stack.schedules.clone() {
            self.lay_schedule(planned);
        }
    }

    /// The log groups that rules write to.
    fn lay_event_logs(&mut self) {
        let at = self.hours_ago(24.0 * 200.0);
        for planned in self.stack.log_groups.clone() {
            let written = |target: &stack::RuleTarget| log_group(&target.arn) == Some(planned.log_group_name.as_str());
            if self.stack.rules.iter().flat_map(|rule| &rule.targets).any(written) {
                let kept = Some(planned.retention_in_days);
                let group = LogGroup { retention_days: kept, ..LogGroup::new(&planned.log_group_name, at) };
                self.log_groups.insert(planned.log_group_name, group);
            }
        }
    }

    fn lay_rule(&mut self, planned: stack::Rule) {
        let text = planned.event_pattern.to_string();
        let Ok(pattern) = Pattern::read(&text) else { return };
        let targets = planned.targets.into_iter().map(|target| (target.id.clone(), rule_target(target)));
        let rule = Rule {
            name: planned.name,
            description: Some(planned.description),
            pattern: Some((text, pattern)),
            schedule: None,
            enabled: planned.state == "ENABLED",
            role_arn: None,
            targets: targets.collect(),
            put_at: self.hours_ago(24.0 * 200.0),
            edition: 0,
        };
        self.keep_rule(rule);
    }

    fn lay_schedule(&mut self, planned: stack::Schedule) {
        let Ok(timetable) = Timetable::read(&planned.schedule_expression, "UTC") else { return };
        let last = LAST_DUE.iter().find(|(end, _)| planned.name.ends_with(end)).map(|(_, ago)| *ago);
        // Nothing is told of rotations and bakes before the world began, so it begins in the first period of each.
        let since = self.now - last.unwrap_or_default();
        let policy = &planned.target.retry_policy;
        let schedule = Schedule {
            name: planned.name,
            description: Some(planned.description),
            expression: planned.schedule_expression,
            zone: "UTC".into(),
            timetable,
            enabled: planned.state == "ENABLED",
            start: None,
            end: None,
            window: None,
            deletes_itself: false,
            key_arn: None,
            target: json!({
                "Arn": planned.target.arn,
                "RoleArn": planned.target.role_arn,
                "Input": planned.target.input,
                "RetryPolicy": {
                    "MaximumEventAgeInSeconds": policy.maximum_event_age_in_seconds,
                    "MaximumRetryAttempts": policy.maximum_retry_attempts,
                },
            }),
            created_at: since,
            modified_at: since,
            client_token: None,
            edition: 0,
        };
        self.keep_schedule(schedule);
    }
}

fn rule_target(planned: stack::RuleTarget) -> Value {
    let mut target = json!({ "Id": planned.id, "Arn": planned.arn });
    if let Some(role) = planned.role_arn {
        target["RoleArn"] = role.into();
    }
    if let Some(transformer) = planned.input_transformer {
        target["InputTransformer"] = json!({
            "InputPathsMap": transformer.input_paths_map,
            "InputTemplate": transformer.input_template,
        });
    }
    target
}
