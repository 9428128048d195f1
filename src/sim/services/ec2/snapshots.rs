//! Snapshots of volumes.

use serde_json::{Value, json};

use super::super::page::{compact, seconds, tag_list, text, texts};
use super::filter::{Filters, tag_values};
use super::{Paging, all_known, paged};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::image::Snapshot;

/// Filters of `DescribeSnapshots` that this world can tell
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html>).
const FILTERS: [&str; 8] =
    ["description", "owner-id", "snapshot-id", "status", "storage-tier", "tag-key", "tag-value", "volume-id"];

/// `DescribeSnapshots`: those that this account owns; pages of 5 to 1,000, which cannot be combined with ids
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSnapshots.html>).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "SnapshotIds");
    all_known("InvalidSnapshot.NotFound", "snapshot", &ids, |id| world.snapshots.contains_key(id))?;
    let owners = texts(call.input, "OwnerIds");
    let mine = owners.is_empty() || owners.iter().any(|owner| *owner == "self" || *owner == world.account);
    let filters = Filters::read(call.input, &FILTERS)?;
    let found = world.snapshots.values().filter(|snapshot| {
        mine && (ids.is_empty() || ids.contains(&snapshot.id.as_str()))
            && filters.pass(|name| values(world, snapshot, name))
    });
    let paging = Paging { least: 5, most: 1000, ids: Some("SnapshotIds") };
    paged(call, &paging, "Snapshots", found.map(|one| (one.id.clone(), describe_one(world, one))))
}

fn state(snapshot: &Snapshot) -> &'static str {
    if snapshot.complete { "completed" } else { "pending" }
}

fn values(world: &World, snapshot: &Snapshot, name: &str) -> Vec<String> {
    if let Some(values) = tag_values(name, &snapshot.tags) {
        return values;
    }
    vec![match name {
        "description" => snapshot.description.clone(),
        "owner-id" => world.account.clone(),
        "snapshot-id" => snapshot.id.clone(),
        "status" => state(snapshot).into(),
        "storage-tier" => "standard".into(),
        "volume-id" => snapshot.volume_id.clone(),
        _ => return Vec::new(),
    }]
}

fn describe_one(world: &World, snapshot: &Snapshot) -> Value {
    compact(json!({
        "SnapshotId": snapshot.id,
        "VolumeId": snapshot.volume_id,
        "Description": snapshot.description,
        "Encrypted": true,
        "OwnerId": world.account,
        "Progress": if snapshot.complete { "100%" } else { "0%" },
        "StartTime": seconds(snapshot.started_at),
        "State": state(snapshot),
        "StorageTier": "standard",
        "VolumeSize": 30,
        "Tags": (!snapshot.tags.is_empty()).then(|| tag_list(&snapshot.tags, "Key", "Value")),
    }))
}

/// `DeleteSnapshot`: not the root snapshot of an AMI that is registered
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSnapshot.html>). One that is not complete is gone
/// once it is (<https://docs.aws.amazon.com/ebs/latest/userguide/ebs-deleting-snapshot.html>); here it is gone at once.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "SnapshotId").unwrap_or_default();
    all_known("InvalidSnapshot.NotFound", "snapshot", &[id], |id| world.snapshots.contains_key(id))?;
    if let Some(image) = world.images.values().find(|image| image.snapshot_id == id) {
        let message = format!("The snapshot {id} is currently in use by {}", image.id);
        return Err(Fault::new("InvalidSnapshot.InUse", message));
    }
    world.snapshots.remove(id);
    Ok(json!({}))
}
