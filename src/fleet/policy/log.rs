//! Rules about logs: nobody logs in, so what is not in CloudWatch Logs is lost.

use super::evidence::Evidence;
use super::words::plural;
use crate::fleet::finding::{Finding, Rule, Severity, Subject};

/// A container may log through another one (FireLens), which its definition does not tell, so only a service
/// none of whose containers logs is sure to be mute.
pub(super) fn service_without_logs(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (_, service) in evidence.active_services() {
        let Some(definition) = evidence.task_definition(&service.task_definition) else { continue };
        let mute: Vec<&str> = definition
            .containers
            .iter()
            .filter(|container| container.log_group.is_none())
            .map(|container| container.name.as_str())
            .collect();
        if mute.is_empty() {
            continue;
        }
        let all = mute.len() == definition.containers.len();
        let severity = if all { Severity::Warning } else { Severity::Info };
        let shown = mute.iter().take(3).copied().collect::<Vec<_>>().join(", ");
        let verb = if mute.len() == 1 { "does" } else { "do" };
        let cause = format!(
            "{} of {} {verb} not log to CloudWatch ({shown})",
            plural(mute.len(), "container"),
            definition.short()
        );
        findings.push(
            Finding::new(Rule::ServiceWithoutLogs, severity, Subject::Service(service.name.clone()), cause)
                .advise("Give the container the awslogs driver and a log group."),
        );
    }
}

/// Events kept for ever cost for ever.
pub(super) fn without_retention(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for group in evidence.snapshot.log_groups.rows.iter().filter(|group| group.retention_days.is_none()) {
        findings.push(
            Finding::new(
                Rule::LogGroupWithoutRetention,
                Severity::Info,
                Subject::LogGroup(group.name.clone()),
                "keeps its events for ever",
            )
            .advise("Set a retention period on the log group."),
        );
    }
}
