//! When the window of a mute rule that is open now ends.
//!
//! `at(yyyy-MM-ddThh:mm)` opens once; `cron(minute hour day month weekday)` opens again and again. Fields take
//! `*`, numbers, ranges and lists, months and weekdays English names too. What cannot be told for sure is not told: the
//! documentation does not say whether weekday 1 is Sunday or Monday, nor whether a day of the month and a weekday must both
//! hold.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp, ToSpan};

/// No window is longer than 15 days.
const LONGEST_DAYS: i64 = 15;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A schedule as CloudWatch gives it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window<'a> {
    /// `at(…)` or `cron(…)`.
    pub(super) expression: &'a str,
    /// ISO 8601, such as `PT2H`.
    pub(super) duration: &'a str,
    /// IANA name; UTC where there is none.
    pub(super) timezone: Option<&'a str>,
}

/// When the window that is open at `now` ends; `None` if none is open or it cannot be told.
pub(super) fn end_of(window: &Window<'_>, now: Timestamp) -> Option<Timestamp> {
    let zone = match window.timezone {
        None | Some("" | "UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name).ok()?,
    };
    let duration: Span = window.duration.parse().ok()?;
    let start = last_start(window.expression.trim(), now.to_zoned_datetime(zone.clone()).datetime())?;
    let start = start.to_zoned_datetime(zone).ok()?;
    let end = start.checked_add(duration).ok()?.timestamp();
    (start.timestamp() <= now && now < end).then_some(end)
}

/// The last moment up to `now`, in local time, at which the window opened.
fn last_start(expression: &str, now: DateTime) -> Option<DateTime> {
    if let Some(at) = inside(expression, "at") {
        return at.parse().ok();
    }
    let fields: Vec<&str> = inside(expression, "cron").unwrap_or(expression).split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else { return None };
    if *day != "*" && *weekday != "*" || weekday.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let times = Times { minutes: field(minute, 0, 59, &[])?, hours: field(hour, 0, 23, &[])? };
    let days = field(day, 1, 31, &[])?;
    let months = field(month, 1, 12, &MONTHS)?;
    let weekdays = field(weekday, 0, 6, &WEEKDAYS)?;
    let opens = |date: &Date| {
        days.contains(&date.day())
            && months.contains(&date.month())
            && weekdays.contains(&date.weekday().to_sunday_zero_offset())
    };
    let mut dates = (0..=LONGEST_DAYS).filter_map(|back| now.date().checked_sub(back.days()).ok());
    dates.by_ref().filter(opens).find_map(|date| times.last_on(date, now))
}

/// What stands between the parentheses of `NAME(…)`.
fn inside<'a>(expression: &'a str, name: &str) -> Option<&'a str> {
    expression.strip_prefix(name)?.trim_start().strip_prefix('(')?.strip_suffix(')').map(str::trim)
}

/// The times of a day at which a window opens.
struct Times {
    minutes: Vec<i8>,
    hours: Vec<i8>,
}

impl Times {
    /// The last of them on `date` that is not after `now`.
    fn last_on(&self, date: Date, now: DateTime) -> Option<DateTime> {
        let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        times
            .filter_map(|(hour, minute)| Time::new(hour, minute, 0, 0).ok())
            .map(|time| date.to_datetime(time))
            .filter(|start| *start <= now)
            .max()
    }
}

/// The values that a field allows; `None` if it is written in a way that is not known.
fn field(text: &str, from: i8, to: i8, names: &[&str]) -> Option<Vec<i8>> {
    let value = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named.and_then(|at| i8::try_from(at).ok()) {
            Some(at) => from + at,
            None => text.parse().ok()?,
        };
        (from..=to).contains(&value).then_some(value)
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            _ if part == "*" => values.extend(from..=to),
            Some((first, last)) => {
                let (first, last) = (value(first)?, value(last)?);
                if first > last {
                    return None;
                }
                values.extend(first..=last);
            }
            None => values.push(value(part)?),
        }
    }
    Some(values)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn end(expression: &str, duration: &str, timezone: Option<&str>, now: &str) -> Option<String> {
        end_of(&Window { expression, duration, timezone }, now.parse().unwrap()).map(|end| end.to_string())
    }

    fn some(end: &str) -> Option<String> {
        Some(end.to_owned())
    }

    #[test]
    fn a_window_that_opens_once() {
        let at = |now| end("at(2026-03-01T12:00)", "PT2H", None, now);
        assert_eq!(at("2026-03-01T11:59:59Z"), None);
        assert_eq!(at("2026-03-01T12:00:00Z"), some("2026-03-01T14:00:00Z"));
        assert_eq!(at("2026-03-01T13:59:59Z"), some("2026-03-01T14:00:00Z"));
        assert_eq!(at("2026-03-01T14:00:00Z"), None);
    }

    #[test]
    fn a_window_in_its_own_timezone() {
        let zone = Some("Europe/Berlin");
        assert_eq!(end("at(2026-03-01T12:00)", "PT2H", zone, "2026-03-01T11:30:00Z"), some("2026-03-01T13:00:00Z"));
        assert_eq!(end("at(2026-03-01T12:00)", "PT2H", Some("Mars/Olympus"), "2026-03-01T11:30:00Z"), None);
    }

    #[test]
    fn windows_that_open_again_and_again() {
        let nightly = |now| end("cron(0 23 * * *)", "PT3H", None, now);
        assert_eq!(nightly("2026-03-01T23:30:00Z"), some("2026-03-02T02:00:00Z"));
        assert_eq!(nightly("2026-03-02T01:30:00Z"), some("2026-03-02T02:00:00Z"));
        assert_eq!(nightly("2026-03-02T03:00:00Z"), None);
        let weekend = |now| end("0 18 * * FRI", "P2DT12H", None, now);
        assert_eq!(weekend("2026-03-01T12:00:00Z"), some("2026-03-02T06:00:00Z"), "that Sunday is inside");
        assert_eq!(weekend("2026-03-04T12:00:00Z"), None);
        assert_eq!(end("cron(0 1 1 JAN-MAR *)", "P7D", None, "2026-03-05T00:00:00Z"), some("2026-03-08T01:00:00Z"));
        assert_eq!(end("cron(0 1 1 4-12 *)", "P7D", None, "2026-03-05T00:00:00Z"), None);
        assert_eq!(
            end("cron(0,30 9-17 * * MON-FRI)", "PT10M", None, "2026-03-02T09:35:00Z"),
            some("2026-03-02T09:40:00Z")
        );
    }

    #[test]
    fn what_cannot_be_told_is_not_told() {
        let now = "2026-03-02T09:35:00Z";
        for expression in [
            "",
            "rate(5 minutes)",
            "at(tomorrow)",
            "cron(0 9 * *)",
            "cron(0 9 * * 1)",
            "cron(0 9 2 * MON)",
            "cron(0/5 9 * * *)",
            "cron(0 25 * * *)",
            "cron(30-10 9 * * *)",
            "cron(0 9 * * FUN)",
        ] {
            assert_eq!(end(expression, "P1D", None, now), None, "{expression}");
        }
        assert_eq!(end("cron(0 9 * * *)", "two hours", None, now), None);
    }
}
