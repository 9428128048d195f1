//! From exec to the first frame.

use super::table::{Line, median, ms, show_ms};
use super::terminal::Terminal;

const RUNS: usize = 15;

/// Measures.
pub fn measure() -> Vec<Line> {
    let runs = (0..RUNS).map(|_| ms(Terminal::open(&["demo"]).wait(|screen| screen.contains("Bridge")))).collect();
    vec![Line::judged("exec to first frame of the demo", 10.0, median(runs), show_ms)]
}
