//! What still holds an instance that is being emptied: task by task, target by target.

use jiff::{SignedDuration, Timestamp};

use super::finding::Subject;
use super::service::Service;
use super::target::TargetState;
use super::task::{Task, TaskStatus};
use super::view::{Fleet, InstanceRow};

/// Something that is still there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hold {
    /// The task or the target.
    pub subject: Subject,
    /// How it stands, in a word of AWS's.
    pub state: String,
    /// Why it is still there, as far as that is known.
    pub why: String,
    /// It does not go by itself.
    pub stays: bool,
}

/// Everything that is still there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// Tasks first, those that stay before those that go.
    pub holds: Vec<Hold>,
    /// How long it may take, at the pace at which tasks have left so far; `None`: nothing has left yet, or something stays.
    pub estimate: Option<SignedDuration>,
}

/// What still holds the instance of that key, which is being emptied since `since`; `None`: the instance is not known.
#[must_use]
pub fn holds(fleet: &Fleet, key: &str, since: Option<Timestamp>, now: Timestamp) -> Option<Held> {
    let row = fleet.view().instances.iter().find(|row| row.key == key)?;
    let tasks: Vec<&Task> = row.tasks.iter().filter_map(|position| fleet.task(*position)).collect();
    let mut holds: Vec<Hold> = tasks.iter().map(|task| of_task(fleet, task)).collect();
    holds.sort_by(|one, other| other.stays.cmp(&one.stays).then(one.subject.cmp(&other.subject)));
    holds.extend(targets(fleet, row));
    let stays = holds.iter().any(|hold| hold.stays);
    let left = left_since(fleet, row, since);
    let estimate = since.filter(|_| !stays && left > 0 && !tasks.is_empty());
    let estimate = estimate.and_then(|since| {
        let each = now.duration_since(since).checked_div(i32::try_from(left).ok()?)?;
        each.checked_mul(i32::try_from(tasks.len()).ok()?)
    });
    Some(Held { holds, estimate })
}

fn of_task(fleet: &Fleet, task: &Task) -> Hold {
    let subject = Subject::Task(task.arn.clone());
    let state = task.last_status.as_str().to_owned();
    let leaving = task.desired_status == TaskStatus::Stopped;
    let service = task.service().and_then(|name| fleet.snapshot().services.rows.iter().find(|one| one.name == name));
    let (why, stays) = match (task.service(), service) {
        _ if leaving => ("it is on its way out".to_owned(), false),
        (None, _) => ("it belongs to no service: it stays until it ends or somebody stops it".to_owned(), true),
        (Some(name), None) => (format!("of {name}"), false),
        (Some(name), Some(service)) => (format!("of {name}{}", said(service)), false),
    };
    Hold { subject, state, why, stays }
}

/// What the service last said that explains a delay.
fn said(service: &Service) -> String {
    let told = service.events.iter().find(|event| {
        ["unable to place", "unable to", "unhealthy", "stopped"].iter().any(|word| event.message.contains(word))
    });
    match told {
        Some(event) => format!(": {}", event.message),
        None if service.pending > 0 => format!(": {} of its tasks are starting", service.pending),
        None => String::new(),
    }
}

/// Targets on the instance from which connections are still drained.
fn targets(fleet: &Fleet, row: &InstanceRow) -> Vec<Hold> {
    let groups = &fleet.snapshot().targets.rows;
    let leaving = row.target_positions.iter().filter_map(|(group, target)| {
        let group = groups.get(*group)?;
        let target = group.targets.rows.get(*target)?;
        matches!(target.state, TargetState::Draining | TargetState::UnhealthyDraining).then(|| Hold {
            subject: Subject::Target { group: group.arn.clone(), target: target.id.clone(), port: target.port },
            state: target.state.as_str().to_owned(),
            why: target.description.clone().unwrap_or_else(|| "its connections are being drained".to_owned()),
            stays: false,
        })
    });
    leaving.collect()
}

/// How many tasks have left the instance since then.
fn left_since(fleet: &Fleet, row: &InstanceRow, since: Option<Timestamp>) -> usize {
    let Some(arn) = fleet.container_instance(row).map(|host| host.arn.as_str()) else { return 0 };
    let Some(since) = since else { return 0 };
    let tasks = fleet.snapshot().tasks.rows.iter();
    let here = tasks.filter(|task| task.container_instance_arn.as_deref() == Some(arn));
    here.filter(|task| task.stopped_at.is_some_and(|at| at >= since)).count()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::fleet::fixture::Fixture;

    #[test]
    fn what_belongs_to_no_service_stays_and_comes_first() {
        let mut fixture = Fixture::healthy(2);
        let key = fixture.fleet().view().instances[0].key.clone();
        let arn = fixture.container_instances[0].arn.clone();
        let here: Vec<usize> = (0..fixture.tasks.len())
            .filter(|n| fixture.tasks[*n].container_instance_arn.as_ref() == Some(&arn))
            .collect();
        assert_eq!(here.len(), 2);
        fixture.tasks[here[1]].group = Some("family:by-hand".to_owned());
        let (fleet, now) = (fixture.fleet(), fixture.now);
        let held = holds(&fleet, &key, Some(now), now).unwrap();
        assert_eq!(held.holds.iter().map(|hold| hold.stays).collect::<Vec<_>>(), [true, false]);
        assert_eq!(held.estimate, None, "what stays has no end");
    }

    #[test]
    fn the_pace_so_far_gives_the_rest() {
        let mut fixture = Fixture::healthy(2);
        let key = fixture.fleet().view().instances[0].key.clone();
        let arn = fixture.container_instances[0].arn.clone();
        let since = fixture.now - SignedDuration::from_secs(60);
        let mut gone =
            fixture.tasks.iter().find(|task| task.container_instance_arn.as_ref() == Some(&arn)).unwrap().clone();
        gone.arn.push_str("-gone");
        (gone.last_status, gone.desired_status) = (TaskStatus::Stopped, TaskStatus::Stopped);
        gone.stopped_at = Some(fixture.now - SignedDuration::from_secs(20));
        fixture.tasks.push(gone);
        let held = holds(&fixture.fleet(), &key, Some(since), fixture.now).unwrap();
        assert_eq!((held.holds.len(), held.estimate), (2, Some(SignedDuration::from_secs(120))));
        assert_eq!(holds(&fixture.fleet(), "i-unknown", None, fixture.now), None);
    }
}
