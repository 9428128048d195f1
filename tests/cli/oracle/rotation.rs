//! What a status document has to say of AMIs, refreshes and schedules, from the world alone.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use jiff::Timestamp;
use quarterdeck::actions::start::{Outcome, Start};
use quarterdeck::fleet::execution::Execution;
use quarterdeck::fleet::status::Status;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::image::{LaunchTemplate, LaunchTemplateVersion};
use quarterdeck::sim::world::schedule::Schedule;
use serde_json::{Value, json};

use super::compare_rows;
use super::truth::machines;
use crate::account::Account;

/// The value of the fleet's promotion.
fn promoted(world: &World) -> Option<Value> {
    let parameter = world.parameters.get(&format!("/quarterdeck/{}/ami", world.cluster))?;
    serde_json::from_str(&parameter.value).ok()
}

pub fn promotion(world: &World) -> Value {
    let Some(value) = promoted(world) else { return Value::Null };
    json!({ "version": value["version"], "ami_id": value["image"], "previous_version": value["previous"] })
}

/// Versions of the launch templates that groups of the fleet start from.
fn versions(world: &World) -> impl Iterator<Item = &LaunchTemplateVersion> {
    let used: BTreeSet<&String> = world.groups.values().map(|group| &group.template_id).collect();
    let templates =
        world.launch_templates.values().filter(move |template: &&LaunchTemplate| used.contains(&template.id));
    templates.flat_map(|template| template.versions.iter().rev())
}

pub fn amis(world: &World) -> Vec<Value> {
    let tagged = |id: &String| {
        world.images.get(id).is_some_and(|image| {
            image.owner == world.account && image.tags.get("quarterdeck:fleet") == Some(&world.cluster)
        })
    };
    let latest = promoted(world).and_then(|value| value["image"].as_str().map(str::to_owned));
    let mut ids: BTreeSet<String> = world.images.keys().filter(|id| tagged(id)).cloned().collect();
    ids.extend(versions(world).map(|version| version.image_id.clone()));
    ids.extend(machines(world).map(|machine| machine.image_id.clone()));
    ids.extend(latest.clone());
    let created_at = |id: &String| world.images.get(id).map(|image| image.created_at.as_millisecond());
    let mut ids: Vec<String> = ids.into_iter().collect();
    ids.sort_by_key(|id| (Reverse(created_at(id)), id.clone()));
    let row = |id: &String| {
        let numbers: Vec<i64> =
            versions(world).filter(|version| version.image_id == *id).map(|version| version.number).collect();
        json!({
            "id": id,
            "name": world.images.get(id).map(|image| &image.name),
            "baked": tagged(id),
            "versions": numbers,
            "promoted": latest.as_ref() == Some(id),
            "instances": machines(world).filter(|machine| machine.image_id == *id).count(),
        })
    };
    ids.iter().map(row).collect()
}

pub fn refreshes(world: &World) -> Vec<Value> {
    let mut rows: Vec<_> =
        world.groups.values().flat_map(|group| group.refreshes.iter().map(move |one| (&group.name, one))).collect();
    rows.sort_by_key(|(_, one)| (!one.status.is_active(), Reverse(one.started_at)));
    let row = |(group, one): &(&String, &quarterdeck::sim::world::refresh::Refresh)| json!({ "id": one.id, "auto_scaling_group": group, "status": one.status.as_str() });
    rows.iter().map(row).collect()
}

/// When what a schedule starts may do something: now, or when the fleet is frozen no more.
fn thaw(world: &World) -> Option<Timestamp> {
    let Some(parameter) = world.parameters.get(&format!("/quarterdeck/{}/freeze", world.cluster)) else {
        return Some(world.now);
    };
    let value: Value = serde_json::from_str(&parameter.value).ok()?;
    let until: Timestamp = value["until"].as_str()?.parse().ok()?;
    Some(until.max(world.now))
}

pub fn schedules(world: &World) -> Vec<Value> {
    let row = |one: &Schedule| {
        let next = thaw(world).and_then(|from| one.next(from)).filter(|_| one.enabled);
        let input: Value =
            one.target["Input"].as_str().and_then(|input| serde_json::from_str(input).ok()).unwrap_or_default();
        json!({
            "name": one.name,
            "state": if one.enabled { "ENABLED" } else { "DISABLED" },
            "expression": one.expression,
            "document": input["DocumentName"],
            // The service tells the moments it counts from in whole milliseconds at best.
            "next_at": next.map(|at| at.to_string()),
        })
    };
    world.schedules.values().map(row).collect()
}

/// A rollout of the version that the group starts from anyway, with pauses on a quarter and on half of the way.
fn rollout(world: &World) -> Start {
    let group = world.groups.values().next().unwrap();
    let template = &world.launch_templates[&group.template_id];
    let version = template.version(&group.template_version).unwrap().number.to_string();
    let id = "0b5b4f0c-0d3c-4a7e-9a53-0a6a8d4b7a11";
    let values = [
        ("Cluster", vec![world.cluster.as_str()]),
        ("Version", vec![&version]),
        ("FirstCheckpoint", vec!["25"]),
        ("SecondCheckpoint", vec!["50"]),
        ("CheckpointDelay", vec!["300"]),
        ("RequestedBy", vec!["ada"]),
        ("Reason", vec!["a test"]),
        ("RequestId", vec![id]),
    ];
    let values = values.into_iter().map(|(name, values)| {
        let values: Vec<String> = values.into_iter().map(str::to_owned).collect();
        (name.to_owned(), values)
    });
    let document = "RolloutFleet".to_owned();
    Start { request_id: id.to_owned(), document, version: None, values: values.collect(), each: None }
}

#[tokio::test]
async fn a_rollout_is_told_from_its_start_to_its_end() {
    let account = Account::new(Options { scenario: Scenario::Five, limits: false, ..Options::default() }).await;
    let start = account.sim.with_world(|world| rollout(world));
    let outcome = account.aws.start_automation(&start).await;
    assert!(matches!(outcome, Outcome::Started(_)), "{outcome:?}");
    let (mut seen, mut paused, mut runs) = (Vec::new(), BTreeSet::new(), Vec::new());
    for _ in 0..120 {
        account.live_on(60);
        let fleet = account.survey().await;
        let document = serde_json::to_value(Status::of(&fleet, account.now())).unwrap();
        let mut differences = Vec::new();
        account.sim.with_world(|world| {
            compare_rows("refreshes", &document["refreshes"], &refreshes(world), &mut differences);
        });
        assert_eq!(differences, Vec::<String>::new());
        let told = |one: &Execution| format!("{} {} {:?}", one.document, one.status, one.failed_step());
        runs = fleet.snapshot().executions.rows.iter().map(told).collect();
        let Some(row) = fleet.view().refreshes.first() else { continue };
        assert!(row.execution.is_some(), "the runbook that started it is known");
        assert!(row.held_up_by.is_empty(), "protected instances are replaced too");
        let refresh = fleet.refresh(row).unwrap();
        seen.push(refresh.status.to_string());
        paused.extend(refresh.paused_at());
        if refresh.status.is_over() {
            break;
        }
    }
    seen.dedup();
    assert_eq!(
        (seen.last().map(String::as_str), paused),
        (Some("Successful"), BTreeSet::from([25, 50])),
        "{seen:?} {runs:?}"
    );
}
