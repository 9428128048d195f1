//! What the plan rests on and is not known, or old.

use super::Topic;
use super::notes::Notes;
use super::scene::{Scene, about};
use crate::actions::catalogue::{Action, Kind};
use crate::fleet::policy::{plural, span};
use crate::fleet::reading::{Panel, PanelState};

/// A panel, and whether nothing can be said without it.
type Rests = (Panel, bool);

const EMPTIES: &[Rests] = &[
    (Panel::ContainerInstances, true),
    (Panel::Tasks, true),
    (Panel::Services, true),
    (Panel::TaskDefinitions, false),
    (Panel::Targets, false),
    (Panel::Groups, false),
    (Panel::Refreshes, false),
    (Panel::Executions, false),
    (Panel::Freeze, false),
];
const INSTANCES: &[Rests] = &[(Panel::ContainerInstances, false), (Panel::Groups, false), (Panel::Executions, false)];
const SERVICES: &[Rests] = &[
    (Panel::Services, false),
    (Panel::Tasks, false),
    (Panel::TaskDefinitions, false),
    (Panel::ContainerInstances, false),
    (Panel::Executions, false),
];
const TASKS: &[Rests] =
    &[(Panel::Tasks, false), (Panel::Services, false), (Panel::Targets, false), (Panel::Executions, false)];
const ALARMS: &[Rests] = &[(Panel::Alarms, false), (Panel::Mutes, false)];
const GROUPS: &[Rests] = &[(Panel::Groups, false), (Panel::ContainerInstances, false), (Panel::Executions, false)];
const FLEETS: &[Rests] = &[(Panel::Freeze, false), (Panel::Executions, false)];
const BAKES: &[Rests] =
    &[(Panel::Promotion, false), (Panel::Schedules, false), (Panel::Freeze, false), (Panel::Executions, false)];
const IMAGES: &[Rests] = &[
    (Panel::Promotion, true),
    (Panel::Builds, false),
    (Panel::Images, false),
    (Panel::Groups, false),
    (Panel::Schedules, false),
    (Panel::Executions, false),
];
const ROLLOUTS: &[Rests] = &[
    (Panel::Groups, true),
    (Panel::ContainerInstances, true),
    (Panel::Refreshes, true),
    (Panel::Promotion, false),
    (Panel::Builds, false),
    (Panel::Services, false),
    (Panel::Tasks, false),
    (Panel::Alarms, false),
    (Panel::Executions, false),
    (Panel::Freeze, false),
];

fn rests_on(action: Action) -> &'static [Rests] {
    match action.kind() {
        Kind::Instance if action.drains() => EMPTIES,
        Kind::Instance => INSTANCES,
        Kind::Service => SERVICES,
        Kind::Task => TASKS,
        Kind::Alarm => ALARMS,
        Kind::Group => GROUPS,
        Kind::Image => IMAGES,
        Kind::Fleet => match action {
            Action::Bake => BAKES,
            Action::RollbackAmi => IMAGES,
            Action::Rollout => ROLLOUTS,
            _ => FLEETS,
        },
    }
}

/// Says what was not read, or long ago, or in part.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    let Some(action) = scene.request.action else { return };
    for &(panel, needed) in rests_on(action) {
        let info = scene.fleet.snapshot().info(panel);
        match said(scene, panel) {
            Some(text) if needed && info.read_at.is_none() => notes.block(Topic::Unknown, None, text),
            Some(text) => notes.warn(Topic::Unknown, None, text),
            None => {}
        }
    }
    if action.drains() {
        unread_tasks(scene, notes);
    }
}

/// `tasks: 4 m old, and not read since: ecs:ListTasks: denied`.
fn said(scene: &Scene<'_>, panel: Panel) -> Option<String> {
    let (now, info) = (scene.request.now, scene.fleet.snapshot().info(panel));
    let name = panel.name().replace('_', " ");
    let why = info.failure.map(|failure| format!(": {}: {}", failure.operation, failure.message)).unwrap_or_default();
    let Some(at) = info.read_at else { return Some(format!("{name}: not known{why}")) };
    let age = span(now.duration_since(at));
    match scene.fleet.panel_state(panel, now) {
        PanelState::Live | PanelState::Loading => {
            let missing = info.missing.first()?;
            let others = info.missing.len() - 1;
            let more = if others == 0 { String::new() } else { format!(" and {} more", plural(others, "part")) };
            Some(format!("{name}: read in part: {} is missing{more}", missing.what))
        }
        PanelState::Stale => Some(format!("{name}: {age} old")),
        PanelState::Denied | PanelState::Throttled | PanelState::Failed => {
            Some(format!("{name}: {age} old, and not read since{why}"))
        }
    }
}

/// Of a large fleet only some tasks are read; the instance counts them all.
fn unread_tasks(scene: &Scene<'_>, notes: &mut Notes) {
    if !scene.evidence.snapshot.tasks.known() {
        return;
    }
    for row in &scene.targets {
        let Some(ecs) = scene.evidence.ecs(row) else { continue };
        let counted = (ecs.running_tasks + ecs.pending_tasks) as usize;
        let read = scene.evidence.tasks(&row.tasks).filter(|task| task.wanted()).count();
        if read < counted && !scene.evidence.snapshot.tasks.complete() {
            let text = format!("{} of the {} on {} were not read", counted - read, plural(counted, "task"), row.key);
            notes.block(Topic::Unknown, about(row), text);
        }
    }
}
