//! Resident memory of the console.

use std::fs;

use super::complete::complete;
use super::server::Server;
use super::table::Line;
use super::terminal::Terminal;

/// Reads as fast as AWS's own rates allow: what is measured is memory, not patience.
const CONFIG: &str = "[refresh]\nfirst_load_share = 1.0\nrefresh_share = 0.95\n";

/// Measures.
pub fn measure() -> Vec<Line> {
    let server = Server::start(&["--scenario", "fifty", "--still"]);
    let console = Terminal::on(&server, &[]);
    console.wait(complete);
    let small = resident(console.pid());
    drop((console, server));

    let config = tempfile::NamedTempFile::with_suffix(".toml").unwrap();
    fs::write(config.path(), CONFIG).unwrap();
    let server = Server::start(&["--scenario", "scale", "--instances", "5000", "--services", "230", "--still"]);
    let console = Terminal::on(&server, &["--config", &config.path().to_string_lossy()]);
    // Of so many tasks only those in sight are read: their number stays a lower bound.
    console.wait(|screen| ["Instances", "Targets", "Alarms"].iter().all(|name| counted(screen, name)));
    let large = resident(console.pid());
    vec![
        Line::told("resident memory at 50 instances, 300 tasks", "", format!("{small} MiB")),
        Line::told("resident memory at 5,000 instances, 50,000 tasks", "", format!("{large} MiB")),
    ]
}

/// Whether the header gives an exact number for this.
fn counted(screen: &str, name: &str) -> bool {
    let words: Vec<&str> = screen.lines().nth(1).unwrap_or_default().split_whitespace().collect();
    let after = words.iter().position(|word| *word == name).and_then(|at| words.get(at + 1));
    after.is_some_and(|word| word.starts_with(|first: char| first.is_ascii_digit()))
}

fn resident(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the console runs");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("Linux tells it");
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}
