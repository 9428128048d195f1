//! Rules about machines and their groups.

use super::evidence::{Evidence, about};
use super::words::span;
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::instance::{CheckStatus, Ec2Instance, Ec2State, LifecycleState};
use crate::fleet::view::InstanceRow;

/// Machines are replaced, never updated: one past its age has missed its rotation. An external machine has no age in this sense, for
/// nobody launches it.
pub(super) fn over_age(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let limit = evidence.policy.max_age;
    for row in &evidence.view.instances {
        let Some(since) = row.launched_at.or(row.registered_at) else { continue };
        let age = evidence.ago(since);
        if age <= limit || row.key.starts_with("mi-") || evidence.is_leaving(row) || evidence.is_waiting(row) {
            continue;
        }
        // Without EC2's word the time of registration is the best there is, and a machine is older than that.
        let age = if row.launched_at.is_some() {
            format!("{} old", span(age))
        } else {
            format!("registered {} ago", span(age))
        };
        findings.push(
            Finding::new(Rule::InstanceOverAge, Severity::Warning, about(row), format!("{age}, limit {}", span(limit)))
                .advise("Recycle the instance.")
                .since(since.checked_add(limit).ok()),
        );
    }
}

/// A machine that runs and has not joined costs money and serves nobody. It counts only when every container instance was read, and
/// measured at the time of that read, for it may have joined since.
pub(super) fn not_in_cluster(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let registered = &evidence.snapshot.container_instances;
    let (Some(read_at), true) = (registered.read_at, registered.complete()) else { return };
    for (row, ec2) in evidence.staying_ec2() {
        let out = row.container_instance.is_some() || ec2.state != Ec2State::Running || evidence.is_waiting(row);
        let (false, Some(launched)) = (out, ec2.launched_at) else { continue };
        if read_at.min(evidence.now).duration_since(launched) <= evidence.policy.join_within {
            continue;
        }
        let held = match evidence.member(row).map(|member| &member.lifecycle_state) {
            Some(state @ (LifecycleState::PendingWait | LifecycleState::Quarantined)) => format!(", held in {state}"),
            _ => String::new(),
        };
        let age = span(evidence.ago(launched));
        let limit = span(evidence.policy.join_within);
        let cause = format!("launched {age} ago and not in the cluster, limit {limit}{held}");
        findings.push(
            Finding::new(Rule::NotInCluster, Severity::Warning, about(row), cause)
                .advise("Read the instance's console output and agent log, then terminate it.")
                .since(launched.checked_add(evidence.policy.join_within).ok()),
        );
    }
}

/// EC2's checks of machine and network, and ECS's own of the instance. ECS cannot check what it does not reach: while the agent is
/// lost, that is the finding, and the machine may be well.
pub(super) fn status_check_failed(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for row in evidence.view.instances.iter().filter(|row| !evidence.is_leaving(row)) {
        let ec2 = evidence.ec2(row);
        let reached = evidence.ecs(row).filter(|ecs| ecs.agent_connected);
        let checks = [
            ("system status check", ec2.and_then(|ec2| ec2.system_check.as_ref())),
            ("instance status check", ec2.and_then(|ec2| ec2.instance_check.as_ref())),
            ("ECS health check", reached.and_then(|ecs| ecs.health.as_ref())),
        ];
        let failed: Vec<&str> =
            checks.iter().filter(|(_, check)| *check == Some(&CheckStatus::Impaired)).map(|(name, _)| *name).collect();
        if failed.is_empty() {
            continue;
        }
        let cause = format!("{} impaired", failed.join(" and "));
        findings.push(
            Finding::new(Rule::StatusCheckFailed, Severity::Critical, about(row), cause)
                .advise("Recycle the instance."),
        );
    }
}

/// Maintenance that AWS has announced and that is neither over nor called off.
pub(super) fn scheduled_event(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, ec2) in evidence.staying_ec2() {
        findings.extend(pending_events(evidence, row, ec2));
    }
}

fn pending_events(evidence: &Evidence<'_>, row: &InstanceRow, ec2: &Ec2Instance) -> Vec<Finding> {
    let over = |description: &str| description.starts_with("[Completed]") || description.starts_with("[Canceled]");
    let finding = |event: &crate::fleet::instance::ScheduledEvent| {
        let when = match event.not_before.map(|at| at.duration_since(evidence.now)) {
            Some(left) if left.is_positive() => format!(", not before {} from now", span(left)),
            Some(_) => ", due now".to_owned(),
            None => String::new(),
        };
        Finding::new(
            Rule::ScheduledEvent,
            Severity::Warning,
            about(row),
            format!("AWS has scheduled {}{when}", event.code),
        )
        .advise("Recycle the instance before AWS acts on it.")
    };
    ec2.events.iter().filter(|event| !over(&event.description)).map(finding).collect()
}

/// A group with suspended processes does not replace, add or check instances as the fleet relies on.
pub(super) fn processes_suspended(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for group in evidence.snapshot.groups.rows.iter().filter(|group| !group.suspended_processes.is_empty()) {
        // Balancing zones is a comfort; without the others nothing is launched, terminated or judged.
        let comfort = group.suspended_processes.iter().all(|process| process == "AZRebalance");
        let severity = if comfort { Severity::Info } else { Severity::Warning };
        let mut processes = group.suspended_processes.clone();
        processes.sort_unstable();
        findings.push(
            Finding::new(
                Rule::ProcessesSuspended,
                severity,
                Subject::Group(group.name.clone()),
                format!("suspended: {}", processes.join(", ")),
            )
            .advise("Resume the group's processes once the reason for suspending them is gone."),
        );
    }
}
