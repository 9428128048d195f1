//! The query screen: what it asks, what it shows of the answer, where a row leads.

use quarterdeck::app::insights::Progress;
use quarterdeck::app::{Asking, Effect, Msg, Place};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::{Failure, FailureKind};
use quarterdeck::logs::insights::{Language, QueryAsk, QueryRow, QueryState, QueryStatus};

use crate::fixture::{self, Story};
use crate::shots::{SIZES, shoot};
use crate::stage::Stage;

/// Over the two log groups that were marked.
fn opened(size: (u16, u16)) -> Stage {
    let mut stage = Stage::new(size.0, size.1);
    stage.land(fixture::reads(Story::Troubled)).press("6 space space i");
    stage
}

fn asked(stage: &Stage) -> (u64, QueryAsk) {
    let run = stage.effects.iter().rev().find_map(|effect| match effect {
        Effect::RunQuery { number, ask } => Some((*number, ask.clone())),
        _ => None,
    });
    run.unwrap()
}

fn state(status: QueryStatus, columns: &[&str], rows: &[&[&str]]) -> QueryState {
    let row = |cells: &&[&str]| QueryRow {
        cells: cells.iter().map(|cell| (!cell.is_empty()).then(|| (*cell).to_owned())).collect(),
        pointer: None,
    };
    QueryState {
        status,
        columns: columns.iter().map(|name| (*name).to_owned()).collect(),
        rows: rows.iter().map(row).collect(),
        more: false,
        scanned_bytes: 28_311_552,
        scanned: 102_274,
        matched: 346,
    }
}

fn by_service(status: QueryStatus) -> QueryState {
    let rows: [&[&str]; 4] = [
        &["111122223333:/ecs/web", "412", "2026-03-10 14:29:12.031"],
        &["111122223333:/ecs/api", "97", "2026-03-10 14:28:00.000"],
        &["111122223333:/ecs/search", "3", "2026-03-10 13:59:59.999"],
        &["111122223333:/ecs/worker", "", "2026-03-10 13:40:01.000"],
    ];
    state(status, &["@log", "errors", "last"], &rows)
}

fn lines() -> QueryState {
    let rows: [&[&str]; 2] = [
        &["2026-03-10 14:12:03.120", "111122223333:/ecs/web", "ERROR checkout failed: card declined\n\tat Pay.java:88"],
        &["2026-03-10 14:11:55.004", "111122223333:/ecs/api", "WARN  slow query, 1840 ms"],
    ];
    state(QueryStatus::Complete, &["@timestamp", "@log", "@message"], &rows)
}

fn answered(size: (u16, u16), state: QueryState) -> Stage {
    let mut stage = opened(size);
    stage.press("r");
    let (number, _) = asked(&stage);
    stage.send(Msg::QueryRead { number, outcome: Ok(state) });
    stage
}

#[test]
fn screens() {
    for size in SIZES {
        let name = |what: &str| format!("insights-{what}-{}x{}", size.0, size.1);
        shoot(&name("idle"), &mut opened(size));
        shoot(&name("running"), &mut answered(size, by_service(QueryStatus::Running)));
        shoot(&name("bars"), answered(size, by_service(QueryStatus::Complete)).press("b j"));
        shoot(&name("lines"), &mut answered(size, lines()));
        shoot(&name("queries"), opened(size).press("p"));
    }
}

#[test]
fn a_query_asks_the_groups_that_one_looks_at_about_a_time() {
    let mut stage = opened((120, 40));
    assert_eq!(*stage.model.place(), Place::Insights);
    stage
        .press("t")
        .type_text("3h")
        .press("enter e")
        .press("ctrl-u")
        .type_text("fields @message | limit 5")
        .press("enter");
    let (_, ask) = asked(&stage);
    let now = fixture::now().as_second();
    assert_eq!((ask.from, ask.to), (now - 3 * 3_600, now));
    assert_eq!((ask.groups.len(), ask.text.as_str(), ask.language), (2, "fields @message | limit 5", Language::Cwli));
    stage.press("L L r");
    let (_, ask) = asked(&stage);
    assert_eq!((ask.language, ask.groups.len()), (Language::Sql, 0), "SQL names its groups itself");
}

#[test]
fn what_the_viewer_filters_becomes_the_query_over_its_groups() {
    let mut stage = Stage::new(120, 40);
    stage.land(fixture::reads(Story::Troubled)).press("3 l /").type_text("declined").press("enter i");
    assert!(stage.model.insights().text().contains("like /(?i)declined/"), "{}", stage.model.insights().text());
    assert_eq!(stage.model.insights().groups().len(), 1);
    stage.press("esc");
    assert!(matches!(stage.model.place(), Place::Logs(_)), "and back");
}

#[test]
fn a_saved_query_can_be_changed_before_it_runs_and_is_remembered() {
    let mut stage = opened((120, 40));
    stage.press("p").type_text("errors by").press("enter");
    assert_eq!(stage.model.asking().map(|(asking, _)| asking), Some(Asking::Query));
    assert!(!stage.effects.iter().any(|effect| matches!(effect, Effect::RunQuery { .. })), "nothing is run unseen");
    stage.press("enter");
    let (_, ask) = asked(&stage);
    assert!(ask.text.contains("by @log"), "{}", ask.text);
    assert_eq!(stage.model.insights().choices()[0].text, ask.text);
}

#[test]
fn an_answer_to_an_earlier_query_is_dropped_and_a_failure_is_said() {
    let mut stage = answered((120, 40), lines());
    let (number, _) = asked(&stage);
    stage.press("r");
    stage.send(Msg::QueryRead { number, outcome: Ok(by_service(QueryStatus::Complete)) });
    assert_eq!(*stage.model.insights().progress(), Progress::Sent);
    stage.press("x");
    assert_eq!(stage.effects.last(), Some(&Effect::StopQuery));
    let failure = Failure {
        kind: FailureKind::Failed,
        operation: "logs:StartQuery".into(),
        message: "unexpected symbol found | at line 1".into(),
        hint: None,
        request_id: None,
    };
    let (number, _) = asked(&stage);
    stage.send(Msg::QueryRead { number, outcome: Err(failure) });
    assert!(stage.text().contains("unexpected symbol"), "{}", stage.text());
}

#[test]
fn rows_that_were_found_stay_when_the_query_is_lost() {
    let mut stage = answered((120, 40), by_service(QueryStatus::Running));
    let (number, _) = asked(&stage);
    let failure = Failure {
        kind: FailureKind::Throttled,
        operation: "logs:GetQueryResults".into(),
        message: "Rate exceeded".into(),
        hint: None,
        request_id: None,
    };
    stage.send(Msg::QueryRead { number, outcome: Err(failure) });
    let frame = stage.text();
    for said in ["Rate exceeded", "lost while it ran: 4 rows", "/ecs/api"] {
        assert!(frame.contains(said), "{said}\n{frame}");
    }
    assert!(!stage.model.insights().runs());
    stage.press("r");
    assert!(!stage.text().contains("/ecs/api"), "another query has none of its rows");
}

#[test]
fn what_a_query_would_scan_follows_its_time() {
    let mut stage = opened((120, 40));
    // Two groups of 1 GiB that are kept for 30 days.
    assert!(stage.text().contains("scans about 2.8 MiB"), "{}", stage.text());
    stage.press("t").type_text("15d").press("enter");
    assert!(stage.text().contains("scans about 1 GiB"), "{}", stage.text());
    stage.press("L L");
    assert!(!stage.text().contains("scans about"), "SQL names its groups itself");
}

#[test]
fn a_time_that_the_viewer_shows_is_the_time_of_the_query() {
    let mut stage = Stage::new(120, 40);
    stage.land(fixture::reads(Story::Troubled)).press("3 l t").type_text("6h").press("enter");
    let (from, until) = stage.model.logs().unwrap().span();
    stage.press("i r");
    let (_, ask) = asked(&stage);
    assert_eq!((ask.from, ask.to), (from / 1_000, until.unwrap() / 1_000));
}

#[test]
fn a_row_leads_to_the_lines_around_it() {
    let mut stage = answered((120, 40), lines());
    stage.press("enter");
    assert_eq!(*stage.model.place(), Place::Logs(vec![Subject::LogGroup("/ecs/web".into())]));
    let (from, until) = stage.model.logs().unwrap().span();
    let meant = "2026-03-10T14:12:03.120Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    assert!(from < meant && until.is_none_or(|until| until > meant), "{from} {until:?}");
    let mut stage = answered((120, 40), state(QueryStatus::Complete, &["errors"], &[&["3"]]));
    stage.press("enter");
    assert_eq!(*stage.model.place(), Place::Insights);
    assert!(stage.text().contains("ask for @timestamp"), "{}", stage.text());
}

#[test]
fn another_fleet_sees_nothing_of_the_queries_of_the_one_before() {
    let mut stage = answered((120, 40), lines());
    let (number, _) = asked(&stage);
    stage.press("f");
    let outcome = Ok(vec!["prod".to_owned(), "stage".to_owned()]);
    stage.send(Msg::ClustersRead { region: "eu-west-1".to_owned(), outcome });
    stage.press("down enter");
    assert!(stage.effects.contains(&Effect::StopQuery));
    assert_eq!(*stage.model.insights().progress(), Progress::Idle);
    assert!(stage.model.insights().groups().is_empty());
    stage.send(Msg::QueryRead { number, outcome: Ok(lines()) });
    assert_eq!(*stage.model.insights().progress(), Progress::Idle, "a late answer is of the fleet before");
}
