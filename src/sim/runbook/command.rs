//! Steps that run a command on instances
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-runcommand.html>).

use serde_json::{Map, Value, json};

use super::act::{Acted, LOOK, Outcome, refused, wrong};
use super::execution::Execution;
use super::selector::{Selector, shown};
use crate::sim::world::World;

impl World {
    /// Sends a command, and waits until it is over on every instance.
    pub(super) fn run_command(
        &mut self,
        execution: &mut Execution,
        place: usize,
        inputs: &Map<String, Value>,
    ) -> Acted {
        // A step that is tried again sends another one.
        let sent = execution.steps.get(place).filter(|run| run.until.is_some());
        let command = match sent.and_then(|run| run.outputs.get("CommandId").cloned()) {
            Some(command) => command,
            None => self.command_as_asked(inputs)?,
        };
        let now = self.now;
        if let Some(run) = execution.steps.get_mut(place) {
            run.until.get_or_insert(now);
            run.outputs.insert("CommandId".into(), command.clone());
        }
        let api = "ListCommandInvocations";
        let given = json!({ "CommandId": command, "Details": true });
        let answer = self.call_inside("ssm", api, &given).map_err(|fault| refused("ssm", api, &fault))?;
        let found = Selector::read("$.CommandInvocations[*]").map_err(wrong)?.find(&answer).unwrap_or_default();
        let invocations = found.as_array().map(Vec::as_slice).unwrap_or_default();
        let status = |one: &Value| shown(&one["Status"]);
        if invocations.iter().any(|one| ["Pending", "InProgress"].contains(&status(one).as_str())) {
            return Ok(Outcome::Later(LOOK));
        }
        let code = |one: &Value| one["CommandPlugins"][0]["ResponseCode"].clone();
        if let Some(bad) = invocations.iter().find(|one| status(one) != "Success") {
            let message = format!(
                "Command {} returns unexpected invocation result on {}: Status {}, StatusDetails {}, ResponseCode {}",
                shown(&command),
                shown(&bad["InstanceId"]),
                status(bad),
                shown(&bad["StatusDetails"]),
                code(bad),
            );
            return Err(wrong(message));
        }
        let output: String = invocations.iter().map(|one| shown(&one["CommandPlugins"][0]["Output"])).collect();
        let outputs = vec![
            ("CommandId".to_owned(), command),
            ("Status".to_owned(), json!("Success")),
            ("ResponseCode".to_owned(), invocations.first().map(code).unwrap_or(json!(0))),
            ("Output".to_owned(), json!(output)),
        ];
        Ok(Outcome::Done(outputs, None))
    }

    /// The id of a command that is sent as a step says.
    fn command_as_asked(&mut self, inputs: &Map<String, Value>) -> Result<Value, Outcome> {
        let mut given = inputs.clone();
        // Every parameter of a command is a list of texts, and a list of instances may have been put into a list.
        if let Some(parameters) = given.get_mut("Parameters").and_then(Value::as_object_mut) {
            for value in parameters.values_mut() {
                *value = flat(value);
            }
        }
        if let Some(ids) = given.get_mut("InstanceIds") {
            *ids = flat(ids);
        }
        let api = "SendCommand";
        let answer =
            self.call_inside("ssm", api, &Value::Object(given)).map_err(|fault| refused("ssm", api, &fault))?;
        Ok(answer["Command"]["CommandId"].clone())
    }
}

/// The texts of a value, whatever they are nested in.
fn flat(value: &Value) -> Value {
    match value {
        Value::Array(items) => {
            let texts = items.iter().flat_map(|item| flat(item).as_array().cloned().unwrap_or_default());
            Value::Array(texts.collect())
        }
        other => json!([shown(other)]),
    }
}
