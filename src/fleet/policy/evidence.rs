//! What a rule may look at.

use jiff::{SignedDuration, Timestamp};

use super::Policy;
use crate::fleet::finding::Subject;
use crate::fleet::history::History;
use crate::fleet::image::{Image, InstanceType};
use crate::fleet::instance::{ContainerInstance, Ec2Instance, Ec2State, GroupMember, LifecycleState};
use crate::fleet::join::Index;
use crate::fleet::service::Service;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::task::{Task, TaskDefinition};
use crate::fleet::view::{InstanceRow, ServiceRow, View};

/// A snapshot, joined, with what is needed to judge it.
pub(crate) struct Evidence<'a> {
    /// What was read.
    pub snapshot: &'a Snapshot,
    /// What was read, joined; without findings yet.
    pub view: &'a View,
    /// Look-ups into the snapshot.
    pub index: &'a Index<'a>,
    /// What was seen before.
    pub history: &'a History,
    /// The thresholds.
    pub policy: &'a Policy,
    /// The present.
    pub now: Timestamp,
}

impl<'a> Evidence<'a> {
    pub(crate) fn ecs(&self, row: &InstanceRow) -> Option<&'a ContainerInstance> {
        self.snapshot.container_instances.rows.get(row.container_instance?)
    }

    pub(crate) fn ec2(&self, row: &InstanceRow) -> Option<&'a Ec2Instance> {
        self.snapshot.ec2_instances.rows.get(row.ec2_instance?)
    }

    pub(crate) fn member(&self, row: &InstanceRow) -> Option<&'a GroupMember> {
        let (group, member) = row.member?;
        self.snapshot.groups.rows.get(group)?.members.get(member)
    }

    /// Rows with their EC2 instance, those on their way out left out.
    pub(super) fn staying_ec2(&self) -> impl Iterator<Item = (&'a InstanceRow, &'a Ec2Instance)> {
        let rows = self.view.instances.iter().filter(|row| !self.is_leaving(row));
        rows.filter_map(|row| Some((row, self.ec2(row)?)))
    }

    /// Whether the machine is on its way out for good, as EC2 or its group says.
    pub(crate) fn is_leaving(&self, row: &InstanceRow) -> bool {
        let ended = |ec2: &Ec2Instance| matches!(ec2.state, Ec2State::ShuttingDown | Ec2State::Terminated);
        let parting = |member: &GroupMember| member.lifecycle_state.as_str().contains("Terminat");
        self.ec2(row).is_some_and(ended) || self.member(row).is_some_and(parting)
    }

    /// Whether the machine waits in a warm pool or on standby: it serves nothing, by intention.
    pub(super) fn is_waiting(&self, row: &InstanceRow) -> bool {
        self.member(row).is_some_and(|member| {
            let state = &member.lifecycle_state;
            matches!(state, LifecycleState::Standby | LifecycleState::EnteringStandby)
                || state.as_str().starts_with("Warmed:")
        })
    }

    pub(crate) fn service(&self, row: &ServiceRow) -> Option<&'a Service> {
        self.snapshot.services.rows.get(row.service)
    }

    /// Rows with their service, those being deleted left out.
    pub(crate) fn active_services(&self) -> impl Iterator<Item = (&'a ServiceRow, &'a Service)> {
        let services = self.view.services.iter().filter_map(|row| Some((row, self.service(row)?)));
        services.filter(|(_, service)| service.status == "ACTIVE")
    }

    pub(crate) fn tasks<'b>(&self, positions: &'b [usize]) -> impl Iterator<Item = &'a Task> + use<'a, 'b> {
        let rows = &self.snapshot.tasks.rows;
        positions.iter().filter_map(move |&at| rows.get(at))
    }

    pub(crate) fn task_definition(&self, arn: &str) -> Option<&'a TaskDefinition> {
        self.snapshot.task_definitions.rows.get(*self.index.task_definitions.get(arn)?)
    }

    pub(super) fn image(&self, id: &str) -> Option<&'a Image> {
        self.snapshot.images.rows.images.get(*self.index.images.get(id)?)
    }

    /// What EC2 says of an instance type, where that was read.
    pub(super) fn instance_type(&self, name: &str) -> Option<&'a InstanceType> {
        self.snapshot.images.rows.types.iter().find(|one| one.name == name)
    }

    /// How long ago `at` was; never negative, whatever the clocks say.
    pub(super) fn ago(&self, at: Timestamp) -> SignedDuration {
        self.now.duration_since(at).max(SignedDuration::ZERO)
    }
}

/// The subject of a finding about a machine.
pub(super) fn about(row: &InstanceRow) -> Subject {
    Subject::Instance(row.key.clone())
}
