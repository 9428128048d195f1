//! Smithy's RPC v2 over CBOR (<https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html>).

use ciborium::Value as Cbor;
use serde_json::{Map, Number, Value};

use super::scalar::{Malformed, base64, bytes, kind_name};
use crate::sim::models::{Kind, Model, ShapeId};

/// Tag of a timestamp in seconds since 1970.
const EPOCH: u64 = 1;

/// The input of a body.
pub(super) fn decode(model: &Model, shape: ShapeId, body: &[u8]) -> Result<Value, Malformed> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let value = ciborium::from_reader(body).map_err(|error| Malformed::Body(error.to_string()))?;
    plain(model, shape, value, "")
}

/// The plain value of what came in; unknown members and nulls are dropped, as the protocol has servers do.
fn plain(model: &Model, shape: ShapeId, value: Cbor, path: &str) -> Result<Value, Malformed> {
    let kind = &model[shape].kind;
    let wrong =
        |value: &Cbor| Malformed::Value { path: path.into(), value: format!("{value:?}"), wanted: kind_name(kind) };
    match (kind, value) {
        (Kind::Structure(structure), Cbor::Map(entries)) => {
            let mut members = Map::new();
            for (key, value) in entries.into_iter().filter(|(_, value)| !value.is_null()) {
                let Some((name, member)) = key.as_text().and_then(|key| structure.members.get_key_value(key)) else {
                    continue;
                };
                members.insert(name.clone(), plain(model, member.shape, value, &format!("{path}/{name}"))?);
            }
            Ok(Value::Object(members))
        }
        (Kind::List(list), Cbor::Array(items)) => {
            let items = items.into_iter().enumerate();
            let items = items.map(|(place, item)| plain(model, list.member.shape, item, &format!("{path}/{place}")));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        (Kind::Map(map), Cbor::Map(entries)) => {
            let mut object = Map::new();
            for (key, value) in entries {
                let key = key.into_text().map_err(|key| wrong(&key))?;
                let value = plain(model, map.value.shape, value, &format!("{path}/{key}"))?;
                object.insert(key, value);
            }
            Ok(Value::Object(object))
        }
        (kind, value) => scalar(kind, &value).ok_or_else(|| wrong(&value)),
    }
}

fn scalar(kind: &Kind, value: &Cbor) -> Option<Value> {
    match (kind, value) {
        (Kind::String(_), Cbor::Text(text)) => Some(Value::from(text.as_str())),
        (Kind::Boolean, Cbor::Bool(value)) => Some(Value::Bool(*value)),
        (Kind::Integer, Cbor::Integer(number)) => i32::try_from(*number).ok().map(Value::from),
        (Kind::Long, Cbor::Integer(number)) => i64::try_from(*number).ok().map(Value::from),
        (Kind::Float | Kind::Double, number) => real(number),
        (Kind::Timestamp, Cbor::Tag(EPOCH, number)) => real(number),
        (Kind::Blob, Cbor::Bytes(bytes)) => Some(Value::from(base64(bytes))),
        _ => None,
    }
}

fn real(number: &Cbor) -> Option<Value> {
    match number {
        Cbor::Integer(number) => i64::try_from(*number).ok().map(Value::from),
        Cbor::Float(number) => Number::from_f64(*number).map(Value::Number),
        _ => None,
    }
}

/// The body of an output; an operation without output answers nothing at all.
pub(super) fn encode(model: &Model, shape: Option<ShapeId>, output: &Value) -> Vec<u8> {
    let mut body = Vec::new();
    if let Some(shape) = shape {
        write(model, shape, output, &mut body);
    }
    body
}

/// An error's body: `members` are written as what they are.
pub(super) fn encode_error(members: &Map<String, Value>) -> Vec<u8> {
    let mut body = Vec::new();
    head(MAP, members.len(), &mut body);
    for (name, value) in members {
        text(name, &mut body);
        match value {
            Value::String(value) => text(value, &mut body),
            value => text(&value.to_string(), &mut body),
        }
    }
    body
}

// Major types of RFC 8949, section 3.1, in the place that they have in a head.
const UNSIGNED: u8 = 0 << 5;
const NEGATIVE: u8 = 1 << 5;
const BYTES: u8 = 2 << 5;
const TEXT: u8 = 3 << 5;
const ARRAY: u8 = 4 << 5;
const MAP: u8 = 5 << 5;
const TAG: u8 = 6 << 5;
const FALSE: u8 = 0xf4;
const TRUE: u8 = 0xf5;
const NULL: u8 = 0xf6;
const DOUBLE: u8 = 0xfb;

fn write(model: &Model, shape: ShapeId, value: &Value, body: &mut Vec<u8>) {
    match (&model[shape].kind, value) {
        (Kind::Structure(structure), Value::Object(object)) => {
            let members = object.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<_> =
                members.filter_map(|(name, value)| Some((name, structure.members.get(name)?.shape, value))).collect();
            head(MAP, members.len(), body);
            for (name, shape, value) in members {
                text(name, body);
                write(model, shape, value, body);
            }
        }
        (Kind::List(list), Value::Array(items)) => {
            head(ARRAY, items.len(), body);
            for item in items {
                write(model, list.member.shape, item, body);
            }
        }
        (Kind::Map(map), Value::Object(entries)) => {
            head(MAP, entries.len(), body);
            for (key, value) in entries {
                text(key, body);
                write(model, map.value.shape, value, body);
            }
        }
        (Kind::Blob, Value::String(value)) => {
            let bytes = bytes(value).unwrap_or_default();
            head(BYTES, bytes.len(), body);
            body.extend_from_slice(&bytes);
        }
        (Kind::Timestamp, Value::Number(number)) => {
            head(TAG, 1, body);
            whole_or_double(number, body);
        }
        (Kind::Float | Kind::Double, Value::Number(number)) => double(number, body),
        (_, Value::Number(number)) => whole_or_double(number, body),
        (_, Value::String(value)) => text(value, body),
        (_, Value::Bool(value)) => body.push(if *value { TRUE } else { FALSE }),
        _ => body.push(NULL),
    }
}

fn head(major: u8, length: usize, body: &mut Vec<u8>) {
    argument(major, length as u64, body);
}

/// A head with its argument in as few bytes as it fits in.
fn argument(major: u8, value: u64, body: &mut Vec<u8>) {
    if let Ok(small) = u8::try_from(value) {
        match small {
            0..24 => body.push(major | small),
            _ => body.extend_from_slice(&[major | 24, small]),
        }
    } else if let Ok(small) = u16::try_from(value) {
        body.push(major | 25);
        body.extend_from_slice(&small.to_be_bytes());
    } else if let Ok(small) = u32::try_from(value) {
        body.push(major | 26);
        body.extend_from_slice(&small.to_be_bytes());
    } else {
        body.push(major | 27);
        body.extend_from_slice(&value.to_be_bytes());
    }
}

fn text(text: &str, body: &mut Vec<u8>) {
    head(TEXT, text.len(), body);
    body.extend_from_slice(text.as_bytes());
}

fn whole_or_double(number: &Number, body: &mut Vec<u8>) {
    match (number.as_u64(), number.as_i64()) {
        (Some(number), _) => argument(UNSIGNED, number, body),
        (None, Some(number)) => argument(NEGATIVE, (-1 - number).unsigned_abs(), body),
        (None, None) => double(number, body),
    }
}

fn double(number: &Number, body: &mut Vec<u8>) {
    body.push(DOUBLE);
    body.extend_from_slice(&number.as_f64().unwrap_or_default().to_be_bytes());
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn number_of(json: &Value) -> Cbor {
        let mut body = Vec::new();
        match json {
            Value::Number(number) => whole_or_double(number, &mut body),
            other => text(other.as_str().unwrap_or_default(), &mut body),
        }
        ciborium::from_reader(body.as_slice()).unwrap()
    }

    #[test]
    fn numbers_of_every_width_are_read_back_by_another_reader() {
        for number in [0, 1, 23, 24, 255, 256, 65_535, 65_536, i64::MAX, -1, -24, -25, -257, i64::MIN] {
            let read = number_of(&Value::from(number)).into_integer().unwrap();
            assert_eq!(i128::from(read), i128::from(number));
        }
        assert_eq!(number_of(&Value::from(1.5)), Cbor::Float(1.5));
    }

    #[test]
    fn texts_of_every_length_are_read_back_by_another_reader() {
        for length in [0, 23, 24, 255, 256, 70_000] {
            let long = "é".repeat(length);
            assert_eq!(number_of(&Value::from(long.as_str())), Cbor::Text(long));
        }
    }
}
