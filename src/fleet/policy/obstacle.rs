//! What keeps an instance from taking a task.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::words::plural;
use crate::fleet::instance::{ContainerInstance, ContainerInstanceStatus};
use crate::fleet::service::Service;
use crate::fleet::task::TaskDefinition;
use crate::fleet::view::InstanceRow;

/// One thing that an instance lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// CPU units.
    Cpu,
    /// MiB.
    Memory,
    /// A port of the host is taken.
    Port(u16),
    /// No network interface is free.
    Eni,
    /// An attribute is missing.
    Attribute(String),
    /// It is in another zone than the one that a constraint asks for.
    Zone,
    /// Another constraint holds it back.
    Constraint(String),
    /// It runs a task of the service already, and tasks are to be on distinct instances.
    Distinct,
}

/// What a task asks of an instance.
pub(crate) struct Demand<'a> {
    pub definition: &'a TaskDefinition,
    /// The service that it is for.
    pub service: Option<&'a str>,
    /// Whether no instance may run two tasks of the service.
    distinct: bool,
    /// Constraints of the definition and of the service that are understood.
    constraints: Vec<Constraint<'a>>,
    /// A constraint that could not be computed.
    pub unjudged: Option<&'a str>,
}

impl<'a> Demand<'a> {
    /// Of a task of `definition`, started for `service` if one keeps it.
    pub(crate) fn of(definition: &'a TaskDefinition, service: Option<&'a Service>) -> Self {
        let of_service = service.map_or(&[][..], |service| &service.placement_constraints);
        let texts = definition.placement_constraints.iter().chain(of_service).map(String::as_str);
        let (known, unknown): (Vec<_>, Vec<_>) = texts
            .filter(|text| *text != DISTINCT)
            .map(|text| (text, Constraint::parse(text)))
            .partition(|(_, known)| known.is_some());
        Self {
            definition,
            service: service.map(|service| service.name.as_str()),
            distinct: of_service.iter().any(|text| text == DISTINCT),
            constraints: known.into_iter().filter_map(|(_, constraint)| constraint).collect(),
            unjudged: unknown.first().map(|(text, _)| *text),
        }
    }

    /// Ports of the host: a task with a network interface of its own takes none.
    fn ports(&self) -> impl Iterator<Item = u16> {
        let containers = if is_awsvpc(self.definition) { &[][..] } else { &self.definition.containers };
        containers.iter().flat_map(|container| container.host_ports.iter().copied())
    }
}

/// What an instance has left for tasks, those that were put there in thought taken off.
#[derive(Debug, Clone)]
pub(crate) struct Space<'a> {
    pub row: &'a InstanceRow,
    pub ecs: &'a ContainerInstance,
    cpu: i64,
    memory: i64,
    ports: Vec<u16>,
    interfaces: usize,
    services: Vec<&'a str>,
}

impl<'a> Space<'a> {
    /// What is left of an instance; `None` if ECS places no task there: it is not ACTIVE, or its agent is not connected.
    pub(crate) fn of(evidence: &Evidence<'a>, row: &'a InstanceRow) -> Option<Self> {
        let ecs = evidence.ecs(row)?;
        let takes = ecs.status == ContainerInstanceStatus::Active && ecs.agent_connected;
        takes.then(|| Self {
            row,
            ecs,
            cpu: ecs.remaining.cpu,
            memory: ecs.remaining.memory,
            ports: Vec::new(),
            interfaces: 0,
            services: Vec::new(),
        })
    }

    /// CPU units and MiB that are left.
    pub(crate) fn free(&self) -> (i64, i64) {
        (self.cpu, self.memory)
    }

    /// Puts a task there.
    pub(crate) fn take(&mut self, demand: &Demand<'a>) {
        self.cpu -= demand.definition.reserved_cpu();
        self.memory -= demand.definition.reserved_memory();
        self.ports.extend(demand.ports());
        self.interfaces += usize::from(is_awsvpc(demand.definition));
        self.services.extend(demand.service);
    }

    /// Whether it would take a task.
    pub(crate) fn takes(&self, evidence: &Evidence<'_>, demand: &Demand<'_>) -> bool {
        let definition = demand.definition;
        let fits = self.cpu >= definition.reserved_cpu() && self.memory >= definition.reserved_memory();
        fits && self.lacks(evidence, demand).is_empty()
    }

    /// What keeps it from taking a task.
    pub(crate) fn lacks(&self, evidence: &Evidence<'_>, demand: &Demand<'_>) -> Vec<Obstacle> {
        let (definition, ecs) = (demand.definition, self.ecs);
        let mut found = Vec::new();
        if self.cpu < definition.reserved_cpu() {
            found.push(Obstacle::Cpu);
        }
        if self.memory < definition.reserved_memory() {
            found.push(Obstacle::Memory);
        }
        let taken = |port: &u16| ecs.remaining.ports.contains(port) || self.ports.contains(port);
        found.extend(demand.ports().filter(taken).map(Obstacle::Port));
        if is_awsvpc(definition) && free_interfaces(evidence, self.row, ecs).is_some_and(|free| free <= self.interfaces)
        {
            found.push(Obstacle::Eni);
        }
        // An instance without any attribute is one whose attributes were not told.
        if !ecs.attributes.is_empty() {
            let lacking = definition.requires_attributes.iter().filter(|name| !ecs.attributes.contains_key(*name));
            found.extend(lacking.map(|name| Obstacle::Attribute(name.clone())));
            let failed = demand.constraints.iter().filter(|constraint| !constraint.admits(ecs));
            found.extend(failed.map(Constraint::obstacle));
        }
        if demand.distinct && self.runs(evidence, demand.service) {
            found.push(Obstacle::Distinct);
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    fn runs(&self, evidence: &Evidence<'_>, service: Option<&str>) -> bool {
        service.is_some_and(|service| self.services.contains(&service))
            || evidence.tasks(&self.row.tasks).any(|task| task.wanted() && task.service() == service)
    }
}

/// How the instances answer a demand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Survey {
    /// ACTIVE instances whose agent is connected.
    pub asked: usize,
    /// Those that would take the task, as far as can be computed.
    pub willing: usize,
    /// How many each obstacle holds back; one instance may face several.
    pub obstacles: BTreeMap<Obstacle, usize>,
    /// The most CPU units and MiB that are free on one instance.
    pub most_free: (i64, i64),
    /// A constraint that could not be computed.
    pub unjudged: Option<String>,
}

impl Survey {
    /// Asks every instance of the cluster that can take tasks.
    pub(super) fn of(evidence: &Evidence<'_>, demand: &Demand<'_>) -> Self {
        let spaces: Vec<Space<'_>> =
            evidence.view.instances.iter().filter_map(|row| Space::of(evidence, row)).collect();
        Self::among(evidence, &spaces, demand)
    }

    /// Asks some instances.
    pub(crate) fn among(evidence: &Evidence<'_>, spaces: &[Space<'_>], demand: &Demand<'_>) -> Self {
        let mut survey = Self { unjudged: demand.unjudged.map(str::to_owned), ..Self::default() };
        for space in spaces {
            survey.asked += 1;
            survey.most_free.0 = survey.most_free.0.max(space.cpu);
            survey.most_free.1 = survey.most_free.1.max(space.memory);
            let obstacles = space.lacks(evidence, demand);
            survey.willing += usize::from(obstacles.is_empty());
            obstacles.into_iter().for_each(|obstacle| *survey.obstacles.entry(obstacle).or_insert(0) += 1);
        }
        survey
    }

    /// `20 lack CPU (2048 needed, at most 512 free), 4 lack memory (…)`, what holds most of them back first.
    pub(crate) fn words(&self, definition: &TaskDefinition) -> String {
        let mut counted: Vec<(&Obstacle, usize)> = self.obstacles.iter().map(|(what, &count)| (what, count)).collect();
        counted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        let words = |(what, count): (&Obstacle, usize)| match what {
            Obstacle::Cpu => {
                format!("{count} lack CPU ({} needed, at most {} free)", definition.reserved_cpu(), self.most_free.0)
            }
            Obstacle::Memory => {
                let (needed, free) = (definition.reserved_memory(), self.most_free.1);
                format!("{count} lack memory ({needed} MiB needed, at most {free} free)")
            }
            Obstacle::Port(port) => format!("{count} have port {port} taken"),
            Obstacle::Eni => format!("{count} have no network interface (ENI) free"),
            Obstacle::Attribute(name) => format!("{count} lack attribute {name}"),
            Obstacle::Zone => format!("{count} are in another zone"),
            Obstacle::Constraint(name) => format!("{count} fail the constraint on {name}"),
            Obstacle::Distinct => format!("{count} run a task of it already"),
        };
        let words: Vec<String> = counted.into_iter().map(words).collect();
        format!("of {} {}", plural(self.asked, "instance"), words.join(", "))
    }
}

/// The service constraint that puts each task on an instance of its own.
const DISTINCT: &str = "distinctInstance";

fn is_awsvpc(definition: &TaskDefinition) -> bool {
    definition.network_mode.as_deref() == Some("awsvpc")
}

/// Network interfaces left for tasks in awsvpc mode, one of the instance's own being taken. `None`: cannot be told; with a trunk
/// interface there are more than tasks ever need.
fn free_interfaces(evidence: &Evidence<'_>, row: &InstanceRow, ecs: &ContainerInstance) -> Option<usize> {
    if ecs.attributes.contains_key("ecs.awsvpc-trunk-id") || !evidence.snapshot.tasks.complete() {
        return None;
    }
    let limit = evidence.instance_type(ecs.instance_type.as_deref()?)?.interfaces? as usize;
    let taken = evidence.tasks(&row.tasks).filter(|task| task.private_ip.is_some()).count();
    Some(limit.saturating_sub(1).saturating_sub(taken))
}

/// A constraint on one attribute, the part of ECS's query language that templates use.
#[derive(Debug, PartialEq, Eq)]
struct Constraint<'a> {
    attribute: &'a str,
    asks: Asks<'a>,
}

/// What a constraint asks of its attribute.
#[derive(Debug, PartialEq, Eq)]
enum Asks<'a> {
    /// To be there, or not to be.
    There(bool),
    /// To be among values, or not to be.
    Among(bool, Vec<&'a str>),
}

impl<'a> Constraint<'a> {
    /// `attribute:NAME == VALUE`, `!=`, `in [A, B]`, `not_in [A, B]`, `exists`, `!exists`. `None` for everything else the language has
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html>).
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.trim().strip_prefix("attribute:")?;
        let (attribute, rest) = rest.split_once(' ')?;
        let rest = rest.trim();
        match rest {
            "exists" => return Some(Self { attribute, asks: Asks::There(true) }),
            "!exists" | "not_exists" => return Some(Self { attribute, asks: Asks::There(false) }),
            _ => {}
        }
        let equals = [("==", true), ("!=", false)];
        let sets = [("in", true), ("not_in", false)];
        let (among, values) = if let Some((operand, among)) = operand(rest, &equals) {
            (among, vec![operand])
        } else {
            let (operand, among) = operand(rest, &sets)?;
            let list = operand.strip_prefix('[')?.strip_suffix(']')?;
            (among, list.split(',').map(str::trim).collect())
        };
        let plain = values.iter().all(|value| !value.is_empty() && !value.contains([' ', '(', ')', '[', ']']));
        plain.then_some(Self { attribute, asks: Asks::Among(among, values) })
    }

    fn admits(&self, ecs: &ContainerInstance) -> bool {
        let value = match self.attribute {
            "ecs.availability-zone" => ecs.availability_zone.as_deref(),
            "ecs.instance-type" => ecs.instance_type.as_deref(),
            _ => None,
        };
        let value = value.or_else(|| ecs.attributes.get(self.attribute).map(String::as_str));
        match &self.asks {
            Asks::There(there) => value.is_some() == *there,
            Asks::Among(among, values) => value.is_some_and(|value| values.contains(&value)) == *among,
        }
    }

    fn obstacle(&self) -> Obstacle {
        match self.attribute {
            "ecs.availability-zone" => Obstacle::Zone,
            name => Obstacle::Constraint(name.to_owned()),
        }
    }
}

/// What follows the first of `operators` that `text` starts with, and that operator's meaning.
fn operand<'a>(text: &'a str, operators: &[(&str, bool)]) -> Option<(&'a str, bool)> {
    operators.iter().find_map(|(word, among)| Some((text.strip_prefix(word)?.trim(), *among)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_on_one_attribute_are_understood() {
        let parsed = |text| match Constraint::parse(text) {
            Some(Constraint { attribute, asks: Asks::Among(among, values) }) => Some((attribute, among, values)),
            _ => None,
        };
        assert_eq!(parsed("attribute:color == green"), Some(("color", true, vec!["green"])));
        assert_eq!(parsed("attribute:color != green"), Some(("color", false, vec!["green"])));
        assert_eq!(
            parsed("attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b]"),
            Some(("ecs.availability-zone", true, vec!["eu-west-1a", "eu-west-1b"]))
        );
        assert_eq!(parsed("attribute:color not_in [red]"), Some(("color", false, vec!["red"])));
    }

    #[test]
    fn an_attribute_can_be_asked_to_be_there_or_not_to_be() {
        let there = |text| Constraint::parse(text).map(|c| (c.attribute, c.asks));
        assert_eq!(there("attribute:gpu exists"), Some(("gpu", Asks::There(true))));
        assert_eq!(there("attribute:retiring !exists"), Some(("retiring", Asks::There(false))));
        assert_eq!(there("attribute:retiring not_exists"), Some(("retiring", Asks::There(false))));
    }

    #[test]
    fn the_rest_of_the_language_is_left_alone() {
        for text in [
            "attribute:ecs.instance-type =~ m7.*",
            "attribute:a == b or attribute:c == d",
            "attribute:a exists or attribute:b exists",
            "task:group == service:web",
            "not(attribute:a == b)",
            "attribute:a in [",
            "",
        ] {
            assert_eq!(Constraint::parse(text), None, "{text}");
        }
    }
}
