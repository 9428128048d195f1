//! Documents that make AMIs and take them away, and a cluster beside the fleet's.

use quarterdeck::sim::world::instance::Ec2State;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::documents::account;

/// The cluster beside the fleet's.
const BAKE: &str = "harbor-bake";

fn newest_of_amazons(account: &Account) -> String {
    account.sim().with_world(|world| {
        let amazons = world.images.values().filter(|image| image.owner_alias.is_some());
        amazons.max_by_key(|image| image.created_at).expect("an image").id.clone()
    })
}

fn strings(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Container instances, running tasks and services of a cluster.
fn counts(account: &Account, cluster: &str) -> [i64; 3] {
    let told = account.ask("ecs", "DescribeClusters", &json!({ "clusters": [cluster] })).expect("clusters");
    ["registeredContainerInstancesCount", "runningTasksCount", "activeServicesCount"]
        .map(|member| told["clusters"][0][member].as_i64().expect("a count"))
}

/// What `operation` of ECS lists of a cluster.
fn listed(account: &Account, operation: &str, input: Value, member: &str) -> Vec<String> {
    strings(&account.ask("ecs", operation, &input).unwrap_or_else(|fault| panic!("{fault:?}"))[member])
}

fn launch(account: &Account, extra: Value) -> Result<String, String> {
    let mut input = json!({
        "LaunchTemplate": { "LaunchTemplateName": BAKE }, "ImageId": newest_of_amazons(account), "MinCount": 1, "MaxCount": 1,
    });
    input.as_object_mut().expect("a map").extend(extra.as_object().cloned().expect("a map"));
    let told = account.ask("ec2", "RunInstances", &input).map_err(|fault| fault.code)?;
    Ok(told["Instances"][0]["InstanceId"].as_str().expect("an id").to_owned())
}

#[test]
fn an_instance_joins_the_cluster_that_its_user_data_names_and_runs_tasks_there_alone() {
    let account = Account::new(3);
    let before = counts(&account, "harbor");
    assert_eq!(counts(&account, BAKE), [0, 0, 0]);
    let id = launch(&account, json!({})).expect("it is launched");
    account.pass(120);
    assert_eq!((counts(&account, BAKE), counts(&account, "harbor")), ([1, 0, 0], before));
    let filter = json!({ "cluster": BAKE, "filter": format!("ec2InstanceId == {id}") });
    let joined = listed(&account, "ListContainerInstances", filter, "containerInstanceArns");
    assert!(joined[0].contains(&format!(":container-instance/{BAKE}/")), "{joined:?}");
    let told =
        account.ask("ecs", "DescribeContainerInstances", &json!({ "cluster": "harbor", "containerInstances": joined }));
    assert_eq!(told.expect("an answer")["failures"][0]["reason"], "MISSING");

    let run = json!({ "cluster": BAKE, "taskDefinition": BAKE, "launchType": "EC2", "startedBy": "a test" });
    let told = account.ask("ecs", "RunTask", &run).expect("it runs");
    let task = told["tasks"][0]["taskArn"].as_str().expect("a task").to_owned();
    assert_eq!(told["tasks"][0]["containerInstanceArn"], json!(joined[0]), "there is no other place");
    let look = |cluster: &str| account.ask("ecs", "DescribeTasks", &json!({ "cluster": cluster, "tasks": [task] }));
    account.pass(8);
    assert_eq!(listed(&account, "ListTasks", json!({ "cluster": BAKE }), "taskArns").len(), 1);
    account.pass(60);
    let ended = look(BAKE).expect("an answer")["tasks"][0].clone();
    let code = &ended["containers"][0]["exitCode"];
    assert_eq!((ended["lastStatus"].as_str(), code.as_i64()), (Some("STOPPED"), Some(0)), "{ended:#}");
    assert_eq!(look("harbor").expect("an answer")["failures"][0]["reason"], "MISSING");
    assert_eq!(
        account.ask("ecs", "ListTasks", &json!({ "cluster": "quay" })).expect_err("none").code,
        "ClusterNotFoundException"
    );
    account.ask("ecs", "CreateCluster", &json!({ "clusterName": "quay" })).expect("a third one");
    assert_eq!(listed(&account, "ListClusters", json!({}), "clusterArns").len(), 3);
    assert_eq!(counts(&account, "harbor"), before);
}

#[test]
fn the_same_token_launches_once_and_says_the_same() {
    let account = Account::new(3);
    let token = json!({ "ClientToken": "bake-1" });
    let first = launch(&account, token.clone()).expect("it is launched");
    assert_eq!(launch(&account, token), Ok(first));
    let other = launch(&account, json!({ "ClientToken": "bake-1", "MaxCount": 2 }));
    assert_eq!(other, Err("IdempotentParameterMismatch".into()));
}

#[test]
fn a_golden_image_is_made_of_a_stopped_instance_which_goes() {
    let account = account(&["golden-image.yaml"]);
    let given = json!({ "Source": [newest_of_amazons(&account)], "Name": ["golden"] });
    let id = account.start("golden-image", &given);
    account.at_step(&id, "createImage");
    account.pass(5);
    account.sim().with_world(|world| {
        let made = world.images.values().find(|image| image.name.starts_with("golden ")).expect("an image");
        assert_eq!(made.state, "pending");
        assert!(!world.snapshots[&made.snapshot_id].complete);
    });
    let execution = account.ended(&id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let image = execution["Outputs"]["createImage.ImageId"][0].as_str().expect("an id").to_owned();
    assert_eq!(execution["Outputs"]["createImage.ImageState"], json!(["available"]));
    account.sim().with_world(|world| {
        let made = &world.images[&image];
        assert!(world.snapshots[&made.snapshot_id].complete);
        assert_eq!(made.tags["source"], newest_of_amazons_in(world));
        let alone = world.instances.values().filter(|one| one.membership.is_none());
        assert!(alone.clone().count() == 1 && alone.clone().all(|one| one.state == Ec2State::Terminated));
    });
    let again = json!({ "InstanceId": "i-0123456789abcdef0", "Name": "golden" });
    assert_eq!(account.ask("ec2", "CreateImage", &again).expect_err("none").code, "InvalidInstanceID.NotFound");
}

fn newest_of_amazons_in(world: &quarterdeck::sim::world::World) -> String {
    let amazons = world.images.values().filter(|image| image.owner_alias.is_some());
    amazons.max_by_key(|image| image.created_at).expect("an image").id.clone()
}

#[test]
fn an_image_goes_with_its_snapshots_once_nothing_runs_it() {
    let account = account(&["retire-image.json"]);
    let (used, idle, snapshot) = account.sim().with_world(|world| {
        let used = world.instances.values().next().expect("an instance").image_id.clone();
        let mut own = world.images.values().filter(|image| image.owner == world.account);
        let running = |id: &String| world.instances.values().any(|one| one.image_id == *id);
        let idle = own.find(|image| !running(&image.id)).expect("an image that nothing runs");
        (used, idle.id.clone(), idle.snapshot_id.clone())
    });
    let retire = |image: &str, sure: &str| {
        account.ended(&account.start("retire-image", &json!({ "ImageId": [image], "Sure": [sure] })))
    };
    assert_eq!(path(&retire(&used, "true")), ["notInUse Failed"]);
    assert_eq!(status(&retire(&idle, "false")), "Success");
    account.sim().with_world(|world| assert_eq!(world.images[&idle].tags["retire"], "asked"));
    let in_use = account.ask("ec2", "DeleteSnapshot", &json!({ "SnapshotId": snapshot })).expect_err("it is in use");
    assert_eq!(in_use.code, "InvalidSnapshot.InUse");
    assert_eq!(path(&retire(&idle, "true")).last().map(String::as_str), Some("remove Success"));
    account.sim().with_world(|world| {
        assert!(!world.images.contains_key(&idle) && !world.snapshots.contains_key(&snapshot));
    });
    assert_eq!(launch(&account, json!({ "ImageId": idle })), Err("InvalidAMIID.NotFound".into()));
}

#[test]
fn launch_template_versions_inherit_are_numbered_once_and_the_default_one_stays() {
    let account = Account::new(3);
    let ask = |operation: &str, mut input: Value| {
        input["LaunchTemplateName"] = json!("harbor");
        account.ask("ec2", operation, &input)
    };
    let read = |version: &str| {
        let told = ask("DescribeLaunchTemplateVersions", json!({ "Versions": [version] })).expect("versions");
        told["LaunchTemplateVersions"][0].clone()
    };
    let default = read("$Default");
    let image = newest_of_amazons(&account);
    let new = json!({
        "SourceVersion": "$Default", "LaunchTemplateData": { "ImageId": image }, "ClientToken": "promote-1",
        "VersionDescription": "Promoted by a test",
    });
    let made = ask("CreateLaunchTemplateVersion", new.clone()).expect("a version")["LaunchTemplateVersion"].clone();
    assert_eq!(ask("CreateLaunchTemplateVersion", new).expect("the same")["LaunchTemplateVersion"], made);
    let number = made["VersionNumber"].as_i64().expect("a number");
    assert_eq!(
        (number, &made["LaunchTemplateData"]["ImageId"]),
        (default["VersionNumber"].as_i64().expect("n") + 1, &json!(image))
    );
    assert_eq!(made["LaunchTemplateData"]["UserData"], default["LaunchTemplateData"]["UserData"], "it is inherited");
    assert_eq!(read("$Default"), default, "a new version is not the default by itself");

    ask("ModifyLaunchTemplate", json!({ "DefaultVersion": number.to_string() })).expect("it is there");
    assert_eq!(read("$Default")["VersionNumber"], json!(number));
    let told = ask("DeleteLaunchTemplateVersions", json!({ "Versions": [number.to_string(), "999"] })).expect("told");
    let left = told["UnsuccessfullyDeletedLaunchTemplateVersions"].as_array().expect("a list").len();
    assert_eq!((left, told["SuccessfullyDeletedLaunchTemplateVersions"].as_array().map(Vec::len)), (2, Some(0)));
    ask("ModifyLaunchTemplate", json!({ "DefaultVersion": (number - 1).to_string() })).expect("it is there");
    ask("DeleteLaunchTemplateVersions", json!({ "Versions": [number.to_string()] })).expect("it is no default");
    let next = json!({ "SourceVersion": "$Latest", "LaunchTemplateData": { "ImageId": image } });
    let next = ask("CreateLaunchTemplateVersion", next).expect("a version");
    assert_eq!(next["LaunchTemplateVersion"]["VersionNumber"], json!(number + 1), "a number is used once");
    let odd = json!({ "LaunchTemplateData": { "ImageId": image, "Placement": {} } });
    assert_eq!(ask("CreateLaunchTemplateVersion", odd).expect_err("refused").code, "InvalidParameterValue");
}

#[test]
fn the_history_of_a_parameter_ends_with_it() {
    let account = Account::new(3);
    for value in ["one", "two"] {
        let put = json!({ "Name": "/bake/word", "Value": value, "Type": "String", "Overwrite": true });
        account.ask("ssm", "PutParameter", &put).expect("it can be put");
    }
    let name = json!({ "Name": "/bake/word" });
    let told = account.ask("ssm", "GetParameterHistory", &name).expect("a history");
    let values: Vec<&Value> = told["Parameters"].as_array().expect("a list").iter().map(|one| &one["Value"]).collect();
    assert_eq!(values, ["one", "two"]);
    account.ask("ssm", "DeleteParameters", &json!({ "Names": ["/bake/word"] })).expect("it is deleted");
    assert_eq!(account.ask("ssm", "GetParameterHistory", &name).expect_err("gone").code, "ParameterNotFound");
}
