//! How many instances a group has.

use super::notes::Notes;
use super::scene::{Scene, is_daemon};
use super::{Topic, whole};
use crate::fleet::finding::Subject;
use crate::fleet::instance::Group;
use crate::fleet::policy::plural;

/// Names that the runbook's parameter for the count may have.
const COUNT: [&str; 4] = ["DesiredCapacity", "Desired", "Capacity", "Count"];

/// Whether the group is there, and what the count would do.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in scene.request.subjects {
        let Subject::Group(name) = subject else { continue };
        let groups = &scene.evidence.snapshot.groups;
        match (groups.rows.iter().find(|group| group.name == *name), whole(scene.request.values, &COUNT)) {
            (Some(group), Some(count)) => set(scene, group, count, notes),
            (Some(_), None) => {}
            (None, _) if groups.complete() => {
                notes.block(Topic::NotThere, Some(subject.clone()), format!("there is no group {name}"));
            }
            (None, _) => {}
        }
    }
}

fn set(scene: &Scene<'_>, group: &Group, count: usize, notes: &mut Notes) {
    let (name, now) = (&group.name, group.desired as usize);
    let subject = || Some(Subject::Group(name.clone()));
    let (min, max) = (group.min as usize, group.max as usize);
    if count < min || count > max {
        let text = format!("group {name} takes {min} to {max} instances: {count} is refused");
        notes.block(Topic::Group, subject(), text);
    }
    if count != now && !group.suspended_processes.is_empty() {
        let processes = group.suspended_processes.join(", ");
        let text = format!("group {name} has {processes} suspended: the runbook does not begin");
        notes.block(Topic::Group, subject(), text);
    }
    if managed(scene, group) {
        let text = format!("the capacity provider of group {name} scales it too, and may set another count");
        notes.warn(Topic::Group, subject(), text);
    }
    match count {
        0 => notes.block(Topic::NoRoom, subject(), format!("group {name} would have no instance")),
        _ if count == now => notes.warn(Topic::AlreadySo, subject(), format!("group {name} wants {now} already")),
        _ if count > now => {
            notes.fact(Topic::Group, subject(), format!("{} more start", plural(count - now, "instance")));
        }
        _ => fewer(scene, group, now - count, notes),
    }
}

/// Whether ECS scales the group.
fn managed(scene: &Scene<'_>, group: &Group) -> bool {
    let providers = &scene.evidence.snapshot.cluster.rows.capacity_providers;
    providers.iter().any(|one| one.managed_scaling && one.group_arn.as_deref() == Some(&group.arn))
}

/// The group chooses which instances go, so that only sums can be told.
fn fewer(scene: &Scene<'_>, group: &Group, gone: usize, notes: &mut Notes) {
    let (snapshot, name) = (scene.evidence.snapshot, &group.name);
    let subject = || Some(Subject::Group(name.clone()));
    let drains = snapshot.cluster.rows.capacity_providers.iter();
    let drained = drains.filter(|one| one.group_arn.as_deref() == Some(&group.arn)).any(|one| one.managed_draining);
    let how = if drained { "are drained first" } else { "would be lost, as nothing drains them: the runbook refuses" };
    let text = format!("{} that the group chooses go; their tasks {how}", plural(gone, "instance"));
    match drained {
        true => notes.fact(Topic::Moves, subject(), text),
        false => notes.block(Topic::Moves, subject(), text),
    }
    let rows = scene.evidence.view.instances.iter().filter(|row| row.group.as_deref() == Some(name));
    let ecs = rows.filter_map(|row| scene.evidence.ecs(row));
    let (mut count, mut offered, mut free) = (0, (0, 0), (0, 0));
    for one in ecs {
        count += 1;
        offered = (offered.0 + one.registered.cpu, offered.1 + one.registered.memory);
        free = (free.0 + one.remaining.cpu, free.1 + one.remaining.memory);
    }
    let share = |all: i64| if count == 0 { 0 } else { all * i64::try_from(gone).unwrap_or(i64::MAX) / count };
    let (cpu, memory) = (share(offered.0), share(offered.1));
    if cpu > free.0 || memory > free.1 {
        let text = format!(
            "group {name} has {} CPU units and {} MiB free, and would have {cpu} and {memory} less to offer",
            free.0, free.1
        );
        notes.block(Topic::NoRoom, subject(), text);
    }
    if snapshot.services.rows.iter().any(is_daemon) {
        notes.fact(Topic::Daemons, subject(), "daemon tasks end with their instances".to_owned());
    }
}
