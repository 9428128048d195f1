//! Alarms that are muted, or are to tell again.

use super::Topic;
use super::notes::Notes;
use super::scene::Scene;
use crate::actions::catalogue::Action;
use crate::fleet::alarm::{Alarm, AlarmState};
use crate::fleet::finding::Subject;
use crate::fleet::policy::{plural, span};
use crate::fleet::view::AlarmRow;

/// Names in a note.
const NAMES: usize = 3;

/// What muting changes, and what ending it does.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) {
    for subject in scene.request.subjects {
        let Subject::Alarm(name) = subject else { continue };
        let alarms = &scene.evidence.snapshot.alarms;
        let row = scene.evidence.view.alarms.iter().find_map(|row| {
            let alarm = alarms.rows.get(row.alarm)?;
            (alarm.name == *name).then_some((row, alarm))
        });
        match (row, scene.request.action) {
            (Some((row, alarm)), Some(Action::Silence)) => silence(scene, row, alarm, notes),
            (Some((row, alarm)), Some(Action::Unsilence)) => unsilence(scene, row, alarm, notes),
            (Some(_), _) => {}
            (None, _) if alarms.complete() => {
                notes.block(Topic::NotThere, Some(subject.clone()), format!("there is no alarm {name} in this fleet"));
            }
            (None, _) => {}
        }
    }
}

fn about(alarm: &Alarm) -> Option<Subject> {
    Some(Subject::Alarm(alarm.name.clone()))
}

fn silence(scene: &Scene<'_>, row: &AlarmRow, alarm: &Alarm, notes: &mut Notes) {
    let name = &alarm.name;
    if let Some(until) = row.silenced_until {
        let left = span(until.duration_since(scene.request.now));
        let text = format!("{name} is silenced for {left} already: it stays so until the later of the two ends");
        notes.warn(Topic::AlreadySo, about(alarm), text);
    }
    let tells = alarm.alarm_actions.len() + alarm.ok_actions.len() + alarm.insufficient_data_actions.len();
    if tells == 0 {
        notes.warn(Topic::AlreadySo, about(alarm), format!("{name} has no action: it tells nobody anyway"));
    } else if !alarm.actions_enabled {
        notes.warn(
            Topic::AlreadySo,
            about(alarm),
            format!("the actions of {name} are disabled: it tells nobody anyway"),
        );
    }
    if alarm.state == AlarmState::Alarm {
        let text = format!("{name} is firing now: if it still is when the silence ends, it tells then");
        notes.fact(Topic::AlreadySo, about(alarm), text);
    }
    // Scaling is an action like any other (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html).
    let scales =
        alarm.alarm_actions.iter().chain(&alarm.ok_actions).filter(|arn| arn.contains(":autoscaling:")).count();
    if scales > 0 {
        let text = format!("{name} scales: {} of it are not taken meanwhile either", plural(scales, "action"));
        notes.warn(Topic::Group, about(alarm), text);
    }
    let above = scene.evidence.snapshot.alarms.rows.iter().filter(|one| one.children().contains(&name.as_str()));
    let above: Vec<&str> = above.filter(|one| !asked(scene, one)).map(|one| one.name.as_str()).collect();
    if !above.is_empty() {
        let text = format!("{} looks at {name} and still tells: silence that one too if need be", above.join(", "));
        notes.warn(Topic::Hops, about(alarm), text);
    }
}

fn asked(scene: &Scene<'_>, alarm: &Alarm) -> bool {
    scene.request.subjects.iter().any(|subject| matches!(subject, Subject::Alarm(name) if *name == alarm.name))
}

fn unsilence(scene: &Scene<'_>, row: &AlarmRow, alarm: &Alarm, notes: &mut Notes) {
    let name = &alarm.name;
    let Some(mute) = row.mute.and_then(|at| scene.evidence.snapshot.mutes.rows.get(at)) else {
        if scene.evidence.snapshot.mutes.complete() {
            notes.block(Topic::AlreadySo, about(alarm), format!("no rule mutes {name}"));
        }
        return;
    };
    let left = mute
        .until
        .map(|until| format!(", which would last for {} more", span(until.duration_since(scene.request.now))));
    let text = format!("rule {} is deleted{}", mute.name, left.unwrap_or_default());
    notes.fact(Topic::Moves, about(alarm), text);
    let others: Vec<&str> = mute.alarm_names.iter().map(String::as_str).filter(|other| other != name).collect();
    if let Some(named) = others.get(..others.len().min(NAMES)).filter(|named| !named.is_empty()) {
        let more = if others.len() > NAMES { ", …" } else { "" };
        let text = format!(
            "rule {} mutes {} more, which tell again too: {}{more}",
            mute.name,
            plural(others.len(), "alarm"),
            named.join(", ")
        );
        notes.warn(Topic::Hops, about(alarm), text);
    }
    if alarm.state == AlarmState::Alarm {
        notes.warn(Topic::AlreadySo, about(alarm), format!("{name} is firing: it tells at once"));
    }
    if !alarm.actions_enabled {
        let text = format!("the actions of {name} are disabled: it goes on telling nobody");
        notes.warn(Topic::AlreadySo, about(alarm), text);
    }
}
