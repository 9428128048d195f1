//! Members that callers set aside or protect.

use serde_json::{Value, json};

use super::super::page::{text, texts};
use super::changes::{invalid, member_of};
use super::{activity, existing};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::instance::Lifecycle;

/// Instances that a call names, each of which has to be a member of its group in a state.
fn named<'c>(world: &World, call: &'c Call<'_>, state: Lifecycle, most: usize) -> Result<Vec<&'c str>, Fault> {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    existing(world, name)?;
    let ids = texts(call.input, "InstanceIds");
    if ids.is_empty() || ids.len() > most {
        return Err(invalid(format!("The number of instances must be between 1 and {most}.")));
    }
    for id in &ids {
        let has = member_of(world, name, id)?.lifecycle;
        if has != state {
            let (has, state) = (has.as_str(), state.as_str());
            return Err(invalid(format!("The instance {id} is in {has} and not in {state}.")));
        }
    }
    Ok(ids)
}

fn count(ids: &[&str]) -> u32 {
    u32::try_from(ids.len()).unwrap_or(u32::MAX)
}

fn activities(world: &World, name: &str, many: usize) -> Answer {
    let group = existing(world, name)?;
    let newest = group.activities.iter().rev().take(many).map(|newest| activity(world, group, newest));
    Ok(json!({ "Activities": newest.collect::<Vec<_>>() }))
}

/// `EnterStandby`: up to 20 that are in service
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_EnterStandby.html>).
pub(super) fn enter(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let ids = named(world, call, Lifecycle::InService, 20)?;
    let smaller = call.input.get("ShouldDecrementDesiredCapacity").and_then(Value::as_bool) == Some(true);
    let group = existing(world, name)?;
    if smaller && group.desired < group.min + count(&ids) {
        let message = format!("The desired capacity would fall below the minimum size ({}) of the group.", group.min);
        return Err(invalid(message));
    }
    for id in &ids {
        world.enter_standby(id, smaller);
    }
    activities(world, name, ids.len())
}

/// `ExitStandby`: up to 20 that are in standby; the group has to have room for them
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_ExitStandby.html>).
pub(super) fn exit(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let ids = named(world, call, Lifecycle::Standby, 20)?;
    let group = existing(world, name)?;
    if group.desired + count(&ids) > group.max {
        let message = format!("The desired capacity would exceed the maximum size ({}) of the group.", group.max);
        return Err(invalid(message));
    }
    for id in &ids {
        world.exit_standby(id);
    }
    activities(world, name, ids.len())
}

/// `SetInstanceProtection`: up to 50 members
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetInstanceProtection.html>).
pub(super) fn protect(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    existing(world, name)?;
    let ids = texts(call.input, "InstanceIds");
    if ids.len() > 50 {
        return Err(invalid("The number of instance ids must not exceed 50."));
    }
    let protected = call.input.get("ProtectedFromScaleIn").and_then(Value::as_bool) == Some(true);
    for id in &ids {
        member_of(world, name, id)?;
    }
    for id in ids {
        world.set_protection(id, protected);
    }
    Ok(json!({}))
}
