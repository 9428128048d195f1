//! Who writes: a stream begins with its container or instance, and ends with it.

use jiff::{SignedDuration, Timestamp};

use super::super::World;
use super::super::task::{ContainerDefinition, Flaw, TaskDefinition};
use super::voice::{self, Voice};
use super::{LogGroup, LogStream, chance};

/// What becomes of a writer, as far as it shows in what it writes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Fate {
    /// It does its work.
    Works,
    /// It ends by itself.
    Exits {
        /// Milliseconds since 1970.
        at: i64,
        /// Exit code; at 137 it is killed and has no last words.
        code: i32,
    },
    /// It works and answers no health check.
    Unready,
    /// An agent that has not reached ECS since then.
    Deaf(i64),
}

/// Who writes a stream, since when and until when; times in milliseconds since 1970.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer {
    /// How it speaks.
    pub voice: Voice,
    /// Revision of its task definition.
    pub revision: u32,
    /// Port that it listens on; 0: none.
    pub port: u16,
    /// When it started.
    pub from: i64,
    /// When it was told to stop.
    pub told_at: Option<i64>,
    /// When it had stopped; nothing is written later.
    pub to: Option<i64>,
    /// What becomes of it.
    pub fate: Fate,
}

/// Name of the group that instances of a cluster send their system journal to.
pub(crate) fn system_group(cluster: &str) -> String {
    format!("/fleet/{cluster}/system")
}

/// The stream of a container with the awslogs driver: `PREFIX/CONTAINER/TASK`
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html>). Without a prefix it is called
/// after Docker's id of the container, which nobody else knows.
fn stream_name(container: &ContainerDefinition, task: &str) -> String {
    match &container.log_prefix {
        Some(prefix) => format!("{prefix}/{}/{task}", container.name),
        None => {
            let id = chance::named(chance::named(0, task), &container.name);
            (0..4).map(|part| format!("{:016x}", chance::mixed(id, part))).collect()
        }
    }
}

impl World {
    /// The containers of a task begin to write.
    pub(crate) fn open_streams(&mut self, task: &str) {
        let Some((definition, at, flaw)) = self.tasks.get(task).and_then(|task| {
            let definition = self.task_definitions.get(&task.definition)?.clone();
            Some((definition, task.started_at?, task.flaw.clone()))
        }) else {
            return;
        };
        for (index, container) in definition.containers.iter().enumerate() {
            // Only the first container is the one that goes wrong.
            let fate = if index == 0 { self.fate(flaw.as_ref(), at) } else { Fate::Works };
            self.open_stream(&definition, container, task, at, fate);
        }
    }

    fn open_stream(
        &mut self,
        of: &TaskDefinition,
        container: &ContainerDefinition,
        task: &str,
        at: Timestamp,
        fate: Fate,
    ) {
        // The driver makes streams, and groups only where it is told to (`awslogs-create-group`).
        let Some(group) = container.log_group.as_ref().and_then(|name| self.log_groups.get_mut(name)) else { return };
        let writer = Writer {
            voice: Voice::of(&container.name),
            revision: of.revision,
            port: container.ports.first().map_or(0, |port| port.container),
            from: at.as_millisecond(),
            told_at: None,
            to: None,
            fate,
        };
        group.open(stream_name(container, task), at, writer);
    }

    /// The task that a running one has replaced wrote too: instances leave every twelve hours, their streams stay. Ids
    /// and hours follow from the task's own, so that nothing else in the world depends on it.
    pub(crate) fn open_predecessor(&mut self, task: &str, deployed_at: Timestamp) {
        let Some((definition, replaced_at)) = self.tasks.get(task).and_then(|task| {
            Some((
                self.task_definitions.get(&task.definition)?.clone(),
                task.started_at? + SignedDuration::from_secs(30),
            ))
        }) else {
            return;
        };
        let own = chance::named(self.seed, task);
        let lived = SignedDuration::from_secs(6 * 3_600 + (own % (5 * 3_600)) as i64);
        let from = (replaced_at - lived).max(deployed_at + SignedDuration::from_secs(12));
        if replaced_at.duration_since(from) < SignedDuration::from_mins(5) {
            return;
        }
        let id = format!("{:016x}{:016x}", chance::mixed(own, 1), chance::mixed(own, 2));
        for container in &definition.containers {
            self.open_stream(&definition, container, &id, from, Fate::Works);
            let to = (replaced_at + SignedDuration::from_secs(2)).as_millisecond();
            self.change_writer(container, &id, |writer| {
                (writer.told_at, writer.to) = (Some(replaced_at.as_millisecond()), Some(to));
            });
        }
    }

    fn fate(&self, flaw: Option<&Flaw>, start: Timestamp) -> Fate {
        match flaw {
            Some(Flaw::Exits { after, code }) => {
                Fate::Exits { at: (start + self.span(*after)).as_millisecond(), code: *code }
            }
            Some(Flaw::FailsHealthChecks) => Fate::Unready,
            Some(Flaw::CannotPull) | None => Fate::Works,
        }
    }

    /// The containers of a task have been told to stop.
    pub(crate) fn tell_streams(&mut self, task: &str, at: Timestamp) {
        self.change_writers(task, |writer| {
            writer.told_at.get_or_insert(at.as_millisecond());
        });
    }

    /// The containers of a task have stopped.
    pub(crate) fn close_streams(&mut self, task: &str, at: Timestamp) {
        self.change_writers(task, |writer| {
            writer.to.get_or_insert(at.as_millisecond());
        });
    }

    /// The containers of a task have stopped, and whichever was to exit by itself did so then.
    pub(crate) fn close_streams_in_the_past(&mut self, task: &str, at: Timestamp) {
        self.change_writers(task, |writer| {
            if let Fate::Exits { at: exit, .. } = &mut writer.fate {
                *exit = at.as_millisecond();
            }
        });
        self.close_streams(task, at);
    }

    fn change_writers(&mut self, task: &str, change: impl Fn(&mut Writer)) {
        let definition = self.tasks.get(task).and_then(|task| self.task_definitions.get(&task.definition));
        let containers = definition.map(|definition| definition.containers.clone()).unwrap_or_default();
        for container in &containers {
            self.change_writer(container, task, &change);
        }
    }

    fn change_writer(&mut self, container: &ContainerDefinition, task: &str, change: impl Fn(&mut Writer)) {
        let group = container.log_group.as_ref().and_then(|name| self.log_groups.get_mut(name));
        let stream = group.and_then(|group| group.streams.get_mut(&stream_name(container, task)));
        if let Some(writer) = stream.and_then(|stream| stream.writer.as_mut()) {
            change(writer);
        }
    }

    /// An instance has booted and sends its journal, where the fleet has a group for that.
    pub(crate) fn open_journal(&mut self, instance: &str, at: Timestamp) {
        let Some(group) = self.log_groups.get_mut(&system_group(&self.cluster)) else { return };
        let (voice, from) = (Voice::Host, at.as_millisecond());
        let writer = Writer { voice, revision: 0, port: 0, from, told_at: None, to: None, fate: Fate::Works };
        group.open(instance.to_owned(), at, writer);
    }

    /// An instance's agent has not reached ECS since then.
    pub(crate) fn note_deafness(&mut self, instance: &str, since: Timestamp) {
        self.change_journal(instance, |writer| writer.fate = Fate::Deaf(since.as_millisecond()));
    }

    /// An instance shuts down.
    pub(crate) fn close_journal(&mut self, instance: &str, at: Timestamp) {
        let (told_at, to) = (at.as_millisecond(), (at + SignedDuration::from_secs(4)).as_millisecond());
        self.change_journal(instance, |writer| {
            writer.told_at.get_or_insert(told_at);
            writer.to.get_or_insert(to);
        });
    }

    /// A task's first container has exited by itself: its instance's journal tells. This is not computed, but put there:
    /// a journal does not know its instance's tasks of long ago.
    pub(crate) fn journal_exit(&mut self, task: &str, at: Timestamp, code: i32) {
        let Some(told) = self.tasks.get(task) else { return };
        let container = self.task_definitions.get(&told.definition).and_then(|of| of.containers.first());
        let (Some(container), Some(instance)) = (container.map(|c| c.name.clone()), told.instance.clone()) else {
            return;
        };
        let arn = self.ecs_arn_in(&told.cluster, "task", task);
        let at = at.as_millisecond();
        let group = self.log_groups.get_mut(&system_group(&self.cluster));
        let Some(journal) = group.and_then(|group| group.streams.get_mut(&instance)) else { return };
        for message in voice::exited(&instance, at, &arn, &container, code) {
            journal.put(at, at + 2_500, message);
        }
    }

    fn change_journal(&mut self, instance: &str, change: impl Fn(&mut Writer)) {
        let group = self.log_groups.get_mut(&system_group(&self.cluster));
        let stream = group.and_then(|group| group.streams.get_mut(instance));
        if let Some(writer) = stream.and_then(|stream| stream.writer.as_mut()) {
            change(writer);
        }
    }
}

impl LogGroup {
    fn open(&mut self, name: String, at: Timestamp, writer: Writer) {
        let new = LogStream::new(&self.name, &name, at);
        self.streams.entry(name).or_insert(new).writer = Some(writer);
    }
}
