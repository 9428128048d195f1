//! Every screen in every state and size, as text and as styles.

use quarterdeck::app::{Msg, Usage};
use quarterdeck::fleet::reading::{Missing, Panel};
use quarterdeck::fleet::snapshot::Rows;

use crate::fixture::{self, Story};
use crate::runs;
use crate::stage::Stage;

/// Columns and rows that every screen is drawn in.
pub const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 50)];

/// Every list with the key that leads to it.
pub const LISTS: [(&str, &str); 9] = [
    ("bridge", "1"),
    ("instances", "2"),
    ("services", "3"),
    ("targets", "4"),
    ("alarms", "5"),
    ("log-groups", "6"),
    ("tasks", "T"),
    ("automation", "7"),
    ("amis", "8"),
];

/// Every state that a whole fleet can be in.
pub const STATES: [&str; 6] = ["healthy", "troubled", "loading", "stale", "denied", "empty"];

/// A console in one of the states.
pub fn stage(state: &str, (width, height): (u16, u16)) -> Stage {
    let mut stage = Stage::new(width, height);
    match state {
        "healthy" => stage.land(fixture::reads(Story::Healthy)),
        "troubled" => stage.land(fixture::reads(Story::Troubled)),
        "loading" => &mut stage,
        "stale" => stage.land(fixture::reads(Story::Troubled)).wait(400),
        "denied" => stage.land(Panel::ALL.map(fixture::denied).into()),
        "empty" => stage.land(fixture::empty_reads()),
        other => unreachable!("no state {other}"),
    };
    stage.send(Msg::UsageRead(Usage { calls_last_minute: 48, throttled: Vec::new() }));
    stage
}

pub fn shoot(name: &str, stage: &mut Stage) {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, stage.snapshot()));
}

fn shoot_list(list: &str, key: &str) {
    for state in STATES {
        for size in SIZES {
            shoot(&format!("{list}-{state}-{}x{}", size.0, size.1), stage(state, size).press(key));
        }
    }
}

#[test]
fn bridge() {
    shoot_list("bridge", "1");
}

#[test]
fn instances() {
    shoot_list("instances", "2");
}

#[test]
fn services() {
    shoot_list("services", "3");
}

#[test]
fn targets() {
    shoot_list("targets", "4");
}

#[test]
fn alarms() {
    shoot_list("alarms", "5");
}

#[test]
fn log_groups() {
    shoot_list("log-groups", "6");
}

#[test]
fn automation() {
    shoot_list("automation", "7");
}

#[test]
fn amis() {
    shoot_list("amis", "8");
}

#[test]
fn tasks() {
    shoot_list("tasks", "T");
}

/// The reads of a troubled fleet, then a refusal of one panel: only what came from it is in doubt.
#[test]
fn one_panel_fails_alone() {
    let late = |panel| stage("troubled", (120, 40)).land(vec![fixture::denied(panel)]).wait(100).text();
    assert!(late(Panel::Alarms).contains("alarms ⊘ denied 1m"), "{}", late(Panel::Alarms));
    shoot(
        "bridge-alarms-denied-120x40",
        stage("troubled", (120, 40)).land(vec![fixture::denied(Panel::Alarms)]).wait(100),
    );
    let reads = fixture::reads(Story::Troubled).into_iter().filter(|read| read.panel != Panel::Ec2Instances).collect();
    let mut without = Stage::new(120, 40);
    without.land(reads).land(vec![fixture::denied(Panel::Ec2Instances)]).press("2");
    shoot("instances-without-ec2-120x40", &mut without);
}

/// A fleet with too many tasks: what was left out on purpose is said, and counts are lower bounds without an alarm about it.
#[test]
fn what_is_left_out_on_purpose_is_said_so() {
    let mut reads = fixture::reads(Story::Troubled);
    let tasks = reads.iter_mut().find(|read| read.panel == Panel::Tasks).unwrap();
    let left_out = Missing { what: "tasks of what is neither looked at nor in trouble".to_owned(), failure: None };
    tasks.outcome.as_mut().unwrap().1.push(left_out);
    for (name, keys) in [("tasks", "T"), ("bridge", "1")] {
        for size in SIZES {
            let mut stage = Stage::new(size.0, size.1);
            shoot(&format!("{name}-in-part-{}x{}", size.0, size.1), stage.land(reads.clone()).press(keys));
        }
    }
}

#[test]
fn pages() {
    for (name, keys) in [
        ("finding", "1 enter"),
        ("instance", "2 enter"),
        ("service", "3 j enter"),
        ("target", "4 enter"),
        ("target-group", "4 enter j j j j enter"),
        ("alarm", "5 enter"),
        ("task", "T enter"),
        ("execution-failed", "7 enter"),
        ("execution-waiting", "7 j enter"),
        ("execution-draining", "7 j j j enter"),
        ("execution-targets", "7 j j j j enter"),
    ] {
        for size in [(80, 24), (120, 40)] {
            shoot(&format!("page-{name}-{}x{}", size.0, size.1), stage("troubled", size).press(keys));
        }
    }
}

/// A freeze shows wherever one is.
#[test]
fn a_freeze_shows_in_the_header_and_on_the_bridge() {
    let frozen = fixture::read(Panel::Freeze, Ok((Rows::Freeze(Some(runs::freeze())), Vec::new())));
    for size in SIZES {
        let mut stage = stage("healthy", size);
        shoot(&format!("bridge-frozen-{}x{}", size.0, size.1), stage.land(vec![frozen.clone()]).press("1"));
    }
    let mut stage = stage("healthy", (80, 24));
    let text = stage.land(vec![frozen]).press("3").text();
    assert!(text.contains("frozen until 16:30, by ada"), "{text}");
    assert!(!stage.wait(2 * 3_600 + 30).text().contains("frozen"), "it ends by itself");
}

#[test]
fn overlays() {
    let small = (80, 24);
    shoot("help-80x24", stage("troubled", small).press("2 ?"));
    shoot("palette-80x24", stage("troubled", small).press("2 :").type_text("scr al"));
    shoot("which-key-80x24", stage("troubled", small).press("2 g"));
    shoot("filter-80x24", stage("troubled", small).press("2 /").type_text("az:1b !lost"));
    shoot("no-match-80x24", stage("troubled", small).press("2 /").type_text("nowhere").press("enter"));
    shoot("marks-and-sort-80x24", stage("troubled", small).press("2 space space s s s S"));
    let clusters =
        Msg::ClustersRead { region: "eu-west-1".to_owned(), outcome: Ok(vec!["prod".into(), "stage".into()]) };
    shoot("picker-80x24", stage("troubled", small).press("f").send(clusters));
    let throttled = Usage { calls_last_minute: 212, throttled: vec!["elbv2".to_owned()] };
    shoot("throttled-80x24", stage("troubled", small).press("4").send(Msg::UsageRead(throttled)));
}

#[test]
fn too_small() {
    shoot("too-small-50x12", &mut stage("troubled", (50, 12)));
}
