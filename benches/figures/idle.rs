//! What the console spends while nothing changes.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::complete::complete;
use super::server::Server;
use super::table::{Line, median, show_count};
use super::terminal::{Frame, Terminal};

/// Everything has been read for the first time by then, what came late is drawn, and the console has noticed that nothing changes.
const SETTLING: Duration = Duration::from_secs(45);
const SECONDS: u64 = 60;
/// So many windows in a row: some panels are read only every two minutes, and more seldom where nobody looks.
const WINDOWS: usize = 5;

/// Measures.
pub fn measure() -> Vec<Line> {
    let seconds = std::env::var("QUARTERDECK_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(SECONDS);
    let server = Server::start(&["--scenario", "fifty", "--still"]);
    let console = Terminal::on(&server, &[]);
    console.wait(complete);
    std::thread::sleep(SETTLING);
    let started = Instant::now();
    let shares = (0..WINDOWS).map(|_| share(console.pid(), Duration::from_secs(seconds))).collect();
    let frames = console.frames(started);
    let within: Vec<&Frame> = frames.iter().filter(|frame| !is_step(frame)).collect();
    within.iter().for_each(|frame| eprintln!("idle: a frame within a step changed {:?}", changed(frame)));
    let within = within.len();
    let bytes: usize = frames.iter().map(|frame| frame.bytes).sum();
    vec![
        Line::judged(format!("CPU over {seconds} s of unchanged polls"), 0.1, median(shares), |it| {
            format!("{it:.2} %")
        }),
        Line::judged(format!("frames in {WINDOWS} times that, within a step of ages"), 0.0, within as f64, show_count),
        Line::told("frames at steps, bytes of all", "", format!("{}, {bytes}", frames.len() - within)),
    ]
}

/// The share of a processor that the process spends in that time, in percent.
fn share(pid: u32, time: Duration) -> f64 {
    let (before, started) = (cpu_ticks(pid), Instant::now());
    std::thread::sleep(time);
    let spent = (cpu_ticks(pid) - before) as f64 / ticks_a_second();
    100.0 * spent / started.elapsed().as_secs_f64()
}

/// Whether a frame moved ages and the meter of calls, and nothing else.
fn is_step(frame: &Frame) -> bool {
    let timeless = |screen: &str| -> Vec<String> {
        screen.split_whitespace().filter(|word| !is_age(word)).map(str::to_owned).collect()
    };
    frame.before != frame.after && timeless(&frame.before) == timeless(&frame.after)
}

/// The lines that a frame changed, before and after.
fn changed(frame: &Frame) -> Vec<(&str, &str)> {
    frame.before.lines().zip(frame.after.lines()).filter(|(before, after)| before != after).collect()
}

/// An age (`<30s`, `11h`, `42m`), the bar that draws one, the rule that ends beside one, or the number of calls.
fn is_age(word: &str) -> bool {
    let number = word.trim_start_matches('<').trim_end_matches(['s', 'm', 'h', 'd']);
    let bar = word.chars().all(|c| c == '─' || ('▀'..='▟').contains(&c));
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())) || bar
}

/// What the process spent in user and kernel mode, in clock ticks: fields 14 and 15 of `/proc/PID/stat`, see proc(5).
pub fn cpu_ticks(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the console runs");
    // The second field is a name that may hold anything, in parentheses.
    let fields = stat.rsplit(')').next().unwrap().split_whitespace();
    fields.skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum()
}

/// Clock ticks in a second.
pub fn ticks_a_second() -> f64 {
    let answer = Command::new("getconf").arg("CLK_TCK").output().expect("getconf is there");
    String::from_utf8(answer.stdout).unwrap().trim().parse().unwrap()
}
