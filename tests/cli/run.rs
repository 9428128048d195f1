//! `quarterdeck run` as a person and as a script run it.

use std::collections::BTreeSet;
use std::process::Output;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::instance::ContainerStatus;
use serde_json::Value;

use crate::served::Served;
use crate::support::process::wait_until;

/// A fleet in which minutes pass in seconds.
fn fleet() -> Served {
    Served::new(Options { speed: 60.0, ..Options::default() })
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn told(output: &Output) -> String {
    format!("{}\n{}", text(&output.stdout), text(&output.stderr))
}

/// The instance of the story that is past its age.
fn aged(served: &Served) -> String {
    let status: Value = serde_json::from_slice(&served.run(&["status", "--json"]).stdout).unwrap();
    let instances = status["instances"].as_array().unwrap();
    let old = instances.iter().find(|one| one["age_seconds"].as_u64().is_some_and(|age| age > 12 * 3_600)).unwrap();
    old["id"].as_str().unwrap().to_owned()
}

fn executions(served: &Served) -> usize {
    served.sim.with_world(|world| world.automations.len())
}

#[test]
fn a_plan_starts_nothing_and_says_what_would_come_of_it() {
    let served = fleet();
    let id = aged(&served);
    let output = served.run(&["run", "recycle", &id, "--reason", "past its age", "--plan"]);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    for part in
        ["RecycleInstance v1", "harbor-production", "moves", "aws ssm start-automation-execution", "undo: aws ecs"]
    {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert_eq!(executions(&served), 0);
    served.sim.with_world(|world| {
        let until = world.now + jiff::SignedDuration::from_hours(1);
        let on_it = |task: &&mut quarterdeck::sim::world::task::Task| task.instance.as_ref() == Some(&id);
        world.tasks.values_mut().filter(on_it).for_each(|task| task.protected_until = Some(until));
    });
    let output = served.run(&["run", "recycle", &id, "--reason", "past its age", "--plan"]);
    assert!(told(&output).contains("protected from scale-in"), "{}", told(&output));
    let json: Value = serde_json::from_slice(
        &served.run(&["run", "drain", &id, "--reason", "past its age", "--plan", "--json"]).stdout,
    )
    .unwrap();
    assert_eq!(
        (json["schema"].as_u64(), json["action"].as_str(), json["outcome"].is_null()),
        (Some(1), Some("drain"), true)
    );
    assert!(!json["plan"]["moves"].as_array().unwrap().is_empty(), "{json}");
}

#[test]
fn a_recycled_instance_is_gone_and_another_one_has_joined() {
    let served = fleet();
    let id = aged(&served);
    let output = served.run(&["run", "recycle", &id, "--reason", "past its age", "--yes", "--wait", "--json"]);
    let said = told(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (json["outcome"]["state"].as_str(), json["ended"]["status"].as_str()),
        (Some("started"), Some("Success"))
    );
    let status: Value = serde_json::from_slice(&served.run(&["status", "--json"]).stdout).unwrap();
    let old = status["instances"].as_array().unwrap().iter().filter(|one| one["id"] == id.as_str());
    let there: Vec<_> = old.filter(|one| one["status"] == "ACTIVE" || one["status"] == "DRAINING").collect();
    assert_eq!(there, Vec::<&Value>::new(), "it has left the cluster");
}

#[test]
fn nothing_is_started_that_is_blocked_or_that_nobody_agreed_to() {
    let served = fleet();
    let id = aged(&served);
    let unasked = served.run(&["run", "drain", &id, "--reason", "a test"]);
    assert!(unasked.status.code() != Some(0) && told(&unasked).contains("--yes"), "{}", told(&unasked));
    let read_only = served.run(&["--read-only", "run", "drain", &id, "--reason", "a test", "--yes"]);
    assert!(read_only.status.code() != Some(0) && told(&read_only).contains("read-only"), "{}", told(&read_only));
    // The instance that drains is held by a task without a service.
    let status: Value = serde_json::from_slice(&served.run(&["status", "--json"]).stdout).unwrap();
    let draining = status["instances"].as_array().unwrap().iter().find(|one| one["status"] == "DRAINING").unwrap();
    let held = draining["id"].as_str().unwrap().to_owned();
    let blocked = served.run(&["run", "recycle", &held, "--reason", "a test", "--yes"]);
    assert_eq!(blocked.status.code(), Some(1), "{}", told(&blocked));
    assert!(told(&blocked).contains("--override"), "{}", told(&blocked));
    assert_eq!(executions(&served), 0);
}

#[test]
fn what_makes_no_sense_is_said() {
    let served = Served::new(Options { scenario: Scenario::Five, ..Options::default() });
    for (arguments, said) in [
        (&["run", "explode", "x"][..], "there is no runbook explode"),
        (&["run", "drain"], "name a target"),
        (&["run", "drain", "i-0123", "--param", "Speed=9", "--reason", "abc"], "asks for no Speed"),
        (&["run", "drain", "i-0123", "--reason", "a"], "Reason: needs 3 characters"),
        (&["run", "silence", "x", "--reason", "abc", "--param", "Duration=20d"], "15 d at most"),
    ] {
        let output = served.run(arguments);
        assert!(output.status.code() != Some(0) && told(&output).contains(said), "{arguments:?}: {}", told(&output));
    }
    assert_eq!(executions(&served), 0);
}

#[test]
fn killed_in_the_middle_the_automation_goes_on_and_nothing_runs_twice() {
    let served = fleet();
    let id = aged(&served);
    let child = served
        .command(&["run", "recycle", &id, "--reason", "past its age", "--yes", "--wait", "--json"])
        .spawn()
        .unwrap();
    wait_until("the execution to begin", || executions(&served) == 1);
    kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), Signal::SIGKILL).unwrap();
    child.wait_with_output().unwrap();
    let over = || {
        // Time passes when somebody asks.
        served.run(&["status", "--json"]);
        served.sim.with_world(|world| world.automations.values().all(|one| one.status.is_final()))
    };
    wait_until("the execution to end by itself", over);
    let ended =
        served.sim.with_world(|world| world.automations.values().map(|one| one.status.as_str()).collect::<Vec<_>>());
    assert_eq!(ended, ["Success"]);
}

#[test]
fn two_consoles_that_recycle_the_same_instance_at_once_replace_it_once() {
    let served = fleet();
    let id = aged(&served);
    let arguments = ["run", "recycle", &id, "--reason", "past its age", "--yes", "--wait", "--json"];
    let active = || -> BTreeSet<String> {
        served.sim.with_world(|world| {
            let members = world.groups.values().flat_map(|group| &group.members);
            let active = |id: &&String| {
                let container = world.instances.get(*id).and_then(|one| one.container.as_ref());
                container.is_some_and(|one| one.status == ContainerStatus::Active)
            };
            members.filter(active).cloned().collect()
        })
    };
    let before = active();
    let both = [(); 2].map(|()| served.command(&arguments).spawn().unwrap());
    let ended = both.map(|child| child.wait_with_output().unwrap());
    let said = ended.iter().map(told).collect::<Vec<_>>().join("\n");
    assert!(ended.iter().any(|output| output.status.success()), "{said}");
    let gone: Vec<String> = before.difference(&active()).cloned().collect();
    assert_eq!(gone, [id], "{said}");
}

/// Rules of the findings that the fleet has.
fn rules(served: &Served) -> Vec<String> {
    let status: Value = serde_json::from_slice(&served.run(&["status", "--json"]).stdout).unwrap();
    let findings = status["findings"].as_array().unwrap().iter();
    findings.filter_map(|finding| finding["rule"].as_str().map(str::to_owned)).collect()
}

#[test]
fn a_freeze_shows_until_it_is_thawed() {
    let served = fleet();
    let frozen = |served: &Served| rules(served).iter().any(|rule| rule == "fleet-frozen");
    assert!(!frozen(&served));
    let freeze = served.run(&["run", "freeze", "--param", "Until=2h", "--reason", "spring sale", "--yes"]);
    assert_eq!(freeze.status.code(), Some(0), "{}", told(&freeze));
    wait_until("the freeze to show", || frozen(&served));
    let thaw = served.run(&["run", "thaw", "--reason", "it is over", "--yes", "--wait"]);
    assert_eq!(thaw.status.code(), Some(0), "{}", told(&thaw));
    assert!(!frozen(&served));
}

#[test]
fn a_silenced_alarm_says_so_and_speaks_again_afterwards() {
    let served = fleet();
    let alarm = "recommendations-deployment-stuck";
    let until = |served: &Served| {
        let status: Value = serde_json::from_slice(&served.run(&["status", "--json"]).stdout).unwrap();
        let alarms = status["alarms"].as_array().unwrap().clone();
        alarms.into_iter().find(|one| one["name"] == alarm).unwrap()["silenced_until"].clone()
    };
    assert_eq!(until(&served), Value::Null);
    let arguments = ["run", "silence", alarm, "--param", "Duration=30m", "--reason", "a bad deploy", "--yes", "--wait"];
    let silence = served.run(&arguments);
    assert_eq!(silence.status.code(), Some(0), "{}", told(&silence));
    assert!(until(&served).is_string());
    let unsilence = served.run(&["run", "unsilence", alarm, "--reason", "it is mended", "--yes", "--wait"]);
    assert_eq!(unsilence.status.code(), Some(0), "{}", told(&unsilence));
    assert_eq!(until(&served), Value::Null);
}
