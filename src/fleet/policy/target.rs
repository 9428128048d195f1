//! Rules about targets.

use std::collections::HashSet;

use super::evidence::{Evidence, about};
use super::words::{plural, short, span};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::history::{TargetKey, WINDOW};
use crate::fleet::instance::{ContainerInstanceStatus, LifecycleState};
use crate::fleet::target::{Target, TargetGroup, TargetState};
use crate::fleet::task::TaskStatus;
use crate::fleet::view::{InstanceRow, Known, TargetRow};

/// Characters of AWS's reason that a cause has room for.
const REASON: usize = 60;

fn targets<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (&'a TargetRow, &'a TargetGroup, &'a Target)> {
    let groups = &evidence.snapshot.targets.rows;
    evidence.view.targets.iter().filter_map(|row| {
        let group = groups.get(row.target_group)?;
        Some((row, group, group.targets.rows.get(row.target)?))
    })
}

fn key(group: &TargetGroup, target: &Target) -> TargetKey {
    (group.arn.clone(), target.id.clone(), target.port)
}

fn subject(group: &TargetGroup, target: &Target) -> Subject {
    Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port }
}

/// A target that is unhealthy while it drains is leaving anyway.
pub(super) fn unhealthy(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, group, target) in targets(evidence) {
        if target.state != TargetState::Unhealthy {
            continue;
        }
        let reason = match (&target.description, &target.reason) {
            (Some(words), _) => short(words, REASON),
            (None, Some(code)) => code.clone(),
            (None, None) => "no reason given".to_owned(),
        };
        let leads = match &row.instance {
            Some(instance) if *instance != target.id => format!(" (on {instance})"),
            _ => String::new(),
        };
        findings.push(
            Finding::new(
                Rule::TargetUnhealthy,
                Severity::Warning,
                subject(group, target),
                format!("unhealthy{leads}: {reason}"),
            )
            .advise("Read the logs of the task behind the target.")
            .since(evidence.history.target_since(&key(group, target))),
        );
    }
}

/// A target that comes and goes passes its checks by luck.
pub(super) fn flapping(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let limit = usize::try_from(evidence.policy.flapping_changes).unwrap_or(usize::MAX);
    for (_, group, target) in targets(evidence) {
        let changes = evidence.history.target_changes(&key(group, target), evidence.now);
        if changes == 0 || changes < limit {
            continue;
        }
        let cause = format!("{} between healthy and unhealthy within {}", plural(changes, "change"), span(WINDOW));
        findings.push(
            Finding::new(Rule::TargetFlapping, Severity::Warning, subject(group, target), cause)
                .advise("Compare the health check's timeout and thresholds with the task's answer times."),
        );
    }
}

/// With none healthy, a load balancer sends requests to the unhealthy ones.
pub(super) fn no_healthy_target(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let groups = evidence.index.target_groups.values().filter_map(|&at| evidence.snapshot.targets.rows.get(at));
    for group in groups.filter(|group| group.targets.complete()) {
        let count = |state: TargetState| group.targets.rows.iter().filter(|target| target.state == state).count();
        let unhealthy = count(TargetState::Unhealthy);
        if unhealthy == 0 || count(TargetState::Healthy) > 0 {
            continue;
        }
        let cause = format!("no healthy target: {unhealthy} of {} unhealthy", group.targets.rows.len());
        findings.push(
            Finding::new(Rule::NoHealthyTarget, Severity::Critical, Subject::TargetGroup(group.arn.clone()), cause)
                .advise("Look at the newest deployment and at what the targets answer to the health check."),
        );
    }
}

/// A machine whose peers receive requests and that receives none, although it should: its group registers its instances
/// with a target group, or it runs a task of a service that has a load balancer. Merely running no such task is no fault.
pub(super) fn without_targets(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let balanced: HashSet<&str> = evidence
        .active_services()
        .filter(|(_, service)| !service.load_balancers.is_empty())
        .map(|(_, service)| service.name.as_str())
        .collect();
    let has_targets = |row: &&InstanceRow| matches!(row.targets.total, Known::Exactly(total) if total > 0);
    let served: HashSet<Option<&str>> =
        evidence.view.instances.iter().filter(has_targets).map(|row| row.group.as_deref()).collect();
    for row in &evidence.view.instances {
        let peerless = row.targets.total != Known::Exactly(0) || !served.contains(&row.group.as_deref());
        if peerless || !is_settled(evidence, row) {
            continue;
        }
        let Some(cause) = expected_by_group(evidence, row).or_else(|| expected_by_task(evidence, row, &balanced))
        else {
            continue;
        };
        findings.push(
            Finding::new(Rule::WithoutTargets, Severity::Warning, about(row), format!("no targets, {cause}"))
                .advise("Recycle the instance if it does not register soon."),
        );
    }
}

/// Whether it is in service, with its agent, and past the time that it has to get its targets.
fn is_settled(evidence: &Evidence<'_>, row: &InstanceRow) -> bool {
    let joined = evidence.ecs(row).is_some_and(|ecs| {
        ecs.agent_connected
            && ecs.status == ContainerInstanceStatus::Active
            && ecs.registered_at.is_some_and(|at| evidence.ago(at) > evidence.policy.join_within)
    });
    joined && !evidence.is_leaving(row) && !evidence.is_waiting(row)
}

fn expected_by_group(evidence: &Evidence<'_>, row: &InstanceRow) -> Option<String> {
    let (group, _) = row.member?;
    let in_service = evidence.member(row)?.lifecycle_state == LifecycleState::InService;
    let group = evidence.snapshot.groups.rows.get(group)?;
    let registers = in_service && !group.target_group_arns.is_empty();
    registers.then(|| format!("although group {} registers its instances", group.name))
}

fn expected_by_task(evidence: &Evidence<'_>, row: &InstanceRow, balanced: &HashSet<&str>) -> Option<String> {
    let task = evidence.tasks(&row.tasks).find(|task| {
        let settled = task.started_at.is_some_and(|at| evidence.ago(at) > evidence.policy.join_within);
        let runs = task.last_status == TaskStatus::Running && task.wanted() && settled;
        runs && task.service().is_some_and(|service| balanced.contains(service))
    })?;
    Some(format!("although it runs a task of service {}", task.service()?))
}
