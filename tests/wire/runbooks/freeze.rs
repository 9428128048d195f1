//! FreezeFleet and ThawFleet: success, every step failing, cancelled half-way, started twice.

use jiff::SignedDuration;
use quarterdeck::sim::world::refresh::RefreshStatus;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{each_step_fails, watched};
use super::safety::assert_safe;

/// Parameters of a freeze of so many hours from now.
fn freeze(account: &Account, hours: i64, request: &str) -> Value {
    let until = account.now() + SignedDuration::from_hours(hours);
    with_until(&until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(), request)
}

fn with_until(until: &str, request: &str) -> Value {
    json!({
        "Cluster": ["harbor"],
        "Until": [until],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["we move the data centre"],
        "RequestId": [format!("request-{request}")],
    })
}

fn thaw(request: &str) -> Value {
    let mut given = with_until("", request);
    given.as_object_mut().expect("a map").remove("Until");
    given
}

/// The freeze as whoever obeys it reads it.
fn frozen(account: &Account) -> Option<Value> {
    let answer = account.ask("ssm", "GetParameter", &json!({ "Name": "/quarterdeck/harbor/freeze" })).ok()?;
    let text = answer["Parameter"]["Value"].as_str().expect("a text").to_owned();
    Some(serde_json::from_str(&text).expect("JSON"))
}

fn refresh(account: &Account) {
    let group = account.sim().with_world(|world| world.groups.keys().next().cloned()).expect("a group");
    // Instances that run tasks are protected by the capacity provider, and a refresh waits for those unless it is told otherwise.
    let preferences = json!({ "ScaleInProtectedInstances": "Refresh" });
    let input = json!({ "AutoScalingGroupName": group, "Preferences": preferences });
    account.ask("autoscaling", "StartInstanceRefresh", &input).expect("it can be started");
}

fn refresh_status(account: &Account) -> Option<RefreshStatus> {
    account.sim().with_world(|world| world.groups.values().next()?.refreshes.last().map(|refresh| refresh.status))
}

#[test]
fn a_freeze_says_until_when_by_whom_and_why_and_ends_by_itself() {
    let account = Account::new(1);
    let id = account.start("FreezeFleet", &freeze(&account, 2, "one"));
    account.at_step(&id, "hold");
    let told = json!({
        "until": "2026-03-01T14:00:00Z",
        "by": "maria.lindqvist",
        "why": "we move the data centre",
        "request": "request-one",
    });
    assert_eq!(frozen(&account), Some(told));
    account.pass(7_000);
    assert!(frozen(&account).is_some());
    assert_eq!(status(&account.execution(&id)), "InProgress");
    let execution = watched(&account, &id);
    assert_eq!((status(&execution), frozen(&account)), ("Success", None));
    assert_eq!(execution["Outputs"]["findGroups.Groups"].as_array().map(Vec::len), Some(1), "{execution:#}");
    assert_safe(&account, "frozen");
}

#[test]
fn a_refresh_that_is_under_way_is_cancelled_and_one_that_is_over_is_left() {
    let account = Account::new(2);
    refresh(&account);
    account.pass(60);
    assert_eq!(refresh_status(&account), Some(RefreshStatus::InProgress));
    let id = account.start("FreezeFleet", &freeze(&account, 1, "one"));
    account.at_step(&id, "hold");
    assert_eq!(refresh_status(&account), Some(RefreshStatus::Cancelling));
    // Instances that are on their way out drain first.
    account.pass(900);
    assert_eq!(refresh_status(&account), Some(RefreshStatus::Cancelled));
    let again = account.start("FreezeFleet", &freeze(&account, 1, "two"));
    account.at_step(&again, "hold");
    account.pass(1_800);
    assert_safe(&account, "cancelled a refresh");
}

#[test]
fn a_thaw_ends_a_freeze_and_whatever_holds_it() {
    let account = Account::new(3);
    let id = account.start("FreezeFleet", &freeze(&account, 12, "one"));
    account.at_step(&id, "hold");
    for (request, deleted) in [("two", "1"), ("three", "0")] {
        let execution = account.ended(&account.start("ThawFleet", &thaw(request)));
        assert_eq!(status(&execution), "Success");
        assert_eq!(execution["Outputs"]["thaw.Deleted"], json!([deleted]));
    }
    assert_eq!(frozen(&account), None);
    assert_eq!(status(&account.ended(&id)), "Success");
}

#[test]
fn a_freeze_lasts_a_day_at_the_longest() {
    let account = Account::new(4);
    let id = account.start("FreezeFleet", &freeze(&account, 60, "one"));
    account.at_step(&id, "hold");
    account.pass(23 * 3_600);
    assert!(frozen(&account).is_some());
    account.pass(2 * 3_600);
    assert_eq!((status(&account.execution(&id)), frozen(&account)), ("TimedOut", None));
    for until in ["2020-01-01T00:00:00Z", "2026-02-31T00:00:00Z"] {
        let execution = account.ended(&account.start("FreezeFleet", &with_until(until, "two")));
        assert_eq!((status(&execution), frozen(&account)), ("Failed", None), "{until}");
    }
}

#[test]
fn words_that_would_break_the_parameter_are_refused() {
    let account = Account::new(5);
    for (name, value) in
        [("Reason", "they said \"now\""), ("Reason", "C:\\"), ("RequestedBy", "a\nb"), ("Until", "soon")]
    {
        let mut given = freeze(&account, 1, "one");
        given[name] = json!([value]);
        let input = json!({ "DocumentName": "FreezeFleet", "Parameters": given });
        let fault = account.ask("ssm", "StartAutomationExecution", &input).expect_err("it is refused");
        assert_eq!(fault.code, "InvalidAutomationExecutionParametersException", "{name}");
    }
}

#[test]
fn a_freeze_that_fails_at_any_step_leaves_none() {
    let begin = |account: &Account| {
        refresh(account);
        freeze(account, 1, "one")
    };
    each_step_fails("FreezeFleet", 6, begin, |account, _, step| {
        assert_eq!(frozen(account), None, "failed at {step}");
    });
}

#[test]
fn cancelled_at_any_step_a_freeze_leaves_none() {
    for step in ["put", "findGroups", "hold"] {
        let account = Account::new(7);
        let id = account.start("FreezeFleet", &freeze(&account, 1, "one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        assert_eq!(frozen(&account), None, "cancelled at {step}");
    }
    // A loop cannot be left by way of another step: the freeze ends by itself.
    let account = Account::new(7);
    let id = account.start("FreezeFleet", &freeze(&account, 1, "one"));
    account.at_step(&id, "countRefreshes");
    account.stop(&id).expect("it can be stopped");
    assert_eq!(status(&watched(&account, &id)), "Cancelled");
    assert_safe(&account, "cancelled in the loop");
    account.pass(3_600);
    assert_eq!(frozen(&account), None);
}

#[test]
fn the_newer_of_two_freezes_holds_whatever_becomes_of_the_older() {
    let account = Account::new(8);
    let one = account.start("FreezeFleet", &freeze(&account, 1, "one"));
    account.at_step(&one, "hold");
    let other = account.start("FreezeFleet", &freeze(&account, 3, "two"));
    account.at_step(&other, "hold");
    account.stop(&one).expect("it can be stopped");
    let execution = watched(&account, &one);
    assert_eq!(path(&execution).last().map(String::as_str), Some("leave Success"), "{execution:#}");
    account.pass(2 * 3_600);
    assert_eq!(frozen(&account).expect("it holds")["request"], "request-two");
    assert_eq!(status(&watched(&account, &other)), "Success");
    assert_eq!(frozen(&account), None);
}

#[test]
fn a_thaw_that_fails_leaves_the_freeze_whole_or_gone() {
    let begin = |account: &Account| {
        let id = account.start("FreezeFleet", &freeze(account, 5, "one"));
        account.at_step(&id, "hold");
        thaw("two")
    };
    each_step_fails("ThawFleet", 9, begin, |account, _, step| {
        assert_eq!(frozen(account).is_some(), step == "thaw", "failed at {step}");
    });
    let account = Account::new(9);
    let id = account.start("ThawFleet", &begin(&account));
    account.at_step(&id, "thaw");
    account.stop(&id).expect("it can be stopped");
    assert_eq!(status(&watched(&account, &id)), "Cancelled");
    assert!(frozen(&account).is_some());
}
