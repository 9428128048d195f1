//! What holds for every runbook in `fleet/runbooks`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::account::Account;

/// Runbooks by name, with their texts.
fn runbooks() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet/runbooks");
    let files = fs::read_dir(folder).expect("the runbooks can be listed");
    let read = |path: &Path| {
        let name = path.file_stem().and_then(|stem| stem.to_str()).expect("a name").to_owned();
        (name, fs::read_to_string(path).expect("a runbook can be read"))
    };
    files.map(|file| read(&file.expect("a file").path())).collect()
}

#[test]
fn every_runbook_is_one_that_the_account_serves() {
    let account = Account::new(1);
    let runbooks = runbooks();
    assert!(runbooks.len() >= 13, "{}", runbooks.len());
    for (name, content) in &runbooks {
        let served = account.sim().with_world(|world| world.documents[name].content.clone());
        // The template hands it over as JSON.
        let served: Value = serde_json::from_str(&served).expect("it is JSON");
        assert_eq!(served, serde_saphyr::from_str::<Value>(content).expect("it is YAML"), "{name}");
        account.create(&format!("Again-{name}"), content).unwrap_or_else(|fault| panic!("{name}: {}", fault.message));
    }
    let served = account.sim().with_world(|world| world.documents.len());
    assert_eq!(served, runbooks.len() * 2, "and no other");
}

#[test]
fn every_runbook_says_who_asks_and_why_and_acts_as_a_role_that_nobody_chooses() {
    let account = Account::new(1);
    for (name, content) in runbooks() {
        let document = account.sim().with_world(|world| world.documents[&name].document.clone());
        for parameter in ["RequestedBy", "Reason", "RequestId"] {
            let declared = document.parameters.get(parameter).unwrap_or_else(|| panic!("{name}: no {parameter}"));
            assert!(declared.default.is_none(), "{name}: {parameter} has to be given");
        }
        let silent = document.parameters.iter().find(|(_, parameter)| parameter.description.is_empty());
        assert!(silent.is_none(), "{name}: {silent:?}");
        let role = document.assume_role.as_deref().unwrap_or_default();
        assert_eq!(role, "arn:aws:iam::{{ global:ACCOUNT_ID }}:role/quarterdeck-automation", "{name}");
        assert!(!document.description.is_empty() && content.len() < 64 * 1024, "{name}");
    }
}
