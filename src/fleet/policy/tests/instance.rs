//! Machines, their agents, AMIs and ways in.

use super::{check, instance, minutes, only, rules};
use crate::fleet::finding::{Rule, Severity, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::image::{ExpectedFrom, ExpectedImage};
use crate::fleet::instance::{CheckStatus, Ec2State, LifecycleState, ScheduledEvent};
use crate::fleet::reading::Panel;

#[test]
fn over_age() {
    let mut fixture = Fixture::healthy(3);
    fixture.ec2_instances[1].launched_at = Some(fixture.ago(minutes(14 * 60 + 12)));
    let cause = "14 h 12 m old, limit 12 h";
    check(&fixture, Rule::InstanceOverAge, &[Panel::Ec2Instances], Severity::Warning, instance(&fixture, 1), cause);
    let finding = only(&fixture, Rule::InstanceOverAge, &[]);
    assert_eq!(finding.since, Some(fixture.ago(minutes(132))));

    fixture.ec2_instances[1].launched_at = Some(fixture.ago(minutes(12 * 60)));
    assert_eq!(rules(&fixture), []);
}

#[test]
fn without_ec2_the_age_counts_from_registration() {
    let mut fixture = Fixture::healthy(1);
    fixture.container_instances[0].registered_at = Some(fixture.ago(minutes(13 * 60)));
    fixture.unread.insert(Panel::Ec2Instances);
    let finding = only(&fixture, Rule::InstanceOverAge, &[Panel::ContainerInstances]);
    assert_eq!(finding.cause, "registered 13 h ago, limit 12 h");
}

#[test]
fn an_external_instance_has_no_age_and_misses_nothing_in_ec2() {
    let mut fixture = Fixture::healthy(2);
    let mut external = fixture.container_instances[0].clone();
    external.arn.push('f');
    external.ec2_instance_id = Some("mi-0123456789abcdef0".to_owned());
    external.registered_at = Some(fixture.ago(minutes(100_000)));
    fixture.container_instances.push(external);
    assert_eq!(rules(&fixture), []);
    assert_eq!(fixture.fleet().view().instances.len(), 3);
}

#[test]
fn what_terminates_is_not_over_age() {
    let mut fixture = Fixture::healthy(2);
    fixture.ec2_instances[0].launched_at = Some(fixture.ago(minutes(2_000)));
    fixture.ec2_instances[0].state = Ec2State::ShuttingDown;
    fixture.ec2_instances[1].launched_at = Some(fixture.ago(minutes(2_000)));
    fixture.groups[0].members[1].lifecycle_state = LifecycleState::TerminatingProceed;
    assert_eq!(rules(&fixture), []);
}

#[test]
fn not_in_cluster() {
    let mut fixture = Fixture::healthy(3);
    fixture.container_instances.remove(2);
    fixture.tasks.retain(|task| !task.arn.ends_with('2'));
    fixture.targets.iter_mut().for_each(|group| drop(group.targets.rows.pop()));
    let panels = [Panel::ContainerInstances, Panel::Ec2Instances];
    let cause = "launched 5 h ago and not in the cluster, limit 10 m";
    check(&fixture, Rule::NotInCluster, &panels, Severity::Warning, instance(&fixture, 2), cause);

    fixture.groups[0].members[2].lifecycle_state = LifecycleState::PendingWait;
    assert!(only(&fixture, Rule::NotInCluster, &[]).cause.ends_with(", held in Pending:Wait"));

    let mut young = fixture.clone();
    young.ec2_instances[2].launched_at = Some(young.ago(minutes(10)));
    assert_eq!(rules(&young), []);

    fixture.incomplete.insert(Panel::ContainerInstances);
    assert_eq!(rules(&fixture), []);
}

#[test]
fn what_joined_after_the_container_instances_were_read_is_not_missing() {
    let mut fixture = Fixture::healthy(2);
    let mut fleet = fixture.fleet();
    fixture.now = fixture.now.checked_add(minutes(60)).unwrap();
    let mut younger = fixture.ec2_instances[0].clone();
    younger.id = "i-younger".to_owned();
    younger.launched_at = Some(fixture.ago(minutes(30)));
    fixture.ec2_instances.push(younger);
    fixture.failing.insert(Panel::ContainerInstances);
    fixture.land(&mut fleet);
    assert!(fleet.view().instances.iter().any(|row| row.key == "i-younger"));
    assert_eq!(fleet.view().findings, []);
}

#[test]
fn a_warm_pool_is_at_rest() {
    let mut fixture = Fixture::healthy(2);
    fixture.container_instances.clear();
    fixture.groups[0].members[0].lifecycle_state = LifecycleState::WarmedRunning;
    fixture.groups[0].members[1].lifecycle_state = LifecycleState::Standby;
    assert!(!rules(&fixture).contains(&Rule::NotInCluster));
}

#[test]
fn status_checks() {
    let mut fixture = Fixture::healthy(2);
    fixture.ec2_instances[0].system_check = Some(CheckStatus::Impaired);
    fixture.ec2_instances[0].instance_check = Some(CheckStatus::Impaired);
    fixture.ec2_instances[1].instance_check = Some(CheckStatus::Initializing);
    let cause = "system status check and instance status check impaired";
    check(&fixture, Rule::StatusCheckFailed, &[Panel::Ec2Instances], Severity::Critical, instance(&fixture, 0), cause);

    let mut fixture = Fixture::healthy(2);
    fixture.container_instances[1].health = Some(CheckStatus::Impaired);
    let panels = [Panel::ContainerInstances];
    let cause = "ECS health check impaired";
    check(&fixture, Rule::StatusCheckFailed, &panels, Severity::Critical, instance(&fixture, 1), cause);

    // What ECS cannot reach it calls impaired; that it cannot be reached is the finding.
    fixture.container_instances[1].agent_connected = false;
    assert_eq!(rules(&fixture), [Rule::AgentDisconnected]);
    fixture.ec2_instances[1].instance_check = Some(CheckStatus::Impaired);
    assert!(rules(&fixture).contains(&Rule::StatusCheckFailed));
}

#[test]
fn scheduled_events() {
    let mut fixture = Fixture::healthy(2);
    let event = |description: &str| ScheduledEvent {
        code: "instance-retirement".to_owned(),
        description: description.to_owned(),
        not_before: fixture.now.checked_add(minutes(26 * 60)).ok(),
    };
    fixture.ec2_instances[1].events =
        vec![event("[Completed] retired"), event("The instance is running on degraded hardware")];
    let cause = "AWS has scheduled instance-retirement, not before 26 h from now";
    check(&fixture, Rule::ScheduledEvent, &[Panel::Ec2Instances], Severity::Warning, instance(&fixture, 1), cause);
}

#[test]
fn suspended_processes() {
    let mut fixture = Fixture::healthy(2);
    fixture.groups[0].suspended_processes = vec!["Terminate".to_owned(), "Launch".to_owned()];
    let subject = Subject::Group("prod-web".to_owned());
    let cause = "suspended: Launch, Terminate";
    check(&fixture, Rule::ProcessesSuspended, &[Panel::Groups], Severity::Warning, subject, cause);
    fixture.groups[0].suspended_processes = vec!["AZRebalance".to_owned()];
    assert_eq!(only(&fixture, Rule::ProcessesSuspended, &[]).severity, Severity::Info);
}

#[test]
fn a_disconnected_agent() {
    let mut fixture = Fixture::healthy(2);
    fixture.container_instances[0].agent_connected = false;
    let cause = "agent disconnected, 2 running tasks";
    let panels = [Panel::ContainerInstances];
    check(&fixture, Rule::AgentDisconnected, &panels, Severity::Warning, instance(&fixture, 0), cause);
    fixture.ec2_instances[0].state = Ec2State::Stopped;
    assert_eq!(only(&fixture, Rule::AgentDisconnected, &[]).cause, format!("{cause}, instance stopped"));
    fixture.ec2_instances[0].state = Ec2State::ShuttingDown;
    assert_eq!(rules(&fixture), []);
}

#[test]
fn an_agent_behind() {
    let mut fixture = Fixture::healthy(3);
    fixture.container_instances[0].agent_version = Some("1.9.3".to_owned());
    fixture.container_instances[1].agent_version = None;
    let cause = "agent 1.9.3, newest in the fleet 1.91.0";
    let panels = [Panel::ContainerInstances];
    check(&fixture, Rule::AgentBehind, &panels, Severity::Info, instance(&fixture, 0), cause);
}

#[test]
fn a_drain_that_a_task_without_a_service_holds() {
    let mut fixture = Fixture::healthy(2);
    fixture.container_instances[0].status = "DRAINING".into();
    assert_eq!(rules(&fixture), []);
    let held = fixture.tasks.iter_mut().find(|task| task.arn.ends_with("web-000000000000000000000000")).unwrap();
    held.group = Some("family:web".to_owned());
    let panels = [Panel::ContainerInstances, Panel::Tasks];
    let cause = "draining is held by a task without a service (web:7)";
    check(&fixture, Rule::DrainBlocked, &panels, Severity::Warning, instance(&fixture, 0), cause);
}

#[test]
fn a_key_pair() {
    let mut fixture = Fixture::healthy(2);
    fixture.ec2_instances[1].key_name = Some("ada".to_owned());
    let cause = "launched with key pair ada";
    check(&fixture, Rule::KeyPair, &[Panel::Ec2Instances], Severity::Warning, instance(&fixture, 1), cause);
}

#[test]
fn an_open_port_22() {
    let mut fixture = Fixture::healthy(1);
    fixture.security_groups[0].ssh_sources = vec!["10.0.0.0/8".to_owned()];
    let panels = [Panel::SecurityGroups, Panel::Ec2Instances];
    let cause = "port 22 is open to 10.0.0.0/8 in sg-1";
    check(&fixture, Rule::SshOpen, &panels, Severity::Warning, instance(&fixture, 0), cause);
    for world in ["0.0.0.0/0", "::/0"] {
        fixture.security_groups[0].ssh_sources = vec![world.to_owned()];
        assert_eq!(only(&fixture, Rule::SshOpen, &[]).severity, Severity::Critical);
    }
    fixture.security_groups[0].ssh_sources = ["a", "b", "c", "d", "e"].map(str::to_owned).to_vec();
    assert_eq!(only(&fixture, Rule::SshOpen, &[]).cause, "port 22 is open to a, b, c and 2 more in sg-1");
}

#[test]
fn an_ami_behind() {
    let mut fixture = Fixture::healthy(2);
    fixture.ec2_instances[0].image_id = Some("ami-1".to_owned());
    let cause = "ami-1 is 2 builds, 0 days behind ami-3";
    let panels = [Panel::Images];
    check(&fixture, Rule::AmiBehind, &panels, Severity::Info, instance(&fixture, 0), cause);
    fixture.policy.max_builds_behind = 1;
    assert_eq!(only(&fixture, Rule::AmiBehind, &[]).severity, Severity::Warning);

    // Builds may be missing from the count, so there is none.
    fixture.incomplete.insert(Panel::Images);
    let finding = only(&fixture, Rule::AmiBehind, &[]);
    assert_eq!((finding.severity, finding.cause.as_str()), (Severity::Info, "ami-1 is 0 days behind ami-3"));
}

#[test]
fn an_ami_that_nobody_promoted() {
    let mut fixture = Fixture::healthy(2);
    fixture.images.expected[0].image_id = "ami-2".to_owned();
    fixture.ec2_instances[1].image_id = Some("ami-2".to_owned());
    let cause = "ami-3 is newer than the promoted AMI";
    check(&fixture, Rule::AmiUnpromoted, &[Panel::Images], Severity::Warning, instance(&fixture, 0), cause);

    let mut fixture = Fixture::healthy(2);
    fixture.images.images[0].name = "hand-made".to_owned();
    fixture.ec2_instances[0].image_id = Some("ami-1".to_owned());
    let cause = "ami-1 (hand-made) is no build of base-20251231-1200";
    check(&fixture, Rule::AmiUnpromoted, &[Panel::Images], Severity::Warning, instance(&fixture, 0), cause);

    // Not to run AWS's default is a decision and no fault.
    fixture.images.expected = vec![ExpectedImage {
        group: None,
        image_id: "ami-3".to_owned(),
        from: ExpectedFrom::EcsOptimized("/aws/service/ecs/…".to_owned()),
    }];
    assert_eq!(rules(&fixture), []);
}
