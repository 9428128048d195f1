//! What can be asked of AWS: one request reads one panel, completely.

use std::collections::BTreeSet;

use crate::fleet::focus::{Endangered, TaskScope};
use crate::fleet::reading::Panel;
use crate::fleet::scope::Scope;

/// Whether somebody waits for what is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Haste {
    /// Somebody does: everything at once, in as few round trips as can be.
    Hurried,
    /// Nobody does: a few calls at a time, over a few connections.
    Unhurried,
}

/// A request to read one panel of one fleet.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReadRequest {
    /// Counts the switches of fleet; comes back in the answer.
    pub generation: u64,
    /// Which fleet.
    pub scope: Scope,
    /// What to read, with what has to be known beforehand.
    pub need: Need,
}

/// A panel with the inputs that its read depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Need {
    /// Caller and account.
    Identity,
    /// The cluster and its capacity providers.
    Cluster,
    /// Container instances, listed and described.
    ContainerInstances,
    /// EC2 instances: those of the cluster and whatever else the groups launched.
    Ec2Instances {
        /// EC2 instance ids of container instances.
        ids: Vec<String>,
        /// Groups whose instances count even if they never joined.
        groups: Vec<String>,
        /// Those of `ids` that one of `groups` is known to hold: they come with the rest of it, and are asked for by id only if not.
        members: BTreeSet<String>,
    },
    /// Auto Scaling groups.
    Groups {
        /// ARNs of groups behind capacity providers.
        arns: Vec<String>,
        /// EC2 ids of container instances, whose groups belong to the fleet too.
        instance_ids: Vec<String>,
        /// Names from configuration.
        names: Vec<String>,
    },
    /// AMIs in use, the expected ones and their lineage; and what instances are, which changes as seldom.
    Images {
        /// AMI ids in use.
        ids: Vec<String>,
        /// Launch templates by group: (group, template id, version).
        templates: Vec<(String, String, String)>,
        /// SSM parameter that names the AMI, from configuration.
        parameter: Option<String>,
        /// Instance types whose number of network interfaces limits the tasks that fit.
        types: Vec<String>,
    },
    /// Security groups by id.
    SecurityGroups {
        /// `sg-…` ids.
        ids: Vec<String>,
    },
    /// Services, listed and described.
    Services,
    /// Tasks, running and stopped, listed and described.
    Tasks(TaskScope),
    /// The same, and whether some of them are protected from scale-in.
    EndangeredTasks(TaskScope, Endangered),
    /// Task definitions by ARN.
    TaskDefinitions {
        /// ARNs with revision.
        arns: Vec<String>,
    },
    /// Target groups and their health.
    Targets {
        /// ARNs, what is on screen or unhealthy first.
        arns: Vec<String>,
        /// Those among them whose health was read a moment ago and need not be read again.
        calm: BTreeSet<String>,
        /// Whether somebody waits for the rest.
        haste: Haste,
    },
    /// All alarms, metric and composite; which belong to the fleet is for the fleet to say.
    Alarms,
    /// Mute rules.
    Mutes,
    /// Log groups by name.
    LogGroups {
        /// Names.
        names: Vec<String>,
    },
    /// Runbooks: those of some names, and those that the account has tagged for the console.
    Runbooks {
        /// Names.
        names: Vec<String>,
    },
    /// Executions of runbooks.
    Executions {
        /// Those that have ended and whose details are known: they never change.
        known: Vec<String>,
        /// The one whose page is open.
        opened: Option<String>,
        /// The fleet's own documents: the details of what they did come first.
        own: Vec<String>,
    },
    /// Whether the fleet is frozen.
    Freeze,
    /// Instance refreshes.
    Refreshes {
        /// Names of the groups.
        groups: Vec<String>,
    },
    /// Baked AMIs and versions of launch templates.
    Builds {
        /// `lt-…` ids.
        templates: Vec<String>,
    },
    /// Which AMI was promoted last.
    Promotion,
    /// When rotation and bakes start by themselves.
    Schedules,
}

impl Need {
    /// The panel that it reads.
    #[must_use]
    pub fn panel(&self) -> Panel {
        match self {
            Self::Identity => Panel::Identity,
            Self::Cluster => Panel::Cluster,
            Self::ContainerInstances => Panel::ContainerInstances,
            Self::Ec2Instances { .. } => Panel::Ec2Instances,
            Self::Groups { .. } => Panel::Groups,
            Self::Images { .. } => Panel::Images,
            Self::SecurityGroups { .. } => Panel::SecurityGroups,
            Self::Services => Panel::Services,
            Self::Tasks(_) | Self::EndangeredTasks(..) => Panel::Tasks,
            Self::TaskDefinitions { .. } => Panel::TaskDefinitions,
            Self::Targets { .. } => Panel::Targets,
            Self::Alarms => Panel::Alarms,
            Self::Mutes => Panel::Mutes,
            Self::LogGroups { .. } => Panel::LogGroups,
            Self::Runbooks { .. } => Panel::Runbooks,
            Self::Executions { .. } => Panel::Executions,
            Self::Freeze => Panel::Freeze,
            Self::Refreshes { .. } => Panel::Refreshes,
            Self::Builds { .. } => Panel::Builds,
            Self::Promotion => Panel::Promotion,
            Self::Schedules => Panel::Schedules,
        }
    }
}
