//! Settings: defaults, then file, then environment, then flags, each value with where it came from.

mod file;
mod files;
mod fleet;
mod load;
mod paths;
mod runbooks;
mod setting;
mod thresholds;
mod value;

pub use fleet::FleetSettings;
pub use load::{ConfigError, load};
pub use setting::{Origin, Setting};

use std::path::PathBuf;

use jiff::SignedDuration;

use crate::fleet::pace::{Interval, Intervals};
use crate::fleet::policy::Policy;
use crate::logs::insights::SavedQuery;
use file::{Every, File};

/// What the command line says; `None` or `false` where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--cluster`: a `[fleet.NAME]` of the file, else the name of a cluster.
    pub cluster: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--read-only`.
    pub read_only: bool,
    /// `--theme`.
    pub theme: Option<String>,
    /// `--ascii`.
    pub ascii: bool,
}

/// Everything that can be set, resolved.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The configuration file, if there is one.
    pub path: Option<PathBuf>,
    /// The folder of the user's files, whether it is there or not.
    pub folder: Option<PathBuf>,
    /// How it looks and behaves.
    pub ui: UiSettings,
    /// The share of each rate limit of AWS that the first load of a fleet may take, above 0, at most 1.
    pub first_load_share: Setting<f64>,
    /// The same for refreshing.
    pub refresh_share: Setting<f64>,
    /// MiB of log lines that are kept in memory.
    pub logs_memory: Setting<u32>,
    /// How long before the present log lines are read from, at first.
    pub logs_since: Setting<SignedDuration>,
    file: File,
    flags: Flags,
    environment: fleet::Environment,
}

/// `[ui]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UiSettings {
    /// Name or path of the theme.
    pub theme: Setting<String>,
    /// Whether to draw in ASCII only.
    pub ascii: Setting<bool>,
    /// Whether the mouse comes to the console.
    pub mouse: Setting<bool>,
    /// The user's keymap, laid over the shipped one; must exist unless it is where it would be by default.
    pub keymap: Setting<Option<PathBuf>>,
}

impl Settings {
    /// The clusters of the fleets in which the file forbids every action.
    #[must_use]
    pub fn guarded(&self) -> Vec<String> {
        let named: Vec<String> = self.fleets().map(str::to_owned).collect();
        let fleets = named.iter().map(|name| self.fleet(Some(name)));
        fleets.filter(|fleet| fleet.read_only.value).filter_map(|fleet| fleet.cluster.value).collect()
    }

    /// The names of the fleets in the file.
    pub fn fleets(&self) -> impl Iterator<Item = &str> {
        self.file.fleets.keys().map(String::as_str)
    }

    /// The fleet to begin with: the one that flag or environment names, else `default_fleet`, else the only one there is.
    #[must_use]
    pub fn first_fleet(&self) -> FleetSettings {
        let only = self.file.fleets.keys().next().filter(|_| self.file.fleets.len() == 1);
        let flag = self.flags.cluster.as_ref().or(self.environment.cluster.as_ref());
        let default = self.file.default_fleet.as_ref().map(|default| &default.value);
        self.fleet(flag.or(default).or(only).map(String::as_str))
    }

    /// What is set for the fleet or cluster of that name; without a name, for a cluster that is still to be picked.
    #[must_use]
    pub fn fleet(&self, name: Option<&str>) -> FleetSettings {
        FleetSettings::resolve(name, &self.file, &self.environment, &self.flags)
    }

    /// The thresholds that a fleet is judged by.
    #[must_use]
    pub fn policy(&self, fleet: &FleetSettings) -> Policy {
        Policy {
            alarm_names: fleet.alarms.value.clone(),
            intervals: self.intervals(),
            ..thresholds::policy(&self.file.thresholds)
        }
    }

    /// The user's own queries of Logs Insights, by name.
    #[must_use]
    pub fn queries(&self) -> &[SavedQuery] {
        &self.file.queries
    }

    /// How often each panel is read.
    #[must_use]
    pub fn intervals(&self) -> Intervals {
        let mut intervals = Intervals::default();
        for (panel, every) in &self.file.intervals {
            let interval = match every.value {
                Every::Both(interval) => interval,
                // Off screen never more often than on it.
                Every::Visible(visible) => Interval { visible, hidden: intervals.of(*panel, false).max(visible) },
            };
            intervals.set(*panel, interval);
        }
        intervals
    }
}

#[cfg(test)]
mod tests;
