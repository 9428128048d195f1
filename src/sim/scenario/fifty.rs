//! The fleet that the benchmarks read: always of the same shape, and nothing wrong with it.

use super::{BALANCER, FELT, add_services, ages, catalogue};
use crate::sim::world::{Blueprint, World};

const INSTANCES: u32 = 50;
const TASKS: u32 = 300;
const SERVICES: u32 = 40;
const TARGET_GROUPS: usize = 30;
const ALARMS: usize = 200;

/// Furnishes exactly that many of each.
pub(super) fn furnish(world: &mut World) {
    for age in ages(INSTANCES) {
        world.add_member(age);
    }
    world.size_group(INSTANCES);
    let plans: Vec<Blueprint> =
        catalogue(SERVICES).into_iter().zip(0..).map(|(plan, index)| shaped(plan, index)).collect();
    add_services(world, &plans);
    world.watch_services();
    world.watch_fleet(&FELT);
    let services = plans.iter().map(|plan| plan.name.as_str());
    let further = services.flat_map(|service| [80.0, 95.0].map(|threshold| (service, threshold)));
    let missing = ALARMS.saturating_sub(world.alarms.len());
    for (service, threshold) in further.take(missing) {
        world.watch_cpu(service, &format!("{service}-cpu-above-{threshold}"), threshold);
    }
    world.begin_evaluation(30);
}

/// The tasks spread evenly, the first services behind target groups.
fn shaped(plan: Blueprint, index: u32) -> Blueprint {
    // Of the tasks up to and with this service, those that are not another's.
    let desired = TASKS * (index + 1) / SERVICES - TASKS * index / SERVICES;
    let shaped = Blueprint::new(&plan.name, desired).sized(128, 256);
    if (index as usize) < TARGET_GROUPS { shaped.behind(BALANCER, 8080) } else { shaped }
}
