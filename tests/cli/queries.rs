//! Queries of Logs Insights: the reader, the queries that come along, and `quarterdeck logs query` as scripts run it.

use std::collections::BTreeMap;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use quarterdeck::logs::insights::{QueryAsk, QueryState, QueryStatus, shipped};
use quarterdeck::runtime::reads::{self, Event, QueryRun};
use quarterdeck::sim::options::Options;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::account::Account;
use crate::served::Served;
use crate::support::process::wait_until;

/// Seconds of logs that are asked about.
const WINDOW: i64 = 600;

/// An account without rates: its clock stands still, so that none would come back.
fn unlimited() -> Options {
    Options { limits: false, ..Options::default() }
}

/// Asks all groups that the world's tasks log to.
async fn ask(account: &Account, text: &str) -> QueryState {
    let to = account.now().as_second();
    let groups = account.sim.with_world(|world| world.log_groups.keys().cloned().collect());
    let ask = QueryAsk { groups, text: text.to_owned(), from: to - WINDOW, to, ..QueryAsk::default() };
    let id = account.aws.start_query(&ask).await.unwrap();
    loop {
        let state = account.aws.query_results(&id).await.unwrap();
        if !state.status.goes_on() {
            assert_eq!(state.status, QueryStatus::Complete, "{text}");
            return state;
        }
    }
}

fn numbers(state: &QueryState) -> BTreeMap<String, usize> {
    let cell = |cell: &Option<String>| cell.clone().unwrap_or_default();
    state.rows.iter().map(|row| (cell(&row.cells[0]), cell(&row.cells[1]).parse().unwrap())).collect()
}

#[tokio::test]
async fn a_query_counts_what_the_world_has_written() {
    let account = Account::new(unlimited()).await;
    let state = ask(&account, "filter @message like /GET/ | stats count(*) as n by @log").await;
    let to = account.now().as_millisecond();
    let wanted: BTreeMap<String, usize> = account.sim.with_world(|world| {
        let lines = |group: &str| world.log_lines(group, &|_| true, to - WINDOW * 1_000, to, usize::MAX, None);
        let count = |group: &String| lines(group).iter().filter(|line| line.message.contains("GET")).count();
        let counts = world.log_groups.keys().map(|group| (format!("{}:{group}", world.account), count(group)));
        counts.filter(|(_, count)| *count > 0).collect()
    });
    assert!(wanted.len() > 2, "the fleet serves requests: {wanted:?}");
    assert_eq!(numbers(&state), wanted);
    assert_eq!(state.matched, wanted.values().sum::<usize>() as u64);
    assert!(state.scanned > state.matched && state.scanned_bytes > state.scanned * 26);
}

#[tokio::test]
async fn each_query_that_comes_along_finds_something() {
    let account = Account::new(unlimited()).await;
    let found = ask(&account, "filter ispresent(trace_id) | display trace_id, @logStream | limit 1").await;
    let [trace, stream] = [0, 1].map(|place| found.rows[0].cells[place].clone().unwrap());
    let task = stream.rsplit('/').next().unwrap().to_owned();
    let blanks = BTreeMap::from([("trace".to_owned(), trace.clone()), ("id".to_owned(), task.clone())]);
    for query in shipped().unwrap() {
        let state = ask(&account, &query.filled(&blanks).unwrap()).await;
        assert!(!state.rows.is_empty(), "{} finds nothing", query.name);
        let column = |name: &str| state.columns.iter().position(|column| column == name).unwrap();
        let cells = |name: &str| -> Vec<String> {
            let place = column(name);
            state.rows.iter().map(|row| row.cells[place].clone().unwrap()).collect()
        };
        match query.name.as_str() {
            "trace" => assert!(cells("@message").iter().all(|message| message.contains(&trace))),
            "last lines" => assert!(cells("@logStream").iter().all(|stream| stream.contains(&task))),
            "slowest requests" => {
                let took: Vec<f64> = cells("took_ms").iter().map(|took| took.parse().unwrap()).collect();
                assert!(took.is_sorted_by(|a, b| a >= b), "{took:?}");
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_query_under_way_tells_what_it_has_found_so_far() {
    // Slow enough to be seen at it.
    let account = Account::new(Options { speed: 0.01, ..unlimited() }).await;
    let to = account.now().as_second();
    let groups: Vec<String> = account.sim.with_world(|world| world.log_groups.keys().cloned().collect());
    let ask = QueryAsk { groups, text: "stats count(*)".to_owned(), from: to - WINDOW, to, ..QueryAsk::default() };
    let id = account.aws.start_query(&ask).await.unwrap();
    let (mut scanned, mut found, mut partial) = (0, 0, 0);
    let state = loop {
        account.live_on(1);
        let state = account.aws.query_results(&id).await.unwrap();
        let count = state.rows.first().map_or(0, |row| row.cells[0].as_deref().unwrap().parse::<u64>().unwrap());
        assert!(state.scanned >= scanned && state.scanned_bytes >= state.scanned * 26 && count >= found, "{state:?}");
        assert!((count, state.matched) == (state.scanned, state.scanned), "{state:?}");
        (scanned, found) = (state.scanned, count);
        if !state.status.goes_on() {
            break state;
        }
        partial += u32::from(state.status == QueryStatus::Running && count > 0);
    };
    assert_eq!(state.status, QueryStatus::Complete);
    assert!(partial > 1 && found > 0, "{partial} partial results, {found} events");
    assert!(!account.aws.stop_query(&id).await.unwrap(), "what has ended is not stopped");
}

/// A query that goes on for as long as it is let.
async fn endless() -> (Account, QueryRun, UnboundedReceiver<Event>) {
    let account = Account::new(Options { speed: 0.01, ..unlimited() }).await;
    let to = account.now().as_second();
    let groups: Vec<String> = account.sim.with_world(|world| world.log_groups.keys().cloned().collect());
    let ask = QueryAsk { groups, text: "stats count(*)".to_owned(), from: to - WINDOW, to, ..QueryAsk::default() };
    let (events, mut inbox) = unbounded_channel();
    let run = reads::query(&account.aws, 1, ask, &events);
    assert!(matches!(inbox.recv().await, Some(Event::Query { outcome: Ok(_), .. })), "it is looked at");
    (account, run, inbox)
}

fn is_stopped(account: &Account) -> bool {
    account.sim.calls().iter().any(|call| call.operation == "StopQuery" && call.status == Some(200))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_is_stopped_before_the_console_ends() {
    let (account, run, _inbox) = endless().await;
    run.stop().await;
    assert!(is_stopped(&account));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_cannot_be_looked_at_is_stopped() {
    let (account, _run, mut inbox) = endless().await;
    account.sim.set_faults(vec!["deny:logs.GetQueryResults".parse().unwrap()]);
    while let Some(event) = inbox.recv().await {
        if let Event::Query { outcome: Err(_), .. } = event {
            break;
        }
    }
    wait_until("the query to be stopped", || is_stopped(&account));
}

#[tokio::test]
async fn a_row_leads_to_its_event() {
    let account = Account::new(unlimited()).await;
    let found = ask(&account, "filter ispresent(trace_id) | display @message, trace_id, @logStream | limit 1").await;
    let row = &found.rows[0];
    let fields = account.aws.log_record(row.pointer.as_deref().unwrap()).await.unwrap();
    let cells = ["@message", "trace_id", "@logStream"].map(|name| fields.get(name).cloned());
    assert_eq!(cells.as_slice(), row.cells);
    assert!(fields["@timestamp"].parse::<i64>().is_ok_and(|at| at <= account.now().as_millisecond()), "{fields:?}");
    assert!(account.aws.log_record("bm90aGluZw==").await.is_err());
}

fn query<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    ["logs", "query"].iter().chain(arguments).copied().collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn rows_come_as_a_table_or_as_objects_of_all_groups_of_the_fleet() {
    let served = Served::new(Options::default());
    let asked = "stats count(*) as n by @log | sort n desc | limit 3";
    let output = served.run(&query(&[asked, "--since", "10m", "--json"]));
    let (told, errors) = (text(&output.stdout), text(&output.stderr));
    assert_eq!((output.status.code(), errors.as_str()), (Some(0), ""), "{told}");
    let rows: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(rows.len(), 3, "{told}");
    let group = rows[0]["@log"].as_str().unwrap().split_once(':').unwrap().1.to_owned();

    let output = served.run(&query(&[asked, "--since", "10m", "--group", &group]));
    let told = text(&output.stdout);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!((output.status.code(), lines.len()), (Some(0), 2), "{told}");
    assert!(lines[0].starts_with("@log") && lines[0].ends_with(" n") && lines[1].contains(&group), "{told}");
    assert_eq!(lines[0].len(), lines[1].len(), "aligned: {told}");
}

#[test]
fn what_cannot_be_run_is_said_and_gives_2() {
    let served = Served::new(Options::default());
    for (arguments, told) in [
        (&["fields @message | nonsense", "-g", "/ecs/nothing"][..], "([18,26])"),
        (&["limit 1", "-g", "/ecs/nothing"], "/ecs/nothing"),
        (&["limit 1", "-g", "/ecs/nothing", "--since", "soon"], "no time"),
        (&["--saved", "trace", "-g", "/ecs/nothing"], "--set trace="),
        (&["limit 1", "--cluster", "nobody"], "log to no group"),
    ] {
        let output = served.run(&query(arguments));
        let errors = text(&output.stderr);
        assert!(errors.contains(told), "{arguments:?}: {errors}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}: {errors}");
    }
}

#[test]
fn an_interrupt_stops_the_query_and_says_that_rows_are_missing() {
    // So slow that the query never begins.
    let served = Served::new(Options { speed: 1e-4, ..Options::default() });
    let group = served.sim.with_world(|world| world.log_groups.keys().next().cloned()).unwrap();
    let child = served.command(&query(&["limit 1", "-g", &group])).spawn().unwrap();
    wait_until("the first look at the query", || served.count("GetQueryResults") > 0);
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = text(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{errors}");
    assert!(errors.contains("the query is cancelled"), "{errors}");
    assert_eq!(served.count("StopQuery"), 1);
    drop(served.runtime);
}
