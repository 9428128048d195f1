//! Plain ASCII for terminals and fonts that have nothing else.

use ratatui::buffer::Buffer;

/// What stands for each sign that the console draws, one column for one column.
const TABLE: [(&str, &str); 66] = [
    ("●", "!"),
    ("▲", "*"),
    ("○", "i"),
    ("◌", "~"),
    ("◷", "@"),
    ("⊘", "X"),
    ("≋", "%"),
    ("✕", "x"),
    ("✓", "v"),
    ("▴", "^"),
    ("▾", "v"),
    ("›", ">"),
    ("‹", "<"),
    ("»", ">"),
    ("«", "<"),
    ("…", "~"),
    ("–", "-"),
    ("—", "-"),
    ("≥", ">"),
    ("≤", "<"),
    ("·", "."),
    ("•", "."),
    ("×", "x"),
    ("→", ">"),
    ("←", "<"),
    ("↑", "^"),
    ("↓", "v"),
    ("⏎", "<"),
    ("─", "-"),
    ("━", "="),
    ("═", "="),
    ("┄", "-"),
    ("│", "|"),
    ("┃", "|"),
    ("║", "|"),
    ("┌", "+"),
    ("┐", "+"),
    ("└", "+"),
    ("┘", "+"),
    ("╭", "+"),
    ("╮", "+"),
    ("╰", "+"),
    ("╯", "+"),
    ("├", "+"),
    ("┤", "+"),
    ("┬", "+"),
    ("┴", "+"),
    ("┼", "+"),
    ("▏", "."),
    ("▎", ":"),
    ("▍", ":"),
    ("▌", "-"),
    ("▋", "-"),
    ("▊", "="),
    ("▉", "="),
    ("█", "#"),
    ("▐", "|"),
    ("░", "."),
    ("▒", ":"),
    ("▓", "#"),
    ("▁", "_"),
    ("▂", "_"),
    ("▄", "-"),
    ("▆", "="),
    ("▀", "-"),
    ("␤", "/"),
];

/// Puts ASCII in place of every sign of our own. Letters of other scripts, in names, stay what they are.
pub fn transliterate(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        if let Some((_, ascii)) = TABLE.iter().find(|(sign, _)| *sign == cell.symbol()) {
            cell.set_symbol(ascii);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::ui::widgets::glyph::Glyph;

    #[test]
    fn every_sign_keeps_its_column() {
        for (sign, ascii) in TABLE {
            assert_eq!((sign.width(), ascii.len()), (1, 1), "{sign}");
            assert!(ascii.is_ascii() && !sign.is_ascii(), "{sign}");
        }
    }

    #[test]
    fn states_stay_apart_in_ascii() {
        let states: Vec<&str> = Glyph::ALL
            .into_iter()
            .take_while(|glyph| *glyph != Glyph::Marked)
            .filter_map(|glyph| TABLE.iter().find(|(sign, _)| *sign == glyph.symbol()).map(|(_, ascii)| *ascii))
            .collect();
        assert_eq!(states.len(), 8);
        assert!(states.iter().enumerate().all(|(place, sign)| !states[place + 1..].contains(sign)), "{states:?}");
    }

    #[test]
    fn names_keep_their_letters() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 12, 1));
        buffer.set_string(0, 0, "╭● café ≥ 3…", ratatui::style::Style::new());
        transliterate(&mut buffer);
        let line: String = buffer.content.iter().map(|cell| cell.symbol()).collect();
        assert_eq!(line, "+! café > 3~");
    }
}
