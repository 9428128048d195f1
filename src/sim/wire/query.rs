//! Requests of awsQuery and ec2Query.

use serde_json::{Map, Value};

use super::Protocol;
use super::form::{Form, Node};
use super::scalar::{Malformed, from_text, kind_name};
use crate::sim::models::{self, Kind, List, Member, Model, ShapeId, Structure};

/// Parameters that belong to the protocol and to no operation.
const COMMON: [&str; 2] = ["Action", "Version"];

/// The input of a form.
pub(super) fn decode(model: &Model, shape: ShapeId, form: &Form, protocol: Protocol) -> Result<Value, Malformed> {
    let decoder = Decoder { model, ec2: protocol == Protocol::Ec2 };
    if decoder.ec2
        && let Kind::Structure(structure) = &model[shape].kind
    {
        decoder.refuse_unknown(structure, form.root())?;
    }
    decoder.value(shape, form.root(), "")
}

struct Decoder<'m> {
    model: &'m Model,
    ec2: bool,
}

impl Decoder<'_> {
    /// EC2 refuses parameters that it does not know (`UnknownParameter` in
    /// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html>); other services ignore them.
    fn refuse_unknown(&self, structure: &Structure, root: &Node) -> Result<(), Malformed> {
        let known = |part: &str| {
            COMMON.contains(&part)
                || part.starts_with("X-Amz-")
                || structure.members.iter().any(|(name, member)| self.parameter(name, member) == part)
        };
        match root.parts.keys().find(|part| !known(part)) {
            Some(part) => Err(Malformed::Unknown(part.clone())),
            None => Ok(()),
        }
    }

    /// What a member is called in a request: ec2Query has its own name or the location's with a capital
    /// (<https://smithy.io/2.0/aws/protocols/aws-ec2-query-protocol.html>).
    fn parameter(&self, name: &str, member: &Member) -> String {
        if !self.ec2 {
            return member.wire_name(name).to_owned();
        }
        member.query_name.clone().unwrap_or_else(|| capitalised(member.wire_name(name)))
    }

    fn value(&self, shape: ShapeId, node: &Node, path: &str) -> Result<Value, Malformed> {
        match &self.model[shape].kind {
            Kind::Structure(structure) => self.structure(structure, node, path),
            Kind::List(list) => self.list(list, node, path),
            Kind::Map(map) => self.map(map, node, path),
            kind => {
                let text = node.text.as_deref().unwrap_or_default();
                from_text(kind, text).ok_or_else(|| Malformed::Value {
                    path: path.into(),
                    value: text.into(),
                    wanted: kind_name(kind),
                })
            }
        }
    }

    fn structure(&self, structure: &Structure, node: &Node, path: &str) -> Result<Value, Malformed> {
        let mut members = Map::new();
        for (name, member) in &structure.members {
            let parameter = self.parameter(name, member);
            let mut found = node.parts.get(&parameter);
            if let (Kind::List(list), false) = (&self.model[member.shape].kind, self.ec2)
                && list.flattened
            {
                // A flattened list goes by the name of its items.
                found = node.parts.get(list.member.wire_name(&parameter));
            }
            if let Some(found) = found {
                let path = if path.is_empty() { parameter } else { format!("{path}.{parameter}") };
                members.insert(name.clone(), self.value(member.shape, found, &path)?);
            }
        }
        Ok(Value::Object(members))
    }

    fn list(&self, list: &List, node: &Node, path: &str) -> Result<Value, Malformed> {
        let flat = self.ec2 || list.flattened;
        let holder = if flat { Some(node) } else { node.parts.get(list.member.wire_name("member")) };
        let items = holder.map(Node::numbered).unwrap_or_default().into_iter().enumerate();
        let items = items.map(|(place, item)| self.value(list.member.shape, item, &format!("{path}.{}", place + 1)));
        items.collect::<Result<_, _>>().map(Value::Array)
    }

    fn map(&self, map: &models::Map, node: &Node, path: &str) -> Result<Value, Malformed> {
        let holder = if map.flattened { Some(node) } else { node.parts.get("entry") };
        let (key, value) = (map.key.wire_name("key"), map.value.wire_name("value"));
        let mut entries = Map::new();
        for entry in holder.map(Node::numbered).unwrap_or_default() {
            let name = entry.parts.get(key).and_then(|node| node.text.clone()).unwrap_or_default();
            if let Some(found) = entry.parts.get(value) {
                let decoded = self.value(map.value.shape, found, &format!("{path}.{name}"))?;
                entries.insert(name, decoded);
            }
        }
        Ok(Value::Object(entries))
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}
