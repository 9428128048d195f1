//! Groups, target groups and services around the instances that are emptied.

use super::*;
use crate::fleet::instance::LifecycleState;
use crate::fleet::service::SchedulingStrategy;
use crate::fleet::target::TargetState;

fn has(plan: &Plan, line: &str) {
    assert!(lines(plan).iter().any(|one| one == line), "no {line:?} in {:#?}", lines(plan));
}

#[test]
fn a_group_that_may_not_replace_blocks_a_recycle_and_not_a_drain() {
    let mut fixture = Fixture::healthy(3);
    fixture.groups[0].suspended_processes = vec!["Launch".to_owned()];
    has(
        &of(&fixture, Action::Recycle, &[0]),
        "! group: group prod-web has Launch suspended: the runbook does not begin, as nothing might be replaced",
    );
    assert!(of(&fixture, Action::Drain, &[0]).blocks().is_empty());

    let mut fixture = Fixture::healthy(3);
    fixture.groups[0].desired = 2;
    has(
        &of(&fixture, Action::Recycle, &[0]),
        "? group: group prod-web wants 2 and has 3: it may not replace what goes",
    );
}

#[test]
fn a_member_has_to_be_in_service_and_protection_does_not_protect() {
    let mut fixture = Fixture::healthy(3);
    let id = fixture.ec2_instances[0].id.clone();
    fixture.groups[0].members[0].protected = true;
    has(
        &of(&fixture, Action::Recycle, &[0]),
        &format!("? group: {id} is protected from scale-in: that does not keep this action from ending it"),
    );
    fixture.groups[0].members[0].lifecycle_state = LifecycleState::Standby;
    has(
        &of(&fixture, Action::Recycle, &[0]),
        &format!("! group: {id} is Standby in its group: the runbook takes one that is InService"),
    );
    fixture.groups[0].members.remove(0);
    fixture.ec2_instances[0].tags.clear();
    has(
        &of(&fixture, Action::Recycle, &[0]),
        &format!("! group: {id} is in no Auto Scaling group: nothing would replace it"),
    );
}

#[test]
fn the_last_instance_of_a_zone_is_told() {
    has(&of(&Fixture::healthy(3), Action::Drain, &[1]), "? group: no other instance takes tasks in eu-west-1b");
    let several = of(&Fixture::healthy(6), Action::Drain, &[0, 1]);
    assert!(!lines(&several).iter().any(|line| line.contains("eu-west-1")), "{several:#?}");
}

#[test]
fn the_last_healthy_target_is_kept_by_a_service_and_by_nothing_else() {
    let mut fixture = Fixture::healthy(2);
    fixture.targets[1].targets.rows[1].state = TargetState::Initial;
    assert!(!of(&fixture, Action::Drain, &[0]).blocks().contains(&Topic::NoHealthyTarget));
    fixture.services[1].minimum_healthy_percent = Some(0);
    let line = "! no-healthy-target: target group web would lose its last healthy target";
    has(&of(&fixture, Action::Drain, &[0]), line);
    fixture.services[1].minimum_healthy_percent = Some(100);
    fixture.services[1].scheduling = SchedulingStrategy::Daemon;
    has(&of(&fixture, Action::Drain, &[0]), line);
    assert!(!of(&fixture, Action::Drain, &[1]).blocks().contains(&Topic::NoHealthyTarget));
}

#[test]
fn services_that_do_not_keep_off_retiring_instances_may_hop() {
    let mut fixture = Fixture::healthy(6);
    let line = "? hops: 2 services (api, web) may start tasks on 1 instance next to go: no constraint `attribute:retiring !exists`";
    has(&of(&fixture, Action::Drain, &[0, 3]), line);
    assert!(!lines(&of(&fixture, Action::Drain, &[0])).iter().any(|line| line.contains("hops")));
    for service in &mut fixture.services {
        service.placement_constraints = vec!["attribute:retiring  !exists".to_owned()];
    }
    assert!(!lines(&of(&fixture, Action::Drain, &[0, 3])).iter().any(|line| line.contains("hops")));
}

#[test]
fn an_instance_to_activate_has_to_stay() {
    let mut fixture = Fixture::healthy(2);
    assert_eq!(of(&fixture, Action::Activate, &[0]).notes[0].topic, Topic::AlreadySo);
    fixture.container_instances[0].status = "DRAINING".into();
    assert!(of(&fixture, Action::Activate, &[0]).notes.is_empty());
    fixture.groups[0].members[0].lifecycle_state = LifecycleState::TerminatingWait;
    assert_eq!(of(&fixture, Action::Activate, &[0]).blocks(), [Topic::NotThere]);
}

#[test]
fn the_commands_by_hand_come_with_their_undo() {
    let fixture = Fixture::healthy(12);
    let plan = of(&fixture, Action::Recycle, &(0..11).collect::<Vec<_>>());
    assert_eq!(plan.by_hand.len(), 2 + 11, "ten container instances in a call, each terminated by itself");
    let first = &plan.by_hand[0];
    let start = "aws ecs update-container-instances-state --cluster prod --container-instances arn:aws:ecs:";
    assert!(first.command.starts_with(start), "{}", first.command);
    assert!(first.command.ends_with(" --status DRAINING --region eu-west-1"), "{}", first.command);
    assert_eq!(first.undo.as_ref().unwrap(), &first.command.replace("DRAINING", "ACTIVE"));
    let last = &plan.by_hand[12];
    let id = &fixture.ec2_instances[10].id;
    let terminate = format!(
        "aws autoscaling terminate-instance-in-auto-scaling-group --instance-id {id} \
         --no-should-decrement-desired-capacity --region eu-west-1"
    );
    assert_eq!((&last.command, &last.undo), (&terminate, &None));
}
