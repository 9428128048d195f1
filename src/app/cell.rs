//! What one cell of a table, or one line of a page, says.

use jiff::SignedDuration;

use crate::fleet::finding::Severity;
use crate::fleet::view::Known;

/// What the words mean to the eye; a theme turns it into colours, and some of them into a glyph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Tone {
    /// Plain text.
    #[default]
    Plain,
    /// Names that the eye looks for first.
    Strong,
    /// Beside the point: labels, units, what is as expected.
    Muted,
    /// On the move: starting, draining, deploying.
    Busy,
    /// Worth knowing.
    Info,
    /// Will hurt if it is left.
    Warning,
    /// Hurts now.
    Critical,
}

impl From<Severity> for Tone {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Info => Self::Info,
            Severity::Warning => Self::Warning,
            Severity::Critical => Self::Critical,
        }
    }
}

/// What a cell says, not yet in words.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing to say: healthy is quiet.
    Blank,
    /// Not read: a dash, never a zero.
    Unknown,
    /// Words.
    Text(String),
    /// How bad: a glyph.
    Severity(Severity),
    /// An age, drawn against its limit where it has one.
    Age {
        /// How old.
        age: Known<SignedDuration>,
        /// How old it may be.
        limit: Option<SignedDuration>,
    },
    /// A number.
    Count(Known<u32>),
    /// So many of so many.
    Ratio(Known<u32>, Known<u32>),
    /// A size.
    Bytes(u64),
    /// A part of a whole, drawn as a bar.
    Share {
        /// The part.
        used: i64,
        /// The whole; zero or less: nothing can be said.
        total: i64,
    },
}

/// A value and what it means to the eye.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// What it says.
    pub value: Value,
    /// How it looks.
    pub tone: Tone,
}

impl Cell {
    /// A cell that says `value`.
    #[must_use]
    pub fn new(value: Value, tone: Tone) -> Self {
        Self { value, tone }
    }

    /// Nothing to say.
    #[must_use]
    pub fn blank() -> Self {
        Self::new(Value::Blank, Tone::Plain)
    }

    /// Not read.
    #[must_use]
    pub fn unknown() -> Self {
        Self::new(Value::Unknown, Tone::Muted)
    }

    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>, tone: Tone) -> Self {
        Self::new(Value::Text(text.into()), tone)
    }

    /// Plain words, or a dash where there are none.
    #[must_use]
    pub fn maybe(text: Option<impl Into<String>>) -> Self {
        text.map_or_else(Self::unknown, |text| Self::text(text, Tone::Plain))
    }

    /// A number.
    #[must_use]
    pub fn count(count: Known<u32>, tone: Tone) -> Self {
        match count {
            Known::Unknown => Self::unknown(),
            known => Self::new(Value::Count(known), tone),
        }
    }

    /// An age without a limit.
    #[must_use]
    pub fn age(age: SignedDuration, tone: Tone) -> Self {
        Self::new(Value::Age { age: Known::Exactly(age), limit: None }, tone)
    }

    /// The words that a filter looks at. Ages and shares have none.
    #[must_use]
    pub fn words(&self) -> String {
        let number = |known: Known<u32>| known.value().map_or_else(String::new, |n| n.to_string());
        match &self.value {
            Value::Text(text) => text.clone(),
            Value::Count(count) => number(*count),
            Value::Ratio(part, whole) => format!("{}/{}", number(*part), number(*whole)),
            Value::Severity(Severity::Info) => "info".to_owned(),
            Value::Severity(Severity::Warning) => "warning".to_owned(),
            Value::Severity(Severity::Critical) => "critical".to_owned(),
            Value::Blank | Value::Unknown | Value::Age { .. } | Value::Bytes(_) | Value::Share { .. } => String::new(),
        }
    }
}

/// What rows are ordered by; a row without one comes last, whichever way the order runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SortKey {
    /// By number.
    Number(i64),
    /// By text.
    Text(String),
    /// Nothing is known.
    Missing,
}

impl SortKey {
    /// What a row is ordered by if nothing but its cell counts.
    pub(super) fn of(cell: Cell) -> Self {
        let number = |known: Known<u32>| known.value().map_or(Self::Missing, |n| Self::Number(n.into()));
        match cell.value {
            Value::Unknown => Self::Missing,
            Value::Blank => Self::Text(String::new()),
            Value::Text(text) => Self::Text(text),
            Value::Severity(severity) => Self::Number(severity as i64),
            Value::Age { age, .. } => age.value().map_or(Self::Missing, |age| Self::Number(age.as_secs())),
            Value::Count(count) => number(count),
            Value::Bytes(bytes) => Self::Number(i64::try_from(bytes).unwrap_or(i64::MAX)),
            Value::Ratio(part, _) => number(part),
            // Parts per million: shares of unlike wholes compare by how full they are.
            Value::Share { used, total } => {
                used.saturating_mul(1_000_000).checked_div(total).map_or(Self::Missing, Self::Number)
            }
        }
    }

    /// What tells most keys apart at a glance: it never orders two keys another way than they are ordered.
    pub(super) fn lead(&self) -> (u8, u64) {
        match self {
            Self::Number(number) => (0, number.cast_unsigned() ^ (1 << 63)),
            Self::Text(text) => {
                let mut bytes = [0; 8];
                bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
                (1, u64::from_be_bytes(bytes))
            }
            Self::Missing => (2, 0),
        }
    }

    pub(super) fn number(number: Option<impl Into<i64>>) -> Self {
        number.map_or(Self::Missing, |n| Self::Number(n.into()))
    }
}
