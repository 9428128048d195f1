//! Acting: the menu, the form and the plan, and what leaves the core when somebody means it.

use jiff::SignedDuration;
use quarterdeck::actions::catalogue::Action;
use quarterdeck::actions::journal::Asked;
use quarterdeck::actions::start::Outcome;
use quarterdeck::app::{Effect, Mouse, MouseKind, Msg, Overlay, Place, Stage as Step};
use quarterdeck::fleet::execution::Signal;
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::fixture::failure;
use quarterdeck::fleet::reading::Panel;
use quarterdeck::fleet::runbook::Parameter;
use quarterdeck::fleet::snapshot::{PanelRead, Rows};

use crate::fixture::{self, Story};
use crate::shots::{SIZES, shoot};
use crate::stage::Stage;

fn troubled(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size.0, size.1);
    stage.land(fixture::reads(Story::Troubled));
    stage
}

/// The menu over the instance that is past its age.
fn on_instance(size: (u16, u16)) -> Stage {
    let mut stage = troubled(size);
    stage.press("2 /").type_text("limit 12").press("enter a");
    stage
}

/// The executions that are under way.
fn running(size: (u16, u16)) -> Stage {
    let mut stage = troubled(size);
    stage.press("7 /").type_text("running").press("enter");
    stage
}

/// A recycle of it, with its number and its reason.
fn recycle(size: (u16, u16)) -> Stage {
    let mut stage = on_instance(size);
    stage.press("r").send(Msg::RequestNumbered { number: 1, id: "11111111-2222-4333-8444-555555555555".to_owned() });
    stage.type_text("past its age");
    stage
}

/// Everything typed, and Start pressed.
fn started(size: (u16, u16)) -> Stage {
    let mut stage = recycle(size);
    let (name, blocks) = match stage.model.overlay() {
        Some(Overlay::Act(act)) => (act.name().to_owned(), !act.blocks().is_empty()),
        other => panic!("{other:?}"),
    };
    stage.press("tab");
    if blocks {
        let topics: Vec<&str> = match stage.model.overlay() {
            Some(Overlay::Act(act)) => act.plan().blocks().into_iter().map(|topic| topic.name()).collect(),
            other => panic!("{other:?}"),
        };
        stage.type_text(&topics.join(" ")).press("tab");
    }
    stage.type_text(&name).press("tab tab enter");
    stage
}

/// The panels that the plan rests on, read again a second later.
fn again(stage: &mut Stage, change: impl Fn(&mut PanelRead)) {
    stage.wait(1);
    let wanted = Action::Recycle.panels();
    let at = fixture::now() + SignedDuration::from_secs(1);
    let reads = fixture::reads(Story::Troubled).into_iter().filter(|read| wanted.contains(&read.panel));
    let reads = reads.map(|read| {
        let mut read = PanelRead { at, ..read };
        change(&mut read);
        read
    });
    let reads: Vec<PanelRead> = reads.collect();
    stage.land(reads);
}

fn starts(stage: &Stage) -> Vec<&Asked> {
    let asked = stage.effects.iter().filter_map(|effect| match effect {
        Effect::StartRunbook { asked, .. } => Some(&**asked),
        _ => None,
    });
    asked.collect()
}

fn step(stage: &Stage) -> Step {
    match stage.model.overlay() {
        Some(Overlay::Act(act)) => act.stage().clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn menus_forms_and_plans() {
    for size in SIZES {
        let name = |what: &str| format!("act-{what}-{}x{}", size.0, size.1);
        shoot(&name("menu"), &mut on_instance(size));
        let mut silence = troubled(size);
        silence.press("5 a s").type_text("looking into it").press("tab right");
        shoot(&name("form"), &mut silence);
        shoot(&name("plan"), &mut recycle(size));
        let mut wrong = recycle(size);
        wrong.press("shift-tab").press("enter");
        shoot(&name("mended"), &mut wrong);
        shoot(&name("checking"), &mut started(size));
        let mut refused = started(size);
        again(&mut refused, |_| {});
        let outcome = Outcome::Refused(failure(Panel::Executions));
        refused.send(Msg::StartAnswered { number: 1, document: "RecycleInstance".to_owned(), outcome });
        shoot(&name("refused"), &mut refused);
        let mut stop = running(size);
        stop.press("x");
        shoot(&name("stop"), &mut stop);
    }
}

#[test]
fn what_is_meant_is_sent_once_and_leads_to_its_run() {
    let mut stage = started((120, 40));
    assert!(matches!(step(&stage), Step::Checking(..)), "{:?}", step(&stage));
    assert!(
        stage
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Refresh(panels) if *panels == Action::Recycle.panels()))
    );
    assert_eq!(starts(&stage), Vec::<&Asked>::new(), "nothing before the last look");
    again(&mut stage, |_| {});
    stage.press("enter enter");
    let asked = starts(&stage);
    assert_eq!(asked.len(), 1);
    assert_eq!((asked[0].document.as_str(), asked[0].reason.as_str()), ("RecycleInstance", "past its age"));
    assert!(!asked[0].plan.is_empty(), "the journal has what was known");
    let outcome = Outcome::Started("run-1".to_owned());
    stage.send(Msg::StartAnswered { number: 1, document: "RecycleInstance".to_owned(), outcome });
    assert_eq!(*stage.model.place(), Place::Thing(Subject::Execution("run-1".to_owned())));
    assert_eq!(stage.model.overlay(), None);
}

#[test]
fn a_failed_last_look_starts_nothing() {
    let mut stage = started((120, 40));
    again(&mut stage, |read| {
        if read.panel == Panel::Tasks {
            read.outcome = Err(failure(Panel::Tasks));
        }
    });
    assert_eq!(starts(&stage), Vec::<&Asked>::new());
    assert_eq!(step(&stage), Step::Asking);
}

#[test]
fn what_a_plan_is_about_is_read_whole() {
    let stage = recycle((120, 40));
    let Some(Overlay::Act(act)) = stage.model.overlay() else { panic!("no plan") };
    let gaze = stage.model.gaze();
    assert_eq!((gaze.subject.as_ref(), gaze.opened), (act.subjects().first(), true));
}

#[test]
fn escape_leaves_everything_as_it_is() {
    for keys in ["esc", "tab esc", "tab tab esc"] {
        let mut stage = recycle((120, 40));
        stage.press(keys);
        assert_eq!((stage.model.overlay(), starts(&stage).len()), (None, 0), "{keys}");
    }
}

#[test]
fn an_execution_is_stopped_only_if_somebody_says_yes() {
    let signals = |stage: &Stage| {
        let signals = stage.effects.iter().filter_map(|effect| match effect {
            Effect::SignalExecution { signal, .. } => Some(signal.clone()),
            _ => None,
        });
        signals.collect::<Vec<_>>()
    };
    let mut stage = running((120, 40));
    stage.press("x");
    assert!(matches!(stage.model.overlay(), Some(Overlay::Confirm(_))));
    stage.press("enter");
    assert_eq!((stage.model.overlay(), signals(&stage)), (None, Vec::new()), "the safe button has the keys");
    stage.press("x tab enter");
    assert_eq!(signals(&stage), [Signal::Stop]);
}

#[test]
fn a_missing_runbook_is_named_and_starts_nothing() {
    let mut stage = on_instance((120, 40));
    stage.press("Q");
    assert!(stage.text().contains("QuarantineInstance"), "{}", stage.text());
    assert!(matches!(stage.model.overlay(), Some(Overlay::Actions(_))));
    assert_eq!(starts(&stage), Vec::<&Asked>::new());
}

#[test]
fn several_marked_instances_are_one_run_one_after_the_other() {
    let mut stage = troubled((120, 40));
    stage.press("2 G space k k space a d");
    stage.send(Msg::RequestNumbered { number: 1, id: "11111111-2222-4333-8444-555555555555".to_owned() });
    let Some(Overlay::Act(act)) = stage.model.overlay() else { panic!("no plan") };
    let (name, values) = act.form().each.clone().unwrap();
    assert_eq!((name.as_str(), values.len(), act.name()), ("InstanceId", 2, "2 instances"));
}

#[test]
fn late_reads_of_another_fleet_are_no_last_look() {
    let mut stage = started((120, 40));
    again(&mut stage, |read| read.generation += 1);
    assert_eq!(starts(&stage), Vec::<&Asked>::new());
    assert!(matches!(step(&stage), Step::Checking(..)), "{:?}", step(&stage));
}

#[test]
fn the_wheel_leaves_the_screen_below_a_question_where_it_is() {
    let mut stage = running((120, 40));
    stage.press("x");
    let before = stage.text();
    stage.send(Msg::Mouse(Mouse { kind: MouseKind::ScrollDown, x: 5, y: 5 }));
    assert_eq!(stage.text(), before);
    let mut menu = troubled((120, 40));
    menu.press("2 a");
    let title = |stage: &mut Stage| stage.text().lines().find(|line| line.contains("Actions ·")).map(str::to_owned);
    let before = title(&mut menu);
    menu.send(Msg::Mouse(Mouse { kind: MouseKind::ScrollDown, x: 5, y: 5 }));
    assert_eq!(title(&mut menu), before, "the menu stays about the same row");
}

#[test]
fn the_field_that_has_the_keys_is_on_screen_however_many_there_are() {
    let mut stage = troubled((80, 24));
    let reads = fixture::reads(Story::Troubled).into_iter().filter_map(|mut read| {
        let Ok((Rows::Runbooks(rows), _)) = &mut read.outcome else { return None };
        let runbook = rows.iter_mut().find(|runbook| runbook.name == "RecycleInstance")?;
        let parameter = |n| Parameter { name: format!("Extra{n}"), kind: "String".to_owned(), ..Parameter::default() };
        runbook.parameters.extend((0..40).map(parameter));
        Some(read)
    });
    let reads: Vec<PanelRead> = reads.collect();
    stage.land(reads);
    stage.press("2 /").type_text("limit 12").press("enter a r");
    let text = stage.text();
    assert!(text.contains("more") && text.contains("Cancel"), "{text}");
    for n in 0..40 {
        stage.press("tab");
        let text = stage.text();
        assert!(text.contains(&format!("Extra{n} ")) && text.contains("Cancel"), "{n}: {text}");
    }
}

#[test]
fn a_guarded_cluster_refuses_and_another_one_does_not() {
    let mut stage = Stage::guarded((120, 40), &["prod-2"]);
    assert!(!stage.model.read_only());
    stage.press("f").send(Msg::ClustersRead {
        region: "eu-west-1".to_owned(),
        outcome: Ok(vec!["prod-2".to_owned(), "dev".to_owned()]),
    });
    stage.press("enter");
    assert_eq!((stage.model.fleet().snapshot().scope.cluster.as_str(), stage.model.read_only()), ("prod-2", true));
    stage.press("a");
    assert!(stage.text().contains("this console is read-only"), "{}", stage.text());
}
