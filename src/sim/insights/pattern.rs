//! Patterns of `like` and `parse`.

use regex_automata::meta::{Config, Regex};

/// Longest pattern, in bytes.
const LONGEST: usize = 4_096;
/// How large a compiled pattern may get.
const SIZE_LIMIT: usize = 1 << 20;

/// A regular expression, bounded in size.
pub(super) fn regex(pattern: &str) -> Result<Box<Regex>, String> {
    if pattern.len() > LONGEST {
        return Err(format!("the pattern is longer than {LONGEST} bytes"));
    }
    let config = Config::new().nfa_size_limit(Some(SIZE_LIMIT));
    let built = Regex::builder().configure(config).build(pattern);
    built.map(Box::new).map_err(|error| match error.syntax_error() {
        Some(syntax) => format!("invalid regular expression: {syntax}"),
        None => format!("invalid regular expression: {error}"),
    })
}

/// A pattern of `parse` where each `*` stands for what is to be extracted
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Parse.html>).
pub(super) fn glob(pattern: &str) -> Result<(Box<Regex>, usize), String> {
    let parts: Vec<&str> = pattern.split('*').collect();
    let stars = parts.len() - 1;
    let mut expression = String::from("(?s)");
    for (place, part) in parts.iter().enumerate() {
        expression.push_str(&regex_syntax::escape(part));
        // A star at the end takes the rest, any other as little as it can.
        let last = place + 1 == stars && parts.last().is_some_and(|rest| rest.is_empty());
        if place < stars {
            expression.push_str(if last { "(.*)" } else { "(.*?)" });
        }
    }
    Ok((regex(&expression)?, stars))
}

/// A pattern of SQL's and PPL's `LIKE`: `%` for any characters, `_` for one.
pub(super) fn wildcard(pattern: &str) -> Result<Box<Regex>, String> {
    let mut expression = String::from("(?s)^");
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '%' => expression.push_str(".*"),
            '_' => expression.push('.'),
            '\\' => expression.push_str(&regex_syntax::escape(&letters.next().unwrap_or('\\').to_string())),
            other => expression.push_str(&regex_syntax::escape(&other.to_string())),
        }
    }
    expression.push('$');
    regex(&expression)
}
