//! Whether the instances are there, and what an action on instances is for.

use super::notes::Notes;
use super::scene::{Scene, about, instance};
use super::{Request, Topic};
use crate::actions::catalogue::Action;
use crate::fleet::finding::Subject;
use crate::fleet::instance::{ContainerInstance, ContainerInstanceStatus};
use crate::fleet::view::InstanceRow;

/// Instances that are gone, not in the cluster, or as the action would make them.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    gone(scene, notes);
    for row in &scene.targets {
        match scene.evidence.ecs(row) {
            _ if scene.evidence.is_leaving(row) => {
                notes.block(Topic::NotThere, about(row), format!("{} is being terminated already", row.key));
            }
            Some(ecs) => standing(scene.request, row, ecs, notes),
            None => {
                let text = format!("{} is not in the cluster: it has no tasks and takes none", row.key);
                notes.block(Topic::NotThere, about(row), text);
            }
        }
    }
}

fn gone(scene: &Scene<'_>, notes: &mut Notes) {
    for key in scene.request.subjects.iter().filter_map(instance) {
        if !scene.targets.iter().any(|row| row.key == key) {
            let subject = Some(Subject::Instance(key.to_owned()));
            notes.block(Topic::NotThere, subject, format!("{key} is not among the fleet's instances"));
        } else if !key.starts_with("i-") {
            let subject = Some(Subject::Instance(key.to_owned()));
            notes.block(Topic::NotThere, subject, format!("{key} is no EC2 instance: the runbook cannot find it"));
        }
    }
}

fn standing(request: &Request<'_>, row: &InstanceRow, ecs: &ContainerInstance, notes: &mut Notes) {
    let key = row.key.as_str();
    let empties = request.action.is_some_and(Action::drains);
    match &ecs.status {
        ContainerInstanceStatus::Active if empties => {}
        ContainerInstanceStatus::Active => {
            notes.warn(Topic::AlreadySo, about(row), format!("{key} is ACTIVE already"));
        }
        ContainerInstanceStatus::Draining if empties => {
            let text = format!("{key} is DRAINING already: the run only waits for its tasks");
            notes.warn(Topic::AlreadySo, about(row), text);
        }
        ContainerInstanceStatus::Draining => {}
        other => {
            notes.block(Topic::NotThere, about(row), format!("{key} is {other}: ECS changes only ACTIVE and DRAINING"));
        }
    }
    if empties && !ecs.agent_connected {
        let text = format!("the agent of {key} is not connected: its tasks are stopped only when it is back");
        notes.warn(Topic::NotThere, about(row), text);
    }
}
