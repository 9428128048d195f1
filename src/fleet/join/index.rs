//! Where each thing of a snapshot is, by the name that other things call it.

use std::collections::HashMap;

use crate::fleet::snapshot::Snapshot;
use crate::fleet::task::TaskStatus;

/// Positions by name, so that every join costs one look-up.
///
/// Of two rows with one name the first counts: AWS lists a thing twice when it moves between pages.
#[derive(Default)]
pub(crate) struct Index<'a> {
    /// Container instances by ARN.
    pub container_instances: HashMap<&'a str, usize>,
    /// EC2 instances by id.
    pub ec2_instances: HashMap<&'a str, usize>,
    /// Groups by name.
    pub groups: HashMap<&'a str, usize>,
    /// (group, member) by EC2 instance id.
    pub members: HashMap<&'a str, (usize, usize)>,
    /// Tasks that have not stopped, by container instance ARN.
    pub tasks_on: HashMap<&'a str, Vec<usize>>,
    /// Tasks of a service, stopped ones included, by the service's name.
    pub tasks_of: HashMap<&'a str, Vec<usize>>,
    /// Task definitions by ARN.
    pub task_definitions: HashMap<&'a str, usize>,
    /// Target groups by ARN.
    pub target_groups: HashMap<&'a str, usize>,
    /// AMIs by id.
    pub images: HashMap<&'a str, usize>,
    /// Security groups by id.
    pub security_groups: HashMap<&'a str, usize>,
}

impl<'a> Index<'a> {
    /// Of task definitions alone, for what looks up nothing else many times a second.
    pub(crate) fn of_definitions(snapshot: &'a Snapshot) -> Self {
        Self { task_definitions: positions(&snapshot.task_definitions.rows, |row| &row.arn), ..Self::default() }
    }

    pub(crate) fn of(snapshot: &'a Snapshot) -> Self {
        let (tasks_on, tasks_of) = tasks(snapshot);
        Self {
            container_instances: positions(&snapshot.container_instances.rows, |row| &row.arn),
            ec2_instances: positions(&snapshot.ec2_instances.rows, |row| &row.id),
            groups: positions(&snapshot.groups.rows, |row| &row.name),
            members: members(snapshot),
            tasks_on,
            tasks_of,
            task_definitions: positions(&snapshot.task_definitions.rows, |row| &row.arn),
            target_groups: positions(&snapshot.targets.rows, |row| &row.arn),
            images: positions(&snapshot.images.rows.images, |row| &row.id),
            security_groups: positions(&snapshot.security_groups.rows, |row| &row.id),
        }
    }
}

fn positions<'a, T>(rows: &'a [T], name: impl Fn(&'a T) -> &'a str) -> HashMap<&'a str, usize> {
    let mut found = HashMap::with_capacity(rows.len());
    for (position, row) in rows.iter().enumerate() {
        found.entry(name(row)).or_insert(position);
    }
    found
}

fn members(snapshot: &Snapshot) -> HashMap<&str, (usize, usize)> {
    let mut found = HashMap::new();
    for (group, row) in snapshot.groups.rows.iter().enumerate() {
        for (member, instance) in row.members.iter().enumerate() {
            found.entry(instance.instance_id.as_str()).or_insert((group, member));
        }
    }
    found
}

type TaskLists<'a> = HashMap<&'a str, Vec<usize>>;

fn tasks(snapshot: &Snapshot) -> (TaskLists<'_>, TaskLists<'_>) {
    let mut on: TaskLists<'_> = HashMap::new();
    let mut of: TaskLists<'_> = HashMap::new();
    let first = positions(&snapshot.tasks.rows, |row| &row.arn);
    for (position, task) in snapshot.tasks.rows.iter().enumerate() {
        if first.get(task.arn.as_str()) != Some(&position) {
            continue;
        }
        if let Some(service) = task.service() {
            of.entry(service).or_default().push(position);
        }
        let stopped = matches!(task.last_status, TaskStatus::Stopped | TaskStatus::Deleted);
        if let (Some(instance), false) = (&task.container_instance_arn, stopped) {
            on.entry(instance.as_str()).or_default().push(position);
        }
    }
    (on, of)
}
