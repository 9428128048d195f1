//! Target groups that a caller makes, and the targets that it registers itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::page::{integer, text};
use super::target_group;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::target::{HealthCheck, TargetGroup, TargetType};

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("ValidationError", message)
}

/// `CreateTargetGroup`: of HTTP, in the one VPC. Names have up to 32 letters, digits and hyphens, no hyphen at either
/// end ([ELBv2 CreateTargetGroup]).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let name = text(input, "Name").unwrap_or_default();
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if !plain || name.len() > 32 || name.starts_with('-') || name.ends_with('-') {
        return Err(invalid(format!("Target group name '{name}' is not valid.")));
    }
    let target_type = match text(input, "TargetType") {
        None | Some("instance") => TargetType::Instance,
        Some("ip") => TargetType::Ip,
        Some(other) => return Err(invalid(format!("Target type '{other}' is not supported."))),
    };
    if let Some(protocol) = text(input, "Protocol").filter(|protocol| *protocol != "HTTP") {
        return Err(Fault::new("UnsupportedProtocolException", format!("Protocol '{protocol}' is not supported.")));
    }
    let Some(port) = integer(input, "Port").and_then(|port| u16::try_from(port).ok()) else {
        return Err(invalid("A port must be specified"));
    };
    if text(input, "VpcId") != Some(world.vpc_id.as_str()) {
        return Err(invalid("The VPC ID is not valid or was not specified"));
    }
    if world.target_groups.contains_key(name) {
        let message = format!("A target group with the same name '{name}' exists, but with different settings");
        return Err(Fault::new("DuplicateTargetGroupNameException", message));
    }
    let health_check = health_check(input)?;
    let mut group = world.new_target_group(name, port, target_type);
    group.health_check = health_check;
    let shown = target_group(world, &world.target_group_arn(&group), &group);
    world.target_groups.insert(name.to_owned(), group);
    Ok(json!({ "TargetGroups": [shown] }))
}

/// The caller's health check; what it leaves out is as AWS has it. Numbers outside AWS's ranges never come this far: the
/// model forbids them.
fn health_check(input: &Map<String, Value>) -> Result<HealthCheck, Fault> {
    let mut check = HealthCheck::default();
    let number = |member: &str, usual: u32| integer(input, member).and_then(|n| u32::try_from(n).ok()).unwrap_or(usual);
    check.interval = number("HealthCheckIntervalSeconds", check.interval);
    check.timeout = number("HealthCheckTimeoutSeconds", check.timeout);
    check.healthy_threshold = number("HealthyThresholdCount", check.healthy_threshold);
    check.unhealthy_threshold = number("UnhealthyThresholdCount", check.unhealthy_threshold);
    if check.timeout >= check.interval {
        return Err(invalid("Health check interval must be greater than the timeout."));
    }
    if let Some(protocol) = text(input, "HealthCheckProtocol").filter(|protocol| *protocol != "HTTP") {
        return Err(Fault::new("UnsupportedProtocolException", format!("Protocol '{protocol}' is not supported.")));
    }
    if let Some(path) = text(input, "HealthCheckPath") {
        check.path = path.to_owned();
    }
    if let Some(port) = text(input, "HealthCheckPort").filter(|port| *port != "traffic-port") {
        let port = port.parse().map_err(|_| invalid(format!("Health check port '{port}' is not valid.")))?;
        check.port = Some(port);
    }
    if let Some(codes) = input.get("Matcher").and_then(|matcher| matcher.get("HttpCode")?.as_str()) {
        check.codes = codes.to_owned();
    }
    Ok(check)
}

fn named<'w>(world: &'w World, input: &Map<String, Value>) -> Result<&'w TargetGroup, Fault> {
    let arn = text(input, "TargetGroupArn").unwrap_or_default();
    let found = world.target_groups.values().find(|g| world.target_group_arn(g) == arn);
    found.ok_or_else(|| Fault::new("TargetGroupNotFoundException", "One or more target groups not found"))
}

/// Targets of a call: id, and port if one is given.
fn targets(input: &Map<String, Value>) -> Vec<(String, Option<u16>)> {
    let given = input.get("Targets").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let port = |target| integer(target, "Port").and_then(|port| u16::try_from(port).ok());
    given.map(|target| (text(target, "Id").unwrap_or_default().to_owned(), port(target))).collect()
}

/// `RegisterTargets`: all of them or none; an instance has to run ([ELBv2 RegisterTargets]).
pub(super) fn register(world: &mut World, call: &Call<'_>) -> Answer {
    let group = named(world, call.input)?;
    let (name, usual, by_address) = (group.name.clone(), group.port, group.target_type == TargetType::Ip);
    let mut places = BTreeMap::new();
    for (id, port) in targets(call.input) {
        let zone = if by_address { world.zone_of_address(&id) } else { world.zone_of_running(&id) };
        let Some(zone) = zone else {
            let problem = if by_address { "are not valid or not in the VPC" } else { "are not in a running state" };
            return Err(Fault::new("InvalidTargetException", format!("The following targets {problem}: '{id}'")));
        };
        places.insert((id, port.unwrap_or(usual)), zone);
    }
    for (key, zone) in places {
        world.register_target(&name, key, zone);
    }
    Ok(json!({}))
}

/// `DeregisterTargets`: without a port, every registration of the target; what is not registered is passed over.
pub(super) fn deregister(world: &mut World, call: &Call<'_>) -> Answer {
    let group = named(world, call.input)?;
    let (name, known) = (group.name.clone(), group.targets.keys().cloned().collect::<Vec<_>>());
    for (id, port) in targets(call.input) {
        for key in known.iter().filter(|key| key.0 == id && port.is_none_or(|port| port == key.1)) {
            world.drain_target((name.clone(), key.clone()), "");
        }
    }
    Ok(json!({}))
}
