//! EjectInstance: what it ejects and what it leaves, every step failing, cancelled half-way, started twice.

use jiff::SignedDuration;
use quarterdeck::sim::world::instance::{Check, ContainerStatus, Ec2State};
use quarterdeck::sim::world::target::TargetState;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{each_step_fails, watched};
use super::safety::assert_safe;

fn about(request: &str, more: &Value) -> Value {
    let mut given = json!({
        "Cluster": ["harbor"],
        "RequestedBy": ["rule harbor-eject"],
        "Reason": ["Alarm harbor-web-unhealthy-targets fires"],
        "RequestId": [format!("request-{request}")],
    });
    for (name, value) in more.as_object().into_iter().flatten() {
        given[name] = value.clone();
    }
    given
}

/// Runs it to its end, which has to be this step.
fn runs_to(account: &Account, step: &str, more: &Value) {
    let id = account.start("EjectInstance", &about("one", more));
    assert_eq!((status(&watched(account, &id)), last(account, &id)), ("Success", step.to_owned()));
}

/// The step that an execution ended with, which may be beyond those that are told with it.
fn last(account: &Account, id: &str) -> String {
    let input = json!({ "AutomationExecutionId": id, "ReverseOrder": true, "MaxResults": 1 });
    let told = account.ask("ssm", "DescribeAutomationStepExecutions", &input).expect("they can be described");
    told["StepExecutions"][0]["StepName"].as_str().unwrap_or_default().to_owned()
}

/// The instances with the most targets of their own, most first.
fn hosts(account: &Account) -> Vec<String> {
    account.sim().with_world(|world| {
        let count = |id: &String| {
            let targets = world.target_groups.values().flat_map(|group| group.targets.keys());
            targets.filter(|(target, _)| target == id).count()
        };
        let mut hosts: Vec<String> = world.instances.keys().cloned().collect();
        hosts.sort_by_key(|id| std::cmp::Reverse(count(id)));
        hosts
    })
}

/// Makes every target on an instance unhealthy.
fn spoil(account: &Account, host: &str) {
    set(account, host, TargetState::TimesOut);
}

fn set(account: &Account, host: &str, state: TargetState) {
    silence(account);
    let changed = account.sim().with_world(|world| {
        let targets = world.target_groups.values_mut().flat_map(|group| &mut group.targets);
        let there = targets.filter(|((id, _), _)| id == host);
        there.map(|(_, target)| target.state = state).count()
    });
    assert!(changed > 0, "{host} has no targets");
}

/// What the fleet's own rule does about trouble is another matter.
fn silence(account: &Account) {
    account.ask("events", "DisableRule", &json!({ "Name": "harbor-eject" })).expect("the rule is there");
}

fn impair(account: &Account, host: &str) {
    silence(account);
    account.sim().with_world(|world| {
        let now = world.now;
        world.instances.get_mut(host).expect("an instance").instance_check = Check::Impaired(now);
    });
}

fn is_gone(account: &Account, host: &str) -> bool {
    account.sim().with_world(|world| world.instances.get(host).is_none_or(|one| one.state == Ec2State::Terminated))
}

/// Members that run and take tasks, without a mark.
fn whole(account: &Account) -> usize {
    account.sim().with_world(|world| {
        let containers = world.instances.values().filter_map(|one| one.container.as_ref());
        let active = containers.filter(|one| one.status == ContainerStatus::Active);
        active.filter(|one| !one.attributes.contains_key("retiring")).count()
    })
}

/// Members that take tasks but for a mark. The group may replace by itself what is impaired.
fn claimed(account: &Account) -> usize {
    account.sim().with_world(|world| {
        let containers = world.instances.values().filter_map(|one| one.container.as_ref());
        let active = containers.filter(|one| one.status == ContainerStatus::Active);
        active.filter(|one| one.attributes.contains_key("retiring")).count()
    })
}

#[test]
fn the_one_instance_with_unhealthy_targets_is_replaced() {
    for by_hand in [false, true] {
        let account = Account::new(1);
        let host = hosts(&account)[0].clone();
        spoil(&account, &host);
        let more = if by_hand { json!({ "InstanceId": [host] }) } else { json!({}) };
        let id = account.start("EjectInstance", &about("one", &more));
        account.at_step(&id, "recycle");
        // What has been accused is not asked again, and a service that is never whole would hold the drain up.
        set(&account, &host, TargetState::Healthy);
        let execution = watched(&account, &id);
        assert_eq!(status(&execution), "Success", "{execution:#}");
        assert_eq!((is_gone(&account, &host), whole(&account)), (true, 24));
        assert_safe(&account, "ejected");
    }
}

#[test]
fn the_one_instance_that_is_impaired_is_replaced() {
    let account = Account::new(2);
    let host = hosts(&account)[3].clone();
    impair(&account, &host);
    runs_to(&account, "ejected", &json!({}));
    assert_eq!((is_gone(&account, &host), whole(&account)), (true, 24));
}

#[test]
fn where_failures_do_not_concentrate_nothing_goes() {
    type Trouble<'t> = &'t dyn Fn(&Account, &[String]);
    let none = |_: &Account, _: &[String]| {};
    let two = |account: &Account, hosts: &[String]| {
        spoil(account, &hosts[0]);
        impair(account, &hosts[5]);
    };
    let everywhere = |account: &Account, hosts: &[String]| {
        impair(account, &hosts[5]);
        account.sim().with_world(|world| {
            let catalog = world.target_groups.get_mut("harbor-catalog").expect("catalog's targets");
            catalog.targets.values_mut().for_each(|target| target.state = TargetState::WrongCode(503));
        });
    };
    let marked = |account: &Account, hosts: &[String]| {
        spoil(account, &hosts[0]);
        account.ended(&account.start("MarkFleet", &about("rollout", &json!({ "Retiring": ["true"] }))));
    };
    let gone = |account: &Account, hosts: &[String]| {
        spoil(account, &hosts[0]);
        let member = json!({ "InstanceId": hosts[7], "ShouldDecrementDesiredCapacity": false });
        account.ask("autoscaling", "TerminateInstanceInAutoScalingGroup", &member).expect("it goes");
    };
    let troubles: [(&str, Trouble<'_>); 5] = [
        ("nobodyIsSuspected", &none),
        ("severalAreSuspected", &two),
        ("serviceFailsEverywhere", &everywhere),
        ("fleetMoves", &marked),
        ("fleetMoves", &gone),
    ];
    for (ends, trouble) in troubles {
        let account = Account::new(3);
        let hosts = hosts(&account);
        trouble(&account, &hosts);
        runs_to(&account, ends, &json!({}));
        assert!(!is_gone(&account, &hosts[0]) && !is_gone(&account, &hosts[5]), "{ends}");
    }
}

#[test]
fn an_instance_that_is_named_goes_only_if_it_is_the_one() {
    let account = Account::new(4);
    let hosts = hosts(&account);
    spoil(&account, &hosts[0]);
    runs_to(&account, "anotherIsSuspected", &json!({ "InstanceId": [hosts[1]] }));
    assert!(!is_gone(&account, &hosts[0]) && !is_gone(&account, &hosts[1]));
}

#[test]
fn a_bad_deploy_ejects_nothing_even_where_it_fails_on_one_instance_alone() {
    let account = Account::new(5);
    let host = hosts(&account)[0].clone();
    spoil(&account, &host);
    let services = account.sim().with_world(|world| world.services.keys().cloned().collect::<Vec<_>>());
    for service in services {
        let input = json!({ "cluster": "harbor", "service": service, "forceNewDeployment": true });
        account.ask("ecs", "UpdateService", &input).expect("it is deployed");
    }
    runs_to(&account, "nobodyIsSuspected", &json!({}));
    assert!(!is_gone(&account, &host));
}

#[test]
fn in_a_frozen_fleet_nothing_is_looked_at() {
    let account = Account::new(6);
    spoil(&account, &hosts(&account)[0]);
    let until = account.now() + SignedDuration::from_hours(1);
    let until = json!({ "Until": [until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()] });
    let freeze = account.start("FreezeFleet", &about("freeze", &until));
    account.at_step(&freeze, "hold");
    let execution = account.ended(&account.start("EjectInstance", &about("one", &json!({}))));
    assert_eq!((status(&execution), path(&execution)), ("Failed", vec!["notFrozen Failed".to_owned()]));
}

#[test]
fn an_ejection_that_fails_at_any_step_leaves_the_fleet_safe() {
    let begin = |account: &Account| {
        impair(account, &hosts(account)[3]);
        about("one", &json!({}))
    };
    each_step_fails("EjectInstance", 7, begin, |account, _, step| {
        assert_eq!(whole(account), 24, "failed at {step}");
    });
}

#[test]
fn an_ejection_that_fails_when_it_has_judged_leaves_the_fleet_safe() {
    for (step, operation, undone) in [
        ("find", "ecs.ListContainerInstances", false),
        ("findIt", "ecs.ListContainerInstances", false),
        ("claim", "ecs.PutAttributes", true),
        ("onlyOne", "ecs.ListContainerInstances", true),
        ("recycle", "autoscaling.DescribeAutoScalingInstances", true),
    ] {
        let account = Account::new(11);
        let host = hosts(&account)[3].clone();
        impair(&account, &host);
        let id = account.start("EjectInstance", &about("one", &json!({})));
        account.at_step(&id, step);
        account.break_with(&[&format!("deny:{operation}")]);
        if undone {
            account.at_step(&id, "undo");
            account.break_with(&[]);
        }
        let execution = watched(&account, &id);
        account.break_with(&[]);
        assert_eq!(status(&execution), "Failed", "at {step}: {execution:#}");
        let why = execution["FailureMessage"].as_str().unwrap_or_default();
        assert!(why.contains(step) && why.contains("AccessDenied"), "at {step}: {why}");
        account.pass(300);
        assert_eq!(claimed(&account), 0, "failed at {step}");
        assert_safe(&account, &format!("failed at {step}"));
    }
}

#[test]
fn a_replacement_that_fails_leaves_no_claim() {
    let account = Account::new(8);
    let host = hosts(&account)[3].clone();
    impair(&account, &host);
    let id = account.start("EjectInstance", &about("one", &json!({})));
    account.at_step(&id, "recycle");
    account.break_with(&["deny:ecs.DescribeContainerInstances"]);
    let execution = watched(&account, &id);
    account.break_with(&[]);
    assert_eq!((status(&execution), is_gone(&account, &host)), ("Failed", false), "{execution:#}");
    account.pass(300);
    assert_eq!(claimed(&account), 0);
    assert_safe(&account, "not replaced");
}

#[test]
fn cancelled_at_any_step_an_ejection_leaves_the_fleet_safe() {
    for step in ["findGroup", "lookAtTargets", "findIt", "claim", "onlyOne", "recycle"] {
        let account = Account::new(9);
        let host = hosts(&account)[3].clone();
        impair(&account, &host);
        let id = account.start("EjectInstance", &about("one", &json!({})));
        account.at_step(&id, step);
        if step == "recycle" {
            account.pass(8);
        }
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        account.pass(1_200);
        assert_eq!(whole(&account), 24, "cancelled at {step}");
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}

#[test]
fn of_two_ejections_one_replaces_the_instance() {
    for apart in [0, 60] {
        let account = Account::new(10);
        let host = hosts(&account)[3].clone();
        impair(&account, &host);
        let one = account.start("EjectInstance", &about("one", &json!({})));
        if apart > 0 {
            account.at_step(&one, "recycle");
            account.pass(apart);
        }
        let other = account.start("EjectInstance", &about("two", &json!({})));
        let ends = [one, other].map(|id| status(&watched(&account, &id)).to_owned());
        assert!(ends.contains(&"Success".to_owned()), "{ends:?}");
        account.pass(1_200);
        assert_eq!((is_gone(&account, &host), whole(&account)), (true, 24), "{apart} s apart: {ends:?}");
        assert_safe(&account, "ejected once");
    }
}
