//! Tasks that are protected from scale-in.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::actions::catalogue::Action;
use crate::fleet::finding::Subject;
use crate::fleet::policy::{plural, span};
use crate::fleet::task::{Protection, Task};

/// What it means that some of the tasks on the instances are protected. AWS keeps scale-in and deployments off them, and does not say
/// what a drain does to them (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection.html>).
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let tasks: Vec<&Task> =
        scene.targets.iter().flat_map(|row| scene.evidence.tasks(&row.tasks)).filter(|task| task.wanted()).collect();
    if let Some(said) = protected(scene, &tasks) {
        let and = match scene.request.action {
            Some(Action::Drain) => "the drain may wait for that, or end them all the same",
            _ => "the drain may wait for that, and the runbook fail meanwhile, or end them all the same",
        };
        notes.warn(Topic::Protected, scene.only(), format!("{said}: {and}"));
    }
    unread(scene.only(), &tasks, notes);
}

/// The same of tasks that are stopped by hand, which protection does not hinder.
pub(super) fn of_task(scene: &Scene<'_>, task: &Task, notes: &mut Notes) {
    let subject = Some(Subject::Task(task.arn.clone()));
    if let Some(said) = protected(scene, &[task]) {
        notes.warn(
            Topic::Protected,
            subject.clone(),
            format!("{said}, by whoever counts on it: it is stopped all the same"),
        );
    }
    unread(subject, &[task], notes);
}

/// `2 tasks are protected from scale-in, for 41 m more at most`.
fn protected(scene: &Scene<'_>, tasks: &[&Task]) -> Option<String> {
    let until = tasks.iter().filter_map(|task| match task.protection {
        Protection::Until(until) => Some(until),
        _ => None,
    });
    let until: Vec<_> = until.collect();
    let last = until.iter().flatten().max().map(|last| last.duration_since(scene.request.now));
    let left = last.filter(|left| left.is_positive()).map(|left| format!(", for {} more", span(left)));
    let verb = if until.len() == 1 { "is" } else { "are" };
    let left = left.unwrap_or_default();
    (!until.is_empty()).then(|| format!("{} {verb} protected from scale-in{left}", plural(until.len(), "task")))
}

fn unread(subject: Option<Subject>, tasks: &[&Task], notes: &mut Notes) {
    let unread = tasks.iter().filter_map(|task| match &task.protection {
        Protection::Unreadable(why) => Some(why),
        _ => None,
    });
    let unread: Vec<&String> = unread.collect();
    if let Some(why) = unread.first() {
        let tasks = plural(unread.len(), "task");
        notes.warn(
            Topic::Unknown,
            subject,
            format!("whether {tasks} would be protected from scale-in is not known: {why}"),
        );
    }
}
