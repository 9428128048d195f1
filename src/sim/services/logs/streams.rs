//! Groups and streams: made, kept for so long, listed.

use serde_json::{Value, json};

use super::super::page::{compact, integer, text};
use super::{arn, group_named, group_read, invalid, listed_as};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::log::{LogGroup, LogStream};

/// Days that a group may keep its events for
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html>).
const RETENTIONS: [i64; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

fn taken(what: &str) -> Fault {
    Fault::new("ResourceAlreadyExistsException", format!("The specified {what} already exists"))
}

/// `CreateLogGroup`: kept for ever until a retention is set.
pub(super) fn create_group(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "logGroupName").unwrap_or_default();
    if world.log_groups.contains_key(name) {
        return Err(taken("log group"));
    }
    world.log_groups.insert(name.to_owned(), LogGroup::new(name, call.now));
    Ok(json!({}))
}

/// `PutRetentionPolicy`.
pub(super) fn put_retention(world: &mut World, call: &Call<'_>) -> Answer {
    let days = integer(call.input, "retentionInDays").filter(|days| RETENTIONS.contains(days));
    let days = days.and_then(|days| u32::try_from(days).ok()).ok_or_else(|| invalid("Invalid retention value."))?;
    group_named(world, call.input)?.retention_days = Some(days);
    Ok(json!({}))
}

/// `CreateLogStream`: no colon and no asterisk in its name.
pub(super) fn create_stream(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "logStreamName").unwrap_or_default();
    if name.contains([':', '*']) {
        return Err(invalid("A log stream's name may contain neither ':' nor '*'."));
    }
    let created_at = call.now;
    let group = group_named(world, call.input)?;
    if group.streams.contains_key(name) {
        return Err(taken("log stream"));
    }
    let stream = LogStream::new(&group.name, name, created_at);
    group.streams.insert(name.to_owned(), stream);
    Ok(json!({}))
}

/// `DescribeLogStreams`: by name, or by the time of the last event, which goes with no prefix; pages of 50
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogStreams.html>).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let prefix = text(input, "logStreamNamePrefix");
    let by_time = text(input, "orderBy") == Some("LastEventTime");
    if by_time && prefix.is_some() {
        return Err(invalid("Cannot order by LastEventTime with a logStreamNamePrefix."));
    }
    let descending = input.get("descending").and_then(Value::as_bool) == Some(true);
    let group = group_read(world, input)?;
    let wanted = group.streams.iter().filter(|(name, _)| prefix.is_none_or(|prefix| name.starts_with(prefix)));
    let last = |name: &str| world.last_event(&group.name, name).map_or(0, |(at, _)| at);
    let mut rows: Vec<(i64, &String, &LogStream)> =
        wanted.map(|(name, stream)| (if by_time { last(name) } else { 0 }, name, stream)).collect();
    rows.sort_by_key(|(at, name, _)| (*at, *name));
    if descending {
        rows.reverse();
    }
    // The order of names needs no places: a stream that comes in between moves no page.
    let plain = !by_time && !descending;
    let key = |n: usize, name: &String| if plain { name.clone() } else { format!("{n:08}") };
    let rows = rows.into_iter().enumerate().map(|(n, (_, name, stream))| (key(n, name), (name, stream)));
    listed_as(call, "logStreams", rows, 50, |(name, stream)| shown(world, group, name, stream))
}

/// `storedBytes` is always zero for a stream since June 2019
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html>).
fn shown(world: &World, group: &LogGroup, name: &str, stream: &LogStream) -> Value {
    let last = world.last_event(&group.name, name);
    compact(json!({
        "logStreamName": name,
        "creationTime": stream.created_at.as_millisecond(),
        "firstEventTimestamp": world.first_event(&group.name, name),
        "lastEventTimestamp": last.map(|(at, _)| at),
        "lastIngestionTime": last.map(|(_, came_at)| came_at),
        "uploadSequenceToken": "49590302500000000000000000000000000000000000000000000000",
        "arn": format!("{}:log-stream:{name}", arn(world, group)),
        "storedBytes": 0,
    }))
}
