//! When a schedule is due: `rate(…)`, `cron(…)` and `at(…)`
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>).

mod cron;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use cron::Cron;

/// What a schedule expression says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timetable {
    rhythm: Rhythm,
    zone: TimeZone,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rhythm {
    /// Again and again after as long as this.
    Rate(SignedDuration),
    /// Once.
    At(DateTime),
    /// As the calendar says.
    Cron(Box<Cron>),
}

impl Timetable {
    /// Reads an expression, whose times are those of a zone.
    ///
    /// # Errors
    /// What is wrong, for the person who wrote it.
    pub fn read(expression: &str, zone: &str) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|_| format!("Invalid ScheduleExpressionTimezone {zone}."))?;
        let invalid = || format!("Invalid Schedule Expression {expression}.");
        let (kind, rest) = expression.trim().split_once('(').ok_or_else(invalid)?;
        let inner = rest.strip_suffix(')').ok_or_else(invalid)?;
        let rhythm = match kind {
            "rate" => rate(inner).map(Rhythm::Rate),
            "at" => DateTime::strptime("%Y-%m-%dT%H:%M:%S", inner).ok().map(Rhythm::At),
            "cron" => Cron::read(inner).map(|cron| Rhythm::Cron(Box::new(cron))),
            _ => None,
        };
        Ok(Self { rhythm: rhythm.ok_or_else(invalid)?, zone })
    }

    /// The first time after `after`; a rate counts from `anchor`. None where it is never due again.
    #[must_use]
    pub fn next(&self, anchor: Timestamp, after: Timestamp) -> Option<Timestamp> {
        match &self.rhythm {
            Rhythm::Rate(every) => Some(next_beat(anchor, *every, after)),
            Rhythm::At(time) => self.zone.to_timestamp(*time).ok().filter(|at| *at > after),
            Rhythm::Cron(cron) => cron.next(&self.zone, after),
        }
    }

    /// Whether it is due once at most.
    #[must_use]
    pub fn is_single(&self) -> bool {
        matches!(self.rhythm, Rhythm::At(_))
    }

    /// Whether it is due after as long as this again and again.
    #[must_use]
    pub fn rate(&self) -> Option<SignedDuration> {
        if let Rhythm::Rate(every) = self.rhythm { Some(every) } else { None }
    }
}

/// `value unit`, of minutes at least; the unit may be in the plural or not.
fn rate(text: &str) -> Option<SignedDuration> {
    let (value, unit) = text.trim().split_once(' ')?;
    let value: i64 = value.parse().ok().filter(|value| (1..=1_000_000).contains(value))?;
    Some(match unit.trim() {
        "minute" | "minutes" => SignedDuration::from_mins(value),
        "hour" | "hours" => SignedDuration::from_hours(value),
        "day" | "days" => SignedDuration::from_hours(24 * value),
        _ => return None,
    })
}

fn next_beat(anchor: Timestamp, every: SignedDuration, after: Timestamp) -> Timestamp {
    if after < anchor {
        return anchor;
    }
    let gone = after.duration_since(anchor).as_nanos() / every.as_nanos().max(1);
    let beats = i32::try_from(gone + 1).unwrap_or(i32::MAX);
    anchor + every * beats
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// The first `count` times after a moment.
    fn times(expression: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let table = Timetable::read(expression, zone).unwrap();
        let anchor = at("2026-03-01T00:00:00Z");
        let mut last = at(after);
        let mut found = Vec::new();
        while found.len() < count
            && let Some(next) = table.next(anchor, last)
        {
            assert!(next > last, "{expression}: {next} is not after {last}");
            found.push(next.to_string());
            last = next;
        }
        found
    }

    #[test]
    fn a_rate_counts_from_its_beginning() {
        let beats = times("rate(9 hours)", "UTC", "2026-03-01T08:59:59Z", 3);
        assert_eq!(beats, ["2026-03-01T09:00:00Z", "2026-03-01T18:00:00Z", "2026-03-02T03:00:00Z"]);
        assert_eq!(times("rate(1 day)", "UTC", "2026-02-01T00:00:00Z", 1), ["2026-03-01T00:00:00Z"]);
    }

    #[test]
    fn what_is_due_once_is_due_once() {
        let expression = "at(2026-03-02T12:00:00)";
        assert_eq!(times(expression, "Europe/Berlin", "2026-03-01T00:00:00Z", 9), ["2026-03-02T11:00:00Z"]);
        assert!(times(expression, "UTC", "2026-03-02T12:00:00Z", 9).is_empty());
    }

    #[test]
    fn a_calendar_is_followed_in_its_zone() {
        for (expression, zone, expected) in [
            ("cron(0/30 8 * * ? *)", "UTC", ["2026-03-01T08:00:00Z", "2026-03-01T08:30:00Z", "2026-03-02T08:00:00Z"]),
            ("cron(15 10 ? * 6L *)", "UTC", ["2026-03-27T10:15:00Z", "2026-04-24T10:15:00Z", "2026-05-29T10:15:00Z"]),
            ("cron(0 6 L * ? *)", "UTC", ["2026-03-31T06:00:00Z", "2026-04-30T06:00:00Z", "2026-05-31T06:00:00Z"]),
            ("cron(0 6 ? * MON#1 *)", "UTC", ["2026-03-02T06:00:00Z", "2026-04-06T06:00:00Z", "2026-05-04T06:00:00Z"]),
            ("cron(0 6 15W * ? *)", "UTC", ["2026-03-16T06:00:00Z", "2026-04-15T06:00:00Z", "2026-05-15T06:00:00Z"]),
            (
                "cron(0 2 ? * MON-FRI 2027-2028)",
                "UTC",
                ["2027-01-01T02:00:00Z", "2027-01-04T02:00:00Z", "2027-01-05T02:00:00Z"],
            ),
            // There is no half past two on the day on which the clocks go forward: 29 March.
            (
                "cron(30 2 28,29,30 3 ? *)",
                "Europe/Berlin",
                ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z", "2027-03-29T00:30:00Z"],
            ),
            // And two of them on the day on which they go back: 25 October.
            (
                "cron(30 2 24,25,26 10 ? *)",
                "Europe/Berlin",
                ["2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"],
            ),
        ] {
            assert_eq!(times(expression, zone, "2026-03-01T00:00:00Z", 3), expected, "{expression}");
        }
        assert!(times("cron(0 0 30 2 ? *)", "UTC", "2026-03-01T00:00:00Z", 1).is_empty(), "there is no such day");
    }

    #[test]
    fn what_is_no_expression_is_refused() {
        for expression in [
            "",
            "rate(9)",
            "rate(0 hours)",
            "rate(9 weeks)",
            "rate(-1 day)",
            "rate(9 hours",
            "at(noon)",
            "at(2026-03-02)",
            "cron(0 8 * * * *)",
            "cron(0 8 ? * ? *)",
            "cron(0 8 * * ?)",
            "cron(60 8 * * ? *)",
            "cron(0 24 * * ? *)",
            "cron(0 8 32 * ? *)",
            "cron(0 8 * 13 ? *)",
            "cron(0 8 ? * 8 *)",
            "cron(0 8 ? * MON#6 *)",
            "cron(0/0 8 * * ? *)",
            "cron(0 8 * * ? 1969)",
            "every(9 hours)",
        ] {
            assert!(Timetable::read(expression, "UTC").is_err(), "{expression}");
        }
        assert!(Timetable::read("rate(9 hours)", "Mars/Base").is_err());
    }
}
