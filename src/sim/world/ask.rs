//! What callers ask of the world: services and tasks that no scenario brought.

use super::World;
use super::place::takes_tasks;
use super::run::TaskStep;
use super::service::Service;
use super::task::{NetworkMode, TaskDefinition};

impl World {
    /// Gives a container instance an attribute, or takes it away.
    pub(crate) fn change_attribute(&mut self, id: &str, name: &str, value: Option<Option<String>>) {
        let Some(instance) = self.joined.get(id).cloned() else { return };
        self.change_instance(&instance, |instance| {
            let Some(container) = instance.container.as_mut() else { return };
            match value {
                Some(value) => {
                    container.attributes.insert(name.to_owned(), value);
                }
                None => {
                    container.attributes.remove(name);
                }
            }
            container.version += 1;
        });
    }

    /// Keeps a task from its service's scheduler for so many minutes, or no longer.
    pub(crate) fn protect_task(&mut self, id: &str, minutes: Option<i64>) {
        let until = minutes.map(|minutes| self.now + self.span(minutes as f64 * 60.0));
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.protected_until = until;
        let Some(service) = task.service.clone() else { return };
        self.plan_at(until.unwrap_or(self.now), super::Event::Service(service));
    }

    /// Plans to compare a group with what it wants.
    pub(crate) fn plan_group(&mut self, name: &str) {
        self.plan_in(5.0, super::Event::Group(name.to_owned()));
    }

    /// The number of the next revision of a family.
    pub(crate) fn next_number(&mut self, family: &str) -> u32 {
        let revision = self.revisions.entry(family.to_owned()).or_insert(0);
        *revision += 1;
        *revision
    }

    /// Adds a service and begins its first deployment, now.
    pub(crate) fn found_service(&mut self, service: Service, definition: &str) {
        let name = service.name.clone();
        self.services.insert(name.clone(), service);
        self.roll_out(&name, definition, None, self.now);
    }

    /// Starts a task that belongs to no service where there is room in a cluster. Returns its id.
    pub(crate) fn run_task(&mut self, definition: &TaskDefinition, cluster: &str) -> Option<String> {
        let place = self.find_place_in(cluster, definition, None)?;
        let id = self.new_task(definition, None, self.now);
        self.put(&id, &place);
        let seconds = if definition.network_mode == NetworkMode::Awsvpc { self.between(4.0, 9.0) } else { 0.3 };
        self.plan_task(&id, seconds, TaskStep::Pull);
        Some(id)
    }

    /// Container instances of a cluster that cannot take a task, each with the reason as RunTask names it
    /// ([ECS "API failure reasons"]).
    pub(crate) fn unfit(&self, definition: &TaskDefinition, cluster: &str) -> Vec<(String, &'static str)> {
        let joined = self.instances.values().filter_map(|i| Some((i, i.container.as_ref()?)));
        let joined = joined.filter(|(_, container)| container.cluster == cluster);
        let reason = |(instance, container): (&super::instance::Instance, &super::instance::ContainerInstance)| {
            let why = if takes_tasks(instance) {
                self.unsuitable(instance, container, definition, None)?.code()
            } else {
                "AGENT"
            };
            Some((container.id.clone(), why))
        };
        joined.filter_map(reason).collect()
    }
}
