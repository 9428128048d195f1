//! Whether a value is what the model allows.

use std::fmt;

use serde_json::Value;

use super::scalar::{is_of, kind_name};
use crate::sim::models::{Kind, Model, Shape, ShapeId, Structure};

/// Something that the model forbids.
#[derive(Debug)]
pub(super) struct Violation {
    /// Where, in the way of AWS's messages: `alarmNames.1.member`.
    pub(super) path: String,
    /// The value as text, where it is one that can be shown.
    pub(super) value: Option<String>,
    /// What it should be.
    pub(super) rule: Rule,
}

/// What a value should be.
#[derive(Debug, PartialEq)]
pub(super) enum Rule {
    /// Present.
    Present,
    /// One of these.
    OneOf(Vec<String>),
    /// Of at least this length, or value.
    AtLeast(Measure, f64),
    /// Of at most this length, or value.
    AtMost(Measure, f64),
    /// Matched by this expression.
    Matching(String),
    /// A union with one member.
    OneMember,
    /// Of this type.
    OfType(&'static str),
    /// Known to the model.
    Known,
}

/// What a limit measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// Characters, or items.
    Length,
    /// The number itself.
    Value,
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Length => "length",
            Self::Value => "value",
        })
    }
}

/// The constraint in the words that AWS's Java services use.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present => f.write_str("Member must not be null"),
            Self::OneOf(values) => write!(f, "Member must satisfy enum value set: [{}]", values.join(", ")),
            Self::AtLeast(measure, limit) => {
                write!(f, "Member must have {measure} greater than or equal to {limit}")
            }
            Self::AtMost(measure, limit) => write!(f, "Member must have {measure} less than or equal to {limit}"),
            Self::Matching(pattern) => write!(f, "Member must satisfy regular expression pattern: {pattern}"),
            Self::OneMember => f.write_str("Member must have exactly one member set"),
            Self::OfType(kind) => write!(f, "Member must be of type {kind}"),
            Self::Known => f.write_str("Member must be known to the model"),
        }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.value.as_ref().map_or_else(|| "null".to_owned(), |value| format!("'{value}'"));
        write!(f, "Value {value} at '{}' failed to satisfy constraint: {}", self.path, self.rule)
    }
}

/// What `value`, decoded from a request, violates: required members, enums, limits and patterns.
pub(super) fn input(model: &Model, shape: ShapeId, value: &Value) -> Vec<Violation> {
    let mut walk = Walk { model, limits: true, violations: Vec::new() };
    walk.value(shape, value, &Path::Root);
    walk.violations
}

/// What `value`, from a handler, violates: unknown members, types, required members and enums. Limits and
/// patterns bind callers; AWS's own answers step over them.
pub(super) fn output(model: &Model, shape: ShapeId, value: &Value) -> Vec<Violation> {
    let mut walk = Walk { model, limits: false, violations: Vec::new() };
    walk.value(shape, value, &Path::Root);
    walk.violations
}

/// Where a walk is; spelled out only when something is wrong there.
enum Path<'p> {
    Root,
    Member(&'p Path<'p>, &'p str),
    Item(&'p Path<'p>, usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(parent, name) => {
                let dot = if matches!(parent, Self::Root) { "" } else { "." };
                let mut letters = name.chars();
                let first = letters.next().map(|letter| letter.to_lowercase().to_string()).unwrap_or_default();
                write!(f, "{parent}{dot}{first}{}", letters.as_str())
            }
            Self::Item(parent, place) => write!(f, "{parent}.{}.member", place + 1),
        }
    }
}

struct Walk<'m> {
    model: &'m Model,
    limits: bool,
    violations: Vec<Violation>,
}

impl Walk<'_> {
    fn report(&mut self, path: &Path<'_>, value: Option<&Value>, rule: Rule) {
        let value = value.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
        self.violations.push(Violation { path: path.to_string(), value, rule });
    }

    fn value(&mut self, id: ShapeId, value: &Value, path: &Path<'_>) {
        let shape = &self.model[id];
        if !is_of(&shape.kind, value) {
            return self.report(path, Some(value), Rule::OfType(kind_name(&shape.kind)));
        }
        if self.limits {
            self.check_limits(shape, value, path);
        }
        match (&shape.kind, value) {
            (Kind::Structure(structure), Value::Object(_)) if !structure.document => {
                self.structure(structure, value, path);
            }
            (Kind::List(list), Value::Array(items)) => {
                for (place, item) in items.iter().enumerate() {
                    self.value(list.member.shape, item, &Path::Item(path, place));
                }
            }
            (Kind::Map(map), Value::Object(entries)) => {
                for (key, value) in entries {
                    self.value(map.key.shape, &Value::from(key.as_str()), &Path::Member(path, key));
                    self.value(map.value.shape, value, &Path::Member(path, key));
                }
            }
            (Kind::String(values), Value::String(text)) if !values.is_empty() && !values.contains(text) => {
                self.report(path, Some(value), Rule::OneOf(values.clone()));
            }
            _ => {}
        }
    }

    fn structure(&mut self, structure: &Structure, value: &Value, path: &Path<'_>) {
        let Some(object) = value.as_object() else { return };
        for name in &structure.required {
            if object.get(name).is_none_or(Value::is_null) {
                self.report(&Path::Member(path, name), None, Rule::Present);
            }
        }
        let present = || object.iter().filter(|(_, value)| !value.is_null());
        if structure.union && present().count() != 1 {
            self.report(path, Some(value), Rule::OneMember);
        }
        for (name, value) in present() {
            let path = Path::Member(path, name);
            match structure.members.get(name) {
                Some(member) => self.value(member.shape, value, &path),
                None => self.report(&path, Some(value), Rule::Known),
            }
        }
    }

    fn check_limits(&mut self, shape: &Shape, value: &Value, path: &Path<'_>) {
        if let Some((measure, size)) = measured(value) {
            if let Some(min) = shape.min.filter(|min| size < *min) {
                self.report(path, Some(value), Rule::AtLeast(measure, min));
            }
            if let Some(max) = shape.max.filter(|max| size > *max) {
                self.report(path, Some(value), Rule::AtMost(measure, max));
            }
        }
        if let (Some(text), Some(pattern)) = (value.as_str(), &shape.pattern)
            && !shape.matches(text)
        {
            self.report(path, Some(value), Rule::Matching(pattern.clone()));
        }
    }
}

/// What a limit compares: the number of a number, the length of everything else.
fn measured(value: &Value) -> Option<(Measure, f64)> {
    // Lengths stay far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "lengths stay far below 2^52")]
    let length = |length: usize| Some((Measure::Length, length as f64));
    match value {
        Value::Number(number) => number.as_f64().map(|number| (Measure::Value, number)),
        Value::String(text) => length(text.chars().count()),
        Value::Array(items) => length(items.len()),
        Value::Object(_) | Value::Null | Value::Bool(_) => None,
    }
}
