//! Whose tasks are wanted of a fleet that has too many to read them all.
//!
//! ECS counts the tasks of every container instance and service itself, so a large fleet is counted without reading its
//! tasks. Those that matter are read: of what is looked at, of what rules need to judge, and of what they found.

use std::collections::BTreeSet;

use super::finding::Subject;
use super::instance::ContainerInstanceStatus;
use super::service::{RolloutState, Service};
use super::snapshot::Snapshot;
use super::task::Task;
use super::view::Fleet;

/// Up to this many running tasks all of them are read. Above it a refresh would take a call for every hundred of them, twice.
pub const MOST_TASKS: usize = 2_000;

/// A fleet of which only a part is read is read whole again from this many on: one that moves around the limit does not change over with
/// every task.
const WHOLE_AGAIN: usize = MOST_TASKS - MOST_TASKS / 10;

/// Draining instances and restless services that are read at most, of each kind: one list is one call.
const MOST_OF_A_KIND: usize = 8;

/// Owners that are read at most.
const MOST_OWNERS: usize = 24;

/// Something that ECS lists the tasks of.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaskOwner {
    /// A service, by name.
    Service(String),
    /// A container instance, by ARN.
    ContainerInstance(String),
}

/// Which of the running tasks to read; those that stopped of late are read in any case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TaskScope {
    /// All.
    All,
    /// The first so many: how many there are is not known yet.
    UpTo(usize),
    /// Those of some owners, the most wanted one first.
    Of {
        /// Whose.
        owners: Vec<TaskOwner>,
        /// So many of the first owners are waited for: a page of one is open, or a plan is about them.
        awaited: usize,
    },
}

/// What one looks at, and how closely.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gaze {
    /// What the open page, or the row under the cursor, is about.
    pub subject: Option<Subject>,
    /// It is a page.
    pub opened: bool,
    /// What the other rows on screen are about.
    pub rows: Vec<Subject>,
    /// What a plan on screen is about.
    pub planned: Vec<Subject>,
    /// The plan ends tasks: whether they are protected from that is worth a question.
    pub ends_tasks: bool,
}

/// Tasks that a plan is about, by what it is about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Endangered {
    /// ARNs of container instances: all of their tasks.
    pub instances: BTreeSet<String>,
    /// ARNs of tasks.
    pub tasks: BTreeSet<String>,
}

impl Endangered {
    /// Whether it is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.instances.is_empty() && self.tasks.is_empty()
    }

    /// Whether the task is one of them. A task without a service cannot be protected, and one that ends anyway need not.
    #[must_use]
    pub fn holds(&self, task: &Task) -> bool {
        let host = task.container_instance_arn.as_ref();
        let meant = self.tasks.contains(&task.arn) || host.is_some_and(|arn| self.instances.contains(arn));
        meant && task.wanted() && task.service().is_some()
    }
}

/// The tasks that are ended by a plan about these things.
#[must_use]
pub fn endangered(fleet: &Fleet, planned: &[Subject]) -> Endangered {
    let mut found = Endangered::default();
    for subject in planned {
        match subject {
            Subject::Task(arn) => drop(found.tasks.insert(arn.clone())),
            Subject::Instance(_) => {
                if let Some(TaskOwner::ContainerInstance(arn)) = owner(fleet, subject) {
                    found.instances.insert(arn);
                }
            }
            _ => {}
        }
    }
    found
}

/// Which tasks to read of `fleet`, for somebody who looks at `gaze`.
#[must_use]
pub fn tasks(fleet: &Fleet, gaze: &Gaze) -> TaskScope {
    match running_tasks(fleet.snapshot()) {
        None => TaskScope::UpTo(MOST_TASKS),
        Some(count) if count <= most(fleet.snapshot()) => TaskScope::All,
        Some(_) => {
            let opened = gaze.subject.as_ref().filter(|_| gaze.opened);
            let mut awaited: Vec<TaskOwner> = Vec::new();
            for owner in gaze.planned.iter().chain(opened).filter_map(|subject| owner(fleet, subject)) {
                if !awaited.contains(&owner) {
                    awaited.push(owner);
                }
            }
            let looked_at = gaze.subject.as_ref().and_then(|subject| owner(fleet, subject));
            TaskScope::Of { owners: owners(fleet, awaited.iter().cloned().chain(looked_at)), awaited: awaited.len() }
        }
    }
}

/// So many tasks are read whole. The last read left some out on purpose if it was one of a part.
fn most(snapshot: &Snapshot) -> usize {
    let in_part = snapshot.tasks.missing.iter().any(|missing| missing.failure.is_none());
    if in_part { WHOLE_AGAIN } else { MOST_TASKS }
}

/// How many tasks run or start, by the counts of whichever panel knows the most of them. Tasks of Fargate are on no instance, and
/// those that somebody started by hand in no service. `None`: nothing that counts has been read.
fn running_tasks(snapshot: &Snapshot) -> Option<usize> {
    let of_cluster = snapshot.cluster.get().map(|cluster| {
        let counts = &cluster.counts;
        u64::from(counts.running_tasks) + u64::from(counts.pending_tasks)
    });
    let of_instances = snapshot
        .container_instances
        .get()
        .map(|rows| rows.iter().map(|row| u64::from(row.running_tasks) + u64::from(row.pending_tasks)).sum::<u64>());
    let of_services = snapshot
        .services
        .get()
        .map(|rows| rows.iter().map(|row| u64::from(row.running) + u64::from(row.pending)).sum::<u64>());
    let most = [of_cluster, of_instances, of_services].into_iter().flatten().max()?;
    Some(usize::try_from(most).unwrap_or(usize::MAX))
}

fn owners(fleet: &Fleet, looked_at: impl Iterator<Item = TaskOwner>) -> Vec<TaskOwner> {
    let snapshot = fleet.snapshot();
    let instances = snapshot.container_instances.rows.iter();
    let draining = instances.filter(|row| row.status == ContainerInstanceStatus::Draining);
    let draining = draining.map(|row| TaskOwner::ContainerInstance(row.arn.clone())).take(MOST_OF_A_KIND);
    let restless = snapshot.services.rows.iter().filter(|service| restless(service));
    let restless = restless.map(|service| TaskOwner::Service(service.name.clone())).take(MOST_OF_A_KIND);
    let found = fleet.view().findings.iter().filter_map(|finding| owner(fleet, &finding.subject));
    let looked_at: Vec<TaskOwner> = looked_at.collect();
    // A plan about many instances needs the tasks of each.
    let most = MOST_OWNERS.max(looked_at.len());
    let mut seen = BTreeSet::new();
    let wanted = looked_at.into_iter().chain(draining).chain(restless).chain(found);
    wanted.filter(|owner| seen.insert(owner.clone())).take(most).collect()
}

/// Whether tasks of the service come and go: how long they have been at it says whether that is trouble.
fn restless(service: &Service) -> bool {
    let deploying = |state: &Option<RolloutState>| *state == Some(RolloutState::InProgress);
    service.running < service.desired
        || service.pending > 0
        || service.deployments.iter().any(|deployment| deploying(&deployment.rollout_state))
}

/// Who has the tasks that a subject is about, as far as that is known.
fn owner(fleet: &Fleet, subject: &Subject) -> Option<TaskOwner> {
    let service = |name: &str| Some(TaskOwner::Service(name.to_owned()));
    match subject {
        Subject::Service(name) => service(name),
        Subject::Instance(key) => {
            let row = fleet.view().instances.iter().find(|row| row.key == *key)?;
            Some(TaskOwner::ContainerInstance(fleet.container_instance(row)?.arn.clone()))
        }
        Subject::Task(arn) => {
            let task = fleet.snapshot().tasks.rows.iter().find(|task| task.arn == *arn)?;
            task.service()
                .and_then(service)
                .or_else(|| task.container_instance_arn.clone().map(TaskOwner::ContainerInstance))
        }
        Subject::TargetGroup(arn) | Subject::Target { group: arn, .. } => {
            let uses = |service: &&Service| service.load_balancers.iter().any(|one| one.target_group_arn == *arn);
            service(&fleet.snapshot().services.rows.iter().find(uses)?.name)
        }
        Subject::Alarm(name) => {
            let alarms = &fleet.snapshot().alarms.rows;
            let row = fleet
                .view()
                .alarms
                .iter()
                .find(|row| alarms.get(row.alarm).is_some_and(|alarm| alarm.name == *name))?;
            let others = row.subjects.iter().filter(|subject| !matches!(subject, Subject::Alarm(_)));
            others.filter_map(|subject| owner(fleet, subject)).next()
        }
        Subject::Execution(id) => fleet.execution_row(id)?.subjects.iter().find_map(|subject| owner(fleet, subject)),
        Subject::Fleet | Subject::Group(_) | Subject::LogGroup(_) | Subject::Image(_) | Subject::Refresh(_) => None,
    }
}

#[cfg(test)]
#[expect(clippy::panic, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::fleet::fixture::Fixture;
    use crate::fleet::reading::{Missing, Panel};

    /// A healthy fleet whose cluster counts so many tasks.
    fn counting(tasks: u32) -> Fixture {
        let mut fixture = Fixture::healthy(40);
        fixture.cluster.counts.running_tasks = tasks;
        fixture
    }

    fn owners_of(fixture: &Fixture, gaze: &Gaze) -> Vec<TaskOwner> {
        match tasks(&fixture.fleet(), gaze) {
            TaskScope::Of { owners, .. } => owners,
            other => panic!("{other:?}"),
        }
    }

    fn service(name: &str) -> TaskOwner {
        TaskOwner::Service(name.to_owned())
    }

    #[test]
    fn all_tasks_are_read_up_to_a_number_of_them() {
        assert_eq!(tasks(&counting(2_000).fleet(), &Gaze::default()), TaskScope::All);
        let narrowed = TaskScope::Of { owners: Vec::new(), awaited: 0 };
        assert_eq!(tasks(&counting(2_001).fleet(), &Gaze::default()), narrowed);
    }

    #[test]
    fn a_fleet_around_the_limit_does_not_change_over_with_every_task() {
        let scope = |count, in_part: bool| {
            let fixture = counting(count);
            let mut fleet = fixture.fleet();
            let mut read = fixture.read(Panel::Tasks);
            if let (Ok((_, missing)), true) = (&mut read.outcome, in_part) {
                missing.push(Missing { what: "tasks of other services".to_owned(), failure: None });
            }
            fleet.file(read);
            tasks(&fleet, &Gaze::default()) == TaskScope::All
        };
        assert_eq!([scope(1_900, false), scope(2_000, false), scope(2_001, false)], [true, true, false]);
        assert_eq!([scope(1_800, true), scope(1_801, true), scope(2_000, true)], [true, false, false]);
    }

    #[test]
    fn before_anything_counted_them_no_more_are_read_than_would_be_afterwards() {
        let mut fixture = counting(0);
        fixture.unread.extend([Panel::Cluster, Panel::ContainerInstances, Panel::Services]);
        assert_eq!(tasks(&fixture.fleet(), &Gaze::default()), TaskScope::UpTo(MOST_TASKS));
    }

    #[test]
    fn whoever_counts_the_most_is_believed() {
        let mut fixture = counting(0);
        fixture.container_instances[0].running_tasks = 2_001;
        assert_eq!(owners_of(&fixture, &Gaze::default()), []);
        let mut fixture = counting(0);
        fixture.services[0].running = 1_000;
        fixture.services[0].pending = 1_001;
        assert_eq!(owners_of(&fixture, &Gaze::default()), [service(&fixture.services[0].name)]);
    }

    #[test]
    fn what_is_looked_at_comes_first_then_what_drains_then_what_is_restless_then_what_was_found() {
        let mut fixture = counting(5_000);
        fixture.container_instances[7].status = ContainerInstanceStatus::Draining;
        fixture.container_instances[9].agent_connected = false;
        fixture.services[1].pending = 3;
        let arn = |n: usize| TaskOwner::ContainerInstance(fixture.container_instances[n].arn.clone());
        let gaze = Gaze { subject: Some(Subject::Service("api".to_owned())), ..Gaze::default() };
        assert_eq!(owners_of(&fixture, &gaze), [service("api"), arn(7), service("web"), arn(9)]);
    }

    #[test]
    fn a_page_waits_for_its_tasks_and_a_row_under_the_cursor_does_not() {
        let fleet = counting(5_000).fleet();
        let awaits = |opened, subject| match tasks(&fleet, &Gaze { subject: Some(subject), opened, ..Gaze::default() })
        {
            TaskScope::Of { awaited, .. } => awaited == 1,
            other => panic!("{other:?}"),
        };
        assert!(awaits(true, Subject::Service("web".to_owned())));
        assert!(!awaits(false, Subject::Service("web".to_owned())));
        assert!(!awaits(true, Subject::LogGroup("/prod/web".to_owned())));
    }

    #[test]
    fn a_plan_waits_for_the_tasks_of_everything_that_it_is_about() {
        let fleet = counting(5_000).fleet();
        let planned: Vec<Subject> =
            fleet.view().instances.iter().map(|row| Subject::Instance(row.key.clone())).take(30).collect();
        let gaze = Gaze { subject: planned.first().cloned(), opened: true, planned, ..Gaze::default() };
        let TaskScope::Of { owners, awaited } = tasks(&fleet, &gaze) else { panic!() };
        assert_eq!((owners.len(), awaited), (30, 30));
        assert_eq!(endangered(&fleet, &gaze.planned).instances.len(), 30);
    }

    #[test]
    fn every_thing_leads_to_whoever_has_its_tasks() {
        let fixture = counting(5_000);
        let fleet = fixture.fleet();
        let group = fixture.targets[0].arn.clone();
        let target = &fixture.targets[0].targets.rows[0];
        let on_target = Subject::Target { group: group.clone(), target: target.id.clone(), port: target.port };
        let instance = fleet.view().instances[3].key.clone();
        let host = fleet.container_instance(&fleet.view().instances[3]).map(|host| host.arn.clone());
        assert_eq!(owner(&fleet, &Subject::TargetGroup(group)), Some(service("api")));
        assert_eq!(owner(&fleet, &on_target), Some(service("api")));
        assert_eq!(owner(&fleet, &Subject::Instance(instance)), host.map(TaskOwner::ContainerInstance));
        assert_eq!(owner(&fleet, &Subject::Task(fixture.tasks[1].arn.clone())), Some(service("web")));
        assert_eq!(owner(&fleet, &Subject::Task("arn:gone".to_owned())), None);
    }

    #[test]
    fn however_much_is_wrong_the_calls_of_a_read_are_bounded() {
        let mut fixture = counting(5_000);
        fixture.container_instances.iter_mut().for_each(|row| row.agent_connected = false);
        assert_eq!(owners_of(&fixture, &Gaze::default()).len(), MOST_OWNERS);
    }
}
