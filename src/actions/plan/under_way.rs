//! Executions that are under way on the same targets.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::actions::catalogue::Action;
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::policy::span;

/// Says of which targets something is done already.
pub(super) fn judge(scene: &Scene<'_>, executions: &[Execution], notes: &mut Notes) {
    // A silence never gets into the way of another one.
    if matches!(scene.request.action, Some(Action::Silence | Action::Unsilence)) {
        return;
    }
    let going_on: Vec<&Execution> = executions.iter().filter(|one| !one.status.is_over()).collect();
    for subject in scene.request.subjects {
        let Some(id) = named(subject) else { continue };
        if let Some(one) = going_on.iter().find(|one| concerns(one, id)) {
            notes.block(
                Topic::UnderWay,
                Some(subject.clone()),
                format!("{} is under way on {}", told(scene, one), short(id)),
            );
        }
    }
    let unread = |one: &&&Execution| one.details.is_none() && one.document == scene.request.runbook.name;
    if let Some(one) = going_on.iter().find(unread) {
        let text = format!("{} is under way; on what is not known", told(scene, one));
        notes.warn(Topic::UnderWay, None, text);
    }
}

/// What parameters call it.
fn named(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Instance(id) | Subject::Group(id) | Subject::Service(id) | Subject::Task(id) | Subject::Alarm(id) => {
            Some(id)
        }
        _ => None,
    }
}

/// Whether it was started for the thing of that id, by whichever parameter.
fn concerns(execution: &Execution, id: &str) -> bool {
    let given = execution.details.iter().flat_map(|details| details.parameters.iter());
    let mut given =
        given.filter(|(name, _)| !matches!(name.as_str(), "Cluster" | "Reason" | "RequestedBy" | "RequestId"));
    execution.target.as_deref() == Some(id) || given.any(|(_, values)| values.iter().any(|value| value == id))
}

/// `RecycleInstance by ada, since 4 m (6b1c…)`.
fn told(scene: &Scene<'_>, one: &Execution) -> String {
    let by = one.requested_by().map(|by| format!(" by {by}")).unwrap_or_default();
    let since = one.started_at.map(|at| format!(", since {}", span(scene.request.now.duration_since(at))));
    format!("{}{by}{} ({})", one.document, since.unwrap_or_default(), one.id)
}

fn short(id: &str) -> &str {
    id.rsplit('/').next().unwrap_or(id)
}
