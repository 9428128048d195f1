//! Protection of a service's tasks from scale-in and deployments
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html>).

use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, maybe_seconds, texts};
use super::{batch, in_cluster, invalid, missing, short};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::task::{Task, TaskStatus};

/// Minutes for which a task is protected where nobody says for how long, and for how long at the most.
const USUAL: i64 = 120;
const MOST: i64 = 2_880;

/// `UpdateTaskProtection`: up to 10 tasks
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateTaskProtection.html>).
pub(super) fn update(world: &mut World, call: &Call<'_>) -> Answer {
    in_cluster(world, call.input)?;
    let wanted = texts(call.input, "tasks");
    batch("tasks", wanted.len(), 10)?;
    let minutes = minutes(call.input)?;
    for id in wanted.iter().map(|reference| short(reference)) {
        if protectable(world, id).is_some() {
            world.protect_task(id, minutes);
        }
    }
    Ok(told(world, &wanted))
}

/// For how many minutes a call protects; nothing where it ends the protection.
fn minutes(input: &Map<String, Value>) -> Result<Option<i64>, Fault> {
    if input.get("protectionEnabled").and_then(Value::as_bool) != Some(true) {
        return Ok(None);
    }
    let minutes = integer(input, "expiresInMinutes").unwrap_or(USUAL);
    if (1..=MOST).contains(&minutes) {
        return Ok(Some(minutes));
    }
    Err(invalid(format!("expiresInMinutes must be between 1 and {MOST}.")))
}

/// `GetTaskProtection`: up to 100 tasks
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_GetTaskProtection.html>).
pub(super) fn get(world: &World, call: &Call<'_>) -> Answer {
    in_cluster(world, call.input)?;
    let wanted = texts(call.input, "tasks");
    batch("tasks", wanted.len(), 100)?;
    Ok(told(world, &wanted))
}

/// A task of a service that has not stopped: no other can be protected.
fn protectable<'w>(world: &'w World, id: &str) -> Option<&'w Task> {
    world.tasks.get(id).filter(|task| task.service.is_some() && task.status != TaskStatus::Stopped)
}

fn told(world: &World, wanted: &[&str]) -> Value {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for id in wanted.iter().map(|reference| short(reference)) {
        let arn = world.ecs_arn("task", id);
        match protectable(world, id) {
            Some(task) => {
                let until = task.protected_until.filter(|until| world.now < *until);
                found.push(compact(json!({
                    "taskArn": arn,
                    "protectionEnabled": until.is_some(),
                    "expirationDate": maybe_seconds(until),
                })));
            }
            None if world.tasks.contains_key(id) => failures.push(json!({ "arn": arn, "reason": "TASK_NOT_VALID" })),
            None => failures.push(missing(arn)),
        }
    }
    json!({ "protectedTasks": found, "failures": failures })
}
