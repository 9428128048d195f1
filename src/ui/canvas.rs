//! A buffer with a theme: text by role, clipped, never outside.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::format;
use crate::theme::{Role, Theme};

/// What is drawn on.
pub(super) struct Canvas<'a> {
    pub buffer: &'a mut Buffer,
    pub theme: &'a Theme,
}

impl<'a> Canvas<'a> {
    pub fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        Self { buffer, theme }
    }

    /// Empties an area and lays a role under it.
    pub fn ground(&mut self, area: Rect, role: Role) {
        let style = self.theme.style(role);
        for position in area.intersection(self.buffer.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(style);
            }
        }
    }

    /// Writes as much of `text` as fits `width` columns from (`x`, `y`); gives the columns used.
    pub fn text(&mut self, x: u16, y: u16, width: u16, text: &str, role: Role) -> u16 {
        self.styled(x, y, width, text, self.theme.style(role))
    }

    /// The same in a style of its own.
    pub fn styled(&mut self, x: u16, y: u16, width: u16, text: &str, style: Style) -> u16 {
        let room = width.min(self.buffer.area.right().saturating_sub(x));
        if room == 0 || y >= self.buffer.area.bottom() {
            return 0;
        }
        let shown = format::clip(text, usize::from(room));
        let (end, _) = self.buffer.set_stringn(x, y, &shown, usize::from(room), style);
        end.saturating_sub(x)
    }

    /// Writes pieces one after the other, each in its role; gives the columns used.
    pub fn pieces(&mut self, x: u16, y: u16, width: u16, pieces: &[(&str, Role)]) -> u16 {
        let mut used = 0;
        for (text, role) in pieces {
            used += self.text(x + used, y, width.saturating_sub(used), text, *role);
        }
        used
    }

    /// Lays a role over what stands in an area.
    pub fn over(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area.intersection(self.buffer.area), self.theme.style(role));
    }

    /// Makes what stands in an area bold.
    pub fn embolden(&mut self, area: Rect) {
        self.buffer.set_style(area.intersection(self.buffer.area), Style::new().add_modifier(Modifier::BOLD));
    }

    /// A thin line.
    pub fn rule(&mut self, x: u16, y: u16, width: u16, role: Role) {
        self.text(x, y, width, &"─".repeat(usize::from(width)), role);
    }

    /// Writes `text` into an area, wrapped at spaces; gives the lines used.
    pub fn wrap(&mut self, area: Rect, text: &str, role: Role) -> u16 {
        let mut used = 0;
        for line in wrapped(text, usize::from(area.width)) {
            if used == area.height {
                break;
            }
            self.text(area.x, area.y + used, area.width, &line, role);
            used += 1;
        }
        used
    }
}

/// The lines of a text, none wider than `columns`; a word that is wider is cut up.
pub(super) fn wrapped(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut rest = word;
        while let Some(line) = lines.last_mut().filter(|_| !rest.is_empty()) {
            let taken = format::width(line);
            let gap = usize::from(taken > 0);
            if taken + gap + format::width(rest) <= columns || columns == 0 {
                line.push_str(if gap > 0 { " " } else { "" });
                line.push_str(rest);
                break;
            }
            if taken > 0 {
                lines.push(String::new());
                continue;
            }
            let cut = rest
                .char_indices()
                .map(|(at, c)| at + c.len_utf8())
                .take_while(|end| rest.get(..*end).is_some_and(|head| format::width(head) <= columns));
            let end = cut.last().unwrap_or(rest.len());
            let (head, tail) = rest.split_at(end);
            line.push_str(head);
            rest = tail;
            lines.push(String::new());
        }
    }
    if lines.len() > 1 && lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_wraps_at_spaces_and_long_words_are_cut_up() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("arn:aws:ecs x", 5), ["arn:a", "ws:ec", "s x"]);
        assert_eq!(wrapped("", 5), [""]);
        assert_eq!(wrapped("日本語", 4), ["日本", "語"]);
    }
}
