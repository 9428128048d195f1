//! Event patterns: which events a rule is about
//! (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html>).

use serde_json::{Map, Value};

/// A pattern.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    /// All of these have to hold.
    fields: Vec<(String, Node)>,
    /// Of each of these, one.
    either: Vec<Vec<Pattern>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Node {
    /// The value is an object that has this pattern.
    Inner(Pattern),
    /// The value is as one of these says.
    Leaf(Vec<Test>),
}

#[derive(Debug, Clone, PartialEq)]
enum Test {
    Equals(Value),
    Prefix(String),
    Suffix(String),
    IgnoreCase(String),
    Wildcard(String),
    Exists(bool),
    Numeric(Vec<(Order, f64)>),
    AnythingBut(Vec<Test>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Less,
    LessOrEqual,
    Equal,
    GreaterOrEqual,
    Greater,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, for the person who wrote it.
    pub fn read(text: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        object(value.as_object().ok_or("a pattern is a JSON object")?)
    }

    /// Whether an event is one of those that it is about.
    #[must_use]
    pub fn matches(&self, event: &Value) -> bool {
        let fields = self.fields.iter().all(|(name, node)| {
            let value = event.get(name);
            match node {
                Node::Inner(pattern) => pattern.matches(value.unwrap_or(&Value::Null)),
                Node::Leaf(tests) => tests.iter().any(|test| test.holds(value)),
            }
        });
        fields && self.either.iter().all(|patterns| patterns.iter().any(|pattern| pattern.matches(event)))
    }
}

fn object(members: &Map<String, Value>) -> Result<Pattern, String> {
    if members.is_empty() {
        return Err("Empty objects are not allowed".into());
    }
    let mut pattern = Pattern { fields: Vec::new(), either: Vec::new() };
    for (name, value) in members {
        match value {
            Value::Array(items) if name == "$or" => {
                let patterns = items.iter().map(|one| object(one.as_object().ok_or("$or holds objects")?));
                pattern.either.push(patterns.collect::<Result<_, _>>()?);
            }
            Value::Array(items) if items.is_empty() => return Err("Empty arrays are not allowed".into()),
            Value::Array(items) => {
                let tests = items.iter().map(test).collect::<Result<_, _>>()?;
                pattern.fields.push((name.clone(), Node::Leaf(tests)));
            }
            Value::Object(inner) => pattern.fields.push((name.clone(), Node::Inner(object(inner)?))),
            _ => return Err(format!("\"{name}\" must be an object or an array")),
        }
    }
    Ok(pattern)
}

fn test(value: &Value) -> Result<Test, String> {
    let Some(members) = value.as_object() else {
        return if value.is_array() {
            Err("Match value must be String, number, true, false, or null".into())
        } else {
            Ok(Test::Equals(value.clone()))
        };
    };
    let (Some((name, given)), 1) = (members.iter().next(), members.len()) else {
        return Err("Only one key allowed in match expression".into());
    };
    let text = || given.as_str().map(str::to_owned).ok_or_else(|| format!("{name} match pattern must be a string"));
    Ok(match name.as_str() {
        "prefix" => Test::Prefix(text()?),
        "suffix" => Test::Suffix(text()?),
        "equals-ignore-case" => Test::IgnoreCase(text()?),
        "wildcard" => Test::Wildcard(text()?),
        "exists" => Test::Exists(given.as_bool().ok_or("exists match pattern must be either true or false.")?),
        "numeric" => Test::Numeric(numeric(given)?),
        "anything-but" => {
            let items = given.as_array().cloned().unwrap_or_else(|| vec![given.clone()]);
            Test::AnythingBut(items.iter().map(test).collect::<Result<_, _>>()?)
        }
        other => return Err(format!("Unrecognized match type {other}")),
    })
}

/// Pairs of a comparison and a number.
fn numeric(given: &Value) -> Result<Vec<(Order, f64)>, String> {
    let items = given.as_array().filter(|items| !items.is_empty() && items.len() % 2 == 0);
    let items = items.ok_or("Invalid member in numeric match")?;
    let pairs = items.chunks(2).map(|pair| {
        let [order, number] = pair else { return None };
        let order = match order.as_str()? {
            "<" => Order::Less,
            "<=" => Order::LessOrEqual,
            "=" => Order::Equal,
            ">=" => Order::GreaterOrEqual,
            ">" => Order::Greater,
            _ => return None,
        };
        Some((order, number.as_f64()?))
    });
    pairs.collect::<Option<_>>().ok_or_else(|| "Unrecognized numeric range operator".into())
}

impl Test {
    /// Whether a field is as this says; of an array, whether one of its items is.
    fn holds(&self, value: Option<&Value>) -> bool {
        match (self, value) {
            // It is about leaves alone.
            (Self::Exists(wanted), value) => value.is_some_and(|value| !value.is_object()) == *wanted,
            (_, None) => false,
            (_, Some(Value::Array(items))) => items.iter().any(|item| self.holds_of(item)),
            (_, Some(value)) => self.holds_of(value),
        }
    }

    fn holds_of(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(wanted) => match (wanted.as_f64(), value.as_f64()) {
                (Some(wanted), Some(value)) => wanted.total_cmp(&value).is_eq(),
                _ => wanted == value,
            },
            Self::Prefix(prefix) => text.is_some_and(|text| text.starts_with(prefix.as_str())),
            Self::Suffix(suffix) => text.is_some_and(|text| text.ends_with(suffix.as_str())),
            Self::IgnoreCase(wanted) => text.is_some_and(|text| text.to_lowercase() == wanted.to_lowercase()),
            Self::Wildcard(pattern) => text.is_some_and(|text| wild(pattern, text)),
            Self::Exists(wanted) => *wanted,
            Self::Numeric(pairs) => {
                value.as_f64().is_some_and(|value| pairs.iter().all(|(order, limit)| order.holds(value, *limit)))
            }
            Self::AnythingBut(tests) => tests.iter().all(|test| !test.holds_of(value)),
        }
    }
}

impl Order {
    fn holds(self, value: f64, limit: f64) -> bool {
        let order = value.total_cmp(&limit);
        match self {
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Equal => order.is_eq(),
            Self::GreaterOrEqual => order.is_ge(),
            Self::Greater => order.is_gt(),
        }
    }
}

/// Whether a text is what a pattern with `*` for any characters says.
fn wild(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    true
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use serde_json::json;

    use super::*;

    fn event() -> Value {
        json!({
            "source": "aws.cloudwatch",
            "resources": ["arn:aws:one", "arn:aws:two"],
            "detail": { "alarmName": "harbor-hosts", "state": { "value": "ALARM" }, "count": 7, "none": null },
        })
    }

    #[test]
    fn an_event_matches_where_every_field_does() {
        for (pattern, matches) in [
            (json!({ "source": ["aws.cloudwatch"] }), true),
            (json!({ "source": ["aws.ssm", "aws.cloudwatch"], "detail": { "state": { "value": ["ALARM"] } } }), true),
            (json!({ "source": ["aws.cloudwatch"], "detail": { "state": { "value": ["OK"] } } }), false),
            (json!({ "detail": { "alarmName": [{ "prefix": "harbor-" }] } }), true),
            (json!({ "detail": { "alarmName": [{ "suffix": "-hosts" }] } }), true),
            (json!({ "detail": { "alarmName": [{ "wildcard": "h*-*s" }] } }), true),
            (json!({ "detail": { "alarmName": [{ "wildcard": "h*x*s" }] } }), false),
            (json!({ "detail": { "alarmName": [{ "equals-ignore-case": "HARBOR-hosts" }] } }), true),
            (json!({ "detail": { "alarmName": [{ "anything-but": ["a", "harbor-hosts"] }] } }), false),
            (json!({ "detail": { "alarmName": [{ "anything-but": { "prefix": "shop-" } }] } }), true),
            (json!({ "detail": { "other": [{ "anything-but": "a" }] } }), false),
            (json!({ "detail": { "other": [{ "exists": false }] } }), true),
            (json!({ "detail": { "count": [{ "exists": true }] } }), true),
            (json!({ "detail": { "state": [{ "exists": true }] } }), false),
            (json!({ "detail": { "count": [{ "numeric": [">", 5, "<=", 7] }] } }), true),
            (json!({ "detail": { "count": [{ "numeric": ["<", 7] }] } }), false),
            (json!({ "detail": { "count": [7.0] } }), true),
            (json!({ "detail": { "none": [null] } }), true),
            (json!({ "resources": ["arn:aws:two"] }), true),
            (json!({ "resources": [{ "prefix": "arn:gcp" }] }), false),
            (json!({ "$or": [{ "source": ["a"] }, { "detail": { "count": [7] } }] }), true),
            (json!({ "$or": [{ "source": ["a"] }, { "detail": { "count": [8] } }] }), false),
        ] {
            let read = Pattern::read(&pattern.to_string()).unwrap();
            assert_eq!(read.matches(&event()), matches, "{pattern}");
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        for text in [
            "",
            "[]",
            "{}",
            r#"{"source": "aws.ec2"}"#,
            r#"{"source": []}"#,
            r#"{"detail": {}}"#,
            r#"{"a": [["b"]]}"#,
            r#"{"a": [{"like": "b"}]}"#,
            r#"{"a": [{"prefix": 1}]}"#,
            r#"{"a": [{"numeric": [">"]}]}"#,
            r#"{"a": [{"numeric": ["~", 1]}]}"#,
            r#"{"a": [{"prefix": "b", "suffix": "c"}]}"#,
        ] {
            assert!(Pattern::read(text).is_err(), "{text}");
        }
    }
}
