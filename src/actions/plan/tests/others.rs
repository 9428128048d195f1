//! Alarms, services, tasks and groups.

use super::*;
use crate::fleet::alarm::{AlarmKind, AlarmState};
use crate::fleet::execution::ExecutionStatus;
use crate::fleet::fixture::execution;
use crate::fleet::freeze::Freeze;
use crate::fleet::service::RolloutState;
use crate::fleet::task::TaskStatus;

fn alarm(fixture: &Fixture, action: Action, name: &str) -> Vec<String> {
    lines(&about(fixture, action, &[Subject::Alarm(name.to_owned())], &Values::new()))
}

fn service(fixture: &Fixture, action: Action, count: Option<u32>) -> Plan {
    let values = count.map(|count| ("DesiredCount".to_owned(), vec![count.to_string()])).into_iter().collect();
    about(fixture, action, &[Subject::Service("web".to_owned())], &values)
}

fn capacity(fixture: &Fixture, count: u32) -> Vec<String> {
    let values = [("DesiredCapacity".to_owned(), vec![count.to_string()])].into();
    lines(&about(fixture, Action::Capacity, &[Subject::Group("prod-web".to_owned())], &values))
}

#[test]
fn a_silence_says_what_it_does_not_change() {
    let mut fixture = Fixture::healthy(1);
    assert!(alarm(&fixture, Action::Silence, "prod-cpu").is_empty());
    assert_eq!(alarm(&fixture, Action::Silence, "gone"), ["! not-there: there is no alarm gone in this fleet"]);
    let mute = fixture.mute("prod-cpu");
    fixture.mutes.push(mute);
    fixture.alarms[0].alarm_actions.clear();
    fixture.alarms[0].state = AlarmState::Alarm;
    fixture.alarms[1].kind = AlarmKind::Composite("ALARM(\"prod-cpu\") AND ALARM(\"web-errors\")".to_owned());
    assert_eq!(
        alarm(&fixture, Action::Silence, "prod-cpu"),
        [
            "? hops: api-memory looks at prod-cpu and still tells: silence that one too if need be",
            "? already-so: prod-cpu has no action: it tells nobody anyway",
            "? already-so: prod-cpu is silenced for 1 h already: it stays so until the later of the two ends",
            "  already-so: prod-cpu is firing now: if it still is when the silence ends, it tells then",
        ]
    );
}

#[test]
fn the_end_of_a_silence_names_its_rule_and_what_else_that_mutes() {
    let mut fixture = Fixture::healthy(1);
    assert_eq!(alarm(&fixture, Action::Unsilence, "prod-cpu"), ["! already-so: no rule mutes prod-cpu"]);
    let mut mute = fixture.mute("prod-cpu");
    mute.alarm_names.push("web-errors".to_owned());
    fixture.mutes.push(mute);
    assert_eq!(
        alarm(&fixture, Action::Unsilence, "prod-cpu"),
        [
            "? hops: rule deploy mutes 1 alarm more, which tell again too: web-errors",
            "  moves: rule deploy is deleted, which would last for 1 h more",
        ]
    );
}

#[test]
fn a_silence_by_hand_is_a_rule_and_its_deletion() {
    let fixture = Fixture::healthy(1);
    let values = [("RequestId", "r-1"), ("StartsAt", "2026-01-01T00:00"), ("Duration", "PT30M")];
    let values = values.map(|(name, value)| (name.to_owned(), vec![value.to_owned()])).into();
    let plan = about(&fixture, Action::Silence, &[Subject::Alarm("prod-cpu".to_owned())], &values);
    assert_eq!(
        plan.by_hand,
        [ByHand {
            command: "aws cloudwatch put-alarm-mute-rule --name silence-r-1 --rule \
                      '{\"Schedule\":{\"Duration\":\"PT30M\",\"Expression\":\"at(2026-01-01T00:00)\",\"Timezone\":\"UTC\"}}' \
                      --mute-targets '{\"AlarmNames\":[\"prod-cpu\"]}' --region eu-west-1"
                .to_owned(),
            undo: Some(
                "aws cloudwatch delete-alarm-mute-rule --alarm-mute-rule-name silence-r-1 --region eu-west-1".to_owned()
            ),
        }]
    );
}

#[test]
fn a_redeployment_needs_bounds_and_room() {
    let mut fixture = Fixture::healthy(3);
    let told = "  moves: web: 3 tasks are started anew from web:7, and pull its images again";
    assert_eq!(lines(&service(&fixture, Action::Redeploy, None)), [told]);
    fixture.services[1].maximum_percent = Some(100);
    assert_eq!(service(&fixture, Action::Redeploy, None).blocks(), [Topic::BelowMinimum]);
    fixture.services[1].maximum_percent = Some(200);
    fixture.container_instances.iter_mut().for_each(|row| row.remaining.memory = 0);
    let lines = lines(&service(&fixture, Action::Redeploy, None));
    let room =
        "! no-room: web: no room for 1 of 1 task more: of 3 instances 3 lack memory (1024 MiB needed, at most 0 free)";
    assert_eq!(lines, [room, told]);
}

#[test]
fn a_rollback_goes_back_to_what_ran_before() {
    let mut fixture = Fixture::healthy(3);
    fixture.services[1].deployments[0].rollout_state = Some(RolloutState::InProgress);
    let told = lines(&service(&fixture, Action::Rollback, None));
    assert_eq!(told, ["  moves: web: goes back from web:7 to web:6, the revision before it"]);
    let mut before = fixture.services[1].deployments[0].clone();
    before.task_definition = before.task_definition.replace("web:7", "web:4");
    fixture.services[1].deployments.push(before);
    let plan = service(&fixture, Action::Rollback, None);
    assert_eq!(lines(&plan), ["  moves: web: goes back from web:7 to web:4"]);
    assert!(plan.by_hand[0].command.ends_with("task-definition/web:4 --region eu-west-1"));
    fixture.services[1].deployments.truncate(1);
    fixture.task_definitions[1].revision = 1;
    assert_eq!(service(&fixture, Action::Rollback, None).blocks(), [Topic::NotThere]);
}

#[test]
fn a_count_of_tasks_is_checked_against_room_and_none_is_blocking() {
    let fixture = Fixture::healthy(3);
    let told = |count| lines(&service(&fixture, Action::Scale, Some(count)));
    assert_eq!(told(0), ["! below-minimum: web: none of its 3 tasks would be left"]);
    assert_eq!(told(2), ["  moves: web: 1 of 3 tasks stop"]);
    assert_eq!(told(3), ["? already-so: web wants 3 already"]);
    assert_eq!(told(5), ["  moves: web: 2 tasks more start"]);
    let lacks =
        "? no-room: web: no room for 2 of 20 tasks more: of 3 instances 3 lack CPU (512 needed, at most 0 free)";
    assert_eq!(told(23), [lacks, "  moves: web: 20 tasks more start"]);
    let plan = service(&fixture, Action::Scale, Some(5));
    assert!(plan.by_hand[0].undo.as_ref().unwrap().contains("--desired-count 3"));
}

#[test]
fn a_stopped_task_is_replaced_or_not_and_is_the_last_target_or_not() {
    let mut fixture = Fixture::healthy(2);
    let stop = |fixture: &Fixture, n: usize| {
        about(fixture, Action::StopTask, &[Subject::Task(fixture.tasks[n].arn.clone())], &Values::new())
    };
    let id = fixture.tasks[1].id().to_owned();
    assert_eq!(
        lines(&stop(&fixture, 1)),
        [
            "? below-minimum: web: 1 of 2 tasks would be left until another one runs, its minimum is 2 (minimumHealthyPercent 100)",
            &format!("  moves: service web starts another one for task {id}"),
            "  no-healthy-target: target group web keeps 1 healthy target",
        ]
    );
    let one = Fixture::healthy(1);
    assert_eq!(stop(&one, 1).blocks(), [Topic::BelowMinimum, Topic::NoHealthyTarget]);
    fixture.tasks[1].group = None;
    assert!(
        lines(&stop(&fixture, 1))
            .contains(&format!("? without-service: task {id} belongs to no service: nothing starts it again"))
    );
    fixture.tasks[1].last_status = TaskStatus::Stopped;
    assert_eq!(stop(&fixture, 1).blocks(), [Topic::NotThere]);
}

#[test]
fn a_count_of_instances_has_to_be_within_the_groups_limits() {
    let mut fixture = Fixture::healthy(3);
    fixture.cluster.capacity_providers[0].managed_scaling = false;
    assert_eq!(capacity(&fixture, 4), ["  group: 1 instance more start"]);
    assert_eq!(capacity(&fixture, 7)[0], "! group: group prod-web takes 0 to 6 instances: 7 is refused");
    assert_eq!(capacity(&fixture, 3), ["? already-so: group prod-web wants 3 already"]);
    assert_eq!(capacity(&fixture, 0)[0], "! no-room: group prod-web would have no instance");
    assert_eq!(capacity(&fixture, 2), ["  moves: 1 instance that the group chooses go; their tasks are drained first"]);
    fixture.container_instances.iter_mut().for_each(|row| row.remaining.cpu = 100);
    assert!(capacity(&fixture, 2)[0].starts_with("! no-room: group prod-web has 300 CPU units and"));
    fixture.groups[0].suspended_processes = vec!["Terminate".to_owned()];
    assert!(capacity(&fixture, 2)[0].contains("no-room") && capacity(&fixture, 2)[1].contains("Terminate suspended"));
}

#[test]
fn an_execution_under_way_on_the_same_target_blocks() {
    let mut fixture = Fixture::healthy(6);
    let id = fixture.ec2_instances[0].id.clone();
    let mut run = execution("e-1", "RecycleInstance", ExecutionStatus::InProgress);
    let details = run.details.get_or_insert_default();
    details.parameters =
        [("InstanceId".to_owned(), vec![id.clone()]), ("RequestedBy".to_owned(), vec!["ada".to_owned()])].into();
    run.started_at = Some(fixture.ago(jiff::SignedDuration::from_mins(4)));
    fixture.executions = vec![run];
    let line = format!("! under-way: RecycleInstance by ada, since 4 m (e-1) is under way on {id}");
    assert_eq!(lines(&of(&fixture, Action::Drain, &[0]))[0], line);
    assert!(of(&fixture, Action::Drain, &[1]).blocks().is_empty());
    fixture.executions[0].status = ExecutionStatus::Success;
    assert!(of(&fixture, Action::Drain, &[0]).blocks().is_empty());
    fixture.executions[0].status = ExecutionStatus::InProgress;
    fixture.executions[0].details = None;
    let line = lines(&of(&fixture, Action::Recycle, &[0])).into_iter().find(|line| line.contains("under-way"));
    assert!(line.unwrap().starts_with("? under-way: RecycleInstance"), "what it is about was not read");
}

#[test]
fn a_freeze_is_told_and_holds_nobody_up() {
    let mut fixture = Fixture::healthy(6);
    fixture.freeze = Some(Freeze {
        until: Some(fixture.now + jiff::SignedDuration::from_hours(3)),
        by: Some("ada".to_owned()),
        why: Some("sale".to_owned()),
        request_id: None,
    });
    let line = "frozen: the fleet is frozen for 3 h more by ada: sale";
    assert!(lines(&of(&fixture, Action::Recycle, &[0])).contains(&format!("? {line}")));
    assert!(lines(&of(&fixture, Action::Drain, &[0])).contains(&format!("? {line}")));
    assert_eq!(lines(&about(&fixture, Action::Thaw, &[Subject::Fleet], &Values::new())), [format!("  {line}")]);
    fixture.freeze = None;
    let thaw = about(&fixture, Action::Thaw, &[Subject::Fleet], &Values::new());
    assert_eq!(lines(&thaw), ["? already-so: the fleet is not frozen"]);
}
