//! Where a line breaks that is wider than its column: after the last character that fits, as pagers do, so that nothing moves.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// The pieces of `text`, each at most `columns` wide; one empty piece for an empty text. Where nothing fits each character is a piece.
pub fn pieces(text: &str, columns: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let (mut start, mut used) = (0, 0);
    for (at, c) in text.char_indices() {
        let width = c.width().unwrap_or(0);
        if used + width > columns && at > start {
            found.push(start..at);
            (start, used) = (at, 0);
        }
        used += width;
    }
    found.push(start..text.len());
    found
}

/// How many pieces there are, without making them.
pub fn height(text: &str, columns: usize) -> usize {
    // Most lines fit, and a line of ASCII is as wide as it is long.
    if text.len() <= columns { 1 } else { pieces(text, columns).len() }
}

/// The part of `text` that begins `columns` from its left: with a blank where a wide character is cut in two.
pub fn shifted(text: &str, columns: usize) -> String {
    let mut passed = 0;
    for (at, c) in text.char_indices() {
        if passed >= columns {
            let gap = " ".repeat(passed - columns);
            return gap + text.get(at..).unwrap_or_default();
        }
        passed += c.width().unwrap_or(0);
    }
    String::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, columns: usize) -> Vec<&str> {
        pieces(text, columns).into_iter().filter_map(|range| text.get(range)).collect()
    }

    #[test]
    fn a_line_breaks_where_it_is_full() {
        assert_eq!(cut("abcdef", 4), ["abcd", "ef"]);
        assert_eq!(cut("日本語", 4), ["日本", "語"]);
        assert_eq!(cut("日本", 1), ["日", "本"]);
        assert_eq!(cut("", 4), [""]);
        for text in ["abcdefgh", "日本語 log", "abcd"] {
            assert_eq!(height(text, 4), cut(text, 4).len(), "{text}");
        }
    }

    #[test]
    fn a_line_is_shifted_by_columns() {
        assert_eq!(shifted("abcdef", 2), "cdef");
        assert_eq!(shifted("日本語", 1), " 本語");
        assert_eq!(shifted("日本語", 2), "本語");
        assert_eq!(shifted("ab", 9), "");
    }
}
