//! Task definitions.

use serde_json::{Value, json};

use super::super::page::{asks, compact, seconds, tag_list, text};
use super::short;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::task::{ContainerDefinition, NetworkMode, TaskDefinition};

/// `DescribeTaskDefinition`: by family (its newest revision), `family:revision` or ARN.
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let wanted = text(call.input, "taskDefinition").map(short).unwrap_or_default();
    let Some(definition) = find(world, wanted) else {
        return Err(Fault::new("ClientException", "Unable to describe task definition."));
    };
    let mut answer = json!({ "taskDefinition": describe_one(world, definition) });
    if asks(call.input, "include", "TAGS") {
        answer["tags"] = tag_list(&definition.tags, "key", "value").into();
    }
    Ok(answer)
}

pub(super) fn find<'a>(world: &'a World, wanted: &str) -> Option<&'a TaskDefinition> {
    if wanted.contains(':') {
        return world.task_definitions.get(wanted);
    }
    let family = world.task_definitions.values().filter(|d| d.family == wanted);
    family.max_by_key(|d| d.revision)
}

pub(super) fn describe_one(world: &World, definition: &TaskDefinition) -> Value {
    if let Some(given) = &definition.given {
        return registered(world, definition, given);
    }
    let awsvpc = definition.network_mode == NetworkMode::Awsvpc;
    let requires: Vec<Value> = definition.requires.iter().map(|name| json!({ "name": name })).collect();
    let containers: Vec<Value> = definition.containers.iter().map(|c| container(world, c)).collect();
    compact(json!({
        "taskDefinitionArn": world.definition_arn(&definition.key()),
        "containerDefinitions": containers,
        "family": definition.family,
        "executionRoleArn": world.arn_of("iam", "role/ecs-task-execution"),
        "taskRoleArn": world.arn_of("iam", &format!("role/{}", definition.family)),
        "networkMode": definition.network_mode.as_str(),
        "revision": definition.revision,
        "volumes": [],
        "status": "ACTIVE",
        "requiresAttributes": requires,
        "placementConstraints": definition.constraints.iter().map(super::services::constraint).collect::<Vec<_>>(),
        "compatibilities": if awsvpc { json!(["EC2", "FARGATE"]) } else { json!(["EC2"]) },
        "requiresCompatibilities": ["EC2"],
        "cpu": definition.cpu().to_string(),
        "memory": definition.memory().to_string(),
        "registeredAt": seconds(definition.registered_at),
        "registeredBy": definition.registered_by,
    }))
}

/// What was registered, and what ECS adds to it.
fn registered(world: &World, definition: &TaskDefinition, given: &Value) -> Value {
    let requires: Vec<Value> = definition.requires.iter().map(|name| json!({ "name": name })).collect();
    let mut answer = given.clone();
    answer["taskDefinitionArn"] = world.definition_arn(&definition.key()).into();
    answer["revision"] = definition.revision.into();
    answer["status"] = "ACTIVE".into();
    answer["requiresAttributes"] = requires.into();
    answer["compatibilities"] = json!(["EC2"]);
    answer["registeredAt"] = seconds(definition.registered_at);
    answer["registeredBy"] = definition.registered_by.as_str().into();
    answer
}

fn container(world: &World, container: &ContainerDefinition) -> Value {
    let ports: Vec<Value> = container
        .ports
        .iter()
        .map(|p| json!({ "containerPort": p.container, "hostPort": p.host, "protocol": "tcp" }))
        .collect();
    let logs = container.log_group.as_ref().map(|group| {
        let options = json!({
            "awslogs-group": group, "awslogs-region": world.region, "awslogs-stream-prefix": container.log_prefix,
        });
        json!({ "logDriver": "awslogs", "options": options })
    });
    let check = container.health_check.then(|| {
        let path = format!(
            "curl -fsS http://localhost:{}/healthz || exit 1",
            container.ports.first().map_or(0, |p| p.container)
        );
        json!({ "command": ["CMD-SHELL", path], "interval": 30, "timeout": 5, "retries": 3 })
    });
    compact(json!({
        "name": container.name,
        "image": container.image,
        "cpu": container.cpu,
        "memory": container.memory,
        "portMappings": ports,
        "essential": true,
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        "logConfiguration": logs,
        "healthCheck": check,
        "systemControls": [],
    }))
}
