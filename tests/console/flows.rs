use nix::sys::signal::Signal;
use quarterdeck::runtime::terminal::{Options, Terminal};

use crate::screen::Screen;

const DEMO: &[&str] = &["demo", "--seed", "7"];
const SIZE: (u16, u16) = (120, 40);

/// A demo whose instances have been read.
fn demo() -> Screen {
    let screen = Screen::open(DEMO, SIZE);
    screen.wait_for("Instances 24");
    screen
}

#[test]
fn it_starts_on_the_bridge_and_quits_by_key() {
    let mut screen = demo();
    screen.wait_for("Bridge");
    assert!(screen.screen(vt100::Screen::alternate_screen));
    assert!(!screen.cooked());
    screen.keys("q");
    assert!(screen.end().success());
    screen.assert_restored();
}

#[test]
fn a_row_opens_and_escape_leads_back() {
    let mut screen = demo();
    screen.keys("2");
    screen.wait_for("INSTANCE");
    screen.keys("jj\r");
    screen.wait("the page of an instance", |text| text.contains("launched") && !text.contains("INSTANCE "));
    screen.keys("\x1b");
    screen.wait_for("INSTANCE");
    screen.keys("q");
    assert!(screen.end().success());
}

#[test]
fn a_filter_narrows_as_it_is_typed_and_escape_clears_it() {
    let mut screen = demo();
    screen.keys("3");
    screen.wait_for("SERVICE");
    screen.keys("/check");
    screen.wait("only checkout", |text| text.contains("checkout") && !text.contains("catalog"));
    screen.keys("\x1b");
    screen.wait_for("catalog");
}

/// On the lines of the story's alarm, read to the present.
fn logs_of_an_alarm(screen: &Screen) {
    let text = screen.wait("every line up to now", |text| text.contains(" lines") && !text.contains("catching up"));
    assert!(text.contains("Logs of recommendations-deployment-stuck"), "{text}");
}

#[test]
fn the_firing_alarm_leads_to_a_stack_trace_and_back() {
    let mut screen = demo();
    screen.keys("5");
    screen.wait_for("recommendations-deployment-stuck");
    screen.keys("jl");
    logs_of_an_alarm(&screen);
    screen.keys("n");
    screen.wait_for("Traceback");
    screen.keys("/level>=error");
    screen.wait("errors alone", |text| text.contains("pass") && !text.contains(" INFO "));
    screen.keys("\r\x1b");
    screen.wait_for(" INFO ");
    screen.keys("\x1b");
    screen.wait_for("─ Alarms");
    screen.keys("q");
    assert!(screen.end().success());
    screen.assert_restored();
}

#[test]
fn a_pager_has_the_terminal_until_it_ends_and_gets_its_keys() {
    let pager = r#"page() { echo "paged $(grep -c recommendations "$1" | sed 's/[0-9]*[1-9][0-9]*/some/')"; read -r key; echo "got $key"; read -r key; }; page"#;
    let script = format!("export PAGER='{}'; \"$0\" demo --seed 7; echo ended", pager.replace('\'', r"'\''"));
    let mut screen = Screen::shell(&script, SIZE);
    screen.wait_for("Instances 24");
    screen.keys("5");
    screen.wait_for("recommendations-deployment-stuck");
    screen.keys("jl");
    logs_of_an_alarm(&screen);
    screen.keys("o");
    screen.wait_for("paged some");
    screen.keys("q12\r");
    screen.wait_for("got q12");
    screen.keys("\r");
    screen.wait_for("Logs of recommendations-deployment-stuck");
    screen.keys("q");
    screen.wait_for("ended");
    screen.assert_restored();
}

#[test]
fn a_query_runs_and_shows_what_it_scanned() {
    let mut screen = demo();
    screen.keys("6");
    screen.wait_for("LOG GROUP");
    screen.keys("i");
    screen.wait_for("Saved queries");
    screen.keys("e\x15fields @timestamp, @message | limit 3\r");
    screen.wait_for("complete: 3 rows");
    screen.keys("q");
    assert!(screen.end().success());
}

#[test]
fn a_resize_draws_anew_and_too_small_says_so() {
    let screen = demo();
    screen.resize((59, 15));
    screen.wait("a plain line", |text| text.contains("60") && !text.contains("Instances"));
    screen.resize((200, 50));
    screen.wait_for("Instances 24");
}

#[test]
fn signals_end_it_with_the_terminal_restored() {
    for (signal, code) in [(Signal::SIGTERM, 143), (Signal::SIGHUP, 129)] {
        let mut screen = demo();
        screen.signal(signal);
        assert_eq!(screen.end().exit_code(), code, "{signal}");
        screen.assert_restored();
    }
}

#[test]
fn ctrl_z_gives_the_terminal_back_and_fg_takes_it_again() {
    let script = r#"set -m; "$0" demo --seed 7; echo "stopped with $?"; read -r; fg >/dev/null; echo ended"#;
    let mut screen = Screen::shell(script, SIZE);
    screen.wait_for("Instances 24");
    screen.keys("\x1a");
    screen.wait_for("stopped with");
    screen.assert_restored();
    screen.keys("\r");
    screen.wait_for("Instances 24");
    assert!(screen.screen(vt100::Screen::alternate_screen));
    screen.keys("q");
    screen.wait_for("ended");
    screen.assert_restored();
}

#[test]
fn a_panic_restores_the_terminal_before_it_is_told() {
    let mut screen = Screen::victim("flows::victim_of_a_panic", SIZE);
    screen.wait_for("the hull is breached");
    screen.end();
    screen.assert_restored();
    assert_eq!(screen.wrote("\x1b[?1049h"), 1, "the alternate screen was taken once");
}

#[test]
#[ignore = "panics in a terminal of its own: a_panic_restores_the_terminal_before_it_is_told starts it there"]
fn victim_of_a_panic() {
    let mut terminal = Terminal::enter(Options::default()).expect("a terminal");
    terminal.draw(|buffer| buffer.set_string(0, 0, "afloat", ratatui::style::Style::new())).expect("a frame");
    panic!("the hull is breached");
}
