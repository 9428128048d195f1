//! What a plan is worked out from.

use std::collections::HashSet;

use super::Request;
use crate::actions::catalogue::Action;
use crate::fleet::execution::Values;
use crate::fleet::finding::Subject;
use crate::fleet::instance::ContainerInstanceStatus;
use crate::fleet::join::Index;
use crate::fleet::policy::{Evidence, Space};
use crate::fleet::service::{SchedulingStrategy, Service};
use crate::fleet::target::TargetState;
use crate::fleet::task::{HealthStatus, Task, TaskStatus};
use crate::fleet::view::{Fleet, InstanceRow};

/// Attribute of instances that are to go, which services keep off by a placement constraint.
pub(super) const RETIRING: &str = "retiring";

/// The fleet, and what is asked of it.
pub(super) struct Scene<'a> {
    pub fleet: &'a Fleet,
    pub request: &'a Request<'a>,
    pub evidence: Evidence<'a>,
    /// The instances among the subjects that are there.
    pub targets: Vec<&'a InstanceRow>,
}

impl<'a> Scene<'a> {
    pub(super) fn new(fleet: &'a Fleet, index: &'a Index<'a>, request: &'a Request<'a>) -> Self {
        let evidence = Evidence {
            snapshot: fleet.snapshot(),
            view: fleet.view(),
            index,
            history: fleet.history(),
            policy: fleet.policy(),
            now: request.now,
        };
        let asked: HashSet<&str> = request.subjects.iter().filter_map(instance).collect();
        let targets = fleet.view().instances.iter().filter(|row| asked.contains(row.key.as_str())).collect();
        Self { fleet, request, evidence, targets }
    }

    /// What holds for a parameter: what is said, or what the document says where nothing is.
    pub(super) fn values(&self, name: &str) -> &[String] {
        let said = self.request.values.get(name);
        let default = || self.request.runbook.parameters.iter().find(|one| one.name == name)?.default.as_ref();
        said.or_else(default).map(Vec::as_slice).unwrap_or_default()
    }

    /// The same for every parameter.
    pub(super) fn effective(&self) -> Values {
        let mut values = self.request.values.clone();
        for parameter in &self.request.runbook.parameters {
            if let Some(default) = &parameter.default {
                values.entry(parameter.name.clone()).or_insert_with(|| default.clone());
            }
        }
        values
    }

    /// Targets that are empty at the same time. Runs go one at a time: a recycled instance is replaced before the next one goes, a
    /// drained one stays away.
    pub(super) fn batches(&self) -> Vec<Vec<&'a InstanceRow>> {
        match self.request.action {
            Some(Action::Recycle | Action::Eject) => self.targets.iter().map(|row| vec![*row]).collect(),
            _ if self.targets.is_empty() => Vec::new(),
            _ => vec![self.targets.clone()],
        }
    }

    /// What is left of the instances that may take the tasks of `batch`.
    pub(super) fn rest(&self, batch: &[&InstanceRow]) -> Vec<Space<'a>> {
        let rows = self.evidence.view.instances.iter();
        let staying = rows.filter(|row| !batch.iter().any(|target| target.key == row.key) && !self.goes(row));
        staying.filter_map(|row| Space::of(&self.evidence, row)).collect()
    }

    /// Whether the instance is on its way out, whatever we do.
    fn goes(&self, row: &InstanceRow) -> bool {
        let retires = self.evidence.ecs(row).is_some_and(|ecs| ecs.attributes.contains_key(RETIRING));
        retires || self.evidence.is_leaving(row)
    }

    /// ARNs of the container instances whose tasks move anyway.
    pub(super) fn draining(&self) -> HashSet<&'a str> {
        let rows = self.evidence.snapshot.container_instances.rows.iter();
        rows.filter(|ecs| ecs.status != ContainerInstanceStatus::Active).map(|ecs| ecs.arn.as_str()).collect()
    }

    /// ARNs of tasks whose targets fail their checks.
    pub(super) fn unhealthy(&self) -> HashSet<&'a str> {
        let snapshot = self.evidence.snapshot;
        let bad = self.evidence.view.targets.iter().filter_map(|row| {
            let target = snapshot.targets.rows.get(row.target_group)?.targets.rows.get(row.target)?;
            let fails = matches!(target.state, TargetState::Unhealthy | TargetState::UnhealthyDraining);
            fails.then(|| snapshot.tasks.rows.get(row.task?))?
        });
        bad.map(|task| task.arn.as_str()).collect()
    }

    /// The service of that name.
    pub(super) fn service(&self, name: &str) -> Option<&'a Service> {
        self.evidence.snapshot.services.rows.iter().find(|service| service.name == name)
    }

    /// Its tasks, stopped ones included.
    pub(super) fn tasks_of(&self, name: &str) -> impl Iterator<Item = &'a Task> {
        let mut rows = self.evidence.view.services.iter();
        let row = rows.find(|row| self.evidence.service(row).is_some_and(|service| service.name == name));
        self.evidence.tasks(row.map_or(&[][..], |row| row.tasks.as_slice()))
    }

    /// The one thing that is asked about, where there is one alone.
    pub(super) fn only(&self) -> Option<Subject> {
        match self.request.subjects {
            [subject] => Some(subject.clone()),
            _ => None,
        }
    }
}

/// Whether a service counts on the task: it runs, or will, and fails no check.
pub(super) fn counts(task: &Task, unhealthy: &HashSet<&str>) -> bool {
    let placed = task.container_instance_arn.is_some();
    let sound = task.health != Some(HealthStatus::Unhealthy) && !unhealthy.contains(task.arn.as_str());
    let on_its_way = matches!(
        task.last_status,
        TaskStatus::Provisioning | TaskStatus::Pending | TaskStatus::Activating | TaskStatus::Running
    );
    task.wanted() && placed && sound && on_its_way
}

/// Whether it has a task on each instance.
pub(super) fn is_daemon(service: &Service) -> bool {
    service.scheduling == SchedulingStrategy::Daemon
}

/// The key of an instance that is a subject.
pub(super) fn instance(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::Instance(key) => Some(key),
        _ => None,
    }
}

/// An instance as a subject.
pub(super) fn about(row: &InstanceRow) -> Option<Subject> {
    Some(Subject::Instance(row.key.clone()))
}

/// The instance, if it is one alone.
pub(super) fn only(batch: &[&InstanceRow]) -> Option<Subject> {
    match batch {
        [row] => about(row),
        _ => None,
    }
}
