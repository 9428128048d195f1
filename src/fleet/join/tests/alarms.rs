//! Which alarms are the fleet's.

use crate::fleet::alarm::{Alarm, AlarmKind};
use crate::fleet::finding::Subject;
use crate::fleet::fixture::Fixture;
use crate::fleet::view::Fleet;

fn names(fleet: &Fleet) -> Vec<&str> {
    fleet.view().alarms.iter().map(|row| fleet.snapshot().alarms.rows[row.alarm].name.as_str()).collect()
}

fn alarm(name: &str, dimensions: &[(&str, &str)]) -> Alarm {
    let mut alarm = Fixture::healthy(0).alarms.remove(0);
    alarm.name = name.to_owned();
    if let AlarmKind::Metric(metric) = &mut alarm.kind {
        let pairs = dimensions.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        metric.dimensions = pairs.collect();
    }
    alarm
}

fn composite(name: &str, rule: &str) -> Alarm {
    Alarm { kind: AlarmKind::Composite(rule.to_owned()), ..alarm(name, &[]) }
}

/// Whether one more alarm counts as the fleet's.
fn belongs(alarm: Alarm) -> bool {
    let mut fixture = Fixture::healthy(2);
    let name = alarm.name.clone();
    fixture.alarms.push(alarm);
    names(&fixture.fleet()).contains(&name.as_str())
}

#[test]
fn dimensions_that_name_a_part_of_the_fleet() {
    let fixture = Fixture::healthy(2);
    let container_instance = fixture.container_instances[1].id().to_owned();
    for (name, value) in [
        ("ClusterName", "prod"),
        ("ServiceName", "web"),
        ("AutoScalingGroupName", "prod-web"),
        ("InstanceId", fixture.ec2_instances[1].id.as_str()),
        ("ContainerInstanceId", container_instance.as_str()),
        ("TargetGroup", "targetgroup/web/0123456789abcdef"),
        ("LoadBalancer", "app/prod/0123456789abcdef"),
    ] {
        assert!(belongs(alarm("x", &[(name, value)])), "{name}");
        assert!(!belongs(alarm("x", &[(name, &format!("{value}x"))])), "{name}");
    }
    assert!(!belongs(alarm("x", &[("QueueName", "prod")])));
}

#[test]
fn another_cluster_in_the_dimensions_settles_it() {
    assert!(!belongs(alarm("x", &[("ServiceName", "web"), ("ClusterName", "staging")])));
    assert!(!belongs(alarm("prod-x", &[("ClusterName", "staging")])));
}

#[test]
fn names_that_start_with_the_clusters() {
    for (name, ours) in
        [("prod", true), ("prod-5xx", true), ("prod/5xx", true), ("production", false), ("my-prod", false)]
    {
        assert_eq!(belongs(alarm(name, &[])), ours, "{name}");
    }
}

#[test]
fn composites_over_an_alarm_of_the_fleet() {
    assert!(belongs(composite("x", "OK(\"other\") OR ALARM(\"web-errors\")")));
    assert!(belongs(composite("x", "ALARM(arn:aws:cloudwatch:eu-west-1:1:alarm:web-errors)")));
    assert!(!belongs(composite("x", "ALARM(\"web-errors-2\") OR TRUE")));

    let mut fixture = Fixture::healthy(1);
    let chain = [composite("c", "ALARM(b)"), composite("b", "ALARM(a) OR ALARM(c)"), composite("a", "ALARM(prod-cpu)")];
    fixture.alarms.extend(chain);
    assert_eq!(names(&fixture.fleet()), ["a", "api-memory", "b", "c", "prod-cpu", "web-errors"]);
}

#[test]
fn an_alarm_knows_what_it_is_about() {
    let fixture = Fixture::healthy(1);
    let fleet = fixture.fleet();
    let subjects: Vec<_> = fleet.view().alarms.iter().map(|row| row.subjects.clone()).collect();
    let group = Subject::TargetGroup(fixture.targets[1].arn.clone());
    assert_eq!(subjects, [vec![Subject::Service("api".to_owned())], vec![], vec![group]]);
}

#[test]
fn of_several_mutes_the_last_end_wins() {
    let mut fixture = Fixture::healthy(1);
    let hours = |hours| fixture.now.checked_add(jiff::SignedDuration::from_hours(hours)).ok();
    let mute = |until| {
        let mut mute = fixture.mute("web-errors");
        mute.until = until;
        mute
    };
    let mutes = vec![mute(hours(1)), mute(hours(3)), mute(hours(2)), mute(hours(-1))];
    let endless = mute(None);
    fixture.mutes = mutes;
    let row = |fixture: &Fixture| fixture.fleet().view().alarms[2].clone();
    assert_eq!((row(&fixture).mute, row(&fixture).silenced_until), (Some(1), fixture.mutes[1].until));
    fixture.mutes.push(endless);
    assert_eq!((row(&fixture).mute, row(&fixture).silenced_until), (Some(4), None));
    assert_eq!(fixture.fleet().view().alarms[0].mute, None);
}
