//! Rate control: one execution that starts a document once for each of several targets
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/running-automations-scale.html> and
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/running-automations-scale-controls.html>).
//!
//! Such an execution runs no step of its document itself. Its steps are the executions that it has started, in the order
//! in which it has.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::document::Action;
use super::execution::{Execution, Failure, Mode, Status, StepRun};
use super::run::Beat;
use super::start::Start;
use crate::sim::call::Fault;
use crate::sim::world::World;
use crate::sim::world::instance::{Ec2State, Instance};

/// Targets at once unless the caller says otherwise
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html>).
const AT_ONCE: &str = "10";

/// Errors unless the caller says otherwise. AWS names none for an automation; this is Run Command's
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendCommand.html>).
const ERRORS: &str = "0";

/// What the caller asks for.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    /// The parameter that the targets are given for.
    pub(crate) parameter: Option<String>,
    /// `Targets`, as they were given.
    pub(crate) targets: Vec<Value>,
    /// `TargetMaps`, as they were given.
    pub(crate) maps: Vec<Value>,
    /// How many at once: a number or a percentage.
    pub(crate) concurrency: Option<String>,
    /// How many may fail: a number or a percentage.
    pub(crate) errors: Option<String>,
}

/// What one execution is started for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Target {
    /// What it is called.
    pub(crate) name: String,
    /// The parameters that it stands for.
    pub(crate) given: Map<String, Value>,
}

/// Ids of the instances that have a tag with one of these values; of all of them where no tag is given.
type Tagged<'a> = &'a dyn Fn(Option<(&str, &[&str])>) -> Vec<String>;

/// Rate control of an execution.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Rate {
    /// What the caller asked for.
    pub(crate) asked: Asked,
    /// What is run, in this order.
    pub(crate) targets: Vec<Target>,
}

impl Asked {
    /// How many at once, in words.
    pub(crate) fn concurrency(&self) -> &str {
        self.concurrency.as_deref().unwrap_or(AT_ONCE)
    }

    /// How many may fail, in words.
    pub(crate) fn errors(&self) -> &str {
        self.errors.as_deref().unwrap_or(ERRORS)
    }

    /// The targets one by one, each once. `tagged` gives the instances that have a tag, whatever its value or with one of these.
    ///
    /// # Errors
    /// What is wrong with them.
    fn resolved(&self, tagged: Tagged<'_>) -> Result<Vec<Target>, Fault> {
        let mut found = Vec::new();
        let all = if self.maps.is_empty() { self.of_targets(tagged)? } else { self.of_maps()? };
        for target in all {
            if !found.contains(&target) {
                found.push(target);
            }
        }
        if found.is_empty() { Err(invalid("The targets resolve to nothing.")) } else { Ok(found) }
    }

    fn of_targets(&self, tagged: Tagged<'_>) -> Result<Vec<Target>, Fault> {
        let name = self.parameter.as_deref().ok_or_else(|| invalid("Targets need a TargetParameterName."))?;
        let key_of = |target: &Value| target.get("Key").and_then(Value::as_str).unwrap_or_default().to_owned();
        if self.targets.len() > 1 && self.targets.iter().any(|target| key_of(target) != "ParameterValues") {
            let message = "Only one resource group or tag can be specified at a time";
            return Err(Fault::new("InvalidAutomationExecutionParametersException", message));
        }
        let mut found = Vec::new();
        for target in &self.targets {
            let values = target.get("Values").and_then(Value::as_array).into_iter().flatten();
            let values: Vec<&str> = values.filter_map(Value::as_str).collect();
            found.extend(
                chosen(&key_of(target), &values, tagged)?
                    .into_iter()
                    .map(|value| Target { given: Map::from_iter([(name.to_owned(), json!([value]))]), name: value }),
            );
        }
        Ok(found)
    }

    fn of_maps(&self) -> Result<Vec<Target>, Fault> {
        if !self.targets.is_empty() {
            return Err(invalid("Targets and TargetMaps cannot be given together."));
        }
        let one = |map: &Value| {
            let given = map.as_object().cloned().unwrap_or_default();
            let named = self.parameter.as_ref().and_then(|name| given.get(name)).or_else(|| given.values().next());
            let name = named.and_then(|values| values.get(0)).and_then(Value::as_str).unwrap_or_default().to_owned();
            Target { name, given }
        };
        Ok(self.maps.iter().map(one).collect())
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidTarget", message)
}

/// What one of `Targets` stands for: values as they are, or the instances of a tag
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_Target.html>). A runbook's target type says which
/// resources may be meant; here these are instances.
fn chosen(key: &str, values: &[&str], tagged: Tagged<'_>) -> Result<Vec<String>, Fault> {
    match (key, key.strip_prefix("tag:")) {
        ("ParameterValues", _) => Ok(values.iter().map(|value| (*value).to_owned()).collect()),
        ("AWS::EC2::Instance" | "InstanceIds", _) if values == ["*"] => Ok(tagged(None)),
        (_, Some(tag)) => Ok(tagged(Some((tag, values)))),
        _ => {
            let rest = "give ParameterValues, tag:KEY or AWS::EC2::Instance with *.";
            Err(invalid(format!("Targets by {key} are not supported by the simulated AWS: {rest}")))
        }
    }
}

/// A number, or a percentage of `total` rounded down.
fn share(text: &str, total: usize) -> usize {
    match text.strip_suffix('%') {
        Some(percent) => percent.parse::<usize>().map_or(0, |percent| total * percent / 100),
        None => text.parse().unwrap_or(usize::MAX),
    }
}

impl Rate {
    /// # Errors
    /// What is wrong with the targets.
    pub(super) fn new(asked: Asked, tagged: Tagged<'_>) -> Result<Self, Fault> {
        Ok(Self { targets: asked.resolved(tagged)?, asked })
    }

    /// Executions that there may be at once.
    fn at_once(&self) -> usize {
        share(self.asked.concurrency(), self.targets.len()).max(1)
    }

    /// Errors after which no other target is begun: one more than are allowed.
    fn gives_up_after(&self) -> usize {
        share(self.asked.errors(), self.targets.len()).saturating_add(1)
    }

    /// Parameters of the execution for a target: what everybody is given, and what it is about.
    pub(super) fn given(target: &Target, shared: &Map<String, Value>) -> Map<String, Value> {
        let mut given = shared.clone();
        given.extend(target.given.clone());
        given
    }

    /// Whether a parameter differs from target to target.
    pub(super) fn varies(&self, parameter: &str) -> bool {
        self.targets.iter().any(|target| target.given.contains_key(parameter))
    }
}

impl World {
    /// Ids of instances that are not gone, in order: those of a tag with one of these values, or all.
    pub(super) fn tagged(&self, tag: Option<(&str, &[&str])>) -> Vec<String> {
        let there = |one: &&Instance| !matches!(one.state, Ec2State::ShuttingDown | Ec2State::Terminated);
        let meant = |one: &&Instance| {
            tag.is_none_or(|(key, values)| one.tags.get(key).is_some_and(|has| values.contains(&has.as_str())))
        };
        self.instances.values().filter(there).filter(meant).map(|one| one.id.clone()).collect()
    }

    /// Something happens to an execution with rate control.
    pub(super) fn rate_beat(&mut self, execution: &mut Execution, rate: &Rate, beat: Beat) {
        if execution.status.is_final() {
            return;
        }
        if let Beat::Act(place) = beat {
            self.target_over(execution, place);
        }
        self.begin_targets(execution, rate);
    }

    /// Takes note of how the execution of a target has ended, if it has.
    fn target_over(&mut self, execution: &mut Execution, place: usize) {
        let now = self.now;
        let Some(run) = execution.steps.get_mut(place).filter(|run| !run.status.is_final()) else { return };
        let Some(child) = run.child.as_ref().and_then(|id| self.automations.get(id)) else { return };
        if !child.status.is_final() {
            return;
        }
        run.status = child.status;
        run.ended_at = Some(now);
        run.outputs.insert("Status".to_owned(), json!(child.status.as_str()));
        if child.status != Status::Success {
            let message = child.failure.clone().unwrap_or_else(|| format!("It ended as {}.", child.status.as_str()));
            run.failure = Some(Failure { stage: "Invocation", kind: "Action", message });
        }
    }

    /// Begins with as many targets as may be under way; one at first, then two for each that is over.
    fn begin_targets(&mut self, execution: &mut Execution, rate: &Rate) {
        loop {
            let count =
                |wanted: &dyn Fn(Status) -> bool| execution.steps.iter().filter(|run| wanted(run.status)).count();
            let failed = count(&|status| matches!(status, Status::Failed | Status::TimedOut));
            let (over, begun) = (count(&Status::is_final), execution.steps.len());
            let ends = execution.status == Status::Cancelling
                || execution.completing
                || failed >= rate.gives_up_after()
                || begun == rate.targets.len();
            if ends && over == begun {
                return self.targets_over(execution, rate, failed);
            }
            if ends || begun - over >= rate.at_once().min(over + 1) {
                return;
            }
            let Some(target) = rate.targets.get(begun) else { return };
            self.begin_target(execution, target);
        }
    }

    fn begin_target(&mut self, execution: &mut Execution, target: &Target) {
        let place = execution.steps.len();
        let given = Rate::given(target, &execution.given);
        let start = Start {
            document: execution.document_name.clone(),
            version: Some(execution.document_version.clone()),
            given: given.clone(),
            mode: Mode::Auto,
            tags: BTreeMap::new(),
            token: None,
            by: execution.executed_by.clone(),
            parent: Some((execution.id.clone(), place)),
            depth: execution.depth + 1,
            rate: None,
            target: Some(target.name.clone()),
            alarm: None,
        };
        let mut run = StepRun::begun(self.fresh_id(), target.name.clone(), Action::ExecuteAutomation.word(), self.now);
        run.inputs.insert("DocumentName".to_owned(), json!(execution.document_name));
        run.inputs.insert("RuntimeParameters".to_owned(), Value::Object(given));
        match self.start_automation(start) {
            Ok(child) => {
                run.outputs.insert("ExecutionId".to_owned(), json!(child));
                run.child = Some(child);
            }
            Err(fault) => {
                run.status = Status::Failed;
                run.ended_at = Some(self.now);
                let message = format!("{}: {}", fault.code, fault.message);
                run.failure = Some(Failure { stage: "Invocation", kind: "Service", message });
            }
        }
        execution.steps.push(run);
    }

    /// More failures than were allowed are a failure of the whole.
    fn targets_over(&mut self, execution: &mut Execution, rate: &Rate, failed: usize) {
        let mut status = Status::Success;
        if failed >= rate.gives_up_after() {
            let first = execution.steps.iter().find(|run| matches!(run.status, Status::Failed | Status::TimedOut));
            let why = first.and_then(|run| Some(format!(" {}: {}", run.name, run.failure.as_ref()?.message)));
            let total = rate.targets.len();
            let why = why.unwrap_or_default();
            execution.failure =
                Some(format!("{failed} of {total} targets failed, {} were allowed.{why}", rate.asked.errors()));
            status = Status::Failed;
        }
        self.end_execution(execution, status);
    }

    /// Cancels an execution with rate control: what it has started goes the way of its own cancellation.
    pub(super) fn cancel_targets(&mut self, execution: &mut Execution) {
        execution.status = Status::Cancelling;
        let open = execution.steps.iter().filter(|run| !run.status.is_final());
        let children: Vec<String> = open.filter_map(|run| run.child.clone()).collect();
        if children.is_empty() {
            return self.end_execution(execution, Status::Cancelled);
        }
        for child in children {
            self.cancel_child(&child);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(targets: usize, concurrency: &str, errors: &str) -> Rate {
        let values: Vec<String> = (0..targets).map(|n| format!("i-{n}")).collect();
        let asked = Asked {
            parameter: Some("InstanceId".into()),
            targets: vec![json!({ "Key": "ParameterValues", "Values": values })],
            maps: Vec::new(),
            concurrency: Some(concurrency.into()),
            errors: Some(errors.into()),
        };
        Rate::new(asked, &|_| Vec::new()).expect("targets")
    }

    #[test]
    fn numbers_and_percentages_are_those_of_the_api_reference() {
        // "If you run an automation on 50 resources and set max-errors to 10%, … when the sixth error is received."
        assert_eq!(rate(50, "10%", "10%").gives_up_after(), 6);
        assert_eq!(rate(50, "1", "3").gives_up_after(), 4);
        assert_eq!(rate(50, "1", "0").gives_up_after(), 1);
        assert_eq!([rate(50, "10%", "0").at_once(), rate(3, "10%", "0").at_once()], [5, 1]);
        assert_eq!([rate(50, "100%", "0").at_once(), rate(50, "7", "0").at_once()], [50, 7]);
    }

    #[test]
    fn a_target_that_comes_twice_is_one() {
        let asked = Asked {
            parameter: Some("InstanceId".into()),
            targets: vec![json!({ "Key": "ParameterValues", "Values": ["i-1", "i-2", "i-1"] })],
            ..Asked::default()
        };
        let rate = Rate::new(asked, &|_| Vec::new()).expect("targets");
        let names: Vec<String> = rate.targets.into_iter().map(|one| one.name).collect();
        assert_eq!(names, ["i-1", "i-2"]);
    }
}
