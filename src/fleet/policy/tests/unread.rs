//! Whatever is missing, nothing is claimed that would need it.

use std::collections::BTreeSet;

use super::{all, minutes};
use crate::fleet::alarm::AlarmState;
use crate::fleet::execution::ExecutionStatus;
use crate::fleet::finding::{Finding, Rule, Subject};
use crate::fleet::fixture::Fixture;
use crate::fleet::freeze::Freeze;
use crate::fleet::reading::Panel;
use crate::fleet::status::{Status, text};
use crate::fleet::target::TargetState;

/// Panels without which a rule has nothing to go by; of several sets one is enough.
fn needs(rule: Rule) -> &'static [&'static [Panel]] {
    match rule {
        Rule::InstanceOverAge | Rule::StatusCheckFailed => &[&[Panel::Ec2Instances], &[Panel::ContainerInstances]],
        Rule::AmiBehind | Rule::AmiUnpromoted => {
            &[&[Panel::Images, Panel::Ec2Instances], &[Panel::Images, Panel::ContainerInstances]]
        }
        Rule::AgentDisconnected | Rule::AgentBehind | Rule::DrainingTooLong => &[&[Panel::ContainerInstances]],
        Rule::DrainBlocked => &[&[Panel::ContainerInstances, Panel::Tasks]],
        Rule::TerminatingWait | Rule::ProcessesSuspended => &[&[Panel::Groups]],
        Rule::NotInCluster => &[&[Panel::ContainerInstances, Panel::Ec2Instances]],
        Rule::WithoutTargets => &[&[Panel::ContainerInstances, Panel::Targets]],
        Rule::KeyPair | Rule::ScheduledEvent => &[&[Panel::Ec2Instances]],
        Rule::SshOpen => &[&[Panel::Ec2Instances, Panel::SecurityGroups]],
        Rule::TargetUnhealthy | Rule::TargetFlapping | Rule::NoHealthyTarget => &[&[Panel::Targets]],
        Rule::ServiceBelowDesired | Rule::DeploymentFailed | Rule::DeploymentRolledBack | Rule::TasksFailing => {
            &[&[Panel::Services]]
        }
        Rule::TaskUnplaceable => &[&[Panel::Services], &[Panel::Tasks]],
        Rule::AlarmFiring | Rule::AlarmWithoutAction | Rule::AlarmActionsDisabled | Rule::AlarmNoData => {
            &[&[Panel::Alarms]]
        }
        Rule::AlarmSilenced => &[&[Panel::Alarms, Panel::Mutes]],
        Rule::ServiceWithoutLogs => &[&[Panel::Services, Panel::TaskDefinitions]],
        Rule::LogGroupWithoutRetention => &[&[Panel::LogGroups]],
        Rule::ExecutionFailed | Rule::ExecutionWaiting => &[&[Panel::Executions, Panel::Runbooks]],
        Rule::FleetFrozen => &[&[Panel::Freeze]],
        Rule::ScheduleDisabled => &[&[Panel::Schedules]],
        Rule::BakeFailed | Rule::RotationFailed => {
            &[&[Panel::Schedules, Panel::Executions, Panel::Runbooks, Panel::Freeze]]
        }
        Rule::BakeOverdue => &[&[Panel::Schedules, Panel::Executions, Panel::Builds, Panel::Freeze]],
        Rule::RotationOverdue => {
            &[&[Panel::Schedules, Panel::Executions, Panel::Refreshes, Panel::Freeze, Panel::Cluster, Panel::Groups]]
        }
        Rule::RefreshFailed | Rule::RefreshRolledBack => &[&[Panel::Refreshes]],
        Rule::RefreshHeldUp => &[&[Panel::Refreshes, Panel::Groups, Panel::Ec2Instances]],
    }
}

/// Rules that say that something is not there: a part of the rows cannot prove that.
fn proven_by_all_of(rule: Rule) -> &'static [Panel] {
    match rule {
        Rule::NotInCluster => &[Panel::ContainerInstances],
        Rule::WithoutTargets => &[Panel::Targets],
        Rule::AlarmWithoutAction => &[Panel::Alarms],
        Rule::BakeOverdue => &[Panel::Builds, Panel::Executions],
        Rule::RotationOverdue => &[Panel::Refreshes, Panel::Executions, Panel::Groups, Panel::Cluster],
        _ => &[],
    }
}

/// Breaks about one thing in ten.
fn broken(random: &mut fastrand::Rng) -> Fixture {
    let mut fixture = Fixture::healthy(random.usize(0..6));
    let hit = |random: &mut fastrand::Rng| random.u8(0..10) == 0;
    for n in 0..fixture.ec2_instances.len() {
        let (long_ago, waited) = (fixture.ago(minutes(900)), fixture.ago(minutes(9)));
        let ec2 = &mut fixture.ec2_instances[n];
        let ecs = &mut fixture.container_instances[n];
        for choice in (0..14).filter(|_| hit(random)).collect::<Vec<_>>() {
            match choice {
                0 => ec2.launched_at = Some(long_ago),
                1 => ec2.launched_at = None,
                2 => ec2.key_name = Some("key".to_owned()),
                3 => ec2.image_id = Some("ami-1".to_owned()),
                4 => ec2.image_id = Some("ami-gone".to_owned()),
                5 => ec2.state = "terminated".into(),
                6 => ec2.system_check = Some("impaired".into()),
                7 => ecs.agent_connected = false,
                8 => ecs.agent_version = Some("1.2".to_owned()),
                9 => ecs.status = "DRAINING".into(),
                10 => ecs.ec2_instance_id = Some(format!("mi-{n}")),
                11 => ecs.ec2_instance_id = None,
                12 => fixture.tasks[2 * n].group = None,
                _ => fixture.tasks.push(fixture.tasks[n].clone()),
            }
        }
        if hit(random) {
            fixture.tasks.push(fixture.waiting_task(&format!("w{n}"), hit(random), waited));
        }
        if hit(random) {
            fixture.container_instances[n].arn.push('x');
        }
        for group in &mut fixture.targets {
            if hit(random) {
                group.targets.rows[n].state = TargetState::Unhealthy;
            }
        }
    }
    break_services(&mut fixture, random);
    fixture
}

fn break_services(fixture: &mut Fixture, random: &mut fastrand::Rng) {
    let mut hit = || random.u8(0..5) == 0;
    for service in &mut fixture.services {
        if hit() {
            service.running = service.running.saturating_sub(2);
        }
        if hit() {
            service.deployments[0].failed_tasks = 2;
            service.deployments[0].rollout_state = Some("IN_PROGRESS".into());
        }
        if hit() {
            service.deployments.clear();
        }
    }
    for alarm in &mut fixture.alarms {
        if hit() {
            alarm.state = AlarmState::Alarm;
        }
        if hit() {
            alarm.alarm_actions.clear();
        }
    }
    if hit() {
        fixture.mutes = vec![fixture.mute("prod-cpu")];
    }
    if hit() {
        fixture.groups[0].suspended_processes = vec!["Launch".to_owned()];
    }
    if hit() {
        fixture.security_groups[0].ssh_sources = vec!["0.0.0.0/0".to_owned()];
    }
    if hit() {
        fixture.log_groups[0].retention_days = None;
    }
    if hit() {
        fixture.freeze = Some(Freeze::default());
    }
    if hit() {
        super::automation::add(fixture, ExecutionStatus::Failed);
    }
    for breakage in super::rotation::BREAKAGES {
        if hit() {
            breakage(fixture);
        }
    }
    if hit() {
        fixture.container_instances.pop();
    }
    if hit() {
        fixture.targets[0].targets.read_at = None;
    }
}

fn subjects(findings: &[Finding]) -> BTreeSet<(Rule, Subject)> {
    findings.iter().map(|finding| (finding.rule, finding.subject.clone())).collect()
}

/// Judges a broken fleet whole and with panels missing: the second judgement may only be silent about more.
fn check(seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut fixture = broken(&mut random);
    let whole = subjects(&all(&fixture));
    for panel in Panel::ALL {
        match random.u8(0..12) {
            0 | 1 => drop(fixture.unread.insert(panel)),
            2 | 3 => drop(fixture.incomplete.insert(panel)),
            4 => drop(fixture.failing.insert(panel)),
            _ => {}
        }
    }
    let never_read: BTreeSet<Panel> = fixture.unread.union(&fixture.failing).copied().collect();
    let fleet = fixture.fleet();
    for finding in &fleet.view().findings {
        let rule = finding.rule;
        let read = |panels: &&[Panel]| panels.iter().all(|panel| !never_read.contains(panel));
        assert!(needs(rule).iter().any(read), "seed {seed}: {finding:?} without {never_read:?}");
        let partial = proven_by_all_of(rule).iter().any(|panel| fixture.incomplete.contains(panel));
        assert!(!partial, "seed {seed}: {finding:?} from a part");
    }
    let nowhere_else = subjects(&fleet.view().findings);
    let invented: Vec<_> = nowhere_else.difference(&whole).filter(|(rule, _)| !may_appear(*rule)).collect();
    assert!(invented.is_empty(), "seed {seed}: {invented:?} although the whole fleet has no such finding");
    let status = Status::of(&fleet, fixture.now);
    let whole = never_read.is_empty() && fixture.incomplete.is_empty();
    assert_eq!(status.complete, whole && fixture.targets.iter().all(|group| group.targets.known()), "seed {seed}");
    assert!(!text(&status).is_empty());
}

/// What a panel tells can excuse what another shows: an instance that EC2 calls terminated is not over age, tasks that start make
/// up for those that lack. Without it the finding stands, in words that claim no more than was read.
fn may_appear(rule: Rule) -> bool {
    matches!(
        rule,
        Rule::InstanceOverAge
            | Rule::AgentDisconnected
            | Rule::AgentBehind
            | Rule::ServiceBelowDesired
            | Rule::StatusCheckFailed
            | Rule::AmiBehind
            | Rule::AmiUnpromoted
            // Without the schedules nobody knows which executions have rules of their own.
            | Rule::ExecutionFailed
    )
}

#[test]
fn nothing_is_claimed_that_was_not_read() {
    (0..500).for_each(check);
}
