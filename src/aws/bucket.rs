//! One token bucket, as arithmetic: time comes in as an argument.

use std::time::Duration;

/// The first pause after a throttle; each further one doubles it.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// No pause is longer.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Tokens that refill with time, and a pause that throttling imposes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Bucket {
    capacity: f64,
    per_second: f64,
    /// Below zero: that many calls wait for their turn.
    tokens: f64,
    filled_at: Duration,
    paused_until: Duration,
    throttles: u32,
}

impl Bucket {
    /// A full bucket. Both figures are above zero.
    pub(super) fn new(capacity: f64, per_second: f64) -> Self {
        Self {
            capacity,
            per_second,
            tokens: capacity,
            filled_at: Duration::ZERO,
            paused_until: Duration::ZERO,
            throttles: 0,
        }
    }

    /// Takes one token, if need be on credit; gives how long to wait until it is there.
    /// Turns come in the order of the reservations. One that is not used is lost.
    pub(super) fn reserve(&mut self, now: Duration) -> Duration {
        self.fill_at(now, self.per_second);
        self.tokens -= 1.0;
        Duration::try_from_secs_f64(-self.tokens.min(0.0) / self.per_second).unwrap_or(Duration::MAX)
    }

    /// From now on it fills at another rate, above zero.
    pub(super) fn fill_at(&mut self, now: Duration, per_second: f64) {
        let refilled = now.saturating_sub(self.filled_at).as_secs_f64() * self.per_second;
        self.tokens = (self.tokens + refilled).min(self.capacity);
        self.filled_at = self.filled_at.max(now);
        self.per_second = per_second;
    }

    /// How long the pause still lasts; zero if there is none.
    pub(super) fn pause(&self, now: Duration) -> Duration {
        self.paused_until.saturating_sub(now)
    }

    /// AWS has throttled: pauses, for longer each time in a row. `jitter` in 0 to 1 shortens the pause
    /// by up to half, so that several consoles do not come back together. Gives the pause.
    ///
    /// Calls that went out together are throttled together, and that counts once.
    pub(super) fn throttled(&mut self, now: Duration, jitter: f64) -> Duration {
        if self.pause(now).is_zero() {
            let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.throttles)).min(LONGEST_PAUSE);
            self.paused_until = now + doubled.mul_f64(1.0 - jitter.clamp(0.0, 1.0) / 2.0);
            self.throttles = self.throttles.saturating_add(1);
            self.tokens = self.tokens.min(0.0);
        }
        self.pause(now)
    }

    /// AWS has answered. After the pause that ends the row of throttles; during it the answer is
    /// only a straggler from before.
    pub(super) fn answered(&mut self, now: Duration) {
        if self.pause(now).is_zero() {
            self.throttles = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }

    #[test]
    fn a_full_bucket_gives_its_capacity_at_once_and_then_its_rate() {
        let mut bucket = Bucket::new(3.0, 2.0);
        let waits: Vec<u128> = (0..6).map(|_| bucket.reserve(seconds(10)).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 500, 1000, 1500]);
        // Two seconds later four tokens came in: three paid the credit, one is there.
        assert_eq!(bucket.reserve(seconds(12)), Duration::ZERO);
        assert_eq!(bucket.reserve(seconds(12)).as_millis(), 500);
    }

    #[test]
    fn it_never_holds_more_than_its_capacity() {
        let mut bucket = Bucket::new(2.0, 1.0);
        let waits: Vec<u64> = (0..4).map(|_| bucket.reserve(seconds(1_000_000)).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1, 2]);
    }

    #[test]
    fn time_that_runs_backward_grants_nothing() {
        let mut bucket = Bucket::new(1.0, 1.0);
        assert_eq!(bucket.reserve(seconds(10)), Duration::ZERO);
        assert_eq!(bucket.reserve(seconds(0)), seconds(1));
        assert_eq!(bucket.reserve(seconds(10)), seconds(2));
    }

    #[test]
    fn pauses_double_to_a_cap_and_an_answer_ends_the_row() {
        let mut bucket = Bucket::new(10.0, 1.0);
        let mut now = seconds(100);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pauses.push(bucket.throttled(now, 0.0).as_secs());
            now += bucket.pause(now);
        }
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 60, 60]);
        bucket.answered(now);
        assert_eq!(bucket.throttled(now, 0.0), seconds(1));
    }

    #[test]
    fn calls_throttled_together_count_once() {
        let mut bucket = Bucket::new(10.0, 1.0);
        assert_eq!(bucket.throttled(seconds(5), 0.0), seconds(1));
        assert_eq!(bucket.throttled(seconds(5), 0.0), seconds(1));
        bucket.answered(seconds(5));
        assert_eq!(bucket.throttled(seconds(6), 0.0), seconds(2), "a straggler's success ends nothing");
    }

    #[test]
    fn jitter_shortens_by_up_to_half() {
        let mut bucket = Bucket::new(10.0, 1.0);
        assert_eq!(bucket.throttled(seconds(0), 1.0).as_millis(), 500);
    }

    #[test]
    fn a_throttle_empties_the_bucket() {
        let mut bucket = Bucket::new(10.0, 1.0);
        bucket.throttled(seconds(0), 0.0);
        assert_eq!(bucket.reserve(seconds(0)), seconds(1));
    }
}
