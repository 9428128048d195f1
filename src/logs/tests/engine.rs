//! Store, query, view and search against lists that are kept the plain way. Each seed is printed.

use std::time::Duration;

use crate::logs::event::{Event, Gap, Level, RowId, Source};
use crate::logs::histogram::Histogram;
use crate::logs::ink::{Hue, Ink};
use crate::logs::parse::{self, Format};
use crate::logs::query::{Asked, Query};
use crate::logs::search::Search;
use crate::logs::store::{Store, first_line};
use crate::logs::view::View;

const HUGE: usize = 1 << 30;

fn seeded(what: &str) -> fastrand::Rng {
    let seed = std::env::var("LOGS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("{what}: LOGS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}

fn line(random: &mut fastrand::Rng) -> String {
    let status = random.choice([200, 404, 500, 503]).unwrap();
    let level = random.choice(["info", "warn", "error"]).unwrap();
    match random.u8(..6) {
        0 => format!(r#"{{"level":"{level}","status":{status},"http":{{"path":"/api/{}"}}}}"#, random.u8(..)),
        1 => format!("level={level} status={status} msg=\"Took {} ms\" path=/api", random.u8(..)),
        2 => format!("2026-11-24 {} Connection reset {}", level.to_uppercase(), random.u16(..)),
        3 => format!("    at com.example.Shop.pay(Shop.java:{})", random.u8(..)),
        4 => String::new(),
        _ => "größe ✓ status ".repeat(random.usize(..4)),
    }
}

fn push(store: &mut Store, name: &str, time: i64, text: &[u8]) -> std::ops::Range<u64> {
    let source = store.source(name, "s");
    store.push(&Event { source, time, ingested: time, message: text })
}

/// A store and its rows as (time, id, text, source), in the order of arrival.
fn filled(random: &mut fastrand::Rng, cap: usize, count: usize) -> (Store, Vec<(i64, u64, String, &'static str)>) {
    let (mut store, mut model, mut now) = (Store::new(cap), Vec::new(), 1_700_000_000_000);
    for _ in 0..count {
        now += random.i64(0..3);
        let time = if random.u8(..10) == 0 { now - random.i64(0..600_000) } else { now };
        let (text, name) = (line(random), *random.choice(["web", "api", "jobs"].iter()).unwrap());
        let ids = push(&mut store, name, time, text.as_bytes());
        model.push((time, ids.start, text, name));
    }
    (store, model)
}

#[test]
fn rows_are_in_the_order_of_time_and_keep_their_ids() {
    let mut random = seeded("order");
    let (store, mut model) = filled(&mut random, HUGE, 30_000);
    model.sort_by_key(|(time, id, ..)| (*time, *id));
    let rows: Vec<_> = store.rows_from(0).map(|row| (row.time, row.id.0, row.text.to_owned())).collect();
    assert_eq!(rows, model.iter().map(|(t, id, text, _)| (*t, *id, text.clone())).collect::<Vec<_>>());
    for _ in 0..500 {
        let at = random.usize(..model.len());
        assert_eq!(store.at(at), Some(RowId(model[at].1)));
        assert_eq!(store.position(RowId(model[at].1)), Some(at));
        assert_eq!(store.position_at(model[at].0), model.partition_point(|row| row.0 < model[at].0));
        assert_eq!(store.rows_from(at).next().map(|row| row.id.0), Some(model[at].1));
    }
    assert_eq!(store.at(model.len()), None);
}

#[test]
fn the_cap_holds_and_what_leaves_is_counted() {
    let mut random = seeded("cap");
    let cap = 400_000;
    let (store, model) = filled(&mut random, cap, 60_000);
    assert!(store.memory() <= cap, "{} of {cap}", store.memory());
    assert!(store.memory() > cap / 2);
    assert_eq!(store.counts().dropped + store.len() as u64, 60_000);
    assert!(store.counts().dropped > 0);
    let mut rest: Vec<_> = model.iter().filter(|row| store.row(RowId(row.1)).is_some()).collect();
    rest.sort_by_key(|row| (row.0, row.1));
    assert!(store.rows_from(0).map(|row| row.id.0).eq(rest.iter().map(|row| row.1)));
    assert_eq!(store.row(RowId(59_999)).map(|row| row.text), Some(model[59_999].2.as_str()));
}

#[test]
fn history_read_later_leaves_before_what_is_followed() {
    let mut store = Store::new(200_000);
    for at in 0..1_000 {
        push(&mut store, "web", 1_000_000_000 + at, &[b'n'; 90]);
    }
    for at in 0..1_000 {
        push(&mut store, "web", at, &[b'o'; 90]);
    }
    assert!(store.counts().dropped > 0);
    // The chunk in which the one ends and the other begins may have left as a whole.
    assert!(store.rows_from(0).filter(|row| row.text.starts_with('n')).count() > 900);
}

const QUERIES: [&str; 22] = [
    "",
    "connection",
    "Connection",
    "~[0-9]{3}",
    "~\\s",
    "~[^x]+reset",
    "~^$",
    "~status.*\\z",
    "~\\Alevel",
    "~x*",
    "-status",
    "status>=500",
    "status!=200 level>=warn",
    "level=error | took",
    "http.path~^/api/1",
    "path=/api -source=web",
    "source~^(web|api)$ größe",
    "!level=info status",
    "\"at com\" | ~\\bpath\\b",
    "stream=s",
    "stream=t",
    "msg~\"took 1\"",
];

#[test]
fn scanning_chunks_finds_what_asking_each_line_finds() {
    let mut random = seeded("queries");
    // A small cap that is not reached makes small chunks, so that there are many.
    let (store, mut model) = filled(&mut random, 8 << 20, 20_000);
    model.sort_by_key(|row| (row.0, row.1));
    for text in QUERIES {
        let query = Query::parse(text).unwrap();
        let passes = |row: &(i64, u64, String, &str)| {
            let source = Source { name: row.3.to_owned(), stream: "s".to_owned() };
            // A line that continues an event has no level of its own.
            let level = store.row(RowId(row.1)).unwrap().level;
            query.passes(&Asked { text: &row.2, level, source: &source })
        };
        let wanted: Vec<u64> = model.iter().filter(|row| passes(row)).map(|row| row.1).collect();
        let view = View::of(&store, query.clone(), false);
        assert_eq!(view.rows_from(0).map(|id| id.0).collect::<Vec<_>>(), wanted, "{text}");
        let mut grown = View::growing(&store, query.clone(), false);
        let mut search = Search::start(store.snapshot(), query.clone(), false, RowId(random.u64(..20_000)), 2);
        while !search.ended() {
            if let Some(found) = search.wait(Duration::from_secs(20)) {
                grown.add(&store, &found);
            }
        }
        assert_eq!(grown.rows_from(0).map(|id| id.0).collect::<Vec<_>>(), wanted, "{text}, searched");
        assert_eq!(search.hits(), wanted.len());
    }
}

#[test]
fn what_the_queries_mean() {
    let source = Source { name: "/shop/web".to_owned(), stream: "task/7".to_owned() };
    let json = r#"{"level":"error","status":503,"path":"/api/x","user":"Bob"}"#;
    let passes =
        |text: &str| Query::parse(text).unwrap().passes(&Asked { text: json, level: Level::Error, source: &source });
    for yes in [
        "bob",
        "Bob",
        "user=bob",
        "user=Bob",
        "status>502",
        "level>warn",
        "~^.\"LEVEL|level",
        "source=shop",
        "-foo",
        "foo | bob",
        "path~^/API|/api",
        "path~^/api",
        "user!=al",
        "stream~7$",
        "status=503.0",
        "~\"a|b\"",
    ] {
        assert!(passes(yes), "{yes}");
    }
    for no in ["BOB", "user=BOB", "status<503", "level=warn", "-bob", "bob foo", "gone!=1", "source=Shop", "path!~api"]
    {
        assert!(!passes(no), "{no}");
    }
}

#[test]
fn mistakes_are_shown_where_they_are() {
    for (text, column, part) in [
        ("größe ~(", 7, "unclosed group"),
        ("level=loud", 6, "loud is no level"),
        ("status>high", 7, "needs a number"),
        ("a \"b", 2, "not closed"),
        ("a | ", 4, "after |"),
        ("| a", 0, "before |"),
        ("status>=", 8, "value is missing"),
        ("source>1", 6, "takes = or ~"),
        ("~(\\w{1000}){1000}", 1, "too large"),
    ] {
        let error = Query::parse(text).unwrap_err();
        assert_eq!(error.column, column, "{text}: {error}");
        assert!(error.why.contains(part), "{text}: {error}");
    }
}

#[test]
fn a_view_follows_what_comes_and_what_leaves() {
    let mut random = seeded("view");
    let mut store = Store::new(300_000);
    let mut view = View::of(&store, Query::parse("status>=500 | reset").unwrap(), false);
    let mut now = 0;
    for round in 0..60 {
        for _ in 0..random.usize(1..900) {
            now += random.i64(0..3);
            let text = line(&mut random);
            push(&mut store, "web", now - random.i64(0..50), text.as_bytes());
        }
        view.catch_up(&store);
        let wanted = View::of(&store, view.query().clone(), false);
        assert!(view.rows_from(0).eq(wanted.rows_from(0)), "round {round}");
        assert_eq!(view.len(), wanted.len());
    }
    assert!(store.counts().dropped > 0);
}

#[test]
fn a_search_begins_nearest_and_stops_when_nobody_wants_it() {
    let mut store = Store::new(1 << 20);
    for at in 0..8_000 {
        push(&mut store, "web", at, format!("line {at} {}", "x".repeat(60)).as_bytes());
    }
    let mut search = Search::start(store.snapshot(), Query::parse("line").unwrap(), false, RowId(5_000), 1);
    let first = search.wait(Duration::from_secs(20)).unwrap();
    assert!(first.rows.contains(&5_000));
    search.cancel();
    while search.wait(Duration::from_secs(20)).is_some() {}
    assert!(search.ended());
}

#[test]
fn a_bomb_of_a_pattern_is_bounded() {
    let mut store = Store::new(HUGE);
    push(&mut store, "web", 0, "a".repeat(200_000).as_bytes());
    for pattern in ["~(a*)*b", "~(a|aa)+$b", "~(a?){60}a{60}b"] {
        assert_eq!(View::of(&store, Query::parse(pattern).unwrap(), false).len(), 0, "{pattern}");
    }
    assert!(Query::parse(&format!("~{}", "(".repeat(2_000))).is_err());
}

#[test]
fn events_of_several_lines_and_of_several_events_are_joined_and_kept() {
    let mut store = Store::new(HUGE);
    let first = push(&mut store, "web", 10, b"ERROR Boom\r\n\tat a.B\nCaused by: x\n");
    push(&mut store, "api", 10, b"INFO other");
    let frame = push(&mut store, "web", 11, b"\tat c.D");
    let alone = push(&mut store, "web", 5_000, b"\tat e.F");
    let rows: Vec<_> = store.rows_from(0).map(|row| (row.text, row.continuation, row.level)).collect();
    assert_eq!(rows[0], ("ERROR Boom", false, Level::Error));
    assert_eq!(rows[1], ("        at a.B", true, Level::Unknown));
    assert_eq!((rows[2].0, rows[3].0, rows.len()), ("Caused by: x", "INFO other", 6));
    assert_eq!(store.head(RowId(frame.start)), RowId(first.start));
    assert_eq!(store.head(RowId(alone.start)), RowId(alone.start));
    let empty = push(&mut store, "web", 6_000, b"");
    assert_eq!(empty.count(), 1);
}

#[test]
fn a_gap_is_a_row_and_passes_every_filter() {
    let mut store = Store::new(HUGE);
    push(&mut store, "web", 10, b"before");
    push(&mut store, "web", 30, b"after");
    let source = store.source("web", "s");
    let gap = Gap { from: 12, to: 28, why: "throttled\u{1b}".to_owned() };
    let id = store.push_gap(source, gap.clone());
    assert_eq!((store.position(id), store.gap(id)), (Some(1), Some(&gap)));
    assert!(store.row(id).is_some_and(|row| row.gap && row.text == "throttled␛"));
    assert_eq!(View::of(&store, Query::parse("after").unwrap(), true).len(), 2);
    assert_eq!(View::of(&store, Query::parse("after").unwrap(), false).len(), 1);
    let bars = Histogram::of(&store.snapshot(), 0, 40, 4);
    assert_eq!(bars.buckets.iter().map(|bucket| bucket.lines).collect::<Vec<_>>(), [0, 1, 0, 1]);
}

#[test]
fn the_histogram_counts_every_line_in_its_time() {
    let mut random = seeded("histogram");
    let (store, model) = filled(&mut random, HUGE, 5_000);
    let (from, to) = (model[0].0 - 100_000, model[4_000].0);
    let bars = Histogram::of(&store.snapshot(), from, to, 37);
    for (at, bar) in bars.buckets.iter().enumerate() {
        let range = bars.start(at)..bars.start(at + 1).min(to);
        let inside: Vec<_> = model.iter().filter(|row| range.contains(&row.0)).collect();
        let bad = inside.iter().filter(|row| store.row(RowId(row.1)).is_some_and(|row| row.level >= Level::Error));
        assert_eq!((bar.lines, bar.errors), (inside.len() as u64, bad.count() as u64), "bucket {at}");
    }
}

#[test]
fn coloured_lines_are_understood_and_found_as_if_they_were_plain_and_cost_no_more_than_their_sequences() {
    let (mut store, mut visible) = (Store::new(HUGE), Store::new(HUGE));
    let line = "\u{1b}[36mlevel\u{1b}[0m=\u{1b}[31merror\u{1b}[0m \u{1b}[36mstatus\u{1b}[0m=503 \u{1b}[1mcard declined\u{1b}[0m";
    for n in 0..150_000 {
        push(&mut store, "web", n, line.as_bytes());
        push(&mut visible, "web", n, line.replace('\u{1b}', "␛").as_bytes());
    }
    let row = store.row(RowId(7)).unwrap();
    assert_eq!((row.text, row.level), ("level=error status=503 card declined", Level::Error));
    let red = Ink { hue: Some(Hue::Red), ..Ink::default() };
    assert!(store.inks(RowId(7)).contains(&(6, red)), "{:?}", store.inks(RowId(7)));
    assert!(store.memory() < visible.memory(), "{} {}", store.memory(), visible.memory());
    for query in ["level=error", "status>=500", "card declined"] {
        assert_eq!(View::of(&store, Query::parse(query).unwrap(), true).len(), 150_000, "{query}");
    }
    // What only looks like a colour is text.
    let id = push(&mut store, "web", 0, "it printed ␛[31mred".as_bytes()).start;
    assert_eq!(store.row(RowId(id)).unwrap().text, "it printed ␛[31mred");
    assert_eq!(first_line(line.as_bytes()), "level=error status=503 card declined");
}

#[test]
fn lateness_is_told() {
    let mut store = Store::new(HUGE);
    let source = store.source("web", "s");
    store.push(&Event { source, time: 0, ingested: 9_999, message: b"a" });
    store.push(&Event { source, time: 0, ingested: 600_000, message: b"b" });
    let told: Vec<_> = store.rows_from(0).map(|row| (row.late, row.lateness)).collect();
    assert_eq!(told, [(false, 9), (true, 600)]);
    assert_eq!(store.counts().late, 1);
}

#[test]
fn any_bytes_are_stored_and_come_out_harmless() {
    let mut random = seeded("bytes");
    let mut store = Store::new(HUGE);
    let alphabet: Vec<&[u8]> = vec![
        b"\x1b[31m",
        b"\0",
        b"\n",
        b"\r",
        b"\t",
        b"\xff",
        b"\xe2\x80\xae",
        b"\xc2\x9b",
        b"{",
        b"}",
        b"\"",
        b"\\",
        b"\\u001b",
        b":",
        b"level",
        b"=",
        b" ",
        b"[",
        b",",
        b"error",
        "é".as_bytes(),
        b"-",
        b"|",
        b"~",
        b"(",
        b">=",
        b"5",
    ];
    for length in (0..400).chain([262_144]) {
        let mut bytes = Vec::new();
        while bytes.len() < length {
            match random.u8(..8) {
                0 => bytes.push(random.u8(..)),
                _ => bytes.extend_from_slice(random.choice(alphabet.iter()).unwrap()),
            }
        }
        let ids = push(&mut store, "web", random.i64(..), &bytes);
        for id in ids {
            let row = store.row(RowId(id)).unwrap();
            let harmless = |text: &str| crate::text::clean(text) == text;
            assert!(harmless(row.text));
            assert!(
                parse::fields(row.text).iter().all(|(key, value)| harmless(key) && harmless(value)),
                "{}",
                row.text
            );
            assert!(parse::format(row.text) != Format::Json || row.text.contains('{'));
            if row.text.len() < 4_000
                && let Ok(query) = Query::parse(row.text)
            {
                let _ = query.passes(&Asked { text: row.text, level: row.level, source: &Source::default() });
                assert!(query.ranges(row.text).iter().all(|range| row.text.get(range.clone()).is_some()));
            }
        }
    }
    assert!(store.rows_from(0).map(|row| row.time).is_sorted());
}

#[test]
fn the_index_is_small() {
    let mut store = Store::new(HUGE);
    for at in 0..60_000 {
        push(&mut store, "web", at, &[b'x'; 192]);
    }
    let snapshot = store.snapshot();
    assert_eq!(snapshot.chunks.len(), 12);
    let ratio = store.memory() as f64 / store.text_bytes() as f64;
    assert!(ratio < 1.15, "{ratio}: the chunk that is being filled has room reserved, the others have none");
}

#[test]
fn a_query_shows_what_to_highlight() {
    let query = Query::parse("~[0-9]+ took -gone").unwrap();
    assert_eq!(query.ranges("took 12 ms, took 3"), [0..4, 5..7, 12..16, 17..18]);
    assert!(Query::literal("").unwrap().ranges("took").is_empty(), "nothing is in every line, and nowhere to be seen");
}
