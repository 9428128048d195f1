//! CloudWatch: alarms, their history, mute rules, metrics.

mod alarms;
mod metrics;
mod mutes;
mod muting;

use serde_json::{Map, Value};

use super::no_handler;
use super::page::{integer, page, read_token, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation {
        "DescribeAlarms" => alarms::describe(world, call),
        "DescribeAlarmHistory" => alarms::history(world, call),
        "ListAlarmMuteRules" => mutes::list(world, call),
        "GetAlarmMuteRule" => mutes::get(world, call),
        "PutAlarmMuteRule" => muting::put(world, call),
        "DeleteAlarmMuteRule" => muting::delete(world, call),
        "GetMetricData" => metrics::get_data(world, call),
        _ => no_handler(call),
    }
}

/// One page of items with their keys, and the token to go on with; `usual` at most unless `MaxRecords` says otherwise.
fn span<T>(
    call: &Call<'_>,
    usual: usize,
    items: impl IntoIterator<Item = (String, T)>,
) -> Result<(Vec<T>, Option<String>), Fault> {
    let limit = integer(call.input, "MaxRecords").and_then(|n| usize::try_from(n).ok()).unwrap_or(usual);
    let after = match text(call.input, "NextToken") {
        None => None,
        Some(token) => {
            let invalid = || Fault::new("InvalidNextToken", "The next token specified is invalid.");
            Some(read_token(call.operation, token).ok_or_else(invalid)?)
        }
    };
    Ok(page(call.operation, items, after.as_deref(), limit))
}

/// An answer with one page of `member`.
fn paged(call: &Call<'_>, usual: usize, member: &str, items: impl IntoIterator<Item = (String, Value)>) -> Answer {
    let (items, next) = span(call, usual, items)?;
    let mut answer = Map::from_iter([(member.to_owned(), Value::Array(items))]);
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}
