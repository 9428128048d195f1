//! Executions: in which order, what leads to them, and where they lead.

use quarterdeck::app::{Line, Place, Screen};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::Panel;
use quarterdeck::fleet::snapshot::Rows;

use crate::fixture::{self, Story, instance_id};
use crate::runs;
use crate::stage::Stage;

fn troubled() -> Stage {
    let mut stage = Stage::new(160, 40);
    stage.land(fixture::reads(Story::Troubled));
    stage
}

fn first_cells(stage: &Stage) -> Vec<String> {
    let listing = stage.model.listing(Screen::Automation);
    let ctx = stage.model.ctx();
    let cells = |row: usize| {
        format!("{} {}", (listing.columns[0].cell)(&ctx, row).words(), (listing.columns[1].cell)(&ctx, row).words())
    };
    stage.model.table(Screen::Automation).order().iter().map(|row| cells(*row)).collect()
}

fn id_of(stage: &Stage) -> String {
    match stage.model.place() {
        Place::Thing(Subject::Execution(id)) => id.clone(),
        other => unreachable!("{other:?}"),
    }
}

#[test]
fn what_needs_somebody_comes_first_then_what_goes_on_then_the_newest() {
    let mut stage = troubled();
    stage.press("7");
    let expected = [
        "Recycle failed",
        "Roll back to approve",
        "RotateCertificates running",
        "Drain running",
        "Drain running",
        "Silence done",
        "AWS-UpdateLinuxAmi done",
    ];
    assert_eq!(first_cells(&stage), expected, "what another one started stands on that one's page");
}

#[test]
fn an_instance_leads_to_what_is_done_to_it_and_back() {
    let mut stage = troubled();
    stage.press("2 /").type_text(&instance_id(0)[15..]).press("enter g e");
    assert_eq!(*stage.model.place(), Place::List(Screen::Automation));
    assert_eq!(first_cells(&stage), ["Drain running"]);
    stage.press("enter g i");
    assert_eq!(stage.model.table(Screen::Instances).key(), Some(instance_id(0).as_str()));
    stage.press("enter");
    let page = stage.model.detail().unwrap();
    let links = page.lines().iter().filter_map(|line| line.link());
    let to_runs = links.filter(|place| matches!(place, Place::Thing(Subject::Execution(_))));
    assert_eq!(to_runs.count(), 1, "the page of the instance tells of it");
}

#[test]
fn a_run_over_several_targets_leads_to_each_ones_and_these_lead_back() {
    let mut stage = troubled();
    stage.press("7 j j j j enter");
    let parent = id_of(&stage);
    let page = stage.model.detail().unwrap();
    let children: Vec<&Place> = page
        .lines()
        .iter()
        .filter_map(|line| line.link())
        .filter(|place| matches!(place, Place::Thing(Subject::Execution(_))))
        .collect();
    assert_eq!(children.len(), 2);
    let Place::Thing(Subject::Execution(child)) = children[0].clone() else { unreachable!() };
    stage.press("G");
    for _ in 0..page.lines().len() {
        if id_of(&stage) == child {
            break;
        }
        let (cursor, _) = stage.model.page_window(40, page.lines().len());
        stage.press(if page.lines()[cursor].link() == Some(children[0]) { "enter" } else { "k" });
    }
    assert_eq!(id_of(&stage), child);
    let page = stage.model.detail().unwrap();
    let up = Place::Thing(Subject::Execution(parent.clone()));
    assert!(page.lines().iter().any(|line| line.link() == Some(&up)), "it says who started it");
}

#[test]
fn an_open_execution_is_what_is_read_first() {
    let mut stage = troubled();
    stage.press("7 j j j enter");
    let gaze = stage.model.gaze();
    assert!(gaze.opened && gaze.subject == Some(Subject::Execution(id_of(&stage))));
    for panel in [Panel::Executions, Panel::Tasks, Panel::Targets, Panel::Services] {
        assert!(stage.model.visible_panels().contains(&panel), "{panel:?} tells what still holds it");
    }
}

#[test]
fn a_status_that_this_version_does_not_know_is_shown_as_it_is() {
    let mut stage = troubled();
    let mut runs = runs::executions(Story::Healthy);
    runs[0].status = "HoveringAbove".into();
    stage.land(vec![fixture::read(Panel::Executions, Ok((Rows::Executions(runs), Vec::new())))]).press("7");
    assert_eq!(first_cells(&stage)[0], "Silence hovering above", "it may go on, so it comes first");
}

#[test]
fn long_values_are_folded_until_somebody_asks_for_them() {
    let mut stage = troubled();
    let long = "0123456789".repeat(40);
    let mut runs = runs::executions(Story::Troubled);
    for details in runs.iter_mut().filter_map(|run| run.details.as_mut()) {
        if let Some(step) = details.steps.iter_mut().find(|step| step.started_at.is_some()) {
            step.inputs.insert("Content".to_owned(), long.clone());
        }
    }
    stage.land(vec![fixture::read(Panel::Executions, Ok((Rows::Executions(runs), Vec::new())))]).press("7 enter");
    let shown = |stage: &Stage| {
        let page = stage.model.detail().unwrap();
        let rows = page.lines().iter().filter_map(|line| match line {
            Line::Row { cells, .. } => cells.last().map(quarterdeck::app::Cell::words),
            _ => None,
        });
        rows.filter(|words| words.starts_with("0123456789")).collect::<Vec<_>>()
    };
    assert_eq!(shown(&stage), [format!("{}… 280 more characters", &long[..120])]);
    stage.press("z");
    assert_eq!(shown(&stage), std::slice::from_ref(&long));
    stage.press("z");
    assert_ne!(shown(&stage), [long]);
}
