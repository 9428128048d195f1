//! Rules about AMIs.

use std::collections::HashMap;

use super::evidence::{Evidence, about};
use super::words::plural;
use crate::fleet::build::{BuildTest, Builds};
use crate::fleet::finding::{Finding, Rule, Severity};
use crate::fleet::image::{ExpectedFrom, Image};
use crate::fleet::view::InstanceRow;

/// How the AMI of a machine differs from the expected one.
enum Difference<'a> {
    /// An older build.
    Older,
    /// A younger build of the same lineage than the promoted one.
    Younger(&'a Image),
    /// Another lineage.
    Foreign(&'a Image, &'a Image),
}

/// Rows that run another AMI than they should and stay, with what differs, as far as both AMIs could be read.
fn differing<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = (&'a InstanceRow, Difference<'a>)> {
    evidence.view.instances.iter().filter(|row| !evidence.is_leaving(row)).filter_map(|row| {
        let (own, expected) = (row.image.id.as_deref()?, row.image.expected.as_deref()?);
        if own == expected {
            return None;
        }
        let (own, expected) = (evidence.image(own)?, evidence.image(expected)?);
        if !own.is_build_of(expected) {
            return Some((row, Difference::Foreign(own, expected)));
        }
        let younger = own.created_at? > expected.created_at?;
        Some((row, if younger { Difference::Younger(own) } else { Difference::Older }))
    })
}

/// A few builds behind are the normal state between two rotations; more means that rotation does not take place.
pub(super) fn behind(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for (row, difference) in differing(evidence) {
        let Difference::Older = difference else { continue };
        let policy = evidence.policy;
        let (builds, days) = (row.image.builds_behind, row.image.days_behind);
        let far = match (builds, days) {
            (Some(builds), _) => builds > policy.max_builds_behind,
            (None, Some(days)) => days > policy.max_days_behind,
            (None, None) => false,
        };
        let distance: Vec<String> =
            [builds.map(|builds| plural(builds, "build")), days.map(|days| plural(days, "day"))]
                .into_iter()
                .flatten()
                .collect();
        let expected = row.image.expected.as_deref().unwrap_or_default();
        let own = row.image.id.as_deref().unwrap_or_default();
        findings.push(
            Finding::new(
                Rule::AmiBehind,
                if far { Severity::Warning } else { Severity::Info },
                about(row),
                format!("{own} is {} behind {expected}", distance.join(", ")),
            )
            .advise("Recycle the instance to start from the promoted AMI."),
        );
    }
}

/// An AMI that nobody promoted was never proven. AWS's own AMI is only a default: not to run it is a decision.
pub(super) fn unpromoted(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let images = &evidence.snapshot.images.rows;
    for (row, difference) in differing(evidence) {
        let from = images.expected_for(row.group.as_deref()).map(|expected| &expected.from);
        if matches!(from, None | Some(ExpectedFrom::EcsOptimized(_))) {
            continue;
        }
        let own = row.image.id.as_deref().unwrap_or_default();
        let cause = match (difference, never_promoted(evidence, own)) {
            (_, Some(cause)) => cause,
            (Difference::Older, None) => continue,
            (Difference::Younger(own), None) => match evidence.snapshot.builds.rows.versions_of(&own.id).next() {
                Some(version) => format!("{} was rolled back: it was promoted as version {}", own.id, version.number),
                None => format!("{} is newer than the promoted AMI", own.id),
            },
            (Difference::Foreign(own, expected), None) => {
                format!("{} ({}) is no build of {}", own.id, own.name, expected.name)
            }
        };
        let advice = match is_promotable(evidence, own) {
            true => "Promote the AMI, or recycle the instance to start from the promoted one.",
            false => "Recycle the instance to start from the promoted AMI.",
        };
        findings.push(Finding::new(Rule::AmiUnpromoted, Severity::Warning, about(row), cause).advise(advice));
    }
}

/// Whether it would be right to promote it: not one that failed its test, or that was promoted and taken back.
fn is_promotable(evidence: &Evidence<'_>, image: &str) -> bool {
    let builds = &evidence.snapshot.builds.rows;
    builds.of(image).is_none_or(|build| build.test == Some(BuildTest::Passed))
        && builds.versions_of(image).next().is_none()
}

/// Why an AMI that was baked for this fleet was never promoted, as far as that is sure: its test failed, or no version of a launch
/// template ever started from it.
fn never_promoted(evidence: &Evidence<'_>, image: &str) -> Option<String> {
    let builds = evidence.snapshot.builds.get()?;
    let build = builds.of(image)?;
    if builds.versions_of(image).next().is_some() {
        return None;
    }
    if build.test == Some(BuildTest::Failed) {
        return Some(format!("{image} failed its test"));
    }
    let snapshot = evidence.snapshot;
    let whole = snapshot.builds_whole() && all_versions(builds);
    whole.then(|| format!("{image} was baked for this fleet and never promoted"))
}

/// Whether the versions of every launch template are there from the first on: of one that was deleted nobody knows what it started
/// from, nor of one that names its AMI by a parameter.
fn all_versions(builds: &Builds) -> bool {
    let mut count: HashMap<&str, (u64, u64)> = HashMap::new();
    for version in &builds.versions {
        let (seen, newest) = count.entry(&version.template).or_default();
        *seen += 1;
        *newest = version.number.max(*newest);
    }
    let concrete = builds.versions.iter().all(|one| one.image.as_deref().is_none_or(|image| image.starts_with("ami-")));
    concrete && !count.is_empty() && count.values().all(|(seen, newest)| seen == newest)
}
