//! A day in the life of the fleet: nobody touches it, and the template's own schedules, rules and alarms keep it as it should be.
//!
//! `watch` looks at it every minute of the day; each test says what comes on top, and prints what it saw.

mod watch;

use jiff::SignedDuration;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::alarm::AlarmKind;
use quarterdeck::sim::world::image::ImageFault;
use quarterdeck::sim::world::instance::ContainerStatus;
use quarterdeck::sim::world::refresh::RefreshStatus;
use quarterdeck::sim::world::service::Strategy;
use quarterdeck::sim::world::target::TargetState;
use quarterdeck::sim::world::task::Flaw;
use serde_json::json;

use crate::runbooks::account::Account;
use watch::Day;

/// Instances of the fleet.
const SIZE: u32 = 12;

/// A fleet whose last rotation ended a while ago, held to AWS's rates.
fn fleet(options: Options) -> Account {
    let account = Account::with(Options { scenario: Scenario::Healthy, instances: Some(SIZE), ..options });
    account.sim().with_world(|world| {
        // As a rotation leaves them: none is older than the last time at which one began.
        let began = world.now - SignedDuration::from_mins(252);
        let members = world.instances.values_mut().filter(|instance| instance.membership.is_some());
        for (place, instance) in (1_i32..).zip(members) {
            let at = began + SignedDuration::from_mins(6) * place;
            instance.launched_at = at;
            if let Some(container) = &mut instance.container {
                container.registered_at = at + SignedDuration::from_secs(60);
            }
        }
    });
    account
}

#[test]
fn a_fleet_left_alone_for_a_day_stays_young_tested_and_whole() {
    let mut day = Day::of(fleet(Options { seed: 1, ..Options::default() }));
    day.pass_hours(24);
    day.print("left alone");
    day.assert_promises();
    assert!(day.succeeded("BakeAmi") >= 3, "a bake every 6 hours");
    assert!(day.succeeded("RolloutFleet") >= 2, "a rotation every 9 hours");
    assert_eq!(
        day.ended("RolloutFleet") + day.ended("BakeAmi"),
        day.succeeded("RolloutFleet") + day.succeeded("BakeAmi")
    );
}

#[test]
fn a_bad_ami_is_not_promoted_and_somebody_is_told() {
    let mut day = Day::of(fleet(Options { seed: 2, bad_base: Some(ImageFault::Task), ..Options::default() }));
    day.pass_hours(24);
    day.print("a bad AMI");
    day.assert_promises();
    assert_eq!((day.succeeded("BakeAmi"), day.promotions()), (0, 0));
    assert!(day.told("bake-failed") > 0, "the alarm on failed bakes tells somebody");
}

#[test]
fn a_throttled_automation_delays_a_day_and_breaks_nothing() {
    let account = fleet(Options { seed: 3, ..Options::default() });
    account.break_with(&["throttle:ssm.StartAutomationExecution@0.7"]);
    let mut day = Day::of(account);
    day.pass_hours(24);
    day.print("Automation throttled");
    day.assert_promises();
    let retried: u64 = day.account.sim().with_world(|world| world.tallies.values().map(|tally| tally.retried).sum());
    assert!(retried > 0, "something was throttled");
}

#[test]
fn a_group_at_its_maximum_is_rotated_all_the_same() {
    let account = fleet(Options { seed: 4, ..Options::default() });
    account.sim().with_world(|world| {
        let group = world.groups.values_mut().next().expect("a group");
        group.max = group.desired;
        // The template has the alarm's threshold from the group's own maximum.
        if let Some(AlarmKind::Metric(rule)) = world.alarms.get_mut("harbor-at-maximum").map(|alarm| &mut alarm.kind) {
            rule.threshold = f64::from(SIZE);
        }
    });
    let mut day = Day::of(account);
    day.pass_hours(24);
    day.print("at its maximum");
    day.assert_promises();
    assert!(day.told("at-maximum") > 0, "the alarm on the maximum tells somebody");
}

/// The member of the group with the most targets of its own.
fn host(day: &Day) -> String {
    day.account.sim().with_world(|world| {
        let targets = |id: &String| {
            let all = world.target_groups.values().flat_map(|group| group.targets.keys());
            all.filter(|(target, _)| target == id).count()
        };
        let members = world.groups.values().flat_map(|group| &group.members);
        members.max_by_key(|id| targets(id)).cloned().expect("a member")
    })
}

/// Lets nothing answer that runs on an instance, as long as it takes tasks.
fn spoil(day: &Day, host: &str) {
    day.account.sim().with_world(|world| {
        let container = world.instances.get(host).and_then(|one| one.container.as_ref());
        if container.is_none_or(|container| container.status != ContainerStatus::Active) {
            return;
        }
        let targets = world.target_groups.values_mut().flat_map(|group| &mut group.targets);
        for (_, target) in targets.filter(|((id, _), _)| id == host) {
            target.state = TargetState::TimesOut;
        }
    });
}

fn assert_replaced(day: &Day, host: &str) {
    let (there, members) = day.account.sim().with_world(|world| {
        let group = world.groups.values().next().expect("a group");
        (group.members.contains(host), group.members.len())
    });
    assert_eq!((there, members, day.launched()), (false, SIZE as usize, 1), "it and no other");
}

#[test]
fn an_instance_whose_targets_fail_is_ejected_and_the_rest_is_left() {
    let mut day = Day::of(fleet(Options { seed: 5, ..Options::default() }));
    day.pass_hours(1);
    let host = host(&day);
    for _ in 0..30 {
        spoil(&day, &host);
        day.pass_minutes(1);
    }
    day.pass_hours(1);
    day.print("one bad instance");
    assert_replaced(&day, &host);
    assert!(day.succeeded("EjectInstance") > 0, "the alarm's event has started it");
    assert!(day.told("unhealthy") > 0, "the alarm tells somebody");
    day.assert_promises();
}

#[test]
fn an_instance_that_fails_its_status_check_is_replaced_and_the_rest_is_left() {
    let mut day = Day::of(fleet(Options { seed: 9, ..Options::default() }));
    day.pass_hours(1);
    let host = host(&day);
    day.account.sim().with_world(|world| world.impair(&host));
    day.pass_hours(2);
    day.print("one impaired instance");
    assert_replaced(&day, &host);
    assert!(day.told("status-checks") > 0, "the alarm on status checks tells somebody");
    day.assert_promises();
}

#[test]
fn a_bad_deploy_of_a_service_ejects_nothing() {
    for flaw in [Flaw::FailsHealthChecks, Flaw::Exits { after: 20.0, code: 1 }] {
        let mut day = Day::of(fleet(Options { seed: 10, ..Options::default() }));
        day.pass_hours(1);
        let asked = json!({ "cluster": "harbor", "service": "catalog", "forceNewDeployment": true });
        day.account.ask("ecs", "UpdateService", &asked).expect("it can be deployed");
        day.account.sim().with_world(|world| {
            let service = world.services.get_mut("catalog").expect("the service is there");
            service.deployments[0].flaw = Some(flaw.clone());
        });
        day.pass_hours(2);
        day.print(&format!("a service that {flaw:?}"));
        assert_eq!((day.launched(), day.size()), (0, SIZE), "no instance is touched");
        day.assert_promises();
    }
}

#[test]
fn a_rotation_stops_and_goes_back_when_an_alarm_fires() {
    let mut day = Day::of(fleet(Options { seed: 6, ..Options::default() }));
    day.pass_hours(5);
    assert_eq!(day.refresh(), Some(RefreshStatus::InProgress), "a rotation is under way");
    let before = day.launched();
    day.raise("harbor-latency");
    day.pass_hours(3);
    day.print("an alarm in a rotation");
    assert_eq!(day.refresh(), Some(RefreshStatus::RollbackSuccessful));
    assert_eq!((day.succeeded("RolloutFleet"), day.ended("RolloutFleet")), (0, 1));
    assert_eq!(day.ended("RecycleInstance"), 0, "nothing is ejected for it");
    assert!(day.launched() > before, "it leads back what it had replaced");
    assert!(day.told("rotation-failed") > 0, "the alarm on failed rotations tells somebody");
    assert!(day.account.ask("sns", "ListTopics", &json!({})).is_ok());
}

/// Sets how many tasks a service wants.
fn want(day: &Day, service: &str, tasks: u32) {
    let asked = json!({ "cluster": "harbor", "service": service, "desiredCount": tasks });
    day.account.ask("ecs", "UpdateService", &asked).expect("it can be scaled");
}

#[test]
fn a_group_grows_with_the_tasks_that_wait_and_lets_go_what_nobody_needs() {
    let mut day = Day::of(fleet(Options { seed: 7, scaling: true, ..Options::default() }));
    // Somebody says how many tasks there are, and no policy.
    day.account.sim().with_world(|world| world.stack.scaling_policies.clear());
    day.pass_hours(1);
    let calm = day.size();
    assert!((SIZE..=SIZE + 2).contains(&calm), "{calm}");
    let group = day.account.sim().with_world(|world| world.groups.keys().next().cloned()).expect("a group");
    let asked = json!({ "AutoScalingGroupName": group, "DesiredCapacity": calm + 4 });
    day.account.ask("autoscaling", "SetDesiredCapacity", &asked).expect("it can be larger");
    day.pass_hours(1);
    assert_eq!(day.size(), calm, "nobody needs the four");
    want(&day, "checkout", 60);
    // Until there is room, the service is below what it wants, as it has to be.
    day.account.pass(900);
    day.pass_hours(1);
    day.print("a busy hour");
    assert_eq!(day.running("checkout"), 60, "there is room for all of them");
    assert!(day.size() > calm, "{} after {calm}", day.size());
    day.assert_promises();
}

/// Tasks behind load balancers and instances wanted, hour by hour.
fn hours(day: &mut Day) -> Vec<(String, u32, u32)> {
    let hour = |day: &mut Day| {
        day.pass_hours(1);
        (day.account.now().strftime("%H").to_string(), day.tasks(), day.size())
    };
    (0..24).map(|_| hour(day)).collect()
}

/// What there was in the hour after the load's lowest, at four in the morning, and after its highest, at four in the afternoon.
fn extremes(hours: &[(String, u32, u32)]) -> [(u32, u32); 2] {
    ["05", "17"].map(|hour| {
        let found = hours.iter().find(|(known, ..)| known == hour).expect("an hour of the day");
        (found.1, found.2)
    })
}

#[test]
fn a_fleet_that_scales_by_itself_keeps_its_promises_for_a_day() {
    let mut day = Day::of(fleet(Options { seed: 8, scaling: true, ..Options::default() }));
    let hours = hours(&mut day);
    day.print("scaling by itself");
    println!("  hour, tasks behind load balancers, instances wanted: {hours:?}");
    day.assert_promises();
    let [night, afternoon] = extremes(&hours);
    assert!(afternoon.0 * 2 > night.0 * 3, "tasks follow the load: {night:?} {afternoon:?}");
}

#[test]
fn instances_come_and_go_with_tasks_that_are_packed() {
    let mut day = Day::of(fleet(Options { seed: 8, scaling: true, ..Options::default() }));
    // Spread over the instances, the last few tasks keep all of them: what runs one is not scaled in.
    day.account.sim().with_world(|world| {
        world.services.values_mut().for_each(|service| service.strategy = Strategy::Binpack);
    });
    let hours = hours(&mut day);
    day.print("scaling by itself, tasks packed");
    println!("  hour, tasks behind load balancers, instances wanted: {hours:?}");
    day.assert_promises();
    let [night, afternoon] = extremes(&hours);
    assert!(afternoon.0 * 2 > night.0 * 3, "tasks follow the load: {night:?} {afternoon:?}");
    assert!(afternoon.1 > night.1, "instances follow the tasks: {night:?} {afternoon:?}");
}
