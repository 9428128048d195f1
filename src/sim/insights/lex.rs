//! Words, numbers, texts and signs of a query.

use super::{Language, Malformed};

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// A name or a keyword.
    Word(String),
    /// A name in backticks, which is never a keyword.
    Name(String),
    /// Text in quotes.
    Text(String),
    Number(f64),
    /// A number with a unit of time, in milliseconds.
    Span(i64),
    /// Punctuation.
    Sign(&'static str),
    /// Nothing more.
    End,
}

/// A token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub kind: Kind,
    pub start: usize,
    pub end: usize,
}

impl Token {
    /// Whether it is this keyword, in any case.
    pub fn is(&self, keyword: &str) -> bool {
        matches!(&self.kind, Kind::Word(word) if word.eq_ignore_ascii_case(keyword))
    }

    /// Whether it is this sign.
    pub fn is_sign(&self, sign: &str) -> bool {
        matches!(self.kind, Kind::Sign(one) if one == sign)
    }
}

/// Signs, those of two characters first.
const SIGNS: [&str; 24] = [
    "!=", "<>", "<=", ">=", "=~", "==", "||", "&&", "=", "<", ">", "|", "(", ")", "[", "]", ",", "+", "-", "*", "/",
    "%", "^", ":",
];

/// Reads tokens from a text, one at a time.
#[derive(Debug, Clone)]
pub(super) struct Lexer<'t> {
    text: &'t str,
    language: Language,
    at: usize,
}

impl<'t> Lexer<'t> {
    pub fn new(text: &'t str, language: Language) -> Self {
        Self { text, language, at: 0 }
    }

    pub fn language(&self) -> Language {
        self.language
    }

    /// Where the last token ended.
    pub fn position(&self) -> usize {
        self.at
    }

    /// The text between two places.
    pub fn slice(&self, start: usize, end: usize) -> &'t str {
        self.text.get(start..end).unwrap_or_default().trim()
    }

    /// An error about a stretch of the text.
    pub fn malformed(&self, message: impl Into<String>, start: usize, end: usize) -> Malformed {
        let characters = |at: usize| self.text.get(..at).unwrap_or(self.text).chars().count();
        Malformed { message: message.into(), start: characters(start), end: characters(end.max(start)) }
    }

    /// The next token, which stays.
    pub fn peek(&self) -> Result<Token, Malformed> {
        self.clone().next()
    }

    /// The next token.
    pub fn next(&mut self) -> Result<Token, Malformed> {
        self.skip()?;
        let start = self.at;
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token { kind: Kind::End, start, end: start }) };
        let kind = match first {
            '`' => self.quoted('`').map(Kind::Name)?,
            // In SQL double quotes stand around names too.
            '"' if self.language == Language::Sql => self.quoted('"').map(Kind::Name)?,
            '"' | '\'' => self.quoted(first).map(Kind::Text)?,
            '0'..='9' => self.number()?,
            c if starts_word(c) => {
                let end =
                    rest.find(|c: char| !(starts_word(c) || c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
                self.at += end;
                Kind::Word(self.text.get(start..self.at).unwrap_or_default().to_owned())
            }
            other => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign));
                let after = start + other.len_utf8();
                let sign = sign.ok_or_else(|| self.malformed(format!("unexpected symbol {other}"), start, after))?;
                self.at += sign.len();
                Kind::Sign(sign)
            }
        };
        Ok(Token { kind, start, end: self.at })
    }

    /// A regular expression between slashes, if one comes next.
    pub fn regex(&mut self) -> Result<Option<String>, Malformed> {
        self.skip()?;
        if !self.rest().starts_with('/') {
            return Ok(None);
        }
        let start = self.at;
        let mut escaped = false;
        for (place, letter) in self.rest().char_indices().skip(1) {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '/' => {
                    self.at = start + place + 1;
                    return Ok(Some(self.text.get(start + 1..start + place).unwrap_or_default().to_owned()));
                }
                _ => {}
            }
        }
        Err(self.malformed("a regular expression without its closing /", start, self.text.len()))
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Passes spaces and comments.
    fn skip(&mut self) -> Result<(), Malformed> {
        let line: &str = match self.language {
            Language::Cwli => "#",
            Language::Ppl => "//",
            Language::Sql => "--",
        };
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start();
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with(line) {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if self.language != Language::Cwli && trimmed.starts_with("/*") {
                let open = || self.malformed("a comment without its end", self.at, self.text.len());
                self.at += trimmed.find("*/").ok_or_else(open)? + 2;
            } else {
                return Ok(());
            }
        }
    }

    /// Text in quotes. A backslash keeps the quote after it, and stays before anything else, as patterns need it.
    fn quoted(&mut self, quote: char) -> Result<String, Malformed> {
        let start = self.at;
        let mut text = String::new();
        let mut letters = self.rest().char_indices().skip(1).peekable();
        while let Some((place, letter)) = letters.next() {
            let next = letters.peek().map(|(_, next)| *next);
            match letter {
                '\\' if next == Some(quote) || next == Some('\\') => {
                    text.extend(next);
                    letters.next();
                }
                // SQL doubles a quote that is meant.
                _ if letter == quote && next == Some(quote) && self.language == Language::Sql => {
                    text.push(quote);
                    letters.next();
                }
                _ if letter == quote => {
                    self.at = start + place + quote.len_utf8();
                    return Ok(text);
                }
                _ => text.push(letter),
            }
        }
        Err(self.malformed(format!("a text without its closing {quote}"), start, self.text.len()))
    }

    fn number(&mut self) -> Result<Kind, Malformed> {
        let (start, rest) = (self.at, self.rest());
        let digits = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let after = rest.get(digits..).unwrap_or_default();
        let unit = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
        self.at += digits + unit;
        let wrong = |what: &str| self.malformed(what, start, self.at);
        let number: f64 = rest.get(..digits).unwrap_or_default().parse().map_err(|_| wrong("not a number"))?;
        match after.get(..unit).unwrap_or_default() {
            "" => Ok(Kind::Number(number)),
            unit => {
                let unit = unit_of_time(unit).ok_or_else(|| wrong("not a number, nor one with a unit of time"))?;
                Ok(Kind::Span((number * unit as f64) as i64))
            }
        }
    }
}

fn starts_word(c: char) -> bool {
    c.is_alphabetic() || c == '_' || c == '@'
}

/// Milliseconds of a unit. Weeks and longer, which begin by the calendar, are not understood.
pub(super) fn unit_of_time(unit: &str) -> Option<i64> {
    Some(match unit.to_ascii_lowercase().as_str() {
        "ms" | "millisecond" | "milliseconds" => 1,
        "s" | "sec" | "secs" | "second" | "seconds" => 1_000,
        "m" | "min" | "mins" | "minute" | "minutes" => 60_000,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000,
        "d" | "day" | "days" => 86_400_000,
        _ => return None,
    })
}
