//! Tasks and their definitions.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use jiff::Timestamp;

use super::constraint::Constraint;

/// How a task is connected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkMode {
    /// Docker's bridge: ports of the host lead to the container.
    Bridge,
    /// A network interface of its own.
    Awsvpc,
    /// The host's own interface.
    Host,
}

impl NetworkMode {
    /// The word as ECS spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Awsvpc => "awsvpc",
            Self::Host => "host",
        }
    }
}

/// A revision of a task definition.
#[derive(Debug, Clone)]
pub struct TaskDefinition {
    /// Family.
    pub family: String,
    /// Revision, from 1.
    pub revision: u32,
    /// How its tasks are connected.
    pub network_mode: NetworkMode,
    /// Containers; the first is the one that a load balancer leads to.
    pub containers: Vec<ContainerDefinition>,
    /// Names of attributes that an instance must have.
    pub requires: Vec<String>,
    /// Which instances its tasks may use at all.
    pub constraints: Vec<Constraint>,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// ARN of who registered it.
    pub registered_by: String,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// CPU units and MiB of the task as a whole, where its definition says so.
    pub size: (Option<i64>, Option<i64>),
    /// Seconds after which its first container has done its work and exits; most go on until they are stopped.
    pub ends_after: Option<f64>,
    /// What RegisterTaskDefinition was given, with AWS's defaults; `None` for those that the scenario brought.
    pub given: Option<serde_json::Value>,
}

/// A container of a task definition.
#[derive(Debug, Clone)]
pub struct ContainerDefinition {
    /// Name.
    pub name: String,
    /// Image with tag.
    pub image: String,
    /// CPU units reserved.
    pub cpu: i64,
    /// MiB: the hard limit.
    pub memory: i64,
    /// Ports; a host port of 0 is any above 32,767.
    pub ports: Vec<PortMapping>,
    /// Log group of the awslogs driver.
    pub log_group: Option<String>,
    /// How that driver's streams begin.
    pub log_prefix: Option<String>,
    /// Whether it has a health check of its own.
    pub health_check: bool,
}

/// A port of a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortMapping {
    /// In the container.
    pub container: u16,
    /// On the host; 0: any.
    pub host: u16,
}

impl TaskDefinition {
    /// `family:revision`, its key in the world.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }

    /// CPU units that a task holds.
    #[must_use]
    pub fn cpu(&self) -> i64 {
        self.size.0.unwrap_or_else(|| self.containers.iter().map(|c| c.cpu).sum())
    }

    /// MiB that a task holds.
    #[must_use]
    pub fn memory(&self) -> i64 {
        self.size.1.unwrap_or_else(|| self.containers.iter().map(|c| c.memory).sum())
    }
}

/// Where a task is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskStatus {
    /// Waits for an instance or its network interface.
    Provisioning,
    /// On an instance; images are pulled and containers made.
    Pending,
    /// Runs.
    Running,
    /// Its targets are being deregistered.
    Deactivating,
    /// Its containers were told to stop.
    Stopping,
    /// Its network interface is being taken away.
    Deprovisioning,
    /// Over; visible for an hour.
    Stopped,
}

impl TaskStatus {
    /// The word as ECS spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Provisioning => "PROVISIONING",
            Self::Pending => "PENDING",
            Self::Running => "RUNNING",
            Self::Deactivating => "DEACTIVATING",
            Self::Stopping => "STOPPING",
            Self::Deprovisioning => "DEPROVISIONING",
            Self::Stopped => "STOPPED",
        }
    }
}

/// What is wrong with the tasks of a deployment.
#[derive(Debug, Clone, PartialEq)]
pub enum Flaw {
    /// The essential container exits, this many seconds after its start, with this code.
    Exits {
        /// Seconds.
        after: f64,
        /// Exit code; 137 is what the kernel's out-of-memory killer leaves, 0 what work that is done leaves.
        code: i32,
    },
    /// The image cannot be pulled.
    CannotPull,
    /// It runs and never passes the load balancer's health checks.
    FailsHealthChecks,
}

/// Why and how a task ended.
#[derive(Debug, Clone, Default)]
pub struct Ending {
    /// Such as `EssentialContainerExited`.
    pub stop_code: String,
    /// ECS's words.
    pub reason: String,
    /// Exit code of the first container, if it ever ran.
    pub exit_code: Option<i32>,
    /// What Docker said about the first container.
    pub container_reason: Option<String>,
}

/// A task.
#[derive(Debug, Clone)]
pub struct Task {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Name of the cluster that it runs in.
    pub cluster: String,
    /// `family:revision`.
    pub definition: String,
    /// `service:NAME` or `family:NAME`.
    pub group: String,
    /// Service that keeps it.
    pub service: Option<String>,
    /// Deployment id for a service's task, else what its starter said.
    pub started_by: Option<String>,
    /// EC2 id of the instance that it was placed on.
    pub instance: Option<String>,
    /// Id of the container instance that it was placed on; outlives the instance.
    pub container_instance: Option<String>,
    /// Position of its zone among the world's.
    pub zone: Option<usize>,
    /// Where it is.
    pub status: TaskStatus,
    /// Whether it is meant to be stopped.
    pub stop_wanted: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// When the pull of its images began.
    pub pull_started_at: Option<Timestamp>,
    /// When the pull of its images ended.
    pub pull_stopped_at: Option<Timestamp>,
    /// When its containers started.
    pub started_at: Option<Timestamp>,
    /// When it began to stop.
    pub stopping_at: Option<Timestamp>,
    /// When its containers had stopped.
    pub execution_stopped_at: Option<Timestamp>,
    /// When it had stopped.
    pub stopped_at: Option<Timestamp>,
    /// How it ended or is about to end.
    pub ending: Option<Ending>,
    /// What will go wrong with it.
    pub flaw: Option<Flaw>,
    /// Until when its service's scheduler leaves it alone.
    pub protected_until: Option<Timestamp>,
    /// Its own address and interface attachment (awsvpc).
    pub interface: Option<Interface>,
    /// Ports of the host that lead to the first container (bridge, host).
    pub bindings: Vec<PortMapping>,
    /// Counts its changes, from 1.
    pub version: i64,
}

/// A task's own network interface.
#[derive(Debug, Clone)]
pub struct Interface {
    /// UUID of the attachment.
    pub attachment_id: String,
    /// `eni-…`
    pub id: String,
    /// Address.
    pub address: Ipv4Addr,
    /// Mac address.
    pub mac: String,
}
