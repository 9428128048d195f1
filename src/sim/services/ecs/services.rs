//! Services and their deployments.

use serde_json::{Value, json};

use super::super::page::{asks, compact, maybe_seconds, seconds, tag_list, text, texts};
use super::{batch, in_cluster, invalid, missing, paged, short, with_services};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::constraint::Constraint;
use crate::sim::world::service::{Deployment, Rollout, RolloutState, Service, Strategy};
use crate::sim::world::task::{NetworkMode, TaskStatus};

/// `ListServices`: pages of 10 unless asked for more ([ECS API: `maxResults`]).
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let launch_type = text(call.input, "launchType");
    let strategy = text(call.input, "schedulingStrategy");
    let wanted = world.services.values().filter(|s| {
        // A service with a capacity provider strategy has no launch type and so matches none.
        let type_matches = launch_type.is_none_or(|t| t == "EC2" && s.capacity_provider.is_none());
        cluster == world.cluster && type_matches && strategy.is_none_or(|word| word == scheduling(s))
    });
    paged(call, 10, "serviceArns", wanted.map(|s| (s.name.clone(), world.ecs_arn("service", &s.name).into())))
}

/// `DescribeServices`: up to 10.
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let wanted = texts(call.input, "services");
    batch("services", wanted.len(), 10)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in wanted.into_iter().map(short) {
        match world.services.get(name).filter(|_| cluster == world.cluster) {
            Some(service) => found.push(describe_one(world, call, service)),
            None => failures.push(missing(world.ecs_arn_in(cluster, "service", name))),
        }
    }
    Ok(json!({ "services": found, "failures": failures }))
}

fn scheduling(service: &Service) -> &'static str {
    if service.daemon { "DAEMON" } else { "REPLICA" }
}

/// Tasks of a service, or of one of its deployments, that run and that are on their way there.
fn counts(world: &World, service: &Service, deployment: Option<&str>) -> (usize, usize) {
    let tasks = service.tasks.iter().filter_map(|id| world.tasks.get(id));
    let mine = tasks.filter(|t| deployment.is_none_or(|id| t.started_by.as_deref() == Some(id)));
    let (mut running, mut pending) = (0, 0);
    for task in mine {
        match task.status {
            TaskStatus::Running => running += 1,
            TaskStatus::Provisioning | TaskStatus::Pending => pending += 1,
            _ => {}
        }
    }
    (running, pending)
}

pub(super) fn describe_one(world: &World, call: &Call<'_>, service: &Service) -> Value {
    let (running, pending) = counts(world, service, None);
    let primary = service.primary();
    let balancers: Vec<Value> = service
        .load_balancers
        .iter()
        .filter_map(|b| {
            let arn = world.target_group_arn(world.target_groups.get(&b.target_group)?);
            Some(json!({ "targetGroupArn": arn, "containerName": b.container, "containerPort": b.port }))
        })
        .collect();
    let deployments: Vec<Value> =
        service.deployments.iter().enumerate().map(|(n, d)| deployment(world, service, d, n == 0)).collect();
    let events: Vec<Value> = service
        .events
        .iter()
        .map(|e| json!({ "id": e.id, "createdAt": seconds(e.at), "message": e.message }))
        .collect();
    let balanced = !balancers.is_empty();
    let current = service.rollouts.front();
    let tags = asks(call.input, "include", "TAGS").then(|| tag_list(&service.tags, "key", "value"));
    compact(json!({
        "serviceArn": world.ecs_arn("service", &service.name),
        "serviceName": service.name,
        "clusterArn": world.cluster_arn(),
        "loadBalancers": balancers,
        "serviceRegistries": [],
        "status": "ACTIVE",
        "desiredCount": service.desired,
        "runningCount": running,
        "pendingCount": pending,
        "launchType": launch_type(service),
        "capacityProviderStrategy": provider_strategy(service),
        "taskDefinition": primary.map(|d| world.definition_arn(&d.definition)),
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": { "enable": service.breaker, "rollback": service.rollback },
            "maximumPercent": service.maximum_percent,
            "minimumHealthyPercent": service.minimum_healthy_percent,
            "strategy": "ROLLING",
            "bakeTimeInMinutes": 0,
        },
        "deployments": deployments,
        "roleArn": world.arn_of("iam", "role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS"),
        "events": events,
        "createdAt": seconds(service.created_at),
        "currentServiceDeployment": current.map(|r| deployment_arn(world, service, r)),
        "currentServiceRevisions": current.map(|r| revisions(world, service, r)),
        "placementConstraints": service.constraints.iter().map(constraint).collect::<Vec<_>>(),
        "placementStrategy": placement(service),
        "networkConfiguration": network(world, service),
        "healthCheckGracePeriodSeconds": balanced.then_some(service.grace_seconds),
        "schedulingStrategy": scheduling(service),
        "deploymentController": { "type": "ECS" },
        "tags": tags,
        "createdBy": service.created_by,
        "enableECSManagedTags": service.given.is_none(),
        "propagateTags": if service.given.is_none() { "TASK_DEFINITION" } else { "NONE" },
        "enableExecuteCommand": false,
        "availabilityZoneRebalancing": "DISABLED",
    }))
}

pub(super) fn launch_type(service: &Service) -> Option<&'static str> {
    service.capacity_provider.is_none().then_some("EC2")
}

pub(super) fn provider_strategy(service: &Service) -> Option<Value> {
    let name = service.capacity_provider.as_ref()?;
    Some(json!([{ "capacityProvider": name, "weight": 1, "base": 0 }]))
}

pub(super) fn constraint(constraint: &Constraint) -> Value {
    match constraint.expression() {
        Some(expression) => json!({ "type": "memberOf", "expression": expression }),
        None => json!({ "type": "distinctInstance" }),
    }
}

fn placement(service: &Service) -> Value {
    // CreateService takes no strategy here, and ECS states none that was not given.
    if service.daemon || service.given.is_some() {
        return json!([]);
    }
    let zones = json!({ "type": "spread", "field": "attribute:ecs.availability-zone" });
    match service.strategy {
        Strategy::Spread => json!([zones, { "type": "spread", "field": "instanceId" }]),
        Strategy::Binpack => json!([zones, { "type": "binpack", "field": "MEMORY" }]),
    }
}

pub(super) fn network(world: &World, service: &Service) -> Option<Value> {
    if let Some(given) = &service.given {
        return Some(given.clone()).filter(|given| !given.is_null());
    }
    let definition = world.task_definitions.get(&service.primary()?.definition)?;
    if definition.network_mode != NetworkMode::Awsvpc {
        return None;
    }
    let subnets: Vec<&String> = world.zones.iter().map(|z| &z.subnet_id).collect();
    let configuration =
        json!({ "subnets": subnets, "securityGroups": service.security_groups, "assignPublicIp": "DISABLED" });
    Some(json!({ "awsvpcConfiguration": configuration }))
}

fn deployment(world: &World, service: &Service, deployment: &Deployment, primary: bool) -> Value {
    let (running, pending) = counts(world, service, Some(&deployment.id));
    // An older deployment wants what it still has; one that failed wants nothing any more.
    let desired = match (primary, deployment.state) {
        (true, RolloutState::Failed) => 0,
        (true, _) => service.desired as usize,
        (false, _) => running + pending,
    };
    compact(json!({
        "id": deployment.id,
        "status": if primary { "PRIMARY" } else { "ACTIVE" },
        "taskDefinition": world.definition_arn(&deployment.definition),
        "desiredCount": desired,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": deployment.failed_tasks,
        "createdAt": seconds(deployment.created_at),
        "updatedAt": seconds(deployment.updated_at),
        "launchType": launch_type(service),
        "capacityProviderStrategy": provider_strategy(service),
        "networkConfiguration": network(world, service),
        "rolloutState": deployment.state.as_str(),
        "rolloutStateReason": deployment.reason,
    }))
}

pub(super) fn deployment_arn(world: &World, service: &Service, rollout: &Rollout) -> String {
    world.ecs_arn("service-deployment", &format!("{}/{}", service.name, rollout.id))
}

pub(super) fn revision_arn(world: &World, service: &Service, revision: &str) -> String {
    world.ecs_arn("service-revision", &format!("{}/{revision}", service.name))
}

fn revisions(world: &World, service: &Service, rollout: &Rollout) -> Value {
    let (running, pending) = counts(world, service, Some(&rollout.deployment));
    json!([{
        "arn": revision_arn(world, service, &rollout.revision),
        "requestedTaskCount": service.desired,
        "runningTaskCount": running,
        "pendingTaskCount": pending,
    }])
}

/// `ListServiceDeployments`, newest first.
pub(super) fn list_deployments(world: &World, call: &Call<'_>) -> Answer {
    with_services(world, call.input)?;
    let name = text(call.input, "service").map(short).unwrap_or_default();
    let Some(service) = world.services.get(name) else {
        return Err(Fault::new("ServiceNotFoundException", "Service not found."));
    };
    let statuses = texts(call.input, "status");
    let bound = |member: &str| call.input.get("createdAt").and_then(|c| c.get(member)).and_then(Value::as_f64);
    let (before, after) = (bound("before"), bound("after"));
    let wanted = service.rollouts.iter().enumerate().filter(|(_, rollout)| {
        let at = rollout.created_at.as_millisecond() as f64 / 1000.0;
        (statuses.is_empty() || statuses.contains(&rollout.status.as_str()))
            && before.is_none_or(|b| at < b)
            && after.is_none_or(|a| at > a)
    });
    let briefs = wanted.map(|(n, r)| (format!("{n:06}"), brief(world, service, r)));
    paged(call, 20, "serviceDeployments", briefs)
}

fn brief(world: &World, service: &Service, rollout: &Rollout) -> Value {
    compact(json!({
        "serviceDeploymentArn": deployment_arn(world, service, rollout),
        "serviceArn": world.ecs_arn("service", &service.name),
        "clusterArn": world.cluster_arn(),
        "createdAt": seconds(rollout.created_at),
        "startedAt": seconds(rollout.created_at),
        "finishedAt": maybe_seconds(rollout.finished_at),
        "targetServiceRevisionArn": revision_arn(world, service, &rollout.revision),
        "status": rollout.status,
        "statusReason": rollout.reason,
    }))
}

/// `DescribeServiceDeployments`: up to 20
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceDeployments.html>).
pub(super) fn describe_deployments(world: &World, call: &Call<'_>) -> Answer {
    let wanted = texts(call.input, "serviceDeploymentArns");
    batch("serviceDeploymentArns", wanted.len(), 20)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for arn in wanted {
        if !arn.contains(":service-deployment/") {
            return Err(invalid("Invalid identifier: Identifier is not a service deployment ARN."));
        }
        match find_rollout(world, arn) {
            Some((service, rollout)) => found.push(full(world, service, rollout)),
            None => failures.push(missing(arn.to_owned())),
        }
    }
    Ok(json!({ "serviceDeployments": found, "failures": failures }))
}

pub(super) fn find_rollout<'a>(world: &'a World, arn: &str) -> Option<(&'a Service, &'a Rollout)> {
    let mut parts = arn.rsplit('/');
    let (id, name) = (parts.next()?, parts.next()?);
    let service = world.services.get(name)?;
    Some((service, service.rollouts.iter().find(|r| r.id == id)?))
}

fn full(world: &World, service: &Service, rollout: &Rollout) -> Value {
    let (running, pending) = counts(world, service, Some(&rollout.deployment));
    let deployment = service.deployments.iter().find(|d| d.id == rollout.deployment);
    let failures = deployment.map_or(0, |d| d.failed_tasks);
    let threshold = service.breaker_threshold();
    let breaker = match (service.breaker, rollout.finished_at) {
        (false, _) => "DISABLED",
        (true, None) => "MONITORING",
        (true, Some(_)) if rollout.status.ends_with("SUCCESSFUL") => "MONITORING_COMPLETE",
        (true, Some(_)) => "TRIGGERED",
    };
    let source: Vec<Value> = rollout
        .source_revision
        .iter()
        .map(|r| json!({ "arn": revision_arn(world, service, r), "requestedTaskCount": 0, "runningTaskCount": 0, "pendingTaskCount": 0 }))
        .collect();
    let mut value = brief(world, service, rollout);
    let more = json!({
        "targetServiceRevisionArn": null,
        "updatedAt": seconds(deployment.map_or(rollout.created_at, |d| d.updated_at)),
        "sourceServiceRevisions": source,
        "targetServiceRevision": {
            "arn": revision_arn(world, service, &rollout.revision),
            "requestedTaskCount": service.desired,
            "runningTaskCount": running,
            "pendingTaskCount": pending,
        },
        "deploymentConfiguration": {
            "deploymentCircuitBreaker": { "enable": service.breaker, "rollback": service.rollback },
            "maximumPercent": service.maximum_percent,
            "minimumHealthyPercent": service.minimum_healthy_percent,
            "strategy": "ROLLING",
        },
        "lifecycleStage": rollout.finished_at.is_none().then_some("SCALE_UP"),
        "deploymentCircuitBreaker": { "status": breaker, "failureCount": failures, "threshold": threshold },
    });
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    compact(value)
}
