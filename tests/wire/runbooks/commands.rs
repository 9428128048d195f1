//! Documents that run commands on instances.

use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::documents::account;

/// An instance that is no member of the fleet, up and managed.
fn host(account: &Account) -> String {
    let image = account.sim().with_world(|world| {
        let amazons = world.images.values().filter(|image| image.owner_alias.is_some());
        amazons.max_by_key(|image| image.created_at).expect("an image").id.clone()
    });
    let launch = json!({ "ImageId": image, "InstanceType": "m7i.large", "MinCount": 1, "MaxCount": 1 });
    let told = account.ask("ec2", "RunInstances", &launch).expect("it is launched");
    account.pass(60);
    told["Instances"][0]["InstanceId"].as_str().expect("an id").to_owned()
}

fn noted(account: &Account, host: &str) -> Value {
    let told = account.ask("ssm", "GetParameter", &json!({ "Name": format!("/patch/{host}") }));
    told.map_or(Value::Null, |told| told["Parameter"]["Value"].clone())
}

fn given(host: &str, commands: &[&str]) -> Value {
    json!({ "InstanceId": [host], "Commands": commands })
}

#[test]
fn a_host_is_patched_and_what_the_script_said_is_kept() {
    let account = account(&["patch-host.yaml"]);
    let host = host(&account);
    let execution =
        account.ended(&account.start("patch-host", &given(&host, &["dnf -y upgrade", "sleep 40", "echo done"])));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(path(&execution), ["patch Success", "record Success", "keep Success"]);
    assert_eq!(noted(&account, &host), "exit 0: done\n");
    let command = execution["Outputs"]["patch.CommandId"][0].as_str().expect("an id");
    let input = json!({ "CommandId": command, "InstanceId": host });
    let told = account.ask("ssm", "GetCommandInvocation", &input).expect("it was sent");
    assert_eq!((&told["StandardOutputContent"], &told["ResponseCode"]), (&json!("done\n"), &json!(0)));
}

#[test]
fn a_script_that_fails_or_takes_too_long_or_cannot_arrive_leads_elsewhere() {
    for (commands, spoil, patience, word) in [
        (&["exit 3"][..], "", "600", "ResponseCode 3"),
        (&["sleep 400"], "", "600", "ExecutionTimedOut"),
        (&["sleep 100"], "", "20", "timed out"),
        (&["echo never"], "gone", "600", "not in a valid state"),
        (&["sleep 100"], "stop", "600", "ExecutionTimedOut"),
    ] {
        let account = account(&["patch-host.yaml"]);
        let host = host(&account);
        let end = |operation: &str| account.ask("ec2", operation, &json!({ "InstanceIds": [host] })).expect("it runs");
        if spoil == "gone" {
            end("TerminateInstances");
        }
        let mut given = given(&host, commands);
        given["Patience"] = json!([patience]);
        let id = account.start("patch-host", &given);
        if spoil == "stop" {
            account.pass(20);
            end("StopInstances");
        }
        let execution = account.ended(&id);
        assert_eq!(path(&execution).last().map(String::as_str), Some("note Success"), "{word}: {execution:#}");
        let why = execution["FailureMessage"].as_str().unwrap_or_default();
        assert!(why.contains(word), "{word} in {why}");
        assert_eq!(noted(&account, &host), "failed", "{word}");
    }
}

#[test]
fn commands_go_to_managed_instances_alone_and_say_what_they_need() {
    let account = account(&["patch-host.yaml"]);
    let host = host(&account);
    let send = |input: Value| account.ask("ssm", "SendCommand", &input).map_err(|fault| fault.code);
    let commands = json!({ "commands": ["echo hello"] });
    let member = account.sim().with_world(|world| {
        world.instances.values().find(|one| one.membership.is_some()).map(|one| one.id.clone()).expect("a member")
    });
    for (input, code) in [
        (
            json!({ "DocumentName": "AWS-RunShellScript", "InstanceIds": [member], "Parameters": commands }),
            "InvalidInstanceId",
        ),
        (json!({ "DocumentName": "AWS-RunPatchBaseline", "InstanceIds": [host] }), "InvalidDocument"),
        (json!({ "DocumentName": "AWS-RunShellScript", "InstanceIds": [host] }), "InvalidParameters"),
        (json!({ "DocumentName": "AWS-RunShellScript", "Parameters": commands }), "InvalidInstanceId"),
    ] {
        assert_eq!(send(input), Err(code.to_owned()));
    }
    account
        .ask("ec2", "CreateTags", &json!({ "Resources": [host], "Tags": [{ "Key": "role", "Value": "host" }] }))
        .expect("tagged");
    let targets = json!([{ "Key": "tag:role", "Values": ["host"] }]);
    let told = send(json!({ "DocumentName": "AWS-RunShellScript", "Targets": targets, "Parameters": commands }))
        .expect("sent");
    let id = told["Command"]["CommandId"].clone();
    account.pass(10);
    let told =
        account.ask("ssm", "ListCommandInvocations", &json!({ "CommandId": id, "Details": true })).expect("a list");
    let invocations = told["CommandInvocations"].as_array().expect("a list");
    assert_eq!((invocations.len(), &invocations[0]["CommandPlugins"][0]["Output"]), (1, &json!("hello\n")), "{told:#}");
    let other = json!({ "CommandId": id, "InstanceId": member });
    assert_eq!(account.ask("ssm", "GetCommandInvocation", &other).expect_err("none").code, "InvocationDoesNotExist");
}
