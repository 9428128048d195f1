//! Everything read of one fleet, panel by panel.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

use super::alarm::{Alarm, Mute};
use super::build::Builds;
use super::execution::Execution;
use super::freeze::Freeze;
use super::image::Images;
use super::instance::{Cluster, ContainerInstance, Ec2Instance, Group, SecurityGroup};
use super::promotion::Promotion;
use super::reading::{Failure, Missing, Panel, PanelState, Reading};
use super::refresh::InstanceRefresh;
use super::runbook::Runbook;
use super::schedule::Schedule;
use super::scope::{Identity, Scope};
use super::service::Service;
use super::target::{Target, TargetGroup};
use super::task::{LogGroup, Task, TaskDefinition};

/// The rows that one read brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Rows {
    /// See [`Panel::Identity`].
    Identity(Identity),
    /// See [`Panel::Cluster`].
    Cluster(Cluster),
    /// See [`Panel::ContainerInstances`].
    ContainerInstances(Vec<ContainerInstance>),
    /// See [`Panel::Ec2Instances`].
    Ec2Instances(Vec<Ec2Instance>),
    /// See [`Panel::Groups`].
    Groups(Vec<Group>),
    /// See [`Panel::Images`].
    Images(Images),
    /// See [`Panel::SecurityGroups`].
    SecurityGroups(Vec<SecurityGroup>),
    /// See [`Panel::Services`].
    Services(Vec<Service>),
    /// See [`Panel::Tasks`].
    Tasks(Vec<Task>),
    /// See [`Panel::TaskDefinitions`].
    TaskDefinitions(Vec<TaskDefinition>),
    /// See [`Panel::Targets`].
    Targets(Vec<TargetGroup>),
    /// See [`Panel::Alarms`].
    Alarms(Vec<Alarm>),
    /// See [`Panel::Mutes`].
    Mutes(Vec<Mute>),
    /// See [`Panel::LogGroups`].
    LogGroups(Vec<LogGroup>),
    /// See [`Panel::Runbooks`].
    Runbooks(Vec<Runbook>),
    /// See [`Panel::Executions`].
    Executions(Vec<Execution>),
    /// See [`Panel::Freeze`].
    Freeze(Option<Freeze>),
    /// See [`Panel::Refreshes`].
    Refreshes(Vec<InstanceRefresh>),
    /// See [`Panel::Builds`].
    Builds(Builds),
    /// See [`Panel::Promotion`].
    Promotion(Option<Promotion>),
    /// See [`Panel::Schedules`].
    Schedules(Vec<Schedule>),
}

/// The outcome of reading one panel once.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelRead {
    /// Which switch of fleet asked; an answer of an older generation is dropped.
    pub generation: u64,
    /// Which panel.
    pub panel: Panel,
    /// When the read ended; when it began, if it was asked for again since then.
    pub at: Timestamp,
    /// The rows with what is missing of them, or why there are none.
    pub outcome: Result<(Rows, Vec<Missing>), Failure>,
}

/// Everything known of one fleet.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Which fleet.
    pub scope: Scope,
    /// Counts the switches of fleet.
    pub generation: u64,
    /// Who is asking.
    pub identity: Reading<Identity>,
    /// The cluster.
    pub cluster: Reading<Cluster>,
    /// Machines as ECS sees them.
    pub container_instances: Reading<Vec<ContainerInstance>>,
    /// Machines as EC2 sees them: those of the cluster and those of its groups.
    pub ec2_instances: Reading<Vec<Ec2Instance>>,
    /// Auto Scaling groups.
    pub groups: Reading<Vec<Group>>,
    /// AMIs.
    pub images: Reading<Images>,
    /// Security groups of the instances.
    pub security_groups: Reading<Vec<SecurityGroup>>,
    /// Services.
    pub services: Reading<Vec<Service>>,
    /// Tasks, those stopped in the last hour included.
    pub tasks: Reading<Vec<Task>>,
    /// Task definitions in use.
    pub task_definitions: Reading<Vec<TaskDefinition>>,
    /// Target groups.
    pub targets: Reading<Vec<TargetGroup>>,
    /// Alarms that belong to the fleet.
    pub alarms: Reading<Vec<Alarm>>,
    /// Rules that mute alarms.
    pub mutes: Reading<Vec<Mute>>,
    /// Log groups.
    pub log_groups: Reading<Vec<LogGroup>>,
    /// Runbooks that can be started.
    pub runbooks: Reading<Vec<Runbook>>,
    /// Executions of runbooks, the newest first.
    pub executions: Reading<Vec<Execution>>,
    /// The freeze that was declared last, be it over.
    pub freeze: Reading<Option<Freeze>>,
    /// Instance refreshes of the groups, each group's newest first.
    pub refreshes: Reading<Vec<InstanceRefresh>>,
    /// AMIs that were baked for the fleet, and the versions of its launch templates.
    pub builds: Reading<Builds>,
    /// The promotion that holds; `None`: nothing was ever promoted.
    pub promotion: Reading<Option<Promotion>>,
    /// Schedules of the fleet, by name.
    pub schedules: Reading<Vec<Schedule>>,
}

/// How the latest read of a panel went, without its rows.
#[derive(Debug, Clone, Copy)]
pub struct ReadingInfo<'a> {
    /// When the rows were read.
    pub read_at: Option<Timestamp>,
    /// What they lack.
    pub missing: &'a [Missing],
    /// Why the latest attempt failed.
    pub failure: Option<&'a Failure>,
}

/// A group whose health could not be read this time, or was not asked for, keeps what was known of it, with its age and the
/// failure.
fn keep_health(rows: &mut [TargetGroup], known: &[TargetGroup]) {
    for row in rows.iter_mut().filter(|row| !row.targets.known()) {
        if let Some(before) = known.iter().find(|before| before.arn == row.arn) {
            let failure = row.targets.failure.take();
            row.targets = before.targets.clone();
            row.targets.failure = failure;
        }
    }
}

fn info<T>(reading: &Reading<T>) -> ReadingInfo<'_> {
    ReadingInfo { read_at: reading.read_at, missing: &reading.missing, failure: reading.failure.as_ref() }
}

/// Details that were not read this time are those that are known: of an execution that has ended they never change, and of one that goes on
/// they are read again soon.
fn keep_details(rows: &mut [Execution], known: &[Execution]) {
    let held: HashMap<&str, &Execution> = known.iter().map(|one| (one.id.as_str(), one)).collect();
    for row in rows.iter_mut().filter(|row| row.details.is_none()) {
        row.details = held.get(row.id.as_str()).and_then(|before| before.details.clone());
    }
}

/// Whether a read tells nothing new of executions; details that it did not bring are no news.
fn same_executions(held: &[Execution], read: &[Execution]) -> bool {
    let same = |(held, read): (&Execution, &Execution)| match read.details {
        Some(_) => held == read,
        None => *held == Execution { details: held.details.clone(), ..read.clone() },
    };
    held.len() == read.len() && held.iter().zip(read).all(same)
}

/// Whether target groups and their targets are the same, whenever each was read.
fn same_groups(held: &[TargetGroup], read: &[TargetGroup]) -> bool {
    // Health that was not asked for is that which is known.
    let kept = |targets: &Reading<Vec<Target>>| !targets.known() && targets.failure.is_none();
    let same = |a: &TargetGroup, b: &TargetGroup| {
        // Every member is named, so that a new one cannot be forgotten here.
        let TargetGroup { arn, name, target_type, protocol, port, health_check_path, load_balancer_arns, targets } = a;
        let Reading { rows, read_at, missing, failure } = targets;
        (arn, name, target_type, protocol) == (&b.arn, &b.name, &b.target_type, &b.protocol)
            && (port, health_check_path, load_balancer_arns) == (&b.port, &b.health_check_path, &b.load_balancer_arns)
            && (kept(&b.targets)
                || (rows, missing, failure) == (&b.targets.rows, &b.targets.missing, &b.targets.failure)
                    && read_at.is_some() == b.targets.read_at.is_some())
    };
    held.len() == read.len() && held.iter().zip(read).all(|(a, b)| same(a, b))
}

impl Snapshot {
    /// A snapshot that knows nothing yet.
    #[must_use]
    pub fn new(scope: Scope, generation: u64) -> Self {
        Self {
            scope,
            generation,
            identity: Reading::default(),
            cluster: Reading::default(),
            container_instances: Reading::default(),
            ec2_instances: Reading::default(),
            groups: Reading::default(),
            images: Reading::default(),
            security_groups: Reading::default(),
            services: Reading::default(),
            tasks: Reading::default(),
            task_definitions: Reading::default(),
            targets: Reading::default(),
            alarms: Reading::default(),
            mutes: Reading::default(),
            log_groups: Reading::default(),
            runbooks: Reading::default(),
            executions: Reading::default(),
            freeze: Reading::default(),
            refreshes: Reading::default(),
            builds: Reading::default(),
            promotion: Reading::default(),
            schedules: Reading::default(),
        }
    }

    /// Takes the outcome of a read. One of another generation is dropped and gives `false`.
    pub fn land(&mut self, read: PanelRead) -> bool {
        if read.generation != self.generation {
            return false;
        }
        let at = read.at;
        match read.outcome {
            Ok((rows, missing)) => self.land_rows(rows, missing, at),
            Err(failure) => self.land_failure(read.panel, failure),
        }
        true
    }

    /// Whether a read brought nothing but what is here already: the same rows with the same parts missing, or the same failure.
    #[must_use]
    pub fn holds(&self, read: &PanelRead) -> bool {
        let info = self.info(read.panel);
        read.generation == self.generation
            && match &read.outcome {
                Ok((rows, missing)) => info.failure.is_none() && info.missing == missing && self.holds_rows(rows),
                Err(failure) => info.failure.is_some_and(|held| held.says_the_same(failure)),
            }
    }

    fn holds_rows(&self, rows: &Rows) -> bool {
        match rows {
            Rows::Identity(rows) => self.identity.get() == Some(rows),
            Rows::Cluster(rows) => self.cluster.get() == Some(rows),
            Rows::ContainerInstances(rows) => self.container_instances.get() == Some(rows),
            Rows::Ec2Instances(rows) => self.ec2_instances.get() == Some(rows),
            Rows::Groups(rows) => self.groups.get() == Some(rows),
            Rows::Images(rows) => self.images.get() == Some(rows),
            Rows::SecurityGroups(rows) => self.security_groups.get() == Some(rows),
            Rows::Services(rows) => self.services.get() == Some(rows),
            Rows::Tasks(rows) => self.tasks.get() == Some(rows),
            Rows::TaskDefinitions(rows) => {
                self.task_definitions.get().is_some_and(|known| rows.iter().all(|row| known.contains(row)))
            }
            Rows::Targets(rows) => self.targets.get().is_some_and(|held| same_groups(held, rows)),
            Rows::Alarms(rows) => self.alarms.get() == Some(rows),
            Rows::Mutes(rows) => self.mutes.get() == Some(rows),
            Rows::LogGroups(rows) => self.log_groups.get() == Some(rows),
            Rows::Runbooks(rows) => self.runbooks.get() == Some(rows),
            Rows::Executions(rows) => self.executions.get().is_some_and(|held| same_executions(held, rows)),
            Rows::Freeze(rows) => self.freeze.get() == Some(rows),
            Rows::Refreshes(rows) => self.refreshes.get() == Some(rows),
            Rows::Builds(rows) => self.builds.get() == Some(rows),
            Rows::Promotion(rows) => self.promotion.get() == Some(rows),
            Rows::Schedules(rows) => self.schedules.get() == Some(rows),
        }
    }

    fn land_rows(&mut self, rows: Rows, missing: Vec<Missing>, at: Timestamp) {
        match rows {
            Rows::Identity(rows) => self.identity.land(Ok((rows, missing)), at),
            Rows::Cluster(rows) => self.cluster.land(Ok((rows, missing)), at),
            Rows::ContainerInstances(rows) => self.container_instances.land(Ok((rows, missing)), at),
            Rows::Ec2Instances(rows) => self.ec2_instances.land(Ok((rows, missing)), at),
            Rows::Groups(rows) => self.groups.land(Ok((rows, missing)), at),
            Rows::Images(rows) => self.images.land(Ok((rows, missing)), at),
            Rows::SecurityGroups(rows) => self.security_groups.land(Ok((rows, missing)), at),
            Rows::Services(rows) => self.services.land(Ok((rows, missing)), at),
            Rows::Tasks(rows) => self.tasks.land(Ok((rows, missing)), at),
            Rows::TaskDefinitions(rows) => {
                // A definition never changes, so a read brings only those that were not known.
                let mut all = std::mem::take(&mut self.task_definitions.rows);
                all.retain(|known| rows.iter().all(|row| row.arn != known.arn));
                all.extend(rows);
                self.task_definitions.land(Ok((all, missing)), at);
            }
            Rows::Targets(mut rows) => {
                keep_health(&mut rows, &self.targets.rows);
                self.targets.land(Ok((rows, missing)), at);
            }
            Rows::Alarms(rows) => self.alarms.land(Ok((rows, missing)), at),
            Rows::Mutes(rows) => self.mutes.land(Ok((rows, missing)), at),
            Rows::LogGroups(rows) => self.log_groups.land(Ok((rows, missing)), at),
            Rows::Runbooks(rows) => self.runbooks.land(Ok((rows, missing)), at),
            Rows::Executions(mut rows) => {
                keep_details(&mut rows, &self.executions.rows);
                self.executions.land(Ok((rows, missing)), at);
            }
            Rows::Freeze(rows) => self.freeze.land(Ok((rows, missing)), at),
            Rows::Refreshes(rows) => self.refreshes.land(Ok((rows, missing)), at),
            Rows::Builds(rows) => self.builds.land(Ok((rows, missing)), at),
            Rows::Promotion(rows) => self.promotion.land(Ok((rows, missing)), at),
            Rows::Schedules(rows) => self.schedules.land(Ok((rows, missing)), at),
        }
    }

    fn land_failure(&mut self, panel: Panel, failure: Failure) {
        let slot = match panel {
            Panel::Identity => &mut self.identity.failure,
            Panel::Cluster => &mut self.cluster.failure,
            Panel::ContainerInstances => &mut self.container_instances.failure,
            Panel::Ec2Instances => &mut self.ec2_instances.failure,
            Panel::Groups => &mut self.groups.failure,
            Panel::Images => &mut self.images.failure,
            Panel::SecurityGroups => &mut self.security_groups.failure,
            Panel::Services => &mut self.services.failure,
            Panel::Tasks => &mut self.tasks.failure,
            Panel::TaskDefinitions => &mut self.task_definitions.failure,
            Panel::Targets => &mut self.targets.failure,
            Panel::Alarms => &mut self.alarms.failure,
            Panel::Mutes => &mut self.mutes.failure,
            Panel::LogGroups => &mut self.log_groups.failure,
            Panel::Runbooks => &mut self.runbooks.failure,
            Panel::Executions => &mut self.executions.failure,
            Panel::Freeze => &mut self.freeze.failure,
            Panel::Refreshes => &mut self.refreshes.failure,
            Panel::Builds => &mut self.builds.failure,
            Panel::Promotion => &mut self.promotion.failure,
            Panel::Schedules => &mut self.schedules.failure,
        };
        *slot = Some(failure);
    }

    /// Whether every Auto Scaling group of the fleet was read: only then is what was read of their refreshes and launch templates all
    /// there is.
    #[must_use]
    pub fn groups_known(&self) -> bool {
        self.cluster.complete() && self.container_instances.complete() && self.groups.complete()
    }

    /// When a schedule starts what goes on: what it starts in a freeze fails at once. `None`: never, or nobody knows when the freeze ends.
    #[must_use]
    pub fn next_run(&self, schedule: &Schedule, now: Timestamp) -> Option<Timestamp> {
        let from = match self.freeze.rows.as_ref().filter(|freeze| freeze.holds(now)) {
            Some(freeze) => freeze.until?,
            None => now,
        };
        schedule.next_after(from)
    }

    /// Whether what was read of AMIs and of the versions that they became is all there is: versions are read of groups' templates.
    #[must_use]
    pub fn builds_whole(&self) -> bool {
        self.builds.complete() && self.groups_known()
    }

    /// What `panel` is worth at `now`, given how old rows may be before they count as stale.
    #[must_use]
    pub fn panel_state(&self, panel: Panel, now: Timestamp, patience: SignedDuration) -> PanelState {
        let info = self.info(panel);
        let reading = Reading { rows: (), read_at: info.read_at, missing: Vec::new(), failure: info.failure.cloned() };
        reading.state(now, patience)
    }

    /// How the latest read of `panel` went.
    #[must_use]
    pub fn info(&self, panel: Panel) -> ReadingInfo<'_> {
        match panel {
            Panel::Identity => info(&self.identity),
            Panel::Cluster => info(&self.cluster),
            Panel::ContainerInstances => info(&self.container_instances),
            Panel::Ec2Instances => info(&self.ec2_instances),
            Panel::Groups => info(&self.groups),
            Panel::Images => info(&self.images),
            Panel::SecurityGroups => info(&self.security_groups),
            Panel::Services => info(&self.services),
            Panel::Tasks => info(&self.tasks),
            Panel::TaskDefinitions => info(&self.task_definitions),
            Panel::Targets => info(&self.targets),
            Panel::Alarms => info(&self.alarms),
            Panel::Mutes => info(&self.mutes),
            Panel::LogGroups => info(&self.log_groups),
            Panel::Runbooks => info(&self.runbooks),
            Panel::Executions => info(&self.executions),
            Panel::Freeze => info(&self.freeze),
            Panel::Refreshes => info(&self.refreshes),
            Panel::Builds => info(&self.builds),
            Panel::Promotion => info(&self.promotion),
            Panel::Schedules => info(&self.schedules),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::reading::FailureKind;
    use crate::fleet::target::{TargetState, TargetType};

    fn group(targets: Reading<Vec<Target>>) -> TargetGroup {
        TargetGroup {
            arn: "arn:tg".to_owned(),
            name: "web".to_owned(),
            target_type: TargetType::Ip,
            protocol: None,
            port: None,
            health_check_path: None,
            load_balancer_arns: Vec::new(),
            targets,
        }
    }

    fn landed(snapshot: &mut Snapshot, targets: Reading<Vec<Target>>, at: Timestamp) {
        let outcome = Ok((Rows::Targets(vec![group(targets)]), Vec::new()));
        assert!(snapshot.land(PanelRead { generation: 0, panel: Panel::Targets, at, outcome }));
    }

    #[test]
    fn a_group_whose_health_cannot_be_read_keeps_what_was_known_and_says_why() {
        let scope = Scope { cluster: "live".to_owned(), region: "eu-west-1".to_owned() };
        let mut snapshot = Snapshot::new(scope, 0);
        let (first, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1));
        let target = Target {
            id: "10.0.0.7".to_owned(),
            port: Some(80),
            availability_zone: None,
            state: TargetState::Healthy,
            reason: None,
            description: None,
        };
        let mut read = Reading::default();
        read.land(Ok((vec![target], Vec::new())), first);
        landed(&mut snapshot, read, first);
        let failure = Failure {
            kind: FailureKind::Throttled,
            operation: "elasticloadbalancing:DescribeTargetHealth".to_owned(),
            message: "Throttling".to_owned(),
            hint: None,
            request_id: None,
        };
        landed(&mut snapshot, Reading { failure: Some(failure.clone()), ..Reading::default() }, later);
        let targets = &snapshot.targets.rows[0].targets;
        assert_eq!((targets.rows.len(), targets.read_at, targets.failure.as_ref()), (1, Some(first), Some(&failure)));
    }

    #[test]
    fn health_that_was_not_asked_for_is_no_news_and_keeps_its_age() {
        let scope = Scope { cluster: "live".to_owned(), region: "eu-west-1".to_owned() };
        let mut snapshot = Snapshot::new(scope, 0);
        let (first, later) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + SignedDuration::from_mins(1));
        let mut read = Reading::default();
        read.land(Ok((Vec::new(), Vec::new())), first);
        landed(&mut snapshot, read, first);
        let outcome = Ok((Rows::Targets(vec![group(Reading::default())]), Vec::new()));
        let not_asked = PanelRead { generation: 0, panel: Panel::Targets, at: later, outcome };
        assert!(snapshot.holds(&not_asked));
        snapshot.land(not_asked);
        assert_eq!(snapshot.targets.rows[0].targets.read_at, Some(first));
        assert_eq!(snapshot.targets.read_at, Some(later));
    }
}
