//! Runs of documents that are watched, and that are made to fail.

use serde_json::Value;

use super::account::{Account, status};
use super::safety::{assert_safe, short};

/// Waits for the end, and sees to it that no service falls below its minimum meanwhile.
pub fn watched(account: &Account, id: &str) -> Value {
    account.until(id, "its end", |execution| {
        assert_eq!(short(account), Vec::<String>::new());
        ["Success", "Failed", "TimedOut", "Cancelled"].contains(&status(execution))
    })
}

/// Steps that call something, in the order in which an execution that succeeds begins them, each with what it calls. One whose failure is none
/// of the execution's is left out.
fn calling_steps(execution: &Value) -> Vec<(String, String)> {
    let mut steps = Vec::<(String, String)>::new();
    let matters = |step: &&Value| step["Inputs"].is_object() && step["IsCritical"] != false;
    for step in execution["StepExecutions"].as_array().expect("steps").iter().filter(matters) {
        let input = |name: &str| Some(step["Inputs"][name].as_str()?.trim_matches('"').to_owned());
        let name = step["StepName"].as_str().expect("a name").to_owned();
        let called = match step["Action"].as_str() {
            Some("aws:createTags") => Some("ec2.CreateTags".to_owned()),
            _ => input("Service").zip(input("Api")).map(|(service, api)| format!("{service}.{api}")),
        };
        if let Some(called) = called
            && !steps.iter().any(|(known, _)| *known == name)
        {
            steps.push((name, called));
        }
    }
    steps
}

/// Whether a step is over, and badly.
fn has_failed(execution: &Value, name: &str) -> bool {
    let mut steps = execution["StepExecutions"].as_array().into_iter().flatten();
    steps.any(|step| step["StepName"] == name && step["StepStatus"] == "Failed")
}

/// Makes each step of a document fail in turn, in an account of that seed that `begin` prepares and gives the parameters
/// for. After each the fleet has to be safe, and `judge` has its say.
pub fn each_step_fails(
    document: &str,
    seed: u64,
    begin: impl Fn(&Account) -> Value,
    judge: impl Fn(&Account, &Value, &str),
) {
    each_step_fails_while(watched, document, seed, begin, judge);
}

/// The same, with another way to wait for the end of each run.
pub fn each_step_fails_while(
    wait: impl Fn(&Account, &str) -> Value,
    document: &str,
    seed: u64,
    begin: impl Fn(&Account) -> Value,
    judge: impl Fn(&Account, &Value, &str),
) {
    let start = || {
        let account = Account::new(seed);
        let given = begin(&account);
        let id = account.start(document, &given);
        (account, given, id)
    };
    let (account, _, id) = start();
    let whole = account.ended(&id);
    assert_eq!(status(&whole), "Success", "{whole:#}");
    let steps = calling_steps(&whole);
    assert!(steps.len() > 1, "{steps:?}");
    for (step, operation) in steps {
        let (account, given, id) = start();
        account.at_step(&id, &step);
        account.break_with(&[&format!("deny:{operation}")]);
        account.until(&id, "the failure", |execution| has_failed(execution, &step));
        account.break_with(&[]);
        let execution = wait(&account, &id);
        assert_eq!(status(&execution), "Failed", "{document} at {step}: {execution:#}");
        let why = execution["FailureMessage"].as_str().unwrap_or_default();
        assert!(why.contains(&step) && why.contains("AccessDenied"), "{document} at {step}: {why}");
        account.pass(1_200);
        assert_safe(&account, &format!("{document} failed at {step}"));
        judge(&account, &given, &step);
    }
}
