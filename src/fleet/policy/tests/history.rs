//! Rules that depend on what was seen before.

use super::{instance, minutes};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::instance::LifecycleState;
use crate::fleet::reading::Panel;
use crate::fleet::target::TargetState;
use crate::fleet::view::Fleet;

/// Lets `minutes` pass and reads everything again.
fn pass(fixture: &mut Fixture, fleet: &mut Fleet, passed: i64) {
    fixture.now = fixture.now.checked_add(minutes(passed)).unwrap();
    fixture.targets.iter_mut().for_each(|group| group.targets.read_at = Some(fixture.now));
    fixture.land(fleet);
}

fn of(fleet: &Fleet, rule: Rule) -> Option<Finding> {
    fleet.view().findings.iter().find(|finding| finding.rule == rule).cloned()
}

#[test]
fn a_drain_that_takes_too_long() {
    let mut fixture = Fixture::healthy(2);
    fixture.container_instances[1].status = "DRAINING".into();
    let mut fleet = fixture.fleet();
    let began = fixture.now;
    pass(&mut fixture, &mut fleet, 15);
    assert_eq!(of(&fleet, Rule::DrainingTooLong), None);

    // A read that fails and one that lacks the instance do not make the drain younger.
    fixture.failing.insert(Panel::ContainerInstances);
    pass(&mut fixture, &mut fleet, 1);
    fixture.failing.clear();
    let lost = fixture.container_instances.remove(1);
    fixture.incomplete.insert(Panel::ContainerInstances);
    pass(&mut fixture, &mut fleet, 1);
    fixture.incomplete.clear();
    fixture.container_instances.push(lost);
    pass(&mut fixture, &mut fleet, 5);
    let finding = of(&fleet, Rule::DrainingTooLong).unwrap();
    assert_eq!((finding.severity, &finding.subject), (Severity::Warning, &instance(&fixture, 1)));
    assert_eq!(finding.cause, "draining for at least 22 m, limit 15 m, 2 tasks left");
    assert_eq!(finding.since, Some(began));

    fixture.container_instances[1].status = "ACTIVE".into();
    pass(&mut fixture, &mut fleet, 1);
    fixture.container_instances[1].status = "DRAINING".into();
    pass(&mut fixture, &mut fleet, 1);
    assert_eq!(of(&fleet, Rule::DrainingTooLong), None);
}

#[test]
fn a_termination_that_nobody_completes() {
    let mut fixture = Fixture::healthy(2);
    fixture.groups[0].members[0].lifecycle_state = LifecycleState::TerminatingWait;
    let mut fleet = fixture.fleet();
    pass(&mut fixture, &mut fleet, 15);
    assert_eq!(of(&fleet, Rule::TerminatingWait), None);
    pass(&mut fixture, &mut fleet, 5);
    let finding = of(&fleet, Rule::TerminatingWait).unwrap();
    assert_eq!((finding.severity, &finding.subject), (Severity::Warning, &instance(&fixture, 0)));
    assert_eq!(finding.cause, "in Terminating:Wait for at least 20 m, limit 15 m");
}

#[test]
fn a_disconnection_that_lasts() {
    let mut fixture = Fixture::healthy(2);
    fixture.container_instances[0].agent_connected = false;
    let mut fleet = fixture.fleet();
    pass(&mut fixture, &mut fleet, 9);
    let finding = of(&fleet, Rule::AgentDisconnected).unwrap();
    assert_eq!(finding.cause, "agent disconnected for at least 9 m, 2 running tasks");
}

#[test]
fn a_flapping_target() {
    let mut fixture = Fixture::healthy(3);
    let mut fleet = fixture.fleet();
    let group = &fixture.targets[0];
    let target = &group.targets.rows[1];
    let subject = Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port };
    for state in [TargetState::Unhealthy, TargetState::Healthy] {
        fixture.targets[0].targets.rows[1].state = state;
        pass(&mut fixture, &mut fleet, 2);
        assert_eq!(of(&fleet, Rule::TargetFlapping), None);
    }
    fixture.targets[0].targets.rows[1].state = TargetState::Unhealthy;
    pass(&mut fixture, &mut fleet, 2);
    let finding = of(&fleet, Rule::TargetFlapping).unwrap();
    assert_eq!((finding.severity, finding.subject), (Severity::Warning, subject));
    assert_eq!(finding.cause, "3 changes between healthy and unhealthy within 15 m");
    assert_eq!(of(&fleet, Rule::TargetUnhealthy).unwrap().since, Some(fixture.now));

    // The first of the changes is forgotten 15 minutes after it.
    pass(&mut fixture, &mut fleet, 12);
    assert_eq!(of(&fleet, Rule::TargetFlapping), None);
}

#[test]
fn a_rollout_is_no_flapping() {
    let mut fixture = Fixture::healthy(3);
    let mut fleet = fixture.fleet();
    for state in ["draining", "unused", "initial", "healthy", "draining", "initial", "healthy"] {
        fixture.targets[0].targets.rows[1].state = state.into();
        pass(&mut fixture, &mut fleet, 1);
    }
    assert_eq!(fleet.view().findings, []);
}
