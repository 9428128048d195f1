//! Instances that a caller launches and terminates itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::page::{given_tags, integer, text, texts};
use super::instances::{describe_one, known_ids};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::instance::Ec2State;
use crate::sim::world::{Launch, TYPES, World};

fn invalid(code: &str, message: impl Into<String>) -> Fault {
    Fault::new(code, message)
}

/// `RunInstances`: from an AMI, in a subnet or in the default one ([EC2 RunInstances]).
pub(super) fn run(world: &mut World, call: &Call<'_>) -> Answer {
    let (launch, count) = launch(world, call.input)?;
    let ids = world.launch_alone(&launch, count);
    let launched: Vec<_> = ids.iter().filter_map(|id| world.instances.get(id)).collect();
    Ok(json!({
        "ReservationId": launched.first().map(|instance| &instance.reservation_id),
        "OwnerId": world.account,
        "Groups": [],
        "Instances": launched.iter().map(|instance| describe_one(world, instance)).collect::<Vec<_>>(),
    }))
}

fn launch(world: &World, input: &Map<String, Value>) -> Result<(Launch, u32), Fault> {
    let Some(image_id) = text(input, "ImageId") else {
        return Err(invalid("MissingParameter", "The request must contain the parameter ImageId"));
    };
    if !world.images.contains_key(image_id) {
        return Err(invalid("InvalidAMIID.NotFound", format!("The image id '[{image_id}]' does not exist")));
    }
    // Without a type, EC2 takes m1.small, which is none of this world's ([EC2 RunInstances: `InstanceType`]).
    let instance_type = text(input, "InstanceType").unwrap_or("m1.small");
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
        zone: zone(world, input)?,
        key_name: None,
        security_groups: security_groups(world, input)?,
        tags: tags(input),
    };
    Ok((launch, count(input)?))
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

fn zone(world: &World, input: &Map<String, Value>) -> Result<usize, Fault> {
    if let Some(subnet) = text(input, "SubnetId") {
        let gone = || invalid("InvalidSubnetID.NotFound", format!("The subnet ID '{subnet}' does not exist"));
        return world.zones.iter().position(|zone| zone.subnet_id == subnet).ok_or_else(gone);
    }
    let Some(name) = input.get("Placement").and_then(|p| p.get("AvailabilityZone")?.as_str()) else { return Ok(0) };
    let gone = || invalid("InvalidParameterValue", format!("Invalid availability zone: [{name}]"));
    world.zones.iter().position(|zone| zone.name == name).ok_or_else(gone)
}

fn security_groups(world: &World, input: &Map<String, Value>) -> Result<Vec<String>, Fault> {
    let wanted = texts(input, "SecurityGroupIds");
    if let Some(id) = wanted.iter().find(|id| !world.security_groups.contains_key(**id)) {
        return Err(invalid("InvalidGroup.NotFound", format!("The security group '{id}' does not exist")));
    }
    if !wanted.is_empty() {
        return Ok(wanted.into_iter().map(str::to_owned).collect());
    }
    Ok(world.security_groups.values().filter(|g| g.name == "default").map(|g| g.id.clone()).collect())
}

fn tags(input: &Map<String, Value>) -> BTreeMap<String, String> {
    let given = input.get("TagSpecifications").and_then(Value::as_array).into_iter().flatten();
    let given = given.filter_map(Value::as_object).filter(|one| text(one, "ResourceType") == Some("instance"));
    given.flat_map(|one| given_tags(one, "Tags", "Key", "Value")).collect()
}

/// `TerminateInstances`: one that is on its way out already stays so ([EC2 TerminateInstances]).
pub(super) fn terminate(world: &mut World, call: &Call<'_>) -> Answer {
    let ids: Vec<String> = known_ids(world, call)?.into_iter().map(str::to_owned).collect();
    let mut changes = Vec::new();
    for id in ids {
        let state = |world: &World| world.instances.get(&id).map_or(Ec2State::Terminated, |i| i.state);
        let before = state(world);
        if before == Ec2State::Pending {
            world.set_running(&id);
        }
        world.shut_down(&id);
        let named = |state: Ec2State| {
            let (name, code) = state.name_and_code();
            json!({ "Name": name, "Code": code })
        };
        let change = json!({
            "InstanceId": id, "CurrentState": named(state(world)), "PreviousState": named(before),
        });
        changes.push(change);
    }
    Ok(json!({ "TerminatingInstances": changes }))
}
