//! Log groups, their streams and the events that were put there.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// A log group.
#[derive(Debug, Clone)]
pub struct LogGroup {
    /// Name.
    pub name: String,
    /// Days that events are kept; `None`: for ever.
    pub retention_days: Option<u32>,
    /// Bytes stored: those of the messages in UTF-8 and 26 more for each event, which is how AWS measures events
    /// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>). AWS does not say
    /// when it counts; here it is at once.
    pub stored_bytes: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// Streams by name.
    pub streams: BTreeMap<String, LogStream>,
}

/// A log stream.
#[derive(Debug, Clone)]
pub struct LogStream {
    /// When it was created.
    pub created_at: Timestamp,
    /// Events, oldest first; those of one millisecond as they came in.
    pub events: Vec<LogEvent>,
}

/// A log event.
#[derive(Debug, Clone)]
pub struct LogEvent {
    /// Milliseconds since 1970, as whoever put it says.
    pub at: i64,
    /// Milliseconds since 1970 at which it came in.
    pub ingested_at: i64,
    /// 56 digits that order the events of a group, as FilterLogEvents names them.
    pub id: String,
    /// What it says.
    pub message: String,
}
