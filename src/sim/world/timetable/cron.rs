//! The calendar of a cron expression: minutes, hours, day of the month, month, day of the week, year
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based>).

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use jiff::civil::{Date, time};
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{Timestamp, ToSpan};

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// Years looked ahead: the days of the week come round to the same dates after 28 years, and a century may lack a leap year.
const HORIZON: i16 = 40;

/// A calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    months: BTreeSet<i16>,
    years: BTreeSet<i16>,
    days: Days,
}

/// Which days of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    /// These.
    OfMonth(BTreeSet<i16>),
    /// The last.
    Last,
    /// The weekday that is nearest to this day and in the same month.
    Weekday(i16),
    /// These days of the week, from 1 for Sunday.
    OfWeek(BTreeSet<i16>),
    /// The last such day of the week.
    LastOf(i16),
    /// Such a day of the week, the so-manieth of the month.
    Nth(i16, i16),
}

impl Cron {
    /// Reads six fields.
    pub(super) fn read(text: &str) -> Option<Self> {
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, month_days, months, week_days, years] = fields.as_slice() else { return None };
        Some(Self {
            minutes: values(minutes, 0..=59, &[])?,
            hours: values(hours, 0..=23, &[])?,
            months: values(months, 1..=12, &MONTHS)?,
            years: values(years, 1970..=2199, &[])?,
            days: days(month_days, week_days)?,
        })
    }

    /// The first time after `after`. A time that the clocks leave out is left out; of one that comes twice the first counts.
    pub(super) fn next(&self, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let first = zone.to_datetime(after).date();
        let mut date = first;
        while date.year() <= first.year().saturating_add(HORIZON) {
            if !self.years.contains(&date.year()) || !self.months.contains(&i16::from(date.month())) {
                date = date.last_of_month().tomorrow().ok()?;
                continue;
            }
            if self.days.contains(date)
                && let Some(found) = self.on(date, zone, after)
            {
                return Some(found);
            }
            date = date.tomorrow().ok()?;
        }
        None
    }

    /// The first time of a day that is after `after`.
    fn on(&self, date: Date, zone: &TimeZone, after: Timestamp) -> Option<Timestamp> {
        let times = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        let moments = times.filter_map(|(hour, minute)| {
            let clock = time(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
            let ambiguous = zone.to_ambiguous_timestamp(date.to_datetime(clock));
            if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) { None } else { ambiguous.earlier().ok() }
        });
        moments.filter(|moment| *moment > after).min()
    }
}

impl Days {
    fn contains(&self, date: Date) -> bool {
        let day = i16::from(date.day());
        let weekday = i16::from(date.weekday().to_sunday_one_offset());
        let last = i16::from(date.days_in_month());
        match self {
            Self::OfMonth(days) => days.contains(&day),
            Self::Last => day == last,
            Self::Weekday(near) => nearest_weekday(date, *near) == Some(day),
            Self::OfWeek(days) => days.contains(&weekday),
            Self::LastOf(wanted) => weekday == *wanted && day + 7 > last,
            Self::Nth(wanted, nth) => weekday == *wanted && (day - 1) / 7 + 1 == *nth,
        }
    }
}

/// The day of `date`'s month that is from Monday to Friday and nearest to the day `near`.
fn nearest_weekday(date: Date, near: i16) -> Option<i16> {
    let last = i16::from(date.days_in_month());
    let day = Date::new(date.year(), date.month(), i8::try_from(near.min(last)).ok()?).ok()?;
    let moved = match day.weekday().to_sunday_one_offset() {
        7 if day.day() == 1 => day + 2.days(),
        7 => day - 1.day(),
        1 if i16::from(day.day()) == last => day - 2.days(),
        1 => day + 1.day(),
        _ => day,
    };
    Some(i16::from(moved.day()))
}

/// One of the two fields is `?`, for they would contradict each other; the other says which days.
fn days(of_month: &str, of_week: &str) -> Option<Days> {
    match (of_month, of_week) {
        ("?", "?") => None,
        ("L", "?") => Some(Days::Last),
        (one, "?") => match one.strip_suffix('W') {
            Some(day) => number(day, &(1..=31), &[]).map(Days::Weekday),
            None => values(one, 1..=31, &[]).map(Days::OfMonth),
        },
        ("?", "L") => Some(Days::OfWeek(BTreeSet::from([7]))),
        ("?", one) => {
            if let Some((day, nth)) = one.split_once('#') {
                return Some(Days::Nth(number(day, &(1..=7), &WEEKDAYS)?, number(nth, &(1..=5), &[])?));
            }
            match one.strip_suffix('L') {
                Some(day) => number(day, &(1..=7), &WEEKDAYS).map(Days::LastOf),
                None => values(one, 1..=7, &WEEKDAYS).map(Days::OfWeek),
            }
        }
        _ => None,
    }
}

/// The values of a field: items between commas, each `*`, a value, or a range, with a step or without.
fn values(field: &str, bounds: RangeInclusive<i16>, names: &[&str]) -> Option<BTreeSet<i16>> {
    let mut found = BTreeSet::new();
    for item in field.split(',') {
        let (range, step) = item.split_once('/').map_or((item, None), |(range, step)| (range, Some(step)));
        let (first, last) = match (range, range.split_once('-')) {
            ("*", _) => (*bounds.start(), *bounds.end()),
            (_, Some((first, last))) => (number(first, &bounds, names)?, number(last, &bounds, names)?),
            // `5/10` goes on to the end.
            (one, None) if step.is_some() => (number(one, &bounds, names)?, *bounds.end()),
            (one, None) => (number(one, &bounds, names)?, number(one, &bounds, names)?),
        };
        let step = step.map_or(Some(1), |step| step.parse::<usize>().ok()).filter(|step| *step > 0)?;
        if first > last {
            return None;
        }
        found.extend((first..=last).step_by(step));
    }
    Some(found)
}

/// A number within bounds, or its name; names begin with the least number.
fn number(text: &str, bounds: &RangeInclusive<i16>, names: &[&str]) -> Option<i16> {
    let named = names.iter().position(|name| name.eq_ignore_ascii_case(text));
    let value = match named {
        Some(place) => i16::try_from(place).ok()? + bounds.start(),
        None => text.parse().ok()?,
    };
    bounds.contains(&value).then_some(value)
}
