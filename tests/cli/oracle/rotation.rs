//! What a status document has to say of AMIs, refreshes and schedules, from the world alone.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use quarterdeck::sim::world::World;
use quarterdeck::sim::world::image::{LaunchTemplate, LaunchTemplateVersion};
use quarterdeck::sim::world::schedule::Schedule;
use serde_json::{Value, json};

use super::truth::machines;

/// The value of the fleet's promotion.
fn promoted(world: &World) -> Option<Value> {
    let parameter = world.parameters.get(&format!("/quarterdeck/{}/ami", world.cluster))?;
    serde_json::from_str(&parameter.value).ok()
}

pub fn promotion(world: &World) -> Value {
    let Some(value) = promoted(world) else { return Value::Null };
    json!({ "version": value["version"], "ami_id": value["image"], "previous_version": value["previous"] })
}

/// Versions of the launch templates that groups of the fleet start from.
fn versions(world: &World) -> impl Iterator<Item = &LaunchTemplateVersion> {
    let used: BTreeSet<&String> = world.groups.values().map(|group| &group.template_id).collect();
    let templates =
        world.launch_templates.values().filter(move |template: &&LaunchTemplate| used.contains(&template.id));
    templates.flat_map(|template| template.versions.iter().rev())
}

pub fn amis(world: &World) -> Vec<Value> {
    let tagged = |id: &String| {
        world.images.get(id).is_some_and(|image| {
            image.owner == world.account && image.tags.get("quarterdeck:fleet") == Some(&world.cluster)
        })
    };
    let latest = promoted(world).and_then(|value| value["image"].as_str().map(str::to_owned));
    let mut ids: BTreeSet<String> = world.images.keys().filter(|id| tagged(id)).cloned().collect();
    ids.extend(versions(world).map(|version| version.image_id.clone()));
    ids.extend(machines(world).map(|machine| machine.image_id.clone()));
    ids.extend(latest.clone());
    let created_at = |id: &String| world.images.get(id).map(|image| image.created_at.as_millisecond());
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort_by_key(|id| (Reverse(created_at(id)), id.clone()));
    let row = |id: &String| {
        let numbers: Vec<i64> =
            versions(world).filter(|version| version.image_id == *id).map(|version| version.number).collect();
        json!({
            "id": id,
            "name": world.images.get(id).map(|image| &image.name),
            "baked": tagged(id),
            "versions": numbers,
            "promoted": latest.as_ref() == Some(id),
            "instances": machines(world).filter(|machine| machine.image_id == *id).count(),
        })
    };
    ids.iter().map(row).collect()
}

pub fn refreshes(world: &World) -> Vec<Value> {
    let mut rows: Vec<_> =
        world.groups.values().flat_map(|group| group.refreshes.iter().map(move |one| (&group.name, one))).collect();
    rows.sort_by_key(|(_, one)| (!one.status.is_active(), Reverse(one.started_at)));
    let row = |(group, one): &(&String, &quarterdeck::sim::world::refresh::Refresh)| json!({ "id": one.id, "auto_scaling_group": group, "status": one.status.as_str() });
    rows.iter().map(row).collect()
}

pub fn schedules(world: &World) -> Vec<Value> {
    let row = |one: &Schedule| {
        let next = one.next(world.now).filter(|_| one.enabled);
        let input: Value =
            one.target["Input"].as_str().and_then(|input| serde_json::from_str(input).ok()).unwrap_or_default();
        json!({
            "name": one.name,
            "state": if one.enabled { "ENABLED" } else { "DISABLED" },
            "expression": one.expression,
            "document": input["DocumentName"],
            // The service tells the moments it counts from in whole milliseconds at best.
            "next_at": next.map(|at| at.to_string()),
        })
    };
    world.schedules.values().map(row).collect()
}
