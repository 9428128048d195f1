//! How each machine's AMI stands to the one that it should run.

use std::collections::HashMap;

use crate::fleet::image::{ExpectedFrom, ExpectedImage, Image, Images, lineage_pattern};
use crate::fleet::reading::Reading;
use crate::fleet::view::ImageStanding;

/// What makes two AMIs builds of one thing: owner, architecture and the pattern of their names.
type Lineage<'a> = (&'a str, Option<&'a str>, String);

/// The images panel, arranged for look-ups.
pub(super) struct Lineages<'a> {
    reading: &'a Reading<Images>,
    /// Whether every group was read, so that one without a launch template has none.
    groups_known: bool,
    by_id: HashMap<&'a str, (&'a Image, Lineage<'a>)>,
    /// Creation times of the usable builds of a lineage, sorted.
    builds: HashMap<Lineage<'a>, Vec<jiff::Timestamp>>,
}

impl<'a> Lineages<'a> {
    pub(super) fn of(reading: &'a Reading<Images>, groups_known: bool) -> Self {
        let mut by_id = HashMap::new();
        for image in &reading.rows.images {
            by_id.entry(image.id.as_str()).or_insert_with(|| (image, lineage(image)));
        }
        let mut builds: HashMap<Lineage<'a>, Vec<jiff::Timestamp>> = HashMap::new();
        for (image, lineage) in by_id.values() {
            if let (Some(at), "available") = (image.created_at, image.state.as_str()) {
                builds.entry(lineage.clone()).or_default().push(at);
            }
        }
        builds.values_mut().for_each(|times| times.sort_unstable());
        Self { reading, groups_known, by_id, builds }
    }

    /// The standing of a machine of `group` that runs `image`.
    pub(super) fn standing(&self, image: Option<&str>, group: Option<&str>) -> ImageStanding {
        let expected = self.reading.get().and_then(|images| images.expected_for(group));
        // AWS's own is the last resort: a launch template that was not read would come before it.
        let last = |expected: &&ExpectedImage| matches!(expected.from, ExpectedFrom::EcsOptimized(_));
        let expected = expected.filter(|expected| self.groups_known || !last(expected));
        let mut standing = ImageStanding {
            id: image.map(str::to_owned),
            name: image.and_then(|id| self.by_id.get(id)).map(|(image, _)| image.name.clone()),
            expected: expected.map(|expected| expected.image_id.clone()),
            ..ImageStanding::default()
        };
        if let (Some(id), Some(expected)) = (image, expected) {
            (standing.builds_behind, standing.days_behind) = self.behind(id, &expected.image_id);
        }
        standing
    }

    /// Builds and days from `id` to `expected`, as far as they can be told. A build ahead of the expected one is 0 behind.
    fn behind(&self, id: &str, expected: &str) -> (Option<u32>, Option<u32>) {
        if id == expected {
            return (Some(0), Some(0));
        }
        let (Some((own, own_lineage)), Some((target, target_lineage))) = (self.by_id.get(id), self.by_id.get(expected))
        else {
            return (None, None);
        };
        let (Some(from), Some(to)) = (own.created_at, target.created_at) else { return (None, None) };
        let days = to.duration_since(from).as_hours().max(0) / 24;
        let days = u32::try_from(days).ok();
        if own_lineage != target_lineage || !self.reading.complete() {
            return (None, days);
        }
        (u32::try_from(self.between(own_lineage, from, to)).ok(), days)
    }

    /// Builds after `from` up to and with the one created at `to`, which counts even when it is no longer available.
    fn between(&self, lineage: &Lineage<'a>, from: jiff::Timestamp, to: jiff::Timestamp) -> usize {
        if to <= from {
            return 0;
        }
        let times = self.builds.get(lineage).map_or(&[][..], Vec::as_slice);
        let after = times.partition_point(|&at| at <= from);
        let before = times.partition_point(|&at| at < to);
        before.saturating_sub(after) + 1
    }
}

fn lineage(image: &Image) -> Lineage<'_> {
    (&image.owner, image.architecture.as_deref(), lineage_pattern(&image.name))
}
