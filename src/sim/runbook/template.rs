//! `{{ … }}` in documents
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-variables.html>).

use serde_json::Value;

use super::selector::shown;

/// Every reference in a value, at every depth.
pub(super) fn references(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => split(text).filter_map(|(_, reference)| reference.map(str::to_owned)).collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        Value::Object(members) => members.values().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

/// Plain text and the reference that follows it, over and over.
fn split(text: &str) -> impl Iterator<Item = (&str, Option<&str>)> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let inside = text.split_once("{{").and_then(|(before, after)| Some((before, after.split_once("}}")?)));
        let Some((before, (reference, after))) = inside else {
            rest = None;
            return (!text.is_empty()).then_some((text, None));
        };
        rest = Some(after);
        Some((before, Some(reference.trim())))
    })
}

/// `value` with what its references stand for. A text that is one reference takes the type of what it stands for; within a
/// longer text it is shown, lists and maps as JSON.
///
/// # Errors
/// What `lookup` says of a reference that stands for nothing.
pub(super) fn resolve(value: &Value, lookup: &dyn Fn(&str) -> Result<Value, String>) -> Result<Value, String> {
    match value {
        Value::String(text) => resolve_text(text, lookup),
        Value::Array(items) => items.iter().map(|item| resolve(item, lookup)).collect(),
        Value::Object(members) => {
            let resolved = members.iter().map(|(name, value)| Ok((name.clone(), resolve(value, lookup)?)));
            resolved.collect::<Result<_, String>>().map(Value::Object)
        }
        other => Ok(other.clone()),
    }
}

fn resolve_text(text: &str, lookup: &dyn Fn(&str) -> Result<Value, String>) -> Result<Value, String> {
    let parts: Vec<_> = split(text.trim()).collect();
    if let [("", Some(reference))] = parts.as_slice() {
        return lookup(reference);
    }
    let mut resolved = String::new();
    for (before, reference) in split(text) {
        resolved.push_str(before);
        if let Some(reference) = reference {
            resolved.push_str(&shown(&lookup(reference)?));
        }
    }
    Ok(Value::String(resolved))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_lone_reference_keeps_its_type_and_a_reference_in_a_text_is_shown() {
        let lookup = |name: &str| match name {
            "list" => Ok(json!(["a", "b"])),
            "count" => Ok(json!(3)),
            other => Err(format!("no {other}")),
        };
        let value = json!({ "whole": "{{ list }}", "mixed": "n={{count}}, {{ list }}!", "plain": ["{x}", true] });
        let wanted = json!({ "whole": ["a", "b"], "mixed": "n=3, [\"a\",\"b\"]!", "plain": ["{x}", true] });
        assert_eq!(resolve(&value, &lookup), Ok(wanted));
        assert_eq!(resolve(&json!("a {{ b }}"), &lookup), Err("no b".into()));
        assert_eq!(references(&value), ["n=3".replace("n=3", "count"), "list".into(), "list".into()]);
    }
}
