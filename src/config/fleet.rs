//! What is set for one fleet.

use super::Flags;
use super::file::{File, Fleet};
use super::setting::{Origin, Setting};
use crate::actions::catalogue::Names;
use crate::runtime::needs::Extras;

/// What the environment says about where the fleet is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Environment {
    /// `QUARTERDECK_CLUSTER`.
    pub(super) cluster: Option<String>,
    /// `QUARTERDECK_READ_ONLY`.
    pub(super) read_only: Option<bool>,
    pub(super) region: Option<Setting<String>>,
    pub(super) profile: Option<Setting<String>>,
    pub(super) endpoint_url: Option<Setting<String>>,
}

impl Environment {
    /// Reads the AWS variables by their own rules: an empty one counts as none, `AWS_REGION` wins over `AWS_DEFAULT_REGION`.
    pub(super) fn aws(lookup: &impl Fn(&str) -> Option<String>) -> Self {
        let aws = |name: &'static str| {
            let value = lookup(name).filter(|value| !value.is_empty())?;
            Some(Setting { value, from: Origin::Aws(name) })
        };
        Self {
            region: aws("AWS_REGION").or_else(|| aws("AWS_DEFAULT_REGION")),
            profile: aws("AWS_PROFILE"),
            endpoint_url: aws("AWS_ENDPOINT_URL"),
            ..Self::default()
        }
    }
}

/// One fleet: where it is, and what configuration adds to what AWS says of it.
///
/// The AWS variables of the environment are the weakest here. A fleet that names its Region and profile means those,
/// whatever the shell was last used for; another account's fleet must never be shown under its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FleetSettings {
    /// Its name in the file, if it has one.
    pub name: Option<String>,
    /// The cluster; `None`: to be picked.
    pub cluster: Setting<Option<String>>,
    /// The Region; `None`: what the profile says.
    pub region: Setting<Option<String>>,
    /// The profile of AWS's configuration files; `None`: the default one, or none at all.
    pub profile: Setting<Option<String>>,
    /// Where every call goes instead of AWS.
    pub endpoint_url: Setting<Option<String>>,
    /// The SSM parameter that names the AMI that instances should run.
    pub ami_parameter: Setting<Option<String>>,
    /// Auto Scaling groups that belong to it beside those that AWS tells.
    pub auto_scaling_groups: Setting<Vec<String>>,
    /// Alarms that belong to it: names, or beginnings of names that end with `*`.
    pub alarms: Setting<Vec<String>>,
    /// Log groups that belong to it beside those of its task definitions.
    pub log_groups: Setting<Vec<String>>,
    /// Which document does which action.
    pub names: Names,
    /// Further documents to offer.
    pub runbooks: Vec<String>,
    /// Whether every action is refused.
    pub read_only: Setting<bool>,
}

impl FleetSettings {
    pub(super) fn resolve(name: Option<&str>, file: &File, environment: &Environment, flags: &Flags) -> Self {
        let written = name.and_then(|name| file.fleets.get_key_value(name));
        let fleet = written.map(|(_, fleet)| fleet.clone()).unwrap_or_default();
        let (names, runbooks) = fleet.runbooks.over(&file.runbooks);
        let flag =
            |value: &Option<String>, name| value.clone().map(|value| Setting { value, from: Origin::Flag(name) });
        Self {
            name: written.map(|(name, _)| name.clone()),
            cluster: cluster(name, written.map(|(_, fleet)| fleet), environment, flags),
            region: optional([environment.region.clone(), fleet.region, flag(&flags.region, "--region")]),
            profile: optional([environment.profile.clone(), fleet.profile, flag(&flags.profile, "--profile")]),
            endpoint_url: optional([
                environment.endpoint_url.clone(),
                fleet.endpoint_url,
                flag(&flags.endpoint_url, "--endpoint-url"),
            ]),
            ami_parameter: optional([fleet.ami_parameter]),
            auto_scaling_groups: Setting::default(Vec::new()).over([fleet.auto_scaling_groups]),
            alarms: Setting::default(Vec::new()).over([fleet.alarms]),
            log_groups: Setting::default(Vec::new()).over([fleet.log_groups]),
            names,
            runbooks,
            read_only: read_only(fleet.read_only, environment, flags),
        }
    }

    /// What the reads take from configuration.
    #[must_use]
    pub fn extras(&self) -> Extras {
        Extras {
            ami_parameter: self.ami_parameter.value.clone(),
            groups: self.auto_scaling_groups.value.clone(),
            log_groups: self.log_groups.value.clone(),
            runbooks: self.names.all().into_iter().chain(self.runbooks.iter().cloned()).collect(),
        }
    }
}

fn optional<const N: usize>(layers: [Option<Setting<String>>; N]) -> Setting<Option<String>> {
    Setting::default(None).over(layers.map(|layer| layer.map(|setting| setting.map(Some))))
}

/// A fleet of the file is called as its cluster is, unless it says otherwise; any other name is that of a cluster.
fn cluster(
    name: Option<&str>,
    fleet: Option<&Fleet>,
    environment: &Environment,
    flags: &Flags,
) -> Setting<Option<String>> {
    if let Some(cluster) = fleet.and_then(|fleet| fleet.cluster.clone()) {
        return cluster.map(Some);
    }
    let Some(name) = name else { return Setting::default(None) };
    let from = if flags.cluster.as_deref() == Some(name) {
        Origin::Flag("--cluster")
    } else if environment.cluster.as_deref() == Some(name) {
        Origin::Environment("QUARTERDECK_CLUSTER")
    } else {
        Origin::Default
    };
    Setting { value: Some(name.to_owned()), from }
}

/// Whoever forbids wins: no later layer allows again what an earlier one forbade.
fn read_only(written: Option<Setting<bool>>, environment: &Environment, flags: &Flags) -> Setting<bool> {
    let variable =
        environment.read_only.map(|value| Setting { value, from: Origin::Environment("QUARTERDECK_READ_ONLY") });
    let flag = flags.read_only.then_some(Setting { value: true, from: Origin::Flag("--read-only") });
    let layers = [written, variable, flag];
    let forbids = |layer: &Option<Setting<bool>>| layer.as_ref().is_some_and(|setting| setting.value);
    let strictest = layers.iter().rev().find(|layer| forbids(layer)).cloned().flatten();
    strictest.unwrap_or_else(|| Setting::default(false).over(layers))
}
