//! The fleets that a world can start with.

use super::options::{Options, Scenario};
use super::world::{Blueprint, World};

mod fifty;
mod scale;
mod story;
#[cfg(test)]
mod tests;

/// The load balancer in front of whatever customers reach.
const BALANCER: &str = "harbor-public";

/// Furnishes an empty world as `options` ask.
pub(crate) fn furnish(world: &mut World, options: &Options) {
    if options.scenario == Scenario::Bare {
        world.open_account();
        return;
    }
    world.lay_ground(&options.cluster);
    world.spoil_base(options.bad_base);
    world.deploy_runbooks();
    world.lay_bake();
    world.lay_orders();
    match options.scenario {
        Scenario::Story => story::furnish(world, options),
        Scenario::Healthy => {
            populate(world, options.instances.unwrap_or(24), &catalogue(options.services.unwrap_or(9)));
        }
        Scenario::Empty => populate(world, options.instances.unwrap_or(0), &catalogue(options.services.unwrap_or(0))),
        Scenario::Bare => {}
        Scenario::Scale => scale::furnish(world, options),
        Scenario::Five => populate(world, options.instances.unwrap_or(5), &catalogue(options.services.unwrap_or(2))),
        Scenario::Fifty => fifty::furnish(world),
    }
}

/// Healthy instances and services.
fn populate(world: &mut World, instances: u32, services: &[Blueprint]) {
    for age in ages(instances) {
        world.add_member(age);
    }
    world.size_group(instances);
    add_services(world, services);
    settle(world, &[]);
}

/// Services with the tasks that there is room for.
fn add_services(world: &mut World, services: &[Blueprint]) {
    if !services.is_empty() {
        world.add_balancer(BALANCER);
    }
    for plan in services {
        world.add_service(plan);
        world.fill(&plan.name);
    }
}

/// Ends of the names of the stack's alarms on what customers feel, which nothing that is wrong in a scenario sets off.
const FELT: [&str; 2] = ["-5xx", "-latency"];

/// Alarms over everything that is there, evaluated for the first time. Of the stack's own `only` those whose names end like
/// that, or all.
fn settle(world: &mut World, only: &[&str]) {
    world.watch_services();
    world.watch_fleet(only);
    world.track_services();
    // As long as the longest alarm looks back, and a little more.
    world.begin_evaluation(30);
}

/// Ages in hours, spread evenly from just joined to half an hour short of the limit of 12.
fn ages(count: u32) -> impl Iterator<Item = f64> {
    let step = 11.4 / f64::from(count.max(1));
    (0..count).map(move |index| 0.1 + step * f64::from(index))
}

/// The first `count` services of the catalogue, over again with a number when it runs out.
fn catalogue(count: u32) -> Vec<Blueprint> {
    let kinds = kinds();
    let named = (0..count as usize).filter_map(|index| {
        let mut plan = kinds.get(index % kinds.len())?.clone();
        if index >= kinds.len() {
            plan.name = format!("{}-{}", plan.name, index / kinds.len() + 1);
        }
        Some(plan)
    });
    // A second agent on every instance would be no service that anybody runs.
    let mut plans: Vec<Blueprint> = named.collect();
    for plan in plans.iter_mut().skip(kinds.len()) {
        plan.daemon = false;
    }
    plans
}

/// The services of a shop: what it sells with, what it looks things up with, what it does at night.
fn kinds() -> [Blueprint; 9] {
    [
        Blueprint::new("checkout", 12).sized(512, 1024).behind(BALANCER, 8080).awsvpc(),
        Blueprint::new("catalog", 12).sized(512, 1024).behind(BALANCER, 8080),
        Blueprint::new("log-router", 0).sized(64, 128).daemon(),
        Blueprint::new("search", 8).sized(768, 2048).behind(BALANCER, 9200).awsvpc(),
        Blueprint::new("payments-api", 6).sized(512, 1024).behind(BALANCER, 8443).awsvpc(),
        Blueprint::new("image-resizer", 6).sized(1024, 2048).behind(BALANCER, 8081).hopping(),
        Blueprint::new("recommendations", 4).sized(512, 3072).behind(BALANCER, 8090),
        Blueprint::new("mailer", 3).sized(256, 512).hopping(),
        Blueprint::new("nightly-report", 1).sized(512, 2048).binpacked(),
    ]
}
