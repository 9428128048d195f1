//! Which log streams belong to what one looks at.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::finding::Subject;
use super::join::Index;
use super::service::Service;
use super::snapshot::Snapshot;
use super::task::{ContainerDefinition, Task, TaskDefinition};
use super::view::{Fleet, TargetRow};

/// Streams of a log group.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Streams {
    /// All of them, those that come later included.
    All,
    /// Those whose names begin so, those that come later included.
    Prefix(String),
    /// These, sorted; some may not exist yet, or not any more.
    Named(Vec<String>),
}

/// Where lines come from.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Origin {
    /// Streams of a log group in CloudWatch Logs.
    Group {
        /// Name of the group.
        group: String,
        /// Which of its streams.
        streams: Streams,
    },
    /// What an EC2 instance wrote to its console: all there is of one that never joined.
    Console {
        /// EC2 instance id.
        instance: String,
    },
}

/// Something to be read, and what it is called in front of its lines.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Feed {
    /// A short name: the service, the container, the instance or the group.
    pub label: String,
    /// Where its lines come from.
    pub origin: Origin,
}

/// What is to be read for what one looks at, and what of it has no lines to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Feeds {
    /// What to read, each once, by label.
    pub feeds: Vec<Feed>,
    /// What has no lines, or none that can be told apart, and why; each once.
    pub without: Vec<String>,
}

impl Feeds {
    fn add(&mut self, label: impl Into<String>, origin: Origin) {
        self.feeds.push(Feed { label: label.into(), origin });
    }

    fn lack(&mut self, why: String) {
        self.without.push(why);
    }

    /// Joins the named streams of one label and group, and leaves out what another feed brings too.
    fn merged(mut self) -> Self {
        // The widest selection of a group comes first in the order of [`Streams`].
        self.feeds.sort_by(|a, b| (&a.origin, &a.label).cmp(&(&b.origin, &b.label)));
        let mut feeds: Vec<Feed> = Vec::new();
        for feed in self.feeds {
            merge(&mut feeds, feed);
        }
        feeds.sort();
        self.without.sort();
        self.without.dedup();
        Self { feeds, without: self.without }
    }
}

/// Takes into `feeds` what of `feed` is not in them.
fn merge(feeds: &mut Vec<Feed>, feed: Feed) {
    let Feed { label, mut origin } = feed;
    for known in feeds.iter_mut() {
        match origin.beyond(&known.origin) {
            Some(rest) => origin = rest,
            None => return known.stand_for(&label),
        }
    }
    for known in feeds.iter_mut().filter(|known| known.label == label) {
        if known.origin.take_names(&origin) {
            return;
        }
    }
    feeds.push(Feed { label, origin });
}

impl Feed {
    /// Takes a name that is right for the lines of `label` too, which come by this feed.
    fn stand_for(&mut self, label: &str) {
        let owner = |label: &str| label.split('/').next().unwrap_or_default().to_owned();
        match &self.origin {
            _ if self.label == label => {}
            // Containers of one service, or the same one before and after another came to it.
            _ if owner(&self.label) == owner(label) => self.label = owner(label),
            // Nothing tells whose of the group's lines is which.
            Origin::Group { group, streams: Streams::All } => self.label.clone_from(group),
            Origin::Group { .. } | Origin::Console { .. } => {}
        }
    }
}

impl Origin {
    /// What of it `known` does not bring. `None` too where it is the wider of two that overlap: what is left of it can't be
    /// asked for, and the rest must not be read twice.
    #[must_use]
    pub fn beyond(self, known: &Self) -> Option<Self> {
        match (self, known) {
            (Self::Group { group, streams }, Self::Group { group: other, streams: others }) if group == *other => {
                Some(Self::Group { group, streams: streams.beyond(others)? })
            }
            (origin, known) => (origin != *known).then_some(origin),
        }
    }

    /// Whether everything that `other` brings comes from it too.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Group { group, streams }, Self::Group { group: others, streams: more }) => {
                group == others
                    && match (streams, more) {
                        (Streams::All, _) => true,
                        (Streams::Prefix(prefix), Streams::Prefix(longer)) => longer.starts_with(prefix.as_str()),
                        (streams, Streams::Named(names)) => names.iter().all(|name| streams.holds(name)),
                        (Streams::Prefix(_) | Streams::Named(_), Streams::All)
                        | (Streams::Named(_), Streams::Prefix(_)) => false,
                    }
            }
            (known, other) => known == other,
        }
    }

    /// Takes in the streams that `more` names, if both name streams of one group; whether it did.
    fn take_names(&mut self, more: &Self) -> bool {
        match (self, more) {
            (
                Self::Group { group, streams: Streams::Named(names) },
                Self::Group { group: other, streams: Streams::Named(more) },
            ) if group == other => {
                names.extend(more.iter().cloned());
                names.sort();
                names.dedup();
                true
            }
            _ => false,
        }
    }
}

impl Streams {
    /// Whether a stream of that name is one of them.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        match self {
            Self::All => true,
            Self::Prefix(prefix) => name.starts_with(prefix.as_str()),
            Self::Named(names) => names.iter().any(|known| known == name),
        }
    }

    fn beyond(self, known: &Self) -> Option<Self> {
        let without = |mut names: Vec<String>, is_known: &dyn Fn(&String) -> bool| {
            names.retain(|name| !is_known(name));
            (!names.is_empty()).then_some(Self::Named(names))
        };
        match (self, known) {
            (_, Self::All) | (Self::All, Self::Prefix(_)) => None,
            (Self::All, Self::Named(names)) => names.is_empty().then_some(Self::All),
            (Self::Prefix(prefix), Self::Prefix(other)) => {
                let overlap = prefix.starts_with(other.as_str()) || other.starts_with(prefix.as_str());
                (!overlap).then_some(Self::Prefix(prefix))
            }
            (Self::Prefix(prefix), Self::Named(names)) => {
                let overlap = names.iter().any(|name| name.starts_with(prefix.as_str()));
                (!overlap).then_some(Self::Prefix(prefix))
            }
            (Self::Named(names), Self::Prefix(prefix)) => without(names, &|name| name.starts_with(prefix.as_str())),
            (Self::Named(names), Self::Named(known)) => without(names, &|name| known.contains(name)),
        }
    }
}

/// The feeds of everything in `subjects`: of a service all of its tasks, past and future; of an instance the tasks that are on it; of
/// an alarm, a target or a group what stands behind it; of the fleet every service.
#[must_use]
pub fn feeds(fleet: &Fleet, subjects: &[Subject]) -> Feeds {
    let mut found = Feeds::default();
    let index = Index::of(fleet.snapshot());
    let finder = Finder { fleet, index: &index, shared: shared(fleet.snapshot(), &index) };
    let mut seen = HashSet::new();
    for subject in subjects {
        finder.of(subject, &mut seen, &mut found);
    }
    found.merged()
}

/// A container's streams: its group and what their names begin with, `PREFIX/CONTAINER/`, as the awslogs driver names them
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/using_awslogs.html>).
type Writer = (String, String);

fn writer(container: &ContainerDefinition) -> Option<Writer> {
    let prefix = container.log_stream_prefix.as_deref().filter(|prefix| !prefix.is_empty())?;
    Some((container.log_group.clone()?, format!("{prefix}/{}/", container.name)))
}

/// Writers that several services have in common: their streams are told apart by task alone.
fn shared(snapshot: &Snapshot, index: &Index<'_>) -> HashSet<Writer> {
    let mut first: HashMap<Writer, &str> = HashMap::new();
    let mut shared = HashSet::new();
    for service in &snapshot.services.rows {
        for writer in definitions(snapshot, index, service).flat_map(|d| &d.containers).filter_map(writer) {
            let owner = *first.entry(writer.clone()).or_insert(&service.name);
            if owner != service.name {
                shared.insert(writer);
            }
        }
    }
    shared
}

/// The task definitions of a service's deployments, each once.
fn definitions<'a>(
    snapshot: &'a Snapshot,
    index: &'a Index<'_>,
    service: &'a Service,
) -> impl Iterator<Item = &'a TaskDefinition> {
    let deployed = service.deployments.iter().map(|deployment| deployment.task_definition.as_str());
    let arns: BTreeSet<&str> = deployed.chain([service.task_definition.as_str()]).collect();
    arns.into_iter().filter_map(|arn| snapshot.task_definitions.rows.get(*index.task_definitions.get(arn)?))
}

struct Finder<'a> {
    fleet: &'a Fleet,
    index: &'a Index<'a>,
    shared: HashSet<Writer>,
}

impl<'a> Finder<'a> {
    fn snapshot(&self) -> &'a Snapshot {
        self.fleet.snapshot()
    }

    fn of(&self, subject: &Subject, seen: &mut HashSet<Subject>, found: &mut Feeds) {
        // Composite alarms may name one another in a circle.
        if !seen.insert(subject.clone()) {
            return;
        }
        match subject {
            Subject::Fleet => self.snapshot().services.rows.iter().for_each(|service| self.service(service, found)),
            Subject::Service(name) => self.service_named(name, found),
            Subject::Task(arn) => self.task_with(arn, found),
            Subject::Instance(key) => self.instance(key, found),
            Subject::LogGroup(name) => {
                found.add(name.clone(), Origin::Group { group: name.clone(), streams: Streams::All });
            }
            Subject::Group(_)
            | Subject::Target { .. }
            | Subject::TargetGroup(_)
            | Subject::Alarm(_)
            | Subject::Execution(_)
            | Subject::Image(_)
            | Subject::Refresh(_) => {
                let behind = self.behind(subject);
                if behind.is_empty() {
                    found.lack(format!("{} leads to nothing that writes logs", named(subject)));
                }
                behind.iter().for_each(|subject| self.of(subject, seen, found));
            }
        }
    }

    /// What stands behind something that writes nothing itself.
    fn behind(&self, subject: &Subject) -> Vec<Subject> {
        let view = self.fleet.view();
        match subject {
            Subject::Group(name) => {
                let rows = view.instances.iter().filter(|row| row.group.as_deref() == Some(name));
                rows.map(|row| Subject::Instance(row.key.clone())).collect()
            }
            Subject::Target { group, target, port } => {
                let row = view.targets.iter().find(|row| self.is_target(row, group, target, *port));
                let task = row.and_then(|row| self.fleet.task(row.task?)).map(|task| Subject::Task(task.arn.clone()));
                let instance = row.and_then(|row| row.instance.clone()).map(Subject::Instance);
                task.or(instance).into_iter().collect()
            }
            Subject::TargetGroup(arn) => {
                let behind = |service: &&Service| service.load_balancers.iter().any(|lb| lb.target_group_arn == *arn);
                let services = self.snapshot().services.rows.iter().filter(behind);
                services.map(|service| Subject::Service(service.name.clone())).collect()
            }
            Subject::Alarm(name) => {
                let alarms = &self.snapshot().alarms.rows;
                let row = view.alarms.iter().find(|row| alarms.get(row.alarm).is_some_and(|alarm| alarm.name == *name));
                row.map(|row| row.subjects.clone()).unwrap_or_default()
            }
            Subject::Execution(id) => {
                let row = self.fleet.execution_row(id);
                row.map(|row| row.subjects.clone()).unwrap_or_default()
            }
            Subject::Image(id) => {
                let rows = view.instances.iter().filter(|row| row.image.id.as_deref() == Some(id));
                rows.map(|row| Subject::Instance(row.key.clone())).collect()
            }
            Subject::Fleet
            | Subject::Instance(_)
            | Subject::Service(_)
            | Subject::Task(_)
            | Subject::LogGroup(_)
            | Subject::Refresh(_) => Vec::new(),
        }
    }

    fn is_target(&self, row: &TargetRow, group: &str, id: &str, port: Option<u16>) -> bool {
        let held = self.snapshot().targets.rows.get(row.target_group).filter(|held| held.arn == group);
        let target = held.and_then(|held| held.targets.rows.get(row.target));
        target.is_some_and(|target| target.id == id && target.port == port)
    }

    fn service_named(&self, name: &str, found: &mut Feeds) {
        match self.snapshot().services.rows.iter().find(|service| service.name == name) {
            Some(service) => self.service(service, found),
            None => found.lack(format!("service {name} is not among the services that were read")),
        }
    }

    fn service(&self, service: &Service, found: &mut Feeds) {
        let mut any = false;
        for definition in definitions(self.snapshot(), self.index, service) {
            any = true;
            for container in &definition.containers {
                self.container_of(service, definition, container, found);
            }
        }
        if !any {
            found.lack(format!("the task definition of service {} is not read", service.name));
        }
    }

    fn container_of(
        &self,
        service: &Service,
        definition: &TaskDefinition,
        container: &ContainerDefinition,
        found: &mut Feeds,
    ) {
        let label = label(&service.name, definition, container);
        let Some(group) = container.log_group.clone() else {
            return found.lack(format!("container {label} does not log to CloudWatch Logs"));
        };
        let streams = match writer(container) {
            None => Streams::All,
            Some(writer) if !self.shared.contains(&writer) => Streams::Prefix(writer.1),
            Some((_, prefix)) => {
                let tasks = self.index.tasks_of.get(service.name.as_str()).into_iter().flatten();
                let ids = tasks.filter_map(|task| Some(self.fleet.task(*task)?.id()));
                let names: Vec<String> = ids.map(|id| format!("{prefix}{id}")).collect();
                if names.is_empty() {
                    return found
                        .lack(format!("{label} shares its streams in {group}, and none of its tasks is known"));
                }
                Streams::Named(names)
            }
        };
        found.add(label, Origin::Group { group, streams });
    }

    fn task_with(&self, arn: &str, found: &mut Feeds) {
        match self.snapshot().tasks.rows.iter().find(|task| task.arn == arn || task.id() == arn) {
            Some(task) => self.task(task, found),
            None => found.lack(format!("task {arn} is not among the tasks that were read")),
        }
    }

    fn task(&self, task: &Task, found: &mut Feeds) {
        let definition = self.index.task_definitions.get(task.task_definition.as_str());
        let Some(definition) = definition.and_then(|at| self.snapshot().task_definitions.rows.get(*at)) else {
            return found.lack(format!("the task definition of task {} is not read", task.id()));
        };
        let owner = task.service().unwrap_or(&definition.family);
        for container in &definition.containers {
            let label = label(owner, definition, container);
            match (writer(container), &container.log_group) {
                (Some((group, prefix)), _) => {
                    let streams = Streams::Named(vec![format!("{prefix}{}", task.id())]);
                    found.add(label, Origin::Group { group, streams });
                }
                (None, Some(group)) => found.lack(format!(
                    "container {label} has no stream prefix, so the streams of one task can't be told in {group}; open the group"
                )),
                (None, None) => found.lack(format!("container {label} does not log to CloudWatch Logs")),
            }
        }
    }

    /// The tasks on an instance, those that stopped a while ago included; what the machine wrote to its console where none ever ran.
    fn instance(&self, key: &str, found: &mut Feeds) {
        let Some(row) = self.fleet.view().instances.iter().find(|row| row.key == key) else {
            return found.lack(format!("instance {key} is not among the instances that were read"));
        };
        let host = self.fleet.container_instance(row).map(|host| host.arn.as_str());
        let on = |task: &&Task| host.is_some() && task.container_instance_arn.as_deref() == host;
        let tasks: Vec<&Task> = self.snapshot().tasks.rows.iter().filter(on).collect();
        tasks.iter().for_each(|task| self.task(task, found));
        if !tasks.is_empty() || !key.starts_with("i-") {
            return;
        }
        // It can't be taken back: a console that is read is mixed in with the lines of tasks for good.
        if !self.snapshot().tasks.known() || !self.snapshot().container_instances.known() {
            return found.lack(format!("which tasks ran on instance {key} is not read yet"));
        }
        found.add(key, Origin::Console { instance: key.to_owned() });
    }
}

/// The service or family, and the container where there are several.
fn label(owner: &str, definition: &TaskDefinition, container: &ContainerDefinition) -> String {
    match definition.containers.as_slice() {
        [_] => owner.to_owned(),
        _ => format!("{owner}/{}", container.name),
    }
}

fn named(subject: &Subject) -> String {
    match subject {
        Subject::Fleet => "the fleet".to_owned(),
        Subject::Instance(key) => format!("instance {key}"),
        Subject::Group(name) => format!("group {name}"),
        Subject::Service(name) => format!("service {name}"),
        Subject::Task(arn) => format!("task {arn}"),
        Subject::TargetGroup(arn) => format!("target group {arn}"),
        Subject::Target { target, .. } => format!("target {target}"),
        Subject::Alarm(name) => format!("alarm {name}"),
        Subject::LogGroup(name) => format!("log group {name}"),
        Subject::Execution(id) => format!("execution {id}"),
        Subject::Image(id) => format!("AMI {id}"),
        Subject::Refresh(id) => format!("refresh {id}"),
    }
}

#[cfg(test)]
mod tests;
