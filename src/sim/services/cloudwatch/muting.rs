//! Mute rules as they are put and deleted.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::super::page::{text, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::runbook::duration_seconds;
use crate::sim::world::World;
use crate::sim::world::alarm::Mute;

/// A window lasts a minute at least and 15 days at most
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html>).
const WINDOW: std::ops::RangeInclusive<f64> = 60.0..=15.0 * 86_400.0;

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// `PutAlarmMuteRule`: a rule of a name that exists is replaced
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html>). Rules that come again
/// are not there yet.
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let schedule = input.get("Rule").and_then(|rule| rule.get("Schedule")?.as_object());
    let schedule = schedule.ok_or_else(|| invalid("Rule needs a Schedule."))?;
    let (start, length) = window(schedule)?;
    let end = start + length;
    let expires = input.get("ExpireDate").and_then(Value::as_f64).and_then(at);
    if end <= call.now || expires.is_some_and(|at| at <= call.now) {
        return Err(invalid("The mute rule's window has already ended."));
    }
    let targets = input.get("MuteTargets").and_then(Value::as_object).cloned().unwrap_or_default();
    let name = text(input, "Name").unwrap_or_default().to_owned();
    let mute = Mute {
        name: name.clone(),
        description: text(input, "Description").unwrap_or_default().to_owned(),
        expression: text(schedule, "Expression").unwrap_or_default().to_owned(),
        duration: text(schedule, "Duration").unwrap_or_default().to_owned(),
        timezone: text(schedule, "Timezone").unwrap_or("UTC").to_owned(),
        alarms: texts(&targets, "AlarmNames").into_iter().map(str::to_owned).collect(),
        start,
        end: expires.map_or(end, |at| at.min(end)),
        updated_at: call.now,
    };
    world.mutes.insert(name, mute);
    Ok(json!({}))
}

fn at(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and what is out of range is refused")]
    let milliseconds = (seconds * 1000.0) as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}

/// When the window opens, and how long it is open.
fn window(schedule: &Map<String, Value>) -> Result<(Timestamp, SignedDuration), Fault> {
    let expression = text(schedule, "Expression").unwrap_or_default();
    let zone = text(schedule, "Timezone").unwrap_or("UTC");
    let zone = TimeZone::get(zone).map_err(|_| invalid(format!("'{zone}' is no time zone.")))?;
    let inner = expression.strip_prefix("at(").and_then(|rest| rest.strip_suffix(')'));
    let inner = inner.ok_or_else(|| invalid(format!("Expression '{expression}' is not at(yyyy-MM-ddThh:mm).")))?;
    // To the minute, and no finer.
    let start = DateTime::strptime("%Y-%m-%dT%H:%M", inner).ok().and_then(|when| zone.to_timestamp(when).ok());
    let start = start.ok_or_else(|| invalid(format!("Expression '{expression}' is not at(yyyy-MM-ddThh:mm).")))?;
    let duration = text(schedule, "Duration").unwrap_or_default();
    let length = duration_seconds(duration).filter(|length| WINDOW.contains(length));
    let length = length.ok_or_else(|| invalid(format!("Duration '{duration}' is not between PT1M and P15D.")))?;
    Ok((start, SignedDuration::from_secs_f64(length)))
}

/// `DeleteAlarmMuteRule`: a rule that is not there is as good as deleted
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarmMuteRule.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    world.mutes.remove(text(call.input, "AlarmMuteRuleName").unwrap_or_default());
    Ok(json!({}))
}
