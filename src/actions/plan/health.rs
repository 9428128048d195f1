//! Target groups that would have nobody to send requests to.

use super::Topic;
use std::collections::HashSet;

use super::bounds::Bounds;
use super::notes::Notes;
use super::scene::{Scene, is_daemon};
use crate::fleet::finding::Subject;
use crate::fleet::policy::plural;
use crate::fleet::target::{TargetGroup, TargetState};
use crate::fleet::view::TargetRow;

/// Target groups all of whose healthy targets are on instances that go at the same time, unless a service keeps some.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let groups = &scene.evidence.snapshot.targets.rows;
    for batch in scene.batches() {
        let keys: HashSet<&str> = batch.iter().map(|row| row.key.as_str()).collect();
        let on = |row: &TargetRow| row.instance.as_deref().is_some_and(|key| keys.contains(key));
        // Healthy targets by group: those that go, and those that stay.
        let mut healthy = vec![(0_usize, 0_usize); groups.len()];
        for row in scene.evidence.view.targets.iter().filter(|row| is_healthy(groups, row)) {
            let Some(count) = healthy.get_mut(row.target_group) else { continue };
            count.0 += usize::from(on(row));
            count.1 += usize::from(!on(row));
        }
        for (group, (go, stay)) in groups.iter().zip(healthy) {
            if go > 0 && stay == 0 && !guarded(scene, group) {
                let text = format!("target group {} would lose {}", group.name, last(go));
                notes.block(Topic::NoHealthyTarget, Some(Subject::TargetGroup(group.arn.clone())), text);
            }
        }
    }
}

fn last(count: usize) -> String {
    if count == 1 { "its last healthy target".to_owned() } else { format!("its last {count} healthy targets") }
}

fn is_healthy(groups: &[TargetGroup], row: &TargetRow) -> bool {
    let target = groups.get(row.target_group).and_then(|group| group.targets.rows.get(row.target));
    target.is_some_and(|target| target.state == TargetState::Healthy)
}

/// Whether a service stops the last of the targets only when another one is healthy.
fn guarded(scene: &Scene<'_>, group: &TargetGroup) -> bool {
    let services = &scene.evidence.snapshot.services.rows;
    let mut of = services.iter().filter(|one| one.load_balancers.iter().any(|lb| lb.target_group_arn == group.arn));
    of.any(|service| !is_daemon(service) && Bounds::of(service).least > 0)
}

/// Target groups of which a task is the last healthy target.
pub(super) fn of_task(scene: &Scene<'_>, task: &str, notes: &mut Notes) {
    let snapshot = scene.evidence.snapshot;
    let leads =
        |row: &TargetRow| row.task.and_then(|at| snapshot.tasks.rows.get(at)).is_some_and(|one| one.arn == task);
    for (at, group) in snapshot.targets.rows.iter().enumerate() {
        let rows = || {
            scene
                .evidence
                .view
                .targets
                .iter()
                .filter(|row| row.target_group == at && is_healthy(&snapshot.targets.rows, row))
        };
        let others = rows().filter(|row| !leads(row)).count();
        if !rows().any(leads) {
            continue;
        }
        let subject = Some(Subject::TargetGroup(group.arn.clone()));
        match others {
            0 => {
                let text = format!("target group {} would lose its last healthy target", group.name);
                notes.block(Topic::NoHealthyTarget, subject, text);
            }
            _ => {
                let text = format!("target group {} keeps {}", group.name, plural(others, "healthy target"));
                notes.fact(Topic::NoHealthyTarget, subject, text);
            }
        }
    }
}
