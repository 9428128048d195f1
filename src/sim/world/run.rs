//! The life of a task: placed, pulled, started, stopped, forgotten.

use jiff::SignedDuration;

use super::image::ImageFault;
use super::instance::ContainerStatus;
use super::names::uuid;
use super::task::{Ending, Flaw, NetworkMode, TaskDefinition, TaskStatus};
use super::{Event, World};

/// Seconds in which the service scheduler reacts to a change.
pub(super) const REACTION: f64 = 2.5;

/// A step in a task's life.
#[derive(Debug, Clone, Copy)]
pub(crate) enum TaskStep {
    /// An instance is looked for.
    Place,
    /// Its images are pulled.
    Pull,
    /// Its containers start.
    Start,
    /// Its first container exits by itself.
    Exit,
    /// It has failed its load balancer's health checks.
    Unhealthy,
    /// Its containers are told to stop.
    Kill,
    /// Its containers have stopped.
    Clean,
    /// It has stopped.
    Stop,
    /// ECS no longer shows it.
    Forget,
}

impl World {
    pub(super) fn task_step(&mut self, id: &str, step: TaskStep) {
        match step {
            TaskStep::Place => self.place_task(id),
            TaskStep::Pull => self.pull_task(id),
            TaskStep::Start => self.start_task(id),
            TaskStep::Exit => self.exit_task(id),
            TaskStep::Unhealthy => self.task_unhealthy(id),
            TaskStep::Kill => self.kill_task(id),
            TaskStep::Clean => self.clean_task(id),
            TaskStep::Stop => self.task_stopped(id),
            TaskStep::Forget => {
                self.tasks.remove(id);
            }
        }
    }

    pub(super) fn plan_task(&mut self, id: &str, seconds: f64, step: TaskStep) {
        self.plan_in(seconds, Event::Task(id.to_owned(), step));
    }

    fn is_alive(&self, id: &str) -> bool {
        self.tasks.get(id).is_some_and(|task| !task.stop_wanted)
    }

    /// Notes an event of a service, now.
    pub(crate) fn note(&mut self, service: &str, message: String) {
        let id = uuid(&mut self.rng);
        let now = self.now;
        if let Some(service) = self.services.get_mut(service) {
            service.note(id, now, message);
        }
    }

    fn place_task(&mut self, id: &str) {
        let Some(task) = self.tasks.get(id).filter(|t| !t.stop_wanted && t.instance.is_none()) else { return };
        let service = task.service.clone();
        let Some(definition) = self.task_definitions.get(&task.definition).cloned() else { return };
        let Some(place) = self.look_for_place(&definition, service.as_deref()) else {
            self.plan_task(id, 15.0, TaskStep::Place);
            return;
        };
        self.put(id, &place);
        let seconds = if definition.network_mode == NetworkMode::Awsvpc { self.between(4.0, 9.0) } else { 0.3 };
        self.plan_task(id, seconds, TaskStep::Pull);
    }

    /// Looks for a place, unless a task of the same service has just found none.
    fn look_for_place(&mut self, definition: &TaskDefinition, service: Option<&str>) -> Option<String> {
        let pause = self.span(10.0);
        let failed_at = service.and_then(|s| self.services.get(s)?.unplaced_at);
        if failed_at.is_some_and(|at| self.now.duration_since(at) < pause) {
            return None;
        }
        let place = self.find_place(definition, service);
        let now = self.now;
        if let Some(service) = service.and_then(|s| self.services.get_mut(s)) {
            service.unplaced_at = place.is_none().then_some(now);
        }
        if let (None, Some(service)) = (&place, service) {
            self.say_unplaced(service, definition);
        }
        place
    }

    /// Says that a task cannot be placed; ECS does not repeat that at every attempt.
    pub(crate) fn say_unplaced(&mut self, name: &str, definition: &TaskDefinition) {
        let now = self.now;
        let again = self.span(600.0);
        let said_at = self.services.get(name).and_then(|s| s.unplaced_said_at);
        if said_at.is_some_and(|at| now.duration_since(at) < again) {
            return;
        }
        let why = self.why_unplaced(definition, Some(name));
        let Some(service) = self.services.get_mut(name) else { return };
        service.unplaced_said_at = Some(now);
        service.steady = false;
        let message = format!(
            "(service {name}) was unable to place a task because no container instance met all of its requirements. \
             {why} For more information, see the Troubleshooting section of the Amazon ECS Developer Guide."
        );
        self.note(name, message);
    }

    fn pull_task(&mut self, id: &str) {
        if !self.is_alive(id) {
            return;
        }
        let now = self.now;
        if let Some(task) = self.tasks.get_mut(id) {
            task.status = TaskStatus::Pending;
            task.pull_started_at = Some(now);
            task.version += 1;
        }
        let seconds = self.between(3.0, 12.0);
        self.plan_task(id, seconds, TaskStep::Start);
    }

    fn start_task(&mut self, id: &str) {
        if !self.is_alive(id) {
            return;
        }
        let flaw = self.tasks.get(id).and_then(|t| t.flaw.clone());
        if flaw == Some(Flaw::CannotPull) {
            let ending = self.cannot_pull(id);
            self.stop_task(id, ending);
            return;
        }
        let flaw = flaw.or_else(|| self.end_of_work(id));
        if let Some(task) = self.tasks.get_mut(id) {
            task.flaw.clone_from(&flaw);
        }
        self.start_at(id, self.now);
        if let Some(Flaw::Exits { after, .. }) = flaw {
            self.plan_task(id, after, TaskStep::Exit);
        }
        let keys = self.register_targets(id, self.now, false);
        let Some(service) = self.tasks.get(id).and_then(|t| t.service.clone()) else { return };
        for (group, _) in keys {
            let arn = self.target_groups.get(&group).map(|g| self.target_group_arn(g)).unwrap_or_default();
            self.note(&service, format!("(service {service}) registered 1 targets in (target-group {arn})"));
        }
        self.plan_service(&service, REACTION);
    }

    /// How a task without a service ends by itself: well when its work is done, badly on an AMI that is no good.
    fn end_of_work(&self, id: &str) -> Option<Flaw> {
        let task = self.tasks.get(id).filter(|task| task.service.is_none())?;
        let instance = task.instance.as_ref().and_then(|id| self.instances.get(id));
        if instance.is_some_and(|instance| self.fault_of(instance) == Some(ImageFault::Task)) {
            return Some(Flaw::Exits { after: 2.0, code: 1 });
        }
        let after = self.task_definitions.get(&task.definition)?.ends_after?;
        Some(Flaw::Exits { after, code: 0 })
    }

    /// How a task ends whose image is not there, in the words of ECS and the agent.
    fn cannot_pull(&self, id: &str) -> Ending {
        let definition = self.tasks.get(id).and_then(|t| self.task_definitions.get(&t.definition));
        let image = definition.and_then(|d| d.containers.first()).map(|c| c.image.clone()).unwrap_or_default();
        let words = format!(
            "CannotPullContainerError: Error response from daemon: manifest for {image} not found: manifest unknown: \
             Requested image not found"
        );
        Ending {
            stop_code: "TaskFailedToStart".into(),
            reason: words.clone(),
            exit_code: None,
            container_reason: Some(words),
        }
    }

    fn exit_task(&mut self, id: &str) {
        let Some(Flaw::Exits { code, .. }) = self.tasks.get(id).filter(|t| !t.stop_wanted).and_then(|t| t.flaw.clone())
        else {
            return;
        };
        let now = self.now;
        if let Some(task) = self.tasks.get_mut(id) {
            task.execution_stopped_at = Some(now);
        }
        self.close_streams(id, now);
        self.journal_exit(id, now, code);
        let killed = (code == 137).then(|| "OutOfMemoryError: Container killed due to memory usage".to_owned());
        let ending = Ending {
            stop_code: "EssentialContainerExited".into(),
            reason: "Essential container in task exited".into(),
            exit_code: Some(code),
            container_reason: killed,
        };
        self.stop_task(id, ending);
    }

    fn task_unhealthy(&mut self, id: &str) {
        let Some(task) = self.tasks.get(id).filter(|t| !t.stop_wanted) else { return };
        let Some(service) = task.service.clone() else { return };
        let Some((group, (_, port))) = self.targets_of(task).into_iter().next() else { return };
        let arn = self.target_groups.get(&group).map(|g| self.target_group_arn(g)).unwrap_or_default();
        self.note(
            &service,
            format!(
                "(service {service}) (port {port}) is unhealthy in (target-group {arn}) due to (reason Health checks \
                 failed with these codes: [503])"
            ),
        );
        let ending = Ending {
            stop_code: "ServiceSchedulerInitiated".into(),
            reason: format!("Task failed ELB health checks in (target-group {arn})"),
            exit_code: Some(143),
            container_reason: None,
        };
        self.stop_task(id, ending);
    }

    /// Begins to stop a task: its targets drain first, then its containers are told.
    pub(crate) fn stop_task(&mut self, id: &str, ending: Ending) {
        if !self.is_alive(id) {
            return;
        }
        let now = self.now;
        let (groups, seconds) = self.drain_targets(id);
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.stop_wanted = true;
        task.stopping_at = Some(now);
        task.ending = Some(ending);
        task.status = if groups.is_empty() { TaskStatus::Stopping } else { TaskStatus::Deactivating };
        task.version += 1;
        let service = task.service.clone();
        self.plan_task(id, seconds, TaskStep::Kill);
        let Some(service) = service else { return };
        for group in groups {
            let arn = self.target_groups.get(&group).map(|g| self.target_group_arn(g)).unwrap_or_default();
            self.note(&service, format!("(service {service}) deregistered 1 targets in (target-group {arn})"));
            self.note(&service, format!("(service {service}) has begun draining connections on 1 tasks."));
        }
        self.plan_service(&service, REACTION);
    }

    fn kill_task(&mut self, id: &str) {
        self.tell_streams(id, self.now);
        if let Some(task) = self.tasks.get_mut(id) {
            task.status = TaskStatus::Stopping;
            task.version += 1;
        }
        let seconds = self.between(1.0, 6.0);
        self.plan_task(id, seconds, TaskStep::Clean);
    }

    fn clean_task(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id).filter(|t| t.status != TaskStatus::Stopped) else { return };
        if task.started_at.is_some() {
            task.execution_stopped_at.get_or_insert(now);
        }
        task.status = TaskStatus::Deprovisioning;
        task.version += 1;
        let seconds = if task.interface.is_some() { 4.0 } else { 0.2 };
        self.close_streams(id, now);
        self.plan_task(id, seconds, TaskStep::Stop);
    }

    /// A task whose instance is gone stops at once.
    pub(super) fn lose_task(&mut self, id: &str, instance: &str) {
        let now = self.now;
        self.drain_targets(id);
        self.close_streams(id, now);
        if let Some(task) = self.tasks.get_mut(id) {
            task.stop_wanted = true;
            task.stopping_at.get_or_insert(now);
            task.ending.get_or_insert_with(|| Ending {
                stop_code: "TerminationNotice".into(),
                reason: format!("Host EC2 (instance {instance}) terminated."),
                exit_code: None,
                container_reason: None,
            });
        }
        self.task_stopped(id);
    }

    fn task_stopped(&mut self, id: &str) {
        let now = self.now;
        let Some(task) = self.tasks.get_mut(id).filter(|t| t.status != TaskStatus::Stopped) else { return };
        task.status = TaskStatus::Stopped;
        task.stopped_at = Some(now);
        task.version += 1;
        let task = task.clone();
        if let (Some(instance), Some(definition)) =
            (&task.instance, self.task_definitions.get(&task.definition).cloned())
        {
            self.release(instance, id, &definition, task.service.as_deref(), &task.bindings);
            self.look_for_empty(instance);
            let container = self.instances.get(instance).and_then(|i| i.container.as_ref());
            if container.is_some_and(|c| c.status == ContainerStatus::Draining) {
                self.plan_daemons(2.0);
            }
        }
        if let (Some(zone), Some(interface)) = (task.zone.and_then(|z| self.zones.get_mut(z)), &task.interface) {
            zone.held.remove(&interface.address);
        }
        // ECS shows a stopped task for about an hour
        // (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>).
        let at = now + SignedDuration::from_hours(1);
        self.plan_at(at, Event::Task(id.to_owned(), TaskStep::Forget));
        let Some(name) = task.service.clone() else { return };
        if let Some(service) = self.services.get_mut(&name) {
            service.tasks.remove(id);
        }
        self.count_failure(&name, &task);
        self.plan_service(&name, REACTION);
    }
}
