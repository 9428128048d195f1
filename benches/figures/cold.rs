//! A release from nothing on two cores.

use std::process::Command;
use std::time::Instant;

use super::table::Line;

const TARGET: f64 = 10.0;

/// Measures, if asked to.
pub fn measure() -> Vec<Line> {
    let what = "cold release build on two cores";
    let show = |minutes: f64| format!("{minutes:.1} min");
    if !std::env::args().any(|word| word == "--cold-build") {
        return vec![Line::told(what, show(TARGET), "not measured (--cold-build)")];
    }
    let target = tempfile::tempdir().unwrap();
    let started = Instant::now();
    let built = Command::new(env!("CARGO"))
        .args(["build", "--release", "--locked", "--jobs", "2"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("CARGO_TARGET_DIR", target.path())
        .status()
        .expect("cargo starts");
    if !built.success() {
        return vec![Line::told(what, show(TARGET), "the build failed")];
    }
    vec![Line::judged(what, TARGET, started.elapsed().as_secs_f64() / 60.0, show)]
}
