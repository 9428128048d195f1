//! Steps of executions
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StepExecution.html>).

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::page::{compact, maybe_seconds, seconds, text, texts};
use super::{executions, paged};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::runbook::{Execution, OnFailure, Step, StepRun};
use crate::sim::world::World;

/// Values as lists of texts, as outputs and parameters are shown.
pub(super) fn as_lists<'a>(values: impl Iterator<Item = (&'a String, &'a Value)>) -> Value {
    let shown = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let list = |value: &Value| match value {
        Value::Array(items) => items.iter().map(shown).collect::<Vec<String>>(),
        one => vec![shown(one)],
    };
    Value::Object(values.map(|(name, value)| (name.clone(), json!(list(value)))).collect())
}

fn on_failure(step: &Step) -> String {
    match &step.on_failure {
        OnFailure::Abort => "Abort".into(),
        OnFailure::Continue => "Continue".into(),
        OnFailure::Step(name) => format!("step:{name}"),
    }
}

/// A step that has not begun.
pub(super) fn pending(step: &Step) -> Value {
    compact(json!({
        "StepName": step.name,
        "Action": step.action.word(),
        "StepStatus": "Pending",
        "OnFailure": on_failure(step),
        "IsCritical": step.critical,
        "IsEnd": step.end,
        "NextStep": step.next,
        "MaxAttempts": step.attempts,
    }))
}

/// A step that has begun.
pub(super) fn begun(execution: &Execution, run: &StepRun) -> Value {
    let step = execution.document.all_steps().find(|step| step.name == run.name);
    // Inputs are shown as JSON: a text in quotes.
    let inputs: Map<String, Value> =
        run.inputs.iter().map(|(name, value)| (name.clone(), json!(value.to_string()))).collect();
    let details = run.failure.as_ref().map(|failure| {
        json!({
            "FailureStage": failure.stage,
            "FailureType": failure.kind,
            "Details": { "VerificationErrorMessage": [failure.message] },
        })
    });
    let parent = run.parent.as_ref().map(|parent| {
        json!({
            "StepExecutionId": parent.id,
            "StepName": parent.name,
            "Action": "aws:loop",
            "Iteration": parent.iteration,
            "IteratorValue": parent.value,
        })
    });
    let outputs = if run.outputs.is_empty() { Value::Null } else { as_lists(run.outputs.iter()) };
    #[expect(clippy::cast_possible_truncation, reason = "a number of seconds that a document names")]
    let timeout = run.timeout.map(|seconds| seconds as i64);
    let mut shown = compact(json!({
        "StepExecutionId": run.id,
        "StepName": run.name,
        "Action": run.action,
        "TimeoutSeconds": timeout,
        "StepStatus": run.status.as_str(),
        "ExecutionStartTime": seconds(run.started_at),
        "ExecutionEndTime": maybe_seconds(run.ended_at),
        "Inputs": inputs,
        "Outputs": outputs,
        "FailureMessage": run.failure.as_ref().map(|failure| &failure.message),
        "FailureDetails": details,
        "ParentStepDetails": parent,
    }));
    if let (Some(shown), Some(Value::Object(declared))) = (shown.as_object_mut(), step.map(pending)) {
        for (name, value) in declared {
            shown.entry(name).or_insert(value);
        }
    }
    shown
}

/// `DescribeAutomationStepExecutions`: every step that has begun, those of loops included
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeAutomationStepExecutions.html>).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let execution = executions::existing(world, call.input)?;
    let filters = call.input.get("Filters").and_then(Value::as_array).into_iter().flatten();
    let filters: Vec<&Map<String, Value>> = filters.filter_map(Value::as_object).collect();
    let mut found = Vec::new();
    for (place, run) in execution.steps.iter().enumerate() {
        if filters.iter().try_fold(true, |all, filter| Ok::<_, Fault>(all && accepts(filter, run)?))? {
            found.push((place, begun(execution, run)));
        }
    }
    let last = execution.steps.len();
    let backwards = call.input.get("ReverseOrder").and_then(Value::as_bool) == Some(true);
    if backwards {
        found.reverse();
    }
    let key = |place: usize| format!("{:08}", if backwards { last - place } else { place });
    let (items, next) = paged(call, found.into_iter().map(|(place, shown)| (key(place), shown)))?;
    Ok(compact(json!({ "StepExecutions": items, "NextToken": next })))
}

fn accepts(filter: &Map<String, Value>, run: &StepRun) -> Result<bool, Fault> {
    let (key, values) = (text(filter, "Key").unwrap_or_default(), texts(filter, "Values"));
    let is = |text: &str| values.contains(&text);
    let bound = || {
        let read = values.first().and_then(|value| value.parse::<Timestamp>().ok());
        read.ok_or_else(|| Fault::new("InvalidFilterValue", format!("The filter {key} takes a time.")))
    };
    let parent = run.parent.as_ref();
    Ok(match key {
        "StepExecutionStatus" => is(run.status.as_str()),
        "StepExecutionId" => is(&run.id),
        "StepName" => is(&run.name),
        "Action" => is(run.action),
        "StartTimeBefore" => run.started_at < bound()?,
        "StartTimeAfter" => run.started_at > bound()?,
        "ParentStepExecutionId" => parent.is_some_and(|parent| is(&parent.id)),
        "ParentStepIteration" => parent.is_some_and(|parent| is(&parent.iteration.to_string())),
        _ => parent.and_then(|parent| parent.value.as_deref()).is_some_and(is),
    })
}
