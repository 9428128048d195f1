//! What follows a step: `nextStep`, `isEnd`, `isCritical` and `onFailure`
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-branch-condition.html>).

use serde_json::{Value, json};

use super::document::OnFailure;
use super::execution::{Execution, Status};
use crate::sim::world::World;

impl World {
    /// A step is over and has given something.
    pub(super) fn step_done(
        &mut self,
        execution: &mut Execution,
        place: usize,
        outputs: Vec<(String, Value)>,
        jump: Option<String>,
    ) {
        let Some(run) = execution.steps.get_mut(place) else { return };
        run.status = Status::Success;
        run.ended_at = Some(self.now);
        for (name, value) in outputs {
            execution.give(place, &name, value);
        }
        if execution.status == Status::Waiting {
            execution.status = Status::InProgress;
        }
        let Some(step) = execution.step() else { return };
        let (end, next) = (step.end, jump.or_else(|| step.next.clone()));
        if execution.completing {
            return self.end_execution(execution, Status::Success);
        }
        if end {
            let status = execution.marred.unwrap_or(Status::Success);
            return self.end_execution(execution, status);
        }
        self.go_on(execution, next.as_deref());
    }

    /// A step is over and has failed or timed out.
    pub(super) fn step_over(&mut self, execution: &mut Execution, place: usize, status: Status) {
        let Some(run) = execution.steps.get_mut(place) else { return };
        run.status = status;
        run.ended_at = Some(self.now);
        let (name, why) = (run.name.clone(), run.failure.as_ref().map(|f| f.message.clone()).unwrap_or_default());
        let child = run.child.clone();
        if let Some(child) = child {
            self.cancel_child(&child);
        }
        if execution.status == Status::Waiting {
            execution.status = Status::InProgress;
        }
        let Some(step) = execution.step().cloned() else { return };
        if step.critical {
            execution.marred.get_or_insert(status);
            execution.failure.get_or_insert_with(|| format!("Step {name} failed: {why}"));
        }
        match step.on_failure {
            OnFailure::Abort => {
                execution.failure.get_or_insert_with(|| format!("Step {name} failed: {why}"));
                self.end_execution(execution, status);
            }
            // It ends whether the step fails or not.
            _ if step.end => {
                let status = execution.marred.unwrap_or(Status::Success);
                self.end_execution(execution, status);
            }
            OnFailure::Continue => self.go_on(execution, step.next.as_deref()),
            OnFailure::Step(next) => self.go_on(execution, Some(&next)),
        }
    }

    /// Moves to the step called `next`, else to the one that comes after this one.
    pub(super) fn go_on(&mut self, execution: &mut Execution, next: Option<&str>) {
        let document = execution.document.clone();
        let Some(turn) = &mut execution.turn else {
            let named = next.and_then(|next| document.steps.iter().position(|step| step.name == next));
            execution.at = named.unwrap_or(execution.at + 1);
            return self.plan_begin(execution);
        };
        let body = document.steps.get(execution.at).map(|step| step.body.as_slice()).unwrap_or_default();
        let named = next.and_then(|next| body.iter().position(|step| step.name == next));
        turn.at = named.unwrap_or(turn.at + 1);
        if turn.at < body.len() {
            return self.plan_begin(execution);
        }
        self.iteration_over(execution);
    }

    /// The last step of an iteration is over.
    fn iteration_over(&mut self, execution: &mut Execution) {
        let Some(turn) = execution.turn.clone() else { return };
        let step = execution.document.steps.get(execution.at).cloned();
        let condition = step.as_ref().and_then(|step| step.inputs.get("LoopCondition"));
        let goes_on = match (&turn.values, condition) {
            // A cancellation goes through what is left of an iteration and begins no other.
            _ if execution.status == Status::Cancelling => Ok(false),
            (Some(values), _) => Ok(turn.iteration < values.len()),
            (None, Some(condition)) => self.loop_goes_on(execution, condition),
            (None, None) => Ok(false),
        };
        let goes_on = match goes_on {
            Ok(goes_on) => goes_on,
            Err(reason) => return self.loop_failed(execution, turn.run, reason),
        };
        if !goes_on && execution.status == Status::Cancelling {
            return self.end_execution(execution, Status::Cancelled);
        }
        if !goes_on {
            execution.turn = None;
            return self.step_done(execution, turn.run, Vec::new(), None);
        }
        if turn.iteration >= turn.most {
            let reason = format!("the loop is not over after {} iterations", turn.most);
            return self.loop_failed(execution, turn.run, reason);
        }
        if let Some(turn) = &mut execution.turn {
            turn.iteration += 1;
            turn.at = 0;
        }
        self.count_iteration(execution);
        self.plan_begin(execution);
    }

    fn loop_failed(&mut self, execution: &mut Execution, place: usize, reason: String) {
        execution.turn = None;
        self.step_given_up(execution, place, "Action", reason);
    }

    /// Tells the steps of a loop which iteration they are in.
    pub(super) fn count_iteration(&mut self, execution: &mut Execution) {
        let Some(turn) = &execution.turn else { return };
        let Some(name) = execution.steps.get(turn.run).map(|run| run.name.clone()) else { return };
        execution.outputs.insert(format!("{name}.CurrentIteration"), json!(turn.iteration));
        if let Some(value) = turn.value() {
            execution.outputs.insert(format!("{name}.CurrentIteratorValue"), value.clone());
        }
    }

    /// An execution is over.
    pub(super) fn end_execution(&mut self, execution: &mut Execution, status: Status) {
        let status = if execution.status == Status::Cancelling { Status::Cancelled } else { status };
        self.close_under_way(execution, status, usize::MAX);
        execution.turn = None;
        execution.status = status;
        execution.ended_at = Some(self.now);
    }
}
