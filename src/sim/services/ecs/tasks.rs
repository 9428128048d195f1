//! Tasks.

use std::ops::Bound;

use serde_json::{Value, json};

use super::super::page::{asks, compact, maybe_seconds, seconds, tag_list, text, texts};
use super::{batch, in_cluster, invalid, joined, missing, paged, short, span, task_in};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::task::{ContainerDefinition, NetworkMode, Task, TaskDefinition, TaskStatus};

/// `ListTasks`: tasks that are meant to run, unless `desiredStatus` says otherwise ([ECS API]).
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    check_filters(world, call, cluster)?;
    // No task is ever meant to be PENDING, so that asking for it gives nothing ([ECS API: `desiredStatus`]).
    let desired = text(call.input, "desiredStatus").unwrap_or("RUNNING");
    let stopped = match desired {
        "RUNNING" => false,
        "STOPPED" => true,
        _ => return paged(call, 100, "taskArns", []),
    };
    let after = span(call, 100)?.after;
    let from = after.map_or(Bound::Unbounded, Bound::Excluded);
    let tasks = world.tasks.range((from, Bound::Unbounded)).map(|(_, task)| task);
    let wanted = tasks.filter(|t| t.cluster == cluster && t.stop_wanted == stopped && matches(world, call, t));
    paged(call, 100, "taskArns", wanted.map(|t| (t.id.clone(), world.ecs_arn_in(cluster, "task", &t.id).into())))
}

fn check_filters(world: &World, call: &Call<'_>, cluster: &str) -> Result<(), Fault> {
    let others = ["containerInstance", "family", "serviceName"].iter().any(|name| call.input.contains_key(*name));
    if call.input.contains_key("startedBy") && others {
        return Err(invalid("startedBy can not be combined with other filters."));
    }
    if let Some(name) = text(call.input, "serviceName").map(short)
        && (cluster != world.cluster || !world.services.contains_key(name))
    {
        return Err(Fault::new("ServiceNotFoundException", "Service not found."));
    }
    if let Some(id) = text(call.input, "containerInstance").map(short)
        && joined(world, cluster, id).is_none()
    {
        return Err(invalid("Container instance not found."));
    }
    Ok(())
}

fn matches(world: &World, call: &Call<'_>, task: &Task) -> bool {
    let same = |member: &str, value: Option<&str>| {
        text(call.input, member).map(short).is_none_or(|wanted| value == Some(wanted))
    };
    let family = world.task_definitions.get(&task.definition).map(|d| d.family.as_str());
    same("containerInstance", task.container_instance.as_deref())
        && same("family", family)
        && same("serviceName", task.service.as_deref())
        && text(call.input, "startedBy").is_none_or(|wanted| task.started_by.as_deref() == Some(wanted))
        && text(call.input, "launchType").is_none_or(|wanted| wanted == "EC2")
        && !call.input.contains_key("daemonName")
}

/// `DescribeTasks`: up to 100.
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let wanted = texts(call.input, "tasks");
    batch("tasks", wanted.len(), 100)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for id in wanted.into_iter().map(short) {
        match task_in(world, cluster, id).and_then(|task| Some((task, world.task_definitions.get(&task.definition)?))) {
            Some((task, definition)) => found.push(describe_one(world, call, task, definition)),
            None => failures.push(missing(world.ecs_arn_in(cluster, "task", id))),
        }
    }
    Ok(json!({ "tasks": found, "failures": failures }))
}

pub(super) fn describe_one(world: &World, call: &Call<'_>, task: &Task, definition: &TaskDefinition) -> Value {
    let instance = task.instance.as_ref().and_then(|id| world.instances.get(id));
    let container_instance = instance.and_then(|i| i.container.as_ref());
    let service = task.service.as_ref().and_then(|name| world.services.get(name));
    let provider = service.map_or_else(
        || container_instance.and_then(|c| c.capacity_provider.as_ref()),
        |s| s.capacity_provider.as_ref(),
    );
    let connected = container_instance.map(|c| if c.agent_connected { "CONNECTED" } else { "DISCONNECTED" });
    let containers: Vec<Value> =
        definition.containers.iter().enumerate().map(|(n, c)| container(world, task, definition, n, c)).collect();
    let arn = |kind: &str, id: &str| world.ecs_arn_in(&task.cluster, kind, id);
    let tags = asks(call.input, "include", "TAGS").then(|| tag_list(&definition.tags, "key", "value"));
    compact(json!({
        "attachments": attachments(world, task),
        "attributes": [{ "name": "ecs.cpu-architecture", "value": "x86_64" }],
        "availabilityZone": task.zone.and_then(|z| world.zones.get(z)).map(|z| &z.name),
        "capacityProviderName": provider,
        "clusterArn": world.cluster_arn_of(&task.cluster),
        "connectivity": if task.started_at.is_some() { connected } else { None },
        "connectivityAt": task.started_at.and(container_instance).map(|c| seconds(c.agent_since.max(task.created_at))),
        "containerInstanceArn": task.container_instance.as_ref().map(|id| arn("container-instance", id)),
        "containers": containers,
        "cpu": definition.cpu().to_string(),
        "createdAt": seconds(task.created_at),
        "desiredStatus": if task.stop_wanted { "STOPPED" } else { "RUNNING" },
        "enableExecuteCommand": false,
        "executionStoppedAt": maybe_seconds(task.execution_stopped_at),
        "group": task.group,
        "healthStatus": health(task, definition.containers.first()),
        "lastStatus": task.status.as_str(),
        "launchType": "EC2",
        "memory": definition.memory().to_string(),
        "overrides": { "containerOverrides": [], "inferenceAcceleratorOverrides": [] },
        "pullStartedAt": maybe_seconds(task.pull_started_at),
        "pullStoppedAt": maybe_seconds(task.pull_stopped_at),
        "startedAt": maybe_seconds(task.started_at),
        "startedBy": task.started_by,
        "stopCode": task.ending.as_ref().map(|e| &e.stop_code),
        "stoppedAt": maybe_seconds(task.stopped_at),
        "stoppedReason": task.ending.as_ref().map(|e| &e.reason),
        "stoppingAt": maybe_seconds(task.stopping_at),
        "tags": tags,
        "taskArn": arn("task", &task.id),
        "taskDefinitionArn": world.definition_arn(&task.definition),
        "version": task.version,
    }))
}

fn attachments(world: &World, task: &Task) -> Value {
    let Some(interface) = &task.interface else { return json!([]) };
    let status = match task.status {
        TaskStatus::Provisioning => "ATTACHING",
        TaskStatus::Deprovisioning => "DETACHING",
        TaskStatus::Stopped => "DELETED",
        _ => "ATTACHED",
    };
    let subnet = task.zone.and_then(|z| world.zones.get(z)).map(|z| z.subnet_id.as_str()).unwrap_or_default();
    let details = [
        ("subnetId", subnet),
        ("networkInterfaceId", &interface.id),
        ("macAddress", &interface.mac),
        ("privateIPv4Address", &interface.address.to_string()),
    ]
    .map(|(name, value)| json!({ "name": name, "value": value }));
    json!([{
        "id": interface.attachment_id, "type": "ElasticNetworkInterface", "status": status, "details": details,
    }])
}

/// UNKNOWN without a health check; what it says once it has run ([ECS Container: `healthStatus`]).
fn health(task: &Task, container: Option<&ContainerDefinition>) -> &'static str {
    let checked = container.is_some_and(|c| c.health_check);
    if checked && task.status == TaskStatus::Running { "HEALTHY" } else { "UNKNOWN" }
}

fn container(world: &World, task: &Task, definition: &TaskDefinition, n: usize, c: &ContainerDefinition) -> Value {
    let status = match task.status {
        TaskStatus::Provisioning | TaskStatus::Pending => "PENDING",
        TaskStatus::Deprovisioning | TaskStatus::Stopped => "STOPPED",
        _ if task.execution_stopped_at.is_some() => "STOPPED",
        _ => "RUNNING",
    };
    let ending = task.ending.as_ref().filter(|_| status == "STOPPED");
    let mine = task.bindings.iter().filter(|b| c.ports.iter().any(|p| p.container == b.container));
    let bindings: Vec<Value> = mine
        .filter(|_| status == "RUNNING")
        .map(|b| json!({ "bindIP": "0.0.0.0", "containerPort": b.container, "hostPort": b.host, "protocol": "tcp" }))
        .collect();
    let interfaces: Vec<Value> = task
        .interface
        .iter()
        .map(|i| json!({ "attachmentId": i.attachment_id, "privateIpv4Address": i.address.to_string() }))
        .collect();
    let started = task.started_at.is_some();
    // Container and runtime ids follow from the task's, so that they are the same in every answer.
    let own = format!("{:08x}{}", n + 1, task.id.get(8..).unwrap_or_default());
    compact(json!({
        "containerArn": world.ecs_arn_in(&task.cluster, "container", &format!("{}/{}", task.id, own)),
        "taskArn": world.ecs_arn_in(&task.cluster, "task", &task.id),
        "name": c.name,
        "image": c.image,
        "imageDigest": started.then(|| format!("sha256:{own}{own}")),
        "runtimeId": started.then(|| format!("{}{own}", task.id)),
        "lastStatus": status,
        "exitCode": ending.and_then(|e| if n == 0 { e.exit_code } else { e.exit_code.map(|_| 0) }),
        "reason": ending.and_then(|e| e.container_reason.as_ref()).filter(|_| n == 0),
        "networkBindings": if definition.network_mode == NetworkMode::Awsvpc { Vec::new() } else { bindings },
        "networkInterfaces": interfaces,
        "healthStatus": health(task, Some(c)),
        "cpu": c.cpu.to_string(),
        "memory": c.memory.to_string(),
    }))
}
