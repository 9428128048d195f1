//! Executions with what they are about and whom they started.

use std::cmp::Reverse;
use std::collections::HashMap;

use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::ExecutionRow;

/// One row for each execution: those under way first, then the newest.
pub(super) fn rows(snapshot: &Snapshot) -> Vec<ExecutionRow> {
    let all = &snapshot.executions.rows;
    let mut children: HashMap<&str, Vec<usize>> = HashMap::new();
    for (position, one) in all.iter().enumerate() {
        if let Some(parent) = &one.parent {
            children.entry(parent).or_default().push(position);
        }
    }
    let listed: HashMap<&str, usize> = all.iter().enumerate().map(|(at, one)| (one.id.as_str(), at)).collect();
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by_key(|at| all.get(*at).map(|one| (one.status.is_over(), Reverse(one.started_at))));
    let row = |at: usize| {
        let one = all.get(at)?;
        Some(ExecutionRow {
            execution: at,
            subjects: one.subjects(),
            children: children.get(one.id.as_str()).cloned().unwrap_or_default(),
            nested: one.parent.as_deref().is_some_and(|parent| listed.contains_key(parent)),
            findings: Vec::new(),
        })
    };
    order.into_iter().filter_map(row).collect()
}
