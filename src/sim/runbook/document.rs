//! What a document says.

use std::collections::BTreeMap;

use serde_json::Value;

use super::parameter::Parameter;

/// A runbook.
#[derive(Debug, Clone)]
pub struct Document {
    /// What it is for.
    pub description: String,
    /// Role that it acts as.
    pub assume_role: Option<String>,
    /// Parameters by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Variables by name.
    pub variables: BTreeMap<String, Variable>,
    /// Steps in their order.
    pub steps: Vec<Step>,
    /// `step.Output` of each output.
    pub outputs: Vec<String>,
}

/// A value that steps may change.
#[derive(Debug, Clone)]
pub struct Variable {
    /// Type, such as `Boolean`.
    pub kind: String,
    /// What it is at first.
    pub default: Value,
}

/// A step.
#[derive(Debug, Clone)]
pub struct Step {
    /// Name, which is unique in the document.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// Where its failure leads.
    pub on_failure: OnFailure,
    /// Step that a cancellation leads to.
    pub on_cancel: Option<String>,
    /// Whether its failure makes the whole execution fail.
    pub critical: bool,
    /// Whether the execution ends with it.
    pub end: bool,
    /// Step that follows its success.
    pub next: Option<String>,
    /// Seconds that it may take: a number or a template.
    pub timeout: Option<Value>,
    /// How often it is tried.
    pub attempts: u32,
    /// Inputs, templates unresolved. Without those of [`Step::body`].
    pub inputs: Value,
    /// What it takes from an answer.
    pub outputs: Vec<Output>,
    /// Steps of a loop.
    pub body: Vec<Step>,
}

/// Something to take from an answer.
#[derive(Debug, Clone)]
pub struct Output {
    /// Name.
    pub name: String,
    /// JSONPath.
    pub selector: String,
    /// Type, such as `StringList`.
    pub kind: String,
}

/// Where a failure leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnFailure {
    /// The execution fails.
    Abort,
    /// The next step follows.
    Continue,
    /// This step follows.
    Step(String),
}

/// What steps can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Waits for people to agree.
    Approve,
    /// Fails unless a property has a value.
    Assert,
    /// Chooses the next step.
    Branch,
    /// Changes the state of instances.
    ChangeInstanceState,
    /// Makes an AMI of an instance.
    CreateImage,
    /// Tags resources.
    CreateTags,
    /// Takes an AMI away, with its snapshots.
    DeleteImage,
    /// Calls an operation.
    ExecuteApi,
    /// Runs another document.
    ExecuteAutomation,
    /// Runs steps over and over.
    Loop,
    /// Waits for `Resume`.
    Pause,
    /// Runs a command on instances.
    RunCommand,
    /// Launches instances.
    RunInstances,
    /// Lets time pass.
    Sleep,
    /// Changes a variable.
    UpdateVariable,
    /// Waits until a property has a value.
    Wait,
}

impl Action {
    /// Every action with the word for it.
    pub const ALL: [(&'static str, Self); 16] = [
        ("aws:approve", Self::Approve),
        ("aws:assertAwsResourceProperty", Self::Assert),
        ("aws:branch", Self::Branch),
        ("aws:changeInstanceState", Self::ChangeInstanceState),
        ("aws:createImage", Self::CreateImage),
        ("aws:createTags", Self::CreateTags),
        ("aws:deleteImage", Self::DeleteImage),
        ("aws:executeAwsApi", Self::ExecuteApi),
        ("aws:executeAutomation", Self::ExecuteAutomation),
        ("aws:loop", Self::Loop),
        ("aws:pause", Self::Pause),
        ("aws:runCommand", Self::RunCommand),
        ("aws:runInstances", Self::RunInstances),
        ("aws:sleep", Self::Sleep),
        ("aws:updateVariable", Self::UpdateVariable),
        ("aws:waitForAwsResourceProperty", Self::Wait),
    ];

    /// The word for it in documents.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(_, action)| *action == self).map_or("", |(word, _)| word)
    }

    /// Names of what it gives to later steps by itself.
    #[must_use]
    pub fn own_outputs(self) -> &'static [&'static str] {
        match self {
            Self::Approve => &["ApprovalStatus", "ApproverDecisions"],
            Self::ChangeInstanceState => &["InstanceStates"],
            Self::CreateImage => &["ImageId", "ImageState"],
            Self::ExecuteAutomation => &["ExecutionId", "Status", "Output"],
            Self::RunCommand => &["CommandId", "Status", "ResponseCode", "Output"],
            Self::RunInstances => &["InstanceIds", "InstanceStates"],
            Self::Loop => &["CurrentIteration", "CurrentIteratorValue"],
            _ => &[],
        }
    }

    /// Whether a cancellation can lead from it to another step: the user guide lists those from which it cannot
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html>, `onCancel`).
    #[must_use]
    pub fn may_move_on_cancel(self) -> bool {
        !matches!(
            self,
            Self::Approve
                | Self::CreateImage
                | Self::CreateTags
                | Self::Loop
                | Self::Pause
                | Self::RunInstances
                | Self::Sleep
        )
    }

    /// Seconds that it may take unless its step says otherwise: an hour for a wait, as the user guide says of
    /// `aws:waitForAwsResourceProperty`; a week for people
    /// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-approve.html>,
    /// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-pause.html>).
    #[must_use]
    pub fn usual_timeout(self) -> Option<f64> {
        match self {
            Self::Approve | Self::Pause => Some(604_800.0),
            Self::Wait | Self::ChangeInstanceState | Self::RunInstances => Some(3_600.0),
            _ => None,
        }
    }

    /// Seconds that a step may ask for at most.
    #[must_use]
    pub fn longest_timeout(self) -> Option<f64> {
        matches!(self, Self::Approve | Self::Pause).then_some(2_592_000.0)
    }
}

impl Document {
    /// Every step, those of loops included.
    pub fn all_steps(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().flat_map(|step| std::iter::once(step).chain(&step.body))
    }
}
