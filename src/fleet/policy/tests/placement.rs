//! Tasks that no instance takes.

use super::{check, minutes, only, rules};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::image::InstanceType;
use crate::fleet::reading::Panel;
use crate::fleet::service::ServiceEvent;

/// A task of service `web` that has waited for twelve minutes, on a fleet of four instances.
fn waiting() -> Fixture {
    let mut fixture = Fixture::healthy(4);
    let task = fixture.waiting_task("waiting", true, fixture.ago(minutes(12)));
    fixture.tasks.push(task);
    fixture
}

fn unplaceable(fixture: &Fixture) -> Finding {
    only(fixture, Rule::TaskUnplaceable, &[])
}

fn says(fixture: &mut Fixture, minutes_ago: i64, message: &str) {
    let event = ServiceEvent {
        id: message.to_owned(),
        at: Some(fixture.ago(minutes(minutes_ago))),
        message: message.to_owned(),
    };
    fixture.services[1].events.insert(0, event);
}

#[test]
fn each_obstacle_is_counted() {
    let mut fixture = waiting();
    fixture.task_definitions[1].cpu = Some(1_024);
    fixture.task_definitions[1].containers[0].host_ports = vec![80];
    let rows = &mut fixture.container_instances;
    rows[0].remaining.cpu = 512;
    rows[1].remaining.cpu = 1_023;
    rows[1].remaining.memory = 100;
    rows[2].remaining.ports.push(80);
    rows[3].remaining.cpu = 0;
    let cause = "1 task waits for a place for 12 m: of 4 instances 3 lack CPU (1024 needed, at most 3072 free), \
                 1 lack memory (1024 MiB needed, at most 12952 free), 1 have port 80 taken";
    let panels = [Panel::Tasks, Panel::Services];
    let subject = Subject::Service("web".to_owned());
    check(&fixture, Rule::TaskUnplaceable, &panels, Severity::Warning, subject, cause);
}

#[test]
fn attributes_zones_and_distinct_instances() {
    let mut fixture = waiting();
    fixture.task_definitions[1].requires_attributes = vec!["ecs.gpu".to_owned()];
    let cause = unplaceable(&fixture).cause;
    assert!(cause.ends_with("of 4 instances 4 lack attribute ecs.gpu"), "{cause}");

    let mut fixture = waiting();
    fixture.services[1].placement_constraints = vec!["attribute:ecs.availability-zone == eu-west-1d".to_owned()];
    assert!(unplaceable(&fixture).cause.ends_with("of 4 instances 4 are in another zone"));

    fixture.services[1].placement_constraints = vec!["distinctInstance".to_owned()];
    assert!(unplaceable(&fixture).cause.ends_with("of 4 instances 4 run a task of it already"));
}

#[test]
fn network_interfaces() {
    let mut fixture = waiting();
    fixture.task_definitions[1].network_mode = Some("awsvpc".to_owned());
    fixture.container_instances.iter_mut().for_each(|row| row.instance_type = Some("m7i.medium".to_owned()));
    let would_take = |fixture: &Fixture| unplaceable(fixture).cause.ends_with("4 of 4 instances would take it");
    assert!(would_take(&fixture), "of a type that was not read nothing is said");
    let kind = |interfaces| InstanceType { name: "m7i.medium".to_owned(), interfaces };
    for (interfaces, free) in [(None, true), (Some(1), false), (Some(2), false), (Some(3), true)] {
        fixture.images.types = vec![kind(interfaces)];
        assert_eq!(would_take(&fixture), free, "{interfaces:?}");
    }
    fixture.images.types = vec![kind(Some(2))];
    assert!(unplaceable(&fixture).cause.ends_with("of 4 instances 4 have no network interface (ENI) free"));
    for row in &mut fixture.container_instances {
        row.attributes.insert("ecs.awsvpc-trunk-id".to_owned(), "eni-1".to_owned());
    }
    assert!(unplaceable(&fixture).cause.ends_with("4 of 4 instances would take it"));
}

#[test]
fn only_instances_that_can_take_tasks_are_asked() {
    let mut fixture = waiting();
    fixture.container_instances[0].status = "DRAINING".into();
    assert!(unplaceable(&fixture).cause.ends_with("3 of 3 instances would take it"));
    fixture.container_instances.iter_mut().for_each(|row| row.status = "DRAINING".into());
    assert!(unplaceable(&fixture).cause.ends_with(": no instance is ACTIVE with its agent connected"));
}

#[test]
fn a_part_of_the_instances_proves_nothing() {
    for panel in [Panel::ContainerInstances, Panel::TaskDefinitions] {
        let mut fixture = waiting();
        fixture.container_instances.iter_mut().for_each(|row| row.remaining.cpu = 0);
        fixture.unread.insert(panel);
        assert_eq!(unplaceable(&fixture).cause, "1 task waits for a place for 12 m");
    }
    let mut fixture = waiting();
    fixture.incomplete.insert(Panel::ContainerInstances);
    assert_eq!(unplaceable(&fixture).cause, "1 task waits for a place for 12 m");
}

#[test]
fn an_event_that_says_something_else_is_told() {
    let mut fixture = waiting();
    fixture.services[1].running = 3;
    fixture.container_instances.iter_mut().for_each(|row| row.remaining.cpu = 0);
    says(
        &mut fixture,
        2,
        "(service web) was unable to place a task because no container instance met all of its requirements. The \
         closest matching (container-instance 1) has insufficient memory available. For more information, see the \
         Troubleshooting section.",
    );
    let findings = fixture.fleet().view().findings.clone();
    let finding = findings.iter().find(|finding| finding.rule == Rule::TaskUnplaceable).unwrap();
    let ending = "; ECS says: The closest matching (container-instance 1) has insufficient memory available";
    assert!(finding.cause.contains("4 lack CPU") && finding.cause.ends_with(ending), "{}", finding.cause);

    fixture.container_instances.iter_mut().for_each(|row| row.remaining.memory = 0);
    let findings = fixture.fleet().view().findings.clone();
    let finding = findings.iter().find(|finding| finding.rule == Rule::TaskUnplaceable).unwrap();
    assert!(!finding.cause.contains("ECS says"), "{}", finding.cause);
}

#[test]
fn an_event_alone_is_enough_while_it_is_the_last_word() {
    let mut fixture = Fixture::healthy(2);
    fixture.services[1].running = 1;
    says(&mut fixture, 4, "(service web) was unable to place a task because no container instances were found.");
    assert_eq!(rules(&fixture), [Rule::ServiceBelowDesired, Rule::TaskUnplaceable]);
    says(&mut fixture, 3, "(service web) has started 1 tasks: (task 1).");
    assert_eq!(rules(&fixture), [Rule::ServiceBelowDesired]);
}

#[test]
fn a_task_without_a_service_is_named_itself() {
    let mut fixture = Fixture::healthy(2);
    let task = fixture.waiting_task("batch", false, fixture.ago(minutes(4)));
    let subject = Subject::Task(task.arn.clone());
    fixture.tasks.push(task);
    let cause = "1 task waits for a place for 4 m: 2 of 2 instances would take it";
    check(&fixture, Rule::TaskUnplaceable, &[Panel::Tasks], Severity::Warning, subject, cause);
}

#[test]
fn young_tasks_and_those_of_fargate_do_not_wait() {
    let mut fixture = waiting();
    let task = fixture.tasks.len() - 1;
    fixture.tasks[task].created_at = Some(fixture.ago(minutes(3)));
    assert_eq!(rules(&fixture), []);
    fixture.tasks[task].created_at = Some(fixture.ago(minutes(30)));
    fixture.tasks[task].launch_type = Some("FARGATE".to_owned());
    assert_eq!(rules(&fixture), []);
}

#[test]
fn nothing_running_is_critical() {
    let mut fixture = waiting();
    fixture.services[1].running = 0;
    let findings = fixture.fleet().view().findings.clone();
    assert!(findings.iter().all(|finding| finding.severity == Severity::Critical), "{findings:#?}");
}
