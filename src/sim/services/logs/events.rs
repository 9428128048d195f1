//! Events: put, read from one stream, searched over a group.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, read_token, text, texts, token as write_token};
use super::{group_named, group_read, invalid};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::log::{self, Lines, LogLine, LogQuery};

/// The most that one call may put: events, and bytes with 26 for each event
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>).
const MOST_BYTES: usize = 1_048_576;
const OVERHEAD: usize = 26;

/// The most events on a page of either read.
const PAGE: usize = 10_000;

/// The most events that one FilterLogEvents looks at. AWS has a bound too and does not name it.
const MOST_SEARCHED: usize = 50_000;

const DAY: i64 = 86_400_000;

fn no_stream() -> Fault {
    Fault::new("ResourceNotFoundException", "The specified log stream does not exist.")
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
    let group = group_named(world, call.input)?;
    let stream = group.streams.get_mut(text(call.input, "logStreamName").unwrap_or_default()).ok_or_else(no_stream)?;
    for (at, message) in given.iter().take(new.unwrap_or(usize::MAX)).skip(old) {
        stream.put(*at, now, (*message).to_owned());
        group.stored_bytes += (message.len() + OVERHEAD) as u64;
    }
    let rejected = json!({ "tooOldLogEventEndIndex": (old > 0).then_some(old), "tooNewLogEventStartIndex": new });
    let rejected = (old > 0 || new.is_some()).then_some(rejected);
    Ok(compact(json!({
        "nextSequenceToken": "49590302500000000000000000000000000000000000000000000000",
        "rejectedLogEventsInfo": rejected,
    })))
}

/// The first and the last moment that a call asks for; FilterLogEvents includes `endTime`, GetLogEvents does not.
fn range(input: &Map<String, Value>, end_included: bool) -> (i64, i64) {
    let end = integer(input, "endTime").map(|end| if end_included { end } else { end.saturating_sub(1) });
    (integer(input, "startTime").unwrap_or(i64::MIN), end.unwrap_or(i64::MAX))
}

fn limit(input: &Map<String, Value>) -> usize {
    integer(input, "limit").and_then(|n| usize::try_from(n).ok()).unwrap_or(PAGE).min(PAGE)
}

/// How many of these lines fit into an answer.
fn fitting<'l>(lines: impl Iterator<Item = &'l LogLine>) -> usize {
    let mut bytes = 0;
    lines.take_while(|line| fits(&mut bytes, line)).count()
}

/// Whether a line fits into an answer beside what is there already; a first one always does.
fn fits(bytes: &mut usize, line: &LogLine) -> bool {
    let first = *bytes == 0;
    *bytes += line.message.len() + OVERHEAD;
    first || *bytes <= MOST_BYTES
}

/// `GetLogEvents`: the newest page unless `startFromHead`. Tokens go both ways, and the same one comes back at the end
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetLogEvents.html>). A token is a place
/// between two events: forward is what comes from there on, backward what comes before.
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let from_head = input.get("startFromHead").and_then(Value::as_bool) == Some(true);
    let token =
        text(input, "nextToken").map(|token| direction(token).ok_or_else(|| invalid("Invalid token."))).transpose()?;
    let group = group_read(world, input)?;
    let name = text(input, "logStreamName").unwrap_or_default();
    if !group.streams.contains_key(name) {
        return Err(no_stream());
    }
    let (forward, place) = token.map_or((from_head, None), |(forward, place)| (forward, Some(place)));
    let streams = |stream: &str| stream == name;
    let ((from, to), limit) = (range(input, false), limit(input));
    let lines = if forward {
        let query = LogQuery { from, to, begin: place, ..LogQuery::all(&group.name, &streams) };
        let mut lines: Vec<LogLine> = world.read_log(&query).take(limit).collect();
        lines.truncate(fitting(lines.iter()));
        lines
    } else {
        let mut lines = world.log_lines_before(&group.name, &streams, from, to, limit, place);
        let surplus = lines.len() - fitting(lines.iter().rev());
        lines.drain(..surplus);
        lines
    };
    // Where there is nothing, both ways lead on from where the call began.
    let nowhere = place.map_or_else(|| format!("3{:055}", 0), str::to_owned);
    let begin = lines.first().map_or_else(|| nowhere.clone(), |line| line.id.clone());
    let end = lines.last().and_then(|line| log::after(&line.id)).unwrap_or(nowhere);
    let events: Vec<Value> = lines
        .iter()
        .map(|line| json!({ "timestamp": line.at, "message": line.message, "ingestionTime": line.ingested_at }))
        .collect();
    Ok(json!({
        "events": events,
        "nextForwardToken": format!("f/{end}/s"),
        "nextBackwardToken": format!("b/{begin}/s"),
    }))
}

/// Whether a token leads forward, and from which place.
fn direction(token: &str) -> Option<(bool, &str)> {
    let (way, rest) = token.split_once('/')?;
    let place = rest.strip_suffix("/s").filter(|place| log::is_id(place))?;
    match way {
        "f" => Some((true, place)),
        "b" => Some((false, place)),
        _ => None,
    }
}

/// `FilterLogEvents`: a group's events in order of time, by streams and by a pattern of terms
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html>: every term, `?` for any
/// of several, `-` for none, quotes around what has spaces; patterns of fields are refused here). A call looks at so many
/// events and no more: a page may hold few or none and have a token
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>).
pub(super) fn filter(world: &World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let (names, prefix) = (texts(input, "logStreamNames"), text(input, "logStreamNamePrefix"));
    if !names.is_empty() && prefix.is_some() {
        return Err(invalid("logStreamNamePrefix and logStreamNames exclude each other."));
    }
    let terms = terms(text(input, "filterPattern").unwrap_or_default())?;
    let group = group_read(world, input)?;
    if names.iter().any(|name| !group.streams.contains_key(*name)) {
        return Err(no_stream());
    }
    let strange = || invalid("The specified nextToken is invalid.");
    let token = text(input, "nextToken").map(|token| read_token(call.operation, token).ok_or_else(strange));
    let token = token.transpose()?;
    if token.as_ref().is_some_and(|token| !log::is_id(token)) {
        return Err(strange());
    }
    let names: BTreeSet<&str> = names.into_iter().collect();
    let streams =
        |name: &str| (names.is_empty() || names.contains(name)) && prefix.is_none_or(|prefix| name.starts_with(prefix));
    let (from, to) = range(input, true);
    let query = LogQuery { from, to, begin: token.as_deref(), ..LogQuery::all(&group.name, &streams) };
    let (found, next) = search(world.read_log(&query), &terms, limit(input));
    let events: Vec<Value> = found.into_iter().map(found_event).collect();
    let next = next.map(|place| write_token(call.operation, &place));
    Ok(compact(json!({ "events": events, "searchedLogStreams": [], "nextToken": next })))
}

/// The lines on a page, and the place where the next page begins, if there may be one.
fn search(lines: Lines<'_>, terms: &[Term], limit: usize) -> (Vec<LogLine>, Option<String>) {
    let (mut found, mut bytes, mut searched) = (Vec::new(), 0, 0);
    for line in lines {
        if found.len() == limit || searched == MOST_SEARCHED {
            return (found, Some(line.id));
        }
        searched += 1;
        if matches(terms, &line.message) {
            if !fits(&mut bytes, &line) {
                return (found, Some(line.id));
            }
            found.push(line);
        }
    }
    (found, None)
}

fn found_event(line: LogLine) -> Value {
    json!({
        "logStreamName": &*line.stream, "timestamp": line.at, "message": line.message,
        "ingestionTime": line.ingested_at, "eventId": line.id,
    })
}

/// A term, and whether it has to be there, is one of several, or must not be there.
pub(super) type Term = (char, String);

/// The terms of a pattern.
///
/// # Errors
/// It is one of fields, or has an open quote.
pub(super) fn terms(pattern: &str) -> Result<Vec<Term>, Fault> {
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

/// Whether a message has what the terms ask for.
pub(super) fn matches(terms: &[Term], message: &str) -> bool {
    let mut any = terms.iter().filter(|(sign, _)| *sign == '?').map(|(_, term)| message.contains(term)).peekable();
    let one = any.peek().is_none() || any.any(|held| held);
    one && terms.iter().all(|(sign, term)| match sign {
        '+' => message.contains(term),
        '-' => !message.contains(term),
        _ => true,
    })
}
