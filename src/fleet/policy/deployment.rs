//! Rules about deployments.

use std::collections::BTreeMap;

use super::evidence::Evidence;
use super::service::primary;
use super::words::{plural, short};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::service::{Deployment, RolloutState, Service};
use crate::fleet::task::Task;
use crate::fleet::view::ServiceRow;

/// Characters of AWS's reason that a cause has room for.
const REASON: usize = 90;

/// The newest deployment failed, and nothing took its place.
pub(super) fn failed(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (_, service) in evidence.active_services() {
        let Some(deployment) = primary(service) else { continue };
        if deployment.rollout_state != Some(RolloutState::Failed) {
            continue;
        }
        let cause = format!("deployment of {} failed{}", definition(deployment), because(deployment));
        findings.push(
            Finding::new(Rule::DeploymentFailed, Severity::Critical, Subject::Service(service.name.clone()), cause)
                .advise("Read why its tasks stopped, then deploy a task definition that works.")
                .since(deployment.updated_at),
        );
    }
}

/// ECS went back to the deployment before: the service runs, and not what was meant to run.
pub(super) fn rolled_back(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (_, service) in evidence.active_services() {
        let Some(deployment) = returned_from(service) else { continue };
        let cause = format!("deployment of {} was rolled back{}", definition(deployment), because(deployment));
        findings.push(
            Finding::new(Rule::DeploymentRolledBack, Severity::Warning, Subject::Service(service.name.clone()), cause)
                .advise("Read why its tasks stopped, then deploy a task definition that works.")
                .since(deployment.updated_at),
        );
    }
}

/// The deployment that ECS gave up: a failed one that is no longer the newest, else the newest where it says itself that it rolls back.
fn returned_from(service: &Service) -> Option<&Deployment> {
    let given_up = |deployment: &&Deployment| {
        deployment.status != "PRIMARY" && deployment.rollout_state == Some(RolloutState::Failed)
    };
    let says_so = |deployment: &&Deployment| {
        let reason = deployment.rollout_reason.as_deref().unwrap_or_default().to_lowercase();
        reason.contains("rolling back") || reason.contains("rolled back")
    };
    let failed = |deployment: &&Deployment| deployment.rollout_state != Some(RolloutState::Failed);
    service.deployments.iter().find(given_up).or_else(|| primary(service).filter(failed).filter(says_so))
}

fn because(deployment: &Deployment) -> String {
    match &deployment.rollout_reason {
        Some(reason) if !reason.is_empty() => format!(": {}", short(reason, REASON)),
        _ => String::new(),
    }
}

/// `family:revision`
fn definition(deployment: &Deployment) -> &str {
    deployment.task_definition.rsplit('/').next().unwrap_or(&deployment.task_definition)
}

/// Tasks of the newest deployment fail to start or to stay up, and why: what most of those stopped lately say.
pub(super) fn tasks_failing(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, service) in evidence.active_services() {
        let Some(deployment) = primary(service) else { continue };
        let failures = failures(evidence, row, deployment);
        let stopped: usize = failures.values().sum();
        let enough = usize::try_from(evidence.policy.failing_tasks).unwrap_or(usize::MAX).max(1);
        let completed = deployment.rollout_state == Some(RolloutState::Completed);
        if stopped < enough && (deployment.failed_tasks == 0 || completed) {
            continue;
        }
        let severity = if deployment.running == 0 { Severity::Critical } else { Severity::Warning };
        let cause = failing_words(deployment, &failures, stopped);
        findings.push(
            Finding::new(Rule::TasksFailing, severity, Subject::Service(service.name.clone()), cause)
                .advise("Read the logs of the service's stopped tasks.")
                .since(deployment.created_at),
        );
    }
}

fn failing_words(deployment: &Deployment, failures: &BTreeMap<String, usize>, stopped: usize) -> String {
    let count = match deployment.failed_tasks {
        0 => format!("{} of {} failed lately", plural(stopped, "task"), definition(deployment)),
        count => format!("{} of {} failed in a row", plural(count, "task"), definition(deployment)),
    };
    // The first of the most frequent, so that the same snapshot gives the same words.
    match failures.iter().rev().max_by_key(|(_, tasks)| **tasks) {
        Some((why, tasks)) if *tasks == stopped => format!("{count}: {why}"),
        Some((why, tasks)) => format!("{count}: {why} ({tasks} of {stopped})"),
        None => count,
    }
}

/// Why tasks of `deployment` that failed lately stopped, with how many did so for each reason.
fn failures(evidence: &Evidence<'_>, row: &ServiceRow, deployment: &Deployment) -> BTreeMap<String, usize> {
    let mut reasons = BTreeMap::new();
    for task in evidence.tasks(&row.tasks) {
        let lately = task.stopped_at.is_some_and(|at| evidence.ago(at) <= evidence.policy.recent);
        if lately && belongs(task, deployment) && failed_by_itself(task) {
            *reasons.entry(why(task)).or_insert(0) += 1;
        }
    }
    reasons
}

/// A service's task is started by its deployment; where that is not told, the task definition decides.
fn belongs(task: &Task, deployment: &Deployment) -> bool {
    match &task.started_by {
        Some(id) => *id == deployment.id,
        None => task.task_definition == deployment.task_definition,
    }
}

/// Whether a task of a service stopped for a fault of its own: not because somebody stopped it, the service was scaled, or its
/// instance left.
fn failed_by_itself(task: &Task) -> bool {
    let reason = task.stopped_reason.as_deref().unwrap_or_default();
    match task.stop_code.as_deref() {
        Some("TaskFailedToStart" | "EssentialContainerExited") => true,
        Some("ServiceSchedulerInitiated") | None => reason.contains("health check"),
        Some(_) => false,
    }
}

fn why(task: &Task) -> String {
    let exited = task.containers.iter().find(|container| container.exit_code.is_some_and(|code| code != 0));
    if let Some((container, code)) = exited.and_then(|container| Some((container, container.exit_code?))) {
        let reason = container.reason.as_deref().map(|reason| format!(" ({})", short(reason, REASON)));
        return format!("container {} exited with {code}{}", container.name, reason.unwrap_or_default());
    }
    let reason = task.containers.iter().find_map(|container| container.reason.as_deref());
    let reason = reason.or(task.stopped_reason.as_deref()).or(task.stop_code.as_deref());
    short(reason.unwrap_or("no reason given"), REASON)
}
