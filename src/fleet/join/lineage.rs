//! The AMIs that matter to a fleet: baked here, promoted, or run by its instances.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use super::index::Index;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::{InstanceRow, Known, LineageRow};

/// One row for each AMI, the newest first; those of which nobody knows when they were made come last.
pub(super) fn rows(snapshot: &Snapshot, index: &Index<'_>, instances: &[InstanceRow]) -> Vec<LineageRow> {
    let builds = &snapshot.builds.rows;
    let mut found: BTreeMap<&str, LineageRow> = BTreeMap::new();
    for (at, build) in builds.images.iter().enumerate() {
        entry(&mut found, &build.image.id).build = Some(at);
    }
    for (at, version) in builds.versions.iter().enumerate() {
        let image = version.image.as_deref().filter(|image| image.starts_with("ami-"));
        if let Some(image) = image {
            entry(&mut found, image).versions.push(at);
        }
    }
    if let Some(image) = snapshot.promotion.rows.as_ref().and_then(|promotion| promotion.image.as_deref()) {
        entry(&mut found, image).promoted = true;
    }
    let mut count: HashMap<&str, u32> = HashMap::new();
    for image in instances.iter().filter_map(|row| row.image.id.as_deref()) {
        entry(&mut found, image);
        *count.entry(image).or_default() += 1;
    }
    let all_told = instances.iter().all(|row| row.image.id.is_some());
    let executions: HashMap<&str, usize> =
        snapshot.executions.rows.iter().enumerate().map(|(at, one)| (one.id.as_str(), at)).collect();
    let mut rows: Vec<LineageRow> = found.into_values().collect();
    for row in &mut rows {
        row.image = index.images.get(row.id.as_str()).copied();
        row.instances = known(snapshot, all_told, count.get(row.id.as_str()).copied().unwrap_or_default());
        let bake = row.build.and_then(|at| builds.images.get(at)?.bake.as_deref());
        row.bake = bake.and_then(|id| executions.get(id)).copied();
    }
    rows.sort_by_cached_key(|row| (Reverse(created_at(snapshot, row)), row.id.clone()));
    rows
}

fn entry<'a, 'b>(found: &'b mut BTreeMap<&'a str, LineageRow>, id: &'a str) -> &'b mut LineageRow {
    found.entry(id).or_insert_with(|| LineageRow { id: id.to_owned(), ..LineageRow::default() })
}

fn created_at(snapshot: &Snapshot, row: &LineageRow) -> Option<jiff::Timestamp> {
    let build = row.build.and_then(|at| snapshot.builds.rows.images.get(at)).map(|build| &build.image);
    build.or_else(|| snapshot.images.rows.images.get(row.image?))?.created_at
}

/// A machine that one of the panels did not bring, or of which EC2 does not tell yet, may run any AMI.
fn known(snapshot: &Snapshot, all_told: bool, count: u32) -> Known<u32> {
    let (ecs, ec2) = (&snapshot.container_instances, &snapshot.ec2_instances);
    match (all_told && ec2.complete() && snapshot.groups_known(), ecs.known() || ec2.known()) {
        (true, _) => Known::Exactly(count),
        (false, true) => Known::AtLeast(count),
        (false, false) => Known::Unknown,
    }
}
