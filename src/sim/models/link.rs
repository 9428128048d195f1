//! From the JSON of a model to shapes that refer to each other by place.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::Deserialize;

use super::{
    ErrorTrait, Http, Kind, List, Location, Map, Member, Metadata, Model, Operation, Shape, ShapeId, Structure,
};

#[derive(Deserialize)]
struct RawModel {
    metadata: Metadata,
    operations: BTreeMap<String, RawOperation>,
    shapes: BTreeMap<String, RawShape>,
}

#[derive(Deserialize)]
struct RawOperation {
    name: String,
    input: Option<RawMember>,
    output: Option<RawMember>,
    http: Http,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawMember {
    shape: String,
    location_name: Option<String>,
    location: Option<Location>,
    query_name: Option<String>,
    result_wrapper: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawShape {
    #[serde(rename = "type")]
    kind: String,
    members: Option<BTreeMap<String, RawMember>>,
    #[serde(default)]
    required: Vec<String>,
    member: Option<RawMember>,
    key: Option<RawMember>,
    value: Option<RawMember>,
    #[serde(default, rename = "enum")]
    values: Vec<String>,
    min: Option<f64>,
    max: Option<f64>,
    pattern: Option<String>,
    #[serde(default)]
    flattened: bool,
    #[serde(default)]
    union: bool,
    payload: Option<String>,
    #[serde(default)]
    document: bool,
    #[serde(default)]
    exception: bool,
    #[serde(default)]
    fault: bool,
    #[serde(default)]
    eventstream: bool,
    #[serde(default)]
    error: ErrorTrait,
}

/// Reads and links one model.
pub(super) fn model(service: &'static str, source: &str) -> Result<Model, String> {
    let raw: RawModel = serde_json::from_str(source).map_err(|error| error.to_string())?;
    let ids = raw.shapes.keys().enumerate().map(|(place, name)| (name.clone(), ShapeId(place))).collect();
    let linker = Linker { ids };
    let operations = raw.operations.into_values().map(|operation| linker.operation(operation));
    let operations = operations.collect::<Result<_, _>>()?;
    let shapes = raw.shapes.into_iter().map(|(name, shape)| linker.shape(name, shape)).collect::<Result<_, _>>()?;
    Ok(Model { service, metadata: raw.metadata, operations, shapes })
}

struct Linker {
    ids: HashMap<String, ShapeId>,
}

impl Linker {
    fn id(&self, name: &str) -> Result<ShapeId, String> {
        self.ids.get(name).copied().ok_or_else(|| format!("no shape {name}"))
    }

    fn operation(&self, raw: RawOperation) -> Result<(String, Operation), String> {
        let id = |member: &Option<RawMember>| member.as_ref().map(|member| self.id(&member.shape)).transpose();
        let operation = Operation {
            name: raw.name.clone(),
            input: id(&raw.input)?,
            output: id(&raw.output)?,
            result_wrapper: raw.output.and_then(|output| output.result_wrapper),
            http: raw.http,
        };
        Ok((raw.name, operation))
    }

    fn member(&self, raw: RawMember) -> Result<Member, String> {
        Ok(Member {
            shape: self.id(&raw.shape)?,
            location_name: raw.location_name,
            query_name: raw.query_name,
            location: raw.location,
        })
    }

    fn part(&self, raw: Option<RawMember>) -> Result<Member, String> {
        self.member(raw.ok_or("a list or a map without its parts")?)
    }

    fn shape(&self, name: String, raw: RawShape) -> Result<Shape, String> {
        let (min, max, pattern) = (raw.min, raw.max, raw.pattern.clone());
        let kind = self.kind(raw).map_err(|error| format!("{name}: {error}"))?;
        Ok(Shape { name, kind, min, max, pattern, compiled: OnceLock::new() })
    }

    fn kind(&self, raw: RawShape) -> Result<Kind, String> {
        Ok(match raw.kind.as_str() {
            "structure" => Kind::Structure(self.structure(raw)?),
            "list" => Kind::List(List { member: self.part(raw.member)?, flattened: raw.flattened }),
            "map" => {
                Kind::Map(Map { key: self.part(raw.key)?, value: self.part(raw.value)?, flattened: raw.flattened })
            }
            "string" | "character" => Kind::String(raw.values),
            "integer" => Kind::Integer,
            "long" => Kind::Long,
            "float" => Kind::Float,
            "double" => Kind::Double,
            "boolean" => Kind::Boolean,
            "timestamp" => Kind::Timestamp,
            "blob" => Kind::Blob,
            other => return Err(format!("unknown type {other}")),
        })
    }

    fn structure(&self, raw: RawShape) -> Result<Structure, String> {
        let members = raw.members.unwrap_or_default().into_iter();
        let members = members.map(|(name, member)| Ok((name, self.member(member)?))).collect::<Result<_, String>>()?;
        Ok(Structure {
            members,
            required: raw.required,
            union: raw.union,
            payload: raw.payload,
            document: raw.document,
            exception: raw.exception,
            fault: raw.fault,
            event_stream: raw.eventstream,
            error: raw.error,
        })
    }
}
