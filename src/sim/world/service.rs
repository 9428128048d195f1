//! Services and their deployments.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use jiff::Timestamp;

use super::constraint::Constraint;
use super::task::Flaw;

/// A service.
#[derive(Debug, Clone)]
pub struct Service {
    /// Name.
    pub name: String,
    /// One task on every active instance, rather than a count.
    pub daemon: bool,
    /// Tasks wanted; follows the instances for a daemon.
    pub desired: u32,
    /// Target groups that its tasks are registered with.
    pub load_balancers: Vec<ServiceLoadBalancer>,
    /// Newest first: the first is PRIMARY, the others are ACTIVE until their tasks are gone.
    pub deployments: Vec<Deployment>,
    /// Every rollout, newest first, as `ListServiceDeployments` tells it.
    pub rollouts: VecDeque<Rollout>,
    /// Newest first, at most 100.
    pub events: VecDeque<ServiceEvent>,
    /// Ids of its tasks that have not stopped.
    pub tasks: BTreeSet<String>,
    /// How many of them are placed in each zone, by the zone's position.
    pub by_zone: Vec<u32>,
    /// When it was created.
    pub created_at: Timestamp,
    /// ARN of who created it.
    pub created_by: String,
    /// Lower bound of a deployment, in percent of `desired`.
    pub minimum_healthy_percent: u32,
    /// Upper bound of a deployment, in percent of `desired`.
    pub maximum_percent: u32,
    /// Whether failing tasks stop a deployment.
    pub breaker: bool,
    /// Whether a stopped deployment is rolled back.
    pub rollback: bool,
    /// How instances are chosen.
    pub strategy: Strategy,
    /// Which instances it may use at all.
    pub constraints: Vec<Constraint>,
    /// Capacity provider that it uses; `None`: launch type EC2.
    pub capacity_provider: Option<String>,
    /// Seconds in which a new task's failing checks do not count.
    pub grace_seconds: u32,
    /// Security groups of its tasks' interfaces (awsvpc).
    pub security_groups: Vec<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// Whether its last event said that it is steady.
    pub steady: bool,
    /// When a place was last looked for in vain; `None` once one was found.
    pub unplaced_at: Option<Timestamp>,
    /// When it last said that a task cannot be placed.
    pub unplaced_said_at: Option<Timestamp>,
    /// Whether a reconciliation is already planned.
    pub planned: bool,
    /// The network configuration that CreateService was given; `None` for what the scenario brought.
    pub given: Option<serde_json::Value>,
}

impl Service {
    /// The newest deployment.
    #[must_use]
    pub fn primary(&self) -> Option<&Deployment> {
        self.deployments.first()
    }

    /// Notes an event, newest first; ECS keeps 100.
    pub fn note(&mut self, id: String, at: Timestamp, message: String) {
        self.events.push_front(ServiceEvent { id, at, message });
        self.events.truncate(100);
    }
}

/// How a service chooses among instances that can take a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// Over the zones, then over the instances.
    Spread,
    /// Over the zones, then the instance with the least memory left.
    Binpack,
}

/// A target group of a service.
#[derive(Debug, Clone)]
pub struct ServiceLoadBalancer {
    /// Name of the target group.
    pub target_group: String,
    /// Container whose port is registered.
    pub container: String,
    /// That port.
    pub port: u16,
}

/// How far a rollout has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RolloutState {
    /// Under way.
    InProgress,
    /// Done.
    Completed,
    /// Stopped by the circuit breaker.
    Failed,
}

impl RolloutState {
    /// The word as ECS spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InProgress => "IN_PROGRESS",
            Self::Completed => "COMPLETED",
            Self::Failed => "FAILED",
        }
    }
}

/// One deployment of a service.
#[derive(Debug, Clone)]
pub struct Deployment {
    /// `ecs-svc/` and 19 digits.
    pub id: String,
    /// `family:revision`.
    pub definition: String,
    /// Tasks that failed to start or to stay up, in a row.
    pub failed_tasks: u32,
    /// How far the rollout has come.
    pub state: RolloutState,
    /// ECS's words for it.
    pub reason: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// No task is started before: ECS slows down tasks that fail again and again.
    pub retry_at: Timestamp,
    /// What is wrong with its tasks.
    pub flaw: Option<Flaw>,
}

/// A service deployment, as ECS numbers and remembers it.
#[derive(Debug, Clone)]
pub struct Rollout {
    /// The id at the end of its ARN.
    pub id: String,
    /// Id of the deployment.
    pub deployment: String,
    /// Id at the end of the ARN of the service revision that it brings.
    pub revision: String,
    /// `family:revision` of that service revision.
    pub definition: String,
    /// Id at the end of the ARN of the service revision before it.
    pub source_revision: Option<String>,
    /// `SUCCESSFUL`, `IN_PROGRESS`, `STOPPED`, `ROLLBACK_SUCCESSFUL` and so on.
    pub status: String,
    /// ECS's words for it.
    pub reason: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// A line of a service's event list.
#[derive(Debug, Clone)]
pub struct ServiceEvent {
    /// UUID.
    pub id: String,
    /// When.
    pub at: Timestamp,
    /// What happened, in ECS's words.
    pub message: String,
}

impl Service {
    /// Failed tasks at which the circuit breaker stops a deployment: half of the tasks wanted, at least 3 and at
    /// most 200 ([ECS "How the Amazon ECS deployment circuit breaker detects failures"]).
    #[must_use]
    pub fn breaker_threshold(&self) -> u32 {
        self.desired.div_ceil(2).clamp(3, 200)
    }
}
