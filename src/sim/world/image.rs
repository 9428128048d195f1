//! AMIs and the launch templates that name them.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;

/// An AMI.
#[derive(Debug, Clone)]
pub struct Image {
    /// `ami-…`
    pub id: String,
    /// Name, unique for its owner.
    pub name: String,
    /// What it says about itself.
    pub description: String,
    /// Account that owns it.
    pub owner: String,
    /// `amazon` for Amazon's own.
    pub owner_alias: Option<String>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it is deprecated; hidden from others than its owner from then on.
    pub deprecated_at: Option<Timestamp>,
    /// `available`, `pending` and so on.
    pub state: String,
    /// Whether anybody may launch it.
    pub public: bool,
    /// Version of the ECS agent inside, such as `1.103.1`.
    pub agent_version: String,
    /// Snapshot of the root volume.
    pub snapshot_id: String,
    /// What is wrong with instances that run it.
    pub fault: Option<ImageFault>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

/// What is wrong with an AMI, as far as it shows in instances that run it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFault {
    /// What is to be installed on it never is.
    Build,
    /// The agent never registers with its cluster.
    Agent,
    /// Tasks without a service exit with code 1.
    Task,
}

impl ImageFault {
    /// Every fault with the word that selects it.
    pub const ALL: [(&'static str, Self); 3] = [("build", Self::Build), ("agent", Self::Agent), ("task", Self::Task)];
}

impl FromStr for ImageFault {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, fault)| *fault).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|(known, _)| *known).collect();
            format!("unknown fault of an AMI {word:?}: one of {}", known.join(", "))
        })
    }
}

/// A snapshot of a volume.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// `snap-…`
    pub id: String,
    /// Volume that it was made of.
    pub volume_id: String,
    /// What it says about itself.
    pub description: String,
    /// When it was begun.
    pub started_at: Timestamp,
    /// Whether it is complete.
    pub complete: bool,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

/// The root snapshot's id of an AMI that nobody has seen being made.
pub(super) fn snapshot_of(image: &str) -> String {
    image.replace("ami-", "snap-")
}

/// A launch template.
#[derive(Debug, Clone)]
pub struct LaunchTemplate {
    /// `lt-…`
    pub id: String,
    /// Name.
    pub name: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// ARN of who created it.
    pub created_by: String,
    /// Version that `$Default` means.
    pub default_version: i64,
    /// Number of the version that was made last.
    pub last_number: i64,
    /// Versions, oldest first; numbered from 1.
    pub versions: Vec<LaunchTemplateVersion>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
}

impl LaunchTemplate {
    /// The version that `$Latest`, `$Default` or a number means.
    #[must_use]
    pub fn version(&self, wanted: &str) -> Option<&LaunchTemplateVersion> {
        match wanted {
            "$Latest" => self.versions.last(),
            "$Default" => self.versions.iter().find(|v| v.number == self.default_version),
            number => {
                let number: i64 = number.parse().ok()?;
                self.versions.iter().find(|v| v.number == number)
            }
        }
    }
}

/// One version of a launch template.
#[derive(Debug, Clone)]
pub struct LaunchTemplateVersion {
    /// Number, from 1.
    pub number: i64,
    /// What it is for.
    pub description: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// ARN of who created it.
    pub created_by: String,
    /// AMI id.
    pub image_id: String,
    /// Such as `m7i.xlarge`.
    pub instance_type: String,
    /// Key pair; none where SSH is off.
    pub key_name: Option<String>,
    /// `sg-…` ids.
    pub security_groups: Vec<String>,
    /// Subnet, where it names one.
    pub subnet_id: Option<String>,
    /// What instances run when they first boot, as text; empty where it names nothing.
    pub user_data: String,
    /// Tags of instances by key.
    pub instance_tags: BTreeMap<String, String>,
}
