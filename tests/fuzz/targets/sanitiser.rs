//! Whatever comes in, what comes out of the sanitiser steers no terminal.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quarterdeck_fuzz::{assert_clean, text};

fuzz_target!(|data: &[u8]| {
    let one = text::clean_bytes(data);
    assert_clean(&one);
    assert_eq!(one.is_empty(), data.is_empty());
    let lines = text::clean_lines_bytes(data);
    lines.split('\n').for_each(assert_clean);
    assert_eq!(text::clean_lines(&lines), lines);
    let Ok(valid) = std::str::from_utf8(data) else { return };
    assert_eq!(text::clean(valid), one);
    assert_eq!(text::clean_lines(valid), lines);
    // `\r\n` is the one thing that gets shorter.
    assert!(one.chars().count() >= valid.replace("\r\n", "\n").chars().count());
    let limit = usize::from(data.first().copied().unwrap_or_default());
    let short = text::one_line(valid, limit);
    assert_clean(&short);
    assert!(short.chars().count() <= limit);
    assert!(short == one || short.ends_with('…') || limit == 0);
});
