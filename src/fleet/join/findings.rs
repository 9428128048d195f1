//! Tells each row which findings are about it.

use std::collections::HashMap;

use crate::fleet::finding::Subject;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::View;

/// Gives every row the positions of the findings about it. One about a target group or a log group shows at the services that
/// use it, for neither has a row of its own.
pub(super) fn attach(snapshot: &Snapshot, view: &mut View) {
    let mut by_subject: HashMap<&Subject, Vec<usize>> = HashMap::new();
    for (position, finding) in view.findings.iter().enumerate() {
        by_subject.entry(&finding.subject).or_default().push(position);
    }
    if by_subject.is_empty() {
        return;
    }
    let about = |subject: Subject| by_subject.get(&subject).cloned().unwrap_or_default();
    for row in &mut view.instances {
        row.findings = about(Subject::Instance(row.key.clone()));
    }
    for row in &mut view.services {
        let Some(service) = snapshot.services.rows.get(row.service) else { continue };
        let groups = row.target_groups.iter().filter_map(|&at| snapshot.targets.rows.get(at));
        let subjects = groups.map(|group| Subject::TargetGroup(group.arn.clone()));
        let logs = row.log_groups.iter().map(|name| Subject::LogGroup(name.clone()));
        row.findings = about(Subject::Service(service.name.clone()));
        row.findings.extend(subjects.chain(logs).flat_map(about));
        row.findings.sort_unstable();
    }
    for row in &mut view.targets {
        let Some(group) = snapshot.targets.rows.get(row.target_group) else { continue };
        let Some(target) = group.targets.rows.get(row.target) else { continue };
        let (group, target, port) = (group.arn.clone(), target.id.clone(), target.port);
        row.findings = about(Subject::Target { group, target, port });
    }
    for row in &mut view.alarms {
        let Some(alarm) = snapshot.alarms.rows.get(row.alarm) else { continue };
        row.findings = about(Subject::Alarm(alarm.name.clone()));
    }
    for row in &mut view.refreshes {
        let Some(refresh) = snapshot.refreshes.rows.get(row.refresh) else { continue };
        row.findings = about(Subject::Group(refresh.group.clone()));
    }
    for row in &mut view.executions {
        let Some(execution) = snapshot.executions.rows.get(row.execution) else { continue };
        row.findings = about(Subject::Execution(execution.id.clone()));
    }
}
