//! Commands that only print.

use std::process::{Command, Output};

fn quarterdeck(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_quarterdeck")).args(arguments).output().expect("quarterdeck starts")
}

fn printed(arguments: &[&str]) -> String {
    let output = quarterdeck(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_schema_of_the_status_is_printed_without_asking_anybody() {
    let schema: serde_json::Value = serde_json::from_str(&printed(&["status", "--schema"])).expect("JSON");
    assert!(schema["properties"]["instances"].is_object(), "{schema}");
}

#[test]
fn keys_and_completions_are_printed() {
    assert!(printed(&["keys"]).contains("`app.quit`"));
    assert!(printed(&["completions", "bash"]).contains("quarterdeck"));
}

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    for (arguments, told) in [
        (["sim", "--listen", "0.0.0.0:4570"], "loopback"),
        (["sim", "--scenario", "tempest"], "story, healthy"),
        (["sim", "--fault", "smash"], "throttle"),
        (["demo", "--speed", "0"], "above 0"),
    ] {
        let output = quarterdeck(&arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && errors.contains(told), "{arguments:?}: {errors}");
    }
}

#[test]
fn the_console_says_that_it_needs_a_terminal() {
    let output = quarterdeck(&["demo"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("needs a terminal"), "{errors}");
}
