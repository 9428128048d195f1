//! What is wrong: one finding is one rule broken by one thing.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; nobody needs to get up.
    Info,
    /// Will hurt if it is left.
    Warning,
    /// Hurts now.
    Critical,
}

/// The thing that a finding is about, and that a screen can lead to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// The fleet as a whole.
    Fleet,
    /// An instance, by the key of its row: EC2 id, else the container instance's ARN.
    Instance(String),
    /// An Auto Scaling group, by name.
    Group(String),
    /// A service, by name.
    Service(String),
    /// A task, by ARN.
    Task(String),
    /// A target group, by ARN.
    TargetGroup(String),
    /// A target of a target group.
    Target {
        /// ARN of the target group.
        group: String,
        /// Target id.
        target: String,
        /// Port.
        port: Option<u16>,
    },
    /// An alarm, by name.
    Alarm(String),
    /// A log group, by name.
    LogGroup(String),
    /// An execution of a runbook, by id.
    Execution(String),
    /// An AMI, by id.
    Image(String),
    /// An instance refresh, by id.
    Refresh(String),
}

/// Which rule was broken. The name is stable: configuration and scripts use it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Rule {
    /// The instance is older than the fleet allows.
    InstanceOverAge,
    /// The instance does not run the AMI that it should.
    AmiBehind,
    /// The instance runs an AMI that was never promoted: not in the expected lineage, or newer than the promoted one.
    AmiUnpromoted,
    /// ECS lost the agent.
    AgentDisconnected,
    /// The agent is older than the newest in the fleet.
    AgentBehind,
    /// DRAINING for longer than allowed.
    DrainingTooLong,
    /// DRAINING, and held by a task that no service will move.
    DrainBlocked,
    /// Held in Terminating:Wait by a lifecycle hook.
    TerminatingWait,
    /// In the group or running, and not in the cluster.
    NotInCluster,
    /// Without targets, where its peers have some.
    WithoutTargets,
    /// Has a key pair: SSH is off here.
    KeyPair,
    /// Port 22 is open in one of its security groups.
    SshOpen,
    /// EC2's system or instance status check is impaired.
    StatusCheckFailed,
    /// AWS has scheduled maintenance or retirement.
    ScheduledEvent,
    /// A target is unhealthy.
    TargetUnhealthy,
    /// A target changes its state again and again.
    TargetFlapping,
    /// A target group has targets and none of them is healthy.
    NoHealthyTarget,
    /// Fewer tasks run than the service wants.
    ServiceBelowDesired,
    /// The newest deployment failed.
    DeploymentFailed,
    /// The newest deployment was rolled back.
    DeploymentRolledBack,
    /// The newest deployment's tasks fail to start or to stay up.
    TasksFailing,
    /// A task cannot be placed.
    TaskUnplaceable,
    /// The alarm is in ALARM.
    AlarmFiring,
    /// The alarm tells nobody.
    AlarmWithoutAction,
    /// The alarm's actions are disabled, without an end.
    AlarmActionsDisabled,
    /// The alarm is muted by a rule that ends.
    AlarmSilenced,
    /// The alarm has no data.
    AlarmNoData,
    /// A container of the service logs nowhere that CloudWatch sees.
    ServiceWithoutLogs,
    /// A log group keeps its events for ever.
    LogGroupWithoutRetention,
    /// The group has suspended processes.
    ProcessesSuspended,
    /// An execution of one of the fleet's runbooks failed of late.
    ExecutionFailed,
    /// An execution waits for somebody to approve it or to let it go on.
    ExecutionWaiting,
    /// Rotation, bakes and ejection are paused.
    FleetFrozen,
    /// The newest bake failed.
    BakeFailed,
    /// No bake has brought a tested AMI for two periods of its schedule.
    BakeOverdue,
    /// The newest rotation failed.
    RotationFailed,
    /// The group has not rotated for two periods of its schedule, or its turn has come and nothing has started.
    RotationOverdue,
    /// A schedule of the fleet is disabled.
    ScheduleDisabled,
    /// The newest instance refresh of a group failed.
    RefreshFailed,
    /// The newest instance refresh of a group was rolled back.
    RefreshRolledBack,
    /// An instance refresh waits for instances that are protected or on standby.
    RefreshHeldUp,
}

impl Rule {
    /// The stable name, such as `instance-over-age`.
    #[must_use]
    pub fn name(self) -> String {
        serde_json::to_value(self).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
    }
}

/// What would mend it, in words; actions join in when the console can act.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, JsonSchema)]
pub struct Remedy {
    /// One imperative sentence.
    pub advice: String,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How bad.
    pub severity: Severity,
    /// About what.
    pub subject: Subject,
    /// One line that says why, with numbers.
    pub cause: String,
    /// What to do.
    pub remedy: Option<Remedy>,
    /// Since when, where that is known.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
}

impl Finding {
    /// A finding without a remedy and without a beginning.
    pub(crate) fn new(rule: Rule, severity: Severity, subject: Subject, cause: impl Into<String>) -> Self {
        Self { rule, severity, subject, cause: cause.into(), remedy: None, since: None }
    }

    /// Adds what to do.
    pub(crate) fn advise(mut self, advice: impl Into<String>) -> Self {
        self.remedy = Some(Remedy { advice: advice.into() });
        self
    }

    /// Adds since when, if that is known.
    pub(crate) fn since(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }
}
