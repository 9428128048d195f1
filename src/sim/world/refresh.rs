//! Instance refreshes: a group replaces its instances a few at a time
//! (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh.html>).

use jiff::Timestamp;

use super::instance::{Instance, Lifecycle};
use super::names::uuid;
use super::{Event, World};

/// Seconds between two looks of a refresh at its group.
const LOOK: f64 = 10.0;

/// An instance refresh.
#[derive(Debug, Clone)]
pub struct Refresh {
    /// UUID.
    pub id: String,
    /// How far it has come.
    pub status: RefreshStatus,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Percentage of the group that stays in service meanwhile.
    pub healthy: u32,
    /// Instances that it was to replace.
    pub total: usize,
}

/// How far a refresh has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefreshStatus {
    /// Not begun.
    Pending,
    /// Under way.
    InProgress,
    /// Every instance has been replaced.
    Successful,
    /// Being stopped.
    Cancelling,
    /// Stopped.
    Cancelled,
}

impl RefreshStatus {
    /// The word as Auto Scaling spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::InProgress => "InProgress",
            Self::Successful => "Successful",
            Self::Cancelling => "Cancelling",
            Self::Cancelled => "Cancelled",
        }
    }

    /// Whether it is not over.
    #[must_use]
    pub fn is_active(self) -> bool {
        matches!(self, Self::Pending | Self::InProgress | Self::Cancelling)
    }
}

impl World {
    /// Begins to replace every instance of a group. Returns the refresh's id.
    pub(crate) fn start_refresh(&mut self, name: &str, healthy: u32) -> Option<String> {
        let id = uuid(&mut self.rng);
        let total = self.outdated(name, self.now).len();
        let refresh = Refresh {
            id: id.clone(),
            status: RefreshStatus::Pending,
            started_at: self.now,
            ended_at: None,
            healthy,
            total,
        };
        self.groups.get_mut(name)?.refreshes.push(refresh);
        self.plan_in(LOOK, Event::Refresh(name.to_owned()));
        Some(id)
    }

    /// Stops a group's refresh; instances that are being replaced go on being replaced.
    pub(crate) fn cancel_refresh(&mut self, name: &str) {
        if let Some(refresh) = self.groups.get_mut(name).and_then(|group| group.refreshes.last_mut()) {
            refresh.status = RefreshStatus::Cancelling;
        }
    }

    /// Members in service that a refresh which began at `began` has not replaced yet, oldest first.
    pub(crate) fn outdated(&self, name: &str, began: Timestamp) -> Vec<String> {
        let members = self
            .members(name)
            .filter(|(instance, lifecycle)| *lifecycle == Lifecycle::InService && instance.launched_at < began);
        let mut members: Vec<_> = members.map(|(instance, _)| (instance.launched_at, instance.id.clone())).collect();
        members.sort();
        members.into_iter().map(|(_, id)| id).collect()
    }

    fn members(&self, name: &str) -> impl Iterator<Item = (&Instance, Lifecycle)> {
        let ids = self.groups.get(name).into_iter().flat_map(|group| &group.members);
        ids.filter_map(|id| self.instances.get(id)).filter_map(|one| Some((one, one.membership.as_ref()?.lifecycle)))
    }

    /// A refresh looks at its group and goes on as far as it may.
    pub(super) fn refresh_group(&mut self, name: &str) {
        let now = self.now;
        let Some(group) = self.groups.get_mut(name) else { return };
        let held_up = group
            .suspended
            .iter()
            .any(|process| ["Launch", "Terminate", "InstanceRefresh"].contains(&process.as_str()));
        let desired = group.desired as usize;
        let Some(refresh) = group.refreshes.last_mut().filter(|refresh| refresh.status.is_active()) else { return };
        if refresh.status == RefreshStatus::Cancelling {
            refresh.status = RefreshStatus::Cancelled;
            refresh.ended_at = Some(now);
            return;
        }
        refresh.status = RefreshStatus::InProgress;
        let (began, healthy) = (refresh.started_at, refresh.healthy as usize);
        let outdated = self.outdated(name, began);
        let moving = self.members(name).filter(|(_, lifecycle)| *lifecycle != Lifecycle::InService).count();
        if outdated.is_empty() && moving == 0 {
            return self.end_refresh(name);
        }
        if moving == 0 && !held_up {
            // However many have to stay, one at a time is replaced.
            let may_go = desired.saturating_sub((desired * healthy).div_ceil(100)).max(1);
            for id in outdated.into_iter().take(may_go) {
                let at = now.strftime("%Y-%m-%dT%H:%M:%SZ");
                let cause = format!("At {at} an instance was taken out of service in response to an instance refresh.");
                self.terminate_member(&id, cause);
            }
        }
        self.plan_in(LOOK, Event::Refresh(name.to_owned()));
    }

    fn end_refresh(&mut self, name: &str) {
        let now = self.now;
        if let Some(refresh) = self.groups.get_mut(name).and_then(|group| group.refreshes.last_mut()) {
            refresh.status = RefreshStatus::Successful;
            refresh.ended_at = Some(now);
        }
    }
}
