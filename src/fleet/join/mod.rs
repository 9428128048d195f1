//! Joins the panels of a snapshot into rows.
//!
//! Every join is a look-up in an [`Index`], so that the cost grows with the fleet and not with its square.

mod images;
mod index;
mod instances;

use jiff::Timestamp;

pub(crate) use self::index::Index;
use super::policy::Policy;
use super::snapshot::Snapshot;
use super::view::View;

/// Joins and judges `snapshot` at `now`.
#[must_use]
pub fn derive(snapshot: &Snapshot, _policy: &Policy, _now: Timestamp) -> View {
    let index = Index::of(snapshot);
    View { instances: instances::rows(snapshot, &index), ..View::default() }
}
