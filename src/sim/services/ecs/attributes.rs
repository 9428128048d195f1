//! Attributes that callers give to container instances.

use serde_json::{Map, Value, json};

use super::super::page::{compact, text};
use super::{batch, in_cluster, invalid, joined, short};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;

/// Attributes of one call, and those of one container instance
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html>).
const MOST: usize = 10;

/// An attribute and the container instance that it is about.
struct Given {
    name: String,
    value: Option<String>,
    target: String,
}

fn given(world: &World, input: &Map<String, Value>) -> Result<Vec<Given>, Fault> {
    let cluster = in_cluster(world, input)?;
    let attributes: Vec<&Map<String, Value>> =
        input.get("attributes").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object).collect();
    batch("attributes", attributes.len(), MOST)?;
    attributes.into_iter().map(|attribute| one(world, cluster, attribute)).collect()
}

fn one(world: &World, cluster: &str, attribute: &Map<String, Value>) -> Result<Given, Fault> {
    let name = text(attribute, "name").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_/.\\".contains(c);
    if name.is_empty() || name.len() > 128 || !name.chars().all(plain) {
        return Err(invalid(format!("Attribute name '{name}' is invalid.")));
    }
    let value = text(attribute, "value");
    let fits = |text: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./\\:@ ".contains(c);
        (1..=128).contains(&text.len()) && text.chars().all(plain) && text.trim() == text
    };
    if value.is_some_and(|value| !fits(value)) {
        return Err(invalid(format!("The value of attribute '{name}' is invalid.")));
    }
    let target = text(attribute, "targetId").map(short).unwrap_or_default();
    if joined(world, cluster, target).is_none() {
        return Err(Fault::new("TargetNotFoundException", "The specified target wasn't found."));
    }
    Ok(Given { name: name.to_owned(), value: value.map(str::to_owned), target: target.to_owned() })
}

/// `PutAttributes`: one that is there gets the new value. ECS's own names are not for callers
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PutAttributes.html>).
pub(super) fn put(world: &mut World, call: &Call<'_>) -> Answer {
    let given = given(world, call.input)?;
    let own = |name: &str| name.starts_with("ecs.") || name.starts_with("com.amazonaws.");
    for Given { name, value, target } in &given {
        if own(name) {
            return Err(invalid(format!("Attribute name '{name}' is reserved.")));
        }
        let held = world.by_container_instance(target).map(|(_, container)| &container.attributes);
        let others = held.into_iter().flat_map(|held| held.keys()).filter(|held| !own(held) && *held != name).count();
        if others >= MOST {
            let message = "You can apply up to 10 custom attributes for each resource.";
            return Err(Fault::new("AttributeLimitExceededException", message));
        }
        world.change_attribute(target, name, Some(value.clone()));
    }
    Ok(shown(world, &given))
}

/// `DeleteAttributes`: one that is not there, or has another value than the one that is named, is refused
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeleteAttributes.html>).
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let given = given(world, call.input)?;
    for Given { name, value, target } in &given {
        let held = world.by_container_instance(target).and_then(|(_, container)| container.attributes.get(name));
        if held.is_none_or(|held| value.is_some() && held != value) {
            return Err(Fault::new("TargetNotFoundException", "The specified target wasn't found."));
        }
    }
    for Given { name, target, .. } in &given {
        world.change_attribute(target, name, None);
    }
    Ok(shown(world, &given))
}

fn shown(world: &World, given: &[Given]) -> Value {
    let attributes = given.iter().map(|Given { name, value, target }| {
        let cluster = world.by_container_instance(target).map_or(world.cluster.as_str(), |(_, c)| c.cluster.as_str());
        let target = world.ecs_arn_in(cluster, "container-instance", target);
        compact(json!({ "name": name, "value": value, "targetType": "container-instance", "targetId": target }))
    });
    json!({ "attributes": attributes.collect::<Vec<_>>() })
}
