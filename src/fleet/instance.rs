//! Instances: the ECS side, the EC2 side and the Auto Scaling side of one machine.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::aws_words;

aws_words! {
    /// Status of a container instance.
    ContainerInstanceStatus {
        Active = "ACTIVE",
        Draining = "DRAINING",
        Registering = "REGISTERING",
        Deregistering = "DEREGISTERING",
        RegistrationFailed = "REGISTRATION_FAILED",
        Inactive = "INACTIVE",
    }
}

aws_words! {
    /// State of an EC2 instance.
    Ec2State {
        Pending = "pending",
        Running = "running",
        ShuttingDown = "shutting-down",
        Terminated = "terminated",
        Stopping = "stopping",
        Stopped = "stopped",
    }
}

aws_words! {
    /// Result of a status check or of ECS's container instance health check.
    CheckStatus {
        Ok = "ok",
        Impaired = "impaired",
        InsufficientData = "insufficient-data",
        NotApplicable = "not-applicable",
        Initializing = "initializing",
    }
}

aws_words! {
    /// Lifecycle state of a member of an Auto Scaling group.
    LifecycleState {
        Pending = "Pending",
        PendingWait = "Pending:Wait",
        PendingProceed = "Pending:Proceed",
        Quarantined = "Quarantined",
        InService = "InService",
        Terminating = "Terminating",
        TerminatingWait = "Terminating:Wait",
        TerminatingProceed = "Terminating:Proceed",
        Terminated = "Terminated",
        Detaching = "Detaching",
        Detached = "Detached",
        EnteringStandby = "EnteringStandby",
        Standby = "Standby",
        WarmedPending = "Warmed:Pending",
        WarmedPendingWait = "Warmed:Pending:Wait",
        WarmedPendingProceed = "Warmed:Pending:Proceed",
        WarmedTerminating = "Warmed:Terminating",
        WarmedTerminatingWait = "Warmed:Terminating:Wait",
        WarmedTerminatingProceed = "Warmed:Terminating:Proceed",
        WarmedTerminated = "Warmed:Terminated",
        WarmedStopped = "Warmed:Stopped",
        WarmedRunning = "Warmed:Running",
        WarmedHibernated = "Warmed:Hibernated",
    }
}

/// What a container instance offers or still has free.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Resources {
    /// CPU units; 1,024 are one vCPU.
    pub cpu: i64,
    /// Memory in MiB.
    pub memory: i64,
    /// TCP ports of the host that are taken (from `PORTS`).
    pub ports: Vec<u16>,
}

/// A machine as ECS sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerInstance {
    /// Full ARN.
    pub arn: String,
    /// EC2 instance id; an external (ECS Anywhere) instance has an `mi-` id here.
    pub ec2_instance_id: Option<String>,
    /// ACTIVE, DRAINING and so on.
    pub status: ContainerInstanceStatus,
    /// Why a registration failed.
    pub status_reason: Option<String>,
    /// Whether the agent talks to ECS.
    pub agent_connected: bool,
    /// Version of the ECS agent, such as `1.89.2`.
    pub agent_version: Option<String>,
    /// Tasks that run here and are meant to; leaves out those being stopped.
    pub running_tasks: u32,
    /// Tasks that are starting here.
    pub pending_tasks: u32,
    /// When it joined the cluster.
    pub registered_at: Option<Timestamp>,
    /// Attribute `ecs.ami-id`.
    pub ami_id: Option<String>,
    /// Attribute `ecs.availability-zone`.
    pub availability_zone: Option<String>,
    /// Attribute `ecs.instance-type`.
    pub instance_type: Option<String>,
    /// Name of the capacity provider it belongs to.
    pub capacity_provider: Option<String>,
    /// What it offers to tasks.
    pub registered: Resources,
    /// What is left.
    pub remaining: Resources,
    /// All attributes, by name; one without a value has an empty one.
    pub attributes: BTreeMap<String, String>,
    /// ECS's own health check of the instance, where asked for and known.
    pub health: Option<CheckStatus>,
}

impl ContainerInstance {
    /// The id at the end of the ARN.
    #[must_use]
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }
}

/// A security group as an instance names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroupRef {
    /// `sg-…`
    pub id: String,
    /// Its name, which is not unique.
    pub name: String,
}

/// Maintenance that AWS has scheduled for an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduledEvent {
    /// Code such as `system-maintenance` or `instance-retirement`.
    pub code: String,
    /// AWS's description; starts with `[Completed]` or `[Canceled]` when it is over.
    pub description: String,
    /// Earliest start.
    pub not_before: Option<Timestamp>,
}

/// A machine as EC2 sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ec2Instance {
    /// `i-…`
    pub id: String,
    /// pending, running and so on.
    pub state: Ec2State,
    /// When it was last started: a stop and start resets it.
    pub launched_at: Option<Timestamp>,
    /// AMI id.
    pub image_id: Option<String>,
    /// Such as `m7i.large`.
    pub instance_type: Option<String>,
    /// Such as `eu-west-1a`.
    pub availability_zone: Option<String>,
    /// Primary private IPv4 address.
    pub private_ip: Option<String>,
    /// Subnet id.
    pub subnet_id: Option<String>,
    /// Key pair name: with SSH off there should be none.
    pub key_name: Option<String>,
    /// Security groups of its primary interface.
    pub security_groups: Vec<SecurityGroupRef>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// System status check.
    pub system_check: Option<CheckStatus>,
    /// Instance status check.
    pub instance_check: Option<CheckStatus>,
    /// Scheduled maintenance.
    pub events: Vec<ScheduledEvent>,
}

impl Ec2Instance {
    /// The Auto Scaling group that launched it, from the tag that AWS sets.
    #[must_use]
    pub fn group(&self) -> Option<&str> {
        self.tags.get("aws:autoscaling:groupName").map(String::as_str)
    }
}

/// A member of an Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupMember {
    /// EC2 instance id.
    pub instance_id: String,
    /// InService, Terminating:Wait and so on.
    pub lifecycle_state: LifecycleState,
    /// `Healthy` or `Unhealthy`, as the group judges.
    pub health_status: String,
    /// Protected from scale-in.
    pub protected: bool,
    /// The launch template version that it was started from.
    pub launch_template_version: Option<String>,
}

/// A launch template as a group names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaunchTemplateRef {
    /// `lt-…`
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// A number, `$Latest` or `$Default`.
    pub version: String,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Name.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// Lower bound.
    pub min: u32,
    /// Upper bound.
    pub max: u32,
    /// How many it wants.
    pub desired: u32,
    /// Its members.
    pub members: Vec<GroupMember>,
    /// Target groups that its instances register with.
    pub target_group_arns: Vec<String>,
    /// Suspended processes such as `Launch` or `Terminate`.
    pub suspended_processes: Vec<String>,
    /// What it launches from, its own or that of its mixed instances policy.
    pub launch_template: Option<LaunchTemplateRef>,
    /// Maximum lifetime of an instance in seconds; 0 or at least 86,400.
    pub max_instance_lifetime: Option<u32>,
}

/// A cluster and what gives it capacity.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cluster {
    /// Name.
    pub name: String,
    /// ARN.
    pub arn: String,
    /// ACTIVE, PROVISIONING, INACTIVE and so on.
    pub status: String,
    /// Its capacity providers.
    pub capacity_providers: Vec<CapacityProvider>,
    /// Counts that ECS keeps itself, a check on what the other panels read.
    pub counts: ClusterCounts,
}

/// The cluster's own counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClusterCounts {
    /// Registered container instances, those draining included.
    pub container_instances: u32,
    /// Active services.
    pub services: u32,
    /// Tasks in RUNNING.
    pub running_tasks: u32,
    /// Tasks in PENDING.
    pub pending_tasks: u32,
}

/// A capacity provider that starts instances through a group.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CapacityProvider {
    /// Name.
    pub name: String,
    /// ARN of the Auto Scaling group; `None` for FARGATE and FARGATE_SPOT.
    pub group_arn: Option<String>,
    /// Whether it drains instances that the group terminates.
    pub managed_draining: bool,
    /// Whether it scales the group.
    pub managed_scaling: bool,
}

/// A security group, as far as SSH is concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityGroup {
    /// `sg-…`
    pub id: String,
    /// Name.
    pub name: String,
    /// Sources (CIDR, group or prefix list) that may reach TCP port 22.
    pub ssh_sources: Vec<String>,
}
