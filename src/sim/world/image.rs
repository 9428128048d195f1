//! AMIs and the launch templates that name them.

use std::collections::BTreeMap;

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
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
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
}
