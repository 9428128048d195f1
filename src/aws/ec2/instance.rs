//! EC2 instances with their status checks and scheduled events.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{GroupIdentifier, Instance, InstanceStatus, InstanceStatusEvent, InstanceStatusSummary, Tag};

use super::{FILTER_VALUES, PAGE, filter};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, in_batches, without_repeats};
use crate::fleet::instance::{CheckStatus, Ec2Instance, Ec2State, ScheduledEvent, SecurityGroupRef};

/// Instance ids in one DescribeInstanceStatus, from the service model.
const STATUSES: usize = 100;
/// An id that does not exist fails the whole call with this.
const UNKNOWN_ID: &str = "InvalidInstanceID.NotFound";

/// The checks and events of one instance.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Checks {
    id: String,
    system: Option<CheckStatus>,
    instance: Option<CheckStatus>,
    events: Vec<ScheduledEvent>,
}

/// The instances `ids`, and whatever else the `groups` launched, with checks and events.
///
/// The checks of `ids` are asked for beside the instances themselves; a second round asks
/// for those that only the groups led to, for a batch that failed on an id that is gone, and for `members` that
/// no group has brought.
pub(in crate::aws) async fn read(
    calls: &Calls,
    ids: &[String],
    groups: &[String],
    members: &BTreeSet<String>,
) -> Gathered<Vec<Ec2Instance>> {
    let ids: Vec<String> = ids.iter().filter(|id| id.starts_with("i-")).cloned().collect();
    let strays: Vec<String> = ids.iter().filter(|id| !members.contains(*id)).cloned().collect();
    let by_id = by_ids(calls, &strays);
    let by_group = in_batches("EC2 instances of groups", groups, FILTER_VALUES, |groups| {
        describe(calls, "tag:aws:autoscaling:groupName", groups)
    });
    let (mut harvest, by_group, mut checks) = futures::join!(by_id, by_group, checks(calls, &ids));
    harvest.join(by_group);
    let brought: BTreeSet<&str> = harvest.rows.iter().map(|row| row.id.as_str()).collect();
    let left: Vec<String> =
        ids.iter().filter(|id| members.contains(*id) && !brought.contains(id.as_str())).cloned().collect();
    harvest.join(by_ids(calls, &left).await);
    without_repeats(&mut harvest.rows, |row| &row.id);
    in_order(&mut harvest.rows, &ids);

    let answered: BTreeSet<&str> = checks.rows.iter().flatten().map(|checks| checks.id.as_str()).collect();
    let unanswered: BTreeSet<&str> =
        checks.rows.iter().filter_map(|row| row.as_ref().err()).map(String::as_str).collect();
    let asked: BTreeSet<&str> = ids.iter().map(String::as_str).collect();
    let due = |id: &str| unanswered.contains(id) || (!asked.contains(id) && !answered.contains(id));
    let rest: Vec<String> = harvest.rows.iter().map(|row| &row.id).filter(|id| due(id)).cloned().collect();
    checks.join(self::checks(calls, &rest).await);
    harvest.missing.extend(checks.missing);
    attach(&mut harvest.rows, checks.rows.into_iter().flatten());
    harvest.finish()
}

fn attach(rows: &mut [Ec2Instance], checks: impl Iterator<Item = Checks>) {
    let mut by_id: BTreeMap<String, Checks> = checks.map(|one| (one.id.clone(), one)).collect();
    for row in rows {
        if let Some(checks) = by_id.remove(&row.id) {
            row.system_check = checks.system;
            row.instance_check = checks.instance;
            row.events = checks.events;
        }
    }
}

async fn by_ids(calls: &Calls, ids: &[String]) -> Harvest<Ec2Instance> {
    in_batches("EC2 instances", ids, FILTER_VALUES, |ids| describe(calls, "instance-id", ids)).await
}

/// Brings `rows` into the order of `ids`, what else there is behind them: whoever compares two reads wants one order.
fn in_order(rows: &mut [Ec2Instance], ids: &[String]) {
    let places: BTreeMap<&str, usize> = ids.iter().enumerate().map(|(place, id)| (id.as_str(), place)).collect();
    rows.sort_by_key(|row| places.get(row.id.as_str()).copied().unwrap_or(usize::MAX));
}

async fn describe(calls: &Calls, name: &str, values: Vec<String>) -> Result<Harvest<Ec2Instance>, Refusal> {
    Ok(all_pages("EC2 instances", |token| async {
        // Page size and instance ids exclude each other, hence the filter even for ids.
        let request = calls
            .clients
            .ec2
            .describe_instances()
            .filters(filter(name, values.clone()))
            .max_results(PAGE)
            .set_next_token(token);
        let output = calls.call(Family::Ec2Filtered, "ec2:DescribeInstances", request.send()).await?;
        let instances = output.reservations().iter().flat_map(|reservation| reservation.instances());
        Ok::<_, Refusal>(Page { rows: instances.filter_map(convert).collect(), next: output.next_token })
    })
    .await)
}

/// The checks of `ids`; the id itself for those of a batch that failed because one of them is gone.
async fn checks(calls: &Calls, ids: &[String]) -> Harvest<Result<Checks, String>> {
    in_batches("status checks", ids, STATUSES, |ids| async {
        let request = calls
            .clients
            .ec2
            .describe_instance_status()
            .set_instance_ids(Some(ids.clone()))
            .include_all_instances(true);
        let mut harvest = Harvest::default();
        match calls.call(Family::Ec2Filtered, "ec2:DescribeInstanceStatus", request.send()).await {
            Ok(output) => harvest.land(output.instance_statuses().iter().filter_map(convert_checks).map(Ok)),
            Err(refusal) if refusal.is(UNKNOWN_ID) => harvest.land(ids.into_iter().map(Err)),
            Err(refusal) => return Err(refusal),
        }
        Ok(harvest)
    })
    .await
}

fn convert(instance: &Instance) -> Option<Ec2Instance> {
    Some(Ec2Instance {
        id: maybe(instance.instance_id())?,
        state: word::<Ec2State>(instance.state().and_then(|state| state.name()).map_or("", |name| name.as_str())),
        launched_at: time(instance.launch_time()),
        image_id: maybe(instance.image_id()),
        instance_type: maybe(instance.instance_type().map(|kind| kind.as_str())),
        availability_zone: maybe(instance.placement().and_then(|placement| placement.availability_zone())),
        private_ip: maybe(instance.private_ip_address()),
        subnet_id: maybe(instance.subnet_id()),
        key_name: maybe(instance.key_name()),
        security_groups: instance.security_groups().iter().filter_map(convert_group).collect(),
        tags: instance.tags().iter().map(convert_tag).collect(),
        system_check: None,
        instance_check: None,
        events: Vec::new(),
    })
}

fn convert_group(group: &GroupIdentifier) -> Option<SecurityGroupRef> {
    Some(SecurityGroupRef { id: maybe(group.group_id())?, name: words(group.group_name()) })
}

fn convert_tag(tag: &Tag) -> (String, String) {
    (words(tag.key()), words(tag.value()))
}

fn convert_checks(status: &InstanceStatus) -> Option<Checks> {
    let check = |summary: Option<&InstanceStatusSummary>| {
        summary.and_then(InstanceStatusSummary::status).map(|status| word::<CheckStatus>(status.as_str()))
    };
    Some(Checks {
        id: maybe(status.instance_id())?,
        system: check(status.system_status()),
        instance: check(status.instance_status()),
        events: status.events().iter().map(convert_event).collect(),
    })
}

fn convert_event(event: &InstanceStatusEvent) -> ScheduledEvent {
    ScheduledEvent {
        code: words(event.code().map(|code| code.as_str())),
        description: words(event.description()),
        not_before: time(event.not_before()),
    }
}
