//! What a value in the file or the environment may be.

use jiff::{SignedDuration, Span, SpanRelativeTo};
use toml::de::DeValue;

/// A text that is not empty.
pub(super) fn text(value: &DeValue<'_>) -> Result<String, String> {
    match value.as_str() {
        Some(text) if !text.trim().is_empty() => Ok(text.to_owned()),
        _ => Err("must be a text in quotes, and not empty".to_owned()),
    }
}

/// Texts that are not empty.
pub(super) fn list(value: &DeValue<'_>) -> Result<Vec<String>, String> {
    const SHAPE: &str = "must be a list of texts such as [\"a\", \"b\"]";
    let list = value.as_array().ok_or(SHAPE)?;
    list.iter().map(|item| text(item.get_ref()).map_err(|_| SHAPE.to_owned())).collect()
}

/// `true` or `false`.
pub(super) fn switch(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "must be true or false".to_owned())
}

/// The same in a variable.
pub(super) fn switch_in(variable: &str) -> Result<bool, String> {
    match variable.trim().to_ascii_lowercase().as_str() {
        "1" | "true" | "yes" | "on" => Ok(true),
        "0" | "false" | "no" | "off" => Ok(false),
        _ => Err("must be true or false".to_owned()),
    }
}

/// A duration above zero, such as `12h` or `1h 30m`. A day has 24 hours; months and years are no durations.
pub(super) fn duration(value: &DeValue<'_>) -> Result<SignedDuration, String> {
    const SHAPE: &str = "must be a duration above zero in quotes, such as \"12h\", \"90s\" or \"1h 30m\"";
    let span: Option<Span> = value.as_str().and_then(|text| text.parse().ok());
    let parsed = span.and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    parsed.filter(|duration| duration.is_positive()).ok_or_else(|| SHAPE.to_owned())
}

/// A whole number between two others.
pub(super) fn count(value: &DeValue<'_>, least: u32, most: u32) -> Result<u32, String> {
    let parsed = value.as_integer().and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok());
    parsed.filter(|n| (least..=most).contains(n)).ok_or_else(|| {
        if most == u32::MAX {
            format!("must be a whole number, at least {least}")
        } else {
            format!("must be a whole number from {least} to {most}")
        }
    })
}

/// A part of something: above 0, at most 1.
pub(super) fn share(value: &DeValue<'_>) -> Result<f64, String> {
    let parsed = match value {
        DeValue::Float(float) => float.as_str().parse().ok(),
        DeValue::Integer(integer) => integer.as_str().parse().ok(),
        _ => None,
    };
    parsed
        .filter(|share: &f64| *share > 0.0 && *share <= 1.0)
        .ok_or_else(|| "must be a share above 0 and at most 1, such as 0.25".to_owned())
}
