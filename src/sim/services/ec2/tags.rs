//! Tags that callers give to instances.

use serde_json::json;

use super::super::page::{given_tags, texts};
use super::all_known;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// `CreateTags`: on instances alone; 50 each, none in AWS's own name
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html>).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let resources = texts(call.input, "Resources");
    if let Some(image) = resources.iter().find(|id| id.starts_with("ami-")) {
        let message = format!("The image id '[{image}]' does not exist in this account");
        return Err(Fault::new("InvalidAMIID.NotFound", message));
    }
    if let Some(other) = resources.iter().find(|id| !id.starts_with("i-")) {
        return Err(Fault::new("InvalidID", format!("The ID '{other}' is not valid")));
    }
    all_known("InvalidInstanceID.NotFound", "instance ID", &resources, |id| world.instances.contains_key(id))?;
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
