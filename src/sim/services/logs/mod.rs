//! CloudWatch Logs.

mod events;
mod insights;
pub(super) mod live;
mod streams;

use serde_json::{Map, Value, json};

use super::no_handler;
use super::page::{compact, integer, page, read_token, text, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::log::LogGroup;

/// Groups on a page where none other is asked for, which is also the most
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html>).
const PAGE: usize = 50;

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation {
        "CreateLogGroup" => streams::create_group(world, call),
        "CreateLogStream" => streams::create_stream(world, call),
        "DescribeLogGroups" => describe(world, call),
        "DescribeLogStreams" => streams::describe(world, call),
        "DescribeQueries" => insights::describe(world, call),
        "FilterLogEvents" => events::filter(world, call),
        "GetLogEvents" => events::get(world, call),
        "GetLogRecord" => insights::record(world, call),
        "GetQueryResults" => insights::results(world, call),
        "PutLogEvents" => events::put(world, call),
        "PutRetentionPolicy" => streams::put_retention(world, call),
        "StartLiveTail" => live::start(world, call),
        "StartQuery" => insights::start(world, call),
        "StopQuery" => insights::stop(world, call),
        _ => no_handler(call),
    }
}

/// Groups in the order of their names, which is the order of AWS's answers too.
fn describe(world: &World, call: &Call<'_>) -> Answer {
    let input = call.input;
    // "logGroupNamePrefix and logGroupNamePattern are mutually exclusive", and identifiers go with neither.
    let selectors = ["logGroupNamePrefix", "logGroupNamePattern", "logGroupIdentifiers"];
    if selectors.iter().filter(|selector| input.contains_key(**selector)).count() > 1 {
        return Err(invalid("logGroupNamePrefix, logGroupNamePattern and logGroupIdentifiers exclude each other."));
    }
    let chosen = world.log_groups.values().filter(|group| selected(world, input, group));
    let chosen = chosen.map(|group| (group.name.clone(), shown(world, group)));
    listed(call, "logGroups", chosen, PAGE)
}

/// One page of `member`, of `usual` items unless `limit` asks for less.
fn listed(call: &Call<'_>, member: &str, items: impl IntoIterator<Item = (String, Value)>, usual: usize) -> Answer {
    listed_as(call, member, items, usual, |item| item)
}

/// One page of `member`; only what is on it is shown.
fn listed_as<T>(
    call: &Call<'_>,
    member: &str,
    items: impl IntoIterator<Item = (String, T)>,
    usual: usize,
    show: impl Fn(T) -> Value,
) -> Answer {
    let after = match text(call.input, "nextToken") {
        Some(token) => {
            Some(read_token(call.operation, token).ok_or_else(|| invalid("The specified nextToken is invalid."))?)
        }
        None => None,
    };
    let limit = integer(call.input, "limit").and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usual);
    let (items, next) = page(call.operation, items, after.as_deref(), limit);
    let items: Vec<Value> = items.into_iter().map(show).collect();
    Ok(compact(json!({ member: items, "nextToken": next })))
}

/// The name of the group that a call names, by name or by ARN.
fn group_name(input: &Map<String, Value>) -> &str {
    let identifier = text(input, "logGroupIdentifier").map(|arn| arn.rsplit(":log-group:").next().unwrap_or(arn));
    text(input, "logGroupName").or(identifier).unwrap_or_default().trim_end_matches(":*")
}

fn no_group() -> Fault {
    Fault::new("ResourceNotFoundException", "The specified log group does not exist.")
}

/// The group that a call names, to change it.
fn group_named<'w>(world: &'w mut World, input: &Map<String, Value>) -> Result<&'w mut LogGroup, Fault> {
    world.log_groups.get_mut(group_name(input)).ok_or_else(no_group)
}

/// The group that a call names, to read it.
fn group_read<'w>(world: &'w World, input: &Map<String, Value>) -> Result<&'w LogGroup, Fault> {
    world.log_groups.get(group_name(input)).ok_or_else(no_group)
}

fn invalid(message: &str) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// Whether a group is asked for: by the start of its name, by a part of it in any case, by name or ARN, by class.
fn selected(world: &World, input: &Map<String, Value>, group: &LogGroup) -> bool {
    let prefix = text(input, "logGroupNamePrefix").is_none_or(|prefix| group.name.starts_with(prefix));
    let part =
        text(input, "logGroupNamePattern").is_none_or(|part| group.name.to_lowercase().contains(&part.to_lowercase()));
    let class = text(input, "logGroupClass").is_none_or(|class| class == "STANDARD");
    let identifiers = texts(input, "logGroupIdentifiers");
    let arn = arn(world, group);
    let named = |identifier: &&str| *identifier == group.name || identifier.trim_end_matches(":*") == arn;
    prefix && part && class && (identifiers.is_empty() || identifiers.iter().any(named))
}

fn arn(world: &World, group: &LogGroup) -> String {
    world.arn("logs", &format!("log-group:{}", group.name))
}

/// A group as DescribeLogGroups shows it: `arn` ends in `:*`, `logGroupArn` does not; times are in milliseconds.
fn shown(world: &World, group: &LogGroup) -> Value {
    let arn = arn(world, group);
    json!({
        "logGroupName": group.name,
        "creationTime": group.created_at.as_millisecond(),
        "retentionInDays": group.retention_days,
        "metricFilterCount": 0,
        "arn": format!("{arn}:*"),
        "logGroupArn": arn,
        "storedBytes": group.stored_bytes,
        "logGroupClass": "STANDARD",
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::sim::options::{Options, Scenario};

    fn ask(input: Value) -> Answer {
        let options = Options { scenario: Scenario::Empty, ..Options::default() };
        let mut world = World::new(&options, Timestamp::UNIX_EPOCH);
        world.log_groups.clear();
        for name in ["/ecs/api", "/ecs/web", "/fleet/Web-hosts"] {
            let group =
                LogGroup { retention_days: Some(30), stored_bytes: 1, ..LogGroup::new(name, Timestamp::UNIX_EPOCH) };
            world.log_groups.insert(name.into(), group);
        }
        let input = input.as_object().cloned().unwrap();
        let call = Call { operation: "DescribeLogGroups", input: &input, now: world.now, region: "eu-west-1" };
        super::call(&mut world, &call)
    }

    fn names(input: Value) -> Vec<String> {
        let answer = ask(input).unwrap();
        let groups = answer["logGroups"].as_array().unwrap();
        groups.iter().map(|group| group["logGroupName"].as_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn groups_are_chosen_by_prefix_part_name_or_arn() {
        assert_eq!(names(json!({})), ["/ecs/api", "/ecs/web", "/fleet/Web-hosts"]);
        assert_eq!(names(json!({ "logGroupNamePrefix": "/ecs" })), ["/ecs/api", "/ecs/web"]);
        assert_eq!(names(json!({ "logGroupNamePattern": "WEB" })), ["/ecs/web", "/fleet/Web-hosts"]);
        let arn = "arn:aws:logs:eu-west-1:111122223333:log-group:/ecs/api";
        assert_eq!(names(json!({ "logGroupIdentifiers": [arn, "/ecs/web"] })), ["/ecs/api", "/ecs/web"]);
        assert!(names(json!({ "logGroupClass": "DELIVERY" })).is_empty());
    }

    #[test]
    fn selectors_exclude_each_other_and_strange_tokens_are_refused() {
        let both = json!({ "logGroupNamePrefix": "/ecs", "logGroupNamePattern": "web" });
        assert_eq!(ask(both).unwrap_err().code, "InvalidParameterException");
        assert_eq!(ask(json!({ "nextToken": "x" })).unwrap_err().code, "InvalidParameterException");
    }
}
