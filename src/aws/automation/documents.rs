//! Runbooks: documents of type Automation, with what they can be told.

use std::collections::BTreeMap;

use aws_sdk_ssm::types::{DocumentFormat, DocumentIdentifier, DocumentKeyValuesFilter};
use serde_json::{Map, Value};

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, in_batches};
use crate::fleet::runbook::{Parameter, Runbook, RunbookStep};
use crate::text;

const LIST: &str = "ssm:ListDocuments";
const GET: &str = "ssm:GetDocument";
/// The largest page, from the service model.
const PAGE: i32 = 50;
/// Documents beside those that were asked for by name which are read at most.
const MOST: usize = 50;
/// Lines of a description that are kept.
const LINES: usize = 60;
/// Its value is free: whoever has it is offered in the console.
const TAG: &str = "tag:quarterdeck:runbook";

/// The runbooks of those names, as far as they exist, and those that the account has tagged for the console.
pub(in crate::aws) async fn read(calls: &Calls, names: &[String]) -> Gathered<Vec<Runbook>> {
    let listed = all_pages("tagged runbooks", |token| list(calls, token)).await;
    let tags: BTreeMap<String, BTreeMap<String, String>> = listed.rows.into_iter().collect();
    let others: Vec<&String> = tags.keys().filter(|name| !names.contains(name)).collect();
    let mut wanted = names.to_vec();
    wanted.extend(others.iter().take(MOST).map(|name| (*name).clone()));
    let mut harvest = in_batches("runbooks", &wanted, 1, |names| get(calls, names)).await;
    harvest.missing.extend(listed.missing);
    if others.len() > MOST {
        harvest.spare(format!("{} of {} tagged runbooks", others.len() - MOST, others.len()));
    }
    for runbook in &mut harvest.rows {
        runbook.tags = tags.get(&runbook.name).cloned().unwrap_or_default();
    }
    harvest.rows.sort_by(|one, other| one.name.cmp(&other.name));
    harvest.finish()
}

type Tagged = (String, BTreeMap<String, String>);

async fn list(calls: &Calls, token: Option<String>) -> Result<Page<Tagged>, Refusal> {
    let filter = |key: &str, value: Option<&str>| {
        DocumentKeyValuesFilter::builder().key(key).set_values(value.map(|value| vec![value.to_owned()])).build()
    };
    let request = calls
        .clients
        .ssm
        .list_documents()
        .filters(filter("Owner", Some("Self")))
        .filters(filter("DocumentType", Some("Automation")))
        .filters(filter(TAG, None))
        .max_results(PAGE)
        .set_next_token(token);
    let output = calls.call(Family::Documents, LIST, request.send()).await?;
    Ok(Page { rows: output.document_identifiers().iter().filter_map(tagged).collect(), next: output.next_token })
}

fn tagged(document: &DocumentIdentifier) -> Option<Tagged> {
    let tags = document.tags().iter().map(|tag| (words(Some(tag.key())), words(Some(tag.value()))));
    Some((maybe(document.name())?, tags.collect()))
}

/// One document; one that is not there is no failure.
async fn get(calls: &Calls, names: Vec<String>) -> Result<Harvest<Runbook>, Refusal> {
    let mut harvest = Harvest::default();
    for name in names {
        let request = calls.clients.ssm.get_document().name(&name).document_format(DocumentFormat::Json);
        match calls.call(Family::Documents, GET, request.send()).await {
            Ok(output) => {
                let version = words(output.document_version());
                harvest.land(runbook(&name, version, output.content().unwrap_or_default()));
            }
            Err(refusal) if refusal.is("InvalidDocument") => harvest.land([]),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(harvest)
}

/// What a document says; nothing if it is no document of Automation.
fn runbook(name: &str, version: String, content: &str) -> Option<Runbook> {
    let Ok(Value::Object(document)) = serde_json::from_str(content) else { return None };
    let string = |key: &str| document.get(key).and_then(Value::as_str);
    let none = Map::new();
    let parameters = document.get("parameters").and_then(Value::as_object).unwrap_or(&none);
    let steps = document.get("mainSteps").and_then(Value::as_array).into_iter().flatten();
    let description = text::clean_lines(string("description").unwrap_or_default()).into_owned();
    Some(Runbook {
        name: words(Some(name)),
        version,
        owner: None,
        description: description.lines().take(LINES).map(str::to_owned).collect(),
        assume_role: maybe(string("assumeRole")),
        parameters: parameters.iter().map(|(name, value)| parameter(name, value)).collect(),
        steps: steps.filter_map(step).collect(),
        tags: BTreeMap::new(),
    })
}

fn step(step: &Value) -> Option<RunbookStep> {
    let said = |key: &str| step.get(key).and_then(Value::as_str);
    Some(RunbookStep {
        name: maybe(said("name"))?,
        action: words(said("action")),
        description: maybe(said("description")),
    })
}

fn parameter(name: &str, declared: &Value) -> Parameter {
    let said = |key: &str| maybe(declared.get(key).and_then(Value::as_str));
    let number = |key: &str| declared.get(key).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok());
    Parameter {
        name: words(Some(name)),
        kind: said("type").unwrap_or_else(|| "String".to_owned()),
        description: said("description"),
        default: declared.get("default").map(values),
        allowed_pattern: said("allowedPattern"),
        allowed_values: declared.get("allowedValues").map(values).unwrap_or_default(),
        items: (number("minItems"), number("maxItems")),
        chars: (number("minChars"), number("maxChars")),
    }
}

/// Texts as they are, everything else as JSON.
fn values(value: &Value) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => words(Some(text)),
        other => words(Some(&other.to_string())),
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => vec![one(other)],
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_document_says_what_it_can_be_told() {
        let content = r#"{"schemaVersion": "0.3", "description": "One\n\nTwo\u001b[2J", "assumeRole": "arn:{{ global:ACCOUNT_ID }}",
            "parameters": {"Hosts": {"type": "StringList", "minItems": 1, "maxItems": 3, "default": ["a", "b"]},
                           "Count": {"type": "Integer", "default": 3, "allowedValues": [3, 5]}, "Why": {}},
            "mainSteps": [{"name": "go", "action": "aws:sleep", "inputs": {}}, {"action": "nameless"}]}"#;
        let runbook = runbook("R", "2".to_owned(), content).unwrap();
        assert_eq!(runbook.description, ["One", "", "Two␛[2J"]);
        let hosts = runbook.parameter("Hosts").unwrap();
        assert!(hosts.is_list() && hosts.items == (Some(1), Some(3)));
        assert_eq!(hosts.default.as_deref(), Some(&["a".to_owned(), "b".to_owned()][..]));
        let count = runbook.parameter("Count").unwrap();
        assert_eq!((count.default.as_deref(), count.allowed_values.len()), (Some(&["3".to_owned()][..]), 2));
        assert_eq!((runbook.parameter("Why").unwrap().kind.as_str(), runbook.steps.len()), ("String", 1));
    }

    #[test]
    fn what_is_no_document_is_none() {
        for content in ["", "[]", "schemaVersion: '0.3'", "{"] {
            assert_eq!(runbook("R", String::new(), content), None);
        }
    }
}
