//! Targets.

use super::{check, instance, only, rules};
use crate::fleet::finding::{Rule, Severity, Subject};
use crate::fleet::fixture::{Fixture, failure};
use crate::fleet::reading::{Missing, Panel};
use crate::fleet::target::TargetState;

fn unhealthy(fixture: &mut Fixture, group: usize, target: usize) -> Subject {
    let group = &mut fixture.targets[group];
    let target = &mut group.targets.rows[target];
    target.state = TargetState::Unhealthy;
    target.reason = Some("Target.ResponseCodeMismatch".to_owned());
    target.description = Some("Health checks failed with these codes: [503]".to_owned());
    Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port }
}

#[test]
fn an_unhealthy_target() {
    let mut fixture = Fixture::healthy(3);
    let subject = unhealthy(&mut fixture, 1, 2);
    let cause = "unhealthy: Health checks failed with these codes: [503]";
    check(&fixture, Rule::TargetUnhealthy, &[Panel::Targets], Severity::Warning, subject, cause);

    let fleet = fixture.fleet();
    let row = fleet.view().targets.iter().find(|row| !row.findings.is_empty()).unwrap();
    assert_eq!(row.instance.as_deref(), Some(fixture.ec2_instances[2].id.as_str()));
}

#[test]
fn an_unhealthy_address_says_where_it_is() {
    let mut fixture = Fixture::healthy(3);
    unhealthy(&mut fixture, 0, 1);
    let on = &fixture.ec2_instances[1].id;
    let cause = only(&fixture, Rule::TargetUnhealthy, &[Panel::Targets]).cause;
    assert!(cause.starts_with(&format!("unhealthy (on {on}): Health checks")), "{cause}");
}

#[test]
fn what_drains_or_starts_is_no_trouble() {
    let mut fixture = Fixture::healthy(3);
    let states = ["initial", "draining", "unhealthy.draining", "unused", "unavailable", "brand-new"];
    for state in states {
        fixture.targets[0].targets.rows[0].state = state.into();
        assert_eq!(rules(&fixture), [], "{state}");
    }
}

#[test]
fn no_healthy_target() {
    let mut fixture = Fixture::healthy(2);
    unhealthy(&mut fixture, 0, 0);
    unhealthy(&mut fixture, 0, 1);
    let fleet = fixture.fleet();
    let worst = &fleet.view().findings[0];
    assert_eq!((worst.rule, worst.severity), (Rule::NoHealthyTarget, Severity::Critical));
    assert_eq!(worst.subject, Subject::TargetGroup(fixture.targets[0].arn.clone()));
    assert_eq!(worst.cause, "no healthy target: 2 of 2 unhealthy");
    let service = fleet.view().services.iter().find(|row| !row.findings.is_empty()).unwrap();
    assert_eq!(fleet.service(service).unwrap().name, "api");

    // A healthy one may be among those that were not read.
    let lost = Missing { what: "targets".to_owned(), failure: Some(failure(Panel::Targets)) };
    fixture.targets[0].targets.missing.push(lost);
    assert_eq!(rules(&fixture), [Rule::TargetUnhealthy]);
}

#[test]
fn an_instance_that_its_group_should_register() {
    let mut fixture = Fixture::healthy(3);
    fixture.groups[0].target_group_arns = vec![fixture.targets[1].arn.clone()];
    fixture.targets.iter_mut().for_each(|group| drop(group.targets.rows.remove(0)));
    let panels = [Panel::Targets, Panel::ContainerInstances];
    let cause = "no targets, although group prod-web registers its instances";
    check(&fixture, Rule::WithoutTargets, &panels, Severity::Warning, instance(&fixture, 0), cause);
}

#[test]
fn an_instance_whose_tasks_should_be_targets() {
    let mut fixture = Fixture::healthy(3);
    fixture.targets.iter_mut().for_each(|group| drop(group.targets.rows.remove(0)));
    let panels = [Panel::Targets, Panel::ContainerInstances, Panel::Services, Panel::Tasks];
    let cause = "no targets, although it runs a task of service api";
    check(&fixture, Rule::WithoutTargets, &panels, Severity::Warning, instance(&fixture, 0), cause);

    let lost = Missing { what: "targets".to_owned(), failure: Some(failure(Panel::Targets)) };
    let mut partial = fixture.clone();
    partial.targets[0].targets.missing.push(lost);
    assert_eq!(rules(&partial), []);
    partial = fixture.clone();
    partial.incomplete.insert(Panel::Targets);
    assert_eq!(rules(&partial), []);

    // Without such a task nothing is expected of it.
    fixture.tasks.retain(|task| !task.arn.ends_with('0'));
    assert_eq!(rules(&fixture), []);
}
