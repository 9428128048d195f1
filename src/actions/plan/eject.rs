//! Whether failures concentrate on an instance: only then the runbook ejects it. What is weighed here is what it weighs.

use std::collections::{BTreeMap, BTreeSet};

use super::Topic;
use super::notes::Notes;
use super::scene::{RETIRING, Scene, about};
use crate::fleet::instance::{CheckStatus, ContainerInstanceStatus, LifecycleState};
use crate::fleet::policy::plural;
use crate::fleet::service::{RolloutState, Service};
use crate::fleet::target::TargetState;
use crate::fleet::view::InstanceRow;

/// The targets of a service, in its first target group: the runbook looks at that one.
struct Ward<'a> {
    service: &'a Service,
    healthy: usize,
    failing: usize,
    /// Those that fail, by the instance that their id names.
    named: BTreeMap<&'a str, usize>,
    /// Those that fail and are addresses, by the instance that the fleet knows them on.
    hidden: BTreeMap<&'a str, usize>,
}

/// What the runbook comes to about an instance.
enum Verdict {
    /// It ejects it.
    Ejects,
    /// It finds nothing that fails.
    Nothing,
    /// It ejects nothing, for this reason.
    Declines(String),
}

impl Ward<'_> {
    /// A service that is being deployed, or that could not be, has another trouble than an instance.
    fn is_looked_at(&self) -> bool {
        let [one] = self.service.deployments.as_slice() else { return false };
        one.rollout_state == Some(RolloutState::Completed)
    }
}

/// Says what fails on each target, and what the runbook makes of it.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let wards = wards(scene);
    let whole = scene.evidence.snapshot.targets.complete() && scene.evidence.snapshot.services.complete();
    for row in &scene.targets {
        for what in machine(scene, row).into_iter().chain(wards.iter().filter_map(|ward| told(ward, row))) {
            notes.fact(Topic::Failures, about(row), what);
        }
        match verdict(scene, &wards, row) {
            Verdict::Ejects => {}
            Verdict::Nothing if scene.evidence.snapshot.targets.known() => {
                let text = format!("nothing fails on {} that is known of: the runbook ejects nothing then", row.key);
                notes.warn(Topic::Failures, about(row), text);
            }
            Verdict::Nothing => {}
            Verdict::Declines(why) if whole => {
                notes.block(Topic::Failures, about(row), format!("{why}: the runbook ejects nothing then"));
            }
            Verdict::Declines(why) => {
                notes.warn(Topic::Failures, about(row), format!("{why}: the runbook ejects nothing then"));
            }
        }
    }
    if scene.targets.len() > 1 {
        let text = "one instance is ejected at a time: the others are refused meanwhile".to_owned();
        notes.warn(Topic::Failures, None, text);
    }
}

/// What is wrong with the machine itself, and what the runbook does not weigh of it.
fn machine(scene: &Scene<'_>, row: &InstanceRow) -> Vec<String> {
    let mut ails: Vec<String> = Vec::new();
    let mut says = |holds: bool, what: &str| ails.extend(holds.then(|| format!("{}: {what}", row.key)));
    let bad = |check: &Option<CheckStatus>| *check == Some(CheckStatus::Impaired);
    if let Some(ec2) = scene.evidence.ec2(row) {
        says(bad(&ec2.system_check), "EC2's system status check fails");
        says(bad(&ec2.instance_check), "EC2's instance status check fails");
    }
    if let Some(ecs) = scene.evidence.ecs(row) {
        says(!ecs.agent_connected, "ECS has lost the agent, which the runbook does not weigh");
        says(bad(&ecs.health), "ECS's own health check fails, which the runbook does not weigh");
    }
    ails
}

fn is_impaired(scene: &Scene<'_>, row: &InstanceRow) -> bool {
    let impaired = Some(CheckStatus::Impaired);
    scene.evidence.ec2(row).is_some_and(|ec2| ec2.system_check == impaired || ec2.instance_check == impaired)
}

/// The services with a load balancer whose target group was read.
fn wards<'a>(scene: &Scene<'a>) -> Vec<Ward<'a>> {
    scene.evidence.snapshot.services.rows.iter().filter_map(|service| ward(scene, service)).collect()
}

fn ward<'a>(scene: &Scene<'a>, service: &'a Service) -> Option<Ward<'a>> {
    let arn = &service.load_balancers.first()?.target_group_arn;
    let groups = &scene.evidence.snapshot.targets.rows;
    let place = groups.iter().position(|group| group.arn == *arn)?;
    let targets = &groups.get(place)?.targets.rows;
    let count = |state: &TargetState| targets.iter().filter(|target| target.state == *state).count();
    let (healthy, failing) = (count(&TargetState::Healthy), count(&TargetState::Unhealthy));
    let mut ward = Ward { service, healthy, failing, named: BTreeMap::new(), hidden: BTreeMap::new() };
    for row in scene.evidence.view.targets.iter().filter(|row| row.target_group == place) {
        let Some(target) = targets.get(row.target).filter(|one| one.state == TargetState::Unhealthy) else { continue };
        if target.id.starts_with("i-") {
            *ward.named.entry(&target.id).or_default() += 1;
        } else {
            *ward.hidden.entry(row.instance.as_deref().unwrap_or_default()).or_default() += 1;
        }
    }
    Some(ward)
}

/// What fails of a service on an instance.
fn told(ward: &Ward<'_>, row: &InstanceRow) -> Option<String> {
    let name = &ward.service.name;
    let fail = |count: usize| if count == 1 { "fails" } else { "fail" };
    if let Some(count) = ward.hidden.get(row.key.as_str()) {
        let targets = plural(*count, "target");
        let text = format!(
            "{name}: {targets} on {} {}, as addresses, which the runbook finds no instance by",
            row.key,
            fail(*count)
        );
        return Some(text);
    }
    let count = *ward.named.get(row.key.as_str())?;
    let said = format!("{name}: {} on {} {}", plural(count, "target"), row.key, fail(count));
    if ward.is_looked_at() {
        return Some(format!("{said}, {} of all its targets are healthy", ward.healthy));
    }
    Some(format!("{said}, but it is being deployed or could not be, and the runbook does not weigh it"))
}

fn verdict(scene: &Scene<'_>, wards: &[Ward<'_>], row: &InstanceRow) -> Verdict {
    if let Some(why) = moving(scene, row) {
        return Verdict::Declines(why);
    }
    let looked = || wards.iter().filter(|ward| ward.is_looked_at() && ward.failing > 0);
    if let Some(ward) = looked().find(|ward| ward.healthy == 0) {
        return Verdict::Declines(format!("{} has no healthy target at all", ward.service.name));
    }
    let accused: BTreeSet<&str> = looked().flat_map(|ward| ward.named.keys().copied()).collect();
    let suspected = |one: &&InstanceRow| accused.contains(one.key.as_str()) || is_impaired(scene, one);
    let suspects: Vec<&InstanceRow> = peers(scene, row).filter(suspected).collect();
    match suspects.as_slice() {
        [] if looked().any(|ward| !ward.hidden.is_empty()) => {
            Verdict::Declines("what fails are addresses, which name no instance".to_owned())
        }
        [] => Verdict::Nothing,
        [one] if one.key != row.key => Verdict::Declines(format!("failures concentrate on {}", one.key)),
        [_] if !is_active(scene, row) => Verdict::Declines(format!("{} takes no tasks already", row.key)),
        [_] => Verdict::Ejects,
        several => {
            let text = format!("{} are suspected, not this one alone", plural(several.len(), "instance"));
            Verdict::Declines(text)
        }
    }
}

/// The members of the instance's group.
fn peers<'a>(scene: &Scene<'a>, row: &InstanceRow) -> impl Iterator<Item = &'a InstanceRow> {
    let group = row.group.clone();
    scene.evidence.view.instances.iter().filter(move |one| group.is_some() && one.group == group)
}

fn is_active(scene: &Scene<'_>, row: &InstanceRow) -> bool {
    scene.evidence.ecs(row).is_some_and(|ecs| ecs.status == ContainerInstanceStatus::Active)
}

/// Why the fleet is not at rest, if it is not. A refresh is told of by whatever takes instances.
fn moving(scene: &Scene<'_>, row: &InstanceRow) -> Option<String> {
    let mut members =
        scene.evidence.snapshot.groups.rows.iter().filter(|group| Some(&group.name) == row.group.as_ref());
    let members = members.next().map(|group| group.members.as_slice()).unwrap_or_default();
    let away = members.iter().filter(|member| member.lifecycle_state != LifecycleState::InService).count();
    if away > 0 {
        return Some(format!("{} of the group not in service", plural(away, "member")));
    }
    let marked = scene.evidence.snapshot.container_instances.rows.iter().filter(|ecs| {
        let mark = ecs.attributes.get(RETIRING);
        let ejected = mark.is_some_and(|mark| mark.starts_with("eject-"));
        ejected || mark.is_some() && ecs.status == ContainerInstanceStatus::Active
    });
    let marked = marked.count();
    (marked > 0).then(|| format!("{} marked as retiring", plural(marked, "instance")))
}
