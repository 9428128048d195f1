//! Rate control: one execution for several targets.

use std::cell::Cell;

use serde_json::{Value, json};

use super::account::{Account, path, status};

/// Rests as long as its name says, or fails if its name says so.
const DOCUMENT: &str = "
schemaVersion: '0.3'
parameters:
  Name: {type: String, allowedPattern: '[a-z0-9]+'}
  Rest: {type: String, default: PT30S}
mainSteps:
  - name: rest
    action: aws:sleep
    inputs: {Duration: '{{ Rest }}'}
  - name: note
    action: aws:executeAwsApi
    inputs: {Service: ssm, Api: PutParameter, Name: '/{{ Name }}', Value: done, Type: String, Overwrite: true}
    onCancel: step:tidy
  - name: check
    action: aws:assertAwsResourceProperty
    onCancel: step:tidy
    inputs: {Service: ssm, Api: GetParameter, Name: '/{{ Name }}/bad', PropertySelector: $.Parameter.Value, DesiredValues: [ok]}
    isEnd: true
  - name: tidy
    action: aws:executeAwsApi
    inputs: {Service: ssm, Api: PutParameter, Name: '/{{ Name }}', Value: tidied, Type: String, Overwrite: true}
";

/// An account with the document, where all that `good` names succeed.
fn account(good: &[&str]) -> Account {
    let account = Account::new(3);
    account.create("Test", DOCUMENT).unwrap_or_else(|fault| panic!("{}", fault.message));
    for name in good {
        let input = json!({ "Name": format!("/{name}/bad"), "Value": "ok", "Type": "String" });
        account.ask("ssm", "PutParameter", &input).expect("it can be put");
    }
    account
}

fn asked(names: &[&str], concurrency: &str, errors: &str) -> Value {
    json!({
        "DocumentName": "Test",
        "TargetParameterName": "Name",
        "Targets": [{ "Key": "ParameterValues", "Values": names }],
        "MaxConcurrency": concurrency,
        "MaxErrors": errors,
    })
}

fn start(account: &Account, input: &Value) -> String {
    let answer = account.ask("ssm", "StartAutomationExecution", input).unwrap_or_else(|fault| panic!("{fault:?}"));
    answer["AutomationExecutionId"].as_str().expect("an id").to_owned()
}

/// What an execution has started, oldest first.
fn children(account: &Account, id: &str) -> Vec<Value> {
    let filter = json!({ "Filters": [{ "Key": "ParentExecutionId", "Values": [id] }] });
    let listed = account.ask("ssm", "DescribeAutomationExecutions", &filter).expect("a list");
    let mut listed = listed["AutomationExecutionMetadataList"].as_array().cloned().expect("a list");
    listed.reverse();
    listed
}

/// The most children that were under way at the same time.
fn most_at_once(account: &Account, id: &str) -> usize {
    let most = Cell::new(0);
    account.until(id, "its end", |execution| {
        let open = children(account, id).iter().filter(|one| !one["ExecutionEndTime"].is_number()).count();
        most.set(most.get().max(open));
        execution["ExecutionEndTime"].is_number()
    });
    most.get()
}

#[test]
fn one_at_a_time_in_the_order_that_was_asked_for() {
    let account = account(&["c", "a", "b"]);
    let id = start(&account, &asked(&["c", "a", "b"], "1", "0"));
    assert_eq!(most_at_once(&account, &id), 1);
    let execution = account.execution(&id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(path(&execution), ["c Success", "a Success", "b Success"]);
    assert_eq!(execution["ResolvedTargets"], json!({ "ParameterValues": ["c", "a", "b"], "Truncated": false }));
    assert_eq!((&execution["TargetParameterName"], &execution["MaxConcurrency"]), (&json!("Name"), &json!("1")));
    let counters =
        json!({ "TotalSteps": 3, "SuccessSteps": 3, "FailedSteps": 0, "CancelledSteps": 0, "TimedOutSteps": 0 });
    assert_eq!(execution["ProgressCounters"], counters);
    let children = children(&account, &id);
    let targets: Vec<&Value> = children.iter().map(|child| &child["Target"]).collect();
    assert_eq!(targets, ["c", "a", "b"]);
    let child = account.execution(children[0]["AutomationExecutionId"].as_str().expect("an id"));
    assert_eq!(child["Parameters"]["Name"], json!(["c"]), "{child:#}");
    let step = &execution["StepExecutions"][0];
    assert_eq!(step["Outputs"]["ExecutionId"], json!([child["AutomationExecutionId"]]), "{step:#}");
}

#[test]
fn more_at_once_are_let_in_bit_by_bit() {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    for (concurrency, most) in [("4", 4), ("30%", 3), ("5%", 1)] {
        let account = account(&names);
        let id = start(&account, &asked(&names, concurrency, "0"));
        account.until(&id, "the first target", |execution| path(execution) == ["a InProgress"]);
        assert_eq!(children(&account, &id).len(), 1, "the first one alone");
        assert_eq!(most_at_once(&account, &id), most, "{concurrency}");
        assert_eq!(status(&account.execution(&id)), "Success");
    }
}

#[test]
fn nothing_is_begun_after_more_errors_than_are_allowed() {
    for (errors, begun, end) in [("0", 2, "Failed"), ("1", 4, "Failed"), ("50%", 5, "Success"), ("20%", 4, "Failed")] {
        let account = account(&["a", "c", "e"]);
        let id = start(&account, &asked(&["a", "b", "c", "d", "e"], "1", errors));
        let execution = account.ended(&id);
        assert_eq!((status(&execution), path(&execution).len()), (end, begun), "{errors}: {execution:#}");
        if end == "Failed" {
            let why = execution["FailureMessage"].as_str().unwrap_or_default();
            assert!(why.contains("of 5 targets failed") && why.contains("check"), "{why}");
        }
    }
}

#[test]
fn whoever_stops_it_stops_what_it_has_started_and_nothing_else_begins() {
    let account = account(&["a", "b", "c", "d"]);
    let id = start(&account, &asked(&["a", "b", "c", "d"], "2", "0"));
    account.until(&id, "two at once", |execution| path(execution) == ["a Success", "b InProgress", "c InProgress"]);
    account.stop(&id).expect("it can be stopped");
    assert_eq!(status(&account.execution(&id)), "Cancelling");
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Cancelled");
    assert_eq!(path(&execution), ["a Success", "b Cancelled", "c Cancelled"]);
    assert!(children(&account, &id).iter().all(|child| child["ExecutionEndTime"].is_number()));
    assert_eq!(execution["ProgressCounters"]["CancelledSteps"], 2);
}

#[test]
fn whoever_completes_it_lets_what_has_begun_come_to_its_end() {
    let account = account(&["a", "b"]);
    let id = start(&account, &asked(&["a", "b"], "1", "0"));
    account.until(&id, "the first target", |execution| path(execution) == ["a InProgress"]);
    let input = json!({ "AutomationExecutionId": id, "Type": "Complete" });
    account.ask("ssm", "StopAutomationExecution", &input).expect("it can be completed");
    let execution = account.ended(&id);
    assert_eq!((status(&execution), path(&execution)), ("Success", vec!["a Success".to_owned()]));
}

#[test]
fn maps_give_several_parameters_at_once() {
    let account = account(&["a", "b"]);
    let maps = json!([{ "Name": ["a"], "Rest": ["PT1S"] }, { "Name": ["b"], "Rest": ["PT2S"] }]);
    let input = json!({ "DocumentName": "Test", "TargetParameterName": "Name", "TargetMaps": maps });
    let execution = account.ended(&start(&account, &input));
    assert_eq!((status(&execution), path(&execution).len()), ("Success", 2), "{execution:#}");
    assert_eq!(execution["TargetMaps"], maps);
    let rests: Vec<Value> = children(&account, execution["AutomationExecutionId"].as_str().expect("an id"))
        .iter()
        .map(|child| {
            account.execution(child["AutomationExecutionId"].as_str().expect("an id"))["Parameters"]["Rest"].clone()
        })
        .collect();
    assert_eq!(rests, [json!(["PT1S"]), json!(["PT2S"])]);
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_started() {
    let account = account(&[]);
    let with = |changes: Value| {
        let mut input = asked(&["a"], "1", "0");
        for (name, value) in changes.as_object().expect("changes") {
            input[name] = value.clone();
        }
        input
    };
    let parameters = "InvalidAutomationExecutionParametersException";
    for (input, code) in [
        (with(json!({ "Targets": [] })), "InvalidTarget"),
        (with(json!({ "Targets": [{ "Key": "ParameterValues", "Values": [] }] })), "InvalidTarget"),
        (with(json!({ "Targets": [{ "Key": "tag:fleet", "Values": ["a"] }] })), "InvalidTarget"),
        (with(json!({ "TargetMaps": [{ "Name": ["a"] }] })), "InvalidTarget"),
        (with(json!({ "TargetParameterName": "Other" })), parameters),
        (with(json!({ "Targets": [{ "Key": "ParameterValues", "Values": ["a", "B"] }] })), parameters),
        (with(json!({ "Mode": "Interactive" })), "ValidationException"),
        (json!({ "DocumentName": "Test", "Parameters": { "Name": ["a"] }, "MaxConcurrency": "1" }), "InvalidTarget"),
    ] {
        let fault = account.ask("ssm", "StartAutomationExecution", &input).expect_err("it is refused");
        assert_eq!(fault.code, code, "{input}: {}", fault.message);
    }
    assert_eq!(account.sim().with_world(|world| world.automations.len()), 0);
}

#[test]
fn a_tag_stands_for_the_instances_that_have_it() {
    let account = Account::new(3);
    let document = "
schemaVersion: '0.3'
parameters:
  InstanceId: {type: String, allowedPattern: 'i-[0-9a-f]{17}'}
mainSteps:
  - {name: rest, action: 'aws:sleep', inputs: {Duration: PT1S}}
";
    account.create("ById", document).unwrap_or_else(|fault| panic!("{}", fault.message));
    let ids: Vec<String> = account.sim().with_world(|world| world.instances.keys().take(3).cloned().collect());
    for (id, value) in ids.iter().zip(["a", "b", "c"]) {
        let input = json!({ "Resources": [id], "Tags": [{ "Key": "ring", "Value": value }] });
        account.ask("ec2", "CreateTags", &input).expect("it can be tagged");
    }
    let by = |targets: Value| {
        let input = json!({ "DocumentName": "ById", "TargetParameterName": "InstanceId", "Targets": targets });
        account.ask("ssm", "StartAutomationExecution", &input)
    };
    let answer = by(json!([{ "Key": "tag:ring", "Values": ["a", "c"] }])).expect("it is started");
    let execution = account.ended(answer["AutomationExecutionId"].as_str().expect("an id"));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let meant = [ids[0].clone(), ids[2].clone()];
    assert_eq!(execution["ResolvedTargets"], json!({ "ParameterValues": meant, "Truncated": false }));
    assert_eq!(execution["Targets"], json!([{ "Key": "tag:ring", "Values": ["a", "c"] }]));
    let all = by(json!([{ "Key": "AWS::EC2::Instance", "Values": ["*"] }])).expect("it is started");
    let all = account.execution(all["AutomationExecutionId"].as_str().expect("an id"));
    let count = account.sim().with_world(|world| world.instances.len());
    assert_eq!(all["ResolvedTargets"]["ParameterValues"].as_array().map(Vec::len), Some(count));
    let two = json!([{ "Key": "tag:ring", "Values": ["a"] }, { "Key": "tag:other", "Values": ["a"] }]);
    assert_eq!(by(two).expect_err("one tag alone").code, "InvalidAutomationExecutionParametersException");
    for key in ["tag:nobody", "ResourceGroup", "InstanceIds"] {
        let fault = by(json!([{ "Key": key, "Values": ["a"] }])).expect_err("it is refused");
        assert_eq!(fault.code, "InvalidTarget", "{key}: {}", fault.message);
    }
}

#[test]
fn the_same_token_is_the_same_start_with_the_same_targets() {
    let account = account(&["a", "b"]);
    let start = |names: &[&str]| {
        let mut input = asked(names, "1", "0");
        input["ClientToken"] = json!("01234567-89ab-4def-8123-456789abcdef");
        account.ask("ssm", "StartAutomationExecution", &input)
    };
    assert_eq!(start(&["a", "b"]), start(&["a", "b"]));
    assert_eq!(start(&["a"]).expect_err("other targets").code, "IdempotentParameterMismatch");
}

#[test]
fn twenty_five_run_at_once_and_others_wait_without_holding_up_the_rest() {
    let account = account(&["a"]);
    let ids: Vec<String> = (0..27).map(|_| start(&account, &asked(&["a"], "1", "0"))).collect();
    let plain = account.start("Test", &json!({ "Name": ["a"] }));
    account.pass(5);
    let pending = ids.iter().filter(|id| status(&account.execution(id)) == "Pending").count();
    assert_eq!((pending, status(&account.execution(&plain))), (2, "InProgress"));
    for id in &ids {
        account.until(id, "its end", |execution| status(execution) == "Success");
    }
}
