//! Making instances: as EC2 launches them and as ECS registers them.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::World;
use super::image::LaunchTemplateVersion;
use super::instance::{Check, ContainerInstance, ContainerStatus, Ec2State, Instance, Lifecycle, Membership, Used};
use super::names::{ec2_id, hex};

/// What an instance type offers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct InstanceType {
    /// Such as `m7i.large`.
    pub name: &'static str,
    /// vCPUs.
    pub vcpus: i64,
    /// MiB.
    pub memory: i64,
    /// Network interfaces at most.
    pub interfaces: u32,
    /// IPv4 addresses of each of them at most.
    pub addresses: u32,
    /// MiB that ECS registers: what the operating system leaves.
    registered_memory: i64,
    /// Interfaces for tasks with ENI trunking
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/eni-trunking-supported-instance-types.html>).
    trunked: u32,
}

/// The types that the world's Region offers
/// (<https://docs.aws.amazon.com/ec2/latest/instancetypes/gp.html>).
pub(crate) const TYPES: [InstanceType; 3] = [
    InstanceType {
        name: "m7i.large",
        vcpus: 2,
        memory: 8_192,
        interfaces: 3,
        addresses: 10,
        registered_memory: 7_765,
        trunked: 10,
    },
    InstanceType {
        name: "m7i.xlarge",
        vcpus: 4,
        memory: 16_384,
        interfaces: 4,
        addresses: 15,
        registered_memory: 15_745,
        trunked: 20,
    },
    InstanceType {
        name: "m7i.2xlarge",
        vcpus: 8,
        memory: 32_768,
        interfaces: 4,
        addresses: 15,
        registered_memory: 31_705,
        trunked: 40,
    },
];

/// Ports that the ECS-optimized AMI keeps for itself: SSH, Docker and the agent ([ECS RegisterContainerInstance]).
pub(crate) const RESERVED_PORTS: [u16; 5] = [22, 2375, 2376, 51678, 51679];

/// Capabilities that a current agent registers as attributes without a value.
const CAPABILITIES: [&str; 12] = [
    "com.amazonaws.ecs.capability.docker-remote-api.1.44",
    "com.amazonaws.ecs.capability.ecr-auth",
    "com.amazonaws.ecs.capability.logging-driver.awslogs",
    "com.amazonaws.ecs.capability.logging-driver.json-file",
    "com.amazonaws.ecs.capability.task-iam-role",
    "com.amazonaws.ecs.capability.task-iam-role-network-host",
    "ecs.capability.aws-appmesh",
    "ecs.capability.container-health-check",
    "ecs.capability.execution-role-awslogs",
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.secrets.ssm.environment-variables",
    "ecs.capability.task-eni",
];

/// What an instance is launched as.
#[derive(Debug, Clone)]
pub(crate) struct Launch {
    /// `r-…`
    pub reservation_id: String,
    /// AMI id.
    pub image_id: String,
    /// Such as `m7i.xlarge`.
    pub instance_type: String,
    /// Position of its zone among the world's.
    pub zone: usize,
    /// Key pair.
    pub key_name: Option<String>,
    /// `sg-…` ids.
    pub security_groups: Vec<String>,
    /// Tags by key.
    pub tags: BTreeMap<String, String>,
    /// What it runs when it first boots, as text.
    pub user_data: String,
}

impl World {
    /// The launch template version that a group launches from, or launched from in the past: every version was the group's as
    /// soon as it was there.
    fn template_version(&self, group: &str, at: Timestamp) -> Option<LaunchTemplateVersion> {
        let launches = self.groups.get(group)?.launches();
        let template = self.launch_templates.get(&launches.template_id)?;
        if at >= self.now {
            return template.version(&launches.version).cloned();
        }
        let in_force = template.versions.iter().rev().find(|v| v.created_at <= at);
        in_force.or(template.versions.first()).cloned()
    }

    /// Launches an instance into a group at `at`; it is pending and unknown to ECS. Returns its id.
    pub(crate) fn launch_into(&mut self, group: &str, at: Timestamp) -> Option<String> {
        let version = self.template_version(group, at)?;
        let zone = self.emptiest_zone(group);
        let id = ec2_id(&mut self.rng, "i");
        let mut tags = self.groups.get(group)?.tags.clone();
        tags.extend(version.instance_tags.clone());
        // Tags that Auto Scaling and launch templates set themselves ([EC2 Auto Scaling tags]).
        tags.insert("aws:autoscaling:groupName".into(), group.into());
        tags.insert("aws:ec2launchtemplate:id".into(), self.groups.get(group)?.template_id.clone());
        tags.insert("aws:ec2launchtemplate:version".into(), version.number.to_string());
        let launch = Launch {
            reservation_id: ec2_id(&mut self.rng, "r"),
            image_id: version.image_id,
            instance_type: version.instance_type,
            zone,
            key_name: version.key_name,
            security_groups: version.security_groups,
            tags,
            user_data: version.user_data,
        };
        let mut instance = self.new_instance(&id, launch, at)?;
        instance.membership = Some(Membership {
            group: group.into(),
            lifecycle: Lifecycle::Pending,
            in_service_at: None,
            healthy: true,
            template_version: version.number,
            protected: false,
        });
        self.groups.get_mut(group)?.members.insert(id.clone());
        if let Some(count) = self.members_by_zone.entry(group.to_owned()).or_default().get_mut(zone) {
            *count += 1;
        }
        self.instances.insert(id.clone(), instance);
        Some(id)
    }

    fn new_instance(&mut self, id: &str, launch: Launch, at: Timestamp) -> Option<Instance> {
        Some(Instance {
            id: id.to_owned(),
            reservation_id: launch.reservation_id,
            launch_index: 0,
            state: Ec2State::Pending,
            launched_at: at,
            terminated_at: None,
            image_id: launch.image_id,
            instance_type: launch.instance_type,
            zone: launch.zone,
            private_ip: self.zones.get_mut(launch.zone)?.take_address(),
            interface_id: ec2_id(&mut self.rng, "eni"),
            volume_id: ec2_id(&mut self.rng, "vol"),
            key_name: launch.key_name,
            security_groups: launch.security_groups,
            tags: launch.tags,
            system_check: Check::Initializing,
            instance_check: Check::Initializing,
            membership: None,
            container: None,
            sound: true,
            user_data: launch.user_data,
        })
    }

    /// Launches `count` instances that belong to no group, in one reservation; their agents join the cluster that user
    /// data names, or none. Returns their ids.
    pub(crate) fn launch_alone(&mut self, launch: &Launch, count: u32) -> Vec<String> {
        let reservation_id = ec2_id(&mut self.rng, "r");
        let mut ids = Vec::new();
        for index in 0..count {
            let id = ec2_id(&mut self.rng, "i");
            let launch = Launch { reservation_id: reservation_id.clone(), ..launch.clone() };
            let Some(mut instance) = self.new_instance(&id, launch, self.now) else { break };
            instance.launch_index = index;
            self.instances.insert(id.clone(), instance);
            self.plan_boot(&id);
            ids.push(id);
        }
        ids
    }

    /// The zone with the fewest members of a group; Auto Scaling keeps zones balanced.
    fn emptiest_zone(&mut self, group: &str) -> usize {
        let zones = self.zones.len();
        let counts = self.members_by_zone.entry(group.to_owned()).or_insert_with(|| vec![0; zones]);
        (0..counts.len()).min_by_key(|zone| counts[*zone]).unwrap_or(0)
    }

    /// Marks an instance as running and in service.
    pub(crate) fn set_running(&mut self, id: &str) {
        let now = self.now;
        self.change_instance(id, |instance| {
            instance.state = Ec2State::Running;
            if let Some(membership) = &mut instance.membership {
                membership.lifecycle = Lifecycle::InService;
                membership.in_service_at = Some(now);
            }
        });
    }

    /// Marks both status checks as passed.
    pub(crate) fn pass_checks(&mut self, id: &str) {
        self.change_instance(id, |instance| {
            instance.system_check = Check::Ok;
            instance.instance_check = Check::Ok;
        });
    }

    /// Registers an instance with a cluster at `at`.
    pub(crate) fn register(&mut self, id: &str, cluster: &str, at: Timestamp) {
        let Some(container) = self.new_container_instance(id, cluster, at) else { return };
        self.joined.insert(container.id.clone(), id.to_owned());
        self.change_instance(id, |instance| instance.container = Some(container));
    }

    fn new_container_instance(&mut self, id: &str, cluster: &str, at: Timestamp) -> Option<ContainerInstance> {
        let instance = self.instances.get(id)?;
        let attributes = self.attributes(instance);
        let offered = TYPES.iter().find(|known| known.name == instance.instance_type)?;
        let group = instance.membership.as_ref().map(|m| m.group.as_str());
        let provider = self.capacity_providers.values().find(|p| Some(p.group.as_str()) == group);
        Some(ContainerInstance {
            id: hex(&mut self.rng, 32),
            cluster: cluster.to_owned(),
            status: ContainerStatus::Active,
            status_since: at,
            agent_connected: true,
            agent_since: at,
            agent_version: self.images.get(&instance.image_id)?.agent_version.clone(),
            registered_at: at,
            version: 1,
            capacity_provider: provider.map(|p| p.name.clone()),
            attributes,
            cpu: offered.vcpus * 1_024,
            memory: offered.registered_memory,
            interfaces: offered.trunked,
            used: Used { ports: RESERVED_PORTS.into(), ..Used::default() },
            tasks: BTreeSet::new(),
            by_service: BTreeMap::new(),
        })
    }

    fn attributes(&self, instance: &Instance) -> BTreeMap<String, Option<String>> {
        let zone = self.zones.get(instance.zone);
        let valued = [
            ("ecs.ami-id", instance.image_id.clone()),
            ("ecs.availability-zone", zone.map(|z| z.name.clone()).unwrap_or_default()),
            ("ecs.availability-zone-id", zone.map(|z| z.id.clone()).unwrap_or_default()),
            ("ecs.awsvpc-trunk-id", instance.interface_id.replace("eni-0", "eni-1")),
            ("ecs.cpu-architecture", "x86_64".into()),
            ("ecs.instance-type", instance.instance_type.clone()),
            ("ecs.os-family", "LINUX".into()),
            ("ecs.os-type", "linux".into()),
            ("ecs.subnet-id", zone.map(|z| z.subnet_id.clone()).unwrap_or_default()),
            ("ecs.vpc-id", self.vpc_id.clone()),
        ];
        let valued = valued.into_iter().map(|(name, value)| (name.to_owned(), Some(value)));
        valued.chain(CAPABILITIES.iter().map(|name| ((*name).to_owned(), None))).collect()
    }

    /// An instance that has been in the fleet for `hours`. Returns its id.
    pub(crate) fn add_member(&mut self, hours: f64) -> Option<String> {
        let group = self.ground.group.clone();
        let at = self.hours_ago(hours);
        let id = self.launch_into(&group, at)?;
        self.set_running(&id);
        self.pass_checks(&id);
        let boot = self.rng.i64(45..=90);
        let registered_at = at + jiff::SignedDuration::from_secs(boot);
        let cluster = self.cluster.clone();
        self.register(&id, &cluster, registered_at);
        // Its journal begins with the kernel, some time before the agent has registered.
        self.open_journal(&id, registered_at - jiff::SignedDuration::from_secs(8));
        Some(id)
    }
}

impl World {
    /// Makes `instances` what the fleet's group wants.
    pub(crate) fn size_group(&mut self, instances: u32) {
        let (min, max) = self.bounds(instances);
        if let Some(group) = self.groups.get_mut(&self.ground.group) {
            (group.min, group.max, group.desired) = (min, max, instances);
        }
    }
}
