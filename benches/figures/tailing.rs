//! Bytes to the terminal for each line that comes while logs are followed, all that is on the screen included.

use std::time::{Duration, Instant};

use super::server::Server;
use super::table::{Line, show_count};
use super::terminal::Terminal;

const SIZE: (u16, u16) = (200, 60);
const SECONDS: u64 = 60;

/// Measures.
pub fn measure() -> Vec<Line> {
    let seconds = std::env::var("QUARTERDECK_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let server = Server::start(&["--scenario", "fifty"]);
    let mut console = Terminal::sized(SIZE, &["--endpoint-url", &server.url, "--cluster", "harbor"]);
    console.wait(|screen| screen.contains("Services") && screen.contains("Alarms"));
    console.keys("3");
    console.wait(|screen| screen.contains("SERVICE") && screen.contains("running"));
    console.keys("l");
    console.wait(|screen| lines(screen).is_some_and(|lines| lines > 100) && !screen.contains("catching up"));
    let (before, started) = (lines(&console.text()).unwrap_or(0), Instant::now());
    std::thread::sleep(Duration::from_secs(seconds));
    let came = lines(&console.text()).unwrap_or(0) - before;
    let frames = console.frames(started);
    let bytes: usize = frames.iter().map(|frame| frame.bytes).sum();
    vec![
        Line::judged("bytes for each tailed line at 200×60", 400.0, bytes as f64 / came as f64, show_count),
        Line::told(format!("lines, pieces of output in {seconds} s of that"), "", format!("{came}, {}", frames.len())),
    ]
}

/// How many lines the title says are there.
fn lines(screen: &str) -> Option<u64> {
    let title = screen.lines().find(|line| line.contains(" Logs of "))?;
    let words: Vec<&str> = title.split_whitespace().collect();
    let at = words.iter().position(|word| *word == "lines")?;
    words.get(at.checked_sub(1)?)?.replace(',', "").parse().ok()
}
