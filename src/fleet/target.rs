//! Target groups and the health of their targets.

use crate::aws_words;
use crate::fleet::reading::Reading;

aws_words! {
    /// Health of a target.
    TargetState {
        Initial = "initial",
        Healthy = "healthy",
        Unhealthy = "unhealthy",
        UnhealthyDraining = "unhealthy.draining",
        Unused = "unused",
        Draining = "draining",
        Unavailable = "unavailable",
    }
}

aws_words! {
    /// What a target group's target ids are.
    TargetType {
        Instance = "instance",
        Ip = "ip",
        Lambda = "lambda",
        Alb = "alb",
    }
}

/// A registered target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Instance id or IP address, by the group's type.
    pub id: String,
    /// Port; absent for lambda.
    pub port: Option<u16>,
    /// Zone, where AWS tells it.
    pub availability_zone: Option<String>,
    /// Health.
    pub state: TargetState,
    /// Reason code such as `Target.ResponseCodeMismatch`.
    pub reason: Option<String>,
    /// Reason in words, sanitised.
    pub description: Option<String>,
}

/// A target group with its own reading of health: one call each, so each can fail alone.
#[derive(Debug, Clone, PartialEq)]
pub struct TargetGroup {
    /// ARN.
    pub arn: String,
    /// Name.
    pub name: String,
    /// instance, ip and so on.
    pub target_type: TargetType,
    /// HTTP, HTTPS, TCP and so on.
    pub protocol: Option<String>,
    /// Default port.
    pub port: Option<u16>,
    /// Path of the health check.
    pub health_check_path: Option<String>,
    /// Load balancers that use it; an unused group has none.
    pub load_balancer_arns: Vec<String>,
    /// Its targets.
    pub targets: Reading<Vec<Target>>,
}
