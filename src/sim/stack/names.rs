//! What `Ref` and `Fn::GetAtt` give of a resource: its name, id or ARN.
//!
//! "Return values" of each resource's page
//! (<https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-template-resource-type-ref.html>). What
//! AWS would make up, such as ids, is made up of the logical name, the same each time.

use super::Place;

/// A resource, as far as it is called something.
#[derive(Debug)]
pub(super) struct Named<'r> {
    /// Logical name.
    pub logical: &'r str,
    /// Kind.
    pub kind: &'r str,
    /// The name that the template gives it.
    pub name: Option<String>,
    /// Its path, if it is a role with one.
    pub path: &'r str,
}

/// The property that holds a resource's name.
pub(super) fn name_property(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "AWS::ApplicationAutoScaling::ScalableTarget" => "ResourceId",
        "AWS::AutoScaling::AutoScalingGroup" => "AutoScalingGroupName",
        "AWS::CloudWatch::Alarm" => "AlarmName",
        "AWS::EC2::LaunchTemplate" => "LaunchTemplateName",
        "AWS::ECS::Cluster" => "ClusterName",
        "AWS::ECS::Service" => "ServiceName",
        "AWS::ECS::TaskDefinition" => "Family",
        "AWS::ECS::CapacityProvider"
        | "AWS::ElasticLoadBalancingV2::LoadBalancer"
        | "AWS::ElasticLoadBalancingV2::TargetGroup"
        | "AWS::Events::Rule"
        | "AWS::SSM::Document"
        | "AWS::Scheduler::Schedule" => "Name",
        "AWS::IAM::InstanceProfile" => "InstanceProfileName",
        "AWS::IAM::Role" => "RoleName",
        "AWS::Logs::LogGroup" => "LogGroupName",
        "AWS::SNS::Topic" => "TopicName",
        _ => return None,
    })
}

impl Named<'_> {
    /// What `Ref` gives.
    pub(super) fn reference(&self, place: &Place) -> Result<String, String> {
        let name = self.name();
        Ok(match self.kind {
            "AWS::ApplicationAutoScaling::ScalableTarget" => format!("{name}|ecs:service:DesiredCount|ecs"),
            "AWS::AutoScaling::AutoScalingGroup"
            | "AWS::CloudWatch::Alarm"
            | "AWS::ECS::CapacityProvider"
            | "AWS::ECS::Cluster"
            | "AWS::Events::Rule"
            | "AWS::IAM::InstanceProfile"
            | "AWS::IAM::Role"
            | "AWS::Logs::LogGroup"
            | "AWS::SSM::Document"
            | "AWS::Scheduler::Schedule" => name,
            "AWS::EC2::LaunchTemplate" => self.id("lt"),
            "AWS::EC2::SecurityGroup" => self.id("sg"),
            _ => self.arn(place).ok_or_else(|| self.unknown("Ref"))?,
        })
    }

    /// What `Fn::GetAtt` gives of `attribute`.
    pub(super) fn attribute(&self, attribute: &str, place: &Place) -> Result<String, String> {
        let found = match (self.kind, attribute) {
            (_, "Arn") => self.arn(place),
            ("AWS::EC2::SecurityGroup", "GroupId") => Some(self.id("sg")),
            ("AWS::EC2::LaunchTemplate", "LatestVersionNumber") => Some("1".into()),
            ("AWS::ECS::Service", "Name") => Some(self.name()),
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "LoadBalancerFullName") => {
                Some(format!("app/{}/{}", self.name(), self.hex(16)))
            }
            ("AWS::ElasticLoadBalancingV2::LoadBalancer", "DNSName") => {
                Some(format!("{}-{}.{}.elb.amazonaws.com", self.name(), self.hex(10), place.region))
            }
            ("AWS::ElasticLoadBalancingV2::TargetGroup", "TargetGroupFullName") => {
                Some(format!("targetgroup/{}/{}", self.name(), self.hex(16)))
            }
            _ => None,
        };
        found.ok_or_else(|| self.unknown(attribute))
    }

    fn unknown(&self, what: &str) -> String {
        format!("{what} of {} ({}) is not supported", self.logical, self.kind)
    }

    fn arn(&self, place: &Place) -> Option<String> {
        let name = self.name();
        let (service, resource) = match self.kind {
            "AWS::CloudWatch::Alarm" => ("cloudwatch", format!("alarm:{name}")),
            "AWS::ECS::Cluster" => ("ecs", format!("cluster/{name}")),
            "AWS::ECS::Service" => ("ecs", format!("service/{name}")),
            "AWS::ECS::TaskDefinition" => ("ecs", format!("task-definition/{name}:1")),
            "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
                ("elasticloadbalancing", format!("loadbalancer/app/{name}/{}", self.hex(16)))
            }
            "AWS::ElasticLoadBalancingV2::TargetGroup" => {
                ("elasticloadbalancing", format!("targetgroup/{name}/{}", self.hex(16)))
            }
            "AWS::Events::Rule" => ("events", format!("rule/{name}")),
            "AWS::IAM::InstanceProfile" => return Some(global(place, &format!("instance-profile/{name}"))),
            "AWS::IAM::Role" => return Some(global(place, &format!("role{}{name}", self.path))),
            "AWS::Logs::LogGroup" => ("logs", format!("log-group:{name}:*")),
            "AWS::SNS::Topic" => ("sns", name),
            "AWS::Scheduler::Schedule" => ("scheduler", format!("schedule/default/{name}")),
            _ => return None,
        };
        Some(format!("arn:aws:{service}:{}:{}:{resource}", place.region, place.account))
    }

    fn name(&self) -> String {
        self.name.clone().unwrap_or_else(|| format!("{}-{}", self.logical, self.hex(12)))
    }

    fn id(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.hex(17))
    }

    /// So many hexadecimal digits, by FNV-1a.
    fn hex(&self, digits: usize) -> String {
        let hash = self
            .logical
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        format!("{:x}", (u128::from(hash) << 64) | u128::from(hash.rotate_left(17)) | (1 << 127))
            .chars()
            .take(digits)
            .collect()
    }
}

fn global(place: &Place, resource: &str) -> String {
    format!("arn:aws:iam::{}:{resource}", place.account)
}
