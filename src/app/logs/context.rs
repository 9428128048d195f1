//! How much is shown around each row that passes the filter.

use std::fmt;

/// The most rows on one side.
const MOST: usize = 99;

/// Rows shown around each that passes the filter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Context {
    /// So many in front of it.
    pub before: usize,
    /// So many behind it.
    pub after: usize,
}

impl Context {
    /// Of what was typed: one number for both sides, two for before and after, or as grep takes them: `-B 2 -A5`, `-C 3`.
    ///
    /// # Errors
    /// What would be right.
    pub(in crate::app) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "a number, two for before and after, or -B 2 -A 5".to_owned();
        let number = |word: &str| word.parse::<usize>().map(|rows| rows.min(MOST)).map_err(|_| wrong());
        let mut words = text.split_whitespace();
        let (mut context, mut plain) = (Self::default(), Vec::new());
        while let Some(word) = words.next() {
            let Some(flag) = ["-A", "-B", "-C"].into_iter().find(|flag| word.starts_with(flag)) else {
                plain.push(number(word)?);
                continue;
            };
            let rows = match word.trim_start_matches(flag) {
                "" => number(words.next().ok_or_else(wrong)?)?,
                attached => number(attached)?,
            };
            match flag {
                "-A" => context.after = rows,
                "-B" => context.before = rows,
                _ => context = Self { before: rows, after: rows },
            }
        }
        match plain[..] {
            [] => Ok(context),
            [both] if context.is_none() => Ok(Self { before: both, after: both }),
            [before, after] if context.is_none() => Ok(Self { before, after }),
            _ => Err(wrong()),
        }
    }

    /// So many rows more on each side.
    pub(super) fn changed(self, by: isize) -> Self {
        let changed = |rows: usize| rows.saturating_add_signed(by).min(MOST);
        Self { before: changed(self.before), after: changed(self.after) }
    }

    /// Whether it is only what passes.
    #[must_use]
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self { before, after } if before == after => write!(f, "{before} around"),
            Self { before: 0, after } => write!(f, "{after} after"),
            Self { before, after: 0 } => write!(f, "{before} before"),
            Self { before, after } => write!(f, "{before} before {after} after"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_typed_as_numbers_or_as_grep_takes_it() {
        let parsed = |text: &str| Context::parse(text).map(|context| (context.before, context.after));
        assert_eq!(parsed("3"), Ok((3, 3)));
        assert_eq!(parsed(" 2 5 "), Ok((2, 5)));
        assert_eq!(parsed("-A 5"), Ok((0, 5)));
        assert_eq!(parsed("-B2 -A 700"), Ok((2, 99)));
        assert_eq!(parsed("-C 4 -A1"), Ok((4, 1)));
        assert_eq!(parsed(""), Ok((0, 0)));
        for wrong in ["many", "1 2 3", "-A", "-A x", "3 -A 2", "-1", "-D 3"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
