//! What a caller says that a schedule is to be.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::super::page::{integer, text};
use super::invalid;
use crate::sim::call::{Call, Fault};
use crate::sim::world::World;
use crate::sim::world::invoke::is_topic;
use crate::sim::world::schedule::Schedule;
use crate::sim::world::timetable::Timetable;

/// What operations begin with that only read: schedules do not call these
/// (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html#unsupported-api-actions>).
const READS: [&str; 13] = [
    "get", "describe", "list", "poll", "receive", "search", "scan", "query", "select", "read", "lookup", "discover",
    "validate",
];

/// The schedule of a request.
pub(super) fn schedule(world: &World, call: &Call<'_>) -> Result<Schedule, Fault> {
    let input = call.input;
    let word = |name: &str| text(input, name).map(str::to_owned);
    let expression = word("ScheduleExpression").unwrap_or_default();
    let zone = word("ScheduleExpressionTimezone").unwrap_or_else(|| "UTC".into());
    let target = input.get("Target").cloned().unwrap_or_default();
    expect_target(world, &target)?;
    let (start, end) = dates(input, call.now)?;
    Ok(Schedule {
        name: word("Name").unwrap_or_default(),
        description: word("Description"),
        timetable: Timetable::read(&expression, &zone).map_err(invalid)?,
        expression,
        zone,
        enabled: text(input, "State") != Some("DISABLED"),
        start,
        end,
        window: window(input)?,
        deletes_itself: text(input, "ActionAfterCompletion") == Some("DELETE"),
        key_arn: word("KmsKeyArn"),
        target,
        created_at: call.now,
        modified_at: call.now,
        client_token: word("ClientToken"),
        edition: 0,
    })
}

/// When a schedule may be due: from not long ago at the earliest, and no end before the start.
fn dates(input: &Map<String, Value>, now: Timestamp) -> Result<(Option<Timestamp>, Option<Timestamp>), Fault> {
    let date = |name: &str| input.get(name).and_then(Value::as_f64).and_then(at);
    let (start, end) = (date("StartDate"), date("EndDate"));
    if start.is_some_and(|start| start < now - SignedDuration::from_mins(5)) {
        return Err(invalid("The StartDate you specify cannot be earlier than 5 minutes ago."));
    }
    if end.is_some_and(|end| end <= start.unwrap_or(now)) {
        return Err(invalid("The EndDate you specify must come after the StartDate and after now."));
    }
    Ok((start, end))
}

fn at(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and what is out of range is refused")]
    let milliseconds = (seconds * 1000.0) as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}

fn window(input: &Map<String, Value>) -> Result<Option<u32>, Fault> {
    let Some(window) = input.get("FlexibleTimeWindow").and_then(Value::as_object) else { return Ok(None) };
    let minutes = integer(window, "MaximumWindowInMinutes").and_then(|minutes| u32::try_from(minutes).ok());
    match (text(window, "Mode"), minutes) {
        (Some("FLEXIBLE"), Some(minutes)) => Ok(Some(minutes)),
        (Some("FLEXIBLE"), None) => Err(invalid("A flexible time window needs MaximumWindowInMinutes.")),
        (_, Some(_)) => Err(invalid("MaximumWindowInMinutes must not be set when the flexible time window is OFF.")),
        (_, None) => Ok(None),
    }
}

/// Checks that a target is one that this account can invoke. What AWS invokes beside these is refused and not forgotten.
fn expect_target(world: &World, target: &Value) -> Result<(), Fault> {
    let word = |name: &str| target.get(name).and_then(Value::as_str).unwrap_or_default();
    let (arn, input) = (word("Arn"), word("Input"));
    if is_topic(arn) {
        return Ok(());
    }
    let Some((service, api)) = arn.strip_prefix("arn:aws:scheduler:::aws-sdk:").and_then(|rest| rest.split_once(':'))
    else {
        return Err(invalid(format!("Provided Arn is not supported by the simulated AWS: {arn}")));
    };
    if READS.iter().any(|read| api.starts_with(read)) || service.is_empty() || api.is_empty() {
        return Err(invalid(format!("{arn} is not a supported target.")));
    }
    if !world.can_be_asked(arn) {
        return Err(invalid(format!("{arn} is not supported by the simulated AWS.")));
    }
    if !input.is_empty() && serde_json::from_str::<Map<String, Value>>(input).is_err() {
        return Err(invalid("Provided Input is not a JSON object."));
    }
    Ok(())
}
