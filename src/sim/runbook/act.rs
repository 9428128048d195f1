//! What each action does.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html> leads to a page for each.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::api::parts;
use super::document::{Action, Step};
use super::duration::seconds;
use super::execution::{Execution, Status, Turn};
use super::selector::{Selector, converted, shown};
use super::start::Start;
use super::{condition, template};
use crate::sim::call::Fault;
use crate::sim::world::World;

/// Seconds between two looks at a property; AWS publishes none.
pub(super) const LOOK: f64 = 5.0;

/// Characters that a variable may be updated to at the most
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-update-variable.html>).
const LONGEST: usize = 512;

/// What came of an action.
pub(super) enum Outcome {
    /// It is over: what it gave, and the step that it leads to.
    Done(Vec<(String, Value)>, Option<String>),
    /// It goes on in so many seconds.
    Later(f64),
    /// It goes on then.
    At(Timestamp),
    /// It waits for a signal or another execution.
    Waits(Status),
    /// It has begun steps of its own.
    Entered,
    /// A call is refused because the account's rate is exceeded: the reason.
    Throttled(String),
    /// It has failed: the type of the failure and the reason.
    Failed(&'static str, String),
}

pub(super) type Acted = Result<Outcome, Outcome>;

pub(super) fn wrong(message: impl Into<String>) -> Outcome {
    Outcome::Failed("Action", message.into())
}

pub(super) fn refused(service: &str, api: &str, fault: &Fault) -> Outcome {
    let reason = format!("{service} {api} failed: {}: {}", fault.code, fault.message);
    if fault.code == "ThrottlingException" { Outcome::Throttled(reason) } else { Outcome::Failed("Service", reason) }
}

pub(super) fn done() -> Acted {
    Ok(Outcome::Done(Vec::new(), None))
}

impl World {
    /// Does what the step of `execution` at `place` is there to do.
    pub(super) fn act(&mut self, execution: &mut Execution, place: usize) -> Outcome {
        let Some(step) = execution.step().cloned() else { return wrong("the document has no such step") };
        let Some(inputs) = execution.steps.get(place).map(|run| run.inputs.clone()) else {
            return wrong("the step has not begun");
        };
        let acted = match step.action {
            Action::ExecuteApi => self.execute_api(&step, &inputs),
            Action::Assert => self.assert_property(&inputs),
            Action::Wait => self.wait_for_property(&inputs),
            Action::Sleep => self.sleep(execution, place, &inputs),
            Action::Branch => choose(&inputs),
            Action::Loop => enter(execution, place, &inputs),
            Action::UpdateVariable => update_variable(execution, &inputs),
            Action::Approve => {
                execution.give(place, "ApprovalStatus", json!("Waiting"));
                Ok(Outcome::Waits(Status::Waiting))
            }
            Action::Pause => Ok(Outcome::Waits(Status::Waiting)),
            Action::ExecuteAutomation => self.execute_automation(execution, place, &inputs),
            Action::CreateImage => self.create_image(execution, place, &inputs),
            Action::DeleteImage => self.delete_image(&inputs),
            Action::CreateTags => self.create_tags(&inputs),
            Action::RunCommand => self.run_command(execution, place, &inputs),
            Action::RunInstances => self.run_instances(execution, place, &inputs),
            Action::ChangeInstanceState => self.change_instance_state(execution, place, &inputs),
        };
        acted.unwrap_or_else(|failed| failed)
    }

    fn execute_api(&mut self, step: &Step, inputs: &Map<String, Value>) -> Acted {
        let (service, api, given) = parts(inputs, &[]);
        let answer = self.call_inside(&service, &api, &given).map_err(|fault| refused(&service, &api, &fault))?;
        let mut outputs = Vec::new();
        for output in &step.outputs {
            let selector = Selector::read(&output.selector).map_err(wrong)?;
            let found = selector.find(&answer).filter(|found| !found.is_null());
            let value = found.as_ref().and_then(|found| converted(found, &output.kind));
            let value = value.ok_or_else(|| {
                let found = found.map_or_else(|| "nothing".to_owned(), |found| found.to_string());
                wrong(format!("output {}: {} gives {found}, which is no {}", output.name, output.selector, output.kind))
            })?;
            outputs.push((output.name.clone(), value));
        }
        Ok(Outcome::Done(outputs, None))
    }

    /// The property that a step is about, and whether it is as desired. A selector that leads to many places is as desired
    /// when there are some and all of them are.
    fn property(&mut self, inputs: &Map<String, Value>) -> Result<(String, bool), Outcome> {
        let (service, api, given) = parts(inputs, &["PropertySelector", "DesiredValues"]);
        let answer = self.call_inside(&service, &api, &given).map_err(|fault| refused(&service, &api, &fault))?;
        let selector = inputs.get("PropertySelector").and_then(Value::as_str).unwrap_or_default();
        let found = Selector::read(selector).map_err(wrong)?.find(&answer);
        let desired = inputs.get("DesiredValues").and_then(Value::as_array).into_iter().flatten();
        let desired: Vec<String> = desired.map(shown).collect();
        let is_desired = |value: &Value| desired.contains(&shown(value));
        let holds = match &found {
            Some(Value::Array(items)) => !items.is_empty() && items.iter().all(is_desired),
            Some(value) => is_desired(value),
            None => false,
        };
        let found = found.map_or_else(|| "nothing".to_owned(), |found| shown(&found));
        Ok((format!("{selector} is {found}, wanted is one of {}", desired.join(", ")), holds))
    }

    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-assertAwsResourceProperty.html>
    fn assert_property(&mut self, inputs: &Map<String, Value>) -> Acted {
        match self.property(inputs)? {
            (_, true) => done(),
            (words, false) => Err(Outcome::Failed("Verification", words)),
        }
    }

    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-waitForAwsResourceProperty.html>
    fn wait_for_property(&mut self, inputs: &Map<String, Value>) -> Acted {
        match self.property(inputs)? {
            (_, true) => done(),
            (_, false) => Ok(Outcome::Later(LOOK)),
        }
    }

    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-sleep.html>
    fn sleep(&mut self, execution: &mut Execution, place: usize, inputs: &Map<String, Value>) -> Acted {
        let Some(run) = execution.steps.get_mut(place) else { return done() };
        let until = match (run.until, inputs.get("Duration").and_then(Value::as_str)) {
            (Some(until), _) => until,
            (None, Some(text)) => {
                let length = seconds(text).ok_or_else(|| wrong(format!("Duration {text} is none of ISO 8601")))?;
                self.now + self.span(length)
            }
            (None, None) => {
                let text = inputs.get("Timestamp").and_then(Value::as_str).unwrap_or_default();
                text.parse().map_err(|_| wrong(format!("Timestamp {text} is none of ISO 8601")))?
            }
        };
        run.until = Some(until);
        if until <= self.now { done() } else { Ok(Outcome::At(until)) }
    }

    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-executeAutomation.html>
    fn execute_automation(&mut self, execution: &mut Execution, place: usize, inputs: &Map<String, Value>) -> Acted {
        let started = execution.steps.get(place).and_then(|run| run.child.clone());
        let Some(child) = started else {
            let start = Start::of_step(execution, place, inputs).map_err(wrong)?;
            let child =
                self.start_automation(start).map_err(|fault| refused("ssm", "StartAutomationExecution", &fault))?;
            if let Some(run) = execution.steps.get_mut(place) {
                run.child = Some(child);
            }
            return Ok(Outcome::Waits(Status::InProgress));
        };
        let Some(child) = self.automations.get(&child) else { return Err(wrong("the execution is gone")) };
        if !child.status.is_final() {
            return Ok(Outcome::Waits(Status::InProgress));
        }
        if child.status != Status::Success {
            let why = child.failure.clone().unwrap_or_default();
            let message = format!("execution {} ended as {}: {why}", child.id, child.status.as_str());
            return Err(Outcome::Failed("Action", message));
        }
        let output: Vec<Value> =
            child.document.outputs.iter().filter_map(|name| child.outputs.get(name).cloned()).collect();
        let outputs = vec![
            ("ExecutionId".to_owned(), json!(child.id)),
            ("Status".to_owned(), json!(child.status.as_str())),
            ("Output".to_owned(), json!(output)),
        ];
        Ok(Outcome::Done(outputs, None))
    }

    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-createtag.html>
    fn create_tags(&mut self, inputs: &Map<String, Value>) -> Acted {
        let member = |name: &str| inputs.get(name).cloned().unwrap_or_default();
        let given = json!({ "Resources": member("ResourceIds"), "Tags": member("Tags") });
        self.call_inside("ec2", "CreateTags", &given).map_err(|fault| refused("ec2", "CreateTags", &fault))?;
        done()
    }

    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-changestate.html>
    fn change_instance_state(&mut self, execution: &mut Execution, place: usize, inputs: &Map<String, Value>) -> Acted {
        let ids = inputs.get("InstanceIds").cloned().unwrap_or_default();
        let desired = inputs.get("DesiredState").and_then(Value::as_str).unwrap_or_default();
        if !["running", "stopped", "terminated"].contains(&desired) {
            return Err(wrong(format!("DesiredState {desired} is not supported")));
        }
        let only_looks = inputs.get("CheckStateOnly").map(shown).as_deref() == Some("true");
        let given = json!({ "InstanceIds": ids });
        let first = execution.steps.get(place).is_some_and(|run| run.until.is_none());
        let api = if desired == "stopped" { "StopInstances" } else { "TerminateInstances" };
        if first && !only_looks && desired != "running" {
            self.call_inside("ec2", api, &given).map_err(|fault| refused("ec2", api, &fault))?;
        }
        if let Some(run) = execution.steps.get_mut(place) {
            run.until.get_or_insert(self.now);
        }
        let states = self.states(&given)?;
        if states.iter().all(|state| state == desired) {
            return Ok(Outcome::Done(vec![("InstanceStates".into(), json!(states))], None));
        }
        Ok(Outcome::Later(LOOK))
    }

    /// Launches, and waits until all of them run
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-runinstance.html>).
    fn run_instances(&mut self, execution: &mut Execution, place: usize, inputs: &Map<String, Value>) -> Acted {
        let launched = execution.steps.get(place).and_then(|run| run.outputs.get("InstanceIds").cloned());
        let ids = match launched {
            Some(ids) => ids,
            None => self.launch_as_asked(inputs)?,
        };
        if let Some(run) = execution.steps.get_mut(place) {
            run.outputs.insert("InstanceIds".into(), ids.clone());
        }
        let states = self.states(&json!({ "InstanceIds": ids }))?;
        if let Some(gone) = states.iter().find(|state| !["pending", "running"].contains(&state.as_str())) {
            return Err(wrong(format!("an instance that was launched is {gone}")));
        }
        if states.iter().all(|state| state == "running") {
            let outputs = vec![("InstanceIds".into(), ids), ("InstanceStates".into(), json!(states))];
            return Ok(Outcome::Done(outputs, None));
        }
        Ok(Outcome::Later(LOOK))
    }

    /// The ids of instances that are launched as a step says.
    fn launch_as_asked(&mut self, inputs: &Map<String, Value>) -> Result<Value, Outcome> {
        let mut given = inputs.clone();
        for (name, api) in [("MinInstanceCount", "MinCount"), ("MaxInstanceCount", "MaxCount")] {
            let count = given.remove(name).unwrap_or_else(|| json!(1));
            given.insert(api.to_owned(), count);
        }
        let api = "RunInstances";
        let answer =
            self.call_inside("ec2", api, &Value::Object(given)).map_err(|fault| refused("ec2", api, &fault))?;
        Ok(Selector::read("$.Instances[*].InstanceId").map_err(wrong)?.find(&answer).unwrap_or_default())
    }

    /// The states of instances.
    fn states(&mut self, given: &Value) -> Result<Vec<String>, Outcome> {
        let api = "DescribeInstances";
        let answer = self.call_inside("ec2", api, given).map_err(|fault| refused("ec2", api, &fault))?;
        let states = Selector::read("$.Reservations[*].Instances[*].State.Name").map_err(wrong)?.find(&answer);
        Ok(states.iter().filter_map(Value::as_array).flatten().map(shown).collect())
    }

    /// What the references of a step's inputs stand for; conditions of loops are left for when they are asked.
    pub(super) fn resolved_inputs(&self, execution: &Execution, step: &Step) -> Result<Map<String, Value>, String> {
        let lookup = |reference: &str| execution.look_up(reference, &self.account, &self.region, self.now);
        let mut resolved = Map::new();
        for (name, value) in step.inputs.as_object().into_iter().flatten() {
            let late = step.action == Action::Loop && name == "LoopCondition";
            let value = if late { value.clone() } else { template::resolve(value, &lookup)? };
            resolved.insert(name.clone(), value);
        }
        Ok(resolved)
    }

    /// Whether a loop goes on, asked after an iteration.
    pub(super) fn loop_goes_on(&self, execution: &Execution, condition: &Value) -> Result<bool, String> {
        let lookup = |reference: &str| execution.look_up(reference, &self.account, &self.region, self.now);
        let resolved = template::resolve(condition, &lookup)?;
        condition::holds(resolved.as_object().ok_or("LoopCondition is no condition")?)
    }
}

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-branch.html>
fn choose(inputs: &Map<String, Value>) -> Acted {
    for choice in inputs.get("Choices").and_then(Value::as_array).into_iter().flatten() {
        let condition = choice.as_object().ok_or_else(|| wrong(format!("{choice} is no condition")))?;
        if condition::holds(condition).map_err(wrong)? {
            return Ok(Outcome::Done(Vec::new(), choice.get("NextStep").map(shown)));
        }
    }
    Ok(Outcome::Done(Vec::new(), inputs.get("Default").map(shown)))
}

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-loop.html>
fn enter(execution: &mut Execution, place: usize, inputs: &Map<String, Value>) -> Acted {
    let values = match inputs.get("Iterators") {
        None => None,
        Some(Value::Array(values)) if values.len() <= 100 => Some(values.clone()),
        Some(Value::Array(values)) => {
            return Err(wrong(format!("a loop ends at 100 iterations, and Iterators has {} items", values.len())));
        }
        Some(other) => return Err(wrong(format!("Iterators is a list, not {other}"))),
    };
    // What AWS does about none at all is not documented.
    if values.as_ref().is_some_and(Vec::is_empty) {
        return Err(wrong("Iterators is empty: a branch has to lead around the loop"));
    }
    let most = match inputs.get("MaxIterations").map(shown) {
        None => 100,
        Some(text) => text
            .parse()
            .ok()
            .filter(|most| (1..=100).contains(most))
            .ok_or_else(|| wrong(format!("MaxIterations is a number from 1 to 100, not {text}")))?,
    };
    execution.turn = Some(Turn { run: place, at: 0, iteration: 1, values, most });
    Ok(Outcome::Entered)
}

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-update-variable.html>
fn update_variable(execution: &mut Execution, inputs: &Map<String, Value>) -> Acted {
    // Written `variable:NAME`.
    let name = inputs.get("Name").and_then(Value::as_str).unwrap_or_default();
    let name = name.strip_prefix("variable:").unwrap_or(name).to_owned();
    let declared =
        execution.document.variables.get(&name).ok_or_else(|| wrong(format!("no variable is called {name}")))?;
    let given = inputs.get("Value").cloned().unwrap_or_default();
    let value = converted(&given, &declared.kind);
    let value = value.ok_or_else(|| wrong(format!("variable {name} is a {}, not {given}", declared.kind)))?;
    let length = shown(&value).chars().count();
    if !(1..=LONGEST).contains(&length) {
        return Err(wrong(format!("Value has 1 to {LONGEST} characters, not {length}")));
    }
    execution.variables.insert(name, value);
    done()
}
