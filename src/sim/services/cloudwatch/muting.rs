//! Mute rules as they are put and deleted.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::super::page::{text, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::runbook::duration_seconds;
use crate::sim::world::World;
use crate::sim::world::alarm::{LONGEST_WINDOW, Mute, Opening};
use crate::sim::world::recurring::Recurrence;

/// A window lasts a minute at least
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html>).
const WINDOW: std::ops::RangeInclusive<f64> = 60.0..=LONGEST_WINDOW as f64 * 86_400.0;

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// `PutAlarmMuteRule`: a rule of a name that exists is replaced
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html>).
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let mute = read(call)?;
    if mute.status(call.now) == "EXPIRED" {
        return Err(invalid("The mute rule's window has already ended."));
    }
    world.mutes.insert(mute.name.clone(), mute);
    Ok(json!({}))
}

fn read(call: &Call<'_>) -> Result<Mute, Fault> {
    let input = call.input;
    let schedule = input.get("Rule").and_then(|rule| rule.get("Schedule")?.as_object());
    let schedule = schedule.ok_or_else(|| invalid("Rule needs a Schedule."))?;
    let zone = zone(schedule)?;
    let date = |member: &str| input.get(member).and_then(Value::as_f64).and_then(at);
    let (starts_at, expires_at) = (date("StartDate"), date("ExpireDate"));
    if starts_at.zip(expires_at).is_some_and(|(start, end)| start >= end) {
        return Err(invalid("StartDate is not before ExpireDate."));
    }
    let targets = input.get("MuteTargets").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Mute {
        name: text(input, "Name").unwrap_or_default().to_owned(),
        description: text(input, "Description").unwrap_or_default().to_owned(),
        expression: text(schedule, "Expression").unwrap_or_default().to_owned(),
        duration: text(schedule, "Duration").unwrap_or_default().to_owned(),
        timezone: text(schedule, "Timezone").unwrap_or("UTC").to_owned(),
        alarms: texts(&targets, "AlarmNames").into_iter().map(str::to_owned).collect(),
        opens: opening(schedule, &zone)?,
        length: length(schedule)?,
        zone,
        starts_at,
        expires_at,
        updated_at: call.now,
    })
}

fn at(seconds: f64) -> Option<Timestamp> {
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and what is out of range is refused")]
    let milliseconds = (seconds * 1000.0) as i64;
    Timestamp::from_millisecond(milliseconds).ok()
}

fn zone(schedule: &Map<String, Value>) -> Result<TimeZone, Fault> {
    let zone = text(schedule, "Timezone").unwrap_or("UTC");
    TimeZone::get(zone).map_err(|_| invalid(format!("'{zone}' is no time zone.")))
}

/// When windows open: once, to the minute and no finer, or again and again.
fn opening(schedule: &Map<String, Value>, zone: &TimeZone) -> Result<Opening, Fault> {
    let expression = text(schedule, "Expression").unwrap_or_default();
    let inside = |name: &str| expression.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(fields) = inside("cron") {
        let recurrence = Recurrence::read(fields);
        return recurrence.map(Opening::Again).map_err(|why| invalid(format!("Expression '{expression}': {why}.")));
    }
    let when = inside("at").and_then(|when| DateTime::strptime("%Y-%m-%dT%H:%M", when).ok());
    let start = when.and_then(|when| zone.to_timestamp(when).ok());
    let neither = || {
        let forms = "at(yyyy-MM-ddThh:mm) nor cron(Minutes Hours Day-of-month Month Day-of-week)";
        invalid(format!("Expression '{expression}' is neither {forms}."))
    };
    start.map(Opening::Once).ok_or_else(neither)
}

/// How long a window is open.
fn length(schedule: &Map<String, Value>) -> Result<SignedDuration, Fault> {
    let duration = text(schedule, "Duration").unwrap_or_default();
    let length = duration_seconds(duration).filter(|length| WINDOW.contains(length));
    let length = length.ok_or_else(|| invalid(format!("Duration '{duration}' is not between PT1M and P15D.")))?;
    Ok(SignedDuration::from_secs_f64(length))
}

/// `DeleteAlarmMuteRule`: a rule that is not there is as good as deleted
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DeleteAlarmMuteRule.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    world.mutes.remove(text(call.input, "AlarmMuteRuleName").unwrap_or_default());
    Ok(json!({}))
}
