//! restJson1: paths, query strings, headers and bodies
//! (<https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>).

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use serde_json::{Map, Value};

use super::scalar::{Malformed, from_text, iso8601, kind_name};
use super::{Protocol, error, json};
use crate::sim::models::{Kind, Location, Member, Model, Operation, ShapeId, Structure};

/// What a request carries, by where it carries it.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// Labels of the path with their values.
    labels: Vec<(String, String)>,
    /// The query string's pairs, in their order.
    query: Vec<(String, String)>,
    /// Headers that are text.
    headers: Vec<(String, String)>,
    body: Bytes,
}

/// The operation of `model` whose method and path are those of a request: of several the one with most literal segments.
pub(super) fn find(model: &Model, request: &Request<Bytes>) -> Option<(String, Asked)> {
    let uri = request.uri();
    let query: Vec<(String, String)> =
        form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect();
    let fitting = model.operations().filter(|operation| operation.http.method == request.method().as_str());
    let fitting = fitting.filter_map(|operation| {
        let (path, literals) = operation.http.request_uri.split_once('?').unwrap_or((&operation.http.request_uri, ""));
        let mut wanted = form_urlencoded::parse(literals.as_bytes()).into_owned();
        let labels = labels(path, uri.path())?;
        wanted.all(|pair| query.contains(&pair)).then_some((operation, labels))
    });
    let (operation, labels) = fitting.min_by_key(|(_, labels)| labels.len())?;
    let text = |(name, value): (&HeaderName, &HeaderValue)| Some((name.to_string(), value.to_str().ok()?.to_owned()));
    let headers = request.headers().iter().filter_map(text).collect();
    Some((operation.name.clone(), Asked { labels, query, headers, body: request.body().clone() }))
}

/// Values of a template's labels in a path that fits it; `{label+}` takes the rest of the path.
fn labels(template: &str, path: &str) -> Option<Vec<(String, String)>> {
    let mut found = Vec::new();
    let mut rest = path.strip_prefix('/')?;
    let mut segments = template.strip_prefix('/')?.split('/').peekable();
    while let Some(segment) = segments.next() {
        let greedy = segment.ends_with("+}");
        let (taken, left) = if greedy { (rest, None) } else { cut(rest) };
        match segment.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some(_) if taken.is_empty() => return None,
            Some(name) => found.push((name.trim_end_matches('+').to_owned(), decoded(taken))),
            None if taken == segment => {}
            None => return None,
        }
        match (segments.peek(), left) {
            (Some(_), Some(left)) => rest = left,
            (None, None) => {}
            _ => return None,
        }
    }
    Some(found)
}

/// A path's first segment, and what comes behind it.
fn cut(path: &str) -> (&str, Option<&str>) {
    path.split_once('/').map_or((path, None), |(first, rest)| (first, Some(rest)))
}

/// A segment without its percent signs; a plus is a plus there.
fn decoded(segment: &str) -> String {
    let pair = format!("={}", segment.replace('+', "%2B"));
    form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The input of a request.
pub(super) fn decode(model: &Model, shape: ShapeId, asked: &Asked) -> Result<Value, Malformed> {
    let Kind::Structure(structure) = &model[shape].kind else { return Ok(Value::Null) };
    let mut input = body(model, shape, structure, &asked.body)?;
    for (name, member) in &structure.members {
        let Some(location) = member.location else { continue };
        input.remove(name);
        let wire = member.wire_name(name);
        let texts = match location {
            Location::Uri => all(&asked.labels, wire),
            Location::QueryString => all(&asked.query, wire),
            Location::Header => all(&asked.headers, &wire.to_ascii_lowercase()),
            Location::Headers | Location::StatusCode => Vec::new(),
        };
        if !texts.is_empty() {
            input.insert(name.clone(), value(model, member, name, &texts)?);
        }
    }
    Ok(Value::Object(input))
}

/// The members that the body holds, all of it where there is a payload.
fn body(model: &Model, shape: ShapeId, structure: &Structure, body: &[u8]) -> Result<Map<String, Value>, Malformed> {
    let members = |value| if let Value::Object(members) = value { members } else { Map::new() };
    let Some((name, member)) = structure.payload.as_ref().and_then(|name| structure.members.get_key_value(name)) else {
        return json::decode(model, shape, body).map(members);
    };
    let nothing = body.is_empty();
    let payload = if nothing { None } else { Some(json::decode(model, member.shape, body)?) };
    Ok(payload.map(|payload| (name.clone(), payload)).into_iter().collect())
}

fn all<'a>(pairs: &'a [(String, String)], name: &str) -> Vec<&'a str> {
    pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str()).collect()
}

/// A member from texts: a list has an item for each, anything else the last.
fn value(model: &Model, member: &Member, name: &str, texts: &[&str]) -> Result<Value, Malformed> {
    let scalar = |shape: ShapeId, text: &str| {
        let kind = &model[shape].kind;
        from_text(kind, text).ok_or_else(|| Malformed::Value {
            path: name.into(),
            value: text.into(),
            wanted: kind_name(kind),
        })
    };
    match &model[member.shape].kind {
        Kind::List(list) => {
            texts.iter().map(|text| scalar(list.member.shape, text)).collect::<Result<_, _>>().map(Value::Array)
        }
        _ => scalar(member.shape, texts.last().copied().unwrap_or_default()),
    }
}

/// An output as HTTP.
pub(super) fn respond(model: &Model, operation: &Operation, output: &Value, request_id: &str) -> Response<Bytes> {
    let http = |status, body| error::http(Protocol::Rest, Some(model), status, body, request_id);
    let usual = operation.http.response_code;
    let Some(shape) = operation.output else { return http(usual, b"{}".to_vec()) };
    let Kind::Structure(structure) = &model[shape].kind else { return http(usual, b"{}".to_vec()) };
    let mut inside = output.as_object().cloned().unwrap_or_default();
    let mut status = usual;
    let mut headers = Vec::new();
    for (name, member) in &structure.members {
        let (Some(location), Some(value)) = (member.location, inside.get(name).cloned()) else { continue };
        inside.remove(name);
        match location {
            Location::StatusCode => status = value.as_u64().and_then(|code| u16::try_from(code).ok()).unwrap_or(usual),
            _ => headers.push((member.wire_name(name).to_owned(), header(&model[member.shape].kind, &value))),
        }
    }
    let payload = structure.payload.as_ref().and_then(|name| Some((structure.members.get(name)?, inside.get(name)?)));
    let body = match payload {
        Some((member, value)) => json::encode(model, Some(member.shape), value),
        None => json::encode(model, Some(shape), &Value::Object(inside)),
    };
    let mut response = http(status, body);
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn header(kind: &Kind, value: &Value) -> String {
    match (kind, value) {
        (Kind::Timestamp, seconds) => iso8601(seconds).unwrap_or_default(),
        (_, Value::String(text)) => text.clone(),
        (_, value) => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(template: &str, path: &str) -> Option<Vec<(String, String)>> {
        labels(template, path)
    }

    fn one(name: &str, value: &str) -> Option<Vec<(String, String)>> {
        Some(vec![(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_path_fits_its_template_segment_by_segment() {
        assert_eq!(found("/schedules", "/schedules"), Some(Vec::new()));
        assert_eq!(found("/schedules/{Name}", "/schedules/harbor-rotate"), one("Name", "harbor-rotate"));
        assert_eq!(found("/schedules/{Name}", "/schedules/a%2Fb%20c+d"), one("Name", "a/b c+d"));
        assert_eq!(found("/tags/{Arn+}", "/tags/arn:a/b"), one("Arn", "arn:a/b"));
        for path in ["/", "/schedules/", "/schedules/a/b", "/other/a", "schedules/a"] {
            assert_eq!(found("/schedules/{Name}", path), None, "{path}");
        }
    }
}
