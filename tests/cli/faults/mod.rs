//! One operation fails at a time, in every way: what was not read is said to be unknown and nothing else is wrong.

use std::collections::{BTreeMap, BTreeSet};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use jiff::SignedDuration;
use quarterdeck::app::Screen;
use quarterdeck::fleet::finding::Severity;
use quarterdeck::fleet::pace::Intervals;
use quarterdeck::fleet::policy::Policy;
use quarterdeck::fleet::reading::{Failure, FailureKind};
use quarterdeck::fleet::snapshot::PanelRead;
use quarterdeck::fleet::status::Status;
use quarterdeck::fleet::view::Fleet;
use quarterdeck::runtime::needs::{Extras, Watch};
use quarterdeck::runtime::refresh::Refresh;
use quarterdeck::sim::options::{Options, Scenario};
use serde_json::Value;

use self::stage::{Console, LISTS};
use crate::account::Account;

mod claims;
mod frames;
mod lines;
mod stage;
mod world;

fn options(scenario: Scenario) -> Options {
    Options { scenario, instances: Some(13), limits: false, ..Options::default() }
}

/// What one load of a fleet brought, in the order in which it landed.
struct Load {
    fleet: Fleet,
    reads: Vec<PanelRead>,
}

/// Reads every panel once, beside one another as the console does, until only `stalled` reads are under way.
async fn load(account: &Account, stalled: usize) -> Load {
    let now = account.now();
    let mut refresh = Refresh::new(Intervals::uniform(SignedDuration::from_hours(24)), Extras::default(), 0);
    let mut load = Load { fleet: Fleet::new(account.scope.clone(), 0, Policy::default()), reads: Vec::new() };
    let mut under_way = FuturesUnordered::new();
    loop {
        for request in refresh.due(&load.fleet, &Watch::default(), now) {
            under_way.push(account.aws.read(request));
        }
        if under_way.len() <= stalled {
            return load;
        }
        let Some(read) = under_way.next().await else { return load };
        refresh.landed(&read);
        load.fleet.land(read.clone(), now);
        load.reads.push(read);
    }
}

/// Operations that a load without faults calls, as faults name them.
async fn operations() -> BTreeSet<String> {
    operations_of(&Account::new(options(Scenario::Story)).await).await
}

/// The same of an account that something was done to before.
async fn operations_of(account: &Account) -> BTreeSet<String> {
    let before = account.sim.calls().len();
    load(account, 0).await;
    account.sim.calls().iter().skip(before).map(|call| format!("{}.{}", call.service, call.operation)).collect()
}

fn document(fleet: &Fleet, account: &Account) -> Value {
    serde_json::to_value(Status::of(fleet, account.now())).unwrap()
}

/// Rows by what they are called.
fn rows(document: &Value, list: &str) -> BTreeMap<String, Value> {
    let name = |row: &Value| row.get("arn").or(row.get("id")).unwrap_or(&row["name"]).to_string();
    document[list].as_array().unwrap().iter().map(|row| (name(row), row.clone())).collect()
}

/// Members of rows that are neither unknown nor what they are in truth.
fn wrong(document: &Value, truth: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for list in ["instances", "services", "target_groups", "alarms", "amis", "refreshes", "schedules"] {
        let truths = rows(truth, list);
        for (name, row) in rows(document, list) {
            let Some(truth) = truths.get(&name) else {
                wrong.push(format!("{list}: {name} does not exist"));
                continue;
            };
            let members = row.as_object().unwrap().iter().filter(|(member, _)| *member != "findings");
            for (member, value) in members.filter(|(member, value)| !value.is_null() && truth[*member] != **value) {
                wrong.push(format!("{list}: {member} of {name} is {value} for {}", truth[member]));
            }
        }
    }
    let key = |finding: &Value| format!("{} {}", finding["rule"], finding["subject"]);
    let findings =
        |document: &Value| -> BTreeSet<String> { document["findings"].as_array().unwrap().iter().map(key).collect() };
    wrong.extend(findings(document).difference(&findings(truth)).map(|finding| format!("invented: {finding}")));
    wrong
}

/// The text of each list.
fn frames(account: &Account, reads: &[PanelRead]) -> Vec<(Screen, String)> {
    let mut console = Console::new(account, reads);
    let frame = |(screen, key, _): &(Screen, &str, &[&str])| {
        console.press(key);
        (*screen, console.text((120, 40)))
    };
    LISTS.iter().map(frame).collect()
}

/// What is wrong with a load in which calls of `operation` failed.
fn complaints(account: &Account, load: &Load, truth: &Value, operation: &str) -> Vec<String> {
    let status = Status::of(&load.fleet, account.now());
    let mut complaints = wrong(&document(&load.fleet, account), truth);
    if status.complete {
        complaints.push("said to be complete".to_owned());
    }
    if status.exit_code(Severity::Warning) == 0 {
        complaints.push("exit code 0".to_owned());
    }
    for (name, panel) in status.panels.iter().filter(|(_, panel)| !panel.whole()) {
        let failures: Vec<_> =
            panel.error.iter().chain(panel.missing.iter().filter_map(|part| part.failure.as_ref())).collect();
        if failures.is_empty() || failures.iter().any(|failure| failure.message.is_empty()) {
            complaints.push(format!("{name} without a cause: {panel:?}"));
        }
        // AWS throttles a family of calls: after one of them the console spares the others too.
        let own = |failure: &&Failure| {
            failure.operation.rsplit(':').next() == Some(operation) || failure.kind == FailureKind::Throttled
        };
        if !failures.iter().all(own) {
            complaints.push(format!("{name} fails with it: {failures:?}"));
        }
    }
    for (screen, frame) in frames(account, &load.reads) {
        if frame.to_lowercase().contains("all right") {
            complaints.push(format!("{} says that all is right", screen.title()));
        }
    }
    complaints
}

async fn under(kind: &str, operations: &BTreeSet<String>, scenario: Scenario) -> Vec<String> {
    let mut account = Account::new(options(scenario)).await;
    let truth = document(&load(&account, 0).await.fleet, &account);
    let mut found = Vec::new();
    for fault in operations.iter().map(|operation| format!("{kind}:{operation}")) {
        account = account.anew().await;
        account.sim.set_faults(vec![fault.parse().unwrap()]);
        let load = load(&account, 0).await;
        let operation = fault.rsplit('.').next().unwrap();
        let complaints = complaints(&account, &load, &truth, operation);
        found.extend(complaints.into_iter().map(|complaint| format!("{fault}: {complaint}")));
    }
    found
}

#[tokio::test]
async fn what_could_not_be_read_is_unknown_and_nothing_else_is_wrong() {
    let operations = operations().await;
    let kinds = ["throttle", "deny", "error", "garbage", "html", "truncated", "reset"];
    let found = futures::future::join_all(kinds.map(|kind| under(kind, &operations, Scenario::Story))).await.concat();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Where nothing is wrong, nothing but what was not read keeps the console from saying so.
#[tokio::test]
async fn a_healthy_fleet_is_called_so_only_when_all_of_it_was_read() {
    let account = Account::new(options(Scenario::Healthy)).await;
    let whole = load(&account, 0).await;
    assert_eq!(Status::of(&whole.fleet, account.now()).exit_code(Severity::Info), 0);
    assert!(frames(&account, &whole.reads)[0].1.contains("all right"));
    let called = account.sim.calls();
    let called = called.iter().map(|call| format!("{}.{}", call.service, call.operation)).collect();
    let found = under("deny", &called, Scenario::Healthy).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}
