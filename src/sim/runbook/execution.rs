//! What is known of an execution.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::document::{Document, Step};
use super::guard::Guard;
use super::rate::Rate;

/// Status of an execution or of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// Waits for a signal.
    Waiting,
    /// Ended well.
    Success,
    /// Ended because it took too long.
    TimedOut,
    /// Being cancelled.
    Cancelling,
    /// Cancelled.
    Cancelled,
    /// Ended badly.
    Failed,
}

impl Status {
    /// The word as Systems Manager spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Waiting => "Waiting",
            Self::Success => "Success",
            Self::TimedOut => "TimedOut",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
        }
    }

    /// Whether nothing follows it.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Success | Self::TimedOut | Self::Cancelled | Self::Failed)
    }
}

/// How an execution goes from step to step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// By itself.
    Auto,
    /// Each step on a signal.
    Interactive,
}

/// An execution of a document.
#[derive(Debug, Clone)]
pub struct Execution {
    /// UUID.
    pub id: String,
    /// What is executed.
    pub document: Arc<Document>,
    /// Its name.
    pub document_name: String,
    /// Its version.
    pub document_version: String,
    /// Status.
    pub status: Status,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Values of parameters.
    pub parameters: BTreeMap<String, Value>,
    /// Parameters as the caller gave them.
    pub given: Map<String, Value>,
    /// Values of variables.
    pub variables: BTreeMap<String, Value>,
    /// What steps gave, by `step.Output`.
    pub outputs: BTreeMap<String, Value>,
    /// Steps that have begun, oldest first.
    pub steps: Vec<StepRun>,
    /// How it goes on.
    pub mode: Mode,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// ARN of who started it.
    pub executed_by: String,
    /// Execution and place of the step that started it.
    pub parent: Option<(String, usize)>,
    /// Executions above it.
    pub depth: usize,
    /// The one target that it is for, of several.
    pub target: Option<String>,
    /// The targets that it starts executions for.
    pub(crate) rate: Option<Arc<Rate>>,
    /// The alarm that stops it.
    pub(crate) alarm: Option<Guard>,
    /// In which state the alarm was found that has stopped it.
    pub(crate) triggered: Option<&'static str>,
    /// What makes a start the same start.
    pub client_token: Option<String>,
    /// Why it ended badly.
    pub failure: Option<String>,
    /// A critical step failed and it went on.
    pub(super) marred: Option<Status>,
    /// It ends after the step that is under way.
    pub(super) completing: bool,
    /// Place among the document's steps.
    pub(super) at: usize,
    /// The loop that it is in.
    pub(super) turn: Option<Turn>,
    /// Interactive: the next step may begin.
    pub(super) released: bool,
}

/// Where in a loop an execution is.
#[derive(Debug, Clone)]
pub(super) struct Turn {
    /// Place of the loop among the steps that have begun.
    pub(super) run: usize,
    /// Place among the loop's steps.
    pub(super) at: usize,
    /// Counts from 1.
    pub(super) iteration: usize,
    /// What is iterated over.
    pub(super) values: Option<Vec<Value>>,
    /// Iterations that there may be.
    pub(super) most: usize,
}

impl Turn {
    /// The value of this iteration.
    pub(super) fn value(&self) -> Option<&Value> {
        self.values.as_ref()?.get(self.iteration.checked_sub(1)?)
    }
}

/// A step that has begun.
#[derive(Debug, Clone)]
pub struct StepRun {
    /// UUID.
    pub id: String,
    /// Name of the step.
    pub name: String,
    /// Its action's word.
    pub action: &'static str,
    /// Status.
    pub status: Status,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Inputs, resolved.
    pub inputs: Map<String, Value>,
    /// What it gave.
    pub outputs: BTreeMap<String, Value>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Seconds that it may take.
    pub timeout: Option<f64>,
    /// The loop that it belongs to.
    pub parent: Option<ParentStep>,
    /// Tries so far.
    pub(super) tries: u32,
    /// Times that its call has been throttled in a row.
    pub(super) throttled: u32,
    /// Until when it sleeps.
    pub(super) until: Option<Timestamp>,
    /// The execution that it started.
    pub(super) child: Option<String>,
    /// Who has approved.
    pub(super) approvals: Vec<String>,
}

impl StepRun {
    /// One that has just begun.
    pub(super) fn begun(id: String, name: String, action: &'static str, now: Timestamp) -> Self {
        Self {
            id,
            name,
            action,
            status: Status::InProgress,
            started_at: now,
            ended_at: None,
            inputs: Map::new(),
            outputs: BTreeMap::new(),
            failure: None,
            timeout: None,
            parent: None,
            tries: 1,
            throttled: 0,
            until: None,
            child: None,
            approvals: Vec::new(),
        }
    }
}

/// Why a step failed.
#[derive(Debug, Clone)]
pub struct Failure {
    /// Stage, such as `Invocation`.
    pub stage: &'static str,
    /// Type, such as `Service`.
    pub kind: &'static str,
    /// For people.
    pub message: String,
}

/// The loop that a step belongs to.
#[derive(Debug, Clone)]
pub struct ParentStep {
    /// Id of the loop's step.
    pub id: String,
    /// Name of the loop's step.
    pub name: String,
    /// Counts from 1.
    pub iteration: usize,
    /// What is iterated over.
    pub value: Option<String>,
}

impl Execution {
    /// The step that comes next or is under way.
    pub(super) fn step(&self) -> Option<&Step> {
        let step = self.document.steps.get(self.at)?;
        match &self.turn {
            Some(turn) => step.body.get(turn.at),
            None => Some(step),
        }
    }

    /// Place of the step that is under way, among those that have begun: the last, unless that has ended.
    #[must_use]
    pub fn under_way(&self) -> Option<usize> {
        let last = self.steps.len().checked_sub(1)?;
        (!self.steps.get(last)?.status.is_final()).then_some(last)
    }

    /// Keeps what the step at `place` gives, for later steps and for those who ask.
    pub(super) fn give(&mut self, place: usize, name: &str, value: Value) {
        let Some(run) = self.steps.get_mut(place) else { return };
        self.outputs.insert(format!("{}.{name}", run.name), value.clone());
        run.outputs.insert(name.to_owned(), value);
    }

    /// What a reference stands for.
    pub(super) fn look_up(
        &self,
        reference: &str,
        account: &str,
        region: &str,
        now: Timestamp,
    ) -> Result<Value, String> {
        let absent = || format!("{{{{ {reference} }}}} has no value: what gives it has not run or found nothing");
        if let Some(name) = reference.strip_prefix("global:") {
            return Ok(Value::from(match name {
                "ACCOUNT_ID" => account.to_owned(),
                "REGION" => region.to_owned(),
                "AWS_PARTITION" => "aws".to_owned(),
                "DATE" => now.strftime("%Y-%m-%d").to_string(),
                _ => now.strftime("%Y-%m-%d_%H.%M.%S").to_string(),
            }));
        }
        if reference.starts_with("automation:") {
            return Ok(Value::from(self.id.as_str()));
        }
        if let Some(name) = reference.strip_prefix("variable:") {
            return self.variables.get(name).cloned().ok_or_else(absent);
        }
        self.parameters.get(reference).or_else(|| self.outputs.get(reference)).cloned().ok_or_else(absent)
    }
}
