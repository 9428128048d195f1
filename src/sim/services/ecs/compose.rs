//! Services and tasks that a caller asks for.

use std::collections::{BTreeSet, VecDeque};

use serde_json::{Map, Value, json};

use super::super::page::{given_tags, integer, text};
use super::{definitions, in_cluster, invalid, services, short, task_in, tasks, with_services};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::constraint::Constraint;
use crate::sim::world::service::{Service, ServiceLoadBalancer, Strategy};
use crate::sim::world::task::{Ending, NetworkMode, TaskDefinition};

/// The task definition that a call names.
fn definition(world: &World, input: &Map<String, Value>) -> Result<TaskDefinition, Fault> {
    let wanted = text(input, "taskDefinition").map(short).unwrap_or_default();
    let found = definitions::find(world, wanted).cloned();
    found.ok_or_else(|| Fault::new("ClientException", "TaskDefinition not found."))
}

/// Refuses what these instances cannot run, and a network configuration that does not go with the network mode
/// ([ECS RunTask], [ECS CreateService]: `launchType`, `networkConfiguration`).
fn suits(input: &Map<String, Value>, definition: &TaskDefinition) -> Result<(), Fault> {
    if let Some(launch_type) = text(input, "launchType").filter(|launch_type| *launch_type != "EC2") {
        return Err(invalid(format!("Task definition does not support launch_type {launch_type}.")));
    }
    match (definition.network_mode == NetworkMode::Awsvpc, input.contains_key("networkConfiguration")) {
        (true, false) => Err(invalid("Network Configuration must be provided when networkMode 'awsvpc' is specified.")),
        (false, true) => {
            Err(invalid("Network Configuration is not valid for the given networkMode of this task definition."))
        }
        _ => Ok(()),
    }
}

/// `CreateService`: with ECS's own scheduler, rolling ([ECS CreateService]).
pub(super) fn create_service(world: &mut World, call: &Call<'_>) -> Answer {
    with_services(world, call.input)?;
    let input = call.input;
    let name = text(input, "serviceName").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(plain) {
        return Err(invalid("Invalid service name."));
    }
    if world.services.contains_key(name) {
        return Err(invalid("Creation of service was not idempotent."));
    }
    let definition = definition(world, input)?;
    suits(input, &definition)?;
    let daemon = text(input, "schedulingStrategy") == Some("DAEMON");
    if daemon == input.contains_key("desiredCount") {
        let words = if daemon { "must not be specified for DAEMON" } else { "must be specified for REPLICA" };
        return Err(invalid(format!("desiredCount {words} services.")));
    }
    let service = new_service(world, call, name, daemon)?;
    world.found_service(service, &definition.key());
    described(world, call, name)
}

fn new_service(world: &World, call: &Call<'_>, name: &str, daemon: bool) -> Result<Service, Fault> {
    let input = call.input;
    let load_balancers = load_balancers(world, input)?;
    let configuration = input.get("deploymentConfiguration").and_then(Value::as_object);
    // ECS's defaults: 100 and 200 for replicas, 0 and 100 for daemons ([ECS DeploymentConfiguration]).
    let (least, most) = if daemon { (0, 100) } else { (100, 200) };
    let bound = |member: &str, usual| configuration.and_then(|c| count(c, member)).unwrap_or(usual);
    let breaker = configuration.and_then(|c| c.get("deploymentCircuitBreaker"));
    let switch = |member: &str| breaker.and_then(|b| b.get(member)?.as_bool()) == Some(true);
    Ok(Service {
        name: name.to_owned(),
        daemon,
        desired: count(input, "desiredCount").unwrap_or(0),
        load_balancers,
        deployments: Vec::new(),
        rollouts: VecDeque::new(),
        events: VecDeque::new(),
        tasks: BTreeSet::new(),
        by_zone: vec![0; world.zones.len()],
        created_at: call.now,
        created_by: crate::sim::services::sts::caller_arn(&world.account),
        minimum_healthy_percent: bound("minimumHealthyPercent", least),
        maximum_percent: bound("maximumPercent", most),
        breaker: switch("enable"),
        rollback: switch("rollback"),
        strategy: Strategy::Spread,
        constraints: constraints(input)?,
        capacity_provider: None,
        grace_seconds: count(input, "healthCheckGracePeriodSeconds").unwrap_or(0),
        security_groups: Vec::new(),
        tags: given_tags(input, "tags", "key", "value"),
        steady: false,
        unplaced_at: None,
        unplaced_said_at: None,
        planned: false,
        given: Some(input.get("networkConfiguration").cloned().unwrap_or_default()),
    })
}

fn count(input: &Map<String, Value>, member: &str) -> Option<u32> {
    integer(input, member).and_then(|n| u32::try_from(n).ok())
}

fn load_balancers(world: &World, input: &Map<String, Value>) -> Result<Vec<ServiceLoadBalancer>, Fault> {
    let given = input.get("loadBalancers").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let read = given.map(|balancer| {
        let arn = text(balancer, "targetGroupArn").unwrap_or_default();
        let Some(group) = world.target_groups.values().find(|g| world.target_group_arn(g) == arn) else {
            return Err(invalid(format!("The target group with targetGroupArn {arn} does not exist.")));
        };
        if !world.routed(group) {
            let message =
                format!("The target group with targetGroupArn {arn} does not have an associated load balancer.");
            return Err(invalid(message));
        }
        Ok(ServiceLoadBalancer {
            target_group: group.name.clone(),
            container: text(balancer, "containerName").unwrap_or_default().to_owned(),
            port: integer(balancer, "containerPort").and_then(|p| u16::try_from(p).ok()).unwrap_or(0),
        })
    });
    read.collect()
}

/// Up to ten constraints
/// (<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_PlacementConstraint.html>).
pub(super) fn constraints(input: &Map<String, Value>) -> Result<Vec<Constraint>, Fault> {
    let given = input.get("placementConstraints").and_then(Value::as_array).into_iter().flatten();
    let given: Vec<&Map<String, Value>> = given.filter_map(Value::as_object).collect();
    if given.len() > 10 {
        return Err(invalid("Too many placement constraints. The maximum is 10."));
    }
    let read = given.into_iter().map(|one| match (text(one, "type"), text(one, "expression")) {
        (Some("distinctInstance"), None) => Ok(Constraint::distinct()),
        (Some("memberOf"), Some(expression)) if expression.len() <= 2_000 => {
            Constraint::member_of(expression).map_err(invalid)
        }
        _ => Err(invalid("A placement constraint is distinctInstance, or memberOf with an expression.")),
    });
    read.collect()
}

fn described(world: &World, call: &Call<'_>, name: &str) -> Answer {
    let service = world.services.get(name).ok_or_else(no_service)?;
    Ok(json!({ "service": services::describe_one(world, call, service) }))
}

fn no_service() -> Fault {
    Fault::new("ServiceNotFoundException", "Service not found.")
}

/// `UpdateService`: another count, another task definition, or the same one over again ([ECS UpdateService]).
pub(super) fn update_service(world: &mut World, call: &Call<'_>) -> Answer {
    with_services(world, call.input)?;
    let input = call.input;
    let name = text(input, "service").map(short).unwrap_or_default();
    let current = world.services.get(name).ok_or_else(no_service)?;
    let current = current.primary().map(|d| d.definition.clone()).unwrap_or_default();
    let wanted = if input.contains_key("taskDefinition") { definition(world, input)?.key() } else { current.clone() };
    if let (Some(desired), Some(service)) = (count(input, "desiredCount"), world.services.get_mut(name)) {
        if service.daemon {
            return Err(invalid("The daemon scheduling strategy does not support a desired count."));
        }
        service.desired = desired;
        service.steady = false;
    }
    if input.contains_key("placementConstraints") {
        let wanted = constraints(input)?;
        if let Some(service) = world.services.get_mut(name) {
            service.constraints = wanted;
        }
    }
    if wanted != current || input.get("forceNewDeployment").and_then(Value::as_bool) == Some(true) {
        world.roll_out(name, &wanted, None, call.now);
    }
    world.plan_service(name, 1.0);
    described(world, call, name)
}

/// `RunTask`: up to 10 tasks, placed at once or not at all ([ECS RunTask: `count`, `failures`]).
pub(super) fn run_task(world: &mut World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let definition = definition(world, call.input)?;
    suits(call.input, &definition)?;
    // The constraints of the call hold beside those of the definition.
    let mut definition = definition;
    let given = constraints(call.input)?;
    if given.iter().any(|constraint| constraint.expression().is_none()) {
        return Err(invalid("distinctInstance is not supported for RunTask by the simulated AWS."));
    }
    definition.constraints.extend(given);
    let count = integer(call.input, "count").unwrap_or(1);
    if !(1..=10).contains(&count) {
        return Err(invalid("Count should be between 1 and 10."));
    }
    if !world.instances.values().any(|i| i.container.as_ref().is_some_and(|c| c.cluster == cluster)) {
        return Err(invalid("No Container Instances were found in your cluster."));
    }
    let (mut started, mut failures) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let Some(id) = world.run_task(&definition, cluster) else {
            failures.extend(world.unfit(&definition, cluster));
            continue;
        };
        let Some(task) = world.tasks.get_mut(&id) else { continue };
        if let Some(group) = text(call.input, "group") {
            group.clone_into(&mut task.group);
        }
        task.started_by = text(call.input, "startedBy").map(str::to_owned);
        started.push(id);
    }
    let started = started.iter().filter_map(|id| world.tasks.get(id));
    let started: Vec<Value> = started.map(|task| tasks::describe_one(world, call, task, &definition)).collect();
    let failures: Vec<Value> = failures
        .iter()
        .map(|(id, reason)| json!({ "arn": world.ecs_arn_in(cluster, "container-instance", id), "reason": reason }))
        .collect();
    Ok(json!({ "tasks": started, "failures": failures }))
}

/// `StopTask`: SIGTERM, then SIGKILL after a while ([ECS StopTask]); a task that is stopped already stays as it is.
pub(super) fn stop_task(world: &mut World, call: &Call<'_>) -> Answer {
    let cluster = in_cluster(world, call.input)?;
    let id = text(call.input, "task").map(short).unwrap_or_default();
    let absent = || invalid("The referenced task was not found.");
    let task = task_in(world, cluster, id).ok_or_else(absent)?;
    let ending = Ending {
        stop_code: "UserInitiated".into(),
        reason: text(call.input, "reason").unwrap_or("Task stopped by user").to_owned(),
        exit_code: task.started_at.and(Some(0)),
        container_reason: None,
    };
    world.stop_task(id, ending);
    let task = world.tasks.get(id).ok_or_else(absent)?;
    let definition = world.task_definitions.get(&task.definition).ok_or_else(absent)?;
    Ok(json!({ "task": tasks::describe_one(world, call, task, definition) }))
}
