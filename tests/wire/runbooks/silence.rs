//! SilenceAlarm and UnsilenceAlarm.

use serde_json::{Value, json};

use super::account::{Account, path, status};

/// Parameters that silence `alarms` for half an hour from now.
fn parameters(account: &Account, alarms: &[&str]) -> Value {
    let starts = account.now().strftime("%Y-%m-%dT%H:%M").to_string();
    json!({
        "AlarmNames": alarms,
        "StartsAt": [starts],
        "Duration": ["PT30M"],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["a load test"],
        "RequestId": ["11111111-2222"],
    })
}

fn alarm(account: &Account) -> String {
    account.sim().with_world(|world| world.alarms.keys().next().cloned()).expect("an alarm")
}

fn rules(account: &Account) -> Vec<String> {
    account.sim().with_world(|world| world.mutes.keys().cloned().collect())
}

#[test]
fn an_alarm_is_silenced_for_as_long_as_it_was_asked_for() {
    let account = Account::new(1);
    let alarm = alarm(&account);
    let id = account.start("SilenceAlarm", &parameters(&account, &[&alarm]));
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(execution["Outputs"]["readRule.Rule"], json!(["silence-11111111-2222"]));
    let asked = json!({ "AlarmMuteRuleName": "silence-11111111-2222" });
    let rule = account.ask("cloudwatch", "GetAlarmMuteRule", &asked).expect("the rule");
    assert_eq!(rule["Description"], "Muted by maria.lindqvist: a load test");
    assert_eq!((&rule["Status"], &rule["MuteTargets"]["AlarmNames"]), (&json!("ACTIVE"), &json!([alarm])));
    account.pass(31 * 60);
    let rule = account.ask("cloudwatch", "GetAlarmMuteRule", &asked).expect("the rule");
    assert_eq!(rule["Status"], "EXPIRED");
}

#[test]
fn an_alarm_that_is_not_there_is_not_silenced_and_neither_are_those_beside_it() {
    let account = Account::new(2);
    let id = account.start("SilenceAlarm", &parameters(&account, &[&alarm(&account), "nobody"]));
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Failed");
    assert!(execution["FailureMessage"].as_str().is_some_and(|why| why.contains("findAlarm")), "{execution:#}");
    assert_eq!(rules(&account), Vec::<String>::new());
}

#[test]
fn each_step_that_fails_leaves_no_rule_or_a_whole_one() {
    for (operation, left) in [("DescribeAlarms", 0), ("PutAlarmMuteRule", 0), ("GetAlarmMuteRule", 1)] {
        let account = Account::new(3);
        account.break_with(&[&format!("deny:cloudwatch.{operation}")]);
        let id = account.start("SilenceAlarm", &parameters(&account, &[&alarm(&account)]));
        assert_eq!(status(&account.ended(&id)), "Failed", "{operation}");
        assert_eq!(rules(&account).len(), left, "{operation}");
    }
}

#[test]
fn cancelled_half_way_it_leaves_no_rule() {
    let account = Account::new(4);
    let id = account.start("SilenceAlarm", &parameters(&account, &[&alarm(&account)]));
    account.at_step(&id, "findAlarm");
    account.stop(&id).expect("it can be stopped");
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Cancelled");
    assert_eq!(path(&execution), ["findAlarms Cancelled", "findAlarm Cancelled"]);
    account.pass(600);
    assert_eq!(rules(&account), Vec::<String>::new());
}

#[test]
fn started_twice_it_leaves_one_rule_and_ended_twice_none() {
    let account = Account::new(5);
    let given = parameters(&account, &[&alarm(&account)]);
    let both = [account.start("SilenceAlarm", &given), account.start("SilenceAlarm", &given)];
    assert!(both.iter().all(|id| status(&account.ended(id)) == "Success"));
    assert_eq!(rules(&account), ["silence-11111111-2222"]);
    let given = json!({
        "RuleName": ["silence-11111111-2222"], "RequestedBy": ["maria.lindqvist"], "Reason": ["it is over"],
        "RequestId": ["22222222-3333"],
    });
    for _ in 0..2 {
        let id = account.start("UnsilenceAlarm", &given);
        assert_eq!(status(&account.ended(&id)), "Success");
        assert_eq!(rules(&account), Vec::<String>::new());
    }
}

#[test]
fn a_silence_that_cannot_be_ended_stays_whole() {
    let account = Account::new(6);
    let id = account.start("SilenceAlarm", &parameters(&account, &[&alarm(&account)]));
    account.ended(&id);
    account.break_with(&["error:cloudwatch.DeleteAlarmMuteRule"]);
    let given = json!({
        "RuleName": rules(&account), "RequestedBy": ["x"], "Reason": ["it is over"], "RequestId": ["22222222-3333"],
    });
    let id = account.start("UnsilenceAlarm", &given);
    assert_eq!(status(&account.ended(&id)), "Failed");
    assert_eq!(rules(&account).len(), 1);
}
