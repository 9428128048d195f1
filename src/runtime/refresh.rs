//! The one scheduler of every read: what to ask for next, and when.
//!
//! Plain state without a task or timer of its own: whoever drives it (the event loop, `status`)
//! tells it the time and what has landed, and starts what it names. Panels whose reads depend on
//! others wait until those have been tried once, so that a fleet is read in as few round trips as
//! its dependencies are deep; a panel that can't be read never holds back those that can do without.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::needs::{Extras, asks_for_more, need};
use crate::aws::request::{Need, ReadRequest};
use crate::fleet::reading::{FailureKind, Panel};
use crate::fleet::snapshot::{PanelRead, Snapshot};

/// Longest pause after failures in a row.
const BACK_OFF_CAP: SignedDuration = SignedDuration::from_mins(5);

/// How often to read a panel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    /// While it is on screen.
    pub visible: SignedDuration,
    /// While it is not.
    pub hidden: SignedDuration,
}

/// How often to read each panel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Intervals(BTreeMap<Panel, Interval>);

impl Default for Intervals {
    fn default() -> Self {
        let seconds = |visible, hidden| Interval {
            visible: SignedDuration::from_secs(visible),
            hidden: SignedDuration::from_secs(hidden),
        };
        Self(
            Panel::ALL
                .into_iter()
                .map(|panel| {
                    (
                        panel,
                        match panel {
                            Panel::ContainerInstances | Panel::Services | Panel::Tasks | Panel::Targets => {
                                seconds(10, 30)
                            }
                            Panel::Alarms => seconds(15, 30),
                            Panel::Ec2Instances | Panel::Groups => seconds(20, 60),
                            Panel::Cluster | Panel::Mutes => seconds(60, 120),
                            Panel::Images | Panel::SecurityGroups => seconds(300, 600),
                            // A task definition never changes: only unknown ones are read.
                            Panel::Identity | Panel::TaskDefinitions | Panel::LogGroups => seconds(600, 600),
                        },
                    )
                })
                .collect(),
        )
    }
}

impl Intervals {
    /// Reads every panel this often, on screen or not.
    #[must_use]
    pub fn uniform(interval: SignedDuration) -> Self {
        let interval = Interval { visible: interval, hidden: interval };
        Self(Panel::ALL.into_iter().map(|panel| (panel, interval)).collect())
    }

    /// Reads `panel` this often from now on.
    pub fn set(&mut self, panel: Panel, interval: Interval) {
        self.0.insert(panel, interval);
    }

    /// How often `panel` is read while it is on screen (`visible`), or else.
    #[must_use]
    pub fn of(&self, panel: Panel, visible: bool) -> SignedDuration {
        let interval = self
            .0
            .get(&panel)
            .copied()
            .unwrap_or(Interval { visible: SignedDuration::from_secs(30), hidden: SignedDuration::from_secs(60) });
        if visible { interval.visible } else { interval.hidden }
    }
}

/// What is known about the reads of one panel.
#[derive(Debug, Clone, Default)]
struct Lane {
    in_flight: bool,
    tried_at: Option<Timestamp>,
    failures: u32,
    last_failure: Option<FailureKind>,
    /// Share of the interval added or taken, so that panels don't march in step.
    jitter: f64,
    asked_for: bool,
    last_need: Option<Need>,
}

/// The scheduler.
#[derive(Debug)]
pub struct Refresh {
    intervals: Intervals,
    extras: Extras,
    lanes: BTreeMap<Panel, Lane>,
    rng: fastrand::Rng,
    /// Whether anything has landed since the inputs of the reads were last worked out.
    inputs_changed: bool,
}

impl Refresh {
    /// A scheduler for one fleet. `seed` fixes the jitter.
    #[must_use]
    pub fn new(intervals: Intervals, extras: Extras, seed: u64) -> Self {
        let lanes = Panel::ALL.into_iter().map(|panel| (panel, Lane::default())).collect();
        Self { intervals, extras, lanes, rng: fastrand::Rng::with_seed(seed), inputs_changed: true }
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
    /// What is on screen comes first. A panel has at most one read under way.
    pub fn due(&mut self, snapshot: &Snapshot, visible: &BTreeSet<Panel>, now: Timestamp) -> Vec<ReadRequest> {
        if !self.inputs_changed && !self.anything_due(visible, now) {
            return Vec::new();
        }
        self.inputs_changed = false;
        let tried: BTreeSet<Panel> =
            self.lanes.iter().filter(|(_, lane)| lane.tried_at.is_some()).map(|(panel, _)| *panel).collect();
        let mut panels = Panel::ALL.to_vec();
        panels.sort_by_key(|panel| !visible.contains(panel));
        let mut requests = Vec::new();
        for panel in panels {
            let interval = self.intervals.of(panel, visible.contains(&panel));
            let Some(lane) = self.lanes.get_mut(&panel) else { continue };
            let Some(need) = need(panel, snapshot, &tried, &self.extras) else { continue };
            let more = lane.failures == 0 && lane.last_need.as_ref().is_some_and(|last| asks_for_more(last, &need));
            if lane.in_flight || !(lane.asked_for || more || lane.is_due(interval, now)) {
                continue;
            }
            lane.last_need = Some(need.clone());
            lane.in_flight = true;
            lane.asked_for = false;
            let scope = snapshot.scope.clone();
            requests.push(ReadRequest { generation: snapshot.generation, scope, need });
        }
        requests
    }

    /// Whether any panel may be due, without working out what its read would need.
    fn anything_due(&self, visible: &BTreeSet<Panel>, now: Timestamp) -> bool {
        self.lanes
            .iter()
            .filter(|(_, lane)| !lane.in_flight)
            .any(|(panel, lane)| lane.asked_for || lane.is_due(self.intervals.of(*panel, visible.contains(panel)), now))
    }

    /// Takes note that a read has ended.
    pub fn landed(&mut self, read: &PanelRead) {
        self.inputs_changed = true;
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

    /// When the next panel becomes due, if nothing lands before.
    #[must_use]
    pub fn next_due(&self, visible: &BTreeSet<Panel>) -> Option<Timestamp> {
        self.lanes
            .iter()
            .filter(|(_, lane)| !lane.in_flight)
            .filter_map(|(panel, lane)| lane.due_at(self.intervals.of(*panel, visible.contains(panel))))
            .min()
    }
}

impl Lane {
    fn is_due(&self, interval: SignedDuration, now: Timestamp) -> bool {
        // A clock that was set back must not silence a panel until it has caught up.
        self.due_at(interval).is_none_or(|at| at <= now || self.tried_at.is_some_and(|tried| tried > now))
    }

    fn due_at(&self, interval: SignedDuration) -> Option<Timestamp> {
        let pause = self.pause(interval);
        self.tried_at.map(|at| at.checked_add(pause).unwrap_or(Timestamp::MAX))
    }

    /// The interval, doubled for each failure in a row. Missing credentials are tried again soon, because
    /// somebody is about to log in; a permission that is missing will not appear within seconds.
    fn pause(&self, interval: SignedDuration) -> SignedDuration {
        let base = match self.last_failure {
            None => interval,
            Some(FailureKind::Credentials) => SignedDuration::from_secs(10),
            Some(FailureKind::Denied) => BACK_OFF_CAP,
            Some(FailureKind::Throttled | FailureKind::Timeout | FailureKind::Failed) => {
                let doubled = i32::try_from(1_u32 << self.failures.min(6)).unwrap_or(i32::MAX);
                interval.checked_mul(doubled).unwrap_or(BACK_OFF_CAP).min(BACK_OFF_CAP)
            }
        };
        base + SignedDuration::from_secs_f64(base.as_secs_f64() * self.jitter)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::fleet::reading::Failure;
    use crate::fleet::scope::{Identity, Scope};
    use crate::fleet::service::{SchedulingStrategy, Service};
    use crate::fleet::snapshot::Rows;

    const START: Timestamp = Timestamp::constant(1_800_000_000, 0);

    fn at(seconds: i64) -> Timestamp {
        START + SignedDuration::from_secs(seconds)
    }

    fn failure(kind: FailureKind) -> Failure {
        Failure { kind, operation: String::new(), message: String::new(), hint: None, request_id: None }
    }

    /// A schedule with its snapshot, driven by hand.
    struct Bench {
        refresh: Refresh,
        snapshot: Snapshot,
        visible: BTreeSet<Panel>,
    }

    impl Bench {
        fn new() -> Self {
            let scope = Scope { cluster: "prod".into(), region: "eu-west-1".into() };
            Self {
                refresh: Refresh::new(Intervals::default(), Extras::default(), 7),
                snapshot: Snapshot::new(scope, 1),
                visible: BTreeSet::new(),
            }
        }

        fn due(&mut self, now: Timestamp) -> Vec<Panel> {
            self.requests(now).iter().map(|request| request.need.panel()).collect()
        }

        fn requests(&mut self, now: Timestamp) -> Vec<ReadRequest> {
            self.refresh.due(&self.snapshot, &self.visible, now)
        }

        fn land(&mut self, panel: Panel, outcome: Result<Rows, FailureKind>, at: Timestamp) {
            let outcome = outcome.map(|rows| (rows, Vec::new())).map_err(failure);
            let read = PanelRead { generation: 1, panel, at, outcome };
            self.refresh.landed(&read);
            self.snapshot.land(read);
        }
    }

    fn empty(panel: Panel) -> Rows {
        match panel {
            Panel::Identity => Rows::Identity(Identity::default()),
            Panel::Cluster => Rows::Cluster(Default::default()),
            Panel::ContainerInstances => Rows::ContainerInstances(Vec::new()),
            Panel::Ec2Instances => Rows::Ec2Instances(Vec::new()),
            Panel::Groups => Rows::Groups(Vec::new()),
            Panel::Images => Rows::Images(Default::default()),
            Panel::SecurityGroups => Rows::SecurityGroups(Vec::new()),
            Panel::Services => Rows::Services(Vec::new()),
            Panel::Tasks => Rows::Tasks(Vec::new()),
            Panel::TaskDefinitions => Rows::TaskDefinitions(Vec::new()),
            Panel::Targets => Rows::Targets(Vec::new()),
            Panel::Alarms => Rows::Alarms(Vec::new()),
            Panel::Mutes => Rows::Mutes(Vec::new()),
            Panel::LogGroups => Rows::LogGroups(Vec::new()),
        }
    }

    fn service(task_definition: &str) -> Service {
        Service {
            arn: "arn:service/web".into(),
            name: "web".into(),
            status: "ACTIVE".into(),
            desired: 1,
            running: 1,
            pending: 0,
            launch_type: None,
            scheduling: SchedulingStrategy::Replica,
            task_definition: task_definition.into(),
            deployments: Vec::new(),
            events: Vec::new(),
            load_balancers: Vec::new(),
            placement_constraints: Vec::new(),
            minimum_healthy_percent: None,
            maximum_percent: None,
            created_at: None,
        }
    }

    #[test]
    fn what_depends_on_nothing_goes_out_at_once_and_only_once() {
        let mut bench = Bench::new();
        let first: BTreeSet<Panel> = bench.due(START).into_iter().collect();
        let independent = [
            Panel::Identity,
            Panel::Cluster,
            Panel::ContainerInstances,
            Panel::Services,
            Panel::Tasks,
            Panel::Alarms,
            Panel::Mutes,
        ];
        assert_eq!(first, independent.into_iter().collect());
        assert_eq!(bench.due(at(3_600)), [], "a panel has at most one read under way");
        assert!(!bench.refresh.settled());
    }

    #[test]
    fn a_denied_panel_does_not_hold_back_those_that_depend_on_it() {
        let mut bench = Bench::new();
        bench.due(START);
        bench.land(Panel::Cluster, Err(FailureKind::Denied), at(1));
        assert_eq!(bench.due(at(1)), []);
        bench.land(Panel::ContainerInstances, Ok(empty(Panel::ContainerInstances)), at(1));
        assert_eq!(bench.due(at(1)), [Panel::Ec2Instances, Panel::Groups]);
    }

    #[test]
    fn every_panel_is_tried_and_then_nothing_is_due() {
        let mut bench = Bench::new();
        let mut seen = BTreeSet::new();
        loop {
            let due = bench.due(START);
            if due.is_empty() {
                break;
            }
            for panel in due {
                assert!(seen.insert(panel), "{panel:?} was read twice");
                bench.land(panel, Ok(empty(panel)), START);
            }
        }
        assert_eq!(seen, Panel::ALL.into_iter().collect());
        assert!(bench.refresh.settled());
        assert!(bench.refresh.next_due(&bench.visible).unwrap() > START);
    }

    #[test]
    fn what_is_on_screen_is_read_first_and_more_often() {
        let mut bench = Bench::new();
        bench.visible = [Panel::Alarms].into();
        assert_eq!(bench.due(START).first(), Some(&Panel::Alarms));
        bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
        bench.land(Panel::Mutes, Ok(empty(Panel::Mutes)), START);
        assert_eq!(bench.due(at(10)), []);
        assert_eq!(bench.due(at(18)), [Panel::Alarms]);
    }

    #[test]
    fn failures_in_a_row_double_the_pause_up_to_a_cap() {
        let mut bench = Bench::new();
        bench.visible = [Panel::Services].into();
        let mut now = START;
        let mut pauses = Vec::new();
        for _ in 0..12 {
            assert!(bench.due(now).contains(&Panel::Services));
            bench.land(Panel::Services, Err(FailureKind::Throttled), now);
            let mut later = now;
            while !bench.requests(later).iter().any(|request| request.need.panel() == Panel::Services) {
                later += SignedDuration::from_secs(1);
            }
            pauses.push(later.duration_since(now).as_secs());
            bench.land(Panel::Services, Err(FailureKind::Throttled), later);
            now = later + SignedDuration::from_mins(10);
        }
        assert!(pauses.windows(2).take(2).all(|pair| pair[1] > pair[0]), "{pauses:?}");
        let longest = pauses.iter().max().unwrap();
        assert!((270..=331).contains(longest), "{pauses:?}");
    }

    #[test]
    fn credentials_are_tried_again_soon_and_a_missing_permission_late() {
        for (kind, early, late) in [(FailureKind::Credentials, 8, 12), (FailureKind::Denied, 200, 340)] {
            let mut bench = Bench::new();
            bench.due(START);
            bench.land(Panel::Services, Err(kind), START);
            assert_eq!(bench.due(at(early)), [], "{kind:?}");
            assert_eq!(bench.due(at(late)), [Panel::Services], "{kind:?}");
        }
    }

    #[test]
    fn asking_overrides_the_interval() {
        let mut bench = Bench::new();
        bench.due(START);
        bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
        bench.refresh.ask(&[Panel::Alarms]);
        assert_eq!(bench.due(at(1)), [Panel::Alarms]);
    }

    #[test]
    fn a_new_definition_is_read_at_once_and_one_that_does_not_exist_is_not_asked_for_again_and_again() {
        let mut bench = Bench::new();
        bench.due(START);
        bench.land(Panel::Services, Ok(Rows::Services(vec![service("arn:td/web:1")])), START);
        bench.land(Panel::Tasks, Ok(empty(Panel::Tasks)), START);
        assert_eq!(bench.due(START), [Panel::TaskDefinitions]);
        bench.land(Panel::TaskDefinitions, Ok(empty(Panel::TaskDefinitions)), START);
        assert!(!bench.due(at(1)).contains(&Panel::TaskDefinitions));
        bench.land(Panel::Services, Ok(Rows::Services(vec![service("arn:td/web:2")])), at(2));
        assert!(bench.due(at(2)).contains(&Panel::TaskDefinitions));
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_silence_a_panel() {
        let mut bench = Bench::new();
        bench.due(START);
        bench.land(Panel::Alarms, Ok(empty(Panel::Alarms)), START);
        assert_eq!(bench.due(at(-7_200)), [Panel::Alarms]);
    }
}
