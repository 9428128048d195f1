//! From a document's text to a document, with everything that is wrong with it said at once where it is found.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::document::{Action, Document, OnFailure, Output, Step, Variable};
use super::parameter::{KINDS, Parameter, compiled};
use super::selector::Selector;
use super::{inputs, template};

/// Types of outputs
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-outputs-inputs.html>).
const OUTPUTS: [&str; 6] = ["String", "Integer", "Boolean", "StringList", "StringMap", "MapList"];

/// Reads a document
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-schemas-features.html>).
pub(super) fn document(value: &Value) -> Result<Document, String> {
    let members = map(value, "the document")?;
    let known = ["description", "schemaVersion", "assumeRole", "parameters", "variables", "mainSteps", "outputs"];
    only(members, &known, "the document")?;
    if members.get("schemaVersion").map(super::selector::shown).as_deref() != Some("0.3") {
        return Err("schemaVersion has to be '0.3' for a document of type Automation".into());
    }
    let steps = steps(members.get("mainSteps").ok_or("mainSteps is missing")?, false)?;
    let document = Document {
        description: text(members, "description")?.unwrap_or_default(),
        assume_role: text(members, "assumeRole")?.filter(|role| !role.is_empty()),
        parameters: named(members, "parameters", parameter)?,
        variables: named(members, "variables", variable)?,
        steps,
        outputs: texts(members, "outputs")?,
    };
    unique(&document)?;
    references(&document)?;
    Ok(document)
}

fn map<'v>(value: &'v Value, what: &str) -> Result<&'v Map<String, Value>, String> {
    value.as_object().ok_or_else(|| format!("{what} is no map"))
}

fn only(members: &Map<String, Value>, known: &[&str], what: &str) -> Result<(), String> {
    match members.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(format!("{what}: {name} is not supported; known are {}", known.join(", "))),
        None => Ok(()),
    }
}

fn text(members: &Map<String, Value>, name: &str) -> Result<Option<String>, String> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(other) => Err(format!("{name} is a text, not {other}")),
    }
}

fn texts(members: &Map<String, Value>, name: &str) -> Result<Vec<String>, String> {
    let Some(value) = members.get(name) else { return Ok(Vec::new()) };
    let items = value.as_array().ok_or_else(|| format!("{name} is no list"))?;
    let items = items.iter().map(|item| item.as_str().map(str::to_owned));
    items.collect::<Option<_>>().ok_or_else(|| format!("{name} is no list of texts"))
}

/// `true` and `false` may be quoted, as AWS's own examples do.
fn boolean(members: &Map<String, Value>, name: &str, usual: bool) -> Result<bool, String> {
    match members.get(name) {
        None => Ok(usual),
        Some(Value::Bool(truth)) => Ok(*truth),
        Some(Value::String(text)) if text == "true" || text == "false" => Ok(text == "true"),
        Some(other) => Err(format!("{name} is true or false, not {other}")),
    }
}

fn count(members: &Map<String, Value>, name: &str) -> Result<Option<u64>, String> {
    let Some(value) = members.get(name) else { return Ok(None) };
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
    number.map(Some).ok_or_else(|| format!("{name} is a whole number, not {value}"))
}

fn named<T>(
    members: &Map<String, Value>,
    section: &str,
    read: impl Fn(&Map<String, Value>) -> Result<T, String>,
) -> Result<BTreeMap<String, T>, String> {
    let Some(section_value) = members.get(section) else { return Ok(BTreeMap::new()) };
    let entries = map(section_value, section)?.iter().map(|(name, value)| {
        let what = format!("{section}.{name}");
        let one = map(value, &what).and_then(&read).map_err(|wrong| format!("{what}: {wrong}"))?;
        Ok((name.clone(), one))
    });
    entries.collect()
}

fn parameter(members: &Map<String, Value>) -> Result<Parameter, String> {
    let known = [
        "type",
        "description",
        "default",
        "allowedValues",
        "allowedPattern",
        "displayType",
        "minItems",
        "maxItems",
        "minChars",
        "maxChars",
    ];
    only(members, &known, "a parameter")?;
    let kind = text(members, "type")?.ok_or("type is missing")?;
    let plain = kind.strip_prefix("List<").and_then(|kind| kind.strip_suffix('>')).unwrap_or(&kind);
    if !KINDS.contains(&plain) {
        return Err(format!("type {kind} is not one of {}", KINDS.join(", ")));
    }
    let pattern = text(members, "allowedPattern")?;
    pattern.as_deref().map(compiled).transpose()?;
    let allowed = members.get("allowedValues").map(|v| v.as_array().cloned().ok_or("allowedValues is no list"));
    let parameter = Parameter {
        kind,
        description: text(members, "description")?.unwrap_or_default(),
        default: members.get("default").cloned(),
        allowed_values: allowed.transpose()?.unwrap_or_default(),
        allowed_pattern: pattern,
        items: (count(members, "minItems")?, count(members, "maxItems")?),
        chars: (count(members, "minChars")?, count(members, "maxChars")?),
    };
    // An empty default means "not given" and need not match.
    if let Some(default) = parameter.default.as_ref().filter(|default| *default != "") {
        of_kind(&parameter.kind, default)?;
        parameter.accept("default", default)?;
    }
    Ok(parameter)
}

/// A document's own values are of the type that it names: neither a quoted number nor a quoted boolean is
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html>).
fn of_kind(kind: &str, value: &Value) -> Result<(), String> {
    let is = match kind {
        "Integer" => value.is_i64(),
        "Boolean" => value.is_boolean(),
        "StringList" | "MapList" => value.is_array(),
        "StringMap" => value.is_object(),
        _ if kind.starts_with("List<") => value.is_array(),
        _ => value.is_string(),
    };
    if is { Ok(()) } else { Err(format!("the default {value} is no {kind}")) }
}

/// <https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-update-variable.html>
fn variable(members: &Map<String, Value>) -> Result<Variable, String> {
    only(members, &["type", "default"], "a variable")?;
    let kind = text(members, "type")?.ok_or("type is missing")?;
    if !OUTPUTS.contains(&kind.as_str()) {
        return Err(format!("type {kind} is not one of {}", OUTPUTS.join(", ")));
    }
    let default = members.get("default").cloned().ok_or("default is missing")?;
    of_kind(&kind, &default)?;
    Ok(Variable { kind, default })
}

fn steps(value: &Value, inside: bool) -> Result<Vec<Step>, String> {
    let items = value.as_array().filter(|items| !items.is_empty()).ok_or("steps are a list that is not empty")?;
    let read = |(place, item): (usize, &Value)| {
        let members = map(item, &format!("step {}", place + 1))?;
        let name = text(members, "name")?.ok_or_else(|| format!("step {} has no name", place + 1))?;
        step(members, &name, inside).map_err(|wrong| format!("step {name}: {wrong}"))
    };
    let steps: Vec<Step> = items.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    for step in &steps {
        targets(step, &steps).map_err(|wrong| format!("step {}: {wrong}", step.name))?;
    }
    Ok(steps)
}

/// Properties that all actions share
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html>).
fn step(members: &Map<String, Value>, name: &str, inside: bool) -> Result<Step, String> {
    let known = [
        "name",
        "action",
        "description",
        "inputs",
        "nextStep",
        "isEnd",
        "isCritical",
        "onFailure",
        "onCancel",
        "timeoutSeconds",
        "maxAttempts",
        "outputs",
    ];
    only(members, &known, "a step")?;
    if name.is_empty() || name.len() > 128 || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err("a name has 1 to 128 letters, digits and underscores".into());
    }
    let word = text(members, "action")?.ok_or("action is missing")?;
    let action = Action::ALL.iter().find(|(known, _)| *known == word).map(|(_, action)| *action).ok_or_else(|| {
        let known: Vec<&str> = Action::ALL.iter().map(|(word, _)| *word).collect();
        format!("action {word} is not supported; known are {}", known.join(", "))
    })?;
    let mut given = members.get("inputs").cloned().unwrap_or_else(|| Value::Object(Map::new()));
    let body = match (action, inside) {
        (Action::Loop, true) => return Err("a loop within a loop is not supported".into()),
        (Action::Loop, false) => {
            let body = given.as_object_mut().and_then(|inputs| inputs.remove("Steps")).ok_or("Steps is missing")?;
            steps(&body, true)?
        }
        _ => Vec::new(),
    };
    inputs::check(action, map(&given, "inputs")?)?;
    let step = Step {
        name: name.to_owned(),
        action,
        on_failure: on_failure(members)?,
        on_cancel: on_cancel(members, action)?,
        critical: boolean(members, "isCritical", true)?,
        end: boolean(members, "isEnd", false)?,
        next: text(members, "nextStep")?,
        timeout: members.get("timeoutSeconds").cloned(),
        attempts: u32::try_from(count(members, "maxAttempts")?.unwrap_or(1)).unwrap_or(0),
        inputs: given,
        outputs: outputs(members, action)?,
        body,
    };
    consistent(&step, inside)?;
    Ok(step)
}

fn consistent(step: &Step, inside: bool) -> Result<(), String> {
    if step.attempts == 0 {
        return Err("maxAttempts is at least 1".into());
    }
    if step.end && inside {
        return Err("isEnd is not supported within a loop".into());
    }
    if step.end && step.next.is_some() {
        return Err("a step has isEnd or nextStep, not both".into());
    }
    if step.action == Action::Branch && (step.end || step.next.is_some()) {
        return Err("a branch goes where its choices and Default lead: isEnd and nextStep mean nothing there".into());
    }
    let Some(timeout) = &step.timeout else { return Ok(()) };
    let number = timeout.as_f64().or_else(|| timeout.as_str()?.parse().ok());
    let templated = timeout.as_str().is_some_and(|text| text.contains("{{"));
    match (number, step.action.longest_timeout()) {
        (Some(seconds), Some(longest)) if seconds > longest => Err(format!("timeoutSeconds is at most {longest}")),
        (Some(seconds), _) if seconds > 0.0 => Ok(()),
        _ if templated => Ok(()),
        _ => Err(format!("timeoutSeconds is a number above 0, not {timeout}")),
    }
}

fn on_failure(members: &Map<String, Value>) -> Result<OnFailure, String> {
    match text(members, "onFailure")?.as_deref() {
        None | Some("Abort") => Ok(OnFailure::Abort),
        Some("Continue") => Ok(OnFailure::Continue),
        Some(other) => match other.strip_prefix("step:") {
            Some(step) => Ok(OnFailure::Step(step.trim().to_owned())),
            None => Err(format!("onFailure is Abort, Continue or step:NAME, not {other}")),
        },
    }
}

fn on_cancel(members: &Map<String, Value>, action: Action) -> Result<Option<String>, String> {
    match text(members, "onCancel")?.as_deref() {
        None | Some("Abort") => Ok(None),
        Some(other) => match other.strip_prefix("step:") {
            Some(_) if !action.may_move_on_cancel() => {
                Err(format!("onCancel cannot lead from {} to another step", action.word()))
            }
            Some(step) => Ok(Some(step.trim().to_owned())),
            None => Err(format!("onCancel is Abort or step:NAME, not {other}")),
        },
    }
}

fn outputs(members: &Map<String, Value>, action: Action) -> Result<Vec<Output>, String> {
    let Some(value) = members.get("outputs") else { return Ok(Vec::new()) };
    if action != Action::ExecuteApi {
        return Err(format!("outputs are not supported for {}", action.word()));
    }
    let items = value.as_array().ok_or("outputs is no list")?;
    let read = |item: &Value| {
        let members = map(item, "an output")?;
        only(members, &["Name", "Selector", "Type"], "an output")?;
        let name = text(members, "Name")?.ok_or("an output has no Name")?;
        let selector = text(members, "Selector")?.ok_or_else(|| format!("output {name} has no Selector"))?;
        Selector::read(&selector)?;
        let kind = text(members, "Type")?.unwrap_or_else(|| "String".into());
        if !OUTPUTS.contains(&kind.as_str()) {
            return Err(format!("output {name}: type {kind} is not one of {}", OUTPUTS.join(", ")));
        }
        Ok(Output { name, selector, kind })
    };
    items.iter().map(read).collect()
}

/// Whether the steps that a step leads to are beside it.
fn targets(step: &Step, beside: &[Step]) -> Result<(), String> {
    let mut wanted: Vec<(&str, String)> = Vec::new();
    wanted.extend(step.next.iter().map(|name| ("nextStep", name.clone())));
    wanted.extend(step.on_cancel.iter().map(|name| ("onCancel", name.clone())));
    if let OnFailure::Step(name) = &step.on_failure {
        wanted.push(("onFailure", name.clone()));
    }
    wanted.extend(inputs::branches(step).into_iter().map(|name| ("a choice", name)));
    match wanted.iter().find(|(_, name)| !beside.iter().any(|other| other.name == *name)) {
        Some((what, name)) => Err(format!("{what} leads to {name}, which is no step beside it")),
        None => Ok(()),
    }
}

fn unique(document: &Document) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    match document.all_steps().find(|step| !seen.insert(&step.name)) {
        Some(step) => Err(format!("two steps are called {}", step.name)),
        None => Ok(()),
    }
}

/// Checks that every reference can stand for something.
fn references(document: &Document) -> Result<(), String> {
    let role = document.assume_role.iter().flat_map(|role| template::references(&Value::from(role.as_str())));
    let steps = document.all_steps().flat_map(|step| {
        let timeout = step.timeout.iter().flat_map(template::references);
        template::references(&step.inputs).into_iter().chain(timeout)
    });
    let outputs = document.outputs.iter().cloned();
    match role.chain(steps).chain(outputs).find(|reference| !stands(document, reference)) {
        Some(reference) => Err(format!("{{{{ {reference} }}}} stands for nothing")),
        None => Ok(()),
    }
}

fn stands(document: &Document, reference: &str) -> bool {
    if let Some(name) = reference.strip_prefix("global:") {
        return ["ACCOUNT_ID", "DATE", "DATE_TIME", "AWS_PARTITION", "REGION"].contains(&name);
    }
    if let Some(name) = reference.strip_prefix("automation:") {
        return name == "EXECUTION_ID";
    }
    if let Some(name) = reference.strip_prefix("variable:") {
        return document.variables.contains_key(name);
    }
    let Some((step, output)) = reference.split_once('.') else { return document.parameters.contains_key(reference) };
    document
        .all_steps()
        .filter(|known| known.name == step)
        .any(|known| known.outputs.iter().any(|one| one.name == output) || known.action.own_outputs().contains(&output))
}
