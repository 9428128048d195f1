//! Schedules of EventBridge Scheduler: when the fleet's automation starts by itself.

use aws_sdk_scheduler::operation::get_schedule::GetScheduleOutput;
use serde_json::Value;

use super::budget::Family;
use super::calls::Calls;
use super::convert::{count, maybe, time, word, words};
use super::error::Refusal;
use super::gather::{Gathered, Harvest, in_batches};
use crate::fleet::schedule::{Duty, Schedule, ScheduleState};

/// The schedule group that holds those of the fleet.
const GROUP: &str = "default";
/// The longest name, from the service model.
const LONGEST_NAME: usize = 64;
/// What a schedule that starts an Automation document calls
/// (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>).
const STARTS_AUTOMATION: &str = ":aws-sdk:ssm:startAutomationExecution";

/// The schedules of a fleet, by name: those that its duties have, each asked for by its name. Whatever else is called after the cluster may be
/// an application's, and there may be thousands of it.
pub(super) async fn read(calls: &Calls, cluster: &str) -> Gathered<Vec<Schedule>> {
    let names: Vec<String> = Duty::ALL.iter().map(|duty| duty.schedule(cluster)).collect();
    let names: Vec<String> = names.into_iter().filter(|name| name.len() <= LONGEST_NAME).collect();
    let mut harvest = in_batches("schedules", &names, 1, |names| get(calls, names)).await;
    harvest.rows.retain(|schedule| schedule.is_of(cluster));
    harvest.rows.sort_by(|a, b| a.name.cmp(&b.name));
    harvest.finish()
}

async fn get(calls: &Calls, names: Vec<String>) -> Result<Harvest<Schedule>, Refusal> {
    let mut harvest = Harvest::default();
    for name in names {
        let request = calls.clients.scheduler.get_schedule().group_name(GROUP).name(name);
        match calls.call(Family::Scheduler, "scheduler:GetSchedule", request.send()).await {
            Ok(output) => harvest.land(convert(&output)),
            // A fleet may do without.
            Err(refusal) if refusal.is("ResourceNotFoundException") => harvest.land([]),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(harvest)
}

fn convert(schedule: &GetScheduleOutput) -> Option<Schedule> {
    let target = schedule.target();
    let starts = target.is_some_and(|target| target.arn().ends_with(STARTS_AUTOMATION));
    let started = target.filter(|_| starts).map(|target| started(target.input().unwrap_or_default()));
    let (document, cluster) = started.unwrap_or_default();
    Some(Schedule {
        name: maybe(schedule.name())?,
        state: word::<ScheduleState>(schedule.state().map_or("", |state| state.as_str())),
        expression: words(schedule.schedule_expression()),
        time_zone: maybe(schedule.schedule_expression_timezone()),
        created_at: time(schedule.creation_date()),
        changed_at: time(schedule.last_modification_date()),
        starts_at: time(schedule.start_date()),
        ends_at: time(schedule.end_date()),
        window: schedule.flexible_time_window().and_then(|window| window.maximum_window_in_minutes()).map(count),
        target: target.and_then(|target| maybe(Some(target.arn()))),
        document,
        cluster,
    })
}

/// The document that the target's input starts, and the cluster that it is given.
fn started(input: &str) -> (Option<String>, Option<String>) {
    let Ok(input) = serde_json::from_str::<Value>(input) else { return (None, None) };
    // A document of another account or of a version is named by more than its name.
    let document = input.get("DocumentName").and_then(Value::as_str).and_then(|name| name.rsplit('/').next());
    let cluster = input.get("Parameters").and_then(|parameters| parameters.get("Cluster"));
    let cluster = cluster.and_then(|values| values.as_str().or_else(|| values.get(0)?.as_str()));
    (maybe(document), maybe(cluster))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_schedule_starts_is_read_from_its_input() {
        let some = |text: &str| Some(text.to_owned());
        let input = r#"{"DocumentName": "RolloutFleet", "Parameters": {"Cluster": ["prod"]}}"#;
        assert_eq!(started(input), (some("RolloutFleet"), some("prod")));
        let shared =
            r#"{"DocumentName": "arn:aws:ssm:eu-west-1:1:document/Bake\u001b", "Parameters": {"Cluster": "x"}}"#;
        assert_eq!(started(shared), (some("Bake␛"), some("x")));
        assert_eq!(started(r#"{"DocumentName": 7, "Parameters": []}"#), (None, None));
        assert_eq!(started("<aws.scheduler.scheduled-time>"), (None, None));
    }
}
