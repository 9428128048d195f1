//! Events: put, read from one stream, searched over a group.

use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, text, texts};
use super::{group_named, invalid, listed};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::log::{LogEvent, LogStream};

/// The most that one call may put: events, and bytes with 26 for each event
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>).
const MOST_BYTES: usize = 1_048_576;
const OVERHEAD: usize = 26;

/// The most events on a page of either read.
const PAGE: usize = 10_000;

const DAY: i64 = 86_400_000;

fn stream<'w>(world: &'w mut World, input: &Map<String, Value>) -> Result<&'w mut LogStream, Fault> {
    let name = text(input, "logStreamName").unwrap_or_default();
    let absent = || Fault::new("ResourceNotFoundException", "The specified log stream does not exist.");
    group_named(world, input)?.streams.get_mut(name).ok_or_else(absent)
}

/// `PutLogEvents`: in order of time, within 24 hours of one another; those more than two hours ahead or 14 days old
/// are left out and the answer says from where.
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let given = call.input.get("logEvents").and_then(Value::as_array).into_iter().flatten();
    let given: Vec<(i64, &str)> = given
        .filter_map(Value::as_object)
        .map(|event| (integer(event, "timestamp").unwrap_or(0), text(event, "message").unwrap_or_default()))
        .collect();
    if given.iter().map(|(_, message)| message.len() + OVERHEAD).sum::<usize>() > MOST_BYTES {
        return Err(invalid(&format!("Upload too large: exceeds limit of {MOST_BYTES} bytes.")));
    }
    if !given.is_sorted_by_key(|(at, _)| *at) {
        return Err(invalid("Log events in a single PutLogEvents request must be in chronological order."));
    }
    if let (Some(first), Some(last)) = (given.first(), given.last())
        && last.0 - first.0 > DAY
    {
        return Err(invalid(
            "The batch of log events in a single PutLogEvents request cannot span more than 24 hours.",
        ));
    }
    let now = call.now.as_millisecond();
    let old = given.iter().take_while(|(at, _)| *at < now - 14 * DAY).count();
    let new = given.iter().position(|(at, _)| *at > now + 2 * 3_600_000);
    let stream = stream(world, call.input)?;
    let mut stored = 0;
    for (n, (at, message)) in given.iter().enumerate().take(new.unwrap_or(usize::MAX)).skip(old) {
        // 56 digits: time first, so that ids order a group's events.
        let id = format!("3{at:019}{now:019}{:09}{n:08}", stream.events.len());
        let event = LogEvent { at: *at, ingested_at: now, id, message: (*message).to_owned() };
        let place = stream.events.partition_point(|other| other.at <= *at);
        stream.events.insert(place, event);
        stored += (message.len() + OVERHEAD) as u64;
    }
    group_named(world, call.input)?.stored_bytes += stored;
    let rejected = json!({ "tooOldLogEventEndIndex": (old > 0).then_some(old), "tooNewLogEventStartIndex": new });
    let rejected = (old > 0 || new.is_some()).then_some(rejected);
    Ok(compact(json!({
        "nextSequenceToken": "49590302500000000000000000000000000000000000000000000000",
        "rejectedLogEventsInfo": rejected,
    })))
}

/// Whether a time lies in what is asked for: `startTime` included, `endTime` excluded.
fn within(input: &Map<String, Value>, at: i64, end_included: bool) -> bool {
    let end = integer(input, "endTime");
    integer(input, "startTime").is_none_or(|start| at >= start)
        && end.is_none_or(|end| at < end || end_included && at == end)
}

/// `GetLogEvents`: the newest page unless `startFromHead`. Tokens go both ways, and the same one comes back at the end
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>).
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let limit = integer(input, "limit").and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE);
    let from_head = input.get("startFromHead").and_then(Value::as_bool) == Some(true);
    let token =
        text(input, "nextToken").map(|token| direction(token).ok_or_else(|| invalid("Invalid token."))).transpose()?;
    let stream = stream(world, input)?;
    let events: Vec<&LogEvent> = stream.events.iter().filter(|event| within(input, event.at, false)).collect();
    let (from, to) = match token {
        Some((true, at)) => (at.min(events.len()), at.saturating_add(limit).min(events.len())),
        Some((false, at)) => (at.saturating_sub(limit).min(events.len()), at.min(events.len())),
        None if from_head => (0, limit.min(events.len())),
        None => (events.len().saturating_sub(limit), events.len()),
    };
    let page = events.get(from..to).unwrap_or_default();
    let page: Vec<Value> = page
        .iter()
        .map(|event| json!({ "timestamp": event.at, "message": event.message, "ingestionTime": event.ingested_at }))
        .collect();
    Ok(json!({
        "events": page,
        "nextForwardToken": format!("f/{to:056}/s"),
        "nextBackwardToken": format!("b/{from:056}/s"),
    }))
}

/// Whether a token leads forward, and from where.
fn direction(token: &str) -> Option<(bool, usize)> {
    let (way, rest) = token.split_once('/')?;
    let at = rest.strip_suffix("/s")?.parse().ok()?;
    Some((
        match way {
            "f" => true,
            "b" => false,
            _ => return None,
        },
        at,
    ))
}

/// `FilterLogEvents`: a group's events in order of time, by streams and by a pattern of terms
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>: every term, `?` for any
/// of several, `-` for none, quotes around what has spaces; patterns of fields are refused here).
pub(super) fn filter(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let (names, prefix) = (texts(input, "logStreamNames"), text(input, "logStreamNamePrefix"));
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid("logStreamNamePrefix and logStreamNames exclude each other."));
    }
    let terms = terms(text(input, "filterPattern").unwrap_or_default())?;
    let group = group_named(world, input)?;
    if names.iter().any(|name| !group.streams.contains_key(*name)) {
        return Err(Fault::new("ResourceNotFoundException", "The specified log stream does not exist."));
    }
    let streams = group.streams.iter().filter(|(name, _)| {
        (names.is_empty() || names.contains(&name.as_str())) && prefix.is_none_or(|prefix| name.starts_with(prefix))
    });
    let found = streams.flat_map(|(name, stream)| stream.events.iter().map(move |event| (name, event)));
    let found = found.filter(|(_, event)| within(input, event.at, true) && matches(&terms, &event.message));
    let mut rows: Vec<(String, Value)> = found
        .map(|(name, event)| {
            let row = json!({
                "logStreamName": name, "timestamp": event.at, "message": event.message,
                "ingestionTime": event.ingested_at, "eventId": event.id,
            });
            (format!("{} {name}", event.id), row)
        })
        .collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let mut answer = listed(call, "events", rows, PAGE)?;
    answer["searchedLogStreams"] = json!([]);
    Ok(answer)
}

/// A term, and whether it has to be there, is one of several, or must not be there.
type Term = (char, String);

fn terms(pattern: &str) -> Result<Vec<Term>, Fault> {
    let mut rest = pattern.trim();
    if rest.starts_with(['{', '[', '%']) {
        return Err(invalid("Invalid filter pattern: only terms are understood here."));
    }
    let mut terms = Vec::new();
    while !rest.is_empty() {
        let (sign, tail) = match rest.chars().next() {
            Some(sign @ ('?' | '-')) => (sign, rest.get(1..).unwrap_or_default()),
            _ => ('+', rest),
        };
        let (term, tail) = match tail.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(|| invalid("Invalid filter pattern: an open quote."))?,
            None => tail.split_once(char::is_whitespace).unwrap_or((tail, "")),
        };
        terms.push((sign, term.to_owned()));
        rest = tail.trim_start();
    }
    Ok(terms)
}

fn matches(terms: &[Term], message: &str) -> bool {
    let mut any = terms.iter().filter(|(sign, _)| *sign == '?').map(|(_, term)| message.contains(term)).peekable();
    let one = any.peek().is_none() || any.any(|held| held);
    one && terms.iter().all(|(sign, term)| match sign {
        '+' => message.contains(term),
        '-' => !message.contains(term),
        _ => true,
    })
}
