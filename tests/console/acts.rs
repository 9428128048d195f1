//! Acting, from a key to what the fleet says of it.

use std::time::Duration;

use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::Options;

use crate::screen::Screen;

const SIZE: (u16, u16) = (120, 40);

/// A demo in which a minute passes in a second.
fn demo() -> Screen {
    let screen = Screen::open(&["demo", "--seed", "7", "--speed", "60"], SIZE);
    screen.wait_for("Alarms 3");
    screen
}

/// Fills in why, and starts it without a name.
fn start(screen: &mut Screen, why: &str) {
    screen.wait_for("Reason");
    screen.keys(why);
    screen.keys("\t");
    screen.wait_for(why);
    // The way to the button leads over Cancel, which is where Enter stops by itself.
    screen.keys("\x1b[Z\x1b[Z");
    screen.wait("Start has the keys", |text| text.contains("▸ ") && !text.contains("▸ Cancel"));
    screen.keys("\r");
}

#[test]
fn a_firing_alarm_is_silenced_and_says_until_when() {
    let mut screen = demo();
    screen.keys("5/deployment-stuck\r");
    screen.wait("the alarm alone", |text| {
        text.contains("recommendations-deployment-stuck") && !text.contains("mailer-cpu")
    });
    screen.keys("a");
    screen.wait_for("Mute alarms for a while");
    screen.keys("s");
    start(&mut screen, "looking into it");
    screen.wait("the run to end", |text| text.contains("SilenceAlarm") && text.contains("done"));
    screen.keys("5");
    screen.wait_for("silenced to");
}

/// The instance past its age under the cursor, and what it is called.
fn aged(screen: &mut Screen) -> String {
    screen.keys("2/limit 12 h\r");
    let text = screen.wait("the instance past its age alone", |text| {
        text.contains("old, limit 12 h") && text.matches("AMI").count() < 9 && text.contains("1 of ")
    });
    let row = text.lines().find(|line| line.contains("limit 12 h")).expect("its row");
    row.split_whitespace().find(|word| word.starts_with("i-")).expect("its id").to_owned()
}

#[test]
fn an_instance_past_its_age_is_recycled_and_the_finding_goes() {
    let mut screen = demo();
    let id = aged(&mut screen);
    screen.keys("a");
    screen.wait_for("its group replaces it");
    screen.keys("r");
    screen.wait_for("move");
    screen.keys("past its age\t");
    screen.keys(&id);
    screen.keys("\t\t");
    screen.wait_for("▸ Recycle");
    screen.keys("\r");
    let page = |text: &str| text.contains("Steps") && text.contains(&id);
    // Tasks come and go in this fleet: a plan that says something new is read again.
    while !page(&screen.wait("the run, or another plan", |text| page(text) || text.contains("has changed"))) {
        screen.keys("\t\r");
        screen.wait("an answer", |text| !text.contains("has changed"));
    }
    screen.wait("the run to end", |text| text.contains("done") && text.contains("waitForReplacement"));
    screen.keys("2\x1b");
    screen.wait("another one in its place", |text| text.contains("Instances 24") && !text.contains(&id));
}

#[test]
fn an_instance_past_its_age_is_drained_and_says_what_holds_it_until_nothing_does() {
    let mut screen = Screen::open(&["demo", "--seed", "7", "--speed", "20"], SIZE);
    screen.wait_for("Alarms 3");
    let id = aged(&mut screen);
    screen.keys("a");
    screen.wait_for("Move its tasks elsewhere");
    screen.keys("d");
    screen.wait_for("move");
    start(&mut screen, "past its age");
    screen.wait("the run", |text| text.contains("DrainInstance") && text.contains("Steps"));
    let text = screen.wait("what holds it", |text| text.contains("Still on") && text.contains(&id));
    assert!(text.contains("task"), "{text}");
    screen.wait("the run to end", |text| text.contains("done") && !text.contains("in progress"));
    screen.keys("2");
    screen.wait("it to be empty", |text| text.contains(&id) && text.contains("DRAINING"));
}

#[test]
fn a_freeze_shows_in_the_header_until_it_is_thawed() {
    let mut screen = demo();
    screen.keys("1a");
    screen.wait_for("Pause rotation, bakes and ejection");
    screen.keys("f");
    start(&mut screen, "spring sale");
    let text = screen.wait("the header to say so", |text| header(text).contains("frozen until"));
    assert!(text.contains("FreezeFleet"), "{text}");
    screen.keys("1a");
    screen.wait_for("End the freeze");
    screen.keys("t");
    start(&mut screen, "it is over");
    screen.wait("the header to say nothing of it", |text| !header(text).contains("frozen"));
}

fn header(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

#[test]
fn a_failing_deployment_is_rolled_back_and_its_alarm_clears() {
    let mut screen = demo();
    let name = "recommendations";
    screen.keys("3/recommendations\r");
    screen.wait("the service alone", |text| text.contains(name) && text.contains("1 of "));
    screen.keys("a");
    screen.wait_for("Go back to what ran before this deployment");
    screen.keys("b");
    confirm(&mut screen, "its containers exit", name);
    screen.wait("the run to end", |text| text.contains("RollbackDeployment") && text.contains("done"));
    screen.keys("5/deployment-stuck\r");
    // CloudWatch looks once a minute of the clock, whatever the speed.
    screen.wait_within(Duration::from_secs(240), "the alarm to clear", |text| {
        text.lines().any(|line| line.contains("state ") && line.contains(" OK "))
    });
}

#[test]
fn a_quarantined_instance_is_kept_outside_of_its_group() {
    let mut screen = demo();
    let id = aged(&mut screen);
    screen.keys("a");
    screen.wait_for("keep it outside of its group");
    screen.keys("Q");
    confirm(&mut screen, "odd system calls", &id);
    screen.wait("the run to end", |text| text.contains("QuarantineInstance") && text.contains("done"));
    screen.keys("2\x1b");
    // It is there still, and another one has its place in the group.
    screen.wait("it is kept", |text| text.contains("Instances 25") || text.contains(&id));
}

/// Says why and the target's name, and starts it; once more if the plan has changed meanwhile.
fn confirm(screen: &mut Screen, why: &str, name: &str) {
    screen.wait_for("Reason");
    screen.keys(why);
    screen.keys("\t");
    screen.wait_for(why);
    screen.keys(name);
    screen.keys("\t\t");
    screen.wait("Start has the keys", |text| text.contains("▸ ") && !text.contains("▸ Cancel"));
    screen.keys("\r");
    let page = |text: &str| text.contains("Steps") && text.contains(name);
    while !page(&screen.wait("the run, or another plan", |text| page(text) || text.contains("has changed"))) {
        screen.keys("\t\r");
        screen.wait("an answer", |text| !text.contains("has changed"));
    }
}

#[test]
fn whatever_is_pressed_a_read_only_console_changes_nothing() {
    let seed = fastrand::u64(..);
    eprintln!("seed {seed}");
    let mut random = fastrand::Rng::with_seed(seed);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let sim = Sim::new(Options { seed: 7, ..Options::default() }, Clock::system());
    let server = runtime.block_on(sim.listen(([127, 0, 0, 1], 0).into())).expect("a port");
    let url = server.url();
    let arguments = ["--read-only", "--cluster", "harbor", "--endpoint-url", &url, "--region", "eu-west-1"];
    let mut screen = Screen::open(&arguments, SIZE);
    screen.wait_for("Alarms 3");
    let words = ["1", "2", "3", "4", "5", "7", "T", "j", "k", "a", "\r", "\t", "\x1b", "\x1b[C", "\x1b[Z", " "];
    let letters = ["s", "u", "d", "r", "Q", "x", "e", "b", "n", "c", "f", "t", "X", "A", "R", "y"];
    for _ in 0..40 {
        for _ in 0..25 {
            let keys = if random.bool() { &words } else { &letters };
            screen.keys(keys[random.usize(..keys.len())]);
        }
        // Every one of them was taken before the next ones come.
        screen.keys("\x1b\x1b\x1b1");
        screen.wait("the bridge", |text| text.contains("Bridge"));
    }
    let mutating = ["StartAutomationExecution", "StopAutomationExecution", "SendAutomationSignal"];
    let sent: Vec<String> = sim.calls().into_iter().map(|call| call.operation).collect();
    assert!(sent.iter().any(|operation| operation == "DescribeAlarms"), "it did call");
    assert!(sent.iter().all(|operation| !mutating.contains(&operation.as_str())), "seed {seed}: {sent:?}");
}
