//! Services and their deployments.

use jiff::Timestamp;

use crate::aws_words;

aws_words! {
    /// How far a deployment's rollout has come.
    RolloutState {
        InProgress = "IN_PROGRESS",
        Completed = "COMPLETED",
        Failed = "FAILED",
    }
}

aws_words! {
    /// Whether a service keeps a count or one task on every instance.
    SchedulingStrategy {
        Replica = "REPLICA",
        Daemon = "DAEMON",
    }
}

/// One deployment of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployment {
    /// `ecs-svc/…`
    pub id: String,
    /// PRIMARY, ACTIVE or INACTIVE.
    pub status: String,
    /// ARN of the task definition.
    pub task_definition: String,
    /// Tasks wanted.
    pub desired: u32,
    /// Tasks running.
    pub running: u32,
    /// Tasks starting.
    pub pending: u32,
    /// Tasks that failed to start or to pass their checks, in a row.
    pub failed_tasks: u32,
    /// How far the rollout has come; absent without the ECS deployment controller.
    pub rollout_state: Option<RolloutState>,
    /// AWS's reason for `rollout_state`.
    pub rollout_reason: Option<String>,
    /// When it began.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Option<Timestamp>,
}

/// A line of a service's event list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceEvent {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Option<Timestamp>,
    /// What happened, sanitised.
    pub message: String,
}

/// Where a service's tasks are registered as targets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceLoadBalancer {
    /// ARN of the target group.
    pub target_group_arn: String,
    /// Container whose port is registered.
    pub container_name: String,
    /// That port.
    pub container_port: u16,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Full ARN.
    pub arn: String,
    /// Name, unique in its cluster.
    pub name: String,
    /// ACTIVE, DRAINING or INACTIVE.
    pub status: String,
    /// Tasks wanted.
    pub desired: u32,
    /// Tasks running.
    pub running: u32,
    /// Tasks starting.
    pub pending: u32,
    /// EC2, FARGATE or EXTERNAL; absent with a capacity provider strategy.
    pub launch_type: Option<String>,
    /// REPLICA or DAEMON.
    pub scheduling: SchedulingStrategy,
    /// ARN of the task definition of the newest deployment.
    pub task_definition: String,
    /// Newest first, as AWS lists them.
    pub deployments: Vec<Deployment>,
    /// Newest first, at most 20 kept of the 100 that AWS keeps.
    pub events: Vec<ServiceEvent>,
    /// Target groups.
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// Expressions of `memberOf` constraints, and `distinctInstance`.
    pub placement_constraints: Vec<String>,
    /// Lower bound of a deployment, in percent of `desired`.
    pub minimum_healthy_percent: Option<u32>,
    /// Upper bound of a deployment, in percent of `desired`.
    pub maximum_percent: Option<u32>,
    /// When it was created.
    pub created_at: Option<Timestamp>,
}
