//! The log engine on one corpus of 1 GB, beside ripgrep and lnav on one core.

use std::hint::black_box;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use quarterdeck::logs::event::{Event, RowId};
use quarterdeck::logs::query::Query;
use quarterdeck::logs::search::Search;
use quarterdeck::logs::store::Store;
use quarterdeck::logs::tail::{Seen, Settings, Step, Tail};
use quarterdeck::logs::view::View;

use super::corpus;
use super::table::{Line, median, ms, show_ms};

const RUNS: usize = 5;
/// Events of one page, as many as FilterLogEvents gives.
const PAGE: usize = 10_000;
/// Milliseconds since 1970 of the first line.
const FIRST: i64 = 1_795_478_400_000;

/// What is searched: its name, the query, ripgrep's arguments, and the target as a part of ripgrep's time.
const SEARCHES: [(&str, &str, &[&str], f64); 4] = [
    ("rare literal", "\"Connection reset\"", &["-F", "Connection reset"], 1.0),
    ("common literal", "PaymentGateway", &["-F", "PaymentGateway"], 1.0),
    ("any case", "\"connection reset\"", &["-i", "connection reset"], 1.1),
    (
        "class regex",
        r#"~"[A-Z][a-z]+Declined for order [0-9a-f]{8}f""#,
        &["[A-Z][a-z]+Declined for order [0-9a-f]{8}f"],
        0.6,
    ),
];
/// A class without a literal in it, which leaves nothing to skip by.
const BARE: &str = "[0-9]{4} rows, session [a-f]{4}";
const BARE_CLASS: &str = "[a-f]{7}[0-9]";

/// Measures.
pub fn measure() -> Vec<Line> {
    let lines = std::env::var("QUARTERDECK_BENCH_LINES").ok().and_then(|text| text.parse().ok());
    let path = corpus::path(lines.unwrap_or(corpus::LINES));
    let text = std::fs::read(&path).expect("the corpus was written");
    let (store, rate) = ingest(&text);
    drop(text);
    let ratio = store.memory() as f64 / store.text_bytes() as f64;
    let mut figures = vec![
        Line::judged("memory of loaded lines over their text", 1.10, ratio, |ratio| format!("{ratio:.3}")),
        // Written as a cost, since lower is better in this table.
        Line::judged("page to searchable, one core (300,000 lines/s)", 1e6 / 300_000.0, 1e6 / rate, |us| {
            format!("{us:.2} µs/line")
        }),
        Line::judged("Enter to the first hits", 16.0, first_hits(&store), show_ms),
    ];
    let classes = [("class regex", BARE, 0.6), ("class regex without a literal", BARE_CLASS, 0.6)];
    let own: Vec<String> = classes.iter().map(|(_, pattern, _)| format!("~\"{pattern}\"")).collect();
    let more: Vec<[&str; 1]> = classes.iter().map(|(_, pattern, _)| [*pattern]).collect();
    let more = classes
        .iter()
        .zip(&own)
        .zip(&more)
        .map(|(((name, _, target), own), rg)| (*name, own.as_str(), rg.as_slice(), *target));
    for (name, query, rg, target) in SEARCHES.into_iter().chain(more) {
        figures.extend(beside(&store, &path, name, query, rg, target));
    }
    figures.push(lnav(&path));
    figures
}

/// Everything through a tail that knows each id, the sanitiser and the store. Lines a second.
fn ingest(text: &[u8]) -> (Store, f64) {
    let mut store = Store::new(usize::MAX);
    let source = store.source("/shop/web", "task/1");
    let mut tail = Tail::new(Settings::since(FIRST));
    let lines: Vec<&[u8]> = text.strip_suffix(b"\n").unwrap_or(text).split(|byte| *byte == b'\n').collect();
    let (mut spent, mut number) = (Duration::ZERO, 0_i64);
    for page in lines.chunks(PAGE) {
        let ids: Vec<String> = (0..page.len()).map(|at| format!("{:056}", number + at as i64)).collect();
        let now = FIRST + (number + PAGE as i64) / 2;
        let time = |at: usize| FIRST + (number + at as i64) / 2;
        let seen: Vec<Seen<'_>> = page
            .iter()
            .zip(&ids)
            .enumerate()
            .map(|(at, (message, id))| Seen { id, stream: "task/1", time: time(at), message })
            .collect();
        let started = Instant::now();
        let now = match tail.next(now) {
            Step::Wait(until) => until,
            _ => now,
        };
        let _ = tail.next(now);
        let fresh = tail.page(now, &seen, None);
        for (event, _) in seen.iter().zip(fresh).filter(|(_, fresh)| *fresh) {
            store.push(&Event { source, time: event.time, ingested: event.time, message: event.message });
        }
        spent += started.elapsed();
        number += page.len() as i64;
    }
    (store, lines.len() as f64 / spent.as_secs_f64())
}

/// From a search for something rare in the middle of everything until the first hit can be drawn.
fn first_hits(store: &Store) -> f64 {
    let middle = store.at(store.len() / 2).unwrap_or(RowId(0));
    let runs = (0..RUNS).map(|_| {
        let started = Instant::now();
        let query = Query::parse("\"connection reset\"").unwrap();
        let mut view = View::growing(store, query.clone(), true);
        let mut search = Search::start(store.snapshot(), query, true, middle, 1);
        while view.is_empty() && !search.ended() {
            if let Some(found) = search.wait(Duration::from_secs(10)) {
                view.add(store, &found);
            }
        }
        ms(started.elapsed())
    });
    median(runs.collect())
}

fn beside(store: &Store, path: &Path, name: &str, query: &str, rg: &[&str], target: f64) -> Vec<Line> {
    let query = Query::parse(query).unwrap();
    let mut hits = 0;
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        // In turn, so that what else the machine does slows both.
        let started = Instant::now();
        let mut search = Search::start(store.snapshot(), query.clone(), false, RowId(0), 1);
        while !search.ended() {
            black_box(search.wait(Duration::from_secs(10)));
        }
        own.push(ms(started.elapsed()));
        hits = search.hits();
        let Some((spent, count)) = ripgrep(path, rg) else {
            return vec![Line::told(format!("{name}: count"), "", format!("{} (no rg)", show_ms(median(own))))];
        };
        theirs.push(spent);
        assert_eq!(count, hits, "{name}: ripgrep counts otherwise");
    }
    let (own, theirs) = (median(own), median(theirs));
    vec![
        Line::judged(format!("{name}: count ({hits}) over rg's time"), target, own / theirs, |ratio| {
            format!("{ratio:.2}")
        }),
        Line::told(format!("{name}: own, rg"), "", format!("{own:.0}, {theirs:.0} ms")),
    ]
}

/// ripgrep's time for a count with one thread on one core, its start included.
fn ripgrep(path: &Path, arguments: &[&str]) -> Option<(f64, usize)> {
    let started = Instant::now();
    let output = Command::new("taskset")
        .args(["-c", "0", "rg", "--no-config", "-j1", "-c", "-S"])
        .args(arguments)
        .arg(path)
        .stdin(Stdio::null())
        .output()
        .ok()
        .filter(|output| output.status.success() || output.status.code() == Some(1))?;
    let spent = ms(started.elapsed());
    Some((spent, String::from_utf8(output.stdout).ok()?.trim().parse().unwrap_or(0)))
}

/// lnav loads, filters and prints the count; there is no other way to ask it from outside.
fn lnav(path: &Path) -> Line {
    let what = "lnav: load and filter a literal";
    let started = Instant::now();
    let done = Command::new("taskset")
        .args(["-c", "0", "timeout", "300", "lnav", "-n", "-c", ":filter-in Connection reset"])
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    match done {
        Ok(status) if status.success() => Line::told(what, "", format!("{:.0} ms", ms(started.elapsed()))),
        _ => Line::told(what, "", "not measured (no lnav, or longer than 300 s)"),
    }
}
