//! Services and their deployments, listed and described.

use aws_sdk_ecs::types::{
    Deployment as DescribedDeployment, LoadBalancer, PlacementConstraint, PlacementConstraintType,
    Service as Described, ServiceEvent as DescribedEvent,
};

use super::{PAGE, note_failures};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, maybe, port, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, list_and_describe, required, without_repeats};
use crate::fleet::service::{Deployment, RolloutState, SchedulingStrategy, Service, ServiceEvent, ServiceLoadBalancer};

const LIST: &str = "ecs:ListServices";
const DESCRIBE: &str = "ecs:DescribeServices";
/// Services in one DescribeServices, from the service model.
const BATCH: usize = 10;
/// Events that are kept of a service.
const EVENTS: usize = 20;

/// Every service of the cluster.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Vec<Service>> {
    let list = |token| list(calls, cluster, token);
    let describe = |arns| describe(calls, cluster, arns);
    let mut harvest = list_and_describe("services", BATCH, list, describe).await;
    without_repeats(&mut harvest.rows, |row| &row.arn);
    harvest.finish()
}

async fn list(calls: &Calls, cluster: &str, token: Option<String>) -> Result<Page<String>, Refusal> {
    let request = calls.clients.ecs.list_services().cluster(cluster).max_results(PAGE).set_next_token(token);
    let output = calls.call(Family::EcsService, LIST, request.send()).await?;
    Ok(Page { rows: required(output.service_arns, LIST, "serviceArns")?, next: output.next_token })
}

async fn describe(calls: &Calls, cluster: &str, arns: Vec<String>) -> Result<Harvest<Service>, Refusal> {
    let request = calls.clients.ecs.describe_services().cluster(cluster).set_services(Some(arns));
    let output = calls.call(Family::EcsService, DESCRIBE, request.send()).await?;
    let mut harvest = Harvest::default();
    harvest.land(required(output.services, DESCRIBE, "services")?.iter().filter_map(convert));
    note_failures(&mut harvest, DESCRIBE, &output.failures.unwrap_or_default());
    Ok(harvest)
}

fn convert(service: &Described) -> Option<Service> {
    let deployment = service.deployment_configuration();
    let strategy = service.scheduling_strategy().map_or("", |strategy| strategy.as_str());
    Some(Service {
        arn: maybe(service.service_arn())?,
        name: words(service.service_name()),
        status: words(service.status()),
        desired: count(service.desired_count()),
        running: count(service.running_count()),
        pending: count(service.pending_count()),
        launch_type: maybe(service.launch_type().map(|launch| launch.as_str())),
        scheduling: word::<SchedulingStrategy>(strategy),
        task_definition: words(service.task_definition()),
        deployments: service.deployments().iter().map(convert_deployment).collect(),
        events: service.events().iter().take(EVENTS).map(convert_event).collect(),
        load_balancers: service.load_balancers().iter().filter_map(convert_balancer).collect(),
        placement_constraints: service.placement_constraints().iter().filter_map(convert_constraint).collect(),
        minimum_healthy_percent: deployment.and_then(|d| d.minimum_healthy_percent()).map(count),
        maximum_percent: deployment.and_then(|d| d.maximum_percent()).map(count),
        created_at: time(service.created_at()),
    })
}

fn convert_deployment(deployment: &DescribedDeployment) -> Deployment {
    Deployment {
        id: words(deployment.id()),
        status: words(deployment.status()),
        task_definition: words(deployment.task_definition()),
        desired: count(deployment.desired_count()),
        running: count(deployment.running_count()),
        pending: count(deployment.pending_count()),
        failed_tasks: count(deployment.failed_tasks()),
        rollout_state: deployment.rollout_state().map(|state| word::<RolloutState>(state.as_str())),
        rollout_reason: maybe(deployment.rollout_state_reason()),
        created_at: time(deployment.created_at()),
        updated_at: time(deployment.updated_at()),
    }
}

fn convert_event(event: &DescribedEvent) -> ServiceEvent {
    ServiceEvent { id: words(event.id()), at: time(event.created_at()), message: words(event.message()) }
}

/// `None` for a classic load balancer, which has no target group.
fn convert_balancer(balancer: &LoadBalancer) -> Option<ServiceLoadBalancer> {
    Some(ServiceLoadBalancer {
        target_group_arn: maybe(balancer.target_group_arn())?,
        container_name: words(balancer.container_name()),
        container_port: port(balancer.container_port()).unwrap_or_default(),
    })
}

fn convert_constraint(constraint: &PlacementConstraint) -> Option<String> {
    match constraint.r#type() {
        Some(PlacementConstraintType::MemberOf) => maybe(constraint.expression()),
        kind => maybe(kind.map(|kind| kind.as_str())),
    }
}
