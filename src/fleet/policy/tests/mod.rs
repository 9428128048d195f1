//! Every rule: it fires for its reason, and it is silent on a healthy fleet and on what was not read.

mod alarm;
mod automation;
mod history;
mod instance;
mod placement;
mod rotation;
mod service;
mod target;
mod unread;

use jiff::SignedDuration;

use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::reading::Panel;

fn all(fixture: &Fixture) -> Vec<Finding> {
    fixture.fleet().view().findings.clone()
}

fn rules(fixture: &Fixture) -> Vec<Rule> {
    let mut rules: Vec<Rule> = all(fixture).iter().map(|finding| finding.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules
}

/// The one finding there is, which is of `rule` and which needs each of `panels`: without any of them it is gone.
fn only(fixture: &Fixture, rule: Rule, panels: &[Panel]) -> Finding {
    let mut findings = all(fixture);
    assert_eq!(findings.iter().map(|finding| finding.rule).collect::<Vec<_>>(), [rule], "{findings:#?}");
    for &panel in panels {
        let mut unread = fixture.clone();
        unread.unread.insert(panel);
        assert!(!rules(&unread).contains(&rule), "{rule:?} needs {panel:?}");
    }
    let finding = findings.remove(0);
    let advice = finding.remedy.as_ref().map(|remedy| remedy.advice.as_str()).unwrap_or_default();
    assert!(advice.ends_with('.') && advice.starts_with(char::is_uppercase), "{advice:?}");
    assert!(!finding.cause.contains('\n'));
    finding
}

/// Asserts severity, subject and cause of the one finding there is.
fn check(fixture: &Fixture, rule: Rule, panels: &[Panel], severity: Severity, subject: Subject, cause: &str) {
    let finding = only(fixture, rule, panels);
    assert_eq!((finding.severity, finding.subject, finding.cause.as_str()), (severity, subject, cause));
}

fn instance(fixture: &Fixture, n: usize) -> Subject {
    Subject::Instance(fixture.ec2_instances[n].id.clone())
}

fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

#[test]
fn a_healthy_fleet_is_quiet() {
    for instances in [0, 1, 3, 300] {
        assert_eq!(all(&Fixture::healthy(instances)), Vec::new());
    }
}

#[test]
fn the_worst_comes_first() {
    let mut fixture = Fixture::healthy(3);
    fixture.log_groups[0].retention_days = None;
    fixture.ec2_instances[1].key_name = Some("ada".to_owned());
    fixture.ec2_instances[0].key_name = Some("ada".to_owned());
    fixture.alarms[0].state = "ALARM".into();
    let findings = all(&fixture);
    let order: Vec<_> = findings.iter().map(|finding| (finding.severity, finding.subject.clone())).collect();
    let expected = [
        (Severity::Critical, Subject::Alarm("prod-cpu".to_owned())),
        (Severity::Warning, instance(&fixture, 0)),
        (Severity::Warning, instance(&fixture, 1)),
        (Severity::Info, Subject::LogGroup("/prod/api".to_owned())),
    ];
    assert_eq!(order, expected);
}
