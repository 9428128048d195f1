//! Services, deployments and logs.

use super::{check, minutes, only, rules};
use crate::fleet::finding::{Rule, Severity, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::reading::Panel;
use crate::fleet::service::RolloutState;

fn web() -> Subject {
    Subject::Service("web".to_owned())
}

fn running(fixture: &mut Fixture, running: u32) {
    fixture.services[1].running = running;
    fixture.services[1].deployments[0].running = running;
}

#[test]
fn below_desired_grows_worse_with_the_distance() {
    let mut fixture = Fixture::healthy(6);
    for (count, severity) in
        [(5, Severity::Warning), (3, Severity::Warning), (2, Severity::Critical), (0, Severity::Critical)]
    {
        running(&mut fixture, count);
        let cause = format!("{count} of 6 tasks run");
        check(&fixture, Rule::ServiceBelowDesired, &[Panel::Services], severity, web(), &cause);
    }
}

#[test]
fn a_young_rollout_may_be_below() {
    let mut fixture = Fixture::healthy(6);
    running(&mut fixture, 4);
    fixture.services[1].deployments[0].rollout_state = Some(RolloutState::InProgress);
    fixture.services[1].deployments[0].created_at = Some(fixture.ago(minutes(5)));
    assert_eq!(rules(&fixture), []);
    fixture.services[1].deployments[0].failed_tasks = 1;
    assert_eq!(rules(&fixture), [Rule::ServiceBelowDesired, Rule::TasksFailing]);
    fixture.services[1].deployments[0].failed_tasks = 0;
    fixture.services[1].deployments[0].created_at = Some(fixture.ago(minutes(6)));
    assert_eq!(only(&fixture, Rule::ServiceBelowDesired, &[]).severity, Severity::Warning);
    fixture.services[1].minimum_healthy_percent = Some(50);
    assert_eq!(only(&fixture, Rule::ServiceBelowDesired, &[]).severity, Severity::Info);
}

#[test]
fn tasks_that_have_just_been_started_make_up_for_it() {
    let mut fixture = Fixture::healthy(6);
    running(&mut fixture, 5);
    fixture.services[1].pending = 1;
    let mut task = fixture.waiting_task("new", true, fixture.ago(minutes(1)));
    task.last_status = "PENDING".into();
    task.container_instance_arn = Some(fixture.container_instances[0].arn.clone());
    fixture.tasks.push(task);
    assert_eq!(rules(&fixture), []);
    fixture.tasks.last_mut().unwrap().created_at = Some(fixture.ago(minutes(6)));
    let cause = "5 of 6 tasks run, 1 starting";
    check(&fixture, Rule::ServiceBelowDesired, &[Panel::Services], Severity::Warning, web(), cause);
    // Without the tasks nobody knows for how long they have been starting.
    fixture.unread.insert(Panel::Tasks);
    assert_eq!(only(&fixture, Rule::ServiceBelowDesired, &[]).severity, Severity::Info);
}

#[test]
fn a_service_that_is_being_deleted_lacks_nothing() {
    let mut fixture = Fixture::healthy(2);
    running(&mut fixture, 0);
    fixture.services[1].status = "DRAINING".to_owned();
    assert_eq!(rules(&fixture), []);
}

#[test]
fn a_failed_deployment() {
    let mut fixture = Fixture::healthy(2);
    let deployment = &mut fixture.services[1].deployments[0];
    deployment.rollout_state = Some(RolloutState::Failed);
    deployment.rollout_reason = Some("ECS deployment circuit breaker: tasks failed to start.".to_owned());
    let cause = "deployment of web:7 failed: ECS deployment circuit breaker: tasks failed to start.";
    check(&fixture, Rule::DeploymentFailed, &[Panel::Services], Severity::Critical, web(), cause);
}

#[test]
fn a_deployment_that_was_rolled_back() {
    let mut fixture = Fixture::healthy(2);
    let mut failed = fixture.services[1].deployments[0].clone();
    failed.id = "ecs-svc/web-2".to_owned();
    failed.status = "ACTIVE".to_owned();
    failed.task_definition = failed.task_definition.replace(":7", ":8");
    failed.rollout_state = Some(RolloutState::Failed);
    failed.rollout_reason = None;
    fixture.services[1].deployments.push(failed);
    let cause = "deployment of web:8 was rolled back";
    check(&fixture, Rule::DeploymentRolledBack, &[Panel::Services], Severity::Warning, web(), cause);

    let mut fixture = Fixture::healthy(2);
    let reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/web-0.";
    fixture.services[1].deployments[0].rollout_reason = Some(reason.to_owned());
    let cause = format!("deployment of web:7 was rolled back: {reason}");
    check(&fixture, Rule::DeploymentRolledBack, &[Panel::Services], Severity::Warning, web(), &cause);
}

#[test]
fn failing_tasks_say_why() {
    let mut fixture = Fixture::healthy(2);
    let deployment = &mut fixture.services[1].deployments[0];
    deployment.rollout_state = Some(RolloutState::InProgress);
    deployment.failed_tasks = 5;
    fixture.tasks.extend([("a", 1), ("b", 1), ("c", 137)].map(|(id, code)| fixture.stopped_task(id, code)));
    let cause = "5 tasks of web:7 failed in a row: container web exited with 1 (2 of 3)";
    check(&fixture, Rule::TasksFailing, &[Panel::Services], Severity::Warning, web(), cause);

    fixture.services[1].deployments[0].running = 0;
    assert_eq!(only(&fixture, Rule::TasksFailing, &[]).severity, Severity::Critical);
    fixture.unread.insert(Panel::Tasks);
    assert_eq!(only(&fixture, Rule::TasksFailing, &[]).cause, "5 tasks of web:7 failed in a row");
}

#[test]
fn tasks_that_fail_after_a_rollout_count_as_well() {
    let mut fixture = Fixture::healthy(2);
    let mut task = fixture.stopped_task("a", 0);
    task.stop_code = Some("TaskFailedToStart".to_owned());
    task.containers[0].exit_code = None;
    task.containers[0].reason = Some("CannotPullContainerError: no such image".to_owned());
    let copies = ["a", "b", "c"].map(|id| {
        let mut copy = task.clone();
        copy.arn.push_str(id);
        copy
    });
    fixture.tasks.extend(copies);
    let panels = [Panel::Services, Panel::Tasks];
    let cause = "3 tasks of web:7 failed lately: CannotPullContainerError: no such image";
    check(&fixture, Rule::TasksFailing, &panels, Severity::Warning, web(), cause);

    // Those of another deployment, those stopped on purpose and those of long ago say nothing.
    let index = fixture.tasks.len() - 1;
    let silent = |change: fn(&mut crate::fleet::task::Task)| {
        let mut fixture = fixture.clone();
        change(&mut fixture.tasks[index]);
        rules(&fixture)
    };
    assert_eq!(silent(|task| task.started_by = Some("ecs-svc/web-0".to_owned())), []);
    assert_eq!(silent(|task| task.stop_code = Some("UserInitiated".to_owned())), []);
    assert_eq!(silent(|task| task.stopped_at = task.created_at), []);
}

#[test]
fn a_service_without_logs() {
    let mut fixture = Fixture::healthy(2);
    fixture.task_definitions[1].containers[0].log_group = None;
    let panels = [Panel::Services, Panel::TaskDefinitions];
    let cause = "1 container of web:7 does not log to CloudWatch (web)";
    check(&fixture, Rule::ServiceWithoutLogs, &panels, Severity::Warning, web(), cause);

    let logging = fixture.task_definitions[0].containers[0].clone();
    fixture.task_definitions[1].containers.push(logging);
    assert_eq!(only(&fixture, Rule::ServiceWithoutLogs, &[]).severity, Severity::Info);
}

#[test]
fn a_log_group_without_retention() {
    let mut fixture = Fixture::healthy(2);
    fixture.log_groups[1].retention_days = None;
    let subject = Subject::LogGroup("/prod/web".to_owned());
    let cause = "keeps its events for ever";
    check(&fixture, Rule::LogGroupWithoutRetention, &[Panel::LogGroups], Severity::Info, subject, cause);
}
