//! AMIs.

use serde_json::{Value, json};

use super::super::page::{compact, tag_list, texts};
use super::filter::{Filters, tag_values};
use super::{Paging, all_known, paged};
use crate::sim::call::{Answer, Call};
use crate::sim::world::World;
use crate::sim::world::image::Image;

/// Filters of `DescribeImages` that this world can tell ([EC2 API]).
const FILTERS: [&str; 14] = [
    "architecture",
    "creation-date",
    "description",
    "image-id",
    "image-type",
    "is-public",
    "name",
    "owner-alias",
    "owner-id",
    "root-device-type",
    "state",
    "tag-key",
    "tag-value",
    "virtualization-type",
];

/// `DescribeImages`: what this account owns or may launch. A deprecated AMI of another owner is hidden unless
/// `IncludeDeprecated` ([EC2 API]), or named by its id ([EC2 "Deprecate an AMI"]).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "ImageIds");
    all_known("InvalidAMIID.NotFound", "image id", &ids, |id| world.images.contains_key(id))?;
    let owners = texts(call.input, "Owners");
    let deprecated = call.input.get("IncludeDeprecated").and_then(Value::as_bool) == Some(true);
    let filters = Filters::read(call.input, &FILTERS)?;
    let found = world.images.values().filter(|image| {
        let mine = image.owner == world.account;
        let named = ids.contains(&image.id.as_str());
        let hidden = !mine && !named && !deprecated && image.deprecated_at.is_some_and(|at| at <= call.now);
        (ids.is_empty() || named)
            && !hidden
            && (mine || image.public)
            && (owners.is_empty() || owners.iter().any(|owner| owned_by(world, image, owner)))
            && filters.pass(|name| values(image, name))
    });
    let paging = Paging { least: 1, most: 1000, ids: None };
    paged(call, &paging, "Images", found.map(|image| (image.id.clone(), describe_one(image))))
}

/// An owner is `self`, an alias such as `amazon`, or an account id.
fn owned_by(world: &World, image: &Image, owner: &str) -> bool {
    match owner {
        "self" => image.owner == world.account,
        other => image.owner == other || image.owner_alias.as_deref() == Some(other),
    }
}

/// EC2 writes an AMI's times as text, to the millisecond.
pub(super) fn written(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string()
}

fn values(image: &Image, name: &str) -> Vec<String> {
    if let Some(values) = tag_values(name, &image.tags) {
        return values;
    }
    vec![match name {
        "architecture" => "x86_64".into(),
        "creation-date" => written(image.created_at),
        "description" => image.description.clone(),
        "image-id" => image.id.clone(),
        "image-type" => "machine".into(),
        "is-public" => image.public.to_string(),
        "name" => image.name.clone(),
        "owner-alias" => return image.owner_alias.clone().into_iter().collect(),
        "owner-id" => image.owner.clone(),
        "root-device-type" => "ebs".into(),
        "state" => image.state.clone(),
        "virtualization-type" => "hvm".into(),
        _ => return Vec::new(),
    }]
}

fn describe_one(image: &Image) -> Value {
    let volume = json!({
        "DeleteOnTermination": true,
        "SnapshotId": image.snapshot_id,
        "VolumeSize": 30,
        "VolumeType": "gp3",
        "Encrypted": !image.public,
    });
    compact(json!({
        "ImageId": image.id,
        "Name": image.name,
        "Description": image.description,
        "ImageLocation": format!("{}/{}", image.owner_alias.as_ref().unwrap_or(&image.owner), image.name),
        "ImageOwnerAlias": image.owner_alias,
        "OwnerId": image.owner,
        "CreationDate": written(image.created_at),
        "DeprecationTime": image.deprecated_at.map(written),
        "State": image.state,
        "Public": image.public,
        "Architecture": "x86_64",
        "ImageType": "machine",
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
        "BlockDeviceMappings": [{ "DeviceName": "/dev/xvda", "Ebs": volume }],
        "EnaSupport": true,
        "Hypervisor": "xen",
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "VirtualizationType": "hvm",
        "BootMode": "uefi-preferred",
        "ImdsSupport": "v2.0",
        "Tags": tag_list(&image.tags, "Key", "Value"),
    }))
}
