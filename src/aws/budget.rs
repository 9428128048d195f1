//! What the console may spend: one token bucket for each family of calls that AWS counts together.
//!
//! The account's limits are shared by everybody in it, the automation of the fleet included, so
//! the console stays far below them: a first load may take most of a bucket once, and what it
//! spends afterwards comes back at a fraction of AWS's rate. When AWS throttles all the same,
//! the family pauses, for longer each time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::bucket::Bucket;

/// A pause that ends within this time is waited out; a longer one refuses the call.
const PATIENCE: Duration = Duration::from_secs(5);
/// The meter counts the calls of this long.
const METER: Duration = Duration::from_secs(60);

/// Calls that AWS counts together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// ECS: clusters, container instances, tasks.
    EcsCluster,
    /// ECS: services.
    EcsService,
    /// ECS: task definitions.
    EcsDefinition,
    /// EC2 describes with a filter or with pages.
    Ec2Filtered,
    /// EC2 describes without either.
    Ec2Unfiltered,
    /// Elastic Load Balancing.
    Elb,
    /// Auto Scaling.
    AutoScaling,
    /// CloudWatch alarms and mute rules.
    Alarms,
    /// CloudWatch Logs: DescribeLogGroups.
    LogGroups,
    /// CloudWatch Logs: DescribeLogStreams.
    LogStreams,
    /// CloudWatch Logs: FilterLogEvents, shared by every tail of the Region.
    LogEvents,
    /// CloudWatch Logs: queries started and stopped.
    Queries,
    /// CloudWatch Logs: results of queries.
    QueryResults,
    /// CloudWatch Logs: sessions of Live Tail started.
    LiveTail,
    /// SSM parameters.
    Ssm,
    /// SSM Automation: executions started and stopped.
    AutomationStarts,
    /// SSM Automation: lists of executions.
    AutomationLists,
    /// SSM Automation: executions one by one.
    AutomationReads,
    /// SSM Automation: steps of executions that have very many.
    AutomationSteps,
    /// SSM Automation: signals to executions.
    AutomationSignals,
    /// SSM documents.
    Documents,
    /// EventBridge Scheduler.
    Scheduler,
    /// STS and IAM.
    Identity,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 23] = [
        Self::EcsCluster,
        Self::EcsService,
        Self::EcsDefinition,
        Self::Ec2Filtered,
        Self::Ec2Unfiltered,
        Self::Elb,
        Self::AutoScaling,
        Self::Alarms,
        Self::LogGroups,
        Self::LogStreams,
        Self::LogEvents,
        Self::Queries,
        Self::QueryResults,
        Self::LiveTail,
        Self::Ssm,
        Self::AutomationStarts,
        Self::AutomationLists,
        Self::AutomationReads,
        Self::AutomationSteps,
        Self::AutomationSignals,
        Self::Documents,
        Self::Scheduler,
        Self::Identity,
    ];

    /// The name for a header, such as `ecs services`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EcsCluster => "ecs",
            Self::EcsService => "ecs services",
            Self::EcsDefinition => "ecs task definitions",
            Self::Ec2Filtered => "ec2",
            Self::Ec2Unfiltered => "ec2 unfiltered",
            Self::Elb => "elbv2",
            Self::AutoScaling => "autoscaling",
            Self::Alarms => "cloudwatch",
            Self::LogGroups => "log groups",
            Self::LogStreams => "log streams",
            Self::LogEvents => "log events",
            Self::Queries => "log queries",
            Self::QueryResults => "log query results",
            Self::LiveTail => "live tail",
            Self::Ssm => "ssm",
            Self::AutomationStarts => "automation starts",
            Self::AutomationLists => "automation lists",
            Self::AutomationReads => "automation",
            Self::AutomationSteps => "automation steps",
            Self::AutomationSignals => "automation signals",
            Self::Documents => "ssm documents",
            Self::Scheduler => "scheduler",
            Self::Identity => "sts",
        }
    }

    /// Whether somebody waits for each call and none is made by itself: those may take all that AWS gives.
    fn acts(self) -> bool {
        matches!(self, Self::AutomationStarts | Self::AutomationSignals)
    }

    /// AWS's own limit for an account and Region: calls at once, and calls a second after that.
    ///
    /// From AWS's documentation of each API's throttling. Auto Scaling, SSM documents, STS and IAM publish
    /// none; theirs are the smallest of the published ones, and EventBridge Scheduler, which answers more, is asked for little. CloudWatch
    /// Logs' differ by Region; these are the lowest
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>).
    fn limit(self) -> (f64, f64) {
        match self {
            Self::EcsCluster | Self::EcsService | Self::Ec2Filtered => (100.0, 20.0),
            Self::EcsDefinition => (50.0, 20.0),
            Self::Ec2Unfiltered => (50.0, 10.0),
            Self::Elb => (40.0, 10.0),
            Self::Alarms => (9.0, 9.0),
            Self::AutoScaling
            | Self::LogGroups
            | Self::Queries
            | Self::QueryResults
            | Self::Documents
            | Self::Scheduler
            | Self::Identity => (10.0, 10.0),
            Self::LogStreams => (25.0, 25.0),
            Self::LogEvents | Self::LiveTail => (5.0, 5.0),
            Self::Ssm => (40.0, 40.0),
            Self::AutomationStarts => (1.0, 1.0),
            Self::AutomationLists | Self::AutomationReads | Self::AutomationSteps | Self::AutomationSignals => {
                (3.0, 3.0)
            }
        }
    }
}

/// The part of the account's limits that the console may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shares {
    /// Of a bucket, at once: more than 0, at most 1. The first load lives on it.
    pub first_load: f64,
    /// Of the rate at which a bucket fills: more than 0, at most 1. Refreshing lives on it.
    pub refreshing: f64,
}

impl Default for Shares {
    fn default() -> Self {
        Self { first_load: 0.8, refreshing: 0.25 }
    }
}

/// What was spent, for a header.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Requests sent in the last minute, the SDK's retries included.
    pub calls_last_minute: u32,
    /// Families that AWS throttled, by name, and when they go on.
    pub throttled: Vec<(&'static str, Timestamp)>,
}

/// The answer of a family that AWS has throttled: it goes on after this long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Paused(pub Duration);

/// All buckets of one account and Region. Clones share them.
///
/// Time is measured by a clock that only runs forward, so that a corrected wall clock neither
/// grants nor withholds calls.
#[derive(Debug, Clone)]
pub struct Budget(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    started: Instant,
    limited: bool,
    shares: Shares,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    buckets: [Bucket; Family::ALL.len()],
    /// How many wait for each family as for a first load.
    hurries: [usize; Family::ALL.len()],
    sent: VecDeque<Duration>,
}

impl State {
    fn bucket(&mut self, family: Family) -> &mut Bucket {
        // The variants number the buckets, in the order of `ALL`.
        &mut self.buckets[family as usize]
    }

    fn forget_before(&mut self, now: Duration) {
        while self.sent.front().is_some_and(|at| now.saturating_sub(*at) >= METER) {
            self.sent.pop_front();
        }
    }
}

impl Budget {
    /// Full buckets of the console's share. A share outside of (0, 1] counts as the nearest that is inside.
    #[must_use]
    pub fn new(shares: Shares) -> Self {
        let share = |share: f64| if share.is_finite() { share.clamp(0.01, 1.0) } else { 1.0 };
        let shares = Shares { first_load: share(shares.first_load), refreshing: share(shares.refreshing) };
        let buckets = Family::ALL.map(|family| {
            let (burst, rate) = family.limit();
            if family.acts() {
                return Bucket::new(burst, rate);
            }
            Bucket::new((burst * shares.first_load).max(1.0), rate * shares.refreshing)
        });
        Self::of(buckets, shares, true)
    }

    /// Lets a family refill at the first load's share for as long as what is given back lives: somebody waits for something that has an
    /// end, such as the lines up to the present.
    #[must_use]
    pub fn hurry(&self, family: Family) -> Hurry {
        self.count_hurry(family, |count| count.saturating_add(1));
        Hurry { budget: self.clone(), family }
    }

    fn count_hurry(&self, family: Family, change: impl FnOnce(usize) -> usize) {
        let (now, shares) = (self.elapsed(), self.0.shares);
        let mut state = self.state();
        // The variants number the families, in the order of `ALL`.
        let count = &mut state.hurries[family as usize];
        *count = change(*count);
        let share = if *count > 0 { shares.first_load.max(shares.refreshing) } else { shares.refreshing };
        state.bucket(family).fill_at(now, family.limit().1 * share);
    }

    /// One that nobody waits for; it counts what is sent.
    #[must_use]
    pub fn unlimited() -> Self {
        Self::of(Family::ALL.map(|_| Bucket::new(1.0, 1.0)), Shares::default(), false)
    }

    fn of(buckets: [Bucket; Family::ALL.len()], shares: Shares, limited: bool) -> Self {
        let state = Mutex::new(State { buckets, hurries: [0; Family::ALL.len()], sent: VecDeque::new() });
        Self(Arc::new(Inner { started: Instant::now(), limited, shares, state }))
    }

    /// Waits for its turn to make one call.
    ///
    /// # Errors
    /// [`Paused`] if AWS has throttled the family and the pause is too long to wait for.
    pub async fn take(&self, family: Family) -> Result<(), Paused> {
        if !self.0.limited {
            return Ok(());
        }
        let turn = self.state().bucket(family).reserve(self.elapsed());
        tokio::time::sleep(turn).await;
        // While it waited for its turn, another call may have been throttled.
        let pause = self.state().bucket(family).pause(self.elapsed());
        if pause > PATIENCE {
            return Err(Paused(pause));
        }
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Says that AWS has throttled a call of the family; gives the pause that follows.
    pub fn throttled(&self, family: Family) -> Duration {
        if !self.0.limited {
            return Duration::ZERO;
        }
        self.state().bucket(family).throttled(self.elapsed(), fastrand::f64())
    }

    /// Says that AWS has answered a call of the family.
    pub fn answered(&self, family: Family) {
        self.state().bucket(family).answered(self.elapsed());
    }

    /// Counts one request that goes out.
    pub fn sent(&self) {
        let now = self.elapsed();
        let mut state = self.state();
        state.forget_before(now);
        state.sent.push_back(now);
    }

    /// What was spent until `now`.
    #[must_use]
    pub fn usage(&self, now: Timestamp) -> Usage {
        let elapsed = self.elapsed();
        let mut state = self.state();
        state.forget_before(elapsed);
        let throttled = Family::ALL
            .into_iter()
            .filter_map(|family| {
                let pause = state.bucket(family).pause(elapsed);
                let until = now.checked_add(jiff::SignedDuration::try_from(pause).ok()?).ok()?;
                (!pause.is_zero()).then_some((family.name(), until))
            })
            .collect();
        Usage { calls_last_minute: u32::try_from(state.sent.len()).unwrap_or(u32::MAX), throttled }
    }

    fn elapsed(&self) -> Duration {
        self.0.started.elapsed()
    }

    /// The state, for as long as one statement needs it: no lock is ever held while waiting.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A family that refills faster while it lives; see [`Budget::hurry`].
#[derive(Debug)]
pub struct Hurry {
    budget: Budget,
    family: Family,
}

impl Drop for Hurry {
    fn drop(&mut self) {
        self.budget.count_hurry(self.family, |count| count.saturating_sub(1));
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn families_number_their_buckets() {
        for (position, family) in Family::ALL.into_iter().enumerate() {
            assert_eq!(family as usize, position);
        }
    }

    #[tokio::test]
    async fn the_first_load_takes_its_share_without_waiting() {
        let budget = Budget::new(Shares { first_load: 0.5, refreshing: 0.25 });
        for _ in 0..20 {
            budget.take(Family::Elb).await.unwrap();
        }
        let wait = budget.state().bucket(Family::Elb).reserve(Duration::ZERO);
        assert!(wait > Duration::ZERO, "the 21st call of 40 halved has to wait");
        assert_eq!(budget.state().bucket(Family::LogGroups).reserve(Duration::ZERO), Duration::ZERO);
    }

    #[tokio::test]
    async fn without_limits_nobody_waits_and_requests_are_counted() {
        let budget = Budget::unlimited();
        for _ in 0..1_000 {
            budget.take(Family::LogEvents).await.unwrap();
            budget.throttled(Family::LogEvents);
            budget.sent();
        }
        let usage = budget.usage(Timestamp::UNIX_EPOCH);
        assert_eq!((usage.calls_last_minute, usage.throttled), (1_000, Vec::new()));
    }

    #[tokio::test]
    async fn a_long_pause_refuses_and_says_until_when() {
        let budget = Budget::new(Shares::default());
        let mut at = Duration::ZERO;
        for _ in 0..5 {
            at += budget.state().bucket(Family::Alarms).throttled(at, 0.0);
        }
        let Err(Paused(pause)) = budget.take(Family::Alarms).await else { unreachable!("the family is paused") };
        assert!(pause > PATIENCE);
        assert!(budget.take(Family::Ssm).await.is_ok(), "another family goes on");

        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let usage = budget.usage(now);
        assert_eq!(usage.throttled.len(), 1);
        assert_eq!(usage.throttled[0].0, "cloudwatch");
        assert!(usage.throttled[0].1 > now);
    }

    #[tokio::test]
    async fn who_waits_for_an_end_waits_less_and_only_then() {
        let budget = Budget::new(Shares { first_load: 0.8, refreshing: 0.25 });
        for _ in 0..4 {
            budget.take(Family::LogEvents).await.unwrap();
        }
        let wait = || budget.state().bucket(Family::LogEvents).clone().reserve(budget.elapsed());
        let before = wait();
        let two = (budget.hurry(Family::LogEvents), budget.hurry(Family::LogEvents));
        let hurried = wait();
        assert!(hurried * 2 < before, "{hurried:?} of {before:?}");
        drop(two.0);
        assert!(wait() <= hurried, "another one is waiting");
        drop(two.1);
        assert!(wait() > hurried * 2);
    }

    #[test]
    fn the_meter_counts_requests() {
        let budget = Budget::new(Shares::default());
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(budget.usage(now).calls_last_minute, 0);
        budget.sent();
        budget.sent();
        assert_eq!(budget.usage(now).calls_last_minute, 2);
        let mut state = budget.state();
        state.forget_before(budget.elapsed() + METER);
        assert!(state.sent.is_empty(), "calls older than a minute are forgotten");
    }

    #[test]
    fn strange_shares_never_stop_the_console() {
        for strange in [0.0, -1.0, f64::NAN, f64::INFINITY, 7.0] {
            let budget = Budget::new(Shares { first_load: strange, refreshing: strange });
            for family in Family::ALL {
                assert_eq!(budget.state().bucket(family).reserve(Duration::ZERO), Duration::ZERO);
                let wait = budget.state().bucket(family).reserve(Duration::ZERO);
                assert!(wait < Duration::from_secs(40), "{family:?} waits {wait:?}: a hundredth of 3 calls a second");
            }
        }
    }
}
