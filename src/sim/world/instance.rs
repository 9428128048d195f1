//! Instances: the EC2 side, the ECS side and the group's side of one machine.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use jiff::Timestamp;

/// State of an EC2 instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ec2State {
    /// Starting.
    Pending,
    /// Up, as far as EC2 knows.
    Running,
    /// Powering off; it is not lost.
    Stopping,
    /// Powered off; it can be started, and images can be made of it.
    Stopped,
    /// Being terminated.
    ShuttingDown,
    /// Gone; visible for an hour.
    Terminated,
}

impl Ec2State {
    /// Name and code, as EC2's `InstanceState` documents them.
    #[must_use]
    pub fn name_and_code(self) -> (&'static str, i64) {
        match self {
            Self::Pending => ("pending", 0),
            Self::Running => ("running", 16),
            Self::ShuttingDown => ("shutting-down", 32),
            Self::Terminated => ("terminated", 48),
            Self::Stopping => ("stopping", 64),
            Self::Stopped => ("stopped", 80),
        }
    }
}

/// Result of a status check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Check {
    /// Not over yet.
    Initializing,
    /// Passed.
    Ok,
    /// Failed since then.
    Impaired(Timestamp),
}

/// Lifecycle state of a member of an Auto Scaling group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lifecycle {
    /// Launched, not in service yet.
    Pending,
    /// In service.
    InService,
    /// Held by the hook that drains it.
    TerminatingWait,
    /// On its way out.
    Terminating,
    /// Taken out of service for a while, and not counted.
    Standby,
}

impl Lifecycle {
    /// The word as Auto Scaling spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InService => "InService",
            Self::TerminatingWait => "Terminating:Wait",
            Self::Terminating => "Terminating",
            Self::Standby => "Standby",
        }
    }
}

/// Membership of an Auto Scaling group.
#[derive(Debug, Clone)]
pub struct Membership {
    /// Name of the group.
    pub group: String,
    /// Where in its life the member is.
    pub lifecycle: Lifecycle,
    /// When it came into service.
    pub in_service_at: Option<Timestamp>,
    /// Whether the group holds it for healthy.
    pub healthy: bool,
    /// Launch template version that it was launched from.
    pub template_version: i64,
    /// Whether a caller has protected it from scale-in; its capacity provider may do so too.
    pub protected: bool,
}

/// A machine.
#[derive(Debug, Clone)]
pub struct Instance {
    /// `i-…`
    pub id: String,
    /// `r-…`
    pub reservation_id: String,
    /// Its place among the instances of one launch, from 0.
    pub launch_index: u32,
    /// State in EC2.
    pub state: Ec2State,
    /// When it was launched.
    pub launched_at: Timestamp,
    /// When its termination began.
    pub terminated_at: Option<Timestamp>,
    /// AMI id.
    pub image_id: String,
    /// Such as `m7i.xlarge`.
    pub instance_type: String,
    /// Position of its zone among the world's.
    pub zone: usize,
    /// Primary private address.
    pub private_ip: Ipv4Addr,
    /// Primary network interface.
    pub interface_id: String,
    /// Root volume.
    pub volume_id: String,
    /// Key pair.
    pub key_name: Option<String>,
    /// `sg-…` ids.
    pub security_groups: Vec<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// System status check.
    pub system_check: Check,
    /// Instance status check.
    pub instance_check: Check,
    /// Its group, if one launched it.
    pub membership: Option<Membership>,
    /// What ECS knows, once it has joined.
    pub container: Option<ContainerInstance>,
    /// Whether it will come up and join.
    pub sound: bool,
    /// What it runs when it first boots, as text.
    pub user_data: String,
}

/// Status of a container instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContainerStatus {
    /// Takes tasks.
    Active,
    /// Takes no more tasks and loses those of services.
    Draining,
    /// Gone from the cluster.
    Inactive,
}

impl ContainerStatus {
    /// The word as ECS spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Draining => "DRAINING",
            Self::Inactive => "INACTIVE",
        }
    }
}

/// A machine as ECS knows it.
#[derive(Debug, Clone)]
pub struct ContainerInstance {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Name of the cluster that it has joined.
    pub cluster: String,
    /// ACTIVE or DRAINING.
    pub status: ContainerStatus,
    /// When it got that status.
    pub status_since: Timestamp,
    /// Whether the agent talks to ECS.
    pub agent_connected: bool,
    /// When that last changed.
    pub agent_since: Timestamp,
    /// Such as `1.103.1`.
    pub agent_version: String,
    /// When it joined the cluster.
    pub registered_at: Timestamp,
    /// Counts its changes, from 1.
    pub version: i64,
    /// Capacity provider that it belongs to.
    pub capacity_provider: Option<String>,
    /// Attributes; some have no value.
    pub attributes: BTreeMap<String, Option<String>>,
    /// CPU units registered.
    pub cpu: i64,
    /// MiB registered.
    pub memory: i64,
    /// Network interfaces that tasks may have.
    pub interfaces: u32,
    /// What tasks hold.
    pub used: Used,
    /// Ids of tasks that have not stopped.
    pub tasks: BTreeSet<String>,
    /// How many of them each service has here.
    pub by_service: BTreeMap<String, u32>,
}

/// What tasks hold of an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Used {
    /// CPU units.
    pub cpu: i64,
    /// MiB.
    pub memory: i64,
    /// Network interfaces.
    pub interfaces: u32,
    /// TCP ports of the host.
    pub ports: BTreeSet<u16>,
}

impl ContainerInstance {
    /// CPU units left.
    #[must_use]
    pub fn free_cpu(&self) -> i64 {
        self.cpu - self.used.cpu
    }

    /// MiB left.
    #[must_use]
    pub fn free_memory(&self) -> i64 {
        self.memory - self.used.memory
    }
}
