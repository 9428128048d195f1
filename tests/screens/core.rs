//! What messages come to: cursor, filter, sort, history, time, generations.

use jiff::SignedDuration;
use quarterdeck::app::{Effect, Msg, Place, Screen, Usage};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::Panel;
use quarterdeck::fleet::scope::Scope;
use quarterdeck::fleet::snapshot::{PanelRead, Rows};
use quarterdeck::fleet::view::Known;

use crate::fixture::{self, INSTANCES, Story};
use crate::stage::Stage;

fn troubled() -> Stage {
    let mut stage = Stage::new(120, 30);
    stage.land(fixture::reads(Story::Troubled)).press("2");
    stage
}

fn cursor(stage: &Stage) -> &str {
    stage.model.table(Screen::Instances).key().unwrap()
}

fn rows(stage: &Stage) -> usize {
    stage.model.table(Screen::Instances).order().len()
}

/// The read of a panel again, with its rows changed.
fn changed(panel: Panel, change: impl FnOnce(&mut Rows)) -> PanelRead {
    let mut read = fixture::reads(Story::Troubled).into_iter().find(|read| read.panel == panel).unwrap();
    change(&mut read.outcome.as_mut().unwrap().0);
    read
}

#[test]
fn the_cursor_stays_on_its_row_while_rows_come_and_go() {
    let mut stage = troubled();
    stage.press("j j j j j j");
    let held = cursor(&stage).to_owned();
    let fewer = changed(Panel::Ec2Instances, |rows| {
        if let Rows::Ec2Instances(rows) = rows {
            rows.retain(|instance| !instance.id.ends_with("1000"));
        }
    });
    let others = changed(Panel::ContainerInstances, |rows| {
        if let Rows::ContainerInstances(rows) = rows {
            rows.retain(|instance| !instance.ec2_instance_id.as_ref().unwrap().ends_with("1000"));
            rows.reverse();
        }
    });
    let groups = changed(Panel::Groups, |rows| {
        if let Rows::Groups(rows) = rows {
            rows[0].members.retain(|member| !member.instance_id.ends_with("1000"));
        }
    });
    stage.land(vec![fewer, others, groups]);
    assert_eq!(rows(&stage), INSTANCES - 1);
    assert_eq!(cursor(&stage), held);
    stage.press("s s s");
    assert_eq!(cursor(&stage), held, "sorted by age");
    stage.press("S");
    assert_eq!(cursor(&stage), held, "reversed");
    stage.press("/").type_text(&held[held.len() - 4..]);
    assert_eq!((rows(&stage), cursor(&stage)), (1, held.as_str()));
    stage.press("esc");
    assert_eq!((rows(&stage), cursor(&stage)), (INSTANCES - 1, held.as_str()));
}

#[test]
fn a_cursor_that_nobody_moved_stays_at_the_top_while_rows_arrive() {
    let mut stage = Stage::new(120, 30);
    stage.press("2").land(fixture::reads(Story::Troubled));
    assert_eq!(stage.model.table(Screen::Instances).cursor(), 0);
}

#[test]
fn a_row_that_is_gone_leaves_the_cursor_where_it_was() {
    let mut stage = troubled();
    stage.press("G");
    let gone = cursor(&stage).to_owned();
    for read in fixture::reads(Story::Troubled) {
        let mut read = read;
        if let Ok((rows, _)) = &mut read.outcome {
            match rows {
                Rows::ContainerInstances(rows) => rows.retain(|row| row.ec2_instance_id.as_deref() != Some(&gone)),
                Rows::Ec2Instances(rows) => rows.retain(|row| row.id != gone),
                Rows::Groups(rows) => rows[0].members.retain(|row| row.instance_id != gone),
                _ => continue,
            }
        }
        stage.land(vec![read]);
    }
    assert_eq!(stage.model.table(Screen::Instances).cursor(), INSTANCES - 2);
    assert_ne!(cursor(&stage), gone);
}

#[test]
fn sorting_orders_by_the_column_and_puts_the_unknown_last() {
    let mut stage = troubled();
    stage.press("s s s");
    let listing = stage.model.listing(Screen::Instances);
    assert_eq!(stage.model.table(Screen::Instances).sorted_by().map(|(n, _)| listing.columns[n].id), Some("age"));
    let ages = |stage: &Stage| -> Vec<_> {
        let view = stage.model.fleet().view();
        let order = stage.model.table(Screen::Instances).order();
        order.iter().map(|row| view.instances[*row].launched_at).collect()
    };
    let youngest_first = ages(&stage);
    assert!(youngest_first.is_sorted_by(|a, b| a >= b), "{youngest_first:?}");
    stage.press("S");
    assert!(ages(&stage).is_sorted());
    stage.press("2 s s s");
    // Tasks of the instance that never joined are not known.
    for _ in 0..2 {
        let view = stage.model.fleet().view();
        let last = *stage.model.table(Screen::Instances).order().last().unwrap();
        assert!(view.instances[last].container_instance.is_none());
        stage.press("S");
    }
}

#[test]
fn a_filter_narrows_as_it_is_typed() {
    let mut stage = troubled();
    stage.press("/").type_text("az:1a");
    assert_eq!(rows(&stage), 4);
    stage.type_text(" !draining");
    assert_eq!(rows(&stage), 3);
    stage.press("backspace backspace");
    assert_eq!(stage.model.table(Screen::Instances).filter(), "az:1a !draini");
    stage.press("enter");
    assert!(stage.model.filter_line().is_none());
    assert_eq!(rows(&stage), 3);
    stage.press("esc");
    assert_eq!(rows(&stage), INSTANCES);
}

#[test]
fn marks_choose_what_is_copied_and_go_with_their_rows() {
    let mut stage = troubled();
    stage.press("y");
    assert_eq!(stage.effects, [Effect::Copy(cursor(&stage).to_owned())]);
    stage.effects.clear();
    let first = cursor(&stage).to_owned();
    stage.press("space");
    let second = cursor(&stage).to_owned();
    stage.press("space y");
    assert_eq!(stage.effects, [Effect::Copy(format!("{first}\n{second}"))]);
    assert_eq!(stage.model.table(Screen::Instances).marks(), 2);
    stage.press("esc");
    assert_eq!(stage.model.table(Screen::Instances).marks(), 0);
    stage.press("space");
    stage.land(fixture::empty_reads());
    assert_eq!(stage.model.table(Screen::Instances).marks(), 0);
}

#[test]
fn history_leads_back_to_where_one_was_and_forward_again() {
    let mut stage = troubled();
    stage.press("j j / ").type_text("1a").press("enter");
    let instance = Place::Thing(Subject::Instance(cursor(&stage).to_owned()));
    stage.press("enter");
    assert_eq!(*stage.model.place(), instance);
    stage.press("5 [");
    assert_eq!(*stage.model.place(), instance);
    stage.press("esc");
    assert_eq!(*stage.model.place(), Place::List(Screen::Instances));
    assert_eq!(stage.model.table(Screen::Instances).filter(), "1a");
    stage.press("] ]");
    assert_eq!(*stage.model.place(), Place::List(Screen::Alarms));
    stage.press("]");
    assert_eq!(*stage.model.place(), Place::List(Screen::Alarms));
}

#[test]
fn a_finding_leads_to_what_it_is_about_and_from_there_to_what_belongs_to_it() {
    let mut stage = Stage::new(120, 40);
    stage.land(fixture::reads(Story::Troubled)).press("1 / ").type_text("10.0.9.103").press("enter enter");
    assert!(matches!(stage.model.place(), Place::Finding(..)), "{:?}", stage.model.place());
    let follow = |stage: &mut Stage, wanted: fn(&Subject) -> bool| {
        let lines = stage.model.detail().unwrap().lines().len();
        for _ in 0..lines {
            stage.press("j");
        }
        for _ in 0..lines {
            stage.press("k");
            let (cursor, _) = stage.model.page_window(40, lines);
            let link = stage.model.detail().unwrap().lines()[cursor].link().cloned();
            if matches!(&link, Some(Place::Thing(subject)) if wanted(subject)) {
                stage.press("enter");
                return;
            }
        }
        unreachable!("no such link on\n{}", stage.text());
    };
    follow(&mut stage, |subject| matches!(subject, Subject::Target { .. }));
    follow(&mut stage, |subject| matches!(subject, Subject::Task(_)));
    follow(&mut stage, |subject| matches!(subject, Subject::Instance(_)));
    assert_eq!(stage.model.place().screen(), Screen::Instances);
    stage.press("[ [ [ [");
    assert_eq!(*stage.model.place(), Place::List(Screen::Bridge));
}

#[test]
fn related_rows_are_a_filter_away() {
    let mut stage = troubled();
    stage.press("j g t");
    assert_eq!(*stage.model.place(), Place::List(Screen::Targets));
    let targets = stage.model.table(Screen::Targets);
    assert!(!targets.order().is_empty() && targets.order().len() < targets.total(), "{}", targets.filter());
    stage.press("[ g a");
    assert_eq!(*stage.model.place(), Place::List(Screen::Instances));
    assert!(stage.text().contains("Nothing in Alarms is known to belong to it"));
}

/// While a large fleet is judged more answers come: they are taken together, and what is shown is the same.
#[test]
fn what_lands_together_shows_what_it_shows_one_by_one() {
    let mut one_by_one = troubled();
    let mut together = Stage::new(120, 30);
    let edition = together.model.fleet().edition();
    let reads = fixture::reads(Story::Troubled);
    let panels = u64::try_from(reads.len()).unwrap();
    together.send(Msg::PanelsRead(reads.clone()));
    assert!(together.model.fleet().edition() <= edition + panels + 1, "it is judged once");
    for keys in ["1", "2", "3", "T", "4", "5", "6"] {
        assert_eq!(together.press(keys).text(), one_by_one.press(keys).text(), "{keys}");
    }
    let revision = together.model.revision();
    together.send(Msg::PanelsRead(reads));
    assert_eq!(together.model.revision(), revision, "nothing new");
}

#[test]
fn an_answer_of_another_fleet_is_dropped() {
    let mut stage = troubled();
    stage.press("f");
    assert_eq!(stage.effects.pop(), Some(Effect::ListClusters));
    let outcome = Ok(vec!["prod".to_owned(), "stage".to_owned()]);
    stage.send(Msg::ClustersRead { region: "eu-west-1".to_owned(), outcome });
    stage.type_text("stage").press("enter");
    let scope = Scope { cluster: "stage".to_owned(), region: "eu-west-1".to_owned() };
    assert_eq!(stage.effects.pop(), Some(Effect::SwitchFleet { scope, generation: 1 }));
    let revision = stage.model.revision();
    stage.land(fixture::reads(Story::Troubled));
    assert_eq!(stage.model.revision(), revision);
    assert_eq!(stage.model.count(Screen::Instances), Known::Unknown);
    assert!(!stage.text().contains("i-0a1b"), "{}", stage.text());
}

#[test]
fn an_unchanged_screen_asks_for_no_frame() {
    let mut stage = troubled();
    stage.press("1");
    let usage = |calls| Msg::UsageRead(Usage { calls_last_minute: calls, throttled: Vec::new() });
    stage.send(usage(40));
    let revision = stage.model.revision();
    for second in 1..30 {
        stage.wait(second).send(usage(40 + second as u32)).land(fixture::reads(Story::Troubled));
        assert_eq!(stage.model.revision(), revision, "after {second} s");
    }
    stage.wait(30);
    assert!(stage.model.revision() > revision);
    let revision = stage.model.revision();
    stage.wait(31).wait(59);
    assert_eq!(stage.model.revision(), revision);
}

/// What time changes asks for a frame, wherever one is.
#[test]
fn what_asks_for_no_frame_shows_nothing_new() {
    for keys in ["1", "2", "3", "4", "5", "6", "2 enter"] {
        let mut stage = Stage::new(120, 30);
        let mut reads = fixture::reads(Story::Troubled);
        for (number, read) in (0..).zip(&mut reads) {
            read.at = fixture::now() - SignedDuration::from_millis(7_300 * number);
        }
        stage.land(reads).press(keys);
        let (mut revision, mut text) = (stage.model.revision(), stage.text());
        for second in 1..400 {
            let now = stage.wait(second).text();
            assert!(stage.model.revision() != revision || now == text, "{keys} after {second} s:\n{text}\n{now}");
            (revision, text) = (stage.model.revision(), now);
        }
    }
}

/// Whoever tells the time only when the console says that it matters misses nothing on the screen.
#[test]
fn between_two_changes_nobody_needs_to_tell_the_time() {
    let (mut told_always, mut told_seldom) = (Stage::new(120, 30), Stage::new(120, 30));
    for stage in [&mut told_always, &mut told_seldom] {
        let mut reads = fixture::reads(Story::Troubled);
        for (number, read) in (0..).zip(&mut reads) {
            read.at = fixture::now() - SignedDuration::from_millis(7_300 * number);
        }
        stage.wait(1).land(reads).press("1").send(Msg::Done("done".to_owned()));
    }
    let (mut told, mut frames) = (0, 0);
    for second in 2..1_500 {
        let revision = told_always.model.revision();
        told_always.wait(second);
        if fixture::now() + SignedDuration::from_secs(second) >= told_seldom.model.changes_at() {
            told_seldom.wait(second);
            told += 1;
        }
        if told_always.model.revision() != revision {
            frames += 1;
            assert_eq!(told_seldom.text(), told_always.text(), "after {second} s");
        }
    }
    assert!(frames > 50 && told < 300, "{frames} frames, told {told} times");
}

#[test]
fn a_throttle_shows_at_once() {
    let mut stage = troubled();
    stage.send(Msg::UsageRead(Usage::default()));
    let revision = stage.model.revision();
    stage.send(Msg::UsageRead(Usage { calls_last_minute: 0, throttled: vec!["ecs".to_owned()] }));
    assert!(stage.model.revision() > revision);
    assert!(stage.text().contains("≋ throttled"));
}

#[test]
fn a_failure_keeps_the_rows_and_says_why() {
    let mut stage = troubled();
    stage.land(vec![fixture::denied(Panel::ContainerInstances)]);
    let text = stage.text();
    assert_eq!(rows(&stage), INSTANCES);
    assert!(text.contains("⊘ container instances denied, rows of <30s ago"), "{text}");
    stage.land(fixture::reads(Story::Troubled));
    assert!(!stage.text().contains("denied"));
}

#[test]
fn the_size_changes_what_is_drawn_and_keeps_the_cursor_in_sight() {
    let mut stage = troubled();
    stage.press("G");
    let last = cursor(&stage).to_owned();
    for (width, height) in [(80, 17), (60, 16), (200, 50), (80, 24)] {
        stage.send(Msg::Resized { width, height });
        let text = stage.text();
        assert!(text.contains(&last), "{width}x{height}\n{text}");
    }
    let revision = stage.model.revision();
    stage.send(Msg::Resized { width: 80, height: 24 });
    assert_eq!(stage.model.revision(), revision);
}

#[test]
fn pages_move_by_what_fits() {
    let mut stage = troubled();
    stage.send(Msg::Resized { width: 80, height: 16 }).draw();
    let shown = stage.layout.table_rows;
    assert!((4..INSTANCES).contains(&shown), "{shown}");
    stage.press("pgdn");
    assert_eq!(stage.model.table(Screen::Instances).cursor(), shown - 1);
    stage.press("home");
    assert_eq!(stage.model.table(Screen::Instances).cursor(), 0);
}

#[test]
fn keys_in_sequence_wait_and_typed_text_is_text() {
    let mut stage = troubled();
    stage.press("G g");
    assert_eq!(stage.model.pending().len(), 1);
    assert!(stage.text().contains("Go to the first line"));
    stage.press("g");
    assert_eq!(stage.model.table(Screen::Instances).cursor(), 0);
    stage.press("g x");
    assert!(stage.model.pending().is_empty());
    stage.press("/ q g g");
    assert_eq!(stage.model.table(Screen::Instances).filter(), "qgg");
    assert!(stage.effects.is_empty());
}

#[test]
fn the_palette_finds_runs_and_completes() {
    let mut stage = troubled();
    stage.press(":").type_text("alar").press("enter");
    assert_eq!(*stage.model.place(), Place::List(Screen::Alarms));
    stage.press(":").type_text("quit").press("tab");
    assert!(stage.text().contains(": app.quit"));
    stage.press("enter");
    assert_eq!(stage.effects, [Effect::Quit]);
    stage.press(":").type_text("zzzz").press("enter esc");
    assert!(stage.model.overlay().is_none());
}

#[test]
fn the_mouse_chooses_opens_and_sorts() {
    use quarterdeck::app::{HitTarget, Mouse, MouseKind};
    let mut stage = troubled();
    let area = |stage: &Stage, wanted: fn(&HitTarget) -> bool| {
        stage.layout.hits.iter().find(|hit| wanted(&hit.target)).unwrap().area
    };
    let table = area(&stage, |target| matches!(target, HitTarget::Rows { .. }));
    let press = |x, y| Msg::Mouse(Mouse { kind: MouseKind::Press, x, y });
    stage.send(press(table.x + 5, table.y + 2)).draw();
    assert_eq!(stage.model.table(Screen::Instances).cursor(), 2);
    stage.send(Msg::Mouse(Mouse { kind: MouseKind::ScrollUp, x: 0, y: 9 })).draw();
    assert_eq!(stage.model.table(Screen::Instances).cursor(), 0);
    let age = area(&stage, |target| *target == HitTarget::Column(2));
    stage.send(press(age.x, age.y)).draw();
    assert_eq!(stage.model.table(Screen::Instances).sorted_by(), Some((2, false)));
    stage.send(press(table.x + 5, table.y)).draw();
    let cursor = stage.model.table(Screen::Instances).cursor();
    let line = table.y + u16::try_from(cursor).unwrap();
    stage.send(press(table.x + 5, line)).draw();
    assert!(matches!(stage.model.place(), Place::Thing(Subject::Instance(_))));
    let alarms = area(&stage, |target| *target == HitTarget::Screen(Screen::Alarms));
    stage.send(press(alarms.x, alarms.y));
    assert_eq!(*stage.model.place(), Place::List(Screen::Alarms));
}

#[test]
fn stopped_tasks_show_on_demand() {
    let mut stage = troubled();
    stage.press("T");
    let running = stage.model.table(Screen::Tasks).order().len();
    stage.press("x");
    assert_eq!(stage.model.table(Screen::Tasks).order().len(), running + 2);
    assert!(stage.text().contains("worker exited with 137"));
    assert_eq!(stage.model.count(Screen::Tasks), Known::Exactly(running as u32));
}
