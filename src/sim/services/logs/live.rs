//! Live Tail (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartLiveTail.html>).

use serde_json::{Map, Value, json};

use super::super::page::{compact, text, texts};
use super::{arn, events, invalid};
use crate::sim::call::{Answer, Call, Fault, Turn};
use crate::sim::world::World;
use crate::sim::world::live::LiveStreams;

/// Events in one update, which is one second.
const MOST_EVENTS: usize = 500;

/// `StartLiveTail`: the stream begins with what the session is about.
pub(super) fn start(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let arns = texts(input, "logGroupIdentifiers");
    let groups = groups(world, &arns)?;
    let streams = streams(input, groups.len())?;
    let pattern = text(input, "logEventFilterPattern").unwrap_or_default();
    events::terms(pattern)?;
    let told = "The maximum number of concurrent Live Tail sessions has been reached.";
    let session = world.open_live_tail(groups, streams, pattern.to_owned());
    let session = session.ok_or_else(|| Fault::new("LimitExceededException", told))?;
    Ok(compact(json!({ "responseStream": { "sessionStart": {
        "requestId": session,
        "sessionId": session,
        "logGroupIdentifiers": arns,
        "logStreamNames": input.get("logStreamNames"),
        "logStreamNamePrefixes": input.get("logStreamNamePrefixes"),
        "logEventFilterPattern": input.get("logEventFilterPattern"),
    } } })))
}

/// Groups by their ARNs, which end in no asterisk.
fn groups(world: &World, arns: &[&str]) -> Result<Vec<String>, Fault> {
    let mut names: Vec<String> = Vec::new();
    for given in arns {
        let name = given.strip_prefix("arn:").and_then(|rest| rest.split_once(":log-group:")).map(|(_, name)| name);
        let name = name.filter(|name| !name.ends_with('*'));
        let name = name.ok_or_else(|| invalid(&format!("Invalid log group ARN: {given}")))?;
        let group = world.log_groups.get(name).filter(|group| arn(world, group) == *given);
        let absent = || Fault::new("ResourceNotFoundException", format!("The log group {given} does not exist."));
        let group = group.ok_or_else(absent)?;
        if names.contains(&group.name) {
            return Err(invalid(&format!("The log group {given} is named twice.")));
        }
        names.push(group.name.clone());
    }
    Ok(names)
}

fn streams(input: &Map<String, Value>, groups: usize) -> Result<LiveStreams, Fault> {
    let given = |member: &str| -> Vec<String> { texts(input, member).into_iter().map(str::to_owned).collect() };
    match (given("logStreamNames"), given("logStreamNamePrefixes")) {
        (names, prefixes) if names.is_empty() && prefixes.is_empty() => Ok(LiveStreams::All),
        _ if groups != 1 => Err(invalid("Log streams can be named for a single log group only.")),
        (names, prefixes) if prefixes.is_empty() => Ok(LiveStreams::Named(names)),
        (names, prefixes) if names.is_empty() => Ok(LiveStreams::Prefixed(prefixes)),
        _ => Err(invalid("logStreamNames and logStreamNamePrefixes exclude each other.")),
    }
}

fn session(first: &Value) -> &str {
    first["sessionStart"]["sessionId"].as_str().unwrap_or_default()
}

/// An update, an empty one too; above 500 events a second it is a sample. After three hours the session ends.
pub(in super::super) fn turn(world: &mut World, first: &Value) -> Turn {
    let id = session(first);
    let Some(lines) = world.live_lines(id) else {
        world.live_tails.remove(id);
        let ended = json!({ "SessionTimeoutException": { "message": "The session has timed out." } });
        return Turn { events: vec![ended], ends: true };
    };
    let pattern = world.live_tails.get(id).map(|session| session.pattern.clone()).unwrap_or_default();
    let terms = events::terms(&pattern).unwrap_or_default();
    let found: Vec<Value> = lines
        .into_iter()
        .filter(|(_, line)| events::matches(&terms, &line.message))
        .map(|(group, line)| {
            json!({
                "logGroupIdentifier": world.arn("logs", &format!("log-group:{group}")),
                "logStreamName": &*line.stream,
                "message": line.message,
                "timestamp": line.at,
                "ingestionTime": line.ingested_at,
            })
        })
        .collect();
    let sampled = found.len() > MOST_EVENTS;
    let update = json!({ "sessionMetadata": { "sampled": sampled }, "sessionResults": sample(found) });
    Turn { events: vec![json!({ "sessionUpdate": update })], ends: false }
}

/// So many of the events, evenly.
fn sample(found: Vec<Value>) -> Vec<Value> {
    let count = found.len();
    if count <= MOST_EVENTS {
        return found;
    }
    let taken = |place: usize| place * MOST_EVENTS / count != (place + 1) * MOST_EVENTS / count;
    found.into_iter().enumerate().filter(|(place, _)| taken(*place)).map(|(_, event)| event).collect()
}

/// Nobody reads the session any more.
pub(in super::super) fn close(world: &mut World, first: &Value) {
    world.live_tails.remove(session(first));
}
