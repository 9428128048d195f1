//! RolloutFleet and MarkFleet: success, every step failing, cancelled half-way, started twice.

use jiff::SignedDuration;
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::instance::{ContainerStatus, Lifecycle};
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::refresh::{Fleet, fire};
use super::runs::{each_step_fails, watched};
use super::safety::assert_safe;

/// A fleet for which the version that its group does not launch has been promoted.
fn fleet(seed: u64) -> Fleet {
    let fleet = Fleet::new(Account::new(seed));
    promote(&fleet, &fleet.new);
    fleet
}

/// Makes a version the one that was promoted last.
fn promote(fleet: &Fleet, version: &str) {
    let number: i64 = version.parse().expect("a number");
    fleet.account.sim().with_world(|world| {
        world.launch_templates.get_mut(&fleet.template).expect("a template").default_version = number;
    });
    note_promotion(&fleet.account, number);
}

fn note_promotion(account: &Account, number: i64) {
    let value = format!(r#"{{"version": {number}, "image": "ami-1", "by": "maria.lindqvist"}}"#);
    let input = json!({ "Name": "/quarterdeck/harbor/ami", "Value": value, "Type": "String", "Overwrite": true });
    account.ask("ssm", "PutParameter", &input).expect("it can be put");
}

fn about(request: &str, more: &Value) -> Value {
    let mut given = json!({
        "Cluster": ["harbor"],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["instances have to be young"],
        "RequestId": [format!("request-{request}")],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        given[name] = value.clone();
    }
    given
}

fn start(fleet: &Fleet, request: &str, more: &Value) -> String {
    fleet.account.start("RolloutFleet", &about(request, more))
}

/// Container instances that take tasks but for their marks.
fn marked(account: &Account) -> usize {
    account.sim().with_world(|world| {
        let containers = world.instances.values().filter_map(|one| one.container.as_ref());
        let staying = containers.filter(|container| container.status == ContainerStatus::Active);
        staying.filter(|container| container.attributes.contains_key("retiring")).count()
    })
}

/// Members in service.
fn serving(world: &World) -> usize {
    let members = world.instances.values().filter_map(|one| one.membership.as_ref());
    members.filter(|member| member.lifecycle == Lifecycle::InService).count()
}

fn last(execution: &Value) -> String {
    path(execution).last().cloned().unwrap_or_default()
}

#[test]
fn a_rollout_brings_the_promoted_version_to_every_instance_and_no_task_hops() {
    for seed in [1, 2] {
        let fleet = fleet(seed);
        let protects = |world: &mut World| world.capacity_providers.values().all(|one| one.termination_protection);
        assert!(fleet.account.sim().with_world(protects), "the template has what runs tasks protected");
        let began = fleet.account.now();
        let id = start(&fleet, "one", &json!({}));
        fleet.account.at_step(&id, "waitForEnd");
        let marks = fleet.account.now();
        assert_eq!(marked(&fleet.account), 24, "seed {seed}");
        let execution = watched(&fleet.account, &id);
        assert_eq!(status(&execution), "Success", "seed {seed}: {execution:#}");
        assert_eq!(fleet.versions(), [(fleet.new.clone(), 24)]);
        assert_eq!(execution["Outputs"]["start.Refresh"][0], fleet.told()["InstanceRefreshId"]);
        let hopped: Vec<String> = fleet.account.sim().with_world(|world| {
            let of = |task: &&quarterdeck::sim::world::task::Task| {
                let service = task.service.as_ref().and_then(|name| world.services.get(name));
                service.is_some_and(|service| !service.constraints.is_empty())
            };
            let late = world.tasks.values().filter(of).filter(|task| task.created_at > marks);
            let late = late.filter(|task| {
                let host = task.instance.as_ref().and_then(|id| world.instances.get(id));
                host.is_some_and(|host| host.launched_at < began)
            });
            late.map(|task| task.id.clone()).collect()
        });
        assert_eq!(hopped, Vec::<String>::new(), "seed {seed}");
        assert_safe(&fleet.account, "rolled out");
    }
}

#[test]
fn a_rollout_that_fails_at_any_step_leaves_the_fleet_safe() {
    let begin = |account: &Account| {
        let number = account.sim().with_world(|world| {
            let group = world.groups.values().next().expect("a group");
            world.launch_templates[&group.template_id].default_version
        });
        note_promotion(account, number);
        // A refresh that is over, so that the newest is looked at.
        let group = account.sim().with_world(|world| world.groups.keys().next().cloned()).expect("a group");
        let preferences = json!({ "SkipMatching": true });
        let input = json!({ "AutoScalingGroupName": group, "Preferences": preferences });
        account.ask("autoscaling", "StartInstanceRefresh", &input).expect("it can be started");
        account.pass(30);
        about("one", &json!({ "SkipMatching": ["true"] }))
    };
    each_step_fails("RolloutFleet", 3, begin, |account, _, step| {
        assert_eq!(marked(account), 0, "failed at {step}");
    });
}

#[test]
fn a_rollout_whose_alarm_fires_goes_back_and_says_so() {
    let fleet = fleet(4);
    let alarm = fleet.account.sim().with_world(|world| world.alarms.keys().next().cloned()).expect("an alarm");
    let id = start(&fleet, "one", &json!({ "AlarmNames": [alarm] }));
    fleet.account.at_step(&id, "waitForEnd");
    fleet.until_done(20);
    fire(&fleet.account, &alarm);
    fleet.account.until(&id, "the way back", |execution| execution["CurrentStepName"] == "settle");
    assert_eq!((fleet.status().as_str(), marked(&fleet.account)), ("RollbackInProgress", 0));
    let execution = watched(&fleet.account, &id);
    assert_eq!((status(&execution), last(&execution).as_str()), ("Failed", "verify Failed"), "{execution:#}");
    let why = execution["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.contains("RollbackSuccessful"), "{why}");
    assert_eq!(fleet.versions(), [(fleet.old.clone(), 24)]);
    assert_safe(&fleet.account, "rolled back");
}

#[test]
fn cancelled_at_any_step_a_rollout_leads_back_or_stops_and_takes_its_marks_away() {
    for (step, rolls_back, ends) in [
        ("notFrozen", true, None),
        ("findGroup", true, None),
        ("readPromoted", true, None),
        ("mark", true, None),
        ("start", true, None),
        ("waitForEnd", true, Some("RollbackSuccessful")),
        ("waitForEnd", false, Some("Cancelled")),
    ] {
        let fleet = fleet(5);
        let id = start(&fleet, "one", &json!({ "AutoRollback": [rolls_back.to_string()] }));
        fleet.account.at_step(&id, step);
        match step {
            "mark" => fleet.account.pass(8),
            "waitForEnd" => fleet.until_done(10),
            _ => {}
        }
        fleet.account.stop(&id).expect("it can be stopped");
        let execution = watched(&fleet.account, &id);
        assert_eq!(status(&execution), "Cancelled", "at {step}: {execution:#}");
        assert_eq!(marked(&fleet.account), 0, "at {step}: {:?}", path(&execution));
        match ends {
            Some(ends) => drop(fleet.until(&[ends])),
            None => assert!(fleet.told().is_null(), "at {step}"),
        }
        fleet.account.pass(1_800);
        assert_eq!(fleet.account.sim().with_world(|world| serving(world)), 24, "cancelled at {step}");
        assert_safe(&fleet.account, &format!("cancelled at {step}"));
    }
}

#[test]
fn a_rollout_that_cannot_be_watched_leads_back() {
    let fleet = fleet(6);
    let id = start(&fleet, "one", &json!({}));
    fleet.account.at_step(&id, "waitForEnd");
    fleet.until_done(10);
    fleet.account.break_with(&["deny:autoscaling.DescribeInstanceRefreshes"]);
    fleet.account.at_step(&id, "readStatus");
    fleet.account.break_with(&[]);
    let execution = watched(&fleet.account, &id);
    assert_eq!((status(&execution), marked(&fleet.account)), ("Failed", 0), "{execution:#}");
    fleet.until(&["RollbackSuccessful"]);
    assert_safe(&fleet.account, "unwatched");
}

#[test]
fn of_two_rollouts_one_goes_on_and_the_other_is_refused() {
    for (apart, refused_at) in [(0, "start"), (60, "noneUnderWay")] {
        let fleet = fleet(7);
        let one = start(&fleet, "one", &json!({ "CheckpointDelay": ["0"] }));
        if apart > 0 {
            fleet.account.at_step(&one, "waitForEnd");
            fleet.account.pass(apart);
        }
        let other = start(&fleet, "two", &json!({ "CheckpointDelay": ["0"] }));
        let (one, other) = (watched(&fleet.account, &one), watched(&fleet.account, &other));
        let ends = [status(&one), status(&other)];
        assert!(ends.contains(&"Success") && ends.contains(&"Failed"), "{ends:?}");
        let refused = if ends[0] == "Failed" { &one } else { &other };
        assert!(path(refused).contains(&format!("{refused_at} Failed")), "{:?}", path(refused));
        assert_eq!((fleet.versions(), marked(&fleet.account)), (vec![(fleet.new.clone(), 24)], 0));
        assert_safe(&fleet.account, "rolled out once");
    }
}

#[test]
fn a_freeze_keeps_a_rollout_from_beginning_and_stops_one_that_is_under_way() {
    let until = |fleet: &Fleet| {
        let until = fleet.account.now() + SignedDuration::from_hours(3);
        about("freeze", &json!({ "Until": [until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()] }))
    };
    let fleet = fleet(8);
    let under_way = start(&fleet, "one", &json!({}));
    fleet.account.at_step(&under_way, "waitForEnd");
    fleet.until_done(10);
    let freeze = fleet.account.start("FreezeFleet", &until(&fleet));
    fleet.account.at_step(&freeze, "hold");
    let execution = watched(&fleet.account, &under_way);
    assert_eq!((status(&execution), last(&execution).as_str()), ("Failed", "verify Failed"), "{execution:#}");
    assert_eq!((fleet.status().as_str(), marked(&fleet.account)), ("Cancelled", 0));
    let refused = fleet.account.ended(&start(&fleet, "two", &json!({})));
    assert_eq!((status(&refused), path(&refused)), ("Failed", vec!["notFrozen Failed".to_owned()]));
    fleet.account.pass(1_800);
    assert_safe(&fleet.account, "frozen");
}

#[test]
fn a_version_that_is_not_there_or_half_promoted_is_refused() {
    let fleet = fleet(9);
    note_promotion(&fleet.account, 3);
    let refused = fleet.account.ended(&start(&fleet, "one", &json!({})));
    assert_eq!(last(&refused), "promotedIsDefault Failed", "{refused:#}");
    fleet.account.ask("ssm", "DeleteParameters", &json!({ "Names": ["/quarterdeck/harbor/ami"] })).expect("it is gone");
    let refused = fleet.account.ended(&start(&fleet, "two", &json!({})));
    assert_eq!(last(&refused), "nothingPromoted Failed", "{refused:#}");
    let why = refused["FailureMessage"].as_str().unwrap_or_default();
    assert!(why.contains("a promoted AMI, which BakeAmi or PromoteAmi makes"), "{why}");
    let refused = fleet.account.ended(&start(&fleet, "three", &json!({ "Version": ["999"] })));
    assert_eq!(last(&refused), "versionIsThere Failed", "{refused:#}");
    for beyond in [
        ("MaxHealthyPercentage", "201"),
        ("MinHealthyPercentage", "-1"),
        ("BakeTime", "172801"),
        ("SecondCheckpoint", "100"),
    ] {
        let given = json!({ "Version": [fleet.old], beyond.0: [beyond.1] });
        let refused = fleet.account.ended(&start(&fleet, "bounds", &given));
        assert_eq!(last(&refused), "beyondBounds Failed", "{refused:#}");
    }
    assert_eq!(marked(&fleet.account), 0);
    let falling = json!({ "Version": [fleet.old], "FirstCheckpoint": ["50"], "SecondCheckpoint": ["20"] });
    let refused = fleet.account.ended(&start(&fleet, "falling", &falling));
    assert_eq!((status(&refused), marked(&fleet.account)), ("Failed", 0));
    assert!(path(&refused).contains(&"start Failed".to_owned()), "{:?}", path(&refused));
    assert!(fleet.told().is_null());
    let given = json!({ "Version": [fleet.old], "SkipMatching": ["true"], "CheckpointDelay": ["0"] });
    assert_eq!(status(&fleet.account.ended(&start(&fleet, "four", &given))), "Success", "a number needs no promotion");
}

#[test]
fn marks_are_put_on_what_has_none_and_only_ones_own_are_taken_away() {
    let account = Account::new(10);
    let mark = |request: &str, retiring: bool| {
        let id = account.start("MarkFleet", &about(request, &json!({ "Retiring": [retiring.to_string()] })));
        account.ended(&id)
    };
    assert_eq!((status(&mark("one", true)), marked(&account)), ("Success", 24));
    assert_eq!((status(&mark("two", true)), marked(&account)), ("Success", 24), "nothing is left to mark");
    assert_eq!((status(&mark("two", false)), marked(&account)), ("Success", 24));
    account.break_with(&["deny:ecs.DeleteAttributes"]);
    let failed = mark("one", false);
    assert_eq!((status(&failed), last(&failed).as_str()), ("Failed", "verify Failed"), "{failed:#}");
    account.break_with(&[]);
    assert_eq!((status(&mark("one", false)), marked(&account)), ("Success", 0));
}

#[test]
fn marking_that_fails_at_any_step_is_taken_back_when_asked_again() {
    let begin = |_: &Account| about("one", &json!({ "Retiring": ["true"] }));
    each_step_fails("MarkFleet", 11, begin, |account, _, step| {
        let id = account.start("MarkFleet", &about("one", &json!({ "Retiring": ["false"] })));
        assert_eq!((status(&account.ended(&id)), marked(account)), ("Success", 0), "failed at {step}");
    });
}

#[test]
fn a_rollout_that_cannot_mark_every_instance_takes_back_what_it_has_marked() {
    let fleet = fleet(12);
    let id = start(&fleet, "one", &json!({}));
    fleet.account.at_step(&id, "mark");
    fleet.account.pass(8);
    assert!(marked(&fleet.account) > 0, "some are marked");
    fleet.account.break_with(&["deny:ecs.PutAttributes"]);
    let execution = watched(&fleet.account, &id);
    fleet.account.break_with(&[]);
    assert_eq!((status(&execution), marked(&fleet.account)), ("Failed", 0), "{execution:#}");
    assert!(fleet.told().is_null(), "nothing was started");
    assert_safe(&fleet.account, "not marked");
}
