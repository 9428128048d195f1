//! Tags that callers give to instances, AMIs, snapshots and launch templates.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::page::{given_tags, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

type Tags = BTreeMap<String, String>;

/// `DeleteTags`: those of a key, or of a key with that very value; what is not there is no error
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let resources = resources(world, call)?;
    let Some(given) = call.input.get("Tags").and_then(Value::as_array) else {
        return Err(Fault::new(
            "MissingParameter",
            "Deleting every tag at once is not supported by the simulated AWS.",
        ));
    };
    for id in resources {
        let Some(tags) = tags_of(world, id) else { continue };
        for tag in given {
            let (key, value) = (tag["Key"].as_str().unwrap_or_default(), tag["Value"].as_str());
            tags.retain(|known, has| known != key || value.is_some_and(|value| value != has));
        }
    }
    Ok(json!({}))
}

/// `CreateTags`: 50 for each resource, none in AWS's own name
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let resources = resources(world, call)?;
    let given = given_tags(call.input, "Tags", "Key", "Value");
    if given.keys().any(|key| key.starts_with("aws:")) {
        let message = "Tag keys starting with 'aws:' are reserved for internal use";
        return Err(Fault::new("InvalidParameterValue", message));
    }
    for id in resources {
        let Some(tags) = tags_of(world, id) else { continue };
        let mut all = tags.clone();
        all.extend(given.clone());
        if all.len() > 50 {
            return Err(Fault::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached."));
        }
        *tags = all;
    }
    Ok(json!({}))
}

/// The tags of a resource, if there is such a resource of this account.
fn tags_of<'w>(world: &'w mut World, id: &str) -> Option<&'w mut Tags> {
    match id.split_once('-')?.0 {
        "i" => world.instances.get_mut(id).map(|one| &mut one.tags),
        "ami" => {
            let owner = &world.account;
            world.images.get_mut(id).filter(|image| image.owner == *owner).map(|one| &mut one.tags)
        }
        "snap" => world.snapshots.get_mut(id).map(|one| &mut one.tags),
        "lt" => world.launch_templates.get_mut(id).map(|one| &mut one.tags),
        _ => None,
    }
}

/// What EC2 says of a resource that is not there.
fn absent(id: &str) -> Fault {
    let (code, message) = match id.split_once('-').map(|(kind, _)| kind) {
        Some("i") => ("InvalidInstanceID.NotFound", format!("The instance ID '{id}' does not exist")),
        Some("ami") => ("InvalidAMIID.NotFound", format!("The image id '[{id}]' does not exist in this account")),
        Some("snap") => ("InvalidSnapshot.NotFound", format!("The snapshot '{id}' does not exist.")),
        Some("lt") => ("InvalidLaunchTemplateId.NotFound", format!("The launch template ID '{id}' does not exist")),
        _ => ("InvalidID", format!("The ID '{id}' is not valid")),
    };
    Fault::new(code, message)
}

/// The resources that a call names, all of which have to be there.
fn resources<'c>(world: &mut World, call: &Call<'c>) -> Result<Vec<&'c str>, Fault> {
    let resources = texts(call.input, "Resources");
    for id in &resources {
        tags_of(world, id).ok_or_else(|| absent(id))?;
    }
    Ok(resources)
}
