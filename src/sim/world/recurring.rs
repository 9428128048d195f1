//! Moments that come again and again, as CloudWatch writes them: `cron(minutes hours day-of-month month day-of-week)`
//! (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html>).
//!
//! Each field takes `*`, numbers, ranges and lists; months and weekdays have English names too. The reference says neither
//! what number a weekday has nor whether a day of the month and a weekday must both hold: what rests on that is refused.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Moments that come again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    minutes: Vec<i8>,
    hours: Vec<i8>,
    days: Vec<i8>,
    months: Vec<i8>,
    /// Sunday is 0.
    weekdays: Vec<i8>,
}

impl Recurrence {
    /// Reads what stands between the parentheses.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = fields.as_slice() else {
            return Err(format!("'{text}' has {} fields, not 5", fields.len()));
        };
        if weekday.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(format!("weekday '{weekday}' by number is not supported by the simulated AWS: name it"));
        }
        if *day != "*" && *weekday != "*" {
            let why = "a day of the month together with a weekday is not supported by the simulated AWS";
            return Err(why.to_owned());
        }
        Ok(Self {
            minutes: field(minute, 0, 59, &[])?,
            hours: field(hour, 0, 23, &[])?,
            days: field(day, 1, 31, &[])?,
            months: field(month, 1, 12, &MONTHS)?,
            weekdays: field(weekday, 0, 6, &WEEKDAYS)?,
        })
    }

    /// The last such moment up to `now` that is at most so many days back.
    pub(crate) fn last(&self, zone: &TimeZone, now: Timestamp, days_back: i64) -> Option<Timestamp> {
        let local = now.to_zoned_datetime(zone.clone()).datetime();
        let dates = (0..=days_back).filter_map(|back| local.date().checked_sub(back.days()).ok());
        dates.filter(|date| self.holds(*date)).find_map(|date| {
            let moments = self.moments(date).filter_map(|moment| zone.to_timestamp(moment).ok());
            moments.filter(|moment| *moment <= now).max()
        })
    }

    fn holds(&self, date: Date) -> bool {
        self.days.contains(&date.day())
            && self.months.contains(&date.month())
            && self.weekdays.contains(&date.weekday().to_sunday_zero_offset())
    }

    fn moments(&self, date: Date) -> impl Iterator<Item = DateTime> {
        let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        times.filter_map(move |(hour, minute)| Some(date.to_datetime(Time::new(hour, minute, 0, 0).ok()?)))
    }
}

/// The values that a field allows.
fn field(text: &str, from: i8, to: i8, names: &[&str]) -> Result<Vec<i8>, String> {
    let wrong = || format!("'{text}' is not *, or a list of values and ranges from {from} to {to}");
    let value = |text: &str| {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = match named.and_then(|at| i8::try_from(at).ok()) {
            Some(at) => from + at,
            None => text.parse().map_err(|_| wrong())?,
        };
        if (from..=to).contains(&value) { Ok(value) } else { Err(wrong()) }
    };
    let mut values = Vec::new();
    for part in text.split(',') {
        match part.split_once('-') {
            _ if part == "*" => values.extend(from..=to),
            Some((first, last)) => {
                let (first, last) = (value(first)?, value(last)?);
                if first > last {
                    return Err(wrong());
                }
                values.extend(first..=last);
            }
            None => values.push(value(part)?),
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &str, zone: &str, now: &str) -> Option<String> {
        let zone = TimeZone::get(zone).expect("a time zone");
        let recurrence = Recurrence::read(text).expect("a schedule");
        recurrence.last(&zone, now.parse().expect("a time"), 15).map(|at| at.to_string())
    }

    #[test]
    fn the_last_moment_is_told_in_its_own_time_zone() {
        // 1 March 2026 is a Sunday.
        for (text, zone, now, wanted) in [
            ("0 2 * * *", "UTC", "2026-03-01T12:00:00Z", Some("2026-03-01T02:00:00Z")),
            ("0 2 * * *", "UTC", "2026-03-01T01:59:59Z", Some("2026-02-28T02:00:00Z")),
            ("0 2 * * SUN", "UTC", "2026-03-07T12:00:00Z", Some("2026-03-01T02:00:00Z")),
            ("0 18 * * FRI", "America/New_York", "2026-03-01T12:00:00Z", Some("2026-02-27T23:00:00Z")),
            ("0,30 9-17 * * MON-FRI", "UTC", "2026-03-02T09:35:00Z", Some("2026-03-02T09:30:00Z")),
            ("0 1 1 JAN-MAR *", "UTC", "2026-03-05T00:00:00Z", Some("2026-03-01T01:00:00Z")),
            ("0 1 1 4-12 *", "UTC", "2026-03-05T00:00:00Z", None),
        ] {
            assert_eq!(last(text, zone, now).as_deref(), wanted, "{text} {now}");
        }
    }

    #[test]
    fn what_is_wrong_or_not_known_is_refused() {
        for text in
            ["", "0 9 * *", "0 9 * * 1", "0 9 2 * MON", "0/5 9 * * *", "0 25 * * *", "30-10 9 * * *", "0 9 * * X"]
        {
            assert!(Recurrence::read(text).is_err(), "{text}");
        }
    }
}
