use jiff::SignedDuration;

use super::{check, instance, minutes, rules};
use crate::fleet::build::{Build, Builds, TemplateVersion};
use crate::fleet::execution::{Execution, ExecutionStatus, Step};
use crate::fleet::finding::{Rule, Severity, Subject};
use crate::fleet::fixture::{self, Fixture};
use crate::fleet::freeze::Freeze;
use crate::fleet::reading::Panel;
use crate::fleet::refresh::{InstanceRefresh, RefreshRollback, RefreshStatus};
use crate::fleet::runbook::Runbook;
use crate::fleet::schedule::{Duty, Schedule};

/// One thing each that can go wrong with rotation and bakes.
pub(super) const BREAKAGES: [fn(&mut Fixture); 6] = [
    |fixture| scheduled(fixture),
    |fixture| add_refresh(fixture, RefreshStatus::Failed, 30),
    |fixture| add_refresh(fixture, RefreshStatus::InProgress, 20),
    |fixture| fixture.groups[0].members.iter_mut().for_each(|member| member.protected = true),
    |fixture| _ = run(fixture, "BakeAmi", ExecutionStatus::Failed, 200),
    |fixture| fixture.schedules.iter_mut().for_each(|one| one.state = "DISABLED".into()),
];

fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

/// Rotation every nine hours and bakes every six, for a month by now.
fn scheduled(fixture: &mut Fixture) {
    let schedule = |duty: Duty, expression: &str, document: &str| Schedule {
        name: duty.schedule("prod"),
        state: "ENABLED".into(),
        expression: expression.to_owned(),
        time_zone: None,
        created_at: Some(fixture.ago(hours(720))),
        changed_at: None,
        starts_at: None,
        ends_at: None,
        window: None,
        target: None,
        document: Some(document.to_owned()),
        cluster: Some("prod".to_owned()),
    };
    fixture.schedules =
        vec![schedule(Duty::Bake, "rate(6 hours)", "BakeAmi"), schedule(Duty::Rotate, "rate(9 hours)", "RolloutFleet")];
    fixture.runbooks =
        ["BakeAmi", "RolloutFleet"].map(|name| Runbook { name: name.to_owned(), ..Runbook::default() }).into();
}

fn run<'a>(fixture: &'a mut Fixture, document: &str, status: ExecutionStatus, ago: i64) -> &'a mut Execution {
    let id = format!("run-{}", fixture.executions.len());
    let mut one = fixture::execution(&id, document, status);
    one.started_at = Some(fixture.ago(minutes(ago)));
    one.ended_at = one.status.is_over().then(|| fixture.ago(minutes(ago - 20)));
    let parameters = &mut one.details.get_or_insert_default().parameters;
    parameters.insert("Cluster".to_owned(), vec!["prod".to_owned()]);
    fixture.executions.insert(0, one);
    &mut fixture.executions[0]
}

/// A refresh that began so many minutes ago and took twenty.
fn add_refresh(fixture: &mut Fixture, status: RefreshStatus, ago: i64) {
    let over = status.is_over();
    let one = InstanceRefresh {
        id: format!("refresh-{ago}"),
        group: fixture.groups[0].name.clone(),
        status,
        reason: Some("An alarm went off".to_owned()),
        started_at: Some(fixture.ago(minutes(ago))),
        ended_at: over.then(|| fixture.ago(minutes(ago - 20))),
        percentage: Some(50),
        to_update: Some(1),
        template: None,
        version: Some("7".to_owned()),
        preferences: Default::default(),
        rollback: None,
    };
    fixture.refreshes.push(one);
}

/// A fleet that has baked and rotated lately.
fn well() -> Fixture {
    let mut fixture = Fixture::healthy(2);
    scheduled(&mut fixture);
    run(&mut fixture, "BakeAmi", ExecutionStatus::Success, 90);
    add_refresh(&mut fixture, RefreshStatus::Successful, 120);
    assert_eq!(rules(&fixture), []);
    fixture
}

#[test]
fn a_bake_is_overdue_after_two_periods_without_success() {
    let mut fixture = well();
    fixture.executions.clear();
    run(&mut fixture, "BakeAmi", ExecutionStatus::Success, 13 * 60);
    let panels = [Panel::Schedules, Panel::Builds, Panel::Executions, Panel::Freeze];
    let cause = "no bake succeeded for 12 h 40 m, and one is due every 6 h";
    check(&fixture, Rule::BakeOverdue, &panels, Severity::Warning, Subject::Fleet, cause);

    let quiet = |change: fn(&mut Fixture)| {
        let mut fixture = fixture.clone();
        change(&mut fixture);
        rules(&fixture)
    };
    assert_eq!(quiet(|fixture| fixture.builds.images = vec![build(fixture, "ami-9", Some("passed"), 60)]), []);
    assert_eq!(
        quiet(|fixture| fixture.builds.images = vec![build(fixture, "ami-9", Some("failed"), 60)]),
        [Rule::BakeOverdue]
    );
    assert_eq!(quiet(|fixture| fixture.schedules[0].changed_at = Some(fixture.ago(hours(11)))), [], "it is new");
    assert_eq!(quiet(|fixture| fixture.schedules[0].expression = "whenever".to_owned()), []);
    assert_eq!(quiet(|fixture| _ = fixture.incomplete.insert(Panel::Executions)), []);
    assert_eq!(quiet(|fixture| fixture.executions[0].details = None), [Rule::BakeOverdue]);
    assert_eq!(quiet(|fixture| fixture.freeze = Some(Freeze::default())), [Rule::FleetFrozen], "it is paused");
}

#[test]
fn the_last_bake_that_failed_is_told_until_one_succeeds() {
    let mut fixture = well();
    let failed = run(&mut fixture, "BakeAmi", ExecutionStatus::Failed, 80);
    let step =
        Step { failure: Some("the task did not run".to_owned()), ..fixture::step("test", ExecutionStatus::Failed) };
    failed.details.as_mut().unwrap().steps = vec![step];
    let subject = Subject::Execution("run-1".to_owned());
    let panels = [Panel::Schedules, Panel::Executions, Panel::Runbooks, Panel::Freeze];
    let cause = "the last bake failed 1 h ago: BakeAmi in step test: the task did not run";
    check(&fixture, Rule::BakeFailed, &[panels[1], panels[2], panels[3]], Severity::Warning, subject, cause);
    run(&mut fixture, "BakeAmi", ExecutionStatus::InProgress, 40);
    assert_eq!(rules(&fixture), [Rule::BakeFailed], "nobody knows yet how this one ends");
    run(&mut fixture, "BakeAmi", ExecutionStatus::Success, 30);
    assert_eq!(rules(&fixture), []);
}

#[test]
fn without_its_schedule_a_bake_that_failed_is_any_execution() {
    let mut fixture = well();
    run(&mut fixture, "BakeAmi", ExecutionStatus::Failed, 30);
    assert_eq!(rules(&fixture), [Rule::BakeFailed]);
    for panel in [Panel::Schedules, Panel::Freeze] {
        fixture.unread = [panel].into();
        assert_eq!(rules(&fixture), [Rule::ExecutionFailed], "{panel:?}");
    }
}

#[test]
fn a_rotation_is_overdue_when_its_turn_has_passed() {
    let mut fixture = well();
    fixture.refreshes.clear();
    add_refresh(&mut fixture, RefreshStatus::Successful, 10 * 60);
    assert_eq!(rules(&fixture), [], "an hour late may happen");
    fixture.refreshes.clear();
    add_refresh(&mut fixture, RefreshStatus::Successful, 10 * 60 + 5);
    let panels = [Panel::Schedules, Panel::Refreshes, Panel::Executions, Panel::Freeze];
    let cause = "the rotation was due 1 h 5 m ago and has not started";
    check(&fixture, Rule::RotationOverdue, &panels, Severity::Warning, Subject::Fleet, cause);
    run(&mut fixture, "RolloutFleet", ExecutionStatus::InProgress, 5);
    assert_eq!(rules(&fixture), [], "it has started");
    fixture.refreshes.clear();
    add_refresh(&mut fixture, RefreshStatus::Successful, 19 * 60);
    let cause = "no rotation succeeded for 18 h 40 m, and one is due every 9 h";
    check(&fixture, Rule::RotationOverdue, &panels, Severity::Warning, Subject::Fleet, cause);
}

#[test]
fn a_rotation_that_failed_is_told() {
    let mut fixture = well();
    run(&mut fixture, "RolloutFleet", ExecutionStatus::TimedOut, 80);
    let subject = Subject::Execution("run-1".to_owned());
    let cause = "the last rotation failed 1 h ago: RolloutFleet";
    check(&fixture, Rule::RotationFailed, &[Panel::Executions], Severity::Warning, subject, cause);
    run(&mut fixture, "RolloutFleet", ExecutionStatus::Cancelled, 30);
    assert_eq!(rules(&fixture), [], "somebody has stopped the next one");
}

#[test]
fn what_a_freeze_refused_is_no_failure_after_the_thaw() {
    let mut fixture = well();
    let refused = |fixture: &mut Fixture, document: &str, step: &str, ago: i64| {
        let one = run(fixture, document, ExecutionStatus::Failed, ago);
        one.details.as_mut().unwrap().steps = vec![fixture::step(step, ExecutionStatus::Failed)];
    };
    refused(&mut fixture, "RolloutFleet", "notFrozen", 60);
    refused(&mut fixture, "BakeAmi", "frozen", 40);
    assert_eq!(rules(&fixture), []);
    refused(&mut fixture, "RolloutFleet", "verify", 30);
    assert_eq!(rules(&fixture), [Rule::RotationFailed]);
    refused(&mut fixture, "RolloutFleet", "notFrozen", 25);
    assert_eq!(rules(&fixture), [Rule::RotationFailed], "the one before it still failed");
}

#[test]
fn a_schedule_that_is_disabled_is_told_and_is_never_overdue() {
    let mut fixture = well();
    fixture.schedules[1].state = "DISABLED".into();
    fixture.refreshes.clear();
    let cause = "the schedule prod-rotate is disabled: no rotation starts by itself";
    check(&fixture, Rule::ScheduleDisabled, &[Panel::Schedules], Severity::Warning, Subject::Fleet, cause);
}

#[test]
fn a_refresh_that_failed_is_told_until_the_next() {
    let mut fixture = well();
    let group = Subject::Group(fixture.groups[0].name.clone());
    add_refresh(&mut fixture, RefreshStatus::Failed, 90);
    let cause = "the refresh of prod-web to version 7 failed: An alarm went off";
    check(&fixture, Rule::RefreshFailed, &[Panel::Refreshes], Severity::Warning, group.clone(), cause);
    let last = fixture.refreshes.last_mut().unwrap();
    last.status = RefreshStatus::RollbackSuccessful;
    last.rollback = Some(RefreshRollback { reason: Some("web-5xx".to_owned()), ..RefreshRollback::default() });
    let cause = "the refresh of prod-web to version 7 was rolled back: web-5xx";
    check(&fixture, Rule::RefreshRolledBack, &[Panel::Refreshes], Severity::Warning, group.clone(), cause);
    fixture.refreshes.last_mut().unwrap().status = RefreshStatus::RollbackFailed;
    let cause = "the refresh of prod-web to version 7 failed, and so did its way back: web-5xx";
    check(&fixture, Rule::RefreshFailed, &[Panel::Refreshes], Severity::Critical, group, cause);
    add_refresh(&mut fixture, RefreshStatus::InProgress, 30);
    assert_eq!(rules(&fixture), []);
    let mut old = well();
    old.refreshes.clear();
    old.schedules.clear();
    add_refresh(&mut old, RefreshStatus::Failed, 25 * 60);
    assert_eq!(rules(&old), [], "that is history");
}

#[test]
fn a_refresh_waits_for_protected_instances_only_if_it_is_told_to() {
    let mut fixture = well();
    let ids: Vec<String> = fixture.groups[0].members.iter().map(|member| member.instance_id.clone()).collect();
    let group = Subject::Group(fixture.groups[0].name.clone());
    for ec2 in &mut fixture.ec2_instances {
        ec2.launched_at = fixture.now.checked_sub(hours(3)).ok();
    }
    add_refresh(&mut fixture, RefreshStatus::InProgress, 30);
    fixture.groups[0].members[0].protected = true;
    let cause = format!("the refresh of prod-web waits for 1 instance that is protected or on standby: {}", ids[0]);
    let panels = [Panel::Refreshes, Panel::Groups, Panel::Ec2Instances];
    check(&fixture, Rule::RefreshHeldUp, &panels, Severity::Warning, group, &cause);
    let changed = |change: fn(&mut Fixture)| {
        let mut fixture = fixture.clone();
        change(&mut fixture);
        rules(&fixture)
    };
    let refreshed = |fixture: &mut Fixture| fixture.refreshes[1].preferences.protected = Some("Refresh".to_owned());
    assert_eq!(changed(refreshed), []);
    let replaced = |fixture: &mut Fixture| fixture.ec2_instances[0].launched_at = Some(fixture.ago(minutes(20)));
    assert_eq!(changed(replaced), [], "that is a new one");
    let matching = |fixture: &mut Fixture| {
        fixture.refreshes[1].preferences.skip_matching = Some(true);
        fixture.groups[0].members[0].launch_template_version = Some("7".to_owned());
    };
    assert_eq!(changed(matching), []);
}

fn build(fixture: &Fixture, id: &str, test: Option<&str>, ago: i64) -> Build {
    let mut image = fixture.images.images[0].clone();
    image.id = id.to_owned();
    image.created_at = Some(fixture.ago(minutes(ago)));
    Build { image, source: None, bake: None, test: test.map(Into::into) }
}

fn version(number: u64, image: &str) -> TemplateVersion {
    TemplateVersion {
        template: "lt-1".to_owned(),
        number,
        description: None,
        image: Some(image.to_owned()),
        created_at: None,
        created_by: None,
        default: false,
    }
}

/// A fleet whose first instance runs a build between the oldest and the expected one.
fn on_an_older_build() -> Fixture {
    let mut fixture = well();
    let expected = fixture.images.expected[0].image_id.clone();
    let newest = fixture.images.images.iter().find(|image| image.id == expected).unwrap().clone();
    let mut older = build(&fixture, "ami-older", Some("passed"), 0);
    older.image = newest.clone();
    older.image.id = "ami-older".to_owned();
    older.image.created_at = newest.created_at.unwrap().checked_sub(minutes(30)).ok();
    fixture.images.images.push(older.image.clone());
    fixture.ec2_instances[0].image_id = Some("ami-older".to_owned());
    fixture.builds = Builds { images: vec![older], versions: vec![version(2, &expected), version(1, "ami-first")] };
    fixture
}

#[test]
fn an_older_build_that_was_never_promoted_is_told_where_that_is_sure() {
    let mut fixture = on_an_older_build();
    let told = |fixture: &Fixture| {
        let findings = super::all(fixture);
        findings.into_iter().find(|one| one.rule == Rule::AmiUnpromoted).map(|one| (one.subject, one.cause))
    };
    let never = "ami-older was baked for this fleet and never promoted".to_owned();
    assert_eq!(told(&fixture), Some((instance(&fixture, 0), never)));
    fixture.builds.versions[1].number = 3;
    assert_eq!(told(&fixture), None, "a version was deleted");
    fixture.builds.images[0].test = Some("failed".into());
    let failed = "ami-older failed its test".to_owned();
    assert_eq!(told(&fixture), Some((instance(&fixture, 0), failed)));
    let findings = super::all(&fixture);
    let advice = findings.iter().find(|one| one.rule == Rule::AmiUnpromoted).and_then(|one| one.remedy.as_ref());
    assert!(advice.is_some_and(|remedy| !remedy.advice.contains("Promote")), "{advice:?}");
    fixture.builds.versions.push(version(1, "ami-older"));
    assert_eq!(told(&fixture), None, "it was promoted");
}
