//! Executions that are under way on the same targets.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::actions::catalogue::{Action, Kind};
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::policy::span;

/// Says of which targets something is done already.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    // A silence never gets into the way of another one.
    if matches!(scene.request.action, Some(Action::Silence | Action::Unsilence)) {
        return;
    }
    let going_on: Vec<&Execution> =
        scene.evidence.snapshot.executions.rows.iter().filter(|one| goes_on(scene, one)).collect();
    for subject in scene.request.subjects {
        if let Some(one) = going_on.iter().find(|one| concerns(one, subject)) {
            let text = format!("{} is under way on {}", told(scene, one), name(subject));
            notes.block(Topic::UnderWay, Some(subject.clone()), text);
        }
    }
    let of_fleet = scene.request.action.is_some_and(|action| action.kind() == Kind::Fleet);
    for one in going_on.iter().filter(|one| one.document == scene.request.runbook.name) {
        if matches!(scene.request.action, Some(Action::Bake | Action::Rollout)) {
            let text = format!("{} is under way: there is one at a time", told(scene, one));
            notes.block(Topic::UnderWay, None, text);
        } else if of_fleet {
            notes.warn(Topic::UnderWay, None, format!("{} is under way", told(scene, one)));
        } else if one.details.is_none() {
            notes.warn(Topic::UnderWay, None, format!("{} is under way; on what is not known", told(scene, one)));
        }
    }
}

/// Whether it is under way, in this fleet as far as it says.
fn goes_on(scene: &Scene<'_>, one: &Execution) -> bool {
    !one.status.is_over() && one.is_of(&scene.evidence.snapshot.scope.cluster) != Some(false)
}

fn concerns(one: &Execution, subject: &Subject) -> bool {
    one.target.as_deref().is_some_and(|target| target == id(subject)) || one.subjects().contains(subject)
}

/// What parameters call it.
fn id(subject: &Subject) -> &str {
    match subject {
        Subject::Instance(id) | Subject::Group(id) | Subject::Service(id) | Subject::Task(id) | Subject::Alarm(id) => {
            id
        }
        Subject::Image(id) => id,
        _ => "",
    }
}

fn name(subject: &Subject) -> &str {
    let id = id(subject);
    id.rsplit('/').next().unwrap_or(id)
}

/// `RecycleInstance by ada, since 4 m (6b1c…)`.
fn told(scene: &Scene<'_>, one: &Execution) -> String {
    let by = one.requested_by().map(|by| format!(" by {by}")).unwrap_or_default();
    let since = one.started_at.map(|at| format!(", since {}", span(scene.request.now.duration_since(at))));
    format!("{}{by}{} ({})", one.document, since.unwrap_or_default(), one.id)
}
