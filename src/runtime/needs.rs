//! What has to be known before a panel can be read, and what to ask for then.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use crate::aws::request::{Haste, Need};
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::focus::{self, Endangered, Gaze, TaskScope};
use crate::fleet::reading::Panel;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::target::{TargetGroup, TargetState};
use crate::fleet::view::Fleet;

/// Health younger than this is not read again while all is well and nobody looks: less than a data age shows.
const STIRRED: SignedDuration = SignedDuration::from_secs(25);
/// The same while nothing at all changes in the fleet: less than two of the scheduler's rounds, so that it comes with every second one.
/// A target that fails stirs the fleet: its task stops, or an alarm goes off.
const CALM: SignedDuration = SignedDuration::from_secs(50);

/// What configuration adds to what AWS says of a fleet.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// SSM parameter that names the AMI.
    pub ami_parameter: Option<String>,
    /// Further Auto Scaling groups.
    pub groups: Vec<String>,
    /// Further log groups.
    pub log_groups: Vec<String>,
    /// Names of the runbooks that are actions.
    pub runbooks: Vec<String>,
}

/// What is read first, and how much of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Watch {
    /// The panels on screen.
    pub panels: BTreeSet<Panel>,
    /// The one of them that brings the rows.
    pub foremost: Option<Panel>,
    /// What is looked at. `None`: nobody looks, and everything is read completely, however much it is.
    pub gaze: Option<Gaze>,
}

/// The moment for which it is worked out what a read needs.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// What is looked at; see [`Watch`].
    pub gaze: Option<&'a Gaze>,
    /// The present.
    pub now: Timestamp,
    /// Somebody asked for the panel by hand.
    pub asked_for: bool,
    /// Nothing new has come for a while, of the whole fleet.
    pub calm: bool,
}

/// Whether `now` names things that `before` did not: those are not made to wait for the panel's interval.
#[must_use]
pub fn asks_for_more(before: &Need, now: &Need) -> bool {
    let more = |before: &[String], now: &[String]| {
        let before: BTreeSet<&String> = before.iter().collect();
        now.iter().any(|item| !before.contains(item))
    };
    match (before, now) {
        (
            Need::Ec2Instances { ids: ids_before, groups: groups_before, .. },
            Need::Ec2Instances { ids: ids_now, groups: groups_now, .. },
        ) => more(ids_before, ids_now) || more(groups_before, groups_now),
        (Need::TaskDefinitions { arns: before }, Need::TaskDefinitions { arns: now })
        | (Need::SecurityGroups { ids: before }, Need::SecurityGroups { ids: now })
        | (Need::Targets { arns: before, .. }, Need::Targets { arns: now, .. })
        | (Need::LogGroups { names: before }, Need::LogGroups { names: now })
        | (Need::Refreshes { groups: before }, Need::Refreshes { groups: now })
        | (Need::Builds { templates: before }, Need::Builds { templates: now }) => more(before, now),
        (
            Need::Images { ids: ids_before, types: types_before, .. },
            Need::Images { ids: ids_now, types: types_now, .. },
        ) => more(ids_before, ids_now) || more(types_before, types_now),
        (Need::EndangeredTasks(before, those), Need::EndangeredTasks(now, these)) => {
            those != these || more_tasks(before, now)
        }
        // A plan is opened: what it would end is asked about at once.
        (Need::Tasks(_), Need::EndangeredTasks(..)) => true,
        (Need::Tasks(before) | Need::EndangeredTasks(before, _), Need::Tasks(now)) => more_tasks(before, now),
        (Need::Executions { opened: before, .. }, Need::Executions { opened: now, .. }) => {
            now.is_some() && before != now
        }
        _ => false,
    }
}

/// Whether a page waits for tasks that the last read did not ask for, or it turned out that there are too many of them.
fn more_tasks(before: &TaskScope, now: &TaskScope) -> bool {
    match (before, now) {
        (TaskScope::Of { owners: before, .. }, TaskScope::Of { owners, awaited }) => {
            owners.iter().take(*awaited).any(|owner| !before.contains(owner))
        }
        (TaskScope::UpTo(_), TaskScope::Of { .. }) => true,
        _ => false,
    }
}

/// What to ask for `panel`, or `None` while that can't be said: its inputs have not been tried yet, or
/// there is nothing to ask for.
#[must_use]
pub fn need(panel: Panel, fleet: &Fleet, tried: &BTreeSet<Panel>, extras: &Extras, moment: Moment<'_>) -> Option<Need> {
    let snapshot = fleet.snapshot();
    if !prerequisites(panel).iter().all(|before| tried.contains(before)) {
        return None;
    }
    let need = match panel {
        Panel::Identity => Need::Identity,
        Panel::Cluster => Need::Cluster,
        Panel::ContainerInstances => Need::ContainerInstances,
        Panel::Services => Need::Services,
        Panel::Tasks => tasks(fleet, moment.gaze),
        Panel::Alarms => Need::Alarms,
        Panel::Mutes => Need::Mutes,
        Panel::Groups => groups(snapshot, extras),
        Panel::Ec2Instances => ec2_instances(snapshot, extras),
        Panel::Images => images(snapshot, extras),
        Panel::SecurityGroups => Need::SecurityGroups { ids: security_group_ids(snapshot) },
        Panel::TaskDefinitions => task_definitions(snapshot),
        Panel::Targets => targets(snapshot, moment),
        Panel::Runbooks => Need::Runbooks { names: extras.runbooks.clone() },
        Panel::Executions => executions(snapshot, extras, moment.gaze),
        Panel::Freeze => Need::Freeze,
        Panel::Refreshes => Need::Refreshes { groups: group_names(snapshot) },
        Panel::Builds => Need::Builds { templates: template_ids(snapshot) },
        Panel::Promotion => Need::Promotion,
        Panel::Schedules => Need::Schedules,
        Panel::LogGroups => Need::LogGroups { names: log_group_names(snapshot, extras) },
    };
    Some(need)
}

/// Panels that must have been tried, with or without success, before `panel` can be asked for.
fn prerequisites(panel: Panel) -> &'static [Panel] {
    match panel {
        Panel::Identity
        | Panel::Cluster
        | Panel::ContainerInstances
        | Panel::Services
        | Panel::Tasks
        | Panel::Alarms
        | Panel::Mutes
        | Panel::Runbooks
        | Panel::Executions
        | Panel::Freeze
        | Panel::Promotion
        | Panel::Schedules => &[],
        Panel::Groups | Panel::Ec2Instances => &[Panel::Cluster, Panel::ContainerInstances],
        Panel::Images => &[Panel::ContainerInstances, Panel::Groups],
        Panel::Refreshes | Panel::Builds => &[Panel::Groups],
        Panel::SecurityGroups => &[Panel::Ec2Instances],
        Panel::TaskDefinitions => &[Panel::Services, Panel::Tasks],
        Panel::Targets => &[Panel::Services, Panel::Groups],
        Panel::LogGroups => &[Panel::TaskDefinitions],
    }
}

fn tasks(fleet: &Fleet, gaze: Option<&Gaze>) -> Need {
    let Some(gaze) = gaze else { return Need::Tasks(TaskScope::All) };
    let scope = focus::tasks(fleet, gaze);
    let endangered = if gaze.ends_tasks { focus::endangered(fleet, &gaze.planned) } else { Endangered::default() };
    if endangered.is_empty() { Need::Tasks(scope) } else { Need::EndangeredTasks(scope, endangered) }
}

fn groups(snapshot: &Snapshot, extras: &Extras) -> Need {
    let arns = snapshot.cluster.rows.capacity_providers.iter().filter_map(|provider| provider.group_arn.clone());
    // An instance of a capacity provider belongs to that provider's group, which is asked for by name.
    let instance_ids = snapshot
        .container_instances
        .rows
        .iter()
        .filter(|instance| instance.capacity_provider.is_none())
        .filter_map(|instance| ec2_id(instance.ec2_instance_id.as_deref()));
    Need::Groups { arns: sorted(arns), instance_ids: sorted(instance_ids), names: extras.groups.clone() }
}

fn ec2_instances(snapshot: &Snapshot, extras: &Extras) -> Need {
    let ids =
        snapshot.container_instances.rows.iter().filter_map(|instance| ec2_id(instance.ec2_instance_id.as_deref()));
    let from_providers = snapshot
        .cluster
        .rows
        .capacity_providers
        .iter()
        .filter_map(|provider| provider.group_arn.as_deref())
        .filter_map(|arn| arn.rsplit('/').next().map(str::to_owned));
    let from_groups = snapshot.groups.rows.iter().map(|group| group.name.clone());
    let groups = sorted(from_providers.chain(from_groups).chain(extras.groups.iter().cloned()));
    let members = snapshot.groups.rows.iter().flat_map(|group| &group.members).map(|member| member.instance_id.clone());
    Need::Ec2Instances { ids: sorted(ids), groups, members: members.collect() }
}

fn images(snapshot: &Snapshot, extras: &Extras) -> Need {
    let from_ecs = snapshot.container_instances.rows.iter().filter_map(|instance| instance.ami_id.clone());
    let from_ec2 = snapshot.ec2_instances.rows.iter().filter_map(|instance| instance.image_id.clone());
    let templates = snapshot.groups.rows.iter().filter_map(|group| {
        let template = group.launch_template.as_ref()?;
        Some((group.name.clone(), template.id.clone(), template.version.clone()))
    });
    Need::Images {
        ids: sorted(from_ecs.chain(from_ec2)),
        templates: templates.collect(),
        parameter: extras.ami_parameter.clone(),
        types: limiting_types(snapshot),
    }
}

fn group_names(snapshot: &Snapshot) -> Vec<String> {
    sorted(snapshot.groups.rows.iter().map(|group| group.name.clone()))
}

fn template_ids(snapshot: &Snapshot) -> Vec<String> {
    let templates = snapshot.groups.rows.iter().filter_map(|group| group.launch_template.as_ref());
    sorted(templates.map(|template| template.id.clone()))
}

/// Types of the instances on which the number of network interfaces limits tasks: with a trunk interface it does not.
fn limiting_types(snapshot: &Snapshot) -> Vec<String> {
    let rows = snapshot.container_instances.rows.iter();
    let limited = rows.filter(|instance| !instance.attributes.contains_key("ecs.awsvpc-trunk-id"));
    sorted(limited.filter_map(|instance| instance.instance_type.clone()))
}

fn security_group_ids(snapshot: &Snapshot) -> Vec<String> {
    let groups = snapshot.ec2_instances.rows.iter().flat_map(|instance| &instance.security_groups);
    sorted(groups.map(|group| group.id.clone()))
}

/// Only the definitions that are not known: a definition never changes. Once all are, a read makes no call and says that there is nothing
/// to add.
fn task_definitions(snapshot: &Snapshot) -> Need {
    let known: BTreeSet<&str> =
        snapshot.task_definitions.rows.iter().map(|definition| definition.arn.as_str()).collect();
    let of_services = snapshot.services.rows.iter().flat_map(|service| {
        let deployments = service.deployments.iter().map(|deployment| &deployment.task_definition);
        std::iter::once(&service.task_definition).chain(deployments)
    });
    let of_tasks = snapshot.tasks.rows.iter().map(|task| &task.task_definition);
    let unknown = of_services.chain(of_tasks).filter(|arn| !arn.is_empty() && !known.contains(arn.as_str())).cloned();
    Need::TaskDefinitions { arns: sorted(unknown) }
}

/// Target groups of services and groups: what is looked at first, then those that are not all healthy, so that trouble is
/// seen soonest. Each costs a call of a small budget, so healthy ones out of sight wait until their age would show.
fn targets(snapshot: &Snapshot, moment: Moment<'_>) -> Need {
    let rows = &snapshot.targets.rows;
    let troubled: BTreeSet<&str> =
        rows.iter().filter(|group| troubled(group)).map(|group| group.arn.as_str()).collect();
    let seen = moment.gaze.map(|gaze| groups_in_sight(snapshot, gaze)).unwrap_or_default();
    let of_services = snapshot.services.rows.iter().flat_map(|service| &service.load_balancers);
    let of_groups = snapshot.groups.rows.iter().flat_map(|group| group.target_group_arns.iter().cloned());
    let mut arns = sorted(of_services.map(|balancer| balancer.target_group_arn.clone()).chain(of_groups));
    arns.sort_by_key(|arn| (!seen.contains(arn.as_str()), !troubled.contains(arn.as_str())));
    let soon = if moment.calm { CALM } else { STIRRED };
    let recent = |group: &&TargetGroup| group.targets.age(moment.now).is_some_and(|age| age < soon);
    let calm = rows.iter().filter(recent).map(|group| group.arn.as_str());
    let calm = calm.filter(|arn| !seen.contains(arn) && !troubled.contains(arn)).map(str::to_owned);
    let waited_for = moment.gaze.is_none() || moment.asked_for;
    let calm = if waited_for { BTreeSet::new() } else { calm.collect() };
    let haste = if waited_for || !snapshot.targets.known() { Haste::Hurried } else { Haste::Unhurried };
    Need::Targets { arns, calm, haste }
}

/// Whether not everything of a group is known to be well.
fn troubled(group: &TargetGroup) -> bool {
    !group.targets.complete()
        || group.targets.failure.is_some()
        || group.targets.rows.iter().any(|target| target.state != TargetState::Healthy)
}

/// Target groups that are looked at themselves, or whose services are.
fn groups_in_sight<'a>(snapshot: &'a Snapshot, gaze: &'a Gaze) -> BTreeSet<&'a str> {
    let subjects: Vec<&Subject> = gaze.subject.iter().chain(&gaze.rows).collect();
    let named = subjects.iter().filter_map(|subject| match subject {
        Subject::TargetGroup(arn) | Subject::Target { group: arn, .. } => Some(arn.as_str()),
        _ => None,
    });
    let services: BTreeSet<&str> = subjects
        .iter()
        .filter_map(|subject| match subject {
            Subject::Service(name) => Some(name.as_str()),
            _ => None,
        })
        .collect();
    let of_services = snapshot.services.rows.iter().filter(|service| services.contains(service.name.as_str()));
    named
        .chain(of_services.flat_map(|service| &service.load_balancers).map(|one| one.target_group_arn.as_str()))
        .collect()
}

/// Of executions that have ended the details are read once.
fn executions(snapshot: &Snapshot, extras: &Extras, gaze: Option<&Gaze>) -> Need {
    let opened = match gaze.and_then(|gaze| gaze.subject.as_ref()) {
        Some(Subject::Execution(id)) => Some(id.clone()),
        _ => None,
    };
    // Of one that is opened every step is wanted, and no answer holds more than a hundred.
    let whole = |one: &&Execution| {
        one.details.as_ref().is_some_and(|details| !details.steps_cut || opened.as_ref() != Some(&one.id))
    };
    let ended = snapshot.executions.rows.iter().filter(|one| one.status.is_over()).filter(whole);
    let known = sorted(ended.map(|one| one.id.clone()));
    let tagged = snapshot.runbooks.rows.iter().map(|runbook| runbook.name.clone());
    let own = sorted(extras.runbooks.iter().cloned().chain(tagged));
    Need::Executions { known, opened, own }
}

fn log_group_names(snapshot: &Snapshot, extras: &Extras) -> Vec<String> {
    let definitions = snapshot.task_definitions.rows.iter().flat_map(|definition| &definition.containers);
    sorted(definitions.filter_map(|container| container.log_group.clone()).chain(extras.log_groups.iter().cloned()))
}

/// External instances (`mi-…`) are not in EC2.
fn ec2_id(id: Option<&str>) -> Option<String> {
    id.filter(|id| id.starts_with("i-")).map(str::to_owned)
}

fn sorted(items: impl Iterator<Item = String>) -> Vec<String> {
    items.collect::<BTreeSet<_>>().into_iter().collect()
}
