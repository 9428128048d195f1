//! What has happened before the world begins: the things that a scenario finds already there.

use jiff::{SignedDuration, Timestamp};

use super::alarm::AlarmState;
use super::founding::Blueprint;
use super::instance::{Check, ContainerStatus};
use super::names::uuid;
use super::network::Peer;
use super::run::TaskStep;
use super::service::Service;
use super::task::{Ending, Flaw, TaskStatus};
use super::{World, rule};

impl World {
    /// A moment `minutes` ago.
    pub(crate) fn minutes_ago(&self, minutes: f64) -> Timestamp {
        self.hours_ago(minutes / 60.0)
    }

    /// Whether something happens that happens in one case out of `cases`.
    pub(crate) fn one_in(&mut self, cases: u32) -> bool {
        self.rng.u32(..cases.max(1)) == 0
    }

    /// An agent that has not been heard of for so long.
    pub(crate) fn lose_agent(&mut self, id: &str, minutes: f64) {
        let since = self.minutes_ago(minutes);
        self.change_instance(id, |instance| {
            if let Some(container) = &mut instance.container {
                container.agent_connected = false;
                container.agent_since = since.max(container.registered_at);
                container.version += 1;
            }
        });
        self.note_deafness(id, since);
    }

    /// An instance that came up, failed its instance status check and never joined.
    pub(crate) fn add_impaired_member(&mut self, minutes: f64) -> Option<String> {
        let group = self.ground.group.clone();
        let id = self.launch_into(&group, self.minutes_ago(minutes))?;
        self.set_running(&id);
        let since = self.minutes_ago((minutes - 3.0).max(0.0));
        self.change_instance(&id, |instance| {
            instance.sound = false;
            instance.system_check = Check::Ok;
            instance.instance_check = Check::Impaired(since);
        });
        self.plan_judgement(&id);
        Some(id)
    }

    /// An instance that drains and cannot end: a task without a service runs there, started by `who`.
    pub(crate) fn strand(&mut self, id: &str, family: &str, who: &str, minutes: f64) {
        let key = self.register_definition(&Blueprint::new(family, 1).sized(256, 512), 24.0 * 20.0);
        let Some(definition) = self.task_definitions.get(&key).cloned() else { return };
        let began = self.minutes_ago(minutes + 95.0);
        let task = self.new_task(&definition, None, began);
        self.put(&task, id);
        self.start_at(&task, began + SignedDuration::from_secs(9));
        if let Some(task) = self.tasks.get_mut(&task) {
            task.started_by = Some(who.to_owned());
        }
        let since = self.minutes_ago(minutes);
        self.change_instance(id, |instance| {
            if let Some(container) = &mut instance.container {
                container.status = ContainerStatus::Draining;
                container.status_since = since;
                container.version += 1;
            }
        });
    }

    /// An instance with a key pair, and with port 22 open to everybody.
    pub(crate) fn open_ssh(&mut self, id: &str) {
        let name = format!("{}-break-glass", self.cluster);
        let found = self.security_groups.values().find(|g| g.name == name).map(|g| g.id.clone());
        let group = found.unwrap_or_else(|| {
            self.add_security_group(&name, "Temporary access", |rng| {
                vec![rule(rng, Some(22), Peer::Cidr("0.0.0.0/0".into()), "SSH, to be removed")]
            })
        });
        self.change_instance(id, |instance| {
            instance.key_name = Some("break-glass".into());
            instance.security_groups.push(group);
        });
    }

    /// A deployment of a new revision that began so long ago.
    pub(crate) fn deploy(&mut self, name: &str, flaw: Option<Flaw>, memory: Option<i64>, minutes: f64) {
        let Some(definition) = self.next_revision(name, memory) else { return };
        let at = self.minutes_ago(minutes);
        self.roll_out(name, &definition, flaw, at);
    }

    /// Begins a deployment of a task definition, by its key, at `at`.
    pub(crate) fn roll_out(&mut self, name: &str, definition: &str, flaw: Option<Flaw>, at: Timestamp) {
        let deployment = self.new_deployment(definition, at, flaw);
        let Some(service) = self.services.get_mut(name) else { return };
        service.deployments.insert(0, deployment);
        service.steady = false;
        let service = service.clone();
        let rollout = self.new_rollout(&service, at);
        if let Some(service) = self.services.get_mut(name) {
            service.rollouts.push_front(rollout);
        }
        self.plan_service(name, 2.0);
    }

    fn next_revision(&mut self, name: &str, memory: Option<i64>) -> Option<String> {
        let key = self.services.get(name)?.primary()?.definition.clone();
        let mut definition = self.task_definitions.get(&key)?.clone();
        let revision = self.revisions.entry(name.to_owned()).or_insert(0);
        *revision += 1;
        definition.revision = *revision;
        definition.registered_at = self.now - SignedDuration::from_mins(55);
        let container = definition.containers.first_mut()?;
        container.image = container.image.replace(&format!(":r{}", *revision - 1), &format!(":r{revision}"));
        container.memory = memory.unwrap_or(container.memory);
        let key = definition.key();
        self.task_definitions.insert(key.clone(), definition);
        Some(key)
    }

    /// `count` tasks of a service's newest deployment that ended like this within the last hour.
    pub(crate) fn add_failures(&mut self, name: &str, count: u32, ending: &Ending) {
        let Some(definition) = self.services.get(name).and_then(Service::primary).map(|d| d.definition.clone()) else {
            return;
        };
        let Some(definition) = self.task_definitions.get(&definition).cloned() else { return };
        for index in 0..count {
            let Some(place) = self.find_place(&definition, Some(name)) else { break };
            let age = 34.0 * f64::from(count - index) / f64::from(count);
            let began = self.minutes_ago(age + 1.0);
            let id = self.new_task(&definition, Some(name), began);
            self.put(&id, &place);
            if ending.exit_code.is_some() {
                self.start_at(&id, began + SignedDuration::from_secs(8));
            }
            let bindings = self.tasks.get(&id).map(|t| t.bindings.clone()).unwrap_or_default();
            self.release(&place, &id, &definition, Some(name), &bindings);
            self.end_in_the_past(&id, began + SignedDuration::from_secs(40), ending);
            let words = format!("(service {name}) has started 1 tasks: (task {id}).");
            self.note_at(name, began, words);
        }
        if let Some(primary) = self.services.get_mut(name).and_then(|s| s.deployments.first_mut()) {
            primary.failed_tasks += count;
        }
        let words = format!(
            "(service {name}) is unable to consistently start tasks successfully. For more information, see the \
             Troubleshooting section of the Amazon ECS Developer Guide."
        );
        self.note_at(name, self.minutes_ago(1.5), words);
    }

    fn end_in_the_past(&mut self, id: &str, at: Timestamp, ending: &Ending) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.status = TaskStatus::Stopped;
        task.stop_wanted = true;
        task.stopping_at = Some(at);
        task.execution_stopped_at = task.started_at.map(|_| at);
        task.stopped_at = Some(at + SignedDuration::from_secs(3));
        task.ending = Some(ending.clone());
        task.version = 6;
        let address = task.interface.as_ref().map(|i| i.address);
        let (service, zone) = (task.service.clone(), task.zone);
        self.close_streams_in_the_past(id, at);
        if let Some(code) = ending.exit_code {
            self.journal_exit(id, at, code);
        }
        if let (Some(zone), Some(address)) = (zone.and_then(|z| self.zones.get_mut(z)), address) {
            zone.held.remove(&address);
        }
        if let Some(service) = service.and_then(|s| self.services.get_mut(&s)) {
            service.tasks.remove(id);
        }
        let gone = at + SignedDuration::from_hours(1);
        self.plan_at(gone, super::Event::Task(id.to_owned(), TaskStep::Forget));
    }

    fn note_at(&mut self, service: &str, at: Timestamp, message: String) {
        let id = uuid(&mut self.rng);
        if let Some(service) = self.services.get_mut(service) {
            service.note(id, at, message);
        }
    }

    /// A service whose tasks no instance can take, wanted since so long ago.
    pub(crate) fn ask_in_vain(&mut self, name: &str, minutes: f64) {
        let Some(service) = self.services.get(name) else { return };
        let Some(definition) = service.primary().and_then(|d| self.task_definitions.get(&d.definition)).cloned() else {
            return;
        };
        let missing = service.desired as usize - service.tasks.len().min(service.desired as usize);
        let at = self.minutes_ago(minutes);
        for _ in 0..missing {
            let id = self.new_task(&definition, Some(name), at);
            self.note_at(name, at, format!("(service {name}) has started 1 tasks: (task {id})."));
            let seconds = self.between(5.0, 15.0);
            self.plan_task(&id, seconds, TaskStep::Place);
        }
        let now = self.now;
        self.now = at + SignedDuration::from_secs(2);
        self.say_unplaced(name, &definition);
        self.now = now;
    }

    /// Makes an alarm's present state one that it has had for so long.
    pub(crate) fn backdate_alarm(&mut self, name: &str, minutes: f64) {
        let at = self.minutes_ago(minutes);
        let Some(alarm) = self.alarms.get_mut(name).filter(|a| a.state != AlarmState::Ok) else { return };
        let changed = alarm.transitioned_at;
        alarm.updated_at = at;
        alarm.transitioned_at = at;
        for item in alarm.history.iter_mut().filter(|item| item.at == changed) {
            item.at = at;
        }
    }
}
