//! The document that `quarterdeck status --json` prints, and the same judgement for people.
//!
//! Scripts depend on it: members are added, never renamed or given another meaning without a new [`SCHEMA`]. What was
//! not read is `null`, never 0, and a count that was read in part is `null` too. Lists are sorted, so that equal fleets give equal documents.

mod build;
mod rotation;
mod text;

use std::collections::BTreeMap;

use jiff::Timestamp;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;

pub use self::text::text;
use super::finding::{Finding, Rule, Severity};
use super::reading::{Failure, Missing, PanelState};
use super::view::Fleet;

/// Name and version of the document.
pub const SCHEMA: &str = "quarterdeck.status/1";

/// A fleet at one moment: what it consists of, what is wrong, and how much of it could be read.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Status {
    /// `quarterdeck.status/1`
    pub schema: &'static str,
    /// The moment of the judgement.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub at: Timestamp,
    /// Which fleet.
    pub fleet: StatusFleet,
    /// Whether every panel was read, completely and recently: only then does silence mean health.
    pub complete: bool,
    /// What is wrong, worst first.
    pub findings: Vec<Finding>,
    /// Machines, by id.
    pub instances: Vec<StatusInstance>,
    /// Services, by name.
    pub services: Vec<StatusService>,
    /// Target groups, by name.
    pub target_groups: Vec<StatusTargetGroup>,
    /// Alarms of the fleet, by name.
    pub alarms: Vec<StatusAlarm>,
    /// Which AMI was promoted last; `null`: none was, or that was not read.
    pub promotion: Option<StatusPromotion>,
    /// AMIs that were baked for the fleet, promoted, or run by an instance, the newest first.
    pub amis: Vec<StatusAmi>,
    /// Instance refreshes: those under way first, then the newest.
    pub refreshes: Vec<StatusRefresh>,
    /// Schedules of the fleet, by name.
    pub schedules: Vec<StatusSchedule>,
    /// How each part was read, by the part's name.
    pub panels: BTreeMap<&'static str, StatusPanel>,
}

/// Which fleet it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusFleet {
    /// Name of the ECS cluster.
    pub cluster: String,
    /// Twelve-digit account id.
    pub account: Option<String>,
    /// First alias of the account.
    pub account_alias: Option<String>,
    /// Region name.
    pub region: String,
}

/// One machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusInstance {
    /// EC2 instance id; that of an external instance starts with `mi-`. The container instance's ARN where there is none.
    pub id: String,
    /// ARN in ECS; `null`: not registered in the cluster, or not read.
    pub container_instance_arn: Option<String>,
    /// AMI that it runs.
    pub ami_id: Option<String>,
    /// Name of that AMI.
    pub ami_name: Option<String>,
    /// Builds of its lineage up to the one that it should run.
    pub ami_builds_behind: Option<u32>,
    /// Whole days between the creation of the two.
    pub ami_days_behind: Option<u32>,
    /// Seconds since it was launched; `null` while EC2 has not told when that was.
    pub age_seconds: Option<i64>,
    /// Whether ECS reaches the agent.
    pub agent_connected: Option<bool>,
    /// Version of the ECS agent.
    pub agent_version: Option<String>,
    /// Status in ECS: ACTIVE, DRAINING and so on.
    pub status: Option<String>,
    /// Lifecycle state in its Auto Scaling group: InService and so on.
    pub lifecycle_state: Option<String>,
    /// State in EC2: running and so on.
    pub ec2_state: Option<String>,
    /// Tasks that run on it.
    pub running_tasks: Option<u32>,
    /// Tasks that start on it.
    pub pending_tasks: Option<u32>,
    /// Availability Zone.
    pub availability_zone: Option<String>,
    /// Instance type.
    pub instance_type: Option<String>,
    /// Name of its Auto Scaling group.
    pub auto_scaling_group: Option<String>,
    /// CPU units that it offers; 1,024 are one vCPU.
    pub cpu_registered: Option<i64>,
    /// CPU units that no task has reserved.
    pub cpu_remaining: Option<i64>,
    /// Memory that it offers, in MiB.
    pub memory_registered: Option<i64>,
    /// Memory that no task has reserved, in MiB.
    pub memory_remaining: Option<i64>,
    /// Targets that lead to it and are healthy.
    pub targets_healthy: Option<u32>,
    /// Targets that lead to it.
    pub targets_total: Option<u32>,
    /// Rules that it breaks.
    pub findings: Vec<Rule>,
}

/// One service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusService {
    /// Name.
    pub name: String,
    /// ACTIVE, DRAINING or INACTIVE.
    pub status: String,
    /// Tasks wanted.
    pub desired: u32,
    /// Tasks running.
    pub running: u32,
    /// Tasks starting.
    pub pending: u32,
    /// ARN of the task definition of the newest deployment.
    pub task_definition: String,
    /// Its deployments, newest first.
    pub deployments: Vec<StatusDeployment>,
    /// Rules that it breaks, itself or by its target groups and log groups.
    pub findings: Vec<Rule>,
}

/// One deployment of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusDeployment {
    /// `ecs-svc/…`
    pub id: String,
    /// PRIMARY, ACTIVE or INACTIVE.
    pub status: String,
    /// IN_PROGRESS, COMPLETED or FAILED; `null` where ECS does not tell.
    pub rollout_state: Option<String>,
    /// Tasks wanted.
    pub desired: u32,
    /// Tasks running.
    pub running: u32,
    /// Tasks starting.
    pub pending: u32,
    /// Tasks that failed in a row.
    pub failed_tasks: u32,
    /// ARN of its task definition.
    pub task_definition: String,
}

/// One target group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusTargetGroup {
    /// Name.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// Its targets by id and port; `null`: their health was not read.
    pub targets: Option<Vec<StatusTarget>>,
}

/// One target.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusTarget {
    /// Instance id or IP address.
    pub id: String,
    /// Port.
    pub port: Option<u16>,
    /// healthy, unhealthy, initial and so on.
    pub state: String,
    /// Reason code.
    pub reason: Option<String>,
    /// Rules that it breaks.
    pub findings: Vec<Rule>,
}

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusAlarm {
    /// Name.
    pub name: String,
    /// OK, ALARM or INSUFFICIENT_DATA.
    pub state: String,
    /// Since when it is in that state.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub since: Option<Timestamp>,
    /// Whether ALARM makes it do anything: it has actions and they are enabled.
    pub has_actions: bool,
    /// When the last rule that mutes it now ends; `null`: it is not muted, or nobody says until when, or mute rules were not read.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub silenced_until: Option<Timestamp>,
    /// Rules that it breaks.
    pub findings: Vec<Rule>,
}

/// The promotion that holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusPromotion {
    /// Version of the launch template.
    pub version: Option<u64>,
    /// The AMI that it starts from.
    pub ami_id: Option<String>,
    /// The version before, to which a roll back goes.
    pub previous_version: Option<u64>,
    /// The AMI that this one was made from.
    pub source_ami_id: Option<String>,
    /// When it was promoted.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub at: Option<Timestamp>,
    /// Who asked for it.
    pub by: Option<String>,
    /// Why.
    pub why: Option<String>,
}

/// One AMI.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusAmi {
    /// `ami-…`
    pub id: String,
    /// Name; `null`: it was not read, or is gone.
    pub name: Option<String>,
    /// When it was made.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub created_at: Option<Timestamp>,
    /// Whether it was baked for this fleet; `null`: not all baked AMIs were read.
    pub baked: Option<bool>,
    /// The AMI that it was made from.
    pub source_ami_id: Option<String>,
    /// Id of the execution that baked it.
    pub bake_execution_id: Option<String>,
    /// running, passed or failed; `null`: it does not say.
    pub test: Option<String>,
    /// Versions of launch templates that start from it, the newest first; `null`: not all versions were read.
    pub versions: Option<Vec<u64>>,
    /// Whether it is the one that was promoted last; `null`: that was not read.
    pub promoted: Option<bool>,
    /// Machines that run it; `null`: not all machines were read.
    pub instances: Option<u32>,
}

/// One instance refresh.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusRefresh {
    /// Its id.
    pub id: String,
    /// Name of the Auto Scaling group.
    pub auto_scaling_group: String,
    /// InProgress, Successful, RollbackSuccessful and so on.
    pub status: String,
    /// Why it stands so.
    pub reason: Option<String>,
    /// When it began.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ended_at: Option<Timestamp>,
    /// Version of the launch template that it leads to.
    pub version: Option<String>,
    /// Percent done.
    pub percentage: Option<u32>,
    /// Instances that are still to be replaced.
    pub instances_to_update: Option<u32>,
    /// Percentages at which it pauses.
    pub checkpoints: Vec<u32>,
    /// The checkpoint at which it pauses now.
    pub paused_at: Option<u32>,
    /// Why it went back, if it did.
    pub rollback_reason: Option<String>,
    /// Instances that are protected or on standby and for which it waits; `null`: not all instances were read.
    pub held_up_by: Option<Vec<String>>,
    /// Rules that its group breaks.
    pub findings: Vec<Rule>,
}

/// One schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusSchedule {
    /// Name.
    pub name: String,
    /// ENABLED or DISABLED.
    pub state: String,
    /// When it is due, as its owner wrote it.
    pub expression: String,
    /// Time zone of that; `null`: UTC.
    pub time_zone: Option<String>,
    /// The Automation document that it starts.
    pub document: Option<String>,
    /// When it is due next, after the end of a freeze if there is one; `null`: never, or that cannot be told.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub next_at: Option<Timestamp>,
}

/// How one part of the fleet was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StatusPanel {
    /// live, stale, denied, throttled, failed, or loading when it was never tried.
    pub state: PanelState,
    /// When what is shown of it was read; `null`: never.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub read_at: Option<Timestamp>,
    /// Why the latest read failed.
    pub error: Option<Failure>,
    /// What the read could not bring.
    pub missing: Vec<Missing>,
}

impl StatusPanel {
    /// Whether it says all there is to say at this moment.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.state == PanelState::Live && self.missing.is_empty()
    }
}

impl Status {
    /// The document for `fleet` as it was last judged, with ages and staleness at `now`.
    #[must_use]
    pub fn of(fleet: &Fleet, now: Timestamp) -> Self {
        build::status(fleet, now)
    }

    /// What a script can branch on: 1 when something is known to be wrong at or above `fail_on`, whatever else could not
    /// be read; else 2 when something could not be read, so that nobody takes silence for health; else 0.
    #[must_use]
    pub fn exit_code(&self, fail_on: Severity) -> u8 {
        if self.findings.iter().any(|finding| finding.severity >= fail_on) {
            1
        } else if self.complete {
            0
        } else {
            2
        }
    }
}

/// The JSON Schema of [`Status`], as it is written.
#[must_use]
pub fn json_schema() -> serde_json::Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.root_schema_for::<Status>().to_value()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
