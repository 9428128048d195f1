//! The fleet's template as plain data: what the simulated fleet lives by is what is deployed.
//!
//! `fleet/template.yaml` is read with CloudFormation's rules
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>): `resolve`
//! works out the intrinsic functions for one account, Region and cluster, `names` says what the names, ids and ARNs of
//! resources are, and `resource` and `acting` give the properties types. What is not known is an error: a property that is written into
//! the template and means nothing here would be a promise that the simulated fleet does not keep.

mod acting;
mod names;
mod resolve;
mod resource;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

pub use acting::{Document, Role, Rule, RuleTarget, Schedule, ScheduleTarget, Statement, Transformer};
pub use resource::{
    Alarm, CapacityProvider, Cluster, Dimension, Group, GroupProvider, Include, LaunchTemplate, LaunchTemplateData,
    LogGroup, ManagedScaling, PredefinedMetric, ScalableTarget, ScalingPolicy, Service, Tag, TargetGroup, Topic,
    Tracking,
};

/// The template.
const TEMPLATE: &str = include_str!("../../../fleet/template.yaml");

/// Where a stack lives, and what it is given.
#[derive(Debug, Clone)]
pub struct Place {
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// Values of parameters by name; the rest takes its default.
    pub given: BTreeMap<String, String>,
}

impl Place {
    /// A stack for `cluster`, with network, AMI and mail address made up.
    #[must_use]
    pub fn new(account: &str, region: &str, cluster: &str) -> Self {
        let given = [
            ("ClusterName", cluster),
            ("Vpc", "vpc-00000000000000001"),
            ("Subnets", "subnet-00000000000000001,subnet-00000000000000002,subnet-00000000000000003"),
            ("BalancerSubnets", "subnet-00000000000000004,subnet-00000000000000005,subnet-00000000000000006"),
            ("BaseImage", "ami-00000000000000001"),
            ("Mail", "oncall@example.com"),
        ];
        let given = given.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Self { account: account.to_owned(), region: region.to_owned(), given }
    }
}

/// A resource with its properties resolved.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Such as `AWS::SNS::Topic`.
    pub kind: String,
    /// Its properties.
    pub properties: Value,
}

/// The fleet's stack in one place. Lists are in the order of the resources' logical names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    /// Parameters by name.
    pub parameters: BTreeMap<String, String>,
    /// Every resource by its logical name.
    pub resources: BTreeMap<String, Resource>,
    /// Alarms.
    pub alarms: Vec<Alarm>,
    /// Capacity providers.
    pub capacity_providers: Vec<CapacityProvider>,
    /// Clusters: the fleet's and that of builds.
    pub clusters: Vec<Cluster>,
    /// Documents of Systems Manager.
    pub documents: Vec<Document>,
    /// Auto Scaling groups.
    pub groups: Vec<Group>,
    /// Launch templates: the fleet's and that of builds.
    pub launch_templates: Vec<LaunchTemplate>,
    /// Log groups.
    pub log_groups: Vec<LogGroup>,
    /// Roles.
    pub roles: Vec<Role>,
    /// Rules of EventBridge.
    pub rules: Vec<Rule>,
    /// What Application Auto Scaling scales.
    pub scalable_targets: Vec<ScalableTarget>,
    /// How it does.
    pub scaling_policies: Vec<ScalingPolicy>,
    /// Schedules of EventBridge Scheduler.
    pub schedules: Vec<Schedule>,
    /// Services.
    pub services: Vec<Service>,
    /// Target groups.
    pub target_groups: Vec<TargetGroup>,
    /// Topics.
    pub topics: Vec<Topic>,
}

/// Kinds whose properties nothing here lives by. They are resolved all the same.
const CARRIED: [&str; 8] = [
    "AWS::EC2::SecurityGroup",
    "AWS::ECS::ClusterCapacityProviderAssociations",
    "AWS::ECS::TaskDefinition",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::IAM::InstanceProfile",
    "AWS::Logs::ResourcePolicy",
    "AWS::SNS::TopicPolicy",
];

impl Stack {
    /// The fleet's template in one place. `includes` are the texts that it includes, by location.
    ///
    /// # Errors
    /// What is wrong with the template or with what it is given.
    pub fn new(place: &Place, includes: &[Include]) -> Result<Self, String> {
        Self::read(TEMPLATE, place, includes)
    }

    /// Any template.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str, place: &Place, includes: &[Include]) -> Result<Self, String> {
        let template: Value = serde_saphyr::from_str(text).map_err(|error| error.to_string())?;
        let resolved = resolve::template(&template, place, includes)?;
        let mut stack = Self { parameters: resolved.parameters, ..Self::default() };
        for (name, resource) in resolved.resources {
            stack.file(&resource).map_err(|wrong| format!("{name} ({}): {wrong}", resource.kind))?;
            stack.resources.insert(name, resource);
        }
        Ok(stack)
    }

    fn file(&mut self, resource: &Resource) -> Result<(), String> {
        let properties = &resource.properties;
        match resource.kind.as_str() {
            "AWS::ApplicationAutoScaling::ScalableTarget" => self.scalable_targets.push(typed(properties)?),
            "AWS::ApplicationAutoScaling::ScalingPolicy" => self.scaling_policies.push(typed(properties)?),
            "AWS::AutoScaling::AutoScalingGroup" => self.groups.push(typed(properties)?),
            "AWS::CloudWatch::Alarm" => self.alarms.push(typed(properties)?),
            "AWS::EC2::LaunchTemplate" => self.launch_templates.push(typed(properties)?),
            "AWS::ECS::CapacityProvider" => self.capacity_providers.push(typed(properties)?),
            "AWS::ECS::Cluster" => self.clusters.push(typed(properties)?),
            "AWS::ECS::Service" => self.services.push(typed(properties)?),
            "AWS::ElasticLoadBalancingV2::TargetGroup" => self.target_groups.push(typed(properties)?),
            "AWS::Events::Rule" => self.rules.push(typed(properties)?),
            "AWS::IAM::Role" => self.roles.push(typed(properties)?),
            "AWS::Logs::LogGroup" => self.log_groups.push(typed(properties)?),
            "AWS::SNS::Topic" => self.topics.push(typed(properties)?),
            "AWS::SSM::Document" => self.documents.push(typed(properties)?),
            "AWS::Scheduler::Schedule" => self.schedules.push(typed(properties)?),
            carried if CARRIED.contains(&carried) => {}
            _ => return Err("resources of this kind are not supported".into()),
        }
        Ok(())
    }

    /// The schedule of that name.
    #[must_use]
    pub fn schedule(&self, name: &str) -> Option<&Schedule> {
        self.schedules.iter().find(|schedule| schedule.name == name)
    }

    /// The rule of that name.
    #[must_use]
    pub fn rule(&self, name: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.name == name)
    }

    /// The alarm of that name.
    #[must_use]
    pub fn alarm(&self, name: &str) -> Option<&Alarm> {
        self.alarms.iter().find(|alarm| alarm.alarm_name == name)
    }

    /// The fleet's Auto Scaling group.
    #[must_use]
    pub fn group(&self) -> Option<&Group> {
        self.groups.first()
    }
}

fn typed<'v, T: Deserialize<'v>>(properties: &'v Value) -> Result<T, String> {
    T::deserialize(properties).map_err(|error| error.to_string())
}
