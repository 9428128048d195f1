//! Faults as HTTP, and what every answer has in common.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Map, Value};

use super::{Protocol, cbor, xml};
use crate::sim::call::Fault;
use crate::sim::models::{Kind, Model, Structure};

/// An error that every service has, which each family of protocols spells its own way.
///
/// From <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/CommonErrors.html>, the same page of the other
/// services, and EC2's own list.
struct Common {
    /// Name in awsJson and RPC v2, by which this program calls it, and HTTP status there.
    json: (&'static str, u16),
    /// Code and status in awsQuery.
    query: (&'static str, u16),
    /// Code and status in ec2Query.
    ec2: (&'static str, u16),
    /// Status in restJson, which has the names of awsJson.
    rest: u16,
}

const COMMON: [Common; 9] = [
    Common {
        json: ("ThrottlingException", 400),
        query: ("Throttling", 400),
        ec2: ("RequestLimitExceeded", 503),
        rest: 429,
    },
    Common {
        json: ("AccessDeniedException", 400),
        query: ("AccessDenied", 403),
        ec2: ("UnauthorizedOperation", 403),
        rest: 403,
    },
    Common { json: ("InternalFailure", 500), query: ("InternalFailure", 500), ec2: ("InternalError", 500), rest: 500 },
    Common {
        json: ("ServiceUnavailableException", 503),
        query: ("ServiceUnavailable", 503),
        ec2: ("Unavailable", 503),
        rest: 503,
    },
    Common {
        json: ("ValidationException", 400),
        query: ("ValidationError", 400),
        ec2: ("InvalidParameterValue", 400),
        rest: 400,
    },
    Common {
        json: ("MissingAuthenticationTokenException", 400),
        query: ("MissingAuthenticationToken", 403),
        ec2: ("MissingAuthenticationToken", 403),
        rest: 403,
    },
    Common {
        json: ("InvalidSignatureException", 400),
        query: ("SignatureDoesNotMatch", 403),
        ec2: ("SignatureDoesNotMatch", 403),
        rest: 403,
    },
    Common {
        json: ("UnknownOperationException", 400),
        query: ("InvalidAction", 400),
        ec2: ("InvalidAction", 400),
        rest: 404,
    },
    Common {
        json: ("SerializationException", 400),
        query: ("InvalidParameterValue", 400),
        ec2: ("InvalidParameterValue", 400),
        rest: 400,
    },
];

/// How one fault shows itself.
struct Shown<'f> {
    /// Name in awsJson and RPC v2.
    name: &'f str,
    /// Code in the query protocols, which newer ones keep in a header.
    code: &'f str,
    status: u16,
}

fn shown<'f>(protocol: Protocol, model: Option<&'f Model>, fault: &'f Fault) -> Shown<'f> {
    if let Some(shape) = model.and_then(|model| model.error(&fault.code))
        && let Kind::Structure(structure) = &shape.kind
    {
        let code = structure.error.code.as_deref().unwrap_or(&shape.name);
        return Shown { name: &shape.name, code, status: status(structure) };
    }
    let Some(common) = COMMON.iter().find(|common| common.json.0 == fault.code) else {
        return Shown { name: &fault.code, code: &fault.code, status: 400 };
    };
    let spelled = match protocol {
        Protocol::Json | Protocol::Cbor => common.json,
        Protocol::Rest => (common.json.0, common.rest),
        Protocol::Query => common.query,
        Protocol::Ec2 => common.ec2,
    };
    let code = if protocol == Protocol::Ec2 { common.ec2.0 } else { common.query.0 };
    Shown { name: common.json.0, code, status: spelled.1 }
}

fn status(structure: &Structure) -> u16 {
    structure.error.http_status_code.unwrap_or(if structure.fault { 500 } else { 400 })
}

/// `fault` as HTTP.
pub(super) fn response(protocol: Protocol, model: Option<&Model>, fault: &Fault, request_id: &str) -> Response<Bytes> {
    let shown = shown(protocol, model, fault);
    let sender = if shown.status < 500 { "Sender" } else { "Receiver" };
    let namespace = model.and_then(|model| model.metadata.xml_namespace.as_deref()).unwrap_or_default();
    let body = match protocol {
        Protocol::Ec2 => xml::ec2_error(shown.code, &fault.message, request_id),
        Protocol::Query => {
            let members = fault.members.iter().map(|(name, value)| (name.as_str(), value));
            xml::query_error(namespace, [sender, shown.code, &fault.message], members, request_id)
        }
        Protocol::Json => Value::Object(members(shown.name.to_owned(), fault)).to_string().into_bytes(),
        Protocol::Rest => rest_members(model, fault).to_string().into_bytes(),
        Protocol::Cbor => {
            let service = model.map_or("unknown", |model| model.service);
            cbor::encode_error(&members(format!("com.amazonaws.{service}#{}", shown.name), fault))
        }
    };
    let mut response = http(protocol, model, shown.status, body, request_id);
    let mut header = |name, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    };
    if matches!(protocol, Protocol::Json | Protocol::Rest) {
        header("x-amzn-errortype", shown.name);
    }
    let compatible = model.is_some_and(|model| model.metadata.aws_query_compatible.is_some());
    if compatible && matches!(protocol, Protocol::Json | Protocol::Cbor) {
        header("x-amzn-query-error", &format!("{};{sender}", shown.code));
    }
    response
}

/// In restJson the type is in a header alone, and the message is called as the error's shape calls it
/// (<https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html#operation-error-serialization>).
fn rest_members(model: Option<&Model>, fault: &Fault) -> Value {
    let shape = model.and_then(|model| model.error(&fault.code)).map(|shape| &shape.kind);
    let capital = matches!(shape, Some(Kind::Structure(structure)) if structure.members.contains_key("Message"));
    let mut members = fault.members.clone();
    members.insert(if capital { "Message" } else { "message" }.into(), fault.message.as_str().into());
    Value::Object(members)
}

fn members(type_name: String, fault: &Fault) -> Map<String, Value> {
    let mut members = fault.members.clone();
    members.insert("__type".into(), type_name.into());
    members.insert("message".into(), fault.message.as_str().into());
    members
}

/// An answer with the headers that its protocol has.
pub(super) fn http(
    protocol: Protocol,
    model: Option<&Model>,
    status: u16,
    body: Vec<u8>,
    request_id: &str,
) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let json = model.and_then(|model| model.metadata.json_version.as_deref());
    let content_type = match (protocol, json) {
        (Protocol::Json, Some("1.0")) => "application/x-amz-json-1.0",
        (Protocol::Json, _) => "application/x-amz-json-1.1",
        (Protocol::Cbor, _) => "application/cbor",
        (Protocol::Rest, _) => "application/json",
        (Protocol::Ec2, _) => "text/xml;charset=UTF-8",
        (Protocol::Query, _) => "text/xml",
    };
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if protocol == Protocol::Cbor {
        headers.insert("smithy-protocol", HeaderValue::from_static("rpc-v2-cbor"));
    }
    let id = if protocol == Protocol::Ec2 { "x-amz-request-id" } else { "x-amzn-requestid" };
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert(id, value);
    }
    response
}
