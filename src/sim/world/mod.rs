//! The fleet with a clock.
//!
//! A world is built from options and a start, and moves only when [`World::advance`] tells it
//! the time: everything that is to happen waits in one queue, ordered by time and then by
//! when it was planned, so that the same seed gives the same life. Timestamps are
//! wall-clock; `speed` shortens what takes time, not time.

pub mod alarm;
mod announce;
mod ask;
pub mod automation;
mod backstory;
mod bake;
pub mod bus;
mod cluster;
pub mod command;
pub(crate) mod composite;
mod console;
pub mod constraint;
mod deployed;
pub(crate) mod evaluate;
pub(crate) mod expression;
mod founding;
mod ground;
pub mod group;
mod heal;
pub mod image;
mod imaging;
pub mod instance;
pub mod invoke;
mod life;
pub mod live;
pub mod log;
mod machines;
mod member;
mod metric;
pub(crate) mod names;
pub mod network;
mod orders;
pub mod parameter;
mod place;
mod promotion;
pub mod query;
mod reconcile;
pub mod recurring;
pub mod refresh;
mod rollback;
mod route;
mod run;
mod scale;
pub mod schedule;
pub mod service;
pub mod target;
pub mod task;
pub mod timetable;
pub mod topic;
mod track;
mod watch;

use std::collections::{BTreeMap, HashMap, VecDeque};

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::backstage::Backstage;
use super::options::Options;
use super::runbook::{Beat, Execution, Status};
use super::scenario;
use super::stack::Stack;
use alarm::{Alarm, MetricName, Mute};
use automation::StoredDocument;
use bus::Rule;
pub use cluster::Cluster;
use command::Command;
use group::{CapacityProvider, Group};
use image::{Image, LaunchTemplate, Snapshot};
use instance::{ContainerInstance, Instance};
use invoke::{Invocation, Tally};
use live::LiveTail;
use log::LogGroup;
use network::{SecurityGroup, Zone};
use parameter::Parameter;
use query::Query;
use schedule::Schedule;
use service::Service;
use target::{LoadBalancer, TargetGroup};
use task::{Task, TaskDefinition};
use topic::Topic;
use track::Track;

pub(crate) use founding::Blueprint;
use ground::Ground;
pub(crate) use ground::{owned, rule};
pub(crate) use imaging::NewImage;
use life::InstanceStep;
pub(crate) use machines::Launch;
pub(crate) use machines::{InstanceType, RESERVED_PORTS, TYPES};
use place::Room;
pub(crate) use promotion::Asked;
use route::TargetKey;
use run::TaskStep;

/// The fleet and everything around it. Fields are readable, so that a test can compute
/// what an answer has to be; they change through the world's own methods.
#[derive(Debug)]
pub struct World {
    /// The time up to which everything has happened.
    pub now: Timestamp,
    /// Account id.
    pub account: String,
    /// Region.
    pub region: String,
    /// Name of the cluster that the fleet forms, where all services are; empty until one is created.
    pub cluster: String,
    /// Clusters by name.
    pub clusters: BTreeMap<String, Cluster>,
    /// `vpc-…`
    pub vpc_id: String,
    /// Zones, in order of name.
    pub zones: Vec<Zone>,
    /// AMIs by id.
    pub images: BTreeMap<String, Image>,
    /// Snapshots that this account owns, by id.
    pub snapshots: BTreeMap<String, Snapshot>,
    /// Launch templates by id.
    pub launch_templates: BTreeMap<String, LaunchTemplate>,
    /// Security groups by id.
    pub security_groups: BTreeMap<String, SecurityGroup>,
    /// Auto Scaling groups by name.
    pub groups: BTreeMap<String, Group>,
    /// Capacity providers by name.
    pub capacity_providers: BTreeMap<String, CapacityProvider>,
    /// Instances by EC2 id, those terminated within the hour included.
    pub instances: BTreeMap<String, Instance>,
    /// Task definitions by `family:revision`.
    pub task_definitions: BTreeMap<String, TaskDefinition>,
    /// Services by name.
    pub services: BTreeMap<String, Service>,
    /// Tasks by id, those stopped within the hour included.
    pub tasks: BTreeMap<String, Task>,
    /// Load balancers by name.
    pub load_balancers: BTreeMap<String, LoadBalancer>,
    /// Target groups by name.
    pub target_groups: BTreeMap<String, TargetGroup>,
    /// Alarms by name.
    pub alarms: BTreeMap<String, Alarm>,
    /// Mute rules by name.
    pub mutes: BTreeMap<String, Mute>,
    /// Parameters that were put, by name.
    pub parameters: BTreeMap<String, Parameter>,
    /// Versions of each parameter that are kept, oldest first, the newest included.
    pub parameter_history: BTreeMap<String, Vec<Parameter>>,
    /// Automation documents by name.
    pub documents: BTreeMap<String, StoredDocument>,
    /// The stack that the fleet was deployed with; empty without a fleet.
    pub stack: Stack,
    /// Commands to instances by id.
    pub commands: BTreeMap<String, Command>,
    /// Executions of automation documents by id.
    pub automations: BTreeMap<String, Execution>,
    /// Schedules of EventBridge Scheduler by name.
    pub schedules: BTreeMap<String, Schedule>,
    /// Rules of the event bus by name.
    pub rules: BTreeMap<String, Rule>,
    /// Topics by ARN.
    pub topics: BTreeMap<String, Topic>,
    /// Status of each execution as the event bus was last told of it.
    announced: HashMap<String, Status>,
    /// How often schedules and rules have invoked their targets, by what invoked them.
    pub tallies: BTreeMap<String, Tally>,
    /// In whose name calls are made from within the account, if not that of whoever asks.
    pub(crate) caller: Option<String>,
    /// Of each execution that acts at this moment and is not among the others therefore: whether it has rate control.
    pub(crate) acting: Vec<bool>,
    /// Log groups by name.
    pub log_groups: BTreeMap<String, LogGroup>,
    /// Queries of Logs Insights by id, those that ended a while ago included.
    pub queries: BTreeMap<String, Query>,
    /// Sessions of Live Tail by id.
    pub live_tails: BTreeMap<String, LiveTail>,
    /// What calls that are made from within the account need.
    pub(crate) backstage: Backstage,
    seed: u64,
    speed: f64,
    rng: Rng,
    /// EC2 id of every container instance, by the container instance's id.
    joined: HashMap<String, String>,
    /// How many revisions each family has.
    revisions: BTreeMap<String, u32>,
    /// Members of each group, by zone.
    members_by_zone: BTreeMap<String, Vec<u32>>,
    /// Metrics that follow from the state, by the minutes in which an alarm looked at them, oldest first.
    samples: BTreeMap<MetricName, VecDeque<(Timestamp, f64)>>,
    /// Whether capacity providers scale their groups, and policies their services.
    scaling: bool,
    /// Services that are scaled by a policy, by name.
    tracks: BTreeMap<String, Track>,
    /// Minutes for which each group has had more instances than it needs.
    slack: BTreeMap<String, u32>,
    /// What metrics that count had counted in the last minute.
    counters: BTreeMap<MetricName, u64>,
    ground: Ground,
    room: Room,
    /// What is to happen, by time and then by when it was planned.
    queue: BTreeMap<(Timestamp, u64), Event>,
    planned: u64,
    /// How many ids were handed out to callers.
    asked: u64,
    /// What calls with a client token made, by operation and token: what was asked, and ids.
    pub(crate) tokens: BTreeMap<(String, String), (serde_json::Value, Vec<String>)>,
}

/// Something that is to happen.
#[derive(Debug, Clone)]
pub(crate) enum Event {
    /// A target's first checks are over.
    TargetChecked(TargetKey),
    /// A task's target has been deregistered.
    TargetGone(TargetKey, String),
    /// Something in an instance's life.
    Instance(String, InstanceStep),
    /// Something in a task's life.
    Task(String, TaskStep),
    /// A minute is over.
    Minute,
    /// A group is to be compared with what it wants.
    Group(String),
    /// A group's instance refresh looks at the group.
    Refresh(String),
    /// A command goes on, on an instance.
    Command(String, String),
    /// An AMI that is being made is complete.
    Image(String),
    /// A version of a parameter is to be gone.
    ParameterExpires(String, i64),
    /// A service is to be compared with what it wants.
    Service(String),
    /// An execution goes on.
    Automation(String, Beat),
    /// A schedule of this edition is due.
    Schedule(String, u64),
    /// A rule of this edition that has a schedule is due.
    Rule(String, u64),
    /// A call is made.
    Invoke(Box<Invocation>),
}

impl World {
    /// The world that `options` describe, as it is at `now`.
    #[must_use]
    pub fn new(options: &Options, now: Timestamp) -> Self {
        let mut world = Self {
            now,
            account: options.account.clone(),
            region: options.region.clone(),
            cluster: String::new(),
            clusters: BTreeMap::new(),
            vpc_id: String::new(),
            zones: Vec::new(),
            images: BTreeMap::new(),
            snapshots: BTreeMap::new(),
            launch_templates: BTreeMap::new(),
            security_groups: BTreeMap::new(),
            groups: BTreeMap::new(),
            capacity_providers: BTreeMap::new(),
            instances: BTreeMap::new(),
            task_definitions: BTreeMap::new(),
            services: BTreeMap::new(),
            tasks: BTreeMap::new(),
            load_balancers: BTreeMap::new(),
            target_groups: BTreeMap::new(),
            alarms: BTreeMap::new(),
            mutes: BTreeMap::new(),
            parameters: BTreeMap::new(),
            parameter_history: BTreeMap::new(),
            documents: BTreeMap::new(),
            stack: Stack::default(),
            commands: BTreeMap::new(),
            automations: BTreeMap::new(),
            schedules: BTreeMap::new(),
            rules: BTreeMap::new(),
            topics: BTreeMap::new(),
            announced: HashMap::new(),
            tallies: BTreeMap::new(),
            caller: None,
            acting: Vec::new(),
            backstage: Backstage::default(),
            log_groups: BTreeMap::new(),
            queries: BTreeMap::new(),
            live_tails: BTreeMap::new(),
            seed: options.seed,
            speed: options.speed.max(f64::MIN_POSITIVE),
            rng: Rng::with_seed(options.seed),
            joined: HashMap::new(),
            revisions: BTreeMap::new(),
            members_by_zone: BTreeMap::new(),
            samples: BTreeMap::new(),
            scaling: options.scaling,
            tracks: BTreeMap::new(),
            slack: BTreeMap::new(),
            counters: BTreeMap::new(),
            ground: Ground::default(),
            room: Room::default(),
            queue: BTreeMap::new(),
            planned: 0,
            asked: 0,
            tokens: BTreeMap::new(),
        };
        scenario::furnish(&mut world, options);
        world
    }

    /// Lets everything happen that is due at `now`. A clock that runs backwards changes nothing.
    pub fn advance(&mut self, now: Timestamp) {
        while let Some(entry) = self.queue.first_entry()
            && entry.key().0 <= now
        {
            let ((at, _), event) = entry.remove_entry();
            self.now = self.now.max(at);
            self.happen(event);
        }
        self.now = self.now.max(now);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::TargetChecked(key) => self.target_checked(&key),
            Event::TargetGone(key, task) => self.target_gone(&key, &task),
            Event::Instance(id, step) => self.instance_step(&id, step),
            Event::Task(id, step) => self.task_step(&id, step),
            Event::Minute => self.minute(),
            Event::Group(name) => self.reconcile_group(&name),
            Event::Refresh(name) => self.refresh_group(&name),
            Event::Command(id, instance) => self.command_goes_on(&id, &instance),
            Event::Image(id) => self.image_complete(&id),
            Event::ParameterExpires(name, version) => self.expire_parameter(&name, version),
            Event::Service(name) => self.reconcile(&name),
            Event::Automation(id, beat) => self.automation_beat(&id, beat),
            Event::Schedule(name, edition) => self.schedule_due(&name, edition),
            Event::Rule(name, edition) => self.rule_due(&name, edition),
            Event::Invoke(invocation) => self.invoke(*invocation),
        }
    }

    /// Plans an event in so many seconds at speed 1.
    pub(crate) fn plan_in(&mut self, seconds: f64, event: Event) {
        let at = self.now + self.span(seconds);
        self.plan_at(at, event);
    }

    /// Plans an event at a time.
    pub(crate) fn plan_at(&mut self, at: Timestamp, event: Event) {
        self.planned += 1;
        self.queue.insert((at, self.planned), event);
    }

    /// Plans to look at a service in so many seconds, once.
    pub(crate) fn plan_service(&mut self, name: &str, seconds: f64) {
        if let Some(service) = self.services.get_mut(name)
            && !service.planned
        {
            service.planned = true;
            self.plan_in(seconds, Event::Service(name.to_owned()));
        }
    }

    /// The EC2 instance behind a container instance's id.
    #[must_use]
    pub fn by_container_instance(&self, id: &str) -> Option<(&Instance, &ContainerInstance)> {
        let instance = self.instances.get(self.joined.get(id)?)?;
        Some((instance, instance.container.as_ref()?))
    }

    /// An ARN in this account and Region.
    #[must_use]
    pub fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:aws:{service}:{}:{}:{resource}", self.region, self.account)
    }

    /// ARN of the fleet's cluster.
    #[must_use]
    pub fn cluster_arn(&self) -> String {
        self.cluster_arn_of(&self.cluster)
    }

    /// ARN of something inside the fleet's cluster, in the long format: `kind` is `task`, `service`,
    /// `container-instance` and so on.
    #[must_use]
    pub fn ecs_arn(&self, kind: &str, id: &str) -> String {
        self.ecs_arn_in(&self.cluster, kind, id)
    }

    /// ARN of a task definition by `family:revision`.
    #[must_use]
    pub fn definition_arn(&self, key: &str) -> String {
        self.arn("ecs", &format!("task-definition/{key}"))
    }

    /// ARN of a target group.
    #[must_use]
    pub fn target_group_arn(&self, group: &TargetGroup) -> String {
        self.arn("elasticloadbalancing", &format!("targetgroup/{}/{}", group.name, group.suffix))
    }

    /// ARN of a load balancer.
    #[must_use]
    pub fn load_balancer_arn(&self, balancer: &LoadBalancer) -> String {
        self.arn("elasticloadbalancing", &format!("loadbalancer/app/{}/{}", balancer.name, balancer.suffix))
    }

    /// ARN of an Auto Scaling group.
    #[must_use]
    pub fn group_arn(&self, group: &Group) -> String {
        self.arn("autoscaling", &format!("autoScalingGroup:{}:autoScalingGroupName/{}", group.uuid, group.name))
    }

    /// Seconds at speed 1, shortened by the world's speed.
    pub(crate) fn span(&self, seconds: f64) -> SignedDuration {
        SignedDuration::from_secs_f64(seconds / self.speed)
    }
}
