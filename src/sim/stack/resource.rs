//! Resources with the properties that a fleet lives by, called as CloudFormation calls them
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>).

use serde::Deserialize;
use serde_json::Value;

/// A text that a template includes: its location and its content.
pub type Include = (String, &'static str);

/// A tag.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tag {
    /// Key.
    pub key: String,
    /// Value.
    pub value: String,
    /// Whether a group gives it to its instances.
    #[serde(default)]
    pub propagate_at_launch: bool,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Topic {
    /// Name.
    pub topic_name: String,
    /// Who is told.
    pub subscription: Vec<Subscription>,
}

/// Somebody who is told.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Subscription {
    /// Such as `email`.
    pub protocol: String,
    /// Where.
    pub endpoint: String,
}

/// A log group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LogGroup {
    /// Name.
    pub log_group_name: String,
    /// Days for which events are kept.
    pub retention_in_days: u32,
}

/// A cluster.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Cluster {
    /// Name.
    pub cluster_name: String,
    /// Settings, such as `containerInsights`.
    #[serde(default)]
    pub cluster_settings: Value,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// A launch template.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LaunchTemplate {
    /// Name.
    pub launch_template_name: String,
    /// What is said of its first version.
    pub version_description: String,
    /// Tags of the template itself.
    #[serde(default)]
    pub tag_specifications: Vec<TagSpecification>,
    /// What its first version holds.
    pub launch_template_data: LaunchTemplateData,
}

/// Tags that something is created with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TagSpecification {
    /// Such as `instance`.
    pub resource_type: String,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// What a version of a launch template holds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct LaunchTemplateData {
    /// `ami-…`
    pub image_id: String,
    /// Such as `m7i.xlarge`.
    pub instance_type: String,
    /// The profile.
    pub iam_instance_profile: Value,
    /// Security groups of the first interface.
    #[serde(default)]
    pub security_group_ids: Vec<String>,
    /// Interfaces, instead.
    #[serde(default)]
    pub network_interfaces: Vec<Value>,
    /// Detailed monitoring.
    #[serde(default)]
    pub monitoring: Value,
    /// How the instance's metadata is asked for.
    pub metadata_options: Value,
    /// Volumes.
    pub block_device_mappings: Vec<Value>,
    /// Tags of what is launched.
    pub tag_specifications: Vec<TagSpecification>,
    /// What becomes of an instance that shuts itself down.
    #[serde(default)]
    pub instance_initiated_shutdown_behavior: Option<String>,
    /// What the instance does when it boots first, in base64.
    pub user_data: String,
}

/// An Auto Scaling group.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Group {
    /// Name.
    pub auto_scaling_group_name: String,
    /// Fewest instances.
    pub min_size: u32,
    /// Most instances.
    pub max_size: u32,
    /// Subnets.
    #[serde(rename = "VPCZoneIdentifier")]
    pub subnets: Vec<String>,
    /// Launch template and version.
    pub launch_template: TemplateVersion,
    /// Whose checks decide about an instance.
    pub health_check_type: String,
    /// Seconds after a launch in which a failed check does not count.
    pub health_check_grace_period: u32,
    /// Whether new instances are protected from scale-in.
    pub new_instances_protected_from_scale_in: bool,
    /// Seconds until a new instance counts.
    pub default_instance_warmup: u32,
    /// Metrics of the group that are collected.
    pub metrics_collection: Value,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// A version of a launch template.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TemplateVersion {
    /// `lt-…`
    pub launch_template_id: String,
    /// Its number.
    pub version: u64,
}

/// A capacity provider.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct CapacityProvider {
    /// Name.
    pub name: String,
    /// The group behind it, and how it treats it.
    pub auto_scaling_group_provider: GroupProvider,
}

/// How a capacity provider treats its group.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct GroupProvider {
    /// Name of the group.
    #[serde(rename = "AutoScalingGroupArn")]
    pub group: String,
    /// `ENABLED`: it drains instances that the group terminates.
    pub managed_draining: String,
    /// `ENABLED`: only instances without tasks are scaled in.
    pub managed_termination_protection: String,
    /// How it scales.
    pub managed_scaling: ManagedScaling,
}

/// How a capacity provider scales its group.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ManagedScaling {
    /// `ENABLED`.
    pub status: String,
    /// How full the group is to be, in percent.
    pub target_capacity: u32,
    /// Fewest instances that are added at once.
    pub minimum_scaling_step_size: u32,
    /// Most instances that are added at once.
    pub maximum_scaling_step_size: u32,
    /// Seconds until a new instance counts.
    pub instance_warmup_period: u32,
}

/// A target group.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct TargetGroup {
    /// Name.
    pub name: String,
    /// `vpc-…`
    pub vpc_id: String,
    /// Protocol.
    pub protocol: String,
    /// Port.
    pub port: u16,
    /// `instance` or `ip`.
    pub target_type: String,
    /// Path that is asked for.
    pub health_check_path: String,
    /// Port that is asked.
    pub health_check_port: String,
    /// Seconds between two checks.
    pub health_check_interval_seconds: u32,
    /// Seconds until an answer comes too late.
    pub health_check_timeout_seconds: u32,
    /// Good answers that make a target healthy.
    pub healthy_threshold_count: u32,
    /// Bad ones that make it unhealthy.
    pub unhealthy_threshold_count: u32,
    /// Attributes.
    pub target_group_attributes: Vec<Tag>,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Service {
    /// Name.
    pub service_name: String,
    /// Its cluster.
    pub cluster: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// Where its tasks go.
    pub capacity_provider_strategy: Value,
    /// Seconds after a task's start in which its targets' checks do not count.
    pub health_check_grace_period_seconds: u32,
    /// Target groups.
    pub load_balancers: Value,
    /// Where its tasks may go.
    pub placement_constraints: Vec<PlacementConstraint>,
    /// Where they had better go.
    pub placement_strategies: Value,
    /// How it is deployed.
    pub deployment_configuration: Value,
    /// Whether ECS tags its tasks.
    #[serde(rename = "EnableECSManagedTags")]
    pub managed_tags: bool,
    /// Whose tags its tasks get.
    pub propagate_tags: String,
    /// Tags.
    pub tags: Vec<Tag>,
}

/// Where tasks may go.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PlacementConstraint {
    /// `memberOf` or `distinctInstance`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// In the cluster query language.
    pub expression: String,
}

/// What Application Auto Scaling scales.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalableTarget {
    /// `ecs`.
    pub service_namespace: String,
    /// `ecs:service:DesiredCount`.
    pub scalable_dimension: String,
    /// `service/CLUSTER/SERVICE`.
    pub resource_id: String,
    /// Fewest.
    pub min_capacity: u32,
    /// Most.
    pub max_capacity: u32,
}

/// How a target is scaled.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct ScalingPolicy {
    /// Name.
    pub policy_name: String,
    /// `TargetTrackingScaling`.
    pub policy_type: String,
    /// `RESOURCE|DIMENSION|NAMESPACE` of its target.
    pub scaling_target_id: String,
    /// What is kept near which value.
    #[serde(rename = "TargetTrackingScalingPolicyConfiguration")]
    pub tracking: Tracking,
}

/// What a policy keeps near which value.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Tracking {
    /// The value.
    pub target_value: f64,
    /// What.
    pub predefined_metric_specification: PredefinedMetric,
    /// Seconds until it scales out again.
    pub scale_out_cooldown: u32,
    /// Seconds until it scales in again.
    pub scale_in_cooldown: u32,
    /// Whether it only ever adds.
    #[serde(default)]
    pub disable_scale_in: bool,
}

/// A metric that Application Auto Scaling knows by name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct PredefinedMetric {
    /// Such as `ECSServiceAverageCPUUtilization`.
    pub predefined_metric_type: String,
}

/// An alarm on a metric.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Alarm {
    /// Name.
    pub alarm_name: String,
    /// What it is for.
    pub alarm_description: String,
    /// Namespace of the metric.
    pub namespace: String,
    /// The metric.
    pub metric_name: String,
    /// Its dimensions.
    pub dimensions: Vec<Dimension>,
    /// Average, Maximum and so on.
    pub statistic: String,
    /// Seconds.
    pub period: u32,
    /// Periods looked at, all of which must cross.
    pub evaluation_periods: u32,
    /// Such as `GreaterThanThreshold`.
    pub comparison_operator: String,
    /// Threshold.
    pub threshold: f64,
    /// `notBreaching`, `missing` and so on.
    pub treat_missing_data: String,
    /// ARNs told on ALARM.
    pub alarm_actions: Vec<String>,
    /// ARNs told on OK.
    #[serde(rename = "OKActions")]
    pub ok_actions: Vec<String>,
}

/// A dimension of a metric.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub struct Dimension {
    /// Name.
    pub name: String,
    /// Value.
    pub value: String,
}
