//! Every instance of the fleet's group replaced, in steps.

use super::Topic;
use super::notes::Notes;
use super::scene::{Scene, is_daemon};
use super::steps::Steps;
use super::version::{differences, image_of, promotion, tested, words};
use super::{hops, refresh};
use crate::actions::checkpoints;
use crate::fleet::alarm::AlarmState;
use crate::fleet::finding::Subject;
use crate::fleet::instance::{Group, LifecycleState};
use crate::fleet::policy::{plural, span};
use crate::fleet::refresh::RefreshStatus;
use crate::fleet::view::InstanceRow;

/// Instances that MarkFleet marks at the most: a loop of a runbook ends at a hundred iterations.
const MARKED: usize = 100;

/// What is replaced by what, in which steps, and what would stop it.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    alarms(scene, notes);
    refused(scene, notes);
    let group = group(scene, notes);
    refresh::of_fleet(scene, group.map(|group| group.name.as_str()), notes);
    let Some(group) = group else { return };
    let number = version(scene, group, notes);
    let rows: Vec<&InstanceRow> = replaced(scene, group, number);
    if rows.is_empty() {
        let text = format!("no instance of {} would be replaced", group.name);
        return notes.warn(Topic::AlreadySo, about(group), text);
    }
    let steps = Steps::of(&scene.effective(), group.desired as usize, rows.len());
    gradually(scene, group, (&steps, rows.len()), notes);
    room(scene, group, &steps, notes);
    exceptions(group, notes);
    marked(&rows, notes);
    tasks(scene, &rows, notes);
    busy(scene, &rows, notes);
}

fn about(group: &Group) -> Option<Subject> {
    Some(Subject::Group(group.name.clone()))
}

/// What holds for a parameter: what is said, or what the document says where nothing is.
fn said<'a>(scene: &'a Scene<'_>, name: &str) -> Option<&'a str> {
    scene.values(name).first().map(String::as_str)
}

/// What AWS refuses, which it does when the instances are marked already.
fn refused(scene: &Scene<'_>, notes: &mut Notes) {
    if let Some(why) = checkpoints::unfit(scene.values("CheckpointPercentages")) {
        notes.block(Topic::Steps, None, format!("CheckpointPercentages {why}: the refresh would be refused"));
    }
}

/// The one group of the fleet. Of several the runbook takes the one that is tagged for it, which groups do not tell here.
fn group<'a>(scene: &Scene<'a>, notes: &mut Notes) -> Option<&'a Group> {
    let groups = &scene.evidence.snapshot.groups;
    match groups.rows.as_slice() {
        [one] => Some(one),
        [] if groups.complete() => {
            notes.block(Topic::NotThere, None, "the fleet has no Auto Scaling group".to_owned());
            None
        }
        [] => None,
        several => {
            let cluster = &scene.evidence.snapshot.scope.cluster;
            let named = several.iter().find(|group| group.name == *cluster);
            if named.is_none() {
                let text = format!(
                    "the fleet has {}: the runbook takes the one that is tagged for it",
                    plural(several.len(), "group")
                );
                notes.warn(Topic::Unknown, None, text);
            }
            named
        }
    }
}

/// Says from which version to which, and gives the number.
fn version(scene: &Scene<'_>, group: &Group, notes: &mut Notes) -> Option<u64> {
    let promoted = promotion(scene);
    let number = match said(scene, "Version") {
        None | Some("promoted" | "") => promoted.and_then(|one| one.version),
        Some(text) => text.trim().parse().ok(),
    };
    let Some(number) = number else {
        if scene.evidence.snapshot.promotion.known() {
            let text = "nothing was ever promoted: bake or promote an AMI first, or give a version".to_owned();
            notes.block(Topic::NotThere, None, text);
        }
        return None;
    };
    let to = image_of(scene, number);
    let now = group.launch_template.as_ref().map(|template| template.version.as_str());
    let from = now.and_then(|text| text.parse().ok());
    let before = from.and_then(|number| image_of(scene, number));
    let now = match (from, now) {
        (Some(number), _) => words(Some(number), before),
        (None, Some(word)) => word.to_owned(),
        (None, None) => "what it starts from now".to_owned(),
    };
    notes.fact(Topic::Version, None, format!("group {} goes from {now} to {}", group.name, words(Some(number), to)));
    differences(scene, before, to, notes);
    match to {
        Some(id) => tested(scene, id, false, notes),
        None if scene.evidence.snapshot.builds_whole() => {
            let text =
                format!("the launch template has no version {number} that was read: the refresh would be refused");
            notes.block(Topic::NotThere, about(group), text);
        }
        None => {}
    }
    if let Some(other) = promoted.and_then(|one| one.version).filter(|other| *other != number) {
        let text = format!("version {number} is not what is promoted, which is version {other}");
        notes.warn(Topic::Version, about(group), text);
    }
    Some(number)
}

/// The instances that would go: those on standby stay, and those that match if that is asked for.
fn replaced<'a>(scene: &Scene<'a>, group: &Group, number: Option<u64>) -> Vec<&'a InstanceRow> {
    let skips = said(scene, "SkipMatching") == Some("true");
    let number = number.map(|number| number.to_string());
    let rows = scene.evidence.view.instances.iter().filter(|row| row.group.as_deref() == Some(&group.name));
    let goes = |row: &&InstanceRow| {
        let Some(member) = scene.evidence.member(row) else { return false };
        let matches = number.is_some() && member.launch_template_version == number;
        let stands_by = matches!(member.lifecycle_state, LifecycleState::Standby | LifecycleState::EnteringStandby);
        let stays = stands_by || skips && matches;
        !scene.evidence.is_leaving(row) && !stays
    };
    rows.filter(goes).collect()
}

fn gradually(scene: &Scene<'_>, group: &Group, (steps, there): (&Steps, usize), notes: &mut Notes) {
    let Steps { instances, at_once, least, most, .. } = *steps;
    let verb = if instances == 1 { "is" } else { "are" };
    let text = format!(
        "{} of {} {verb} replaced, {at_once} at a time: {least} to {most} are there meanwhile",
        plural(instances, "instance"),
        group.name,
    );
    notes.fact(Topic::Steps, about(group), text);
    if instances < there {
        let text =
            format!("it ends at its last checkpoint: {} stay as they are", plural(there - instances, "instance"));
        notes.warn(Topic::Steps, about(group), text);
    }
    let pauses: Vec<String> = steps.pauses.iter().filter(|count| **count < instances).map(usize::to_string).collect();
    if !pauses.is_empty() {
        let each = span(seconds(steps.delay));
        notes.fact(Topic::Steps, about(group), format!("it pauses for {each} after {} of them", pauses.join(", ")));
    }
    let last = scene
        .evidence
        .snapshot
        .refreshes
        .rows
        .iter()
        .find(|one| one.group == group.name && one.status == RefreshStatus::Successful && one.ended_at.is_some());
    let took = last.and_then(|one| Some(one.ended_at?.duration_since(one.started_at?)));
    let waits = span(seconds(steps.waits()));
    let text = match took {
        Some(took) => format!("the last one took {}; pauses make up {waits} of this one", span(took)),
        None => format!("pauses make up {waits} of the time; how long an instance takes is not known"),
    };
    notes.fact(Topic::Steps, about(group), text);
    let back = match said(scene, "AutoRollback") {
        Some("false") => "if it fails it stops where it is".to_owned(),
        _ => "if it fails it goes back by itself to what the group starts from now".to_owned(),
    };
    notes.fact(Topic::Steps, about(group), back);
}

fn seconds(count: u64) -> jiff::SignedDuration {
    jiff::SignedDuration::from_secs(i64::try_from(count).unwrap_or(i64::MAX))
}

/// Whether the rest takes what runs on the instances that are missing at the same time.
fn room(scene: &Scene<'_>, group: &Group, steps: &Steps, notes: &mut Notes) {
    let missing = (group.desired as usize).saturating_sub(steps.least);
    if missing == 0 {
        return;
    }
    let rows = scene.evidence.view.instances.iter().filter(|row| row.group.as_deref() == Some(&group.name));
    let hosts: Vec<_> = rows.filter_map(|row| scene.evidence.ecs(row)).collect();
    let (Ok(count), Ok(gone)) = (i64::try_from(hosts.len()), i64::try_from(missing)) else { return };
    let sum =
        |of: &dyn Fn(&crate::fleet::instance::ContainerInstance) -> i64| hosts.iter().map(|one| of(one)).sum::<i64>();
    let short = |free: i64, all: i64| count > 0 && free < all.saturating_mul(gone) / count;
    let (cpu, memory) = (sum(&|one| one.remaining.cpu), sum(&|one| one.remaining.memory));
    let (all_cpu, all_memory) = (sum(&|one| one.registered.cpu), sum(&|one| one.registered.memory));
    if short(cpu, all_cpu) || short(memory, all_memory) {
        let text = format!(
            "{} may be missing at once, and the others have {cpu} CPU units and {memory} MiB free, less than those offer: tasks may wait",
            plural(missing, "instance")
        );
        notes.warn(Topic::NoRoom, about(group), text);
    }
}

/// Members that a refresh treats otherwise.
fn exceptions(group: &Group, notes: &mut Notes) {
    let protected = group.members.iter().filter(|one| one.protected).count();
    if protected > 0 {
        let text =
            format!("{} protected from scale-in: the runbook has them replaced too", plural(protected, "instance"));
        notes.fact(Topic::Protected, about(group), text);
    }
    let standby = group.members.iter().filter(|one| one.lifecycle_state == LifecycleState::Standby).count();
    if standby > 0 {
        let text = format!("{} on standby: they stay as they are", plural(standby, "instance"));
        notes.warn(Topic::Group, about(group), text);
    }
    let held: Vec<&str> = group
        .suspended_processes
        .iter()
        .map(String::as_str)
        .filter(|process| ["Launch", "Terminate", "InstanceRefresh"].contains(process))
        .collect();
    if !held.is_empty() {
        let text = format!("group {} has {} suspended: it would stand still", group.name, held.join(", "));
        notes.block(Topic::Group, about(group), text);
    }
}

/// The runbook marks so many instances as retiring and no more, and the plan says what becomes of the others.
fn marked(rows: &[&InstanceRow], notes: &mut Notes) {
    if rows.len() > MARKED {
        let text = format!(
            "{MARKED} of {} are marked as retiring, no more: tasks may move to one of the others, and move again",
            plural(rows.len(), "instance")
        );
        notes.warn(Topic::Hops, None, text);
    }
}

/// Tasks that hold instances, that end with them, or that move more often than once.
fn tasks(scene: &Scene<'_>, rows: &[&InstanceRow], notes: &mut Notes) {
    let on = || rows.iter().flat_map(|row| scene.evidence.tasks(&row.tasks)).filter(|task| task.wanted());
    let alone = on().filter(|task| task.service().is_none()).count();
    if alone > 0 {
        let text = format!(
            "{} without a service: nothing starts them again, and each holds its instance until it ends or 48 h have passed",
            plural(alone, "task")
        );
        notes.warn(Topic::WithoutService, None, text);
    }
    let replicas = on().filter_map(|task| scene.service(task.service()?)).filter(|one| !is_daemon(one));
    hops::careless(replicas.map(|one| one.name.as_str()).collect(), scene, "instances that go next", None, notes);
}

/// Runs that are about some of the same instances, whatever their documents are called.
fn busy(scene: &Scene<'_>, rows: &[&InstanceRow], notes: &mut Notes) {
    for one in scene.evidence.snapshot.executions.rows.iter().filter(|one| !one.status.is_over()) {
        let subjects = one.subjects();
        let same = rows.iter().find(|row| subjects.contains(&Subject::Instance(row.key.clone())));
        if let Some(row) = same {
            let text = format!("{} is under way on {} ({})", one.document, row.key, one.id);
            notes.warn(Topic::UnderWay, Some(Subject::Instance(row.key.clone())), text);
        }
    }
}

/// The alarms that would stop it: one that is firing already does so at once
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html>).
fn alarms(scene: &Scene<'_>, notes: &mut Notes) {
    let named = scene.values("AlarmNames");
    let names: Vec<&str> = named.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    if names.is_empty() {
        let text = "no alarm stops it: only instances that do not become healthy do".to_owned();
        return notes.warn(Topic::Alarms, None, text);
    }
    let alarms = &scene.evidence.snapshot.alarms;
    for name in &names {
        let subject = Some(Subject::Alarm((*name).to_owned()));
        match alarms.rows.iter().find(|alarm| alarm.name == *name) {
            Some(alarm) if alarm.state == AlarmState::Alarm => {
                notes.block(Topic::Alarms, subject, format!("{name} is firing: the rollout would fail at once"));
            }
            Some(_) => {}
            None if alarms.complete() => {
                notes.warn(Topic::Alarms, subject, format!("there is no alarm {name} in this fleet"));
            }
            None => {}
        }
    }
    notes.fact(Topic::Alarms, None, format!("it stops if one of these fires: {}", names.join(", ")));
}
