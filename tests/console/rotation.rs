//! From a bake to a rollout and back, by key.

use std::time::Duration;

use crate::screen::Screen;

/// Everything here waits for the simulated fleet, where a minute passes in a second, and for reads that come when they are due.
const PATIENCE: Duration = Duration::from_secs(240);

const SHIFT_TAB: &str = "\x1b[Z";

/// Bakes an AMI, watches its test and that it is promoted.
fn bake(screen: &mut Screen) {
    screen.keys("8");
    screen.wait_for("BESIDE WHAT IS PROMOTED");
    screen.keys("a");
    screen.wait_for("Build an AMI, test it and promote it");
    screen.keys("B");
    screen.wait_for("once its test has passed it is promoted");
    screen.keys("new kernel");
    screen.wait_for("new kernel");
    screen.keys(SHIFT_TAB);
    screen.wait_for("▸ Bake");
    screen.keys("\r");
    screen.wait_for("Candidate");
    screen.wait_within(PATIENCE, "the test of the candidate", |text| {
        text.contains("passed") && text.contains("status             done") && text.contains("promoted")
    });
    screen.keys("8");
    let text = screen.wait_within(PATIENCE, "the promoted AMI", |text| {
        text.lines().any(|line| line.contains("promoted") && line.contains("passed"))
    });
    assert!(text.contains("previous"), "the one before is what a roll back goes to:\n{text}");
}

/// Starts a rollout that pauses for long at its checkpoints.
fn roll_out(screen: &mut Screen) {
    screen.keys("a");
    screen.wait_for("Replace every instance, gradually");
    screen.keys("O");
    let text = screen.wait_for("type harbor to confirm");
    assert!(text.contains("at a time") && text.contains("goes from version"), "{text}");
    screen.keys("new AMI");
    screen.wait_for("new AMI");
    // Down to the pause at checkpoints, which is the fourth of the others.
    screen.keys("\t\t\t\t\x15\x0b2h");
    screen.wait_for("it pauses for 2 h");
    screen.keys(&SHIFT_TAB.repeat(7));
    screen.keys("harbor\t\t");
    screen.wait_for("▸ Roll out");
    screen.keys("\r");
    let started = |text: &str| text.contains("execution Roll out");
    // Tasks come and go in this fleet: a plan that says something new is read again.
    while !started(&screen.wait("the run, or another plan", |text| started(text) || text.contains("has changed"))) {
        screen.keys("\t\r");
        screen.wait("an answer", |text| !text.contains("has changed"));
    }
}

#[test]
fn a_bake_is_promoted_and_a_rollout_stopped_at_its_checkpoint_goes_back() {
    let mut screen = Screen::open(&["demo", "--scenario", "healthy", "--seed", "7", "--speed", "60"], (120, 44));
    screen.wait_for("Instances 24");
    bake(&mut screen);
    roll_out(&mut screen);
    screen.wait_within(PATIENCE, "the instance refresh", |text| text.contains("instance refresh"));
    screen.keys("9");
    screen.wait_for("─ rollout harbor-instances");
    screen.wait_within(PATIENCE, "the first checkpoint", |text| text.contains("at a checkpoint"));
    screen.keys("x");
    screen.wait_for("Leave it");
    screen.keys("\t");
    screen.wait_for("▸ Stop");
    screen.keys("\r");
    screen.wait_within(PATIENCE, "the way back", |text| text.contains("going back") || text.contains("went back"));
    let text = screen.wait_within(PATIENCE, "its end", |text| text.contains("went back"));
    assert!(text.contains("It turned round at"), "{text}");
}
