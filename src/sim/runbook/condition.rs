//! Conditions of branches and loops
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-branch-condition.html>).

use serde_json::{Map, Value};

use super::selector::shown;

/// Operators that compare a variable with an operand.
const OPERATORS: [&str; 11] = [
    "StringEquals",
    "EqualsIgnoreCase",
    "StartsWith",
    "EndsWith",
    "Contains",
    "NumericEquals",
    "NumericGreater",
    "NumericLesser",
    "NumericGreaterOrEquals",
    "NumericLesserOrEquals",
    "BooleanEquals",
];

/// Checks that `condition` is one; members in `beside` are something else.
pub(super) fn check(condition: &Value, beside: &[&str]) -> Result<(), String> {
    let members = condition.as_object().ok_or("a condition is a map")?;
    let own: Vec<&String> = members.keys().filter(|name| !beside.contains(&name.as_str())).collect();
    match own.as_slice() {
        [name] if ["And", "Or"].contains(&name.as_str()) => {
            let parts = members[name.as_str()].as_array().filter(|parts| !parts.is_empty());
            parts
                .ok_or_else(|| format!("{name} takes a list of conditions"))?
                .iter()
                .try_for_each(|one| check(one, &[]))
        }
        [name] if name.as_str() == "Not" => check(&members["Not"], &[]),
        [_, _] if members.contains_key("Variable") => {
            whole(&members["Variable"])?;
            let known = own.iter().any(|name| OPERATORS.contains(&name.as_str()));
            if known { Ok(()) } else { Err(format!("{condition} has no operator that is known")) }
        }
        _ => Err(format!("{condition} is neither And, Or, Not nor a Variable with one operator")),
    }
}

/// Checks that what is compared is one reference: how a list looks within a text is not documented.
fn whole(variable: &Value) -> Result<(), String> {
    let inner = variable.as_str().and_then(|text| text.trim().strip_prefix("{{")?.strip_suffix("}}"));
    match inner {
        Some(inner) if !inner.contains("{{") => Ok(()),
        _ => Err(format!("Variable is one reference such as {{{{ step.Output }}}}, not {variable}")),
    }
}

/// Whether a condition holds whose templates are resolved.
///
/// # Errors
/// An operand is not of the operator's type.
pub(super) fn holds(condition: &Map<String, Value>) -> Result<bool, String> {
    if let Some(parts) = condition.get("And") {
        return each(parts)?.into_iter().try_fold(true, |all, one| Ok(all && holds(one)?));
    }
    if let Some(parts) = condition.get("Or") {
        return each(parts)?.into_iter().try_fold(false, |any, one| Ok(any || holds(one)?));
    }
    if let Some(inner) = condition.get("Not") {
        return holds(inner.as_object().ok_or("Not takes a condition")?).map(|holds| !holds);
    }
    let variable = condition.get("Variable").ok_or("a condition has no Variable")?;
    let operator = OPERATORS.iter().find(|name| condition.contains_key(**name)).ok_or("a condition has no operator")?;
    compare(operator, variable, &condition[*operator])
}

fn each(parts: &Value) -> Result<Vec<&Map<String, Value>>, String> {
    let parts = parts.as_array().ok_or("And and Or take lists of conditions")?;
    parts.iter().map(|part| part.as_object().ok_or_else(|| format!("{part} is no condition"))).collect()
}

fn compare(operator: &str, variable: &Value, operand: &Value) -> Result<bool, String> {
    if let Some(how) = operator.strip_prefix("Numeric") {
        let (left, right) = (number(variable)?, number(operand)?);
        return Ok(match how {
            "Equals" => (left - right).abs() < f64::EPSILON,
            "Greater" => left > right,
            "Lesser" => left < right,
            "GreaterOrEquals" => left >= right,
            _ => left <= right,
        });
    }
    if operator == "BooleanEquals" {
        return Ok(boolean(variable)? == boolean(operand)?);
    }
    let (left, right) = (shown(variable), shown(operand));
    Ok(match operator {
        "StringEquals" => left == right,
        "EqualsIgnoreCase" => left.to_lowercase() == right.to_lowercase(),
        "StartsWith" => left.starts_with(&right),
        "EndsWith" => left.ends_with(&right),
        _ => left.contains(&right),
    })
}

fn number(value: &Value) -> Result<f64, String> {
    let number = value.as_f64().or_else(|| value.as_str()?.parse().ok());
    number.ok_or_else(|| format!("{value} is no number"))
}

fn boolean(value: &Value) -> Result<bool, String> {
    let truth = value.as_bool().or_else(|| value.as_str()?.to_lowercase().parse().ok());
    truth.ok_or_else(|| format!("{value} is neither true nor false"))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_compare_and_combine() {
        let yes = json!({ "Variable": "Amazon Linux", "StartsWith": "Amazon" });
        let no = json!({ "Variable": 3, "NumericGreater": "3" });
        for (condition, wanted) in [
            (yes.clone(), true),
            (no.clone(), false),
            (json!({ "Variable": "a", "StringEquals": "A" }), false),
            (json!({ "Variable": "a", "EqualsIgnoreCase": "A" }), true),
            (json!({ "Variable": "abc", "Contains": "b" }), true),
            (json!({ "Variable": "abc", "EndsWith": "ab" }), false),
            (json!({ "Variable": "3", "NumericLesserOrEquals": 3 }), true),
            (json!({ "Variable": "true", "BooleanEquals": true }), true),
            (json!({ "And": [yes, no] }), false),
            (json!({ "Or": [yes, no] }), true),
            (json!({ "And": [yes, { "Not": no }] }), true),
        ] {
            assert_eq!(holds(condition.as_object().unwrap()), Ok(wanted), "{condition}");
        }
    }

    #[test]
    fn what_is_compared_is_one_reference() {
        let of = |variable: &str| json!({ "And": [{ "Not": { "Variable": variable, "StringEquals": "x" } }] });
        for whole in ["{{ step.Output }}", "{{Parameter}}"] {
            check(&of(whole), &[]).unwrap();
        }
        for mixed in ["x", "held by {{ step.Output }}", "{{ step.One }}{{ step.Other }}", ""] {
            assert!(check(&of(mixed), &[]).is_err(), "{mixed}");
        }
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        for wrong in [
            json!("x"),
            json!({ "Variable": "{{ x }}" }),
            json!({ "Variable": "{{ x }}", "StringEqual": "x" }),
            json!({ "Variable": "{{ x }}", "StringEquals": "x", "Contains": "x" }),
            json!({ "And": [] }),
            json!({ "Not": { "Variable": "{{ x }}" } }),
        ] {
            assert!(check(&wrong, &[]).is_err(), "{wrong}");
        }
        let words = json!({ "Variable": "many", "NumericEquals": 1 });
        assert!(holds(words.as_object().unwrap()).is_err());
    }
}
