//! Clusters and their capacity providers.

use aws_sdk_ecs::types::{
    CapacityProvider as DescribedProvider, Cluster as Described, ManagedDraining, ManagedScalingStatus,
};

use super::{BATCH, PAGE, note_failures};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, maybe, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, list_and_describe, required, without_repeats};
use crate::fleet::instance::{CapacityProvider, Cluster, ClusterCounts};
use crate::fleet::reading::{Failure, FailureKind};

const LIST: &str = "ecs:ListClusters";
const DESCRIBE: &str = "ecs:DescribeClusters";

/// The cluster of that name with its capacity providers.
pub(in crate::aws) async fn read(calls: &Calls, name: &str) -> Gathered<Cluster> {
    let mut harvest = describe(calls, vec![name.to_owned()]).await?;
    let Some((mut cluster, providers)) = harvest.rows.pop() else {
        return Err(harvest.missing.pop().and_then(|missing| missing.failure).unwrap_or_else(|| not_found(name)));
    };
    let mut missing = Vec::new();
    if !providers.is_empty() {
        let fetch = |token| describe_providers(calls, providers.clone(), token);
        let read = all_pages("capacity providers", fetch).await;
        cluster.capacity_providers = read.rows;
        without_repeats(&mut cluster.capacity_providers, |provider| &provider.name);
        missing = read.missing;
    }
    Ok((cluster, missing))
}

/// All clusters of account and Region, by name, for someone who has to choose one.
pub(in crate::aws) async fn list_all(calls: &Calls) -> Gathered<Vec<Cluster>> {
    let list = |token| list(calls, token);
    let describe = |arns| async {
        let described = describe(calls, arns).await?;
        let mut harvest = Harvest::default();
        harvest.land(described.rows.into_iter().map(|(cluster, _)| cluster));
        harvest.missing = described.missing;
        Ok(harvest)
    };
    let mut harvest = list_and_describe("clusters", BATCH, list, describe).await;
    harvest.rows.sort_by(|a, b| a.name.cmp(&b.name));
    without_repeats(&mut harvest.rows, |cluster| &cluster.arn);
    harvest.finish()
}

async fn list(calls: &Calls, token: Option<String>) -> Result<Page<String>, Refusal> {
    let request = calls.clients.ecs.list_clusters().max_results(PAGE).set_next_token(token);
    let output = calls.call(Family::EcsCluster, LIST, request.send()).await?;
    Ok(Page { rows: required(output.cluster_arns, LIST, "clusterArns")?, next: output.next_token })
}

async fn describe(calls: &Calls, clusters: Vec<String>) -> Result<Harvest<(Cluster, Vec<String>)>, Refusal> {
    let request = calls.clients.ecs.describe_clusters().set_clusters(Some(clusters));
    let output = calls.call(Family::EcsCluster, DESCRIBE, request.send()).await?;
    let mut harvest = Harvest::default();
    harvest.land(
        required(output.clusters, DESCRIBE, "clusters")?
            .iter()
            .map(|described| (convert(described), described.capacity_providers().to_vec())),
    );
    note_failures(&mut harvest, DESCRIBE, &output.failures.unwrap_or_default());
    Ok(harvest)
}

async fn describe_providers(
    calls: &Calls,
    names: Vec<String>,
    token: Option<String>,
) -> Result<Page<CapacityProvider>, Refusal> {
    let request =
        calls.clients.ecs.describe_capacity_providers().set_capacity_providers(Some(names)).set_next_token(token);
    let output = calls.call(Family::EcsCluster, "ecs:DescribeCapacityProviders", request.send()).await?;
    let rows = output.capacity_providers().iter().map(convert_provider).collect();
    Ok(Page { rows, next: output.next_token })
}

fn convert(described: &Described) -> Cluster {
    Cluster {
        name: words(described.cluster_name()),
        arn: words(described.cluster_arn()),
        status: words(described.status()),
        capacity_providers: Vec::new(),
        counts: ClusterCounts {
            container_instances: count(described.registered_container_instances_count()),
            services: count(described.active_services_count()),
            running_tasks: count(described.running_tasks_count()),
            pending_tasks: count(described.pending_tasks_count()),
        },
    }
}

fn convert_provider(described: &DescribedProvider) -> CapacityProvider {
    let group = described.auto_scaling_group_provider();
    let scaling = group.and_then(|group| group.managed_scaling()).and_then(|scaling| scaling.status());
    CapacityProvider {
        name: words(described.name()),
        group_arn: group.and_then(|group| maybe(Some(group.auto_scaling_group_arn()))),
        managed_draining: group.and_then(|group| group.managed_draining()) == Some(&ManagedDraining::Enabled),
        managed_scaling: scaling == Some(&ManagedScalingStatus::Enabled),
    }
}

fn not_found(name: &str) -> Failure {
    Failure {
        kind: FailureKind::Failed,
        operation: DESCRIBE.to_owned(),
        message: format!("there is no cluster {} in this account and Region", words(Some(name))),
        hint: Some("choose another cluster, or check profile and Region".to_owned()),
        request_id: None,
    }
}
