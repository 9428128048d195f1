//! Target groups that would have nobody to send requests to.

use super::Topic;
use super::bounds::Bounds;
use super::notes::Notes;
use super::scene::{Scene, is_daemon};
use crate::fleet::finding::Subject;
use crate::fleet::policy::plural;
use crate::fleet::target::{TargetGroup, TargetState};
use crate::fleet::view::{InstanceRow, TargetRow};

/// Target groups all of whose healthy targets are on instances that go at the same time, unless a service keeps some.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    for batch in scene.batches() {
        for (at, group) in scene.evidence.snapshot.targets.rows.iter().enumerate() {
            let healthy: Vec<&TargetRow> =
                scene.evidence.view.targets.iter().filter(|row| is_healthy(group, at, row)).collect();
            if healthy.is_empty() || !healthy.iter().all(|row| on(row, &batch)) || guarded(scene, group) {
                continue;
            }
            let count = plural(healthy.len(), "healthy target");
            let text = format!("target group {} would lose its last {count}", group.name);
            notes.block(Topic::NoHealthyTarget, Some(Subject::TargetGroup(group.arn.clone())), text);
        }
    }
}

fn is_healthy(group: &TargetGroup, at: usize, row: &TargetRow) -> bool {
    let target = group.targets.rows.get(row.target);
    row.target_group == at && target.is_some_and(|target| target.state == TargetState::Healthy)
}

fn on(row: &TargetRow, batch: &[&InstanceRow]) -> bool {
    row.instance.as_deref().is_some_and(|key| batch.iter().any(|target| target.key == key))
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
        let rows = || scene.evidence.view.targets.iter().filter(|row| is_healthy(group, at, row));
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
