//! What happens by itself: schedules that are due, events that rules are about, alarms that tell topics.

use jiff::SignedDuration;
use quarterdeck::sim::runbook::Status;
use quarterdeck::sim::world::alarm::AlarmKind;
use quarterdeck::sim::world::topic::Message;
use serde_json::{Value, json};

use crate::runbooks::account::Account;

const ROLE: &str = "arn:aws:iam::111122223333:role/quarterdeck-schedules";

/// A document that does what it is told: nothing, or fail.
const DOCUMENT: &str = "
schemaVersion: '0.3'
description: Looks for a parameter.
parameters:
  Name: {type: String, description: Name of a parameter.}
mainSteps:
  - name: look
    action: aws:executeAwsApi
    inputs: {Service: ssm, Api: GetParameter, Name: '{{ Name }}'}
";

/// A parameter that is there.
const THERE: &str = "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended";

fn account() -> Account {
    let account = Account::new(1);
    account.create("Look", DOCUMENT).expect("a document");
    account
}

fn schedule(account: &Account, expression: &str, further: &Value) {
    let input = json!({ "DocumentName": "Look", "Parameters": { "Name": [THERE] } });
    let mut asked = json!({
        "Name": "look",
        "ScheduleExpression": expression,
        "FlexibleTimeWindow": { "Mode": "OFF" },
        "Target": {
            "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
            "RoleArn": ROLE,
            "Input": input.to_string(),
        },
    });
    for (name, value) in further.as_object().into_iter().flatten() {
        asked[name] = value.clone();
    }
    account.ask("scheduler", "CreateSchedule", &asked).expect("a schedule");
}

/// How many executions of the document have begun.
fn begun(account: &Account) -> usize {
    account.sim().with_world(|world| world.automations.values().filter(|one| one.document_name == "Look").count())
}

/// A rule with one target.
fn rule(account: &Account, pattern: &Value, target: &Value) {
    account.ask("events", "PutRule", &json!({ "Name": "tell", "EventPattern": pattern.to_string() })).expect("a rule");
    account.ask("events", "PutTargets", &json!({ "Rule": "tell", "Targets": [target] })).expect("a target");
}

/// What was published so far.
fn told(account: &Account) -> Vec<Message> {
    account.sim().with_world(|world| world.topics.values().flat_map(|topic| topic.messages.clone()).collect())
}

fn topic(account: &Account) -> String {
    account.sim().with_world(|world| world.topics.keys().next().cloned()).expect("a topic")
}

/// Lets an alarm fire that looks at a service's CPU.
fn raise(account: &Account, name: &str) {
    account.sim().with_world(|world| {
        let alarm = world.alarms.get_mut(name).expect("the alarm is there");
        if let AlarmKind::Metric(rule) = &mut alarm.kind {
            rule.threshold = 0.0;
        }
    });
    account.pass(300);
}

#[test]
fn a_schedule_starts_its_target_at_its_times_and_in_its_role() {
    let account = account();
    schedule(&account, "rate(2 hours)", &json!({}));
    for (seconds, count) in [(7_199, 0), (2, 1), (7_199, 2), (7_200, 3)] {
        account.pass(seconds);
        assert_eq!(begun(&account), count, "after another {seconds} s");
    }
    account.pass(60);
    let all: Vec<(Status, String)> = account.sim().with_world(|world| {
        let executions = world.automations.values().filter(|one| one.document_name == "Look");
        executions.map(|one| (one.status, one.executed_by.clone())).collect()
    });
    let by = "arn:aws:sts::111122223333:assumed-role/quarterdeck-schedules/schedule-look";
    assert!(all.iter().all(|one| *one == (Status::Success, by.to_owned())), "{all:?}");
    let asked = json!({ "Name": "look" });
    let mut changed = account.ask("scheduler", "GetSchedule", &asked).expect("it is there");
    let members = ["Name", "ScheduleExpression", "FlexibleTimeWindow", "Target"];
    changed.as_object_mut().expect("a map").retain(|name, _| members.contains(&name.as_str()));
    changed["State"] = "DISABLED".into();
    account.ask("scheduler", "UpdateSchedule", &changed).expect("it can be changed");
    account.pass(8 * 3_600);
    assert_eq!(begun(&account), 3, "a disabled schedule starts nothing");
}

#[test]
fn a_schedule_that_is_due_once_may_delete_itself() {
    let account = account();
    let at = (account.now() + SignedDuration::from_hours(1)).strftime("at(%Y-%m-%dT%H:%M:%S)").to_string();
    schedule(&account, &at, &json!({ "ActionAfterCompletion": "DELETE" }));
    account.pass(3 * 3_600);
    assert_eq!(begun(&account), 1);
    let gone = account.ask("scheduler", "GetSchedule", &json!({ "Name": "look" }));
    assert_eq!(gone.expect_err("it is gone").code, "ResourceNotFoundException");
}

#[test]
fn a_throttled_start_is_tried_again_and_a_refused_one_is_not() {
    let account = account();
    schedule(&account, "rate(1 hour)", &json!({}));
    account.break_with(&["throttle:ssm.StartAutomationExecution"]);
    account.pass(3_600 + 30);
    assert_eq!(begun(&account), 0);
    account.break_with(&[]);
    account.pass(60);
    assert_eq!(begun(&account), 1);
    account.break_with(&["deny:ssm.StartAutomationExecution"]);
    account.pass(3_600);
    account.break_with(&[]);
    account.pass(600);
    assert_eq!(begun(&account), 1);
    let tally = account.sim().with_world(|world| world.tallies["schedule look"]);
    assert_eq!((tally.made, tally.dropped), (1, 1), "{tally:?}");
    assert!(tally.retried >= 4, "{tally:?}");
}

#[test]
fn tries_end_when_the_policy_says_so() {
    let account = account();
    account.break_with(&["throttle:ssm.StartAutomationExecution"]);
    let input = json!({ "DocumentName": "Look", "Parameters": { "Name": [THERE] } });
    let target = json!({
        "Arn": "arn:aws:scheduler:::aws-sdk:ssm:startAutomationExecution",
        "RoleArn": ROLE,
        "Input": input.to_string(),
        "RetryPolicy": { "MaximumRetryAttempts": 3 },
    });
    schedule(&account, "rate(1 hour)", &json!({ "Target": target }));
    account.pass(3_700);
    let tally = account.sim().with_world(|world| world.tallies["schedule look"]);
    assert_eq!((tally.made, tally.retried, tally.dropped), (0, 3, 1));
}

#[test]
fn a_failed_execution_is_told_of_in_the_words_of_the_rule() {
    let account = account();
    let transformer = json!({
        "InputPathsMap": { "name": "$.detail.Definition", "status": "$.detail.Status" },
        "InputTemplate": "\"<name>: <status>\"",
    });
    let pattern = json!({
        "source": ["aws.ssm"],
        "detail-type": ["EC2 Automation Execution Status-change Notification"],
        "detail": { "Status": ["Failed", "TimedOut"] },
    });
    rule(&account, &pattern, &json!({ "Id": "tell", "Arn": topic(&account), "InputTransformer": transformer }));
    let ended = account.ended(&account.start("Look", &json!({ "Name": [THERE] })));
    assert_eq!(ended["AutomationExecutionStatus"], "Success");
    account.ended(&account.start("Look", &json!({ "Name": ["/nowhere"] })));
    account.pass(5);
    assert_eq!(told(&account).iter().map(|message| message.text.as_str()).collect::<Vec<_>>(), ["\"Look: Failed\""]);
}

#[test]
fn an_alarm_tells_its_topic_and_starts_what_a_rule_says() {
    let account = account();
    let template = format!(r#"{{"Name":["{THERE}"]}}"#);
    let pattern = json!({
        "source": ["aws.cloudwatch"],
        "detail": { "alarmName": [{ "prefix": "checkout-" }], "state": { "value": ["ALARM"] } },
    });
    let arn = "arn:aws:ssm:eu-west-1:111122223333:automation-definition/Look:$DEFAULT";
    let target =
        json!({ "Id": "look", "Arn": arn, "RoleArn": ROLE, "InputTransformer": { "InputTemplate": template } });
    rule(&account, &pattern, &target);
    raise(&account, "catalog-cpu-high");
    assert_eq!((begun(&account), told(&account).len()), (0, 1), "it is another service's");
    raise(&account, "checkout-cpu-high");
    let told = told(&account);
    assert_eq!((begun(&account), told.len()), (1, 2));
    assert_eq!(told[1].subject.as_deref(), Some("ALARM: \"checkout-cpu-high\" in eu-west-1"));
    let text: Value = serde_json::from_str(&told[1].text).expect("JSON");
    assert_eq!((&text["OldStateValue"], &text["NewStateValue"]), (&json!("OK"), &json!("ALARM")));
}

#[test]
fn an_alarm_that_tells_a_topic_that_is_not_there_says_so() {
    let account = account();
    account.sim().with_world(|world| world.topics.clear());
    raise(&account, "checkout-cpu-high");
    let history = account.ask("cloudwatch", "DescribeAlarmHistory", &json!({ "AlarmName": "checkout-cpu-high" }));
    let history = history.expect("a history");
    let newest = history["AlarmHistoryItems"][0]["HistorySummary"].as_str().unwrap_or_default().to_owned();
    assert!(newest.starts_with("Failed to execute action arn:aws:sns:"), "{newest}");
}

#[test]
fn a_group_tells_of_those_who_come_and_go() {
    let account = account();
    let path = json!({ "Id": "tell", "Arn": topic(&account), "InputPath": "$.detail-type" });
    rule(&account, &json!({ "source": ["aws.autoscaling"] }), &path);
    let id = account.sim().with_world(|world| world.instances.keys().next().cloned()).expect("an instance");
    let asked = json!({ "InstanceId": id, "ShouldDecrementDesiredCapacity": false });
    account.ask("autoscaling", "TerminateInstanceInAutoScalingGroup", &asked).expect("it goes");
    account.pass(900);
    let mut told: Vec<String> = told(&account).into_iter().map(|message| message.text).collect();
    told.sort();
    let expected = [
        "\"EC2 Instance Launch Successful\"",
        "\"EC2 Instance Terminate Successful\"",
        "\"EC2 Instance-terminate Lifecycle Action\"",
    ];
    assert_eq!(told, expected);
}

#[test]
fn an_event_can_be_kept_in_a_log_group() {
    let account = account();
    account.ask("logs", "CreateLogGroup", &json!({ "logGroupName": "/events" })).expect("a log group");
    let target = json!({ "Id": "log", "Arn": "arn:aws:logs:eu-west-1:111122223333:log-group:/events" });
    rule(&account, &json!({ "detail": { "Definition": ["Look"], "Status": ["Success"] } }), &target);
    account.ended(&account.start("Look", &json!({ "Name": [THERE] })));
    account.pass(5);
    let kept = account.ask("logs", "FilterLogEvents", &json!({ "logGroupName": "/events" })).expect("events");
    let [event] = kept["events"].as_array().expect("a list").as_slice() else { panic!("{kept}") };
    let event: Value = serde_json::from_str(event["message"].as_str().unwrap_or_default()).expect("JSON");
    assert_eq!((&event["source"], &event["detail"]["Status"]), (&json!("aws.ssm"), &json!("Success")));
}
