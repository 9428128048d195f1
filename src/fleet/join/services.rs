//! Services with their tasks, target groups and log groups.

use std::collections::{BTreeMap, BTreeSet};

use super::index::Index;
use super::targets::{Certainty, count};
use crate::fleet::service::Service;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::{Known, ServiceRow, TargetCounts};

/// One row for each service, by name.
pub(super) fn rows(snapshot: &Snapshot, index: &Index<'_>) -> Vec<ServiceRow> {
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, service) in snapshot.services.rows.iter().enumerate() {
        by_name.entry(&service.name).or_insert(position);
    }
    by_name
        .into_values()
        .filter_map(|position| Some(row(snapshot, index, position, snapshot.services.rows.get(position)?)))
        .collect()
}

fn row(snapshot: &Snapshot, index: &Index<'_>, position: usize, service: &Service) -> ServiceRow {
    let arns: BTreeSet<&str> = service.load_balancers.iter().map(|lb| lb.target_group_arn.as_str()).collect();
    let target_groups: Vec<usize> = arns.iter().filter_map(|arn| index.target_groups.get(arn).copied()).collect();
    ServiceRow {
        service: position,
        tasks: index.tasks_of.get(service.name.as_str()).cloned().unwrap_or_default(),
        targets: counts(snapshot, arns.len(), &target_groups),
        target_groups,
        log_groups: log_groups(snapshot, index, service),
        findings: Vec::new(),
    }
}

/// Targets over all target groups of a service. A service without a load balancer has exactly none.
fn counts(snapshot: &Snapshot, named: usize, target_groups: &[usize]) -> TargetCounts {
    if named == 0 {
        return TargetCounts { healthy: Known::Exactly(0), total: Known::Exactly(0) };
    }
    let groups = target_groups.iter().filter_map(|&at| snapshot.targets.rows.get(at));
    let whole = target_groups.len() == named && groups.clone().all(|group| group.targets.complete());
    let certainty = if whole { Certainty::Whole } else { Certainty::Part };
    count(groups.filter_map(|group| group.targets.get()).flatten(), certainty)
}

fn log_groups(snapshot: &Snapshot, index: &Index<'_>, service: &Service) -> Vec<String> {
    let definition = index
        .task_definitions
        .get(service.task_definition.as_str())
        .and_then(|&at| snapshot.task_definitions.rows.get(at));
    let names: BTreeSet<&str> = definition
        .into_iter()
        .flat_map(|definition| &definition.containers)
        .filter_map(|container| container.log_group.as_deref())
        .collect();
    names.into_iter().map(str::to_owned).collect()
}
