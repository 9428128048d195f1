//! PromoteAmi and RollbackAmi: success, refusals, every step failing, cancelled half-way, started twice.

use quarterdeck::sim::world::World;
use serde_json::{Value, json};

use super::account::{Account, path, status};
use super::runs::{each_step_fails, watched};
use super::safety::assert_safe;

/// Parameters of a promotion.
fn about(image: &str, request: &str) -> Value {
    let mut given = back(request);
    given["ImageId"] = json!([image]);
    given
}

/// Parameters of a rollback.
fn back(request: &str) -> Value {
    json!({
        "Cluster": ["harbor"],
        "RequestedBy": ["maria.lindqvist"],
        "Reason": ["a newer kernel"],
        "RequestId": [format!("request-{request}")],
    })
}

/// An AMI that has passed, as a bake leaves it.
fn passed(account: &Account, name: &str) -> String {
    account.sim().with_world(|world| {
        let mut image = world.images.values().next_back().expect("an image").clone();
        image.id = format!("ami-0{name}");
        image.name = format!("harbor-{name}");
        image.owner.clone_from(&world.account);
        image.snapshot_id = format!("snap-0{name}");
        let tags = [("fleet", "harbor"), ("source", "ami-0base"), ("bake", "an execution"), ("test", "passed")];
        image.tags = tags.map(|(key, value)| (format!("quarterdeck:{key}"), value.to_owned())).into();
        let id = image.id.clone();
        world.images.insert(id.clone(), image);
        id
    })
}

/// The version and the AMI that are promoted, by the template and by the parameter, and the version before.
fn standing(account: &Account) -> (i64, String, Value) {
    account.sim().with_world(|world| {
        let template = world.launch_templates.values().find(|one| one.name == "harbor").expect("a template");
        let version = template.version("$Default").expect("a version");
        (version.number, version.image_id.clone(), promoted(world))
    })
}

fn promoted(world: &World) -> Value {
    let value = world.parameters.get("/quarterdeck/harbor/ami").map(|one| one.value.clone());
    value.map_or(Value::Null, |value| serde_json::from_str(&value).expect("JSON"))
}

/// A fleet for which nothing was ever promoted, as the stack leaves it.
fn unpromoted(seed: u64) -> Account {
    let account = Account::new(seed);
    forget(&account);
    account
}

/// Forgets every promotion.
fn forget(account: &Account) {
    let names = json!({ "Names": ["/quarterdeck/harbor/ami", "/quarterdeck/harbor/ami/previous"] });
    account.ask("ssm", "DeleteParameters", &names).expect("they are gone");
}

fn run(account: &Account, document: &str, given: &Value) -> Value {
    watched(account, &account.start(document, given))
}

#[test]
fn a_promotion_makes_a_version_and_says_so_and_a_rollback_goes_back() {
    let account = unpromoted(1);
    let (first, before, none) = standing(&account);
    assert_eq!(none, Value::Null);
    let image = passed(&account, "aaaaaaaa");
    let execution = run(&account, "PromoteAmi", &about(&image, "one"));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    assert_eq!(execution["Outputs"]["version.Number"], json!([(first + 1).to_string()]));
    let said = json!({
        "version": first + 1, "image": image, "previous": first, "source": "ami-0base", "by": "maria.lindqvist",
        "why": "a newer kernel", "request": "request-one",
    });
    assert_eq!(standing(&account), (first + 1, image.clone(), said));
    account.sim().with_world(|world| {
        let template = world.launch_templates.values().find(|one| one.name == "harbor").expect("a template");
        let [older, newer] = template.versions.last_chunk().expect("two versions");
        assert_eq!(newer.description, "Promoted by maria.lindqvist: a newer kernel");
        assert_eq!((&newer.user_data, &newer.instance_type), (&older.user_data, &older.instance_type));
    });

    let execution = run(&account, "RollbackAmi", &back("two"));
    assert_eq!(status(&execution), "Success", "{execution:#}");
    let (version, now, said) = standing(&account);
    assert_eq!((version, now, &said["previous"]), (first, before.clone(), &json!(first + 1)));
    assert_eq!(
        (&said["version"], &said["image"], &said["request"]),
        (&json!(first), &json!(before), &json!("request-two"))
    );
    assert_safe(&account, "promoted and taken back");
}

#[test]
fn the_same_request_changes_nothing_the_second_time() {
    let account = Account::new(2);
    let image = passed(&account, "aaaaaaaa");
    for (document, given) in [("PromoteAmi", about(&image, "one")), ("RollbackAmi", back("two"))] {
        assert_eq!(status(&run(&account, document, &given)), "Success");
        let (standing_then, versions) = (standing(&account), versions(&account));
        let again = run(&account, document, &given);
        assert_eq!((status(&again), path(&again).last().map(String::as_str)), ("Success", Some("done Success")));
        assert_eq!((standing(&account), self::versions(&account)), (standing_then, versions));
    }
    let second = run(&account, "RollbackAmi", &back("three"));
    assert_eq!((status(&second), standing(&account).1), ("Success", image), "another request goes forward again");
}

fn versions(account: &Account) -> usize {
    account.sim().with_world(|world| world.launch_templates.values().map(|one| one.versions.len()).sum())
}

#[test]
fn what_has_not_passed_or_is_not_the_fleets_is_not_promoted() {
    let account = unpromoted(3);
    let before = standing(&account);
    let change = |id: &str, key: &str, value: &str| {
        account.sim().with_world(|world| {
            let image = world.images.get_mut(id).expect("an image");
            match key {
                "state" => value.clone_into(&mut image.state),
                key => drop(image.tags.insert(format!("quarterdeck:{key}"), value.to_owned())),
            }
        });
    };
    for (name, key, value, step) in [
        ("aaaaaaa1", "state", "pending", "image Failed"),
        ("aaaaaaa2", "fleet", "quay", "ours Failed"),
        ("aaaaaaa3", "test", "running", "tested Failed"),
    ] {
        let image = passed(&account, name);
        change(&image, key, value);
        let execution = account.ended(&account.start("PromoteAmi", &about(&image, "one")));
        assert_eq!((status(&execution), path(&execution).last().map(String::as_str)), ("Failed", Some(step)));
    }
    let execution = account.ended(&account.start("RollbackAmi", &back("one")));
    let last = path(&execution).pop();
    assert_eq!(
        (status(&execution), last.as_deref()),
        ("Failed", Some("readPrevious Failed")),
        "there is nothing before"
    );
    assert_eq!(standing(&account), before);
}

#[test]
fn failing_at_any_step_the_version_before_is_in_force() {
    for earlier in [false, true] {
        let begin = |account: &Account| {
            if !earlier {
                forget(account);
            }
            about(&passed(account, "aaaaaaaa"), "one")
        };
        let before = {
            let account = Account::new(4);
            begin(&account);
            standing(&account)
        };
        each_step_fails("PromoteAmi", 4, begin, |account, given, step| {
            assert_eq!(standing(account), before, "at {step}");
            let again = run(account, "PromoteAmi", given);
            assert_eq!(status(&again), "Success", "made again after {step}: {again:#}");
            assert_eq!(standing(account).1, "ami-0aaaaaaaa", "{step}");
        });
    }
    let begin = |account: &Account| {
        let image = passed(account, "aaaaaaaa");
        assert_eq!(status(&run(account, "PromoteAmi", &about(&image, "zero"))), "Success");
        back("one")
    };
    each_step_fails("RollbackAmi", 4, begin, |account, given, step| {
        assert_eq!(standing(account).1, "ami-0aaaaaaaa", "at {step}");
        assert_eq!(status(&run(account, "RollbackAmi", given)), "Success", "made again after {step}");
        assert_ne!(standing(account).1, "ami-0aaaaaaaa", "{step}");
    });
}

#[test]
fn cancelled_at_any_step_the_version_before_is_in_force() {
    for step in ["current", "tested", "before", "version", "keepPrevious", "setDefault", "record"] {
        let account = unpromoted(5);
        let image = passed(&account, "aaaaaaaa");
        let before = standing(&account);
        let id = account.start("PromoteAmi", &about(&image, "one"));
        account.at_step(&id, step);
        account.stop(&id).expect("it can be stopped");
        assert_eq!(status(&account.ended(&id)), "Cancelled", "at {step}");
        assert_eq!(standing(&account), before, "cancelled at {step}");
        let execution = account.ended(&account.start("RollbackAmi", &back("two")));
        assert_eq!(status(&execution), "Failed", "nothing was promoted: {step}");
    }
}
