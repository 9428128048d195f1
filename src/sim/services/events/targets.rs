//! What rules start.

use serde_json::{Value, json};

use super::super::page::{text, texts};
use super::{absent, existing, invalid, paged};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::bus::{automation, log_group, transform};
use crate::sim::world::invoke::is_topic;

/// Targets of one rule (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>).
const MOST: usize = 5;

fn rule<'a>(call: &'a Call<'_>) -> &'a str {
    text(call.input, "Rule").unwrap_or_default()
}

/// `PutTargets`: one of that id is replaced
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html>).
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let known = existing(world, rule(call))?;
    let given: Vec<&Value> = call.input.get("Targets").and_then(Value::as_array).into_iter().flatten().collect();
    let mut targets = known.targets.clone();
    for target in given {
        expect_target(target)?;
        let id = target.get("Id").and_then(Value::as_str).unwrap_or_default();
        targets.insert(id.to_owned(), target.clone());
    }
    if targets.len() > MOST {
        let message = "The requested resource exceeds the maximum number allowed.";
        return Err(Fault::new("LimitExceededException", message));
    }
    if let Some(rule) = world.rules.get_mut(rule(call)) {
        rule.targets = targets;
    }
    Ok(json!({ "FailedEntryCount": 0, "FailedEntries": [] }))
}

/// Checks that a target is one that this account can start. What AWS starts beside these is refused and not forgotten.
fn expect_target(target: &Value) -> Result<(), Fault> {
    let arn = target.get("Arn").and_then(Value::as_str).unwrap_or_default();
    if !is_topic(arn) && log_group(arn).is_none() && automation(arn).is_none() {
        return Err(invalid(format!("Parameter {arn} is not valid. Reason: not supported by the simulated AWS.")));
    }
    if automation(arn).is_some() && target.get("RoleArn").is_none() {
        return Err(invalid(format!("RoleArn is required for target {arn}.")));
    }
    let given = ["Input", "InputPath", "InputTransformer"].iter().filter(|name| target.get(**name).is_some()).count();
    if given > 1 {
        let message = "Only one of Input, InputPath, or InputTransformer must be provided.";
        return Err(invalid(message));
    }
    let input = target.get("Input").and_then(Value::as_str);
    if input.is_some_and(|input| serde_json::from_str::<Value>(input).is_err()) {
        return Err(invalid("JSON syntax error in input for target."));
    }
    target.get("InputTransformer").map_or(Ok(()), expect_transformer)
}

/// Every name in a template is one of its own or of the bus's.
fn expect_transformer(transformer: &Value) -> Result<(), Fault> {
    let template = transformer.get("InputTemplate").and_then(Value::as_str).unwrap_or_default();
    let paths = transformer.get("InputPathsMap");
    let known = |name: &&str| name.starts_with("aws.events.") || paths.is_some_and(|paths| paths.get(*name).is_some());
    match transform::names(template).into_iter().find(|name| !known(name)) {
        Some(name) => Err(invalid(format!("Invalid InputTemplate: <{name}> is not a key of InputPathsMap."))),
        None => Ok(()),
    }
}

pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let targets = existing(world, rule(call))?.targets.clone();
    paged(call, "Targets", targets)
}

/// `RemoveTargets`: those that are not there are told of
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_RemoveTargets.html>).
pub(super) fn remove(world: &mut World, call: &Call<'_>) -> Answer {
    existing(world, rule(call))?;
    let Some(rule) = world.rules.get_mut(rule(call)) else { return Err(absent("Rule does not exist.")) };
    let mut failed = texts(call.input, "Ids");
    failed.retain(|id| rule.targets.remove(*id).is_none());
    let entries: Vec<Value> = failed
        .iter()
        .map(|id| {
            json!({
                "TargetId": id,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": format!("Target {id} does not exist."),
            })
        })
        .collect();
    Ok(json!({ "FailedEntryCount": entries.len(), "FailedEntries": entries }))
}
