//! A fleet of any size, with a mix of states that the seed decides.

use super::{FELT, catalogue, settle};
use crate::sim::options::Options;
use crate::sim::world::task::{Ending, Flaw};
use crate::sim::world::{Asked, Blueprint, World};

/// Tasks for each instance, on average.
const DENSITY: u32 = 10;

/// Furnishes a fleet of any size.
pub(super) fn furnish(world: &mut World, options: &Options) {
    let instances = options.instances.unwrap_or(250);
    let services = options.services.unwrap_or(230);
    let back = Asked::by("tomas.berg", "the newest one boots slowly");
    world.promote(1, 6.0, &back);
    world.promote(3, 5.5, &back);
    world.promote(0, 5.0, &Asked::by("maria.lindqvist", "it boots as fast as the others"));
    let members = add_members(world, instances);
    add_services(world, instances, services);
    for id in &members {
        if world.one_in(60) {
            let minutes = world.between(2.0, 240.0);
            world.lose_agent(id, minutes);
        }
        if world.one_in(80) {
            world.open_ssh(id);
        }
    }
    settle(world, &FELT);
    tell_alarms(world);
}

fn add_members(world: &mut World, count: u32) -> Vec<String> {
    let mut joined = Vec::new();
    for _ in 0..count {
        if world.one_in(50) {
            let minutes = world.between(4.0, 25.0);
            world.add_impaired_member(minutes);
            continue;
        }
        let hours = if world.one_in(25) { world.between(12.0, 13.9) } else { world.between(0.05, 11.9) };
        let Some(id) = world.add_member(hours) else { continue };
        if world.one_in(40) {
            let minutes = world.between(3.0, 120.0);
            world.strand(&id, "ledger-backfill", "maria.lindqvist", minutes);
        }
        joined.push(id);
    }
    world.size_group(count);
    joined
}

fn add_services(world: &mut World, instances: u32, count: u32) {
    let mut plans = catalogue(count);
    let tasks = (instances * DENSITY).saturating_sub(instances);
    for plan in plans.iter_mut().filter(|p| !p.daemon) {
        let share = f64::from(tasks) / f64::from(count.max(1));
        plan.desired = world.between(share * 0.3, share * 1.7).round().max(1.0) as u32;
        // Small enough that ten of them share an instance.
        (plan.cpu, plan.memory) = (plan.cpu.min(256), plan.memory.min(1024));
        plan.breaker = !world.one_in(4);
    }
    super::add_services(world, &plans);
    for plan in plans.iter().filter(|p| !p.daemon) {
        disturb(world, plan);
    }
}

/// Lets something happen to a service, or nothing.
fn disturb(world: &mut World, plan: &Blueprint) {
    let minutes = world.between(2.0, 55.0);
    let code = if world.one_in(2) { 1 } else { 137 };
    let ending = |code: &str, reason: &str, exit: Option<i32>| Ending {
        stop_code: code.into(),
        reason: reason.into(),
        exit_code: exit,
        container_reason: None,
    };
    if world.one_in(30) {
        let exited = ending("EssentialContainerExited", "Essential container in task exited", Some(code));
        world.deploy(&plan.name, Some(Flaw::Exits { after: 15.0, code }), None, minutes);
        world.add_failures(&plan.name, 2, &exited);
    } else if world.one_in(40) {
        let words = format!("CannotPullContainerError: pull image manifest has been retried 5 time(s): {}", plan.name);
        world.deploy(&plan.name, Some(Flaw::CannotPull), None, minutes);
        world.add_failures(&plan.name, 2, &ending("TaskFailedToStart", &words, None));
    } else if plan.balancer.is_some() && world.one_in(40) {
        world.deploy(&plan.name, Some(Flaw::FailsHealthChecks), None, minutes);
    } else if world.one_in(50) {
        world.deploy(&plan.name, None, Some(24_576), minutes);
    } else if world.one_in(20) {
        world.deploy(&plan.name, None, None, 0.1);
    }
    if world.one_in(25) {
        world.fail_target(&plan.name);
    }
}

fn tell_alarms(world: &mut World) {
    let names: Vec<String> = world.alarms.keys().cloned().collect();
    for name in names {
        if world.one_in(40) {
            let hours = world.between(0.2, 3.0);
            world.mute(&format!("quiet-{name}"), &name, "Muted by tomas.berg: maintenance (change 2041)", hours, 4);
        }
        let (silent, disabled) = (world.one_in(30), world.one_in(50));
        let Some(alarm) = world.alarms.get_mut(&name) else { continue };
        if silent {
            alarm.alarm_actions.clear();
            alarm.ok_actions.clear();
        }
        alarm.actions_enabled = !disabled;
    }
}
