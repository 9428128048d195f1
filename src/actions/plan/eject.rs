//! Whether failures concentrate on an instance: only then the runbook ejects it.

use std::collections::BTreeMap;

use super::Topic;
use super::notes::Notes;
use super::scene::{Scene, about};
use crate::fleet::instance::CheckStatus;
use crate::fleet::policy::plural;
use crate::fleet::target::TargetState;
use crate::fleet::view::{InstanceRow, TargetRow};

/// Healthy and failing targets of a service.
#[derive(Debug, Clone, Copy, Default)]
struct Count {
    healthy: usize,
    failing: usize,
}

impl Count {
    fn add(&mut self, state: &TargetState) {
        match state {
            TargetState::Healthy => self.healthy += 1,
            TargetState::Unhealthy | TargetState::UnhealthyDraining => self.failing += 1,
            _ => {}
        }
    }
}

/// Says what fails on each target, and whether the same fails elsewhere.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    for row in &scene.targets {
        let ails = machine(scene, row);
        for what in &ails {
            notes.fact(Topic::Failures, about(row), format!("{}: {what}", row.key));
        }
        let here_and_elsewhere = services(scene, row);
        let failing: Vec<_> = here_and_elsewhere.iter().filter(|(_, (here, _))| here.failing > 0).collect();
        for (name, (here, elsewhere)) in &failing {
            say(scene, row, name, (*here, *elsewhere), notes);
        }
        if ails.is_empty() && failing.is_empty() && scene.evidence.snapshot.targets.known() {
            let text = format!("nothing fails on {} that is known of: the runbook ejects nothing then", row.key);
            notes.warn(Topic::Failures, about(row), text);
        }
    }
    if scene.targets.len() > 1 {
        let text = "one instance is ejected at a time: the others are refused meanwhile".to_owned();
        notes.warn(Topic::Failures, None, text);
    }
}

fn say(scene: &Scene<'_>, row: &InstanceRow, name: &str, (here, elsewhere): (Count, Count), notes: &mut Notes) {
    let failing = plural(here.failing, "target");
    let text = match (elsewhere.failing, elsewhere.healthy) {
        (0, 0) => format!("{name}: {failing} on {} fail, and it has none elsewhere to compare with", row.key),
        (0, healthy) => {
            let text = format!("{name}: {failing} on {} fail, {healthy} elsewhere are healthy", row.key);
            return notes.fact(Topic::Failures, about(row), text);
        }
        (bad, _) => format!("{name}: {failing} on {} fail, and {bad} elsewhere too: not this instance alone", row.key),
    };
    if scene.evidence.snapshot.targets.complete() {
        notes.block(Topic::Failures, about(row), text);
    } else {
        notes.warn(Topic::Failures, about(row), text);
    }
}

/// What is wrong with the machine itself.
fn machine(scene: &Scene<'_>, row: &InstanceRow) -> Vec<&'static str> {
    let mut ails = Vec::new();
    let bad = |check: &Option<CheckStatus>| *check == Some(CheckStatus::Impaired);
    if let Some(ec2) = scene.evidence.ec2(row) {
        ails.extend(bad(&ec2.system_check).then_some("EC2's system status check fails"));
        ails.extend(bad(&ec2.instance_check).then_some("EC2's instance status check fails"));
    }
    if let Some(ecs) = scene.evidence.ecs(row) {
        ails.extend((!ecs.agent_connected).then_some("ECS has lost the agent"));
        ails.extend(bad(&ecs.health).then_some("ECS's own health check fails"));
    }
    ails
}

/// Targets by the name of their service or, where that is not known, of their group: those on the instance and those elsewhere.
fn services<'a>(scene: &Scene<'a>, row: &InstanceRow) -> BTreeMap<&'a str, (Count, Count)> {
    let groups = &scene.evidence.snapshot.targets.rows;
    let mut counts: BTreeMap<&str, (Count, Count)> = BTreeMap::new();
    for one in &scene.evidence.view.targets {
        let Some(group) = groups.get(one.target_group) else { continue };
        let Some(target) = group.targets.rows.get(one.target) else { continue };
        let count = counts.entry(service(scene, one).unwrap_or(&group.name)).or_default();
        let here = one.instance.as_deref() == Some(row.key.as_str());
        if here { count.0.add(&target.state) } else { count.1.add(&target.state) }
    }
    counts
}

fn service<'a>(scene: &Scene<'a>, row: &TargetRow) -> Option<&'a str> {
    scene.evidence.snapshot.tasks.rows.get(row.task?)?.service()
}
