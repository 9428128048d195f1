//! Log groups, their streams and the events that were put there.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::World;

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

/// An event of a stream as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// Name of its stream.
    pub stream: Arc<str>,
    /// Milliseconds since 1970 at which it happened.
    pub at: i64,
    /// Milliseconds since 1970 from which it can be read.
    pub ingested_at: i64,
    /// 56 digits that order the events of a group by time.
    pub id: String,
    /// What it says.
    pub message: String,
}

impl World {
    /// At most `limit` lines of a group from `from` to `to`, in milliseconds and both included; only what comes after the
    /// event of the id `after`, where one is given.
    #[must_use]
    pub fn log_lines(
        &self,
        group: &str,
        streams: &dyn Fn(&str) -> bool,
        from: i64,
        to: i64,
        limit: usize,
        after: Option<&str>,
    ) -> Vec<LogLine> {
        let held = self.log_groups.get(group).into_iter().flat_map(|group| &group.streams);
        let held = held.filter(|(name, _)| streams(name)).map(|(name, stream)| (Arc::from(name.as_str()), stream));
        let wanted = |event: &&LogEvent| {
            event.at >= from && event.at <= to && after.is_none_or(|after| event.id.as_str() > after)
        };
        let line = |stream: &Arc<str>, event: &LogEvent| LogLine {
            stream: stream.clone(),
            at: event.at,
            ingested_at: event.ingested_at,
            id: event.id.clone(),
            message: event.message.clone(),
        };
        let mut lines: Vec<LogLine> = held
            .flat_map(|(name, stream): (Arc<str>, _)| {
                stream.events.iter().filter(wanted).map(|event| line(&name, event)).collect::<Vec<_>>()
            })
            .collect();
        lines.sort_by(|a, b| a.id.cmp(&b.id));
        lines.truncate(limit);
        lines
    }
}
