//! Making AMIs, and taking them away.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::page::{given_tags, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::instance::Ec2State;
use crate::sim::world::{NewImage, World};

/// Tags that a call gives to resources of a type when it makes them.
pub(super) fn tags_for(input: &Map<String, Value>, kind: &str) -> BTreeMap<String, String> {
    let given = input.get("TagSpecifications").and_then(Value::as_array).into_iter().flatten();
    let given = given.filter_map(Value::as_object).filter(|one| text(one, "ResourceType") == Some(kind));
    given.flat_map(|one| given_tags(one, "Tags", "Key", "Value")).collect()
}

/// `CreateImage`: of an instance that runs or is stopped, under a name that none of this account's AMIs has; one that runs
/// is rebooted unless the call says otherwise
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html>).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "InstanceId").unwrap_or_default();
    let name = text(call.input, "Name").unwrap_or_default();
    let Some(instance) = world.instances.get(id) else {
        return Err(Fault::new("InvalidInstanceID.NotFound", format!("The instance ID '{id}' does not exist")));
    };
    if !matches!(instance.state, Ec2State::Running | Ec2State::Stopping | Ec2State::Stopped) {
        let message = format!("The instance '{id}' is not in a state from which an image can be created.");
        return Err(Fault::new("IncorrectInstanceState", message));
    }
    named(world, name)?;
    let new = NewImage {
        instance: id.to_owned(),
        name: name.to_owned(),
        description: text(call.input, "Description").unwrap_or_default().to_owned(),
        no_reboot: call.input.get("NoReboot").and_then(Value::as_bool) == Some(true),
        tags: tags_for(call.input, "image"),
        snapshot_tags: tags_for(call.input, "snapshot"),
    };
    Ok(json!({ "ImageId": world.make_image(new) }))
}

/// 3 to 128 characters of those that the API reference names, used once
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html>, `Name`).
fn named(world: &World, name: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "()[] ./-'@_".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(plain) {
        let message = "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', \
                       '.', '-', '/' and '_'";
        return Err(Fault::new("InvalidAMIName.Malformed", message));
    }
    match world.images.values().find(|image| image.owner == world.account && image.name == name) {
        Some(image) => {
            let message = format!("AMI name {name} is already in use by AMI {}", image.id);
            Err(Fault::new("InvalidAMIName.Duplicate", message))
        }
        None => Ok(()),
    }
}

/// `DeregisterImage`: one of this account's, pending or not; its snapshots stay unless the call says otherwise
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html>).
pub(super) fn deregister(world: &mut World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "ImageId").unwrap_or_default();
    let Some(image) = world.images.get(id) else {
        return Err(Fault::new("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist")));
    };
    if image.owner != world.account {
        let message = format!("Not authorized for image {id}");
        return Err(Fault::new("AuthFailure", message));
    }
    let snapshot = image.snapshot_id.clone();
    world.images.remove(id);
    let mut answer = json!({ "Return": true });
    if call.input.get("DeleteAssociatedSnapshots").and_then(Value::as_bool) == Some(true) {
        // One that other AMIs use as well is left alone.
        let shared = world.images.values().any(|image| image.snapshot_id == snapshot);
        if !shared {
            world.snapshots.remove(&snapshot);
        }
        let code = if shared { "skipped" } else { "success" };
        answer["DeleteSnapshotResults"] = json!([{ "SnapshotId": snapshot, "ReturnCode": code }]);
    }
    Ok(answer)
}
