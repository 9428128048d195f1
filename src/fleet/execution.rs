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
    /// Of rate control: the parameter that takes a target.
    pub target_parameter: Option<String>,
    /// Of rate control: the targets, as far as AWS lists them.
    pub targets: Vec<String>,
}

/// What an execution waits for somebody to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waits {
    /// Whether it may go on.
    Approval,
    /// That it is to go on.
    Resume,
}

/// Where an execution is in its document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position<'a> {
    /// The step that is under way, or that was the last to begin.
    pub step: &'a Step,
    /// Its number among the document's steps, those inside of loops counted as their loop; from 1 on.
    pub number: usize,
    /// How many there are; `None`: not all were read.
    pub of: Option<usize>,
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

    /// The things that it is about, as its parameters and targets name them, each once.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let Some(details) = &self.details else { return Vec::new() };
        let mut found: Vec<Subject> = Vec::new();
        // What goes back by itself when alarms fire is not about them: it does nothing to them.
        let watched = |name: &str| name == "AlarmNames" && details.parameters.contains_key("AutoRollback");
        let given = details.parameters.iter().map(|(name, values)| (name.as_str(), values));
        let given = given.filter(|(name, _)| !watched(name));
        let targets = details.target_parameter.as_deref().map(|name| (name, &details.targets));
        for (name, values) in given.chain(targets) {
            for subject in values.iter().filter_map(|value| subject_of(name, value)) {
                if !found.contains(&subject) {
                    found.push(subject);
                }
            }
        }
        found
    }

    /// Whether it is of the fleet of that cluster; `None`: it does not say.
    #[must_use]
    pub fn is_of(&self, cluster: &str) -> Option<bool> {
        // A cluster is named by its ARN or by its name.
        self.parameter("Cluster").map(|named| named.rsplit('/').next() == Some(cluster))
    }

    /// What it waits for somebody to say, if it waits for that.
    #[must_use]
    pub fn waits_for(&self) -> Option<Waits> {
        if self.status.is_over() {
            return None;
        }
        let steps = self.details.as_ref().map(|details| details.steps.as_slice()).unwrap_or_default();
        let waiting = steps.iter().find(|step| step.status == ExecutionStatus::Waiting);
        match waiting.map(|step| step.action.as_str()) {
            Some("aws:approve") => Some(Waits::Approval),
            Some("aws:pause") => Some(Waits::Resume),
            _ => (self.status == ExecutionStatus::PendingApproval).then_some(Waits::Approval),
        }
    }

    /// Where it is in its document; `None`: no step has begun, or its steps were not read.
    #[must_use]
    pub fn position(&self) -> Option<Position<'_>> {
        let details = self.details.as_ref()?;
        let own: Vec<&Step> = details.steps.iter().filter(|step| step.parent.is_none()).collect();
        let begun = |step: &&Step| step.started_at.is_some();
        let number = own.iter().rposition(|step| begun(step) && !step.status.is_over());
        let number = number.or_else(|| own.iter().rposition(begun))?;
        let of = (!details.steps_cut).then_some(own.len());
        Some(Position { step: own.get(number)?, number: number + 1, of })
    }

    /// The step that made it fail: the last one that did.
    #[must_use]
    pub fn failed_step(&self) -> Option<&Step> {
        let steps = self.details.as_ref().filter(|_| self.status.is_bad())?.steps.iter();
        steps.rev().find(|step| step.status.is_bad())
    }

    /// Whether it did nothing because the fleet was frozen, by the names that the steps have in the fleet's own runbooks which look for that.
    #[must_use]
    pub fn refused_by_freeze(&self) -> bool {
        self.failed_step().is_some_and(|step| matches!(step.name.as_str(), "notFrozen" | "frozen"))
    }

    /// Why, if its starter said so.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        self.parameter("Reason")
    }
}

/// What a parameter's value names, by the names that the fleet's own runbooks have for their parameters.
fn subject_of(parameter: &str, value: &str) -> Option<Subject> {
    if value.is_empty() {
        return None;
    }
    let value = value.to_owned();
    Some(match parameter {
        "InstanceId" | "InstanceIds" => Subject::Instance(value),
        "Group" | "AutoScalingGroupName" => Subject::Group(value),
        "Service" | "ServiceName" => Subject::Service(value),
        "Task" | "TaskArn" => Subject::Task(value),
        "AlarmName" | "AlarmNames" => Subject::Alarm(value),
        "ImageId" => Subject::Image(value),
        _ => return None,
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::fleet::fixture::{execution, step};

    #[test]
    fn what_it_is_about_is_read_from_parameters_and_targets() {
        let mut run = execution("a", "DrainInstance", ExecutionStatus::InProgress);
        let details = run.details.as_mut().unwrap();
        details.parameters.insert("AlarmNames".to_owned(), vec!["one".to_owned(), "two".to_owned(), "one".to_owned()]);
        details.parameters.insert("Service".to_owned(), vec![String::new()]);
        details.target_parameter = Some("InstanceId".to_owned());
        details.targets = vec!["i-1".to_owned()];
        let alarm = |name: &str| Subject::Alarm(name.to_owned());
        assert_eq!(run.subjects(), [alarm("one"), alarm("two"), Subject::Instance("i-1".to_owned())]);
        run.details.as_mut().unwrap().parameters.insert("AutoRollback".to_owned(), vec!["true".to_owned()]);
        assert_eq!(
            run.subjects(),
            [Subject::Instance("i-1".to_owned())],
            "alarms that stop it are not what it is about"
        );
        run.details = None;
        assert!(run.subjects().is_empty());
    }

    #[test]
    fn the_position_counts_the_documents_steps_and_not_those_inside_of_loops() {
        let mut run = execution("a", "R", ExecutionStatus::InProgress);
        let inside = Step { parent: Some("each".to_owned()), ..step("inner", ExecutionStatus::InProgress) };
        run.details.as_mut().unwrap().steps = vec![
            step("find", ExecutionStatus::Success),
            step("each", ExecutionStatus::InProgress),
            inside,
            step("last", ExecutionStatus::Pending),
        ];
        let position = run.position().unwrap();
        assert_eq!((position.step.name.as_str(), position.number, position.of), ("each", 2, Some(3)));
        run.details.as_mut().unwrap().steps_cut = true;
        assert_eq!(run.position().unwrap().of, None);
        run.details = None;
        assert_eq!(run.position(), None);
    }

    #[test]
    fn what_it_waits_for_is_said_by_the_step_that_waits() {
        let waiting = |action: &str, status| {
            let mut run = execution("a", "R", status);
            let step = Step { action: action.to_owned(), ..step("ask", ExecutionStatus::Waiting) };
            run.details.as_mut().unwrap().steps = vec![step];
            run.waits_for()
        };
        assert_eq!(waiting("aws:approve", ExecutionStatus::Waiting), Some(Waits::Approval));
        assert_eq!(waiting("aws:pause", ExecutionStatus::Waiting), Some(Waits::Resume));
        assert_eq!(waiting("aws:executeAutomation", ExecutionStatus::InProgress), None);
        assert_eq!(waiting("aws:approve", ExecutionStatus::Cancelled), None, "it is over");
    }

    #[test]
    fn whose_fleet_it_is_of_is_not_guessed() {
        let mut run = execution("a", "R", ExecutionStatus::Success);
        assert_eq!(run.is_of("prod"), None);
        for (named, expected) in [("prod", true), ("arn:aws:ecs:r:1:cluster/prod", true), ("prod-2", false)] {
            let parameters = &mut run.details.as_mut().unwrap().parameters;
            parameters.insert("Cluster".to_owned(), vec![named.to_owned()]);
            assert_eq!(run.is_of("prod"), Some(expected), "{named}");
        }
    }
}
