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

/// How the targets of a group are checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    /// Path that is asked for.
    pub path: String,
    /// Port that is asked; `None`: the one that the target gets its traffic on.
    pub port: Option<u16>,
    /// HTTP codes that pass, such as `200-299`.
    pub codes: String,
    /// Seconds from one check to the next.
    pub interval: u32,
    /// Seconds without an answer after which a check has failed.
    pub timeout: u32,
    /// Checks in a row that have to pass.
    pub healthy_threshold: u32,
    /// Checks in a row that have to fail.
    pub unhealthy_threshold: u32,
}

impl Default for HealthCheck {
    /// What a target group of HTTP gets that says nothing else
    /// (<https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html>); for the
    /// timeout, <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>.
    fn default() -> Self {
        Self {
            path: "/".into(),
            port: None,
            codes: "200".into(),
            interval: 30,
            timeout: 5,
            healthy_threshold: 5,
            unhealthy_threshold: 2,
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
    /// How its targets are checked.
    pub health_check: HealthCheck,
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
