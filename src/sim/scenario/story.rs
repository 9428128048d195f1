//! The default fleet: mostly healthy, with one of each thing that goes wrong.

use super::{FELT, ages, catalogue, settle};
use crate::sim::options::Options;
use crate::sim::world::task::{Ending, Flaw};
use crate::sim::world::{Asked, World};

/// More MiB than any instance of the fleet has.
const TOO_MUCH: i64 = 24_576;

/// Furnishes the story.
pub(super) fn furnish(world: &mut World, options: &Options) {
    let joined = options.instances.unwrap_or(24).saturating_sub(1);
    let members = add_members(world, joined);
    world.add_impaired_member(14.0);
    world.size_group(joined + 1);
    if let Some(id) = members.get(members.len() * 2 / 3) {
        world.strand(id, "ledger-backfill", "maria.lindqvist", 47.0);
    }
    add_services(world, options.services.unwrap_or(9));
    if let Some(id) = members.get(members.len() / 4) {
        world.lose_agent(id, 26.0);
    }
    if let Some(id) = members.get(members.len() * 3 / 4 + 1) {
        world.open_ssh(id);
    }
    world.watch_deployments("recommendations");
    settle(world, &FELT);
    tell_alarms(world);
}

/// Instances from just joined to past 12 hours; two of them launched while an older AMI was in force.
fn add_members(world: &mut World, count: u32) -> Vec<String> {
    let mut ages: Vec<f64> = ages(count).collect();
    if let Some(oldest) = ages.last_mut() {
        *oldest = 13.2;
    }
    let middle = ages.len() / 2;
    if let (Some(older), Some(younger)) = (ages.get(middle), ages.get(middle.saturating_sub(1)))
        && older > younger
    {
        let half = (older - younger) / 2.0;
        let back = Asked::by("tomas.berg", "search is slow on the newest one");
        world.promote(1, older + half, &back);
        world.promote(2, younger + half, &back);
        world.promote(0, younger - half, &Asked::by("maria.lindqvist", "search was slow for another reason"));
    }
    ages.into_iter().filter_map(|age| world.add_member(age)).collect()
}

fn add_services(world: &mut World, count: u32) {
    let mut plans = catalogue(count);
    for plan in &mut plans {
        // Somebody believed that the breaker was in the way.
        plan.breaker = plan.name != "recommendations";
        if plan.name == "nightly-report" {
            plan.memory = TOO_MUCH;
        }
    }
    super::add_services(world, &plans);
    world.deploy("recommendations", Some(Flaw::Exits { after: 14.0, code: 1 }), None, 38.0);
    let ending = Ending {
        stop_code: "EssentialContainerExited".into(),
        reason: "Essential container in task exited".into(),
        exit_code: Some(1),
        container_reason: None,
    };
    world.add_failures("recommendations", 7, &ending);
    world.reopen("nightly-report", 40.0);
    world.ask_in_vain("nightly-report", 40.0);
}

fn tell_alarms(world: &mut World) {
    if let Some(alarm) = world.alarms.get_mut("mailer-cpu-high") {
        alarm.alarm_actions.clear();
        alarm.ok_actions.clear();
    }
    if world.alarms.contains_key("search-latency-high") {
        let why = "Muted by tomas.berg: search is being reindexed, slow answers are expected (change 2041)";
        world.mute("search-reindex", "search-latency-high", why, 1.5, 4);
    }
    world.backdate_alarm("nightly-report-tasks-pending", 24.0);
    world.backdate_alarm("recommendations-deployment-stuck", 20.2);
}
