//! The life of an instance: launched, checked, joined, drained, terminated, replaced.

use jiff::SignedDuration;

use super::group::Activity;
use super::image::ImageFault;
use super::instance::{Check, ContainerStatus, Ec2State, Instance, Lifecycle};
use super::names::uuid;
use super::{Event, World, cluster, imaging};

/// A step in an instance's life.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InstanceStep {
    /// It runs, as far as EC2 knows.
    Run,
    /// Its agent registers with the cluster.
    Join,
    /// The first status checks are over.
    Check,
    /// The group's grace period is over.
    Judge,
    /// It powers itself off.
    PowerOff,
    /// It is powered off.
    Stop,
    /// Nothing runs there any more, or waiting is over.
    ShutDown,
    /// It is terminated.
    Terminate,
    /// EC2 no longer shows it.
    Forget,
}

impl World {
    pub(super) fn instance_step(&mut self, id: &str, step: InstanceStep) {
        match step {
            InstanceStep::Run => self.instance_runs(id),
            InstanceStep::Join => self.instance_joins(id),
            InstanceStep::Check => self.instance_checked(id),
            InstanceStep::Judge => self.judge_member(id),
            InstanceStep::PowerOff => self.power_off(id),
            InstanceStep::Stop => self.instance_stopped(id),
            InstanceStep::ShutDown => self.shut_down(id),
            InstanceStep::Terminate => self.instance_terminated(id),
            InstanceStep::Forget => self.forget_instance(id),
        }
    }

    pub(super) fn plan_step(&mut self, id: &str, seconds: f64, step: InstanceStep) {
        self.plan_in(seconds, Event::Instance(id.to_owned(), step));
    }

    /// A number between two bounds, from the world's own randomness.
    pub(crate) fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.rng.f64()
    }

    /// Launches instances until a group has as many as it wants.
    pub(super) fn reconcile_group(&mut self, name: &str) {
        let Some(group) = self.groups.get(name) else { return };
        if group.suspended.iter().any(|process| process == "Launch") {
            return;
        }
        let staying = group.members.iter().filter_map(|id| self.instances.get(id)?.membership.as_ref());
        let staying = staying.filter(|m| matches!(m.lifecycle, Lifecycle::Pending | Lifecycle::InService)).count();
        for _ in staying..group.size() {
            self.launch(name);
        }
    }

    fn launch(&mut self, group: &str) {
        let Some(id) = self.launch_into(group, self.now) else { return };
        let cause = format!(
            "At {} an instance was launched in response to an unhealthy instance needing to be replaced.",
            self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        );
        self.begin_activity(group, &id, format!("Launching a new EC2 instance: {id}"), cause);
        let run = self.between(8.0, 15.0);
        let join = self.between(45.0, 90.0);
        let check = self.between(120.0, 200.0);
        self.plan_step(&id, run, InstanceStep::Run);
        self.plan_step(&id, join, InstanceStep::Join);
        self.plan_step(&id, check, InstanceStep::Check);
    }

    /// Plans that an instance comes up and is checked, and does what its user data says.
    pub(crate) fn plan_boot(&mut self, id: &str) {
        let (run, check) = (self.between(8.0, 15.0), self.between(120.0, 200.0));
        self.plan_step(id, run, InstanceStep::Run);
        self.plan_step(id, check, InstanceStep::Check);
        let user_data = self.instances.get(id).map(|i| i.user_data.clone()).unwrap_or_default();
        if cluster::named_in(&user_data).is_some() {
            let join = self.between(45.0, 90.0);
            self.plan_step(id, join, InstanceStep::Join);
        }
        if imaging::powers_off(&user_data) {
            let work = self.between(100.0, 180.0);
            self.plan_step(id, work, InstanceStep::PowerOff);
        }
    }

    pub(super) fn begin_activity(&mut self, group: &str, instance: &str, description: String, cause: String) {
        let activity = Activity {
            id: uuid(&mut self.rng),
            description,
            cause,
            started_at: self.now,
            ended_at: None,
            status: "InProgress".into(),
            instance_id: instance.to_owned(),
        };
        if let Some(group) = self.groups.get_mut(group) {
            group.activities.push(activity);
        }
    }

    pub(super) fn end_activity(&mut self, group: &str, instance: &str) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(group) else { return };
        let open = group.activities.iter_mut().rev().find(|a| a.instance_id == instance && a.ended_at.is_none());
        if let Some(activity) = open {
            activity.status = "Successful".into();
            activity.ended_at = Some(now);
            let (name, activity) = (group.name.clone(), activity.clone());
            self.announce_activity(&name, &activity);
        }
    }

    fn group_of(&self, id: &str) -> Option<String> {
        Some(self.instances.get(id)?.membership.as_ref()?.group.clone())
    }

    fn instance_runs(&mut self, id: &str) {
        if self.instances.get(id).is_none_or(|i| i.state != Ec2State::Pending) {
            return;
        }
        self.set_running(id);
        if self.instances.get(id).is_some_and(|i| i.sound && i.membership.is_some()) {
            self.open_journal(id, self.now);
        }
        if let Some(group) = self.group_of(id) {
            self.end_activity(&group, id);
        }
    }

    fn instance_joins(&mut self, id: &str) {
        let ready = |i: &&Instance| i.sound && i.state == Ec2State::Running && i.container.is_none();
        let Some(instance) = self.instances.get(id).filter(ready) else { return };
        if self.fault_of(instance) == Some(ImageFault::Agent) {
            return;
        }
        let Some(cluster) = cluster::named_in(&instance.user_data).filter(|name| self.clusters.contains_key(*name))
        else {
            return;
        };
        let cluster = cluster.to_owned();
        self.register(id, &cluster, self.now);
        self.plan_daemons(3.0);
    }

    /// Plans to look at every daemon service.
    pub(super) fn plan_daemons(&mut self, seconds: f64) {
        let daemons: Vec<String> = self.services.values().filter(|s| s.daemon).map(|s| s.name.clone()).collect();
        for name in daemons {
            self.plan_service(&name, seconds);
        }
    }

    fn instance_checked(&mut self, id: &str) {
        let now = self.now;
        match self.instances.get(id) {
            Some(instance) if instance.sound && instance.state == Ec2State::Running => self.pass_checks(id),
            Some(instance) if instance.state == Ec2State::Running => {
                self.change_instance(id, |instance| {
                    instance.system_check = Check::Ok;
                    instance.instance_check = Check::Impaired(now);
                });
                self.plan_judgement(id);
            }
            _ => {}
        }
    }

    /// Plans that the group judges a member when its grace period is over.
    pub(crate) fn plan_judgement(&mut self, id: &str) {
        let Some(group) = self.group_of(id).and_then(|name| self.groups.get(&name)) else { return };
        let Some(instance) = self.instances.get(id) else { return };
        let at = instance.launched_at + self.span(f64::from(group.grace_seconds));
        self.plan_at(at.max(self.now), Event::Instance(id.to_owned(), InstanceStep::Judge));
    }

    fn judge_member(&mut self, id: &str) {
        let impaired = |i: &Instance| {
            let aside = i.membership.as_ref().is_some_and(|member| member.lifecycle == Lifecycle::Standby);
            matches!(i.instance_check, Check::Impaired(_)) && i.state == Ec2State::Running && !aside
        };
        if self.instances.get(id).is_some_and(impaired) {
            let cause = format!(
                "At {} an instance was taken out of service in response to an EC2 instance status checks failure.",
                self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
            );
            self.terminate_member(id, cause);
        }
    }

    /// Takes a member out of its group; its tasks are drained first where a capacity provider sees to that.
    pub(crate) fn terminate_member(&mut self, id: &str, cause: String) {
        let Some(group) = self.group_of(id) else { return };
        let drains = self.capacity_providers.values().any(|p| p.group == group && p.managed_draining);
        self.begin_activity(&group, id, format!("Terminating EC2 instance: {id}"), cause);
        let container = self.instances.get(id).and_then(|i| i.container.as_ref()).map(|c| c.id.clone());
        let waits = drains && container.is_some();
        self.change_instance(id, |instance| {
            if let Some(membership) = &mut instance.membership {
                membership.lifecycle = if waits { Lifecycle::TerminatingWait } else { Lifecycle::Terminating };
                membership.healthy = false;
            }
        });
        match container {
            Some(container) if waits => {
                self.announce_wait(&group, id);
                self.set_container_status(&container, ContainerStatus::Draining);
            }
            _ => self.plan_step(id, 2.0, InstanceStep::ShutDown),
        }
        self.look_for_empty(id);
        self.plan_in(5.0, Event::Group(group));
    }

    /// Takes a member out of its group, which may replace it; the instance goes on running.
    pub(crate) fn detach_member(&mut self, id: &str, smaller: bool) {
        let Some(name) = self.group_of(id) else { return };
        let cause = format!(
            "At {} instance {id} was detached in response to a user request.",
            self.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        );
        self.begin_activity(&name, id, format!("Detaching EC2 instance: {id}"), cause);
        self.end_activity(&name, id);
        let zone = self.change_instance(id, |instance| {
            instance.membership = None;
            instance.tags.remove("aws:autoscaling:groupName");
            instance.zone
        });
        if let Some(group) = self.groups.get_mut(&name) {
            group.members.remove(id);
            group.desired -= u32::from(smaller && group.desired > 0);
        }
        let counts = self.members_by_zone.get_mut(&name);
        if let Some(count) = zone.and_then(|zone| counts?.get_mut(zone)) {
            *count = count.saturating_sub(1);
        }
        self.plan_in(5.0, Event::Group(name));
    }

    /// Sets a container instance to take tasks, or to drain.
    pub(crate) fn set_container_status(&mut self, id: &str, status: ContainerStatus) {
        let Some(instance) = self.joined.get(id).cloned() else { return };
        let now = self.now;
        let tasks = self.change_instance(&instance, |instance| {
            let container = instance.container.as_mut().filter(|c| c.status != status)?;
            container.status = status;
            container.status_since = now;
            container.version += 1;
            Some(container.tasks.clone())
        });
        let services = tasks.flatten().unwrap_or_default().into_iter();
        let services: Vec<String> = services.filter_map(|id| self.tasks.get(&id)?.service.clone()).collect();
        for name in services {
            self.plan_service(&name, 2.0);
        }
        self.plan_daemons(2.0);
    }

    /// Lets an instance that is held for draining go, once nothing is left on it.
    pub(super) fn look_for_empty(&mut self, id: &str) {
        let Some(instance) = self.instances.get(id) else { return };
        let waits = instance.membership.as_ref().is_some_and(|m| m.lifecycle == Lifecycle::TerminatingWait);
        if waits && instance.container.as_ref().is_some_and(|c| c.tasks.is_empty()) {
            self.plan_step(id, 5.0, InstanceStep::ShutDown);
        }
    }

    /// Begins to terminate a running instance.
    pub(crate) fn shut_down(&mut self, id: &str) {
        let now = self.now;
        let ends = |i: &Instance| matches!(i.state, Ec2State::Running | Ec2State::Stopping | Ec2State::Stopped);
        if !self.instances.get(id).is_some_and(ends) {
            return;
        }
        let tasks = self.change_instance(id, |instance| {
            instance.state = Ec2State::ShuttingDown;
            instance.terminated_at = Some(now);
            if let Some(membership) = &mut instance.membership {
                membership.lifecycle = Lifecycle::Terminating;
            }
            let container = instance.container.as_mut()?;
            container.status = ContainerStatus::Inactive;
            container.agent_connected = false;
            container.status_since = now;
            Some(container.tasks.clone())
        });
        self.close_journal(id, now);
        for task in tasks.flatten().unwrap_or_default() {
            self.lose_task(&task, id);
        }
        let seconds = self.between(20.0, 40.0);
        self.plan_step(id, seconds, InstanceStep::Terminate);
    }

    fn instance_terminated(&mut self, id: &str) {
        let Some(instance) = self.instances.get_mut(id) else { return };
        instance.state = Ec2State::Terminated;
        let zone = instance.zone;
        let address = instance.private_ip;
        if let Some(zone) = self.zones.get_mut(zone) {
            zone.held.remove(&address);
        }
        if let Some(name) = self.group_of(id) {
            self.end_activity(&name, id);
            if let Some(group) = self.groups.get_mut(&name) {
                group.members.remove(id);
            }
            if let Some(count) = self.members_by_zone.get_mut(&name).and_then(|zones| zones.get_mut(zone)) {
                *count = count.saturating_sub(1);
            }
            self.plan_in(5.0, Event::Group(name));
        }
        // EC2 shows a terminated instance for about an hour ([EC2 "Terminate instances"]).
        let at = self.now + SignedDuration::from_hours(1);
        self.plan_at(at, Event::Instance(id.to_owned(), InstanceStep::Forget));
    }

    fn forget_instance(&mut self, id: &str) {
        if let Some(container) = self.instances.remove(id).and_then(|i| i.container) {
            self.joined.remove(&container.id);
        }
    }
}
