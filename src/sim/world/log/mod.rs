//! Log groups and their streams: events that callers put there, and lines that containers and instances write.
//!
//! What a container writes is not stored. It is computed from the seed, the stream and a stretch of time, the same each
//! time (`slot`), so that hours of history of thousands of streams cost nothing until somebody reads them. `read`
//! merges it with what callers put.

mod chance;
mod id;
mod read;
mod slot;
#[cfg(test)]
mod tests;
mod voice;
mod writer;

use std::collections::BTreeMap;

use jiff::Timestamp;

/// A number that depends on a name alone.
pub(crate) fn id_hash(name: &str) -> u64 {
    chance::named(0, name)
}

pub use read::{Lines, LogQuery, after, is_id};
pub use slot::LONGEST_DELAY;
use writer::Writer;
pub(crate) use writer::system_group;

/// A log group.
#[derive(Debug, Clone)]
pub struct LogGroup {
    /// Name.
    pub name: String,
    /// Days that events are kept; `None`: for ever.
    pub retention_days: Option<u32>,
    /// Bytes stored: those of the messages in UTF-8 and 26 more for each event, which is how AWS measures events
    /// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>). AWS does not say
    /// when it counts; here what callers put counts at once, and what services write is in what the scenario begins with.
    pub stored_bytes: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// Streams by name.
    pub streams: BTreeMap<String, LogStream>,
}

impl LogGroup {
    /// An empty group that keeps its events for ever.
    #[must_use]
    pub fn new(name: &str, created_at: Timestamp) -> Self {
        Self { name: name.to_owned(), retention_days: None, stored_bytes: 0, created_at, streams: BTreeMap::new() }
    }
}

/// A log stream.
#[derive(Debug, Clone)]
pub struct LogStream {
    /// When it was created.
    pub created_at: Timestamp,
    /// Events that callers put, oldest first; those of one millisecond as they came in.
    pub events: Vec<LogEvent>,
    /// Tells its events from those of other streams.
    key: u64,
    /// Who writes there, if it is one of the world's own.
    writer: Option<Writer>,
}

impl LogStream {
    /// A stream of the group of that name, with nothing in it.
    #[must_use]
    pub fn new(group: &str, name: &str, created_at: Timestamp) -> Self {
        Self { created_at, events: Vec::new(), key: chance::named(chance::named(0, group), name), writer: None }
    }

    /// Adds an event in its place: after those of the same millisecond.
    pub fn put(&mut self, at: i64, ingested_at: i64, message: String) {
        let number = id::PUT + self.events.len() as u64;
        let place = self.events.partition_point(|other| other.at <= at);
        self.events.insert(place, LogEvent { at, ingested_at, number, message });
    }

    /// Whether a service or an instance of the world writes there.
    #[must_use]
    pub fn is_written(&self) -> bool {
        self.writer.is_some()
    }
}

/// A log event that a caller put.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// Milliseconds since 1970, as whoever put it says.
    pub at: i64,
    /// Milliseconds since 1970 at which it came in.
    pub ingested_at: i64,
    /// Its place among the events of its millisecond.
    number: u64,
    /// What it says.
    pub message: String,
}

/// An event of a stream as it can be read, whoever it comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Name of its stream.
    pub stream: std::sync::Arc<str>,
    /// Milliseconds since 1970 at which it happened.
    pub at: i64,
    /// Milliseconds since 1970 from which it can be read.
    pub ingested_at: i64,
    /// 56 digits that order the events of a group by time.
    pub id: String,
    /// What it says; several lines where a writer puts them into one event.
    pub message: String,
}
