//! Who may do what, and what is done by itself: roles, schedules, rules and documents, called as CloudFormation calls them.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::Tag;

/// A role.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Role {
    /// Name, where the template gives one.
    #[serde(default)]
    pub role_name: Option<String>,
    /// Path, by which several may be meant.
    #[serde(default)]
    pub path: Option<String>,
    /// What it is for.
    pub description: String,
    /// Who may assume it.
    pub assume_role_policy_document: Policy,
    /// What it may do.
    pub policies: Vec<NamedPolicy>,
}

impl Role {
    /// Every statement of what it may do.
    pub fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.policies.iter().flat_map(|policy| &policy.policy_document.statement)
    }
}

/// A policy with a name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct NamedPolicy {
    /// Name.
    pub policy_name: String,
    /// The policy.
    pub policy_document: Policy,
}

/// A policy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Policy {
    /// `2012-10-17`.
    pub version: String,
    /// Statements.
    pub statement: Vec<Statement>,
}

/// A statement of a policy. Of what may be one or several there is always a list.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Statement {
    /// What it is called.
    #[serde(default)]
    pub sid: Option<String>,
    /// `Allow` or `Deny`.
    pub effect: String,
    /// To whom.
    #[serde(default)]
    pub principal: Value,
    /// What.
    #[serde(deserialize_with = "several")]
    pub action: Vec<String>,
    /// On what.
    #[serde(default, deserialize_with = "several")]
    pub resource: Vec<String>,
    /// When.
    #[serde(default)]
    pub condition: Value,
}

/// A schedule of EventBridge Scheduler.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Schedule {
    /// Name.
    pub name: String,
    /// Group of schedules.
    pub group_name: String,
    /// What it does.
    pub description: String,
    /// Such as `rate(9 hours)`.
    pub schedule_expression: String,
    /// `{"Mode": "OFF"}`: on time.
    pub flexible_time_window: Value,
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// What it calls.
    pub target: ScheduleTarget,
}

/// What a schedule calls.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScheduleTarget {
    /// Such as `arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution`.
    pub arn: String,
    /// ARN of the role that it calls it with.
    pub role_arn: String,
    /// How often it tries again.
    pub retry_policy: RetryPolicy,
    /// The call's input: its JSON text, with Scheduler's keywords such as `<aws.scheduler.execution-id>` in it.
    pub input: String,
}

/// How often a call is tried again.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RetryPolicy {
    /// Tries after the first.
    pub maximum_retry_attempts: u32,
    /// Seconds after which nothing is tried any more.
    pub maximum_event_age_in_seconds: u32,
}

/// A rule of EventBridge.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Rule {
    /// Name.
    pub name: String,
    /// What it does.
    pub description: String,
    /// `ENABLED` or `DISABLED`.
    pub state: String,
    /// Events that it is about.
    pub event_pattern: Value,
    /// What gets them.
    pub targets: Vec<RuleTarget>,
}

/// What gets a rule's events.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct RuleTarget {
    /// Id within the rule.
    pub id: String,
    /// ARN of a topic, a log group or an automation's document.
    pub arn: String,
    /// ARN of the role that it is called with.
    #[serde(default)]
    pub role_arn: Option<String>,
    /// What is made of the event; the event itself where nothing is.
    #[serde(default)]
    pub input_transformer: Option<Transformer>,
}

/// What is made of an event.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Transformer {
    /// Where in the event each word is found, such as `$.detail.alarmName`.
    pub input_paths_map: BTreeMap<String, String>,
    /// JSON text with the words as `<word>` in it.
    pub input_template: String,
}

/// A document of Systems Manager.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Document {
    /// Name.
    pub name: String,
    /// `Automation`.
    pub document_type: String,
    /// `YAML` or `JSON`.
    pub document_format: String,
    /// `NewVersion`: a changed document becomes a version, and that one the default.
    pub update_method: String,
    /// The text.
    #[serde(deserialize_with = "untyped")]
    pub content: String,
    /// Tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// A text, or a map as the text that comes of it: CloudFormation gives every number and boolean of an untyped property on as a text
/// (<https://github.com/aws-cloudformation/cloudformation-cli/issues/435>).
fn untyped<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match recast(Value::deserialize(deserializer)?) {
        Value::String(text) => text,
        other => other.to_string(),
    })
}

fn recast(value: Value) -> Value {
    match value {
        Value::Object(members) => members.into_iter().map(|(name, value)| (name, recast(value))).collect(),
        Value::Array(items) => items.into_iter().map(recast).collect(),
        Value::Number(number) => number.to_string().into(),
        Value::Bool(yes) => yes.to_string().into(),
        text => text,
    }
}

/// A list of texts, or one of them by itself.
fn several<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Several {
        One(String),
        Many(Vec<String>),
    }
    Ok(match Several::deserialize(deserializer)? {
        Several::One(text) => vec![text],
        Several::Many(texts) => texts,
    })
}
