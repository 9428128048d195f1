//! What keeps an instance from taking a task.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::words::plural;
use crate::fleet::instance::{ContainerInstance, ContainerInstanceStatus};
use crate::fleet::task::TaskDefinition;
use crate::fleet::view::InstanceRow;

/// One thing that an instance lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Obstacle {
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
pub(super) struct Demand<'a> {
    pub definition: &'a TaskDefinition,
    /// Constraints of the service.
    pub constraints: &'a [String],
    /// The service that it is for.
    pub service: Option<&'a str>,
}

/// How the instances answer a demand.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
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
        let mut survey = Self::default();
        let constraints = demand.definition.placement_constraints.iter().chain(demand.constraints);
        let (known, unknown): (Vec<_>, Vec<_>) = constraints
            .filter(|text| *text != DISTINCT)
            .map(|text| (text, Constraint::parse(text)))
            .partition(|(_, known)| known.is_some());
        let constraints: Vec<Constraint<'_>> = known.into_iter().filter_map(|(_, constraint)| constraint).collect();
        survey.unjudged = unknown.first().map(|(text, _)| (*text).clone());
        for row in &evidence.view.instances {
            let Some(ecs) = evidence.ecs(row) else { continue };
            if ecs.status != ContainerInstanceStatus::Active || !ecs.agent_connected {
                continue;
            }
            survey.asked += 1;
            survey.most_free.0 = survey.most_free.0.max(ecs.remaining.cpu);
            survey.most_free.1 = survey.most_free.1.max(ecs.remaining.memory);
            let obstacles = obstacles(evidence, demand, &constraints, row, ecs);
            survey.willing += usize::from(obstacles.is_empty());
            obstacles.into_iter().for_each(|obstacle| *survey.obstacles.entry(obstacle).or_insert(0) += 1);
        }
        survey
    }

    /// `20 lack CPU (2048 needed, at most 512 free), 4 lack memory (…)`, what holds most of them back first.
    pub(super) fn words(&self, definition: &TaskDefinition) -> String {
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

fn obstacles(
    evidence: &Evidence<'_>,
    demand: &Demand<'_>,
    constraints: &[Constraint<'_>],
    row: &InstanceRow,
    ecs: &ContainerInstance,
) -> Vec<Obstacle> {
    let definition = demand.definition;
    let mut found = Vec::new();
    if ecs.remaining.cpu < definition.reserved_cpu() {
        found.push(Obstacle::Cpu);
    }
    if ecs.remaining.memory < definition.reserved_memory() {
        found.push(Obstacle::Memory);
    }
    let ports = definition.containers.iter().flat_map(|container| &container.host_ports);
    found.extend(ports.filter(|port| ecs.remaining.ports.contains(port)).map(|&port| Obstacle::Port(port)));
    if is_awsvpc(definition) && free_interfaces(evidence, row, ecs) == Some(0) {
        found.push(Obstacle::Eni);
    }
    // An instance without any attribute is one whose attributes were not told.
    if !ecs.attributes.is_empty() {
        let lacking = definition.requires_attributes.iter().filter(|name| !ecs.attributes.contains_key(*name));
        found.extend(lacking.map(|name| Obstacle::Attribute(name.clone())));
        found.extend(constraints.iter().filter(|constraint| !constraint.admits(ecs)).map(Constraint::obstacle));
    }
    if let (Some(service), true) = (demand.service, demand.constraints.iter().any(|text| text == DISTINCT))
        && evidence.tasks(&row.tasks).any(|task| task.wanted() && task.service() == Some(service))
    {
        found.push(Obstacle::Distinct);
    }
    found.sort_unstable();
    found.dedup();
    found
}

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
    /// Whether the value has to be among `values`, or must not be.
    among: bool,
    values: Vec<&'a str>,
}

impl<'a> Constraint<'a> {
    /// `attribute:NAME == VALUE`, `!=`, `in [A, B]`, `not_in [A, B]`. `None` for everything else the language has.
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.trim().strip_prefix("attribute:")?;
        let (attribute, rest) = rest.split_once(' ')?;
        let rest = rest.trim();
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
        plain.then_some(Self { attribute, among, values })
    }

    fn admits(&self, ecs: &ContainerInstance) -> bool {
        let value = match self.attribute {
            "ecs.availability-zone" => ecs.availability_zone.as_deref(),
            "ecs.instance-type" => ecs.instance_type.as_deref(),
            _ => None,
        };
        let value = value.or_else(|| ecs.attributes.get(self.attribute).map(String::as_str));
        value.is_some_and(|value| self.values.contains(&value)) == self.among
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
        let parsed = |text| Constraint::parse(text).map(|c| (c.attribute, c.among, c.values));
        assert_eq!(parsed("attribute:color == green"), Some(("color", true, vec!["green"])));
        assert_eq!(parsed("attribute:color != green"), Some(("color", false, vec!["green"])));
        assert_eq!(
            parsed("attribute:ecs.availability-zone in [eu-west-1a, eu-west-1b]"),
            Some(("ecs.availability-zone", true, vec!["eu-west-1a", "eu-west-1b"]))
        );
        assert_eq!(parsed("attribute:color not_in [red]"), Some(("color", false, vec!["red"])));
    }

    #[test]
    fn the_rest_of_the_language_is_left_alone() {
        for text in [
            "attribute:ecs.instance-type =~ m7.*",
            "attribute:a == b or attribute:c == d",
            "attribute:a exists",
            "task:group == service:web",
            "not(attribute:a == b)",
            "attribute:a in [",
            "",
        ] {
            assert_eq!(Constraint::parse(text), None, "{text}");
        }
    }
}
