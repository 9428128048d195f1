//! Every figure that Quarterdeck promises, measured: `cargo bench`.
//!
//! Reports and asserts nothing. `QUARTERDECK_BENCH_SECONDS` shortens the idle minute for trying out; `cargo bench -- --cold-build`
//! compiles the release from nothing as well, which takes as long as it takes; a word keeps the figures whose name holds it.
//! `QUARTERDECK_BENCH_LINES` shortens the corpus of 5.2 million lines, 1 GB.

#![expect(clippy::unwrap_used, reason = "a benchmark may stop at the first surprise")]

mod capped;
mod cold;
mod complete;
mod corpus;
mod first;
mod follow;
mod idle;
mod keys;
mod logs;
mod memory;
mod server;
mod table;
mod tailing;
mod terminal;

use table::Line;

/// A benchmark's name and how it measures its lines.
type Figure = (&'static str, fn() -> Vec<Line>);

const FIGURES: [Figure; 10] = [
    ("first", first::measure),
    ("complete", complete::measure),
    ("keys", keys::measure),
    ("idle", idle::measure),
    ("logs", logs::measure),
    ("tailing", tailing::measure),
    ("capped", capped::measure),
    ("follow", follow::measure),
    ("memory", memory::measure),
    ("cold", cold::measure),
];

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| words.is_empty() || words.iter().any(|word| name.contains(word.as_str()));
    let mut lines = Vec::new();
    for (name, measure) in FIGURES.into_iter().filter(|(name, _)| wanted(name)) {
        eprintln!("measuring {name} …");
        lines.extend(measure());
    }
    println!("{}", table::render(&lines));
}
