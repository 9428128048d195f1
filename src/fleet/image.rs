//! AMIs: which one an instance runs, which one it should run, and how many builds lie between.

use jiff::Timestamp;

/// An AMI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// `ami-…`
    pub id: String,
    /// Name, unique for its owner.
    pub name: String,
    /// Account that owns it.
    pub owner: String,
    /// When it was created.
    pub created_at: Option<Timestamp>,
    /// `available`, `pending`, `failed`, `deregistered` and so on.
    pub state: String,
    /// Processor architecture, such as `x86_64`.
    pub architecture: Option<String>,
    /// When it was or will be deprecated.
    pub deprecated_at: Option<Timestamp>,
}

/// Who says which AMI instances should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpectedFrom {
    /// An SSM parameter named in configuration.
    Parameter(String),
    /// The launch template of a group: `lt-…` and the version number that it resolved to.
    LaunchTemplate(String, String),
    /// AWS's own parameter of the ECS-optimized AMI.
    EcsOptimized(String),
}

/// The AMI that instances of one group should run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedImage {
    /// Group it holds for; `None`: for every instance that no other entry names.
    pub group: Option<String>,
    /// `ami-…`
    pub image_id: String,
    /// Who says so.
    pub from: ExpectedFrom,
}

/// What the images panel knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Images {
    /// Every AMI read: those in use, those expected, and the builds of the same lineage.
    pub images: Vec<Image>,
    /// What instances should run.
    pub expected: Vec<ExpectedImage>,
}
