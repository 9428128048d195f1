//! Fields and levels of any line: nothing panics, what comes out is clean, and JSON means what another parser says.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quarterdeck_fuzz::logs::parse::{self, Format};
use quarterdeck_fuzz::{assert_clean, text};
use serde_json::{Map, Value};

fuzz_target!(|data: &[u8]| {
    let raw = String::from_utf8_lossy(data);
    // Nothing that is not clean reaches the parsers; if it did, nothing worse must happen.
    let _ = (parse::level(&raw), parse::fields(&raw), parse::format(&raw), parse::continues(&raw));
    let line = text::clean(&raw);
    let (level, format) = (parse::level(&line), parse::format(&line));
    assert_eq!(parse::level_named(&format!("{level:?}")).unwrap_or_default(), level);
    let fields = parse::fields(&line);
    for (at, (key, value)) in fields.iter().enumerate() {
        assert_clean(key);
        assert_clean(value);
        let first = fields.iter().position(|(other, _)| other == key) == Some(at);
        assert!(!first || parse::field(&line, key).as_ref() == Some(value), "{key} in {line}");
    }
    if let Ok(object) = serde_json::from_str::<Map<String, Value>>(&line) {
        assert_eq!(format, Format::Json);
        agrees(&line, &object);
    }
});

/// Every member that is found is the one that is there, and all are found.
fn agrees(line: &str, object: &Map<String, Value>) {
    let fields = parse::fields(line);
    // Names are compared as they are written, and of twins the first one counts here, the last one there.
    if fields.iter().any(|(key, _)| key.contains('\\')) || fields.len() != object.len() {
        assert!(fields.len() >= object.len(), "{line}");
        return;
    }
    for (key, value) in object {
        let found = parse::field(line, key).unwrap_or_else(|| panic!("{key} is not found in {line}"));
        match value {
            Value::String(said) => assert_eq!(found, text::clean(said), "{key} in {line}"),
            other => assert_eq!(serde_json::from_str::<Value>(&found).ok().as_ref(), Some(other), "{key} in {line}"),
        }
    }
}
