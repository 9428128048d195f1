//! Placement: which instance a task goes to, and what it holds there.

use std::collections::{BTreeMap, BTreeSet};

use super::World;
use super::instance::{ContainerInstance, ContainerStatus, Ec2State, Instance};
use super::service::Strategy;
use super::task::{NetworkMode, PortMapping, TaskDefinition};

/// First port that Docker gives to a container on a bridge (the lower end of Linux's ephemeral range on the
/// ECS-optimized AMI; [ECS PortMapping]: `hostPort`).
const FIRST_DYNAMIC_PORT: u16 = 32768;

/// Instances that may take a task, by zone, in the two orders that placement asks for.
#[derive(Debug, Default)]
pub(super) struct Room {
    zones: Vec<Zoned>,
}

#[derive(Debug, Default)]
struct Zoned {
    by_tasks: BTreeSet<(usize, String)>,
    by_free_memory: BTreeSet<(i64, String)>,
}

/// What a place is looked for.
#[derive(Clone, Copy)]
struct Wanted<'a> {
    cluster: &'a str,
    definition: &'a TaskDefinition,
    service: Option<&'a str>,
    strategy: Strategy,
}

/// Why an instance cannot take a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misfit {
    /// Too little memory.
    Memory,
    /// Too few CPU units.
    Cpu,
    /// A port is taken.
    Port,
    /// No network interface left.
    Interface,
    /// An attribute is missing.
    Attribute,
    /// An expression does not mean it.
    NotMember,
    /// A task of the service is there already.
    NotDistinct,
}

impl Misfit {
    /// How far the checks got before this one failed.
    fn rank(self) -> u8 {
        match self {
            Self::Attribute | Self::NotMember | Self::NotDistinct => 0,
            Self::Port => 1,
            Self::Interface => 2,
            Self::Cpu => 3,
            Self::Memory => 4,
        }
    }

    /// The word for it among a call's failures ([ECS "API failure reasons"]).
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Attribute => "ATTRIBUTE",
            Self::NotMember => "MemberOf placement constraint unsatisfied.",
            Self::NotDistinct => "DistinctInstance placement constraint unsatisfied.",
            Self::Port => "RESOURCE:PORTS",
            Self::Interface => "RESOURCE:ENI",
            Self::Cpu => "RESOURCE:CPU",
            Self::Memory => "RESOURCE:MEMORY",
        }
    }

    /// What an event says of the closest instance ([ECS service event messages]).
    fn words(self) -> &'static str {
        match self {
            Self::Memory => "has insufficient memory available",
            Self::Cpu => "has insufficient CPU units available",
            Self::Port => "is already using a port required by your task",
            Self::Interface => "encountered error \"RESOURCE:ENI\"",
            Self::Attribute => "is missing an attribute required by your task",
            Self::NotMember => "encountered error \"MemberOf placement constraint unsatisfied.\"",
            Self::NotDistinct => "encountered error \"DistinctInstance placement constraint unsatisfied.\"",
        }
    }
}

/// Whether `container` can take a task of `definition` now.
pub(crate) fn misfit(container: &ContainerInstance, definition: &TaskDefinition) -> Option<Misfit> {
    if definition.requires.iter().any(|name| !container.attributes.contains_key(name)) {
        return Some(Misfit::Attribute);
    }
    let mut fixed = definition.containers.iter().flat_map(|c| &c.ports).filter(|p| p.host != 0);
    if definition.network_mode != NetworkMode::Awsvpc && fixed.any(|p| container.used.ports.contains(&p.host)) {
        return Some(Misfit::Port);
    }
    if definition.network_mode == NetworkMode::Awsvpc && container.used.interfaces >= container.interfaces {
        return Some(Misfit::Interface);
    }
    if definition.cpu() > container.free_cpu() {
        return Some(Misfit::Cpu);
    }
    (definition.memory() > container.free_memory()).then_some(Misfit::Memory)
}

/// Whether ECS may place tasks on the instance at all.
pub(crate) fn takes_tasks(instance: &Instance) -> bool {
    instance.state == Ec2State::Running
        && instance.container.as_ref().is_some_and(|c| c.status == ContainerStatus::Active && c.agent_connected)
}

impl World {
    /// Runs `change` on an instance and keeps the placement order true.
    pub(crate) fn change_instance<T>(&mut self, id: &str, change: impl FnOnce(&mut Instance) -> T) -> Option<T> {
        let instance = self.instances.get_mut(id)?;
        self.room.remove(instance);
        let result = change(instance);
        self.room.insert(instance);
        Some(result)
    }

    /// The instance of the fleet that a task of `definition` goes to, by the service's strategy.
    pub(crate) fn find_place(&self, definition: &TaskDefinition, service: Option<&str>) -> Option<String> {
        self.find_place_in(&self.cluster, definition, service)
    }

    /// The same, in a cluster.
    pub(super) fn find_place_in(
        &self,
        cluster: &str,
        definition: &TaskDefinition,
        service: Option<&str>,
    ) -> Option<String> {
        let service = service.and_then(|name| self.services.get(name));
        let strategy = service.map_or(Strategy::Spread, |s| s.strategy);
        let mut zones: Vec<usize> = (0..self.room.zones.len()).collect();
        zones.sort_by_key(|zone| service.and_then(|s| s.by_zone.get(*zone)).copied().unwrap_or(0));
        let name = service.map(|s| s.name.as_str());
        let wanted = Wanted { cluster, definition, service: name, strategy };
        zones.into_iter().find_map(|zone| self.find_in_zone(self.room.zones.get(zone)?, &wanted))
    }

    fn find_in_zone(&self, zone: &Zoned, wanted: &Wanted<'_>) -> Option<String> {
        let Wanted { cluster, definition, service, strategy } = *wanted;
        // Whatever else it needs: nothing here has that much memory left.
        if zone.by_free_memory.last().is_none_or(|(most, _)| *most < definition.memory()) {
            return None;
        }
        let fits = |id: &&String| {
            let instance = self.instances.get(*id).and_then(|i| Some((i, i.container.as_ref()?)));
            instance.is_some_and(|(i, c)| c.cluster == cluster && self.unsuitable(i, c, definition, service).is_none())
        };
        if strategy == Strategy::Binpack {
            let mut tightest = zone.by_free_memory.range((definition.memory(), String::new())..).map(|(_, id)| id);
            return tightest.find(fits).cloned();
        }
        let mut best: Option<(u32, &String)> = None;
        for id in zone.by_tasks.iter().map(|(_, id)| id).filter(fits) {
            let mine = service.and_then(|s| self.container(id)?.by_service.get(s).copied()).unwrap_or(0);
            if best.is_none_or(|(fewest, _)| mine < fewest) {
                best = Some((mine, id));
            }
            if mine == 0 {
                break;
            }
        }
        best.map(|(_, id)| id.clone())
    }

    fn container(&self, id: &str) -> Option<&ContainerInstance> {
        self.instances.get(id)?.container.as_ref()
    }

    /// Why no instance can take a task of `definition`, in the words of an ECS service event.
    pub(crate) fn why_unplaced(&self, definition: &TaskDefinition, service: Option<&str>) -> String {
        let candidates = self.instances.values().filter(|i| takes_tasks(i));
        let candidates = candidates.filter_map(|i| Some((i, i.container.as_ref()?)));
        let candidates = candidates.filter(|(_, c)| c.cluster == self.cluster);
        // The closest is the one that fails the latest of the checks, then the one with the most memory left.
        let failing = candidates.filter_map(|(i, c)| {
            let why = self.unsuitable(i, c, definition, service)?;
            Some(((why.rank(), c.free_memory(), &c.id), why.words()))
        });
        match failing.max_by(|a, b| a.0.cmp(&b.0)) {
            Some(((_, _, id), words)) => format!("The closest matching (container-instance {id}) {words}."),
            None => "Reason: No Container Instances were found in your cluster.".into(),
        }
    }

    /// Makes a task hold what it needs on an instance; returns the ports of the host that lead to its containers.
    pub(crate) fn hold(
        &mut self,
        id: &str,
        task: &str,
        definition: &TaskDefinition,
        service: Option<&str>,
    ) -> Vec<PortMapping> {
        let bindings = self.change_instance(id, |instance| {
            let container = instance.container.as_mut()?;
            container.tasks.insert(task.to_owned());
            container.used.cpu += definition.cpu();
            container.used.memory += definition.memory();
            if let Some(service) = service {
                *container.by_service.entry(service.to_owned()).or_default() += 1;
            }
            if definition.network_mode == NetworkMode::Awsvpc {
                container.used.interfaces += 1;
                return Some(Vec::new());
            }
            Some(bind(container, definition))
        });
        if let Some(count) = self.zone_count(id, service) {
            *count += 1;
        }
        bindings.flatten().unwrap_or_default()
    }

    /// Gives back what a task holds on an instance.
    pub(crate) fn release(
        &mut self,
        id: &str,
        task: &str,
        definition: &TaskDefinition,
        service: Option<&str>,
        bindings: &[PortMapping],
    ) {
        let held = self.change_instance(id, |instance| {
            let Some(container) = instance.container.as_mut() else { return false };
            if !container.tasks.remove(task) {
                return false;
            }
            container.used.cpu -= definition.cpu();
            container.used.memory -= definition.memory();
            if definition.network_mode == NetworkMode::Awsvpc {
                container.used.interfaces = container.used.interfaces.saturating_sub(1);
            }
            for binding in bindings {
                container.used.ports.remove(&binding.host);
            }
            forget_one(&mut container.by_service, service);
            true
        });
        if held == Some(true)
            && let Some(count) = self.zone_count(id, service)
        {
            *count = count.saturating_sub(1);
        }
    }

    fn zone_count(&mut self, instance: &str, service: Option<&str>) -> Option<&mut u32> {
        let zone = self.instances.get(instance)?.zone;
        self.services.get_mut(service?)?.by_zone.get_mut(zone)
    }
}

fn forget_one(counts: &mut BTreeMap<String, u32>, service: Option<&str>) {
    let Some(name) = service else { return };
    if let Some(count) = counts.get_mut(name) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(name);
        }
    }
}

/// Takes fixed ports as they are and the lowest free dynamic one for the others.
fn bind(container: &mut ContainerInstance, definition: &TaskDefinition) -> Vec<PortMapping> {
    let mut bindings = Vec::new();
    for port in definition.containers.iter().flat_map(|c| &c.ports) {
        let ports = &mut container.used.ports;
        let host = match (definition.network_mode, port.host) {
            (NetworkMode::Host, _) => port.container,
            (_, 0) => (FIRST_DYNAMIC_PORT..).find(|p| !ports.contains(p)).unwrap_or(FIRST_DYNAMIC_PORT),
            (_, fixed) => fixed,
        };
        ports.insert(host);
        bindings.push(PortMapping { container: port.container, host });
    }
    bindings
}

impl Room {
    /// Room in `zones` zones, with no instance yet.
    pub(super) fn new(zones: usize) -> Self {
        Self { zones: (0..zones).map(|_| Zoned::default()).collect() }
    }

    fn insert(&mut self, instance: &Instance) {
        let (Some(zone), Some(container)) = (self.zones.get_mut(instance.zone), &instance.container) else { return };
        if takes_tasks(instance) {
            zone.by_tasks.insert((container.tasks.len(), instance.id.clone()));
            zone.by_free_memory.insert((container.free_memory(), instance.id.clone()));
        }
    }

    fn remove(&mut self, instance: &Instance) {
        let (Some(zone), Some(container)) = (self.zones.get_mut(instance.zone), &instance.container) else { return };
        zone.by_tasks.remove(&(container.tasks.len(), instance.id.clone()));
        zone.by_free_memory.remove(&(container.free_memory(), instance.id.clone()));
    }
}
