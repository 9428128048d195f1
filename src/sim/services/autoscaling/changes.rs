//! What callers change about groups and their members.

use serde_json::{Map, Value, json};

use super::super::page::{integer, text, texts};
use super::{activity, existing};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::instance::{Lifecycle, Membership};

/// Processes that can be suspended
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/as-suspend-resume-processes.html>).
const PROCESSES: [&str; 9] = [
    "AddToLoadBalancer",
    "AlarmNotification",
    "AZRebalance",
    "HealthCheck",
    "InstanceRefresh",
    "Launch",
    "ReplaceUnhealthy",
    "ScheduledActions",
    "Terminate",
];

pub(super) fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationException", message)
}

/// `TerminateInstanceInAutoScalingGroup`: replaced unless the group is to be one smaller
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_TerminateInstanceInAutoScalingGroup.html>).
pub(super) fn terminate(world: &mut World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "InstanceId").unwrap_or_default();
    let member = world.instances.get(id).and_then(|instance| instance.membership.as_ref());
    let member = member.filter(|m| world.groups.get(&m.group).is_some_and(|group| group.members.contains(id)));
    let member = member
        .ok_or_else(|| invalid(format!("Instance Id not found - No managed instance found for instance ID: {id}")))?;
    if matches!(member.lifecycle, Lifecycle::Terminating | Lifecycle::TerminatingWait) {
        let message = format!("The instance {id} is already being terminated.");
        return Err(Fault::new("ScalingActivityInProgressFault", message));
    }
    let name = member.group.clone();
    let smaller = call.input.get("ShouldDecrementDesiredCapacity").and_then(Value::as_bool) == Some(true);
    if smaller && let Some(group) = world.groups.get_mut(&name) {
        if group.desired <= group.min {
            let message = format!(
                "Currently, desiredSize equals minSize ({}). Terminating instance without replacement will violate \
                 group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false or lower \
                 group's min size.",
                group.min
            );
            return Err(invalid(message));
        }
        group.desired -= 1;
    }
    let at = call.now.strftime("%Y-%m-%dT%H:%M:%SZ");
    world
        .terminate_member(id, format!("At {at} instance {id} was taken out of service in response to a user request."));
    let group = existing(world, &name)?;
    let newest = group.activities.last().map(|newest| activity(world, group, newest));
    Ok(json!({ "Activity": newest }))
}

/// `DetachInstances`: up to 20 that are in service stay what they are, without a group; replaced unless the group is to be
/// smaller (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DetachInstances.html>).
pub(super) fn detach(world: &mut World, call: &Call<'_>) -> Answer {
    let (name, ids) = (text(call.input, "AutoScalingGroupName").unwrap_or_default(), texts(call.input, "InstanceIds"));
    let group = existing(world, name)?;
    if ids.is_empty() || ids.len() > 20 {
        return Err(invalid("The number of instances to detach must be between 1 and 20."));
    }
    for id in &ids {
        let member = member_of(world, name, id)?;
        if !matches!(member.lifecycle, Lifecycle::InService | Lifecycle::Standby) {
            let state = member.lifecycle.as_str();
            return Err(invalid(format!("The instance {id} is in {state} and not in InService or Standby.")));
        }
    }
    let smaller = call.input.get("ShouldDecrementDesiredCapacity").and_then(Value::as_bool) == Some(true);
    let fewer = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    if smaller && group.desired < group.min + fewer {
        let message = format!("The desired capacity would fall below the minimum size ({}) of the group.", group.min);
        return Err(invalid(message));
    }
    for id in &ids {
        world.detach_member(id, smaller);
    }
    let group = existing(world, name)?;
    let newest = group.activities.iter().rev().take(ids.len()).map(|newest| activity(world, group, newest));
    Ok(json!({ "Activities": newest.collect::<Vec<_>>() }))
}

/// A member of a group.
pub(super) fn member_of<'w>(world: &'w World, name: &str, id: &str) -> Result<&'w Membership, Fault> {
    let member = world.instances.get(id).and_then(|instance| instance.membership.as_ref());
    let member = member.filter(|member| member.group == name);
    member.ok_or_else(|| invalid(format!("The instance {id} is not part of Auto Scaling group {name}.")))
}

/// Processes that a call names; all of them where it names none.
fn processes(input: &Map<String, Value>) -> Result<Vec<String>, Fault> {
    let named = texts(input, "ScalingProcesses");
    if let Some(strange) = named.iter().find(|name| !PROCESSES.contains(name)) {
        return Err(invalid(format!("{strange} is not a valid process type.")));
    }
    let wanted = if named.is_empty() { PROCESSES.to_vec() } else { named };
    Ok(wanted.into_iter().map(str::to_owned).collect())
}

/// `SuspendProcesses`.
pub(super) fn suspend(world: &mut World, call: &Call<'_>) -> Answer {
    let (name, wanted) = (text(call.input, "AutoScalingGroupName").unwrap_or_default(), processes(call.input)?);
    existing(world, name)?;
    if let Some(group) = world.groups.get_mut(name) {
        group.suspended.extend(wanted);
        group.suspended.sort();
        group.suspended.dedup();
    }
    Ok(json!({}))
}

/// `ResumeProcesses`.
pub(super) fn resume(world: &mut World, call: &Call<'_>) -> Answer {
    let (name, wanted) = (text(call.input, "AutoScalingGroupName").unwrap_or_default(), processes(call.input)?);
    existing(world, name)?;
    if let Some(group) = world.groups.get_mut(name) {
        group.suspended.retain(|process| !wanted.contains(process));
    }
    world.plan_group(name);
    Ok(json!({}))
}

/// `SetDesiredCapacity`: within the group's bounds; the oldest members that are not protected go first
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_SetDesiredCapacity.html>).
pub(super) fn set_desired(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let wanted = integer(call.input, "DesiredCapacity").unwrap_or_default();
    let group = existing(world, name)?;
    for (bound, word, beyond) in [
        (group.min, "below min", wanted < i64::from(group.min)),
        (group.max, "above max", wanted > i64::from(group.max)),
    ] {
        if beyond {
            let message =
                format!("New SetDesiredCapacity value {wanted} is {word} value {bound} for the AutoScalingGroup.");
            return Err(invalid(message));
        }
    }
    let wanted = u32::try_from(wanted).unwrap_or(group.desired);
    if let Some(group) = world.groups.get_mut(name) {
        group.desired = wanted;
    }
    let at = call.now.strftime("%Y-%m-%dT%H:%M:%SZ");
    for id in world.surplus(name, wanted as usize) {
        let cause = format!("At {at} a user request explicitly set group desired capacity to {wanted}.");
        world.terminate_member(&id, cause);
    }
    world.plan_group(name);
    Ok(json!({}))
}
