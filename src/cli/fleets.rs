//! Which fleet a command line means: flags over environment over the configuration file.

use std::env;

use color_eyre::eyre::Result;

use super::{ConsoleArgs, FleetArgs};
use crate::actions::catalogue::Names;
use crate::aws;
use crate::aws::budget::Shares;
use crate::config::{self, Flags, Origin, Setting, Settings};
use crate::fleet::policy::Policy;
use crate::runtime::journal::Journal;
use crate::runtime::needs::Extras;

/// A fleet and how to reach it.
pub struct Chosen {
    /// Cluster name; `None`: pick one.
    pub cluster: Option<String>,
    /// How to reach AWS.
    pub aws: aws::Settings,
    /// Thresholds.
    pub policy: Policy,
    /// What configuration adds to the fleet.
    pub extras: Extras,
    /// Which runbooks do what.
    pub names: Names,
    /// Where what is asked of the automation is noted.
    pub journal: Option<Journal>,
    /// No action may be started.
    pub read_only: bool,
}

/// Settles everything that can be set.
///
/// # Errors
/// When the configuration file can't be read or has mistakes, each named with its line.
pub fn settings(fleet: &FleetArgs, console: &ConsoleArgs) -> Result<Settings> {
    let flags = Flags {
        config: fleet.config.clone(),
        cluster: fleet.cluster.clone(),
        region: fleet.region.clone(),
        profile: fleet.profile.clone(),
        endpoint_url: fleet.endpoint_url.clone(),
        read_only: fleet.read_only,
        theme: console.theme.clone(),
        ascii: console.ascii,
    };
    Ok(config::load(flags, |name| env::var(name).ok())?)
}

impl Chosen {
    /// The fleet that the settings begin with.
    #[must_use]
    pub fn from_settings(settings: &Settings) -> Self {
        let fleet = settings.first_fleet();
        let shares = Shares { first_load: settings.first_load_share.value, refreshing: settings.refresh_share.value };
        let aws = aws::Settings {
            profile: named_by_us(&fleet.profile),
            region: fleet.region.value.clone(),
            endpoint_url: named_by_us(&fleet.endpoint_url),
            shares,
            read_only: fleet.read_only.value,
            ..aws::Settings::default()
        };
        Self {
            cluster: fleet.cluster.value.clone(),
            aws,
            policy: settings.policy(&fleet),
            extras: fleet.extras(),
            names: fleet.names.clone(),
            journal: Journal::of_user(|name| env::var(name).ok()),
            read_only: fleet.read_only.value,
        }
    }
}

/// What AWS's own variables say is left to the SDK, which ranks it as the AWS CLI does: a profile of the
/// environment yields to keys in the environment, one of a flag does not.
fn named_by_us(setting: &Setting<Option<String>>) -> Option<String> {
    match setting.from {
        Origin::Aws(_) => None,
        _ => setting.value.clone(),
    }
}
