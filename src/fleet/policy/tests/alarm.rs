//! Alarms.

use super::{all, check, minutes, only, rules};
use crate::fleet::alarm::{AlarmKind, AlarmState};
use crate::fleet::finding::{Rule, Severity, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::reading::Panel;

fn cpu() -> Subject {
    Subject::Alarm("prod-cpu".to_owned())
}

#[test]
fn a_firing_alarm() {
    let mut fixture = Fixture::healthy(2);
    fixture.alarms[0].state = AlarmState::Alarm;
    fixture.alarms[0].since = Some(fixture.ago(minutes(7)));
    fixture.alarms[0].state_reason = Some("Threshold Crossed: 3 datapoints".to_owned());
    let cause = "firing for 7 m: Threshold Crossed: 3 datapoints";
    check(&fixture, Rule::AlarmFiring, &[Panel::Alarms], Severity::Critical, cpu(), cause);

    fixture.alarms[0].alarm_actions = vec!["arn:aws:autoscaling:eu-west-1:1:scalingPolicy:1".to_owned()];
    assert_eq!(rules(&fixture), []);
}

#[test]
fn a_silenced_alarm() {
    let mut fixture = Fixture::healthy(2);
    fixture.mutes = vec![fixture.mute("prod-cpu")];
    let cause = "silenced for 1 h more by rule deploy: ada: deploying";
    check(&fixture, Rule::AlarmSilenced, &[Panel::Alarms, Panel::Mutes], Severity::Info, cpu(), cause);

    fixture.alarms[0].state = AlarmState::Alarm;
    let findings = all(&fixture);
    assert_eq!(findings.len(), 2);
    assert!(findings.iter().all(|finding| finding.severity == Severity::Info));
    assert_eq!(findings[0].cause, "firing for 30 h, silenced");

    fixture.mutes[0].until = None;
    assert_eq!(all(&fixture)[1].cause, "silenced without a known end by rule deploy: ada: deploying");
    fixture.mutes[0].until = Some(fixture.now);
    assert_eq!(only(&fixture, Rule::AlarmFiring, &[]).severity, Severity::Critical);
    fixture.mutes[0].until = None;
    fixture.mutes[0].status = "SCHEDULED".to_owned();
    assert_eq!(only(&fixture, Rule::AlarmFiring, &[]).severity, Severity::Critical);
}

#[test]
fn an_alarm_that_tells_nobody() {
    let mut fixture = Fixture::healthy(2);
    fixture.alarms[0].alarm_actions.clear();
    let cause = "no action on ALARM: it tells nobody";
    check(&fixture, Rule::AlarmWithoutAction, &[Panel::Alarms], Severity::Warning, cpu(), cause);

    let mut partial = fixture.clone();
    partial.incomplete.insert(Panel::Alarms);
    assert_eq!(rules(&partial), []);

    // A composite alarm speaks for those below it, however deep.
    let composite = |name: &str, rule: &str, fixture: &Fixture| {
        let mut alarm = fixture.alarms[2].clone();
        alarm.name = name.to_owned();
        alarm.kind = AlarmKind::Composite(rule.to_owned());
        alarm
    };
    let mut middle = composite("middle", "ALARM(\"prod-cpu\") AND NOT OK(other)", &fixture);
    middle.alarm_actions.clear();
    let top = composite("top", "ALARM(arn:aws:cloudwatch:eu-west-1:1:alarm:middle)", &fixture);
    fixture.alarms.extend([middle, top]);
    assert_eq!(rules(&fixture), []);
}

#[test]
fn disabled_actions() {
    let mut fixture = Fixture::healthy(2);
    fixture.alarms[0].actions_enabled = false;
    let cause = "actions are disabled, without an end";
    check(&fixture, Rule::AlarmActionsDisabled, &[Panel::Alarms], Severity::Warning, cpu(), cause);
}

#[test]
fn an_alarm_without_data() {
    let mut fixture = Fixture::healthy(2);
    fixture.alarms[0].state = AlarmState::InsufficientData;
    let cause = "no data for 30 h, limit 15 m";
    check(&fixture, Rule::AlarmNoData, &[Panel::Alarms], Severity::Warning, cpu(), cause);
    fixture.alarms[0].since = Some(fixture.ago(minutes(15)));
    assert_eq!(rules(&fixture), []);
}

#[test]
fn an_alarm_of_another_fleet_is_nobodys_business() {
    let mut fixture = Fixture::healthy(2);
    let mut other = fixture.alarms[0].clone();
    other.name = "production-cpu".to_owned();
    if let AlarmKind::Metric(metric) = &mut other.kind {
        metric.dimensions.clear();
    }
    other.state = AlarmState::Alarm;
    fixture.alarms.push(other);
    assert_eq!(rules(&fixture), []);
    fixture.policy.alarm_names = vec!["production-*".to_owned()];
    assert_eq!(rules(&fixture), [Rule::AlarmFiring]);
}
