//! The fleet as an operator thinks of it: the panels joined, row by row.
//!
//! A row names its parts by position in the snapshot's panels, so a view is worth
//! something only beside the snapshot that it was derived from; [`Fleet`] keeps the two together.

use jiff::{SignedDuration, Timestamp};

use super::build::{Build, TemplateVersion};
use super::execution::Execution;
use super::finding::Finding;
use super::freeze::Freeze;
use super::history::History;
use super::image::Image;
use super::instance::{ContainerInstance, Ec2Instance, GroupMember};
use super::policy::Policy;
use super::promotion::Promotion;
use super::reading::Panel;
use super::refresh::InstanceRefresh;
use super::schedule::{Duty, Schedule};
use super::scope::Scope;
use super::service::Service;
use super::snapshot::{PanelRead, Snapshot};
use super::task::Task;

/// A value together with how far it can be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Known<T> {
    /// Not read: shown as a dash, never as zero.
    #[default]
    Unknown,
    /// Read in part: shown as `≥ n`.
    AtLeast(T),
    /// Read completely.
    Exactly(T),
}

impl<T: Copy> Known<T> {
    /// The number itself, if there is one.
    #[must_use]
    pub fn value(self) -> Option<T> {
        match self {
            Self::Unknown => None,
            Self::AtLeast(value) | Self::Exactly(value) => Some(value),
        }
    }

    /// The number itself, if it is the whole one.
    #[must_use]
    pub fn exactly(self) -> Option<T> {
        match self {
            Self::Unknown | Self::AtLeast(_) => None,
            Self::Exactly(value) => Some(value),
        }
    }
}

/// How far an instance's AMI is behind the one that it should run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImageStanding {
    /// AMI id that it runs.
    pub id: Option<String>,
    /// Its name, if the AMI could be read.
    pub name: Option<String>,
    /// Builds of the lineage after it, up to and with the expected one; 0: up to date or ahead. `None`: cannot be told.
    pub builds_behind: Option<u32>,
    /// Whole days between the creation of the two; 0 when it is ahead. `None`: cannot be told.
    pub days_behind: Option<u32>,
    /// The AMI that it should run.
    pub expected: Option<String>,
}

/// Targets of a thing, counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TargetCounts {
    /// Those in state `healthy`.
    pub healthy: Known<u32>,
    /// All of them.
    pub total: Known<u32>,
}

/// One machine, joined from ECS, EC2, Auto Scaling, images, tasks and targets.
#[derive(Debug, Clone, PartialEq)]
pub struct InstanceRow {
    /// EC2 instance id, else the container instance's ARN.
    pub key: String,
    /// Position in `snapshot.container_instances.rows`.
    pub container_instance: Option<usize>,
    /// Position in `snapshot.ec2_instances.rows`.
    pub ec2_instance: Option<usize>,
    /// Group name, by membership or by tag.
    pub group: Option<String>,
    /// Positions of its group and of itself among the members there.
    pub member: Option<(usize, usize)>,
    /// When it was launched, as EC2 tells.
    pub launched_at: Option<Timestamp>,
    /// When it joined the cluster, as ECS tells: it is older than that.
    pub registered_at: Option<Timestamp>,
    /// Its AMI.
    pub image: ImageStanding,
    /// Positions in `snapshot.tasks.rows` of its tasks that have not stopped.
    pub tasks: Vec<usize>,
    /// Targets that lead to it.
    pub targets: TargetCounts,
    /// (target group, target) positions of those targets.
    pub target_positions: Vec<(usize, usize)>,
    /// Positions in `findings`.
    pub findings: Vec<usize>,
}

/// One service with what belongs to it.
#[derive(Debug, Clone, PartialEq)]
pub struct ServiceRow {
    /// Position in `snapshot.services.rows`.
    pub service: usize,
    /// Positions of its tasks, stopped ones included.
    pub tasks: Vec<usize>,
    /// Positions of its target groups.
    pub target_groups: Vec<usize>,
    /// Its targets, over all of its target groups.
    pub targets: TargetCounts,
    /// Names of the log groups of its task definition.
    pub log_groups: Vec<String>,
    /// Positions in `findings`.
    pub findings: Vec<usize>,
}

/// One target with what it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetRow {
    /// Position of its target group.
    pub target_group: usize,
    /// Position in that group's targets.
    pub target: usize,
    /// Key of the instance that it leads to.
    pub instance: Option<String>,
    /// Position of the task that it leads to.
    pub task: Option<usize>,
    /// Positions in `findings`.
    pub findings: Vec<usize>,
}

/// One alarm with what it says about what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlarmRow {
    /// Position in `snapshot.alarms.rows`.
    pub alarm: usize,
    /// When the last of the rules that mute it now ends.
    pub silenced_until: Option<Timestamp>,
    /// Position of that rule in `snapshot.mutes.rows`.
    pub mute: Option<usize>,
    /// Services, target groups and instances that its dimensions name.
    pub subjects: Vec<super::finding::Subject>,
    /// Positions in `findings`.
    pub findings: Vec<usize>,
}

/// One execution with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecutionRow {
    /// Position in `snapshot.executions.rows`.
    pub execution: usize,
    /// The things that it is about.
    pub subjects: Vec<super::finding::Subject>,
    /// Positions in `snapshot.executions.rows` of those that it started, the newest first.
    pub children: Vec<usize>,
    /// The execution that started it is listed too.
    pub nested: bool,
    /// Positions in `findings`.
    pub findings: Vec<usize>,
}

/// One AMI that matters to the fleet: baked for it, a version of its launch template, promoted, or run by an instance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LineageRow {
    /// `ami-…`
    pub id: String,
    /// Position in `snapshot.images.rows.images`, if it was read there.
    pub image: Option<usize>,
    /// Position in `snapshot.builds.rows.images`, if it was baked for this fleet.
    pub build: Option<usize>,
    /// Position in `snapshot.executions.rows` of the bake that made it, while that is listed.
    pub bake: Option<usize>,
    /// Positions in `snapshot.builds.rows.versions` of the launch template versions that start from it, the newest first.
    pub versions: Vec<usize>,
    /// It is the one that was promoted last.
    pub promoted: bool,
    /// Machines that run it.
    pub instances: Known<u32>,
}

/// One instance refresh with how its group stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshRow {
    /// Position in `snapshot.refreshes.rows`.
    pub refresh: usize,
    /// Position of its group in `snapshot.groups.rows`.
    pub group: Option<usize>,
    /// Position in `snapshot.executions.rows` of the execution that started it, as far as its steps tell.
    pub execution: Option<usize>,
    /// The group's members by the launch template version that they were started from, the newest first; without a version: it is not told.
    pub spread: Vec<(Option<String>, u32)>,
    /// Instances that are protected or on standby and for which it waits.
    pub held_up_by: Vec<String>,
    /// Positions in `findings` of those about its group.
    pub findings: Vec<usize>,
}

/// Everything joined and judged.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct View {
    /// Machines, by key.
    pub instances: Vec<InstanceRow>,
    /// Services, by name.
    pub services: Vec<ServiceRow>,
    /// Targets, by target group's name, then id and port.
    pub targets: Vec<TargetRow>,
    /// Alarms, by name.
    pub alarms: Vec<AlarmRow>,
    /// Executions: those under way first, then the newest.
    pub executions: Vec<ExecutionRow>,
    /// AMIs that matter to the fleet, the newest first.
    pub lineage: Vec<LineageRow>,
    /// Instance refreshes: those under way first, then the newest.
    pub refreshes: Vec<RefreshRow>,
    /// What is wrong, worst first, then by subject.
    pub findings: Vec<Finding>,
}

/// A snapshot with the view derived from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Fleet {
    snapshot: Snapshot,
    view: View,
    policy: Policy,
    history: History,
    edition: u64,
    news: u64,
}

/// What became of a read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landing {
    /// It was of another generation, and dropped.
    Dropped,
    /// It brought what was there already; only the age of that is another.
    Same,
    /// It brought something new, be it a failure.
    News,
}

impl Fleet {
    /// A fleet of which nothing is known yet.
    #[must_use]
    pub fn new(scope: Scope, generation: u64, policy: Policy) -> Self {
        Self {
            snapshot: Snapshot::new(scope, generation),
            view: View::default(),
            policy,
            history: History::default(),
            edition: 0,
            news: 0,
        }
    }

    /// What was read.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        &self.snapshot
    }

    /// What follows from it.
    #[must_use]
    pub fn view(&self) -> &View {
        &self.view
    }

    /// The thresholds it is judged by.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What was seen of it over time.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Counts the changes: reads that brought something new, and judgements. What was made from one edition holds until the next.
    #[must_use]
    pub fn edition(&self) -> u64 {
        self.edition
    }

    /// Counts the reads that brought something new.
    #[must_use]
    pub fn news(&self) -> u64 {
        self.news
    }

    /// Takes the outcome of a read and judges anew if it brought something new.
    pub fn land(&mut self, read: PanelRead, now: Timestamp) -> Landing {
        let landing = self.file(read);
        // The same rows at a later time are judged when time moves on, not with every poll.
        if landing == Landing::News {
            self.judge(now);
        }
        landing
    }

    /// Takes the outcome of a read without judging it: whoever has several of them judges once.
    pub fn file(&mut self, read: PanelRead) -> Landing {
        let (panel, at, rows) = (read.panel, read.at, read.outcome.is_ok());
        let news = !self.snapshot.holds(&read);
        if !self.snapshot.land(read) {
            return Landing::Dropped;
        }
        if rows {
            self.history.observe(&self.snapshot, panel, at);
        }
        self.edition += u64::from(news);
        self.news += u64::from(news);
        if news { Landing::News } else { Landing::Same }
    }

    /// Judges anew at `now`: ages grow without any read.
    pub fn judge(&mut self, now: Timestamp) {
        self.view = super::join::derive(&self.snapshot, &self.history, &self.policy, now);
        self.edition += 1;
    }

    /// State of a panel at `now`.
    #[must_use]
    pub fn panel_state(&self, panel: Panel, now: Timestamp) -> super::reading::PanelState {
        self.snapshot.panel_state(panel, now, self.patience(panel))
    }

    /// How old the rows of a panel may be before they count as stale.
    #[must_use]
    pub fn patience(&self, panel: Panel) -> SignedDuration {
        self.policy.intervals.patience(panel, self.policy.patience)
    }

    /// The container instance of a row.
    #[must_use]
    pub fn container_instance(&self, row: &InstanceRow) -> Option<&ContainerInstance> {
        self.snapshot.container_instances.rows.get(row.container_instance?)
    }

    /// The EC2 instance of a row.
    #[must_use]
    pub fn ec2_instance(&self, row: &InstanceRow) -> Option<&Ec2Instance> {
        self.snapshot.ec2_instances.rows.get(row.ec2_instance?)
    }

    /// The group membership of a row.
    #[must_use]
    pub fn member(&self, row: &InstanceRow) -> Option<&GroupMember> {
        let (group, member) = row.member?;
        self.snapshot.groups.rows.get(group)?.members.get(member)
    }

    /// The service of a row.
    #[must_use]
    pub fn service(&self, row: &ServiceRow) -> Option<&Service> {
        self.snapshot.services.rows.get(row.service)
    }

    /// The execution of a row.
    #[must_use]
    pub fn execution(&self, row: &ExecutionRow) -> Option<&Execution> {
        self.snapshot.executions.rows.get(row.execution)
    }

    /// The row of the execution of that id.
    #[must_use]
    pub fn execution_row(&self, id: &str) -> Option<&ExecutionRow> {
        self.view.executions.iter().find(|row| self.execution(row).is_some_and(|one| one.id == id))
    }

    /// The instance refresh of a row.
    #[must_use]
    pub fn refresh(&self, row: &RefreshRow) -> Option<&InstanceRefresh> {
        self.snapshot.refreshes.rows.get(row.refresh)
    }

    /// The build of a row, if its AMI was baked for this fleet.
    #[must_use]
    pub fn build(&self, row: &LineageRow) -> Option<&Build> {
        self.snapshot.builds.rows.images.get(row.build?)
    }

    /// The AMI of a row, if it was read.
    #[must_use]
    pub fn image(&self, row: &LineageRow) -> Option<&Image> {
        let build = self.build(row).map(|build| &build.image);
        build.or_else(|| self.snapshot.images.rows.images.get(row.image?))
    }

    /// The launch template versions of a row, the newest first.
    pub fn versions<'a>(&'a self, row: &'a LineageRow) -> impl Iterator<Item = &'a TemplateVersion> {
        row.versions.iter().filter_map(|at| self.snapshot.builds.rows.versions.get(*at))
    }

    /// The schedule that has a duty for this fleet, if it has one.
    #[must_use]
    pub fn schedule(&self, duty: Duty) -> Option<&Schedule> {
        let cluster = &self.snapshot.scope.cluster;
        self.snapshot.schedules.rows.iter().find(|schedule| schedule.duty(cluster) == Some(duty))
    }

    /// The promotion that holds.
    #[must_use]
    pub fn promotion(&self) -> Option<&Promotion> {
        self.snapshot.promotion.rows.as_ref()
    }

    /// The freeze that holds at `now`.
    #[must_use]
    pub fn freeze(&self, now: Timestamp) -> Option<&Freeze> {
        self.snapshot.freeze.rows.as_ref().filter(|freeze| freeze.holds(now))
    }

    /// A task by position.
    #[must_use]
    pub fn task(&self, position: usize) -> Option<&Task> {
        self.snapshot.tasks.rows.get(position)
    }

    /// The age of a row's instance at `now`; never negative, whatever the clocks say. Where EC2 did not tell when it was launched, it
    /// is at least as old as its registration.
    #[must_use]
    pub fn age(&self, row: &InstanceRow, now: Timestamp) -> Known<SignedDuration> {
        let since = |at: Timestamp| now.duration_since(at).max(SignedDuration::ZERO);
        match (row.launched_at, row.registered_at) {
            (Some(at), _) => Known::Exactly(since(at)),
            (None, Some(at)) => Known::AtLeast(since(at)),
            (None, None) => Known::Unknown,
        }
    }
}
