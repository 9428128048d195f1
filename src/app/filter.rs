//! Filters: words that a row must say or must not say.

/// One word of a filter.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    /// Number of the only column that counts; `None`: any.
    column: Option<usize>,
    /// Rows that say it are hidden.
    negated: bool,
    /// Capitals count because the word has one.
    exact_case: bool,
    word: String,
}

/// What rows must say: all the words, each anywhere in the row.
///
/// `web` a row that says it, `!web` one that does not, `az:1a` one whose column `az` says it. Capitals count only in
/// a word that has one. A word before the colon that names no column is taken as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Filter {
    terms: Vec<Term>,
}

impl Filter {
    /// The filter that `text` says, where a row has these `columns`.
    pub(super) fn parse(text: &str, columns: &[&str]) -> Self {
        Self { terms: text.split_whitespace().filter_map(|word| Term::parse(word, columns)).collect() }
    }

    /// Whether every row passes.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether whatever passes this filter passes `other` too, as far as that shows at a glance: it is `other` with more typed
    /// at its end.
    pub(super) fn narrows(&self, other: &Self) -> bool {
        let longer = |(term, before): (&Term, &Term)| {
            term == before
                || (!before.negated
                    && (term.column, term.negated, term.exact_case)
                        == (before.column, before.negated, before.exact_case)
                    && term.word.starts_with(&before.word))
        };
        self.terms.len() >= other.terms.len() && self.terms.iter().zip(&other.terms).all(longer)
    }

    /// Whether a row passes whose column number `n` says `cell(n)`; `cells` are all the numbers.
    pub(super) fn passes(&self, cells: usize, cell: &dyn Fn(usize) -> String) -> bool {
        self.terms.iter().all(|term| {
            let said = match term.column {
                Some(column) => term.in_text(&cell(column)),
                None => (0..cells).any(|column| term.in_text(&cell(column))),
            };
            said != term.negated
        })
    }
}

impl Term {
    fn parse(text: &str, columns: &[&str]) -> Option<Self> {
        let (negated, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let named = text.split_once(':').and_then(|(name, word)| {
            let column = columns.iter().position(|column| column.eq_ignore_ascii_case(name))?;
            Some((column, word))
        });
        let (column, word) = named.map_or((None, text), |(column, word)| (Some(column), word));
        let exact_case = word.chars().any(char::is_uppercase);
        (!word.is_empty()).then(|| Self { column, negated, exact_case, word: word.to_owned() })
    }

    fn in_text(&self, text: &str) -> bool {
        match self.exact_case {
            true => text.contains(&self.word),
            false if text.is_ascii() && self.word.is_ascii() => contains_in_any_case(text, &self.word),
            false => text.to_lowercase().contains(&self.word),
        }
    }
}

/// Whether ASCII `text` says the lower-case `word`, capitals aside. Rows are asked for every key, so nothing is copied.
fn contains_in_any_case(text: &str, word: &str) -> bool {
    let (text, word) = (text.as_bytes(), word.as_bytes());
    let Some(first) = word.first() else { return true };
    let starts = text.len().checked_sub(word.len()).map_or(&[][..], |last| &text[..=last]);
    let mut at = starts.iter().enumerate().filter(|(_, byte)| byte.to_ascii_lowercase() == *first);
    at.any(|(at, _)| text[at..at + word.len()].eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 3] = ["id", "az", "status"];

    fn passing(filter: &str) -> Vec<usize> {
        let rows = [["i-0a", "1a", "ACTIVE"], ["i-0b", "1b", "DRAINING"], ["i-1a", "1a", ""]];
        let filter = Filter::parse(filter, &COLUMNS);
        let passes = |row: &[&str; 3]| filter.passes(3, &|column| row[column].to_owned());
        (0..rows.len()).filter(|n| passes(&rows[*n])).collect()
    }

    #[test]
    fn all_words_count() {
        assert_eq!(passing(""), [0, 1, 2]);
        assert_eq!(passing("i-0"), [0, 1]);
        assert_eq!(passing("i-0 1a"), [0]);
        assert_eq!(passing("i-0  active"), [0]);
    }

    #[test]
    fn case_is_ignored_wherever_the_word_stands() {
        for (text, word, there) in [
            ("AbC", "abc", true),
            ("xABc", "abc", true),
            ("ab", "abc", false),
            ("aab", "ab", true),
            ("", "a", false),
            ("ABAC", "ac", true),
        ] {
            assert_eq!(contains_in_any_case(text, word), there, "{word} in {text}");
        }
        let umlaut = Filter::parse("über", &COLUMNS);
        assert!(umlaut.passes(1, &|_| "ÜBER".to_owned()));
    }

    #[test]
    fn typing_on_narrows_and_anything_else_asks_anew() {
        let narrows = |before: &str, now: &str| Filter::parse(now, &COLUMNS).narrows(&Filter::parse(before, &COLUMNS));
        for (before, now) in [("", "a"), ("a", "ab"), ("a", "a b"), ("az:1", "az:1a"), ("!a", "!a b"), ("a b", "a bc")]
        {
            assert!(narrows(before, now), "{before:?} to {now:?}");
        }
        for (before, now) in
            [("a", ""), ("ab", "a"), ("!a", "!ab"), ("a", "!a"), ("a", "aB"), ("az:1", "1a"), ("b", "ab")]
        {
            assert!(!narrows(before, now), "{before:?} to {now:?}");
        }
    }

    #[test]
    fn a_bang_hides() {
        assert_eq!(passing("!1a"), [1]);
        assert_eq!(passing("!draining !active"), [2]);
        assert_eq!(passing("!"), [0, 1, 2]);
    }

    #[test]
    fn a_column_narrows() {
        assert_eq!(passing("1a"), [0, 2]);
        assert_eq!(passing("id:1a"), [2]);
        assert_eq!(passing("!AZ:1a"), [1]);
        assert_eq!(passing("az:"), [0, 1, 2]);
        assert_eq!(passing("zone:1a"), Vec::<usize>::new());
    }

    #[test]
    fn capitals_count_when_typed() {
        assert_eq!(passing("Active"), Vec::<usize>::new());
        assert_eq!(passing("ACTIVE"), [0]);
        assert_eq!(passing("active"), [0]);
    }
}
