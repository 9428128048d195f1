//! How what is shown came to be known: read when, how completely, and what went wrong.

use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// One independently read part of a fleet. A read that fails takes down its own panel alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Panel {
    /// Account, alias and role (sts, iam).
    Identity,
    /// The cluster and its capacity providers (ecs).
    Cluster,
    /// Container instances (ecs).
    ContainerInstances,
    /// EC2 instances, their status checks and scheduled events (ec2).
    Ec2Instances,
    /// Auto Scaling groups with their members (autoscaling).
    Groups,
    /// The AMIs in use, their lineage, and the one that instances should run (ec2, ssm).
    Images,
    /// Security groups of the instances (ec2).
    SecurityGroups,
    /// Services and deployments (ecs).
    Services,
    /// Running and recently stopped tasks (ecs).
    Tasks,
    /// Task definitions in use (ecs).
    TaskDefinitions,
    /// Target groups and the health of their targets (elbv2).
    Targets,
    /// Metric and composite alarms (cloudwatch).
    Alarms,
    /// Alarm mute rules (cloudwatch).
    Mutes,
    /// Log groups of the task definitions (logs).
    LogGroups,
    /// Automation documents that the console knows or that are tagged for it (ssm).
    Runbooks,
    /// Executions of Automation documents (ssm).
    Executions,
    /// Whether rotation, bakes and ejection are paused (ssm).
    Freeze,
    /// Instance refreshes of the groups (autoscaling).
    Refreshes,
    /// AMIs that were baked for the fleet, and the versions of its launch templates (ec2).
    Builds,
    /// Which AMI was promoted last (ssm).
    Promotion,
    /// When rotation and bakes start by themselves (scheduler).
    Schedules,
}

impl Panel {
    /// Every panel, in the order in which a screen or document lists them.
    pub const ALL: [Self; 21] = [
        Self::Identity,
        Self::Cluster,
        Self::ContainerInstances,
        Self::Ec2Instances,
        Self::Groups,
        Self::Images,
        Self::SecurityGroups,
        Self::Services,
        Self::Tasks,
        Self::TaskDefinitions,
        Self::Targets,
        Self::Alarms,
        Self::Mutes,
        Self::LogGroups,
        Self::Runbooks,
        Self::Executions,
        Self::Freeze,
        Self::Refreshes,
        Self::Builds,
        Self::Promotion,
        Self::Schedules,
    ];

    /// The name in documents and messages, such as `container_instances`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Identity => "identity",
            Self::Cluster => "cluster",
            Self::ContainerInstances => "container_instances",
            Self::Ec2Instances => "ec2_instances",
            Self::Groups => "groups",
            Self::Images => "images",
            Self::SecurityGroups => "security_groups",
            Self::Services => "services",
            Self::Tasks => "tasks",
            Self::TaskDefinitions => "task_definitions",
            Self::Targets => "targets",
            Self::Alarms => "alarms",
            Self::Mutes => "mutes",
            Self::LogGroups => "log_groups",
            Self::Runbooks => "runbooks",
            Self::Executions => "executions",
            Self::Freeze => "freeze",
            Self::Refreshes => "refreshes",
            Self::Builds => "builds",
            Self::Promotion => "promotion",
            Self::Schedules => "schedules",
        }
    }
}

/// Why a read failed, in the kinds that call for different words and colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The role may not do this.
    Denied,
    /// AWS, or our own budget after AWS said so, refuses for now.
    Throttled,
    /// No credentials, or expired ones.
    Credentials,
    /// No answer in time.
    Timeout,
    /// Anything else: connection, server fault, an answer that could not be read.
    Failed,
}

/// A failed call, said so that an operator can act on it. All text is sanitised already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Failure {
    /// Which kind it is.
    pub kind: FailureKind,
    /// Service and operation, such as `ecs:DescribeServices`.
    pub operation: String,
    /// What AWS or the transport said, in one line.
    pub message: String,
    /// What to do next, where that is known.
    pub hint: Option<String>,
    /// AWS's id of the request, for support and for the log file.
    pub request_id: Option<String>,
}

impl Failure {
    /// Whether both say the same; each call has an id of its own.
    #[must_use]
    pub fn says_the_same(&self, other: &Self) -> bool {
        let Self { kind, operation, message, hint, request_id: _ } = self;
        (kind, operation, message, hint) == (&other.kind, &other.operation, &other.message, &other.hint)
    }
}

/// A part that a read could not bring: what shows as `≥ n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Missing {
    /// What is missing, such as `12 of 100 services` or `targets of web-a`.
    pub what: String,
    /// Why; `null`: it was left out on purpose, because a fleet of this size has too much of it.
    pub failure: Option<Failure>,
}

/// What a panel is worth at a given moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PanelState {
    /// Nothing has been read yet and nothing has failed.
    Loading,
    /// The last read succeeded and is recent.
    Live,
    /// The last read succeeded but longer ago than the panel's patience.
    Stale,
    /// The last read was refused for want of permission.
    Denied,
    /// The last read was throttled.
    Throttled,
    /// The last read failed otherwise.
    Failed,
}

/// The rows of a panel with the story of how they were read.
///
/// Rows survive a failed read: what was known stays on show, stamped with its age and the failure.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<T> {
    /// The last rows that were read; the default (empty) before the first success.
    pub rows: T,
    /// When `rows` were read. `None`: never; then `rows` mean nothing, not "none".
    pub read_at: Option<Timestamp>,
    /// What the read of `rows` had to leave out.
    pub missing: Vec<Missing>,
    /// The failure of the latest attempt; `None` if that succeeded.
    pub failure: Option<Failure>,
}

impl<T: Default> Default for Reading<T> {
    fn default() -> Self {
        Self { rows: T::default(), read_at: None, missing: Vec::new(), failure: None }
    }
}

impl<T> Reading<T> {
    /// Takes the outcome of one read that ended at `at`. A failure keeps the rows.
    pub fn land(&mut self, outcome: Result<(T, Vec<Missing>), Failure>, at: Timestamp) {
        match outcome {
            Ok((rows, missing)) => {
                self.rows = rows;
                self.missing = missing;
                self.read_at = Some(at);
                self.failure = None;
            }
            Err(failure) => self.failure = Some(failure),
        }
    }

    /// Whether anything was ever read.
    #[must_use]
    pub fn known(&self) -> bool {
        self.read_at.is_some()
    }

    /// The rows, if they were ever read.
    #[must_use]
    pub fn get(&self) -> Option<&T> {
        self.read_at.map(|_| &self.rows)
    }

    /// Whether `rows` are all there is: read, and nothing left out.
    #[must_use]
    pub fn complete(&self) -> bool {
        self.known() && self.missing.is_empty()
    }

    /// Age of the rows at `now`; never negative, whatever the clocks say.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<SignedDuration> {
        self.read_at.map(|at| now.duration_since(at).max(SignedDuration::ZERO))
    }

    /// The state at `now`, given how old rows may be before they count as stale.
    #[must_use]
    pub fn state(&self, now: Timestamp, patience: SignedDuration) -> PanelState {
        match (&self.failure, self.age(now)) {
            (Some(failure), _) => match failure.kind {
                FailureKind::Denied => PanelState::Denied,
                FailureKind::Throttled => PanelState::Throttled,
                FailureKind::Credentials | FailureKind::Timeout | FailureKind::Failed => PanelState::Failed,
            },
            (None, None) => PanelState::Loading,
            (None, Some(age)) if age > patience => PanelState::Stale,
            (None, Some(_)) => PanelState::Live,
        }
    }
}
