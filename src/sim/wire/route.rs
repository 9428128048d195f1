//! Which operation a request means, in which protocol.

use bytes::Bytes;
use http::{HeaderMap, Request, Response};

use super::form::Form;
use super::{Exchange, Payload, Protocol, error, rest};
use crate::sim::call::Fault;
use crate::sim::models::{Model, Models};

/// A request that found no operation.
#[derive(Debug)]
pub struct Refused<'m> {
    protocol: Protocol,
    model: Option<&'m Model>,
    fault: Fault,
}

impl Refused<'_> {
    /// The refusal as HTTP.
    #[must_use]
    pub fn response(&self, request_id: &str) -> Response<Bytes> {
        error::response(self.protocol, self.model, &self.fault, request_id)
    }

    /// Service, as far as it was found.
    #[must_use]
    pub fn service(&self) -> &str {
        self.model.map_or("unknown", |model| model.service)
    }
}

/// What a request says about where it wants to go.
struct Heading<'m> {
    protocol: Protocol,
    model: Option<&'m Model>,
    operation: String,
    payload: Payload,
}

/// Finds the operation that `request` means.
///
/// Signatures are not verified, but a request without one, or scoped to another service, is refused as AWS does.
///
/// # Errors
/// The refusal, in the protocol that the caller talks.
pub fn route<'m>(models: &'m Models, request: &Request<Bytes>) -> Result<Exchange<'m>, Refused<'m>> {
    let Heading { protocol, model, operation, payload } = heading(models, request);
    let refuse = |code: &str, message: String| Refused { protocol, model, fault: Fault::new(code, message) };
    let scope = match text(request.headers(), "authorization") {
        None => return Err(refuse("MissingAuthenticationTokenException", "Missing Authentication Token".into())),
        Some(authorization) => Scope::parse(authorization).ok_or_else(|| {
            refuse("IncompleteSignature", "Authorization header requires a 'Credential' with a scope.".into())
        })?,
    };
    let unknown = || refuse("UnknownOperationException", unknown_operation(protocol, &operation));
    let Some(model) = model else { return Err(unknown()) };
    if scope.service != model.signing_name() {
        let message = format!("Credential should be scoped to correct service: '{}'.", model.signing_name());
        return Err(refuse("InvalidSignatureException", message));
    }
    let operation = model.operation(&operation).ok_or_else(unknown)?;
    Ok(Exchange { model, operation, protocol, region: scope.region.to_owned(), payload })
}

fn unknown_operation(protocol: Protocol, operation: &str) -> String {
    match protocol {
        Protocol::Json | Protocol::Cbor | Protocol::Rest => format!("The operation {operation} is unknown."),
        Protocol::Ec2 | Protocol::Query => format!("The action {operation} is not valid for this web service."),
    }
}

fn heading<'m>(models: &'m Models, request: &Request<Bytes>) -> Heading<'m> {
    let prefixed = |protocol: &str, prefix: &str| {
        let mut speaking = models.iter().filter(|model| model.metadata.speaks(protocol));
        speaking.find(|model| model.metadata.target_prefix.as_deref() == Some(prefix))
    };
    if text(request.headers(), "smithy-protocol") == Some("rpc-v2-cbor") {
        let (service, operation) = rpc_path(request.uri().path()).unwrap_or_default();
        let model = prefixed("smithy-rpc-v2-cbor", service);
        let payload = Payload::Body(request.body().clone());
        return Heading { protocol: Protocol::Cbor, model, operation: operation.to_owned(), payload };
    }
    if let Some(target) = text(request.headers(), "x-amz-target") {
        let (prefix, operation) = target.rsplit_once('.').unwrap_or_default();
        let payload = Payload::Body(request.body().clone());
        let model = prefixed("json", prefix);
        return Heading { protocol: Protocol::Json, model, operation: operation.to_owned(), payload };
    }
    rest_heading(models, request).unwrap_or_else(|| form_heading(models, request))
}

/// Methods and paths of several services may be alike, so the scope of the signature tells which is meant.
fn rest_heading<'m>(models: &'m Models, request: &Request<Bytes>) -> Option<Heading<'m>> {
    let scope = text(request.headers(), "authorization").and_then(Scope::parse)?;
    let meant = |model: &&Model| model.metadata.speaks("rest-json") && model.signing_name() == scope.service;
    let model = models.iter().find(meant)?;
    let (operation, asked) = rest::find(model, request).unwrap_or_default();
    Some(Heading { protocol: Protocol::Rest, model: Some(model), operation, payload: Payload::Rest(asked) })
}

/// `/service/SERVICE/operation/OPERATION`, with anything before it.
fn rpc_path(path: &str) -> Option<(&str, &str)> {
    let (_, rest) = path.split_once("/service/")?;
    rest.split_once("/operation/")
}

/// The query protocols take parameters from the query string of a GET and from the form of a POST.
fn form_heading<'m>(models: &'m Models, request: &Request<Bytes>) -> Heading<'m> {
    let form = Form::parse(request.uri().query().unwrap_or_default().as_bytes(), request.body());
    let version = form.text("Version").unwrap_or_default();
    let model = models.iter().find(|model| {
        let speaks = model.metadata.speaks("query") || model.metadata.speaks("ec2");
        speaks && model.metadata.api_version == version
    });
    let ec2 = model.is_some_and(|model| model.metadata.speaks("ec2"));
    let protocol = if ec2 { Protocol::Ec2 } else { Protocol::Query };
    let operation = form.text("Action").unwrap_or_default().to_owned();
    Heading { protocol, model, operation, payload: Payload::Form(form) }
}

/// Header `name`, where it is text.
fn text<'r>(headers: &'r HeaderMap, name: &str) -> Option<&'r str> {
    headers.get(name)?.to_str().ok()
}

/// Where a signature is good.
struct Scope<'r> {
    region: &'r str,
    service: &'r str,
}

impl<'r> Scope<'r> {
    /// From `AWS4-HMAC-SHA256 Credential=KEY/DATE/REGION/SERVICE/aws4_request, …`.
    fn parse(authorization: &'r str) -> Option<Self> {
        let (_, rest) = authorization.split_once("Credential=")?;
        let mut parts = rest.split([',', ' ']).next()?.rsplit('/').skip(1);
        let (service, region) = (parts.next()?, parts.next()?);
        Some(Self { region, service })
    }
}
