//! The cluster query language
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-query-language.html>): which container instances
//! are meant, in filters and in placement constraints.

use std::cmp::Ordering;

use jiff::Timestamp;
use regex_lite::Regex;

use super::World;
use super::instance::{ContainerInstance, Instance};
use super::task::{Task, TaskStatus};

/// An expression.
#[derive(Debug, Clone)]
pub(crate) enum Expression {
    /// All of them.
    All(Vec<Expression>),
    /// One of them at least.
    Any(Vec<Expression>),
    /// The contrary.
    Not(Box<Expression>),
    /// `subject operator argument`.
    Condition(String, Operator),
}

/// What is said of a subject.
#[derive(Debug, Clone)]
pub(crate) enum Operator {
    /// It is one of these.
    In(Vec<String>),
    /// It compares like that with this: less, equal, greater.
    Compares(&'static [Ordering], String),
    /// It is there.
    Exists,
    /// The whole of it matches.
    Matches(Regex),
}

/// Operators by their spelling: what they say, and whether it is the contrary that is meant.
const OPERATORS: [(&str, Kind, bool); 22] = [
    ("==", Kind::Equal, false),
    ("equals", Kind::Equal, false),
    ("!=", Kind::Equal, true),
    ("not_equals", Kind::Equal, true),
    (">", Kind::Ordered(&[Ordering::Greater]), false),
    ("greater_than", Kind::Ordered(&[Ordering::Greater]), false),
    (">=", Kind::Ordered(&[Ordering::Greater, Ordering::Equal]), false),
    ("greater_than_equal", Kind::Ordered(&[Ordering::Greater, Ordering::Equal]), false),
    ("<", Kind::Ordered(&[Ordering::Less]), false),
    ("less_than", Kind::Ordered(&[Ordering::Less]), false),
    ("<=", Kind::Ordered(&[Ordering::Less, Ordering::Equal]), false),
    ("less_than_equal", Kind::Ordered(&[Ordering::Less, Ordering::Equal]), false),
    ("exists", Kind::Exists, false),
    ("!exists", Kind::Exists, true),
    ("not_exists", Kind::Exists, true),
    ("in", Kind::In, false),
    ("!in", Kind::In, true),
    ("not_in", Kind::In, true),
    ("=~", Kind::Matches, false),
    ("matches", Kind::Matches, false),
    ("!~", Kind::Matches, true),
    ("not_matches", Kind::Matches, true),
];

#[derive(Debug, Clone, Copy)]
enum Kind {
    Equal,
    Ordered(&'static [Ordering]),
    Exists,
    In,
    Matches,
}

/// Signs that end a word, the longer ones first.
const SIGNS: [&str; 14] = ["==", "!=", ">=", "<=", "=~", "!~", "&&", "||", ">", "<", "(", ")", "[", "]"];

fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign)).map(|sign| sign.len());
        let alone = rest.starts_with('!') && !["!exists", "!in"].iter().any(|word| starts_with_word(rest, word));
        let comma = rest.starts_with(',');
        let end = match sign {
            Some(length) => length,
            None if alone || comma => 1,
            None => word_end(rest),
        };
        let (token, left) = rest.split_at(end);
        if !comma {
            found.push(token);
        }
        rest = left.trim_start();
    }
    found
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.chars().next().is_none_or(|c| !c.is_alphanumeric() && c != '_'))
}

fn word_end(text: &str) -> usize {
    let ends = |(place, c): &(usize, char)| {
        let rest = text.get(*place..).unwrap_or_default();
        *place > 0 && (c.is_whitespace() || *c == ',' || SIGNS.iter().any(|sign| rest.starts_with(sign)))
    };
    text.char_indices().find(ends).map_or(text.len(), |(place, _)| place)
}

struct Parser<'t> {
    tokens: Vec<&'t str>,
    at: usize,
}

impl<'t> Parser<'t> {
    fn peek(&self) -> Option<&'t str> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<&'t str> {
        let token = self.peek();
        self.at += 1;
        token
    }

    fn any(&mut self) -> Option<Expression> {
        let mut parts = vec![self.all()?];
        while matches!(self.peek(), Some("or" | "||")) {
            self.at += 1;
            parts.push(self.all()?);
        }
        Some(Expression::Any(parts))
    }

    fn all(&mut self) -> Option<Expression> {
        let mut parts = vec![self.one()?];
        while matches!(self.peek(), Some("and" | "&&")) {
            self.at += 1;
            parts.push(self.one()?);
        }
        Some(Expression::All(parts))
    }

    fn one(&mut self) -> Option<Expression> {
        match self.next()? {
            "not" | "!" => Some(Expression::Not(Box::new(self.one()?))),
            "(" => {
                let inner = self.any()?;
                (self.next()? == ")").then_some(inner)
            }
            subject => self.condition(subject),
        }
    }

    fn condition(&mut self, subject: &str) -> Option<Expression> {
        let word = self.next()?;
        let (_, kind, contrary) = OPERATORS.iter().find(|(known, _, _)| *known == word)?;
        let operator = match kind {
            Kind::Exists => Operator::Exists,
            Kind::In => Operator::In(self.list()?),
            Kind::Equal => Operator::In(vec![self.word()?]),
            Kind::Ordered(orders) => Operator::Compares(orders, self.word()?),
            Kind::Matches => Operator::Matches(Regex::new(&format!("^(?:{})$", self.word()?)).ok()?),
        };
        let condition = Expression::Condition(subject.to_owned(), operator);
        Some(if *contrary { Expression::Not(Box::new(condition)) } else { condition })
    }

    fn word(&mut self) -> Option<String> {
        self.next().filter(|word| !SIGNS.contains(word)).map(str::to_owned)
    }

    /// In brackets, with commas between.
    fn list(&mut self) -> Option<Vec<String>> {
        if self.peek() != Some("[") {
            return Some(vec![self.word()?]);
        }
        self.at += 1;
        let mut items = Vec::new();
        while self.peek()? != "]" {
            items.push(self.word()?);
        }
        self.at += 1;
        Some(items)
    }
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// That it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: tokens(text), at: 0 };
        let read = parser.any().filter(|_| parser.at == parser.tokens.len());
        read.ok_or_else(|| format!("Invalid expression: {}", text.trim()))
    }

    /// Whether a container instance is meant.
    pub(crate) fn holds(&self, world: &World, instance: &Instance, container: &ContainerInstance) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(world, instance, container)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(world, instance, container)),
            Self::Not(inner) => !inner.holds(world, instance, container),
            Self::Condition(subject, operator) => {
                values(world, subject, instance, container).iter().any(|value| operator.holds(value))
            }
        }
    }
}

impl Operator {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::In(wanted) => wanted.iter().any(|wanted| wanted == value),
            Self::Exists => true,
            Self::Matches(pattern) => pattern.is_match(value),
            Self::Compares(orders, with) => {
                let order = numeric(value).zip(numeric(with)).and_then(|(one, other)| one.partial_cmp(&other));
                order.is_some_and(|order| orders.contains(&order))
            }
        }
    }
}

/// A number, or a time as seconds since 1970.
fn numeric(text: &str) -> Option<f64> {
    let time = || text.parse::<Timestamp>().ok().map(|at| at.as_millisecond() as f64 / 1_000.0);
    text.parse::<f64>().ok().or_else(time)
}

/// The values of a subject: none where the instance has none, one for each task where it is about tasks.
fn values(world: &World, subject: &str, instance: &Instance, container: &ContainerInstance) -> Vec<String> {
    if let Some(attribute) = subject.strip_prefix("attribute:") {
        return container
            .attributes
            .get(attribute)
            .map(|value| value.clone().unwrap_or_default())
            .into_iter()
            .collect();
    }
    let tasks = || container.tasks.iter().filter_map(|id| world.tasks.get(id));
    let count = |status| vec![tasks().filter(|task: &&Task| task.status == status).count().to_string()];
    match subject {
        "agentConnected" => vec![container.agent_connected.to_string()],
        "agentVersion" => vec![container.agent_version.clone()],
        "ec2InstanceId" => vec![instance.id.clone()],
        "registeredAt" => vec![container.registered_at.to_string()],
        "runningTasksCount" => count(TaskStatus::Running),
        "pendingTasksCount" => count(TaskStatus::Pending),
        "task:group" => tasks().map(|task| task.group.clone()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::sim::options::{Options, Scenario};

    #[test]
    fn expressions_say_which_instances_are_meant() {
        let options = Options { scenario: Scenario::Healthy, ..Options::default() };
        let mut world = World::new(&options, "2026-03-01T12:00:00Z".parse().unwrap());
        let id = world.instances.keys().next().cloned().unwrap();
        let container = world.instances[&id].container.as_ref().unwrap();
        let (joined, tasks) = (container.id.clone(), container.tasks.len());
        let group = world.tasks[container.tasks.iter().next().unwrap()].group.clone();
        world.change_attribute(&joined, "stack", Some(Some("prod".into())));
        world.change_attribute(&joined, "gpu", Some(None));
        for (text, wanted) in [
            ("attribute:stack == prod", true),
            ("attribute:stack==prod", true),
            ("attribute:stack != prod", false),
            ("attribute:other != prod", true),
            ("attribute:stack equals prod and attribute:gpu exists", true),
            ("attribute:stack !exists", false),
            ("attribute:retiring !exists", true),
            ("attribute:retiring not_exists && not (attribute:stack in [test, dev])", true),
            ("attribute:stack in [prod,test]", true),
            ("attribute:stack !in [prod, test] or attribute:gpu exists", true),
            ("attribute:stack not_in [prod, test] || attribute:gpu !exists", false),
            ("!(attribute:stack == prod)", false),
            ("! attribute:stack == prod", false),
            ("attribute:ecs.instance-type =~ m7i.*", true),
            ("attribute:ecs.instance-type !~ m7i.*", false),
            ("attribute:ecs.instance-type matches m7i", false),
            (&format!("ec2InstanceId == {id}"), true),
            (&format!("runningTasksCount >= {tasks}"), true),
            (&format!("runningTasksCount greater_than {tasks}"), false),
            ("registeredAt < 2026-03-01T12:00:00+00:00", true),
            ("agentConnected == true and registeredAt > 2026-03-01T12:00:00Z", false),
            (&format!("task:group == {group}"), true),
            ("task:group != service:nobody", true),
        ] {
            let instance = &world.instances[&id];
            let read = Expression::parse(text).unwrap();
            assert_eq!(read.holds(&world, instance, instance.container.as_ref().unwrap()), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for text in [
            "",
            "attribute:a",
            "attribute:a ==",
            "(attribute:a exists",
            "attribute:a exists)",
            "and",
            "a ~ b",
            "attribute:a exists attribute:b exists",
            "attribute:a in [b",
            "attribute:a =~ [",
            "not",
        ] {
            assert!(Expression::parse(text).is_err(), "{text}");
        }
    }
}
