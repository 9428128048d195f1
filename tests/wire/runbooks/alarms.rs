//! Alarms that stop an execution, and mute rules that come again.

use serde_json::{Value, json};

use quarterdeck::sim::world::alarm::AlarmState;

use super::account::{Account, path, status};

/// Waits half an hour for what does not come; whoever stops it, it tidies up.
const DOCUMENT: &str = "
schemaVersion: '0.3'
parameters:
  Name: {type: String, default: one}
mainSteps:
  - name: rest
    action: aws:waitForAwsResourceProperty
    onCancel: step:tidy
    timeoutSeconds: 1800
    inputs: {Service: sts, Api: GetCallerIdentity, PropertySelector: $.Account, DesiredValues: [another]}
    isEnd: true
  - name: tidy
    action: aws:executeAwsApi
    inputs: {Service: ssm, Api: PutParameter, Name: '/tidied/{{ Name }}', Value: done, Type: String, Overwrite: true}
";

fn account() -> Account {
    let account = Account::new(3);
    account.create("Test", DOCUMENT).unwrap_or_else(|fault| panic!("{}", fault.message));
    account
}

fn alarm(account: &Account) -> String {
    account.sim().with_world(|world| world.alarms.keys().next().cloned()).expect("an alarm")
}

/// Starts it with an alarm over it.
fn start(account: &Account, alarm: &str, changes: &Value) -> String {
    let mut input = json!({ "DocumentName": "Test", "AlarmConfiguration": { "Alarms": [{ "Name": alarm }] } });
    for (name, value) in changes.as_object().expect("changes") {
        input[name] = value.clone();
    }
    let answer = account.ask("ssm", "StartAutomationExecution", &input).unwrap_or_else(|fault| panic!("{fault:?}"));
    answer["AutomationExecutionId"].as_str().expect("an id").to_owned()
}

fn fire(account: &Account, alarm: &str) {
    account.sim().with_world(|world| {
        world.alarms.get_mut(alarm).expect("the alarm").state = AlarmState::Alarm;
    });
}

#[test]
fn an_alarm_that_fires_stops_it_the_way_somebody_would() {
    let account = account();
    let alarm = alarm(&account);
    let id = start(&account, &alarm, &json!({}));
    account.at_step(&id, "rest");
    account.pass(120);
    let execution = account.execution(&id);
    assert_eq!(status(&execution), "InProgress", "all is well: {execution:#}");
    assert!(execution["TriggeredAlarms"].is_null());
    fire(&account, &alarm);
    let execution = account.ended(&id);
    assert_eq!(
        (status(&execution), path(&execution)),
        ("Cancelled", vec!["rest Cancelled".into(), "tidy Success".into()])
    );
    assert_eq!(execution["TriggeredAlarms"], json!([{ "Name": alarm, "State": "ALARM" }]));
    let shown = json!({ "IgnorePollAlarmFailure": false, "Alarms": [{ "Name": alarm }] });
    assert_eq!(execution["AlarmConfiguration"], shown);
    assert!(execution["FailureMessage"].as_str().is_some_and(|why| why.contains(&alarm)), "{execution:#}");
}

#[test]
fn an_alarm_that_fires_already_lets_nothing_begin_for_long() {
    let account = account();
    let alarm = alarm(&account);
    fire(&account, &alarm);
    let id = start(&account, &alarm, &json!({}));
    account.pass(5);
    assert_eq!(status(&account.execution(&id)), "Cancelled");
}

#[test]
fn an_alarm_that_cannot_be_read_stops_it_unless_that_is_to_be_ignored() {
    for (broken, alarm_name) in [(true, None), (false, Some("nobody"))] {
        let account = account();
        let name = alarm_name.map_or_else(|| alarm(&account), str::to_owned);
        if broken {
            account.break_with(&["deny:cloudwatch.DescribeAlarms"]);
        }
        let strict = start(&account, &name, &json!({}));
        let ignoring = json!({ "Alarms": [{ "Name": name }], "IgnorePollAlarmFailure": true });
        let ignoring = start(&account, &name, &json!({ "AlarmConfiguration": ignoring }));
        let execution = account.ended(&strict);
        assert_eq!(status(&execution), "Cancelled", "{execution:#}");
        assert_eq!(execution["TriggeredAlarms"], json!([{ "Name": name, "State": "UNKNOWN" }]));
        account.pass(60);
        assert_eq!(status(&account.execution(&ignoring)), "InProgress");
    }
}

#[test]
fn a_look_that_is_throttled_stops_nothing() {
    let account = account();
    let alarm = alarm(&account);
    account.break_with(&["throttle:cloudwatch.DescribeAlarms"]);
    let id = start(&account, &alarm, &json!({}));
    account.pass(60);
    assert_eq!(status(&account.execution(&id)), "InProgress");
    account.break_with(&[]);
    fire(&account, &alarm);
    assert_eq!(status(&account.ended(&id)), "Cancelled");
}

#[test]
fn with_rate_control_no_other_target_is_begun() {
    let account = account();
    let alarm = alarm(&account);
    let targets = json!({
        "TargetParameterName": "Name", "MaxConcurrency": "1",
        "Targets": [{ "Key": "ParameterValues", "Values": ["a", "b"] }],
    });
    let id = start(&account, &alarm, &targets);
    account.until(&id, "the first target", |execution| path(execution) == ["a InProgress"]);
    fire(&account, &alarm);
    let execution = account.ended(&id);
    assert_eq!((status(&execution), path(&execution)), ("Cancelled", vec!["a Cancelled".to_owned()]));
    let tidied = account.sim().with_world(|world| world.parameters.contains_key("/tidied/a"));
    assert!(tidied, "what was under way went the way of its own cancellation");
}

#[test]
fn the_same_token_is_the_same_start_with_the_same_alarm() {
    let account = account();
    let alarm = alarm(&account);
    let token = json!({ "ClientToken": "01234567-89ab-4def-8123-456789abcdef" });
    let id = start(&account, &alarm, &token);
    assert_eq!(start(&account, &alarm, &token), id);
    let mut other = json!({ "DocumentName": "Test" });
    other["ClientToken"] = token["ClientToken"].clone();
    let fault = account.ask("ssm", "StartAutomationExecution", &other).expect_err("another start");
    assert_eq!(fault.code, "IdempotentParameterMismatch");
}

fn rule(expression: &str, duration: &str, zone: &str) -> Value {
    json!({
        "Name": "nightly",
        "Rule": { "Schedule": { "Expression": expression, "Duration": duration, "Timezone": zone } },
        "MuteTargets": { "AlarmNames": ["any"] },
    })
}

fn rule_status(account: &Account) -> Value {
    let rule = account.ask("cloudwatch", "GetAlarmMuteRule", &json!({ "AlarmMuteRuleName": "nightly" }));
    rule.expect("the rule")["Status"].clone()
}

#[test]
fn a_rule_that_comes_again_is_active_in_each_of_its_windows() {
    // It is noon on Sunday the 1st of March 2026, in UTC.
    let account = account();
    let input = rule("cron(0 14 * * *)", "PT1H", "Europe/Berlin");
    account.ask("cloudwatch", "PutAlarmMuteRule", &input).expect("it is put");
    let listed = account.ask("cloudwatch", "ListAlarmMuteRules", &json!({ "AlarmName": "any" })).expect("a list");
    let summary = &listed["AlarmMuteRuleSummaries"][0];
    assert_eq!(summary["MuteType"], "RECURRING", "{summary:#}");
    assert!(summary["ExpireDate"].is_null(), "none was given: {summary:#}");
    assert_eq!(rule_status(&account), "SCHEDULED");
    for (hours, wanted) in [(1, "ACTIVE"), (1, "SCHEDULED"), (23, "ACTIVE"), (1, "SCHEDULED")] {
        account.pass(hours * 3_600);
        assert_eq!(rule_status(&account), wanted, "{}", account.now());
    }
}

#[test]
fn dates_bound_the_windows_of_a_rule() {
    let account = account();
    let now = account.now().as_second();
    let mut input = rule("cron(0 * * * *)", "PT30M", "UTC");
    (input["StartDate"], input["ExpireDate"]) = (json!(now + 1_800), json!(now + 3_600 + 900));
    account.ask("cloudwatch", "PutAlarmMuteRule", &input).expect("it is put");
    assert_eq!(rule_status(&account), "SCHEDULED", "the window that is open now is not meant");
    account.pass(3_600);
    assert_eq!(rule_status(&account), "ACTIVE");
    account.pass(900);
    assert_eq!(rule_status(&account), "EXPIRED", "windows do not outlast it");
    input["StartDate"] = json!(now + 7_200);
    let fault = account.ask("cloudwatch", "PutAlarmMuteRule", &input).expect_err("it ends before it begins");
    assert_eq!(fault.code, "ValidationException");
}
