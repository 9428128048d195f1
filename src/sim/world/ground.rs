//! The ground that a fleet stands on: network, AMIs, launch template, group and capacity provider.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use jiff::{SignedDuration, Timestamp};

use super::group::{CapacityProvider, Group};
use super::image::{Image, LaunchTemplate, snapshot_of};
use super::log::{LogGroup, system_group};
use super::names::{ec2_id, uuid};
use super::network::{Peer, SecurityGroup, SecurityGroupRule, Zone};
use super::place::Room;
use super::promotion::Asked;
use super::{Cluster, World};
use crate::sim::stack::GroupProvider;

/// Account that owns the ECS-optimized AMIs in most commercial Regions.
const AMAZON: &str = "591542846629";

/// Ids of the ground's parts that instances and services refer to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Ground {
    /// Launch template.
    pub template: String,
    /// Auto Scaling group.
    pub group: String,
    /// Capacity provider.
    pub provider: String,
    /// Security group of instances.
    pub instances: String,
    /// Security group of tasks with interfaces of their own.
    pub tasks: String,
    /// Security group of load balancers.
    pub balancers: String,
    /// The fleet's own AMIs, oldest first; the last two wait to be promoted.
    pub builds: Vec<String>,
}

impl Ground {
    /// The AMI that is `behind` builds behind the promoted one.
    pub(crate) fn build(&self, behind: usize) -> Option<&String> {
        self.builds.iter().rev().nth(CANDIDATES + behind)
    }
}

/// Builds that are newer than the promoted one.
const CANDIDATES: usize = 2;

/// Builds kept.
const BUILDS: usize = 14;

impl World {
    /// The account as AWS opens it: a default VPC with a subnet in each zone and its default security group
    /// ([VPC "Default VPCs"]), Amazon's own AMIs, and no cluster.
    pub(crate) fn open_account(&mut self) {
        self.lay_network();
        self.add_security_group("default", "default VPC security group", |_| Vec::new());
        for week in 0..3 {
            self.add_amazon_image(week);
        }
    }

    /// Lays the ground for a fleet whose oldest current instance may be 14 hours old.
    pub(crate) fn lay_ground(&mut self, cluster: &str) {
        self.add_cluster(Cluster {
            name: cluster.to_owned(),
            tags: owned(&[("quarterdeck:fleet", cluster)]),
            container_insights: "enabled".into(),
        });
        self.lay_network();
        self.lay_security_groups();
        let amazons = (0..3).map(|week| self.add_amazon_image(week)).collect::<Vec<String>>();
        self.read_stack();
        self.lay_images(amazons.last().map(String::as_str).unwrap_or_default());
        self.lay_template();
        self.lay_group();
        self.lay_journal();
    }

    /// The group that instances send their system journal to.
    fn lay_journal(&mut self) {
        let name = system_group(&self.cluster);
        let group = LogGroup {
            retention_days: self.retention(&name),
            stored_bytes: 41_203_775_184,
            ..LogGroup::new(&name, self.hours_ago(24.0 * 200.0))
        };
        self.log_groups.insert(name, group);
    }

    fn lay_network(&mut self) {
        self.vpc_id = ec2_id(&mut self.rng, "vpc");
        for (index, letter) in ["a", "b", "c"].into_iter().enumerate() {
            let network = Ipv4Addr::from(u32::from(Ipv4Addr::new(10, 40, 0, 0)) + ((index as u32) << 14));
            let subnet = ec2_id(&mut self.rng, "subnet");
            let zone = Zone::new(format!("{}{letter}", self.region), zone_id(&self.region, index), subnet, network);
            self.zones.push(zone);
        }
        self.room = Room::new(self.zones.len());
    }

    /// A moment `hours` ago.
    pub(crate) fn hours_ago(&self, hours: f64) -> Timestamp {
        self.now - SignedDuration::from_secs_f64(hours * 3600.0)
    }

    fn lay_security_groups(&mut self) {
        let everywhere = Peer::Cidr("0.0.0.0/0".into());
        let balancers = self.add_security_group("harbor-balancers", "Who may reach the load balancers", |rng| {
            vec![rule(rng, Some(443), everywhere.clone(), "HTTPS from anywhere")]
        });
        let from_balancers = Peer::Group(balancers.clone());
        let instances = self.add_security_group("harbor-instances", "Container instances", |rng| {
            let mut dynamic = rule(rng, Some(32768), from_balancers.clone(), "Dynamic host ports from load balancers");
            dynamic.to_port = Some(60999);
            vec![dynamic]
        });
        let tasks = self.add_security_group("harbor-tasks", "Tasks with an interface of their own", |rng| {
            let mut ports = rule(rng, Some(8000), from_balancers.clone(), "Container ports from load balancers");
            ports.to_port = Some(9999);
            vec![ports]
        });
        self.ground.balancers = balancers;
        self.ground.instances = instances;
        self.ground.tasks = tasks;
    }

    /// Adds a security group that lets everything out, and returns its id.
    pub(crate) fn add_security_group(
        &mut self,
        name: &str,
        description: &str,
        ingress: impl Fn(&mut fastrand::Rng) -> Vec<SecurityGroupRule>,
    ) -> String {
        let id = ec2_id(&mut self.rng, "sg");
        let mut rules = ingress(&mut self.rng);
        let mut out = rule(&mut self.rng, None, Peer::Cidr("0.0.0.0/0".into()), "");
        out.egress = true;
        rules.push(out);
        let group = SecurityGroup { id: id.clone(), name: name.into(), description: description.into(), rules };
        self.security_groups.insert(id.clone(), group);
        id
    }

    /// AMIs as BakeAmi leaves them.
    fn lay_images(&mut self, base: &str) {
        let build_every = self.hours_between_bakes();
        // The world's own randomness decides what the fleet is like, and not this.
        let mut bakes = fastrand::Rng::with_seed(self.seed ^ 0x00BA_4E01);
        let promoted_at = self.hours_ago(14.67);
        let first_age = build_every * (BUILDS - 1 - CANDIDATES) as i64;
        for index in 0..BUILDS {
            let at = promoted_at - SignedDuration::from_hours(first_age - build_every * index as i64);
            let id = ec2_id(&mut self.rng, "ami");
            let bake = uuid(&mut bakes);
            let image = Image {
                id: id.clone(),
                name: format!("{}-{}", self.cluster, at.strftime("%Y-%m-%d_%H.%M.%S")),
                description: format!("Made of {base} by BakeAmi"),
                owner: self.account.clone(),
                owner_alias: None,
                created_at: at,
                deprecated_at: Some(at + SignedDuration::from_hours(24 * 30)),
                state: "available".into(),
                public: false,
                agent_version: "1.103.1".into(),
                snapshot_id: snapshot_of(&id),
                fault: None,
                tags: owned(&[
                    ("Name", &self.cluster),
                    ("quarterdeck:fleet", &self.cluster),
                    ("quarterdeck:source", base),
                    ("quarterdeck:bake", &bake),
                    ("quarterdeck:test", "passed"),
                ]),
            };
            self.keep_snapshot(&image, &id.replace("ami-", "vol-"), at, true);
            self.images.insert(id.clone(), image);
            self.ground.builds.push(id);
        }
    }

    fn add_amazon_image(&mut self, releases_after_first: i64) -> String {
        let at = self.hours_ago((24 * (35 - 14 * releases_after_first)) as f64);
        let id = ec2_id(&mut self.rng, "ami");
        let image = Image {
            id: id.clone(),
            name: format!("al2023-ami-ecs-hvm-2023.0.{}-kernel-6.1-x86_64", at.strftime("%Y%m%d")),
            description: "Amazon Linux AMI 2023 x86_64 ECS HVM EBS".into(),
            owner: AMAZON.into(),
            owner_alias: Some("amazon".into()),
            created_at: at,
            deprecated_at: Some(at + SignedDuration::from_hours(24 * 730)),
            state: "available".into(),
            public: true,
            agent_version: "1.103.1".into(),
            snapshot_id: snapshot_of(&id),
            fault: None,
            tags: BTreeMap::new(),
        };
        self.images.insert(id.clone(), image);
        id
    }

    fn lay_template(&mut self) {
        let id = ec2_id(&mut self.rng, "lt");
        let by = self.arn_of("iam", "role/quarterdeck-automation");
        let template = LaunchTemplate {
            id: id.clone(),
            name: "harbor".into(),
            created_at: self.hours_ago(24.0 * 200.0),
            created_by: by,
            default_version: 0,
            last_number: 0,
            versions: Vec::new(),
            tags: owned(&[("quarterdeck:fleet", &self.cluster)]),
        };
        self.launch_templates.insert(id.clone(), template);
        self.ground.template = id;
        let every = self.hours_between_bakes();
        let by = Asked { by: format!("schedule {}-bake", self.cluster), why: format!("Bake every {every} hours") };
        for behind in (0..BUILDS - CANDIDATES).rev() {
            let tested = 0.75;
            self.promote(behind, 14.67 + (every as f64) * behind as f64 - tested, &by);
        }
    }

    fn lay_group(&mut self) {
        let name = format!("{}-instances", self.cluster);
        let template = self.launch_templates.get(&self.ground.template);
        let in_force = template.map_or(1, |template| template.default_version);
        let planned = self.stack.group();
        let (grace_seconds, warmup_seconds) = (
            planned.map_or(0, |planned| planned.health_check_grace_period),
            planned.map(|p| p.default_instance_warmup),
        );
        let group = Group {
            name: name.clone(),
            uuid: uuid(&mut self.rng),
            min: 0,
            max: 0,
            desired: 0,
            template_id: self.ground.template.clone(),
            template_version: in_force.to_string(),
            grace_seconds,
            warmup_seconds,
            created_at: self.hours_ago(24.0 * 200.0),
            members: BTreeSet::new(),
            target_group_arns: Vec::new(),
            suspended: Vec::new(),
            max_instance_lifetime: None,
            // ECS puts this tag on a group behind a capacity provider ([ECS capacity providers]).
            tags: owned(&[("AmazonECSManaged", ""), ("Name", &name), ("quarterdeck:fleet", &self.cluster)]),
            activities: Vec::new(),
            refreshes: Vec::new(),
        };
        let planned = self.stack.capacity_providers.first().map(|planned| &planned.auto_scaling_group_provider);
        let enabled = |of: fn(&GroupProvider) -> &String| planned.is_some_and(|planned| of(planned) == "ENABLED");
        let provider = CapacityProvider {
            name: format!("{}-capacity", self.cluster),
            group: name.clone(),
            managed_draining: enabled(|planned| &planned.managed_draining),
            managed_scaling: enabled(|planned| &planned.managed_scaling.status),
            termination_protection: enabled(|planned| &planned.managed_termination_protection),
        };
        self.ground.group.clone_from(&name);
        self.ground.provider.clone_from(&provider.name);
        self.groups.insert(name, group);
        self.capacity_providers.insert(provider.name.clone(), provider);
    }

    /// An ARN of a global service, which has no Region.
    pub(crate) fn arn_of(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}::{}:{resource}", self.account)
    }
}

/// Owned tags.
pub(crate) fn owned(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// A rule that lets TCP in on one port, or everything out without one.
pub(crate) fn rule(rng: &mut fastrand::Rng, port: Option<u16>, peer: Peer, description: &str) -> SecurityGroupRule {
    SecurityGroupRule {
        id: ec2_id(rng, "sgr"),
        egress: false,
        protocol: if port.is_some() { "tcp" } else { "-1" }.into(),
        from_port: port,
        to_port: port,
        peer,
        description: description.into(),
    }
}

/// The id of a zone: the Region's short form and a number, such as `euw1-az1`.
fn zone_id(region: &str, index: usize) -> String {
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default();
    let direction = parts.next().unwrap_or_default();
    let number = parts.next().unwrap_or_default();
    let short = match direction {
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        other => other.get(..1).unwrap_or(other),
    };
    format!("{area}{short}{number}-az{}", index + 1)
}
