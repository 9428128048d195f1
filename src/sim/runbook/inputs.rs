//! Inputs that each action takes: one page of the user guide for each, from
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html>.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::condition;
use super::document::{Action, Step};
use super::duration::seconds;
use super::selector::Selector;

/// Inputs of an action.
struct Known {
    required: &'static [&'static str],
    optional: &'static [&'static str],
    /// Whether the parameters of an operation come beside them.
    open: bool,
}

fn known(action: Action) -> Known {
    let (required, optional, open): (&[&str], &[&str], bool) = match action {
        Action::Approve => (&["Approvers"], &["NotificationArn", "Message", "MinRequiredApprovals"], false),
        Action::Assert | Action::Wait => (&["Service", "Api", "PropertySelector", "DesiredValues"], &[], true),
        Action::Branch => (&["Choices"], &["Default"], false),
        Action::ChangeInstanceState => (&["InstanceIds", "DesiredState"], &["CheckStateOnly"], false),
        Action::CreateImage => {
            (&["InstanceId", "ImageName"], &["ImageDescription", "NoReboot", "BlockDeviceMappings"], false)
        }
        Action::DeleteImage => (&["ImageId"], &[], false),
        Action::CreateTags => (&["ResourceIds", "Tags"], &["ResourceType"], false),
        Action::ExecuteApi => (&["Service", "Api"], &[], true),
        Action::ExecuteAutomation => (&["DocumentName"], &["DocumentVersion", "RuntimeParameters", "Tags"], false),
        Action::Loop => (&[], &["Iterators", "IteratorDataType", "LoopCondition", "MaxIterations"], false),
        Action::Pause => (&[], &[], false),
        Action::RunCommand => (
            &["DocumentName"],
            &[
                "InstanceIds",
                "Targets",
                "Parameters",
                "CloudWatchOutputConfig",
                "Comment",
                "DocumentHash",
                "DocumentHashType",
                "DocumentVersion",
                "MaxConcurrency",
                "MaxErrors",
                "NotificationConfig",
                "OutputS3BucketName",
                "OutputS3KeyPrefix",
                "ServiceRoleArn",
                "TimeoutSeconds",
            ],
            false,
        ),
        Action::RunInstances => (
            &["ImageId"],
            &[
                "InstanceType",
                "MinInstanceCount",
                "MaxInstanceCount",
                "SubnetId",
                "SecurityGroupIds",
                "TagSpecifications",
                "UserData",
            ],
            false,
        ),
        Action::Sleep => (&[], &["Duration", "Timestamp"], false),
        Action::UpdateVariable => (&["Name", "Value"], &[], false),
    };
    Known { required, optional, open }
}

/// Checks inputs whose templates are not resolved.
pub(super) fn check(action: Action, inputs: &Map<String, Value>) -> Result<(), String> {
    let Known { required, optional, open } = known(action);
    if let Some(name) = required.iter().find(|name| !inputs.contains_key(**name)) {
        return Err(format!("input {name} is missing"));
    }
    let strange = inputs.keys().find(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str()));
    if let (Some(name), false) = (strange, open) {
        return Err(format!("input {name} is not supported for {}", action.word()));
    }
    match action {
        Action::Approve => approve(inputs),
        Action::Assert | Action::Wait => property(inputs),
        Action::Branch => branch(inputs),
        Action::ChangeInstanceState => one_of(inputs, "DesiredState", &["running", "stopped", "terminated"]),
        Action::CreateTags => one_of(inputs, "ResourceType", &["EC2"]),
        Action::Loop => repeat(inputs),
        Action::Sleep => sleep(inputs),
        Action::CreateImage
        | Action::DeleteImage
        | Action::ExecuteApi
        | Action::ExecuteAutomation
        | Action::Pause
        | Action::RunCommand
        | Action::RunInstances
        | Action::UpdateVariable => Ok(()),
    }
}

fn literal<'v>(inputs: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    inputs.get(name).filter(|value| !value.as_str().is_some_and(|text| text.contains("{{")))
}

fn one_of(inputs: &Map<String, Value>, name: &str, known: &[&str]) -> Result<(), String> {
    match literal(inputs, name) {
        Some(value) if !value.as_str().is_some_and(|text| known.contains(&text)) => {
            Err(format!("{name} {value} is not supported; known are {}", known.join(", ")))
        }
        _ => Ok(()),
    }
}

fn list<'v>(inputs: &'v Map<String, Value>, name: &str) -> Result<&'v Vec<Value>, String> {
    let items = inputs.get(name).and_then(Value::as_array).filter(|items| !items.is_empty());
    items.ok_or_else(|| format!("{name} is a list that is not empty"))
}

fn approve(inputs: &Map<String, Value>) -> Result<(), String> {
    let Some(Value::Array(approvers)) = literal(inputs, "Approvers") else { return Ok(()) };
    // At most ten may be named.
    if approvers.is_empty() || approvers.len() > 10 {
        return Err("Approvers has 1 to 10 items".into());
    }
    Ok(())
}

fn property(inputs: &Map<String, Value>) -> Result<(), String> {
    list(inputs, "DesiredValues")?;
    let selector = inputs.get("PropertySelector").and_then(Value::as_str).ok_or("PropertySelector is no text")?;
    Selector::read(selector).map(|_| ())
}

fn branch(inputs: &Map<String, Value>) -> Result<(), String> {
    for choice in list(inputs, "Choices")? {
        condition::check(choice, &["NextStep"])?;
        choice.get("NextStep").and_then(Value::as_str).ok_or_else(|| format!("{choice} has no NextStep"))?;
    }
    Ok(())
}

/// Steps that the choices of a branch lead to.
pub(super) fn branches(step: &Step) -> Vec<String> {
    if step.action != Action::Branch {
        return Vec::new();
    }
    let choices = step.inputs.get("Choices").and_then(Value::as_array).into_iter().flatten();
    let choices = choices.filter_map(|choice| choice.get("NextStep")).chain(step.inputs.get("Default"));
    choices.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Either `Iterators` or `LoopCondition`; never more than 100 iterations
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-loop.html>).
fn repeat(inputs: &Map<String, Value>) -> Result<(), String> {
    if inputs.contains_key("Iterators") == inputs.contains_key("LoopCondition") {
        return Err("a loop has either Iterators or LoopCondition".into());
    }
    if let Some(condition) = inputs.get("LoopCondition") {
        condition::check(condition, &[])?;
    }
    one_of(inputs, "IteratorDataType", &["Boolean", "Integer", "String", "StringMap"])?;
    match literal(inputs, "MaxIterations") {
        Some(value) if !value.as_u64().is_some_and(|most| (1..=100).contains(&most)) => {
            Err(format!("MaxIterations is a number from 1 to 100, not {value}"))
        }
        _ => Ok(()),
    }
}

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-sleep.html>
fn sleep(inputs: &Map<String, Value>) -> Result<(), String> {
    if inputs.contains_key("Duration") == inputs.contains_key("Timestamp") {
        return Err("a sleep has either Duration or Timestamp".into());
    }
    if let Some(value) = literal(inputs, "Duration") {
        // At most a week.
        let length = value.as_str().and_then(seconds).filter(|length| *length <= 604_800.0);
        length.ok_or_else(|| format!("Duration is one of ISO 8601 and at most a week, not {value}"))?;
    }
    if let Some(value) = literal(inputs, "Timestamp") {
        let at = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        at.ok_or_else(|| format!("Timestamp is one of ISO 8601, not {value}"))?;
    }
    Ok(())
}
