//! Filters: a name with values, any of which may match; every filter has to.

use serde_json::{Map, Value};

use super::super::page::{text, texts};
use crate::sim::call::Fault;
use crate::sim::world::World;

/// The filters of one call.
pub(super) struct Filters<'a>(Vec<(&'a str, Vec<&'a str>)>);

impl<'a> Filters<'a> {
    /// Reads `Filters`; at most 200 values in one filter ([EC2 "Filter your resources"]).
    ///
    /// # Errors
    /// `InvalidParameterValue` for a name that is neither in `known` nor `tag:KEY`.
    pub(super) fn read(input: &'a Map<String, Value>, known: &[&str]) -> Result<Self, Fault> {
        let items = input.get("Filters").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let mut filters = Vec::new();
        for item in items.iter().filter_map(Value::as_object) {
            let name = text(item, "Name").unwrap_or_default();
            let values = texts(item, "Values");
            if !known.contains(&name) && !name.starts_with("tag:") {
                return Err(Fault::new("InvalidParameterValue", format!("The filter '{name}' is invalid")));
            }
            if values.len() > 200 {
                let message = "The maximum number of filter values specified on a single call is 200";
                return Err(Fault::new("FilterLimitExceeded", message));
            }
            filters.push((name, values));
        }
        Ok(Self(filters))
    }

    /// Whether a thing passes; `values` gives what it has for a filter's name.
    pub(super) fn pass(&self, values: impl Fn(&str) -> Vec<String>) -> bool {
        self.0.iter().all(|(name, wanted)| {
            let has = values(name);
            wanted.iter().any(|pattern| has.iter().any(|value| like(pattern, value)))
        })
    }
}

/// What tags give for `tag:KEY`, `tag-key` and `tag-value`; `None` for another name.
pub(super) fn tag_values<'a>(
    name: &str,
    tags: impl IntoIterator<Item = (&'a String, &'a String)>,
) -> Option<Vec<String>> {
    let mut tags = tags.into_iter();
    match name {
        "tag-key" => Some(tags.map(|(key, _)| key.clone()).collect()),
        "tag-value" => Some(tags.map(|(_, value)| value.clone()).collect()),
        _ => {
            let key = name.strip_prefix("tag:")?;
            Some(tags.find(|(k, _)| *k == key).map(|(_, value)| value.clone()).into_iter().collect())
        }
    }
}

/// Whether `value` is like `pattern`, in which `*` stands for any text, `?` for one character and `\` quotes.
pub(super) fn like(pattern: &str, value: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let value: Vec<char> = value.chars().collect();
    // Positions to return to: the last star, and where its text may end next.
    let (mut p, mut v) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while v < value.len() {
        let quoted = pattern.get(p) == Some(&'\\') && p + 1 < pattern.len();
        let wanted = pattern.get(if quoted { p + 1 } else { p });
        if !quoted && wanted == Some(&'*') {
            retry = Some((p + 1, v));
            p += 1;
        } else if wanted.is_some_and(|c| (!quoted && *c == '?') || value.get(v) == Some(c)) {
            p += if quoted { 2 } else { 1 };
            v += 1;
        } else if let Some((after_star, end)) = retry {
            (p, v) = (after_star, end + 1);
            retry = Some((after_star, end + 1));
        } else {
            return false;
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

/// The zone's name of a thing that is in a zone.
pub(super) fn zone_name(world: &World, zone: usize) -> String {
    world.zones.get(zone).map(|z| z.name.clone()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_one_character() {
        for (pattern, value) in
            [("al2023-*-x86_64", "al2023-ami-x86_64"), ("a?c", "abc"), ("*", ""), ("**", "x"), (r"a\*", "a*")]
        {
            assert!(like(pattern, value), "{pattern} {value}");
        }
        for (pattern, value) in [("al2023-*", "al2022-x"), ("a?c", "ac"), ("", "x"), (r"a\*", "ab"), ("*x*y", "yx")] {
            assert!(!like(pattern, value), "{pattern} {value}");
        }
    }
}
