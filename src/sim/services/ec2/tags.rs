//! Tags that callers give to instances.

use serde_json::{Value, json};

use super::super::page::{given_tags, texts};
use super::all_known;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// `DeleteTags`: those of a key, or of a key with that very value; what is not there is no error
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let resources = instances(world, call)?;
    let Some(given) = call.input.get("Tags").and_then(Value::as_array) else {
        return Err(Fault::new(
            "MissingParameter",
            "Deleting every tag at once is not supported by the simulated AWS.",
        ));
    };
    for id in resources {
        let Some(instance) = world.instances.get_mut(id) else { continue };
        for tag in given {
            let (key, value) = (tag["Key"].as_str().unwrap_or_default(), tag["Value"].as_str());
            instance.tags.retain(|known, has| known != key || value.is_some_and(|value| value != has));
        }
    }
    Ok(json!({}))
}

/// `CreateTags`: on instances alone; 50 each, none in AWS's own name
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let resources = instances(world, call)?;
    let tags = given_tags(call.input, "Tags", "Key", "Value");
    if tags.keys().any(|key| key.starts_with("aws:")) {
        let message = "Tag keys starting with 'aws:' are reserved for internal use";
        return Err(Fault::new("InvalidParameterValue", message));
    }
    for id in resources {
        let Some(instance) = world.instances.get_mut(id) else { continue };
        let mut all = instance.tags.clone();
        all.extend(tags.clone());
        if all.len() > 50 {
            return Err(Fault::new("TagLimitExceeded", "The maximum number of Tags for a resource has been reached."));
        }
        instance.tags = all;
    }
    Ok(json!({}))
}

/// The resources that a call names: instances alone.
fn instances<'c>(world: &World, call: &Call<'c>) -> Result<Vec<&'c str>, Fault> {
    let resources = texts(call.input, "Resources");
    if let Some(image) = resources.iter().find(|id| id.starts_with("ami-")) {
        let message = format!("The image id '[{image}]' does not exist in this account");
        return Err(Fault::new("InvalidAMIID.NotFound", message));
    }
    if let Some(other) = resources.iter().find(|id| !id.starts_with("i-")) {
        return Err(Fault::new("InvalidID", format!("The ID '{other}' is not valid")));
    }
    all_known("InvalidInstanceID.NotFound", "instance ID", &resources, |id| world.instances.contains_key(id))?;
    Ok(resources)
}
