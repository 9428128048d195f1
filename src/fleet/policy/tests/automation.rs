use super::{check, minutes, rules};
use crate::fleet::execution::{Execution, ExecutionStatus, Step};
use crate::fleet::finding::{Rule, Severity, Subject};
use crate::fleet::fixture::{self, Fixture};
use crate::fleet::freeze::Freeze;
use crate::fleet::reading::Panel;
use crate::fleet::runbook::Runbook;

/// Adds an execution of a runbook of the fleet's on an instance, begun twenty minutes ago and ended ten minutes ago.
pub(super) fn add(fixture: &mut Fixture, status: ExecutionStatus) -> &mut Execution {
    let mut one = fixture::execution("run-1", "DrainInstance", status);
    one.started_at = Some(fixture.ago(minutes(20)));
    one.ended_at = one.status.is_over().then(|| fixture.ago(minutes(10)));
    let details = one.details.get_or_insert_default();
    details.parameters.insert("InstanceId".to_owned(), vec!["i-0abc".to_owned()]);
    details.parameters.insert("Cluster".to_owned(), vec!["prod".to_owned()]);
    fixture.runbooks = vec![Runbook { name: "DrainInstance".to_owned(), ..Runbook::default() }];
    fixture.executions.push(one);
    fixture.executions.last_mut().unwrap()
}

fn about_it() -> Subject {
    Subject::Execution("run-1".to_owned())
}

#[test]
fn a_runbook_that_failed_of_late_is_told_with_its_step_and_why() {
    let mut fixture = Fixture::healthy(2);
    let one = add(&mut fixture, ExecutionStatus::Failed);
    one.failure = Some("Step fails".to_owned());
    let failed = Step { failure: None, ..fixture::step("drain", ExecutionStatus::Failed) };
    one.details.as_mut().unwrap().steps = vec![fixture::step("find", ExecutionStatus::Success), failed];
    let cause = "DrainInstance of i-0abc failed in step drain: Step fails";
    let panels = [Panel::Executions, Panel::Runbooks];
    check(&fixture, Rule::ExecutionFailed, &panels, Severity::Warning, about_it(), cause);
}

#[test]
fn a_failure_is_history_after_an_hour_or_once_it_was_made_good() {
    let mut fixture = Fixture::healthy(2);
    add(&mut fixture, ExecutionStatus::TimedOut);
    let mut old = fixture.clone();
    old.executions[0].ended_at = Some(old.ago(minutes(61)));
    assert_eq!(rules(&old), []);
    let mut again = fixture.clone();
    let mut good =
        Execution { id: "run-2".to_owned(), status: ExecutionStatus::Success, ..fixture.executions[0].clone() };
    good.started_at = Some(fixture.ago(minutes(5)));
    again.executions.insert(0, good.clone());
    assert_eq!(rules(&again), []);
    good.details.as_mut().unwrap().parameters.insert("InstanceId".to_owned(), vec!["i-0def".to_owned()]);
    again.executions[0] = good;
    assert_eq!(rules(&again), [Rule::ExecutionFailed], "that was another instance");
}

#[test]
fn what_is_not_known_to_be_the_fleets_is_left_alone() {
    let mut fixture = Fixture::healthy(2);
    add(&mut fixture, ExecutionStatus::Failed);
    let changed = |change: fn(&mut Execution)| {
        let mut fixture = fixture.clone();
        change(&mut fixture.executions[0]);
        rules(&fixture)
    };
    assert_eq!(changed(|_| {}), [Rule::ExecutionFailed]);
    assert_eq!(changed(|one| one.document = "AWS-UpdateLinuxAmi".to_owned()), []);
    assert_eq!(changed(|one| one.details = None), []);
    let elsewhere = |one: &mut Execution| {
        let parameters = &mut one.details.as_mut().unwrap().parameters;
        parameters.insert("Cluster".to_owned(), vec!["stage".to_owned()]);
    };
    assert_eq!(changed(elsewhere), []);
    assert_eq!(changed(|one| one.status = ExecutionStatus::Cancelled), [], "somebody wanted that");
}

#[test]
fn what_waits_for_somebody_is_told() {
    let mut fixture = Fixture::healthy(2);
    let since = fixture.ago(minutes(12));
    let one = add(&mut fixture, ExecutionStatus::Waiting);
    let mut step = fixture::step("ask", ExecutionStatus::Waiting);
    step.action = "aws:approve".to_owned();
    step.started_at = Some(since);
    one.details.as_mut().unwrap().steps = vec![step];
    let cause = "DrainInstance of i-0abc waits for 12 m to be approved";
    check(&fixture, Rule::ExecutionWaiting, &[Panel::Executions], Severity::Info, about_it(), cause);
}

#[test]
fn a_freeze_is_told_until_it_ends() {
    let mut fixture = Fixture::healthy(2);
    let ends = |fixture: &Fixture, after| fixture.now.checked_add(minutes(after)).ok();
    let by = Some("ada".to_owned());
    fixture.freeze = Some(Freeze { until: ends(&fixture, 90), by, why: Some("sale".to_owned()), request_id: None });
    let cause = "frozen for 1 h 30 m more by ada: sale";
    check(&fixture, Rule::FleetFrozen, &[Panel::Freeze], Severity::Info, Subject::Fleet, cause);
    fixture.freeze = Some(Freeze { until: Some(fixture.now), ..Freeze::default() });
    assert_eq!(rules(&fixture), []);
}
