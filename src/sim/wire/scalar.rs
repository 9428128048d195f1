//! Single values as text and back.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Number, Value};

use crate::sim::models::Kind;

/// Input that is not of its shape's type.
#[derive(Debug)]
pub(super) enum Malformed {
    /// The body is nothing that the protocol knows.
    Body(String),
    /// A value is of another type.
    Value {
        /// Where.
        path: String,
        /// What there is.
        value: String,
        /// What the model wants.
        wanted: &'static str,
    },
    /// A parameter that the operation does not have.
    Unknown(String),
}

/// What people call a kind.
pub(super) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Structure(_) => "structure",
        Kind::List(_) => "list",
        Kind::Map(_) => "map",
        Kind::String(_) => "string",
        Kind::Integer => "integer",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::Boolean => "boolean",
        Kind::Timestamp => "timestamp",
        Kind::Blob => "blob",
    }
}

/// A scalar from the text of a query protocol; nothing where the text is not one.
pub(super) fn from_text(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::String(_) => Some(Value::from(text)),
        Kind::Integer => text.parse::<i32>().ok().map(Value::from),
        Kind::Long => text.parse::<i64>().ok().map(Value::from),
        Kind::Float | Kind::Double => text.parse::<f64>().ok().and_then(Number::from_f64).map(Value::Number),
        Kind::Boolean => text.parse::<bool>().ok().map(Value::Bool),
        Kind::Timestamp => timestamp_from_text(text),
        Kind::Blob => STANDARD.decode(text).is_ok().then(|| Value::from(text)),
        Kind::Structure(_) | Kind::List(_) | Kind::Map(_) => None,
    }
}

/// ISO 8601, as the query protocols want it, or seconds since 1970.
fn timestamp_from_text(text: &str) -> Option<Value> {
    let seconds = match text.parse::<Timestamp>() {
        Ok(timestamp) => timestamp.as_duration().as_secs_f64(),
        Err(_) => text.parse::<f64>().ok()?,
    };
    Number::from_f64(seconds).map(Value::Number)
}

/// Text of a timestamp in XML: ISO 8601 with milliseconds.
pub(super) fn iso8601(seconds: &Value) -> Option<String> {
    let seconds = seconds.as_f64()?;
    // The cast saturates, and what lies outside jiff's years is refused.
    #[expect(clippy::cast_possible_truncation, reason = "saturates; the next line refuses what is out of range")]
    let timestamp = Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()?;
    Some(format!("{timestamp:.3}"))
}

/// Bytes of base64 text.
pub(super) fn bytes(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Base64 text of bytes.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Whether a plain value is of `kind`, not looking inside.
pub(super) fn is_of(kind: &Kind, value: &Value) -> bool {
    match kind {
        Kind::Structure(structure) if structure.document => true,
        Kind::Structure(_) | Kind::Map(_) => value.is_object(),
        Kind::List(_) => value.is_array(),
        Kind::String(_) => value.is_string(),
        Kind::Integer => value.as_i64().is_some_and(|number| i32::try_from(number).is_ok()),
        Kind::Long => value.is_i64(),
        Kind::Float | Kind::Double | Kind::Timestamp => value.is_number(),
        Kind::Boolean => value.is_boolean(),
        Kind::Blob => value.as_str().is_some_and(|text| STANDARD.decode(text).is_ok()),
    }
}
