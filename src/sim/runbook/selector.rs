//! JSONPath, as selectors write it
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-outputs-inputs.html>).
//!
//! `$`, members, `[n]`, `[*]`, `..member`, `[?(@.member=='value')]` and `.length()`. After one of those that may lead to many places, the
//! length is each place's own and not the number of places, as in Jayway's implementation
//! (<https://github.com/json-path/JsonPath/issues/562>).

use serde_json::{Value, json};

/// A selector.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Selector {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Member(String),
    Item(i64),
    All,
    Deep(String),
    Filter { member: Vec<String>, equal: bool, value: Value },
    Length,
}

impl Part {
    fn may_lead_to_many(&self) -> bool {
        matches!(self, Self::All | Self::Deep(_) | Self::Filter { .. })
    }
}

impl Selector {
    /// Reads a selector.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let wrong = |rest: &str| format!("selector {text}: nothing that begins with \"{rest}\" is understood");
        let mut rest = text.trim().strip_prefix('$').ok_or_else(|| format!("selector {text} does not begin with $"))?;
        let mut parts = Vec::new();
        while !rest.is_empty() {
            let (part, left) = part(rest).ok_or_else(|| wrong(rest))?;
            parts.push(part);
            rest = left;
        }
        Ok(Self { parts })
    }

    /// Whether it can lead to more than one place, so that what it finds is a list.
    fn is_indefinite(&self) -> bool {
        self.parts.iter().any(Part::may_lead_to_many)
    }

    /// What it finds: a list where it may lead to many places, nothing where it leads nowhere.
    pub(super) fn find(&self, value: &Value) -> Option<Value> {
        let mut found = vec![value.clone()];
        for part in &self.parts {
            found = found.iter().flat_map(|value| step(part, value)).collect();
        }
        if self.is_indefinite() { Some(Value::Array(found)) } else { found.into_iter().next() }
    }
}

fn part(text: &str) -> Option<(Part, &str)> {
    if let Some(rest) = text.strip_prefix(".length()") {
        return Some((Part::Length, rest));
    }
    if let Some(rest) = text.strip_prefix("..") {
        let (name, rest) = word(rest)?;
        return Some((Part::Deep(name), rest));
    }
    if let Some(rest) = text.strip_prefix(".*") {
        return Some((Part::All, rest));
    }
    if let Some(rest) = text.strip_prefix('.') {
        let (name, rest) = word(rest)?;
        return Some((Part::Member(name), rest));
    }
    if let Some(rest) = text.strip_prefix("[?(") {
        let (filter, rest) = rest.split_once(")]")?;
        return Some((comparison(filter)?, rest));
    }
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let part = match inside {
        "*" | "" => Part::All,
        number if number.parse::<i64>().is_ok() => Part::Item(number.parse().ok()?),
        quoted => Part::Member(unquoted(quoted)?.to_owned()),
    };
    Some((part, rest))
}

fn word(text: &str) -> Option<(String, &str)> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-')).unwrap_or(text.len());
    (end > 0).then(|| (text[..end].to_owned(), &text[end..]))
}

fn unquoted(text: &str) -> Option<&str> {
    let inner = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    inner('\'').or_else(|| inner('"'))
}

fn comparison(text: &str) -> Option<Part> {
    let equal = !text.contains("!=");
    let (left, right) = text.split_once(if equal { "==" } else { "!=" })?;
    let member = left.trim().strip_prefix("@.")?.split('.').map(str::to_owned).collect();
    let right = right.trim();
    let value = match unquoted(right) {
        Some(inner) => json!(inner),
        None => serde_json::from_str(right).ok()?,
    };
    Some(Part::Filter { member, equal, value })
}

fn step(part: &Part, value: &Value) -> Vec<Value> {
    match part {
        Part::Member(name) => value.get(name).cloned().into_iter().collect(),
        Part::Item(place) => {
            let Some(items) = value.as_array() else { return Vec::new() };
            let place = if *place < 0 { place + items.len() as i64 } else { *place };
            usize::try_from(place).ok().and_then(|place| items.get(place)).cloned().into_iter().collect()
        }
        Part::All => children(value).into_iter().cloned().collect(),
        Part::Deep(name) => deep(name, value),
        Part::Filter { member, equal, value: wanted } => {
            let has = |item: &&Value| {
                let found = member.iter().try_fold(*item, |item, name| item.get(name));
                found.is_some_and(|found| (found == wanted) == *equal)
            };
            children(value).into_iter().filter(has).cloned().collect()
        }
        Part::Length => match value {
            Value::Array(items) => vec![json!(items.len())],
            Value::Object(members) => vec![json!(members.len())],
            _ => Vec::new(),
        },
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(members) => members.values().collect(),
        _ => Vec::new(),
    }
}

fn deep(name: &str, value: &Value) -> Vec<Value> {
    let mut found: Vec<Value> = value.get(name).cloned().into_iter().collect();
    found.extend(children(value).into_iter().flat_map(|child| deep(name, child)));
    found
}

/// `value` as the type that an output is declared to have
/// (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-action-outputs-inputs.html>: the list of
/// supported conversions). Nothing where it cannot be.
pub(super) fn converted(value: &Value, kind: &str) -> Option<Value> {
    match (kind, value) {
        ("String", Value::String(_))
        | ("Integer", Value::Number(_))
        | ("Boolean", Value::Bool(_))
        | ("StringMap", Value::Object(_))
        | ("MapList", Value::Array(_)) => Some(value.clone()),
        ("StringList", Value::Array(items)) => Some(items.iter().map(|item| json!(shown(item))).collect()),
        ("String", Value::Number(_) | Value::Bool(_)) => Some(json!(shown(value))),
        ("Integer", Value::String(text)) => text.parse::<i64>().ok().map(Value::from),
        ("Boolean", Value::String(text)) => text.to_lowercase().parse::<bool>().ok().map(Value::from),
        ("StringList", Value::String(_) | Value::Number(_) | Value::Bool(_)) => Some(json!([shown(value)])),
        ("String" | "Integer" | "Boolean", Value::Array(items)) if items.len() == 1 => converted(&items[0], kind),
        _ => None,
    }
}

/// A value as text: texts as they are, everything else as JSON.
pub(super) fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn find(selector: &str) -> Option<Value> {
        let tasks = json!([{ "arn": "a", "state": "STOPPED" }, { "arn": "b", "state": "STOPPING", "n": 2 }]);
        Selector::read(selector).unwrap().find(&json!({ "tasks": tasks, "more": { "arn": "c" }, "odd name": 1 }))
    }

    #[test]
    fn selectors_find_what_they_name() {
        for (selector, wanted) in [
            ("$.tasks[0].arn", Some(json!("a"))),
            ("$.tasks[-1].arn", Some(json!("b"))),
            ("$.tasks[*].state", Some(json!(["STOPPED", "STOPPING"]))),
            ("$.tasks[].arn", Some(json!(["a", "b"]))),
            ("$.tasks[?(@.state!='STOPPED')].arn", Some(json!(["b"]))),
            ("$.tasks[?(@.n==2)].arn", Some(json!(["b"]))),
            ("$.tasks[?(@.state=='GONE')].arn", Some(json!([]))),
            ("$.tasks.length()", Some(json!(2))),
            ("$.tasks[?(@.state!='STOPPED')].length()", Some(json!([3]))),
            ("$.tasks[?(@.state=='GONE')].length()", Some(json!([]))),
            ("$..arn.length()", Some(json!([]))),
            ("$.tasks[0].arn.length()", None),
            ("$..arn", Some(json!(["c", "a", "b"]))),
            ("$['odd name']", Some(json!(1))),
            ("$.more.*", Some(json!(["c"]))),
            ("$.nothing", None),
            ("$.tasks[7].arn", None),
        ] {
            assert_eq!(find(selector), wanted, "{selector}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in ["", "tasks", "$tasks", "$.", "$.tasks[", "$.a[?(@.b)]", "$.a[x]", "$.a.sum(1)"] {
            assert!(Selector::read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn values_are_converted_as_the_user_guide_lists() {
        assert_eq!(converted(&json!(["one"]), "String"), Some(json!("one")));
        assert_eq!(converted(&json!([]), "String"), None);
        assert_eq!(converted(&json!(["a", "b"]), "String"), None);
        assert_eq!(converted(&json!(7), "String"), Some(json!("7")));
        assert_eq!(converted(&json!("7"), "Integer"), Some(json!(7)));
        assert_eq!(converted(&json!(true), "StringList"), Some(json!(["true"])));
        assert_eq!(converted(&json!({ "a": 1 }), "String"), None);
    }
}
