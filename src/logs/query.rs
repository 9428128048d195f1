//! The language of the `/` line: what a row has to say to be shown.
//!
//! | term | a row passes that |
//! |---|---|
//! | `word`, `"two words"` | holds it; capitals count if it has one |
//! | `~^GET`, `~"a b"` | matches the regular expression, smart case alike |
//! | `level>=warn`, `level=error` | says that level |
//! | `source=web`, `stream=task/7` | comes from a source whose name holds it |
//! | `status>=500`, `path~^/api`, `user!=bob` | has the field, in JSON or logfmt, and the field is so |
//! | `-term` | does not pass `term` |
//!
//! Terms next to each other must all pass; `|` between them separates alternatives. Rows that stand for gaps always pass.

use super::event::{Level, Source};
use super::parse;
use super::pattern::Pattern;

/// What is wrong with a query, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryError {
    /// Characters before the place.
    pub column: usize,
    /// What is wrong and what would be right.
    pub why: String,
}

impl std::fmt::Display for QueryError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "column {}: {}", self.column + 1, self.why)
    }
}

impl std::error::Error for QueryError {}

/// A parsed query.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub(super) clauses: Vec<Vec<Term>>,
}

#[derive(Debug, Clone)]
pub(super) struct Term {
    pub negated: bool,
    pub test: Test,
}

#[derive(Debug, Clone)]
pub(super) enum Test {
    Text(Pattern),
    Level(Compare, Level),
    Source(Pattern),
    Stream(Pattern),
    Field { name: String, hint: Pattern, wants: Wants },
}

#[derive(Debug, Clone)]
pub(super) enum Wants {
    Equal(String, bool),
    Number(Compare, f64),
    Matches(Pattern, bool),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Compare {
    Equal,
    Differs,
    Less,
    AtMost,
    More,
    AtLeast,
}

impl Compare {
    fn holds<T: PartialOrd>(self, a: &T, b: &T) -> bool {
        match self {
            Self::Equal => a == b,
            Self::Differs => a != b,
            Self::Less => a < b,
            Self::AtMost => a <= b,
            Self::More => a > b,
            Self::AtLeast => a >= b,
        }
    }
}

/// A row, as far as a query asks about it.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The text of the line.
    pub text: &'a str,
    /// Its level.
    pub level: Level,
    /// Who wrote it.
    pub source: &'a Source,
}

impl Query {
    /// Understands what was typed. Nothing typed lets every row pass.
    ///
    /// # Errors
    /// At the first place that cannot be understood.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        Parser { text, at: 0 }.query()
    }

    /// A single literal in smart case, whatever characters it is made of.
    ///
    /// # Errors
    /// Where it is too long.
    pub fn literal(text: &str) -> Result<Self, QueryError> {
        let test = Test::Text(Pattern::literal(text).map_err(|why| QueryError { column: 0, why })?);
        Ok(Self { clauses: vec![vec![Term { negated: false, test }]] })
    }

    /// A single regular expression in smart case.
    ///
    /// # Errors
    /// Where it cannot be compiled or would get too large.
    pub fn regex(pattern: &str) -> Result<Self, QueryError> {
        let test = Test::Text(Pattern::regex(pattern).map_err(|why| QueryError { column: 0, why })?);
        Ok(Self { clauses: vec![vec![Term { negated: false, test }]] })
    }

    /// Whether every row passes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty()
    }

    /// Whether it asks for anything to be there, and not only for things not to be.
    #[must_use]
    pub fn looks_for_something(&self) -> bool {
        self.clauses.iter().flatten().any(|term| !term.negated)
    }

    /// Whether the row passes.
    #[must_use]
    pub fn passes(&self, row: &Asked<'_>) -> bool {
        self.is_empty() || self.clauses.iter().any(|terms| terms.iter().all(|term| term.passes(row)))
    }

    /// The parts of a line to highlight: what its texts found, in order, without overlaps. Byte ranges.
    #[must_use]
    pub fn ranges(&self, line: &str) -> Vec<std::ops::Range<usize>> {
        let wanted = self.clauses.iter().flatten().filter(|term| !term.negated);
        let mut found: Vec<_> = wanted
            .filter_map(|term| match &term.test {
                Test::Text(pattern) => Some(pattern.ranges(line)),
                _ => None,
            })
            .flatten()
            .collect();
        found.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        found.retain(|range| {
            let free = range.start >= end;
            end = if free { range.end } else { end };
            free
        });
        found
    }
}

impl Term {
    pub fn passes(&self, row: &Asked<'_>) -> bool {
        let said = match &self.test {
            Test::Text(pattern) => pattern.is_in(row.text),
            Test::Level(compare, level) => compare.holds(&row.level, level) && row.level != Level::Unknown,
            Test::Source(pattern) => pattern.is_in(&row.source.name),
            Test::Stream(pattern) => pattern.is_in(&row.source.stream),
            Test::Field { name, wants, .. } => parse::field(row.text, name).is_some_and(|value| wants.holds(&value)),
        };
        said != self.negated
    }

    /// Whether a row passes as soon as its driver is found in it.
    pub fn is_text(&self) -> bool {
        !self.negated && matches!(self.test, Test::Text(_))
    }

    /// What every row that passes holds, if that is known: the pattern by which such rows are found.
    pub fn driver(&self) -> Option<&Pattern> {
        match &self.test {
            _ if self.negated => None,
            Test::Text(pattern) => Some(pattern),
            Test::Field { hint, .. } => Some(hint),
            Test::Level(..) | Test::Source(_) | Test::Stream(_) => None,
        }
    }
}

impl Wants {
    fn holds(&self, value: &str) -> bool {
        match self {
            Self::Equal(wanted, equal) => {
                let exact = wanted.chars().any(char::is_uppercase);
                let same = if exact { value == wanted } else { value.to_lowercase() == *wanted };
                same == *equal
            }
            Self::Number(compare, wanted) => value.parse::<f64>().is_ok_and(|value| compare.holds(&value, wanted)),
            Self::Matches(pattern, matches) => pattern.is_in(value) == *matches,
        }
    }
}

/// Operators, the longer ones first.
const OPERATORS: [&str; 8] = [">=", "<=", "!=", "!~", "=", ">", "<", "~"];

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn error<T>(&self, at: usize, why: impl Into<String>) -> Result<T, QueryError> {
        let column = self.text.get(..at).unwrap_or(self.text).chars().count();
        Err(QueryError { column, why: why.into() })
    }

    fn query(mut self) -> Result<Query, QueryError> {
        let (mut clauses, mut terms) = (Vec::new(), Vec::new());
        loop {
            self.at += self.rest().len() - self.rest().trim_start().len();
            let start = self.at;
            let bar = self.rest().strip_prefix('|').is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
            match self.rest().chars().next() {
                None if terms.is_empty() && !clauses.is_empty() => {
                    return self.error(start, "an alternative is missing after |");
                }
                None => break,
                Some(_) if bar && terms.is_empty() => return self.error(start, "an alternative is missing before |"),
                Some(_) if bar => {
                    clauses.push(std::mem::take(&mut terms));
                    self.at += 1;
                }
                Some(_) => terms.push(self.term()?),
            }
        }
        if !terms.is_empty() {
            clauses.push(terms);
        }
        Ok(Query { clauses })
    }

    fn term(&mut self) -> Result<Term, QueryError> {
        let sign = self.rest().starts_with(['-', '!']);
        let negated = sign && self.rest().chars().nth(1).is_some_and(|next| !next.is_whitespace());
        self.at += usize::from(negated);
        Ok(Term { negated, test: self.test()? })
    }

    fn test(&mut self) -> Result<Test, QueryError> {
        let start = self.at;
        if self.rest().starts_with('~') {
            self.at += 1;
            let at = self.at;
            let pattern = self.value("a regular expression")?;
            return Pattern::regex(&pattern).map(Test::Text).or_else(|why| self.error(at, why));
        }
        let name_length = self.rest().find(|c: char| !(c.is_alphanumeric() || "_.@-".contains(c)));
        let name = self.rest().get(..name_length.unwrap_or(0)).unwrap_or_default();
        let after = self.rest().get(name.len()..).unwrap_or_default();
        if let Some(operator) = OPERATORS.iter().find(|o| !name.is_empty() && after.starts_with(**o)) {
            self.at += name.len() + operator.len();
            return self.comparison(name, operator);
        }
        let literal = self.value("a word")?;
        Pattern::literal(&literal).map(Test::Text).or_else(|why| self.error(start, why))
    }

    fn comparison(&mut self, name: &str, operator: &str) -> Result<Test, QueryError> {
        let at = self.at;
        let value = self.value("a value")?;
        let pattern = |make: fn(&str) -> Result<Pattern, String>| make(&value).or_else(|why| self.error(at, why));
        let compare = match operator {
            "=" => Compare::Equal,
            "!=" => Compare::Differs,
            "<" => Compare::Less,
            "<=" => Compare::AtMost,
            ">" => Compare::More,
            _ => Compare::AtLeast,
        };
        match (name, operator) {
            ("level", "~" | "!~") => self.error(at - operator.len(), "a level is compared with = != < <= > or >="),
            ("level", _) => match parse::level_named(&value) {
                Some(level) => Ok(Test::Level(compare, level)),
                None => self.error(at, format!("{value} is no level: trace, debug, info, warn, error or fatal")),
            },
            ("source", "=") => pattern(Pattern::literal).map(Test::Source),
            ("source", "~") => pattern(Pattern::regex).map(Test::Source),
            ("stream", "=") => pattern(Pattern::literal).map(Test::Stream),
            ("stream", "~") => pattern(Pattern::regex).map(Test::Stream),
            ("source" | "stream", _) => {
                self.error(at - operator.len(), format!("{name} takes = or ~; put - in front to exclude"))
            }
            _ => {
                let wants = match (operator, value.parse::<f64>().ok().filter(|n| n.is_finite())) {
                    ("~" | "!~", _) => Wants::Matches(pattern(Pattern::regex)?, operator == "~"),
                    (_, Some(number)) => Wants::Number(compare, number),
                    ("=" | "!=", None) => Wants::Equal(value, operator == "="),
                    (_, None) => return self.error(at, format!("{operator} needs a number, not {value}")),
                };
                // JSON may nest what the name joins by dots, so only its last part is sure to be there.
                let last = name.rsplit('.').next().unwrap_or(name);
                let hint = Pattern::Literal(Box::new(memchr::memmem::Finder::new(last.as_bytes()).into_owned()));
                Ok(Test::Field { name: name.to_owned(), hint, wants })
            }
        }
    }

    /// A word up to the next space, or what stands in quotes.
    fn value(&mut self, what: &str) -> Result<String, QueryError> {
        let start = self.at;
        if !self.rest().starts_with('"') {
            let length = self.rest().find(char::is_whitespace).unwrap_or(self.rest().len());
            if length == 0 {
                return self.error(start, format!("{what} is missing here"));
            }
            let word = self.rest().get(..length).unwrap_or_default().to_owned();
            self.at += length;
            return Ok(word);
        }
        let mut value = String::new();
        let mut escaped = false;
        for (at, c) in self.rest().char_indices().skip(1) {
            match c {
                '"' if escaped => value.push(c),
                '"' if value.is_empty() => return self.error(start, format!("{what} is missing between the quotes")),
                '"' => {
                    self.at = start + at + 1;
                    return Ok(value);
                }
                '\\' if !escaped => {
                    escaped = true;
                    continue;
                }
                c if escaped => value.extend(['\\', c]),
                c => value.push(c),
            }
            escaped = false;
        }
        self.error(start, "the quote is not closed")
    }
}
