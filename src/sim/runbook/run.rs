//! How executions go on, beat by beat, in the world's own queue.

use jiff::SignedDuration;
use serde_json::{Map, Value};

use super::act::Outcome;
use super::execution::{Execution, Failure, Mode, ParentStep, Status, StepRun};
use super::template;
use crate::sim::world::{Event, World};

/// Something that is to happen to an execution. Places are those of steps among the ones that have begun, so that what was
/// planned for a step that has ended means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Beat {
    /// The next step begins.
    Begin(usize),
    /// A step acts, or looks again.
    Act(usize),
    /// A step has taken too long.
    Timeout(usize),
    /// A cancellation has taken too long.
    CancelTimeout,
    /// The alarm that stops it is looked at.
    Guard,
}

/// Seconds that a cancellation may take
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html>, `onCancel`).
pub(super) const CANCELLATION: f64 = 120.0;

/// How often a call that is throttled is made, with a pause after each that doubles, as AWS's clients do
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>).
const TRIES: u32 = 3;

impl World {
    /// Something that was planned for an execution happens.
    pub(crate) fn automation_beat(&mut self, id: &str, beat: Beat) {
        // It is taken out while it acts: what it calls may change the account, itself excepted.
        let Some(mut execution) = self.take_out(id) else { return };
        if let Some(rate) = execution.rate.clone().filter(|_| beat != Beat::Guard) {
            self.rate_beat(&mut execution, &rate, beat);
            return self.put_back(execution);
        }
        match beat {
            Beat::Begin(place) => self.begin_step(&mut execution, place),
            Beat::Act(place) => self.act_step(&mut execution, place),
            Beat::Timeout(place) => self.step_timed_out(&mut execution, place),
            Beat::CancelTimeout => {
                if execution.status == Status::Cancelling {
                    self.end_execution(&mut execution, Status::Cancelled);
                }
            }
            Beat::Guard => self.look_at_alarm(&mut execution),
        }
        self.put_back(execution);
    }

    /// Takes an execution out of the account while it acts.
    pub(super) fn take_out(&mut self, id: &str) -> Option<Execution> {
        let execution = self.automations.remove(id)?;
        self.acting.push(execution.rate.is_some());
        Some(execution)
    }

    /// Puts an execution back, and lets the one above it and those that wait for room go on if it has ended.
    pub(super) fn put_back(&mut self, execution: Execution) {
        let ended = execution.status.is_final();
        let parent = execution.parent.clone();
        self.announce_execution(&execution);
        self.automations.insert(execution.id.clone(), execution);
        self.acting.pop();
        if ended {
            if let Some((parent, place)) = parent {
                self.plan_beat(&parent, 0.2, Beat::Act(place));
            }
            self.admit_automations();
        }
    }

    pub(super) fn plan_beat(&mut self, id: &str, seconds: f64, beat: Beat) {
        self.plan_in(seconds, Event::Automation(id.to_owned(), beat));
    }

    fn begin_step(&mut self, execution: &mut Execution, place: usize) {
        if execution.status.is_final() || execution.steps.len() != place {
            return;
        }
        let Some(step) = execution.step().cloned() else {
            let status = execution.marred.unwrap_or(Status::Success);
            return self.end_execution(execution, status);
        };
        // Interactive executions wait for StartStep before each step
        // (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-working-executing-manually.html>).
        if execution.mode == Mode::Interactive && !std::mem::take(&mut execution.released) {
            execution.status = Status::Waiting;
            return;
        }
        if execution.status != Status::Cancelling {
            execution.status = Status::InProgress;
        }
        let inputs = self.resolved_inputs(execution, &step);
        let timeout = self.timeout(execution, step.timeout.as_ref()).or(step.action.usual_timeout());
        let mut run = StepRun::begun(self.fresh_id(), step.name.clone(), step.action.word(), self.now);
        run.inputs = inputs.as_ref().map_or_else(|_| Map::new(), Clone::clone);
        run.timeout = timeout;
        run.parent = parent_step(execution);
        execution.steps.push(run);
        let id = execution.id.clone();
        match inputs {
            Ok(_) => {
                let seconds = self.between(0.3, 0.9);
                self.plan_beat(&id, seconds, Beat::Act(place));
                if let Some(seconds) = timeout {
                    self.plan_beat(&id, seconds, Beat::Timeout(place));
                }
            }
            Err(reason) => self.step_given_up(execution, place, "Verification", reason),
        }
    }

    fn timeout(&self, execution: &Execution, given: Option<&Value>) -> Option<f64> {
        let lookup = |reference: &str| execution.look_up(reference, &self.account, &self.region, self.now);
        let resolved = template::resolve(given?, &lookup).ok()?;
        resolved.as_f64().or_else(|| resolved.as_str()?.parse().ok())
    }

    fn act_step(&mut self, execution: &mut Execution, place: usize) {
        // Only the step that is under way acts: a loop above it has acted when it began.
        if execution.status.is_final() || execution.under_way() != Some(place) {
            return;
        }
        let id = execution.id.clone();
        match self.act(execution, place) {
            Outcome::Done(outputs, jump) => self.step_done(execution, place, outputs, jump),
            Outcome::Later(seconds) => {
                if let Some(run) = execution.steps.get_mut(place) {
                    run.throttled = 0;
                }
                self.plan_beat(&id, seconds, Beat::Act(place));
            }
            Outcome::At(at) => self.plan_at(at, Event::Automation(id, Beat::Act(place))),
            Outcome::Waits(status) => {
                if let Some(run) = execution.steps.get_mut(place) {
                    run.status = status;
                }
                if execution.status != Status::Cancelling {
                    execution.status = status;
                }
            }
            Outcome::Entered => {
                self.count_iteration(execution);
                self.plan_begin(execution);
            }
            Outcome::Throttled(reason) => self.step_throttled(execution, place, reason),
            Outcome::Failed(kind, reason) => self.step_failed(execution, place, kind, reason),
        }
    }

    /// A step's call is made again after a while: rates are those of the clock, whatever the speed.
    fn step_throttled(&mut self, execution: &mut Execution, place: usize, reason: String) {
        let Some(run) = execution.steps.get_mut(place) else { return };
        run.throttled += 1;
        if run.throttled >= TRIES {
            run.throttled = 0;
            return self.step_failed(execution, place, "Service", reason);
        }
        let pause = SignedDuration::from_secs(1 << (run.throttled - 1));
        let id = execution.id.clone();
        self.plan_at(self.now + pause, Event::Automation(id, Beat::Act(place)));
    }

    /// A step has failed: it is tried again, or is over.
    fn step_failed(&mut self, execution: &mut Execution, place: usize, kind: &'static str, reason: String) {
        let attempts = execution.step().map_or(1, |step| step.attempts);
        let Some(run) = execution.steps.get_mut(place) else { return };
        if run.tries >= attempts {
            return self.step_given_up(execution, place, kind, reason);
        }
        run.tries += 1;
        run.until = None;
        run.child = None;
        let id = execution.id.clone();
        let seconds = self.between(1.0, 3.0);
        self.plan_beat(&id, seconds, Beat::Act(place));
    }

    /// A step has failed and is not tried again.
    pub(super) fn step_given_up(
        &mut self,
        execution: &mut Execution,
        place: usize,
        kind: &'static str,
        message: String,
    ) {
        if let Some(run) = execution.steps.get_mut(place) {
            run.failure = Some(Failure { stage: "Invocation", kind, message });
        }
        self.step_over(execution, place, Status::Failed);
    }

    /// A step that may be tried again has not timed out before its last try has: `timeoutSeconds` counts for each
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html>).
    fn step_has_more_time(&mut self, execution: &mut Execution, place: usize) -> bool {
        // A loop is not tried again from within: what is under way there is a step of it.
        if execution.under_way() != Some(place) || execution.turn.as_ref().is_some_and(|turn| turn.run == place) {
            return false;
        }
        let attempts = execution.step().map_or(1, |step| step.attempts);
        let Some(run) = execution.steps.get_mut(place).filter(|run| run.tries < attempts) else { return false };
        run.tries += 1;
        run.until = None;
        let (child, seconds) = (run.child.take(), run.timeout.unwrap_or_default());
        if let Some(child) = child {
            self.cancel_child(&child);
        }
        let id = execution.id.clone();
        self.plan_beat(&id, 0.2, Beat::Act(place));
        self.plan_beat(&id, seconds, Beat::Timeout(place));
        true
    }

    fn step_timed_out(&mut self, execution: &mut Execution, place: usize) {
        let running = execution.steps.get(place).is_some_and(|run| !run.status.is_final());
        if execution.status.is_final() || !running {
            return;
        }
        if self.step_has_more_time(execution, place) {
            return;
        }
        // What a loop had begun ends with it.
        if execution.turn.as_ref().is_some_and(|turn| turn.run == place) {
            self.close_under_way(execution, Status::Cancelled, place);
            execution.turn = None;
        }
        if let Some(run) = execution.steps.get_mut(place) {
            let seconds = run.timeout.unwrap_or_default();
            let message = format!("Step timed out: it was not over after {seconds} s");
            run.failure = Some(Failure { stage: "Invocation", kind: "Timeout", message });
        }
        self.step_over(execution, place, Status::TimedOut);
    }

    /// Ends what is under way but for the step at `but`.
    pub(super) fn close_under_way(&mut self, execution: &mut Execution, status: Status, but: usize) {
        let now = self.now;
        let open =
            execution.steps.iter_mut().enumerate().filter(|(place, run)| *place != but && !run.status.is_final());
        let mut children = Vec::new();
        for (_, run) in open {
            run.status = status;
            run.ended_at = Some(now);
            children.extend(run.child.clone());
        }
        for child in children {
            self.cancel_child(&child);
        }
    }

    /// Plans that the next step begins.
    pub(super) fn plan_begin(&mut self, execution: &Execution) {
        let (id, place) = (execution.id.clone(), execution.steps.len());
        let seconds = self.between(0.2, 0.6);
        self.plan_beat(&id, seconds, Beat::Begin(place));
    }
}

fn parent_step(execution: &Execution) -> Option<ParentStep> {
    let turn = execution.turn.as_ref()?;
    let parent = execution.steps.get(turn.run)?;
    Some(ParentStep {
        id: parent.id.clone(),
        name: parent.name.clone(),
        iteration: turn.iteration,
        value: turn.value().map(super::selector::shown),
    })
}
