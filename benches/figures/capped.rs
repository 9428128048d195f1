//! Ten minutes at 2,000 lines a second under a cap, fed as fast as it goes: memory stays flat and what leaves is counted.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};

use quarterdeck::logs::event::{Event, SourceId};
use quarterdeck::logs::query::Query;
use quarterdeck::logs::store::Store;
use quarterdeck::logs::tail::{Seen, Settings, Tail};
use quarterdeck::logs::view::View;

use super::corpus;
use super::table::{Line, show_count};

const TENTHS: usize = 10;
/// Seconds of each tenth of the ten minutes.
const SECONDS: usize = 60;
const A_SECOND: usize = 2_000;
const CAP: usize = 64 << 20;
/// From this tenth on the cap is reached.
const FULL: usize = 4;
/// Milliseconds since 1970 of the first line.
const FIRST: i64 = 1_795_478_400_000;
/// What is looked through while lines come: everything, and two filters.
const LENSES: [&str; 3] = ["", "level>=warn", "status>=500 | reset"];
const MIB: f64 = (1 << 20) as f64;

/// Measures.
pub fn measure() -> Vec<Line> {
    let mut file = BufReader::new(File::open(corpus::path(corpus::LINES)).expect("the corpus was written"));
    let mut store = Store::new(CAP);
    let source = store.source("/shop/web", "task/1");
    let mut lenses = LENSES.map(|text| View::of(&store, Query::parse(text).unwrap(), true));
    let (mut came, mut resident) = (0, Vec::new());
    for tenth in 0..TENTHS {
        for second in 0..SECONDS {
            came += push(&mut store, source, &mut file, FIRST + (tenth * SECONDS + second) as i64 * 1_000);
            lenses.iter_mut().for_each(|lens| lens.catch_up(&store));
        }
        resident.push(resident_bytes());
    }
    let uncounted = came.abs_diff(store.counts().dropped + store.len() as u64);
    assert_eq!(lenses[0].len(), store.len(), "the lens without a filter shows what is held");
    let each: Vec<String> = resident.iter().map(|bytes| format!("{:.0}", bytes / MIB)).collect();
    eprintln!("capped: resident after each tenth: {} MiB", each.join(", "));
    let full = &resident[FULL - 1..];
    let grown = full.iter().copied().fold(0.0, f64::max) - full[0];
    let mib = |bytes: f64| format!("{:.1} MiB", bytes / MIB);
    let what = |what: &str| format!("10 min at 2,000 lines/s: {what}");
    vec![
        Line::judged(what("held by the store under its cap"), CAP as f64, store.memory() as f64, mib),
        Line::judged(what("growth of resident memory once full"), 0.05 * CAP as f64, grown, mib),
        Line::judged(what(&format!("uncounted of {came} - held - dropped")), 0.0, uncounted as f64, show_count),
        Line::told(what("beside it, ids to tell repeats by"), "", mib(ids())),
    ]
}

/// One second's lines; gives how many rows they are.
fn push(store: &mut Store, source: SourceId, file: &mut impl BufRead, second: i64) -> u64 {
    let mut message = Vec::new();
    let mut rows = 0;
    for at in 0..A_SECOND {
        message.clear();
        file.read_until(b'\n', &mut message).expect("the corpus can be read");
        let time = second + (at / 2) as i64;
        let ids = store.push(&Event { source, time, ingested: time, message: &message });
        rows += ids.end - ids.start;
    }
    rows
}

/// What a tail remembers of as many events, all of which lie within its reach, in bytes.
fn ids() -> f64 {
    let before = resident_bytes();
    let mut tail = Tail::new(Settings::since(FIRST));
    for second in 0..TENTHS * SECONDS {
        let now = FIRST + second as i64 * 1_000;
        let ids: Vec<String> = (0..A_SECOND).map(|at| format!("{:056}", second * A_SECOND + at)).collect();
        let seen = |id| Seen { id, stream: "task/1", time: now, message: b"" };
        let page: Vec<Seen<'_>> = ids.iter().map(|id| seen(id)).collect();
        let _ = tail.next(now);
        tail.page(now, &page, None);
    }
    resident_bytes() - before
}

fn resident_bytes() -> f64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux tells it");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells it");
    line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() * 1_024.0
}
