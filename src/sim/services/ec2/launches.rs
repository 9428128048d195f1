//! Instances that a caller launches and terminates itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::page::{integer, text, texts};
use super::imaging::tags_for;
use super::instances::{describe_one, known_ids};
use super::templates::template;
use super::token::{Once, once, remember};
use super::versions::decoded;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::image::LaunchTemplateVersion;
use crate::sim::world::instance::Ec2State;
use crate::sim::world::{Launch, TYPES, World};

fn invalid(code: &str, message: impl Into<String>) -> Fault {
    Fault::new(code, message)
}

/// `RunInstances`: from an AMI, in a subnet or in the default one, with what a launch template says where the call says
/// nothing; the same token launches once ([EC2 RunInstances]).
pub(super) fn run(world: &mut World, call: &Call<'_>) -> Answer {
    let ids = match once(world, call)? {
        Once::Again(ids) => ids,
        Once::First => {
            let (launch, count) = launch(world, call.input)?;
            let ids = world.launch_alone(&launch, count);
            remember(world, call, ids.clone());
            ids
        }
    };
    let launched: Vec<_> = ids.iter().filter_map(|id| world.instances.get(id)).collect();
    Ok(json!({
        "ReservationId": launched.first().map(|instance| &instance.reservation_id),
        "OwnerId": world.account,
        "Groups": [],
        "Instances": launched.iter().map(|instance| describe_one(world, instance)).collect::<Vec<_>>(),
    }))
}

fn launch(world: &World, input: &Map<String, Value>) -> Result<(Launch, u32), Fault> {
    let template = from_template(world, input)?;
    let by_template = template.as_ref().map(|version| version.image_id.as_str()).filter(|id| !id.is_empty());
    let Some(image_id) = text(input, "ImageId").or(by_template) else {
        return Err(invalid("MissingParameter", "The request must contain the parameter ImageId"));
    };
    available(world, image_id)?;
    let by_template = template.as_ref().map(|version| version.instance_type.as_str()).filter(|one| !one.is_empty());
    // Without a type, EC2 takes m1.small, which is none of this world's ([EC2 RunInstances: `InstanceType`]).
    let instance_type = text(input, "InstanceType").or(by_template).unwrap_or("m1.small");
    if !TYPES.iter().any(|known| known.name == instance_type) {
        return Err(invalid("InvalidParameterValue", format!("Invalid value '{instance_type}' for InstanceType.")));
    }
    if let Some(key) = text(input, "KeyName") {
        return Err(invalid("InvalidKeyPair.NotFound", format!("The key pair '{key}' does not exist")));
    }
    let launch = Launch {
        reservation_id: String::new(),
        image_id: image_id.to_owned(),
        instance_type: instance_type.to_owned(),
        zone: zone(world, input, template.as_ref().and_then(|version| version.subnet_id.as_deref()))?,
        key_name: template.as_ref().and_then(|version| version.key_name.clone()),
        security_groups: security_groups(world, input, template.as_ref())?,
        tags: tags(input, template.as_ref()),
        user_data: match text(input, "UserData") {
            Some(encoded) => decoded(encoded)?,
            None => template.map(|version| version.user_data).unwrap_or_default(),
        },
    };
    Ok((launch, count(input)?))
}

/// Refuses an AMI that is not there, or not ready.
fn available(world: &World, image: &str) -> Result<(), Fault> {
    match world.images.get(image) {
        None => Err(invalid("InvalidAMIID.NotFound", format!("The image id '[{image}]' does not exist"))),
        Some(known) if known.state != "available" => {
            let message = format!("The image ID '{image}' is not available. The image is {}.", known.state);
            Err(invalid("InvalidAMIID.Unavailable", message))
        }
        Some(_) => Ok(()),
    }
}

/// The version that `LaunchTemplate` names, with the id of its template in place of its description: the default one unless
/// it says otherwise ([EC2 LaunchTemplateSpecification]).
fn from_template(world: &World, input: &Map<String, Value>) -> Result<Option<LaunchTemplateVersion>, Fault> {
    let Some(named) = input.get("LaunchTemplate").and_then(Value::as_object) else { return Ok(None) };
    let Some(template) = template(world, named)? else {
        let message = "You must specify either a launch template ID or a launch template name in the request.";
        return Err(invalid("MissingParameter", message));
    };
    let number = text(named, "Version").unwrap_or("$Default");
    let gone = || {
        let message = format!("Could not find launch template version {number} of {}.", template.id);
        invalid("InvalidLaunchTemplateId.VersionNotFound", message)
    };
    let version = template.version(number).ok_or_else(gone)?;
    Ok(Some(LaunchTemplateVersion { description: template.id.clone(), ..version.clone() }))
}

/// As many as there is room for, between the two bounds: here, the upper one.
fn count(input: &Map<String, Value>) -> Result<u32, Fault> {
    let (least, most) = (integer(input, "MinCount").unwrap_or(0), integer(input, "MaxCount").unwrap_or(0));
    if least < 1 || most < least {
        let message =
            format!("Value ({most}) for parameter maxCount is invalid. Expecting a value of at least minCount.");
        return Err(invalid("InvalidParameterValue", message));
    }
    // The account's usual quota of on-demand instances that one call may reach ([EC2 "Service quotas"]).
    u32::try_from(most).ok().filter(|most| *most <= 1000).ok_or_else(|| {
        invalid("InstanceLimitExceeded", "You have requested more instances than your current instance limit allows.")
    })
}

fn zone(world: &World, input: &Map<String, Value>, by_template: Option<&str>) -> Result<usize, Fault> {
    if let Some(subnet) = text(input, "SubnetId").or(by_template) {
        let gone = || invalid("InvalidSubnetID.NotFound", format!("The subnet ID '{subnet}' does not exist"));
        return world.zones.iter().position(|zone| zone.subnet_id == subnet).ok_or_else(gone);
    }
    let Some(name) = input.get("Placement").and_then(|p| p.get("AvailabilityZone")?.as_str()) else { return Ok(0) };
    let gone = || invalid("InvalidParameterValue", format!("Invalid availability zone: [{name}]"));
    world.zones.iter().position(|zone| zone.name == name).ok_or_else(gone)
}

fn security_groups(
    world: &World,
    input: &Map<String, Value>,
    template: Option<&LaunchTemplateVersion>,
) -> Result<Vec<String>, Fault> {
    let mut wanted = texts(input, "SecurityGroupIds");
    if let (true, Some(version)) = (wanted.is_empty(), template) {
        wanted.extend(version.security_groups.iter().map(String::as_str));
    }
    if let Some(id) = wanted.iter().find(|id| !world.security_groups.contains_key(**id)) {
        return Err(invalid("InvalidGroup.NotFound", format!("The security group '{id}' does not exist")));
    }
    if !wanted.is_empty() {
        return Ok(wanted.into_iter().map(str::to_owned).collect());
    }
    Ok(world.security_groups.values().filter(|g| g.name == "default").map(|g| g.id.clone()).collect())
}

/// The tags of the call, and those by which EC2 says which template an instance was launched from.
fn tags(input: &Map<String, Value>, template: Option<&LaunchTemplateVersion>) -> BTreeMap<String, String> {
    let mut tags = template.map(|version| version.instance_tags.clone()).unwrap_or_default();
    tags.extend(tags_for(input, "instance"));
    if let Some(version) = template {
        tags.insert("aws:ec2launchtemplate:id".into(), version.description.clone());
        tags.insert("aws:ec2launchtemplate:version".into(), version.number.to_string());
    }
    tags
}

/// `StopInstances`: one that is stopped already stays so, one that is on its way out cannot be
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html>).
pub(super) fn stop(world: &mut World, call: &Call<'_>) -> Answer {
    let ids: Vec<String> = known_ids(world, call)?.into_iter().map(str::to_owned).collect();
    let fit = |id: &String| {
        let state = world.instances.get(id).map(|one| one.state);
        matches!(state, Some(Ec2State::Running | Ec2State::Stopping | Ec2State::Stopped))
    };
    if let Some(id) = ids.iter().find(|id| !fit(id)) {
        let message = format!("The instance '{id}' is not in a state from which it can be stopped.");
        return Err(invalid("IncorrectInstanceState", message));
    }
    Ok(json!({ "StoppingInstances": changes(world, ids, World::stop_instance) }))
}

/// `TerminateInstances`: one that is on its way out already stays so ([EC2 TerminateInstances]).
pub(super) fn terminate(world: &mut World, call: &Call<'_>) -> Answer {
    let ids: Vec<String> = known_ids(world, call)?.into_iter().map(str::to_owned).collect();
    let end = |world: &mut World, id: &str| {
        if world.instances.get(id).is_some_and(|one| one.state == Ec2State::Pending) {
            world.set_running(id);
        }
        world.shut_down(id);
    };
    Ok(json!({ "TerminatingInstances": changes(world, ids, end) }))
}

/// Changes each instance, and says what it was and is.
fn changes(world: &mut World, ids: Vec<String>, change: impl Fn(&mut World, &str)) -> Vec<Value> {
    let state = |world: &World, id: &str| {
        let (name, code) = world.instances.get(id).map_or(Ec2State::Terminated, |one| one.state).name_and_code();
        json!({ "Name": name, "Code": code })
    };
    let changed = ids.into_iter().map(|id| {
        let before = state(world, &id);
        change(world, &id);
        json!({ "InstanceId": id, "CurrentState": state(world, &id), "PreviousState": before })
    });
    changed.collect()
}
