//! Whether an instance's group lets it go and replaces it.

use super::Topic;
use super::notes::Notes;
use super::scene::{Scene, about, only};
use crate::actions::catalogue::Action;
use crate::fleet::finding::Subject;
use crate::fleet::instance::{Group, LifecycleState};
use crate::fleet::policy::plural;
use crate::fleet::view::InstanceRow;

/// Suspended processes, limits, zones and members that are not in service, where the group has a part in the action.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    if scene.evidence.snapshot.groups.get().is_none() {
        return;
    }
    zones(scene, notes);
    if scene.request.action == Some(Action::Drain) {
        return;
    }
    let mut seen: Vec<&str> = Vec::new();
    for row in &scene.targets {
        let Some(group) = row.member.and_then(|(at, _)| scene.evidence.snapshot.groups.rows.get(at)) else {
            let text = format!("{} is in no Auto Scaling group: nothing would replace it", row.key);
            notes.block(Topic::Group, about(row), text);
            continue;
        };
        member(scene, row, notes);
        if !seen.contains(&group.name.as_str()) {
            seen.push(&group.name);
            limits(group, notes);
        }
    }
}

fn limits(group: &Group, notes: &mut Notes) {
    let (name, subject) = (&group.name, || Some(Subject::Group(group.name.clone())));
    if !group.suspended_processes.is_empty() {
        let processes = group.suspended_processes.join(", ");
        let text =
            format!("group {name} has {processes} suspended: the runbook does not begin, as nothing might be replaced");
        notes.block(Topic::Group, subject(), text);
    }
    let members = group.members.iter().filter(|one| !one.lifecycle_state.as_str().contains("Terminat")).count();
    if members > group.desired as usize {
        let text = format!("group {name} wants {} and has {members}: it may not replace what goes", group.desired);
        notes.warn(Topic::Group, subject(), text);
    }
}

fn member(scene: &Scene<'_>, row: &InstanceRow, notes: &mut Notes) {
    let Some(member) = scene.evidence.member(row) else { return };
    if member.lifecycle_state != LifecycleState::InService {
        let text =
            format!("{} is {} in its group: the runbook takes one that is InService", row.key, member.lifecycle_state);
        notes.block(Topic::Group, about(row), text);
    }
    if member.protected {
        // Protection is against the group's own scale-in, not against a termination that somebody asks for
        // (https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-instance-protection.html).
        let text = format!("{} is protected from scale-in: that does not keep this action from ending it", row.key);
        notes.warn(Topic::Group, about(row), text);
    }
}

/// A zone that no other instance is in.
fn zones(scene: &Scene<'_>, notes: &mut Notes) {
    let zone = |row: &InstanceRow| scene.evidence.ecs(row).and_then(|ecs| ecs.availability_zone.as_deref());
    for batch in scene.batches() {
        let mut lost: Vec<&str> = Vec::new();
        let left = scene.rest(&batch);
        for of in batch.iter().filter_map(|row| zone(row)) {
            if !lost.contains(&of) && !left.iter().any(|space| zone(space.row) == Some(of)) {
                lost.push(of);
            }
        }
        if !lost.is_empty() && !left.is_empty() {
            let text = format!("no other instance takes tasks in {}", lost.join(", "));
            notes.warn(Topic::Group, only(&batch), text);
        }
    }
    if scene.targets.len() > 1 {
        let how = match scene.request.action {
            Some(Action::Recycle | Action::Eject) => "each is replaced before the next one goes",
            _ => "all of them are gone in the end",
        };
        let text = format!("{} go one after the other; {how}", plural(scene.targets.len(), "instance"));
        notes.fact(Topic::Group, None, text);
    }
}
