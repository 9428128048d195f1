//! Answers of awsQuery and ec2Query.

use std::borrow::Cow;

use serde_json::Value;

use super::scalar::iso8601;
use crate::sim::models::{Kind, Member, Model, Operation, ShapeId, Structure};

/// `text` for an element's content. XML 1.0 has no way at all to say most control characters.
fn escape(text: &str) -> Cow<'_, str> {
    let unspeakable = |letter: char| letter.is_ascii_control() && !matches!(letter, '\t' | '\n' | '\r');
    match text.contains(unspeakable) {
        true => Cow::Owned(quick_xml::escape::escape(text.replace(unspeakable, "\u{fffd}")).into_owned()),
        false => quick_xml::escape::escape(text),
    }
}

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8"?>"#;

/// `<XResponse xmlns=…><requestId>…</requestId>…</XResponse>`
pub(super) fn ec2(model: &Model, operation: &Operation, output: &Value, request_id: &str) -> Vec<u8> {
    let mut xml = Xml::new(model);
    let response = format!("{}Response", operation.name);
    xml.open_root(&response);
    xml.leaf("requestId", request_id);
    xml.output(operation, output);
    xml.close(&response);
    xml.text.into_bytes()
}

/// `<XResponse xmlns=…><XResult>…</XResult><ResponseMetadata><RequestId>…`
pub(super) fn query(model: &Model, operation: &Operation, output: &Value, request_id: &str) -> Vec<u8> {
    let mut xml = Xml::new(model);
    let response = format!("{}Response", operation.name);
    xml.open_root(&response);
    if let Some(result) = &operation.result_wrapper {
        xml.open(result);
        xml.output(operation, output);
        xml.close(result);
    }
    xml.open("ResponseMetadata");
    xml.leaf("RequestId", request_id);
    xml.close("ResponseMetadata");
    xml.close(&response);
    xml.text.into_bytes()
}

/// An error of ec2Query.
pub(super) fn ec2_error(code: &str, message: &str, request_id: &str) -> Vec<u8> {
    let (code, message) = (escape(code), escape(message));
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let body = format!("<Response><Errors>{error}</Errors><RequestID>{}</RequestID></Response>", escape(request_id));
    format!("{DECLARATION}\n{body}").into_bytes()
}

/// An error of awsQuery, whose further `members` are text.
pub(super) fn query_error<'v>(
    namespace: &str,
    error: [&str; 3],
    members: impl Iterator<Item = (&'v str, &'v Value)>,
    request_id: &str,
) -> Vec<u8> {
    let [sender, code, message] = error.map(escape);
    let mut body = format!(r#"<ErrorResponse xmlns="{}"><Error>"#, escape(namespace));
    body += &format!("<Type>{sender}</Type><Code>{code}</Code><Message>{message}</Message>");
    for (name, value) in members {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        body += &format!("<{name}>{}</{name}>", escape(&text));
    }
    body += &format!("</Error><RequestId>{}</RequestId></ErrorResponse>", escape(request_id));
    body.into_bytes()
}

struct Xml<'m> {
    model: &'m Model,
    text: String,
}

impl<'m> Xml<'m> {
    fn new(model: &'m Model) -> Self {
        let text = if model.metadata.speaks("ec2") { format!("{DECLARATION}\n") } else { String::new() };
        Self { model, text }
    }

    /// EC2's model leaves the slash off that its answers have at the end of the namespace.
    fn open_root(&mut self, name: &str) {
        let namespace = self.model.metadata.xml_namespace.as_deref().unwrap_or_default().trim_end_matches('/');
        self.text += &format!(r#"<{name} xmlns="{}/">"#, escape(namespace));
    }

    fn open(&mut self, name: &str) {
        self.text.push('<');
        self.text += name;
        self.text.push('>');
    }

    fn close(&mut self, name: &str) {
        self.text += "</";
        self.text += name;
        self.text.push('>');
    }

    fn leaf(&mut self, name: &str, text: &str) {
        self.open(name);
        self.text += &escape(text);
        self.close(name);
    }

    fn output(&mut self, operation: &Operation, output: &Value) {
        if let Some(Kind::Structure(structure)) = operation.output.map(|shape| &self.model[shape].kind) {
            self.members(structure, output);
        }
    }

    fn members(&mut self, structure: &Structure, value: &Value) {
        let Some(object) = value.as_object() else { return };
        for (name, value) in object.iter().filter(|(_, value)| !value.is_null()) {
            if let Some(member) = structure.members.get(name) {
                self.element(member.wire_name(name), member.shape, value);
            }
        }
    }

    fn element(&mut self, name: &str, shape: ShapeId, value: &Value) {
        match (&self.model[shape].kind, value) {
            (Kind::List(list), Value::Array(items)) if list.flattened => {
                for item in items {
                    self.element(list.member.wire_name(name), list.member.shape, item);
                }
            }
            (Kind::Map(map), Value::Object(entries)) if map.flattened => {
                for (key, value) in entries {
                    self.entry(name, [&map.key, &map.value], key, value);
                }
            }
            _ => {
                self.open(name);
                self.content(shape, value);
                self.close(name);
            }
        }
    }

    fn content(&mut self, shape: ShapeId, value: &Value) {
        match (&self.model[shape].kind, value) {
            (Kind::Structure(structure), value) => self.members(structure, value),
            (Kind::List(list), Value::Array(items)) => {
                for item in items {
                    self.element(list.member.wire_name("member"), list.member.shape, item);
                }
            }
            (Kind::Map(map), Value::Object(entries)) => {
                for (key, value) in entries {
                    self.entry("entry", [&map.key, &map.value], key, value);
                }
            }
            (Kind::Timestamp, value) => self.text += &iso8601(value).unwrap_or_default(),
            (_, Value::String(text)) => self.text += &escape(text),
            (_, value) => self.text += &value.to_string(),
        }
    }

    fn entry(&mut self, name: &str, [key_member, value_member]: [&Member; 2], key: &str, value: &Value) {
        self.open(name);
        self.leaf(key_member.wire_name("key"), key);
        self.element(value_member.wire_name("value"), value_member.shape, value);
        self.close(name);
    }
}
