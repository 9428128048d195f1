//! Instances that are emptied.

use super::*;
use crate::fleet::instance::ContainerInstanceStatus;
use crate::fleet::reading::Panel;
use crate::fleet::service::{RolloutState, SchedulingStrategy};
use crate::fleet::task::Protection;

/// A fleet in one zone, so that none of it is the last of its zone.
fn one_zone(instances: usize) -> Fixture {
    let mut fixture = Fixture::healthy(instances);
    fixture.container_instances.iter_mut().for_each(|row| row.availability_zone = Some("eu-west-1a".to_owned()));
    fixture
}

#[test]
fn tasks_of_services_move_where_there_is_room() {
    let plan = of(&one_zone(3), Action::Drain, &[0]);
    assert_eq!(lines(&plan), ["  moves: 2 tasks of 2 services move; the rest of the fleet has room for them"]);
    assert_eq!(fates(&plan, Fate::Replaced), 2);
}

#[test]
fn without_room_a_service_keeps_its_minimum_and_holds_the_drain() {
    let mut fixture = one_zone(3);
    fixture.container_instances.iter_mut().for_each(|row| row.remaining.cpu = 511);
    fixture.services[1].minimum_healthy_percent = Some(50);
    let plan = of(&fixture, Action::Drain, &[0]);
    assert_eq!(
        lines(&plan),
        [
            "! no-room: no room for 2 of 2 tasks: of 2 instances 2 lack CPU (512 needed, at most 511 free)",
            "! below-minimum: api: 2 of 3 tasks would be left, its minimum is 3 (minimumHealthyPercent 100): 1 task stays and the \
             drain waits",
            "? no-room: web: 2 of 3 tasks would be left until there is room; its minimum of 2 allows it",
        ]
    );
    assert_eq!((fates(&plan, Fate::Stuck), fates(&plan, Fate::Lost)), (1, 1));
}

#[test]
fn room_that_one_task_takes_is_not_there_for_the_next() {
    let mut fixture = one_zone(2);
    fixture.container_instances[1].remaining.memory = 1_500;
    let plan = of(&fixture, Action::Drain, &[0]);
    assert_eq!((fates(&plan, Fate::Replaced), fates(&plan, Fate::Stuck)), (1, 1));
    assert_eq!(plan.blocks(), [Topic::NoRoom, Topic::BelowMinimum]);
}

#[test]
fn ports_interfaces_and_distinct_instances_bound_the_room() {
    let mut fixture = one_zone(3);
    fixture.task_definitions[1].containers[0].host_ports = vec![80];
    fixture.container_instances[1].remaining.ports.push(80);
    let two = of(&fixture, Action::Drain, &[0]);
    assert_eq!(fates(&two, Fate::Replaced), 2);
    fixture.container_instances[2].remaining.ports.push(80);
    assert!(lines(&of(&fixture, Action::Drain, &[0]))[0].ends_with("of 2 instances 2 have port 80 taken"));

    let mut fixture = one_zone(3);
    fixture.services[0].placement_constraints = vec!["distinctInstance".to_owned()];
    assert!(lines(&of(&fixture, Action::Drain, &[0]))[0].ends_with("of 2 instances 2 run a task of it already"));
}

#[test]
fn an_instance_that_retires_too_takes_nothing() {
    let mut fixture = one_zone(2);
    fixture.container_instances[1].attributes.insert("retiring".to_owned(), "request".to_owned());
    let plan = of(&fixture, Action::Drain, &[0]);
    assert!(lines(&plan)[0].ends_with("no other instance takes tasks"), "{plan:#?}");
}

#[test]
fn several_are_drained_for_good_and_recycled_one_after_the_other() {
    let fixture = one_zone(2);
    assert_eq!(fates(&of(&fixture, Action::Drain, &[0, 1]), Fate::Stuck), 4);
    assert_eq!(fates(&of(&fixture, Action::Recycle, &[0, 1]), Fate::Replaced), 4);
}

#[test]
fn a_task_without_a_service_holds_a_drain_and_blocks_what_comes_after_one() {
    let mut fixture = one_zone(3);
    fixture.tasks[1].group = Some("family:web".to_owned());
    let text = "without-service: 1 task without a service stays and holds the drain until stopped (web:7); nothing starts them again";
    let drain = of(&fixture, Action::Drain, &[0]);
    assert!(lines(&drain).contains(&format!("? {text}")), "{drain:#?}");
    assert_eq!(fates(&drain, Fate::Stays), 1);
    assert!(lines(&of(&fixture, Action::Recycle, &[0])).contains(&format!("! {text}")));
}

#[test]
fn daemons_end() {
    let mut fixture = one_zone(3);
    fixture.services[1].scheduling = SchedulingStrategy::Daemon;
    let plan = of(&fixture, Action::Drain, &[0]);
    assert_eq!((fates(&plan, Fate::Ends), fates(&plan, Fate::Replaced)), (1, 1));
    assert!(plan.blocks().is_empty());
}

#[test]
fn bounds_that_leave_no_way_hold_the_tasks() {
    let mut fixture = one_zone(3);
    fixture.services[1].maximum_percent = Some(100);
    let plan = of(&fixture, Action::Drain, &[0]);
    let text = "! below-minimum: web: minimumHealthyPercent 100 and maximumPercent 100 of 3 let ECS neither stop nor start one: \
                1 task stays";
    assert_eq!(lines(&plan)[0], text);
    assert_eq!(fates(&plan, Fate::Stuck), 1);
}

#[test]
fn a_failed_deployment_replaces_nothing_and_one_under_way_is_told() {
    let mut fixture = one_zone(3);
    fixture.services[1].deployments[0].rollout_state = Some(RolloutState::Failed);
    fixture.services[0].deployments[0].rollout_state = Some(RolloutState::InProgress);
    let plan = of(&fixture, Action::Drain, &[0]);
    assert_eq!(lines(&plan)[0], "! below-minimum: web: its newest deployment failed and starts nothing: 1 task stays");
    assert_eq!(lines(&plan)[1], "? under-way: api: a deployment is under way (3 of 3 run)");
}

#[test]
fn an_instance_that_is_gone_leaving_or_draining_is_told() {
    let mut fixture = one_zone(3);
    let gone = about(&fixture, Action::Drain, &[Subject::Instance("i-0".to_owned())], &Values::new());
    assert_eq!(lines(&gone)[0], "! not-there: i-0 is not among the fleet's instances");
    fixture.container_instances[0].status = ContainerInstanceStatus::Draining;
    let plan = of(&fixture, Action::Drain, &[0]);
    assert_eq!(plan.notes[0].topic, Topic::AlreadySo);
    assert!(plan.blocks().is_empty());
    fixture.container_instances.remove(0);
    assert_eq!(of(&fixture, Action::Drain, &[0]).blocks(), [Topic::NotThere]);
}

#[test]
fn what_was_not_read_blocks_or_is_told() {
    let unread = |panel| {
        let mut fixture = one_zone(3);
        fixture.unread.insert(panel);
        of(&fixture, Action::Drain, &[0]).blocks().contains(&Topic::Unknown)
    };
    assert!(unread(Panel::Tasks) && unread(Panel::Services) && unread(Panel::ContainerInstances));
    assert!(!unread(Panel::Targets) && !unread(Panel::Groups));

    let mut fixture = one_zone(3);
    fixture.incomplete.insert(Panel::Tasks);
    fixture.container_instances[0].running_tasks = 5;
    let id = fixture.ec2_instances[0].id.clone();
    let lines = lines(&of(&fixture, Action::Drain, &[0]));
    assert!(lines.contains(&format!("! unknown: 3 of the 5 tasks on {id} were not read")), "{lines:#?}");
    assert!(lines.contains(&"? unknown: tasks: read in part: a part is missing".to_owned()), "{lines:#?}");
}

#[test]
fn protected_tasks_are_told_with_how_long_they_are() {
    let mut fixture = one_zone(3);
    let until = |minutes| Protection::Until(Some(fixture.now + jiff::SignedDuration::from_mins(minutes)));
    let (first, second) = (until(41), until(12));
    let host = fixture.container_instances[0].arn.clone();
    let mut on_it = fixture.tasks.iter_mut().filter(|task| task.container_instance_arn.as_deref() == Some(&host));
    on_it.next().unwrap().protection = first;
    on_it.next().unwrap().protection = second;
    let said = lines(&of(&fixture, Action::Recycle, &[0]));
    let wanted = "? protected: 2 tasks are protected from scale-in, for 41 m more: the drain may wait for that, and the runbook fail \
                  meanwhile, or end them all the same";
    assert!(said.iter().any(|line| line == wanted), "{said:?}");
    assert!(
        !lines(&of(&fixture, Action::Drain, &[1])).iter().any(|line| line.contains("protected")),
        "others are not meant"
    );
    let task = fixture.tasks.iter().find(|task| task.protection != Protection::NotAsked).unwrap().arn.clone();
    let said = lines(&about(&fixture, Action::StopTask, &[Subject::Task(task)], &Values::new()));
    assert!(
        said.iter().any(|line| line.starts_with("? protected: 1 task is protected from scale-in, for 41 m more")),
        "{said:?}"
    );
}

#[test]
fn what_could_not_be_asked_about_protection_is_said() {
    let mut fixture = one_zone(3);
    let why = "ecs:GetTaskProtection: not authorized".to_owned();
    fixture.tasks.iter_mut().for_each(|task| task.protection = Protection::Unreadable(why.clone()));
    let said = lines(&of(&fixture, Action::Drain, &[0]));
    let wanted = "? unknown: whether 2 tasks would be protected from scale-in is not known: ecs:GetTaskProtection: not authorized";
    assert!(said.iter().any(|line| line == wanted), "{said:?}");
}
