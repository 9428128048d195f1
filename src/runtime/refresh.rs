//! The one scheduler of every read: what to ask for next, and when.
//!
//! Plain state without a task or timer of its own: whoever drives it (the event loop, `status`)
//! tells it the time and what has landed, and starts what it names. Panels whose reads depend on
//! others wait until those have been tried once, so that a fleet is read in as few round trips as
//! its dependencies are deep; a panel that can't be read never holds back those that can do without.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::needs::{Extras, Moment, Watch, asks_for_more, need};
use crate::aws::request::{Need, ReadRequest};
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::pace::Intervals;
use crate::fleet::reading::{FailureKind, Panel};
use crate::fleet::snapshot::PanelRead;
use crate::fleet::view::Fleet;

/// Longest pause after failures in a row.
const BACK_OFF_CAP: SignedDuration = SignedDuration::from_mins(5);

/// After so long without anything new the fleet counts as calm.
const CALM_AFTER: SignedDuration = SignedDuration::from_secs(30);
/// A calm fleet is read in rounds of this length, where an interval is not longer: ages of data show from 30 s on.
const ROUND: SignedDuration = SignedDuration::from_secs(27);
/// What would be due within this time comes with a round, so that the processor wakes for all of it once.
const AHEAD: SignedDuration = SignedDuration::from_secs(13);

/// Words in the names of documents that replace instances, whatever else a fleet calls its own.
const ROLLING: [&str; 1] = ["Rollout"];
/// The same for those that make an AMI or choose one.
const BAKING: [&str; 3] = ["Bake", "Promote", "RollbackAmi"];
/// So long after the end of an execution what it did is read as often as before.
const AFTERMATH: SignedDuration = SignedDuration::from_mins(1);

/// What is known about the reads of one panel.
#[derive(Debug, Clone, Default)]
struct Lane {
    in_flight: bool,
    began: Option<Timestamp>,
    tried_at: Option<Timestamp>,
    failures: u32,
    last_failure: Option<FailureKind>,
    /// Share of the interval added or taken, so that panels don't march in step.
    jitter: f64,
    asked_for: bool,
    last_need: Option<Need>,
    /// What was there when it was last worked out what a read would need: the edition of the fleet and, where that matters, the
    /// open page.
    inputs: Option<(u64, Option<Subject>)>,
}

/// The scheduler.
#[derive(Debug)]
pub struct Refresh {
    intervals: Intervals,
    extras: Extras,
    lanes: BTreeMap<Panel, Lane>,
    rng: fastrand::Rng,
    /// How many reads had brought something new, and when that was first seen.
    news: Option<(u64, Timestamp)>,
}

impl Refresh {
    /// A scheduler for one fleet. `seed` fixes the jitter.
    #[must_use]
    pub fn new(intervals: Intervals, extras: Extras, seed: u64) -> Self {
        let lanes = Panel::ALL.into_iter().map(|panel| (panel, Lane::default())).collect();
        Self { intervals, extras, lanes, rng: fastrand::Rng::with_seed(seed), news: None }
    }

    /// Asks for `panels` to be read as soon as they can be, whatever their interval.
    pub fn ask(&mut self, panels: &[Panel]) {
        for panel in panels {
            if let Some(lane) = self.lanes.get_mut(panel) {
                lane.asked_for = true;
            }
        }
    }

    /// Names the reads to start now and counts them as started.
    ///
    /// What is on screen comes first. A panel has at most one read under way. As long as nothing changes in the whole fleet, panels are read
    /// a third as often; the first change brings the full pace back.
    pub fn due(&mut self, fleet: &Fleet, watch: &Watch, now: Timestamp) -> Vec<ReadRequest> {
        let opened = watch.gaze.as_ref().filter(|gaze| gaze.opened).and_then(|gaze| gaze.subject.as_ref());
        let calm = self.is_calm(fleet, now);
        let mut candidates = self.candidates(fleet, opened, (watch, calm, now));
        if candidates.is_empty() {
            return Vec::new();
        }
        let tried: BTreeSet<Panel> =
            self.lanes.iter().filter(|(_, lane)| lane.tried_at.is_some()).map(|(panel, _)| *panel).collect();
        candidates.sort_by_key(|(panel, _)| !watch.panels.contains(panel));
        let mut requests = Vec::new();
        for (panel, timely) in candidates {
            let Some(lane) = self.lanes.get_mut(&panel) else { continue };
            lane.inputs = Some((fleet.edition(), inputs(panel, opened).cloned()));
            let moment = Moment { gaze: watch.gaze.as_ref(), now, asked_for: lane.asked_for, calm };
            let Some(need) = need(panel, fleet, &tried, &self.extras, moment) else { continue };
            let more = lane.failures == 0 && lane.last_need.as_ref().is_some_and(|last| asks_for_more(last, &need));
            if !timely && !more {
                continue;
            }
            lane.last_need = Some(need.clone());
            lane.in_flight = true;
            lane.began = Some(now);
            lane.asked_for = false;
            let (scope, generation) = (fleet.snapshot().scope.clone(), fleet.snapshot().generation);
            requests.push(ReadRequest { generation, scope, need });
        }
        requests
    }

    /// The panels that may have to be read now, and whether their time has come: for the others it is not worth working out what a
    /// read would need, since nothing is there that was not there the last time.
    fn candidates(
        &self,
        fleet: &Fleet,
        opened: Option<&Subject>,
        (watch, calm, now): (&Watch, bool, Timestamp),
    ) -> Vec<(Panel, bool)> {
        let interval = |panel: Panel| self.interval(panel, fleet, (watch, calm, now));
        let free = || self.lanes.iter().filter(|(_, lane)| !lane.in_flight);
        // What waits for another panel is due all the time, and what failed keeps its pause: neither makes a round.
        let begins =
            |(panel, lane): (&Panel, &Lane)| lane.tried_at.is_some() && lane.is_due(interval(*panel), now, !calm);
        let round = calm && free().any(begins);
        let candidates = free().filter_map(|(&panel, lane)| {
            let ahead = if round && lane.failures == 0 { AHEAD } else { SignedDuration::ZERO };
            let timely = lane.asked_for || lane.is_due(interval(panel), now + ahead, !calm);
            let known = lane.inputs.as_ref().map(|(edition, opened)| (*edition, opened.as_ref()));
            (timely || known != Some((fleet.edition(), inputs(panel, opened)))).then_some((panel, timely))
        });
        candidates.collect()
    }

    /// How often `panel` is read now.
    fn interval(&self, panel: Panel, fleet: &Fleet, (watch, calm, now): (&Watch, bool, Timestamp)) -> SignedDuration {
        let interval = self.intervals.of(panel, watch.panels.contains(&panel));
        let pace = if watch.foremost == Some(panel) { ROUND } else { calm_pace(panel) };
        let interval = if calm { interval.max((interval * 3).min(pace)) } else { interval };
        lively(panel, fleet, now).map_or(interval, |pace| pace.min(interval))
    }

    /// Whether nothing new has come for a while.
    fn is_calm(&mut self, fleet: &Fleet, now: Timestamp) -> bool {
        let since = self.news.filter(|(news, _)| *news == fleet.news()).map_or(now, |(_, since)| since);
        self.news = Some((fleet.news(), since));
        now.duration_since(since) >= CALM_AFTER
    }

    /// When the read of `panel` that is under way began, if it was asked for since: what it brings may be older than the question.
    #[must_use]
    pub fn began_too_early(&self, panel: Panel) -> Option<Timestamp> {
        self.lanes.get(&panel).filter(|lane| lane.in_flight && lane.asked_for)?.began
    }

    /// Takes note that a read has ended.
    pub fn landed(&mut self, read: &PanelRead) {
        let jitter = self.rng.f64().mul_add(0.2, -0.1);
        let Some(lane) = self.lanes.get_mut(&read.panel) else { return };
        lane.in_flight = false;
        lane.tried_at = Some(read.at);
        lane.jitter = jitter;
        lane.last_failure = read.outcome.as_ref().err().map(|failure| failure.kind);
        lane.failures = if lane.last_failure.is_some() { lane.failures.saturating_add(1) } else { 0 };
    }

    /// Whether every panel has been tried or can't be, and nothing is under way.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.lanes.values().all(|lane| !lane.in_flight)
    }

    /// When the next panel becomes due, if nothing lands before. A past time: as soon as what it waits for is there.
    #[must_use]
    pub fn next_due(&self, fleet: &Fleet, watch: &Watch, now: Timestamp) -> Option<Timestamp> {
        let calm = self.news.is_some_and(|(_, since)| now.duration_since(since) >= CALM_AFTER);
        let free = self.lanes.iter().filter(|(_, lane)| !lane.in_flight);
        free.filter_map(|(&panel, lane)| lane.due_at(self.interval(panel, fleet, (watch, calm, now)), !calm)).min()
    }
}

/// What of the open page decides what a read of `panel` needs.
fn inputs(panel: Panel, opened: Option<&Subject>) -> Option<&Subject> {
    opened.filter(|_| matches!(panel, Panel::Tasks | Panel::Executions))
}

/// How seldom a panel is read in a calm fleet, if its interval is not longer and it does not bring the rows on screen. Machines, their
/// groups and tasks answer at the greatest length, and none of them comes, goes or fails without stirring the cluster, a service or an
/// alarm: they come with every second round. EC2 itself checks its machines once a minute.
fn calm_pace(panel: Panel) -> SignedDuration {
    match panel {
        Panel::Ec2Instances | Panel::Groups | Panel::Tasks => ROUND * 2,
        _ => ROUND,
    }
}

/// How often a panel is read at least while something is under way that it tells of; `None`: nothing is.
fn lively(panel: Panel, fleet: &Fleet, now: Timestamp) -> Option<SignedDuration> {
    let snapshot = fleet.snapshot();
    // What has ended a moment ago has left something to read.
    let lately = |at: Timestamp| now.duration_since(at) < AFTERMATH;
    let runs = |one: &Execution| {
        let on = !one.status.is_over() || one.ended_at.is_some_and(lately);
        on && one.is_of(&snapshot.scope.cluster) != Some(false)
    };
    let run = |words: &[&str]| {
        let named = |one: &&Execution| words.iter().any(|word| one.document.contains(word));
        snapshot.executions.rows.iter().filter(named).any(runs)
    };
    let refreshing = || snapshot.refreshes.rows.iter().any(|one| !one.status.is_over());
    match panel {
        Panel::Refreshes if refreshing() || run(&ROLLING) => Some(SignedDuration::from_secs(10)),
        Panel::Promotion if run(&BAKING) => Some(SignedDuration::from_secs(15)),
        Panel::Builds if run(&BAKING) => Some(SignedDuration::from_secs(30)),
        _ => None,
    }
}

impl Lane {
    fn is_due(&self, interval: SignedDuration, now: Timestamp, jitter: bool) -> bool {
        // A clock that was set back must not silence a panel until it has caught up.
        self.due_at(interval, jitter).is_none_or(|at| at <= now || self.tried_at.is_some_and(|tried| tried > now))
    }

    fn due_at(&self, interval: SignedDuration, jitter: bool) -> Option<Timestamp> {
        let pause = self.pause(interval);
        let jitter = if jitter { pause.as_secs_f64() * self.jitter } else { 0.0 };
        self.tried_at.map(|at| at.checked_add(pause + SignedDuration::from_secs_f64(jitter)).unwrap_or(Timestamp::MAX))
    }

    /// The interval, doubled for each failure in a row. Missing credentials are tried again soon, because
    /// somebody is about to log in; a permission that is missing will not appear within seconds.
    fn pause(&self, interval: SignedDuration) -> SignedDuration {
        match self.last_failure {
            None => interval,
            Some(FailureKind::Credentials) => SignedDuration::from_secs(10),
            Some(FailureKind::Denied) => BACK_OFF_CAP,
            Some(FailureKind::Throttled | FailureKind::Timeout | FailureKind::Failed) => {
                let doubled = i32::try_from(1_u32 << self.failures.min(6)).unwrap_or(i32::MAX);
                interval.checked_mul(doubled).unwrap_or(BACK_OFF_CAP).min(BACK_OFF_CAP)
            }
        }
    }
}

#[cfg(test)]
#[expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
