//! Tasks that may be placed where they have to leave again.

use std::collections::BTreeSet;

use super::Topic;
use super::notes::Notes;
use super::scene::{RETIRING, Scene, is_daemon, only};
use crate::fleet::finding::Subject;
use crate::fleet::policy::plural;
use crate::fleet::service::Service;

/// Names of services in a note.
const NAMES: usize = 3;

/// Services whose constraints let their tasks onto instances that are to go too: other targets, and those that are over age.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let next = scene.targets.len().saturating_sub(1) + over_age(scene);
    if next == 0 {
        return;
    }
    let tasks = scene.targets.iter().flat_map(|row| scene.evidence.tasks(&row.tasks));
    let names: BTreeSet<&str> = tasks.filter(|task| task.wanted()).filter_map(|task| task.service()).collect();
    careless(names, scene, &format!("{} next to go", plural(next, "instance")), only(&scene.targets), notes);
}

/// Names those of the services that do not keep off what retires.
pub(super) fn careless(
    names: BTreeSet<&str>,
    scene: &Scene<'_>,
    whereto: &str,
    subject: Option<Subject>,
    notes: &mut Notes,
) {
    let careless =
        names.into_iter().filter(|name| scene.service(name).is_some_and(|one| !is_daemon(one) && !avoids(one)));
    let careless: Vec<&str> = careless.collect();
    let Some(named) = careless.get(..careless.len().min(NAMES)).filter(|named| !named.is_empty()) else { return };
    let more = if careless.len() > NAMES { ", …" } else { "" };
    let text = format!(
        "{} ({}{more}) may start tasks on {whereto}: no constraint `attribute:{RETIRING} !exists`",
        plural(careless.len(), "service"),
        named.join(", "),
    );
    notes.warn(Topic::Hops, subject, text);
}

/// Whether it keeps off instances that retire.
fn avoids(service: &Service) -> bool {
    let words = |text: &String| text.replace("not_exists", "!exists").split_whitespace().collect::<Vec<_>>().join(" ");
    service.placement_constraints.iter().any(|text| words(text).contains(&format!("attribute:{RETIRING} !exists")))
}

/// Instances beside the targets that are older than the fleet allows and take tasks.
fn over_age(scene: &Scene<'_>) -> usize {
    let rest = scene.rest(&scene.targets);
    let age = |row| scene.fleet.age(row, scene.request.now).value();
    rest.iter().filter(|space| age(space.row).is_some_and(|age| age > scene.evidence.policy.max_age)).count()
}
