//! What starts instances: Auto Scaling groups and the capacity providers before them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::refresh::Refresh;

/// An Auto Scaling group.
#[derive(Debug, Clone)]
pub struct Group {
    /// Name.
    pub name: String,
    /// UUID in its ARN.
    pub uuid: String,
    /// Fewest instances.
    pub min: u32,
    /// Most instances.
    pub max: u32,
    /// Instances wanted.
    pub desired: u32,
    /// Launch template id.
    pub template_id: String,
    /// `$Default`, `$Latest` or a number.
    pub template_version: String,
    /// Seconds after a launch in which a failed check does not count.
    pub grace_seconds: u32,
    /// Seconds in service after which a new instance counts; without them its grace period
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-default-instance-warmup.html>).
    pub warmup_seconds: Option<u32>,
    /// When it was created.
    pub created_at: Timestamp,
    /// EC2 ids of its members, those on their way out included.
    pub members: BTreeSet<String>,
    /// ARNs of target groups that its instances register with.
    pub target_group_arns: Vec<String>,
    /// Suspended processes.
    pub suspended: Vec<String>,
    /// Seconds that an instance may live; Auto Scaling takes nothing below 86,400.
    pub max_instance_lifetime: Option<u32>,
    /// Tags by key; all of them are given to instances.
    pub tags: BTreeMap<String, String>,
    /// What it did, newest last.
    pub activities: Vec<Activity>,
    /// Its instance refreshes, newest last.
    pub refreshes: Vec<Refresh>,
}

/// What a group launches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// Launch template id.
    pub template_id: String,
    /// `$Default`, `$Latest` or a number.
    pub version: String,
}

impl Group {
    /// What it launches when no refresh brings something else.
    #[must_use]
    pub fn configuration(&self) -> Configuration {
        Configuration { template_id: self.template_id.clone(), version: self.template_version.clone() }
    }

    /// Its refresh, where one is under way.
    #[must_use]
    pub fn active_refresh(&self) -> Option<&Refresh> {
        self.refreshes.last().filter(|refresh| refresh.status.is_active())
    }

    /// What it launches now.
    pub(crate) fn launches(&self) -> Configuration {
        let brought = self.active_refresh().filter(|refresh| refresh.status.brings());
        brought.and_then(|refresh| refresh.wanted.clone()).unwrap_or_else(|| self.configuration())
    }

    /// How many instances it is to have now: more than it wants while a refresh launches ahead.
    pub(crate) fn size(&self) -> usize {
        (self.desired + self.active_refresh().map_or(0, |refresh| refresh.surge)) as usize
    }
}

/// Something that a group did.
#[derive(Debug, Clone)]
pub struct Activity {
    /// UUID.
    pub id: String,
    /// What, such as `Launching a new EC2 instance: i-…`.
    pub description: String,
    /// Why, in Auto Scaling's words.
    pub cause: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// `InProgress`, `Successful`, `WaitingForELBConnectionDraining` and so on.
    pub status: String,
    /// Instance that it was about.
    pub instance_id: String,
}

/// A capacity provider.
#[derive(Debug, Clone)]
pub struct CapacityProvider {
    /// Name.
    pub name: String,
    /// Name of the group behind it.
    pub group: String,
    /// Whether it drains instances that the group terminates.
    pub managed_draining: bool,
    /// Whether it scales the group.
    pub managed_scaling: bool,
    /// Whether it protects instances with tasks from scale-in.
    pub termination_protection: bool,
}
