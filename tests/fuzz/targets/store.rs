//! Any events at any times under a small cap: the order, the counts and the views stay true.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quarterdeck_fuzz::assert_clean;
use quarterdeck_fuzz::logs::event::{Event, Gap, Level};
use quarterdeck_fuzz::logs::histogram::Histogram;
use quarterdeck_fuzz::logs::query::Query;
use quarterdeck_fuzz::logs::store::Store;
use quarterdeck_fuzz::logs::view::View;

/// As small as chunks allow, so that lines leave.
const CAP: usize = 1 << 15;
/// What the chunk that is being filled may hold beyond the cap, with what it reserved.
const OPEN: usize = 1 << 15;

// An event is a byte that says how, one that says when, and the message up to the next line of its own.
fuzz_target!(|data: &[u8]| {
    let mut store = Store::new(CAP);
    let query = Query::parse("level>=warn | a -b").expect("it is one");
    let (mut all, mut some) = (View::default(), View::of(&store, query.clone(), true));
    let (mut now, mut longest) = (0_i64, 0);
    for part in data.split(|byte| *byte == 0xFE) {
        let [how, when, message @ ..] = part else { continue };
        let time = moment(now, *how, *when);
        now = now.saturating_add(i64::from(*when % 8));
        let source = store.source(["web", "api\u{202E}", "jobs"][usize::from(how % 3)], "s");
        if how & 0xF0 == 0xF0 {
            let why = String::from_utf8_lossy(message).into_owned();
            let id = store.push_gap(source, Gap { from: time, to: time.saturating_add(1), why });
            assert!(store.row(id).is_some_and(|row| row.gap) && store.gap(id).is_some());
        } else {
            // A short message many times over fills chunks.
            let message = message.repeat(1 + usize::from(how >> 2) % 32);
            let ids = store.push(&Event { source, time, ingested: now, message: &message });
            assert!(ids.end > ids.start);
            longest = longest.max(message.len());
        }
        if when % 4 == 0 {
            all.catch_up(&store);
            some.catch_up(&store);
        }
    }
    all.catch_up(&store);
    some.catch_up(&store);
    in_order(&store);
    counted(&store, OPEN + 16 * longest);
    assert!(all.rows_from(0).eq(store.rows_from(0).map(|row| row.id)));
    assert!(some.rows_from(0).eq(View::of(&store, query, true).rows_from(0)));
});

/// Mostly soon after the one before, sometimes before it, seldom anywhere at all.
fn moment(now: i64, how: u8, when: u8) -> i64 {
    match how & 0x0F {
        0 => i64::MIN,
        1 => i64::MAX,
        2 => i64::from(when) << 50,
        3..6 => now.saturating_sub(i64::from(when) * 1_000),
        _ => now,
    }
}

fn in_order(store: &Store) {
    let mut before = None;
    for (at, row) in store.rows_from(0).enumerate() {
        assert!(before < Some((row.time, row.id)));
        before = Some((row.time, row.id));
        assert_eq!((store.at(at), store.position(row.id)), (Some(row.id), Some(at)));
        assert!(store.position_at(row.time) <= at);
        assert_clean(row.text);
        // Looking for it is long work, in a store of nothing but continuations.
        let head = if at % 16 == 0 { store.head(row.id) } else { row.id };
        assert!(head <= row.id || store.row(head).is_some_and(|head| (head.time, head.id) < (row.time, row.id)));
    }
}

fn counted(store: &Store, over: usize) {
    let counts = store.counts();
    assert_eq!(counts.lines, counts.dropped + store.len() as u64);
    assert!(store.memory() <= CAP + over, "{} bytes under a cap of {CAP}", store.memory());
    let text: usize = store.rows_from(0).map(|row| row.text.len() + 1).sum();
    assert_eq!(store.text_bytes(), text);
    let rows = store.rows_from(0).filter(|row| !row.gap && (0..1_000).contains(&row.time));
    let (mut lines, mut errors) = (0, 0);
    for row in rows {
        lines += 1;
        errors += u64::from(row.level >= Level::Error);
    }
    let bars = Histogram::of(&store.snapshot(), 0, 1_000, 7).buckets;
    assert_eq!(bars.iter().map(|bar| bar.lines).sum::<u64>(), lines);
    assert_eq!(bars.iter().map(|bar| bar.errors).sum::<u64>(), errors);
}
