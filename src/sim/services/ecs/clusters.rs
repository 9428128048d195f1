//! Clusters and capacity providers.

use serde_json::{Value, json};

use super::super::page::{asks, compact, given_tags, tag_list, text, texts};
use super::{batch, in_cluster, invalid, missing, paged, short};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::group::CapacityProvider;
use crate::sim::world::instance::ContainerStatus;
use crate::sim::world::task::TaskStatus;
use crate::sim::world::{Cluster, World};

/// `ListClusters`.
pub(super) fn list(world: &World, call: &Call<'_>) -> Answer {
    let arns = world.clusters.keys().map(|name| (name.clone(), world.cluster_arn_of(name).into()));
    paged(call, 100, "clusterArns", arns)
}

/// Clusters that an account may have
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html>).
const MOST: usize = 10_000;

/// `CreateCluster`: called `default` without a name; one that is there already is answered as it is. Insights are off
/// unless a setting turns them on ([ECS CreateCluster], [ECS ClusterSetting]).
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Answer {
    let name = text(call.input, "clusterName").unwrap_or("default");
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if name.is_empty() || name.len() > 255 || !name.chars().all(plain) {
        return Err(invalid("Invalid identifier: Identifier contains invalid characters."));
    }
    if !world.clusters.contains_key(name) {
        if world.clusters.len() >= MOST {
            return Err(Fault::new("ClientException", "The maximum number of clusters has been reached."));
        }
        let settings = call.input.get("settings").and_then(Value::as_array).into_iter().flatten();
        let wanted = settings.filter_map(|setting| setting.get("value")?.as_str()).next_back();
        world.add_cluster(Cluster {
            name: name.to_owned(),
            tags: given_tags(call.input, "tags", "key", "value"),
            container_insights: wanted.unwrap_or("disabled").to_owned(),
        });
    }
    let Some(created) = world.clusters.get(name) else { return Err(invalid("Cluster not found.")) };
    let mut answer = described(world, call, created);
    answer["settings"] = json!([{ "name": "containerInsights", "value": created.container_insights }]);
    answer["tags"] = tag_list(&created.tags, "key", "value").into();
    Ok(json!({ "cluster": answer }))
}

/// `DescribeClusters`: up to 100, the one called `default` where none is named.
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let mut wanted = texts(call.input, "clusters");
    if wanted.is_empty() {
        wanted.push("default");
    }
    batch("clusters", wanted.len(), 100)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in wanted.into_iter().map(short) {
        match world.clusters.get(name) {
            Some(cluster) => found.push(described(world, call, cluster)),
            None => failures.push(missing(world.cluster_arn_of(name))),
        }
    }
    Ok(json!({ "clusters": found, "failures": failures }))
}

fn described(world: &World, call: &Call<'_>, cluster: &Cluster) -> Value {
    let mine = || world.tasks.values().filter(|task| task.cluster == cluster.name);
    let count = |wanted: &[TaskStatus]| mine().filter(|task| wanted.contains(&task.status)).count();
    let joined = world.instances.values().filter_map(|i| i.container.as_ref()).filter(|c| c.cluster == cluster.name);
    // Services and capacity providers are the fleet's.
    let fleet = cluster.name == world.cluster;
    let services = if fleet { world.services.len() } else { 0 };
    let providers: Vec<&String> = world.capacity_providers.keys().filter(|_| fleet).collect();
    let strategy: Vec<Value> =
        providers.iter().map(|name| json!({ "capacityProvider": name, "weight": 1, "base": 0 })).collect();
    let settings = json!([{ "name": "containerInsights", "value": cluster.container_insights }]);
    let running = count(&[TaskStatus::Running]);
    let pending = count(&[TaskStatus::Provisioning, TaskStatus::Pending]);
    let asked = |part: &str, value: Value| if asks(call.input, "include", part) { value } else { json!([]) };
    compact(json!({
        "clusterArn": world.cluster_arn_of(&cluster.name),
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "registeredContainerInstancesCount": joined.filter(|c| c.status != ContainerStatus::Inactive).count(),
        "runningTasksCount": running,
        "pendingTasksCount": pending,
        "activeServicesCount": services,
        "statistics": asked("STATISTICS", statistics(services, running, pending)),
        "tags": asked("TAGS", tag_list(&cluster.tags, "key", "value").into()),
        "settings": asked("SETTINGS", settings),
        "capacityProviders": providers,
        "defaultCapacityProviderStrategy": strategy,
    }))
}

/// The counts by launch type, as text ([ECS Cluster: `statistics`]).
fn statistics(services: usize, running: usize, pending: usize) -> Value {
    let counts = [
        ("runningEC2TasksCount", running),
        ("runningFargateTasksCount", 0),
        ("pendingEC2TasksCount", pending),
        ("pendingFargateTasksCount", 0),
        ("activeEC2ServiceCount", services),
        ("activeFargateServiceCount", 0),
        ("drainingEC2ServiceCount", 0),
        ("drainingFargateServiceCount", 0),
    ];
    counts.iter().map(|(name, n)| json!({ "name": name, "value": n.to_string() })).collect()
}

/// `DescribeCapacityProviders`: by name or ARN, else every one, FARGATE and FARGATE_SPOT included, which exist in
/// every account. Pages hold up to 10 ([ECS API]).
pub(super) fn describe_capacity_providers(world: &World, call: &Call<'_>) -> Answer {
    if call.input.contains_key("cluster") {
        in_cluster(world, call.input)?;
    }
    let mut known: Vec<(String, Value)> =
        world.capacity_providers.iter().map(|(name, p)| (name.clone(), provider(world, p))).collect();
    for (name, kind) in [("FARGATE", "FARGATE"), ("FARGATE_SPOT", "FARGATE_SPOT")] {
        let arn = world.arn("ecs", &format!("capacity-provider/{name}"));
        let value = json!({ "capacityProviderArn": arn, "name": name, "status": "ACTIVE", "type": kind, "tags": [] });
        known.push((name.into(), value));
    }
    known.sort_by(|a, b| a.0.cmp(&b.0));
    let wanted = texts(call.input, "capacityProviders");
    if wanted.is_empty() {
        return paged(call, 10, "capacityProviders", known);
    }
    batch("capacityProviders", wanted.len(), 100)?;
    let (mut found, mut failures) = (Vec::new(), Vec::new());
    for name in wanted.into_iter().map(short) {
        match known.iter().find(|(known, _)| known == name) {
            Some((_, value)) => found.push(value.clone()),
            None => failures.push(missing(world.arn("ecs", &format!("capacity-provider/{name}")))),
        }
    }
    Ok(json!({ "capacityProviders": found, "failures": failures }))
}

fn provider(world: &World, provider: &CapacityProvider) -> Value {
    let group = world.groups.get(&provider.group).map(|g| world.group_arn(g));
    let word = |on: bool| if on { "ENABLED" } else { "DISABLED" };
    compact(json!({
        "capacityProviderArn": world.arn("ecs", &format!("capacity-provider/{}", provider.name)),
        "name": provider.name,
        "status": "ACTIVE",
        "type": "EC2_AUTOSCALING",
        "autoScalingGroupProvider": {
            "autoScalingGroupArn": group.unwrap_or_default(),
            "managedScaling": {
                "status": word(provider.managed_scaling),
                "targetCapacity": 100,
                "minimumScalingStepSize": 1,
                "maximumScalingStepSize": 10,
                "instanceWarmupPeriod": 120,
            },
            "managedTerminationProtection": word(provider.termination_protection),
            "managedDraining": word(provider.managed_draining),
        },
        "tags": [],
    }))
}
