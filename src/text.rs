//! The one way in for text from outside: what is left can be drawn and does nothing else.
//!
//! A terminal obeys control characters, and text can lie without any: a bidi override turns
//! `exe.gpj` around, a zero-width space makes two names look alike. So every character that
//! controls, formats, hides or means nothing is replaced by something to look at: control
//! characters by their pictures (`␛`, `␀`, `␡`), the rest by their code (`<U+202E>`), bytes that
//! are not UTF-8 by `<0xFF>`. Nothing is dropped, so that what was there can still be told.

use std::borrow::Cow;

use unicode_width::UnicodeWidthChar;

/// Columns between tab stops, as terminals have them.
const TAB_STOP: usize = 8;

/// Marks the place where a line was cut.
const ELLIPSIS: char = '…';

/// Whether line ends stay or become `␤`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lines {
    /// All on one line.
    One,
    /// `\n` and `\r\n` end a line.
    Many,
}

/// Text as one line; a line end shows as `␤`. Borrows what is clean already.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    sanitise(text, Lines::One)
}

/// Text of several lines: `\n` stays and `\r\n` becomes it. Everything else as in [`clean`].
#[must_use]
pub fn clean_lines(text: &str) -> Cow<'_, str> {
    sanitise(text, Lines::Many)
}

/// Bytes as one line; each byte that is not UTF-8 shows as `<0xFF>`.
#[must_use]
pub fn clean_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => clean(text),
        Err(_) => Cow::Owned(clean(&decode(bytes)).into_owned()),
    }
}

/// Bytes of several lines: as [`clean_lines`], and each byte that is not UTF-8 shows as `<0xFF>`.
#[must_use]
pub fn clean_lines_bytes(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => clean_lines(text),
        Err(_) => Cow::Owned(clean_lines(&decode(bytes)).into_owned()),
    }
}

/// Text as one line of at most `limit` characters, the last of them `…` where it was cut.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    // Most text is short and clean, and is only copied.
    if text.len() <= limit
        && let Cow::Borrowed(same) = clean(text)
    {
        return same.to_owned();
    }
    // Cleaning never shortens except for `\r\n`, so twice the limit is enough to read.
    let end = text.char_indices().nth(limit.saturating_mul(2).saturating_add(1)).map_or(text.len(), |(at, _)| at);
    let head = text.get(..end).unwrap_or(text);
    let cleaned = clean(head);
    if end == text.len() && cleaned.chars().nth(limit).is_none() {
        return cleaned.into_owned();
    }
    cleaned.chars().take(limit.saturating_sub(1)).chain((limit > 0).then_some(ELLIPSIS)).collect()
}

fn decode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str(&format!("<0x{byte:02X}>"));
        }
    }
    text
}

fn sanitise(text: &str, lines: Lines) -> Cow<'_, str> {
    match first_unclean(text, lines) {
        None => Cow::Borrowed(text),
        Some(at) => Cow::Owned(rewrite(text, at, lines)),
    }
}

/// Where the first character stands that cannot stay. Most text is ASCII and passes on the first line.
fn first_unclean(text: &str, lines: Lines) -> Option<usize> {
    let suspect = text.bytes().position(|byte| !(0x20..0x7F).contains(&byte))?;
    let mut before = text.get(..suspect).and_then(|head| head.chars().next_back());
    for (at, c) in text.get(suspect..)?.char_indices() {
        let stays = (c == '\n' && lines == Lines::Many) || harmless(before, c);
        if !stays {
            return Some(suspect + at);
        }
        before = Some(c);
    }
    None
}

fn rewrite(text: &str, from: usize, lines: Lines) -> String {
    let (head, tail) = text.split_at_checked(from).unwrap_or(("", text));
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(head);
    let line_start = head.rfind('\n').map_or(0, |at| at + 1);
    let mut column: usize = head.get(line_start..).map_or(0, unicode_width::UnicodeWidthStr::width);
    let mut before = head.chars().next_back();
    let mut rest = tail.chars().peekable();
    while let Some(mut c) = rest.next() {
        if c == '\r' && rest.peek() == Some(&'\n') {
            rest.next();
            c = '\n';
        }
        let start = out.len();
        let stays = (c == '\n' && lines == Lines::Many) || harmless(before, c);
        match c {
            c if stays => out.push(c),
            '\t' => out.extend(std::iter::repeat_n(' ', TAB_STOP - column % TAB_STOP)),
            c => show(c, &mut out),
        }
        column = match c {
            '\n' if lines == Lines::Many => 0,
            _ => column + out.get(start..).map_or(0, |added| added.chars().filter_map(UnicodeWidthChar::width).sum()),
        };
        // What follows stands after what is written now, not after what was there.
        before = stays.then_some(c);
    }
    out
}

/// Writes something to look at in place of `c`.
fn show(c: char, out: &mut String) {
    match u32::from(c) {
        0x0A => out.push('␤'),
        // The block of control pictures follows the order of the control characters.
        code @ 0x00..=0x1F => out.push(char::from_u32(0x2400 + code).unwrap_or(char::REPLACEMENT_CHARACTER)),
        0x7F => out.push('␡'),
        code => out.push_str(&format!("<U+{code:04X}>")),
    }
}

/// Whether `c` may stay as it is, after `before`.
fn harmless(before: Option<char>, c: char) -> bool {
    match c {
        ' '..='~' => true,
        // Text and emoji presentation have their place after a symbol; after ASCII they only hide.
        '\u{FE0E}' | '\u{FE0F}' => before.is_some_and(|b| !b.is_ascii() && !invisible(b)),
        c if invisible(c) => false,
        // Spaces other than the plain one: seen as spaces, and no control.
        '\u{A0}' | '\u{1680}' | '\u{2000}'..='\u{200A}' | '\u{202F}' | '\u{205F}' | '\u{3000}' => true,
        c => printable(c),
    }
}

/// Characters that draw nothing although Unicode counts them as letters or marks
/// (`Default_Ignorable_Code_Point`, less those that are format characters anyway).
fn invisible(c: char) -> bool {
    matches!(
        c,
        '\u{034F}'
            | '\u{115F}'
            | '\u{1160}'
            | '\u{17B4}'
            | '\u{17B5}'
            | '\u{180B}'..='\u{180F}'
            | '\u{3164}'
            | '\u{FE00}'..='\u{FE0F}'
            | '\u{FFA0}'
            | '\u{1BCA0}'..='\u{1BCA3}'
            | '\u{1D173}'..='\u{1D17A}'
            | '\u{E0000}'..='\u{E0FFF}'
    )
}

/// Whether Unicode gives `c` a shape: no control, format, private, unassigned or surrogate
/// code point and no separator. The standard library knows: it escapes all of these in `Debug`.
fn printable(c: char) -> bool {
    // A combining mark is escaped only at the start of a text, hence a letter before it.
    let mut text = [0; 5];
    let (first, rest) = text.split_at_mut(1);
    first.fill(b'x');
    let length = 1 + c.encode_utf8(rest).len();
    let shown = text.get(..length).and_then(|bytes| std::str::from_utf8(bytes).ok());
    shown.is_some_and(|shown| shown.escape_debug().nth(2).is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_text_is_borrowed() {
        for text in ["", "web-1", "größer ✓ 日本語", "e\u{301}", "⚠\u{FE0F} down", "a\u{A0}b"] {
            assert!(matches!(clean(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
        assert!(matches!(clean_lines("one\ntwo"), Cow::Borrowed(_)));
        assert!(matches!(clean_bytes(b"plain"), Cow::Borrowed("plain")));
    }

    #[test]
    fn controls_become_pictures() {
        assert_eq!(clean("\u{1b}[31mred\u{1b}[0m"), "␛[31mred␛[0m");
        assert_eq!(clean("a\0b\u{7f}c\u{7}"), "a␀b␡c␇");
        assert_eq!(clean("\u{9b}31m"), "<U+009B>31m");
        assert_eq!(clean("\u{1b}]52;c;aGk=\u{7}"), "␛]52;c;aGk=␇");
    }

    #[test]
    fn line_ends_show_or_stay() {
        assert_eq!(clean("a\nb\r\nc\rd"), "a␤b␤c␍d");
        assert_eq!(clean_lines("a\nb\r\nc\rd"), "a\nb\nc␍d");
        assert_eq!(clean_lines("a\u{2028}b\u{85}c"), "a<U+2028>b<U+0085>c");
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        assert_eq!(clean("\tx"), "        x");
        assert_eq!(clean("ab\tx"), "ab      x");
        assert_eq!(clean("日本\tx"), "日本    x");
        assert_eq!(clean_lines("long line\nab\tx"), "long line\nab      x");
        assert_eq!(clean("\u{1b}\tx"), "␛       x");
    }

    #[test]
    fn what_hides_or_reorders_shows_its_code() {
        assert_eq!(clean("a\u{202E}b"), "a<U+202E>b");
        assert_eq!(clean("pay\u{200B}pal\u{FEFF}"), "pay<U+200B>pal<U+FEFF>");
        assert_eq!(clean("web\u{FE0F}"), "web<U+FE0F>");
        assert_eq!(clean("a\u{206E}\u{FE0F}b"), "a<U+206E><U+FE0F>b");
        assert_eq!(clean("\u{3164}\u{E0041}\u{AD}\u{2066}"), "<U+3164><U+E0041><U+00AD><U+2066>");
        assert_eq!(clean("\u{E000}\u{FFFF}\u{10FFFF}\u{0378}"), "<U+E000><U+FFFF><U+10FFFF><U+0378>");
    }

    #[test]
    fn bytes_that_are_not_text_show_their_value() {
        assert_eq!(clean_bytes(b"a\xff\xfeb\xe2\x82"), "a<0xFF><0xFE>b<0xE2><0x82>");
        assert_eq!(clean_bytes(b"\x1b\xff"), "␛<0xFF>");
        assert_eq!(clean_lines_bytes(b"a\r\n\xff\n\x1b"), "a\n<0xFF>\n␛");
    }

    #[test]
    fn one_line_is_bounded() {
        assert_eq!(one_line("abcdef", 6), "abcdef");
        assert_eq!(one_line("abcdefg", 6), "abcde…");
        assert_eq!(one_line("a\r\nb\r\nc", 5), "a␤b␤c");
        assert_eq!(one_line(&"\r\n".repeat(50), 3), "␤␤…");
        assert_eq!(one_line("ab", 1), "…");
        assert_eq!(one_line("ab", 0), "");
        assert_eq!(one_line(&"\u{202E}".repeat(1_000_000), 10).chars().count(), 10);
    }

    /// Controls and line breaks by std's own tables, format characters by Unicode's list of `Cf` and by
    /// the rest of what is default-ignorable: independent of the tables that the code under test asks.
    fn forbidden(c: char) -> bool {
        if matches!(c, ' '..='~') {
            return false;
        }
        let code = u32::from(c);
        let formats = [
            0xAD..=0xAD,
            0x600..=0x605,
            0x61C..=0x61C,
            0x6DD..=0x6DD,
            0x70F..=0x70F,
            0x890..=0x891,
            0x8E2..=0x8E2,
            0x180E..=0x180E,
            0x200B..=0x200F,
            0x2028..=0x202E,
            0x2060..=0x206F,
            0xFEFF..=0xFEFF,
            0xFFF0..=0xFFFB,
            0x110BD..=0x110BD,
            0x110CD..=0x110CD,
            0x13430..=0x1343F,
            0x1BCA0..=0x1BCA3,
            0x1D173..=0x1D17A,
            0xE000..=0xF8FF,
            0xE0000..=0xE0FFF,
            0xF0000..=0x10_FFFF,
        ];
        c.is_control() || (code & 0xFFFE) == 0xFFFE || formats.iter().any(|range| range.contains(&code))
    }

    #[test]
    fn no_character_at_all_gets_through_as_a_control() {
        let every: Vec<char> = ('\0'..=char::MAX).collect();
        for some in every.chunks(512) {
            let text: String = some.iter().flat_map(|c| ['é', *c, 'z']).collect();
            let from = u32::from(some[0]);
            let cleaned = clean(&text);
            assert_eq!(cleaned.chars().find(|c| forbidden(*c)), None, "came through after U+{from:04X}");
            assert!(cleaned.chars().count() >= text.chars().count(), "dropped after U+{from:04X}");
            assert_eq!(clean(&cleaned), cleaned, "cleaned twice after U+{from:04X}");
            let lines = clean_lines(&text);
            assert_eq!(lines.chars().find(|c| *c != '\n' && forbidden(*c)), None, "in lines after U+{from:04X}");
        }
    }

    #[test]
    fn every_byte_gets_through_as_text() {
        for first in 0..=u8::MAX {
            for second in 0..=u8::MAX {
                let cleaned = clean_bytes(&[first, second]).into_owned();
                assert!(!cleaned.chars().any(forbidden), "{first:#x} {second:#x}: {cleaned:?}");
                assert!(!cleaned.is_empty());
            }
        }
    }
}
