//! Load balancers, target groups and targets.

use std::collections::BTreeMap;

use jiff::Timestamp;

/// An application load balancer.
#[derive(Debug, Clone)]
pub struct LoadBalancer {
    /// Name.
    pub name: String,
    /// 16 hexadecimal digits at the end of its ARN.
    pub suffix: String,
    /// Whether it has no public address.
    pub internal: bool,
    /// When it was created.
    pub created_at: Timestamp,
    /// `sg-…` ids.
    pub security_groups: Vec<String>,
}

/// What a target group's targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetType {
    /// Instances, by id.
    Instance,
    /// Addresses.
    Ip,
}

impl TargetType {
    /// The word as Elastic Load Balancing spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Instance => "instance",
            Self::Ip => "ip",
        }
    }
}

/// A target group.
#[derive(Debug, Clone)]
pub struct TargetGroup {
    /// Name.
    pub name: String,
    /// 16 hexadecimal digits at the end of its ARN.
    pub suffix: String,
    /// Port that new targets get unless they bring one.
    pub port: u16,
    /// What its targets are.
    pub target_type: TargetType,
    /// Name of the load balancer that routes to it.
    pub load_balancer: Option<String>,
    /// Path of the health check.
    pub health_path: String,
    /// Seconds that a leaving target is given to finish its requests.
    pub deregistration_seconds: u32,
    /// Targets by (id, port).
    pub targets: BTreeMap<(String, u16), Target>,
}

/// State of a target, each with what it is known by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TargetState {
    /// Being registered or checked for the first time.
    Initial,
    /// Passes its checks.
    Healthy,
    /// Answers its checks with this HTTP code.
    WrongCode(u16),
    /// Does not answer its checks in time.
    TimesOut,
    /// On its way out.
    Draining,
}

/// A target.
#[derive(Debug, Clone)]
pub struct Target {
    /// Zone's name.
    pub zone: String,
    /// Task behind it.
    pub task: String,
    /// Its state.
    pub state: TargetState,
    /// When it got that state.
    pub since: Timestamp,
}
