//! The cluster query language, as far as filters of container instances use it.

use crate::sim::world::World;
use crate::sim::world::instance::{ContainerInstance, Instance};
use crate::sim::world::task::TaskStatus;

/// Conditions that all have to hold ([ECS "Cluster query language"]: `subject operator argument`, joined by `and`).
#[derive(Debug)]
pub(super) struct Query {
    conditions: Vec<Condition>,
}

#[derive(Debug)]
struct Condition {
    subject: String,
    operator: Operator,
    arguments: Vec<String>,
}

#[derive(Debug, Clone, Copy)]
enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
    Exists,
    NotExists,
}

/// Operators by their spelling; those with more words first.
const OPERATORS: [(&str, Operator); 14] = [
    (" not_in ", Operator::NotIn),
    (" !in ", Operator::NotIn),
    (" in ", Operator::In),
    (" not_equals ", Operator::NotEqual),
    (" equals ", Operator::Equal),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    (">", Operator::Greater),
    ("<", Operator::Less),
    (" not_exists", Operator::NotExists),
    (" !exists", Operator::NotExists),
    (" exists", Operator::Exists),
];

impl Query {
    /// Reads an expression.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(super) fn parse(expression: &str) -> Result<Self, String> {
        let parts = expression.split(" and ").flat_map(|part| part.split("&&"));
        let conditions: Result<Vec<Condition>, String> = parts.map(Condition::parse).collect();
        Ok(Self { conditions: conditions? })
    }

    /// Whether a container instance meets every condition.
    pub(super) fn matches(&self, world: &World, instance: &Instance, container: &ContainerInstance) -> bool {
        self.conditions.iter().all(|c| c.holds(value(world, &c.subject, instance, container).as_deref()))
    }
}

impl Condition {
    fn parse(text: &str) -> Result<Self, String> {
        for (word, operator) in OPERATORS {
            let Some((subject, argument)) = text.split_once(word) else { continue };
            let argument = argument.trim().trim_start_matches('[').trim_end_matches(']');
            let arguments = argument.split(',').map(|a| a.trim().to_owned()).filter(|a| !a.is_empty()).collect();
            return Ok(Self { subject: subject.trim().to_owned(), operator, arguments });
        }
        Err(format!("Invalid filter expression: {}", text.trim()))
    }

    fn holds(&self, value: Option<&str>) -> bool {
        let has = |value: &str| self.arguments.iter().any(|a| a == value);
        let order = || {
            let (left, right) = (value?.parse::<f64>().ok()?, self.arguments.first()?.parse::<f64>().ok()?);
            left.partial_cmp(&right)
        };
        match self.operator {
            Operator::Equal | Operator::In => value.is_some_and(has),
            Operator::NotEqual | Operator::NotIn => !value.is_some_and(has),
            Operator::Less => order().is_some_and(std::cmp::Ordering::is_lt),
            Operator::LessOrEqual => order().is_some_and(std::cmp::Ordering::is_le),
            Operator::Greater => order().is_some_and(std::cmp::Ordering::is_gt),
            Operator::GreaterOrEqual => order().is_some_and(std::cmp::Ordering::is_ge),
            Operator::Exists => value.is_some(),
            Operator::NotExists => value.is_none(),
        }
    }
}

/// The value of a subject; `None` where the instance has none.
fn value(world: &World, subject: &str, instance: &Instance, container: &ContainerInstance) -> Option<String> {
    if let Some(attribute) = subject.strip_prefix("attribute:") {
        return container.attributes.get(attribute).map(|v| v.clone().unwrap_or_default());
    }
    let count = |status| super::instances::tasks_in(world, container, status).to_string();
    match subject {
        "agentConnected" => Some(container.agent_connected.to_string()),
        "agentVersion" => Some(container.agent_version.clone()),
        "ec2InstanceId" => Some(instance.id.clone()),
        "registeredAt" => Some(container.registered_at.as_second().to_string()),
        "runningTasksCount" => Some(count(TaskStatus::Running)),
        "pendingTasksCount" => Some(count(TaskStatus::Pending)),
        _ => None,
    }
}
