//! `status --json` is what the world says, for many worlds, by code that shares nothing with handlers, readers or joins.

mod ejections;
mod findings;
mod moves;
mod rotation;
mod truth;

use std::collections::BTreeSet;

use quarterdeck::fleet::status::Status;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::World;
use serde_json::{Value, json};

use crate::account::Account;

/// Chooses one seed instead of the hundred.
const ONE_SEED: &str = "QUARTERDECK_ORACLE_SEED";

/// A small world of any kind, and for how many seconds it lives before it is looked at.
fn any(seed: u64) -> (Options, i64) {
    let mut dice = fastrand::Rng::with_seed(seed);
    let scenario = match seed % 8 {
        0 => Scenario::Story,
        1 => Scenario::Healthy,
        2 => [Scenario::Empty, Scenario::Five][dice.usize(..2)],
        _ => Scenario::Scale,
    };
    let sized = scenario == Scenario::Scale;
    let options = Options {
        scenario,
        seed,
        instances: sized.then(|| dice.u32(1..40)),
        services: sized.then(|| dice.u32(0..16)),
        limits: false,
        ..Options::default()
    };
    let lives = if dice.bool() { 0 } else { dice.i64(1..7_200) };
    (options, lives)
}

#[tokio::test]
async fn the_status_document_is_what_the_world_says() {
    let one = std::env::var(ONE_SEED).ok().and_then(|seed| seed.parse::<u64>().ok());
    let mut differences = Vec::new();
    for seed in one.map_or(0..100, |seed| seed..seed + 1) {
        let (options, lives) = any(seed);
        let what = format!("{ONE_SEED}={seed} ({}, {lives} s)", options.scenario);
        let account = Account::new(options).await;
        account.live_on(lives);
        let status = Status::of(&account.survey().await, account.now());
        let document = serde_json::to_value(&status).unwrap();
        if !status.complete {
            differences.push(format!("{what}: incomplete: {}", document["panels"]));
        }
        let found = account.sim.with_world(|world| compare(&document, world));
        differences.extend(found.into_iter().map(|difference| format!("{what}: {difference}")));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Where the document differs from the world, in words.
fn compare(document: &Value, world: &World) -> Vec<String> {
    let mut differences = Vec::new();
    for (list, expected) in [
        ("instances", truth::instances(world)),
        ("services", truth::services(world)),
        ("target_groups", truth::target_groups(world)),
        ("alarms", truth::alarms(world)),
        ("amis", rotation::amis(world)),
        ("refreshes", rotation::refreshes(world)),
        ("schedules", rotation::schedules(world)),
    ] {
        compare_rows(list, &document[list], &expected, &mut differences);
    }
    let fleet = json!({ "account": world.account, "cluster": world.cluster, "region": world.region });
    if pick(&document["fleet"], &fleet) != fleet {
        differences.push(format!("fleet {} for {fleet}", document["fleet"]));
    }
    let promotion = rotation::promotion(world);
    if pick(&document["promotion"], &promotion) != promotion {
        differences.push(format!("promotion {} for {promotion}", document["promotion"]));
    }
    let told: BTreeSet<(String, String)> = document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|finding| (finding["rule"].as_str().unwrap().to_owned(), finding["subject"].to_string()))
        .filter(|(rule, _)| findings::RULES.contains(&rule.as_str()))
        .collect();
    let expected = findings::all(world);
    differences.extend(expected.difference(&told).map(|finding| format!("not found: {finding:?}")));
    differences.extend(told.difference(&expected).map(|finding| format!("found for nothing: {finding:?}")));
    differences
}

/// Compares every member that the truth names, row by row.
fn compare_rows(list: &str, document: &Value, truth: &[Value], differences: &mut Vec<String>) {
    let rows = document.as_array().unwrap();
    let names = |rows: &[Value]| -> Vec<String> {
        rows.iter().map(|row| row.get("id").unwrap_or(&row["name"]).to_string()).collect()
    };
    if names(rows) != names(truth) {
        return differences.push(format!("{list} {:?} for {:?}", names(rows), names(truth)));
    }
    for (row, truth) in rows.iter().zip(truth) {
        for (member, value) in truth.as_object().unwrap() {
            let told = pick(&row[member], value);
            if told != *value {
                let name = row.get("id").unwrap_or(&row["name"]);
                differences.push(format!("{member} of {name} in {list}: {told} for {value}"));
            }
        }
    }
}

/// Of a list of objects, the members that the truth names too.
fn pick(value: &Value, truth: &Value) -> Value {
    match (value, truth) {
        (Value::Array(rows), Value::Array(truths)) => {
            let like = |at: usize| truths.get(at).or(truths.last()).unwrap_or(&Value::Null);
            rows.iter().enumerate().map(|(at, row)| pick(row, like(at))).collect()
        }
        (Value::Object(row), Value::Object(truth)) => {
            let members = row.iter().filter(|(name, _)| truth.contains_key(*name));
            Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
        }
        _ => value.clone(),
    }
}

/// Exactly once each: a list that was read twice or in part would differ.
fn each_once<'a>(read: impl Iterator<Item = &'a str>, true_ones: impl Iterator<Item = String>) {
    let mut read: Vec<String> = read.map(str::to_owned).collect();
    let mut true_ones: Vec<String> = true_ones.collect();
    read.sort_unstable();
    true_ones.sort_unstable();
    assert_eq!(read, true_ones);
}

#[tokio::test]
async fn a_fleet_of_many_pages_is_complete() {
    let options = Options {
        scenario: Scenario::Scale,
        instances: Some(250),
        services: Some(230),
        limits: false,
        ..Options::default()
    };
    let account = Account::new(options).await;
    account.sim.with_world(|world| {
        let surplus: Vec<String> = world.tasks.keys().skip(1_234).cloned().collect();
        surplus.iter().for_each(|id| drop(world.tasks.remove(id)));
        assert_eq!((world.instances.len(), world.tasks.len(), world.services.len()), (250, 1_234, 230));
    });
    let fleet = account.survey().await;
    let snapshot = fleet.snapshot();
    account.sim.with_world(|world| {
        let machines = world.instances.values().filter_map(|instance| instance.container.as_ref());
        let arn = |id: &str| world.ecs_arn("container-instance", id);
        each_once(
            snapshot.container_instances.rows.iter().map(|row| row.arn.as_str()),
            machines.map(|machine| arn(&machine.id)),
        );
        each_once(snapshot.ec2_instances.rows.iter().map(|row| row.id.as_str()), world.instances.keys().cloned());
        each_once(
            snapshot.tasks.rows.iter().map(|row| row.arn.as_str()),
            world.tasks.keys().map(|id| world.ecs_arn("task", id)),
        );
        each_once(
            snapshot.services.rows.iter().map(|row| row.arn.as_str()),
            world.services.keys().map(|name| world.ecs_arn("service", name)),
        );
        each_once(
            snapshot.targets.rows.iter().map(|row| row.arn.as_str()),
            world.target_groups.values().map(|group| world.target_group_arn(group)),
        );
        each_once(snapshot.alarms.rows.iter().map(|row| row.name.as_str()), world.alarms.keys().cloned());
    });
    assert!(Status::of(&fleet, account.now()).complete);
}
