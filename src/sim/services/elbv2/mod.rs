//! Elastic Load Balancing v2.

mod targets;

use serde_json::{Map, Value, json};

use super::no_handler;
use super::page::{compact, integer, page, read_token, seconds, text, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::target::{LoadBalancer, Target, TargetGroup, TargetState, TargetType};

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation {
        "CreateTargetGroup" => targets::create(world, call),
        "DeregisterTargets" => targets::deregister(world, call),
        "DescribeLoadBalancers" => load_balancers(world, call),
        "DescribeTargetGroups" => target_groups(world, call),
        "DescribeTargetHealth" => target_health(world, call),
        "RegisterTargets" => targets::register(world, call),
        _ => no_handler(call),
    }
}

/// An answer with one page of `member`: 400 entries unless `PageSize` asks for less ([ELBv2 API: `PageSize`]).
fn paged(call: &Call<'_>, member: &str, items: impl IntoIterator<Item = (String, Value)>) -> Answer {
    let limit = integer(call.input, "PageSize").and_then(|n| usize::try_from(n).ok()).unwrap_or(400);
    let after = match text(call.input, "Marker") {
        None => None,
        Some(marker) => {
            let invalid = || Fault::new("ValidationError", format!("Invalid marker '{marker}'"));
            Some(read_token(call.operation, marker).ok_or_else(invalid)?)
        }
    };
    let (items, next) = page(call.operation, items, after.as_deref(), limit);
    let mut answer = Map::from_iter([(member.to_owned(), Value::Array(items))]);
    if let Some(next) = next {
        answer.insert("NextMarker".into(), next.into());
    }
    Ok(Value::Object(answer))
}

/// `DescribeLoadBalancers`: by ARN, up to 20, or by name, or all.
fn load_balancers(world: &World, call: &Call<'_>) -> Answer {
    let (arns, names) = (texts(call.input, "LoadBalancerArns"), texts(call.input, "Names"));
    let known: Vec<(String, &LoadBalancer)> =
        world.load_balancers.values().map(|b| (world.load_balancer_arn(b), b)).collect();
    for wanted in arns.iter().chain(&names) {
        if !known.iter().any(|(arn, b)| arn == wanted || b.name == *wanted) {
            let message = if arns.is_empty() {
                format!("Load balancers '[{wanted}]' not found")
            } else {
                "One or more load balancers not found".to_owned()
            };
            return Err(Fault::new("LoadBalancerNotFoundException", message));
        }
    }
    let all = arns.is_empty() && names.is_empty();
    let found = known.iter().filter(|(arn, b)| all || arns.contains(&arn.as_str()) || names.contains(&b.name.as_str()));
    paged(call, "LoadBalancers", found.map(|(arn, b)| (b.name.clone(), load_balancer(world, arn, b))))
}

fn load_balancer(world: &World, arn: &str, balancer: &LoadBalancer) -> Value {
    let zones: Vec<Value> = world
        .zones
        .iter()
        .map(|z| json!({ "ZoneName": z.name, "SubnetId": z.subnet_id, "LoadBalancerAddresses": [] }))
        .collect();
    json!({
        "LoadBalancerArn": arn,
        "DNSName": format!("{}-{}.{}.elb.amazonaws.com", balancer.name, balancer.created_at.as_second(), world.region),
        "CanonicalHostedZoneId": "Z32O12XQLNTSW2",
        "CreatedTime": seconds(balancer.created_at),
        "LoadBalancerName": balancer.name,
        "Scheme": if balancer.internal { "internal" } else { "internet-facing" },
        "VpcId": world.vpc_id,
        "State": { "Code": "active" },
        "Type": "application",
        "AvailabilityZones": zones,
        "SecurityGroups": balancer.security_groups,
        "IpAddressType": "ipv4",
    })
}

/// `DescribeTargetGroups`: by ARN, by name, by load balancer, or all.
fn target_groups(world: &World, call: &Call<'_>) -> Answer {
    let (arns, names) = (texts(call.input, "TargetGroupArns"), texts(call.input, "Names"));
    let balancer = text(call.input, "LoadBalancerArn");
    let chosen = [!arns.is_empty(), !names.is_empty(), balancer.is_some()];
    if chosen.iter().filter(|given| **given).count() > 1 {
        let message = "Target group ARNs, target group names, and a load balancer ARN can not be specified together";
        return Err(Fault::new("ValidationError", message));
    }
    if let Some(arn) = balancer
        && !world.load_balancers.values().any(|b| world.load_balancer_arn(b) == arn)
    {
        return Err(Fault::new("LoadBalancerNotFoundException", format!("Load balancer '{arn}' not found")));
    }
    let known: Vec<(String, &TargetGroup)> =
        world.target_groups.values().map(|g| (world.target_group_arn(g), g)).collect();
    for wanted in arns.iter().chain(&names) {
        if !known.iter().any(|(arn, g)| arn == wanted || g.name == *wanted) {
            return Err(Fault::new("TargetGroupNotFoundException", "One or more target groups not found"));
        }
    }
    let all = arns.is_empty() && names.is_empty();
    let found = known.iter().filter(|(arn, group)| {
        (all || arns.contains(&arn.as_str()) || names.contains(&group.name.as_str()))
            && balancer.is_none_or(|arn| balancer_arn(world, group).as_deref() == Some(arn))
    });
    paged(call, "TargetGroups", found.map(|(arn, g)| (g.name.clone(), target_group(world, arn, g))))
}

fn balancer_arn(world: &World, group: &TargetGroup) -> Option<String> {
    Some(world.load_balancer_arn(world.load_balancers.get(group.load_balancer.as_ref()?)?))
}

fn target_group(world: &World, arn: &str, group: &TargetGroup) -> Value {
    let check = &group.health_check;
    json!({
        "TargetGroupArn": arn,
        "TargetGroupName": group.name,
        "Protocol": "HTTP",
        "ProtocolVersion": "HTTP1",
        "Port": group.port,
        "VpcId": world.vpc_id,
        "HealthCheckProtocol": "HTTP",
        "HealthCheckPort": check.port.map_or_else(|| "traffic-port".to_owned(), |port| port.to_string()),
        "HealthCheckEnabled": true,
        "HealthCheckIntervalSeconds": check.interval,
        "HealthCheckTimeoutSeconds": check.timeout,
        "HealthyThresholdCount": check.healthy_threshold,
        "UnhealthyThresholdCount": check.unhealthy_threshold,
        "HealthCheckPath": check.path,
        "Matcher": { "HttpCode": check.codes },
        "LoadBalancerArns": balancer_arn(world, group).into_iter().collect::<Vec<_>>(),
        "TargetType": group.target_type.as_str(),
        "IpAddressType": "ipv4",
    })
}

/// `DescribeTargetHealth`: every target, or those named; never paged
/// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTargetHealth.html>).
fn target_health(world: &World, call: &Call<'_>) -> Answer {
    let wanted = text(call.input, "TargetGroupArn").unwrap_or_default();
    let Some(group) = world.target_groups.values().find(|g| world.target_group_arn(g) == wanted) else {
        return Err(Fault::new("TargetGroupNotFoundException", "One or more target groups not found"));
    };
    let asked = call.input.get("Targets").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let descriptions: Vec<Value> = if asked.is_empty() {
        group.targets.iter().map(|((id, port), t)| describe_target(world, group, id, *port, Some(t))).collect()
    } else {
        let named = asked.iter().filter_map(Value::as_object).map(|target| {
            let id = text(target, "Id").unwrap_or_default();
            let port = integer(target, "Port").and_then(|p| u16::try_from(p).ok()).unwrap_or(group.port);
            describe_target(world, group, id, port, group.targets.get(&(id.to_owned(), port)))
        });
        named.collect()
    };
    Ok(json!({ "TargetHealthDescriptions": descriptions }))
}

fn describe_target(world: &World, group: &TargetGroup, id: &str, port: u16, target: Option<&Target>) -> Value {
    // Elastic Load Balancing says in which zone an address is, and leaves it out for an instance.
    let zone = target.filter(|_| group.target_type == TargetType::Ip).map(|t| &t.zone);
    compact(json!({
        "Target": { "Id": id, "Port": port, "AvailabilityZone": zone },
        "HealthCheckPort": group.health_check.port.unwrap_or(port).to_string(),
        "TargetHealth": health(world.routed(group), target.map(|t| t.state)),
    }))
}

/// State, reason code and description ([ELBv2 "Target health status" and "Health check reason codes"]).
fn health(routed: bool, state: Option<TargetState>) -> Value {
    let (state, reason, description) = match state {
        None => ("unused", "Target.NotRegistered", "Target is not registered to the target group".to_owned()),
        Some(TargetState::Draining) => {
            ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress".to_owned())
        }
        Some(_) if !routed => {
            let words = "Target group is not configured to receive traffic from the load balancer";
            ("unused", "Target.NotInUse", words.to_owned())
        }
        Some(TargetState::Initial) => {
            ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress".to_owned())
        }
        Some(TargetState::Healthy) => return json!({ "State": "healthy" }),
        Some(TargetState::WrongCode(code)) => {
            let words = format!("Health checks failed with these codes: [{code}]");
            ("unhealthy", "Target.ResponseCodeMismatch", words)
        }
        Some(TargetState::TimesOut) => ("unhealthy", "Target.Timeout", "Request timed out".to_owned()),
    };
    json!({ "State": state, "Reason": reason, "Description": description })
}
