//! A TOML file that a person wrote, read so that every mistake names its line and what would be right.

use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One mistake: where it is, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file as the user knows it: a path, or the name of a file that is part of the program.
    pub file: String,
    /// Line in it, from 1.
    pub line: usize,
    /// What is wrong and what is allowed, in one line.
    pub message: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.message)
    }
}

/// All the mistakes of a file, in the order of their lines; at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistakes(pub Vec<Mistake>);

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, mistake) in self.0.iter().enumerate() {
            let separator = if position == 0 { "" } else { "\n" };
            write!(f, "{separator}{mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}

impl From<Mistake> for Mistakes {
    fn from(mistake: Mistake) -> Self {
        Self(vec![mistake])
    }
}

impl Mistakes {
    /// `value` if there are no mistakes, else the mistakes sorted by line.
    ///
    /// # Errors
    /// The mistakes, if there are any.
    pub fn unless_none<T>(mut mistakes: Vec<Mistake>, value: T) -> Result<T, Self> {
        if mistakes.is_empty() {
            return Ok(value);
        }
        mistakes.sort_by_key(|mistake| mistake.line);
        Err(Self(mistakes))
    }
}

/// A file's name and text, to say where in it something is.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file as the user knows it.
    pub file: &'a str,
    /// All of its text.
    pub text: &'a str,
}

/// One `key = value`, in the order of the file.
#[derive(Debug)]
pub struct Entry<'a> {
    /// The key, unquoted.
    pub key: &'a str,
    /// Where the key stands, in bytes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: &'a DeValue<'a>,
    /// Where the value stands, in bytes.
    pub span: Range<usize>,
}

impl<'a> Source<'a> {
    /// A mistake at the first byte of `span`.
    #[must_use]
    pub fn mistake(&self, span: &Range<usize>, message: impl Into<String>) -> Mistake {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        Mistake { file: self.file.to_owned(), line, message: message.into() }
    }

    /// The file as a table whose keys and values know where they stand.
    ///
    /// # Errors
    /// The first place at which the text is no TOML.
    pub fn parse(&self) -> Result<Spanned<DeTable<'a>>, Mistake> {
        DeTable::parse(self.text).map_err(|error| self.explain(&error))
    }

    fn explain(&self, error: &toml::de::Error) -> Mistake {
        let span = error.span().unwrap_or(0..0);
        self.mistake(&span, error.message().replace('\n', ", "))
    }
}

/// The entries of a table in the order in which they stand in the file.
#[must_use]
pub fn entries<'a>(table: &'a DeTable<'a>) -> Vec<Entry<'a>> {
    let mut entries: Vec<Entry<'a>> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().as_ref(),
            key_span: key.span(),
            value: value.get_ref(),
            span: value.span(),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    entries
}

/// The candidate that `word` most likely meant, if one is near enough.
#[must_use]
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.chars().count() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `; did you mean "x"?` for the candidate nearest to `word`, or nothing.
#[must_use]
pub fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map(|candidate| format!("; did you mean \"{candidate}\"?")).unwrap_or_default()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn broken_toml_is_placed() {
        let source = Source { file: "keymap.toml", text: "[global]\n\"q\" = \n" };
        let mistake = source.parse().unwrap_err();
        assert_eq!((mistake.file.as_str(), mistake.line), ("keymap.toml", 2));
    }

    #[test]
    fn entries_keep_the_order_of_the_file() {
        let source = Source { file: "t", text: "b = 1\na = 2\n" };
        let table = source.parse().unwrap();
        let keys: Vec<&str> = entries(table.get_ref()).iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["b", "a"]);
    }

    #[test]
    fn only_near_words_are_suggested() {
        let commands = ["row.open", "row.copy", "app.quit"];
        assert_eq!(nearest("row.opne", commands), Some("row.open"));
        assert_eq!(nearest("explode", commands), None);
        assert_eq!(did_you_mean("app.qiut", commands), "; did you mean \"app.quit\"?");
    }
}
