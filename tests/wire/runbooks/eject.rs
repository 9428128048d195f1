//! EjectInstance: what it ejects and what it leaves, every step failing, cancelled half-way, started twice.

use jiff::SignedDuration;
use quarterdeck::sim::runbook::Execution;
use quarterdeck::sim::world::instance::{Check, ContainerStatus, Ec2State, Instance};
use quarterdeck::sim::world::target::TargetState;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::refresh::{Fleet, fire};
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

/// The execution that ejects, as the parameter says.
fn lock(account: &Account) -> Option<String> {
    let input = json!({ "Names": ["/quarterdeck/harbor/eject"] });
    let told = account.ask("ssm", "GetParameters", &input).expect("parameters can be read");
    told["Parameters"][0]["Value"].as_str().map(str::to_owned)
}

/// How many replacements have begun.
fn replacements(account: &Account) -> usize {
    account
        .sim()
        .with_world(|world| world.automations.values().filter(|one| one.document_name == "RecycleInstance").count())
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
    runs_to(&account, "free", &json!({}));
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
    let steps = ["chooseAlarmed Success".to_owned(), "notFrozen Failed".to_owned()];
    assert_eq!((status(&execution), path(&execution)), ("Failed", steps.to_vec()));
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
    for (step, operation) in [
        ("lookAtLock", "ssm.GetParameters"),
        ("whose", "ssm.GetParameters"),
        ("find", "ecs.ListContainerInstances"),
        ("recycle", "autoscaling.DescribeAutoScalingInstances"),
    ] {
        let account = Account::new(11);
        let host = hosts(&account)[3].clone();
        impair(&account, &host);
        let id = account.start("EjectInstance", &about("one", &json!({})));
        account.at_step(&id, step);
        account.break_with(&[&format!("deny:{operation}")]);
        if step != "lookAtLock" {
            account.at_step(&id, "unlock");
            account.break_with(&[]);
        }
        let execution = watched(&account, &id);
        account.break_with(&[]);
        assert_eq!(status(&execution), "Failed", "at {step}: {execution:#}");
        let why = execution["FailureMessage"].as_str().unwrap_or_default();
        assert!(why.contains(step) && why.contains("AccessDenied"), "at {step}: {why}");
        account.pass(300);
        assert_eq!((claimed(&account), lock(&account)), (0, None), "failed at {step}");
        assert_safe(&account, &format!("failed at {step}"));
    }
}

#[test]
fn an_ejection_that_cannot_put_its_lock_ejects_nothing_and_fails() {
    let account = Account::new(12);
    impair(&account, &hosts(&account)[3]);
    account.break_with(&["deny:ssm.PutParameter"]);
    let id = account.start("EjectInstance", &about("one", &json!({})));
    let execution = watched(&account, &id);
    assert_eq!((status(&execution), last(&account, &id).as_str()), ("Failed", "notLocked"), "{execution:#}");
    assert_eq!((whole(&account), replacements(&account)), (24, 0));
}

#[test]
fn a_replacement_that_fails_leaves_no_lock() {
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
    assert_eq!((claimed(&account), lock(&account)), (0, None));
    assert_safe(&account, "not replaced");
}

#[test]
fn cancelled_at_any_step_an_ejection_leaves_the_fleet_safe() {
    for step in ["findGroup", "lookAtTargets", "lock", "whose", "find", "recycle"] {
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
        assert_eq!((whole(&account), lock(&account)), (24, None), "cancelled at {step}");
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}

#[test]
fn of_two_ejections_one_replaces_the_instance_and_the_other_leaves_it_to_that_one() {
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
        let ends = [one, other].map(|id| (status(&watched(&account, &id)).to_owned(), last(&account, &id)));
        assert!(ends.iter().all(|(status, _)| status == "Success"), "{apart} s apart: {ends:?}");
        let left = if apart == 0 { "anotherEjects" } else { "fleetMoves" };
        assert!(ends.iter().any(|(_, step)| step == left), "{apart} s apart: {ends:?}");
        account.pass(1_200);
        assert_eq!((is_gone(&account, &host), whole(&account), replacements(&account)), (true, 24, 1));
        assert_eq!(lock(&account), None, "{apart} s apart");
        assert_safe(&account, "ejected once");
    }
}

#[test]
fn what_an_ejection_that_is_over_has_not_given_back_is_taken_over() {
    let account = Account::new(13);
    let host = hosts(&account)[3].clone();
    impair(&account, &host);
    let before = account.start("EjectInstance", &about("zero", &json!({ "InstanceId": ["i-00000000"] })));
    account.ended(&before);
    let put = json!({ "Name": "/quarterdeck/harbor/eject", "Value": before, "Type": "String" });
    account.ask("ssm", "PutParameter", &put).expect("it can be put");
    runs_to(&account, "free", &json!({}));
    assert_eq!((is_gone(&account, &host), lock(&account)), (true, None));
}

#[test]
fn targets_that_are_addresses_accuse_nobody_and_that_is_said() {
    let account = Account::new(14);
    silence(&account);
    account.sim().with_world(|world| {
        let targets = world.target_groups.values_mut().flat_map(|group| &mut group.targets);
        let mut addresses = targets.filter(|((id, _), _)| !id.starts_with("i-"));
        addresses.next().expect("a target with an address").1.state = TargetState::TimesOut;
    });
    runs_to(&account, "hostsAreHidden", &json!({}));
    assert_eq!(replacements(&account), 0);
}

/// Lets the alarm of status checks fire, as it is laid by the template.
fn alarm(account: &Account) {
    fire(account, "harbor-status-checks");
}

#[test]
fn a_rule_starts_nothing_more_than_a_look_unless_an_alarm_fires() {
    let account = Account::new(15);
    let host = hosts(&account)[3].clone();
    impair(&account, &host);
    let asked = json!({ "IfAlarmed": ["true"] });
    runs_to(&account, "nothingFires", &asked);
    assert!(!is_gone(&account, &host));
    alarm(&account);
    runs_to(&account, "free", &asked);
    assert!(is_gone(&account, &host));
}

#[test]
fn a_rule_waits_until_the_group_is_whole() {
    let account = Account::new(16);
    let hosts = hosts(&account);
    impair(&account, &hosts[3]);
    alarm(&account);
    let member = json!({ "InstanceId": hosts[7], "ShouldDecrementDesiredCapacity": false });
    account.ask("autoscaling", "TerminateInstanceInAutoScalingGroup", &member).expect("it goes");
    runs_to(&account, "free", &json!({ "IfAlarmed": ["true"] }));
    assert!(is_gone(&account, &hosts[3]) && is_gone(&account, &hosts[7]));
}

#[test]
fn a_rule_waits_for_the_end_of_another_ejection() {
    let account = Account::new(19);
    let hosts = hosts(&account);
    impair(&account, &hosts[3]);
    alarm(&account);
    let first = account.start("EjectInstance", &about("first", &json!({ "IfAlarmed": ["true"] })));
    account.at_step(&first, "recycle");
    account.pass(10);
    let second = account.start("EjectInstance", &about("second", &json!({ "IfAlarmed": ["true"] })));
    account.at_step(&second, "waitForEjection");
    impair(&account, &hosts[5]);
    for id in [&first, &second] {
        assert_eq!((status(&watched(&account, id)), last(&account, id)), ("Success", "free".to_owned()));
    }
    assert!(is_gone(&account, &hosts[3]) && is_gone(&account, &hosts[5]));
    assert_safe(&account, "one after the other");
}

/// Ejections that a rule has started, by what it looked for last.
fn looked_again(account: &Account) -> Vec<String> {
    let ids: Vec<String> = account.sim().with_world(|world| {
        let again = |one: &&Execution| by(one).contains("eject-again");
        let all = world.automations.values().filter(|one| one.document_name == "EjectInstance").filter(again);
        all.map(|one| one.id.clone()).collect()
    });
    ids.iter()
        .map(|id| {
            account.ended(id);
            last(account, id)
        })
        .collect()
}

fn by(execution: &Execution) -> String {
    format!("{:?}", execution.parameters.get("RequestedBy"))
}

#[test]
fn what_was_turned_down_for_a_rollout_is_looked_at_again_when_the_way_back_is_over() {
    let account = Account::new(17);
    let fleet = Fleet::new(account);
    let account = &fleet.account;
    let input = json!({ "Version": [fleet.new], "FirstCheckpoint": ["5"], "CheckpointDelay": ["3600"] });
    let rollout = account.start("RolloutFleet", &about("rollout", &input));
    account.at_step(&rollout, "waitForEnd");
    fleet.until_done(5);
    let host = old(&fleet);
    impair(account, &host);
    alarm(account);
    runs_to(account, "fleetMoves", &json!({}));
    account.stop(&rollout).expect("it can be stopped");
    account.ended(&rollout);
    fleet.until(&["RollbackSuccessful"]);
    account.pass(3_600);
    assert!(looked_again(account).contains(&"free".to_owned()), "{:?}", looked_again(account));
    assert_eq!((is_gone(account, &host), whole(account)), (true, 24));
}

/// A member that a refresh to the new version would still replace.
fn old(fleet: &Fleet) -> String {
    fleet.account.sim().with_world(|world| {
        let mut members = world.instances.values();
        let is_old = |one: &&Instance| {
            one.membership.as_ref().is_some_and(|member| member.template_version.to_string() == fleet.old)
        };
        members.find(is_old).expect("an old member").id.clone()
    })
}

#[test]
fn what_was_turned_down_for_a_freeze_is_looked_at_again_after_the_thaw() {
    let account = Account::new(18);
    let host = hosts(&account)[3].clone();
    impair(&account, &host);
    alarm(&account);
    let until = account.now() + SignedDuration::from_hours(3);
    let until = json!({ "Until": [until.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()] });
    let freeze = account.start("FreezeFleet", &about("freeze", &until));
    account.at_step(&freeze, "hold");
    let refused = account.ended(&account.start("EjectInstance", &about("one", &json!({}))));
    assert_eq!(status(&refused), "Failed");
    account.ended(&account.start("ThawFleet", &about("thaw", &json!({}))));
    account.pass(1_800);
    assert!(looked_again(&account).contains(&"free".to_owned()), "{:?}", looked_again(&account));
    assert!(is_gone(&account, &host));
}
