//! Which fleet is meant, and who is looking.

use serde::Serialize;

/// The fleet that is asked for: one ECS cluster in one Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Scope {
    /// Cluster name, never its ARN.
    pub cluster: String,
    /// Region name such as `eu-west-1`.
    pub region: String,
}

/// Names of clusters that are fleets: all but the one beside each fleet where its AMIs are built and tested, which is called
/// `FLEET-bake`.
///
/// ```
/// use quarterdeck::fleet::scope::fleets;
///
/// assert_eq!(fleets(["harbor", "harbor-bake", "quay-bake"]), ["harbor", "quay-bake"]);
/// ```
#[must_use]
pub fn fleets<'a>(clusters: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let all: Vec<&str> = clusters.into_iter().collect();
    let beside = |name: &str| name.strip_suffix("-bake").is_some_and(|fleet| all.contains(&fleet));
    all.iter().copied().filter(|name| !beside(name)).collect()
}

/// Who is asking, as STS and IAM say it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// Twelve-digit account id.
    pub account: String,
    /// First account alias, where IAM tells it.
    pub account_alias: Option<String>,
    /// ARN of the caller.
    pub arn: String,
}

impl Identity {
    /// The role (or user) name inside the caller's ARN, for a header that has no room for an ARN.
    ///
    /// `arn:aws:sts::111122223333:assumed-role/OnCall/ada` gives `OnCall`;
    /// `arn:aws:iam::111122223333:user/ada` gives `ada`; anything else is given whole.
    #[must_use]
    pub fn role(&self) -> &str {
        let mut parts = self.arn.rsplit(':').next().unwrap_or_default().split('/');
        match (parts.next(), parts.next()) {
            (Some("assumed-role"), Some(role)) => role,
            (Some(_), Some(_)) => self.arn.rsplit('/').next().unwrap_or(&self.arn),
            _ => &self.arn,
        }
    }
}
