//! An AMI that is built, tested and promoted.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use super::version::{next, promotion, until_rotation, when, words};
use crate::fleet::policy::span;
use crate::fleet::schedule::Duty;

/// What is built from what, how it is tested, and what follows.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let cluster = &scene.evidence.snapshot.scope.cluster;
    let base = "built from the newest ECS-optimized Amazon Linux that AWS recommends";
    let promoted = promotion(scene).map(|one| {
        let source = one.source.as_ref().map(|source| format!(", made from {source}")).unwrap_or_default();
        let at = one.at.map(|at| format!(" since {}", span(scene.request.now.duration_since(at)))).unwrap_or_default();
        format!("; now promoted{at}: {}{source}", words(one.version, one.image.as_deref()))
    });
    notes.fact(Topic::Version, None, format!("{base}{}", promoted.unwrap_or_default()));
    let test = format!(
        "it has to boot, join cluster {cluster}-bake and run a task there to its end; if it does not, it is deleted and nothing changes"
    );
    notes.fact(Topic::Tested, None, test);
    last(scene, notes);
    let promotes = scene.request.values.get("Promote").and_then(|values| values.first());
    if promotes.is_some_and(|value| value == "false") {
        notes.fact(
            Topic::Version,
            None,
            "it is not promoted: instances start from what they start from now".to_owned(),
        );
    } else {
        notes.fact(Topic::Version, None, "once its test has passed it is promoted".to_owned());
        until_rotation(scene, notes);
    }
    if let Some(at) = next(scene, Duty::Bake) {
        notes.fact(Topic::Schedule, None, format!("the fleet bakes by itself next {}", when(scene, at)));
    }
}

/// How the last bake went.
fn last(scene: &Scene<'_>, notes: &mut Notes) {
    let executions = scene.evidence.snapshot.executions.rows.iter();
    let of_bakes = executions.filter(|one| one.document == scene.request.runbook.name && one.parent.is_none());
    let cluster = &scene.evidence.snapshot.scope.cluster;
    let mut own =
        of_bakes.filter(|one| one.status.is_over() && !one.refused_by_freeze() && one.is_of(cluster) != Some(false));
    let Some(one) = own.next().filter(|one| one.status.is_bad()) else { return };
    let ago = one.ended_at.map(|at| format!(" {} ago", span(scene.request.now.duration_since(at)))).unwrap_or_default();
    let why = one.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    notes.warn(Topic::Tested, None, format!("the last bake ended as {}{ago}{why}", one.status));
}
