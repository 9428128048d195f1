//! Target groups and the health of their targets.
//!
//! Health is one call for each group and needs nothing but the group's ARN, so it is asked for beside the
//! descriptions, in the order in which the groups came: what is on screen first.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_elasticloadbalancingv2::types::{TargetGroup as Described, TargetHealthDescription};

use super::budget::Family;
use super::calls::Calls;
use super::convert::{each, last, maybe, port, word, words};
use super::error::Refusal;
use super::gather::{Gathered, Harvest, Page, all_pages, in_batches, in_batches_with, without_repeats};
use super::request::Haste;
use crate::fleet::reading::{Failure, Missing, Reading};
use crate::fleet::target::{Target, TargetGroup, TargetState, TargetType};

/// Target groups in one description. No limit is documented; the calls beside it take 20.
const BATCH: usize = 20;
/// A group that is gone fails the whole call with this.
const GONE: &str = "TargetGroupNotFound";

/// The health of one group, or why it could not be read.
type Health = (String, Result<Found, Failure>);

/// What a call for the health of a group found.
#[derive(Debug, Clone)]
enum Found {
    /// The group, with its targets.
    Targets(Vec<Target>),
    /// The group is gone.
    Gone,
    /// Nobody asked.
    NotAsked,
}

/// The target groups with those ARNs, each with its own reading of health; for those that are `calm` health is not asked for, and
/// their reading is one that was never read. One that is gone is left out.
pub(super) async fn read(
    calls: &Calls,
    arns: &[String],
    calm: &BTreeSet<String>,
    haste: Haste,
) -> Gathered<Vec<TargetGroup>> {
    let mut arns = arns.to_vec();
    without_repeats(&mut arns, |arn| arn);
    let describe = in_batches("target groups", &arns, BATCH, |arns| describe(calls, arns));
    let health = in_batches_with(haste, "targets", &arns, 1, |arns| health(calls, arns, calm));
    let (described, health) = futures::join!(describe, health);
    if let Some(failure) = nothing_healthy(&health.rows) {
        return Err(failure);
    }
    Ok(join(calls, described, health.rows))
}

/// The failure, if health was asked for and failed for every group: then the panel has nothing to show.
fn nothing_healthy(health: &[Health]) -> Option<Failure> {
    let mut failures = health.iter().map(|(_, outcome)| outcome.as_ref().err());
    let first = failures.next()??;
    failures.all(|failure| failure.is_some()).then(|| first.clone())
}

fn join(calls: &Calls, described: Harvest<TargetGroup>, health: Vec<Health>) -> (Vec<TargetGroup>, Vec<Missing>) {
    let mut missing = described.missing;
    let mut groups: BTreeMap<String, TargetGroup> =
        described.rows.into_iter().map(|group| (group.arn.clone(), group)).collect();
    let mut rows = Vec::new();
    for (arn, outcome) in health {
        // A group that exists but could not be described is known by its ARN.
        let mut group = groups.remove(&arn).unwrap_or_else(|| by_arn(&arn));
        match outcome {
            Ok(Found::Gone) => continue,
            Ok(Found::NotAsked) => {}
            Ok(Found::Targets(targets)) => group.targets.land(Ok((targets, Vec::new())), calls.now()),
            Err(failure) => {
                missing.push(Missing { what: format!("targets of {}", group.name), failure: Some(failure.clone()) });
                group.targets.failure = Some(failure);
            }
        }
        rows.push(group);
    }
    (rows, missing)
}

async fn describe(calls: &Calls, arns: Vec<String>) -> Result<Harvest<TargetGroup>, Refusal> {
    match describe_together(calls, &arns).await {
        Err(refusal) if refusal.is(GONE) && arns.len() > 1 => Ok(describe_alone(calls, arns).await),
        Err(refusal) if refusal.is(GONE) => Ok(Harvest::default()),
        other => other,
    }
}

async fn describe_alone(calls: &Calls, arns: Vec<String>) -> Harvest<TargetGroup> {
    in_batches("target groups", &arns, 1, |arn| async move {
        match describe_together(calls, &arn).await {
            Err(refusal) if refusal.is(GONE) => Ok(Harvest::default()),
            other => other,
        }
    })
    .await
}

/// One call, and its pages if it has any. The first page's refusal is the whole's: it has a code.
async fn describe_together(calls: &Calls, arns: &[String]) -> Result<Harvest<TargetGroup>, Refusal> {
    let first = page(calls, arns, None).await?;
    let mut harvest = Harvest::default();
    harvest.land(first.rows);
    if let Some(marker) = first.next.filter(|marker| !marker.is_empty()) {
        let rest = |token: Option<String>| page(calls, arns, token.or_else(|| Some(marker.clone())));
        harvest.join(all_pages("target groups", rest).await);
    }
    Ok(harvest)
}

async fn page(calls: &Calls, arns: &[String], marker: Option<String>) -> Result<Page<TargetGroup>, Refusal> {
    let request =
        calls.clients.elbv2.describe_target_groups().set_target_group_arns(Some(arns.to_vec())).set_marker(marker);
    let output = calls.call(Family::Elb, "elasticloadbalancing:DescribeTargetGroups", request.send()).await?;
    Ok(Page { rows: output.target_groups().iter().filter_map(convert).collect(), next: output.next_marker })
}

async fn health(calls: &Calls, arns: Vec<String>, calm: &BTreeSet<String>) -> Result<Harvest<Health>, Refusal> {
    let mut harvest = Harvest::default();
    for arn in arns {
        if calm.contains(&arn) {
            harvest.land([(arn, Ok(Found::NotAsked))]);
            continue;
        }
        let request = calls.clients.elbv2.describe_target_health().target_group_arn(&arn);
        let output = calls.call(Family::Elb, "elasticloadbalancing:DescribeTargetHealth", request.send()).await;
        let outcome = match output {
            Ok(output) => {
                Ok(Found::Targets(output.target_health_descriptions().iter().filter_map(convert_target).collect()))
            }
            Err(refusal) if refusal.is(GONE) => Ok(Found::Gone),
            Err(refusal) => Err(refusal.failure),
        };
        harvest.land([(words(Some(&arn)), outcome)]);
    }
    Ok(harvest)
}

fn convert(group: &Described) -> Option<TargetGroup> {
    Some(TargetGroup {
        arn: maybe(group.target_group_arn())?,
        name: words(group.target_group_name()),
        target_type: word::<TargetType>(group.target_type().map_or("", |kind| kind.as_str())),
        protocol: maybe(group.protocol().map(|protocol| protocol.as_str())),
        port: port(group.port()),
        health_check_path: maybe(group.health_check_path()),
        load_balancer_arns: each(group.load_balancer_arns()),
        targets: Reading::default(),
    })
}

/// What an ARN tells: `…:targetgroup/NAME/ID`.
fn by_arn(arn: &str) -> TargetGroup {
    let name = last(arn, ':').split('/').nth(1).unwrap_or(arn);
    TargetGroup {
        arn: arn.to_owned(),
        name: name.to_owned(),
        target_type: word::<TargetType>(""),
        protocol: None,
        port: None,
        health_check_path: None,
        load_balancer_arns: Vec::new(),
        targets: Reading::default(),
    }
}

fn convert_target(description: &TargetHealthDescription) -> Option<Target> {
    let target = description.target()?;
    let health = description.target_health();
    let state = health.and_then(|health| health.state()).map_or("", |state| state.as_str());
    Some(Target {
        id: maybe(target.id())?,
        port: port(target.port()),
        availability_zone: maybe(target.availability_zone()),
        state: word::<TargetState>(state),
        reason: maybe(health.and_then(|health| health.reason()).map(|reason| reason.as_str())),
        description: maybe(health.and_then(|health| health.description())),
    })
}
