//! Joins the panels of a snapshot into rows.
//!
//! Every join is a look-up in an `Index`, so that the cost grows with the fleet and not with its square.

mod alarms;
mod executions;
mod findings;
mod images;
mod index;
mod instances;
mod lineage;
mod refreshes;
mod services;
mod targets;

use jiff::Timestamp;

pub(crate) use self::index::Index;
use super::history::History;
use super::policy::{self, Evidence, Policy};
use super::snapshot::Snapshot;
use super::view::View;

/// Joins and judges `snapshot` at `now`, with what `history` saw of it before.
#[must_use]
pub fn derive(snapshot: &Snapshot, history: &History, policy: &Policy, now: Timestamp) -> View {
    let index = Index::of(snapshot);
    let mut instances = instances::rows(snapshot, &index);
    let targets = targets::rows(snapshot, &index, &mut instances);
    let alarms = alarms::rows(snapshot, &instances, policy, now);
    let services = services::rows(snapshot, &index);
    let executions = executions::rows(snapshot);
    let lineage = lineage::rows(snapshot, &index, &instances);
    let refreshes = refreshes::rows(snapshot, &index, &instances);
    let mut view = View { instances, services, targets, alarms, executions, lineage, refreshes, findings: Vec::new() };
    view.findings = policy::judge(&Evidence { snapshot, view: &view, index: &index, history, policy, now });
    findings::attach(snapshot, &mut view);
    view
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
