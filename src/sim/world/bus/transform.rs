//! Input transformers: what a target gets of an event
//! (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html>).

use serde_json::{Map, Value};

/// What `$.detail.items[0].name` and the like lead to.
pub(crate) fn look_up<'v>(event: &'v Value, path: &str) -> Option<&'v Value> {
    let mut found = event;
    for part in path.strip_prefix('$')?.split('.').filter(|part| !part.is_empty()) {
        let (name, places) = part.split_once('[').map_or((part, ""), |(name, places)| (name, places));
        if !name.is_empty() {
            found = found.get(name)?;
        }
        for place in places.split('[').filter(|place| !place.is_empty()) {
            found = found.get(place.strip_suffix(']')?.parse::<usize>().ok()?)?;
        }
    }
    Some(found)
}

/// Names between angle brackets in a template.
pub(crate) fn names(template: &str) -> Vec<&str> {
    let opened = template.split('<').skip(1);
    opened.filter_map(|part| Some(part.split_once('>')?.0)).filter(|name| is_name(name)).collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
}

/// A template with its names filled in: within quotation marks as text, outside as JSON. What the event does not have
/// leaves nothing.
pub(crate) fn fill(template: &str, values: &Map<String, Value>) -> String {
    let (mut out, mut rest, mut quoted) = (String::new(), template, false);
    while let Some(letter) = rest.chars().next() {
        let name = rest.strip_prefix('<').and_then(|rest| rest.split_once('>')).filter(|(name, _)| is_name(name));
        if let Some((name, behind)) = name {
            out.push_str(&shown(values.get(name), quoted));
            rest = behind;
            continue;
        }
        let escaped = rest.strip_prefix('\\').and_then(|rest| rest.chars().next());
        let length = letter.len_utf8() + escaped.map_or(0, char::len_utf8);
        quoted ^= letter == '"';
        out.push_str(rest.get(..length).unwrap_or_default());
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

fn shown(value: Option<&Value>, quoted: bool) -> String {
    let json = value.map(Value::to_string).unwrap_or_default();
    match value {
        Some(Value::String(_)) if quoted => json.get(1..json.len() - 1).unwrap_or_default().to_owned(),
        Some(_) if quoted => json.replace('\\', r"\\").replace('"', "\\\""),
        _ => json,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_into_objects_and_lists() {
        let event = json!({ "detail": { "metrics": [{ "id": "a" }, { "id": "b" }] }, "detail-type": "x" });
        assert_eq!(look_up(&event, "$.detail.metrics[1].id"), Some(&json!("b")));
        assert_eq!(look_up(&event, "$.detail-type"), Some(&json!("x")));
        assert_eq!(look_up(&event, "$"), Some(&event));
        for path in ["$.detail.none", "$.detail.metrics[2]", "detail", "$.detail.metrics[x]"] {
            assert_eq!(look_up(&event, path), None, "{path}");
        }
    }

    #[test]
    fn names_are_filled_in_as_text_or_as_json() {
        let values = json!({ "name": "say \"hi\"", "count": 7, "list": ["a"], "aws.events.rule-name": "eject" });
        let values = values.as_object().cloned().unwrap_or_default();
        for (template, filled) in [
            (r#"{"Alarm":[<name>],"n":<count>}"#, r#"{"Alarm":["say \"hi\""],"n":7}"#),
            (r#"{"why":"<name>: <count>, <list>"}"#, r#"{"why":"say \"hi\": 7, [\"a\"]"}"#),
            (r#""<aws.events.rule-name> \"<none>\" < 3""#, r#""eject \"\" < 3""#),
        ] {
            assert_eq!(fill(template, &values), filled);
        }
        assert_eq!(names(r#"{"a": <one>, "b": "<two.x> < 3 > <a b>"}"#), ["one", "two.x"]);
    }
}
