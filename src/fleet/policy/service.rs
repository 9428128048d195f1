//! Rules about how many tasks of a service run.

use super::evidence::Evidence;
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::service::{Deployment, RolloutState, Service};
use crate::fleet::task::TaskStatus;
use crate::fleet::view::ServiceRow;

/// The deployment that ECS works towards.
pub(super) fn primary(service: &Service) -> Option<&Deployment> {
    service.deployments.iter().find(|deployment| deployment.status == "PRIMARY")
}

/// Worse the further below: none running hurts most. Quiet while tasks start as they should.
pub(super) fn below_desired(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, service) in evidence.active_services().filter(|(_, service)| service.running < service.desired) {
        if is_starting(evidence, row, service) {
            continue;
        }
        let starting = match service.pending {
            0 => String::new(),
            pending => format!(", {pending} starting"),
        };
        let cause = format!("{} of {} tasks run{starting}", service.running, service.desired);
        findings.push(
            Finding::new(
                Rule::ServiceBelowDesired,
                severity(evidence, service),
                Subject::Service(service.name.clone()),
                cause,
            )
            .advise("Look at the service's events and at its stopped tasks."),
        );
    }
}

fn severity(evidence: &Evidence<'_>, service: &Service) -> Severity {
    let share = u64::from(service.running) * 100;
    if service.running == 0 || share < u64::from(service.desired) * u64::from(evidence.policy.critical_below_percent) {
        return Severity::Critical;
    }
    let sound = primary(service).is_some_and(|deployment| deployment.failed_tasks == 0);
    let rolling = primary(service).is_some_and(|deployment| deployment.rollout_state == Some(RolloutState::InProgress));
    let lawful =
        service.minimum_healthy_percent.is_some_and(|minimum| share >= u64::from(service.desired) * u64::from(minimum));
    // Without the tasks it cannot be told for how long those have been starting that would make up for it.
    let maybe_starting =
        !evidence.snapshot.tasks.complete() && service.running.saturating_add(service.pending) >= service.desired;
    if sound && ((rolling && lawful) || maybe_starting) { Severity::Info } else { Severity::Warning }
}

/// Whether the tasks that lack are on their way: a rollout that is young, or tasks that were started a moment ago
/// because the service was scaled up or an instance left. A failure ends the patience.
fn is_starting(evidence: &Evidence<'_>, row: &ServiceRow, service: &Service) -> bool {
    let Some(deployment) = primary(service) else { return false };
    let young = |at| evidence.ago(at) <= evidence.policy.rollout_grace;
    let rolling = deployment.rollout_state != Some(RolloutState::Failed) && deployment.failed_tasks == 0;
    if !rolling || deployment.created_at.is_some_and(young) {
        return rolling;
    }
    let lacking = service.desired.saturating_sub(service.running);
    let fresh = evidence.tasks(&row.tasks).filter(|task| {
        let status = &task.last_status;
        let starts = matches!(
            status,
            TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating | TaskStatus::Running
        );
        starts && task.wanted() && task.created_at.is_some_and(young)
    });
    u32::try_from(fresh.count()).is_ok_and(|fresh| fresh >= lacking)
}
