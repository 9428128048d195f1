//! Container instances, listed and described.

use aws_sdk_ecs::types::{ContainerInstance as Described, ContainerInstanceField, Resource};

use super::{BATCH, PAGE, note_failures};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, maybe, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, list_and_describe, required, without_repeats};
use crate::fleet::instance::{CheckStatus, ContainerInstance, ContainerInstanceStatus, Resources};

const LIST: &str = "ecs:ListContainerInstances";
const DESCRIBE: &str = "ecs:DescribeContainerInstances";

/// Every container instance of the cluster, whatever its status.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Vec<ContainerInstance>> {
    let list = |token| list(calls, cluster, token);
    let describe = |arns| describe(calls, cluster, arns);
    let mut harvest = list_and_describe("container instances", BATCH, list, describe).await;
    without_repeats(&mut harvest.rows, |row| &row.arn);
    harvest.finish()
}

async fn list(calls: &Calls, cluster: &str, token: Option<String>) -> Result<Page<String>, Refusal> {
    let request = calls.clients.ecs.list_container_instances().cluster(cluster).max_results(PAGE).set_next_token(token);
    let output = calls.call(Family::EcsCluster, LIST, request.send()).await?;
    Ok(Page { rows: required(output.container_instance_arns, LIST, "containerInstanceArns")?, next: output.next_token })
}

async fn describe(calls: &Calls, cluster: &str, arns: Vec<String>) -> Result<Harvest<ContainerInstance>, Refusal> {
    let request = calls
        .clients
        .ecs
        .describe_container_instances()
        .cluster(cluster)
        .set_container_instances(Some(arns))
        .include(ContainerInstanceField::ContainerInstanceHealth);
    let output = calls.call(Family::EcsCluster, DESCRIBE, request.send()).await?;
    let mut harvest = Harvest::default();
    harvest.land(required(output.container_instances, DESCRIBE, "containerInstances")?.iter().filter_map(convert));
    note_failures(&mut harvest, DESCRIBE, &output.failures.unwrap_or_default());
    Ok(harvest)
}

/// `None` without an ARN: nothing could tell it from others.
fn convert(described: &Described) -> Option<ContainerInstance> {
    let arn = maybe(described.container_instance_arn())?;
    let attributes = described.attributes().iter().map(|a| (words(Some(a.name())), words(a.value()))).collect();
    let mut instance = ContainerInstance {
        arn,
        ec2_instance_id: maybe(described.ec2_instance_id()),
        status: word::<ContainerInstanceStatus>(described.status().unwrap_or_default()),
        status_reason: maybe(described.status_reason()),
        agent_connected: described.agent_connected(),
        agent_version: maybe(described.version_info().and_then(|version| version.agent_version())),
        running_tasks: count(described.running_tasks_count()),
        pending_tasks: count(described.pending_tasks_count()),
        registered_at: time(described.registered_at()),
        ami_id: None,
        availability_zone: None,
        instance_type: None,
        capacity_provider: maybe(described.capacity_provider_name()),
        registered: resources(described.registered_resources()),
        remaining: resources(described.remaining_resources()),
        attributes,
        health: described.health_status().and_then(|health| health.overall_status()).map(|s| health(s.as_str())),
    };
    let attribute = |name: &str| instance.attributes.get(name).filter(|value| !value.is_empty()).cloned();
    instance.ami_id = attribute("ecs.ami-id");
    instance.availability_zone = attribute("ecs.availability-zone");
    instance.instance_type = attribute("ecs.instance-type");
    Some(instance)
}

/// ECS spells its health check `INSUFFICIENT_DATA`, EC2 the same thing `insufficient-data`.
fn health(status: &str) -> CheckStatus {
    word(&status.to_ascii_lowercase().replace('_', "-"))
}

fn resources(resources: &[Resource]) -> Resources {
    let named = |name: &str| resources.iter().find(|resource| resource.name() == Some(name));
    // A count comes as integer or as long; the other of the two is zero.
    let amount = |name| named(name).map_or(0, |r: &Resource| r.long_value().max(i64::from(r.integer_value())));
    let ports = named("PORTS").map(Resource::string_set_value).unwrap_or_default();
    Resources {
        cpu: amount("CPU"),
        memory: amount("MEMORY"),
        ports: ports.iter().filter_map(|port| port.parse().ok()).collect(),
    }
}
