//! `status` against moto, filled and read by boto3: two programs of other people say what is right.

use std::collections::BTreeMap;
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::moto::moto;
use crate::support::python::python;

const SEED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cli/seed_moto.py");

fn seed(endpoint: &str) -> Value {
    let output = Command::new(python()).arg(SEED).arg(endpoint).output().expect("python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the seed prints JSON")
}

fn status(endpoint: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quarterdeck"))
        .args(["status", "--json", "--cluster", "harbor", "--region", "eu-west-1", "--endpoint-url", endpoint])
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .output()
        .expect("quarterdeck starts")
}

fn rows<'a>(document: &'a Value, list: &str) -> &'a Vec<Value> {
    document[list].as_array().unwrap_or_else(|| panic!("{list} is a list in {document}"))
}

/// The members of each row that the expectation names too, by the row's own name.
fn by_name(document: &Value, list: &str, name: &str, members: &[&str]) -> Value {
    let picked: BTreeMap<String, Value> = rows(document, list)
        .iter()
        .map(|row| {
            let members = members.iter().map(|member| ((*member).to_owned(), row[member].clone())).collect();
            (row[name].as_str().unwrap_or_default().to_owned(), Value::Object(members))
        })
        .collect();
    json!(picked)
}

fn targets(document: &Value) -> Value {
    let groups: BTreeMap<String, Vec<Value>> = rows(document, "target_groups")
        .iter()
        .map(|group| {
            let mut targets: Vec<Value> = rows(group, "targets")
                .iter()
                .map(|target| json!([target["id"], target["port"], target["state"]]))
                .collect();
            targets.sort_by_key(|target| (target[0].to_string(), target[1].as_u64()));
            (group["name"].as_str().unwrap_or_default().to_owned(), targets)
        })
        .collect();
    json!(groups)
}

#[test]
fn status_of_a_moto_fleet_is_what_boto3_reads_and_only_alarms_and_executions_are_missing() {
    let moto = moto();
    let expected = seed(&moto.endpoint);
    let output = status(&moto.endpoint);
    let errors = String::from_utf8_lossy(&output.stderr);
    let status: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"));

    for member in ["account", "cluster", "region"] {
        assert_eq!(status["fleet"][member], expected["fleet"][member]);
    }
    let members =
        ["container_instance_arn", "agent_connected", "status", "running_tasks", "pending_tasks", "availability_zone"];
    assert_eq!(by_name(&status, "instances", "id", &members), expected["instances"]);
    assert_eq!(by_name(&status, "services", "name", &["desired", "running", "pending"]), expected["services"]);
    assert_eq!(targets(&status), expected["target_groups"]);
    let tasks: u64 = rows(&status, "instances").iter().filter_map(|instance| instance["running_tasks"].as_u64()).sum();
    assert_eq!(json!(tasks), expected["tasks"]);

    // moto does not speak the protocol of CloudWatch's SDK, nor does it know mute rules or executions. Of instance refreshes it
    // is not asked: the fleet has no group.
    let broken: Vec<&str> = status["panels"]
        .as_object()
        .expect("panels are an object")
        .iter()
        .filter(|(_, panel)| panel["state"] != "live")
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(broken, ["alarms", "executions", "mutes"], "{errors}");
}
