//! Managed scaling: a capacity provider keeps its group as full as it is told to
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-auto-scaling.html>).

use jiff::SignedDuration;

use super::World;
use super::group::{CapacityProvider, Group};
use super::instance::{Instance, Lifecycle};
use super::machines::TYPES;
use super::task::TaskStatus;
use crate::sim::stack::ManagedScaling;

/// Minutes below the target after which instances are taken away: the periods of the alarm that target tracking makes for it.
const SLACK: u32 = 15;

/// What a provider goes by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Load {
    /// Instances that are needed.
    needed: u32,
    /// Instances that there are.
    there: u32,
}

impl Load {
    /// The metric `CapacityProviderReservation`: instances needed to those that there are, in percent; of none at all
    /// 100, or 200 where some are needed.
    fn reservation(self) -> f64 {
        match (self.needed, self.there) {
            (0, 0) => 100.0,
            (_, 0) => 200.0,
            (needed, there) => f64::from(needed) * 100.0 / f64::from(there),
        }
    }

    /// Instances that there should be.
    fn wanted(self, target: u32) -> u32 {
        (self.needed * 100).div_ceil(target.clamp(1, 100))
    }
}

impl World {
    /// Lets capacity providers scale their groups, where this world scales by itself.
    pub(super) fn scale_groups(&mut self) {
        if !self.scaling {
            return;
        }
        let managed = self.capacity_providers.values().filter(|provider| provider.managed_scaling);
        let managed: Vec<CapacityProvider> = managed.cloned().collect();
        for provider in managed {
            self.scale_group(&provider);
        }
    }

    /// The metric `CapacityProviderReservation` of a provider.
    pub(super) fn reservation(&self, provider: &str) -> Option<f64> {
        let provider = self.capacity_providers.get(provider)?;
        Some(self.load(self.groups.get(&provider.group)?).reservation())
    }

    fn numbers(&self) -> Option<ManagedScaling> {
        let planned = self.stack.capacity_providers.first()?;
        Some(planned.auto_scaling_group_provider.managed_scaling.clone())
    }

    fn scale_group(&mut self, provider: &CapacityProvider) {
        let (Some(group), Some(numbers)) = (self.groups.get(&provider.group), self.numbers()) else { return };
        // A suspended process does nothing. Nothing is taken away while a refresh has instances beyond what is wanted; tasks that find no
        // place are given one all the same, or a refresh would wait for them for ever.
        let held = group.suspended.iter().any(|one| one == "AlarmNotification");
        let (refreshed, waiting) = (group.active_refresh().is_some(), self.room_missing(group) > 0);
        let (name, desired, max, min) = (group.name.clone(), group.desired, group.max, group.min);
        let load = self.load(group);
        let wanted = load.wanted(numbers.target_capacity);
        if held || refreshed || wanted >= load.there {
            self.slack.remove(&name);
        }
        if held || refreshed && !waiting {
            return;
        }
        if wanted > load.there {
            let step =
                (wanted - load.there).clamp(numbers.minimum_scaling_step_size, numbers.maximum_scaling_step_size);
            return self.grow(&name, desired.max((desired + step).min(max)));
        }
        let slack = self.slack.entry(name.clone()).or_default();
        *slack += 1;
        if wanted < load.there && *slack >= SLACK {
            self.slack.remove(&name);
            self.let_go(&name, desired.saturating_sub(wanted.max(min)));
        }
    }

    /// Has a group want more instances.
    fn grow(&mut self, name: &str, wanted: u32) {
        if let Some(group) = self.groups.get_mut(name) {
            group.desired = wanted;
        }
        self.plan_group(name);
    }

    /// Takes members away, `many` at the most, oldest first: those that run nothing but daemons, for the others are protected
    /// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/managed-termination-protection.html>).
    fn let_go(&mut self, name: &str, many: u32) {
        let members = self.groups.get(name).into_iter().flat_map(|group| &group.members);
        let idle = |instance: &&Instance| {
            let serves = instance.membership.as_ref().is_some_and(|member| member.lifecycle == Lifecycle::InService);
            serves && !self.is_protected(instance) && !self.runs_replicas(instance)
        };
        let mut idle: Vec<&Instance> = members.filter_map(|id| self.instances.get(id)).filter(idle).collect();
        idle.sort_by_key(|instance| (instance.launched_at, &instance.id));
        let going: Vec<String> = idle.into_iter().take(many as usize).map(|instance| instance.id.clone()).collect();
        let Some(group) = self.groups.get_mut(name) else { return };
        let before = group.desired;
        group.desired = before.saturating_sub(count(going.len()));
        let (after, at) = (group.desired, self.now.strftime("%Y-%m-%dT%H:%M:%SZ"));
        for id in going {
            let cause = format!(
                "At {at} a monitor alarm TargetTracking-{name} in state ALARM triggered a policy changing the desired \
                 capacity from {before} to {after}."
            );
            self.terminate_member(&id, cause);
        }
    }

    /// What a group has, and what it needs: what runs tasks that are not daemons', and room for those that wait.
    fn load(&self, group: &Group) -> Load {
        let staying = |instance: &&Instance| {
            let lifecycle = instance.membership.as_ref().map(|member| member.lifecycle);
            matches!(lifecycle, Some(Lifecycle::InService | Lifecycle::Pending))
        };
        let members: Vec<&Instance> =
            group.members.iter().filter_map(|id| self.instances.get(id)).filter(staying).collect();
        let used = members.iter().filter(|instance| self.runs_replicas(instance)).count();
        let (used, there) = (count(used), count(members.len()));
        Load { needed: used + self.room_missing(group), there }
    }

    /// Instances that tasks wait for which have found no place; what fits no instance waits for none.
    fn room_missing(&self, group: &Group) -> u32 {
        let kind = group.members.iter().find_map(|id| self.instances.get(id)).map(|one| one.instance_type.as_str());
        let Some(kind) = TYPES.iter().find(|known| kind.is_none_or(|kind| known.name == kind)) else { return 0 };
        let (most_cpu, most_memory) = (kind.vcpus * 1_024, kind.memory);
        let waits = |task: &&super::task::Task| {
            let soon = self.now.duration_since(task.created_at) < SignedDuration::from_secs(30);
            task.status == TaskStatus::Provisioning && task.instance.is_none() && !task.stop_wanted && !soon
        };
        let waiting = self.tasks.values().filter(waits);
        let sizes = waiting.filter_map(|task| self.task_definitions.get(&task.definition));
        let sizes = sizes.map(|definition| (definition.cpu(), definition.memory()));
        let fitting = sizes.filter(|(cpu, memory)| *cpu <= most_cpu && *memory <= most_memory);
        let (cpu, memory) = fitting.fold((0, 0), |(cpu, memory), one| (cpu + one.0, memory + one.1));
        let instances = ((cpu + most_cpu - 1) / most_cpu).max((memory + most_memory - 1) / most_memory);
        u32::try_from(instances).unwrap_or_default()
    }
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_as_large_as_its_load_and_its_target_say() {
        let load = |needed, there| Load { needed, there };
        assert_eq!([load(0, 0), load(1, 0), load(9, 12)].map(Load::reservation), [100.0, 200.0, 75.0]);
        assert_eq!(load(12, 12).wanted(90), 14);
        assert_eq!([load(12, 12), load(0, 4)].map(|load| load.wanted(100)), [12, 0]);
    }
}
