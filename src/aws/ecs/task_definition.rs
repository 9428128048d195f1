//! Task definitions, one call each. A revision never changes, so each is read once.

use aws_sdk_ecs::types::{ContainerDefinition as DescribedContainer, LogDriver, TaskDefinition as Described};

use super::task::amount;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, last, maybe, port, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, in_batches, without_repeats};
use crate::fleet::task::{ContainerDefinition, TaskDefinition};

/// The task definitions with those ARNs.
pub(in crate::aws) async fn read(calls: &Calls, arns: &[String]) -> Gathered<Vec<TaskDefinition>> {
    let mut arns = arns.to_vec();
    without_repeats(&mut arns, |arn| arn);
    let mut harvest = Harvest::default();
    for one in in_batches("task definitions", &arns, 1, |arns| describe(calls, arns)).await.rows {
        match one {
            Ok(definition) => harvest.land(definition),
            Err((arn, refusal)) => harvest.lack(format!("task definition {}", last(&arn, '/')), refusal),
        }
    }
    harvest.finish()
}

type One = Result<Option<TaskDefinition>, (String, Refusal)>;

async fn describe(calls: &Calls, arns: Vec<String>) -> Result<Harvest<One>, Refusal> {
    let mut harvest = Harvest::default();
    for arn in arns {
        let request = calls.clients.ecs.describe_task_definition().task_definition(&arn);
        let output = calls.call(Family::EcsDefinition, "ecs:DescribeTaskDefinition", request.send()).await;
        harvest.land([match output {
            Ok(output) => Ok(output.task_definition().and_then(convert)),
            Err(refusal) => Err((words(Some(&arn)), refusal)),
        }]);
    }
    Ok(harvest)
}

fn convert(definition: &Described) -> Option<TaskDefinition> {
    let constraints = definition.placement_constraints().iter();
    Some(TaskDefinition {
        arn: maybe(definition.task_definition_arn())?,
        family: words(definition.family()),
        revision: count(definition.revision()),
        network_mode: maybe(definition.network_mode().map(|mode| mode.as_str())),
        cpu: definition.cpu().and_then(|cpu| amount(cpu, "vcpu")),
        memory: definition.memory().and_then(|memory| amount(memory, "gb")),
        containers: definition.container_definitions().iter().map(convert_container).collect(),
        requires_attributes: definition.requires_attributes().iter().map(|a| words(Some(a.name()))).collect(),
        placement_constraints: constraints.filter_map(|constraint| maybe(constraint.expression())).collect(),
    })
}

fn convert_container(container: &DescribedContainer) -> ContainerDefinition {
    let logs = container.log_configuration().filter(|logs| logs.log_driver() == &LogDriver::Awslogs);
    let option = |name: &str| maybe(logs.and_then(|logs| logs.options()?.get(name)).map(String::as_str));
    let ports = container.port_mappings().iter().filter_map(|mapping| port(mapping.host_port()));
    ContainerDefinition {
        name: words(container.name()),
        cpu: i64::from(container.cpu()),
        memory: container.memory_reservation().or(container.memory()).map(i64::from),
        host_ports: ports.filter(|port| *port != 0).collect(),
        log_group: option("awslogs-group"),
        log_stream_prefix: option("awslogs-stream-prefix"),
    }
}
