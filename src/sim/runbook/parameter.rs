//! Parameters of documents and what may be given for them.
//!
//! <https://docs.aws.amazon.com/systems-manager/latest/userguide/documents-syntax-data-elements-parameters.html>

use std::collections::BTreeMap;

use regex_lite::Regex;
use serde_json::{Map, Value, json};

/// A parameter as its document declares it.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// `String`, `StringList`, `Integer`, `Boolean`, `StringMap` or `MapList`.
    pub kind: String,
    /// What it is for.
    pub description: String,
    /// What it is unless given.
    pub default: Option<Value>,
    /// The only values that it may have.
    pub allowed_values: Vec<Value>,
    /// Expression that the whole of a value matches.
    pub allowed_pattern: Option<String>,
    /// Fewest and most items.
    pub items: (Option<u64>, Option<u64>),
    /// Fewest and most characters.
    pub chars: (Option<u64>, Option<u64>),
}

/// Types that AWS knows for the parameters of Automation.
pub(super) const KINDS: [&str; 14] = [
    "String",
    "StringList",
    "Integer",
    "Boolean",
    "StringMap",
    "MapList",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::IAM::Role::Arn",
    "AWS::SSM::Parameter::Name",
];

impl Parameter {
    /// Whether its value is a list.
    #[must_use]
    pub fn is_list(&self) -> bool {
        matches!(self.kind.as_str(), "StringList" | "MapList") || self.kind.starts_with("List<")
    }

    /// The value that a caller's list of texts stands for: parameters arrive as lists, whatever their type
    /// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html>).
    fn value(&self, name: &str, given: &[&str]) -> Result<Value, String> {
        if self.is_list() {
            let read = |text: &&str| match self.kind.as_str() {
                "MapList" => serde_json::from_str(text).map_err(|e| format!("Parameter {name} holds no map: {e}")),
                _ => Ok(json!(text)),
            };
            return given.iter().map(read).collect::<Result<_, _>>().map(Value::Array);
        }
        let [text] = given else {
            return Err(format!("Parameter {name} of type {} takes one value, not {}.", self.kind, given.len()));
        };
        let wrong = || format!("Parameter {name} takes a value of type {}, not '{text}'.", self.kind);
        match self.kind.as_str() {
            "Integer" => text.parse::<i64>().map(Value::from).map_err(|_| wrong()),
            "Boolean" => text.to_lowercase().parse::<bool>().map(Value::from).map_err(|_| wrong()),
            "StringMap" => serde_json::from_str(text).ok().filter(Value::is_object).ok_or_else(wrong),
            _ => Ok(json!(text)),
        }
    }

    /// Whether it may have a value.
    pub(super) fn accept(&self, name: &str, value: &Value) -> Result<(), String> {
        let items: Vec<&Value> = match value {
            Value::Array(items) if self.is_list() => items.iter().collect(),
            one => vec![one],
        };
        if self.is_list() && !within(items.len() as u64, self.items) {
            return Err(format!("Parameter {name} has {} items, which is not {}.", items.len(), between(self.items)));
        }
        for item in items {
            self.accept_item(name, item)?;
        }
        Ok(())
    }

    fn accept_item(&self, name: &str, item: &Value) -> Result<(), String> {
        if !self.allowed_values.is_empty() && !self.allowed_values.contains(item) {
            let allowed = Value::Array(self.allowed_values.clone());
            return Err(format!("Parameter {name} may not be {item}: allowed are {allowed}."));
        }
        let Some(text) = item.as_str() else { return Ok(()) };
        if !within(text.chars().count() as u64, self.chars) {
            return Err(format!("The length of parameter {name} is not {}.", between(self.chars)));
        }
        match &self.allowed_pattern {
            Some(pattern) if !compiled(pattern)?.is_match(text) => {
                Err(format!("Parameter {name} does not match the pattern {pattern}: '{text}'."))
            }
            _ => Ok(()),
        }
    }
}

/// The expression of a pattern, over the whole of a value.
pub(super) fn compiled(pattern: &str) -> Result<Regex, String> {
    Regex::new(&format!("^(?:{pattern})$")).map_err(|error| format!("allowedPattern {pattern}: {error}"))
}

fn within(size: u64, (least, most): (Option<u64>, Option<u64>)) -> bool {
    least.is_none_or(|least| size >= least) && most.is_none_or(|most| size <= most)
}

fn between((least, most): (Option<u64>, Option<u64>)) -> String {
    let most = most.map_or_else(|| "any".to_owned(), |most| most.to_string());
    format!("between {} and {most}", least.unwrap_or(0))
}

/// The values that an execution begins with.
///
/// # Errors
/// What is wrong with what was given, in one sentence.
pub(super) fn bind(
    declared: &BTreeMap<String, Parameter>,
    given: &Map<String, Value>,
) -> Result<BTreeMap<String, Value>, String> {
    if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
        return Err(format!("Parameter {name} is not defined in the document."));
    }
    let mut values = BTreeMap::new();
    for (name, parameter) in declared {
        let texts = given.get(name).and_then(Value::as_array);
        let value = match (texts, &parameter.default) {
            (Some(texts), _) => {
                let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
                parameter.value(name, &texts)?
            }
            (None, Some(default)) => default.clone(),
            (None, None) => return Err(format!("Parameter {name} is required and was not given.")),
        };
        if texts.is_some() {
            parameter.accept(name, &value)?;
        }
        values.insert(name.clone(), value);
    }
    Ok(values)
}
