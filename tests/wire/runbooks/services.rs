//! StopTask, ScaleService, RedeployService and RollbackDeployment: success, every step failing, cancelled half-way, started
//! twice.

use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::service::Service;
use quarterdeck::sim::world::task::TaskStatus;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{each_step_fails, each_step_fails_while, watched};
use super::safety::{assert_safe, short};

/// Twelve tasks behind a load balancer.
const SERVICE: &str = "catalog";

/// Parameters of a request about the service.
fn about(request: &str) -> Value {
    json!({
        "Cluster": ["harbor"],
        "Service": [SERVICE],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["it misbehaves"],
        "RequestId": [format!("request-{request}")],
    })
}

fn with(mut given: Value, name: &str, value: &str) -> Value {
    given[name] = json!([value]);
    given
}

fn service<T>(account: &Account, read: impl Fn(&Service) -> T) -> T {
    account.sim().with_world(|world| read(&world.services[SERVICE]))
}

fn definition(account: &Account) -> String {
    service(account, |service| service.primary().expect("a deployment").definition.clone())
}

fn settled(account: &Account) -> bool {
    service(account, |service| service.steady && service.deployments.len() == 1)
}

/// Ids of the service's tasks that run.
fn running(account: &Account) -> Vec<String> {
    account.sim().with_world(|world| {
        let runs = |task: &&quarterdeck::sim::world::task::Task| {
            task.service.as_deref() == Some(SERVICE) && task.status == TaskStatus::Running
        };
        world.tasks.values().filter(runs).map(|task| task.id.clone()).collect()
    })
}

fn about_task(account: &Account, request: &str) -> Value {
    let task = running(account).first().cloned().expect("a task");
    let mut given = with(about(request), "Task", &format!("arn:aws:ecs:eu-west-1:111122223333:task/harbor/{task}"));
    given.as_object_mut().expect("a map").remove("Service");
    given
}

/// Registers another revision that is like the one in use, and begins to deploy it.
fn deploy_another(account: &Account) -> String {
    let arn =
        account.sim().with_world(|world| world.definition_arn(&world.services[SERVICE].deployments[0].definition));
    let told = account.ask("ecs", "DescribeTaskDefinition", &json!({ "taskDefinition": arn })).expect("it is there");
    let told = &told["taskDefinition"];
    let input = json!({ "family": told["family"], "networkMode": told["networkMode"], "containerDefinitions": told["containerDefinitions"] });
    let told = account.ask("ecs", "RegisterTaskDefinition", &input).unwrap_or_else(|fault| panic!("{fault:?}"));
    let arn = told["taskDefinition"]["taskDefinitionArn"].clone();
    let input = json!({ "cluster": "harbor", "service": SERVICE, "taskDefinition": arn });
    account.ask("ecs", "UpdateService", &input).unwrap_or_else(|fault| panic!("{fault:?}"));
    definition(account)
}

fn wait_until(account: &Account, what: &str, condition: impl Fn(&Account) -> bool) {
    for _ in 0..3_600 {
        if condition(account) {
            return;
        }
        account.pass(1);
    }
    panic!("not {what} after an hour");
}

#[test]
fn a_stopped_task_says_who_stopped_it_and_its_service_has_another() {
    let account = Account::new(1);
    let before = running(&account);
    let given = about_task(&account, "one");
    for _ in 0..2 {
        let execution = account.ended(&account.start("StopTask", &given));
        assert_eq!(status(&execution), "Success", "{execution:#}");
        let why = "Stopped by maria.lindqvist: it misbehaves (request-one)";
        assert_eq!(execution["Outputs"]["read.Reason"], json!([why]));
    }
    account.pass(300);
    let after = running(&account);
    assert_eq!((before.len(), after.len()), (12, 12));
    assert_eq!(after.iter().filter(|id| !before.contains(id)).count(), 1, "one of them is new");
    assert_safe(&account, "stopped twice");
}

#[test]
fn a_stop_that_fails_or_is_cancelled_at_any_step_leaves_the_fleet_safe() {
    // While its task is being replaced, a service that may have no fewer has fewer: that is what was asked for.
    for (step, operation) in
        [("find", "ecs.DescribeTasks"), ("stop", "ecs.StopTask"), ("waitForEnd", "ecs.DescribeTasks")]
    {
        for cancels in [false, true] {
            let account = Account::new(2);
            let id = account.start("StopTask", &about_task(&account, "one"));
            account.at_step(&id, step);
            if cancels {
                account.stop(&id).expect("it can be stopped");
            } else {
                account.break_with(&[&format!("deny:{operation}")]);
            }
            let execution = account.ended(&id);
            account.break_with(&[]);
            assert_eq!(status(&execution), if cancels { "Cancelled" } else { "Failed" }, "at {step}");
            account.pass(600);
            assert_safe(&account, &format!("ended at {step}"));
        }
    }
    let account = Account::new(2);
    let given = with(
        about_task(&account, "one"),
        "Task",
        &format!("arn:aws:ecs:eu-west-1:111122223333:task/harbor/{}", "0".repeat(32)),
    );
    assert_eq!(status(&account.ended(&account.start("StopTask", &given))), "Failed", "there is no such task");
}

#[test]
fn a_scaled_service_has_as_many_tasks_as_were_asked_for() {
    for count in [14, 9, 0] {
        let account = Account::new(3);
        for request in ["one", "two"] {
            let given = with(about(request), "DesiredCount", &count.to_string());
            // A service that gets more tasks has fewer than it wants until they run.
            let execution = account.ended(&account.start("ScaleService", &given));
            assert_eq!(status(&execution), "Success", "{execution:#}");
            assert_eq!(execution["Outputs"]["read.Count"], json!([count.to_string()]));
        }
        wait_until(&account, "settled", |account| running(account).len() == count);
        assert_safe(&account, &format!("scaled to {count} twice"));
    }
}

#[test]
fn a_scaling_that_fails_at_any_step_gives_the_old_number_back() {
    let given = |_: &Account| with(about("one"), "DesiredCount", "14");
    each_step_fails_while(Account::ended, "ScaleService", 4, given, |account, _, step| {
        let wanted = if step == "read" { 14 } else { 12 };
        assert_eq!(service(account, |service| service.desired), wanted, "failed at {step}");
    });
}

#[test]
fn cancelled_at_any_step_a_scaling_gives_the_old_number_back() {
    for (step, wanted) in [("replicas", 12), ("look", 12), ("scale", 12), ("waitForTasks", 12), ("read", 14)] {
        let account = Account::new(5);
        let id = account.start("ScaleService", &with(about("one"), "DesiredCount", "14"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&account.ended(&id)), "Cancelled", "at {step}");
        account.pass(300);
        assert_eq!(service(&account, |service| service.desired), wanted, "cancelled at {step}");
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}

#[test]
fn a_number_that_there_is_no_room_for_is_taken_back() {
    let account = Account::new(6);
    let id = account.start("ScaleService", &with(about("one"), "DesiredCount", "400"));
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "TimedOut", "{execution:#}");
    assert_eq!(path(&execution).last().map(String::as_str), Some("undo Success"));
    wait_until(&account, "as before", |account| running(account).len() == 12 && short(account).is_empty());
    let daemon = with(with(about("two"), "DesiredCount", "1"), "Service", "log-router");
    let execution = account.ended(&account.start("ScaleService", &daemon));
    assert_eq!(path(&execution), ["replicas Failed"], "a daemon has no number");
}

#[test]
fn a_redeployed_service_has_new_tasks_of_the_same_kind() {
    let account = Account::new(7);
    let (before, kind) = (running(&account), definition(&account));
    let execution = watched(&account, &account.start("RedeployService", &about("one")));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    wait_until(&account, "settled", settled);
    let after = running(&account);
    assert_eq!((after.len(), definition(&account)), (12, kind));
    assert!(after.iter().all(|id| !before.contains(id)), "{before:?} {after:?}");
    assert_safe(&account, "redeployed");
}

#[test]
fn a_redeployment_that_fails_at_any_step_leaves_the_fleet_safe() {
    each_step_fails("RedeployService", 8, |_| about("one"), |_, _, _| {});
}

#[test]
fn cancelled_at_any_step_a_redeployment_ends_in_one_deployment() {
    for step in ["quiet", "deploy", "waitForEnd", "look"] {
        let account = Account::new(9);
        let kind = definition(&account);
        let id = account.start("RedeployService", &about("one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        wait_until(&account, "settled", settled);
        assert_eq!((running(&account).len(), definition(&account)), (12, kind), "cancelled at {step}");
        let stopped = service(&account, |service| service.rollouts[0].status.clone());
        assert_eq!(stopped == "ROLLBACK_SUCCESSFUL", step == "waitForEnd", "cancelled at {step}: {stopped}");
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}

#[test]
fn a_second_redeployment_waits_its_turn() {
    let account = Account::new(10);
    let one = account.start("RedeployService", &about("one"));
    account.at_step(&one, "waitForEnd");
    let other = account.ended(&account.start("RedeployService", &about("two")));
    assert_eq!(path(&other), ["quiet Failed"]);
    assert_eq!(status(&watched(&account, &one)), "Success");
    assert_safe(&account, "redeployed twice");
}

#[test]
fn a_deployment_under_way_is_stopped_and_rolled_back_and_so_is_one_that_is_over() {
    for over in [false, true] {
        let account = Account::new(11);
        let old = definition(&account);
        assert_ne!(deploy_another(&account), old);
        account.pass(20);
        if over {
            wait_until(&account, "settled", settled);
        }
        for request in ["one", "two"] {
            let execution = watched(&account, &account.start("RollbackDeployment", &about(request)));
            assert_eq!(status(&execution), "Success", "over {over}, {request}: {execution:#}");
            let told = execution["Outputs"]["read.TaskDefinition"][0].as_str().unwrap_or_default().to_owned();
            assert!(told.ends_with(&format!("task-definition/{old}")), "{told}");
            wait_until(&account, "settled", settled);
            assert_eq!(definition(&account), old, "over {over}, {request}");
        }
        assert_safe(&account, "rolled back twice");
    }
}

#[test]
fn two_rollbacks_at_once_end_in_the_same_place() {
    for over in [false, true] {
        let account = Account::new(12);
        let old = definition(&account);
        deploy_another(&account);
        account.pass(20);
        if over {
            wait_until(&account, "settled", settled);
        }
        let one = account.start("RollbackDeployment", &about("one"));
        account.at_step(&one, if over { "waitForService" } else { "waitForRollback" });
        let other = account.start("RollbackDeployment", &about("two"));
        let ends = [one, other].map(|id| status(&watched(&account, &id)).to_owned());
        assert_eq!(ends, ["Success", "Success"], "over {over}");
        wait_until(&account, "settled", settled);
        assert_eq!(definition(&account), old, "over {over}");
    }
}

#[test]
fn a_rollback_that_fails_at_any_step_leaves_the_fleet_safe() {
    for over in [false, true] {
        let begin = |account: &Account| {
            deploy_another(account);
            account.pass(20);
            if over {
                wait_until(account, "settled", settled);
            }
            about("one")
        };
        each_step_fails("RollbackDeployment", 13, begin, |account, _, step| {
            wait_until(account, "settled", settled);
            assert_safe(account, &format!("failed at {step}"));
        });
    }
}

#[test]
fn cancelled_at_any_step_a_rollback_ends_in_one_deployment() {
    for step in ["newest", "revisions", "targetNumber", "stop", "waitForRollback", "rolledBack", "read"] {
        let account = Account::new(14);
        let old = definition(&account);
        let new = deploy_another(&account);
        account.pass(20);
        let id = account.start("RollbackDeployment", &about("one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&watched(&account, &id)), "Cancelled", "at {step}");
        wait_until(&account, "settled", settled);
        let begun = ["waitForRollback", "rolledBack", "read"].contains(&step);
        assert_eq!(definition(&account), if begun { old } else { new }, "cancelled at {step}");
        assert_safe(&account, &format!("cancelled at {step}"));
    }
}

#[test]
fn where_there_is_nothing_to_go_back_to_nothing_is_done() {
    let account = Account::new(15);
    let execution = account.ended(&account.start("RollbackDeployment", &about("one")));
    assert_eq!(path(&execution).last().map(String::as_str), Some("revisions Failed"), "the first revision");
    account.ended(&account.start("RedeployService", &about("two")));
    wait_until(&account, "settled", settled);
    let execution = account.ended(&account.start("RollbackDeployment", &about("three")));
    assert_eq!(path(&execution).last().map(String::as_str), Some("refuse Failed"), "the same over again");
    assert!(settled(&account));
}

#[test]
fn the_storys_failing_deployment_is_rolled_back_and_its_alarm_clears() {
    let account = Account::with(Options { scenario: Scenario::Story, limits: false, ..Options::default() });
    let alarm = |account: &Account| {
        account.sim().with_world(|world| world.alarms["recommendations-deployment-stuck"].state.as_str().to_owned())
    };
    account.pass(120);
    assert_eq!(alarm(&account), "ALARM");
    let given = with(about("one"), "Service", "recommendations");
    let execution = account.ended(&account.start("RollbackDeployment", &given));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    wait_until(&account, "quiet", |account| alarm(account) == "OK");
    account.sim().with_world(|world| {
        let service = &world.services["recommendations"];
        assert_eq!((service.deployments.len(), service.rollouts[0].status.as_str()), (1, "ROLLBACK_SUCCESSFUL"));
    });
}
