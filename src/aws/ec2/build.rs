//! AMIs that were baked for a fleet, and the versions of its launch templates.

use aws_sdk_ec2::types::{Image as Described, LaunchTemplateVersion};

use super::filter;
use super::image::{Source, convert, describe};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, in_batches};
use crate::fleet::build::{BAKE_TAG, Build, Builds, FLEET_TAG, SOURCE_TAG, TEST_TAG, TemplateVersion};

/// Versions of a template that are read, the newest first: the largest page. Older ones are history.
const NEWEST: i32 = 200;
/// An owner that stands for the account that asks.
const OURS: &str = "self";

/// The AMIs with the fleet's tag, and the newest versions of the `templates`. What fails takes down its own part alone.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str, templates: &[String]) -> Gathered<Builds> {
    let (mut images, versions) = futures::join!(images(calls, cluster), versions(calls, templates));
    images.rows.sort_by(|a, b| (b.image.created_at, &a.image.id).cmp(&(a.image.created_at, &b.image.id)));
    let mut missing = images.missing;
    missing.extend(versions.missing);
    let failure = missing.iter().find_map(|missing| missing.failure.as_ref());
    if let Some(failure) = failure.filter(|_| images.rows.is_empty() && versions.rows.is_empty()) {
        return Err(failure.clone());
    }
    Ok((Builds { images: images.rows, versions: versions.rows }, missing))
}

async fn images(calls: &Calls, cluster: &str) -> Harvest<Build> {
    let tagged = filter(&format!("tag:{FLEET_TAG}"), vec![cluster.to_owned()]);
    describe(calls, Source { noun: "baked AMIs", owner: Some(OURS.to_owned()), filter: tagged }, build).await
}

fn build(image: &Described) -> Option<Build> {
    let tag = |name: &str| {
        let tag = image.tags().iter().find(|tag| tag.key() == Some(name));
        maybe(tag.and_then(|tag| tag.value()))
    };
    Some(Build {
        image: convert(image)?,
        source: tag(SOURCE_TAG),
        bake: tag(BAKE_TAG),
        test: tag(TEST_TAG).map(|test| word(&test)),
    })
}

async fn versions(calls: &Calls, templates: &[String]) -> Harvest<TemplateVersion> {
    in_batches("launch templates", templates, 1, |templates| async {
        let mut harvest = Harvest::default();
        for id in templates {
            harvest.land(newest(calls, &id).await?);
        }
        Ok::<_, Refusal>(harvest)
    })
    .await
}

async fn newest(calls: &Calls, id: &str) -> Result<Vec<TemplateVersion>, Refusal> {
    let request = calls.clients.ec2.describe_launch_template_versions().launch_template_id(id).max_results(NEWEST);
    let output = calls.call(Family::Ec2Filtered, "ec2:DescribeLaunchTemplateVersions", request.send()).await?;
    let mut rows: Vec<TemplateVersion> = output.launch_template_versions().iter().filter_map(version).collect();
    rows.sort_by_key(|version| std::cmp::Reverse(version.number));
    Ok(rows)
}

fn version(version: &LaunchTemplateVersion) -> Option<TemplateVersion> {
    Some(TemplateVersion {
        template: words(version.launch_template_id()),
        number: version.version_number().and_then(|number| u64::try_from(number).ok())?,
        description: maybe(version.version_description()),
        image: maybe(version.launch_template_data().and_then(|data| data.image_id())),
        created_at: time(version.create_time()),
        created_by: maybe(version.created_by()),
        default: version.default_version().unwrap_or_default(),
    })
}
