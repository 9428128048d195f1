//! Tasks that neither scale-in nor a deployment may stop
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html>).

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::super::page::{compact, integer, maybe_seconds, texts};
use super::{batch, in_cluster, invalid, missing, short};
use crate::sim::call::{Answer, Call};
use crate::sim::world::World;
use crate::sim::world::task::Task;

/// Minutes that a protection may last, and lasts unless the caller says otherwise
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html>).
const MINUTES: std::ops::RangeInclusive<i64> = 1..=2_880;
const USUAL_MINUTES: i64 = 120;

/// `UpdateTaskProtection`: up to 10 tasks, each of a service
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html>).
pub(super) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    in_cluster(world, call.input)?;
    let wanted = texts(call.input, "tasks");
    batch("tasks", wanted.len(), 10)?;
    let minutes = integer(call.input, "expiresInMinutes").unwrap_or(USUAL_MINUTES);
    if !MINUTES.contains(&minutes) {
        return Err(invalid("expiresInMinutes must be between 1 and 2880."));
    }
    let protected = call.input.get("protectionEnabled").and_then(Value::as_bool).unwrap_or(false);
    let until = protected.then(|| call.now + SignedDuration::from_mins(minutes));
    for id in wanted.iter().map(|task| short(task)) {
        if world.tasks.get(id).is_some_and(|task| task.service.is_some()) {
            world.protect_task(id, until);
        }
    }
    Ok(shown(world, call, &wanted))
}

/// `GetTaskProtection`: up to 100 tasks, each of a service
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html>).
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    in_cluster(world, call.input)?;
    let wanted = texts(call.input, "tasks");
    batch("tasks", wanted.len(), 100)?;
    Ok(shown(world, call, &wanted))
}

/// How the tasks stand, and which of them cannot be protected
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/api_failures_messages.html>).
fn shown(world: &World, call: &Call<'_>, wanted: &[&str]) -> Value {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for id in wanted.iter().map(|task| short(task)) {
        let arn = world.ecs_arn("task", id);
        match world.tasks.get(id) {
            None => failures.push(missing(arn)),
            Some(task) if task.service.is_none() => failures.push(json!({
                "arn": arn,
                "reason": "TASK_NOT_VALID",
                "detail": "The specified task isn't part of an Amazon ECS service.",
            })),
            Some(task) => found.push(one(arn, task, call)),
        }
    }
    json!({ "protectedTasks": found, "failures": failures })
}

fn one(arn: String, task: &Task, call: &Call<'_>) -> Value {
    let until = task.protected_until.filter(|until| *until > call.now);
    compact(json!({ "taskArn": arn, "protectionEnabled": until.is_some(), "expirationDate": maybe_seconds(until) }))
}
