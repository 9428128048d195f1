//! Every operation that the program calls: what a role has to be allowed, and what no call gets past.
//!
//! A call that is not listed here is not sent, so a list that lacks one is noticed at once; and a read-only console sends nothing but the
//! reads.

use std::error::Error;
use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::BeforeSerializationInterceptorContextRef;
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Operations that change nothing, as IAM calls them.
pub const READS: &[&str] = &[
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeAutoScalingInstances",
    "autoscaling:DescribeInstanceRefreshes",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetAlarmMuteRule",
    "cloudwatch:ListAlarmMuteRules",
    "ec2:DescribeImages",
    "ec2:DescribeInstanceStatus",
    "ec2:DescribeInstanceTypes",
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplateVersions",
    "ec2:DescribeSecurityGroups",
    "ec2:GetConsoleOutput",
    "ecs:DescribeCapacityProviders",
    "ecs:DescribeClusters",
    "ecs:DescribeContainerInstances",
    "ecs:DescribeServices",
    "ecs:DescribeTaskDefinition",
    "ecs:DescribeTasks",
    "ecs:GetTaskProtection",
    "ecs:ListClusters",
    "ecs:ListContainerInstances",
    "ecs:ListServices",
    "ecs:ListTasks",
    "elasticloadbalancing:DescribeTargetGroups",
    "elasticloadbalancing:DescribeTargetHealth",
    "iam:ListAccountAliases",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "logs:StopQuery",
    "scheduler:GetSchedule",
    "ssm:DescribeAutomationExecutions",
    "ssm:DescribeAutomationStepExecutions",
    "ssm:GetAutomationExecution",
    "ssm:GetDocument",
    "ssm:GetParameter",
    "ssm:ListDocuments",
    "sts:GetCallerIdentity",
];

/// Operations that change something: executions of runbooks are started, stopped and signalled, and nothing else.
pub const ACTS: &[&str] = &["ssm:SendAutomationSignal", "ssm:StartAutomationExecution", "ssm:StopAutomationExecution"];

/// Refuses, before anything is sent, what is not listed; and what changes something if the console is read-only.
#[derive(Debug)]
pub(super) struct Allowed {
    /// Nothing may be changed.
    pub(super) read_only: bool,
}

/// A call that was not sent.
#[derive(Debug)]
pub(super) struct NotSent {
    operation: String,
    read_only: bool,
}

impl NotSent {
    /// Whether it would have been sent by a console that is not read-only.
    pub(super) fn is_read_only(&self) -> bool {
        self.read_only
    }
}

impl fmt::Display for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = if self.read_only {
            "this console is read-only"
        } else {
            "it is none of the operations that this program may call"
        };
        write!(f, "{} was not sent: {why}", self.operation)
    }
}

impl Error for NotSent {}

impl Intercept for Allowed {
    fn name(&self) -> &'static str {
        "Allowed"
    }

    // The first moment at which the SDK knows which operation it is.
    fn read_before_serialization(
        &self,
        _context: &BeforeSerializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let called = config.load::<Metadata>().map(|called| format!("{}:{}", prefix(called.service()), called.name()));
        let operation = called.unwrap_or_else(|| "an operation without a name".to_owned());
        let acts = ACTS.contains(&operation.as_str());
        if READS.contains(&operation.as_str()) || (acts && !self.read_only) {
            return Ok(());
        }
        Err(Box::new(NotSent { operation, read_only: acts }))
    }
}

/// IAM's prefix of a service, by the name that the SDK has for it.
fn prefix(service: &str) -> &str {
    match service {
        "Auto Scaling" => "autoscaling",
        "CloudWatch" => "cloudwatch",
        "CloudWatch Logs" => "logs",
        "EC2" => "ec2",
        "ECS" => "ecs",
        "Elastic Load Balancing v2" => "elasticloadbalancing",
        "IAM" => "iam",
        "SSM" => "ssm",
        "Scheduler" => "scheduler",
        "STS" => "sts",
        other => other,
    }
}
