//! Container instances.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::page::{asks, compact, seconds, text, texts};
use super::{batch, in_cluster, invalid, joined, missing, paged, short};
use crate::sim::call::{Answer, Call};
use crate::sim::world::expression::Expression;
use crate::sim::world::instance::{Check, ContainerInstance, ContainerStatus, Instance};
use crate::sim::world::task::{Task, TaskStatus};
use crate::sim::world::{RESERVED_PORTS, World};

/// Tasks of a container instance in a state.
fn tasks_in(world: &World, container: &ContainerInstance, status: TaskStatus) -> usize {
    let tasks = container.tasks.iter().filter_map(|id| world.tasks.get(id));
    tasks.filter(|task: &&Task| task.status == status).count()
}

/// `ListContainerInstances`: every status but INACTIVE unless one is named ([ECS API: `status`]).
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let status = text(call.input, "status");
    let query = text(call.input, "filter").map(Expression::parse).transpose().map_err(invalid)?;
    let found = world.instances.values().filter_map(|instance| {
        let container = instance.container.as_ref().filter(|container| container.cluster == cluster)?;
        let wanted = match status {
            Some(status) => container.status.as_str() == status,
            None => container.status != ContainerStatus::Inactive,
        };
        let matches = wanted && query.as_ref().is_none_or(|q| q.holds(world, instance, container));
        matches.then(|| (container.id.clone(), world.ecs_arn_in(cluster, "container-instance", &container.id).into()))
    });
    let mut found: Vec<(String, Value)> = found.collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    paged(call, 100, "containerInstanceArns", found)
}

/// `DescribeContainerInstances`: up to 100.
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let wanted = texts(call.input, "containerInstances");
    batch("containerInstances", wanted.len(), 100)?;
    Ok(described(world, call, cluster, &wanted))
}

fn described(world: &World, call: &Call<'_>, cluster: &str, wanted: &[&str]) -> Value {
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for id in wanted.iter().map(|reference| short(reference)) {
        match joined(world, cluster, id) {
            Some((instance, container)) => found.push(container_instance(world, call, instance, container)),
            None => failures.push(missing(world.ecs_arn_in(cluster, "container-instance", id))),
        }
    }
    json!({ "containerInstances": found, "failures": failures })
}

/// `UpdateContainerInstancesState`: up to 10, to ACTIVE or DRAINING ([ECS API]).
pub(super) fn update_state(world: &mut World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let wanted = texts(call.input, "containerInstances");
    batch("containerInstances", wanted.len(), 10)?;
    let status = match text(call.input, "status") {
        Some("ACTIVE") => ContainerStatus::Active,
        Some("DRAINING") => ContainerStatus::Draining,
        _ => return Err(invalid("Container instance status should be one of [ACTIVE, DRAINING].")),
    };
    let unique: BTreeSet<&str> = wanted.iter().map(|reference| short(reference)).collect();
    for id in unique {
        if joined(world, cluster, id).is_some() {
            world.set_container_status(id, status);
        }
    }
    Ok(described(world, call, cluster, &wanted))
}

pub(super) fn container_instance(
    world: &World,
    call: &Call<'_>,
    instance: &Instance,
    container: &ContainerInstance,
) -> Value {
    let attributes: Vec<Value> =
        container.attributes.iter().map(|(name, value)| compact(json!({ "name": name, "value": value }))).collect();
    let gated = |part: &str, value: Value| if asks(call.input, "include", part) { value } else { Value::Null };
    let tags = super::super::page::tag_list(&instance.tags, "key", "value");
    compact(json!({
        "containerInstanceArn": world.ecs_arn_in(&container.cluster, "container-instance", &container.id),
        "ec2InstanceId": instance.id,
        "capacityProviderName": container.capacity_provider,
        "version": container.version,
        "versionInfo": {
            "agentVersion": container.agent_version,
            "agentHash": "4f8f9a2c",
            "dockerVersion": "DockerVersion: 25.0.13",
        },
        "registeredResources": resources(container.cpu, container.memory, &RESERVED_PORTS.into()),
        "remainingResources": resources(container.free_cpu(), container.free_memory(), &container.used.ports),
        "status": container.status.as_str(),
        "agentConnected": container.agent_connected,
        "runningTasksCount": tasks_in(world, container, TaskStatus::Running),
        "pendingTasksCount": tasks_in(world, container, TaskStatus::Pending),
        "attributes": attributes,
        "registeredAt": seconds(container.registered_at),
        "attachments": [],
        "tags": gated("TAGS", Value::Array(tags)),
        "healthStatus": gated("CONTAINER_INSTANCE_HEALTH", health(instance, container)),
    }))
}

/// CPU, memory and ports, as `Resource` structures; `PORTS` lists the ports that are taken.
fn resources(cpu: i64, memory: i64, ports: &BTreeSet<u16>) -> Value {
    let integer = |name: &str, value: i64| json!({ "name": name, "type": "INTEGER", "doubleValue": 0.0, "longValue": 0, "integerValue": value });
    let set = |name: &str, values: Vec<String>| {
        json!({
            "name": name, "type": "STRINGSET", "doubleValue": 0.0, "longValue": 0, "integerValue": 0,
            "stringSetValue": values,
        })
    };
    let ports = ports.iter().map(u16::to_string).collect();
    json!([integer("CPU", cpu), integer("MEMORY", memory), set("PORTS", ports), set("PORTS_UDP", Vec::new())])
}

/// ECS's own health checks of the instance.
fn health(instance: &Instance, container: &ContainerInstance) -> Value {
    let connected = container.agent_connected;
    let runtime = if matches!(instance.instance_check, Check::Impaired(_)) { "IMPAIRED" } else { "OK" };
    // A runtime that nobody can ask about is not known to be well.
    let runtime = if connected { runtime } else { "INSUFFICIENT_DATA" };
    let detail = |kind: &str, status: &str| {
        json!({
            "type": kind, "status": status,
            "lastUpdated": seconds(container.agent_since), "lastStatusChange": seconds(container.agent_since),
        })
    };
    let agent = if connected { "OK" } else { "IMPAIRED" };
    let overall = if runtime == "OK" && connected { "OK" } else { "IMPAIRED" };
    json!({
        "overallStatus": overall,
        "details": [detail("CONTAINER_RUNTIME", runtime), detail("AGENT_CONNECTIVITY", agent)],
    })
}
