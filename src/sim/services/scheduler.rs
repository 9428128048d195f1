//! EventBridge Scheduler: schedules of the group `default`, the only one.

mod request;

use serde_json::{Value, json};

use super::no_handler;
use super::page::{compact, integer, maybe_seconds, page, read_token, seconds, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::schedule::Schedule;

/// The group that every account has.
const GROUP: &str = "default";

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    expect_group(call)?;
    match call.operation {
        "CreateSchedule" => create(world, call),
        "GetSchedule" => get(world, call),
        "ListSchedules" => list(world, call),
        "UpdateSchedule" => update(world, call),
        "DeleteSchedule" => delete(world, call),
        _ => no_handler(call),
    }
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

fn expect_group(call: &Call<'_>) -> Result<(), Fault> {
    match text(call.input, "GroupName") {
        None | Some(GROUP) => Ok(()),
        Some(other) => Err(Fault::new("ResourceNotFoundException", format!("Schedule group {other} does not exist."))),
    }
}

fn name<'a>(call: &'a Call<'_>) -> &'a str {
    text(call.input, "Name").unwrap_or_default()
}

fn existing<'w>(world: &'w World, name: &str) -> Result<&'w Schedule, Fault> {
    let absent = || Fault::new("ResourceNotFoundException", format!("Schedule {name} does not exist."));
    world.schedules.get(name).ok_or_else(absent)
}

/// `CreateSchedule`: asked again with the same token, it is the same one
/// (<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html>).
fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let name = name(call);
    let arn = json!({ "ScheduleArn": world.schedule_arn(name) });
    if let Some(known) = world.schedules.get(name) {
        let token = text(call.input, "ClientToken");
        let same = token.is_some() && known.client_token.as_deref() == token;
        let taken = || Fault::new("ConflictException", format!("Schedule {name} already exists."));
        return if same { Ok(arn) } else { Err(taken()) };
    }
    let schedule = request::schedule(world, call)?;
    world.keep_schedule(schedule);
    Ok(arn)
}

/// `UpdateSchedule`: what is not given is set to what it usually is
/// (<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_UpdateSchedule.html>).
fn update(world: &mut World, call: &Call<'_>) -> Answer {
    let known = existing(world, name(call))?;
    let (created_at, client_token) = (known.created_at, known.client_token.clone());
    let schedule = Schedule { created_at, client_token, ..request::schedule(world, call)? };
    world.keep_schedule(schedule);
    Ok(json!({ "ScheduleArn": world.schedule_arn(name(call)) }))
}

fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    existing(world, name(call))?;
    world.schedules.remove(name(call));
    Ok(json!({}))
}

fn state(schedule: &Schedule) -> &'static str {
    if schedule.enabled { "ENABLED" } else { "DISABLED" }
}

fn get(world: &World, call: &Call<'_>) -> Answer {
    let schedule = existing(world, name(call))?;
    let window = match schedule.window {
        Some(minutes) => json!({ "Mode": "FLEXIBLE", "MaximumWindowInMinutes": minutes }),
        None => json!({ "Mode": "OFF" }),
    };
    Ok(compact(json!({
        "ActionAfterCompletion": if schedule.deletes_itself { "DELETE" } else { "NONE" },
        "Arn": world.schedule_arn(&schedule.name),
        "CreationDate": seconds(schedule.created_at),
        "Description": schedule.description,
        "EndDate": maybe_seconds(schedule.end),
        "FlexibleTimeWindow": window,
        "GroupName": GROUP,
        "KmsKeyArn": schedule.key_arn,
        "LastModificationDate": seconds(schedule.modified_at),
        "Name": schedule.name,
        "ScheduleExpression": schedule.expression,
        "ScheduleExpressionTimezone": schedule.zone,
        "StartDate": maybe_seconds(schedule.start),
        "State": state(schedule),
        "Target": target(schedule),
    })))
}

/// A target as it was given, with the retry policy that it has unless it was given another.
fn target(schedule: &Schedule) -> Value {
    let mut target = schedule.target.clone();
    let usual = json!({ "MaximumEventAgeInSeconds": 86_400, "MaximumRetryAttempts": 185 });
    if let (Some(members), Some(policy)) = (target.as_object_mut(), usual.as_object()) {
        let given = members.entry("RetryPolicy").or_insert_with(|| json!({}));
        for (name, value) in policy {
            if given.get(name).is_none() {
                given[name] = value.clone();
            }
        }
    }
    target
}

/// `ListSchedules`: a hundred at a time at most
/// (<https://docs.aws.amazon.com/scheduler/latest/APIReference/API_ListSchedules.html>).
fn list(world: &World, call: &Call<'_>) -> Answer {
    let (prefix, wanted) = (text(call.input, "NamePrefix").unwrap_or_default(), text(call.input, "State"));
    let limit = integer(call.input, "MaxResults").and_then(|n| usize::try_from(n).ok()).unwrap_or(100);
    let after = match text(call.input, "NextToken") {
        None => None,
        Some(token) => Some(read_token(call.operation, token).ok_or_else(|| invalid("Invalid NextToken."))?),
    };
    let listed = world.schedules.values().filter(|schedule| schedule.name.starts_with(prefix));
    let listed = listed.filter(|schedule| wanted.is_none_or(|wanted| wanted == state(schedule)));
    let listed = listed.map(|schedule| {
        let summary = json!({
            "Arn": world.schedule_arn(&schedule.name),
            "CreationDate": seconds(schedule.created_at),
            "GroupName": GROUP,
            "LastModificationDate": seconds(schedule.modified_at),
            "Name": schedule.name,
            "State": state(schedule),
            "Target": { "Arn": schedule.target.get("Arn") },
        });
        (schedule.name.clone(), summary)
    });
    let (schedules, next) = page(call.operation, listed, after.as_deref(), limit);
    Ok(compact(json!({ "Schedules": schedules, "NextToken": next })))
}
