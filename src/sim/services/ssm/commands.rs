//! Commands to managed instances.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, seconds, text, texts};
use super::paged;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::command::{Command, Invocation, Script, Stage, is_managed};

/// The one document of type Command that this account has; it is Amazon's
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-command-ssm-plugin-reference.html>).
const SHELL: &str = "AWS-RunShellScript";

/// The step of it that runs the script.
const PLUGIN: &str = "aws:runShellScript";

/// Seconds that a script may take unless it says otherwise, and that a command may take to arrive.
const HOUR: i64 = 3_600;

/// Characters of a script's output that an answer has
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html>).
const SHOWN: usize = 24_000;

/// `SendCommand`: to instances by id, up to 50, or by tag
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html>).
pub(super) fn send(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let document = text(input, "DocumentName").and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    if document != SHELL {
        return Err(Fault::new("InvalidDocument", format!("Document {document} does not exist in your account.")));
    }
    let given = input.get("Parameters").and_then(Value::as_object).cloned().unwrap_or_default();
    let (script, execution) = script(&given)?;
    let instances = instances(world, input)?;
    let id = world.fresh_id();
    let command = Command {
        id: id.clone(),
        document: document.to_owned(),
        comment: text(input, "Comment").unwrap_or_default().to_owned(),
        parameters: Value::Object(given),
        sent_at: call.now,
        delivery_seconds: integer(input, "TimeoutSeconds").unwrap_or(HOUR),
        execution_seconds: execution,
        script,
        invocations: instances
            .into_iter()
            .map(|id| (id, Invocation { stage: Stage::Pending, started_at: None, ended_at: None }))
            .collect(),
    };
    let answer = described(&command);
    world.send_command(command);
    Ok(json!({ "Command": answer }))
}

/// The script and the seconds that it may take.
fn script(given: &Map<String, Value>) -> Result<(Script, f64), Fault> {
    let known = ["commands", "workingDirectory", "executionTimeout"];
    if let Some(strange) = given.keys().find(|name| !known.contains(&name.as_str())) {
        return Err(Fault::new("InvalidParameters", format!("Parameter {strange} is not defined in the document.")));
    }
    let commands = texts(given, "commands");
    if commands.is_empty() {
        return Err(Fault::new("InvalidParameters", "Parameter commands is required."));
    }
    let execution = match texts(given, "executionTimeout").first() {
        None => HOUR as f64,
        Some(number) => number.parse().map_err(|_| {
            Fault::new("InvalidParameters", format!("executionTimeout {number} is no number of seconds."))
        })?,
    };
    Ok((Script::read(commands), execution))
}

fn instances(world: &World, input: &Map<String, Value>) -> Result<BTreeSet<String>, Fault> {
    let ids = texts(input, "InstanceIds");
    let managed = |id: &str| world.instances.get(id).is_some_and(is_managed);
    if let Some(id) = ids.iter().find(|id| !managed(id)) {
        let message = format!("Instances [[{id}]] not in a valid state for account {}", world.account);
        return Err(Fault::new("InvalidInstanceId", message));
    }
    if !ids.is_empty() {
        return Ok(ids.into_iter().map(str::to_owned).collect());
    }
    let targets = input.get("Targets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let targets: Vec<(&str, Vec<&str>)> =
        targets.map(|target| (text(target, "Key").unwrap_or_default(), texts(target, "Values"))).collect();
    if targets.is_empty() {
        return Err(Fault::new("InvalidInstanceId", "InstanceIds or Targets have to be given."));
    }
    let meant = world.instances.values().filter(|one| is_managed(one)).filter(|one| {
        targets.iter().all(|(key, values)| match key.strip_prefix("tag:") {
            Some(tag) => one.tags.get(tag).is_some_and(|value| values.contains(&value.as_str())),
            None => *key == "InstanceIds" && values.contains(&one.id.as_str()),
        })
    });
    Ok(meant.map(|one| one.id.clone()).collect())
}

/// The least of what all invocations have reached.
fn stage(invocations: &BTreeMap<String, Invocation>) -> Stage {
    let stages = || invocations.values().map(|one| one.stage);
    let worst = [Stage::InProgress, Stage::Pending, Stage::DeliveryTimedOut, Stage::ExecutionTimedOut, Stage::Failed];
    worst.into_iter().find(|stage| stages().any(|one| one == *stage)).unwrap_or(Stage::Success)
}

fn described(command: &Command) -> Value {
    let (status, details) = stage(&command.invocations).words();
    let ids: Vec<&String> = command.invocations.keys().collect();
    compact(json!({
        "CommandId": command.id,
        "DocumentName": command.document,
        "Comment": command.comment,
        "Parameters": command.parameters,
        "InstanceIds": ids,
        "RequestedDateTime": seconds(command.sent_at),
        "ExpiresAfter": seconds(command.sent_at + jiff::SignedDuration::from_secs(command.delivery_seconds)),
        "Status": status,
        "StatusDetails": details,
        "TargetCount": ids.len(),
        "TimeoutSeconds": command.delivery_seconds,
    }))
}

fn code(command: &Command, invocation: &Invocation) -> i32 {
    match invocation.stage {
        Stage::Success | Stage::Failed => command.script.code,
        _ => -1,
    }
}

fn output(command: &Command, invocation: &Invocation) -> String {
    let over = matches!(invocation.stage, Stage::Success | Stage::Failed);
    command.script.output.chars().filter(|_| over).take(SHOWN).collect()
}

/// `GetCommandInvocation`
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetCommandInvocation.html>).
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    let (id, instance) =
        (text(call.input, "CommandId").unwrap_or_default(), text(call.input, "InstanceId").unwrap_or_default());
    let found = world.commands.get(id).and_then(|command| Some((command, command.invocations.get(instance)?)));
    let Some((command, invocation)) = found else { return Err(Fault::new("InvocationDoesNotExist", "")) };
    let (status, details) = invocation.stage.words();
    let written =
        |at: Option<Timestamp>| at.map_or(String::new(), |at| at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string());
    let elapsed = invocation.started_at.zip(invocation.ended_at).map(|(from, to)| to.duration_since(from).as_secs());
    Ok(compact(json!({
        "CommandId": command.id,
        "InstanceId": instance,
        "Comment": command.comment,
        "DocumentName": command.document,
        "DocumentVersion": "1",
        "PluginName": PLUGIN,
        "ResponseCode": code(command, invocation),
        "ExecutionStartDateTime": written(invocation.started_at),
        "ExecutionElapsedTime": elapsed.map_or(String::new(), |seconds| format!("PT{seconds}S")),
        "ExecutionEndDateTime": written(invocation.ended_at),
        "Status": status,
        "StatusDetails": details,
        "StandardOutputContent": output(command, invocation),
        "StandardOutputUrl": "",
        "StandardErrorContent": "",
        "StandardErrorUrl": "",
    })))
}

/// `ListCommandInvocations`: of one command or of all
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ListCommandInvocations.html>).
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let (id, instance) = (text(call.input, "CommandId"), text(call.input, "InstanceId"));
    if id.is_some_and(|id| !world.commands.contains_key(id)) {
        return Err(Fault::new("InvalidCommandId", ""));
    }
    if call.input.contains_key("Filters") {
        return Err(Fault::new("InvalidFilterKey", "Filters are not supported by the simulated AWS."));
    }
    let details = call.input.get("Details").and_then(Value::as_bool) == Some(true);
    let commands = world.commands.values().filter(|command| id.is_none_or(|id| command.id == id));
    let found = commands.flat_map(|command| {
        let mine = command.invocations.iter().filter(|(one, _)| instance.is_none_or(|wanted| *one == wanted));
        mine.map(move |(one, invocation)| (format!("{} {one}", command.id), listed(command, one, invocation, details)))
    });
    let (items, next) = paged(call, found)?;
    Ok(compact(json!({ "CommandInvocations": items, "NextToken": next })))
}

fn listed(command: &Command, instance: &str, invocation: &Invocation, details: bool) -> Value {
    let (status, told) = invocation.stage.words();
    let plugin = json!({
        "Name": PLUGIN,
        "Status": status,
        "StatusDetails": told,
        "ResponseCode": code(command, invocation),
        "Output": output(command, invocation),
    });
    json!({
        "CommandId": command.id,
        "InstanceId": instance,
        "Comment": command.comment,
        "DocumentName": command.document,
        "DocumentVersion": "1",
        "RequestedDateTime": seconds(command.sent_at),
        "Status": status,
        "StatusDetails": told,
        "CommandPlugins": if details { vec![plugin] } else { Vec::new() },
    })
}
