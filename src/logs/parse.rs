//! What a line says in its own format: JSON, logfmt or plain. Nothing is kept: fields are looked up when asked for.

use std::borrow::Cow;

use super::event::Level;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One JSON object.
    Json,
    /// `key=value` pairs.
    Logfmt,
    /// Anything else.
    Plain,
}

/// A plain line names its level near its start, after the time and the thread.
const LEVEL_WITHIN: usize = 160;
const LEVEL_KEYS: [&str; 6] = ["level", "severity", "lvl", "loglevel", "levelname", "log.level"];

/// How the line is written.
#[must_use]
pub fn format(line: &str) -> Format {
    let trimmed = line.trim();
    if trimmed.starts_with('{') && trimmed.ends_with('}') {
        Format::Json
    } else if pairs(line).nth(1).is_some() {
        Format::Logfmt
    } else {
        Format::Plain
    }
}

/// The value of a field, clean. `a.b` is the member `a.b`, or the member `b` of the object `a`.
#[must_use]
pub fn field<'a>(line: &'a str, name: &str) -> Option<Cow<'a, str>> {
    let trimmed = line.trim_start();
    if trimmed.starts_with('{') {
        return member(trimmed, name).map(shown);
    }
    pairs(line).find(|(key, _)| *key == name).map(|(_, value)| shown(value))
}

/// All fields of the line in their order, the inner ones of JSON as one value. Values are clean.
pub fn fields(line: &str) -> Vec<(&str, Cow<'_, str>)> {
    let trimmed = line.trim_start();
    if trimmed.starts_with('{') {
        return Members::of(trimmed).map(|(key, value)| (key, shown(value))).collect();
    }
    pairs(line).map(|(key, value)| (key, shown(value))).collect()
}

/// The level that the line names.
#[must_use]
pub fn level(line: &str) -> Level {
    let trimmed = line.trim_start();
    if trimmed.starts_with('{') {
        let named = Members::of(trimmed).find(|(key, _)| is_level_key(key));
        return named.map(|(_, value)| level_value(value.trim_matches('"'))).unwrap_or_default();
    }
    let head = line.get(..line.floor_char_boundary(LEVEL_WITHIN)).unwrap_or(line);
    // Looking for pairs costs more than looking for words, and most lines that have pairs name a level there.
    if head.contains('=')
        && let Some((_, value)) = pairs(head).find(|(key, _)| is_level_key(key))
    {
        return level_value(value.trim_matches('"'));
    }
    plain_level(head)
}

fn is_level_key(key: &str) -> bool {
    LEVEL_KEYS.iter().any(|known| known.eq_ignore_ascii_case(key))
}

/// The level of that name, in any case.
#[must_use]
pub fn level_named(word: &str) -> Option<Level> {
    let known: [(&str, Level); 22] = [
        ("trace", Level::Trace),
        ("finest", Level::Trace),
        ("debug", Level::Debug),
        ("dbg", Level::Debug),
        ("fine", Level::Debug),
        ("info", Level::Info),
        ("information", Level::Info),
        ("informational", Level::Info),
        ("notice", Level::Info),
        ("warn", Level::Warn),
        ("warning", Level::Warn),
        ("error", Level::Error),
        ("err", Level::Error),
        ("severe", Level::Error),
        ("fatal", Level::Fatal),
        ("critical", Level::Fatal),
        ("crit", Level::Fatal),
        ("panic", Level::Fatal),
        ("emerg", Level::Fatal),
        ("emergency", Level::Fatal),
        ("alert", Level::Fatal),
        ("dpanic", Level::Fatal),
    ];
    let short = word.len() <= 13;
    known.iter().find(|(name, _)| short && name.eq_ignore_ascii_case(word)).map(|(_, level)| *level)
}

/// A name, or a number as bunyan and pino write it: 10 trace to 60 fatal.
fn level_value(value: &str) -> Level {
    match value.parse::<u32>() {
        Ok(number) => Level::from_bits((number / 10).min(6) as u8),
        Err(_) => level_named(value).unwrap_or_default(),
    }
}

fn plain_level(head: &str) -> Level {
    let mut rest = head;
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphabetic()) {
        let word = rest.get(start..).unwrap_or_default();
        let length = word.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(word.len());
        let (name, after) = word.split_at(length);
        // A word in prose is no level: it has to be in capitals, in brackets or before a colon.
        let before = rest.get(..start).and_then(|text| text.chars().next_back());
        let told = name.bytes().all(|byte| byte.is_ascii_uppercase())
            || (before == Some('[') && after.starts_with(']'))
            || after.starts_with(':');
        if let Some(level) = told.then(|| level_named(name)).flatten() {
            return level;
        }
        rest = after;
    }
    Level::Unknown
}

/// Whether the line looks like the rest of an event: a frame of a stack trace, its cause, something indented.
#[must_use]
pub fn continues(line: &str) -> bool {
    let indented = line.starts_with(' ') && !line.trim_start().is_empty();
    let told = ["Caused by: ", "Suppressed: ", "... ", "at "].iter().any(|start| line.starts_with(start));
    indented || told || matches!(line, "}" | "]" | ")")
}

/// The pairs of a line in logfmt, values with their quotes. Words that are no pair are passed over.
fn pairs(line: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = line;
    std::iter::from_fn(move || {
        loop {
            rest = rest.trim_start();
            let word = rest.find([' ', '=']).filter(|end| *end > 0);
            let Some(end) = word else {
                // An equals sign without a key, or the last word.
                rest = rest.strip_prefix('=')?;
                continue;
            };
            let (key, after) = rest.split_at(end);
            let Some(value) = after.strip_prefix('=') else {
                rest = after;
                continue;
            };
            let length = match value.strip_prefix('"') {
                Some(_) => string_end(value, 0).unwrap_or(value.len()),
                None => value.find(' ').unwrap_or(value.len()),
            };
            let (value, after) = value.split_at(length);
            rest = after;
            let named = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-@/".contains(&byte));
            if named {
                return Some((key, value));
            }
        }
    })
}

/// The members of the outermost object of a JSON text: names and values as they are written. It stops where the text does
/// not go on as JSON.
struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    fn of(text: &'a str) -> Self {
        Self { text, at: 1 }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = skip(self.text, self.at, b" ,")?;
        let end = string_end(self.text, start)?;
        let key = self.text.get(start + 1..end - 1)?;
        let from = skip(self.text, skip(self.text, end, b" ")?, b":")?;
        let from = skip(self.text, from, b" ")?;
        self.at = value_end(self.text, from)?;
        Some((key, self.text.get(from..self.at)?))
    }
}

/// Where the first byte from `at` on stands that is none of `bytes`.
fn skip(text: &str, at: usize, bytes: &[u8]) -> Option<usize> {
    let rest = text.as_bytes().get(at..)?;
    rest.iter().position(|byte| !bytes.contains(byte)).map(|skipped| at + skipped)
}

/// Where the quoted text ends that starts at `start`, after its last quote.
fn string_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    if bytes.get(start) != Some(&b'"') {
        return None;
    }
    let mut at = start + 1;
    loop {
        match memchr::memchr2(b'"', b'\\', bytes.get(at..)?)? + at {
            quote if bytes.get(quote) == Some(&b'"') => return Some(quote + 1),
            escape => at = escape + 2,
        }
    }
}

fn value_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    match bytes.get(start)? {
        b'"' => string_end(text, start),
        b'{' | b'[' => {
            let (mut depth, mut at) = (0_usize, start);
            loop {
                match bytes.get(at)? {
                    b'"' => at = string_end(text, at)? - 1,
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' if depth == 1 => return Some(at + 1),
                    b'}' | b']' => depth -= 1,
                    _ => {}
                }
                at += 1;
            }
        }
        b',' | b'}' | b']' => None,
        _ => bytes.get(start..)?.iter().position(|byte| b",}] ".contains(byte)).map(|length| start + length),
    }
}

fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    if let Some((_, value)) = Members::of(object).find(|(key, _)| *key == name) {
        return Some(value);
    }
    let (outer, inner) = name.split_once('.')?;
    let (_, value) = Members::of(object).find(|(key, value)| *key == outer && value.starts_with('{'))?;
    member(value, inner)
}

/// A value to look at: without quotes and escapes. What an escape spells is from outside like the rest, hence clean.
fn shown(value: &str) -> Cow<'_, str> {
    let Some(inner) = value.strip_prefix('"') else { return Cow::Borrowed(value) };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner.contains('\\') {
        return Cow::Borrowed(inner);
    }
    Cow::Owned(crate::text::clean(&unescaped(inner)).into_owned())
}

fn unescaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut units = Vec::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        let escape = if c == '\\' { rest.next() } else { None };
        if let Some(unit) = escape.filter(|e| *e == 'u').and_then(|_| hex(rest.as_str())) {
            units.push(unit);
            rest = rest.as_str().get(4..).unwrap_or_default().chars();
            continue;
        }
        out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
        match escape {
            None => out.push(c),
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('b') => out.push('\u{8}'),
            Some('f') => out.push('\u{c}'),
            Some(other) => out.push(other),
        }
    }
    out.extend(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
    out
}

fn hex(text: &str) -> Option<u16> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_taken_from_where_the_format_has_them() {
        for (line, wanted) in [
            (r#"{"time":1,"level":"warn","msg":"ERROR in text"}"#, Level::Warn),
            (r#"{"level":50}"#, Level::Error),
            (r#"{"a":{"level":"error"},"severity":"NOTICE"}"#, Level::Info),
            (r#"ts=1 level=error msg="all INFO""#, Level::Error),
            ("2026-11-24 12:00:00 ERROR [main] c.e.Shop - no", Level::Error),
            ("[warn] disk", Level::Warn),
            ("panic: runtime error", Level::Fatal),
            ("no error to see here", Level::Unknown),
            ("{", Level::Unknown),
            ("", Level::Unknown),
        ] {
            assert_eq!(level(line), wanted, "{line}");
        }
    }

    #[test]
    fn fields_are_found_in_json_and_logfmt() {
        let json = r#"{"status": 503, "http":{"path":"/a\"b","n":[1,{"x":2}]}, "log.level":"info","e":"\u001b[31m \ud83d\ude00"}"#;
        assert_eq!(field(json, "status").as_deref(), Some("503"));
        assert_eq!(field(json, "http.path").as_deref(), Some("/a\"b"));
        assert_eq!(field(json, "log.level").as_deref(), Some("info"));
        assert_eq!(field(json, "e").as_deref(), Some("␛[31m 😀"));
        assert_eq!(field(json, "x"), None);
        let logfmt = r#"msg="a b=c" status=503 empty= last=1"#;
        assert_eq!(field(logfmt, "msg").as_deref(), Some("a b=c"));
        assert_eq!(field(logfmt, "status").as_deref(), Some("503"));
        assert_eq!(field(logfmt, "empty").as_deref(), Some(""));
        assert_eq!(field(logfmt, "last").as_deref(), Some("1"));
        assert_eq!(field(logfmt, "b"), None);
        assert_eq!(format(json), Format::Json);
        assert_eq!(format(logfmt), Format::Logfmt);
        assert_eq!(format("GET /a?b=c"), Format::Plain);
    }

    #[test]
    fn frames_continue_and_first_lines_do_not() {
        assert!(["    at a.B.c(D.java:1)", "Caused by: x", "... 12 more", "}"].into_iter().all(continues));
        assert!(!["", "   ", "Exception in thread", "{\"a\":1}"].into_iter().any(continues));
    }
}
