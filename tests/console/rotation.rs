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

/// What the form of a rollout is filled in with, from its first field on: field after field, `None` leaves one as it is.
type Fields<'a> = [Option<&'a str>; 10];

/// Starts a rollout.
fn roll_out(screen: &mut Screen, fields: Fields<'_>, said: &str) {
    screen.keys("a");
    screen.wait_for("Replace every instance, gradually");
    screen.keys("O");
    let text = screen.wait_for("type harbor to confirm");
    assert!(text.contains("at a time") && text.contains("goes from version"), "{text}");
    for field in fields {
        if let Some(value) = field {
            // What stands there goes first.
            screen.keys(&format!("\x15\x0b{value}"));
        }
        screen.keys("\t");
    }
    screen.wait_for(said);
    screen.keys("harbor\t\t");
    screen.wait_for("▸ Roll out");
    start(screen, "execution Roll out");
}

/// Starts what is planned. Tasks come and go in this fleet: a plan that says something new is read again.
fn start(screen: &mut Screen, page: &str) {
    screen.keys("\r");
    let started = |text: &str| text.contains(page);
    while !started(&screen.wait("the run, or another plan", |text| started(text) || text.contains("has changed"))) {
        screen.keys("\t\r");
        screen.wait("an answer", |text| !text.contains("has changed"));
    }
}

/// Starts an action on what is chosen that takes nothing but a reason.
fn act(screen: &mut Screen, key: &str, (about, button): (&str, &str), page: &str) -> String {
    screen.keys("a");
    screen.wait_for(about);
    screen.keys(key);
    screen.wait_for("Why");
    screen.keys("new kernel");
    let plan = screen.wait_for("new kernel");
    screen.keys(SHIFT_TAB);
    screen.wait_for(&format!("▸ {button}"));
    start(screen, page);
    plan
}

/// Waits on the page of AMIs until that version stands like that there.
fn standing(screen: &mut Screen, standing: &str, version: &str) {
    screen.keys("8");
    screen.wait_within(PATIENCE, &format!("version {version} is {standing}"), |text| {
        let is = |line: &str| line.contains(standing) && line.contains(version) && line.contains("passed");
        text.lines().any(is)
    });
}

#[test]
fn a_bake_is_promoted_and_a_rollout_stopped_at_its_checkpoint_goes_back() {
    let mut screen = Screen::open(&["demo", "--scenario", "healthy", "--seed", "7", "--speed", "60"], (120, 44));
    screen.wait_for("Instances 24");
    bake(&mut screen);
    let mut fields: Fields<'_> = [None; 10];
    (fields[0], fields[4]) = (Some("new AMI"), Some("2h"));
    roll_out(&mut screen, fields, "it pauses for 2 h");
    screen.wait_within(PATIENCE, "the instance refresh", |text| text.contains("instance refresh"));
    screen.keys("9");
    screen.wait_for("─ rollout harbor-instances");
    screen.wait_within(PATIENCE, "the first checkpoint", |text| text.contains("at a checkpoint"));
    screen.keys("x");
    screen.wait_for("harbor-instances goes back to version 12");
    screen.wait_for("Leave it");
    screen.keys("\t");
    screen.wait_for("▸ Stop");
    screen.keys("\r");
    screen.wait_within(PATIENCE, "the way back", |text| text.contains("going back") || text.contains("went back"));
    screen.wait_within(PATIENCE, "its end", |text| text.contains("went back"));
    screen.wait_for("It turned round at");
}

#[test]
fn an_ami_is_promoted_and_taken_back() {
    let mut screen = Screen::open(&["demo", "--scenario", "healthy", "--seed", "7", "--speed", "60"], (120, 44));
    screen.wait_for("Instances 24");
    standing(&mut screen, "promoted", "12");
    // The newest one, which no version starts from.
    screen.keys("gg");
    let plan = act(&mut screen, "p", ("Let the next rollout bring it", "Promote"), "execution Promote");
    assert!(plan.contains("the next rollout brings ami-") && plan.contains("has passed its test"), "{plan}");
    standing(&mut screen, "promoted", "13");
    standing(&mut screen, "previous", "12");
    let about = ("Let the next rollout bring the AMI from before", "Roll back AMI");
    let plan = act(&mut screen, "P", about, "execution Roll back AMI");
    assert!(plan.contains("the next rollout brings version 12"), "{plan}");
    standing(&mut screen, "promoted", "12");
    standing(&mut screen, "previous", "13");
}

#[test]
fn a_rollout_at_its_checkpoint_is_stopped_by_an_alarm_and_goes_back() {
    // Amazon's newest AMI is no good, so that a bake fails, and there is an alarm for that.
    let arguments = ["demo", "--scenario", "healthy", "--seed", "7", "--speed", "60", "--bad-base", "task"];
    let mut screen = Screen::open(&arguments, (120, 44));
    screen.wait_for("Instances 24");
    screen.keys("8");
    screen.wait_for("promoted");
    screen.keys("gg");
    act(&mut screen, "p", ("Let the next rollout bring it", "Promote"), "execution Promote");
    standing(&mut screen, "promoted", "13");
    let mut fields: Fields<'_> = [None; 10];
    (fields[0], fields[1], fields[4]) = (Some("new kernel"), Some("harbor-bake-failed"), Some("8h"));
    roll_out(&mut screen, fields, "it pauses for 8 h");
    screen.wait_within(PATIENCE, "the instance refresh", |text| text.contains("instance refresh"));
    screen.keys("9");
    screen.wait_within(PATIENCE, "the first checkpoint", |text| text.contains("at a checkpoint"));
    act(&mut screen, "B", ("Build an AMI, test it and promote it", "Bake"), "execution Bake");
    screen.wait_within(PATIENCE, "the test that fails", |text| text.contains("Failed in step judge"));
    screen.keys("9");
    screen.wait_within(PATIENCE, "its end", |text| text.contains("went back"));
    // One frame comes in several pieces.
    for said in ["The alarm harbor-bake-failed is in", "harbor-bake-failed  firing", "It turned round at 20 %"] {
        screen.wait_for(said);
    }
    screen.wait_within(PATIENCE, "every instance on what ran before", |text| text.contains("version 12  24/24"));
}

#[test]
fn an_instance_on_which_nothing_fails_is_not_ejected_and_that_is_said() {
    let mut screen = Screen::open(&["demo", "--scenario", "healthy", "--seed", "7", "--speed", "60"], (120, 44));
    screen.wait_for("Instances 24");
    screen.keys("2");
    screen.wait_for("INSTANCE");
    screen.keys("gga");
    screen.wait_for("Replace it, if failures concentrate there");
    screen.keys("E");
    let text = screen.wait_for("the runbook ejects nothing then");
    let name = text.lines().find_map(|line| line.split("type ").nth(1)?.split(' ').next()).expect("a name to confirm");
    screen.keys("it looks odd");
    screen.wait_for("it looks odd");
    screen.keys(&format!("\t\t{name}"));
    screen.wait_for(&format!("confirm         {name}"));
    screen.keys("\t\t");
    screen.wait_for("▸ Eject");
    start(&mut screen, "execution Eject");
    screen.wait_within(PATIENCE, "what came of it", |text| text.contains("It has ejected nothing"));
    screen.wait_for("nobodyIsSuspected");
    screen.keys("2");
    screen.wait_for(name);
}
