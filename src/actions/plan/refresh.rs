//! Instance refreshes that are under way.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::actions::catalogue::Action;
use crate::fleet::finding::Subject;
use crate::fleet::policy::span;
use crate::fleet::refresh::InstanceRefresh;

/// A refresh goes on in the group of an instance: it may take the instance, or one that is to take its tasks.
pub(super) fn of_instances(scene: &Scene<'_>, notes: &mut Notes) {
    let action = scene.request.action;
    if action == Some(Action::Activate) {
        return;
    }
    if action == Some(Action::Eject) {
        return of_fleet_while_ejecting(scene, notes);
    }
    let mut seen: Vec<&str> = Vec::new();
    for group in scene.targets.iter().filter_map(|row| row.group.as_deref()) {
        let Some(one) = under_way(scene, group).filter(|_| !seen.contains(&group)) else { continue };
        seen.push(group);
        let text =
            format!("{}: it may take the same instances, and those that are to take their tasks", told(scene, one));
        match action {
            Some(Action::Drain) => notes.warn(Topic::Refresh, Some(Subject::Group(group.to_owned())), text),
            _ => notes.block(Topic::Refresh, Some(Subject::Group(group.to_owned())), text),
        }
    }
}

/// Nothing is ejected while a group of the fleet is refreshed.
fn of_fleet_while_ejecting(scene: &Scene<'_>, notes: &mut Notes) {
    for one in scene.evidence.snapshot.refreshes.rows.iter().filter(|one| !one.status.is_over()) {
        let text = format!("{}: the runbook ejects nothing meanwhile", told(scene, one));
        notes.block(Topic::Refresh, Some(Subject::Group(one.group.clone())), text);
    }
}

/// A group has one refresh at a time. Where it is not known which group it is, each may be; one of another group may take instances that are to
/// take tasks.
pub(super) fn of_fleet(scene: &Scene<'_>, group: Option<&str>, notes: &mut Notes) {
    for one in scene.evidence.snapshot.refreshes.rows.iter().filter(|one| !one.status.is_over()) {
        let subject = Some(Subject::Group(one.group.clone()));
        if group.is_none_or(|group| group == one.group) {
            notes.block(Topic::Refresh, subject, format!("{}: a group has one at a time", told(scene, one)));
        } else {
            let text = format!("{}: it may take instances that are to take tasks", told(scene, one));
            notes.warn(Topic::Refresh, subject, text);
        }
    }
}

/// A freeze cancels what is under way, and nothing takes it up again.
pub(super) fn cancelled(scene: &Scene<'_>, notes: &mut Notes) {
    for group in &scene.evidence.snapshot.groups.rows {
        let Some(one) = under_way(scene, &group.name).filter(|one| !one.status.is_rollback()) else { continue };
        let text = format!("{}: it is cancelled where it is, and does not go on after the freeze", told(scene, one));
        notes.warn(Topic::Refresh, Some(Subject::Group(group.name.clone())), text);
    }
}

fn under_way<'a>(scene: &Scene<'a>, group: &str) -> Option<&'a InstanceRefresh> {
    let refreshes = &scene.evidence.snapshot.refreshes.rows;
    refreshes.iter().find(|one| one.group == group && !one.status.is_over())
}

/// `an instance refresh of prod is under way (InProgress, 25 %), since 12 m`.
fn told(scene: &Scene<'_>, one: &InstanceRefresh) -> String {
    let done = one.percentage.map(|percent| format!(", {percent} %")).unwrap_or_default();
    let since = one.started_at.map(|at| format!(", since {}", span(scene.request.now.duration_since(at))));
    format!("an instance refresh of {} is under way ({}{done}){}", one.group, one.status, since.unwrap_or_default())
}
