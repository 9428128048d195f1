//! What a simulated AWS is asked to be.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::faults::Rule;
use super::world::image::ImageFault;

/// Which fleet the world starts with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scenario {
    /// Mostly healthy, with one of each thing that goes wrong.
    #[default]
    Story,
    /// Nothing is wrong.
    Healthy,
    /// A cluster with nothing in it.
    Empty,
    /// An account as AWS opens it: a default VPC and Amazon's AMIs, and not even a cluster.
    Bare,
    /// As large as asked for, with a mix of states that the seed decides.
    Scale,
    /// Five healthy instances and two services.
    Five,
    /// What the benchmarks read: 50 instances, 300 tasks, 40 services, 30 target groups, 200 alarms.
    Fifty,
}

impl Scenario {
    /// Every scenario with the word that selects it.
    pub const ALL: [(&'static str, Self); 7] = [
        ("story", Self::Story),
        ("healthy", Self::Healthy),
        ("empty", Self::Empty),
        ("bare", Self::Bare),
        ("scale", Self::Scale),
        ("five", Self::Five),
        ("fifty", Self::Fifty),
    ];
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(name, _)| *name == word).map(|(_, scenario)| *scenario).ok_or_else(|| {
            let known: Vec<&str> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("unknown scenario {word:?}: one of {}", known.join(", "))
        })
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(_, s)| s == self).map_or("", |(name, _)| name))
    }
}

/// Settings of a simulated AWS.
#[derive(Debug, Clone)]
pub struct Options {
    /// Instances to begin with; the scenario's own number where absent.
    pub instances: Option<u32>,
    /// Services to begin with; the scenario's own number where absent.
    pub services: Option<u32>,
    /// The same seed, options and start give the same world.
    pub seed: u64,
    /// Which fleet.
    pub scenario: Scenario,
    /// Divides every duration (boot, drain, back-off); timestamps stay wall-clock. Above zero.
    pub speed: f64,
    /// Nothing ever happens: every answer is about the world as it was when it began.
    pub still: bool,
    /// Whether capacity providers scale their groups and policies their services, which a scenario is not founded for.
    pub scaling: bool,
    /// How long each answer is held back.
    pub latency: Duration,
    /// Region that the world lives in.
    pub region: String,
    /// Account id, 12 digits.
    pub account: String,
    /// Name of the cluster that the scenario comes with.
    pub cluster: String,
    /// Whether AWS's rates are enforced.
    pub limits: bool,
    /// What goes wrong on purpose.
    pub faults: Vec<Rule>,
    /// What is wrong with the newest of Amazon's AMIs, and with each that is made of it.
    pub bad_base: Option<ImageFault>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            instances: None,
            services: None,
            seed: 1,
            scenario: Scenario::Story,
            speed: 1.0,
            still: false,
            scaling: false,
            latency: Duration::ZERO,
            region: "eu-west-1".into(),
            account: "111122223333".into(),
            cluster: "harbor".into(),
            limits: true,
            faults: Vec::new(),
            bad_base: None,
        }
    }
}
