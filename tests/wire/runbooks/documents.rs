//! Documents that the fleet knows nothing of: every action and every way to fail.

use std::path::Path;

use quarterdeck::sim::options::{Options, Scenario};
use serde_json::{Value, json};

use super::account::{Account, path, status};

/// The text of a document of the corpus.
fn corpus(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/runbook").join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// An account with documents of the corpus, each called as its file is.
pub fn account(files: &[&str]) -> Account {
    let account = Account::new(7);
    for file in files {
        let name = file.split('.').next().expect("a name");
        account.create(name, &corpus(file)).unwrap_or_else(|fault| panic!("{file}: {}", fault.message));
    }
    account
}

/// Runs a document of the corpus to its end.
fn run(file: &str, parameters: &Value) -> (Account, Value) {
    let account = account(&[file]);
    let id = account.start(file.split('.').next().expect("a name"), parameters);
    let execution = account.ended(&id);
    (account, execution)
}

/// Why a start is refused.
fn refused(account: &Account, document: &str, parameters: &Value) -> (String, String) {
    let input = json!({ "DocumentName": document, "Parameters": parameters });
    let fault = account.ask("ssm", "StartAutomationExecution", &input).expect_err("it is refused");
    (fault.code, fault.message)
}

#[test]
fn a_branch_goes_where_its_first_true_choice_leads() {
    for (way, last, end) in [
        ("left", "left Success", "Success"),
        ("right", "right TimedOut", "TimedOut"),
        ("neither", "neither Failed", "Failed"),
    ] {
        let (_, execution) = run("sleep-branch-wait.yaml", &json!({ "Way": [way] }));
        assert_eq!(status(&execution), end, "{execution:#}");
        assert_eq!(path(&execution), ["rest Success", "look Success", "choose Success", last]);
        assert_eq!(execution["Outputs"]["look.Desired"], json!(["24"]));
    }
}

#[test]
fn speed_shortens_what_takes_time() {
    let account = Account::at_speed(7, 100.0);
    account.create("Test", &corpus("sleep-branch-wait.yaml")).expect("it is a document");
    let begun = account.now();
    assert_eq!(status(&account.ended(&account.start("Test", &json!({})))), "Success");
    let taken = account.now().duration_since(begun).as_secs();
    assert!(taken < 10, "two minutes and a few steps in {taken} s");
}

#[test]
fn an_assertion_is_tried_as_often_as_it_says() {
    let account = Account::new(7);
    let document = "schemaVersion: '0.3'\nmainSteps:\n  - name: look\n    action: aws:assertAwsResourceProperty\n    \
                    maxAttempts: 50\n    inputs: {Service: ssm, Api: GetParameter, Name: /late, PropertySelector: \
                    $.Parameter.Value, DesiredValues: [here]}\n";
    account.create("Test", document).unwrap_or_else(|fault| panic!("{}", fault.message));
    let id = account.start("Test", &json!({}));
    account.pass(5);
    let parameter = json!({ "Name": "/late", "Value": "here", "Type": "String" });
    account.ask("ssm", "PutParameter", &parameter).expect("it can be put");
    assert_eq!(status(&account.ended(&id)), "Success");
}

#[test]
fn a_timeout_that_is_not_critical_leads_elsewhere_and_the_end_is_the_end() {
    let (_, execution) = run("retries-and-timeouts.json", &json!({}));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(path(&execution), ["wait TimedOut", "instead Success", "last Success"]);
    assert_eq!(execution["Outputs"]["instead.Account"], json!(["111122223333"]));
}

#[test]
fn a_step_is_tried_again_as_often_as_it_says() {
    let account = account(&["retries-and-timeouts.json"]);
    let id = account.start("retries-and-timeouts", &json!({ "Patience": ["5"] }));
    account.break_with(&["error:sts.GetCallerIdentity"]);
    account.at_step(&id, "instead");
    // Not over yet after the first try: it has two more.
    account.pass(1);
    assert_eq!(account.execution(&id)["CurrentStepName"], "instead");
    account.break_with(&[]);
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let again = account.start("retries-and-timeouts", &json!({ "Patience": ["5"] }));
    account.break_with(&["error:sts.GetCallerIdentity"]);
    let execution = account.ended(&again);
    assert_eq!(path(&execution), ["wait TimedOut", "instead Failed", "last Success"]);
    assert_eq!(status(&execution), "Failed", "a critical step failed on the way");
}

#[test]
fn throttled_calls_are_made_again_and_then_given_up() {
    let account = account(&["steps.yaml"]);
    account.break_with(&["throttle:sts.GetCallerIdentity"]);
    let execution = account.ended(&account.start("steps", &json!({})));
    let failure = execution["StepExecutions"][0]["FailureMessage"].as_str().unwrap_or_default();
    assert!(failure.contains("ThrottlingException"), "{execution:#}");
}

#[test]
fn what_runs_in_the_account_shares_its_rates_and_waits_for_them() {
    // Nine reads of alarms a second, for everybody.
    let slow = |limits: bool| {
        let account = Account::with(Options { scenario: Scenario::Healthy, limits, ..Options::default() });
        account.create("Test", &corpus("read-alarms.yaml")).expect("it is a document");
        let ids: Vec<String> = (0..30).map(|_| account.start("Test", &json!({}))).collect();
        let seconds = |execution: &Value, name: &str| execution["StepExecutions"][0][name].as_f64().expect("a time");
        let slow = ids.iter().filter(|id| {
            let execution = account.ended(id);
            assert_eq!(status(&execution), "Success", "{execution:#}");
            seconds(&execution, "ExecutionEndTime") - seconds(&execution, "ExecutionStartTime") > 1.0
        });
        slow.count()
    };
    assert_eq!(slow(false), 0);
    let held_up = slow(true);
    assert!((12..=21).contains(&held_up), "{held_up}");
}

#[test]
fn a_loop_runs_once_for_each_item_and_never_more_than_a_hundred_times() {
    let (_, execution) = run("for-each.yaml", &json!({ "Names": ["/a", "/b"] }));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let once = ["note Success", "read Failed", "rest Success"];
    assert_eq!(path(&execution), [&["each Success"], &once[..], &once[..]].concat());
    assert_eq!(execution["Variables"]["last"], json!(["2=/b"]));
    let details = &execution["StepExecutions"][4]["ParentStepDetails"];
    assert_eq!((&details["Iteration"], &details["IteratorValue"]), (&json!(2), &json!("/b")), "{execution:#}");
    let (_, execution) = run("for-each.yaml", &json!({ "Names": [] }));
    assert_eq!(path(&execution), ["each Failed"], "what is done about nothing is not documented");
    let names: Vec<String> = (0..101).map(|n| format!("/{n}")).collect();
    let (_, execution) = run("for-each.yaml", &json!({ "Names": names }));
    assert_eq!((status(&execution), path(&execution)), ("Failed", vec!["each Failed".to_owned()]));
    let why = execution["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.contains("100 iterations"), "{why}");
}

#[test]
fn a_loop_goes_on_while_its_condition_holds_and_fails_where_it_may_not() {
    let (_, execution) = run("do-while.yaml", &json!({ "Wanted": ["3"] }));
    let rests = ["rest Success"; 3];
    assert_eq!(path(&execution), [&["repeat Success"], &rests[..], &["after Success"]].concat());
    let (_, execution) = run("do-while.yaml", &json!({ "Wanted": ["9"] }));
    assert_eq!(status(&execution), "Failed");
    let why = execution["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.contains("not over after 5 iterations"), "{why}");
}

#[test]
fn people_agree_or_do_not_or_take_too_long() {
    for (signal, end, last) in [
        (Some("Approve"), "Success", "granted Success"),
        (Some("Reject"), "Failed", "refused Success"),
        (None, "TimedOut", "refused Success"),
    ] {
        let account = account(&["approve.yaml"]);
        let id = account.start("approve", &json!({}));
        account.until(&id, "asked", |execution| status(execution) == "Waiting");
        if let Some(signal) = signal {
            assert!(account.signal(&id, "Resume").is_err(), "an approval is not resumed");
            account.signal(&id, signal).expect("it waits for that");
        }
        let execution = account.ended(&id);
        assert_eq!((status(&execution), path(&execution).last().map(String::as_str)), (end, Some(last)), "{signal:?}");
    }
}

#[test]
fn only_those_who_are_named_agree() {
    let account = account(&["approve.yaml"]);
    let id = account.start("approve", &json!({ "Approver": ["arn:aws:iam::111122223333:user/somebody"] }));
    account.until(&id, "asked", |execution| status(execution) == "Waiting");
    let fault = account.signal(&id, "Approve").expect_err("the caller is somebody else");
    assert_eq!(fault.code, "InvalidAutomationSignalException");
    assert_eq!(status(&account.execution(&id)), "Waiting");
}

#[test]
fn a_pause_ends_by_a_signal_or_too_late() {
    let account = account(&["pause.yaml"]);
    let id = account.start("pause", &json!({}));
    assert!(account.signal(&id, "Resume").is_err(), "it does not wait yet");
    account.until(&id, "paused", |execution| status(execution) == "Waiting");
    account.signal(&id, "Resume").expect("it waits");
    assert_eq!(status(&account.ended(&id)), "Success");
    assert!(account.signal(&id, "Resume").is_err(), "it is over");
    let late = account.ended(&account.start("pause", &json!({})));
    assert_eq!((status(&late), path(&late)), ("TimedOut", vec!["stay TimedOut".to_owned()]));
}

#[test]
fn a_cancellation_goes_where_the_step_says_and_for_two_minutes_at_most() {
    for (tidying, held, end) in [("PT10S", "no", "release Success"), ("PT10M", "yes", "tidy Cancelled")] {
        let account = account(&["cancel.yaml"]);
        let id = account.start("cancel", &json!({ "Tidying": [tidying] }));
        account.at_step(&id, "wait");
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&account.execution(&id)), "Cancelling");
        let begun = account.now();
        let execution = account.ended(&id);
        assert!(account.now().duration_since(begun).as_secs() <= 121, "{tidying}");
        assert_eq!((status(&execution), path(&execution).last().map(String::as_str)), ("Cancelled", Some(end)));
        let parameter = account.ask("ssm", "GetParameter", &json!({ "Name": "/test/held" })).expect("it was put");
        assert_eq!(parameter["Parameter"]["Value"], held);
        assert_eq!(account.stop(&id).expect_err("it is over").code, "InvalidAutomationStatusUpdateException");
    }
}

#[test]
fn complete_lets_the_step_end_and_begins_no_other() {
    let account = account(&["do-while.yaml", "sleep-branch-wait.yaml"]);
    let id = account.start("sleep-branch-wait", &json!({}));
    account.at_step(&id, "rest");
    let input = json!({ "AutomationExecutionId": id, "Type": "Complete" });
    account.ask("ssm", "StopAutomationExecution", &input).expect("it can be completed");
    let execution = account.ended(&id);
    assert_eq!((status(&execution), path(&execution)), ("Success", vec!["rest Success".to_owned()]));
}

#[test]
fn interactive_executions_begin_each_step_on_a_signal() {
    let account = account(&["child.yaml"]);
    let input = json!({ "DocumentName": "child", "Mode": "Interactive", "Parameters": { "Word": ["keel"] } });
    let answer = account.ask("ssm", "StartAutomationExecution", &input).expect("it is started");
    let id = answer["AutomationExecutionId"].as_str().expect("an id").to_owned();
    for begun in 0..2 {
        let waiting = account.until(&id, "waiting", |execution| status(execution) == "Waiting");
        assert_eq!(path(&waiting).len(), begun);
        account.pass(300);
        assert_eq!(path(&account.execution(&id)).len(), begun, "nothing begins by itself");
        account.signal(&id, "StartStep").expect("it waits");
        account.until(&id, "under way", |execution| path(execution).len() == begun + 1);
    }
    account.until(&id, "waiting for nothing", |execution| status(execution) != "InProgress");
}

#[test]
fn instances_are_tagged_and_terminated() {
    let account = account(&["instances.yaml"]);
    let instance = account.sim().with_world(|world| world.instances.keys().next().cloned()).expect("an instance");
    for (state, end) in [("running", "Success"), ("terminated", "Success"), ("hibernated", "Failed")] {
        let id = account.start("instances", &json!({ "InstanceIds": [instance], "State": [state] }));
        let execution = account.ended(&id);
        assert_eq!(status(&execution), end, "{state}: {execution:#}");
        let tag = account.sim().with_world(|world| world.instances[&instance].tags.get("seen-by").cloned());
        assert_eq!(tag, Some(id), "{state}");
    }
    let execution = account.ended(&account.start("instances", &json!({ "InstanceIds": ["i-0000000000000dead"] })));
    let why = execution["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.contains("InvalidInstanceID.NotFound"), "{why}");
}

#[test]
fn instances_are_launched_and_waited_for() {
    let account = account(&["launch.yaml"]);
    let image = account.sim().with_world(|world| world.instances.values().next().map(|one| one.image_id.clone()));
    let given = json!({ "Image": [image.expect("an image")] });
    let id = account.start("launch", &given);
    let execution = account.at_step(&id, "away");
    let ids: Vec<&str> = execution["StepExecutions"][0]["Outputs"]["InstanceIds"]
        .as_array()
        .expect("ids")
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(ids.len(), 2, "{execution:#}");
    account.sim().with_world(|world| {
        let tagged = |id: &&&str| world.instances[**id].tags.get("launched-by") == Some(&id_of(&execution));
        assert_eq!(ids.iter().filter(tagged).count(), 2);
    });
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(execution["Outputs"]["launch.InstanceStates"], json!(["running", "running"]));
    let execution = account.ended(&account.start("launch", &json!({ "Image": ["ami-0"] })));
    assert_eq!(path(&execution), ["launch Failed"]);
}

fn id_of(execution: &Value) -> String {
    execution["AutomationExecutionId"].as_str().expect("an id").to_owned()
}

#[test]
fn a_document_runs_another_and_learns_what_became_of_it() {
    let account = account(&["parent.yaml", "child.yaml"]);
    let start = |word: &str| {
        let given = json!({ "Word": [word] }).to_string();
        account.start("parent", &json!({ "Child": ["child"], "Given": [given] }))
    };
    let execution = account.ended(&start("keel"));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(execution["Outputs"]["run.Output"], json!([r#"["/keel"]"#]));
    let child = execution["Outputs"]["run.ExecutionId"][0].as_str().expect("an id");
    assert_eq!(account.execution(child)["ParentAutomationExecutionId"], execution["AutomationExecutionId"]);
    let execution = account.ended(&start("KEEL"));
    let why = execution["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.contains("InvalidAutomationExecutionParametersException"), "{why}");
}

#[test]
fn whoever_cancels_an_execution_cancels_what_it_has_started() {
    let account = account(&["parent.yaml", "child.yaml"]);
    let given = json!({ "Word": ["keel"] }).to_string();
    let id = account.start("parent", &json!({ "Child": ["child"], "Given": [given] }));
    account.at_step(&id, "run");
    account.pass(5);
    account.stop(&id).expect("it can be stopped");
    let filter = json!({ "Filters": [{ "Key": "ParentExecutionId", "Values": [id] }] });
    let listed = account.ask("ssm", "DescribeAutomationExecutions", &filter).expect("a list");
    let states: Vec<&str> =
        listed["AutomationExecutionMetadataList"].as_array().expect("a list").iter().map(status).collect();
    assert_eq!(states, ["Cancelled"]);
}

#[test]
fn documents_that_run_themselves_end_five_deep() {
    let account = account(&["parent.yaml"]);
    let mut given = json!({ "Child": ["child"] });
    for _ in 0..6 {
        given = json!({ "Child": ["parent"], "Given": [given.to_string()] });
    }
    let execution = account.ended(&account.start("parent", &given));
    assert_eq!(status(&execution), "Failed");
    let count = account.sim().with_world(|world| world.automations.len());
    assert_eq!(count, 5);
}

#[test]
fn failures_go_on_or_end_it_and_are_told() {
    let (_, execution) = run("steps.yaml", &json!({}));
    assert_eq!(path(&execution), ["harmless Failed", "marring Failed", "goesOn Success", "fatal Failed"]);
    assert_eq!(status(&execution), "Failed");
    let why = execution["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.starts_with("Step marring failed: $.Account is 111122223333"), "the first critical one: {why}");
}

#[test]
fn parameters_are_checked_before_anything_is_started() {
    let account = account(&["parameters.yaml"]);
    for (given, wanted) in [
        (json!({ "Other": ["x"] }), "Other is not defined"),
        (json!({ "Count": ["3"] }), "Word is required"),
        (json!({ "Word": ["UP"] }), "does not match the pattern"),
        (json!({ "Word": ["a"] }), "The length of parameter Word"),
        (json!({ "Word": ["toolong"] }), "The length of parameter Word"),
        (json!({ "Word": ["ab", "cd"] }), "takes one value, not 2"),
        (json!({ "Word": ["ab"], "Words": [] }), "0 items"),
        (json!({ "Word": ["ab"], "Words": ["one", "two", "one"] }), "3 items"),
        (json!({ "Word": ["ab"], "Words": ["three"] }), "allowed are"),
        (json!({ "Word": ["ab"], "Count": ["few"] }), "type Integer"),
        (json!({ "Word": ["ab"], "Truth": ["maybe"] }), "type Boolean"),
        (json!({ "Word": ["ab"], "Map": ["[]"] }), "type StringMap"),
    ] {
        let (code, message) = refused(&account, "parameters", &given);
        assert_eq!(code, "InvalidAutomationExecutionParametersException", "{given}");
        assert!(message.contains(wanted), "{given}: {message}");
    }
    assert_eq!(account.sim().with_world(|world| world.automations.len()), 0);
    let given = json!({ "Word": ["keel"], "Words": ["one", "two"], "Truth": ["False"], "Map": ["{\"a\":\"b\"}"] });
    assert_eq!(status(&account.ended(&account.start("parameters", &given))), "Success");
}

#[test]
fn a_sleep_ends_at_its_time() {
    let account = account(&["until-a-time.yaml"]);
    let id = account.start("until-a-time", &json!({ "Until": ["2026-03-01T15:00:00Z"] }));
    account.pass(2 * 3_600);
    assert_eq!(account.execution(&id)["CurrentStepName"], "rest");
    account.ended(&id);
    let parameter = account.ask("ssm", "GetParameter", &json!({ "Name": "/test/date" })).expect("it was put");
    let value = parameter["Parameter"]["Value"].as_str().unwrap_or_default();
    assert!(value.starts_with("2026-03-01 2026-03-01_15.00.") && value.ends_with(" eu-west-1"), "{value}");
    let execution = account.ended(&account.start("until-a-time", &json!({ "Until": ["tomorrow"] })));
    assert_eq!(status(&execution), "Failed");
}

#[test]
fn a_hundred_run_at_once_and_the_others_wait_for_room() {
    let account = account(&["pause.yaml"]);
    let ids: Vec<String> = (0..103).map(|_| account.start("pause", &json!({}))).collect();
    account.pass(5);
    let states = || {
        account.sim().with_world(|world| {
            let is = |id: &&String, word: &str| world.automations[*id].status.as_str() == word;
            [ids.iter().filter(|id| is(id, "Waiting")).count(), ids.iter().filter(|id| is(id, "Pending")).count()]
        })
    };
    assert_eq!(states(), [100, 3]);
    let waiting = account.sim().with_world(|world| {
        ids.iter().find(|id| world.automations[*id].status.as_str() == "Waiting").cloned().expect("one waits")
    });
    account.stop(&waiting).expect("it can be stopped");
    account.pass(5);
    assert_eq!(states(), [100, 2]);
}

#[test]
fn the_same_token_is_the_same_start() {
    let account = account(&["pause.yaml", "steps.yaml"]);
    let token = "01234567-89ab-4def-8123-456789abcdef";
    let start = |document: &str| {
        let input = json!({ "DocumentName": document, "ClientToken": token });
        account.ask("ssm", "StartAutomationExecution", &input)
    };
    assert_eq!(start("pause"), start("pause"));
    assert_eq!(start("steps").expect_err("another start").code, "IdempotentParameterMismatch");
    assert_eq!(account.sim().with_world(|world| world.automations.len()), 1);
}

#[test]
fn what_a_document_cannot_mean_is_refused_when_it_is_created() {
    let whole = |steps: &str| format!("schemaVersion: '0.3'\nmainSteps:\n{steps}");
    let step =
        |rest: &str| whole(&format!("  - name: one\n    action: aws:sleep\n    inputs: {{Duration: PT1S}}\n{rest}"));
    let sleeping = |inputs: &str| whole(&format!("  - {{name: one, action: 'aws:sleep', inputs: {{{inputs}}}}}"));
    let api = |rest: &str| whole(&format!("  - {{name: one, action: 'aws:executeAwsApi', inputs: {{{rest}}}}}"));
    let body = "Steps: [{name: in, action: 'aws:sleep', inputs: {Duration: PT1S}}]";
    let looping = |rest: &str| whole(&format!("  - {{name: one, action: 'aws:loop', inputs: {{{body}, {rest}}}}}"));
    let account = Account::new(1);
    for (content, wanted) in [
        ("nothing".to_owned(), "no map"),
        ("a: [".to_owned(), ""),
        ("schemaVersion: '2.2'\nmainSteps: []".to_owned(), "schemaVersion"),
        ("schemaVersion: '0.3'".to_owned(), "mainSteps is missing"),
        (whole("  []"), "not empty"),
        (format!("{}files: {{}}\n", step("")), "files is not supported"),
        (step("    colour: red\n"), "colour is not supported"),
        (step("    onFailure: Retry\n"), "onFailure is"),
        (step("    onFailure: step:nowhere\n"), "no step beside it"),
        (step("    nextStep: nowhere\n"), "no step beside it"),
        (step("    onCancel: step:one\n"), "onCancel cannot lead from aws:sleep"),
        (step("    timeoutSeconds: soon\n"), "timeoutSeconds"),
        (step("    maxAttempts: 0\n"), "maxAttempts"),
        (step("    isEnd: perhaps\n"), "true or false"),
        (step("    isEnd: true\n    nextStep: one\n"), "not both"),
        (step("    outputs: [{Name: a, Selector: $.a}]\n"), "outputs are not supported"),
        (format!("{}{}", step(""), &step("").split_off(whole("").len())), "two steps are called one"),
        (whole("  - {name: one, action: 'aws:executeScript', inputs: {}}"), "aws:executeScript is not supported"),
        (sleeping(""), "either Duration or Timestamp"),
        (sleeping("Duration: soon"), "Duration"),
        (sleeping("Duration: P8D"), "at most a week"),
        (sleeping("Duration: PT1S, Colour: red"), "Colour is not supported"),
        (sleeping("Duration: '{{ Unknown }}'"), "stands for nothing"),
        (sleeping("Duration: '{{ variable:unknown }}'"), "stands for nothing"),
        (sleeping("Duration: '{{ global:WEATHER }}'"), "stands for nothing"),
        (api("Service: sts"), "Api is missing"),
        (api("Service: sts, Api: AssumeRole"), "no operation AssumeRole of service sts"),
        (api("Service: s3, Api: GetObject"), "no operation GetObject of service s3"),
        (looping("MaxIterations: 3"), "either Iterators or LoopCondition"),
        (looping("Iterators: [a], MaxIterations: 101"), "from 1 to 100"),
        (looping("LoopCondition: {Variable: '{{ a.b }}', Is: b}"), "no operator"),
        (looping("Iterators: [a], IteratorDataType: Word"), "IteratorDataType"),
    ] {
        let fault = account.create("Wrong", &content).expect_err(&content);
        assert_eq!(fault.code, "InvalidDocumentContent", "{content}");
        assert!(fault.message.contains(wanted), "{content}\n{}", fault.message);
    }
    let twice = step("").replace("    action: aws:sleep\n", "    action: aws:sleep\n    action: aws:pause\n");
    assert!(account.create("Wrong", &twice).is_err(), "a key that comes twice");
}
