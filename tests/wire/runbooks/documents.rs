//! Documents that the fleet knows nothing of: every action and every way to fail.

use std::path::Path;

use serde_json::{Value, json};

use super::account::{Account, path, status};

/// Keeps a document of the corpus under the name `Test`.
fn keep(account: &Account, file: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus/runbook").join(file);
    let content = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    account.create("Test", &content).unwrap_or_else(|fault| panic!("{file}: {}", fault.message));
}

/// Runs a document of the corpus to its end.
fn run(file: &str, parameters: &Value) -> (Account, Value) {
    let account = Account::new(7);
    keep(&account, file);
    let id = account.start("Test", parameters);
    let execution = account.ended(&id);
    (account, execution)
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
