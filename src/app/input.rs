//! A line of text being typed.

/// A line with a cursor between its characters.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Input {
    text: String,
    /// Characters before the cursor.
    cursor: usize,
}

impl Input {
    /// A line that already says `text`, with the cursor at its end.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self { cursor: text.chars().count(), text: text.to_owned() }
    }

    /// What was typed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What stands before the cursor, and what after it.
    #[must_use]
    pub fn parts(&self) -> (&str, &str) {
        self.text.split_at(self.byte(self.cursor))
    }

    fn byte(&self, character: usize) -> usize {
        self.text.char_indices().nth(character).map_or(self.text.len(), |(at, _)| at)
    }

    fn remove(&mut self, from: usize, to: usize) {
        self.text.replace_range(self.byte(from)..self.byte(to), "");
        self.cursor = from;
    }

    pub(super) fn insert(&mut self, c: char) {
        self.text.insert(self.byte(self.cursor), c);
        self.cursor += 1;
    }

    pub(super) fn left(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    pub(super) fn right(&mut self) {
        self.cursor = (self.cursor + 1).min(self.text.chars().count());
    }

    pub(super) fn start(&mut self) {
        self.cursor = 0;
    }

    pub(super) fn end(&mut self) {
        self.cursor = self.text.chars().count();
    }

    pub(super) fn delete_back(&mut self) {
        self.remove(self.cursor.saturating_sub(1), self.cursor);
    }

    pub(super) fn delete(&mut self) {
        self.remove(self.cursor, self.cursor + 1);
    }

    /// Deletes the word before the cursor with the blanks after it.
    pub(super) fn delete_word(&mut self) {
        let before = self.parts().0;
        let kept = before.trim_end().trim_end_matches(|c: char| !c.is_whitespace());
        self.remove(kept.chars().count(), self.cursor);
    }

    pub(super) fn delete_to_start(&mut self) {
        self.remove(0, self.cursor);
    }

    pub(super) fn delete_to_end(&mut self) {
        let end = self.text.chars().count();
        self.remove(self.cursor, end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_by_character_and_by_word() {
        let mut line = Input::of("größe az:1a");
        line.delete_word();
        assert_eq!(line.text(), "größe ");
        line.left();
        line.delete_back();
        assert_eq!(line.parts(), ("größ", " "));
        line.start();
        line.delete();
        line.insert('G');
        assert_eq!(line.parts(), ("G", "röß "));
        line.end();
        line.delete_word();
        assert_eq!(line.text(), "");
        line.delete_back();
        line.delete();
        line.delete_word();
        assert_eq!(line, Input::default());
    }

    #[test]
    fn deletes_to_either_end() {
        let mut line = Input::of("abcd");
        line.left();
        line.left();
        line.delete_to_end();
        assert_eq!(line.parts(), ("ab", ""));
        line.left();
        line.delete_to_start();
        assert_eq!(line.parts(), ("", "b"));
    }
}
