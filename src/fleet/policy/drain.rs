//! Rules about machines on their way out.

use super::evidence::{Evidence, about};
use super::words::{plural, span};
use crate::fleet::finding::{Finding, Rule, Severity};
use crate::fleet::history::waits_to_terminate;
use crate::fleet::instance::{ContainerInstance, ContainerInstanceStatus};
use crate::fleet::task::Task;
use crate::fleet::view::InstanceRow;

fn draining<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (&'a InstanceRow, &'a ContainerInstance)> {
    let rows = evidence.view.instances.iter().filter_map(|row| Some((row, evidence.ecs(row)?)));
    rows.filter(|(_, ecs)| ecs.status == ContainerInstanceStatus::Draining)
}

/// ECS does not say when a drain began, so only what was watched for longer than the limit counts.
pub(super) fn too_long(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let limit = evidence.policy.max_drain;
    for (row, ecs) in draining(evidence) {
        let Some(since) = evidence.history.draining_since(&ecs.arn) else { continue };
        let lasting = evidence.ago(since);
        if lasting <= limit {
            continue;
        }
        let tasks = plural(ecs.running_tasks, "task");
        let cause = format!("draining for at least {}, limit {}, {tasks} left", span(lasting), span(limit));
        findings.push(
            Finding::new(Rule::DrainingTooLong, Severity::Warning, about(row), cause)
                .advise("Look at the tasks that are left; stop them, or terminate the instance.")
                .since(Some(since)),
        );
    }
}

/// ECS moves only what a service keeps: a task that somebody started by hand holds a drain until it ends.
pub(super) fn blocked(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, _) in draining(evidence) {
        let held: Vec<&Task> =
            evidence.tasks(&row.tasks).filter(|task| task.service().is_none() && task.wanted()).collect();
        let Some(first) = held.first() else { continue };
        let definition = first.task_definition.rsplit('/').next().unwrap_or(&first.task_definition);
        let cause = match held.len() {
            1 => format!("draining is held by a task without a service ({definition})"),
            count => format!("draining is held by {count} tasks without a service ({definition} and others)"),
        };
        findings.push(
            Finding::new(Rule::DrainBlocked, Severity::Warning, about(row), cause)
                .advise("Wait for the task to end, or stop it: ECS will not move it."),
        );
    }
}

/// A lifecycle hook that nobody completes keeps a machine until its timeout.
pub(super) fn terminating_wait(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let limit = evidence.policy.max_terminating_wait;
    for row in &evidence.view.instances {
        let Some(member) = evidence.member(row).filter(|member| waits_to_terminate(&member.lifecycle_state)) else {
            continue;
        };
        let Some(since) = evidence.history.terminating_since(&member.instance_id) else { continue };
        let lasting = evidence.ago(since);
        if lasting <= limit {
            continue;
        }
        let state = &member.lifecycle_state;
        let cause = format!("in {state} for at least {}, limit {}", span(lasting), span(limit));
        findings.push(
            Finding::new(Rule::TerminatingWait, Severity::Warning, about(row), cause)
                .advise("Complete the lifecycle action once nothing of worth runs on the instance.")
                .since(Some(since)),
        );
    }
}
