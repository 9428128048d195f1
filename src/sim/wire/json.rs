//! awsJson 1.0 and 1.1.

use serde_json::{Map, Value};

use super::scalar::{Malformed, is_of, kind_name};
use crate::sim::models::{Kind, Model, ShapeId};

/// The input of a body.
pub(super) fn decode(model: &Model, shape: ShapeId, body: &[u8]) -> Result<Value, Malformed> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    let value = serde_json::from_slice(body).map_err(|error| Malformed::Body(error.to_string()))?;
    known(model, shape, value, "")
}

/// `value` with its known members by their names in the model.
///
/// Members that the model does not know are dropped, and so are nulls: servers of awsJson ignore both
/// (<https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html>).
fn known(model: &Model, shape: ShapeId, value: Value, path: &str) -> Result<Value, Malformed> {
    let kind = &model[shape].kind;
    if !is_of(kind, &value) {
        return Err(Malformed::Value { path: path.into(), value: value.to_string(), wanted: kind_name(kind) });
    }
    match (kind, value) {
        (Kind::Structure(structure), Value::Object(mut object)) if !structure.document => {
            let mut members = Map::new();
            for (name, member) in &structure.members {
                if let Some(value) = object.remove(member.wire_name(name)).filter(|value| !value.is_null()) {
                    members.insert(name.clone(), known(model, member.shape, value, &format!("{path}/{name}"))?);
                }
            }
            Ok(Value::Object(members))
        }
        (Kind::List(list), Value::Array(items)) => {
            let items = items.into_iter().filter(|item| !item.is_null()).enumerate();
            let items = items.map(|(place, item)| known(model, list.member.shape, item, &format!("{path}/{place}")));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Kind::Map(map), Value::Object(entries)) => {
            let entries = entries.into_iter().map(|(key, value)| {
                let value = known(model, map.value.shape, value, &format!("{path}/{key}"))?;
                Ok((key, value))
            });
            entries.collect::<Result<_, _>>().map(Value::Object)
        }
        (_, value) => Ok(value),
    }
}

/// The body of an output.
pub(super) fn encode(model: &Model, shape: Option<ShapeId>, output: &Value) -> Vec<u8> {
    let mut body = Vec::new();
    match shape {
        Some(shape) => write(model, shape, output, &mut body),
        None => body.extend_from_slice(b"{}"),
    }
    body
}

fn write(model: &Model, shape: ShapeId, value: &Value, body: &mut Vec<u8>) {
    match (&model[shape].kind, value) {
        (Kind::Structure(structure), Value::Object(object)) if !structure.document => {
            let members = object.iter().filter(|(_, value)| !value.is_null());
            let members = members.filter_map(|(name, value)| Some((structure.members.get_key_value(name)?, value)));
            let entries = members.map(|((name, member), value)| (member.wire_name(name), member.shape, value));
            write_object(model, entries, body);
        }
        (Kind::List(list), Value::Array(items)) => {
            body.push(b'[');
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    body.push(b',');
                }
                write(model, list.member.shape, item, body);
            }
            body.push(b']');
        }
        (Kind::Map(map), Value::Object(object)) => {
            let entries = object.iter().map(|(key, value)| (key.as_str(), map.value.shape, value));
            write_object(model, entries, body);
        }
        (_, value) => body.extend_from_slice(value.to_string().as_bytes()),
    }
}

fn write_object<'v>(model: &Model, entries: impl Iterator<Item = (&'v str, ShapeId, &'v Value)>, body: &mut Vec<u8>) {
    body.push(b'{');
    for (place, (name, shape, value)) in entries.enumerate() {
        if place > 0 {
            body.push(b',');
        }
        body.extend_from_slice(Value::from(name).to_string().as_bytes());
        body.push(b':');
        write(model, shape, value, body);
    }
    body.push(b'}');
}
