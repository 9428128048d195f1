//! What still holds an instance that is being emptied: its tasks, and the targets that lead to it.

use jiff::{SignedDuration, Timestamp};

use super::service::{SchedulingStrategy, Service};
use super::target::TargetState;
use super::task::{Task, TaskStatus};
use super::view::{Fleet, InstanceRow};

/// Why a task is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holder {
    /// No service keeps it: nothing moves it.
    Alone,
    /// Its service has not taken it away yet.
    Kept,
    /// A daemon: it ends with the rest.
    Daemon,
    /// It is on its way out.
    Stopping,
}

/// A task that is still on the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldTask {
    /// Position in `snapshot.tasks.rows`.
    pub task: usize,
    /// Why it is there.
    pub holder: Holder,
    /// In words, with the service's own where it says something.
    pub why: String,
    /// Since when it stops.
    pub since: Option<Timestamp>,
}

/// Everything that still holds an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hold {
    /// Tasks, those that nothing moves first.
    pub tasks: Vec<HeldTask>,
    /// (target group, target) positions of targets that wait for connections to end. Those that still take new ones go with their tasks.
    pub targets: Vec<(usize, usize)>,
    /// Tasks that left it since the drain began, as far as ECS still lists them.
    pub left: usize,
    /// How much longer it takes about, going by how long those took that left. `None`: nothing has left, or what is there will not leave by
    /// itself.
    pub about: Option<SignedDuration>,
    /// All that may hold it is known: its tasks, its services and its targets were read completely.
    pub whole: bool,
}

/// What holds the instance of that key, which is being emptied since `since`; `None`: it is not among the instances that were read.
#[must_use]
pub fn of(fleet: &Fleet, key: &str, since: Option<Timestamp>, now: Timestamp) -> Option<Hold> {
    let row = fleet.view().instances.iter().find(|row| row.key == key)?;
    let snapshot = fleet.snapshot();
    let mut tasks: Vec<HeldTask> = row.tasks.iter().filter_map(|at| held(fleet, *at, since)).collect();
    tasks.sort_by_key(|held| (held.holder, held.task));
    let targets = row.target_positions.iter().filter(|at| drains(fleet, **at)).copied().collect();
    let left = since.map_or(0, |since| left(fleet, row, since));
    Some(Hold {
        about: since.and_then(|since| about(&tasks, left, now.duration_since(since))),
        whole: snapshot.tasks.complete() && snapshot.services.complete() && snapshot.targets.complete(),
        tasks,
        targets,
        left,
    })
}

fn held(fleet: &Fleet, at: usize, since: Option<Timestamp>) -> Option<HeldTask> {
    let task = fleet.task(at)?;
    let service = task.service().and_then(|name| fleet.snapshot().services.rows.iter().find(|row| row.name == name));
    let (holder, why) = match (task.wanted(), task.service(), service) {
        (false, ..) => (Holder::Stopping, stopping(task)),
        (true, None, _) => (Holder::Alone, "no service keeps it: it stays until it ends or is stopped".to_owned()),
        (true, Some(_), Some(service)) if service.scheduling == SchedulingStrategy::Daemon => {
            (Holder::Daemon, "a daemon: ECS stops it with the drain".to_owned())
        }
        (true, Some(_), Some(service)) => (Holder::Kept, kept(service, since)),
        (true, Some(name), None) => (Holder::Kept, format!("service {name} has not been read")),
    };
    Some(HeldTask { task: at, holder, why, since: task.stopping_at })
}

fn stopping(task: &Task) -> String {
    match task.last_status {
        TaskStatus::Deactivating => "leaves its target groups: open connections may finish".to_owned(),
        TaskStatus::Deprovisioning => "gives its network interface back".to_owned(),
        TaskStatus::Stopping => "its containers have been told to stop".to_owned(),
        _ => "is to be stopped".to_owned(),
    }
}

/// What a service says of why it keeps a task there.
fn kept(service: &Service, since: Option<Timestamp>) -> String {
    let recent = |at: Option<Timestamp>| at.is_some_and(|at| since.is_none_or(|since| at >= since));
    let said = service.events.iter().filter(|event| recent(event.at)).find(|event| is_trouble(&event.message));
    if let Some(event) = said {
        return event
            .message
            .strip_prefix(&format!("(service {}) ", service.name))
            .unwrap_or(&event.message)
            .to_owned();
    }
    match service.pending {
        0 => "its service has not started another one yet".to_owned(),
        1 => "its service waits for a task that starts".to_owned(),
        count => format!("its service waits for {count} tasks that start"),
    }
}

/// Whether an event tells why something does not come about.
fn is_trouble(message: &str) -> bool {
    ["unable", "unhealthy", "failed", "insufficient"].iter().any(|word| message.contains(word))
}

fn drains(fleet: &Fleet, (group, target): (usize, usize)) -> bool {
    let target = fleet.snapshot().targets.rows.get(group).and_then(|group| group.targets.rows.get(target));
    target.is_some_and(|target| matches!(target.state, TargetState::Draining | TargetState::UnhealthyDraining))
}

fn left(fleet: &Fleet, row: &InstanceRow, since: Timestamp) -> usize {
    let Some(arn) = fleet.container_instance(row).map(|host| host.arn.as_str()) else { return 0 };
    let gone = |task: &&Task| {
        task.last_status == TaskStatus::Stopped
            && task.container_instance_arn.as_deref() == Some(arn)
            && task.stopped_at.is_some_and(|at| at >= since)
    };
    fleet.snapshot().tasks.rows.iter().filter(gone).count()
}

/// The rest leaves at the pace of what left.
fn about(tasks: &[HeldTask], left: usize, elapsed: SignedDuration) -> Option<SignedDuration> {
    let rest = tasks.iter().filter(|held| held.holder != Holder::Daemon).count();
    let stuck = tasks.iter().any(|held| held.holder == Holder::Alone);
    let (left, rest) = (i32::try_from(left).ok()?, i32::try_from(rest).ok()?);
    if stuck || left == 0 || rest == 0 || !elapsed.is_positive() {
        return None;
    }
    elapsed.checked_mul(rest)?.checked_div(left)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::fleet::fixture::Fixture;
    use crate::fleet::service::ServiceEvent;

    /// The first instance of a fixture, with the keys of its tasks.
    fn first(fixture: &Fixture) -> (Fleet, String) {
        let fleet = fixture.fleet();
        let key = fleet.view().instances.first().unwrap().key.clone();
        (fleet, key)
    }

    fn holders(fixture: &Fixture, since: Timestamp) -> Vec<(Holder, String)> {
        let (fleet, key) = first(fixture);
        let hold = of(&fleet, &key, Some(since), fixture.now).unwrap();
        hold.tasks.into_iter().map(|held| (held.holder, held.why)).collect()
    }

    #[test]
    fn each_task_says_why_it_is_there() {
        let mut fixture = Fixture::healthy(2);
        let since = fixture.ago(SignedDuration::from_mins(10));
        fixture.tasks[0].group = Some("family:batch".to_owned());
        fixture.tasks[1].desired_status = TaskStatus::Stopped;
        fixture.tasks[1].last_status = TaskStatus::Deactivating;
        let said = holders(&fixture, since);
        assert_eq!(said.iter().map(|(holder, _)| *holder).collect::<Vec<_>>(), [Holder::Alone, Holder::Stopping]);
        assert!(said[0].1.contains("no service") && said[1].1.contains("open connections"), "{said:?}");
    }

    #[test]
    fn a_service_says_itself_why_it_keeps_a_task() {
        let mut fixture = Fixture::healthy(2);
        let since = fixture.ago(SignedDuration::from_mins(10));
        let event = |minutes, message: &str| ServiceEvent {
            id: String::new(),
            at: Some(fixture.ago(SignedDuration::from_mins(minutes))),
            message: message.to_owned(),
        };
        let now = event(
            2,
            "(service api) was unable to place a task because no container instance met all of its requirements.",
        );
        let steady = event(1, "(service api) has reached a steady state.");
        let before = event(60, "(service web) was unable to place a task.");
        fixture.services[0].events = vec![steady, now];
        fixture.services[1].events = vec![before];
        let said: Vec<String> = holders(&fixture, since).into_iter().map(|(_, why)| why).collect();
        assert!(said[0].starts_with("was unable to place a task because"), "{said:?}");
        assert_eq!(
            said[1], "its service has not started another one yet",
            "what was said before the drain is another story"
        );
    }

    #[test]
    fn the_rest_takes_about_as_long_as_what_left_took() {
        let mut fixture = Fixture::healthy(2);
        let since = fixture.ago(SignedDuration::from_mins(10));
        let hold = |fixture: &Fixture| {
            let (fleet, key) = first(fixture);
            of(&fleet, &key, Some(since), fixture.now).unwrap()
        };
        assert_eq!((hold(&fixture).left, hold(&fixture).about), (0, None), "nothing to go by");
        for id in ["one", "two", "three", "four"] {
            let host = fixture.container_instances[0].arn.clone();
            let mut task = fixture.stopped_task(id, 0);
            task.container_instance_arn = Some(host);
            task.stopped_at = Some(fixture.ago(SignedDuration::from_mins(5)));
            fixture.tasks.push(task);
        }
        let there = hold(&fixture);
        assert_eq!((there.left, there.tasks.len()), (4, 2));
        assert_eq!(there.about, Some(SignedDuration::from_mins(5)), "two left in ten minutes for each one");
        fixture.tasks[0].group = None;
        assert_eq!(hold(&fixture).about, None, "one will not leave by itself");
    }

    #[test]
    fn what_was_not_read_is_not_called_empty() {
        let mut fixture = Fixture::healthy(2);
        fixture.unread.insert(crate::fleet::reading::Panel::Tasks);
        let (fleet, key) = first(&fixture);
        assert!(!of(&fleet, &key, None, fixture.now).unwrap().whole);
        assert_eq!(of(&fleet, "i-nowhere", None, fixture.now), None);
    }
}
