//! Time in steps, so that a screen on which nothing happened draws nothing.

use jiff::{SignedDuration, Timestamp};

/// Ages of rows and everything judged by time move together, this often, in seconds.
const GRID: i64 = 30;

/// Steps of the age of data, in seconds.
const STEPS: [i64; 15] =
    [0, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800];

/// The age of data, rounded down to a step: 0, 30 s, 1 m, 2 m, 5 m, 10 m, 20 m, 30 m, 1 h and so on up to 7 days.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(i64);

impl Step {
    /// The step as a duration; zero below half a minute.
    #[must_use]
    pub fn duration(self) -> SignedDuration {
        SignedDuration::from_secs(self.0)
    }
}

/// The step that `age` has reached.
#[must_use]
pub fn step(age: SignedDuration) -> Step {
    Step(STEPS.iter().copied().rev().find(|step| *step <= age.as_secs()).unwrap_or(0))
}

/// Until when `age` stays at its step; `None`: for ever.
pub(super) fn until_next_step(age: SignedDuration) -> Option<SignedDuration> {
    let next = STEPS.iter().copied().find(|step| *step > age.as_secs().max(0))?;
    Some(SignedDuration::from_secs(next) - age)
}

/// How long it is until ages of rows move.
pub(super) fn until_grid(now: Timestamp) -> SignedDuration {
    on_grid(now).duration_since(now) + SignedDuration::from_secs(GRID)
}

/// `now` rounded down to the grid on which ages of rows move.
pub(super) fn on_grid(now: Timestamp) -> Timestamp {
    let seconds = now.as_second();
    Timestamp::from_second(seconds - seconds.rem_euclid(GRID)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_step() {
        let reached = |seconds| step(SignedDuration::from_secs(seconds)).duration().as_secs();
        for (age, shown) in
            [(-5, 0), (29, 0), (30, 30), (59, 30), (60, 60), (119, 60), (299, 120), (3_599, 1_800), (9_000, 7_200)]
        {
            assert_eq!(reached(age), shown, "{age} s");
        }
    }

    #[test]
    fn an_age_says_when_it_steps() {
        let (mut age, mut seen) = (SignedDuration::ZERO, vec![0]);
        while let Some(left) = until_next_step(age) {
            assert_eq!(step(age + left - SignedDuration::from_millis(1)), step(age));
            age += left;
            seen.push(step(age).duration().as_secs());
        }
        assert_eq!(seen, STEPS);
        assert_eq!(
            until_next_step(SignedDuration::from_secs(-5)),
            Some(SignedDuration::from_secs(35)),
            "a clock is ahead"
        );
    }

    #[test]
    fn the_grid_is_thirty_seconds() -> Result<(), jiff::Error> {
        let at = Timestamp::from_second(1_700_000_009)?;
        assert_eq!(on_grid(at).as_second() % 30, 0);
        assert!(at.as_second() - on_grid(at).as_second() < 30);
        Ok(())
    }
}
