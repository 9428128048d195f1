//! What is printed: an event, or a time of which events are missing.

use crate::logs::batch::Arrival;
use crate::logs::event::Gap;

/// One thing to print, of one feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Number of the feed.
    pub feed: usize,
    /// What came.
    pub body: Body,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// An event, not clean.
    Event(Arrival),
    /// Missing events.
    Gap(Gap),
}

impl Record {
    /// Where it belongs in the order of time, in milliseconds since 1970.
    #[must_use]
    pub fn time(&self) -> i64 {
        match &self.body {
            Body::Event(event) => event.time,
            Body::Gap(gap) => gap.from,
        }
    }
}

/// The records of a batch in the order of time; those of one millisecond stay as they came.
pub fn records(feed: usize, events: Vec<Arrival>, gaps: Vec<Gap>) -> Vec<Record> {
    let gaps = gaps.into_iter().map(Body::Gap);
    let mut records: Vec<Record> =
        events.into_iter().map(Body::Event).chain(gaps).map(|body| Record { feed, body }).collect();
    records.sort_by_key(Record::time);
    records
}
