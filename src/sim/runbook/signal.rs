//! Signals to executions, and how they are stopped
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendAutomationSignal.html>,
//! <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StopAutomationExecution.html>).

use serde_json::{Value, json};

use super::document::Action;
use super::execution::{Execution, Mode, Status, StepRun};
use super::run::{Beat, CANCELLATION};
use super::selector::shown;
use crate::sim::call::Fault;
use crate::sim::world::World;

/// A signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Somebody agrees; with a comment.
    Approve(String),
    /// Somebody does not; with a comment.
    Reject(String),
    /// What was agreed to no longer is.
    Revoke,
    /// A paused execution goes on, at the step of this id where one is given.
    Resume(Option<String>),
    /// An interactive execution begins its next step, which may be named.
    StartStep(Option<String>),
    /// The step of this id is stopped.
    StopStep(String),
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidAutomationSignalException", message)
}

fn absent(id: &str) -> Fault {
    Fault::new("AutomationExecutionNotFoundException", format!("Automation execution {id} not found."))
}

impl World {
    /// Sends a signal.
    ///
    /// # Errors
    /// What `SendAutomationSignal` answers.
    pub(crate) fn signal_automation(&mut self, id: &str, signal: &Signal, by: &str) -> Result<(), Fault> {
        let mut execution = self.take_out(id).ok_or_else(|| absent(id))?;
        let sent = self.take_signal(&mut execution, signal, by);
        self.put_back(execution);
        sent
    }

    fn take_signal(&mut self, execution: &mut Execution, signal: &Signal, by: &str) -> Result<(), Fault> {
        if execution.status.is_final() {
            return Err(invalid("The automation execution has ended."));
        }
        if execution.rate.is_some() {
            return Err(invalid("An execution with rate control takes no signals: those of its targets do."));
        }
        let waiting = execution.under_way().zip(execution.step().map(|step| step.action));
        match (signal, waiting) {
            (Signal::Approve(comment), Some((place, Action::Approve))) => self.approve(execution, place, by, comment),
            (Signal::Reject(comment), Some((place, Action::Approve))) => self.reject(execution, place, by, comment),
            (Signal::Resume(step), Some((place, Action::Pause))) => {
                let other = execution.steps.get(place).is_some_and(|run| step.as_ref().is_some_and(|id| *id != run.id));
                if other {
                    return Err(no_step());
                }
                self.step_done(execution, place, Vec::new(), None);
                Ok(())
            }
            (Signal::StartStep(name), _) => self.start_step(execution, name.as_deref()),
            (Signal::StopStep(id), Some((place, _))) => {
                if execution.steps.get(place).is_none_or(|run| run.id != *id) {
                    return Err(no_step());
                }
                self.step_given_up(execution, place, "Verification", format!("Stopped by {by}"));
                Ok(())
            }
            _ => Err(invalid("The signal does not fit what the automation execution waits for.")),
        }
    }

    /// As many have to agree as the step asks for, each of those whom it names once
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html>).
    fn approve(&mut self, execution: &mut Execution, place: usize, by: &str, comment: &str) -> Result<(), Fault> {
        let Some(run) = execution.steps.get_mut(place) else { return Err(no_step()) };
        may_decide(run, by)?;
        if run.approvals.iter().any(|one| one == by) {
            return Err(invalid(format!("{by} has already approved.")));
        }
        run.approvals.push(by.to_owned());
        let needed = run.inputs.get("MinRequiredApprovals").map(shown).and_then(|n| n.parse().ok()).unwrap_or(1);
        if run.approvals.len() < needed {
            return Ok(());
        }
        let decisions: Vec<String> = run
            .approvals
            .iter()
            .map(|who| json!({ "approver": who, "decision": "Approve", "comment": comment }).to_string())
            .collect();
        let outputs =
            vec![("ApprovalStatus".to_owned(), json!("Approved")), ("ApproverDecisions".to_owned(), json!(decisions))];
        self.step_done(execution, place, outputs, None);
        Ok(())
    }

    /// One of those whom the step names is enough
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html>).
    fn reject(&mut self, execution: &mut Execution, place: usize, by: &str, comment: &str) -> Result<(), Fault> {
        may_decide(execution.steps.get(place).ok_or_else(no_step)?, by)?;
        let decision = json!({ "approver": by, "decision": "Reject", "comment": comment }).to_string();
        execution.give(place, "ApprovalStatus", json!("Rejected"));
        execution.give(place, "ApproverDecisions", json!([decision]));
        self.step_given_up(execution, place, "Verification", format!("Rejected by {by}: {comment}"));
        Ok(())
    }

    fn start_step(&mut self, execution: &mut Execution, name: Option<&str>) -> Result<(), Fault> {
        // A loop is under way while its next step waits to be started; nothing else is.
        let under_way = execution.under_way();
        let between = under_way.is_none() || under_way == execution.turn.as_ref().map(|turn| turn.run);
        if execution.mode != Mode::Interactive || execution.status != Status::Waiting || !between {
            return Err(invalid("The automation execution does not wait for a step to be started."));
        }
        let next = execution.step().map(|step| step.name.as_str());
        if name.is_some() && name != next {
            return Err(no_step());
        }
        execution.released = true;
        self.plan_begin(execution);
        Ok(())
    }

    /// Stops an execution: at once, by way of the step's `onCancel`, or after the step that is under way.
    ///
    /// # Errors
    /// What `StopAutomationExecution` answers.
    pub(crate) fn stop_automation(&mut self, id: &str, complete: bool) -> Result<(), Fault> {
        let mut execution = self.take_out(id).ok_or_else(|| absent(id))?;
        let ended = execution.status.is_final();
        if !ended && complete && execution.steps.iter().any(|run| !run.status.is_final()) {
            execution.completing = true;
        } else if !ended && complete {
            self.end_execution(&mut execution, Status::Success);
        } else if !ended && execution.status != Status::Cancelling {
            self.cancel(&mut execution);
        }
        self.put_back(execution);
        if ended {
            let message = "The automation execution has ended and cannot be stopped.";
            return Err(Fault::new("InvalidAutomationStatusUpdateException", message));
        }
        Ok(())
    }

    pub(super) fn cancel(&mut self, execution: &mut Execution) {
        if execution.rate.is_some() {
            return self.cancel_targets(execution);
        }
        // Between two steps it is the next one that is cancelled.
        let begun = !execution.steps.is_empty();
        let target = execution.step().filter(|_| begun).and_then(|step| step.on_cancel.clone());
        let inner = execution.turn.as_ref().map_or(usize::MAX, |turn| turn.run);
        execution.status = Status::Cancelling;
        let Some(target) = target else { return self.end_execution(execution, Status::Cancelled) };
        self.close_under_way(execution, Status::Cancelled, inner);
        execution.mode = Mode::Auto;
        let id = execution.id.clone();
        self.plan_beat(&id, CANCELLATION, Beat::CancelTimeout);
        self.go_on(execution, Some(&target));
    }

    /// Cancels what an execution has started, unless it is over.
    pub(super) fn cancel_child(&mut self, id: &str) {
        if self.automations.get(id).is_some_and(|child| !child.status.is_final()) {
            // It is there and not over: nothing else can be wrong.
            let _ = self.stop_automation(id, false);
        }
    }
}

/// Whether a step waits for the decision of `by`.
fn may_decide(run: &StepRun, by: &str) -> Result<(), Fault> {
    if run.status != Status::Waiting {
        return Err(invalid("The step does not wait for an approval yet."));
    }
    let names = run.inputs.get("Approvers").and_then(Value::as_array);
    if !names.is_some_and(|names| names.iter().any(|name| shown(name) == by)) {
        return Err(invalid(format!("{by} is not one of the approvers.")));
    }
    Ok(())
}

fn no_step() -> Fault {
    Fault::new("AutomationStepNotFoundException", "The step execution was not found or is not under way.")
}
