//! Which events are printed: those that pass, and so many around each of them.

use std::collections::VecDeque;
use std::ops::Range;

use color_eyre::eyre::{Result, eyre};

use super::LogsArgs;
use super::record::Record;
use crate::logs::event::Source;
use crate::logs::parse;
use crate::logs::query::{Asked, Query};

/// What has to hold of an event.
#[derive(Debug, Default)]
pub struct Wanted {
    filter: Query,
    query: Query,
    excluded: Vec<Query>,
    asks_source: bool,
}

impl Wanted {
    /// What the arguments say.
    ///
    /// # Errors
    /// An expression or a query that can't be understood, with the place.
    pub fn of(args: &LogsArgs) -> Result<Self> {
        let regex =
            |flag: &str, text: &str| Query::regex(text).map_err(|error| eyre!("{flag} {text:?}: {}", error.why));
        let query =
            args.query.as_deref().map(|text| Query::parse(text).map_err(|error| eyre!("--query {text:?}: {error}")));
        Ok(Self {
            filter: args.filter.as_deref().map(|text| regex("--filter", text)).transpose()?.unwrap_or_default(),
            query: query.transpose()?.unwrap_or_default(),
            excluded: args.exclude.iter().map(|text| regex("--exclude", text)).collect::<Result<_>>()?,
            asks_source: args.query.is_some(),
        })
    }

    /// Whether an event passes, by its clean text. All of its lines are looked at; none of the patterns reaches over a line's end.
    #[must_use]
    pub fn passes(&self, label: &str, stream: &str, text: &str) -> bool {
        let source = match self.asks_source {
            true => Source { name: label.to_owned(), stream: stream.to_owned() },
            false => Source::default(),
        };
        let level = if self.asks_source { parse::level(first_line(text)) } else { Default::default() };
        let asked = Asked { text, level, source: &source };
        self.filter.passes(&asked)
            && self.query.passes(&asked)
            && !self.excluded.iter().any(|excluded| excluded.passes(&asked))
    }

    /// What of a line to highlight.
    #[must_use]
    pub fn ranges(&self, line: &str) -> Vec<Range<usize>> {
        let mut ranges = self.filter.ranges(line);
        ranges.extend(self.query.ranges(line));
        ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
        let mut end = 0;
        ranges.retain(|range| {
            let free = range.start >= end;
            end = if free { range.end } else { end };
            free
        });
        ranges
    }
}

/// The first line of a text.
#[must_use]
pub fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or_default()
}

/// What to print of what comes next.
#[derive(Debug, PartialEq, Eq)]
pub enum Sifted {
    /// Nothing.
    Nothing,
    /// These, which came before; then it. `apart`: something was left out before them.
    Shown {
        /// Context before it.
        before: Vec<Record>,
        /// Something that was left out lies before it.
        apart: bool,
        /// It is context itself.
        context: bool,
    },
}

/// Keeps what comes around the events that pass.
#[derive(Debug)]
pub struct Context {
    before: usize,
    after: usize,
    held: VecDeque<Record>,
    /// How many more to print after the last that passed.
    left: usize,
    skipped: bool,
    shown: bool,
}

impl Context {
    /// So many before and after each.
    #[must_use]
    pub fn new(before: usize, after: usize) -> Self {
        Self { before, after, held: VecDeque::new(), left: 0, skipped: false, shown: false }
    }

    /// Whether anything but what passes is ever printed.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.before > 0 || self.after > 0
    }

    /// A record came that does or does not pass.
    pub fn take(&mut self, record: &Record, passes: bool) -> Sifted {
        if !passes && self.left == 0 {
            self.skipped |= self.held.len() == self.before;
            if self.before > 0 {
                if self.held.len() == self.before {
                    self.held.pop_front();
                }
                self.held.push_back(record.clone());
            }
            return Sifted::Nothing;
        }
        self.left = if passes { self.after } else { self.left - 1 };
        let apart = std::mem::take(&mut self.skipped) && self.shown && self.is_used();
        self.shown = true;
        Sifted::Shown { before: self.held.drain(..).collect(), apart, context: !passes }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::cli::logs::record::Body;
    use crate::logs::event::Gap;

    fn record(time: i64) -> Record {
        Record { feed: 0, body: Body::Gap(Gap { from: time, to: time, why: String::new() }) }
    }

    /// What is printed of numbers, of which some pass: as `grep` prints it.
    fn printed(before: usize, after: usize, passing: &[i64]) -> String {
        let mut context = Context::new(before, after);
        let mut out = Vec::new();
        for time in 0..10 {
            let record = record(time);
            if let Sifted::Shown { before, apart, .. } = context.take(&record, passing.contains(&time)) {
                out.extend(apart.then(|| "--".to_owned()));
                out.extend(before.iter().chain([&record]).map(|record| record.time().to_string()));
            }
        }
        out.join(" ")
    }

    #[test]
    fn context_is_what_grep_prints() {
        assert_eq!(printed(0, 0, &[2, 5]), "2 5");
        assert_eq!(printed(1, 0, &[2, 5]), "1 2 -- 4 5");
        assert_eq!(printed(1, 1, &[2, 5]), "1 2 3 4 5 6");
        assert_eq!(printed(0, 1, &[2, 5]), "2 3 -- 5 6");
        assert_eq!(printed(3, 0, &[2, 5]), "0 1 2 3 4 5");
        assert_eq!(printed(2, 2, &[0, 9]), "0 1 2 -- 7 8 9");
        assert_eq!(printed(2, 2, &[]), "");
    }

    #[test]
    fn every_line_of_an_event_counts() {
        let args = |filter: &str, query: &str| LogsArgs {
            filter: Some(filter.to_owned()),
            query: Some(query.to_owned()),
            exclude: vec!["^Caused".to_owned()],
            ..LogsArgs::default()
        };
        let passes = |filter, query, text| Wanted::of(&args(filter, query)).unwrap().passes("web", "s", text);
        assert!(passes("second$", "level=error", "ERROR first\nand second"));
        assert!(!passes("second$", "level=error -first", "ERROR first\nand second"));
        assert!(!passes("x", "", "x\nCaused by: y"));
        assert!(!passes("first.*second", "", "first\nsecond"));
        assert!(passes(".", "source=web", "x") && !passes(".", "source=api", "x"));
        assert!(Wanted::of(&args("(", "")).unwrap_err().to_string().contains("--filter \"(\""));
        assert!(Wanted::of(&args("", "a |")).unwrap_err().to_string().contains("column"));
    }
}
