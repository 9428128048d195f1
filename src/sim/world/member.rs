//! Members of Auto Scaling groups: standby, protection from scale-in, and those that are too many.

use super::World;
use super::instance::{Instance, Lifecycle};

impl World {
    /// Whether scale-in leaves an instance alone: because a caller says so, or because its capacity provider protects what runs
    /// tasks other than those of daemons
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-termination-protection.html>).
    #[must_use]
    pub fn is_protected(&self, instance: &Instance) -> bool {
        let Some(member) = &instance.membership else { return false };
        member.protected || self.protects(&member.group) && self.runs_replicas(instance)
    }

    fn protects(&self, group: &str) -> bool {
        self.capacity_providers.values().any(|one| one.group == group && one.termination_protection)
    }

    pub(super) fn runs_replicas(&self, instance: &Instance) -> bool {
        let tasks = instance.container.iter().flat_map(|container| &container.tasks);
        let service = |id: &String| self.services.get(self.tasks.get(id)?.service.as_ref()?);
        tasks.into_iter().any(|id| service(id).is_none_or(|service| !service.daemon))
    }

    /// Members of a group that are more than `wanted`, oldest first; those that are protected stay.
    pub(crate) fn surplus(&self, name: &str, wanted: usize) -> Vec<String> {
        let members = self.groups.get(name).into_iter().flat_map(|group| &group.members);
        let counts = |instance: &&Instance| {
            let member = instance.membership.as_ref();
            member.is_some_and(|member| matches!(member.lifecycle, Lifecycle::InService | Lifecycle::Pending))
        };
        let members: Vec<_> = members.filter_map(|id| self.instances.get(id)).filter(counts).collect();
        let many = members.len().saturating_sub(wanted);
        let mut free: Vec<_> = members.into_iter().filter(|instance| !self.is_protected(instance)).collect();
        free.sort_by_key(|instance| (instance.launched_at, instance.id.clone()));
        free.into_iter().take(many).map(|instance| instance.id.clone()).collect()
    }

    /// Protects a member from scale-in, or no longer.
    pub(crate) fn set_protection(&mut self, id: &str, protected: bool) {
        self.change_instance(id, |instance| {
            if let Some(member) = &mut instance.membership {
                member.protected = protected;
            }
        });
    }

    /// Takes a member that is in service out of it for a while. Its group replaces it unless it is to be `smaller`.
    pub(crate) fn enter_standby(&mut self, id: &str, smaller: bool) {
        let Some(name) = self.move_to(id, Lifecycle::Standby, "Moving EC2 instance to Standby") else { return };
        if let Some(group) = self.groups.get_mut(&name).filter(|_| smaller) {
            group.desired = group.desired.saturating_sub(1);
        }
        self.plan_group(&name);
    }

    /// Puts a member back into service; its group is one larger then.
    pub(crate) fn exit_standby(&mut self, id: &str) {
        let Some(name) = self.move_to(id, Lifecycle::InService, "Moving EC2 instance out of Standby") else { return };
        if let Some(group) = self.groups.get_mut(&name) {
            group.desired += 1;
        }
        self.plan_judgement(id);
    }

    fn move_to(&mut self, id: &str, lifecycle: Lifecycle, what: &str) -> Option<String> {
        let name = self.instances.get(id)?.membership.as_ref()?.group.clone();
        self.change_instance(id, |instance| {
            if let Some(member) = &mut instance.membership {
                member.lifecycle = lifecycle;
            }
        });
        let at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ");
        let place = if lifecycle == Lifecycle::Standby { "to" } else { "out of" };
        let cause = format!("At {at} instance {id} was moved {place} Standby in response to a user request.");
        self.begin_activity(&name, id, format!("{what}: {id}"), cause);
        self.end_activity(&name, id);
        Some(name)
    }
}
