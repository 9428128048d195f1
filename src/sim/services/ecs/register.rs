//! What is made known to ECS: task definitions, and container instances by their agents.

use serde_json::{Map, Value, json};

use super::super::page::{compact, given_tags, integer, tag_list, text};
use super::{definitions, in_cluster, instances};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::instance::Ec2State;
use crate::sim::world::task::{ContainerDefinition, NetworkMode, PortMapping, TaskDefinition};

fn refused(message: impl Into<String>) -> Fault {
    Fault::new("ClientException", message)
}

/// `RegisterContainerInstance`: what the agent on an instance calls, with the identity document that proves where it
/// runs ([ECS RegisterContainerInstance]). Instances of this account are known here, so that the signature is not
/// looked at; resources and attributes follow from instance type and AMI.
pub(super) fn container_instance(world: &mut World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let document = text(call.input, "instanceIdentityDocument").and_then(|d| serde_json::from_str::<Value>(d).ok());
    let id = document.as_ref().and_then(|d| d.get("instanceId")?.as_str()).unwrap_or_default();
    let Some(instance) = world.instances.get(id).filter(|i| i.state == Ec2State::Running) else {
        return Err(refused("Instance identity document was malformed or names no running instance."));
    };
    if instance.container.is_some() {
        return Err(refused(format!("Instance {id} is already registered with the cluster.")));
    }
    world.register(id, cluster, call.now);
    let found = world.instances.get(id).and_then(|i| Some((i, i.container.as_ref()?)));
    let (instance, container) = found.ok_or_else(|| refused("Instance type or image unknown."))?;
    Ok(json!({ "containerInstance": instances::container_instance(world, call, instance, container) }))
}

/// `RegisterTaskDefinition`: the next revision of a family. Members come back as they were given, with the defaults
/// that ECS documents for them ([ECS ContainerDefinition]).
pub(super) fn task_definition(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let family = text(input, "family").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if family.is_empty() || family.len() > 255 || !family.chars().all(plain) {
        return Err(refused("Family contains invalid characters."));
    }
    let network_mode = match text(input, "networkMode") {
        None | Some("bridge") => NetworkMode::Bridge,
        Some("awsvpc") => NetworkMode::Awsvpc,
        Some("host") => NetworkMode::Host,
        Some(other) => return Err(refused(format!("Network mode {other} is not supported on these instances."))),
    };
    let given = input.get("containerDefinitions").and_then(Value::as_array).into_iter().flatten();
    let given: Vec<Map<String, Value>> = given.filter_map(Value::as_object).cloned().collect();
    let size = (number(input, "cpu"), number(input, "memory"));
    let containers = containers(&given, network_mode, size.1.is_some())?;
    let revision = world.next_number(family);
    let definition = TaskDefinition {
        family: family.to_owned(),
        revision,
        network_mode,
        requires: requires(&containers, network_mode),
        constraints: super::compose::constraints(input).map_err(|fault| refused(fault.message))?,
        containers,
        registered_at: call.now,
        registered_by: crate::sim::services::sts::caller_arn(&world.account),
        tags: given_tags(input, "tags", "key", "value"),
        size,
        ends_after: ends_after(&given),
        given: Some(stated(input, given, network_mode)),
    };
    let mut answer = json!({ "taskDefinition": definitions::describe_one(world, &definition) });
    if !definition.tags.is_empty() {
        answer["tags"] = tag_list(&definition.tags, "key", "value").into();
    }
    world.task_definitions.insert(definition.key(), definition);
    Ok(compact(answer))
}

/// Of the commands that a first container may run, the simulated AWS knows two that end by themselves: `true`, and
/// `sleep` with a number.
fn ends_after(given: &[Map<String, Value>]) -> Option<f64> {
    let command = super::super::page::texts(given.first()?, "command");
    match command.as_slice() {
        ["true" | "/bin/true"] => Some(0.5),
        ["sleep" | "/bin/sleep", seconds] => seconds.parse().ok(),
        _ => None,
    }
}

/// CPU units or MiB of the task, which are written as text.
fn number(input: &Map<String, Value>, member: &str) -> Option<i64> {
    text(input, member)?.parse().ok()
}

fn containers(given: &[Map<String, Value>], mode: NetworkMode, sized: bool) -> Result<Vec<ContainerDefinition>, Fault> {
    if given.is_empty() {
        return Err(refused("Container list cannot be empty."));
    }
    let essential = |c: &Map<String, Value>| c.get("essential").and_then(Value::as_bool) != Some(false);
    if !given.iter().any(essential) {
        return Err(refused("All containers in a task definition can not be non-essential."));
    }
    let mut containers: Vec<ContainerDefinition> = Vec::new();
    for one in given {
        let container = container(one, mode, sized)?;
        if containers.iter().any(|other| other.name == container.name) {
            return Err(refused(format!("Container name '{}' is used more than once.", container.name)));
        }
        containers.push(container);
    }
    Ok(containers)
}

fn container(given: &Map<String, Value>, mode: NetworkMode, sized: bool) -> Result<ContainerDefinition, Fault> {
    let (Some(name), Some(image)) = (text(given, "name"), text(given, "image")) else {
        return Err(refused("Container.name and Container.image should not be null or empty."));
    };
    let memory = integer(given, "memory").or(integer(given, "memoryReservation"));
    if memory.is_none() && !sized {
        // [ECS ContainerDefinition: `memory`]: without a task-level size one of the two is needed.
        return Err(refused(format!(
            "Invalid setting for container '{name}'. At least one of 'memory' or 'memoryReservation' must be specified."
        )));
    }
    let port =
        |mapping: &Map<String, Value>, member: &str| integer(mapping, member).and_then(|p| u16::try_from(p).ok());
    let mappings = given.get("portMappings").and_then(Value::as_array).into_iter().flatten();
    let ports = mappings.filter_map(Value::as_object).filter_map(|mapping| {
        let container = port(mapping, "containerPort")?;
        let host = if mode == NetworkMode::Bridge { port(mapping, "hostPort").unwrap_or(0) } else { container };
        Some(PortMapping { container, host })
    });
    let logs = given.get("logConfiguration").filter(|c| c.get("logDriver").and_then(Value::as_str) == Some("awslogs"));
    let log_option = |name: &str| logs.and_then(|c| c.get("options")?.get(name)?.as_str()).map(str::to_owned);
    Ok(ContainerDefinition {
        name: name.to_owned(),
        image: image.to_owned(),
        cpu: integer(given, "cpu").unwrap_or(0),
        memory: memory.unwrap_or(0),
        ports: ports.collect(),
        log_group: log_option("awslogs-group"),
        log_prefix: log_option("awslogs-stream-prefix"),
        health_check: given.contains_key("healthCheck"),
    })
}

/// Attributes that an instance needs for the task ([ECS "Container instance attributes"]).
fn requires(containers: &[ContainerDefinition], mode: NetworkMode) -> Vec<String> {
    let logs = containers.iter().any(|c| c.log_group.is_some());
    let logs = logs.then_some("com.amazonaws.ecs.capability.logging-driver.awslogs");
    let interface = (mode == NetworkMode::Awsvpc).then_some("ecs.capability.task-eni");
    logs.into_iter().chain(interface).map(str::to_owned).collect()
}

/// The definition as given, with defaults.
fn stated(input: &Map<String, Value>, mut containers: Vec<Map<String, Value>>, mode: NetworkMode) -> Value {
    for container in &mut containers {
        for (member, value) in [("cpu", json!(0)), ("essential", json!(true))] {
            container.entry(member).or_insert(value);
        }
        for member in ["environment", "mountPoints", "portMappings", "systemControls", "volumesFrom"] {
            container.entry(member).or_insert(json!([]));
        }
        let mappings = container.get_mut("portMappings").and_then(Value::as_array_mut).into_iter().flatten();
        for mapping in mappings.filter_map(Value::as_object_mut) {
            let port = mapping.get("containerPort").cloned().unwrap_or_default();
            let host = if mode == NetworkMode::Bridge { json!(0) } else { port };
            mapping.entry("hostPort").or_insert(host);
            mapping.entry("protocol").or_insert(json!("tcp"));
        }
    }
    let mut all = input.clone();
    all.remove("tags");
    all.insert("containerDefinitions".into(), containers.into_iter().map(Value::Object).collect());
    all.insert("networkMode".into(), mode.as_str().into());
    for member in ["placementConstraints", "volumes"] {
        all.entry(member).or_insert(json!([]));
    }
    Value::Object(all)
}
