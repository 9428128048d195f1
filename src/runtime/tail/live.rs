//! Live Tail beside the reading of a group: what comes within a second comes that way, and reading brings what it left out.

use crate::aws::logs::{Cause, LogRefusal};
use crate::fleet::feed::Streams;
use crate::fleet::reading::{Failure, FailureKind};
use crate::logs::live::{LiveAsk, LiveEnd, LiveStanding};
use crate::logs::tail::Settings;

/// Sessions that are open at the same time: AWS allows an account fifteen
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>), and others want some too.
pub const MOST_SESSIONS: usize = 10;
/// While a session gives what is new, reading has only to mend.
pub(super) const READ_SELDOM: i64 = 5;
/// A permission that is missing will not appear within seconds.
const DENIED_PAUSE: i64 = 300_000;

/// What a failure of it is told as, so that nobody takes it for one of reading.
const OPERATION: &str = "logs:StartLiveTail";

/// The session of one group.
#[derive(Debug)]
pub(super) struct Live {
    state: State,
    pause: i64,
    first_pause: i64,
    longest_pause: i64,
    told: LiveStanding,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing before that time, in milliseconds since 1970.
    Off(i64),
    Starting,
    On,
}

impl Live {
    pub(super) fn new(settings: &Settings) -> Self {
        let Settings { first_pause, longest_pause, .. } = *settings;
        Self {
            state: State::Off(i64::MIN),
            pause: first_pause,
            first_pause,
            longest_pause,
            told: LiveStanding { asked: true, ..LiveStanding::default() },
        }
    }

    /// The session to start now.
    pub(super) fn begin(&mut self, now: i64, group: &str, streams: &Streams) -> Option<LiveAsk> {
        if !matches!(self.state, State::Off(at) if at <= now) {
            return None;
        }
        self.state = State::Starting;
        Some(LiveAsk { groups: vec![group.to_owned()], streams: streams.clone(), pattern: String::new() })
    }

    /// When to try again, if that has to be waited for.
    pub(super) fn waits_until(&self) -> Option<i64> {
        match self.state {
            State::Off(at) => Some(at),
            State::Starting | State::On => None,
        }
    }

    pub(super) fn standing(&self) -> LiveStanding {
        LiveStanding { on: self.state == State::On, ..self.told.clone() }
    }

    pub(super) fn started(&mut self) {
        self.state = State::On;
        self.told.failure = None;
    }

    /// An update came: whatever was wrong is over.
    pub(super) fn heard(&mut self, sampled: bool) {
        self.told.sampled |= sampled;
        self.pause = self.first_pause;
    }

    pub(super) fn refused(&mut self, now: i64, refusal: LogRefusal) {
        let denied = refusal.cause == Cause::Other && refusal.failure.kind == FailureKind::Denied;
        self.off(now, if denied { DENIED_PAUSE } else { 0 }, Some(refusal.failure));
    }

    /// AWS ends a session after three hours; another one follows at once. So it is with one that broke, after a pause that grows.
    pub(super) fn ended(&mut self, now: i64, end: LiveEnd) {
        let (counter, failure) = match end {
            LiveEnd::TimedOut => (&mut self.told.timed_out, None),
            LiveEnd::Closed => (&mut self.told.broken, None),
            LiveEnd::Failed(failure) => (&mut self.told.broken, Some(failure)),
        };
        *counter += 1;
        self.off(now, 0, failure);
    }

    fn off(&mut self, now: i64, at_least: i64, failure: Option<Failure>) {
        self.told.failure = failure.map(|failure| Box::new(Failure { operation: OPERATION.to_owned(), ..failure }));
        self.state = State::Off(now.saturating_add(self.pause.max(at_least)));
        self.pause = self.pause.saturating_mul(2).min(self.longest_pause);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn refusal(kind: FailureKind) -> LogRefusal {
        let failure = Failure {
            kind,
            operation: "logs:DescribeLogGroups".to_owned(),
            message: "no".to_owned(),
            hint: None,
            request_id: None,
        };
        LogRefusal::from(failure)
    }

    #[test]
    fn a_session_that_ends_is_followed_by_another_after_a_pause_that_grows() {
        let mut live = Live::new(&Settings::since(0));
        assert!(live.begin(0, "g", &Streams::All).is_some() && live.begin(0, "g", &Streams::All).is_none());
        live.started();
        assert!(live.standing().on);
        live.ended(10, LiveEnd::TimedOut);
        assert_eq!((live.waits_until(), live.standing().failure), (Some(1_010), None));
        live.ended(10, LiveEnd::Closed);
        assert_eq!(live.waits_until(), Some(2_010));
        live.heard(true);
        live.ended(10, LiveEnd::Closed);
        let told = live.standing();
        assert_eq!((live.waits_until(), told.sampled, told.on), (Some(1_010), true, false));
        assert_eq!((told.timed_out, told.broken), (1, 2));
    }

    #[test]
    fn a_denial_is_told_as_its_own_and_not_tried_again_soon() {
        let mut live = Live::new(&Settings::since(0));
        live.refused(0, refusal(FailureKind::Denied));
        assert_eq!(live.waits_until(), Some(DENIED_PAUSE));
        assert_eq!(live.standing().failure.unwrap().operation, OPERATION);
        assert!(live.begin(DENIED_PAUSE, "g", &Streams::All).is_some());
        live.refused(DENIED_PAUSE, refusal(FailureKind::Timeout));
        assert!(live.waits_until() < Some(2 * DENIED_PAUSE));
    }
}
