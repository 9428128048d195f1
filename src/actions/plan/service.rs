//! Services: their tasks started anew, taken back, or more or fewer of them.

use super::bounds::Bounds;
use super::notes::Notes;
use super::room::{Order, place};
use super::scene::{Scene, is_daemon};
use super::{Topic, whole};
use crate::actions::catalogue::Action;
use crate::fleet::finding::Subject;
use crate::fleet::policy::{Demand, Survey, plural};
use crate::fleet::service::{Deployment, RolloutState, Service};

/// Whether the services are there, and what would come of it.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in scene.request.subjects {
        let Subject::Service(name) = subject else { continue };
        let Some(service) = scene.service(name) else {
            if scene.evidence.snapshot.services.complete() {
                notes.block(Topic::NotThere, Some(subject.clone()), format!("there is no service {name}"));
            }
            continue;
        };
        if service.status != "ACTIVE" {
            let text = format!("service {name} is {}: it is being deleted", service.status);
            notes.block(Topic::NotThere, Some(subject.clone()), text);
            continue;
        }
        match scene.request.action {
            Some(Action::Redeploy) => redeploy(scene, service, notes),
            Some(Action::Rollback) => roll_back(scene, service, notes),
            Some(Action::Scale) => scale(scene, service, notes),
            _ => {}
        }
    }
}

fn about(service: &Service) -> Option<Subject> {
    Some(Subject::Service(service.name.clone()))
}

fn redeploy(scene: &Scene<'_>, service: &Service, notes: &mut Notes) {
    let Bounds { desired, least, most, .. } = Bounds::of(service);
    let (name, definition) = (&service.name, short(&service.task_definition));
    under_way(service, notes);
    let text =
        format!("{name}: {} are started anew from {definition}, and pull its images again", plural(desired, "task"));
    notes.fact(Topic::Moves, about(service), text);
    if is_daemon(service) || desired == 0 {
        return;
    }
    let extra = most - desired;
    if extra == 0 && least == desired {
        let text =
            format!("{name}: its bounds let ECS neither stop nor start a task: at most {most}, at least {least}");
        notes.block(Topic::BelowMinimum, about(service), text);
    } else if extra > 0 {
        // One more at a time is enough to get through.
        room(scene, service, 1, least == desired, notes);
    }
    if least < desired {
        let text = format!("{name}: falls to {least} of {desired} tasks meanwhile");
        notes.fact(Topic::BelowMinimum, about(service), text);
    }
}

fn under_way(service: &Service, notes: &mut Notes) {
    let running = |one: &&Deployment| one.rollout_state == Some(RolloutState::InProgress);
    if let Some(one) = service.deployments.first().filter(running) {
        let text = format!(
            "{}: a deployment of {} is under way ({} of {} run): this one takes its place",
            service.name,
            short(&one.task_definition),
            one.running,
            one.desired
        );
        notes.warn(Topic::UnderWay, about(service), text);
    }
}

fn roll_back(scene: &Scene<'_>, service: &Service, notes: &mut Notes) {
    let name = &service.name;
    let newest = service.deployments.first();
    let before = service.deployments.iter().skip(1).find(|one| one.task_definition != service.task_definition);
    let now = short(&service.task_definition);
    match (before, previous(scene, service)) {
        (Some(before), _) => {
            let text = format!("{name}: goes back from {now} to {}", short(&before.task_definition));
            notes.fact(Topic::Moves, about(service), text);
        }
        (None, Some(before)) => {
            let text = format!("{name}: goes back from {now} to {before}, the revision before it");
            notes.fact(Topic::Moves, about(service), text);
        }
        (None, None) => {
            let text = format!("{name}: there is nothing to go back to: {now} is all that it ran");
            notes.block(Topic::NotThere, about(service), text);
        }
    }
    if newest.is_some_and(|one| one.rollout_state == Some(RolloutState::Completed)) {
        let text =
            format!("{name}: its deployment of {now} is complete: this takes back what works, as far as ECS knows");
        notes.warn(Topic::AlreadySo, about(service), text);
    }
}

/// The revision before that of the service: it has one unless it is the first of its family.
fn previous(scene: &Scene<'_>, service: &Service) -> Option<String> {
    let (family, revision) = match scene.evidence.task_definition(&service.task_definition) {
        Some(definition) => (definition.family.clone(), definition.revision),
        None => {
            let (family, revision) = short(&service.task_definition).split_once(':')?;
            (family.to_owned(), revision.parse().ok()?)
        }
    };
    (revision > 1).then(|| format!("{family}:{}", revision - 1))
}

fn scale(scene: &Scene<'_>, service: &Service, notes: &mut Notes) {
    let name = &service.name;
    if is_daemon(service) {
        let text = format!("{name} is a daemon: it has a task on each instance, and no count to set");
        return notes.block(Topic::NotThere, about(service), text);
    }
    let Some(count) = whole(scene.request.values, &["DesiredCount", "Count", "Tasks"]) else { return };
    let now = service.desired as usize;
    match count {
        0 => notes.block(Topic::BelowMinimum, about(service), format!("{name}: none of its {now} tasks would be left")),
        _ if count == now => {
            notes.warn(Topic::AlreadySo, about(service), format!("{name} wants {now} already"));
        }
        _ if count < now => {
            let text = format!("{name}: {} of {} stop", now - count, plural(now, "task"));
            notes.fact(Topic::Moves, about(service), text);
        }
        _ => {
            notes.fact(Topic::Moves, about(service), format!("{name}: {} more start", plural(count - now, "task")));
            room(scene, service, count - now, false, notes);
        }
    }
}

/// Whether so many more of its tasks find a place.
fn room(scene: &Scene<'_>, service: &Service, count: usize, needed: bool, notes: &mut Notes) {
    let name = &service.name;
    let Some(definition) = scene.evidence.task_definition(&service.task_definition) else {
        let text =
            format!("{name}: whether there is room is not known: {} was not read", short(&service.task_definition));
        return notes.warn(Topic::Unknown, about(service), text);
    };
    if !scene.evidence.snapshot.container_instances.known() {
        return;
    }
    let demand = Demand::of(definition, Some(service));
    let mut spaces = scene.rest(&[]);
    let placed = place(&scene.evidence, &mut spaces, &[(&demand, count)], Order::Fullest);
    let short = count - placed.first().copied().unwrap_or_default();
    if short > 0 {
        let survey = Survey::among(&scene.evidence, &spaces, &demand);
        let why = match survey.asked {
            0 => "no instance takes tasks".to_owned(),
            _ => survey.words(definition),
        };
        let text = format!("{name}: no room for {short} of {} more: {why}", plural(count, "task"));
        match needed {
            true => notes.block(Topic::NoRoom, about(service), text),
            false => notes.warn(Topic::NoRoom, about(service), text),
        }
    }
}

/// `web:7` of an ARN.
fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
