//! Targets and what they lead to.

use super::row;
use crate::fleet::fixture::{Fixture, failure};
use crate::fleet::reading::{Missing, Panel, Reading};
use crate::fleet::target::TargetState;
use crate::fleet::view::{Fleet, Known, TargetCounts};

fn counts(healthy: Known<u32>, total: Known<u32>) -> TargetCounts {
    TargetCounts { healthy, total }
}

fn of_first(fleet: &Fleet) -> TargetCounts {
    fleet.view().instances[0].targets
}

fn of_service(fleet: &Fleet, name: &str) -> TargetCounts {
    let row = fleet.view().services.iter().find(|row| fleet.service(row).unwrap().name == name);
    row.unwrap().targets
}

#[test]
fn targets_lead_to_task_and_instance() {
    let fixture = Fixture::healthy(3);
    let fleet = fixture.fleet();
    assert_eq!(fleet.view().targets.len(), 6);
    for target in &fleet.view().targets {
        let task = fleet.task(target.task.unwrap()).unwrap();
        let host = row(&fleet, target.instance.as_deref().unwrap());
        assert_eq!(task.container_instance_arn.as_ref(), Some(&fleet.container_instance(host).unwrap().arn));
        let group = &fleet.snapshot().targets.rows[target.target_group];
        assert_eq!(task.service(), Some(group.name.as_str()));
        assert!(host.target_positions.contains(&(target.target_group, target.target)));
    }
    assert_eq!(of_first(&fleet), counts(Known::Exactly(2), Known::Exactly(2)));
    assert_eq!(of_service(&fleet, "web"), counts(Known::Exactly(3), Known::Exactly(3)));
}

#[test]
fn an_address_with_a_dynamic_port_leads_through_the_host() {
    let mut fixture = Fixture::healthy(2);
    let ip = fixture.ec2_instances[1].private_ip.clone().unwrap();
    let target = &mut fixture.targets[0].targets.rows[0];
    target.id = ip;
    target.port = Some(32_768);
    let fleet = fixture.fleet();
    let found = fleet.view().targets.iter().find(|row| row.target_group == 0 && row.target == 0).unwrap();
    assert_eq!(found.instance.as_ref(), Some(&fixture.ec2_instances[1].id));
    assert_eq!(fleet.task(found.task.unwrap()).unwrap().service(), Some("web"));
}

#[test]
fn an_address_of_fargate_leads_to_a_task_and_to_no_instance() {
    let mut fixture = Fixture::healthy(2);
    let mut task = fixture.tasks[0].clone();
    task.arn.push('f');
    task.container_instance_arn = None;
    task.launch_type = Some("FARGATE".to_owned());
    task.private_ip = Some("10.9.9.9".to_owned());
    let mut target = fixture.targets[0].targets.rows[0].clone();
    target.id = "10.9.9.9".to_owned();
    fixture.tasks.push(task);
    fixture.targets[0].targets.rows.push(target);
    let fleet = fixture.fleet();
    let found = fleet.view().targets.iter().find(|row| row.target_group == 0 && row.target == 2).unwrap();
    assert_eq!((found.instance.as_ref(), found.task), (None, Some(4)));
    assert_eq!(of_first(&fleet), counts(Known::Exactly(2), Known::Exactly(2)));
    assert_eq!(fleet.view().findings, []);
}

#[test]
fn counts_say_how_far_they_can_be_trusted() {
    let mut fixture = Fixture::healthy(2);
    fixture.targets[0].targets.rows[0].state = TargetState::Initial;
    assert_eq!(of_first(&fixture.fleet()), counts(Known::Exactly(1), Known::Exactly(2)));

    let mut unread = fixture.clone();
    unread.unread.insert(Panel::Targets);
    assert_eq!(of_first(&unread.fleet()), TargetCounts::default());
    assert_eq!(of_service(&unread.fleet(), "web"), TargetCounts::default());

    let mut partial = fixture.clone();
    partial.incomplete.insert(Panel::Targets);
    assert_eq!(of_first(&partial.fleet()), counts(Known::AtLeast(1), Known::AtLeast(2)));
    assert_eq!(of_service(&partial.fleet(), "web"), counts(Known::Exactly(2), Known::Exactly(2)), "all of its group");

    let mut one_failed = fixture.clone();
    one_failed.targets[1].targets = Reading { failure: Some(failure(Panel::Targets)), ..Reading::default() };
    assert_eq!(of_first(&one_failed.fleet()), counts(Known::Unknown, Known::AtLeast(1)));
    assert_eq!(of_service(&one_failed.fleet(), "web"), TargetCounts::default());
    assert_eq!(of_service(&one_failed.fleet(), "api"), counts(Known::Exactly(1), Known::Exactly(2)));

    let mut lost = fixture.clone();
    lost.targets[1].targets.missing = vec![Missing { what: "some".to_owned(), failure: Some(failure(Panel::Targets)) }];
    assert_eq!(of_service(&lost.fleet(), "web"), counts(Known::AtLeast(2), Known::AtLeast(2)));
}

#[test]
fn addresses_that_lead_nowhere_count_for_nobody_only_when_all_tasks_are_known() {
    let mut fixture = Fixture::healthy(2);
    fixture.unread.insert(Panel::Tasks);
    assert_eq!(of_first(&fixture.fleet()), counts(Known::AtLeast(1), Known::AtLeast(1)));
    fixture.unread.clear();
    fixture.targets[0].targets.rows[0].id = "192.168.0.1".to_owned();
    assert_eq!(of_first(&fixture.fleet()), counts(Known::Exactly(1), Known::Exactly(1)));
}

#[test]
fn a_service_without_a_load_balancer_has_no_targets() {
    let mut fixture = Fixture::healthy(2);
    fixture.services[1].load_balancers.clear();
    fixture.unread.insert(Panel::Targets);
    assert_eq!(of_service(&fixture.fleet(), "web"), counts(Known::Exactly(0), Known::Exactly(0)));
}
