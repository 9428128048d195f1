//! Every reader against the simulated AWS: what it brings, in how many calls, and what faults do to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quarterdeck::aws::request::{Haste, Need, ReadRequest};
use quarterdeck::aws::{Aws, Settings};
use quarterdeck::fleet::focus::{Endangered, TaskOwner, TaskScope};
use quarterdeck::fleet::reading::{Failure, FailureKind, Missing};
use quarterdeck::fleet::scope::Scope;
use quarterdeck::fleet::snapshot::Rows;
use quarterdeck::fleet::task::Protection;
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::network::SecurityGroupRule;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// A connection to an account whose clock stands still.
struct Console {
    sim: Sim,
    aws: Aws,
}

impl Console {
    async fn of(options: Options) -> Self {
        let sim = Sim::new(options, Clock::from_source(now));
        let aws = Self::connect(&sim).await;
        Self { sim, aws }
    }

    async fn connect(sim: &Sim) -> Aws {
        let settings = Settings {
            region: Some("eu-west-1".to_owned()),
            http_client: Some(sim.http_client()),
            credentials: Some(sim.credentials()),
            clock: Arc::new(now),
            ..Settings::default()
        };
        Aws::connect(settings).await.unwrap()
    }

    async fn try_read(&self, need: Need) -> Result<(Rows, Vec<Missing>), Failure> {
        let scope = self.sim.with_world(|world| Scope { cluster: world.cluster.clone(), region: world.region.clone() });
        self.aws.read(ReadRequest { generation: 0, scope, need }).await.outcome
    }

    /// Reads completely or stops the test.
    async fn read(&self, need: Need) -> Rows {
        let (rows, missing) = self.try_read(need).await.unwrap();
        assert_eq!(missing, []);
        rows
    }

    fn count(&self, operation: &str) -> usize {
        self.sim.calls().iter().filter(|call| call.operation == operation).count()
    }
}

macro_rules! rows {
    ($console:expr, $need:expr, $kind:ident) => {{
        let Rows::$kind(rows) = $console.read($need).await else { panic!("rows of another panel") };
        rows
    }};
}

fn set<'a>(names: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    names.into_iter().cloned().collect()
}

#[tokio::test]
async fn the_story_is_read_completely() {
    let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;

    let identity = rows!(console, Need::Identity, Identity);
    assert_eq!(identity.account, "111122223333");
    assert!(identity.account_alias.is_some());

    let cluster = rows!(console, Need::Cluster, Cluster);
    let machines = rows!(console, Need::ContainerInstances, ContainerInstances);
    let joined = console.sim.with_world(|w| w.instances.values().filter(|i| i.container.is_some()).count());
    assert_eq!(machines.len(), joined);
    assert_eq!(cluster.counts.container_instances as usize, joined);

    let ids: Vec<String> = machines.iter().filter_map(|machine| machine.ec2_instance_id.clone()).collect();
    let arns = cluster.capacity_providers.iter().filter_map(|provider| provider.group_arn.clone()).collect();
    let groups = rows!(console, Need::Groups { arns, instance_ids: ids.clone(), names: Vec::new() }, Groups);
    let names: Vec<String> = groups.iter().map(|group| group.name.clone()).collect();
    assert_eq!(set(&names), console.sim.with_world(|world| set(world.groups.keys())));

    let instances = rows!(console, Need::Ec2Instances { ids, groups: names, members: BTreeSet::new() }, Ec2Instances);
    let read: Vec<String> = instances.iter().map(|instance| instance.id.clone()).collect();
    assert_eq!(set(&read), console.sim.with_world(|world| set(world.instances.keys())));

    let services = rows!(console, Need::Services, Services);
    let names: Vec<String> = services.iter().map(|service| service.name.clone()).collect();
    assert_eq!(set(&names), console.sim.with_world(|world| set(world.services.keys())));

    let tasks = rows!(console, Need::Tasks(TaskScope::All), Tasks);
    let ids: Vec<String> = tasks.iter().map(|task| task.id().to_owned()).collect();
    assert_eq!(set(&ids), console.sim.with_world(|world| set(world.tasks.keys())));

    let arns: BTreeSet<String> = tasks.iter().map(|task| task.task_definition.clone()).collect();
    let wanted = arns.len();
    let definitions = rows!(console, Need::TaskDefinitions { arns: Vec::from_iter(arns) }, TaskDefinitions);
    assert_eq!(definitions.len(), wanted);

    let names: BTreeSet<String> = definitions
        .iter()
        .flat_map(|definition| &definition.containers)
        .filter_map(|container| container.log_group.clone())
        .collect();
    let known =
        console.sim.with_world(|world| names.iter().filter(|name| world.log_groups.contains_key(*name)).count());
    let groups = rows!(console, Need::LogGroups { names: Vec::from_iter(names) }, LogGroups);
    assert_eq!(groups.len(), known);
}

#[tokio::test]
async fn images_and_security_groups_follow_from_the_instances() {
    let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;
    let groups: Vec<String> = console.sim.with_world(|world| world.groups.keys().cloned().collect());
    let instances = rows!(
        console,
        Need::Ec2Instances { ids: Vec::new(), groups: groups.clone(), members: BTreeSet::new() },
        Ec2Instances
    );
    let read = rows!(console, Need::Groups { arns: Vec::new(), instance_ids: Vec::new(), names: groups }, Groups);

    let ids: BTreeSet<String> = instances.iter().filter_map(|instance| instance.image_id.clone()).collect();
    let templates = read
        .iter()
        .filter_map(|group| {
            group.launch_template.as_ref().map(|t| (group.name.clone(), t.id.clone(), t.version.clone()))
        })
        .collect();
    let in_use = ids.clone();
    let need = Need::Images { ids: Vec::from_iter(ids), templates, parameter: None, types: Vec::new() };
    let images = rows!(console, need, Images);
    let known: BTreeSet<String> = images.images.iter().map(|image| image.id.clone()).collect();
    assert!(in_use.is_subset(&known));
    assert!(known.len() > in_use.len(), "the lineage has builds that nothing runs");
    for group in &read {
        let expected = images.expected_for(Some(&group.name)).unwrap();
        assert!(known.contains(&expected.image_id), "{expected:?}");
    }

    let ids: BTreeSet<String> =
        instances.iter().flat_map(|instance| &instance.security_groups).map(|group| group.id.clone()).collect();
    let groups = rows!(console, Need::SecurityGroups { ids: Vec::from_iter(ids.clone()) }, SecurityGroups);
    assert_eq!(groups.iter().map(|group| group.id.clone()).collect::<BTreeSet<_>>(), ids);
    let open: BTreeSet<String> =
        groups.into_iter().filter(|group| !group.ssh_sources.is_empty()).map(|group| group.id).collect();
    assert_eq!(open, console.sim.with_world(|world| reachable_by_ssh(world).intersection(&ids).cloned().collect()));
}

#[tokio::test]
async fn instance_types_are_read_in_one_call_and_only_where_they_are_asked_for() {
    let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;
    let need = |types: &[&str]| Need::Images {
        ids: Vec::new(),
        templates: Vec::new(),
        parameter: None,
        types: types.iter().map(|&name| name.to_owned()).collect(),
    };
    assert_eq!(rows!(console, need(&[]), Images).types, []);
    assert_eq!(console.count("DescribeInstanceTypes"), 0);
    let read = rows!(console, need(&["m7i.large", "m7i.xlarge", "x0.none"]), Images).types;
    let read: Vec<(&str, Option<u32>)> = read.iter().map(|one| (one.name.as_str(), one.interfaces)).collect();
    assert_eq!(read, [("m7i.large", Some(3)), ("m7i.xlarge", Some(4))]);
    assert_eq!(console.count("DescribeInstanceTypes"), 1);
}

/// Security groups that let TCP 22 in, by the world's own rules.
fn reachable_by_ssh(world: &World) -> BTreeSet<String> {
    let open = |rule: &SecurityGroupRule| {
        let tcp = rule.protocol == "tcp" && rule.from_port <= Some(22) && rule.to_port >= Some(22);
        !rule.egress && (tcp || rule.protocol == "-1")
    };
    let groups = world.security_groups.values();
    groups.filter(|group| group.rules.iter().any(open)).map(|group| group.id.clone()).collect()
}

#[tokio::test]
async fn a_large_fleet_is_complete_in_the_fewest_calls() {
    let options = Options { scenario: Scenario::Scale, instances: Some(250), services: Some(40), ..Options::default() };
    let console = Console::of(options).await;
    let (machines, services, running, tasks) = console.sim.with_world(|world| {
        let machines = world.instances.values().filter(|instance| instance.container.is_some()).count();
        let running = world.tasks.values().filter(|task| !task.stop_wanted).count();
        (machines, world.services.len(), running, world.tasks.len())
    });
    assert_eq!(rows!(console, Need::ContainerInstances, ContainerInstances).len(), machines);
    assert_eq!(rows!(console, Need::Services, Services).len(), services);
    assert_eq!(rows!(console, Need::Tasks(TaskScope::All), Tasks).len(), tasks);

    let pages = |count: usize, size: usize| count.div_ceil(size).max(1);
    assert_eq!(console.count("ListContainerInstances"), pages(machines, 100));
    assert_eq!(console.count("DescribeContainerInstances"), machines.div_ceil(100));
    assert_eq!(console.count("ListServices"), pages(services, 100));
    assert_eq!(console.count("DescribeServices"), services.div_ceil(10));
    assert_eq!(console.count("ListTasks"), pages(running, 100) + pages(tasks - running, 100));
    assert_eq!(console.count("DescribeTasks"), running.div_ceil(100) + (tasks - running).div_ceil(100));
    let usage = console.aws.usage(now());
    assert_eq!(usage.calls_last_minute as usize, console.sim.calls().len());
    assert_eq!(usage.throttled, []);
}

#[tokio::test]
async fn of_a_fleet_with_too_many_tasks_those_are_read_that_were_asked_for() {
    let options = Options { scenario: Scenario::Scale, instances: Some(25), services: Some(40), ..Options::default() };
    let console = Console::of(options).await;
    let (service, host, wanted) = console.sim.with_world(|world| {
        let service = world.services.keys().next().unwrap().clone();
        let host = world.instances.values().find_map(|instance| instance.container.as_ref()).unwrap().id.clone();
        let of_service = format!("service:{service}");
        let wanted = world.tasks.values().filter(|task| {
            task.stop_wanted || task.group == of_service || task.container_instance.as_deref() == Some(host.as_str())
        });
        let wanted: BTreeSet<String> = wanted.map(|task| task.id.clone()).collect();
        (service, host, wanted)
    });
    let owners = vec![TaskOwner::Service(service), TaskOwner::ContainerInstance(host)];
    let (rows, missing) = console.try_read(Need::Tasks(TaskScope::Of { owners, awaited: 0 })).await.unwrap();
    let Rows::Tasks(rows) = rows else { panic!("rows of another panel") };
    assert_eq!(rows.iter().map(|task| task.id().to_owned()).collect::<BTreeSet<_>>(), wanted);
    assert_eq!((missing.len(), &missing[0].failure), (1, &None), "the rest is left out on purpose");
    assert_eq!((console.count("ListTasks"), console.count("DescribeTasks")), (3, 2));
}

#[tokio::test]
async fn whether_tasks_are_protected_is_asked_of_those_that_a_plan_ends() {
    let options = Options { scenario: Scenario::Scale, instances: Some(25), services: Some(40), ..Options::default() };
    let console = Console::of(options).await;
    let until = now() + SignedDuration::from_mins(30);
    let (hosts, protected, asked) = console.sim.with_world(|world| {
        let hosts: BTreeSet<String> =
            world.instances.values().filter_map(|one| Some(one.container.as_ref()?.id.clone())).take(4).collect();
        let on_them = |task: &quarterdeck::sim::world::task::Task| {
            task.container_instance.as_ref().is_some_and(|id| hosts.contains(id))
        };
        let asked: Vec<String> = world
            .tasks
            .values()
            .filter(|task| on_them(task) && task.service.is_some() && !task.stop_wanted)
            .map(|task| task.id.clone())
            .collect();
        let protected = asked[0].clone();
        world.tasks.get_mut(&protected).unwrap().protected_until = Some(until);
        let arns = hosts.iter().map(|id| world.ecs_arn("container-instance", id)).collect();
        (arns, protected, asked.len())
    });
    let endangered = Endangered { instances: hosts, tasks: BTreeSet::new() };
    let need = Need::EndangeredTasks(TaskScope::All, endangered);
    let rows = rows!(console, need.clone(), Tasks);
    let told = |wanted: &Protection| rows.iter().filter(|task| task.protection == *wanted).count();
    assert_eq!((told(&Protection::Until(Some(until))), told(&Protection::Off)), (1, asked - 1));
    assert!(rows.iter().any(|task| task.id() == protected && task.protection == Protection::Until(Some(until))));
    assert_eq!(console.count("GetTaskProtection"), asked.div_ceil(100));
    console.sim.set_faults(vec!["deny:ecs.GetTaskProtection".parse().unwrap()]);
    let rows = rows!(console, need, Tasks);
    let unreadable = rows.iter().filter(
        |task| matches!(&task.protection, Protection::Unreadable(why) if why.contains("ecs:GetTaskProtection")),
    );
    assert_eq!(unreadable.count(), asked, "the tasks are read all the same");
}

#[tokio::test]
async fn an_empty_cluster_is_empty_and_no_failure() {
    let console = Console::of(Options { scenario: Scenario::Empty, ..Options::default() }).await;
    assert_eq!(rows!(console, Need::ContainerInstances, ContainerInstances), []);
    assert_eq!(rows!(console, Need::Services, Services), []);
    assert_eq!(rows!(console, Need::Tasks(TaskScope::All), Tasks), []);
    assert_eq!(rows!(console, Need::Cluster, Cluster).counts.container_instances, 0);
    let clusters = console.aws.clusters().await.unwrap();
    let names: Vec<&str> = clusters.iter().map(|cluster| cluster.name.as_str()).collect();
    assert_eq!(names, ["harbor", "harbor-bake"], "the one where AMIs are tested comes with the fleet");
}

#[tokio::test]
async fn a_real_connection_brings_the_same_as_one_without_a_port() {
    let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;
    let server = console.sim.listen("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let settings = Settings {
        region: Some("eu-west-1".to_owned()),
        endpoint_url: Some(server.url()),
        credentials: Some(console.sim.credentials()),
        clock: Arc::new(now),
        ..Settings::default()
    };
    let wired = Console { sim: console.sim.clone(), aws: Aws::connect(settings).await.unwrap() };
    for need in [Need::Identity, Need::Cluster, Need::Services, Need::Tasks(TaskScope::All)] {
        assert_eq!(wired.try_read(need.clone()).await, console.try_read(need).await);
    }
    server.stop().await;
    let failure = wired.try_read(Need::Cluster).await.unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.hint.unwrap().contains("--endpoint-url"));
}

#[tokio::test]
async fn what_rotation_is_told_by_is_read_completely_in_few_calls() {
    let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;
    let (groups, templates) = console.sim.with_world(|world| {
        let groups: Vec<String> = world.groups.keys().cloned().collect();
        (groups, world.launch_templates.keys().cloned().collect::<Vec<String>>())
    });
    let builds = rows!(console, Need::Builds { templates: templates.clone() }, Builds);
    let versions: BTreeSet<(String, u64)> =
        builds.versions.iter().map(|version| (version.template.clone(), version.number)).collect();
    let expected = console.sim.with_world(|world| {
        let templates = world.launch_templates.values();
        let of = |(id, number): (&String, i64)| (id.clone(), u64::try_from(number).unwrap());
        templates.flat_map(|one| one.versions.iter().map(|version| (&one.id, version.number))).map(of).collect()
    });
    assert_eq!(versions, expected);
    assert_eq!(
        (console.count("DescribeLaunchTemplateVersions"), console.count("DescribeImages")),
        (templates.len(), 1)
    );

    let schedules = rows!(console, Need::Schedules, Schedules);
    let names: Vec<String> = schedules.iter().map(|schedule| schedule.name.clone()).collect();
    assert_eq!(set(&names), console.sim.with_world(|world| set(world.schedules.keys())));
    assert!(schedules.iter().all(|schedule| schedule.next_after(now()).is_some()), "{schedules:?}");
    assert_eq!((console.count("ListSchedules"), console.count("GetSchedule")), (0, 2));

    rows!(console, Need::Refreshes { groups: groups.clone() }, Refreshes);
    assert_eq!(console.count("DescribeInstanceRefreshes"), groups.len());
    rows!(console, Need::Promotion, Promotion);
    assert_eq!(console.count("GetParameter"), 1);
}

/// Every need that can be asked without having read anything before.
fn needs(console: &Console) -> Vec<Need> {
    console.sim.with_world(|world| {
        let ids: Vec<String> = world.instances.keys().cloned().collect();
        vec![
            Need::Identity,
            Need::Cluster,
            Need::ContainerInstances,
            Need::Ec2Instances { ids: ids.clone(), groups: Vec::new(), members: BTreeSet::new() },
            Need::Groups { arns: Vec::new(), instance_ids: ids, names: Vec::new() },
            Need::Images {
                ids: world.images.keys().cloned().collect(),
                templates: Vec::new(),
                parameter: None,
                types: Vec::new(),
            },
            Need::SecurityGroups { ids: world.security_groups.keys().cloned().collect() },
            Need::Services,
            Need::Tasks(TaskScope::All),
            Need::TaskDefinitions {
                arns: world.task_definitions.keys().map(|key| world.definition_arn(key)).collect(),
            },
            Need::Targets {
                arns: world.target_groups.values().map(|group| world.target_group_arn(group)).collect(),
                calm: BTreeSet::new(),
                haste: Haste::Hurried,
            },
            Need::Alarms,
            Need::Mutes,
            Need::LogGroups { names: world.log_groups.keys().cloned().collect() },
            Need::Refreshes { groups: world.groups.keys().cloned().collect() },
            Need::Builds { templates: world.launch_templates.keys().cloned().collect() },
            Need::Promotion,
            Need::Schedules,
        ]
    })
}

#[tokio::test]
async fn a_fault_on_everything_brings_no_row_and_says_which_it_is() {
    for (fault, kinds) in [
        ("throttle", &[FailureKind::Throttled][..]),
        ("deny", &[FailureKind::Denied]),
        ("error", &[FailureKind::Failed]),
        ("garbage", &[FailureKind::Failed]),
        ("html", &[FailureKind::Failed]),
        ("truncated", &[FailureKind::Failed]),
        ("reset", &[FailureKind::Failed]),
    ] {
        let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;
        console.sim.set_faults(vec![fault.parse().unwrap()]);
        let reads = needs(&console).into_iter().map(|need| {
            let panel = need.panel();
            let read = console.try_read(need);
            async move { (panel, read.await) }
        });
        for (panel, outcome) in futures::future::join_all(reads).await {
            let failure = outcome.expect_err(&format!("{panel:?} under {fault}"));
            assert!(kinds.contains(&failure.kind), "{panel:?} under {fault}: {failure:?}");
            assert!(!failure.message.is_empty(), "{panel:?} under {fault}");
            assert!(
                failure.hint.is_some() || failure.kind == FailureKind::Failed,
                "{panel:?} under {fault}: {failure:?}"
            );
        }
    }
}

#[tokio::test]
async fn a_fault_on_one_operation_leaves_the_rest_of_its_panel() {
    let console = Console::of(Options { scenario: Scenario::Story, ..Options::default() }).await;
    console.sim.set_faults(vec!["deny:ec2.DescribeInstanceStatus".parse().unwrap(), "deny:iam".parse().unwrap()]);
    let ids = console.sim.with_world(|world| world.instances.keys().cloned().collect());
    let (rows, missing) =
        console.try_read(Need::Ec2Instances { ids, groups: Vec::new(), members: BTreeSet::new() }).await.unwrap();
    let Rows::Ec2Instances(rows) = rows else { panic!("rows of another panel") };
    assert!(!rows.is_empty());
    assert!(rows.iter().all(|row| row.system_check.is_none()), "what was not read is not known");
    assert!(
        missing
            .iter()
            .filter_map(|missing| missing.failure.as_ref())
            .all(|failure| failure.kind == FailureKind::Denied)
    );
    let (rows, missing) = console.try_read(Need::Identity).await.unwrap();
    let Rows::Identity(identity) = rows else { panic!("rows of another panel") };
    assert_eq!((identity.account_alias, missing.len()), (None, 1));
}
