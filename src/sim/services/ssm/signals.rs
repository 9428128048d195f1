//! Signals to executions, and how they are stopped.

use serde_json::{Map, Value, json};

use super::super::page::{text, texts};
use super::super::sts::caller_arn;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::runbook::Signal;
use crate::sim::world::World;

/// `StopAutomationExecution`: cancelled, unless it says `Complete`.
pub(super) fn stop(world: &mut World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "AutomationExecutionId").unwrap_or_default();
    world.stop_automation(id, text(call.input, "Type") == Some("Complete"))?;
    Ok(json!({}))
}

/// `SendAutomationSignal`: what each signal needs is in its payload
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendAutomationSignal.html>).
pub(super) fn send(world: &mut World, call: &Call<'_>) -> Answer {
    let none = Map::new();
    let payload = call.input.get("Payload").and_then(Value::as_object).unwrap_or(&none);
    let of = |name: &str| texts(payload, name).first().map(|text| (*text).to_owned());
    let comment = of("Comment").unwrap_or_default();
    let signal = match text(call.input, "SignalType").unwrap_or_default() {
        "Approve" => Signal::Approve(comment),
        "Reject" => Signal::Reject(comment),
        "Revoke" => Signal::Revoke,
        "Resume" => Signal::Resume(of("StepExecutionId")),
        "StartStep" => Signal::StartStep(of("StepName")),
        _ => Signal::StopStep(of("StepExecutionId").ok_or_else(|| {
            Fault::new("InvalidAutomationSignalException", "StopStep needs a StepExecutionId in its payload.")
        })?),
    };
    let id = text(call.input, "AutomationExecutionId").unwrap_or_default();
    let by = caller_arn(&world.account);
    world.signal_automation(id, &signal, &by)?;
    Ok(json!({}))
}
