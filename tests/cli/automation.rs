//! Runbooks, executions and the freeze against the simulated AWS: what is brought, in how many calls.

use std::collections::BTreeMap;

use quarterdeck::actions::catalogue::Names;
use quarterdeck::actions::start::{Outcome, Start};
use quarterdeck::aws::request::{Need, ReadRequest};
use quarterdeck::fleet::execution::{Execution, ExecutionStatus, Waits};
use quarterdeck::fleet::finding::Subject;
use quarterdeck::fleet::reading::{Failure, FailureKind, Missing};
use quarterdeck::fleet::snapshot::Rows;
use quarterdeck::sim::options::{Options, Scenario};
use quarterdeck::sim::world::parameter::Parameter;

use crate::account::Account;

/// Waits a minute, more often than an answer has room for steps.
const LONG: &str = "
schemaVersion: '0.3'
description: Sleeps again and again.
parameters:
  Times:
    type: StringList
mainSteps:
  - name: each
    action: aws:loop
    inputs:
      Iterators: '{{ Times }}'
      IteratorDataType: String
      Steps:
        - name: nap
          action: aws:sleep
          inputs:
            Duration: PT1S
        - name: pause
          action: aws:sleep
          inputs:
            Duration: PT1S
";

/// Waits for somebody.
const ASKS: &str = "
schemaVersion: '0.3'
mainSteps:
  - name: agree
    action: aws:approve
    inputs:
      Approvers: ['arn:aws:iam::111122223333:user/ada']
";

async fn account() -> Account {
    Account::new(Options { scenario: Scenario::Five, limits: false, ..Options::default() }).await
}

async fn read(account: &Account, need: Need) -> Result<(Rows, Vec<Missing>), Failure> {
    account.aws.read(ReadRequest { generation: 0, scope: account.scope.clone(), need }).await.outcome
}

fn calls(account: &Account, operation: &str) -> usize {
    account.sim.calls().iter().filter(|call| call.operation == operation).count()
}

async fn executions(account: &Account, known: &[String], opened: Option<&str>) -> Vec<Execution> {
    let need = Need::Executions {
        known: known.to_vec(),
        opened: opened.map(str::to_owned),
        own: vec!["DrainInstance".to_owned()],
    };
    let (Rows::Executions(rows), missing) = read(account, need).await.unwrap() else { panic!("rows of another panel") };
    assert_eq!(missing, []);
    rows
}

/// Keeps a document and starts it.
async fn start(account: &Account, document: &str, values: &[(&str, Vec<String>)]) -> String {
    let count = account.sim.with_world(|world| world.automations.len());
    let start = Start {
        request_id: format!("00000000-0000-4000-8000-{count:012}"),
        document: document.to_owned(),
        version: None,
        values: values.iter().map(|(name, values)| ((*name).to_owned(), values.clone())).collect::<BTreeMap<_, _>>(),
        each: None,
    };
    match account.aws.start_automation(&start).await {
        Outcome::Started(id) => id,
        other => panic!("{other:?}"),
    }
}

fn keep(account: &Account, name: &str, text: &str, tag: bool) {
    account.sim.with_world(|world| {
        let mut stored = world.documents.values().next().unwrap().clone();
        stored.name = name.to_owned();
        stored.content = text.to_owned();
        stored.format = "YAML".to_owned();
        stored.document = std::sync::Arc::new(quarterdeck::sim::runbook::read(text).unwrap());
        stored.tags =
            if tag { BTreeMap::from([("quarterdeck:runbook".to_owned(), "yes".to_owned())]) } else { BTreeMap::new() };
        world.documents.insert(name.to_owned(), stored);
    });
}

#[tokio::test]
async fn runbooks_are_those_of_the_catalogue_those_of_the_configuration_and_the_tagged_ones() {
    let account = account().await;
    keep(&account, "Tagged", ASKS, true);
    keep(&account, "Named", ASKS, false);
    keep(&account, "Private", ASKS, false);
    let mut names = Names::default().all();
    names.extend(["Named".to_owned(), "NowhereToBeFound".to_owned()]);
    let (Rows::Runbooks(rows), missing) = read(&account, Need::Runbooks { names: names.clone() }).await.unwrap() else {
        panic!("rows of another panel")
    };
    assert_eq!(missing, [], "what is not there is no failure");
    let found: Vec<&str> = rows.iter().map(|runbook| runbook.name.as_str()).collect();
    assert!(found.contains(&"Tagged") && found.contains(&"Named") && found.contains(&"DrainInstance"), "{found:?}");
    assert!(!found.contains(&"Private") && !found.contains(&"NowhereToBeFound"), "{found:?}");
    let drain = rows.iter().find(|runbook| runbook.name == "DrainInstance").unwrap();
    assert!(drain.parameter("InstanceId").is_some_and(|parameter| parameter.allowed_pattern.is_some()), "{drain:?}");
    assert!(drain.parameters.len() >= 4 && drain.steps.len() >= 3 && drain.assume_role.is_some());
    assert_eq!(calls(&account, "ListDocuments"), 1);
    assert_eq!(calls(&account, "GetDocument"), names.len() + 1, "one for each name and one for the tagged one");
}

#[tokio::test]
async fn details_of_what_has_ended_are_read_once_and_of_what_goes_on_each_time() {
    let account = account().await;
    keep(&account, "Asks", ASKS, false);
    let waits = start(&account, "Asks", &[]).await;
    let alarm = account.sim.with_world(|world| world.alarms.keys().next().unwrap().clone());
    let values = [
        ("AlarmNames", alarm.as_str()),
        ("StartsAt", "2026-03-01T12:00"),
        ("Duration", "PT30M"),
        ("RequestedBy", "grace"),
        ("Reason", "a test"),
        ("RequestId", "request-1"),
    ];
    let values = values.map(|(name, value)| (name, vec![value.to_owned()]));
    let ends = start(&account, "SilenceAlarm", &values).await;
    account.live_on(120);

    let rows = executions(&account, &[], None).await;
    let of = |rows: &[Execution], id: &str| rows.iter().find(|one| one.id == id).unwrap().clone();
    let (waiting, ended) = (of(&rows, &waits), of(&rows, &ends));
    assert_eq!(
        (waiting.waits_for(), waiting.position().map(|at| (at.number, at.of))),
        (Some(Waits::Approval), Some((1, Some(1))))
    );
    assert_eq!((ended.status.clone(), ended.subjects()), (ExecutionStatus::Success, vec![Subject::Alarm(alarm)]));
    assert_eq!((ended.requested_by().as_deref(), ended.reason().as_deref()), (Some("grace"), Some("a test")));
    assert_eq!(calls(&account, "DescribeAutomationExecutions"), 2, "those that go on, and the latest");
    assert_eq!(calls(&account, "GetAutomationExecution"), 2);

    let again = executions(&account, std::slice::from_ref(&ends), None).await;
    assert_eq!(of(&again, &ends).details, None, "it is held already");
    assert!(of(&again, &waits).details.is_some());
    assert_eq!(calls(&account, "GetAutomationExecution"), 3);
}

#[tokio::test]
async fn a_few_are_looked_at_closely_at_a_time_and_what_goes_on_takes_turns() {
    let account = account().await;
    keep(&account, "Asks", ASKS, false);
    let mut all = Vec::new();
    for _ in 0..9 {
        all.push(start(&account, "Asks", &[]).await);
    }
    account.live_on(2);
    let mut seen = std::collections::BTreeSet::new();
    for turn in 1..=3 {
        let rows = executions(&account, &[], None).await;
        assert_eq!(rows.len(), 9);
        seen.extend(rows.iter().filter(|one| one.details.is_some()).map(|one| one.id.clone()));
        assert!(calls(&account, "GetAutomationExecution") <= 6 * turn, "a few at a time");
        account.live_on(4);
    }
    assert_eq!(seen, all.into_iter().collect(), "nobody is left out for ever");
}

#[tokio::test]
async fn all_steps_are_read_of_what_is_opened_alone() {
    let account = account().await;
    keep(&account, "Long", LONG, false);
    let times: Vec<String> = (0..50).map(|n| n.to_string()).collect();
    let id = start(&account, "Long", &[("Times", times)]).await;
    account.live_on(600);
    let steps = |rows: &[Execution]| {
        let details = rows[0].details.clone().unwrap();
        (details.steps.len(), details.steps_cut)
    };
    assert_eq!(steps(&executions(&account, &[], None).await), (100, true));
    assert_eq!(calls(&account, "DescribeAutomationStepExecutions"), 0);
    let (count, cut) = steps(&executions(&account, &[], Some(&id)).await);
    assert_eq!((count, cut), (101, false), "the loop and its steps");
    assert_eq!(calls(&account, "DescribeAutomationStepExecutions"), 3, "fifty of them a page");
}

#[tokio::test]
async fn a_freeze_is_read_as_it_was_declared() {
    let account = account().await;
    let freeze = |outcome: Result<(Rows, Vec<Missing>), Failure>| match outcome {
        Ok((Rows::Freeze(freeze), _)) => Ok(freeze),
        Ok(other) => panic!("{other:?}"),
        Err(failure) => Err(failure),
    };
    assert_eq!(freeze(read(&account, Need::Freeze).await), Ok(None), "there is no such parameter");
    let name = format!("/quarterdeck/{}/freeze", account.scope.cluster);
    let put = |value: &str| {
        let parameter = Parameter {
            kind: "String".to_owned(),
            value: value.to_owned(),
            version: 1,
            modified_at: account.now(),
            advanced: false,
            expires_at: None,
        };
        account.sim.with_world(|world| world.parameters.insert(name.clone(), parameter));
    };
    put(r#"{"until":"2026-03-01T18:00:00Z","by":"ada","why":"sale","request":"r-1"}"#);
    let read_back = freeze(read(&account, Need::Freeze).await).unwrap().unwrap();
    assert_eq!(read_back.until, "2026-03-01T18:00:00Z".parse().ok());
    assert_eq!((read_back.by.as_deref(), read_back.why.as_deref()), (Some("ada"), Some("sale")));
    put("frozen");
    let failure = freeze(read(&account, Need::Freeze).await).unwrap_err();
    assert_eq!(failure.kind, FailureKind::Failed);
    assert!(failure.message.contains(&name) && failure.hint.is_some(), "{failure:?}");
}
