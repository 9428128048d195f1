//! From HTTP to plain values and back, by the service models alone.
//!
//! One decoder and one encoder per protocol, written from Smithy's protocol specifications
//! (<https://smithy.io/2.0/aws/protocols/>); no operation and no service is special here.

mod cbor;
mod dialect;
mod error;
mod form;
pub(super) mod inside;
mod json;
mod query;
mod rest;
mod route;
mod scalar;
mod stream;
mod validate;
mod xml;

use bytes::Bytes;
use http::Response;
use serde_json::{Map, Value};

use super::call::{Answer, Fault};
use super::models::{Model, Operation};
use form::Form;

pub(super) use route::route;
pub(super) use stream::Frames;

/// How a caller talks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// awsJson 1.0 and 1.1.
    Json,
    /// ec2Query.
    Ec2,
    /// awsQuery.
    Query,
    /// Smithy's RPC v2 over CBOR.
    Cbor,
    /// restJson1.
    Rest,
}

/// One request that found its operation.
#[derive(Debug)]
pub struct Exchange<'m> {
    /// The service.
    pub model: &'m Model,
    /// The operation.
    pub operation: &'m Operation,
    /// How the caller talks and is answered.
    pub protocol: Protocol,
    /// Region of the credential scope.
    pub region: String,
    payload: Payload,
}

/// A request's input, not decoded yet.
#[derive(Debug)]
enum Payload {
    Form(Form),
    Body(Bytes),
    Rest(rest::Asked),
}

impl Exchange<'_> {
    /// The input, decoded and valid.
    ///
    /// # Errors
    /// The fault that this service answers to input that cannot be read or that its model forbids.
    pub fn input(&self) -> Result<Map<String, Value>, Fault> {
        let Some(shape) = self.operation.input else { return Ok(Map::new()) };
        let decoded = match &self.payload {
            Payload::Form(form) => query::decode(self.model, shape, form, self.protocol),
            Payload::Body(body) if self.protocol == Protocol::Cbor => cbor::decode(self.model, shape, body),
            Payload::Body(body) => json::decode(self.model, shape, body),
            Payload::Rest(asked) => rest::decode(self.model, shape, asked),
        };
        let value = decoded.map_err(|malformed| dialect::malformed(self.protocol, &malformed))?;
        let violations = validate::input(self.model, shape, &value);
        if !violations.is_empty() {
            return Err(dialect::invalid(self.model, &violations));
        }
        match value {
            Value::Object(input) => Ok(input),
            _ => Ok(Map::new()),
        }
    }

    /// The answer as HTTP. With debug assertions an output that the model does not allow is answered as an internal
    /// failure that names what is wrong: it is a mistake of the handler.
    #[must_use]
    pub fn respond(&self, answer: Answer, request_id: &str) -> Response<Bytes> {
        match answer.and_then(|output| self.checked(output)) {
            Ok(output) => self.output(&output, request_id),
            Err(fault) => self.refuse(&fault, request_id),
        }
    }

    /// A fault as HTTP.
    #[must_use]
    pub fn refuse(&self, fault: &Fault, request_id: &str) -> Response<Bytes> {
        error::response(self.protocol, Some(self.model), fault, request_id)
    }

    fn checked(&self, output: Value) -> Answer {
        if !cfg!(debug_assertions) {
            return Ok(output);
        }
        let violations = match self.operation.output {
            Some(shape) => validate::output(self.model, shape, &output),
            None => Vec::new(),
        };
        if violations.is_empty() {
            return Ok(output);
        }
        let what: Vec<String> = violations.iter().take(8).map(ToString::to_string).collect();
        let message = format!("{} answered what its model forbids: {}", self.operation.name, what.join("; "));
        Err(Fault::new("InternalFailure", message))
    }

    fn output(&self, output: &Value, request_id: &str) -> Response<Bytes> {
        let body = match self.protocol {
            Protocol::Rest => return rest::respond(self.model, self.operation, output, request_id),
            Protocol::Json => json::encode(self.model, self.operation.output, output),
            Protocol::Cbor => cbor::encode(self.model, self.operation.output, output),
            Protocol::Ec2 => xml::ec2(self.model, self.operation, output, request_id),
            Protocol::Query => xml::query(self.model, self.operation, output, request_id),
        };
        error::http(self.protocol, Some(self.model), 200, body, request_id)
    }
}
