//! Which fleet a command line means: flags over environment over the configuration file.

use color_eyre::eyre::Result;

use super::FleetArgs;
use crate::aws::Settings;
use crate::fleet::policy::Policy;
use crate::runtime::needs::Extras;
use crate::runtime::refresh::Intervals;

/// A fleet and how to reach it.
pub struct Chosen {
    /// Cluster name; `None`: pick one.
    pub cluster: Option<String>,
    /// How to reach AWS.
    pub settings: Settings,
    /// Thresholds.
    pub policy: Policy,
    /// What configuration adds to the fleet.
    pub extras: Extras,
    /// How often to read.
    pub intervals: Intervals,
    /// No action may be started.
    pub read_only: bool,
}

impl Chosen {
    /// Works out the fleet.
    ///
    /// # Errors
    /// When the configuration file has mistakes.
    pub fn from_args(args: &FleetArgs) -> Result<Self> {
        let settings = Settings {
            profile: args.profile.clone(),
            region: args.region.clone(),
            endpoint_url: args.endpoint_url.clone(),
            ..Settings::default()
        };
        Ok(Self {
            cluster: args.cluster.clone(),
            settings,
            policy: Policy::default(),
            extras: Extras::default(),
            intervals: Intervals::default(),
            read_only: args.read_only,
        })
    }
}
