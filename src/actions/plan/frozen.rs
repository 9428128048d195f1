//! Whether the fleet is frozen.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::actions::catalogue::Action;
use crate::fleet::freeze::Freeze;
use crate::fleet::policy::span;

/// A freeze pauses what the fleet does by itself. People are not held up by it, and are told.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let Some(action) = scene.request.action else { return };
    let held = scene.fleet.freeze(scene.request.now).map(|freeze| told(scene, freeze));
    match (action, held) {
        (Action::Silence | Action::Unsilence | Action::Activate, _) => {}
        (Action::Thaw, None) if scene.evidence.snapshot.freeze.known() => {
            notes.warn(Topic::AlreadySo, None, "the fleet is not frozen".to_owned());
        }
        (Action::Thaw, Some(text)) => notes.fact(Topic::Frozen, None, text),
        (Action::Freeze, Some(text)) => notes.warn(Topic::AlreadySo, None, format!("{text}; this one takes its place")),
        // What the fleet does by itself is paused, whoever asks for it: the runbook looks first.
        (Action::Bake | Action::Rollout | Action::Eject, Some(text)) => {
            notes.block(Topic::Frozen, None, format!("{text}; the runbook does not begin"));
        }
        (_, Some(text)) => notes.warn(Topic::Frozen, None, text),
        (_, None) => {}
    }
}

/// `the fleet is frozen for 3 h more by ada: sale`.
fn told(scene: &Scene<'_>, freeze: &Freeze) -> String {
    let left = freeze.until.map(|until| format!(" for {} more", span(until.duration_since(scene.request.now))));
    let by = freeze.by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
    let why = freeze.why.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    format!("the fleet is frozen{}{by}{why}", left.unwrap_or_default())
}
