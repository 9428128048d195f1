//! BakeAmi: success, a bad AMI, every step failing, cancelled half-way, two at once.

use std::path::Path;

use jiff::Timestamp;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::image::ImageFault;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{each_step_fails, watched};
use super::safety::assert_safe;

fn about(promote: bool) -> Value {
    json!({
        "Cluster": ["harbor"],
        "Promote": [promote.to_string()],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["a newer kernel"],
        "RequestId": ["request-one"],
    })
}

/// A healthy fleet whose base is bad in that way.
fn spoilt(seed: u64, fault: ImageFault) -> Account {
    let options = Options { scenario: Scenario::Healthy, seed, limits: false, ..Options::default() };
    Account::with(Options { bad_base: Some(fault), ..options })
}

fn why(execution: &Value) -> &str {
    execution["FailureMessage"].as_str().unwrap_or_default()
}

fn parameter(world: &World, name: &str) -> Option<String> {
    world.parameters.get(&format!("/quarterdeck/harbor/{name}")).map(|one| one.value.clone())
}

/// Id and tags of what was baked since the world began.
fn baked(world: &World) -> Vec<(String, Vec<String>)> {
    let began: Timestamp = "2026-03-01T12:00:00Z".parse().expect("a time");
    let images = world.images.values().filter(|one| one.tags.contains_key("quarterdeck:bake"));
    let mut images: Vec<_> = images.filter(|one| one.created_at >= began).collect();
    images.sort_by_key(|one| one.created_at);
    let keys = ["quarterdeck:fleet", "quarterdeck:source", "quarterdeck:bake", "quarterdeck:test"];
    let shown =
        |key: &&str, tags: &std::collections::BTreeMap<String, String>| tags.get(*key).cloned().unwrap_or_default();
    images.iter().map(|one| (one.id.clone(), keys.iter().map(|key| shown(key, &one.tags)).collect())).collect()
}

fn newest_of_amazons(world: &World) -> String {
    let amazons = world.images.values().filter(|image| image.owner_alias.is_some());
    amazons.max_by_key(|image| image.created_at).expect("an image").id.clone()
}

fn default_version(world: &World) -> (i64, String) {
    let template = world.launch_templates.values().find(|one| one.name == "harbor").expect("a template");
    let version = template.version("$Default").expect("a version");
    (version.number, version.image_id.clone())
}

#[test]
fn a_bake_builds_tests_and_promotes() {
    let account = Account::new(1);
    let (before, fleet) = account.sim().with_world(|world| (default_version(world).0, world.instances.len()));
    let id = account.start("BakeAmi", &about(true));
    let execution = watched(&account, &id);
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let image = execution["Outputs"]["image.Image"][0].as_str().expect("an image").to_owned();
    account.sim().with_world(|world| {
        let tags = ["harbor".to_owned(), newest_of_amazons(world), id.clone(), "passed".to_owned()];
        assert_eq!(baked(world), [(image.clone(), tags.to_vec())]);
        assert!(world.images[&image].name.starts_with("harbor-2026-03-01_12."), "{}", world.images[&image].name);
        assert_eq!(default_version(world), (before + 1, image.clone()));
        let promoted: Value = serde_json::from_str(&parameter(world, "ami").expect("a promotion")).expect("JSON");
        assert_eq!((&promoted["image"], &promoted["request"]), (&json!(image), &json!(id)));
        assert_eq!(parameter(world, "bake"), None, "the next may bake");
    });
    let output = execution["Outputs"]["promote.Output"][0].as_str().expect("an output");
    assert!(output.contains(&(before + 1).to_string()), "{output}");
    account.pass(4_000);
    assert_safe(&account, "baked");
    let alone = account.sim().with_world(|world| {
        (world.instances.len(), world.tasks.values().filter(|one| one.cluster != "harbor").count())
    });
    assert_eq!(alone, (fleet, 0), "nothing of it is left");
}

#[test]
fn what_is_not_to_be_promoted_is_kept_for_later() {
    let account = Account::new(1);
    let standing = |world: &World| (default_version(world), parameter(world, "ami"));
    let before = account.sim().with_world(|world| standing(world));
    for round in 1..=2 {
        let execution = watched(&account, &account.start("BakeAmi", &about(false)));
        assert_eq!(status(&execution), "Success", "{execution:#}");
        account.sim().with_world(|world| {
            let tests: Vec<String> = baked(world).into_iter().filter_map(|(_, tags)| tags.last().cloned()).collect();
            assert_eq!(tests, vec!["passed"; round]);
            assert_eq!(standing(world), before);
        });
    }
    assert_safe(&account, "baked twice");
}

#[test]
fn an_image_that_is_no_good_is_deleted_and_nothing_is_promoted() {
    for (fault, step, word) in [
        (ImageFault::Build, "waitForBuild TimedOut", "timed out"),
        (ImageFault::Agent, "waitForTest TimedOut", "timed out"),
        (ImageFault::Task, "judge Failed", "exitCode is 1"),
    ] {
        let account = spoilt(2, fault);
        let before = account.sim().with_world(|world| default_version(world));
        let execution = watched(&account, &account.start("BakeAmi", &about(true)));
        assert!(["Failed", "TimedOut"].contains(&status(&execution)), "{fault:?}: {execution:#}");
        assert!(path(&execution).contains(&step.to_owned()), "{fault:?}: {:?}", path(&execution));
        assert!(why(&execution).contains(word), "{fault:?}: {}", why(&execution));
        assert_safe(&account, &format!("{fault:?}"));
        account.sim().with_world(|world| {
            assert!(baked(world).is_empty(), "{fault:?}");
            assert_eq!((default_version(world), parameter(world, "bake")), (before.clone(), None), "{fault:?}");
        });
    }
}

#[test]
fn a_bake_that_fails_at_any_step_leaves_nothing_behind() {
    each_step_fails(
        "BakeAmi",
        4,
        |_| about(true),
        |account, _, step| {
            // What is held by one that is over is nobody's.
            if ["mine", "unlock", "free"].contains(&step) {
                let execution = account.ended(&account.start("BakeAmi", &about(true)));
                assert_eq!(status(&execution), "Success", "the next one after {step}: {execution:#}");
            }
        },
    );
}

#[test]
fn cancelled_at_any_step_a_bake_leaves_nothing_behind() {
    for step in [
        "lookAtFreeze",
        "base",
        "lock",
        "mine",
        "build",
        "waitForBuild",
        "image",
        "waitForImage",
        "endBuild",
        "test",
        "waitForTest",
        "run",
        "waitForTask",
        "judge",
        "passed",
        "endTest",
        "promote",
    ] {
        let account = Account::new(5);
        let before = account.sim().with_world(|world| default_version(world));
        let id = account.start("BakeAmi", &about(true));
        account.at_step(&id, step);
        account.pass(1);
        account.stop(&id).expect("it can be stopped");
        let execution = watched(&account, &id);
        assert_eq!(status(&execution), "Cancelled", "at {step}");
        account.pass(1_200);
        assert_safe(&account, &format!("cancelled at {step}"));
        account.sim().with_world(|world| {
            assert_eq!((default_version(world), parameter(world, "bake")), (before.clone(), None), "at {step}");
        });
    }
}

#[test]
fn of_two_bakes_the_second_says_which_is_under_way_and_changes_nothing() {
    let account = Account::new(6);
    let first = account.start("BakeAmi", &about(true));
    account.at_step(&first, "waitForBuild");
    let second = account.ended(&account.start("BakeAmi", &about(true)));
    assert_eq!((status(&second), path(&second).last().map(String::as_str)), ("Failed", Some("over Failed")));
    let holder = second["Outputs"]["holder.Execution"].clone();
    let told = second["StepExecutions"].as_array().expect("steps").iter().find(|one| one["StepName"] == "holder");
    assert!(
        holder == json!([first]) || told.is_some_and(|one| one["Outputs"]["Execution"] == json!([first])),
        "{told:?}"
    );
    assert_eq!(account.sim().with_world(|world| parameter(world, "bake")), Some(first.clone()));
    assert_eq!(status(&watched(&account, &first)), "Success");

    // At the same moment: one of them bakes.
    let both = [(); 2].map(|()| account.start("BakeAmi", &about(true)));
    let ends = both.map(|id| status(&account.ended(&id)).to_owned());
    assert!(ends.contains(&"Success".to_owned()) && ends.contains(&"Failed".to_owned()), "{ends:?}");

    // What holds the parameter has gone.
    let put = json!({ "Name": "/quarterdeck/harbor/bake", "Type": "String", "Value": first });
    account.ask("ssm", "PutParameter", &put).expect("it can be put");
    let execution = watched(&account, &account.start("BakeAmi", &about(true)));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert!(path(&execution).contains(&"takeOver Success".to_owned()));
    account.pass(60);
    assert_safe(&account, "after all of them");
}

#[test]
fn no_bake_begins_while_the_fleet_is_frozen() {
    let account = Account::new(7);
    let freeze =
        json!({ "Name": "/quarterdeck/harbor/freeze", "Type": "String", "Value": r#"{"by":"tomas","why":"a sale"}"# });
    account.ask("ssm", "PutParameter", &freeze).expect("it can be put");
    let execution = account.ended(&account.start("BakeAmi", &about(true)));
    assert_eq!((status(&execution), path(&execution).last().map(String::as_str)), ("Failed", Some("frozen Failed")));
    assert!(why(&execution).contains("a sale"), "{}", why(&execution));
    assert!(account.sim().with_world(|world| baked(world).is_empty() && world.instances.len() == 24));
}

#[test]
fn the_user_data_of_the_build_is_the_script_beside_the_runbooks() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("fleet/build.sh");
    let script = std::fs::read_to_string(script).expect("the script can be read");
    let account = Account::new(8);
    account.sim().with_world(|world| {
        let mut templates = world.launch_templates.values();
        let template = templates.find(|template| template.name == "harbor-build").expect("the template is there");
        assert_eq!(template.versions.last().map(|version| version.user_data.as_str()), Some(script.as_str()));
    });
}
