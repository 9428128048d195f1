//! The simulated AWS held against botocore, which knows AWS's models and nothing of this program.

#![expect(clippy::panic, reason = "a test may stop at the first surprise")]

mod day;
mod happenings;
mod runbooks;
#[path = "../support/mod.rs"]
mod support;
mod template;

use std::path::Path;
use std::process::Command;

use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::faults::Rule;
use quarterdeck::sim::options::{Options, Scenario};
use support::moto::moto;
use support::python::python;
use tokio::runtime::Runtime;

/// Runs a script beside this file against `sim`.
fn check(script: &str, sim: &Sim, arguments: &[&str]) {
    let runtime = Runtime::new().expect("a runtime can be had");
    let server = runtime.block_on(sim.listen(([127, 0, 0, 1], 0).into())).expect("a loopback port can be had");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/wire").join(script);
    let output = Command::new(python())
        .arg("-B")
        .arg(path)
        .arg(server.url())
        .args(arguments)
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .output()
        .expect("Python can be started");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script} {arguments:?}\n{told}");
}

/// An account without rates, so that thousands of calls need no pauses.
fn sim(options: Options) -> Sim {
    Sim::new(Options { limits: false, ..options }, Clock::system())
}

#[test]
fn the_models_are_botocores_own() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/sim/models/trim.py");
    let output = Command::new(python()).arg("-B").arg(script).arg("--check").output().expect("Python can be started");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_strict_check_finds_what_is_wrong() {
    check("strictness.py", &sim(Options::default()), &[]);
}

#[test]
fn every_operation_answers_what_its_model_allows() {
    check("reads.py", &sim(Options::default()), &[]);
}

#[test]
fn live_tail_brings_what_comes_in_every_second() {
    check("live.py", &sim(Options { scenario: Scenario::Bare, ..Options::default() }), &[]);
}

#[test]
fn live_tail_is_started_five_times_a_second() {
    // Time stands still, so that nothing comes back.
    let now = jiff::Timestamp::now();
    let options = Options { scenario: Scenario::Bare, ..Options::default() };
    check("live.py", &Sim::new(options, Clock::from_source(move || now)), &["rates"]);
}

#[test]
fn what_the_models_forbid_is_refused_as_each_service_refuses_it() {
    check("refusals.py", &sim(Options::default()), &[]);
}

#[test]
fn botocores_own_examples_are_understood() {
    check("examples.py", &sim(Options::default()), &[]);
}

#[test]
fn moto_seeded_alike_answers_alike_but_for_what_is_listed() {
    let moto = moto();
    let options = Options { scenario: Scenario::Bare, speed: 100.0, ..Options::default() };
    check("alike.py", &sim(options), &[&moto.endpoint]);
}

#[test]
fn faults_are_what_a_client_of_aws_takes_them_for() {
    for kind in ["throttle", "deny", "error", "truncated", "reset"] {
        let rule: Rule = kind.parse().expect("a fault");
        check("faults.py", &sim(Options { faults: vec![rule], ..Options::default() }), &[kind]);
    }
}

#[test]
fn log_reads_find_every_event_once_whatever_the_number() {
    for count in ["0", "1", "100", "101", "1234"] {
        check("log_pages.py", &sim(Options { scenario: Scenario::Bare, ..Options::default() }), &[count]);
    }
}

#[test]
fn paged_operations_find_everything_once_whatever_the_size() {
    for size in [0, 1, 100, 101, 1_234] {
        // Time stands still, so that nothing comes or goes between two pages.
        let now = jiff::Timestamp::now();
        let options = Options {
            instances: Some(size),
            services: Some(size.min(230)),
            scenario: Scenario::Scale,
            limits: false,
            ..Options::default()
        };
        let sim = Sim::new(options, Clock::from_source(move || now));
        let counts = sim.with_world(|world| {
            serde_json::json!({
                "DescribeAutoScalingGroups": world.groups.len(),
                "DescribeAutoScalingInstances": world.groups.values().map(|group| group.members.len()).sum::<usize>(),
                "DescribeInstances": world.instances.len(),
                "DescribeLogGroups": world.log_groups.len(),
                "DescribeSecurityGroups": world.security_groups.len(),
                "ListContainerInstances": world.instances.values().filter(|one| one.container.is_some()).count(),
                "ListServices": world.services.len(),
            })
        });
        check("pages.py", &sim, &[&counts.to_string()]);
    }
}
