//! What new instances start from: versions of the launch template, and the AMIs that they name.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::fleet::build::BuildTest;
use crate::fleet::contents::Contents;
use crate::fleet::finding::Subject;
use crate::fleet::policy::{plural, span};
use crate::fleet::promotion::Promotion;
use crate::fleet::schedule::Duty;

/// The promotion that holds.
pub(super) fn promotion<'a>(scene: &Scene<'a>) -> Option<&'a Promotion> {
    scene.evidence.snapshot.promotion.rows.as_ref()
}

/// The one launch template of the fleet's groups; `None`: there are several, or none.
pub(super) fn template<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let groups = &scene.evidence.snapshot.groups.rows;
    let mut ids = groups.iter().filter_map(|group| group.launch_template.as_ref()).map(|one| one.id.as_str());
    let first = ids.next()?;
    ids.all(|id| id == first).then_some(first)
}

/// The AMI that a version of the fleet's launch template names.
pub(super) fn image_of<'a>(scene: &Scene<'a>, number: u64) -> Option<&'a str> {
    let template = template(scene);
    let versions = &scene.evidence.snapshot.builds.rows.versions;
    let found = versions.iter().find(|one| one.number == number && template.is_none_or(|id| one.template == id));
    let named = promotion(scene).filter(|one| one.version == Some(number)).and_then(|one| one.image.as_deref());
    found.and_then(|one| one.image.as_deref()).or(named)
}

/// `version 7 (ami-0abc)`.
pub(super) fn words(number: Option<u64>, image: Option<&str>) -> String {
    let number = number.map_or_else(|| "an unknown version".to_owned(), |number| format!("version {number}"));
    image.map_or_else(|| number.clone(), |image| format!("{number} ({image})"))
}

/// What differs between two AMIs, where that is known.
pub(super) fn differences(scene: &Scene<'_>, from: Option<&str>, to: Option<&str>, notes: &mut Notes) {
    let (Some(from), Some(to)) = (from, to) else { return };
    let of = |id| Contents::of(scene.evidence.snapshot, id);
    let differing: Vec<String> = of(from).differences(&of(to)).iter().map(|one| one.words()).collect();
    let text = match differing.as_slice() {
        [] if from == to => return,
        [] => "nothing is known to differ inside of the two AMIs".to_owned(),
        some => some.join(", "),
    };
    notes.fact(Topic::Version, None, text);
}

/// How many instances run each AMI.
pub(super) fn runs(scene: &Scene<'_>, notes: &mut Notes) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for id in scene.evidence.view.instances.iter().filter_map(|row| row.image.id.as_deref()) {
        *counts.entry(id).or_default() += 1;
    }
    let said: Vec<String> =
        counts.into_iter().map(|(id, count)| format!("{id} on {}", plural(count, "instance"))).collect();
    if !said.is_empty() {
        notes.fact(Topic::Version, None, format!("now running: {}", said.join(", ")));
    }
}

/// Whether the AMI's test has passed. `firm`: the runbook refuses one whose test is not known to have passed.
pub(super) fn tested(scene: &Scene<'_>, image: &str, firm: bool, notes: &mut Notes) {
    let builds = &scene.evidence.snapshot.builds;
    let subject = || Some(Subject::Image(image.to_owned()));
    let text = match builds.rows.of(image).map(|build| build.test.as_ref()) {
        Some(Some(BuildTest::Passed)) => {
            return notes.fact(Topic::Tested, subject(), format!("{image} has passed its test"));
        }
        Some(Some(BuildTest::Failed)) if !firm => {
            return notes.block(Topic::Tested, subject(), format!("{image} has failed its test"));
        }
        Some(Some(test)) => format!("the test of {image} is {test}"),
        Some(None) => format!("{image} does not say that it was tested"),
        None if builds.complete() => format!("{image} was not baked for this fleet: no test is known"),
        // What was not read is told once, for the whole plan.
        None => return,
    };
    match firm {
        true => notes.block(Topic::Tested, subject(), format!("{text}: the runbook refuses it")),
        false => notes.warn(Topic::Tested, subject(), text),
    }
}

/// When the fleet does that by itself next.
pub(super) fn next(scene: &Scene<'_>, duty: Duty) -> Option<Timestamp> {
    let cluster = &scene.evidence.snapshot.scope.cluster;
    let schedules = scene.evidence.snapshot.schedules.rows.iter();
    let own = schedules.filter(|one| one.duty(cluster) == Some(duty));
    own.filter_map(|one| scene.evidence.snapshot.next_run(one, scene.request.now)).min()
}

/// `in 3 h 10 m (17:40 UTC)`.
pub(super) fn when(scene: &Scene<'_>, at: Timestamp) -> String {
    format!("in {} ({} UTC)", span(at.duration_since(scene.request.now)), at.strftime("%H:%M"))
}

/// Until when everything stays as it runs.
pub(super) fn until_rotation(scene: &Scene<'_>, notes: &mut Notes) {
    match next(scene, Duty::Rotate) {
        Some(at) => {
            let text = format!("no instance is replaced until the next rotation, {}", when(scene, at));
            notes.fact(Topic::Schedule, None, text);
        }
        None if scene.evidence.snapshot.schedules.complete() => {
            let text = "no rotation is scheduled: instances stay as they are until somebody rolls out".to_owned();
            notes.warn(Topic::Schedule, None, text);
        }
        None => {
            let text = "no instance is replaced until the next rotation; when that is is not known".to_owned();
            notes.fact(Topic::Schedule, None, text);
        }
    }
}
