//! A small fleet with a story, read at a fixed time.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use quarterdeck::fleet::alarm::{Alarm, AlarmKind, AlarmState, MetricAlarm, Mute};
use quarterdeck::fleet::build::Builds;
use quarterdeck::fleet::image::{ExpectedFrom, ExpectedImage, Image, Images, InstanceType};
use quarterdeck::fleet::instance::{
    CheckStatus, Cluster, ContainerInstance, ContainerInstanceStatus, Ec2Instance, Ec2State, Group, GroupMember,
    LifecycleState, Resources,
};
use quarterdeck::fleet::reading::{Failure, FailureKind, Missing, Panel, Reading};
use quarterdeck::fleet::scope::{Identity, Scope};
use quarterdeck::fleet::service::{Deployment, RolloutState, SchedulingStrategy, Service, ServiceLoadBalancer};
use quarterdeck::fleet::snapshot::{PanelRead, Rows};
use quarterdeck::fleet::target::{Target, TargetGroup, TargetState, TargetType};
use quarterdeck::fleet::task::Protection;
use quarterdeck::fleet::task::{
    Container, ContainerDefinition, HealthStatus, LogGroup, Task, TaskDefinition, TaskStatus,
};

use crate::{rotation, runs};

/// Instances of the fleet.
pub const INSTANCES: usize = 12;

const ACCOUNT: &str = "arn:aws:ecs:eu-west-1:111122223333";

/// The time of every read: on the grid of thirty seconds.
pub fn now() -> Timestamp {
    "2026-03-10T14:30:00Z".parse().unwrap()
}

pub fn scope() -> Scope {
    Scope { cluster: "prod".to_owned(), region: "eu-west-1".to_owned() }
}

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

/// Whether anything is wrong with the fleet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Story {
    Healthy,
    Troubled,
}

/// One read of every panel, all at [`now`].
pub fn reads(story: Story) -> Vec<PanelRead> {
    let rows = [
        (Panel::Identity, Rows::Identity(identity())),
        (Panel::Cluster, Rows::Cluster(cluster())),
        (Panel::ContainerInstances, Rows::ContainerInstances(container_instances(story))),
        (Panel::Ec2Instances, Rows::Ec2Instances(ec2_instances(story))),
        (Panel::Groups, Rows::Groups(vec![group(story)])),
        (Panel::Images, Rows::Images(images())),
        (Panel::SecurityGroups, Rows::SecurityGroups(Vec::new())),
        (Panel::Services, Rows::Services(services(story))),
        (Panel::Tasks, Rows::Tasks(tasks(story))),
        (
            Panel::TaskDefinitions,
            Rows::TaskDefinitions(SERVICES.iter().map(|(name, _)| task_definition(name)).collect()),
        ),
        (Panel::Targets, Rows::Targets(target_groups(story))),
        (Panel::Alarms, Rows::Alarms(alarms(story))),
        (Panel::Mutes, Rows::Mutes(mutes(story))),
        (Panel::LogGroups, Rows::LogGroups(SERVICES.iter().map(|(name, _)| log_group(name)).collect())),
        (Panel::Runbooks, Rows::Runbooks(runs::runbooks())),
        (Panel::Executions, Rows::Executions(runs::executions(story))),
        (Panel::Freeze, Rows::Freeze(None)),
        (Panel::Refreshes, Rows::Refreshes(rotation::refreshes())),
        (Panel::Builds, Rows::Builds(rotation::builds())),
        (Panel::Promotion, Rows::Promotion(Some(rotation::promotion()))),
        (Panel::Schedules, Rows::Schedules(rotation::schedules())),
    ];
    rows.map(|(panel, rows)| read(panel, Ok((rows, Vec::new())))).into()
}

/// The same panels with nothing in them.
pub fn empty_reads() -> Vec<PanelRead> {
    let rows = [
        (Panel::Identity, Rows::Identity(identity())),
        (Panel::Cluster, Rows::Cluster(cluster())),
        (Panel::ContainerInstances, Rows::ContainerInstances(Vec::new())),
        (Panel::Ec2Instances, Rows::Ec2Instances(Vec::new())),
        (Panel::Groups, Rows::Groups(Vec::new())),
        (Panel::Images, Rows::Images(Images::default())),
        (Panel::SecurityGroups, Rows::SecurityGroups(Vec::new())),
        (Panel::Services, Rows::Services(Vec::new())),
        (Panel::Tasks, Rows::Tasks(Vec::new())),
        (Panel::TaskDefinitions, Rows::TaskDefinitions(Vec::new())),
        (Panel::Targets, Rows::Targets(Vec::new())),
        (Panel::Alarms, Rows::Alarms(Vec::new())),
        (Panel::Mutes, Rows::Mutes(Vec::new())),
        (Panel::LogGroups, Rows::LogGroups(Vec::new())),
        (Panel::Runbooks, Rows::Runbooks(Vec::new())),
        (Panel::Executions, Rows::Executions(Vec::new())),
        (Panel::Freeze, Rows::Freeze(None)),
        (Panel::Refreshes, Rows::Refreshes(Vec::new())),
        (Panel::Builds, Rows::Builds(Builds::default())),
        (Panel::Promotion, Rows::Promotion(None)),
        (Panel::Schedules, Rows::Schedules(Vec::new())),
    ];
    rows.map(|(panel, rows)| read(panel, Ok((rows, Vec::new())))).into()
}

pub fn read(panel: Panel, outcome: Result<(Rows, Vec<Missing>), Failure>) -> PanelRead {
    PanelRead { generation: 0, panel, at: now(), outcome }
}

/// A refusal of every panel.
pub fn denied(panel: Panel) -> PanelRead {
    let operation = format!("aws:Read{}", panel.name().replace('_', ""));
    let failure = Failure {
        kind: FailureKind::Denied,
        message: "the role may not do this".to_owned(),
        hint: Some(format!("Allow {operation} to the role")),
        operation,
        request_id: None,
    };
    read(panel, Err(failure))
}

fn identity() -> Identity {
    Identity {
        account: "111122223333".to_owned(),
        account_alias: Some("acme-prod".to_owned()),
        arn: "arn:aws:sts::111122223333:assumed-role/OnCall/ada".to_owned(),
    }
}

fn cluster() -> Cluster {
    Cluster {
        name: "prod".to_owned(),
        arn: format!("{ACCOUNT}:cluster/prod"),
        status: "ACTIVE".to_owned(),
        ..Cluster::default()
    }
}

pub fn instance_id(n: usize) -> String {
    format!("i-0a1b2c3d4e5f6{:04x}", 0x1000 + n * 0x111)
}

fn container_instance_arn(n: usize) -> String {
    format!("{ACCOUNT}:container-instance/prod/{:032x}", 0xc0ffee_u128 * (n as u128 + 1))
}

fn zone(n: usize) -> String {
    format!("eu-west-1{}", ["a", "b", "c"][n % 3])
}

/// Which build an instance runs: the newest is 2.
fn build(n: usize, story: Story) -> usize {
    if story == Story::Troubled && n == 4 { 0 } else { 2 }
}

pub fn image_id(build: usize) -> String {
    format!("ami-0d0e0f0a0b0c0{build:04x}")
}

/// Minutes since launch.
fn age(n: usize, story: Story) -> i64 {
    match (n, story) {
        (0, Story::Troubled) => 13 * 60 + 7,
        (11, _) => 4,
        _ => 40 + 55 * n as i64,
    }
}

/// The instance that never joined.
fn joined(n: usize, story: Story) -> bool {
    !(story == Story::Troubled && n == 10)
}

fn container_instances(story: Story) -> Vec<ContainerInstance> {
    (0..INSTANCES).filter(|n| joined(*n, story)).map(|n| container_instance(n, story)).collect()
}

fn container_instance(n: usize, story: Story) -> ContainerInstance {
    let draining = story == Story::Troubled && n == 6;
    let placed = placed(story).iter().filter(|task| task.host == n).count() as i64;
    ContainerInstance {
        arn: container_instance_arn(n),
        ec2_instance_id: Some(instance_id(n)),
        status: if draining { ContainerInstanceStatus::Draining } else { ContainerInstanceStatus::Active },
        status_reason: None,
        agent_connected: !(story == Story::Troubled && n == 2),
        agent_version: Some("1.89.2".to_owned()),
        running_tasks: placed as u32,
        pending_tasks: 0,
        registered_at: Some(ago(age(n, story) - 1)),
        ami_id: Some(image_id(build(n, story))),
        availability_zone: Some(zone(n)),
        instance_type: Some("m7i.large".to_owned()),
        capacity_provider: Some("hosts".to_owned()),
        registered: Resources { cpu: 2048, memory: 7_680, ports: Vec::new() },
        remaining: Resources { cpu: 2048 - 512 * placed, memory: 7_680 - 1_024 * placed, ports: Vec::new() },
        attributes: BTreeMap::new(),
        health: Some(CheckStatus::Ok),
    }
}

fn ec2_instances(story: Story) -> Vec<Ec2Instance> {
    (0..INSTANCES).map(|n| ec2_instance(n, story)).collect()
}

fn ec2_instance(n: usize, story: Story) -> Ec2Instance {
    let failed = !joined(n, story);
    Ec2Instance {
        id: instance_id(n),
        state: Ec2State::Running,
        launched_at: Some(ago(age(n, story))),
        image_id: Some(image_id(build(n, story))),
        instance_type: Some("m7i.large".to_owned()),
        availability_zone: Some(zone(n)),
        private_ip: Some(format!("10.0.{}.{}", n % 3, 20 + n)),
        subnet_id: Some(format!("subnet-0{n:016x}")),
        key_name: (story == Story::Troubled && n == 8).then(|| "ada".to_owned()),
        security_groups: Vec::new(),
        tags: BTreeMap::from([("aws:autoscaling:groupName".to_owned(), "prod-hosts".to_owned())]),
        system_check: Some(CheckStatus::Ok),
        instance_check: Some(if failed { CheckStatus::Impaired } else { CheckStatus::Ok }),
        events: Vec::new(),
    }
}

fn group(story: Story) -> Group {
    let member = |n: usize| GroupMember {
        instance_id: instance_id(n),
        lifecycle_state: LifecycleState::InService,
        health_status: if joined(n, story) { "Healthy" } else { "Unhealthy" }.to_owned(),
        protected: false,
        launch_template_version: Some("7".to_owned()),
    };
    Group {
        name: "prod-hosts".to_owned(),
        arn: "arn:aws:autoscaling:eu-west-1:111122223333:autoScalingGroup:1:autoScalingGroupName/prod-hosts".to_owned(),
        min: 3,
        max: 40,
        desired: INSTANCES as u32,
        members: (0..INSTANCES).map(member).collect(),
        target_group_arns: Vec::new(),
        suspended_processes: Vec::new(),
        launch_template: None,
        max_instance_lifetime: None,
    }
}

fn images() -> Images {
    let image = |build: usize| Image {
        id: image_id(build),
        name: format!("hosts-2026.03.0{}", 8 + build),
        owner: "111122223333".to_owned(),
        created_at: Some(ago((2 - build as i64) * 24 * 60 + 300)),
        state: "available".to_owned(),
        architecture: Some("x86_64".to_owned()),
        deprecated_at: None,
    };
    let from = ExpectedFrom::LaunchTemplate("lt-0123456789abcdef0".to_owned(), "7".to_owned());
    let expected = ExpectedImage { group: Some("prod-hosts".to_owned()), image_id: image_id(2), from };
    Images {
        images: (0..3).map(image).collect(),
        expected: vec![expected],
        types: vec![InstanceType { name: "m7i.large".to_owned(), interfaces: Some(3) }],
    }
}

/// Services with the number of tasks that they want.
const SERVICES: [(&str, u32); 5] = [("web", 6), ("api", 6), ("worker", 4), ("search", 3), ("mail", 2)];

/// A task on a host.
struct Placed {
    service: &'static str,
    number: u32,
    host: usize,
}

fn placed(story: Story) -> Vec<Placed> {
    let all = SERVICES.iter().flat_map(|(service, count)| (0..*count).map(move |number| (*service, number)));
    let runs = |service: &str, number: u32| {
        story == Story::Healthy || !matches!((service, number), ("search", 2) | ("worker", 2..))
    };
    let hosts: Vec<usize> = (0..INSTANCES - 1).filter(|n| joined(*n, story)).collect();
    all.enumerate()
        .filter(|(_, (service, number))| runs(service, *number))
        .map(|(n, (service, number))| Placed { service, number, host: hosts[n % hosts.len()] })
        .collect()
}

fn definition_arn(service: &str) -> String {
    format!("{ACCOUNT}:task-definition/{service}:42")
}

fn task_id(service: &str, number: u32) -> String {
    // FNV-1a: ids that look like ids and are the same in every run.
    let hash = |seed: u64| {
        let bytes = service.bytes().chain(number.to_le_bytes());
        bytes.fold(0xcbf2_9ce4_8422_2325 ^ seed, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    };
    format!("{:016x}{:016x}", hash(0), hash(1))
}

fn tasks(story: Story) -> Vec<Task> {
    let mut tasks: Vec<Task> =
        placed(story).iter().map(|placed| task(placed.service, placed.number, Some(placed.host))).collect();
    if story == Story::Troubled {
        for number in 2..4 {
            let mut stopped = task("worker", 10 + number, Some(1));
            stopped.last_status = TaskStatus::Stopped;
            stopped.desired_status = TaskStatus::Stopped;
            stopped.stopped_at = Some(ago(i64::from(number)));
            stopped.stop_code = Some("EssentialContainerExited".to_owned());
            stopped.stopped_reason = Some("Essential container in task exited".to_owned());
            stopped.containers[0].exit_code = Some(137);
            stopped.containers[0].last_status = "STOPPED".to_owned();
            tasks.push(stopped);
        }
        let mut waiting = task("search", 2, None);
        waiting.last_status = TaskStatus::Provisioning;
        waiting.started_at = None;
        tasks.push(waiting);
    }
    tasks
}

fn task(service: &str, number: u32, host: Option<usize>) -> Task {
    Task {
        arn: format!("{ACCOUNT}:task/prod/{}", task_id(service, number)),
        group: Some(format!("service:{service}")),
        started_by: Some("ecs-svc/1".to_owned()),
        task_definition: definition_arn(service),
        container_instance_arn: host.map(container_instance_arn),
        last_status: TaskStatus::Running,
        desired_status: TaskStatus::Running,
        health: Some(HealthStatus::Unknown),
        launch_type: Some("EC2".to_owned()),
        availability_zone: host.map(zone),
        cpu: Some(512),
        memory: Some(1_024),
        created_at: Some(ago(31)),
        started_at: Some(ago(30)),
        stopping_at: None,
        stopped_at: None,
        stop_code: None,
        stopped_reason: None,
        containers: vec![Container {
            name: service.to_owned(),
            last_status: "RUNNING".to_owned(),
            exit_code: None,
            reason: None,
            health: None,
            host_ports: Vec::new(),
        }],
        private_ip: host.map(|host| format!("10.0.{host}.{}", 100 + number)),
        protection: Protection::NotAsked,
    }
}

fn task_definition(service: &str) -> TaskDefinition {
    TaskDefinition {
        arn: definition_arn(service),
        family: service.to_owned(),
        revision: 42,
        network_mode: Some("awsvpc".to_owned()),
        cpu: Some(512),
        memory: Some(1_024),
        containers: vec![ContainerDefinition {
            name: service.to_owned(),
            cpu: 512,
            memory: Some(1_024),
            host_ports: Vec::new(),
            log_group: Some(format!("/ecs/{service}")),
            log_stream_prefix: Some("ecs".to_owned()),
        }],
        requires_attributes: Vec::new(),
        placement_constraints: Vec::new(),
    }
}

fn services(story: Story) -> Vec<Service> {
    SERVICES.iter().map(|(name, desired)| service(name, *desired, story)).collect()
}

fn service(name: &str, desired: u32, story: Story) -> Service {
    let running = placed(story).iter().filter(|placed| placed.service == name).count() as u32;
    let failing = story == Story::Troubled && name == "worker";
    let rollout = if failing { RolloutState::InProgress } else { RolloutState::Completed };
    let balanced = ["web", "api", "search"].contains(&name);
    Service {
        arn: format!("{ACCOUNT}:service/prod/{name}"),
        name: name.to_owned(),
        status: "ACTIVE".to_owned(),
        desired,
        running,
        pending: 0,
        launch_type: Some("EC2".to_owned()),
        scheduling: SchedulingStrategy::Replica,
        task_definition: definition_arn(name),
        deployments: vec![Deployment {
            id: "ecs-svc/1".to_owned(),
            status: "PRIMARY".to_owned(),
            task_definition: definition_arn(name),
            desired,
            running,
            pending: 0,
            failed_tasks: if failing { 7 } else { 0 },
            rollout_state: Some(rollout),
            rollout_reason: None,
            created_at: Some(ago(95)),
            updated_at: Some(ago(33)),
        }],
        events: Vec::new(),
        load_balancers: if balanced { vec![load_balancer(name)] } else { Vec::new() },
        placement_constraints: Vec::new(),
        minimum_healthy_percent: Some(100),
        maximum_percent: Some(200),
        created_at: Some(ago(100_000)),
    }
}

fn load_balancer(service: &str) -> ServiceLoadBalancer {
    ServiceLoadBalancer {
        target_group_arn: group_arn(service),
        container_name: service.to_owned(),
        container_port: 8080,
    }
}

fn group_arn(service: &str) -> String {
    format!("arn:aws:elasticloadbalancing:eu-west-1:111122223333:targetgroup/prod-{service}/6d0ecf831eec9f09")
}

fn target_groups(story: Story) -> Vec<TargetGroup> {
    ["web", "api", "search"].iter().map(|service| target_group(service, story)).collect()
}

fn target_group(service: &str, story: Story) -> TargetGroup {
    let target = |placed: &Placed| {
        let ill = story == Story::Troubled && service == "api" && placed.number == 3;
        Target {
            id: format!("10.0.{}.{}", placed.host, 100 + placed.number),
            port: Some(8080),
            availability_zone: Some(zone(placed.host)),
            state: if ill { TargetState::Unhealthy } else { TargetState::Healthy },
            reason: ill.then(|| "Target.ResponseCodeMismatch".to_owned()),
            description: ill.then(|| "Health checks failed with these codes: [503]".to_owned()),
        }
    };
    let targets = placed(story).iter().filter(|placed| placed.service == service).map(target).collect();
    TargetGroup {
        arn: group_arn(service),
        name: format!("prod-{service}"),
        target_type: TargetType::Ip,
        protocol: Some("HTTP".to_owned()),
        port: Some(8080),
        health_check_path: Some("/health".to_owned()),
        load_balancer_arns: vec![
            "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/front/50dc6c495c0c9188".to_owned(),
        ],
        targets: Reading { rows: targets, read_at: Some(now()), missing: Vec::new(), failure: None },
    }
}

fn alarms(story: Story) -> Vec<Alarm> {
    let names = [
        "prod-api-5xx",
        "prod-hosts-cpu-high",
        "prod-hosts-cpu-low",
        "prod-search-unplaced",
        "prod-web-5xx",
        "prod-web-latency",
    ];
    names.iter().map(|name| alarm(name, story)).collect()
}

fn alarm(name: &str, story: Story) -> Alarm {
    let troubled = story == Story::Troubled;
    let firing = troubled && name == "prod-search-unplaced";
    let dimensions = BTreeMap::from([
        ("ClusterName".to_owned(), "prod".to_owned()),
        ("ServiceName".to_owned(), name.split('-').nth(1).unwrap().to_owned()),
    ]);
    let metric = MetricAlarm {
        namespace: Some("AWS/ECS".to_owned()),
        metric: Some("CPUUtilization".to_owned()),
        dimensions,
        comparison: "GreaterThanThreshold".to_owned(),
        threshold: Some(80.0),
        period: Some(60),
        evaluation_periods: Some(3),
    };
    let pager = "arn:aws:sns:eu-west-1:111122223333:pager".to_owned();
    Alarm {
        name: name.to_owned(),
        arn: format!("arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{name}"),
        kind: AlarmKind::Metric(metric),
        state: if firing { AlarmState::Alarm } else { AlarmState::Ok },
        state_reason: Some("Threshold Crossed: 3 datapoints were greater than the threshold (80.0).".to_owned()),
        since: Some(ago(18)),
        actions_enabled: true,
        alarm_actions: if troubled && name == "prod-web-latency" { Vec::new() } else { vec![pager] },
        ok_actions: Vec::new(),
        insufficient_data_actions: Vec::new(),
        description: None,
    }
}

fn mutes(story: Story) -> Vec<Mute> {
    let mute = Mute {
        name: "api-deploy".to_owned(),
        status: "ACTIVE".to_owned(),
        alarm_names: vec!["prod-api-5xx".to_owned()],
        until: Some(now() + SignedDuration::from_mins(45)),
        description: Some("Muted by ada: deploying api".to_owned()),
    };
    if story == Story::Troubled { vec![mute] } else { Vec::new() }
}

fn log_group(service: &str) -> LogGroup {
    let name = format!("/ecs/{service}");
    LogGroup { name, retention_days: Some(30), stored_bytes: Some(1 << 30), created_at: None }
}
