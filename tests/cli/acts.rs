//! Runbooks started against the simulated AWS: noted first, sent once, found again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use quarterdeck::actions::journal::{Asked, unsettled};
use quarterdeck::actions::start::{Outcome, tag_of};
use quarterdeck::aws::{Aws, Settings};
use quarterdeck::fleet::execution::Signal;
use quarterdeck::fleet::reading::FailureKind;
use quarterdeck::runtime::act;
use quarterdeck::runtime::journal::Journal;
use quarterdeck::sim::Sim;
use quarterdeck::sim::clock::Clock;
use quarterdeck::sim::options::{Options, Scenario};

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

/// An account with runbooks, whoever acts there, and what they noted.
struct Desk {
    sim: Sim,
    aws: Aws,
    journal: Journal,
    folder: tempfile::TempDir,
}

impl Desk {
    async fn new() -> Self {
        Self::with(false).await
    }

    async fn with(read_only: bool) -> Self {
        let options = Options { scenario: Scenario::Five, limits: false, ..Options::default() };
        let sim = Sim::new(options, Clock::from_source(now));
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::at(folder.path().join("journal.jsonl"));
        let aws = connect(&sim, read_only).await;
        Self { sim, aws, journal, folder }
    }

    fn faults(&self, rule: &str) {
        self.sim.set_faults(vec![rule.parse().unwrap()]);
    }

    async fn start(&self, id: &str) -> Outcome {
        act::start(&self.aws, Some(&self.journal), id, self.silence(id)).await
    }

    /// A silence of the first alarm.
    fn silence(&self, id: &str) -> Asked {
        let alarm = self.sim.with_world(|world| world.alarms.keys().next().unwrap().clone());
        let values = [
            ("AlarmNames", alarm.as_str()),
            ("StartsAt", "2026-03-01T12:00"),
            ("Duration", "PT30M"),
            ("RequestedBy", "ada"),
            ("Reason", "a test"),
            ("RequestId", id),
        ];
        Asked {
            who: "arn:aws:sts::111122223333:assumed-role/OnCall/ada".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            cluster: "five".to_owned(),
            reason: "a test".to_owned(),
            document: "SilenceAlarm".to_owned(),
            version: Some("1".to_owned()),
            values: values.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect(),
            each: None,
            plan: Vec::new(),
            overridden: Vec::new(),
        }
    }

    fn executions(&self) -> usize {
        self.sim.with_world(|world| world.automations.len())
    }

    fn count(&self, operation: &str) -> usize {
        self.sim.calls().iter().filter(|call| call.operation == operation).count()
    }

    /// Requests that nobody knows the outcome of.
    fn open(&self) -> Vec<String> {
        let text = self.journal.text().unwrap();
        unsettled(&text, "eu-west-1", Timestamp::MIN).into_iter().map(|one| one.request_id).collect()
    }
}

async fn connect(sim: &Sim, read_only: bool) -> Aws {
    let settings = Settings {
        region: Some("eu-west-1".to_owned()),
        http_client: Some(sim.http_client()),
        credentials: Some(sim.credentials()),
        limits: false,
        read_only,
        clock: Arc::new(now),
        ..Settings::default()
    };
    Aws::connect(settings).await.unwrap()
}

/// An id of a request, as the console makes them.
fn id() -> String {
    act::request_id()
}

#[tokio::test]
async fn a_start_is_noted_sent_and_carries_its_tag() {
    let desk = Desk::new().await;
    let id = id();
    let Outcome::Started(execution) = desk.start(&id).await else { panic!("not started") };
    let tagged = desk.sim.with_world(|world| world.automations[&execution].tags.contains_key(&tag_of(&id)));
    assert!(tagged, "by its tag it is found");
    assert_eq!((desk.executions(), desk.open()), (1, Vec::new()));
    let lines: Vec<String> = desk.journal.text().unwrap().lines().map(str::to_owned).collect();
    assert!(
        lines[0].contains("\"sending\"") && lines[0].contains("OnCall/ada") && lines[1].contains(&execution),
        "{lines:?}"
    );
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_started_twice() {
    for fault in ["truncated", "html"] {
        let desk = Desk::new().await;
        desk.faults(&format!("{fault}:ssm.StartAutomationExecution"));
        let outcome = desk.start(&id()).await;
        // A web page in AWS's place never reached AWS; a cut answer did.
        let reached = usize::from(fault == "truncated");
        assert_eq!(matches!(outcome, Outcome::Started(_)), reached == 1, "{fault}: {outcome:?}");
        assert_eq!(desk.executions(), reached, "{fault}");
        assert_eq!(desk.count("StartAutomationExecution"), 1, "{fault}: sent once");
        assert!(desk.count("DescribeAutomationExecutions") >= 1, "{fault}: looked for");
    }
}

#[tokio::test]
async fn what_nobody_knows_stays_open_until_a_console_finds_it() {
    let desk = Desk::new().await;
    let id = id();
    desk.sim.set_faults(vec![
        "truncated:ssm.StartAutomationExecution".parse().unwrap(),
        "reset:ssm.DescribeAutomationExecutions".parse().unwrap(),
    ]);
    assert!(matches!(desk.start(&id).await, Outcome::Unknown(_)));
    assert_eq!((desk.executions(), desk.open()), (1, vec![id]));
    desk.sim.set_faults(Vec::new());
    let found = act::settle(&connect(&desk.sim, false).await, &desk.journal, now()).await;
    assert!(found.len() == 1 && found[0].contains("SilenceAlarm"), "{found:?}");
    assert_eq!((desk.executions(), desk.open().len()), (1, 0));
}

/// A start that is lost on its way: nothing runs, and nobody knows.
async fn lost(desk: &Desk, account: &str) -> String {
    let id = id();
    desk.sim.set_faults(vec!["reset:ssm".parse().unwrap()]);
    let asked = Asked { account: account.to_owned(), ..desk.silence(&id) };
    let outcome = act::start(&desk.aws, Some(&desk.journal), &id, asked).await;
    assert!(matches!(outcome, Outcome::Unknown(_)), "{outcome:?}");
    desk.sim.set_faults(Vec::new());
    id
}

#[tokio::test]
async fn what_is_not_there_long_afterwards_is_not_looked_for_again() {
    let desk = Desk::new().await;
    let id = lost(&desk, "111122223333").await;
    let soon = now() + SignedDuration::from_mins(5);
    assert_eq!(act::settle(&desk.aws, &desk.journal, soon).await, Vec::<String>::new());
    assert_eq!(desk.open(), [id], "lists may be behind");
    let later = now() + SignedDuration::from_hours(2);
    assert_eq!(act::settle(&desk.aws, &desk.journal, later).await, Vec::<String>::new());
    assert_eq!(desk.open(), Vec::<String>::new());
    let looks = desk.count("DescribeAutomationExecutions");
    act::settle(&desk.aws, &desk.journal, later).await;
    assert_eq!(desk.count("DescribeAutomationExecutions"), looks, "it is settled");
}

#[tokio::test]
async fn what_was_sent_to_another_account_is_not_looked_for_in_this_one() {
    let desk = Desk::new().await;
    let id = lost(&desk, "444455556666").await;
    let looks = desk.count("DescribeAutomationExecutions");
    let later = now() + SignedDuration::from_hours(2);
    assert_eq!(act::settle(&desk.aws, &desk.journal, later).await, Vec::<String>::new());
    assert_eq!((desk.open(), desk.count("DescribeAutomationExecutions")), (vec![id], looks));
}

#[tokio::test]
async fn starts_that_are_throttled_now_and_then_run_once_or_not_at_all() {
    let desk = Desk::new().await;
    desk.faults("throttle:ssm.StartAutomationExecution@0.5");
    let mut started = 0;
    for _ in 0..12 {
        match desk.start(&id()).await {
            Outcome::Started(_) => started += 1,
            Outcome::Refused(failure) => assert_eq!(failure.kind, FailureKind::Throttled),
            Outcome::Unknown(failure) => panic!("AWS said that it was not taken: {failure:?}"),
        }
    }
    assert!(started > 6, "{started} of 12 came through");
    assert_eq!((desk.executions(), desk.open().len()), (started, 0));
    assert!(desk.count("StartAutomationExecution") > 12, "those that were not taken are sent again");
}

#[tokio::test]
async fn a_refused_start_starts_nothing() {
    for fault in ["deny", "throttle"] {
        let desk = Desk::new().await;
        desk.faults(&format!("{fault}:ssm.StartAutomationExecution"));
        let outcome = desk.start(&id()).await;
        assert!(matches!(outcome, Outcome::Refused(_)), "{fault}: {outcome:?}");
        assert_eq!((desk.executions(), desk.open()), (0, Vec::new()), "{fault}");
        let attempts = desk.count("StartAutomationExecution");
        assert_eq!(attempts > 1, fault == "throttle", "{fault}: a throttled start was not taken, and is sent again");
    }
}

#[tokio::test]
async fn the_same_request_runs_once_however_often_it_is_sent() {
    let desk = Desk::new().await;
    let id = id();
    let other = connect(&desk.sim, false).await;
    let (one, two) = tokio::join!(
        act::start(&desk.aws, Some(&desk.journal), &id, desk.silence(&id)),
        act::start(&other, Some(&desk.journal), &id, desk.silence(&id))
    );
    assert!(matches!(one, Outcome::Started(_)) && one == two, "{one:?} {two:?}");
    assert_eq!(desk.executions(), 1);
}

#[tokio::test]
async fn without_a_journal_nothing_is_sent() {
    let desk = Desk::new().await;
    let file = desk.folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    for journal in [None, Some(Journal::at(file.join("journal.jsonl")))] {
        let outcome = act::start(&desk.aws, journal.as_ref(), &id(), desk.silence(&id())).await;
        assert!(matches!(&outcome, Outcome::Refused(failure) if failure.operation == "journal"), "{outcome:?}");
        let told = act::signal(&desk.aws, journal.as_ref(), ("any", &Signal::Stop, "ada")).await;
        assert_eq!(told.unwrap_err().operation, "journal");
    }
    assert_eq!(desk.sim.calls().len(), 0);
}

#[tokio::test]
async fn what_was_planned_for_one_region_is_not_sent_to_another() {
    let desk = Desk::new().await;
    let id = id();
    let asked = Asked { region: "us-east-1".to_owned(), ..desk.silence(&id) };
    let outcome = act::start(&desk.aws, Some(&desk.journal), &id, asked).await;
    assert!(
        matches!(&outcome, Outcome::Refused(failure) if failure.message.contains("us-east-1") && failure.message.contains("eu-west-1")),
        "{outcome:?}"
    );
    assert_eq!(desk.sim.calls().len(), 0);
}

#[tokio::test]
async fn a_read_only_connection_sends_nothing_that_changes_anything() {
    let desk = Desk::with(true).await;
    let outcome = desk.start(&id()).await;
    assert!(
        matches!(&outcome, Outcome::Refused(failure) if failure.kind == FailureKind::Denied && failure.message.contains("read-only")),
        "{outcome:?}"
    );
    for signal in [Signal::Stop, Signal::Approve(String::new()), Signal::Reject(String::new()), Signal::Resume] {
        let told = act::signal(&desk.aws, Some(&desk.journal), ("any", &signal, "ada")).await;
        assert_eq!(told.unwrap_err().kind, FailureKind::Denied, "{signal:?}");
    }
    assert_eq!(desk.sim.calls().len(), 0);
}

/// The story's failing deployment is rolled back, minute by minute of the account's own clock, and its alarm clears.
#[tokio::test]
async fn a_bad_deployment_is_rolled_back_and_its_alarm_clears() {
    let second = Arc::new(std::sync::atomic::AtomicI64::new(now().as_second()));
    let clock = {
        let second = second.clone();
        move || Timestamp::from_second(second.load(std::sync::atomic::Ordering::Relaxed)).unwrap()
    };
    let options = Options { scenario: Scenario::Story, limits: false, ..Options::default() };
    let sim = Sim::new(options, Clock::from_source(clock));
    let aws = connect(&sim, false).await;
    let alarm = |sim: &Sim| {
        sim.with_world(|world| format!("{:?}", world.alarms["recommendations-deployment-stuck"].state).to_uppercase())
    };
    assert!(alarm(&sim).contains("ALARM"), "{}", alarm(&sim));
    let id = id();
    let values = [
        ("Cluster", "harbor"),
        ("Service", "recommendations"),
        ("RequestedBy", "ada"),
        ("Reason", "its containers exit"),
        ("RequestId", id.as_str()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::at(folder.path().join("journal.jsonl"));
    let asked = Asked {
        who: String::new(),
        account: String::new(),
        region: "eu-west-1".to_owned(),
        cluster: "harbor".to_owned(),
        reason: "its containers exit".to_owned(),
        document: "RollbackDeployment".to_owned(),
        version: None,
        values: values.iter().map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()])).collect(),
        each: None,
        plan: Vec::new(),
        overridden: Vec::new(),
    };
    let Outcome::Started(execution) = act::start(&aws, Some(&journal), &id, asked).await else { panic!("not started") };
    let mut minutes = 0;
    while !aws.execution(&execution).await.unwrap().status.is_over() || alarm(&sim).contains("ALARM") {
        minutes += 1;
        assert!(minutes < 60, "{:?}, alarm {}", aws.execution(&execution).await.unwrap().status, alarm(&sim));
        second.fetch_add(60, std::sync::atomic::Ordering::Relaxed);
    }
    let ended = aws.execution(&execution).await.unwrap();
    assert!(!ended.status.is_bad(), "{ended:?}");
}
