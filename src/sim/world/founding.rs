//! Founding services: definition, target group, log group, and tasks that have long been running.

use std::collections::{BTreeSet, VecDeque};

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::constraint::Constraint;
use super::ground::owned;
use super::instance::Instance;
use super::log::LogGroup;
use super::names::{deployment_id, ec2_id, hex, mac, uuid};
use super::service::{Deployment, Rollout, RolloutState, Service, ServiceLoadBalancer, Strategy};
use super::target::{HealthCheck, LoadBalancer, TargetType};
use super::task::{ContainerDefinition, Flaw, Interface, NetworkMode, PortMapping, Task, TaskDefinition, TaskStatus};

/// What a service is to be like.
#[derive(Debug, Clone)]
pub(crate) struct Blueprint {
    /// Name of the service, its family and its first container.
    pub name: String,
    /// Tasks wanted.
    pub desired: u32,
    /// One task on every instance instead.
    pub daemon: bool,
    /// How its tasks are connected.
    pub network: NetworkMode,
    /// CPU units of a task.
    pub cpu: i64,
    /// MiB of a task.
    pub memory: i64,
    /// Port of the first container; 0: none.
    pub port: u16,
    /// Load balancer that leads to it.
    pub balancer: Option<String>,
    /// How instances are chosen.
    pub strategy: Strategy,
    /// Whether its tasks may go to an instance that is about to be replaced.
    pub hops: bool,
    /// Whether failing tasks stop a deployment.
    pub breaker: bool,
    /// Days since it was created.
    pub days: f64,
}

impl Blueprint {
    /// A service of `desired` small tasks on the bridge, without a load balancer.
    pub(crate) fn new(name: &str, desired: u32) -> Self {
        Self {
            name: name.into(),
            desired,
            daemon: false,
            network: NetworkMode::Bridge,
            cpu: 256,
            memory: 512,
            port: 0,
            balancer: None,
            strategy: Strategy::Spread,
            hops: false,
            breaker: true,
            days: 120.0,
        }
    }

    /// With this size, in CPU units and MiB.
    pub(crate) fn sized(mut self, cpu: i64, memory: i64) -> Self {
        (self.cpu, self.memory) = (cpu, memory);
        self
    }

    /// Behind a load balancer, listening on `port`.
    pub(crate) fn behind(mut self, balancer: &str, port: u16) -> Self {
        (self.balancer, self.port) = (Some(balancer.into()), port);
        self
    }

    /// With an interface for each task.
    pub(crate) fn awsvpc(mut self) -> Self {
        self.network = NetworkMode::Awsvpc;
        self
    }

    /// Without the constraint that keeps its tasks off instances that are about to be replaced.
    pub(crate) fn hopping(mut self) -> Self {
        self.hops = true;
        self
    }

    /// One task on every instance.
    pub(crate) fn daemon(mut self) -> Self {
        (self.daemon, self.hops) = (true, true);
        self
    }

    /// Packed onto as few instances as possible.
    pub(crate) fn binpacked(mut self) -> Self {
        self.strategy = Strategy::Binpack;
        self
    }
}

impl World {
    /// Adds an internet-facing load balancer.
    pub(crate) fn add_balancer(&mut self, name: &str) {
        let balancer = LoadBalancer {
            name: name.into(),
            suffix: hex(&mut self.rng, 16),
            internal: false,
            created_at: self.hours_ago(24.0 * 180.0),
            security_groups: vec![self.ground.balancers.clone()],
        };
        self.load_balancers.insert(name.into(), balancer);
    }

    /// Registers the next revision of a task definition of this shape. Returns its key.
    pub(crate) fn register_definition(&mut self, plan: &Blueprint, hours_ago: f64) -> String {
        let log_group = format!("/ecs/{}/{}", self.cluster, plan.name);
        let at = self.hours_ago(hours_ago);
        let revision = self.next_number(&plan.name);
        let definition = self.definition_of(plan, revision, at, log_group.clone());
        let key = definition.key();
        self.task_definitions.insert(key.clone(), definition);
        let bytes = self.rng.u64(10_000_000..90_000_000_000);
        let group =
            LogGroup { retention_days: self.service_retention(), stored_bytes: bytes, ..LogGroup::new(&log_group, at) };
        self.log_groups.entry(log_group).or_insert(group);
        key
    }

    /// A revision of a task definition of this shape.
    pub(super) fn definition_of(
        &self,
        plan: &Blueprint,
        revision: u32,
        at: Timestamp,
        log_group: String,
    ) -> TaskDefinition {
        let ports = if plan.port == 0 {
            Vec::new()
        } else {
            let host = if plan.network == NetworkMode::Bridge { 0 } else { plan.port };
            vec![PortMapping { container: plan.port, host }]
        };
        let mut requires = vec!["com.amazonaws.ecs.capability.logging-driver.awslogs".to_owned()];
        if plan.network == NetworkMode::Awsvpc {
            requires.push("ecs.capability.task-eni".into());
        }
        TaskDefinition {
            family: plan.name.clone(),
            revision,
            network_mode: plan.network,
            containers: vec![ContainerDefinition {
                name: plan.name.clone(),
                image: format!("{}.dkr.ecr.{}.amazonaws.com/{}:r{revision}", self.account, self.region, plan.name),
                cpu: plan.cpu,
                memory: plan.memory,
                ports,
                log_group: Some(log_group),
                log_prefix: Some(plan.name.clone()),
                health_check: plan.port != 0,
            }],
            requires,
            constraints: Vec::new(),
            registered_at: at,
            registered_by: self.arn_of("iam", "role/deployer"),
            size: (None, None),
            ends_after: None,
            given: None,
            tags: owned(&[("team", team(&plan.name))]),
        }
    }

    /// Adds a service as it is described, with a completed deployment and no task yet.
    pub(crate) fn add_service(&mut self, plan: &Blueprint) {
        let hours = 24.0 * plan.days;
        let definition = self.register_definition(plan, hours.min(60.0));
        let created_at = self.hours_ago(hours);
        let load_balancers = self.add_target_group(plan).into_iter().collect();
        let mut service = Service {
            name: plan.name.clone(),
            daemon: plan.daemon,
            desired: plan.desired,
            load_balancers,
            deployments: Vec::new(),
            rollouts: VecDeque::new(),
            events: VecDeque::new(),
            tasks: BTreeSet::new(),
            by_zone: vec![0; self.zones.len()],
            created_at,
            created_by: self.arn_of("iam", "role/deployer"),
            // ECS's defaults: 100 and 200 for replicas, 0 and 100 for daemons ([ECS DeploymentConfiguration]).
            minimum_healthy_percent: if plan.daemon { 0 } else { 100 },
            maximum_percent: if plan.daemon { 100 } else { 200 },
            breaker: plan.breaker,
            rollback: false,
            strategy: plan.strategy,
            constraints: if plan.hops { Vec::new() } else { keeps_off() },
            capacity_provider: (!plan.daemon).then(|| self.ground.provider.clone()),
            grace_seconds: if plan.balancer.is_some() { self.planned_grace() } else { 0 },
            security_groups: vec![self.ground.tasks.clone()],
            tags: owned(&[("team", team(&plan.name))]),
            steady: true,
            unplaced_at: None,
            unplaced_said_at: None,
            planned: false,
            given: None,
        };
        let began = self.hours_ago(hours.min(60.0));
        let deployment = self.new_deployment(&definition, began, None);
        service.deployments.push(deployment);
        service.rollouts.push_front(self.new_rollout(&service, began));
        self.services.insert(plan.name.clone(), service);
        self.complete(&plan.name, began + SignedDuration::from_mins(4));
    }

    /// A deployment that begins at `at`.
    pub(crate) fn new_deployment(&mut self, definition: &str, at: Timestamp, flaw: Option<Flaw>) -> Deployment {
        let id = deployment_id(&mut self.rng);
        Deployment {
            reason: format!("ECS deployment {id} in progress."),
            id,
            definition: definition.to_owned(),
            failed_tasks: 0,
            state: RolloutState::InProgress,
            created_at: at,
            updated_at: at,
            retry_at: at,
            flaw,
        }
    }

    /// The record of a rollout of a service's primary deployment.
    pub(crate) fn new_rollout(&mut self, service: &Service, at: Timestamp) -> Rollout {
        Rollout {
            id: hex(&mut self.rng, 21),
            deployment: service.primary().map(|d| d.id.clone()).unwrap_or_default(),
            revision: self.rng.u64(1_000_000_000_000_000_000..9_000_000_000_000_000_000).to_string(),
            definition: service.primary().map(|d| d.definition.clone()).unwrap_or_default(),
            source_revision: service.current_revision(),
            status: "IN_PROGRESS".into(),
            reason: None,
            created_at: at,
            finished_at: None,
        }
    }

    /// Makes a service's deployment one that began so long ago and has not completed.
    pub(crate) fn reopen(&mut self, name: &str, minutes: f64) {
        let at = self.minutes_ago(minutes);
        let Some(service) = self.services.get_mut(name) else { return };
        service.steady = false;
        service.events.clear();
        let Some(primary) = service.deployments.first_mut() else { return };
        primary.state = RolloutState::InProgress;
        primary.reason = format!("ECS deployment {} in progress.", primary.id);
        (primary.created_at, primary.updated_at) = (at, at);
        if let Some(rollout) = service.rollouts.front_mut() {
            rollout.status = "IN_PROGRESS".into();
            rollout.created_at = at;
            rollout.finished_at = None;
        }
    }

    /// Completes a service's primary deployment at `at`, and says so.
    pub(crate) fn complete(&mut self, name: &str, at: Timestamp) {
        let (first, second) = (uuid(&mut self.rng), uuid(&mut self.rng));
        let Some(service) = self.services.get_mut(name) else { return };
        let Some(primary) = service.deployments.first_mut() else { return };
        primary.state = RolloutState::Completed;
        primary.reason = format!("ECS deployment {} completed.", primary.id);
        primary.updated_at = at;
        let id = primary.id.clone();
        if let Some(rollout) = service.rollouts.iter_mut().find(|r| r.deployment == id) {
            let back = rollout.status.starts_with("ROLLBACK_");
            rollout.status = if back { "ROLLBACK_SUCCESSFUL" } else { "SUCCESSFUL" }.into();
            rollout.finished_at = Some(at);
        }
        service.note(first, at, format!("(service {name}) (deployment {id}) deployment completed."));
        service.note(second, at, format!("(service {name}) has reached a steady state."));
        service.steady = true;
    }

    fn add_target_group(&mut self, plan: &Blueprint) -> Option<ServiceLoadBalancer> {
        let balancer = plan.balancer.clone()?;
        let ip = plan.network == NetworkMode::Awsvpc;
        let name: String = format!("{}-{}", self.cluster, plan.name).chars().take(32).collect();
        let port = if ip { plan.port } else { 80 };
        let kind = if ip { TargetType::Ip } else { TargetType::Instance };
        let mut group = self.new_target_group(&name, port, kind);
        group.health_check = HealthCheck { path: "/healthz".into(), ..self.planned_check() };
        group.load_balancer = Some(balancer);
        group.deregistration_seconds = self.planned_delay().unwrap_or(group.deregistration_seconds);
        let target_group = group.name.clone();
        self.target_groups.insert(target_group.clone(), group);
        Some(ServiceLoadBalancer { target_group, container: plan.name.clone(), port: plan.port })
    }

    /// Fills a service with running tasks and their healthy targets, as far as there is room.
    pub(crate) fn fill(&mut self, name: &str) {
        let Some(service) = self.services.get(name) else { return };
        let (daemon, desired) = (service.daemon, service.desired as usize);
        let deployed_at = service.primary().map_or(self.now, |deployment| deployment.created_at);
        let Some(definition) = service.primary().and_then(|d| self.task_definitions.get(&d.definition)).cloned() else {
            return;
        };
        let places: Vec<Option<String>> =
            if daemon { self.active_instances().into_iter().map(Some).collect() } else { vec![None; desired] };
        if daemon && let Some(service) = self.services.get_mut(name) {
            service.desired = u32::try_from(places.len()).unwrap_or(u32::MAX);
        }
        for place in places {
            let Some(place) = place.or_else(|| self.find_place(&definition, Some(name))) else { break };
            let began = self.settled_since(name, &place);
            let id = self.new_task(&definition, Some(name), began);
            self.put(&id, &place);
            self.start_at(&id, began + SignedDuration::from_secs(12));
            self.register_targets(&id, began + SignedDuration::from_secs(14), true);
            self.open_predecessor(&id, deployed_at);
        }
    }

    /// A plausible start of a task that has been running: after its deployment and after its instance joined.
    fn settled_since(&mut self, service: &str, instance: &str) -> Timestamp {
        let joined = self.instances.get(instance).and_then(|i| i.container.as_ref()).map(|c| c.registered_at);
        let deployed = self.services.get(service).and_then(Service::primary).map(|d| d.created_at);
        let earliest = joined.max(deployed).unwrap_or(self.now);
        let soon = earliest + SignedDuration::from_secs(self.rng.i64(5..90));
        soon.min(self.now - SignedDuration::from_secs(60)).max(earliest)
    }

    /// A task that has just been asked for; it is nowhere yet. Returns its id.
    pub(crate) fn new_task(&mut self, definition: &TaskDefinition, service: Option<&str>, at: Timestamp) -> String {
        let id = hex(&mut self.rng, 32);
        let deployment = service.and_then(|s| self.services.get(s)?.primary().cloned());
        let task = Task {
            id: id.clone(),
            cluster: self.cluster.clone(),
            definition: definition.key(),
            group: service.map_or_else(|| format!("family:{}", definition.family), |s| format!("service:{s}")),
            service: service.map(str::to_owned),
            started_by: deployment.as_ref().map(|d| d.id.clone()),
            instance: None,
            container_instance: None,
            zone: None,
            status: TaskStatus::Provisioning,
            stop_wanted: false,
            created_at: at,
            pull_started_at: None,
            pull_stopped_at: None,
            started_at: None,
            stopping_at: None,
            execution_stopped_at: None,
            stopped_at: None,
            ending: None,
            flaw: deployment.and_then(|d| d.flaw),
            protected_until: None,
            interface: None,
            bindings: Vec::new(),
            version: 1,
        };
        if let Some(service) = service.and_then(|s| self.services.get_mut(s)) {
            service.tasks.insert(id.clone());
        }
        self.tasks.insert(id.clone(), task);
        id
    }

    /// Places a task on an instance.
    pub(crate) fn put(&mut self, task_id: &str, instance_id: &str) {
        let Some(task) = self.tasks.get(task_id) else { return };
        let (key, service) = (task.definition.clone(), task.service.clone());
        let Some(definition) = self.task_definitions.get(&key).cloned() else { return };
        let bindings = self.hold(instance_id, task_id, &definition, service.as_deref());
        let Some(instance) = self.instances.get(instance_id) else { return };
        let zone = instance.zone;
        let container = instance.container.as_ref().map(|c| c.id.clone());
        let cluster = instance.container.as_ref().map_or_else(|| self.cluster.clone(), |c| c.cluster.clone());
        let interface = (definition.network_mode == NetworkMode::Awsvpc).then(|| self.new_interface(zone)).flatten();
        let Some(task) = self.tasks.get_mut(task_id) else { return };
        task.instance = Some(instance_id.to_owned());
        task.container_instance = container;
        task.cluster = cluster;
        task.zone = Some(zone);
        task.bindings = bindings;
        task.interface = interface;
        task.version += 1;
    }

    fn new_interface(&mut self, zone: usize) -> Option<Interface> {
        let address = self.zones.get_mut(zone)?.take_address();
        let rng = &mut self.rng;
        Some(Interface { attachment_id: uuid(rng), id: ec2_id(rng, "eni"), address, mac: mac(rng) })
    }

    /// Marks a task's containers as started at `at`.
    pub(crate) fn start_at(&mut self, id: &str, at: Timestamp) {
        let Some(task) = self.tasks.get_mut(id) else { return };
        task.status = TaskStatus::Running;
        let pull = SignedDuration::from_millis(1800);
        task.pull_started_at.get_or_insert((at - pull - pull).max(task.created_at));
        task.pull_stopped_at.get_or_insert((at - pull).max(task.created_at));
        task.started_at = Some(at);
        task.version += 1;
        self.open_streams(id);
    }

    /// EC2 ids of the fleet's instances that take tasks.
    pub(crate) fn active_instances(&self) -> Vec<String> {
        let here = |i: &&Instance| i.container.as_ref().is_some_and(|c| c.cluster == self.cluster);
        let taking = self.instances.values().filter(|i| super::place::takes_tasks(i)).filter(here);
        taking.map(|i| i.id.clone()).collect()
    }
}

/// What keeps a service's tasks off instances that are about to be replaced.
fn keeps_off() -> Vec<Constraint> {
    Constraint::member_of("attribute:retiring !exists").into_iter().collect()
}

/// The team that a service's tag names.
fn team(service: &str) -> &'static str {
    const TEAMS: [&str; 5] = ["storefront", "payments", "platform", "discovery", "media"];
    let sum: usize = service.bytes().map(usize::from).sum();
    TEAMS.get(sum % TEAMS.len()).copied().unwrap_or_default()
}
