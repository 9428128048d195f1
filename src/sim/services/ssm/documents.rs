//! Documents of type Automation
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html>).

use serde_json::{Map, Value, json};

use super::super::page::{compact, given_tags, seconds, tag_list, text, texts};
use super::paged;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::runbook::{Parameter, to_json};
use crate::sim::world::World;
use crate::sim::world::automation::StoredDocument;

/// Bytes that a document may have
/// (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>).
const LARGEST: usize = 64 * 1024;

/// `CreateDocument`: checked as a whole; JSON unless it says otherwise.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let (name, content) =
        (text(call.input, "Name").unwrap_or_default(), text(call.input, "Content").unwrap_or_default());
    let kind = text(call.input, "DocumentType").unwrap_or("Command");
    if kind != "Automation" {
        return Err(invalid(format!("Documents of type {kind} are not supported.")));
    }
    let reserved = ["aws", "amazon", "amzn"].iter().any(|prefix| name.to_lowercase().starts_with(prefix));
    if reserved {
        return Err(Fault::new("ValidationException", "Names that begin with aws, amazon or amzn are AWS's own."));
    }
    if world.documents.contains_key(name) {
        return Err(Fault::new("DocumentAlreadyExists", format!("Document with same name {name} already exists")));
    }
    if content.len() > LARGEST {
        return Err(Fault::new("MaxDocumentSizeExceeded", "The size limit of a document is 64 KB."));
    }
    let format = text(call.input, "DocumentFormat").unwrap_or("JSON");
    if format == "TEXT" {
        return Err(invalid("Documents of type Automation are YAML or JSON."));
    }
    if format == "JSON" && serde_json::from_str::<Value>(content).is_err() {
        return Err(invalid("JSON not well-formed."));
    }
    world.keep_document(name, content, format).map_err(invalid)?;
    let tags = given_tags(call.input, "Tags", "Key", "Value");
    let Some(stored) = world.documents.get_mut(name) else { return Err(absent()) };
    stored.tags = tags;
    let stored = stored.clone();
    Ok(json!({ "DocumentDescription": description(world, &stored) }))
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidDocumentContent", message)
}

fn absent() -> Fault {
    Fault::new("InvalidDocument", "Document does not exist in your account or is not shared with you.")
}

/// Documents have one version here.
fn stored<'w>(world: &'w World, input: &Map<String, Value>) -> Result<&'w StoredDocument, Fault> {
    let name = text(input, "Name").and_then(|name| name.rsplit('/').next()).unwrap_or_default();
    let stored = world.documents.get(name).ok_or_else(absent)?;
    if !["1", "$DEFAULT", "$LATEST"].contains(&text(input, "DocumentVersion").unwrap_or("1")) {
        return Err(Fault::new("InvalidDocumentVersion", "The document version is not valid or does not exist."));
    }
    Ok(stored)
}

/// `GetDocument`: as JSON unless it says otherwise
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetDocument.html>).
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    let stored = stored(world, call.input)?;
    let wanted = text(call.input, "DocumentFormat").unwrap_or("JSON");
    let content = match (wanted, stored.format.as_str()) {
        ("JSON", "YAML") => to_json(&stored.content).map_err(invalid)?,
        // Any JSON is YAML too.
        ("JSON" | "YAML", _) => stored.content.clone(),
        _ => return Err(Fault::new("ValidationException", "Documents of type Automation are YAML or JSON.")),
    };
    Ok(json!({
        "Name": stored.name,
        "CreatedDate": seconds(stored.created_at),
        "DocumentVersion": "1",
        "Status": "Active",
        "Content": content,
        "DocumentType": "Automation",
        "DocumentFormat": wanted,
        "AttachmentsContent": [],
    }))
}

/// `DescribeDocument`.
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    Ok(json!({ "Document": description(world, stored(world, call.input)?) }))
}

fn description(world: &World, stored: &StoredDocument) -> Value {
    let parameters: Vec<Value> =
        stored.document.parameters.iter().map(|(name, parameter)| declared(name, parameter)).collect();
    compact(json!({
        "Name": stored.name,
        "Owner": world.account,
        "CreatedDate": seconds(stored.created_at),
        "Status": "Active",
        "DocumentVersion": "1",
        "LatestVersion": "1",
        "DefaultVersion": "1",
        "Description": Some(&stored.document.description).filter(|text| !text.is_empty()),
        "Parameters": parameters,
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "DocumentType": "Automation",
        "SchemaVersion": "0.3",
        "DocumentFormat": stored.format,
        "Tags": tag_list(&stored.tags, "Key", "Value"),
    }))
}

/// A parameter as a description shows it: every type but the two that the model knows is a `String`.
fn declared(name: &str, parameter: &Parameter) -> Value {
    json!({
        "Name": name,
        "Type": if parameter.kind == "StringList" { "StringList" } else { "String" },
        "Description": parameter.description,
        "DefaultValue": parameter.default.as_ref().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)),
    })
}

/// `ListDocuments`: by name, owner, type or tag.
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let filters = call.input.get("Filters").and_then(Value::as_array).into_iter().flatten();
    let filters: Vec<(&str, Vec<&str>)> = filters
        .filter_map(Value::as_object)
        .map(|filter| (text(filter, "Key").unwrap_or_default(), texts(filter, "Values")))
        .collect();
    let known = |key: &str| ["Name", "Owner", "DocumentType"].contains(&key) || key.starts_with("tag:");
    if call.input.contains_key("DocumentFilterList") || filters.iter().any(|(key, _)| !known(key)) {
        return Err(Fault::new("InvalidFilterKey", "The specified filter key isn't valid."));
    }
    let found = world.documents.values().filter(|stored| filters.iter().all(|(key, values)| has(stored, key, values)));
    let (items, next) = paged(call, found.map(|stored| (stored.name.clone(), identifier(world, stored))))?;
    Ok(compact(json!({ "DocumentIdentifiers": items, "NextToken": next })))
}

fn has(stored: &StoredDocument, key: &str, values: &[&str]) -> bool {
    match key.strip_prefix("tag:") {
        Some(tag) => stored.tags.get(tag).is_some_and(|value| values.is_empty() || values.contains(&value.as_str())),
        None if key == "Name" => values.iter().any(|prefix| stored.name.starts_with(prefix)),
        None if key == "Owner" => values.iter().any(|owner| ["Self", "All", "Private"].contains(owner)),
        None => values.contains(&"Automation"),
    }
}

fn identifier(world: &World, stored: &StoredDocument) -> Value {
    json!({
        "Name": stored.name,
        "CreatedDate": seconds(stored.created_at),
        "Owner": world.account,
        "PlatformTypes": ["Windows", "Linux", "MacOS"],
        "DocumentVersion": "1",
        "DocumentType": "Automation",
        "SchemaVersion": "0.3",
        "DocumentFormat": stored.format,
        "Tags": tag_list(&stored.tags, "Key", "Value"),
    })
}
