//! Amazon ECS.
//!
//! Limits that the model does not carry are from the API reference of each operation, wording of
//! faults from the service where it is known.

mod attributes;
mod clusters;
mod compose;
mod definitions;
mod instances;
mod protection;
mod register;
mod revisions;
mod services;
mod tasks;

use serde_json::{Map, Value, json};

use super::page::{integer, page, read_token, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::instance::{ContainerInstance, Instance};
use crate::sim::world::task::Task;

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    let world = &*match call.operation {
        "CreateCluster" => return clusters::create(world, call),
        "CreateService" => return compose::create_service(world, call),
        "RegisterContainerInstance" => return register::container_instance(world, call),
        "RegisterTaskDefinition" => return register::task_definition(world, call),
        "PutAttributes" => return attributes::put(world, call),
        "DeleteAttributes" => return attributes::delete(world, call),
        "RunTask" => return compose::run_task(world, call),
        "StopServiceDeployment" => return revisions::stop(world, call),
        "StopTask" => return compose::stop_task(world, call),
        "UpdateContainerInstancesState" => return instances::update_state(world, call),
        "UpdateTaskProtection" => return protection::update(world, call),
        "UpdateService" => return compose::update_service(world, call),
        _ => world,
    };
    match call.operation {
        "DescribeServiceRevisions" => revisions::describe(world, call),
        "ListClusters" => clusters::list(world, call),
        "DescribeClusters" => clusters::describe(world, call),
        "DescribeCapacityProviders" => clusters::describe_capacity_providers(world, call),
        "GetTaskProtection" => protection::get(world, call),
        "ListContainerInstances" => instances::list(world, call),
        "DescribeContainerInstances" => instances::describe(world, call),
        "ListTasks" => tasks::list(world, call),
        "DescribeTasks" => tasks::describe(world, call),
        "DescribeTaskDefinition" => definitions::describe(world, call),
        "ListServices" => services::list(world, call),
        "DescribeServices" => services::describe(world, call),
        "ListServiceDeployments" => services::list_deployments(world, call),
        "DescribeServiceDeployments" => services::describe_deployments(world, call),
        _ => super::no_handler(call),
    }
}

/// The last part of an ARN, or the whole of a short name: every operation takes either.
fn short(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

/// The cluster that the call means. Without one it means `default` ([ECS API: `cluster`]).
fn in_cluster<'c>(world: &World, input: &'c Map<String, Value>) -> Result<&'c str, Fault> {
    let named = short(text(input, "cluster").unwrap_or("default"));
    if world.clusters.contains_key(named) {
        return Ok(named);
    }
    Err(Fault::new("ClusterNotFoundException", "Cluster not found."))
}

/// The cluster that the call means, if it is the one that the fleet forms: the others have no services here.
fn with_services<'c>(world: &World, input: &'c Map<String, Value>) -> Result<&'c str, Fault> {
    let cluster = in_cluster(world, input)?;
    if cluster == world.cluster {
        return Ok(cluster);
    }
    Err(invalid(format!("Services in the cluster {cluster} are not supported by the simulated AWS.")))
}

/// A container instance of a cluster.
fn joined<'w>(world: &'w World, cluster: &str, id: &str) -> Option<(&'w Instance, &'w ContainerInstance)> {
    world.by_container_instance(id).filter(|(_, container)| container.cluster == cluster)
}

/// A task of a cluster.
fn task_in<'w>(world: &'w World, cluster: &str, id: &str) -> Option<&'w Task> {
    world.tasks.get(id).filter(|task| task.cluster == cluster)
}

/// An entry of `failures` for something that is not there ([ECS API failure reasons]).
fn missing(arn: String) -> Value {
    json!({ "arn": arn, "reason": "MISSING" })
}

/// Refuses an empty batch and one above `most` items.
fn batch(name: &str, items: usize, most: usize) -> Result<(), Fault> {
    if items == 0 {
        return Err(invalid(format!("{name} cannot be empty.")));
    }
    if items > most {
        return Err(invalid(format!("{name} can have at most {most} items.")));
    }
    Ok(())
}

fn invalid(message: impl Into<String>) -> Fault {
    Fault::new("InvalidParameterException", message)
}

/// Where a page begins and how long it may be.
struct Span {
    after: Option<String>,
    limit: usize,
}

/// Reads `nextToken` and `maxResults` (1 to 100; `usual` where it is absent).
fn span(call: &Call<'_>, usual: usize) -> Result<Span, Fault> {
    let limit = match integer(call.input, "maxResults") {
        None => usual,
        Some(n @ 1..=100) => usize::try_from(n).unwrap_or(usual),
        Some(_) => return Err(invalid("maxResults must be between 1 and 100.")),
    };
    let after = match text(call.input, "nextToken") {
        None => None,
        Some(token) => Some(read_token(call.operation, token).ok_or_else(|| invalid("Invalid token."))?),
    };
    Ok(Span { after, limit })
}

/// An answer with one page of `member` and the token to go on with.
fn paged(call: &Call<'_>, usual: usize, member: &str, items: impl IntoIterator<Item = (String, Value)>) -> Answer {
    let span = span(call, usual)?;
    let (items, next) = page(call.operation, items, span.after.as_deref(), span.limit);
    let mut answer = Map::new();
    answer.insert(member.to_owned(), Value::Array(items));
    if let Some(next) = next {
        answer.insert("nextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}
