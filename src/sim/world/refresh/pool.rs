//! The members of a group as its refresh sees them.

use jiff::Timestamp;

use super::super::World;
use super::super::group::Group;
use super::super::instance::{Check, Instance, Lifecycle, Membership};
use super::{Hindrance, Refresh};

/// How far a refresh has come, as its description gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Percentage of the instances to replace that are replaced.
    pub percentage: usize,
    /// Instances that are not.
    pub left: usize,
}

/// The members of a group.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// In service and to be replaced, oldest first.
    pub old: Vec<String>,
    /// To be replaced, but protected.
    pub held: usize,
    /// To be replaced, in standby, and to be terminated there.
    pub standby: Vec<String>,
    /// To be replaced, but in standby.
    pub aside: usize,
    /// To be replaced, but not in service yet.
    pub early: usize,
    /// In service and as they should be, their warm-up over.
    pub ready: usize,
    /// Ready, and launched by the refresh.
    pub fresh: usize,
    /// Launched by the refresh and not ready.
    pub raw: usize,
    /// On their way in or out.
    pub moving: usize,
}

impl Pool {
    /// Members that are still to be replaced.
    pub fn remaining(&self) -> usize {
        self.old.len() + self.held + self.standby.len() + self.aside + self.early
    }

    /// Members that serve or are about to.
    pub fn alive(&self) -> usize {
        self.ready + self.raw + self.early
    }
}

/// Seconds for which a new member is not counted: the refresh's, else the group's, else its grace period
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/understand-instance-refresh-default-values.html>).
pub(super) fn warmup(group: &Group, refresh: &Refresh) -> u32 {
    refresh.preferences.warmup.or(group.warmup_seconds).unwrap_or(group.grace_seconds)
}

impl World {
    /// Members of a group with their memberships.
    pub(super) fn members(&self, name: &str) -> impl Iterator<Item = (&Instance, &Membership)> {
        let ids = self.groups.get(name).into_iter().flat_map(|group| &group.members);
        ids.filter_map(|id| self.instances.get(id)).filter_map(|one| Some((one, one.membership.as_ref()?)))
    }

    pub(super) fn pool(&self, group: &Group, refresh: &Refresh) -> Pool {
        let mut pool = Pool::default();
        let mut old = Vec::new();
        for (instance, member) in self.members(&group.name) {
            if self.is_to_go(group, refresh, instance, member) {
                self.count_old(refresh, instance, member, &mut pool, &mut old);
            } else {
                self.count_new(group, refresh, instance, member, &mut pool);
            }
        }
        old.sort();
        pool.old = old.into_iter().map(|(_, id)| id).collect();
        pool
    }

    /// Whether the refresh has to replace a member: on the way forth one that was there before it began, unless it matches and
    /// such are skipped; on the way back one that the refresh launched
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/asg-instance-refresh-skip-matching.html>).
    fn is_to_go(&self, group: &Group, refresh: &Refresh, instance: &Instance, member: &Membership) -> bool {
        if let Some(rollback) = &refresh.rollback {
            return (refresh.started_at..rollback.started_at).contains(&instance.launched_at);
        }
        let skipped = refresh.preferences.skip_matching && self.matches(group, refresh, member);
        instance.launched_at < refresh.started_at && !skipped
    }

    fn matches(&self, group: &Group, refresh: &Refresh, member: &Membership) -> bool {
        let own = group.configuration();
        let wanted = refresh.wanted.as_ref().unwrap_or(&own);
        let template = self.launch_templates.get(&wanted.template_id);
        let version = template.and_then(|template| template.version(&wanted.version));
        version.is_some_and(|version| version.number == member.template_version)
            && wanted.template_id == own.template_id
    }

    fn count_old(
        &self,
        refresh: &Refresh,
        instance: &Instance,
        member: &Membership,
        pool: &mut Pool,
        old: &mut Vec<(Timestamp, String)>,
    ) {
        let preferences = &refresh.preferences;
        match member.lifecycle {
            Lifecycle::Pending => {
                pool.early += 1;
                pool.moving += 1;
            }
            Lifecycle::Terminating | Lifecycle::TerminatingWait => pool.moving += 1,
            Lifecycle::Standby => match preferences.standby {
                Hindrance::Replace => pool.standby.push(instance.id.clone()),
                Hindrance::Ignore => {}
                Hindrance::Wait => pool.aside += 1,
            },
            Lifecycle::InService => {
                pool.ready += 1;
                match preferences.protected {
                    Hindrance::Ignore if self.is_protected(instance) => {}
                    Hindrance::Wait if self.is_protected(instance) => pool.held += 1,
                    _ => old.push((instance.launched_at, instance.id.clone())),
                }
            }
        }
    }

    fn count_new(&self, group: &Group, refresh: &Refresh, instance: &Instance, member: &Membership, pool: &mut Pool) {
        let fresh = instance.launched_at >= refresh.rollback.as_ref().map_or(refresh.started_at, |one| one.started_at);
        match member.lifecycle {
            Lifecycle::Pending => {
                pool.raw += 1;
                pool.moving += 1;
            }
            Lifecycle::Terminating | Lifecycle::TerminatingWait => pool.moving += 1,
            Lifecycle::Standby => {}
            Lifecycle::InService if !fresh || self.is_warm(group, refresh, instance, member) => {
                pool.ready += 1;
                pool.fresh += usize::from(fresh);
            }
            Lifecycle::InService => pool.raw += 1,
        }
    }

    /// Whether a new member has been in service for long enough, and passes its checks.
    fn is_warm(&self, group: &Group, refresh: &Refresh, instance: &Instance, member: &Membership) -> bool {
        let over = |since: Timestamp| self.now >= since + self.span(f64::from(warmup(group, refresh)));
        member.in_service_at.is_some_and(over) && !matches!(instance.instance_check, Check::Impaired(_))
    }

    /// How far a refresh has come. On its way back the percentage falls, and what was never replaced stays as it was
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_InstanceRefresh.html>).
    #[must_use]
    pub fn progress(&self, group: &Group, refresh: &Refresh) -> Progress {
        if let Some(ending) = refresh.ending {
            return ending;
        }
        let pool = self.pool(group, refresh);
        let left = match &refresh.rollback {
            Some(_) => refresh.total.saturating_sub(pool.remaining()),
            None => pool.remaining().max(refresh.total.saturating_sub(pool.fresh)).min(refresh.total),
        };
        let done = refresh.total - left;
        Progress { percentage: (done * 100).checked_div(refresh.total).unwrap_or(0), left }
    }
}
