//! Auto Scaling groups with their members.

pub(super) mod refresh;

use std::collections::BTreeSet;

use aws_sdk_autoscaling::types::{AutoScalingGroup, Instance, LaunchTemplateSpecification};

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, each, last, maybe, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, in_batches, without_repeats};
use crate::fleet::instance::{Group, GroupMember, LaunchTemplateRef, LifecycleState};

/// Names in one call: more need a larger page, says the service model.
const NAMES: usize = 50;
/// Instance ids in one call, from the service model.
const INSTANCES: usize = 50;
/// The largest page.
const PAGE: i32 = 100;

/// The groups behind `arns`, those called `names`, and those that `instance_ids` belong to.
pub(in crate::aws) async fn read(
    calls: &Calls,
    arns: &[String],
    instance_ids: &[String],
    names: &[String],
) -> Gathered<Vec<Group>> {
    let known: BTreeSet<String> =
        arns.iter().map(|arn| last(arn, '/').to_owned()).chain(names.iter().cloned()).collect();
    let mut harvest = groups(calls, &known).await;
    let members: BTreeSet<&str> =
        harvest.rows.iter().flat_map(|group| &group.members).map(|member| member.instance_id.as_str()).collect();
    let strays: Vec<String> =
        instance_ids.iter().filter(|id| is_ec2(id) && !members.contains(id.as_str())).cloned().collect();
    let found = in_batches("groups of instances", &strays, INSTANCES, |ids| groups_of(calls, ids)).await;
    harvest.missing.extend(found.missing);
    let others: BTreeSet<String> = found.rows.into_iter().filter(|name| !known.contains(name)).collect();
    harvest.join(groups(calls, &others).await);
    without_repeats(&mut harvest.rows, |group| &group.name);
    harvest.finish()
}

/// An external instance (ECS Anywhere) has an `mi-` id that Auto Scaling does not know.
fn is_ec2(id: &str) -> bool {
    id.starts_with("i-")
}

async fn groups(calls: &Calls, names: &BTreeSet<String>) -> Harvest<Group> {
    let names: Vec<String> = names.iter().cloned().collect();
    in_batches("groups", &names, NAMES, |names| async move {
        Ok::<_, Refusal>(all_pages("groups", |token| describe(calls, names.clone(), token)).await)
    })
    .await
}

async fn describe(calls: &Calls, names: Vec<String>, token: Option<String>) -> Result<Page<Group>, Refusal> {
    let request = calls
        .clients
        .autoscaling
        .describe_auto_scaling_groups()
        .set_auto_scaling_group_names(Some(names))
        .max_records(PAGE)
        .set_next_token(token);
    let output = calls.call(Family::AutoScaling, "autoscaling:DescribeAutoScalingGroups", request.send()).await?;
    Ok(Page { rows: output.auto_scaling_groups().iter().map(convert).collect(), next: output.next_token })
}

async fn groups_of(calls: &Calls, ids: Vec<String>) -> Result<Harvest<String>, Refusal> {
    Ok(all_pages("groups of instances", |token| async {
        let request = calls
            .clients
            .autoscaling
            .describe_auto_scaling_instances()
            .set_instance_ids(Some(ids.clone()))
            .set_next_token(token);
        let operation = "autoscaling:DescribeAutoScalingInstances";
        let output = calls.call(Family::AutoScaling, operation, request.send()).await?;
        let rows = output.auto_scaling_instances().iter();
        let rows = rows.filter_map(|instance| instance.auto_scaling_group_name().map(str::to_owned)).collect();
        Ok::<_, Refusal>(Page { rows, next: output.next_token })
    })
    .await)
}

fn convert(group: &AutoScalingGroup) -> Group {
    let mixed = group.mixed_instances_policy().and_then(|policy| policy.launch_template());
    let template = group.launch_template().or_else(|| mixed.and_then(|mixed| mixed.launch_template_specification()));
    let processes = group.suspended_processes().iter();
    Group {
        name: words(group.auto_scaling_group_name()),
        arn: words(group.auto_scaling_group_arn()),
        min: count(group.min_size().unwrap_or_default()),
        max: count(group.max_size().unwrap_or_default()),
        desired: count(group.desired_capacity().unwrap_or_default()),
        members: group.instances().iter().filter_map(convert_member).collect(),
        target_group_arns: each(group.target_group_arns()),
        suspended_processes: processes.filter_map(|process| maybe(process.process_name())).collect(),
        launch_template: template.and_then(convert_template),
        max_instance_lifetime: group.max_instance_lifetime().map(count),
    }
}

fn convert_member(member: &Instance) -> Option<GroupMember> {
    Some(GroupMember {
        instance_id: maybe(member.instance_id())?,
        lifecycle_state: word::<LifecycleState>(member.lifecycle_state().map_or("", |state| state.as_str())),
        health_status: words(member.health_status()),
        protected: member.protected_from_scale_in().unwrap_or_default(),
        launch_template_version: maybe(member.launch_template().and_then(|template| template.version())),
    })
}

/// A group that names no version launches the default one.
fn convert_template(template: &LaunchTemplateSpecification) -> Option<LaunchTemplateRef> {
    Some(LaunchTemplateRef {
        id: maybe(template.launch_template_id())?,
        name: maybe(template.launch_template_name()),
        version: maybe(template.version()).unwrap_or_else(|| "$Default".to_owned()),
    })
}
