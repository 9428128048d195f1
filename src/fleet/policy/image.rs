//! Rules about AMIs.

use super::evidence::{Evidence, about};
use super::words::plural;
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
        let cause = match difference {
            Difference::Older => continue,
            Difference::Younger(own) => format!("{} is newer than the promoted AMI", own.id),
            Difference::Foreign(own, expected) => format!("{} ({}) is no build of {}", own.id, own.name, expected.name),
        };
        findings.push(
            Finding::new(Rule::AmiUnpromoted, Severity::Warning, about(row), cause)
                .advise("Promote the AMI, or recycle the instance to start from the promoted one."),
        );
    }
}
