//! Tasks, their containers and their definitions.

use jiff::Timestamp;

use crate::aws_words;

aws_words! {
    /// Where a task is in its life, or is meant to be.
    TaskStatus {
        Provisioning = "PROVISIONING",
        Pending = "PENDING",
        Activating = "ACTIVATING",
        Running = "RUNNING",
        Deactivating = "DEACTIVATING",
        Stopping = "STOPPING",
        Deprovisioning = "DEPROVISIONING",
        Stopped = "STOPPED",
        Deleted = "DELETED",
    }
}

aws_words! {
    /// Health of a container or task, by its container health check.
    HealthStatus {
        Healthy = "HEALTHY",
        Unhealthy = "UNHEALTHY",
        Unknown = "UNKNOWN",
    }
}

/// A container of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Container {
    /// Name in the task definition.
    pub name: String,
    /// PENDING, RUNNING or STOPPED.
    pub last_status: String,
    /// Exit code, once it has ended.
    pub exit_code: Option<i32>,
    /// Why it could not run or was ended, sanitised.
    pub reason: Option<String>,
    /// By its health check.
    pub health: Option<HealthStatus>,
    /// Ports of the host and the container they lead to (bridge and host networking).
    pub host_ports: Vec<PortBinding>,
}

/// A port of the host that leads to a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PortBinding {
    /// Port on the instance.
    pub host: u16,
    /// Port in the container.
    pub container: u16,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Full ARN.
    pub arn: String,
    /// `service:NAME`, `family:NAME` or what its starter said.
    pub group: Option<String>,
    /// Who started it; for a service the id of the deployment.
    pub started_by: Option<String>,
    /// ARN of the task definition.
    pub task_definition: String,
    /// The instance it is placed on; `None` for Fargate and for tasks not placed.
    pub container_instance_arn: Option<String>,
    /// Where it is.
    pub last_status: TaskStatus,
    /// Where it should be: RUNNING or STOPPED.
    pub desired_status: TaskStatus,
    /// By its containers' health checks.
    pub health: Option<HealthStatus>,
    /// EC2, FARGATE or EXTERNAL.
    pub launch_type: Option<String>,
    /// Zone it runs in.
    pub availability_zone: Option<String>,
    /// CPU units.
    pub cpu: Option<i64>,
    /// Memory in MiB.
    pub memory: Option<i64>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// When its containers started.
    pub started_at: Option<Timestamp>,
    /// When it began to stop.
    pub stopping_at: Option<Timestamp>,
    /// When it had stopped.
    pub stopped_at: Option<Timestamp>,
    /// TaskFailedToStart, EssentialContainerExited, UserInitiated and so on.
    pub stop_code: Option<String>,
    /// AWS's reason, sanitised.
    pub stopped_reason: Option<String>,
    /// Its containers.
    pub containers: Vec<Container>,
    /// Private IPv4 address of its own network interface (awsvpc).
    pub private_ip: Option<String>,
    /// Whether it is protected from scale-in.
    pub protection: Protection,
}

/// Whether scale-in and deployments keep off a task. It is asked for where somebody is about to end it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Protection {
    /// Nobody asked.
    #[default]
    NotAsked,
    /// They do not.
    Off,
    /// They do, until then.
    Until(Option<Timestamp>),
    /// It could not be read, and why.
    Unreadable(String),
}

impl Task {
    /// The id at the end of the ARN.
    #[must_use]
    pub fn id(&self) -> &str {
        self.arn.rsplit('/').next().unwrap_or(&self.arn)
    }

    /// The service that keeps it, if one does.
    #[must_use]
    pub fn service(&self) -> Option<&str> {
        self.group.as_deref()?.strip_prefix("service:")
    }

    /// Whether it is meant to run, whatever it does now.
    #[must_use]
    pub fn wanted(&self) -> bool {
        self.desired_status != TaskStatus::Stopped
    }
}

/// A container of a task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerDefinition {
    /// Name.
    pub name: String,
    /// CPU units reserved.
    pub cpu: i64,
    /// MiB reserved: the soft limit where there is one, else the hard one.
    pub memory: Option<i64>,
    /// Fixed ports of the host; 0 (any port) is left out.
    pub host_ports: Vec<u16>,
    /// Log group of the awslogs driver.
    pub log_group: Option<String>,
    /// Stream prefix of the awslogs driver.
    pub log_stream_prefix: Option<String>,
}

/// A task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskDefinition {
    /// ARN with revision.
    pub arn: String,
    /// Family.
    pub family: String,
    /// Revision.
    pub revision: u32,
    /// bridge, host, awsvpc or none.
    pub network_mode: Option<String>,
    /// CPU units of the whole task.
    pub cpu: Option<i64>,
    /// MiB of the whole task.
    pub memory: Option<i64>,
    /// Its containers.
    pub containers: Vec<ContainerDefinition>,
    /// Attributes that an instance must have to run it.
    pub requires_attributes: Vec<String>,
    /// Expressions of its `memberOf` constraints.
    pub placement_constraints: Vec<String>,
}

impl TaskDefinition {
    /// CPU units that a task reserves: its own figure, else the sum of its containers'.
    #[must_use]
    pub fn reserved_cpu(&self) -> i64 {
        self.cpu.unwrap_or_else(|| self.containers.iter().map(|c| c.cpu).sum())
    }

    /// MiB that a task reserves: its own figure, else the sum of its containers'.
    #[must_use]
    pub fn reserved_memory(&self) -> i64 {
        self.memory.unwrap_or_else(|| self.containers.iter().filter_map(|c| c.memory).sum())
    }

    /// `family:revision`, the short name.
    #[must_use]
    pub fn short(&self) -> String {
        format!("{}:{}", self.family, self.revision)
    }
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogGroup {
    /// Name.
    pub name: String,
    /// Days that events are kept; `None`: for ever.
    pub retention_days: Option<u32>,
    /// Bytes stored, as CloudWatch says it (hours late).
    pub stored_bytes: Option<u64>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Seconds of a day.
const DAY: i64 = 86_400;

impl LogGroup {
    /// About how many bytes it has of a time, in seconds since 1970: as if it had been written to evenly for as long as it keeps events.
    #[must_use]
    pub fn bytes_between(&self, (from, to): (i64, i64), now: Timestamp) -> Option<u64> {
        let kept = self.retention_days.map(|days| now.as_second().saturating_sub(i64::from(days) * DAY));
        let begun = kept.into_iter().chain(self.created_at.map(Timestamp::as_second)).max()?;
        let whole = now.as_second().saturating_sub(begun).max(1).unsigned_abs();
        let part = to.min(now.as_second()).saturating_sub(from.max(begun)).max(0).unsigned_abs();
        let bytes = u128::from(self.stored_bytes?) * u128::from(part.min(whole)) / u128::from(whole);
        u64::try_from(bytes).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_group_is_what_its_time_is_of_the_time_that_is_kept() -> Result<(), jiff::Error> {
        let now = Timestamp::from_second(100 * DAY)?;
        let group = |retention_days, created: Option<i64>| LogGroup {
            name: "g".to_owned(),
            retention_days,
            stored_bytes: Some(3_000),
            created_at: created.and_then(|day| Timestamp::from_second(day * DAY).ok()),
        };
        let days = |from: i64, to: i64| (from * DAY, to * DAY);
        assert_eq!(group(Some(30), None).bytes_between(days(90, 100), now), Some(1_000));
        assert_eq!(group(Some(30), Some(1)).bytes_between(days(60, 80), now), Some(1_000), "older ones are gone");
        assert_eq!(group(Some(30), Some(90)).bytes_between(days(95, 100), now), Some(1_500), "it is younger than that");
        assert_eq!(group(None, Some(70)).bytes_between(days(0, 200), now), Some(3_000));
        assert_eq!(group(None, None).bytes_between(days(95, 100), now), None);
        assert_eq!(group(Some(1), None).bytes_between(days(0, 1), now), Some(0));
        Ok(())
    }
}
