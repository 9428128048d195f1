//! Events of a log group, page by page.

use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use super::{LogRefusal, Logged, chosen};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::gather::required;
use crate::fleet::feed::Streams;
use crate::logs::batch::Arrival;

const OPERATION: &str = "logs:FilterLogEvents";

/// Which events are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventsAsk {
    /// Name of the log group.
    pub group: String,
    /// Which of its streams; at most [`super::MOST_NAMES`] names, all of which have to exist.
    pub streams: Streams,
    /// First millisecond.
    pub start: i64,
    /// Last millisecond.
    pub end: Option<i64>,
    /// What the page before this one gave.
    pub token: Option<String>,
    /// The most events on a page; AWS's own limit where absent.
    pub limit: Option<u16>,
}

/// One page of events.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventsPage {
    /// Events in the order of their times; none on many pages that are not the last.
    pub events: Vec<Arrival>,
    /// Leads to the next page; `None` on the last.
    pub token: Option<String>,
}

/// Reads one page. Events are not clean: whoever shows them cleans them.
#[expect(deprecated, reason = "AWS always brings the streams into one order; emulators do it only if they are told to")]
pub(super) async fn read(calls: &Calls, ask: EventsAsk) -> Logged<EventsPage> {
    let (names, prefix) = chosen(&ask.streams);
    let with_token = ask.token.is_some();
    let request = calls
        .clients
        .logs
        .filter_log_events()
        .log_group_name(ask.group)
        .set_log_stream_names(names)
        .set_log_stream_name_prefix(prefix)
        // AWS knows no time before 1970 and refuses one.
        .start_time(ask.start.max(0))
        .set_end_time(ask.end)
        .interleaved(true)
        .set_limit(ask.limit.map(i32::from))
        .set_next_token(ask.token);
    let refused = |refusal| LogRefusal::of(refusal, with_token);
    let output = calls.call(Family::LogEvents, OPERATION, request.send()).await.map_err(refused)?;
    let events = required(output.events, OPERATION, "events").map_err(refused)?;
    let token = output.next_token.filter(|token| !token.is_empty());
    // An endpoint that does not know prefixes gives the events of every stream.
    let events = events.into_iter().map(arrival).filter(|event| is_asked(&ask.streams, &event.stream));
    Ok(EventsPage { events: events.collect(), token })
}

fn is_asked(streams: &Streams, stream: &str) -> bool {
    match streams {
        Streams::All => true,
        Streams::Prefix(prefix) => stream.starts_with(prefix),
        Streams::Named(names) => names.iter().any(|name| name == stream),
    }
}

fn arrival(event: FilteredLogEvent) -> Arrival {
    let ingested = event.ingestion_time;
    // AWS gives every event both times; without one of them the other says the most.
    let time = event.timestamp.or(ingested).unwrap_or_default();
    Arrival {
        stream: event.log_stream_name.unwrap_or_default(),
        time,
        ingested: ingested.unwrap_or(time),
        id: event.event_id.unwrap_or_default(),
        message: event.message.unwrap_or_default(),
    }
}
