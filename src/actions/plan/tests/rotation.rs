//! Bakes, promotions, rollouts, ejections, and what a refresh gets into the way of.

use jiff::SignedDuration;

use super::*;
use crate::fleet::alarm::AlarmState;
use crate::fleet::build::{Build, BuildTest, TemplateVersion};
use crate::fleet::execution::ExecutionStatus;
use crate::fleet::fixture::execution;
use crate::fleet::freeze::Freeze;
use crate::fleet::instance::LifecycleState;
use crate::fleet::promotion::Promotion;
use crate::fleet::refresh::{InstanceRefresh, RefreshPreferences, RefreshStatus};
use crate::fleet::runbook::Parameter;
use crate::fleet::schedule::{Schedule, ScheduleState};
use crate::fleet::target::TargetState;

/// A fleet whose three builds are versions 1 to 3 of its template: 2 is promoted, 3 was just tested.
fn fleet(instances: usize) -> Fixture {
    let mut fixture = Fixture::healthy(instances);
    let images = fixture.images.images.clone();
    let test = |n: usize| if n == 0 { None } else { Some(BuildTest::Passed) };
    fixture.builds.images = images
        .iter()
        .enumerate()
        .map(|(n, image)| Build {
            image: image.clone(),
            source: Some(format!("ami-base-{n}")),
            bake: None,
            test: test(n),
        })
        .rev()
        .collect();
    fixture.builds.versions = images
        .iter()
        .zip([1, 2, 3])
        .map(|(image, number)| TemplateVersion {
            template: "lt-1".to_owned(),
            number,
            description: None,
            image: Some(image.id.clone()),
            created_at: None,
            created_by: None,
            default: false,
        })
        .rev()
        .collect();
    fixture.promotion = Some(Promotion {
        version: Some(2),
        image: Some("ami-2".to_owned()),
        previous: Some(1),
        ..Promotion::default()
    });
    fixture.schedules = vec![schedule(&fixture, "prod-rotate", "rate(9 hours)")];
    fixture
}

fn schedule(fixture: &Fixture, name: &str, expression: &str) -> Schedule {
    Schedule {
        name: name.to_owned(),
        state: ScheduleState::Enabled,
        expression: expression.to_owned(),
        time_zone: None,
        created_at: Some(fixture.ago(SignedDuration::from_hours(7))),
        changed_at: None,
        starts_at: None,
        ends_at: None,
        window: None,
        target: None,
        document: None,
        cluster: Some("prod".to_owned()),
    }
}

fn refresh(fixture: &Fixture, status: RefreshStatus) -> InstanceRefresh {
    InstanceRefresh {
        id: "r-1".to_owned(),
        group: "prod-web".to_owned(),
        status,
        reason: None,
        started_at: Some(fixture.ago(SignedDuration::from_mins(12))),
        ended_at: None,
        percentage: Some(25),
        to_update: Some(3),
        template: None,
        version: Some("2".to_owned()),
        preferences: RefreshPreferences::default(),
        rollback: None,
    }
}

fn said(pairs: &[(&str, &str)]) -> Values {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.split(',').map(str::to_owned).collect())).collect()
}

fn of_fleet(fixture: &Fixture, action: Action, values: &[(&str, &str)]) -> Plan {
    about(fixture, action, &[Subject::Fleet], &said(values))
}

fn promote(fixture: &Fixture, image: &str) -> Plan {
    about(fixture, Action::Promote, &[Subject::Image(image.to_owned())], &Values::new())
}

fn has(plan: &Plan, line: &str) {
    assert!(lines(plan).iter().any(|one| one == line), "no {line:?} in {:#?}", lines(plan));
}

#[test]
fn a_promotion_says_what_it_replaces_and_when_anything_comes_of_it() {
    assert_eq!(
        lines(&promote(&fleet(3), "ami-3")),
        [
            "  version: now running: ami-3 on 3 instances",
            "  version: source ami-base-1 → ami-base-2",
            "  version: the next rollout brings ami-3 as a new version of lt-1, in place of version 2 (ami-2)",
            "  tested: ami-3 has passed its test",
            "  schedule: no instance is replaced until the next rotation, in 2 h (02:00 UTC)",
        ]
    );
}

#[test]
fn what_has_not_passed_its_test_is_not_promoted() {
    let mut fixture = fleet(3);
    let plan = promote(&fixture, "ami-1");
    has(&plan, "! tested: ami-1 does not say that it was tested: the runbook refuses it");
    has(&plan, "? version: ami-1 is older than what is promoted now");
    fixture.builds.images[0].test = Some(BuildTest::Failed);
    has(&promote(&fixture, "ami-3"), "! tested: the test of ami-3 is failed: the runbook refuses it");
    has(&of_fleet(&fixture, Action::Rollout, &[("Version", "3")]), "! tested: ami-3 has failed its test");
    fixture.images.images[2].state = "pending".to_owned();
    has(&promote(&fixture, "ami-3"), "! not-there: ami-3 is pending: it has to be available");
    has(&promote(&fixture, "ami-9"), "! not-there: ami-9 is not among the AMIs that were read");
    has(&promote(&fixture, "ami-2"), "? already-so: ami-2 is promoted already");
}

#[test]
fn without_a_rotation_a_promotion_changes_nothing_by_itself() {
    let mut fixture = fleet(3);
    fixture.schedules[0].state = ScheduleState::Disabled;
    let line = "? schedule: no rotation is scheduled: instances stay as they are until somebody rolls out";
    has(&promote(&fixture, "ami-3"), line);
    fixture.unread.insert(crate::fleet::reading::Panel::Schedules);
    assert!(!lines(&promote(&fixture, "ami-3")).iter().any(|one| one == line));
}

#[test]
fn a_roll_back_needs_something_to_go_back_to() {
    let mut fixture = fleet(3);
    let back = |fixture: &Fixture| of_fleet(fixture, Action::RollbackAmi, &[]);
    has(&back(&fixture), "  version: the next rollout brings version 1 (ami-1) in place of version 2 (ami-2)");
    has(&back(&fixture), "? tested: ami-1 does not say that it was tested");
    fixture.builds.versions.retain(|one| one.number != 1);
    has(&back(&fixture), "! not-there: version 1 is not among the launch template's: it may be deleted");
    fixture.promotion.as_mut().unwrap().previous = None;
    has(&back(&fixture), "! not-there: the promotion of version 2 (ami-2) does not say what was before it");
    fixture.promotion = None;
    has(&back(&fixture), "! not-there: nothing was ever promoted: there is nothing to go back to");
}

#[test]
fn a_bake_says_how_it_is_tested_and_what_follows() {
    let mut fixture = fleet(3);
    fixture.schedules.push(schedule(&fixture, "prod-bake", "rate(8 hours)"));
    assert_eq!(
        lines(&of_fleet(&fixture, Action::Bake, &[("Promote", "true")])),
        [
            "  version: built from the newest ECS-optimized Amazon Linux that AWS recommends; now promoted: version 2 (ami-2)",
            "  version: once its test has passed it is promoted",
            "  tested: it has to boot, join cluster prod-bake and run a task there to its end; if it does not, it is deleted and nothing changes",
            "  schedule: no instance is replaced until the next rotation, in 2 h (02:00 UTC)",
            "  schedule: the fleet bakes by itself next in 1 h (01:00 UTC)",
        ]
    );
    let alone = of_fleet(&fixture, Action::Bake, &[("Promote", "false")]);
    has(&alone, "  version: it is not promoted: instances start from what they start from now");
    let mut failed = execution("b-1", "BakeAmi", ExecutionStatus::Failed);
    failed.failure = Some("the task exited with 1".to_owned());
    fixture.executions.push(failed);
    let line = "? tested: the last bake ended as Failed: the task exited with 1";
    has(&of_fleet(&fixture, Action::Bake, &[]), line);
    fixture.executions.insert(0, execution("b-2", "BakeAmi", ExecutionStatus::InProgress));
    has(&of_fleet(&fixture, Action::Bake, &[]), "! under-way: BakeAmi (b-2) is under way: there is one at a time");
}

#[test]
fn what_the_fleet_does_by_itself_waits_for_the_end_of_a_freeze() {
    let mut fixture = fleet(3);
    let until = fixture.now + SignedDuration::from_hours(2);
    fixture.freeze = Some(Freeze { until: Some(until), by: Some("ada".to_owned()), ..Freeze::default() });
    for plan in [
        of_fleet(&fixture, Action::Bake, &[]),
        of_fleet(&fixture, Action::Rollout, &[]),
        of(&fixture, Action::Eject, &[0]),
    ] {
        has(&plan, "! frozen: the fleet is frozen for 2 h more by ada; the runbook does not begin");
    }
    has(&promote(&fixture, "ami-3"), "? frozen: the fleet is frozen for 2 h more by ada");
}

#[test]
fn a_rollout_says_what_goes_in_which_steps() {
    let values = [
        ("Version", "promoted"),
        ("MinHealthyPercentage", "90"),
        ("MaxHealthyPercentage", "110"),
        ("CheckpointPercentages", "20,50,100"),
        ("CheckpointDelay", "600"),
        ("AutoRollback", "true"),
    ];
    assert_eq!(
        lines(&of_fleet(&fleet(20), Action::Rollout, &values)),
        [
            "? hops: 2 services (api, web) may start tasks on instances that go next: no constraint `attribute:retiring !exists`",
            "? alarms: no alarm stops it: only instances that do not become healthy do",
            "  version: group prod-web goes from version 3 (ami-3) to version 2 (ami-2)",
            "  version: source ami-base-2 → ami-base-1",
            "  tested: ami-2 has passed its test",
            "  steps: 20 instances of prod-web are replaced, 4 at a time: 18 to 22 are there meanwhile",
            "  steps: if it fails it goes back by itself to what the group starts from now",
            "  steps: it pauses for 10 m after 4, 10 of them",
            "  steps: pauses make up 20 m of the time; how long an instance takes is not known",
        ]
    );
}

#[test]
fn a_rollout_skips_what_matches_and_says_if_nothing_is_left() {
    let mut fixture = fleet(4);
    let plan = of_fleet(&fixture, Action::Rollout, &[("Version", "3"), ("SkipMatching", "true")]);
    has(&plan, "? already-so: no instance of prod-web would be replaced");
    has(&plan, "? version: version 3 is not what is promoted, which is version 2");
    fixture.groups[0].members[0].launch_template_version = Some("1".to_owned());
    fixture.groups[0].members[1].lifecycle_state = LifecycleState::Standby;
    fixture.groups[0].members[2].protected = true;
    let plan = of_fleet(&fixture, Action::Rollout, &[("Version", "3"), ("SkipMatching", "true")]);
    has(&plan, "  steps: 1 instance of prod-web is replaced, 1 at a time: 4 to 4 are there meanwhile");
    has(&plan, "? group: 1 instance on standby: they stay as they are");
    has(&plan, "  protected: 1 instance protected from scale-in: the runbook has them replaced too");
    let unknown = of_fleet(&fixture, Action::Rollout, &[("Version", "9")]);
    has(&unknown, "! not-there: the launch template has no version 9 that was read: the refresh would be refused");
}

#[test]
fn alarms_runs_and_tasks_that_get_into_the_way_of_a_rollout_are_told() {
    let mut fixture = fleet(3);
    fixture.alarms[0].state = AlarmState::Alarm;
    let (first, second) = (fixture.alarms[0].name.clone(), fixture.alarms[1].name.clone());
    fixture.tasks[0].group = Some("family:once".to_owned());
    let mut recycle = execution("x-1", "RecycleInstance", ExecutionStatus::InProgress);
    let id = fixture.ec2_instances[1].id.clone();
    recycle.details.as_mut().unwrap().parameters.insert("InstanceId".to_owned(), vec![id.clone()]);
    fixture.executions.push(recycle);
    let plan = of_fleet(&fixture, Action::Rollout, &[("AlarmNames", &format!("{first},{second},gone"))]);
    has(&plan, &format!("! alarms: {first} is firing: the rollout would fail at once"));
    has(&plan, "? alarms: there is no alarm gone in this fleet");
    has(&plan, &format!("  alarms: it stops if one of these fires: {first}, {second}, gone"));
    has(&plan, &format!("? under-way: RecycleInstance is under way on {id} (x-1)"));
    let alone = "? without-service: 1 task without a service: nothing starts them again, and each holds its instance until it ends or 48 h have passed";
    has(&plan, alone);
}

#[test]
fn a_refresh_under_way_gets_into_the_way_of_whatever_takes_instances() {
    let mut fixture = fleet(3);
    fixture.refreshes = vec![refresh(&fixture, RefreshStatus::InProgress)];
    let told = "refresh: an instance refresh of prod-web is under way (InProgress, 25 %), since 12 m";
    let both = format!("{told}: it may take the same instances, and those that are to take their tasks");
    has(&of(&fixture, Action::Recycle, &[0]), &format!("! {both}"));
    has(&of(&fixture, Action::Drain, &[0]), &format!("? {both}"));
    has(&of_fleet(&fixture, Action::Rollout, &[]), &format!("! {told}: a group has one at a time"));
    let frozen = format!("? {told}: it is cancelled where it is, and does not go on after the freeze");
    has(&of_fleet(&fixture, Action::Freeze, &[]), &frozen);
    fixture.refreshes = vec![refresh(&fixture, RefreshStatus::Cancelled)];
    for plan in [of(&fixture, Action::Recycle, &[0]), of_fleet(&fixture, Action::Rollout, &[])] {
        assert!(!lines(&plan).iter().any(|line| line.contains("refresh of")), "{:#?}", lines(&plan));
    }
}

#[test]
fn an_ejection_is_for_failures_that_are_nowhere_else() {
    let mut fixture = fleet(3);
    let id = fixture.ec2_instances[0].id.clone();
    has(
        &of(&fixture, Action::Eject, &[0]),
        &format!("? failures: nothing fails on {id} that is known of: the runbook ejects nothing then"),
    );
    fixture.targets[1].targets.rows[0].state = TargetState::Unhealthy;
    has(
        &of(&fixture, Action::Eject, &[0]),
        &format!("  failures: web: 1 target on {id} fails, 2 of all its targets are healthy"),
    );
    fixture.targets[1].targets.rows[1].state = TargetState::Unhealthy;
    has(
        &of(&fixture, Action::Eject, &[0]),
        "! failures: 2 instances are suspected, not this one alone: the runbook ejects nothing then",
    );
    fixture.container_instances[0].agent_connected = false;
    fixture.targets[1].targets.rows[2].state = TargetState::Unhealthy;
    let widespread = "! failures: web has no healthy target at all: the runbook ejects nothing then";
    has(&of(&fixture, Action::Eject, &[0]), widespread);
}

#[test]
fn what_the_runbook_does_not_weigh_is_no_reason_for_an_ejection() {
    let mut fixture = fleet(3);
    let id = fixture.ec2_instances[0].id.clone();
    fixture.container_instances[0].agent_connected = false;
    let plan = of(&fixture, Action::Eject, &[0]);
    has(&plan, &format!("  failures: {id}: ECS has lost the agent, which the runbook does not weigh"));
    has(&plan, &format!("? failures: nothing fails on {id} that is known of: the runbook ejects nothing then"));
    fixture.targets[1].targets.rows[0].state = TargetState::Unhealthy;
    fixture.services[1].deployments[0].rollout_state = Some("IN_PROGRESS".into());
    let deployed =
        "1 target on {id} fails, but it is being deployed or could not be, and the runbook does not weigh it";
    has(&of(&fixture, Action::Eject, &[0]), &format!("  failures: web: {}", deployed.replace("{id}", &id)));
    fixture.ec2_instances[1].system_check = Some("impaired".into());
    let other = fixture.ec2_instances[1].id.clone();
    let elsewhere = format!("! failures: failures concentrate on {other}: the runbook ejects nothing then");
    has(&of(&fixture, Action::Eject, &[0]), &elsewhere);
    fixture.container_instances[2].attributes.insert("retiring".to_owned(), "rollout-1".to_owned());
    let marked = "! failures: 1 instance marked as retiring: the runbook ejects nothing then";
    has(&of(&fixture, Action::Eject, &[1]), marked);
}

#[test]
fn checkpoints_that_aws_refuses_block_and_cleared_ones_are_the_documents() {
    let fixture = fleet(20);
    let plan = of_fleet(&fixture, Action::Rollout, &[("CheckpointPercentages", "50,20,100")]);
    has(&plan, "! steps: CheckpointPercentages has to ascend: 20 comes after 50: the refresh would be refused");
    let percentages = ["20", "50", "100"].map(str::to_owned).to_vec();
    let parameters = vec![Parameter {
        name: "CheckpointPercentages".to_owned(),
        kind: "StringList".to_owned(),
        default: Some(percentages),
        ..Parameter::default()
    }];
    let runbook = Runbook { name: "RolloutFleet".to_owned(), parameters, ..Runbook::default() };
    let values = Values::new();
    let subjects = [Subject::Fleet];
    let action = Some(Action::Rollout);
    let request = Request { action, runbook: &runbook, subjects: &subjects, values: &values, now: fixture.now };
    has(&super::super::plan(&fixture.fleet(), &request), "  steps: it pauses for 10 m after 4, 10 of them");
}

#[test]
fn of_a_large_fleet_not_every_instance_is_marked() {
    let told = "? hops: 100 of 101 instances are marked as retiring, no more: tasks may move to one of the others, and move again";
    has(&of_fleet(&fleet(101), Action::Rollout, &[]), told);
    let plan = of_fleet(&fleet(100), Action::Rollout, &[]);
    assert!(!lines(&plan).iter().any(|line| line.contains("marked as retiring")), "{:#?}", lines(&plan));
}

#[test]
fn a_refresh_of_any_group_counts() {
    let mut fixture = fleet(3);
    let mut other = fixture.groups[0].clone();
    other.name = "prod-batch".to_owned();
    other.members.clear();
    fixture.groups.push(other);
    fixture.refreshes =
        vec![InstanceRefresh { group: "prod-batch".to_owned(), ..refresh(&fixture, RefreshStatus::InProgress) }];
    let told = "refresh: an instance refresh of prod-batch is under way (InProgress, 25 %), since 12 m";
    has(&of_fleet(&fixture, Action::Rollout, &[]), &format!("! {told}: a group has one at a time"));
    has(&of(&fixture, Action::Eject, &[0]), &format!("! {told}: the runbook ejects nothing meanwhile"));
}

#[test]
fn a_run_on_the_same_instance_is_told_whatever_its_document_is_called() {
    let mut fixture = fleet(3);
    let mut recycle = execution("x-1", "OurRecycling", ExecutionStatus::InProgress);
    let id = fixture.ec2_instances[1].id.clone();
    recycle.details.as_mut().unwrap().parameters.insert("InstanceId".to_owned(), vec![id.clone()]);
    fixture.executions.push(recycle);
    has(&of_fleet(&fixture, Action::Rollout, &[]), &format!("? under-way: OurRecycling is under way on {id} (x-1)"));
}

#[test]
fn by_hand_a_promotion_is_a_version_and_a_parameter_and_both_go_back() {
    let plan = promote(&fleet(3), "ami-3");
    let [made, default, written, previous] = plan.by_hand.as_slice() else { unreachable!("{:#?}", plan.by_hand) };
    assert_eq!(
        made.command,
        "aws ec2 create-launch-template-version --launch-template-id lt-1 --source-version 3 \
         --launch-template-data '{\"ImageId\":\"ami-3\"}' --region eu-west-1"
    );
    assert_eq!(
        made.undo.as_deref(),
        Some("aws ec2 delete-launch-template-versions --launch-template-id lt-1 --versions 4 --region eu-west-1")
    );
    assert!(default.command.contains("--default-version 4 "), "{default:?}");
    assert!(default.undo.as_deref().unwrap().contains("--default-version 2 "), "{default:?}");
    // A rotation finds the version by what follows it.
    let value =
        |text: &str, said: &str| assert!(text.contains(&format!("--value '{{{said},\"why\":\"by hand\"}}'")), "{text}");
    value(&written.command, "\"version\":4,\"image\":\"ami-3\",\"previous\":2");
    value(written.undo.as_deref().unwrap(), "\"version\":2,\"image\":\"ami-2\",\"previous\":1");
    assert!(previous.command.contains("/ami/previous --type String --overwrite --value 2 "), "{previous:?}");
}

#[test]
fn by_hand_a_rollout_is_a_refresh_and_its_way_back() {
    let values = [("CheckpointPercentages", "20,100"), ("CheckpointDelay", "600"), ("AutoRollback", "true")];
    let plan = of_fleet(&fleet(3), Action::Rollout, &values);
    assert_eq!(
        plan.by_hand,
        [ByHand {
            command:
                "aws autoscaling start-instance-refresh --auto-scaling-group-name prod-web --desired-configuration \
                      '{\"LaunchTemplate\":{\"LaunchTemplateId\":\"lt-1\",\"Version\":\"2\"}}' --preferences \
                      '{\"AutoRollback\":true,\"CheckpointDelay\":600,\"CheckpointPercentages\":[20,100],\
                      \"ScaleInProtectedInstances\":\"Refresh\",\"StandbyInstances\":\"Ignore\"}' --region eu-west-1"
                    .to_owned(),
            undo: Some(
                "aws autoscaling rollback-instance-refresh --auto-scaling-group-name prod-web --region eu-west-1"
                    .to_owned()
            ),
        }]
    );
}
