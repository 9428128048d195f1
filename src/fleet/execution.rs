//! Executions of SSM Automation documents: running ones and those of the last days.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::finding::Subject;
use crate::aws_words;

aws_words! {
    /// Status of an execution, and of a step.
    ExecutionStatus {
        Pending = "Pending",
        InProgress = "InProgress",
        Waiting = "Waiting",
        Success = "Success",
        TimedOut = "TimedOut",
        Cancelling = "Cancelling",
        Cancelled = "Cancelled",
        Failed = "Failed",
        PendingApproval = "PendingApproval",
        Approved = "Approved",
        Rejected = "Rejected",
        Scheduled = "Scheduled",
        RunbookInProgress = "RunbookInProgress",
        PendingChangeCalendarOverride = "PendingChangeCalendarOverride",
        ChangeCalendarOverrideApproved = "ChangeCalendarOverrideApproved",
        ChangeCalendarOverrideRejected = "ChangeCalendarOverrideRejected",
        CompletedWithSuccess = "CompletedWithSuccess",
        CompletedWithFailure = "CompletedWithFailure",
        Exited = "Exited",
    }
}

impl ExecutionStatus {
    /// Whether it will never be another one. A word that this version does not know is taken for one of something that goes on: it is
    /// looked at again.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Success
                | Self::TimedOut
                | Self::Cancelled
                | Self::Failed
                | Self::Rejected
                | Self::ChangeCalendarOverrideRejected
                | Self::CompletedWithSuccess
                | Self::CompletedWithFailure
                | Self::Exited
        )
    }

    /// Whether it ended otherwise than its starter wanted.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.is_over() && !matches!(self, Self::Success | Self::CompletedWithSuccess | Self::Cancelled)
    }
}

/// What an execution that is under way can be told
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_SendAutomationSignal.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Signal {
    /// End: the steps that its document has for that case run.
    Stop,
    /// Go on, with a comment.
    Approve(String),
    /// Do not go on, with a comment.
    Reject(String),
    /// Go on from the pause.
    Resume,
}

/// Values by name: of parameters and of outputs. Each value is sanitised.
pub type Values = BTreeMap<String, Vec<String>>;

/// An execution of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Execution {
    /// UUID.
    pub id: String,
    /// Name of the document.
    pub document: String,
    /// Its version.
    pub version: Option<String>,
    /// How it stands.
    pub status: ExecutionStatus,
    /// `Auto` or `Interactive`.
    pub mode: Option<String>,
    /// When it was started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// ARN of whoever started it.
    pub started_by: Option<String>,
    /// Id of the execution that started it.
    pub parent: Option<String>,
    /// The step that is under way.
    pub current_step: Option<String>,
    /// Why it failed.
    pub failure: Option<String>,
    /// The one resource that it was started for, of several by rate control.
    pub target: Option<String>,
    /// What came out of it.
    pub outputs: Values,
    /// What lists do not tell; `None`: not read yet.
    pub details: Option<Details>,
}

/// What is known of an execution that was asked for by its id.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// What it was started with.
    pub parameters: Values,
    /// Its steps: those that have begun, in the order in which they did, then those of the document that have not.
    pub steps: Vec<Step>,
    /// There are more steps than were read.
    pub steps_cut: bool,
    /// Of rate control: how many targets there are, and how many of them ended how.
    pub progress: Option<Progress>,
}

/// Targets of an execution with rate control, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// All of them.
    pub total: u32,
    /// Ended well.
    pub success: u32,
    /// Failed.
    pub failed: u32,
    /// Cancelled.
    pub cancelled: u32,
    /// Took too long.
    pub timed_out: u32,
}

/// A step of an execution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// UUID; empty while it has not begun.
    pub id: String,
    /// Name in the document; inside of a loop with the number of the iteration, as AWS names it.
    pub name: String,
    /// Such as `aws:executeAwsApi`.
    pub action: String,
    /// How it stands.
    pub status: ExecutionStatus,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// What it was given, values resolved.
    pub inputs: BTreeMap<String, String>,
    /// What came out of it.
    pub outputs: Values,
    /// Why it failed.
    pub failure: Option<String>,
    /// What came as its response.
    pub response: Option<String>,
    /// Name of the loop that it is part of.
    pub parent: Option<String>,
}

impl Execution {
    /// What a parameter was given, if that is known; the values of a list with commas between them.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let values = self.details.as_ref()?.parameters.get(name)?;
        Some(values.join(", "))
    }

    /// Who asked for it: what its starter said, else the name in the ARN of the caller.
    #[must_use]
    pub fn requested_by(&self) -> Option<String> {
        self.parameter("RequestedBy").or_else(|| {
            let arn = self.started_by.as_deref()?;
            Some(arn.rsplit('/').next().unwrap_or(arn).to_owned())
        })
    }

    /// The things of the fleet that its parameters name.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let parameters = self.details.iter().flat_map(|details| &details.parameters);
        let mut found = Vec::new();
        for (name, values) in parameters {
            let subject: fn(String) -> Subject = match name.as_str() {
                "InstanceId" | "InstanceIds" => Subject::Instance,
                "Service" | "ServiceName" => Subject::Service,
                "Task" | "TaskArn" => Subject::Task,
                "AlarmName" | "AlarmNames" => Subject::Alarm,
                "Group" | "AutoScalingGroupName" => Subject::Group,
                _ => continue,
            };
            found.extend(values.iter().cloned().map(subject));
        }
        found
    }

    /// Why, if its starter said so.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.parameter("Reason")
    }
}
