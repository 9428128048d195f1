//! Instance refreshes: what callers ask and are told. What they do is in `world/refresh`.

use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, maybe_seconds, seconds, text, texts};
use super::changes::invalid;
use super::{Paging, existing, template_of};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::group::{Configuration, Group};
use crate::sim::world::refresh::{Hindrance, Preferences, Progress, Refresh};

/// Alarms that a refresh may look at
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_AlarmSpecification.html>).
const MOST_ALARMS: usize = 10;

fn unsupported(what: &str) -> Fault {
    invalid(format!("{what} is not supported by the simulated AWS."))
}

/// `StartInstanceRefresh`: rolling, one at a time in a group
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_StartInstanceRefresh.html>).
pub(super) fn start(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let group = existing(world, name)?;
    if group.active_refresh().is_some() {
        let message = "An Instance Refresh is already in progress and blocks the execution of this Instance Refresh.";
        return Err(Fault::new("InstanceRefreshInProgressFault", message));
    }
    if text(call.input, "Strategy").is_some_and(|strategy| strategy != "Rolling") {
        return Err(unsupported("A strategy other than Rolling"));
    }
    let wanted = call.input.get("DesiredConfiguration").and_then(Value::as_object);
    let wanted = wanted.map(|wanted| configuration(world, wanted)).transpose()?;
    let none = Map::new();
    let given = call.input.get("Preferences").and_then(Value::as_object).unwrap_or(&none);
    let preferences = preferences(world, given)?;
    if preferences.auto_rollback
        && let Some(why) = irreversible(world, group, wanted.as_ref())
    {
        return Err(invalid(format!("Auto rollback is not supported: {why}")));
    }
    let id = world.start_refresh(name, wanted, preferences);
    Ok(json!({ "InstanceRefreshId": id }))
}

/// A launch template by id or name, and its version: `$Default` where none is named
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_LaunchTemplateSpecification.html>).
fn configuration(world: &World, given: &Map<String, Value>) -> Result<Configuration, Fault> {
    if given.contains_key("MixedInstancesPolicy") {
        return Err(unsupported("DesiredConfiguration.MixedInstancesPolicy"));
    }
    let given = given.get("LaunchTemplate").and_then(Value::as_object);
    let given = given.ok_or_else(|| invalid("DesiredConfiguration must have a LaunchTemplate."))?;
    let (id, name) = (text(given, "LaunchTemplateId"), text(given, "LaunchTemplateName"));
    let found =
        world.launch_templates.values().find(|one| Some(one.id.as_str()) == id || Some(one.name.as_str()) == name);
    let found = found.ok_or_else(|| {
        let which = id.or(name).unwrap_or("without a name");
        invalid(format!(
            "You must use a valid fully-formed launch template. The launch template {which} does not exist."
        ))
    })?;
    let version = text(given, "Version").unwrap_or("$Default");
    if found.version(version).is_none() {
        let id = &found.id;
        return Err(invalid(format!(
            "You must use a valid fully-formed launch template. Could not find the specified version {version} for the \
             launch template with ID {id}."
        )));
    }
    Ok(Configuration { template_id: found.id.clone(), version: version.to_owned() })
}

/// Why there is no way back from a refresh, where there is none
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html>: considerations).
fn irreversible(world: &World, group: &Group, wanted: Option<&Configuration>) -> Option<String> {
    let Some(wanted) = wanted else { return Some("no desired configuration is specified.".into()) };
    for one in [wanted, &group.configuration()] {
        if one.version.starts_with('$') {
            return Some(format!("the launch template version is {}; it has to be a number.", one.version));
        }
        let template = world.launch_templates.get(&one.template_id);
        let version = template.and_then(|template| template.version(&one.version));
        if version.is_some_and(|version| version.image_id.starts_with("resolve:ssm:")) {
            return Some("the launch template uses a Systems Manager parameter instead of an AMI ID.".into());
        }
    }
    None
}

fn number(given: &Map<String, Value>, name: &str) -> Option<u32> {
    integer(given, name).and_then(|number| u32::try_from(number).ok())
}

fn truth(given: &Map<String, Value>, name: &str) -> bool {
    given.get(name).and_then(Value::as_bool) == Some(true)
}

fn hindrance(given: &Map<String, Value>, name: &str) -> Hindrance {
    match text(given, name) {
        Some("Refresh" | "Terminate") => Hindrance::Replace,
        Some("Ignore") => Hindrance::Ignore,
        _ => Hindrance::Wait,
    }
}

/// <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>
fn preferences(world: &World, given: &Map<String, Value>) -> Result<Preferences, Fault> {
    let (least, most) = (number(given, "MinHealthyPercentage"), number(given, "MaxHealthyPercentage"));
    if let Some(most) = most {
        let least = least.ok_or_else(|| invalid("MaxHealthyPercentage needs MinHealthyPercentage."))?;
        if most - least > 100 {
            let message =
                "The difference between MinHealthyPercentage and MaxHealthyPercentage cannot be greater than 100.";
            return Err(invalid(message));
        }
    }
    let preferences = Preferences {
        min_healthy: least,
        max_healthy: most,
        warmup: number(given, "InstanceWarmup"),
        checkpoints: checkpoints(given)?,
        checkpoint_delay: number(given, "CheckpointDelay"),
        skip_matching: truth(given, "SkipMatching"),
        auto_rollback: truth(given, "AutoRollback"),
        protected: hindrance(given, "ScaleInProtectedInstances"),
        standby: hindrance(given, "StandbyInstances"),
        alarms: alarms(world, given)?,
        bake: number(given, "BakeTime").unwrap_or(0),
    };
    if preferences.checkpoint_delay.is_some() && preferences.checkpoints.is_empty() {
        return Err(invalid("CheckpointDelay needs CheckpointPercentages."));
    }
    Ok(preferences)
}

fn checkpoints(given: &Map<String, Value>) -> Result<Vec<u32>, Fault> {
    let given = given.get("CheckpointPercentages").and_then(Value::as_array).into_iter().flatten();
    let given: Vec<u32> = given.filter_map(|one| u32::try_from(one.as_i64()?).ok()).collect();
    if given.is_sorted_by(|one, next| one < next) {
        return Ok(given);
    }
    Err(invalid("CheckpointPercentages must be unique and in ascending order."))
}

fn alarms(world: &World, given: &Map<String, Value>) -> Result<Vec<String>, Fault> {
    let given = given.get("AlarmSpecification").and_then(Value::as_object);
    let names = given.map(|given| texts(given, "Alarms")).unwrap_or_default();
    if names.len() > MOST_ALARMS {
        return Err(invalid(format!("You can specify up to {MOST_ALARMS} alarms.")));
    }
    if let Some(strange) = names.iter().find(|name| !world.alarms.contains_key(**name)) {
        return Err(invalid(format!("The CloudWatch alarm {strange} does not exist.")));
    }
    Ok(names.into_iter().map(str::to_owned).collect())
}

fn none_active() -> Fault {
    let message = "No in progress or pending Instance Refresh found for the Auto Scaling group.";
    Fault::new("ActiveInstanceRefreshNotFoundFault", message)
}

/// `CancelInstanceRefresh`: what has been replaced stays so
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CancelInstanceRefresh.html>).
pub(super) fn cancel(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let id = existing(world, name)?.active_refresh().ok_or_else(none_active)?.id.clone();
    let patient = call.input.get("WaitForTransitioningInstances").and_then(Value::as_bool).unwrap_or(true);
    world.cancel_refresh(name, patient);
    Ok(json!({ "InstanceRefreshId": id }))
}

/// `RollbackInstanceRefresh`: what has been replaced is replaced by what the group had
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RollbackInstanceRefresh.html>).
pub(super) fn roll_back(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "AutoScalingGroupName").unwrap_or_default();
    let group = existing(world, name)?;
    let refresh = group.active_refresh().filter(|refresh| refresh.status.brings()).ok_or_else(none_active)?;
    if let Some(why) = irreversible(world, group, refresh.wanted.as_ref()) {
        return Err(Fault::new("IrreversibleInstanceRefreshFault", format!("A rollback is not supported: {why}")));
    }
    let id = refresh.id.clone();
    world.roll_back_refresh(name, "Manual rollback: a user asked for it.".into());
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
    let progress = world.progress(group, refresh);
    let wanted = refresh.wanted.as_ref();
    let wanted = wanted.map(|one| json!({ "LaunchTemplate": template_of(world, &one.template_id, &one.version) }));
    let rollback = refresh.rollback.as_ref().map(|rollback| {
        json!({
            "RollbackReason": rollback.reason,
            "RollbackStartTime": seconds(rollback.started_at),
            "PercentageCompleteOnRollback": rollback.from.percentage,
            "InstancesToUpdateOnRollback": rollback.from.left,
            "ProgressDetailsOnRollback": details(rollback.from),
        })
    });
    compact(json!({
        "InstanceRefreshId": refresh.id,
        "AutoScalingGroupName": group.name,
        "Status": refresh.status.as_str(),
        "StatusReason": refresh.reason,
        "StartTime": seconds(refresh.started_at),
        "EndTime": maybe_seconds(refresh.ended_at),
        "PercentageComplete": progress.percentage,
        "InstancesToUpdate": progress.left,
        "ProgressDetails": details(progress),
        "Strategy": "Rolling",
        "Preferences": told(&refresh.preferences),
        "DesiredConfiguration": wanted,
        "RollbackDetails": rollback,
    }))
}

fn details(progress: Progress) -> Value {
    json!({
        "LivePoolProgress": { "PercentageComplete": progress.percentage, "InstancesToUpdate": progress.left },
    })
}

fn told(preferences: &Preferences) -> Value {
    let word = |one: Hindrance, replace: &'static str| match one {
        Hindrance::Replace => replace,
        Hindrance::Ignore => "Ignore",
        Hindrance::Wait => "Wait",
    };
    let checkpoints = (!preferences.checkpoints.is_empty()).then_some(&preferences.checkpoints);
    let delay = checkpoints.map(|_| preferences.checkpoint_delay.unwrap_or(3_600));
    let alarms = (!preferences.alarms.is_empty()).then(|| json!({ "Alarms": preferences.alarms }));
    compact(json!({
        "MinHealthyPercentage": preferences.min_healthy.unwrap_or(90),
        "MaxHealthyPercentage": preferences.max_healthy,
        "InstanceWarmup": preferences.warmup,
        "CheckpointPercentages": checkpoints,
        "CheckpointDelay": delay,
        "SkipMatching": preferences.skip_matching,
        "AutoRollback": preferences.auto_rollback,
        "ScaleInProtectedInstances": word(preferences.protected, "Refresh"),
        "StandbyInstances": word(preferences.standby, "Terminate"),
        "AlarmSpecification": alarms,
        "BakeTime": (preferences.bake > 0).then_some(preferences.bake),
    }))
}
