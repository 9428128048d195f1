//! Actions on the fleet as a whole, and on what it starts from.

use super::notes::Notes;
use super::scene::Scene;
use super::{bake, promote, refresh, rollout};
use crate::actions::catalogue::Action;

/// What would come of it.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    match scene.request.action {
        Some(Action::Bake) => bake::judge(scene, notes),
        Some(Action::Promote) => promote::judge(scene, notes),
        Some(Action::RollbackAmi) => promote::back(scene, notes),
        Some(Action::Rollout) => rollout::judge(scene, notes),
        Some(Action::Freeze) => refresh::cancelled(scene, notes),
        _ => {}
    }
}
