//! Calls that the simulated AWS makes itself, which come by no protocol.

use serde_json::{Map, Value};

use super::scalar::{from_text, is_of};
use super::{dialect, validate};
use crate::sim::call::Fault;
use crate::sim::models::{Kind, Model, Operation, ShapeId};

/// `given` as the input of an operation: members by the model's names, valid. A member's first letter may be of either
/// case, as AWS's own clients differ in that; one that the model does not know is an error.
///
/// # Errors
/// What is wrong, as the service says it.
pub(in crate::sim) fn input(model: &Model, operation: &Operation, given: &Value) -> Result<Map<String, Value>, Fault> {
    let Some(shape) = operation.input else { return Ok(Map::new()) };
    let value = named(model, shape, given).map_err(|wrong| Fault::new("ValidationException", wrong))?;
    let violations = validate::input(model, shape, &value);
    if !violations.is_empty() {
        return Err(dialect::invalid(model, &violations));
    }
    match value {
        Value::Object(input) => Ok(input),
        _ => Ok(Map::new()),
    }
}

fn named(model: &Model, shape: ShapeId, value: &Value) -> Result<Value, String> {
    match (&model[shape].kind, value) {
        (Kind::Structure(structure), Value::Object(given)) if !structure.document => {
            let mut members = Map::new();
            for (name, value) in given {
                let (known, member) = structure
                    .members
                    .iter()
                    .find(|(known, _)| same(known, name))
                    .ok_or_else(|| format!("Unknown parameter in input: \"{name}\""))?;
                members.insert(known.clone(), named(model, member.shape, value)?);
            }
            Ok(Value::Object(members))
        }
        (Kind::List(list), Value::Array(items)) => {
            items.iter().map(|item| named(model, list.member.shape, item)).collect::<Result<_, _>>().map(Value::Array)
        }
        (Kind::Map(map), Value::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| Ok((key.clone(), named(model, map.value.shape, value)?)));
            entries.collect::<Result<_, String>>().map(Value::Object)
        }
        (kind, value) if is_of(kind, value) => Ok(value.clone()),
        // A text never becomes a number by itself
        // (<https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html>).
        (Kind::Boolean | Kind::Integer | Kind::Long | Kind::Float | Kind::Double, Value::String(text)) => {
            Err(format!("Invalid type for parameter: {text:?} is a text"))
        }
        (Kind::String(_), Value::Number(_) | Value::Bool(_)) => Ok(Value::from(value.to_string())),
        (kind, Value::String(text)) => Ok(from_text(kind, text).unwrap_or_else(|| value.clone())),
        _ => Ok(value.clone()),
    }
}

/// Whether two names differ in the case of their first letter at most.
fn same(known: &str, given: &str) -> bool {
    let (mut one, mut other) = (known.chars(), given.chars());
    let first = one.next().zip(other.next());
    first.is_some_and(|(a, b)| a.eq_ignore_ascii_case(&b)) && one.as_str() == other.as_str()
}
