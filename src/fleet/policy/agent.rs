//! Rules about the ECS agent.

use super::evidence::{Evidence, about};
use super::words::{plural, span};
use crate::fleet::finding::{Finding, Rule, Severity};
use crate::fleet::instance::{ContainerInstanceStatus, Ec2State};

/// Without its agent an instance keeps its tasks and takes and stops none.
pub(super) fn disconnected(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for row in evidence.view.instances.iter().filter(|row| !evidence.is_leaving(row) && !evidence.is_waiting(row)) {
        let Some(ecs) = evidence.ecs(row).filter(|ecs| !ecs.agent_connected) else { continue };
        if !matches!(ecs.status, ContainerInstanceStatus::Active | ContainerInstanceStatus::Draining) {
            continue;
        }
        let since = evidence.history.disconnected_since(&ecs.arn);
        let seen = match since.map(|since| evidence.ago(since)) {
            Some(lasting) if lasting.as_secs() >= 60 => format!(" for at least {}", span(lasting)),
            _ => String::new(),
        };
        let state = match evidence.ec2(row).map(|ec2| &ec2.state) {
            Some(state) if *state != Ec2State::Running => format!(", instance {state}"),
            _ => String::new(),
        };
        let tasks = plural(ecs.running_tasks, "running task");
        findings.push(
            Finding::new(
                Rule::AgentDisconnected,
                Severity::Warning,
                about(row),
                format!("agent disconnected{seen}, {tasks}{state}"),
            )
            .advise("Recycle the instance if the agent does not come back by itself.")
            .since(since),
        );
    }
}

/// The newest agent in the fleet is the measure, so nothing else needs to be read.
pub(super) fn behind(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let version = |ecs: &'_ crate::fleet::instance::ContainerInstance| ecs.agent_version.as_deref().and_then(numbers);
    let Some(newest) = evidence
        .snapshot
        .container_instances
        .rows
        .iter()
        .filter_map(|ecs| Some((version(ecs)?, ecs.agent_version.as_deref()?)))
        .max()
    else {
        return;
    };
    for row in &evidence.view.instances {
        let Some(ecs) = evidence.ecs(row).filter(|ecs| ecs.status == ContainerInstanceStatus::Active) else { continue };
        let (Some(own), Some(words)) = (version(ecs), ecs.agent_version.as_deref()) else { continue };
        if own < newest.0 && !evidence.is_leaving(row) {
            let cause = format!("agent {words}, newest in the fleet {}", newest.1);
            findings.push(
                Finding::new(Rule::AgentBehind, Severity::Info, about(row), cause)
                    .advise("Recycle the instance to start from a newer AMI."),
            );
        }
    }
}

/// `1.89.2` as numbers; `None` for anything else, which cannot be compared.
fn numbers(version: &str) -> Option<Vec<u32>> {
    version.trim_start_matches('v').split('.').map(|part| part.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::numbers;

    #[test]
    fn versions_compare_by_number() {
        assert!(numbers("1.100.0") > numbers("1.89.2"));
        assert_eq!(numbers("v1.2"), Some(vec![1, 2]));
        assert_eq!(numbers("1.x"), None);
        assert_eq!(numbers(""), None);
    }
}
