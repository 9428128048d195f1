//! What EventBridge and its Scheduler invoke: calls of services within the account, tried again where that may help
//! (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>,
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/getting-started.html>).

use std::collections::VecDeque;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::{Event, World};
use crate::sim::call::Fault;

/// A call that somebody wants made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Wish {
    /// Service, as botocore calls it.
    pub(crate) service: String,
    /// Operation.
    pub(crate) api: String,
    /// Input.
    pub(crate) input: Value,
}

/// How long a call is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Policy {
    /// Tries after the first.
    pub(crate) retries: i64,
    /// Seconds after which it is given up.
    pub(crate) seconds: i64,
}

/// A call on its way.
#[derive(Debug, Clone)]
pub(crate) struct Invocation {
    origin: String,
    /// One after the other.
    wishes: VecDeque<Wish>,
    role: String,
    policy: Policy,
    since: Timestamp,
    tries: i64,
}

/// How often something has invoked its targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls that were answered.
    pub made: u64,
    /// Calls that are or were tried again.
    pub retried: u64,
    /// Calls that were given up.
    pub dropped: u64,
}

/// Longest pause between two tries. AWS gives no figures but that pauses grow, and that 185 tries fill a day: these do.
const LONGEST: i64 = 480;

impl Policy {
    /// From a `RetryPolicy`: a day and 185 tries unless it says otherwise.
    pub(crate) fn read(given: Option<&Value>) -> Self {
        let number = |name: &str, usual: i64| given.and_then(|given| given.get(name)?.as_i64()).unwrap_or(usual);
        Self { retries: number("MaximumRetryAttempts", 185), seconds: number("MaximumEventAgeInSeconds", 86_400) }
    }
}

impl Wish {
    /// What a target of a schedule stands for. None: nothing that this account serves.
    pub(crate) fn of_schedule(arn: &str, input: &str) -> Option<Self> {
        if let Some(action) = arn.strip_prefix("arn:aws:scheduler:::aws-sdk:") {
            let (service, api) = action.split_once(':')?;
            let mut letters = api.chars();
            let api = letters.next()?.to_uppercase().chain(letters).collect();
            let input = if input.is_empty() { json!({}) } else { serde_json::from_str(input).ok()? };
            return Some(Self { service: botocore_name(service).to_owned(), api, input });
        }
        let message = if input.is_empty() { "{}" } else { input };
        is_topic(arn).then(|| Self::publish(arn, message))
    }

    /// A message to a topic.
    pub(crate) fn publish(topic: &str, message: &str) -> Self {
        let input = json!({ "TopicArn": topic, "Message": message });
        Self { service: "sns".into(), api: "Publish".into(), input }
    }
}

/// Whether an ARN is a topic's.
pub(crate) fn is_topic(arn: &str) -> bool {
    arn.starts_with("arn:aws:sns:")
}

/// Universal targets call services as the SDK for Java does
/// (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>).
fn botocore_name(service: &str) -> &str {
    match service {
        "cloudwatchlogs" => "logs",
        "elasticloadbalancingv2" => "elbv2",
        "eventbridge" => "events",
        other => other,
    }
}

impl Invocation {
    /// Calls that `origin` wants made in a role.
    pub(crate) fn new(origin: String, wishes: Vec<Wish>, role: String, policy: Policy, since: Timestamp) -> Self {
        Self { origin, wishes: wishes.into(), role, policy, since, tries: 0 }
    }
}

impl World {
    /// Whether a universal target is an operation that this account has.
    pub(crate) fn can_be_asked(&self, arn: &str) -> bool {
        let Some(wish) = Wish::of_schedule(arn, "") else { return false };
        let models = self.backstage.models().ok();
        models.and_then(|models| models.get(&wish.service)?.operation(&wish.api)).is_some()
    }

    /// Makes calls, and plans to go on later with one that failed and may yet succeed.
    pub(super) fn invoke(&mut self, mut invocation: Invocation) {
        let before = self.caller.replace(session(&invocation.role, &invocation.origin));
        let mut failed = None;
        while let (None, Some(Wish { service, api, input })) = (&failed, invocation.wishes.front()) {
            failed = self.call_inside(service, api, input).err();
            if failed.is_none() {
                invocation.wishes.pop_front();
            }
        }
        self.caller = before;
        let Some(fault) = failed else {
            self.tallies.entry(invocation.origin).or_default().made += 1;
            return;
        };
        let pause = SignedDuration::from_secs((1_i64 << invocation.tries.min(9)).min(LONGEST));
        invocation.tries += 1;
        let latest = invocation.since + SignedDuration::from_secs(invocation.policy.seconds);
        let again = may_help(&fault) && invocation.tries <= invocation.policy.retries && self.now + pause <= latest;
        let tally = self.tallies.entry(invocation.origin.clone()).or_default();
        if again {
            tally.retried += 1;
            self.plan_at(self.now + pause, Event::Invoke(Box::new(invocation)));
        } else {
            tally.dropped += 1;
        }
    }
}

/// Whether another try may help: the service was busy or ill.
fn may_help(fault: &Fault) -> bool {
    let busy = ["Throttling", "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailableException"];
    busy.contains(&fault.code.as_str()) || fault.code.starts_with("Internal")
}

/// ARN of a session of a role, in which its calls are made.
fn session(role: &str, origin: &str) -> String {
    let name = origin.replace(' ', "-");
    role.replacen(":iam:", ":sts:", 1).replacen(":role/", ":assumed-role/", 1) + "/" + &name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn universal_targets_are_called_as_botocore_calls_them() {
        let wish = |arn: &str, input: &str| Wish::of_schedule(arn, input);
        let start = wish("arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution", r#"{"DocumentName":"A"}"#);
        let wanted = ("ssm".to_owned(), "StartAutomationExecution".to_owned(), json!({ "DocumentName": "A" }));
        assert_eq!(start.map(|wish| (wish.service, wish.api, wish.input)), Some(wanted));
        let logs = wish("arn:aws:scheduler:::aws-sdk:cloudwatchlogs:deleteLogGroup", "");
        assert_eq!(logs.map(|wish| wish.service), Some("logs".to_owned()));
        assert_eq!(wish("arn:aws:lambda:eu-west-1:111122223333:function:a", ""), None);
        assert_eq!(wish("arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution", "{"), None);
    }

    #[test]
    fn the_usual_tries_take_about_a_day() {
        let policy = Policy::read(None);
        let pauses = (0..policy.retries).map(|tries| (1_i64 << tries.min(9)).min(LONGEST));
        let hours = pauses.sum::<i64>() as f64 / 3600.0;
        assert!((23.0..=24.0).contains(&hours), "{hours}");
    }
}
