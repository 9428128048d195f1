//! Whether a fleet is safe: the one place that says what that means.

use std::collections::BTreeMap;

use quarterdeck::sim::world::World;
use quarterdeck::sim::world::instance::{ContainerStatus, Ec2State, Instance, Lifecycle};
use quarterdeck::sim::world::task::TaskStatus;

use super::account::Account;

/// What is wrong with the fleet that a runbook may have done, each in a sentence.
fn harm(world: &World) -> Vec<String> {
    let mut harm = Vec::new();
    for group in world.groups.values().filter(|group| !group.suspended.is_empty()) {
        harm.push(format!("group {} is left with {:?} suspended", group.name, group.suspended));
    }
    for instance in world.instances.values() {
        let Some(container) = &instance.container else { continue };
        let leaving = instance.membership.as_ref().is_some_and(|member| member.lifecycle != Lifecycle::InService);
        let reported = leaving || container.attributes.contains_key("retiring");
        if container.status == ContainerStatus::Draining && !reported {
            harm.push(format!("instance {} is left DRAINING and nothing says why", instance.id));
        }
        let kept =
            instance.tags.contains_key("quarterdeck:quarantine") && container.status == ContainerStatus::Draining;
        let alone = instance.state == Ec2State::Running && instance.membership.is_none() && !kept;
        if alone {
            harm.push(format!("instance {} runs and no group knows it", instance.id));
        }
    }
    harm.extend(left_of_bakes(world));
    let endless = world.parameters.iter().filter(|(name, one)| name.ends_with("/freeze") && one.expires_at.is_none());
    harm.extend(endless.map(|(name, _)| format!("{name} is a freeze without an end")));
    harm.extend(below_minimum(world));
    harm
}

/// What a bake has left behind: instances, AMIs that have not passed, snapshots that nothing uses.
fn left_of_bakes(world: &World) -> Vec<String> {
    let gone = |one: &&Instance| matches!(one.state, Ec2State::ShuttingDown | Ec2State::Terminated);
    let baked = world.instances.values().filter(|one| one.tags.contains_key("quarterdeck:bake"));
    let instances = baked.filter(|one| !gone(one)).map(|one| format!("instance {} of a bake is left", one.id));
    let unfinished = world.images.values().filter(|image| {
        image.tags.contains_key("quarterdeck:bake")
            && image.tags.get("quarterdeck:test").is_none_or(|test| test != "passed")
    });
    let images = unfinished.map(|image| format!("image {} has not passed and is left", image.id));
    let used = |id: &str| world.images.values().any(|image| image.snapshot_id == id);
    let snapshots = world.snapshots.keys().filter(|id| !used(id)).map(|id| format!("snapshot {id} is left"));
    instances.chain(images).chain(snapshots).collect()
}

/// Services with fewer running tasks than their deployment allows.
fn below_minimum(world: &World) -> Vec<String> {
    let mut running = BTreeMap::<&str, usize>::new();
    for task in world.tasks.values().filter(|task| task.status == TaskStatus::Running && !task.stop_wanted) {
        if let Some(service) = &task.service {
            *running.entry(service).or_default() += 1;
        }
    }
    let replicas = world.services.values().filter(|service| !service.daemon);
    let short = replicas.filter_map(|service| {
        let least = (service.desired as usize * service.minimum_healthy_percent as usize).div_ceil(100);
        let has = running.get(service.name.as_str()).copied().unwrap_or(0);
        (has < least).then(|| format!("service {} has {has} of at least {least} tasks", service.name))
    });
    short.collect()
}

/// Stops the test unless the fleet is safe now.
pub fn assert_safe(account: &Account, when: &str) {
    let harm = account.sim().with_world(|world| harm(world));
    assert!(harm.is_empty(), "{when}: {harm:#?}");
}

/// Services that are below their minimum now, which a runbook must not bring about at any time.
pub fn short(account: &Account) -> Vec<String> {
    account.sim().with_world(|world| below_minimum(world))
}
