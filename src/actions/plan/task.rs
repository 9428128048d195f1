//! One task that is stopped.

use super::bounds::Bounds;
use super::notes::Notes;
use super::scene::{Scene, counts};
use super::{Fate, Move, Topic, health, protected};
use crate::fleet::finding::Subject;
use crate::fleet::service::Service;
use crate::fleet::task::{Task, TaskStatus};

/// What becomes of the tasks, and of what they serve.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) -> Vec<Move> {
    let mut moves = Vec::new();
    for subject in scene.request.subjects {
        let Subject::Task(arn) = subject else { continue };
        let id = arn.rsplit('/').next().unwrap_or(arn);
        let task = scene.evidence.snapshot.tasks.rows.iter().find(|task| task.arn == *arn);
        match task {
            None => notes.block(Topic::NotThere, Some(subject.clone()), format!("task {id} is not there")),
            Some(task) if task.last_status == TaskStatus::Stopped => {
                notes.block(Topic::NotThere, Some(subject.clone()), format!("task {id} has stopped"));
            }
            Some(task) if !task.wanted() => {
                notes.warn(Topic::AlreadySo, Some(subject.clone()), format!("task {id} is stopping already"));
            }
            Some(task) => {
                let fate = stopped(scene, task, notes);
                let from = task.container_instance_arn.clone().unwrap_or_default();
                let row = scene
                    .evidence
                    .view
                    .instances
                    .iter()
                    .find(|row| scene.evidence.ecs(row).is_some_and(|ecs| ecs.arn == from));
                let from = row.map_or(from, |row| row.key.clone());
                moves.push(Move { task: arn.clone(), from, fate });
                health::of_task(scene, arn, notes);
                protected::of_task(scene, task, notes);
            }
        }
    }
    moves
}

fn stopped(scene: &Scene<'_>, task: &Task, notes: &mut Notes) -> Fate {
    let (id, subject) = (task.id(), || Some(Subject::Task(task.arn.clone())));
    match task.service().map(|name| (name, scene.service(name))) {
        None => {
            let text = format!("task {id} belongs to no service: nothing starts it again");
            notes.warn(Topic::WithoutService, subject(), text);
            Fate::Ends
        }
        Some((name, None)) => {
            notes.warn(Topic::Unknown, subject(), format!("service {name} of task {id} was not read"));
            Fate::Unknown
        }
        Some((name, Some(service))) => {
            notes.fact(Topic::Moves, subject(), format!("service {name} starts another one for task {id}"));
            minimum(scene, service, task, notes);
            Fate::Replaced
        }
    }
}

/// A task that somebody stops is stopped at once, whatever its service's minimum is.
fn minimum(scene: &Scene<'_>, service: &Service, task: &Task, notes: &mut Notes) {
    let unhealthy = scene.unhealthy();
    let left = scene.tasks_of(&service.name).filter(|one| one.arn != task.arn && counts(one, &unhealthy)).count();
    let Bounds { desired, least, minimum, .. } = Bounds::of(service);
    if left < least && scene.evidence.snapshot.tasks.complete() && counts(task, &unhealthy) {
        let name = &service.name;
        let text = format!(
            "{name}: {left} of {desired} tasks would be left until another one runs, its minimum is {least} (minimumHealthyPercent {minimum})"
        );
        let subject = Some(Subject::Service(name.clone()));
        // Of a service with one task there is nothing else to expect; of one with more it is worth a second look.
        match left {
            0 => notes.block(Topic::BelowMinimum, subject, text),
            _ => notes.warn(Topic::BelowMinimum, subject, text),
        }
    }
}
