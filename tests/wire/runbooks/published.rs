//! Documents like those that teams and AWS publish, each run to its end in every way that it can go.

use quarterdeck::sim::world::task::TaskStatus;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::documents::account;

/// A service of twelve tasks.
const SERVICE: &str = "catalog";

fn signal(account: &Account, id: &str, signal: &str, payload: &Value) -> Result<Value, String> {
    let input = json!({ "AutomationExecutionId": id, "SignalType": signal, "Payload": payload });
    account.ask("ssm", "SendAutomationSignal", &input).map_err(|fault| fault.code)
}

fn parameter(account: &Account, name: &str) -> Value {
    let answer = account.ask("ssm", "GetParameter", &json!({ "Name": name }));
    answer.map_or(Value::Null, |answer| answer["Parameter"]["Value"].clone())
}

fn put(account: &Account, name: &str, value: &str) {
    let input = json!({ "Name": name, "Value": value, "Type": "String", "Overwrite": true });
    account.ask("ssm", "PutParameter", &input).expect("it can be put");
}

/// The fleet's first group.
fn group(account: &Account) -> Value {
    account.ask("autoscaling", "DescribeAutoScalingGroups", &json!({})).expect("groups")["AutoScalingGroups"][0].clone()
}

fn name(group: &Value) -> Value {
    group["AutoScalingGroupName"].clone()
}

/// Processes of the group that are suspended.
fn held(account: &Account) -> usize {
    group(account)["SuspendedProcesses"].as_array().map_or(0, Vec::len)
}

fn why(execution: &Value) -> &str {
    execution["FailureMessage"].as_str().unwrap_or_default()
}

fn waiting(account: &Account, id: &str, at: &str) {
    account.until(id, at, |execution| status(execution) == "Waiting" && execution["CurrentStepName"] == at);
}

#[test]
fn a_change_is_done_once_it_is_agreed_to_and_what_was_decided_is_written_down() {
    let account = account(&["change-window.yaml"]);
    let start = |change: &str| {
        let id = account.start("change-window", &json!({ "Change": [change] }));
        waiting(&account, &id, "ask");
        assert_eq!(account.execution(&id)["Outputs"]["ask.ApprovalStatus"], json!(["Waiting"]));
        id
    };
    let id = start("CHG0001");
    signal(&account, &id, "Approve", &json!({ "Comment": ["go"] })).expect("it is asked for");
    waiting(&account, &id, "work");
    account.pass(3_600);
    signal(&account, &id, "Resume", &json!({})).expect("it is paused");
    let done = account.ended(&id);
    assert_eq!((status(&done), parameter(&account, "/changes/CHG0001")), ("Success", json!("Approved and done")));
    assert_eq!(path(&done), ["ask Success", "decide Success", "work Success", "record Success"]);
    assert!(done["Outputs"]["ask.ApproverDecisions"][0].as_str().is_some_and(|text| text.contains("\"go\"")));

    let id = start("CHG0002");
    signal(&account, &id, "Reject", &json!({ "Comment": ["not on a Friday"] })).expect("it is asked for");
    let declined = account.ended(&id);
    assert_eq!((status(&declined), parameter(&account, "/changes/CHG0002")), ("Success", json!("Rejected")));
    assert_eq!(path(&declined), ["ask Failed", "decide Success", "decline Success"]);
    assert!(declined["Outputs"]["ask.ApproverDecisions"][0].as_str().is_some_and(|text| text.contains("Friday")));

    let lapsed = account.ended(&start("CHG0003"));
    assert_eq!(path(&lapsed), ["ask TimedOut", "decide Success", "lapse Success"]);
    assert_eq!((status(&lapsed), parameter(&account, "/changes/CHG0003")), ("Success", json!("lapsed")));

    let id = start("CHG0004");
    signal(&account, &id, "Approve", &json!({})).expect("it is asked for");
    let late = account.ended(&id);
    assert_eq!(path(&late), ["ask Success", "decide Success", "work TimedOut", "lapse Success"]);
    assert_eq!(status(&late), "TimedOut", "the work was critical");
}

#[test]
fn who_is_not_named_decides_nothing_and_who_is_decides_once() {
    let account = account(&["change-window.yaml"]);
    let other = "arn:aws:iam::111122223333:user/somebody";
    let id = account.start("change-window", &json!({ "Change": ["CHG0001"], "Approvers": [other] }));
    waiting(&account, &id, "ask");
    for word in ["Approve", "Reject"] {
        assert_eq!(signal(&account, &id, word, &json!({})), Err("InvalidAutomationSignalException".into()), "{word}");
    }
    let both = json!(["arn:aws:sts::111122223333:assumed-role/quarterdeck-on-call/keel", other]);
    let id = account.start("change-window", &json!({ "Change": ["CHG0002"], "Needed": ["2"], "Approvers": both }));
    waiting(&account, &id, "ask");
    signal(&account, &id, "Approve", &json!({})).expect("one of two");
    assert!(signal(&account, &id, "Approve", &json!({})).is_err(), "twice the same");
    assert_eq!(path(&account.execution(&id)), ["ask Waiting"]);
}

#[test]
fn maintenance_goes_step_by_step_and_a_step_may_be_cut_short() {
    let account = account(&["maintenance.yaml"]);
    let given = json!({ "Group": [name(&group(&account))] });
    let input = json!({ "DocumentName": "maintenance", "Mode": "Interactive", "Parameters": given });
    let answer = account.ask("ssm", "StartAutomationExecution", &input).expect("it is started");
    let id = answer["AutomationExecutionId"].as_str().expect("an id").to_owned();
    let before = |begun: usize| {
        account.until(&id, "between two steps", |execution| {
            status(execution) == "Waiting" && path(execution).len() == begun
        });
    };
    let step = |place: usize, name: &str| {
        before(place);
        signal(&account, &id, "StartStep", &json!({ "StepName": [name] })).expect("it waits for that");
    };
    step(0, "hold");
    before(1);
    let wrong = signal(&account, &id, "StartStep", &json!({ "StepName": ["release"] }));
    assert_eq!(wrong, Err("AutomationStepNotFoundException".into()));
    assert_eq!(held(&account), 2);
    step(1, "quiet");
    let quiet = account.at_step(&id, "quiet")["StepExecutions"][1]["StepExecutionId"].clone();
    account.pass(600);
    assert!(signal(&account, &id, "StopStep", &json!({})).is_err(), "which step?");
    signal(&account, &id, "StopStep", &json!({ "StepExecutionId": [quiet] })).expect("it is under way");
    step(2, "release");
    step(3, "look");
    let execution = account.until(&id, "the end", |execution| status(execution) == "Success");
    assert_eq!(path(&execution), ["hold Success", "quiet Failed", "release Success", "look Success"]);
    assert_eq!((held(&account), &execution["Outputs"]["look.Held"]), (0, &json!([])));

    let begun = account.now();
    let execution = account.ended(&account.start("maintenance", &given));
    assert_eq!(path(&execution), ["hold Success", "quiet Success", "release Success", "look Success"]);
    assert!(account.now().duration_since(begun).as_secs() >= 7_200, "by itself it takes its two hours");
}

#[test]
fn an_inventory_keeps_lists_and_maps_and_marks_what_it_finds() {
    let account = account(&["inventory.yaml"]);
    let execution = account.ended(&account.start("inventory", &json!({ "Team": ["deck"] })));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let marks = ["tag Success", "count Success"];
    let wanted: Vec<&str> = [
        &["find Success", "keepList Success", "keepMap Success", "mark Success"][..],
        &marks,
        &marks,
        &["mistake Failed", "confirm Success"],
    ]
    .concat();
    assert_eq!(path(&execution), wanted);
    let (outputs, variables) = (&execution["Outputs"], &execution["Variables"]);
    let ids = outputs["find.Ids"].as_array().expect("a list");
    assert_eq!(outputs["find.Count"], json!([ids.len().to_string()]));
    let marked = account.sim().with_world(|world| {
        let running = world.instances.len();
        assert_eq!(ids.len(), running, "all of them run");
        let tag = |id: &String, key: &str| world.instances[id].tags.get(key).cloned();
        let marked = world.instances.keys().filter(|id| tag(id, "team").as_deref() == Some("deck"));
        let mut marked: Vec<(String, String)> =
            marked.map(|id| (tag(id, "place").expect("a place"), id.clone())).collect();
        marked.sort();
        marked
    });
    let ends: Vec<&str> = marked.iter().map(|(_, id)| id.as_str()).collect();
    assert_eq!((marked.len(), &marked[0].0[..], &marked[1].0[..]), (2, "1", "2"));
    assert_eq!(variables["running"], json!(ends));
    assert_eq!(variables["marked"], json!(["2"]), "what is no number was not taken");
    let report: Value = serde_json::from_str(variables["report"][0].as_str().expect("a text")).expect("JSON");
    assert_eq!(report, json!({ "running": ids.len(), "away": [], "ends": ends }));
}

#[test]
fn a_document_asks_another_once_for_each_and_survives_those_that_fail() {
    let account = account(&["count-each.json", "count-tasks.yaml"]);
    let start = |services: &[&str]| {
        let id = account.start("count-each", &json!({ "Cluster": ["harbor"], "Services": services }));
        let execution = account.ended(&id);
        assert_eq!(status(&execution), "Success", "{execution:#}");
        let filter = json!({ "Filters": [{ "Key": "ParentExecutionId", "Values": [id] }] });
        let listed = account.ask("ssm", "DescribeAutomationExecutions", &filter).expect("a list");
        let children = listed["AutomationExecutionMetadataList"].as_array().expect("a list").clone();
        (execution, children)
    };
    let (execution, children) = start(&[SERVICE, SERVICE]);
    let once = ["ask Success", "keep Success", "rest Success"];
    assert_eq!(path(&execution), [&["each Success"][..], &once, &once, &["judge Success", "all Success"]].concat());
    let wanted = account.sim().with_world(|world| world.services[SERVICE].desired.to_string());
    assert_eq!(execution["Variables"]["answer"], json!([wanted, wanted]), "{execution:#}");
    assert_eq!(children.iter().map(status).collect::<Vec<_>>(), ["Success"; 2]);

    let (execution, children) = start(&["no-such-service", SERVICE]);
    let missed = ["ask Failed", "miss Success", "rest Success"];
    assert_eq!(path(&execution), [&["each Success"][..], &missed, &once, &["judge Success", "some Success"]].concat());
    assert_eq!(execution["Variables"]["unknown"], json!(["no-such-service"]));
    let mut ends: Vec<&str> = children.iter().map(status).collect();
    ends.sort_unstable();
    assert_eq!(ends, ["Failed", "Success"]);
}

#[test]
fn polling_ends_when_it_is_ready_or_broken_or_has_been_long_enough() {
    for (said, end, last, told) in [
        (Some("Ready"), "Success", "done Success", Value::Null),
        (Some("broken: disk"), "Success", "tell Success", json!("/poll/state is broken: disk")),
        (Some("starting"), "Failed", "tell Success", json!("/poll/state is starting")),
        (None, "Failed", "tell Success", json!("/poll/state is unknown")),
    ] {
        let account = account(&["poll-until-ready.yaml"]);
        let id = account.start("poll-until-ready", &json!({ "Name": ["/poll/state"] }));
        account.pass(30);
        if let Some(said) = said {
            put(&account, "/poll/state", said);
        }
        let execution = account.ended(&id);
        assert_eq!((status(&execution), path(&execution).last().map(String::as_str)), (end, Some(last)), "{said:?}");
        assert_eq!(parameter(&account, "/poll/other"), told);
        let looks = path(&execution).iter().filter(|step| step.starts_with("look")).count();
        let failed = path(&execution).iter().filter(|step| *step == "look Failed").count();
        assert_eq!((looks, failed), if end == "Success" { (3, 2) } else { (6, if said.is_some() { 2 } else { 6 }) });
        assert_eq!(why(&execution).contains("not over after 6 iterations"), end == "Failed", "{}", why(&execution));
    }
}

#[test]
fn no_loop_goes_on_for_more_than_a_hundred_iterations_however_it_is_asked() {
    let account = account(&["poll-until-ready.yaml"]);
    for tries in ["101", "0"] {
        let id = account.start("poll-until-ready", &json!({ "Name": ["/poll/state"], "Tries": [tries] }));
        let execution = account.ended(&id);
        assert_eq!(path(&execution), ["poll Failed", "tell Success"], "{tries}");
        assert!(why(&execution).contains("from 1 to 100"), "{}", why(&execution));
    }
}

#[test]
fn a_branch_weighs_texts_numbers_and_truths_together() {
    let account = account(&["choose-window.json"]);
    for (given, window, last) in [
        (json!({ "Host": ["web-1.prod"] }), "tonight", "tonight Success"),
        (json!({ "Host": ["web-1.prod"], "Peers": ["5"] }), "any", "byDefault Success"),
        (json!({ "Host": ["db-1.prod"] }), "any", "byDefault Success"),
        (json!({ "Host": ["db-1"], "Peers": ["0"] }), "sunday for db-1", "sunday Success"),
        (json!({ "Host": ["web-1"], "Platform": ["WINDOWS"] }), "sunday for web-1", "sunday Success"),
        (json!({ "Host": ["x"], "Platform": ["Windows Server 2022"] }), "sunday for x", "sunday Success"),
        (json!({ "Host": ["x.prod"], "MayWait": ["false"] }), "none", "never Failed"),
        (json!({ "Host": ["x.prod"], "Peers": ["0"] }), "none", "never Failed"),
    ] {
        let execution = account.ended(&account.start("choose-window", &given));
        assert_eq!(path(&execution), ["choose Success", last], "{given}");
        assert_eq!(execution["Variables"]["window"], json!([window]), "{given}");
        assert_eq!(status(&execution), if window == "none" { "Failed" } else { "Success" }, "{given}");
    }
}

#[test]
fn an_evacuation_gives_the_group_back_whether_it_succeeds_takes_too_long_or_is_cancelled() {
    for (way, end, gone) in [
        ("terminate", "Success", "gone Success"),
        ("nothing", "TimedOut", "gone TimedOut"),
        ("stop", "Cancelled", "gone Cancelled"),
    ] {
        let account = account(&["evacuate-host.yaml"]);
        let host = account.sim().with_world(|world| world.instances.keys().next().cloned()).expect("an instance");
        let id = account.start("evacuate-host", &json!({ "Group": [name(&group(&account))], "InstanceId": [host] }));
        account.at_step(&id, "gone");
        account.pass(10);
        assert_eq!(held(&account), 1, "{way}");
        match way {
            "terminate" => drop(account.ask("ec2", "TerminateInstances", &json!({ "InstanceIds": [host] }))),
            "stop" => drop(account.stop(&id).expect("it can be stopped")),
            _ => {}
        }
        let execution = account.ended(&id);
        assert_eq!(status(&execution), end, "{way}: {execution:#}");
        assert_eq!(path(&execution), ["mark Success", "hold Success", gone, "release Success", "free Success"]);
        let states = if way == "terminate" { json!(["terminated"]) } else { Value::Null };
        assert_eq!((held(&account), &execution["Outputs"]["gone.InstanceStates"]), (0, &states), "{way}");
        let tag = account.sim().with_world(|world| world.instances[&host].tags.get("evacuation").cloned());
        assert_eq!(tag.as_deref(), Some("asked"), "{way}");
    }
    let account = account(&["evacuate-host.yaml"]);
    account.break_with(&["deny:autoscaling.SuspendProcesses"]);
    let host = account.sim().with_world(|world| world.instances.keys().next().cloned()).expect("an instance");
    let given = json!({ "Group": [name(&group(&account))], "InstanceId": [host] });
    let execution = account.ended(&account.start("evacuate-host", &given));
    assert_eq!((status(&execution), path(&execution)), ("Failed", vec!["mark Success".into(), "hold Failed".into()]));
}

#[test]
fn tasks_are_restarted_one_by_one() {
    let account = account(&["restart-tasks.yaml"]);
    let tasks = || {
        account.sim().with_world(|world| {
            let tasks = world.tasks.values().filter(|task| task.service.as_deref() == Some(SERVICE));
            let running = tasks.filter(|task| task.status == TaskStatus::Running);
            running.map(|task| task.id.clone()).collect::<Vec<_>>()
        })
    };
    let before = tasks();
    let id = account.start("restart-tasks", &json!({ "Cluster": ["harbor"], "Service": [SERVICE] }));
    let execution = account.until(&id, "its end", |execution| {
        assert!(tasks().len() + 1 >= before.len(), "more than one is away");
        status(execution) != "InProgress"
    });
    assert_eq!(status(&execution), "Success", "{}", why(&execution));
    let stops = path(&execution).iter().filter(|step| *step == "replaced Success").count();
    assert_eq!(
        (stops, execution["Outputs"]["read.Codes"].as_array().map(Vec::len)),
        (before.len(), Some(before.len()))
    );
    assert_eq!(execution["Outputs"]["read.Codes"][0], "UserInitiated");
    let after = tasks();
    assert_eq!((after.len(), after.iter().any(|task| before.contains(task))), (before.len(), false));
}

#[test]
fn a_wait_that_may_be_tried_again_has_its_time_for_each_try() {
    let seconds = |execution: &Value| {
        let time = |name: &str| execution["StepExecutions"][0][name].as_f64().expect("a time");
        time("ExecutionEndTime") - time("ExecutionStartTime")
    };
    for (word, at, steps) in [
        ("go", 150, ["word Success", "once Success"].as_slice()),
        ("yes", 70, &["word Success", "once Failed"]),
        ("no", 10, &["word TimedOut"]),
    ] {
        let account = account(&["patient-wait.yaml"]);
        let id = account.start("patient-wait", &json!({}));
        account.pass(at);
        assert_eq!(path(&account.execution(&id)), ["word InProgress"], "{word}");
        put(&account, "/patient/word", word);
        let execution = account.ended(&id);
        assert_eq!(path(&execution), steps, "{word}");
        let longest = seconds(&execution).round() as i64;
        assert!(if word == "no" { longest == 180 } else { (at - 1..at + 8).contains(&longest) }, "{word}: {longest} s");
    }
}
