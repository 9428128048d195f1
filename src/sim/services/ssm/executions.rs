//! Executions: started, shown, listed.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::page::{compact, given_tags, maybe_seconds, seconds, text, texts};
use super::super::sts::caller_arn;
use super::{paged, steps};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::runbook::{Asked, Execution, Guard, Mode, Rate, Start, Status, Step};
use crate::sim::world::World;

/// `StartAutomationExecution`
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html>).
pub(super) fn start(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let missing = ["TargetLocations", "TargetLocationsURL"];
    if let Some(member) = missing.iter().find(|member| input.contains_key(**member)) {
        return Err(Fault::new("ValidationException", format!("{member} is not supported by the simulated AWS.")));
    }
    let tags = given_tags(input, "Tags", "Key", "Value");
    // An automation has up to five tags.
    if tags.len() > 5 {
        return Err(Fault::new("ValidationException", "An automation execution has at most 5 tags."));
    }
    let mode = if text(input, "Mode") == Some("Interactive") { Mode::Interactive } else { Mode::Auto };
    let rate = asked(input)?;
    if rate.is_some() && mode == Mode::Interactive {
        return Err(Fault::new("ValidationException", "An execution with targets cannot be interactive."));
    }
    let start = Start {
        document: text(input, "DocumentName").unwrap_or_default().to_owned(),
        version: text(input, "DocumentVersion").map(str::to_owned),
        given: input.get("Parameters").and_then(Value::as_object).cloned().unwrap_or_default(),
        mode,
        tags,
        token: text(input, "ClientToken").map(str::to_owned),
        by: world.caller.clone().unwrap_or_else(|| caller_arn(&world.account)),
        parent: None,
        depth: 0,
        rate,
        target: None,
        alarm: alarm(input),
    };
    Ok(json!({ "AutomationExecutionId": world.start_automation(start)? }))
}

/// The alarm that stops it, where the caller names one; the model lets there be one alone.
fn alarm(input: &Map<String, Value>) -> Option<Guard> {
    let given = input.get("AlarmConfiguration")?;
    Some(Guard {
        name: given["Alarms"][0]["Name"].as_str()?.to_owned(),
        ignores_failure: given["IgnorePollAlarmFailure"].as_bool().unwrap_or(false),
    })
}

/// Rate control, where the caller asks for it. What belongs to it means nothing without targets.
fn asked(input: &Map<String, Value>) -> Result<Option<Asked>, Fault> {
    let list = |name: &str| input.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let word = |name: &str| text(input, name).map(str::to_owned);
    let asked = Asked {
        parameter: word("TargetParameterName"),
        targets: list("Targets"),
        maps: list("TargetMaps"),
        concurrency: word("MaxConcurrency"),
        errors: word("MaxErrors"),
    };
    if !asked.targets.is_empty() || !asked.maps.is_empty() {
        return Ok(Some(asked));
    }
    if asked == Asked::default() {
        return Ok(None);
    }
    let message = "TargetParameterName, MaxConcurrency and MaxErrors need Targets or TargetMaps.";
    Err(Fault::new("InvalidTarget", message))
}

pub(super) fn existing<'w>(world: &'w World, input: &Map<String, Value>) -> Result<&'w Execution, Fault> {
    let id = text(input, "AutomationExecutionId").unwrap_or_default();
    let absent = || {
        let message = format!("Automation execution {id} not found.");
        Fault::new("AutomationExecutionNotFoundException", message)
    };
    world.automations.get(id).ok_or_else(absent)
}

fn mode(execution: &Execution) -> &'static str {
    if execution.mode == Mode::Interactive { "Interactive" } else { "Auto" }
}

/// The step that is under way, with its action.
fn current(execution: &Execution) -> Option<(&str, &str)> {
    let run = execution.steps.get(execution.under_way()?)?;
    Some((run.name.as_str(), run.action))
}

/// `GetAutomationExecution`: with its steps
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_AutomationExecution.html>).
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    let execution = existing(world, call.input)?;
    let mut shown: Vec<Value> = execution.steps.iter().map(|run| steps::begun(execution, run)).collect();
    let begun = |step: &&Step| !execution.steps.iter().any(|run| run.name == step.name);
    if execution.rate.is_none() {
        shown.extend(execution.document.steps.iter().filter(begun).map(steps::pending));
    }
    // A hundred of them; the rest by DescribeAutomationStepExecutions.
    let truncated = shown.len() > 100;
    shown.truncate(100);
    let mut answer = summary(execution);
    let rest = json!({
        "StepExecutions": shown,
        "StepExecutionsTruncated": truncated,
        "ProgressCounters": execution.rate.as_deref().map(|rate| counters(execution, rate)),
        "Parameters": steps::as_lists(execution.parameters.iter()),
        "Variables": some(steps::as_lists(execution.variables.iter())),
    });
    if let (Some(answer), Value::Object(rest)) = (answer.as_object_mut(), rest) {
        answer.remove("AutomationType");
        answer.extend(rest.into_iter().filter(|(_, value)| !value.is_null()));
    }
    Ok(json!({ "AutomationExecution": answer }))
}

/// How the targets stand
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ProgressCounters.html>).
fn counters(execution: &Execution, rate: &Rate) -> Value {
    let count = |status: Status| execution.steps.iter().filter(|run| run.status == status).count();
    json!({
        "TotalSteps": rate.targets.len(),
        "SuccessSteps": count(Status::Success),
        "FailedSteps": count(Status::Failed),
        "CancelledSteps": count(Status::Cancelled),
        "TimedOutSteps": count(Status::TimedOut),
    })
}

fn some(value: Value) -> Value {
    if value.as_object().is_some_and(Map::is_empty) { Value::Null } else { value }
}

fn summary(execution: &Execution) -> Value {
    let outputs = execution.document.outputs.iter().filter_map(|name| Some((name, execution.outputs.get(name)?)));
    let now = current(execution);
    let triggered = execution.alarm.as_ref().zip(execution.triggered);
    let triggered = triggered.map(|(guard, state)| json!([{ "Name": guard.name, "State": state }]));
    let rate = execution.rate.as_deref();
    let targets: Vec<&str> = rate.iter().flat_map(|rate| &rate.targets).map(|target| target.name.as_str()).collect();
    compact(json!({
        "AutomationExecutionId": execution.id,
        "DocumentName": execution.document_name,
        "DocumentVersion": execution.document_version,
        "AutomationExecutionStatus": execution.status.as_str(),
        "ExecutionStartTime": seconds(execution.started_at),
        "ExecutionEndTime": maybe_seconds(execution.ended_at),
        "ExecutedBy": execution.executed_by,
        "Mode": mode(execution),
        "CurrentStepName": now.map(|(name, _)| name),
        "CurrentAction": now.map(|(_, action)| action),
        "FailureMessage": execution.failure.as_ref().filter(|_| execution.status.is_final()),
        "ParentAutomationExecutionId": execution.parent.as_ref().map(|(id, _)| id),
        "Outputs": some(steps::as_lists(outputs)),
        "Target": execution.target,
        "TargetParameterName": rate.and_then(|rate| rate.asked.parameter.as_ref()),
        "Targets": rate.map_or(&[][..], |rate| &rate.asked.targets),
        "TargetMaps": rate.map(|rate| &rate.asked.maps).filter(|maps| !maps.is_empty()),
        "MaxConcurrency": rate.map(|rate| rate.asked.concurrency()),
        "MaxErrors": rate.map(|rate| rate.asked.errors()),
        "ResolvedTargets": { "ParameterValues": targets, "Truncated": false },
        "AutomationType": "Local",
        "AlarmConfiguration": execution.alarm.as_ref().map(Guard::shown),
        "TriggeredAlarms": triggered,
    }))
}

/// `DescribeAutomationExecutions`: newest first
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeAutomationExecutions.html>).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let filters = call.input.get("Filters").and_then(Value::as_array).into_iter().flatten();
    let filters: Vec<Filter> = filters.filter_map(Value::as_object).map(Filter::read).collect::<Result<_, Fault>>()?;
    let found = world.automations.values().filter(|one| filters.iter().all(|filter| filter.accepts(one)));
    let mut found: Vec<(String, Value)> = found.map(|one| (newest_first(one), summary(one))).collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    let (items, next) = paged(call, found)?;
    Ok(compact(json!({ "AutomationExecutionMetadataList": items, "NextToken": next })))
}

fn newest_first(execution: &Execution) -> String {
    format!("{:020} {}", i64::MAX - execution.started_at.as_millisecond(), execution.id)
}

struct Filter<'a> {
    key: &'a str,
    values: Vec<&'a str>,
    bounds: Vec<Timestamp>,
}

impl<'a> Filter<'a> {
    fn read(filter: &'a Map<String, Value>) -> Result<Self, Fault> {
        let (key, values) = (text(filter, "Key").unwrap_or_default(), texts(filter, "Values"));
        let invalid =
            |value: &str| Fault::new("InvalidFilterValue", format!("{value} is no value for the filter {key}."));
        if ["TargetResourceGroup", "AutomationSubtype", "OpsItemId"].contains(&key) {
            return Err(Fault::new(
                "InvalidFilterKey",
                format!("The filter {key} is not supported by the simulated AWS."),
            ));
        }
        let bounds = match key {
            "StartTimeBefore" | "StartTimeAfter" => {
                let read = |value: &&str| value.parse::<Timestamp>().map_err(|_| invalid(value));
                values.iter().map(read).collect::<Result<_, _>>()?
            }
            _ => Vec::new(),
        };
        Ok(Self { key, values, bounds })
    }

    fn accepts(&self, execution: &Execution) -> bool {
        let is = |text: &str| self.values.contains(&text);
        match self.key {
            "DocumentNamePrefix" => self.values.iter().any(|prefix| execution.document_name.starts_with(prefix)),
            "ExecutionStatus" => is(execution.status.as_str()),
            "ExecutionId" => is(&execution.id),
            "ParentExecutionId" => execution.parent.as_ref().is_some_and(|(id, _)| is(id)),
            "CurrentAction" => current(execution).is_some_and(|(_, action)| is(action)),
            "StartTimeBefore" => self.bounds.iter().any(|bound| execution.started_at < *bound),
            "StartTimeAfter" => self.bounds.iter().any(|bound| execution.started_at > *bound),
            "TagKey" => execution.tags.keys().any(|key| is(key)),
            "AutomationType" => is("Local"),
            _ => false,
        }
    }
}
