//! What a plan says of a drain is what comes of it, for many worlds.

use std::collections::{BTreeMap, BTreeSet};

use quarterdeck::actions::catalogue::Action;
use quarterdeck::actions::plan::{Fate, Plan, Request, Topic, plan};
use quarterdeck::fleet::execution::Values;
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::runbook::Runbook;
use quarterdeck::sim::call::Call;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::services;
use quarterdeck::sim::world::World;
use quarterdeck::sim::world::instance::{ContainerStatus, Instance};
use quarterdeck::sim::world::service::{RolloutState, Service};
use quarterdeck::sim::world::task::{Task, TaskStatus};
use serde_json::{Value, json};

use crate::account::Account;

/// Chooses one seed instead of the hundred.
const ONE_SEED: &str = "QUARTERDECK_PLAN_SEED";
/// Seconds that a drain is watched for: whatever holds it then will not let it go.
const WATCHED: i64 = 1_800;
/// Seconds between two looks.
const PACE: i64 = 10;

/// A service's tasks: on the drained instance and meant to run, elsewhere and running.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    here: usize,
    elsewhere: usize,
}

/// What was looked at, over all seeds.
#[derive(Debug, Default)]
struct Tally {
    fates: BTreeMap<Fate, usize>,
    /// Services that were in the middle of something else.
    unsettled: usize,
    /// Plans that said that room was tight.
    tight: usize,
    /// Worlds in which instances began or ceased to take tasks meanwhile.
    restless: usize,
}

#[tokio::test]
async fn what_a_plan_says_would_move_is_what_moves() {
    let one = std::env::var(ONE_SEED).ok().and_then(|seed| seed.parse::<u64>().ok());
    let (mut differences, mut tally) = (Vec::new(), Tally::default());
    for seed in one.map_or(0..100, |seed| seed..seed + 1) {
        let found = drained(seed, &mut tally).await;
        differences.extend(found.into_iter().map(|difference| format!("{ONE_SEED}={seed}: {difference}")));
    }
    println!("{tally:?}");
    assert!(differences.is_empty(), "{tally:?}\n{}", differences.join("\n"));
    if one.is_none() {
        let seen = |fate| tally.fates.get(&fate).copied().unwrap_or_default();
        for fate in [Fate::Replaced, Fate::Lost, Fate::Stuck, Fate::Stays, Fate::Ends] {
            assert!(seen(fate) > 0, "no task was {fate:?}: {tally:?}");
        }
        assert!(seen(Fate::Replaced) > tally.unsettled, "most is left out: {tally:?}");
    }
}

/// Plans a drain, drains, and tells where the two differ.
async fn drained(seed: u64, tally: &mut Tally) -> Vec<String> {
    let mut dice = fastrand::Rng::with_seed(seed);
    let sized = !seed.is_multiple_of(4);
    let options = Options {
        scenario: if sized { Scenario::Scale } else { Scenario::Healthy },
        seed,
        instances: sized.then(|| dice.u32(3..16)),
        services: sized.then(|| dice.u32(1..10)),
        limits: false,
        ..Options::default()
    };
    let account = Account::new(options).await;
    account.sim.with_world(|world| disturb(world, &mut dice));
    account.live_on(dice.i64(120..1_200));
    account.sim.with_world(|world| squeeze(world, &mut dice));
    let Some(target) = account.sim.with_world(|world| choose(world, &mut dice)) else { return Vec::new() };
    let fleet = account.survey().await;
    let runbook = Runbook { name: "DrainInstance".to_owned(), ..Runbook::default() };
    let (subjects, values) = ([Subject::Instance(target.clone())], Values::new());
    let request = Request {
        action: Some(Action::Drain),
        runbook: &runbook,
        subjects: &subjects,
        values: &values,
        now: account.now(),
    };
    let plan = plan(&fleet, &request);
    let (before, settled) = account.sim.with_world(|world| (counts(world, &target), settled(world, &plan, tally)));
    let (mut differences, restless) = watch(&account, &target, &settled);
    let tight = plan.notes.iter().any(|note| note.topic == Topic::NoRoom && note.text.contains("tight"));
    tally.tight += usize::from(tight);
    tally.restless += usize::from(restless);
    account.sim.with_world(|world| {
        differences.extend(compare_each(world, &target, &plan, &settled, tight || restless, tally));
        if !tight && !restless {
            differences.extend(compare_services(world, &target, &plan, &before, &settled, tally));
        }
    });
    differences
}

/// Other bounds, no scaling, and tasks that no service keeps.
fn disturb(world: &mut World, dice: &mut fastrand::Rng) {
    for group in world.groups.values_mut() {
        group.max = group.desired;
    }
    for service in world.services.values_mut().filter(|service| !service.daemon) {
        let bounds = [(100, 200), (100, 200), (50, 150), (0, 100), (100, 100), (66, 133), (0, 200)];
        (service.minimum_healthy_percent, service.maximum_percent) = bounds[dice.usize(..bounds.len())];
    }
    for _ in 0..dice.usize(..3) {
        let definitions: Vec<String> = world.task_definitions.keys().cloned().collect();
        let definition = &definitions[dice.usize(..definitions.len())];
        // Some ask for what nobody gives them here: those are not started.
        let input = json!({ "cluster": world.cluster, "taskDefinition": definition, "launchType": "EC2" });
        let _ = ask(world, "ecs", "RunTask", &input);
    }
}

/// Takes away what is free on some instances, in half of the worlds.
fn squeeze(world: &mut World, dice: &mut fastrand::Rng) {
    if dice.bool() {
        return;
    }
    let left = dice.i64(0..4) * 256;
    for container in world.instances.values_mut().filter_map(|instance| instance.container.as_mut()) {
        container.cpu = container.cpu.min(container.used.cpu + left);
    }
}

/// An instance with tasks that nobody empties yet; one with a task of no service in a third of the worlds.
fn choose(world: &World, dice: &mut fastrand::Rng) -> Option<String> {
    let fit = |instance: &&Instance| {
        let container = instance.container.as_ref();
        container.is_some_and(|c| c.status == ContainerStatus::Active && c.agent_connected && !c.tasks.is_empty())
    };
    let ids: Vec<&String> = world.instances.values().filter(fit).map(|instance| &instance.id).collect();
    let alone = |id: &&&String| tasks_on(world, id).any(|task| task.service.is_none());
    let with: Vec<&&String> = ids.iter().filter(alone).collect();
    match with.is_empty() || dice.usize(..3) > 0 {
        true => (!ids.is_empty()).then(|| ids[dice.usize(..ids.len())].clone()),
        false => Some((*with[dice.usize(..with.len())]).clone()),
    }
}

fn tasks_on<'a>(world: &'a World, instance: &'a str) -> impl Iterator<Item = &'a Task> {
    let on = move |task: &&Task| task.instance.as_deref() == Some(instance);
    world.tasks.values().filter(on).filter(|task| !task.stop_wanted && task.status != TaskStatus::Stopped)
}

fn ask(world: &mut World, service: &str, operation: &str, input: &Value) -> Option<Value> {
    let input = input.as_object().unwrap();
    let (now, region) = (world.now, world.region.clone());
    services::call(world, service, &Call { operation, input, now, region: &region }).ok()
}

fn counts(world: &World, target: &str) -> BTreeMap<String, Count> {
    let count = |service: &Service| {
        let tasks = service.tasks.iter().filter_map(|id| world.tasks.get(id));
        let mut count = Count::default();
        for task in tasks.filter(|task| !task.stop_wanted) {
            if task.instance.as_deref() == Some(target) {
                count.here += 1;
            } else if task.status == TaskStatus::Running {
                count.elsewhere += 1;
            }
        }
        count
    };
    world.services.values().map(|service| (service.name.clone(), count(service))).collect()
}

/// Services with tasks there that are in the middle of nothing else: whose tasks are sound, and as many as are wanted.
fn settled(world: &World, plan: &Plan, tally: &mut Tally) -> BTreeSet<String> {
    let moved: BTreeSet<&str> = plan.moves.iter().filter_map(|one| service_of(world, &one.task)).collect();
    let calm = |name: &&&str| {
        let service = &world.services[**name];
        let tasks: Vec<&Task> = service.tasks.iter().filter_map(|id| world.tasks.get(id)).collect();
        let running = |task: &&Task| task.status == TaskStatus::Running && task.flaw.is_none() && !task.stop_wanted;
        let drains = |task: &&Task| {
            let on = task.instance.as_ref().and_then(|id| world.instances.get(id)?.container.as_ref());
            on.is_some_and(|container| container.status != ContainerStatus::Active)
        };
        service.deployments.len() == 1
            && service.primary().is_some_and(|one| one.state == RolloutState::Completed)
            && tasks.len() == service.desired as usize
            && tasks.iter().all(running)
            && !tasks.iter().any(drains)
    };
    let calm: BTreeSet<String> = moved.iter().filter(calm).map(|name| (*name).to_owned()).collect();
    tally.unsettled += moved.len() - calm.len();
    calm
}

fn service_of<'a>(world: &'a World, arn: &str) -> Option<&'a str> {
    let id = arn.rsplit('/').next().unwrap();
    world.tasks.get(id)?.service.as_deref()
}

/// Instances that take tasks.
fn takers(world: &World, target: &str) -> BTreeSet<String> {
    let takes = |instance: &&Instance| {
        let container = instance.container.as_ref();
        container.is_some_and(|one| one.status == ContainerStatus::Active && one.agent_connected)
            && instance.id != target
    };
    world.instances.values().filter(takes).map(|instance| instance.id.clone()).collect()
}

/// Drains, and tells of services that fall below their minimum meanwhile, and whether others took tasks than at the beginning.
fn watch(account: &Account, target: &str, settled: &BTreeSet<String>) -> (Vec<String>, bool) {
    let input = json!({
        "DocumentName": "DrainInstance",
        "Parameters": {
            "Cluster": [account.scope.cluster], "InstanceId": [target], "RequestedBy": ["ada"], "Reason": ["a test"],
            "RequestId": ["request-1"],
        },
    });
    let started = account.sim.with_world(|world| ask(world, "ssm", "StartAutomationExecution", &input));
    assert!(started.is_some(), "the drain starts");
    let first = account.sim.with_world(|world| takers(world, target));
    let (mut fallen, mut restless) = (BTreeSet::new(), false);
    for _ in 0..WATCHED / PACE {
        account.live_on(PACE);
        account.sim.with_world(|world| {
            restless |= takers(world, target) != first;
            fallen.extend(
                settled.iter().filter(|name| is_short(world, name)).map(|name| format!("{name} was below its minimum")),
            );
        });
    }
    (fallen.into_iter().collect(), restless)
}

fn is_short(world: &World, name: &str) -> bool {
    let service = &world.services[name];
    let tasks = service.tasks.iter().filter_map(|id| world.tasks.get(id));
    let running = tasks.filter(|task| task.status == TaskStatus::Running && !task.stop_wanted).count();
    let least = (service.desired * service.minimum_healthy_percent).div_ceil(100) as usize;
    !service.daemon && running < least
}

/// Tasks that stay or end, each.
fn compare_each(
    world: &World,
    target: &str,
    plan: &Plan,
    settled: &BTreeSet<String>,
    vague: bool,
    tally: &mut Tally,
) -> Vec<String> {
    let left: BTreeSet<&str> = tasks_on(world, target).map(|task| task.id.as_str()).collect();
    let there = |arn: &str| left.contains(arn.rsplit('/').next().unwrap());
    let restless = |arn: &str| service_of(world, arn).is_some_and(|name| !settled.contains(name));
    // Daemons leave last.
    let held = vague || plan.moves.iter().any(|one| one.fate == Fate::Stuck || restless(&one.task));
    let sure = plan.moves.iter().filter(|one| one.fate == Fate::Stays || (one.fate == Fate::Ends && !held));
    let mut differences = Vec::new();
    for one in sure {
        *tally.fates.entry(one.fate).or_default() += 1;
        if there(&one.task) != (one.fate == Fate::Stays) {
            differences.push(format!(
                "task {} was to be one that {:?}: it is there: {}",
                one.task,
                one.fate,
                there(&one.task)
            ));
        }
    }
    differences
}

/// Tasks of services that keep a count: which of them goes is up to ECS.
fn compare_services(
    world: &World,
    target: &str,
    plan: &Plan,
    before: &BTreeMap<String, Count>,
    settled: &BTreeSet<String>,
    tally: &mut Tally,
) -> Vec<String> {
    let of = |name: &str, fate: Fate| {
        plan.moves.iter().filter(|one| one.fate == fate && service_of(world, &one.task) == Some(name)).count()
    };
    let mut differences = Vec::new();
    let after = counts(world, target);
    for name in settled.iter().filter(|name| !world.services[*name].daemon) {
        let (before, after) = (before[name], after[name]);
        let [replaced, lost, stuck] = [Fate::Replaced, Fate::Lost, Fate::Stuck].map(|fate| of(name, fate));
        for (fate, count) in [(Fate::Replaced, replaced), (Fate::Lost, lost), (Fate::Stuck, stuck)] {
            *tally.fates.entry(fate).or_default() += count;
        }
        let expected = Count { here: stuck, elsewhere: before.elsewhere + replaced };
        if after != expected {
            let service = &world.services[name];
            let bounds = (service.desired, service.minimum_healthy_percent, service.maximum_percent);
            let said = format!("{replaced} replaced, {lost} lost, {stuck} stuck");
            differences.push(format!("{name} {bounds:?}: {said}: from {before:?} to {after:?}"));
        }
    }
    differences
}
