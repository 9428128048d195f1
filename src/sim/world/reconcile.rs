//! What the service scheduler does: compare what runs with what is wanted, and go there within the bounds.

use super::instance::{ContainerInstance, ContainerStatus};
use super::run::TaskStep;
use super::service::{RolloutState, Service};
use super::task::{Ending, Task, TaskStatus};
use super::{Event, World};

/// Tasks that the scheduler starts at once.
const BATCH: usize = 10;

/// A service's tasks as its scheduler sees them.
#[derive(Debug, Default)]
struct Standing {
    /// Of the newest deployment, on instances that stay; those that run and are healthy first.
    keep: Vec<String>,
    /// How many of those run and are healthy.
    keep_ready: usize,
    /// Of older deployments, or on instances that drain; those that run and are healthy last.
    leave: Vec<String>,
    /// How many of those run and are healthy.
    leave_ready: usize,
    /// On their way out already.
    stopping: usize,
}

impl Standing {
    /// How many of those that leave may go, so many being needed that run and are healthy. One that is not needs a healthy one
    /// in its place before it goes, and no more than that
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-replace-unhealthy-tasks.html>).
    fn may_go(&self, lower: usize) -> usize {
        let ready = self.keep_ready + self.leave_ready;
        let idle = self.leave.len() - self.leave_ready;
        ready.checked_sub(lower).map_or(0, |spare| idle + spare)
    }
}

impl World {
    pub(super) fn reconcile(&mut self, name: &str) {
        let Some(service) = self.services.get_mut(name) else { return };
        service.planned = false;
        if service.daemon {
            self.reconcile_daemon(name);
        }
        let Some(service) = self.services.get(name) else { return };
        let standing = self.standing(service);
        self.settle(name, &standing);
        if !self.services.get(name).is_some_and(|s| s.daemon) {
            self.reconcile_replicas(name, standing);
        }
    }

    fn on_draining(&self, task: &Task) -> bool {
        let container = task.instance.as_ref().and_then(|id| self.instances.get(id)?.container.as_ref());
        container.is_some_and(|c| c.status != ContainerStatus::Active)
    }

    /// Whether the scheduler may stop a task: it waits for the protection of one to end, when its instance drains too
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html>).
    fn may_stop(&self, id: &str) -> bool {
        self.tasks.get(id).is_some_and(|task| task.protected_until.is_none_or(|until| until <= self.now))
    }

    fn standing(&self, service: &Service) -> Standing {
        let newest = service.primary().map(|d| d.id.as_str());
        let mut standing = Standing::default();
        let (mut unready, mut leave_late) = (Vec::new(), Vec::new());
        for task in service.tasks.iter().filter_map(|id| self.tasks.get(id)) {
            // A task that is about to fail is never one to rely on, even in the seconds in which it runs.
            let sound = task.status == TaskStatus::Running && task.flaw.is_none();
            let ready = usize::from(sound && self.targets_healthy(task));
            if task.stop_wanted {
                standing.stopping += 1;
            } else if task.started_by.as_deref() == newest && !self.on_draining(task) {
                let place = if ready == 1 { &mut standing.keep } else { &mut unready };
                place.push(task.id.clone());
                standing.keep_ready += ready;
            } else {
                let place = if ready == 1 { &mut leave_late } else { &mut standing.leave };
                place.push(task.id.clone());
                standing.leave_ready += ready;
            }
        }
        standing.keep.append(&mut unready);
        standing.leave.append(&mut leave_late);
        standing
    }

    fn reconcile_replicas(&mut self, name: &str, mut standing: Standing) {
        let Some(service) = self.services.get(name) else { return };
        let Some(primary) = service.primary() else { return };
        let desired = service.desired as usize;
        let upper = desired * service.maximum_percent as usize / 100;
        let lower = (desired * service.minimum_healthy_percent as usize).div_ceil(100);
        let (failed, retry_at) = (primary.state == RolloutState::Failed, primary.retry_at);
        let extra = standing.keep.len().saturating_sub(desired);
        let wanted = if failed { 0 } else { desired.saturating_sub(standing.keep.len()) };
        let room = upper.max(desired).saturating_sub(standing.keep.len() + standing.leave.len());
        if wanted > 0 && self.now < retry_at {
            // Beside what is planned anyway: a drain must not wait for a slowed-down deployment.
            self.plan_at(retry_at, Event::Service(name.to_owned()));
        } else {
            self.start_tasks(name, wanted.min(room));
        }
        // A failed deployment's predecessor stays: nothing takes its place.
        let may_go = if failed { 0 } else { standing.may_go(lower) };
        standing.leave.retain(|id| self.may_stop(id));
        standing.keep.retain(|id| self.may_stop(id));
        self.stop_tasks(name, standing.leave.into_iter().take(may_go));
        // Those that are not ready go first: a drain that is taken back must not cost a task that runs.
        self.stop_tasks(name, standing.keep.into_iter().rev().take(extra));
    }

    fn start_tasks(&mut self, name: &str, count: usize) {
        let Some(definition) = self.services.get(name).and_then(Service::primary).map(|d| d.definition.clone()) else {
            return;
        };
        let Some(definition) = self.task_definitions.get(&definition).cloned() else { return };
        let now = self.now;
        let mut started = Vec::new();
        for _ in 0..count.min(BATCH) {
            let id = self.new_task(&definition, Some(name), now);
            let seconds = self.between(0.3, 1.5);
            self.plan_task(&id, seconds, TaskStep::Place);
            started.push(id);
        }
        self.say_started(name, &started);
        if count > BATCH {
            self.plan_service(name, 3.0);
        }
    }

    fn say_started(&mut self, name: &str, started: &[String]) {
        if started.is_empty() {
            return;
        }
        let tasks: Vec<String> = started.iter().map(|id| format!("(task {id})")).collect();
        self.note(name, format!("(service {name}) has started {} tasks: {}.", started.len(), tasks.join(" ")));
        if let Some(service) = self.services.get_mut(name) {
            service.steady = false;
        }
    }

    fn stop_tasks(&mut self, name: &str, ids: impl Iterator<Item = String>) {
        let deployment = self.services.get(name).and_then(Service::primary).map(|d| d.id.clone()).unwrap_or_default();
        let ids: Vec<String> = ids.collect();
        for id in &ids {
            let started = self.tasks.get(id).is_some_and(|t| t.started_at.is_some());
            let ending = Ending {
                stop_code: "ServiceSchedulerInitiated".into(),
                reason: format!("Scaling activity initiated by (deployment {deployment})"),
                exit_code: started.then_some(0),
                container_reason: None,
            };
            self.stop_task(id, ending);
        }
        if !ids.is_empty() {
            let tasks: Vec<String> = ids.iter().map(|id| format!("(task {id})")).collect();
            self.note(name, format!("(service {name}) has stopped {} running tasks: {}.", ids.len(), tasks.join(" ")));
        }
    }

    fn reconcile_daemon(&mut self, name: &str) {
        let active = self.active_instances();
        let wanted = self.instances.values().filter_map(|i| i.container.as_ref());
        let here = |c: &&ContainerInstance| c.cluster == self.cluster && c.status == ContainerStatus::Active;
        let wanted = wanted.filter(here).count();
        let Some(service) = self.services.get_mut(name) else { return };
        service.desired = u32::try_from(wanted).unwrap_or(u32::MAX);
        let Some(definition) = service.primary().map(|d| d.definition.clone()) else { return };
        let Some(definition) = self.task_definitions.get(&definition).cloned() else { return };
        let now = self.now;
        let mut started = Vec::new();
        for instance in active {
            let place = self.instances.get(&instance).and_then(|i| Some((i, i.container.as_ref()?)));
            let free = place.is_some_and(|(i, c)| {
                !c.by_service.contains_key(name) && self.unsuitable(i, c, &definition, Some(name)).is_none()
            });
            if free {
                let id = self.new_task(&definition, Some(name), now);
                self.put(&id, &instance);
                self.plan_task(&id, 0.5, TaskStep::Pull);
                started.push(id);
            }
        }
        self.say_started(name, &started);
        self.stop_tasks(name, self.stranded(name).into_iter());
    }

    /// A daemon's tasks on draining instances that no replica needs any more: daemons leave last
    /// ([ECS "Daemon service": draining]).
    fn stranded(&self, name: &str) -> Vec<String> {
        let Some(service) = self.services.get(name) else { return Vec::new() };
        let tasks = service.tasks.iter().filter_map(|id| self.tasks.get(id)).filter(|t| !t.stop_wanted);
        let alone = |task: &&Task| {
            let container = task.instance.as_ref().and_then(|id| self.instances.get(id)?.container.as_ref());
            let replicas = |other: &String| self.services.get(other).is_some_and(|s| !s.daemon);
            self.on_draining(task) && container.is_some_and(|c| !c.by_service.keys().any(replicas))
        };
        tasks.filter(alone).map(|t| t.id.clone()).collect()
    }

    /// Completes a deployment whose tasks all run, and says that the service is steady.
    fn settle(&mut self, name: &str, standing: &Standing) {
        let Some(service) = self.services.get(name) else { return };
        let Some(primary) = service.primary() else { return };
        let left = standing.leave.is_empty() && standing.stopping == 0;
        let there = standing.keep_ready == service.desired as usize && standing.keep.len() == standing.keep_ready;
        if !(there && left) {
            return;
        }
        let (open, steady) = (primary.state == RolloutState::InProgress, service.steady);
        if let Some(service) = self.services.get_mut(name) {
            service.deployments.truncate(1);
            service.unplaced_said_at = None;
        }
        if open {
            self.complete(name, self.now);
        } else if !steady {
            self.note(name, format!("(service {name}) has reached a steady state."));
            if let Some(service) = self.services.get_mut(name) {
                service.steady = true;
            }
        }
    }

    /// Counts a task that stopped by itself against its deployment, slows the next one down, and stops a deployment
    /// that has failed too often.
    pub(super) fn count_failure(&mut self, name: &str, task: &Task) {
        let Some(ending) = &task.ending else { return };
        let by_itself = ending.stop_code != "ServiceSchedulerInitiated" && ending.stop_code != "TerminationNotice";
        if !by_itself && !ending.reason.starts_with("Task failed ELB health checks") {
            return;
        }
        let now = self.now;
        let (pace, limit) = (self.span(10.0), self.span(900.0));
        let Some(service) = self.services.get_mut(name) else { return };
        let threshold = service.breaker_threshold();
        let breaks = service.breaker;
        let Some(primary) = service.deployments.first_mut() else { return };
        if task.started_by.as_deref() != Some(primary.id.as_str()) {
            return;
        }
        primary.failed_tasks += 1;
        primary.updated_at = now;
        // ECS throttles tasks that fail again and again, up to 15 minutes apart ([ECS "Service throttle logic"]).
        let doublings = (primary.failed_tasks / service.desired.max(1)).min(7);
        primary.retry_at = now + (pace * (1 << doublings)).min(limit);
        if breaks && primary.state == RolloutState::InProgress && primary.failed_tasks >= threshold {
            self.break_deployment(name);
        }
    }

    fn break_deployment(&mut self, name: &str) {
        let now = self.now;
        let why = "Service deployment stopped because the circuit breaker threshold was exceeded.";
        self.abort_deployment(name, why);
        let Some(service) = self.services.get_mut(name) else { return };
        let rolls_back = service.rollback;
        let Some(primary) = service.deployments.first_mut() else { return };
        primary.reason = "ECS deployment circuit breaker: tasks failed to start.".into();
        primary.updated_at = now;
        let id = primary.id.clone();
        self.note(name, format!("(service {name}) (deployment {id}) deployment failed: tasks failed to start."));
        let back = self.services.get(name).and_then(|s| s.rollouts.front()).is_some_and(|r| r.status != "STOPPED");
        if rolls_back && !back {
            self.roll_back(name, why);
        }
    }
}
