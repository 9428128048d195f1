//! AMIs and rollouts: what is listed, where it leads, and what can be done about it.

use jiff::{SignedDuration, Timestamp};
use quarterdeck::app::{Effect, Msg, Overlay, Place, Screen};
use quarterdeck::fleet::build::{Build, BuildTest, Builds, TemplateVersion};
use quarterdeck::fleet::execution::{Execution, ExecutionStatus};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::image::Image;
use quarterdeck::fleet::instance::LaunchTemplateRef;
use quarterdeck::fleet::promotion::Promotion;
use quarterdeck::fleet::reading::Panel;
use quarterdeck::fleet::refresh::{InstanceRefresh, RefreshPreferences, RefreshRollback, RefreshStatus};
use quarterdeck::fleet::schedule::{Schedule, ScheduleState};
use quarterdeck::fleet::snapshot::{PanelRead, Rows};

use crate::fixture::{self, INSTANCES, Story, image_id, instance_id, now};
use crate::runs;
use crate::shots::{SIZES, shoot};
use crate::stage::Stage;

const TEMPLATE: &str = "lt-0123456789abcdef0";
const REFRESH: &str = "0b3a9d2c-77c1-4e5f-8a11-2f6f1f1d9a01";

fn ago(minutes: i64) -> Timestamp {
    now() - SignedDuration::from_mins(minutes)
}

/// Four AMIs that were baked: version 5 to 7 and one that failed its test.
pub fn builds() -> Builds {
    let build = |(n, test): (usize, BuildTest)| Build {
        image: Image {
            id: image_id(n),
            name: format!("prod-2026.03.{:02}", 8 + n),
            owner: "111122223333".to_owned(),
            created_at: Some(ago((3 - n as i64) * 360 + 40)),
            state: "available".to_owned(),
            architecture: Some("x86_64".to_owned()),
            deprecated_at: None,
        },
        source: Some(format!("ami-0a0a0a0a0a0a0{:04x}", n / 2)),
        bake: Some(format!("{n:08x}-5e1d-4c3b-9a2f-ba4eba4eba4e")),
        test: Some(test),
    };
    let tests = [BuildTest::Passed, BuildTest::Passed, BuildTest::Passed, BuildTest::Failed];
    let version = |n: usize| TemplateVersion {
        template: TEMPLATE.to_owned(),
        number: 5 + n as u64,
        description: Some(format!("Promoted by bake: build {n} has passed its test")),
        image: Some(image_id(n)),
        created_at: Some(ago((3 - n as i64) * 360 + 20)),
        created_by: None,
        default: n == 2,
    };
    let mut images: Vec<Build> = tests.into_iter().enumerate().map(build).collect();
    images.reverse();
    Builds { images, versions: (0..3).rev().map(version).collect() }
}

pub fn promotion() -> Promotion {
    Promotion {
        version: Some(7),
        image: Some(image_id(2)),
        previous: Some(6),
        source: Some("ami-0a0a0a0a0a0a00001".to_owned()),
        at: Some(ago(380)),
        by: Some("bake".to_owned()),
        why: Some("build 2 has passed its test".to_owned()),
        request_id: None,
    }
}

pub fn schedules() -> Vec<Schedule> {
    let schedule = |name: &str, expression: &str, document: &str, minutes: i64| Schedule {
        name: name.to_owned(),
        state: ScheduleState::Enabled,
        expression: expression.to_owned(),
        time_zone: None,
        created_at: Some(ago(minutes)),
        changed_at: None,
        starts_at: None,
        ends_at: None,
        window: None,
        target: None,
        document: Some(document.to_owned()),
        cluster: Some("prod".to_owned()),
    };
    vec![
        schedule("prod-bake", "rate(6 hours)", "BakeAmi", 320),
        schedule("prod-rotate", "rate(9 hours)", "RolloutFleet", 400),
    ]
}

/// Rollouts that are over: the last one was hours ago.
pub fn refreshes() -> Vec<InstanceRefresh> {
    vec![refresh("5d0c77e1-0000-4e5f-8a11-2f6f1f1d9a00", RefreshStatus::Successful, 6, (400, Some(290)))]
}

fn refresh(id: &str, status: RefreshStatus, version: u64, (from, to): (i64, Option<i64>)) -> InstanceRefresh {
    InstanceRefresh {
        id: id.to_owned(),
        group: "prod-hosts".to_owned(),
        percentage: Some(if status == RefreshStatus::Successful { 100 } else { 25 }),
        to_update: Some(if status == RefreshStatus::Successful { 0 } else { 9 }),
        status,
        reason: None,
        started_at: Some(ago(from)),
        ended_at: to.map(ago),
        template: Some(TEMPLATE.to_owned()),
        version: Some(version.to_string()),
        preferences: RefreshPreferences {
            min_healthy: Some(90),
            max_healthy: Some(110),
            checkpoints: vec![20, 50, 100],
            checkpoint_delay: Some(600),
            auto_rollback: Some(true),
            skip_matching: Some(false),
            alarms: vec!["prod-web-5xx".to_owned(), "prod-search-unplaced".to_owned()],
            protected: Some("Refresh".to_owned()),
            standby: Some("Ignore".to_owned()),
            ..RefreshPreferences::default()
        },
        rollback: None,
    }
}

/// The execution that started the rollout.
fn starter() -> Execution {
    let mut one = runs::run(0xb0, "RolloutFleet", ExecutionStatus::InProgress, (1_320, None));
    runs::told(&mut one, &[("Version", "7"), ("RequestedBy", "ada"), ("Reason", "new kernel")]);
    let mut begun = runs::call("start", 1_310);
    begun.outputs.insert("InstanceRefreshId".to_owned(), vec![REFRESH.to_owned()]);
    one.details.as_mut().unwrap().steps = vec![begun, runs::pending("wait", "aws:waitForAwsResourceProperty")];
    one
}

/// A bake whose AMI did not pass its test.
fn bake() -> Execution {
    let mut one = runs::run(3, "BakeAmi", ExecutionStatus::Failed, (2_400, Some(1_500)));
    one.id = "00000003-5e1d-4c3b-9a2f-ba4eba4eba4e".to_owned();
    runs::told(&mut one, &[("RequestedBy", "bake"), ("Reason", "scheduled")]);
    let mut failed = runs::call("test", 1_600);
    failed.status = ExecutionStatus::Failed;
    failed.failure = Some("the task of prod-bake exited with 1".to_owned());
    one.details.as_mut().unwrap().steps = vec![runs::call("createImage", 2_200), failed];
    one
}

/// The fleet in the middle of a rollout from version 6 to 7, at its first checkpoint.
fn rolling(change: impl FnOnce(&mut InstanceRefresh)) -> Vec<PanelRead> {
    let mut reads = fixture::reads(Story::Healthy);
    let new = |n: usize| n % 4 == 3;
    let image = |n: usize| Some(image_id(if new(n) { 2 } else { 1 }));
    let mut one = refresh(REFRESH, RefreshStatus::InProgress, 7, (22, None));
    one.reason = Some("Waiting for the checkpoint delay to pass before replacing more instances.".to_owned());
    change(&mut one);
    for read in &mut reads {
        let Ok((rows, _)) = &mut read.outcome else { continue };
        match rows {
            Rows::ContainerInstances(hosts) => {
                for (n, host) in hosts.iter_mut().enumerate() {
                    host.ami_id = image(n);
                    host.agent_version = Some(if new(n) { "1.91.0" } else { "1.89.2" }.to_owned());
                }
            }
            Rows::Ec2Instances(hosts) => hosts.iter_mut().enumerate().for_each(|(n, host)| host.image_id = image(n)),
            Rows::Groups(groups) => {
                let version = "6".to_owned();
                groups[0].launch_template = Some(LaunchTemplateRef { id: TEMPLATE.to_owned(), name: None, version });
                for (n, member) in groups[0].members.iter_mut().enumerate() {
                    member.launch_template_version = Some(if new(n) { "7" } else { "6" }.to_owned());
                }
            }
            Rows::Refreshes(held) => held.insert(0, one.clone()),
            Rows::Executions(held) => held.splice(0..0, [starter(), bake()]).for_each(drop),
            _ => {}
        }
    }
    reads
}

fn stage(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size.0, size.1);
    stage.land(rolling(|_| {}));
    stage
}

fn words(stage: &Stage, columns: &[&str]) -> Vec<String> {
    let (listing, ctx) = (stage.model.listing(Screen::Images), stage.model.ctx());
    let cell = |row: usize, id: &&str| {
        let column = listing.columns.iter().find(|column| column.id == *id).unwrap();
        (column.cell)(&ctx, row).words()
    };
    let rows = stage.model.table(Screen::Images).order().iter();
    rows.map(|row| columns.iter().map(|id| cell(*row, id)).collect::<Vec<_>>().join("|")).collect()
}

#[test]
fn pictures_of_amis_and_rollouts() {
    for size in SIZES {
        let name = |what: &str| format!("{what}-{}x{}", size.0, size.1);
        shoot(&name("amis-rolling"), stage(size).press("8"));
        shoot(&name("page-ami"), stage(size).press("8 j j enter"));
        shoot(&name("page-rollout"), stage(size).press("9"));
        shoot(&name("bridge-rolling"), stage(size).press("1"));
    }
    let back = |one: &mut InstanceRefresh| {
        one.status = RefreshStatus::RollbackInProgress;
        one.reason = Some("Rolling back: the alarm prod-search-unplaced went into ALARM.".to_owned());
        one.rollback = Some(RefreshRollback {
            reason: Some("An alarm went off".to_owned()),
            percentage: Some(25),
            ..RefreshRollback::default()
        });
    };
    let mut turned = Stage::new(120, 40);
    shoot("page-rollout-back-120x40", turned.land(rolling(back)).press("9"));
    for size in [(80, 24), (120, 40)] {
        let number = Msg::RequestNumbered { number: 1, id: "11111111-2222-4333-8444-555555555555".to_owned() };
        let mut plan = stage(size);
        plan.press("8 a O").send(number);
        shoot(&format!("act-rollout-{}x{}", size.0, size.1), &mut plan);
        shoot(&format!("act-menu-ami-{}x{}", size.0, size.1), stage(size).press("8 a"));
        shoot(
            &format!("page-bake-{}x{}", size.0, size.1),
            stage(size).press("7 /").type_text("Bake").press("enter enter"),
        );
    }
}

#[test]
fn the_newest_ami_comes_first_with_what_became_of_it() {
    let mut stage = stage((200, 50));
    stage.press("8");
    assert_eq!(
        words(&stage, &["use", "version", "runs", "test", "differs"]),
        ["||0|failed|", "promoted|7|3|passed|", "previous|6|9|passed|agent 1.91.0 → 1.89.2", "|5|0|passed|"]
    );
    let [failed, promoted, ..] = stage.model.table(Screen::Images).order() else { panic!("no rows") };
    let lineage = &stage.model.fleet().view().lineage;
    assert_eq!((lineage[*failed].id.clone(), lineage[*promoted].id.clone()), (image_id(3), image_id(2)));
}

#[test]
fn an_instance_leads_to_its_ami_and_that_to_its_instances() {
    let mut stage = stage((160, 40));
    stage.press("2 /").type_text(&instance_id(3)[15..]).press("enter g m");
    assert_eq!(*stage.model.place(), Place::List(Screen::Images));
    assert_eq!(stage.model.table(Screen::Images).key(), Some(image_id(2).as_str()));
    stage.press("g i");
    assert_eq!(*stage.model.place(), Place::List(Screen::Instances));
    assert_eq!(stage.model.table(Screen::Instances).order().len(), INSTANCES / 4);
}

#[test]
fn one_key_leads_to_the_rollout_and_one_more_stops_what_started_it() {
    let mut stage = stage((120, 40));
    stage.press("9");
    assert_eq!(*stage.model.place(), Place::Thing(Subject::Refresh(REFRESH.to_owned())));
    let text = stage.text();
    for said in ["at a checkpoint", "25%", "it pauses here for 10 m", "version 7", "prod-web-5xx"] {
        assert!(text.contains(said), "{said}\n{text}");
    }
    stage.press("x");
    match stage.model.overlay() {
        Some(Overlay::Confirm(confirm)) => assert_eq!(confirm.document(), "RolloutFleet"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_stops_a_rollout_is_told_what_becomes_of_the_group() {
    let asked = |change: fn(&mut InstanceRefresh)| {
        let mut stage = Stage::new(120, 40);
        stage.land(rolling(change)).press("9 x");
        match stage.model.overlay() {
            Some(Overlay::Confirm(confirm)) => confirm.consequence().to_owned(),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(asked(|_| {}), "prod-hosts goes back to version 6: the 3 instances that are new are replaced again.");
    let stays = asked(|one| one.preferences.auto_rollback = Some(false));
    let text = "prod-hosts stays as it is, with AutoRollback off: 3 of 12 instances run version 7, the group launches version 6.";
    assert_eq!(stays, text);
    let back = asked(|one| one.status = RefreshStatus::RollbackInProgress);
    assert_eq!(back, "prod-hosts is on its way back, and goes on with that.");
    let over = asked(|one| one.status = RefreshStatus::Successful);
    assert_eq!(over, "End it; the steps that its document has for that case run");
    shoot("rollout-stop-80x24", stage((80, 24)).press("9 x"));
}

#[test]
fn an_ejection_that_ejected_nothing_says_so() {
    let shown = |step: &str| {
        let mut one = runs::run(0xe0, "EjectInstance", ExecutionStatus::Success, (600, Some(500)));
        runs::told(&mut one, &[("InstanceId", "i-1"), ("RequestedBy", "ada"), ("Reason", "it looks odd")]);
        one.details.as_mut().unwrap().steps = vec![runs::call("judge", 590), runs::call(step, 580)];
        let mut stage = stage((120, 40));
        stage.land(vec![fixture::read(Panel::Executions, Ok((Rows::Executions(vec![one]), Vec::new())))]);
        stage.press("7 enter").text()
    };
    let text = shown("nobodyIsSuspected");
    assert!(text.contains("It has ejected nothing. It came to: nobodyIsSuspected."), "{text}");
    let text = shown("recycle");
    assert!(!text.contains("ejected nothing"), "{text}");
}

#[test]
fn without_any_rollout_the_key_says_so() {
    let mut stage = Stage::new(120, 40);
    stage.press("9");
    assert!(stage.text().contains("No rollout is known of"));
}

#[test]
fn the_bridge_says_when_the_fleet_rotates_and_bakes_next() {
    let mut quiet = Stage::new(120, 40);
    let text = quiet.land(fixture::reads(Story::Healthy)).press("1").text();
    assert!(text.contains("rotation in 2h 20m  bake in 40m"), "{text}");
    assert!(stage((120, 40)).press("1").text().contains("rotation 25%"));
    let mut off = schedules();
    off[1].state = ScheduleState::Disabled;
    let off = fixture::read(Panel::Schedules, Ok((Rows::Schedules(off), Vec::new())));
    assert!(quiet.land(vec![off]).text().contains("rotation switched off"));
    let denied = Stage::new(120, 40).land(vec![fixture::denied(Panel::Schedules)]).press("1").text();
    assert!(!denied.contains("rotation in"), "{denied}");
}

#[test]
fn a_rollout_offers_its_own_stop_and_an_ami_its_promotion() {
    let mut stage = stage((120, 40));
    stage.press("8 j j a p");
    match stage.model.overlay() {
        Some(Overlay::Act(act)) => {
            assert_eq!(act.subjects(), [Subject::Image(image_id(1))]);
            assert_eq!(act.form().given["ImageId"], [image_id(1)]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_step_of_a_bake_has_the_amis_read_again() {
    let mut stage = stage((120, 40));
    stage.effects.clear();
    let mut runs = vec![starter(), bake()];
    let land = |stage: &mut Stage, runs: &[Execution]| {
        stage.land(vec![fixture::read(Panel::Executions, Ok((Rows::Executions(runs.to_vec()), Vec::new())))]);
        let asked = |effect: &Effect| matches!(effect, Effect::Refresh(panels) if panels.contains(&Panel::Builds));
        std::mem::take(&mut stage.effects).iter().any(asked)
    };
    runs[1].status = ExecutionStatus::InProgress;
    assert!(land(&mut stage, &runs));
    assert!(!land(&mut stage, &runs), "nothing new");
    runs[1].current_step = Some("test".to_owned());
    assert!(land(&mut stage, &runs));
}
