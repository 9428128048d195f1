//! What a world promises, seen from outside it.

#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::sim::call::{Answer, Call};
use crate::sim::options::{Options, Scenario};
use crate::sim::services;
use crate::sim::world::World;
use crate::sim::world::alarm::AlarmState;
use crate::sim::world::instance::{Check, ContainerStatus, Ec2State, Instance, Lifecycle};
use crate::sim::world::service::RolloutState;
use crate::sim::world::target::TargetState;
use crate::sim::world::task::TaskStatus;

fn start() -> Timestamp {
    "2026-11-24T04:00:10Z".parse().unwrap()
}

fn world(scenario: Scenario) -> World {
    World::new(&Options { scenario, ..Options::default() }, start())
}

fn ask(world: &mut World, service: &str, operation: &str, input: Value) -> Answer {
    let input = input.as_object().unwrap().clone();
    let call = Call { operation, input: &input, now: world.now, region: "eu-west-1" };
    services::call(world, service, &call)
}

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn running(world: &World, service: &str) -> usize {
    let tasks = world.services[service].tasks.iter().map(|id| &world.tasks[id]);
    tasks.filter(|t| t.status == TaskStatus::Running && !t.stop_wanted).count()
}

fn age(world: &World, instance: &Instance) -> SignedDuration {
    world.now.duration_since(instance.launched_at)
}

/// How many instances are as `is` says.
fn count(world: &World, is: impl Fn(&Instance) -> bool) -> usize {
    world.instances.values().filter(|i| is(i)).count()
}

#[test]
fn the_story_has_each_oddity_once() {
    let world = world(Scenario::Story);
    let template = &world.launch_templates[&world.groups.values().next().unwrap().template_id];
    let expected = template.version("$Default").unwrap().image_id.clone();
    assert_eq!(world.instances.len(), 24);
    assert_eq!(count(&world, |i| age(&world, i) > SignedDuration::from_hours(12)), 1);
    assert_eq!(count(&world, |i| i.image_id != expected), 2);
    assert_eq!(count(&world, |i| i.container.as_ref().is_some_and(|c| !c.agent_connected)), 1);
    assert_eq!(count(&world, |i| i.key_name.is_some()), 1);
    let never_joined = |i: &Instance| i.container.is_none() && matches!(i.instance_check, Check::Impaired(_));
    assert_eq!(count(&world, never_joined), 1);
    assert_eq!(count(&world, |i| matches!(i.instance_check, Check::Impaired(_))), 1);
    let draining = |i: &Instance| i.container.as_ref().is_some_and(|c| c.status == ContainerStatus::Draining);
    let stuck: Vec<&Instance> = world.instances.values().filter(|i| draining(i)).collect();
    let [stuck] = stuck.as_slice() else { unreachable!("one instance drains, not {}", stuck.len()) };
    let left = &stuck.container.as_ref().unwrap().tasks;
    assert!(left.len() == 1 && left.iter().all(|id| world.tasks[id].service.is_none()));
}

#[test]
fn a_fleet_begins_with_the_promotion_that_its_group_launches() {
    for scenario in [Scenario::Story, Scenario::Healthy, Scenario::Scale, Scenario::Empty] {
        let world = world(scenario);
        let group = world.groups.values().next().unwrap();
        let template = &world.launch_templates[&group.template_id];
        let version = template.version("$Default").unwrap();
        assert_eq!(group.template_version, version.number.to_string(), "{scenario}");
        let text = &world.parameters["/quarterdeck/harbor/ami"].value;
        assert!(text.starts_with(&format!(r#"{{"version":{},"#, version.number)), "RolloutFleet looks for it: {text}");
        let said: Value = serde_json::from_str(text).unwrap();
        let image = &world.images[&version.image_id];
        assert_eq!((&said["image"], &said["source"]), (&json!(image.id), &json!(image.tags["quarterdeck:source"])));
        let previous = &world.parameters["/quarterdeck/harbor/ami/previous"].value;
        assert_eq!(
            (said["previous"].to_string(), (version.number - 1).to_string()),
            (previous.clone(), previous.clone())
        );
        let described = format!("Promoted by {}: {}", said["by"].as_str().unwrap(), said["why"].as_str().unwrap());
        assert_eq!(version.description, described);
    }
}

#[test]
fn the_story_has_its_services_and_alarms_in_trouble_once() {
    let world = world(Scenario::Story);
    let open = world.services.values().filter(|s| s.primary().unwrap().state != RolloutState::Completed);
    assert_eq!(open.map(|s| s.name.as_str()).collect::<Vec<_>>(), ["nightly-report", "recommendations"]);
    let failing = world.services.values().filter(|s| s.primary().unwrap().failed_tasks > 0);
    assert_eq!(failing.count(), 1);
    let unplaced = world.tasks.values().filter(|t| t.status == TaskStatus::Provisioning && t.instance.is_none());
    assert_eq!(unplaced.count(), 1);
    let words = &world.services["nightly-report"].events.front().unwrap().message;
    assert!(words.contains("insufficient memory available"), "{words}");
    let alarms = || world.alarms.values();
    let firing: Vec<&str> = alarms().filter(|a| a.state == AlarmState::Alarm).map(|a| a.name.as_str()).collect();
    assert_eq!(firing, ["nightly-report-tasks-pending", "recommendations-deployment-stuck"]);
    assert_eq!(alarms().filter(|a| a.alarm_actions.is_empty()).count(), 1);
    assert_eq!(alarms().filter(|a| !a.actions_enabled || a.state == AlarmState::InsufficientData).count(), 0);
    assert_eq!(world.mutes.values().filter(|m| m.status(world.now) == "ACTIVE").count(), 1);
    let input = json!({ "cluster": "harbor", "services": ["recommendations"] });
    let mut world = world;
    let answer = ask(&mut world, "ecs", "DescribeServices", input).unwrap();
    let told = |n: usize, member: &str| answer["services"][0]["deployments"][n][member].clone();
    assert_eq!(
        (told(0, "status"), told(0, "desiredCount"), told(0, "runningCount")),
        (json!("PRIMARY"), json!(4), json!(0))
    );
    assert_eq!(
        (told(1, "status"), told(1, "desiredCount"), told(1, "runningCount")),
        (json!("ACTIVE"), json!(4), json!(4))
    );
    let bad = world.target_groups.values().flat_map(|g| g.targets.values());
    assert_eq!(bad.filter(|t| t.state != TargetState::Healthy).count(), 0);
}

#[test]
fn the_story_goes_on_as_it_would() {
    let mut world = world(Scenario::Story);
    let failed = world.services["recommendations"].primary().unwrap().failed_tasks;
    for minute in 1..=45 {
        world.advance(start() + minutes(minute));
        assert!(running(&world, "recommendations") >= 4, "minute {minute}: the old deployment carries the service");
    }
    assert!(world.services["recommendations"].primary().unwrap().failed_tasks > failed);
    let dead: Vec<&Instance> = world.instances.values().filter(|i| i.state == Ec2State::Terminated).collect();
    assert_eq!(dead.len(), 1, "the group gives up the instance that failed its check");
    let dead = dead[0].id.clone();
    assert_eq!(count(&world, |i| i.state == Ec2State::Running && i.container.is_some()), 24, "and replaces it");
    world.advance(start() + minutes(200));
    assert!(!world.instances.contains_key(&dead), "EC2 forgets it after an hour");
}

/// Rotation and bakes are another matter, see the tests of a day: here none begins.
#[test]
fn nothing_is_wrong_in_a_healthy_fleet_for_a_day() {
    for scenario in [Scenario::Healthy, Scenario::Five] {
        let mut world = world(scenario);
        world.schedules.values_mut().for_each(|schedule| schedule.enabled = false);
        for hour in 0..=24 {
            world.advance(start() + SignedDuration::from_hours(hour));
            for service in world.services.values() {
                let primary = service.primary().unwrap();
                assert_eq!(running(&world, &service.name), service.desired as usize, "{} at hour {hour}", service.name);
                assert_eq!((primary.state, primary.failed_tasks), (RolloutState::Completed, 0));
            }
            let well = |i: &Instance| i.instance_check == Check::Ok && i.container.as_ref().unwrap().agent_connected;
            assert_eq!(count(&world, well), world.instances.len());
            assert!(world.alarms.values().all(|a| a.state == AlarmState::Ok && !a.alarm_actions.is_empty()));
            let routed = |i: &Instance| {
                let services = i.container.as_ref().unwrap().by_service.keys();
                services.map(|name| &world.services[name]).any(|s| !s.load_balancers.is_empty())
            };
            assert_eq!(count(&world, routed), world.instances.len(), "every instance has targets, as its peers have");
            let targets = world.target_groups.values().flat_map(|g| g.targets.values());
            assert!(targets.map(|t| t.state).all(|s| s == TargetState::Healthy));
        }
    }
}

#[test]
fn a_long_period_is_looked_at_every_minute_wherever_it_begins() {
    let mut world = world(Scenario::Healthy);
    let state = |world: &World| world.alarms["harbor-bake-failed"].state;
    // Four minutes before one of the periods that begin on the hour and every five minutes from there is over.
    world.advance(start() + minutes(1));
    world.tallies.entry("rule harbor-bake-failed".to_owned()).or_default().made += 1;
    let passed = (2..=11).map(|minute| {
        world.advance(start() + minutes(minute));
        state(&world) == AlarmState::Alarm
    });
    let fired: Vec<bool> = passed.collect();
    let first = fired.iter().position(|fires| *fires).unwrap();
    assert!(first <= 1, "a minute after it was counted: {fired:?}");
    assert_eq!(fired.iter().filter(|fires| **fires).count(), 5, "for as long as its period holds it: {fired:?}");
}

#[test]
fn an_empty_cluster_is_empty_and_stays_so() {
    let mut world = world(Scenario::Empty);
    world.advance(start() + SignedDuration::from_hours(3));
    assert!(world.instances.is_empty() && world.tasks.is_empty() && world.services.is_empty());
    assert!(world.alarms.values().all(|alarm| alarm.state == AlarmState::Ok));
}

#[test]
fn the_same_seed_lives_the_same_life_whatever_the_steps() {
    let options = |seed| Options {
        scenario: Scenario::Scale,
        instances: Some(30),
        services: Some(25),
        seed,
        ..Options::default()
    };
    let life = |seed: u64, steps: i64| {
        let mut world = World::new(&options(seed), start());
        for step in 1..=steps {
            world.advance(start() + minutes(30) * i32::try_from(step).unwrap() / i32::try_from(steps).unwrap());
        }
        let services =
            ask(&mut world, "ecs", "ListServices", json!({ "cluster": "harbor", "maxResults": 100 })).unwrap();
        let tasks: Vec<_> = world.tasks.values().map(|t| (t.id.clone(), t.status, t.instance.clone())).collect();
        let alarms: Vec<_> = world.alarms.values().map(|a| (a.name.clone(), a.reason.clone())).collect();
        (services, tasks, alarms)
    };
    assert_eq!(life(7, 1), life(7, 30));
    assert_ne!(life(7, 1).1, life(8, 1).1);
}

#[test]
fn what_tasks_hold_is_what_instances_have_given() {
    for seed in 0..12 {
        let options =
            Options { scenario: Scenario::Scale, instances: Some(25), services: Some(20), seed, ..Options::default() };
        let mut world = World::new(&options, start());
        for minute in [0, 3, 20, 90] {
            world.advance(start() + minutes(minute));
            for container in world.instances.values().filter_map(|i| i.container.as_ref()) {
                let tasks = container.tasks.iter().map(|id| &world.tasks[id]);
                let definitions: Vec<_> = tasks.map(|t| &world.task_definitions[&t.definition]).collect();
                let (cpu, memory) = definitions.iter().fold((0, 0), |(c, m), d| (c + d.cpu(), m + d.memory()));
                assert_eq!((container.used.cpu, container.used.memory), (cpu, memory), "seed {seed}, minute {minute}");
                assert!(cpu <= container.cpu && memory <= container.memory, "seed {seed}: more than there is");
                assert!(container.used.interfaces <= container.interfaces);
            }
        }
    }
}

#[test]
fn a_drained_instance_loses_its_tasks_and_no_service_falls_below_what_it_wants() {
    let mut world = world(Scenario::Healthy);
    let instance = world.instances.values().next().unwrap();
    let (id, container) = (instance.id.clone(), instance.container.as_ref().unwrap().id.clone());
    let input = json!({ "cluster": "harbor", "containerInstances": [container], "status": "DRAINING" });
    let answer = ask(&mut world, "ecs", "UpdateContainerInstancesState", input).unwrap();
    assert_eq!(answer["containerInstances"][0]["status"], "DRAINING");
    for second in 1..=300 {
        world.advance(start() + SignedDuration::from_secs(second));
        for service in world.services.values().filter(|s| !s.daemon) {
            assert!(running(&world, &service.name) >= service.desired as usize, "{} at {second}", service.name);
        }
    }
    assert!(world.instances[&id].container.as_ref().unwrap().tasks.is_empty());
    assert_eq!(running(&world, "log-router"), 23);
    assert!(world.services.values().all(|s| s.steady), "every service says that it is steady again");
}

#[test]
fn a_terminated_member_is_drained_shut_down_and_replaced() {
    let mut world = world(Scenario::Healthy);
    let id = world.instances.keys().next().unwrap().clone();
    world.terminate_member(&id, "a test".into());
    let lifecycle = |world: &World| world.instances[&id].membership.as_ref().unwrap().lifecycle;
    assert_eq!(lifecycle(&world), Lifecycle::TerminatingWait);
    world.advance(start() + minutes(5));
    assert_eq!(world.instances[&id].state, Ec2State::Terminated);
    assert_eq!(count(&world, |i| i.state == Ec2State::Running && i.container.is_some()), 24);
    let newest = world.instances.values().max_by_key(|i| i.launched_at).unwrap();
    assert_eq!(newest.instance_check, Check::Ok);
    assert_eq!(newest.container.as_ref().unwrap().by_service["log-router"], 1, "the daemon runs there too");
    let pages = ask(&mut world, "ec2", "DescribeInstanceStatus", json!({})).unwrap();
    assert_eq!(pages["InstanceStatuses"].as_array().unwrap().len(), 24);
}

#[test]
fn speed_shortens_what_takes_time() {
    let mut slow = world(Scenario::Healthy);
    let mut fast = World::new(&Options { scenario: Scenario::Healthy, speed: 20.0, ..Options::default() }, start());
    for world in [&mut slow, &mut fast] {
        let id = world.instances.keys().next().unwrap().clone();
        world.terminate_member(&id, "a test".into());
        world.advance(start() + SignedDuration::from_secs(20));
    }
    let there = |world: &World| count(world, |i| i.state == Ec2State::Running && i.container.is_some());
    assert_eq!((there(&slow), there(&fast)), (24, 24));
    assert_eq!((slow.instances.len(), fast.instances.len()), (25, 25));
    let newest = |world: &World| world.instances.values().max_by_key(|i| i.launched_at).unwrap().container.is_some();
    assert_eq!((newest(&slow), newest(&fast)), (false, true));
}

#[test]
fn batches_and_combinations_beyond_the_limits_are_refused() {
    let mut world = world(Scenario::Five);
    let ids = |count: usize| (0..count).map(|n| format!("{n:032x}")).collect::<Vec<_>>();
    for (operation, member, most) in [
        ("DescribeContainerInstances", "containerInstances", 100),
        ("DescribeTasks", "tasks", 100),
        ("DescribeServices", "services", 10),
    ] {
        let within = ask(&mut world, "ecs", operation, json!({ "cluster": "harbor", member: ids(most) })).unwrap();
        assert_eq!(within["failures"].as_array().unwrap().len(), most, "{operation}");
        for count in [0, most + 1] {
            let fault = ask(&mut world, "ecs", operation, json!({ "cluster": "harbor", member: ids(count) }));
            assert_eq!(fault.unwrap_err().code, "InvalidParameterException", "{operation} with {count}");
        }
    }
    let input = json!({ "cluster": "harbor", "containerInstances": ids(11), "status": "DRAINING" });
    let fault = ask(&mut world, "ecs", "UpdateContainerInstancesState", input).unwrap_err();
    assert_eq!(fault.code, "InvalidParameterException");
    let instance = world.instances.keys().next().unwrap().clone();
    let faults = [
        ("ecs", "ListTasks", json!({}), "ClusterNotFoundException"),
        ("ecs", "ListTasks", json!({ "cluster": "harbor", "nextToken": "x" }), "InvalidParameterException"),
        ("ecs", "ListTasks", json!({ "cluster": "harbor", "maxResults": 101 }), "InvalidParameterException"),
        (
            "ec2",
            "DescribeInstances",
            json!({ "InstanceIds": [instance], "MaxResults": 5 }),
            "InvalidParameterCombination",
        ),
        ("ec2", "DescribeInstances", json!({ "InstanceIds": ["i-0bad"] }), "InvalidInstanceID.NotFound"),
        (
            "ec2",
            "DescribeInstances",
            json!({ "Filters": [{ "Name": "nope", "Values": ["x"] }] }),
            "InvalidParameterValue",
        ),
        ("elbv2", "DescribeTargetHealth", json!({ "TargetGroupArn": "x" }), "TargetGroupNotFoundException"),
        ("cloudwatch", "GetAlarmMuteRule", json!({ "AlarmMuteRuleName": "x" }), "ResourceNotFoundException"),
    ];
    for (service, operation, input, code) in faults {
        let fault = ask(&mut world, service, operation, input.clone()).unwrap_err();
        assert_eq!(fault.code, code, "{operation} {input}");
    }
}

#[test]
fn stopped_tasks_are_listed_apart_and_forgotten_after_an_hour() {
    let mut world = world(Scenario::Story);
    let listed = |world: &mut World, status: &str| {
        let input = json!({ "cluster": "harbor", "serviceName": "recommendations", "desiredStatus": status });
        ask(world, "ecs", "ListTasks", input).unwrap()["taskArns"].as_array().unwrap().len()
    };
    assert_eq!((listed(&mut world, "RUNNING"), listed(&mut world, "STOPPED")), (4, 7));
    assert_eq!(listed(&mut world, "PENDING"), 0);
    let old: Vec<String> =
        world.tasks.values().filter(|t| t.status == TaskStatus::Stopped).map(|t| t.id.clone()).collect();
    world.advance(start() + minutes(61));
    assert!(old.iter().all(|id| !world.tasks.contains_key(id)));
}

#[test]
fn alarms_of_other_types_are_told_only_when_asked_for() {
    let mut world = world(Scenario::Healthy);
    let plain = ask(&mut world, "cloudwatch", "DescribeAlarms", json!({ "MaxRecords": 100 })).unwrap();
    assert_eq!(plain["CompositeAlarms"], json!([]));
    assert_eq!(plain["MetricAlarms"].as_array().unwrap().len(), world.alarms.len() - 1);
    let both = json!({ "AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100 });
    let both = ask(&mut world, "cloudwatch", "DescribeAlarms", both).unwrap();
    assert_eq!(both["CompositeAlarms"].as_array().unwrap().len(), 1);
}

#[test]
fn a_shaped_metric_is_the_same_whenever_it_is_asked_for() {
    let mut world = world(Scenario::Healthy);
    let query = json!({
        "MetricDataQueries": [{ "Id": "cpu", "MetricStat": {
            "Metric": { "Namespace": "AWS/ECS", "MetricName": "CPUUtilization",
                        "Dimensions": [{ "Name": "ServiceName", "Value": "search" }] },
            "Period": 300, "Stat": "Average" } }],
        "StartTime": start().as_second() - 86_400, "EndTime": start().as_second(),
    });
    let first = ask(&mut world, "cloudwatch", "GetMetricData", query.clone()).unwrap();
    world.advance(start() + SignedDuration::from_hours(2));
    let second = ask(&mut world, "cloudwatch", "GetMetricData", query).unwrap();
    let values = first["MetricDataResults"][0]["Values"].as_array().unwrap();
    assert_eq!(values.len(), 288);
    assert_eq!(values[1..], second["MetricDataResults"][0]["Values"].as_array().unwrap()[1..]);
}

#[test]
fn the_fleet_of_the_benchmarks_has_its_shape_whatever_the_seed() {
    for seed in 1..5 {
        let world = World::new(&Options { scenario: Scenario::Fifty, seed, ..Options::default() }, start());
        let sizes = [world.instances.len(), world.tasks.len(), world.services.len()];
        assert_eq!(sizes, [50, 300, 40]);
        assert_eq!([world.target_groups.len(), world.alarms.len()], [30, 200]);
        assert!(world.services.keys().all(|service| running(&world, service) == world.services[service].tasks.len()));
        assert!(world.alarms.values().all(|alarm| alarm.state == AlarmState::Ok));
    }
}
