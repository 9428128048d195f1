//! The language of the `/` line: the first line is what was typed, the others are what it is asked of.
//!
//! What a scan over chunks finds is what asking line by line finds, and what a naive reading of plain words finds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use quarterdeck_fuzz::logs::event::{Event, Row};
use quarterdeck_fuzz::logs::query::{Asked, Query};
use quarterdeck_fuzz::logs::store::Store;
use quarterdeck_fuzz::logs::view::View;

/// The store's chunks are as small as they get: a line of this length makes the next one begin another.
const FILLER: usize = 4_200;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let typed = String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let store = filled(&lines.collect::<Vec<_>>());
    for query in [Query::parse(&typed), Query::literal(&typed)].into_iter().flatten() {
        same_by_chunk_and_by_line(&store, &query);
        store.rows_from(0).for_each(|row| ranges_are_in_order(&query, row.text));
    }
    words(&store, &typed);
    laws(&store, &typed);
    if let Err(error) = Query::parse(&typed) {
        assert!(error.column <= typed.chars().count() && !error.why.is_empty(), "{error}");
    }
});

fn filled(lines: &[&[u8]]) -> Store {
    let mut store = Store::new(1 << 16);
    let web = store.source("/shop/web", "task/1");
    let api = store.source("api", "");
    let filler = "z".repeat(FILLER);
    let first = lines.iter().copied();
    for (at, message) in first.chain([filler.as_bytes()]).chain(lines.iter().copied()).enumerate() {
        let source = if at % 3 == 0 { api } else { web };
        store.push(&Event { source, time: at as i64, ingested: 0, message });
    }
    store
}

fn passes(store: &Store, query: &Query, row: &Row<'_>) -> bool {
    let source = store.source_of(row.source).expect("every row has a source");
    query.passes(&Asked { text: row.text, level: row.level, source })
}

fn same_by_chunk_and_by_line(store: &Store, query: &Query) {
    let found: Vec<_> = View::of(store, query.clone(), false).rows_from(0).collect();
    let asked: Vec<_> = store.rows_from(0).filter(|row| passes(store, query, row)).map(|row| row.id).collect();
    assert_eq!(found, asked);
}

fn ranges_are_in_order(query: &Query, line: &str) {
    let mut end = 0;
    for range in query.ranges(line) {
        assert!(range.start >= end && range.end > range.start && line.get(range.clone()).is_some(), "{range:?}");
        end = range.end;
    }
}

/// Plain words, by the words of the manual: all of them are there, and capitals count where a word has one.
fn words(store: &Store, typed: &str) {
    let words: Vec<&str> = typed.split(' ').filter(|word| !word.is_empty()).collect();
    if words.is_empty() || !words.iter().all(|word| word.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
        return;
    }
    let query = Query::parse(typed).expect("words are a query");
    // What is the same letter in Unicode's eyes is another question.
    for row in store.rows_from(0).filter(|row| row.text.is_ascii()) {
        let lower = row.text.to_ascii_lowercase();
        let holds = |word: &&str| match word.bytes().any(|byte| byte.is_ascii_uppercase()) {
            true => row.text.contains(*word),
            false => lower.contains(*word),
        };
        assert_eq!(passes(store, &query, &row), words.iter().all(holds), "{typed:?} of {:?}", row.text);
    }
}

/// An alternative to itself changes nothing; a word excluded is a word not found.
fn laws(store: &Store, typed: &str) {
    let Some(query) = Query::parse(typed).ok().filter(|query| !query.is_empty()) else { return };
    let twice = Query::parse(&format!("{typed} | {typed}")).expect("alternatives that parse alone parse together");
    let one_word = !typed.contains(|c: char| c.is_whitespace() || "\"-!|~".contains(c));
    let without = one_word.then(|| Query::parse(&format!("-{typed}")).expect("a word can be excluded"));
    for row in store.rows_from(0) {
        let said = passes(store, &query, &row);
        assert_eq!(passes(store, &twice, &row), said, "{typed:?}");
        assert!(without.as_ref().is_none_or(|without| passes(store, without, &row) != said), "-{typed:?}");
    }
}
