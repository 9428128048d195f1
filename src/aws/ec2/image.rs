//! AMIs: those in use, those that instances should run, and the builds of the same lineages.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_ec2::types::{Filter, Image as Described};
use jiff::Timestamp;

use super::{FILTER_VALUES, PAGE, filter, launch_template};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, in_batches, without_repeats};
use crate::aws::ssm;
use crate::fleet::image::{ExpectedFrom, ExpectedImage, Image, Images, lineage_pattern};
use crate::fleet::reading::{Failure, FailureKind};

/// AWS's parameters of the ECS-optimized Amazon Linux 2023, for x86_64 and for arm64.
const OPTIMIZED: [&str; 2] = [
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended",
    "/aws/service/ecs/optimized-ami/amazon-linux-2023/arm64/recommended",
];
/// How a launch template refers to a parameter; a version or label may follow behind a colon.
const BY_PARAMETER: &str = "resolve:ssm:";

/// A launch template by group: (group, template id, version).
type Template = (String, String, String);

/// The AMIs `ids`, the expected ones, and every build of their lineages.
///
/// What instances should run is what `parameter` says; without one, each group's template; without any,
/// AWS's parameter of the ECS-optimized AMI. A source that cannot be read is not replaced by the next one:
/// then it is not known what instances should run.
pub(in crate::aws) async fn read(
    calls: &Calls,
    ids: &[String],
    templates: &[Template],
    parameter: Option<&str>,
) -> Gathered<Images> {
    let (mut images, mut expected) = futures::join!(by_id(calls, ids), configured(calls, templates, parameter));
    if parameter.is_none() && templates.is_empty() {
        expected.join(optimized(calls, &images.rows).await);
    }
    add_lineages(calls, &mut images).await;
    let known: BTreeSet<&str> = images.rows.iter().map(|image| image.id.as_str()).collect();
    let wanted: BTreeSet<String> =
        expected.rows.iter().map(|e| e.image_id.clone()).filter(|id| !known.contains(id.as_str())).collect();
    if !wanted.is_empty() {
        let mut others = by_id(calls, &Vec::from_iter(wanted)).await;
        add_lineages(calls, &mut others).await;
        images.join(others);
    }
    without_repeats(&mut images.rows, |image| &image.id);
    finish(images, expected)
}

fn finish(images: Harvest<Image>, expected: Harvest<ExpectedImage>) -> Gathered<Images> {
    let mut missing = images.missing;
    missing.extend(expected.missing);
    let failure = missing.iter().find_map(|missing| missing.failure.as_ref());
    if let Some(failure) = failure.filter(|_| images.rows.is_empty() && expected.rows.is_empty()) {
        return Err(failure.clone());
    }
    Ok((Images { images: images.rows, expected: expected.rows, types: Vec::new() }, missing))
}

/// By a filter and not by ids: an id that is gone would fail the whole call.
async fn by_id(calls: &Calls, ids: &[String]) -> Harvest<Image> {
    in_batches("AMIs", ids, FILTER_VALUES, |ids| async {
        Ok::<_, Refusal>(describe(calls, source(None, filter("image-id", ids)), convert).await)
    })
    .await
}

/// Adds the builds of the lineages that `images` belong to.
async fn add_lineages(calls: &Calls, images: &mut Harvest<Image>) {
    let lineages: BTreeSet<(String, String)> =
        images.rows.iter().map(|image| (image.owner.clone(), lineage_pattern(&image.name))).collect();
    // A name without a build number has no further builds.
    let lineages: Vec<(String, String)> = lineages.into_iter().filter(|(_, name)| name.contains('*')).collect();
    let builds = in_batches("AMI lineages", &lineages, 1, |lineage| async {
        let mut harvest = Harvest::default();
        for (owner, name) in lineage {
            harvest.join(describe(calls, source(Some(owner), filter("name", vec![name])), convert).await);
        }
        Ok::<_, Refusal>(harvest)
    })
    .await;
    images.join(builds);
}

fn source(owner: Option<String>, filter: Filter) -> Source {
    Source { noun: "AMIs", owner, filter }
}

/// Which AMIs are asked for.
pub(super) struct Source {
    /// What they are called where they are missing.
    pub(super) noun: &'static str,
    /// Who owns them; `None`: anybody.
    pub(super) owner: Option<String>,
    /// What they have in common.
    pub(super) filter: Filter,
}

/// The AMIs of a source, deprecated ones included, each as `convert` gives it.
pub(super) async fn describe<T>(calls: &Calls, source: Source, convert: fn(&Described) -> Option<T>) -> Harvest<T> {
    let Source { noun, owner, filter } = source;
    all_pages(noun, |token| async {
        let request = calls
            .clients
            .ec2
            .describe_images()
            .set_owners(owner.clone().map(|owner| vec![owner]))
            .filters(filter.clone())
            .include_deprecated(true)
            .max_results(PAGE)
            .set_next_token(token);
        let output = calls.call(Family::Ec2Filtered, "ec2:DescribeImages", request.send()).await?;
        Ok::<_, Refusal>(Page { rows: output.images().iter().filter_map(convert).collect(), next: output.next_token })
    })
    .await
}

async fn configured(calls: &Calls, templates: &[Template], parameter: Option<&str>) -> Harvest<ExpectedImage> {
    if let Some(name) = parameter {
        return by_parameter(calls, name, ExpectedFrom::Parameter(words(Some(name)))).await;
    }
    let mut groups: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (group, id, version) in templates {
        groups.entry((id.clone(), version.clone())).or_default().push(group.clone());
    }
    let groups: Vec<((String, String), Vec<String>)> = groups.into_iter().collect();
    in_batches("launch templates", &groups, 1, |some| async {
        let mut harvest = Harvest::default();
        for ((id, version), groups) in some {
            let what = format!("launch template {} {}", words(Some(&id)), words(Some(&version)));
            match by_template(calls, &id, &version).await {
                Ok((image_id, from)) => harvest.land(groups.into_iter().map(|group| ExpectedImage {
                    group: Some(group),
                    image_id: image_id.clone(),
                    from: from.clone(),
                })),
                Err(refusal) => harvest.lack(what, refusal),
            }
        }
        Ok::<_, Refusal>(harvest)
    })
    .await
}

async fn by_template(calls: &Calls, id: &str, version: &str) -> Result<(String, ExpectedFrom), Refusal> {
    let launches = launch_template::read(calls, id, version).await?;
    let Some((image, version)) = launches.and_then(|launches| Some((launches.image?, launches.version))) else {
        return Err(no_image());
    };
    let image = match image.strip_prefix(BY_PARAMETER) {
        Some(parameter) => ssm::image(calls, parameter).await?,
        None => image,
    };
    Ok((image, ExpectedFrom::LaunchTemplate(words(Some(id)), version)))
}

fn no_image() -> Refusal {
    let failure = Failure {
        kind: FailureKind::Failed,
        operation: "ec2:DescribeLaunchTemplateVersions".to_owned(),
        message: "the launch template names no AMI".to_owned(),
        hint: Some("name an SSM parameter that holds the AMI in the configuration".to_owned()),
        request_id: None,
    };
    Refusal { failure, code: None }
}

/// The ECS-optimized AMI of the architecture that most of the AMIs in use have.
async fn optimized(calls: &Calls, in_use: &[Image]) -> Harvest<ExpectedImage> {
    let arm = in_use.iter().filter(|image| image.architecture.as_deref() == Some("arm64")).count();
    let [x86_64, arm64] = OPTIMIZED;
    let name = if arm * 2 > in_use.len() { arm64 } else { x86_64 };
    by_parameter(calls, name, ExpectedFrom::EcsOptimized(name.to_owned())).await
}

async fn by_parameter(calls: &Calls, name: &str, from: ExpectedFrom) -> Harvest<ExpectedImage> {
    let mut harvest = Harvest::default();
    match ssm::image(calls, name).await {
        Ok(image_id) => harvest.land([ExpectedImage { group: None, image_id, from }]),
        Err(refusal) => harvest.lack("the AMI that instances should run", refusal),
    }
    harvest
}

pub(super) fn convert(image: &Described) -> Option<Image> {
    Some(Image {
        id: maybe(image.image_id())?,
        name: words(image.name()),
        owner: words(image.owner_id()),
        created_at: moment(image.creation_date()),
        state: words(image.state().map(|state| state.as_str())),
        architecture: maybe(image.architecture().map(|architecture| architecture.as_str())),
        deprecated_at: moment(image.deprecation_time()),
    })
}

/// EC2 gives the times of an image as text.
fn moment(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}
