//! What is printed: a line for each figure, ending with target, measured, met or missed.

use std::time::Duration;

/// One figure.
pub struct Line {
    what: String,
    target: String,
    measured: String,
    verdict: &'static str,
}

impl Line {
    /// A figure that has to stay at or below a target, both written by `show`.
    pub fn judged(what: impl Into<String>, target: f64, measured: f64, show: impl Fn(f64) -> String) -> Self {
        let verdict = if measured <= target { "met" } else { "missed" };
        Self { what: what.into(), target: show(target), measured: show(measured), verdict }
    }

    /// A figure without a target, or one that was not measured.
    pub fn told(what: impl Into<String>, target: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), target: target.into(), measured: measured.into(), verdict: "" }
    }
}

/// The table, with columns as wide as they have to be.
pub fn render(lines: &[Line]) -> String {
    let width = |of: fn(&Line) -> &str| lines.iter().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let (what, target) = (width(|line| &line.what).max(6), width(|line| &line.target).max(6));
    let measured = width(|line| &line.measured).max(8);
    let row = |a: &str, b: &str, c: &str, d: &str| {
        format!("{a:<what$}  {b:>target$}  {c:>measured$}  {d}").trim_end().to_owned()
    };
    let head = row("figure", "target", "measured", "");
    let rows = lines.iter().map(|line| row(&line.what, &line.target, &line.measured, line.verdict));
    std::iter::once(head).chain(rows).collect::<Vec<_>>().join("\n")
}

/// The middle one of several runs.
pub fn median(mut runs: Vec<f64>) -> f64 {
    runs.sort_by(f64::total_cmp);
    runs[runs.len() / 2]
}

/// `part` of the runs, from 0 to 1, took no longer than this.
pub fn percentile(mut runs: Vec<f64>, part: f64) -> f64 {
    runs.sort_by(f64::total_cmp);
    let position = (part * runs.len() as f64).ceil() as usize;
    runs[position.clamp(1, runs.len()) - 1]
}

/// Milliseconds as a number.
pub fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Milliseconds as text.
pub fn show_ms(value: f64) -> String {
    format!("{value:.1} ms")
}

/// A plain count as text.
pub fn show_count(value: f64) -> String {
    format!("{value:.0}")
}
