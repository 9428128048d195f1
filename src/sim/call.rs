//! What passes between the wire and the services: plain values.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// One call, decoded and validated against the service model.
///
/// Members carry the model's names (`containerInstances`, `TargetGroupArn`). Timestamps are
/// numbers of seconds since 1970, blobs are base64 text, everything else is what JSON says.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// Operation, such as `DescribeServices`.
    pub operation: &'a str,
    /// Input structure; empty where the operation takes none.
    pub input: &'a Map<String, Value>,
    /// The world's time.
    pub now: Timestamp,
    /// Region that the caller signed for.
    pub region: &'a str,
}

/// An answer: the output structure by the model's names, or a fault.
pub type Answer = Result<Value, Fault>;

/// What a stream of events brings next. An answer with a stream holds its first event in the stream's place.
#[derive(Debug, Clone, PartialEq)]
pub struct Turn {
    /// Events, each a structure with one member, which may be one of the stream's exceptions.
    pub events: Vec<Value>,
    /// Nothing comes after them.
    pub ends: bool,
}

/// An error as AWS models it. The wire layer finds HTTP status and wrapping in the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// Error code, such as `ClusterNotFoundException` or `InvalidInstanceID.NotFound`.
    pub code: String,
    /// For people.
    pub message: String,
    /// Further members of the error's structure.
    pub members: Map<String, Value>,
}

impl Fault {
    /// A fault without further members.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), members: Map::new() }
    }
}
