//! Instance refreshes.

use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, maybe_seconds, seconds, text, texts};
use super::{Paging, existing};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::group::Group;
use crate::sim::world::refresh::Refresh;

fn unsupported(what: &str) -> Fault {
    Fault::new("ValidationException", format!("{what} is not supported by the simulated AWS."))
}

/// `StartInstanceRefresh`: rolling, one at a time in a group
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html>).
pub(super) fn start(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let group = existing(world, name)?;
    if active(group).is_some() {
        let message = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.";
        return Err(Fault::new("InstanceRefreshInProgressFault", message));
    }
    if call.input.contains_key("DesiredConfiguration") {
        return Err(unsupported("DesiredConfiguration"));
    }
    if text(call.input, "Strategy").is_some_and(|strategy| strategy != "Rolling") {
        return Err(unsupported("A strategy other than Rolling"));
    }
    let none = Map::new();
    let preferences = call.input.get("Preferences").and_then(Value::as_object).unwrap_or(&none);
    if let Some(strange) = preferences.keys().find(|name| *name != "MinHealthyPercentage") {
        return Err(unsupported(strange));
    }
    let healthy = integer(preferences, "MinHealthyPercentage").and_then(|n| u32::try_from(n).ok()).unwrap_or(90);
    let id = world.start_refresh(name, healthy);
    Ok(json!({ "InstanceRefreshId": id }))
}

fn active(group: &Group) -> Option<&Refresh> {
    group.refreshes.last().filter(|refresh| refresh.status.is_active())
}

/// `CancelInstanceRefresh`: what has been replaced stays so
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CancelInstanceRefresh.html>).
pub(super) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let none = || {
        let message = "No in progress or pending Instance Refresh found for the Auto Scaling group.";
        Fault::new("ActiveInstanceRefreshNotFoundFault", message)
    };
    let id = active(existing(world, name)?).ok_or_else(none)?.id.clone();
    world.cancel_refresh(name);
    Ok(json!({ "InstanceRefreshId": id }))
}

/// `DescribeInstanceRefreshes`: newest first
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeInstanceRefreshes.html>).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let group = existing(world, name)?;
    let ids = texts(call.input, "InstanceRefreshIds");
    let wanted = |refresh: &&Refresh| ids.is_empty() || ids.contains(&refresh.id.as_str());
    let found = group.refreshes.iter().rev().enumerate().filter(|(_, refresh)| wanted(refresh));
    let found = found.map(|(place, refresh)| (format!("{place:06}"), shown(world, group, refresh)));
    Paging { default: 50, most: 100 }.page(call, "InstanceRefreshes", found)
}

fn shown(world: &World, group: &Group, refresh: &Refresh) -> Value {
    let left = if refresh.status.is_active() { world.outdated(&group.name, refresh.started_at).len() } else { 0 };
    let done = refresh.total.saturating_sub(left);
    compact(json!({
        "InstanceRefreshId": refresh.id,
        "AutoScalingGroupName": group.name,
        "Status": refresh.status.as_str(),
        "StartTime": seconds(refresh.started_at),
        "EndTime": maybe_seconds(refresh.ended_at),
        "PercentageComplete": (done * 100).checked_div(refresh.total).unwrap_or(100),
        "InstancesToUpdate": left,
        "Strategy": "Rolling",
        "Preferences": { "MinHealthyPercentage": refresh.healthy },
    }))
}
