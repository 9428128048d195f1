//! AMIs that were baked for the fleet, and the versions of its launch templates that they became.

use jiff::Timestamp;

use super::image::Image;
use crate::aws_words;

/// Tag of everything of a fleet: the cluster's name.
pub const FLEET_TAG: &str = "quarterdeck:fleet";
/// Tag of a baked AMI: the AMI that it was made from.
pub const SOURCE_TAG: &str = "quarterdeck:source";
/// Tag of a baked AMI: the execution that baked it.
pub const BAKE_TAG: &str = "quarterdeck:bake";
/// Tag of a baked AMI: how its test went.
pub const TEST_TAG: &str = "quarterdeck:test";

aws_words! {
    /// How the test of a baked AMI went.
    BuildTest {
        Running = "running",
        Passed = "passed",
        Failed = "failed",
    }
}

/// An AMI that was baked for the fleet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Build {
    /// The AMI.
    pub image: Image,
    /// The AMI that it was made from.
    pub source: Option<String>,
    /// Id of the execution that baked it.
    pub bake: Option<String>,
    /// How its test went; `None`: it was not tested yet, or does not say.
    pub test: Option<BuildTest>,
}

/// A version of a launch template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateVersion {
    /// `lt-…`
    pub template: String,
    /// Number.
    pub number: u64,
    /// What was said of it when it was made.
    pub description: Option<String>,
    /// `ami-…`, or `resolve:ssm:…`; `None`: it names no AMI.
    pub image: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// Who made it.
    pub created_by: Option<String>,
    /// Whether it is the template's default.
    pub default: bool,
}

/// What the builds panel knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Builds {
    /// Baked AMIs, the newest first.
    pub images: Vec<Build>,
    /// Versions of the launch templates of the fleet's groups, the newest first.
    pub versions: Vec<TemplateVersion>,
}

impl Builds {
    /// The build of that AMI.
    #[must_use]
    pub fn of(&self, image: &str) -> Option<&Build> {
        self.images.iter().find(|build| build.image.id == image)
    }

    /// The versions that start from that AMI, the newest first.
    pub fn versions_of<'a>(&'a self, image: &'a str) -> impl Iterator<Item = &'a TemplateVersion> {
        self.versions.iter().filter(move |version| version.image.as_deref() == Some(image))
    }
}
