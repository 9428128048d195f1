//! Tasks that are protected from scale-in.

use serde_json::{Value, json};

use super::account::Account;

/// A replica service with at least `count` tasks that run, and the ids of those.
fn service(account: &Account, count: usize) -> (String, Vec<String>) {
    account.sim().with_world(|world| {
        let running = |name: &str| -> Vec<String> {
            let tasks = world.tasks.values().filter(|task| task.service.as_deref() == Some(name) && !task.stop_wanted);
            tasks.map(|task| task.id.clone()).collect()
        };
        let mut replicas = world.services.values().filter(|service| !service.daemon);
        let name = replicas.find(|service| running(&service.name).len() >= count).expect("a service").name.clone();
        let tasks = running(&name);
        (name, tasks)
    })
}

fn cluster(account: &Account) -> String {
    account.sim().with_world(|world| world.cluster.clone())
}

fn protect(account: &Account, tasks: &[&str], minutes: i64) -> Value {
    let input = json!({
        "cluster": cluster(account), "tasks": tasks, "protectionEnabled": true, "expiresInMinutes": minutes,
    });
    account.ask("ecs", "UpdateTaskProtection", &input).unwrap_or_else(|fault| panic!("{fault:?}"))
}

fn runs(account: &Account, task: &str) -> bool {
    account.sim().with_world(|world| world.tasks.get(task).is_some_and(|task| !task.stop_wanted))
}

fn wait(account: &Account, what: &str, condition: impl Fn() -> bool) {
    for _ in 0..3_600 {
        if condition() {
            return;
        }
        account.pass(1);
    }
    panic!("not within an hour: {what}");
}

#[test]
fn scale_in_passes_over_a_protected_task_until_its_time_is_over() {
    let account = Account::new(3);
    let (name, tasks) = service(&account, 3);
    protect(&account, &[&tasks[0]], 30);
    let input = json!({ "cluster": cluster(&account), "service": name, "desiredCount": 0 });
    account.ask("ecs", "UpdateService", &input).expect("it is scaled");
    wait(&account, "the others stop", || tasks[1..].iter().all(|task| !runs(&account, task)));
    account.pass(15 * 60);
    assert!(runs(&account, &tasks[0]), "it is protected");
    wait(&account, "its protection ends", || !runs(&account, &tasks[0]));
}

#[test]
fn a_drain_waits_for_a_protected_task_and_stop_task_does_not() {
    let account = Account::new(3);
    let (_, tasks) = service(&account, 2);
    let host = account.sim().with_world(|world| world.tasks[&tasks[0]].container_instance.clone()).expect("a host");
    protect(&account, &[&tasks[0]], 20);
    let input = json!({ "cluster": cluster(&account), "containerInstances": [host], "status": "DRAINING" });
    account.ask("ecs", "UpdateContainerInstancesState", &input).expect("it drains");
    account.pass(15 * 60);
    assert!(runs(&account, &tasks[0]), "it is protected");
    let input = json!({ "cluster": cluster(&account), "task": tasks[0] });
    account.ask("ecs", "StopTask", &input).expect("it is stopped");
    assert!(!runs(&account, &tasks[0]));
}

#[test]
fn protection_is_told_and_ends_by_itself() {
    let account = Account::new(3);
    let (_, tasks) = service(&account, 2);
    let told = protect(&account, &[&tasks[0]], 10);
    let until = account.now().as_second() + 600;
    assert_eq!(told["protectedTasks"][0]["expirationDate"].as_f64(), Some(until as f64), "{told}");
    let asked = || {
        let input = json!({ "cluster": cluster(&account), "tasks": [tasks[0], tasks[1], "nobody"] });
        account.ask("ecs", "GetTaskProtection", &input).expect("an answer")
    };
    let enabled = |answer: &Value| -> Vec<Value> {
        let tasks = answer["protectedTasks"].as_array().cloned().unwrap_or_default();
        tasks.into_iter().map(|task| task["protectionEnabled"].clone()).collect()
    };
    assert_eq!(enabled(&asked()), [true, false]);
    assert_eq!(asked()["failures"][0]["reason"], "MISSING");
    account.pass(600);
    assert_eq!(enabled(&asked()), [false, false]);
}
