//! What the next rollout brings is another AMI: a younger one, or the one before.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use super::version::{differences, image_of, promotion, runs, template, tested, until_rotation, words};
use crate::fleet::contents::image;
use crate::fleet::finding::Subject;
use crate::fleet::promotion::Promotion;

/// Whether the AMI can be promoted, and what would be another one then.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in scene.request.subjects {
        let Subject::Image(id) = subject else { continue };
        let before = promotion(scene);
        there(scene, id, notes);
        tested(scene, id, true, notes);
        let from = before.map_or_else(|| "what groups start from now".to_owned(), name);
        let of = template(scene).map(|id| format!(" of {id}")).unwrap_or_default();
        let text = format!("the next rollout brings {id} as a new version{of}, in place of {from}");
        notes.fact(Topic::Version, None, text);
        let old = before.and_then(|one| one.image.as_deref());
        if old == Some(id) {
            notes.warn(Topic::AlreadySo, Some(subject.clone()), format!("{id} is promoted already"));
        }
        older(scene, old, id, notes);
        consequences(scene, old, Some(id), notes);
    }
    if scene.request.subjects.len() > 1 {
        notes.block(Topic::Version, None, "one AMI alone can be promoted".to_owned());
    }
}

/// Whether there is a version to go back to, and what would be another one then.
pub(super) fn back(scene: &Scene<'_>, notes: &mut Notes) {
    let Some(before) = promotion(scene) else {
        if scene.evidence.snapshot.promotion.known() {
            let text = "nothing was ever promoted: there is nothing to go back to".to_owned();
            notes.block(Topic::NotThere, None, text);
        }
        return;
    };
    let Some(previous) = before.previous else {
        let text = format!("the promotion of {} does not say what was before it", name(before));
        return notes.block(Topic::NotThere, None, text);
    };
    let to = image_of(scene, previous);
    let text = format!("the next rollout brings {} in place of {}", words(Some(previous), to), name(before));
    notes.fact(Topic::Version, None, text);
    if let Some(id) = to {
        there(scene, id, notes);
        tested(scene, id, false, notes);
    } else if scene.evidence.snapshot.builds_whole() {
        let text = format!("version {previous} is not among the launch template's: it may be deleted");
        notes.block(Topic::NotThere, None, text);
    }
    consequences(scene, before.image.as_deref(), to, notes);
}

fn name(promotion: &Promotion) -> String {
    words(promotion.version, promotion.image.as_deref())
}

/// Whether the AMI is there to start from.
fn there(scene: &Scene<'_>, id: &str, notes: &mut Notes) {
    let snapshot = scene.evidence.snapshot;
    let subject = Some(Subject::Image(id.to_owned()));
    match image(snapshot, id) {
        Some(one) if one.state == "available" => {}
        Some(one) => notes.block(Topic::NotThere, subject, format!("{id} is {}: it has to be available", one.state)),
        None if snapshot.images.complete() && snapshot.builds_whole() => {
            notes.block(Topic::NotThere, subject, format!("{id} is not among the AMIs that were read"));
        }
        None => {}
    }
}

/// A promotion of what is older is a way back, and may surprise.
fn older(scene: &Scene<'_>, from: Option<&str>, to: &str, notes: &mut Notes) {
    let created = |id: &str| image(scene.evidence.snapshot, id).and_then(|one| one.created_at);
    if let (Some(old), Some(new)) = (from.and_then(created), created(to))
        && new < old
    {
        let text = format!("{to} is older than what is promoted now");
        notes.warn(Topic::Version, Some(Subject::Image(to.to_owned())), text);
    }
}

fn consequences(scene: &Scene<'_>, from: Option<&str>, to: Option<&str>, notes: &mut Notes) {
    differences(scene, from, to, notes);
    runs(scene, notes);
    until_rotation(scene, notes);
}
