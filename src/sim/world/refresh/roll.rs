//! How a refresh goes on, a look at a time
//! (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>).

use super::super::alarm::AlarmState;
use super::super::group::{Configuration, Group};
use super::super::names::uuid;
use super::super::{Event, World};
use super::pool::{Pool, warmup};
use super::{Preferences, Refresh, RefreshStatus, Rollback};

/// Seconds between two looks of a refresh at its group.
const LOOK: f64 = 10.0;

/// Seconds for which a refresh that cannot go on tries again
/// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-overview.html>: one-hour timeout).
const PATIENCE: f64 = 3_600.0;

/// Processes without which a group replaces nothing.
const NEEDED: [&str; 3] = ["Launch", "Terminate", "InstanceRefresh"];

/// What a look comes to.
enum Turn {
    /// These go, and the group is to have so many more than it wants meanwhile.
    Replace(Vec<String>, u32),
    /// Nothing is left to do before the next pause.
    Reached,
    /// It waits, and has to fail if that lasts for so many seconds.
    Stuck(String, f64),
    /// It waits.
    Wait(String),
}

impl World {
    /// Begins to replace the instances of a group. Returns the refresh's id.
    pub(crate) fn start_refresh(
        &mut self,
        name: &str,
        wanted: Option<Configuration>,
        preferences: Preferences,
    ) -> Option<String> {
        let mut refresh = Refresh {
            id: uuid(&mut self.rng),
            status: RefreshStatus::Pending,
            reason: None,
            started_at: self.now,
            ended_at: None,
            wanted,
            preferences,
            total: 0,
            rollback: None,
            ending: None,
            passed: 0,
            until: None,
            moved_at: self.now,
            ready: 0,
            surge: 0,
            patient: true,
        };
        refresh.total = self.pool(self.groups.get(name)?, &refresh).remaining();
        let id = refresh.id.clone();
        self.groups.get_mut(name)?.refreshes.push(refresh);
        self.plan_in(LOOK, Event::Refresh(name.to_owned()));
        Some(id)
    }

    /// Stops a group's refresh. What has been replaced stays so; what is being replaced is waited for, where `patient`
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_CancelInstanceRefresh.html>).
    pub(crate) fn cancel_refresh(&mut self, name: &str, patient: bool) {
        if let Some(refresh) = self.active_refresh_mut(name) {
            refresh.status = RefreshStatus::Cancelling;
            refresh.surge = 0;
            refresh.patient = patient;
        }
        self.trim_group(name);
    }

    /// Leads a group's refresh back
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html>).
    pub(crate) fn roll_back_refresh(&mut self, name: &str, reason: String) {
        let now = self.now;
        let Some(group) = self.groups.get(name) else { return };
        let Some(refresh) = group.active_refresh() else { return };
        let from = self.progress(group, refresh);
        let Some(refresh) = self.active_refresh_mut(name) else { return };
        refresh.rollback = Some(Rollback { reason: reason.clone(), started_at: now, from });
        refresh.status = RefreshStatus::RollbackInProgress;
        refresh.reason = Some(reason);
        (refresh.until, refresh.moved_at, refresh.ready) = (None, now, 0);
    }

    fn active_refresh_mut(&mut self, name: &str) -> Option<&mut Refresh> {
        self.groups.get_mut(name)?.refreshes.last_mut().filter(|refresh| refresh.status.is_active())
    }

    /// A refresh looks at its group and goes on as far as it may.
    pub(in crate::sim::world) fn refresh_group(&mut self, name: &str) {
        let Some(refresh) = self.active_refresh_mut(name) else { return };
        if refresh.status == RefreshStatus::Pending {
            refresh.status = RefreshStatus::InProgress;
        }
        self.look_at_refresh(name);
        if self.active_refresh_mut(name).is_some() {
            self.plan_in(LOOK, Event::Refresh(name.to_owned()));
        }
    }

    fn look_at_refresh(&mut self, name: &str) {
        let Some(group) = self.groups.get(name) else { return };
        let Some(refresh) = group.active_refresh() else { return };
        if refresh.status.brings()
            && let Some(alarm) = self.firing(refresh)
        {
            return self.fail_refresh(name, format!("The alarm {alarm} is in the ALARM state."));
        }
        let paused = refresh.until.is_some_and(|until| self.now < until);
        match refresh.status {
            RefreshStatus::Cancelling => {
                if !refresh.patient || self.pool(group, refresh).moving == 0 {
                    self.end_refresh(name, RefreshStatus::Cancelled, None);
                }
            }
            _ if paused => {}
            RefreshStatus::Baking => self.succeed(name),
            _ => {
                let turn = self.turn(group, refresh);
                self.take_turn(name, turn);
            }
        }
    }

    /// An alarm of a refresh that is in ALARM: it fails at once, before the first replacement too
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/userguide/instance-refresh-rollback.html>).
    fn firing(&self, refresh: &Refresh) -> Option<String> {
        let fires = |name: &&String| self.alarms.get(*name).is_some_and(|alarm| alarm.state == AlarmState::Alarm);
        refresh.preferences.alarms.iter().find(fires).cloned()
    }

    /// What a refresh may do at this moment.
    fn turn(&self, group: &Group, refresh: &Refresh) -> Turn {
        let pool = self.pool(group, refresh);
        let desired = group.desired as usize;
        // What may stay until the next pause, rounded so that at least its percentage is new.
        let stays = desired - (desired * refresh.stage() as usize).div_ceil(100).min(desired);
        let due = pool.remaining().saturating_sub(stays);
        let settled = pool.moving == 0 && pool.raw == 0;
        if due == 0 && settled && pool.alive() >= desired {
            return Turn::Reached;
        }
        if group.suspended.iter().any(|process| NEEDED.contains(&process.as_str())) {
            return Turn::Wait("A process is suspended that the instance refresh needs.".into());
        }
        let room = Room::of(desired, &refresh.preferences);
        let mut going = pool.standby.clone();
        let spare = pool.ready.saturating_sub(room.least);
        // However many have to stay, one at a time is replaced.
        let stands = settled && pool.alive() >= desired;
        let may_go = if spare == 0 && stands && room.extra == 0 { 1 } else { spare };
        going.extend(pool.old.iter().take(may_go).cloned());
        going.truncate(due);
        let waits_for_people = pool.old.is_empty() && pool.standby.is_empty() && due > 0;
        if going.is_empty() && waits_for_people && settled {
            return Turn::Stuck(hindrance(&pool), PATIENCE);
        }
        if going.is_empty() && pool.raw > 0 {
            let reason = "Waiting for instances to warm up before continuing.".into();
            return Turn::Stuck(reason, PATIENCE + f64::from(warmup(group, refresh)));
        }
        let surge = room.extra.min(due - going.len());
        Turn::Replace(going, u32::try_from(surge).unwrap_or(0))
    }

    fn take_turn(&mut self, name: &str, turn: Turn) {
        let now = self.now;
        let Some(group) = self.groups.get(name) else { return };
        let Some(refresh) = group.active_refresh() else { return };
        let fresh = self.pool(group, refresh).fresh;
        let patience = match &turn {
            Turn::Stuck(_, seconds) => self.span(*seconds),
            _ => self.span(PATIENCE),
        };
        let Some(refresh) = self.active_refresh_mut(name) else { return };
        if fresh > refresh.ready {
            (refresh.ready, refresh.moved_at) = (fresh, now);
        }
        match turn {
            Turn::Reached => self.reach_stage(name),
            Turn::Wait(reason) => {
                refresh.moved_at = now;
                refresh.reason = Some(reason);
            }
            Turn::Stuck(reason, _) if now >= refresh.moved_at + patience => {
                self.fail_refresh(name, format!("Timed out after an hour. {reason}"));
            }
            Turn::Stuck(reason, _) => refresh.reason = Some(reason),
            Turn::Replace(going, surge) => {
                refresh.surge = surge;
                if !going.is_empty() {
                    refresh.moved_at = now;
                    refresh.reason = None;
                }
                self.replace(name, &going);
            }
        }
    }

    fn replace(&mut self, name: &str, going: &[String]) {
        let at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ");
        let cause = format!("At {at} an instance was taken out of service in response to an instance refresh.");
        for id in going {
            self.terminate_member(id, cause.clone());
        }
        self.plan_group(name);
    }

    /// Every instance that is to be replaced before the next pause has been.
    fn reach_stage(&mut self, name: &str) {
        let (now, seconds) = (self.now, |seconds: u32| self.span(f64::from(seconds)));
        let Some(refresh) = self.groups.get(name).and_then(Group::active_refresh) else { return };
        let pause = now + seconds(refresh.preferences.checkpoint_delay.unwrap_or(3_600));
        let bake = now + seconds(refresh.preferences.bake);
        let Some(refresh) = self.active_refresh_mut(name) else { return };
        refresh.surge = 0;
        if refresh.rollback.is_some() {
            return self.end_refresh(name, RefreshStatus::RollbackSuccessful, None);
        }
        if !refresh.is_last_stage() {
            let stage = refresh.stage();
            refresh.passed += 1;
            refresh.reason = Some(format!("Waiting at the checkpoint of {stage} percent."));
            (refresh.until, refresh.moved_at) = (Some(pause), pause);
        } else if refresh.preferences.bake > 0 {
            refresh.status = RefreshStatus::Baking;
            refresh.reason = Some("Baking.".into());
            refresh.until = Some(bake);
        } else {
            self.succeed(name);
        }
    }

    /// What the refresh brought is the group's from now on.
    fn succeed(&mut self, name: &str) {
        if let Some(group) = self.groups.get_mut(name)
            && let Some(wanted) = group.refreshes.last().and_then(|refresh| refresh.wanted.clone())
        {
            (group.template_id, group.template_version) = (wanted.template_id, wanted.version);
        }
        self.end_refresh(name, RefreshStatus::Successful, None);
    }

    fn fail_refresh(&mut self, name: &str, reason: String) {
        let Some(refresh) = self.active_refresh_mut(name) else { return };
        if refresh.rollback.is_some() {
            return self.end_refresh(name, RefreshStatus::RollbackFailed, Some(reason));
        }
        if refresh.preferences.auto_rollback {
            return self.roll_back_refresh(name, format!("Automatic rollback: {reason}"));
        }
        self.end_refresh(name, RefreshStatus::Failed, Some(reason));
    }

    fn end_refresh(&mut self, name: &str, status: RefreshStatus, reason: Option<String>) {
        let now = self.now;
        let Some(group) = self.groups.get(name) else { return };
        let Some(refresh) = group.active_refresh() else { return };
        let ending = self.progress(group, refresh);
        let Some(refresh) = self.active_refresh_mut(name) else { return };
        let why = refresh.rollback.as_ref().map(|rollback| rollback.reason.clone());
        refresh.reason = reason.or(why);
        refresh.status = status;
        refresh.ending = Some(ending);
        refresh.ended_at = Some(now);
        refresh.surge = 0;
        let id = refresh.id.clone();
        self.trim_group(name);
        self.announce_refresh(name, &id, status);
    }

    /// Takes out what a group has beyond what it wants, as when a refresh ends that had launched ahead.
    fn trim_group(&mut self, name: &str) {
        let Some(wanted) = self.groups.get(name).map(|group| group.desired as usize) else { return };
        let at = self.now.strftime("%Y-%m-%dT%H:%M:%SZ");
        for id in self.surplus(name, wanted) {
            let cause =
                format!("At {at} an instance was taken out of service because the group has more than it wants.");
            self.terminate_member(&id, cause);
        }
        self.plan_group(name);
    }
}

/// What people have to see to.
fn hindrance(pool: &Pool) -> String {
    let states = [(pool.held, "protected from scale in"), (pool.aside, "in Standby")];
    let states = states.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}"));
    format!("Waiting for instances that cannot be replaced: {}.", states.collect::<Vec<_>>().join(", "))
}

/// How many members a refresh has to leave ready, and how many it may add.
struct Room {
    least: usize,
    extra: usize,
}

impl Room {
    /// Where the bounds leave no room at all and the upper one is given, one instance is launched before one is terminated
    /// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
    fn of(desired: usize, preferences: &Preferences) -> Self {
        let least = (desired * preferences.min_healthy.unwrap_or(90) as usize).div_ceil(100);
        let most = preferences.max_healthy.map(|percent| desired * percent as usize / 100);
        let extra = most.map_or(0, |most| most.saturating_sub(desired).max(usize::from(least >= desired)));
        Self { least, extra }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(desired: usize, min: u32, max: Option<u32>) -> (usize, usize) {
        let preferences = Preferences { min_healthy: Some(min), max_healthy: max, ..Preferences::default() };
        let room = Room::of(desired, &preferences);
        (room.least, room.extra)
    }

    #[test]
    fn the_bounds_say_how_many_stay_and_how_many_may_come_before_others_go() {
        assert_eq!(room(24, 90, None), (22, 0));
        assert_eq!(room(24, 90, Some(110)), (22, 2));
        assert_eq!(room(10, 100, Some(200)), (10, 10));
        assert_eq!(room(5, 90, Some(110)), (5, 1), "no room at all: one comes first");
        assert_eq!(room(5, 90, None), (5, 0), "nobody lets one come first");
        assert_eq!(room(4, 100, Some(100)), (4, 1));
    }
}
