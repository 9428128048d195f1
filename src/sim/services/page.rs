//! What handlers share: reading members, paging, leaving out what is absent.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

/// A timestamp as the wire layer takes it: seconds since 1970, to the millisecond.
pub(super) fn seconds(at: Timestamp) -> Value {
    json!(at.as_millisecond() as f64 / 1000.0)
}

/// A timestamp that may be absent.
pub(super) fn maybe_seconds(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, seconds)
}

/// Leaves out members that are null, at every depth: AWS leaves out what it has not.
pub(super) fn compact(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let kept = members.into_iter().filter(|(_, v)| !v.is_null());
            Value::Object(kept.map(|(k, v)| (k, compact(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(compact).collect()),
        other => other,
    }
}

/// A string member.
pub(super) fn text<'a>(input: &'a Map<String, Value>, member: &str) -> Option<&'a str> {
    input.get(member)?.as_str()
}

/// A list of strings; empty where the member is absent.
pub(super) fn texts<'a>(input: &'a Map<String, Value>, member: &str) -> Vec<&'a str> {
    let items = input.get(member).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

/// Whether a list of strings has `word`.
pub(super) fn asks(input: &Map<String, Value>, member: &str, word: &str) -> bool {
    texts(input, member).contains(&word)
}

/// An integer member.
pub(super) fn integer(input: &Map<String, Value>, member: &str) -> Option<i64> {
    input.get(member)?.as_i64()
}

/// Tags as a list of `key` and `value` members in the given spelling.
pub(super) fn tag_list<'a>(
    tags: impl IntoIterator<Item = (&'a String, &'a String)>,
    key: &str,
    value: &str,
) -> Vec<Value> {
    tags.into_iter().map(|(k, v)| json!({ key: k, value: v })).collect()
}

/// Tags given as a list of `key` and `value` members in the given spelling; a key without a value has an empty one.
pub(super) fn given_tags(input: &Map<String, Value>, member: &str, key: &str, value: &str) -> BTreeMap<String, String> {
    let tags = input.get(member).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    tags.filter_map(|tag| Some((text(tag, key)?.to_owned(), text(tag, value).unwrap_or_default().to_owned()))).collect()
}

/// The token that continues `operation` after `key`. It names its operation, so that a token of another one is refused.
pub(super) fn token(operation: &str, key: &str) -> String {
    STANDARD.encode(format!("{operation}\n{key}"))
}

/// The key that a token continues after.
pub(super) fn read_token(operation: &str, token: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(token).ok()?).ok()?;
    Some(text.strip_prefix(operation)?.strip_prefix('\n')?.to_owned())
}

/// At most `limit` items of those that come in order of key after `after`, and the token to go on with.
pub(super) fn page<T>(
    operation: &str,
    items: impl IntoIterator<Item = (String, T)>,
    after: Option<&str>,
    limit: usize,
) -> (Vec<T>, Option<String>) {
    let mut rest = items.into_iter().skip_while(|(key, _)| after.is_some_and(|after| key.as_str() <= after)).peekable();
    let mut taken = Vec::new();
    let mut last = None;
    while taken.len() < limit
        && let Some((key, item)) = rest.next()
    {
        taken.push(item);
        last = Some(key);
    }
    let next = if rest.peek().is_some() { last.map(|key| token(operation, &key)) } else { None };
    (taken, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(count: usize, limit: usize) -> Vec<usize> {
        let mut all = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let items = (0..count).map(|i| (format!("{i:05}"), i));
            let (items, next) = page("List", items, after.as_deref(), limit);
            assert!(items.len() <= limit);
            all.extend(items);
            let Some(next) = next else { return all };
            after = read_token("List", &next);
            assert!(after.is_some());
        }
    }

    #[test]
    fn a_walk_sees_every_item_once_whatever_the_number() {
        for count in [0, 1, 100, 101, 1234] {
            assert_eq!(walk(count, 100), (0..count).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_token_of_another_operation_is_refused() {
        let other = token("ListTasks", "x");
        assert_eq!(read_token("ListServices", &other), None);
        assert_eq!(read_token("ListServices", "not base64"), None);
        assert_eq!(read_token("ListTasks", &other), Some("x".into()));
    }

    #[test]
    fn absent_members_are_left_out_at_every_depth() {
        let value = compact(json!({"a": null, "b": [{"c": null, "d": 0}]}));
        assert_eq!(value, json!({"b": [{"d": 0}]}));
    }
}
