//! Every operation fails in turn, in every way, and every screen and page is looked at.
//!
//! The fleet is one in which no count is zero and no two of a list are alike, and in which nothing that can be wrong is right everywhere. So
//! whatever a frame makes up (a zero for what was not read, a part for the whole, a blank for "as it should be") differs from
//! what the frames of a complete load show in the same place, and that is what each frame is held against:
//!
//! - a cell of a table, by row and column, a line of a summary and a count in the header is the same as in truth, a dash, or a lower bound
//!   that is marked as one; a blank where truth has something to say is a claim that all is well, and wrong;
//! - every other word with a digit (ages apart) and every word that sounds healthy stands in truth at the same place, a bare number between the same
//!   words; words of the failure itself excepted;
//! - "live" stands on a list only if all that its rows are made of is.

use std::collections::{BTreeMap, BTreeSet};

use quarterdeck::app::{Place, Screen};
use quarterdeck::fleet::finding::{Rule, Subject};
use quarterdeck::fleet::reading::{Failure, Panel, PanelState};
use quarterdeck::fleet::snapshot::PanelRead;

use super::claims::Truth;
use super::stage::{Console, LISTS, Shot};
use super::world::distinctive;
use super::{Load, load};
use crate::account::Account;

/// Every fault that ends.
pub const KINDS: [&str; 7] = ["throttle", "deny", "error", "garbage", "html", "truncated", "reset"];

/// What waits while an operation gives no answer: the panel that it is called for, and those that are asked for by what it brings.
const WAITING: [(&str, &[Panel]); 30] = {
    use Panel::{
        Alarms, Builds, Cluster, ContainerInstances, Ec2Instances, Executions, Freeze, Groups, Identity, Images,
        LogGroups, Mutes, Promotion, Refreshes, Runbooks, Schedules, SecurityGroups, Services, Targets,
        TaskDefinitions, Tasks,
    };
    [
        ("autoscaling.DescribeAutoScalingGroups", &[Groups, Images, Targets, Refreshes, Builds]),
        ("autoscaling.DescribeInstanceRefreshes", &[Refreshes]),
        ("cloudwatch.DescribeAlarms", &[Alarms]),
        ("cloudwatch.GetAlarmMuteRule", &[Mutes]),
        ("cloudwatch.ListAlarmMuteRules", &[Mutes]),
        ("ec2.DescribeImages", &[Images, Builds]),
        ("ec2.DescribeInstanceStatus", &[Ec2Instances, SecurityGroups]),
        ("ec2.DescribeInstances", &[Ec2Instances, SecurityGroups]),
        ("ec2.DescribeLaunchTemplateVersions", &[Images, Builds]),
        ("ec2.DescribeSecurityGroups", &[SecurityGroups]),
        (
            "ecs.DescribeCapacityProviders",
            &[Cluster, Groups, Ec2Instances, Images, SecurityGroups, Targets, Refreshes, Builds],
        ),
        ("ecs.DescribeClusters", &[Cluster, Groups, Ec2Instances, Images, SecurityGroups, Targets, Refreshes, Builds]),
        (
            "ecs.DescribeContainerInstances",
            &[ContainerInstances, Groups, Ec2Instances, Images, SecurityGroups, Targets, Refreshes, Builds],
        ),
        ("ecs.DescribeServices", &[Services, TaskDefinitions, Targets, LogGroups]),
        ("ecs.DescribeTaskDefinition", &[TaskDefinitions, LogGroups]),
        ("ecs.DescribeTasks", &[Tasks, TaskDefinitions, LogGroups]),
        (
            "ecs.ListContainerInstances",
            &[ContainerInstances, Groups, Ec2Instances, Images, SecurityGroups, Targets, Refreshes, Builds],
        ),
        ("ecs.ListServices", &[Services, TaskDefinitions, Targets, LogGroups]),
        ("ecs.ListTasks", &[Tasks, TaskDefinitions, LogGroups]),
        ("elbv2.DescribeTargetGroups", &[Targets]),
        ("elbv2.DescribeTargetHealth", &[Targets]),
        ("iam.ListAccountAliases", &[Identity]),
        ("logs.DescribeLogGroups", &[LogGroups]),
        ("scheduler.GetSchedule", &[Schedules]),
        ("ssm.DescribeAutomationExecutions", &[Executions]),
        ("ssm.GetAutomationExecution", &[Executions]),
        ("ssm.GetDocument", &[Runbooks]),
        ("ssm.GetParameter", &[Freeze, Promotion]),
        ("ssm.ListDocuments", &[Runbooks]),
        ("sts.GetCallerIdentity", &[Identity]),
    ]
};

/// The sizes that are looked at.
const SIZES: [(u16, u16); 2] = [(120, 40), (200, 50)];

/// Room for everything.
const VAST: (u16, u16) = (600, 300);

/// A fleet, and what a complete load shows of it everywhere.
pub struct Subjects {
    pub account: Account,
    places: Vec<(Place, Truth)>,
}

impl Subjects {
    pub async fn new() -> Self {
        let account = distinctive().await;
        let whole = load(&account, 0).await;
        let mut console = Console::new(&account, &whole.reads);
        let places = places(&whole);
        let truth = |place: Place| {
            assert!(console.go(&place), "nothing leads to {place:?}");
            let mut truth = Truth::default();
            SIZES.iter().chain([&VAST]).for_each(|size| truth.add(&console.shot(*size)));
            // Of several findings another one may be the worst that could be seen.
            whole.fleet.view().findings.iter().for_each(|finding| truth.admit(&finding.cause));
            // What services say of themselves may become a finding where it cannot be told that the missing tasks are on their way.
            for service in &whole.fleet.snapshot().services.rows {
                truth.admit(&format!(
                    "{} of {} tasks run, {} starting",
                    service.running, service.desired, service.pending
                ));
            }
            // Names of things by which those are called that could not be read: the id for the alias, ECS's id of an instance for EC2's.
            truth.admit(&whole.fleet.snapshot().identity.rows.account);
            whole.fleet.snapshot().container_instances.rows.iter().for_each(|instance| truth.admit(instance.id()));
            (place, truth)
        };
        let places = places.into_iter().map(truth).collect();
        Self { account, places }
    }

    /// What frames claim beyond the truth.
    pub fn beyond(&self, load: &Load) -> Vec<String> {
        let mut console = Console::new(&self.account, &load.reads);
        let words = words_of_failures(&load.reads);
        let mut found = Vec::new();
        for (place, truth) in &self.places {
            // What was not read has no page.
            if !console.go(place) {
                continue;
            }
            for size in SIZES {
                let shot = console.shot(size);
                let claims = truth.beyond(&shot, &words).into_iter().chain(feigned(&console, place, &shot));
                found.extend(claims.map(|claim| format!("{place:?} {size:?}: {claim}")));
            }
        }
        found
    }
}

/// Each list, and of each kind of thing the one that most is wrong with.
fn places(load: &Load) -> Vec<Place> {
    let mut worst: BTreeMap<String, (usize, Subject)> = BTreeMap::new();
    let findings = &load.fleet.view().findings;
    for finding in findings.iter().rev() {
        let kind = format!("{:?}", finding.subject).split(['(', ' ']).next().unwrap_or_default().to_owned();
        let count = findings.iter().filter(|other| other.subject == finding.subject).count();
        let held = worst.entry(kind).or_insert((0, finding.subject.clone()));
        if count > held.0 {
            *held = (count, finding.subject.clone());
        }
    }
    let task = load.fleet.snapshot().tasks.rows.iter().find(|task| task.stopped_reason.is_some()).unwrap();
    worst.insert("Task".to_owned(), (1, Subject::Task(task.arn.clone())));
    let lists = LISTS.iter().map(|(screen, ..)| Place::List(*screen));
    let finding = findings.iter().find(|finding| finding.rule == Rule::TaskUnplaceable).unwrap();
    let finding = Place::Finding(finding.rule, finding.subject.clone());
    lists.chain(worst.into_values().map(|(_, subject)| Place::Thing(subject))).chain([finding]).collect()
}

fn words_of_failures(reads: &[PanelRead]) -> BTreeSet<String> {
    let failures = reads.iter().flat_map(|read| match &read.outcome {
        Ok((_, missing)) => {
            missing.iter().filter_map(|part| Some((part.what.clone(), part.failure.as_ref()?))).collect()
        }
        Err(failure) => vec![(String::new(), failure)],
    });
    let (what, failures): (Vec<String>, Vec<&Failure>) = failures.unzip();
    what.iter().flat_map(|what| words(what)).chain(words_of(failures.into_iter())).collect()
}

/// The words in which failures are told.
pub fn words_of<'a>(failures: impl Iterator<Item = &'a Failure>) -> BTreeSet<String> {
    let said = failures.map(|Failure { operation, message, hint, .. }| {
        format!("{operation} {message} {}", hint.as_deref().unwrap_or_default())
    });
    said.flat_map(|said| words(&said)).collect()
}

fn words(text: &str) -> Vec<String> {
    let words = text.split([' ', '(', ')', '\n']);
    words.map(|word| word.trim_matches([',', '.', ';', ':']).to_owned()).collect()
}

/// What is said of a list that is not so while something of it was not read.
fn feigned(console: &Console, place: &Place, shot: &Shot) -> Vec<String> {
    let Place::List(screen) = place else { return Vec::new() };
    let live = |panel: &_| console.model.stamp(*panel).state == PanelState::Live;
    let all = screen.panels().iter().all(live);
    let said = |words: &str| shot.lines.iter().any(|line| line.contains(words));
    let mut found = Vec::new();
    for words in ["There are no", "There is nothing", "all right"].into_iter().chain((!all).then_some(" live ")) {
        if said(words) {
            found.push(format!("says {words:?}"));
        }
    }
    found
}

#[tokio::test]
async fn no_two_counts_of_a_list_are_alike_and_none_is_zero() {
    let subjects = Subjects::new().await;
    let kinds: Vec<&Place> = subjects.places.iter().map(|(place, _)| place).collect();
    assert!(kinds.len() >= 15, "lists and pages: {kinds:?}");
    let (_, bridge) = &subjects.places[0];
    for screen in [Screen::Instances, Screen::Services, Screen::Targets, Screen::Alarms] {
        let counts = bridge.counts(screen);
        assert!(counts.len() >= 5, "{screen:?}: {counts:?}");
        let distinct: BTreeSet<&&str> = counts.iter().collect();
        assert_eq!(distinct.len(), counts.len(), "{screen:?}: {counts:?}");
        assert!(!distinct.contains(&"0"), "{screen:?}: {counts:?}");
    }
}

/// What landed, without the words in which failures are told: frames of two such loads differ in those words alone.
fn outcome(load: &Load) -> String {
    let mut landed: Vec<String> = Vec::new();
    for read in &load.reads {
        let outcome = match &read.outcome {
            Ok((rows, missing)) => {
                let missing: Vec<_> = missing
                    .iter()
                    .map(|part| (&part.what, part.failure.as_ref().map(|failure| failure.kind)))
                    .collect();
                format!("{:?} {rows:?} {missing:?}", read.panel)
            }
            Err(failure) => format!("{:?} {:?}", read.panel, failure.kind),
        };
        landed.push(outcome);
    }
    landed.sort();
    landed.concat()
}

/// What is claimed beyond the truth while each of these operations fails in every way.
async fn claimed(operations: Vec<String>) -> Vec<String> {
    let mut subjects = Subjects::new().await;
    let mut found = Vec::new();
    for operation in operations {
        let mut seen = BTreeSet::new();
        for fault in KINDS.map(|kind| format!("{kind}:{operation}")) {
            subjects.account = subjects.account.anew().await;
            subjects.account.sim.set_faults(vec![fault.parse().unwrap()]);
            let load = load(&subjects.account, 0).await;
            if seen.insert(outcome(&load)) {
                found.extend(subjects.beyond(&load).into_iter().map(|claim| format!("{fault}: {claim}")));
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_shown_that_was_not_read() {
    let operations: Vec<String> = super::operations_of(&distinctive().await).await.into_iter().collect();
    assert!(operations.len() >= 20, "{operations:?}");
    let halves = operations.chunks(operations.len().div_ceil(2)).map(|half| tokio::spawn(claimed(half.to_vec())));
    let found: Vec<String> = futures::future::join_all(halves).await.into_iter().flat_map(Result::unwrap).collect();
    assert!(found.is_empty(), "{} claims\n{}", found.len(), found.join("\n"));
}

/// How many panels are read by means of an operation; what only needs those panels is not begun.
fn readers_of(operation: &str) -> usize {
    match operation {
        "ec2.DescribeImages" | "ec2.DescribeLaunchTemplateVersions" | "ssm.GetParameter" => 2,
        _ => 1,
    }
}

/// A call that gets no answer keeps what needs that answer waiting, and nothing else: every key is answered by another frame, every other panel
/// is live, and what is shown was read.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stalled_operation_holds_up_its_own_panel_and_what_needs_it() {
    let operations: Vec<String> = super::operations_of(&distinctive().await).await.into_iter().collect();
    let known: BTreeSet<&str> = WAITING.iter().map(|(operation, _)| *operation).collect();
    assert_eq!(known, operations.iter().map(String::as_str).collect(), "operations that a load calls");
    let mut subjects = Subjects::new().await;
    for (operation, waiting) in WAITING {
        subjects.account = subjects.account.anew().await;
        subjects.account.sim.set_faults(vec![format!("stall:{operation}").parse().unwrap()]);
        let load = load(&subjects.account, readers_of(operation)).await;
        for panel in Panel::ALL {
            let state = load.fleet.panel_state(panel, subjects.account.now());
            let expected = if waiting.contains(&panel) { PanelState::Loading } else { PanelState::Live };
            assert_eq!(state, expected, "{panel:?} under a stalled {operation}");
        }
        let mut console = Console::new(&subjects.account, &load.reads);
        let mut frames = BTreeSet::new();
        for (screen, key, _) in LISTS {
            console.press(key);
            assert_eq!(*console.model.place(), Place::List(screen), "{key} under a stalled {operation}");
            assert!(frames.insert(console.text((120, 40))), "{key} shows nothing new under a stalled {operation}");
        }
        let found = subjects.beyond(&load);
        assert!(found.is_empty(), "under a stalled {operation}\n{}", found.join("\n"));
    }
}
