//! DrainInstance, ActivateInstance, RecycleInstance and QuarantineInstance: success, every step failing, cancelled half-way, started twice.

use quarterdeck::sim::world::instance::{ContainerStatus, Ec2State};
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{self, watched};
use super::safety::{assert_safe, short};

/// Parameters of a request about an instance.
fn about(instance: &str, request: &str) -> Value {
    json!({
        "Cluster": ["harbor"],
        "InstanceId": [instance],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["it is past its age"],
        "RequestId": [format!("request-{request}")],
    })
}

/// The instance with the most tasks.
fn busiest(account: &Account) -> String {
    account.sim().with_world(|world| {
        let tasks = |id: &&String| world.instances[*id].container.as_ref().map_or(0, |c| c.tasks.len());
        world.instances.keys().max_by_key(tasks).cloned().expect("an instance")
    })
}

/// State and mark of a container instance, and how many tasks it has.
fn standing(account: &Account, instance: &str) -> (ContainerStatus, Option<String>, usize) {
    account.sim().with_world(|world| {
        let container = world.instances[instance].container.as_ref().expect("it has joined");
        (container.status, container.attributes.get("retiring").cloned().flatten(), container.tasks.len())
    })
}

#[test]
fn a_drained_instance_is_empty_when_the_drain_is_over() {
    for seed in 1..=4 {
        let account = Account::new(seed);
        let instance = busiest(&account);
        assert!(standing(&account, &instance).2 > 1, "seed {seed}");
        let id = account.start("DrainInstance", &about(&instance, "one"));
        let execution = watched(&account, &id);
        assert_eq!(status(&execution), "Success", "seed {seed}: {execution:#}");
        let left = (ContainerStatus::Draining, Some("request-one".to_owned()), 0);
        assert_eq!(standing(&account, &instance), left, "seed {seed}");
        assert_safe(&account, &format!("seed {seed}"));
    }
}

#[test]
fn an_activated_instance_takes_tasks_and_has_no_mark() {
    let account = Account::new(5);
    let instance = busiest(&account);
    watched(&account, &account.start("DrainInstance", &about(&instance, "one")));
    for request in ["two", "three"] {
        let execution = watched(&account, &account.start("ActivateInstance", &about(&instance, request)));
        assert_eq!(status(&execution), "Success", "{execution:#}");
        let (state, mark, _) = standing(&account, &instance);
        assert_eq!((state, mark), (ContainerStatus::Active, None));
    }
    assert_safe(&account, "activated twice");
}

#[test]
fn a_recycled_instance_is_gone_and_another_has_joined() {
    let account = Account::new(6);
    let instance = busiest(&account);
    let id = account.start("RecycleInstance", &about(&instance, "one"));
    let execution = watched(&account, &id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let joined = account.sim().with_world(|world| {
        assert!(world.instances.get(&instance).is_none_or(|gone| gone.state == Ec2State::Terminated));
        let joined = world.instances.values().filter_map(|instance| instance.container.as_ref());
        joined.filter(|container| container.status == ContainerStatus::Active).count()
    });
    assert_eq!(joined, 24);
    assert_safe(&account, "recycled");
}

/// Makes each step of a document fail in turn. After each, the fleet has to be safe.
fn each_step_fails(document: &str, prepare: impl Fn(&Account, &str)) {
    let begin = |account: &Account| {
        let instance = busiest(account);
        prepare(account, &instance);
        about(&instance, "two")
    };
    runs::each_step_fails(document, 8, begin, |account, given, step| {
        let instance = given["InstanceId"][0].as_str().expect("an id").to_owned();
        let gone = account.sim().with_world(|world| world.instances[&instance].state != Ec2State::Running);
        let stays = gone || standing(account, &instance).0 == ContainerStatus::Active;
        let empty = gone || standing(account, &instance).2 == 0;
        assert!(stays || empty, "{document} failed at {step}: it drains and has tasks");
    });
}

#[test]
fn a_drain_that_fails_at_any_step_leaves_the_fleet_safe() {
    each_step_fails("DrainInstance", |_, _| {});
}

#[test]
fn an_activation_that_fails_at_any_step_leaves_the_fleet_safe() {
    each_step_fails("ActivateInstance", |account, instance| {
        account.ended(&account.start("DrainInstance", &about(instance, "one")));
    });
}

#[test]
fn a_recycling_that_fails_at_any_step_leaves_the_fleet_safe() {
    each_step_fails("RecycleInstance", |_, _| {});
}

#[test]
fn a_quarantine_that_fails_at_any_step_leaves_the_fleet_safe() {
    each_step_fails("QuarantineInstance", |_, _| {});
}

#[test]
fn an_instance_in_quarantine_runs_on_without_tasks_and_its_group_has_another() {
    let account = Account::new(9);
    let instance = busiest(&account);
    for request in ["one", "two"] {
        let execution = watched(&account, &account.start("QuarantineInstance", &about(&instance, request)));
        assert_eq!(status(&execution), "Success", "{execution:#}");
        assert_eq!(execution["Outputs"]["verify.State"], json!(["running"]));
    }
    account.pass(300);
    let left = (ContainerStatus::Draining, Some("request-one".to_owned()), 0);
    assert_eq!(standing(&account, &instance), left);
    account.sim().with_world(|world| {
        let kept = &world.instances[&instance];
        assert_eq!((kept.state, kept.membership.is_none()), (Ec2State::Running, true));
        assert_eq!(kept.tags.get("quarterdeck:quarantine").map(String::as_str), Some("request-two"));
        let group = world.groups.values().next().expect("a group");
        assert_eq!((group.members.len(), group.members.contains(&instance)), (24, false));
    });
    assert_safe(&account, "in quarantine");
}

#[test]
fn cancelled_at_any_step_a_quarantine_leaves_the_fleet_safe() {
    let steps = [
        "look",
        "mark",
        "drain",
        "waitForRunning",
        "countGroups",
        "findGroup",
        "detach",
        "waitForReplacement",
        "verify",
    ];
    for step in steps {
        let account = Account::new(17);
        let instance = busiest(&account);
        let id = account.start("QuarantineInstance", &about(&instance, "one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        account.pass(600);
        assert_safe(&account, &format!("cancelled at {step}"));
        let detached = ["waitForReplacement", "verify"].contains(&step);
        let (state, mark, _) = standing(&account, &instance);
        let tagged =
            account.sim().with_world(|world| world.instances[&instance].tags.contains_key("quarterdeck:quarantine"));
        let active = state == ContainerStatus::Active;
        assert_eq!((active, mark.is_some(), tagged), (!detached, detached, detached), "cancelled at {step}");
    }
}

#[test]
fn a_replacement_has_to_be_well_before_a_recycling_is_over() {
    let account = Account::new(18);
    let instance = busiest(&account);
    let id = account.start("RecycleInstance", &about(&instance, "one"));
    let joined = |account: &Account| {
        account.sim().with_world(|world| {
            world.instances.values().filter(|one| one.container.is_some() && one.state == Ec2State::Running).count()
        })
    };
    account.at_step(&id, "breathe");
    account.until(&id, "all have joined", |_| joined(&account) == 24);
    assert_eq!(status(&account.execution(&id)), "InProgress", "its checks are not over");
    let execution = watched(&account, &id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let bad = json!({ "Filters": [{ "Name": "instance-status.status", "Values": ["initializing", "impaired"] }] });
    let bad = account.ask("ec2", "DescribeInstanceStatus", &bad).expect("a list");
    assert_eq!(bad["InstanceStatuses"], json!([]));
}

#[test]
fn no_task_goes_to_an_instance_that_goes_next_unless_its_service_lets_it() {
    let account = Account::new(19);
    let instance = busiest(&account);
    let arn = account.sim().with_world(|world| {
        world.ecs_arn("container-instance", &world.instances[&instance].container.as_ref().expect("it has joined").id)
    });
    let mark = json!({ "name": "retiring", "value": "soon", "targetType": "container-instance", "targetId": arn });
    account.ask("ecs", "PutAttributes", &json!({ "cluster": "harbor", "attributes": [mark] })).expect("it is marked");
    // Twice as many tasks as there are have to go somewhere while every service is deployed anew.
    let services = account.sim().with_world(|world| world.services.keys().cloned().collect::<Vec<_>>());
    for service in services {
        let input = json!({ "cluster": "harbor", "service": service, "forceNewDeployment": true });
        account.ask("ecs", "UpdateService", &input).expect("it is deployed");
    }
    account.pass(900);
    let there: Vec<String> = account.sim().with_world(|world| {
        let tasks = &world.instances[&instance].container.as_ref().expect("it has joined").tasks;
        tasks.iter().filter_map(|id| world.tasks[id].service.clone()).collect()
    });
    let may: Vec<&String> =
        there.iter().filter(|name| !["image-resizer", "mailer", "log-router"].contains(&name.as_str())).collect();
    assert!(may.is_empty(), "{there:?}");
    assert_safe(&account, "deployed beside a mark");
}

#[test]
fn what_cannot_be_undone_is_left_with_its_mark() {
    for (step, operation) in [
        ("undo", "ecs.ListContainerInstances"),
        ("activateAgain", "ecs.UpdateContainerInstancesState"),
        ("unmark", "ecs.DeleteAttributes"),
    ] {
        let account = Account::new(15);
        let instance = busiest(&account);
        let id = account.start("DrainInstance", &about(&instance, "one"));
        account.at_step(&id, "waitForRunning");
        account.break_with(&["deny:ecs.DescribeContainerInstances"]);
        account.at_step(&id, step);
        account.break_with(&[&format!("error:{operation}")]);
        assert_eq!(status(&watched(&account, &id)), "Failed", "at {step}");
        account.break_with(&[]);
        assert_eq!(standing(&account, &instance).1.as_deref(), Some("request-one"), "at {step}");
        assert_safe(&account, &format!("failed again at {step}"));
    }
}

#[test]
fn an_operation_that_nobody_may_call_changes_nothing() {
    for operation in ["ecs.ListContainerInstances", "ecs.PutAttributes", "ecs.DescribeContainerInstances"] {
        let account = Account::new(16);
        let instance = busiest(&account);
        let before = standing(&account, &instance);
        account.break_with(&[&format!("deny:{operation}")]);
        assert_eq!(status(&watched(&account, &account.start("RecycleInstance", &about(&instance, "one")))), "Failed");
        let (state, mark, _) = standing(&account, &instance);
        assert_eq!((state, mark), (before.0, before.1), "without {operation}");
    }
}

#[test]
fn cancelled_at_any_step_a_drain_leaves_the_fleet_safe() {
    for step in ["find", "look", "mark", "drain", "waitForRunning", "listStopping", "waitForTask", "verify"] {
        let account = Account::new(10);
        let instance = busiest(&account);
        let id = account.start("DrainInstance", &about(&instance, "one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        let execution = watched(&account, &id);
        assert_eq!(status(&execution), "Cancelled", "at {step}: {execution:#}");
        let (state, mark, _) = standing(&account, &instance);
        // A loop cannot be left by way of another step: there the instance stays as it is, and says so.
        let wanted = if step == "waitForTask" { ContainerStatus::Draining } else { ContainerStatus::Active };
        assert_eq!((state, mark.is_some()), (wanted, step == "waitForTask"), "at {step}: {:?}", path(&execution));
        account.pass(600);
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}

#[test]
fn cancelled_at_any_step_a_recycling_leaves_the_fleet_safe() {
    for step in ["before", "mark", "drain", "waitForRunning", "terminate", "waitForEnd", "breathe"] {
        let account = Account::new(11);
        let instance = busiest(&account);
        let id = account.start("RecycleInstance", &about(&instance, "one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        // Long enough for a replacement to join.
        account.pass(1_200);
        assert_safe(&account, &format!("cancelled at {step}"));
        let joined = account.sim().with_world(|world| {
            let containers = world.instances.values().filter_map(|instance| instance.container.as_ref());
            containers.filter(|container| container.status == ContainerStatus::Active).count()
        });
        assert_eq!(joined, 24, "cancelled at {step}");
    }
}

#[test]
fn a_drain_that_is_taken_back_costs_no_service_a_task() {
    for seed in 20..28 {
        let account = Account::new(seed);
        let instance = busiest(&account);
        let id = account.start("DrainInstance", &about(&instance, "one"));
        account.at_step(&id, "waitForRunning");
        // Replacements are on their way: they are what goes.
        account.pass(6);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "seed {seed}");
        for _ in 0..120 {
            account.pass(1);
            assert_eq!(short(&account), Vec::<String>::new(), "seed {seed}");
        }
    }
}

#[test]
fn started_twice_both_come_to_an_end_and_the_fleet_is_safe() {
    for document in ["DrainInstance", "RecycleInstance", "QuarantineInstance"] {
        let account = Account::new(12);
        let instance = busiest(&account);
        let one = account.start(document, &about(&instance, "one"));
        let other = account.start(document, &about(&instance, "two"));
        let ends = [one, other].map(|id| status(&watched(&account, &id)).to_owned());
        assert!(ends.contains(&"Success".to_owned()), "{document}: {ends:?}");
        account.pass(1_200);
        assert_safe(&account, &format!("{document} twice"));
    }
}

#[test]
fn a_drain_that_another_has_begun_is_waited_for_and_not_undone() {
    let account = Account::new(13);
    let instance = busiest(&account);
    let one = account.start("DrainInstance", &about(&instance, "one"));
    account.at_step(&one, "waitForRunning");
    let other = account.start("DrainInstance", &about(&instance, "two"));
    account.at_step(&other, "waitForRunning");
    account.stop(&other).expect("it can be stopped");
    assert_eq!(status(&watched(&account, &other)), "Cancelled");
    assert_eq!(standing(&account, &instance).1.as_deref(), Some("request-one"));
    assert_eq!(status(&watched(&account, &one)), "Success");
    assert_safe(&account, "one of two cancelled");
}

#[test]
fn a_group_with_a_suspended_process_keeps_its_instances() {
    let account = Account::new(14);
    let instance = busiest(&account);
    let group = account.sim().with_world(|world| world.groups.keys().next().cloned()).expect("a group");
    let name = json!({ "AutoScalingGroupName": group, "ScalingProcesses": ["Launch"] });
    account.ask("autoscaling", "SuspendProcesses", &name).expect("it can be suspended");
    let execution = watched(&account, &account.start("RecycleInstance", &about(&instance, "one")));
    assert_eq!(status(&execution), "Failed");
    assert_eq!(path(&execution).last().map(String::as_str), Some("notSuspended Failed"));
    assert_eq!(standing(&account, &instance).0, ContainerStatus::Active);
}
