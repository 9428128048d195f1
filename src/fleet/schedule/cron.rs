//! Cron expressions as EventBridge Scheduler has them: minutes, hours, day of month, month, day of week, year
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based>).

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::{AmbiguousOffset, TimeZone};

/// Days that are looked through: the 29th of February comes again after eight years at most.
const HORIZON: usize = 366 * 9;
const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
/// AWS counts the days of a week from Sunday, which is 1.
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// A cron expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cron {
    minutes: BTreeSet<i16>,
    hours: BTreeSet<i16>,
    months: BTreeSet<i16>,
    years: BTreeSet<i16>,
    days: Days,
}

/// Which days of a month: by their number or by their weekday, as only one of the two fields may say something.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Days {
    Numbered(BTreeSet<i16>),
    Last,
    LastWorkday,
    /// The workday nearest to a day.
    WorkdayNear(i16),
    Weekdays(BTreeSet<i16>),
    /// The last such weekday of the month.
    LastWeekday(i16),
    /// The nth such weekday of the month.
    NthWeekday(i16, i16),
}

impl Cron {
    /// `None`: AWS would refuse it, or it says something that this version does not know.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let fields: Vec<String> = text.split_whitespace().map(str::to_ascii_uppercase).collect();
        let [minutes, hours, day, month, weekday, year] = fields.as_slice() else { return None };
        let days = match (day.as_str(), weekday.as_str()) {
            ("?", "?") => return None,
            ("*", "?") | ("?", "*") => Days::Numbered((1..=31).collect()),
            (day, "?") => days(day)?,
            ("?", weekday) => weekdays(weekday)?,
            _ => return None,
        };
        Some(Self {
            minutes: numbers(minutes, 0, 59, &[])?,
            hours: numbers(hours, 0, 23, &[])?,
            months: numbers(month, 1, 12, &MONTHS)?,
            years: numbers(year, 1970, 2199, &[])?,
            days,
        })
    }

    /// The first time after `after`. A time that a clock leaves out does not come; one that it shows twice comes once.
    pub(super) fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let first = zone.to_datetime(after).date();
        let days = std::iter::successors(Some(first), |day| day.tomorrow().ok());
        let days = days.take(HORIZON).filter(|day| self.is_on(*day));
        days.flat_map(|day| self.times(day, zone)).find(|at| *at > after)
    }

    fn times<'a>(&'a self, day: Date, zone: &'a TimeZone) -> impl Iterator<Item = Timestamp> + 'a {
        let clock = self.hours.iter().flat_map(|hour| self.minutes.iter().map(move |minute| (*hour, *minute)));
        clock.filter_map(move |(hour, minute)| {
            let at = day.at(i8::try_from(hour).ok()?, i8::try_from(minute).ok()?, 0, 0);
            let at = zone.to_ambiguous_timestamp(at);
            match at.offset() {
                AmbiguousOffset::Gap { .. } => None,
                AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => at.earlier().ok(),
            }
        })
    }

    fn is_on(&self, day: Date) -> bool {
        self.years.contains(&day.year()) && self.months.contains(&i16::from(day.month())) && self.days.hold(day)
    }
}

impl Days {
    fn hold(&self, day: Date) -> bool {
        let number = i16::from(day.day());
        let last = i16::from(day.days_in_month());
        let weekday = i16::from(day.weekday().to_sunday_one_offset());
        match self {
            Self::Numbered(days) => days.contains(&number),
            Self::Last => number == last,
            Self::LastWorkday => Some(day) == workday_near(day, last),
            Self::WorkdayNear(near) => *near <= last && Some(day) == workday_near(day, *near),
            Self::Weekdays(days) => days.contains(&weekday),
            Self::LastWeekday(wanted) => weekday == *wanted && number + 7 > last,
            Self::NthWeekday(wanted, nth) => weekday == *wanted && (number + 6) / 7 == *nth,
        }
    }
}

/// The workday nearest to day `near` of the month of `month`, which it does not leave.
fn workday_near(month: Date, near: i16) -> Option<Date> {
    let on = |number: i16| Date::new(month.year(), month.month(), i8::try_from(number).ok()?).ok();
    let last = i16::from(month.days_in_month());
    let day = on(near)?;
    match day.weekday() {
        Weekday::Saturday => on(if near == 1 { 3 } else { near - 1 }),
        Weekday::Sunday => on(if near == last { near - 2 } else { near + 1 }),
        _ => Some(day),
    }
}

fn days(field: &str) -> Option<Days> {
    match field {
        "L" => Some(Days::Last),
        "LW" => Some(Days::LastWorkday),
        _ => match field.strip_suffix('W') {
            Some(near) => number(near, 1, 31, &[]).map(Days::WorkdayNear),
            None => numbers(field, 1, 31, &[]).map(Days::Numbered),
        },
    }
}

fn weekdays(field: &str) -> Option<Days> {
    let weekday = |text: &str| number(text, 1, 7, &WEEKDAYS);
    if field == "L" {
        return Some(Days::Weekdays(BTreeSet::from([7])));
    }
    if let Some((day, nth)) = field.split_once('#') {
        return Some(Days::NthWeekday(weekday(day)?, number(nth, 1, 5, &[])?));
    }
    match field.strip_suffix('L').and_then(weekday) {
        Some(day) => Some(Days::LastWeekday(day)),
        None => numbers(field, 1, 7, &WEEKDAYS).map(Days::Weekdays),
    }
}

/// The numbers that a field names: `*`, `a`, `a-b`, each with `/step`, and several of these with commas between them.
fn numbers(field: &str, least: i16, most: i16, names: &[&str]) -> Option<BTreeSet<i16>> {
    let mut found = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, Some(step.parse::<usize>().ok().filter(|step| *step > 0)?)),
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (least, most),
            Some((from, to)) => (number(from, least, most, names)?, number(to, least, most, names)?),
            None => {
                let from = number(range, least, most, names)?;
                (from, if step.is_some() { most } else { from })
            }
        };
        if from > to {
            return None;
        }
        found.extend((from..=to).step_by(step.unwrap_or(1)));
    }
    Some(found)
}

/// A number between the bounds, or the name that stands for it; the first name stands for `least`.
fn number(text: &str, least: i16, most: i16, names: &[&str]) -> Option<i16> {
    let named = names.iter().position(|name| *name == text).and_then(|at| i16::try_from(at).ok());
    let number = named.map(|at| at + least).or_else(|| text.parse().ok())?;
    (least..=most).contains(&number).then_some(number)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    /// The first times after the start of March 2026, a Sunday.
    fn times(text: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(text).unwrap();
        let mut at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let mut found = Vec::new();
        while found.len() < count {
            at = cron.next(at, &TimeZone::UTC).unwrap();
            found.push(at.strftime("%m-%d %H:%M").to_string());
        }
        found
    }

    #[test]
    fn the_documented_forms_are_read() {
        for (text, expected) in [
            ("0 10 * * ? *", ["03-01 10:00", "03-02 10:00", "03-03 10:00"]),
            ("15 12 * * ? *", ["03-01 12:15", "03-02 12:15", "03-03 12:15"]),
            ("0 18 ? * MON-FRI *", ["03-02 18:00", "03-03 18:00", "03-04 18:00"]),
            ("0 8 1 * ? *", ["03-01 08:00", "04-01 08:00", "05-01 08:00"]),
            ("0/10 * ? * 2-6 *", ["03-02 00:00", "03-02 00:10", "03-02 00:20"]),
            ("15/20 9-10 * * ? *", ["03-01 09:15", "03-01 09:35", "03-01 09:55"]),
            ("0 9 ? * 2#1 *", ["03-02 09:00", "04-06 09:00", "05-04 09:00"]),
            ("0 0 L * ? *", ["03-31 00:00", "04-30 00:00", "05-31 00:00"]),
            ("0 0 LW * ? *", ["03-31 00:00", "04-30 00:00", "05-29 00:00"]),
            ("0 0 1W * ? *", ["03-02 00:00", "04-01 00:00", "05-01 00:00"]),
            ("0 0 15W * ? *", ["03-16 00:00", "04-15 00:00", "05-15 00:00"]),
            ("0 0 ? * FRIL *", ["03-27 00:00", "04-24 00:00", "05-29 00:00"]),
            ("0 0 ? * L *", ["03-07 00:00", "03-14 00:00", "03-21 00:00"]),
            ("0 1,13 3 jan,jul ? *", ["07-03 01:00", "07-03 13:00", "01-03 01:00"]),
            ("0 0 29 2 ? *", ["02-29 00:00", "02-29 00:00", "02-29 00:00"]),
        ] {
            assert_eq!(times(text, 3), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_expression_is_none() {
        for text in [
            "",
            "* * * * *",
            "* * * * * *",
            "* * ? * ? *",
            "60 * * * ? *",
            "0 24 * * ? *",
            "0 0 0 * ? *",
            "0 0 ? * 8 *",
            "0 0 ? * 2#6 *",
            "0 0 1 13 ? *",
            "5-1 * * * ? *",
            "*/0 * * * ? *",
            "x * * * ? *",
            ", * * * ? *",
            "0 0 1 * ? 1969",
        ] {
            assert_eq!(Cron::parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_is_past_or_never_comes_is_none() {
        let at: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        for text in ["0 0 1 1 ? 2025", "0 0 31 2 ? *"] {
            assert_eq!(Cron::parse(text).unwrap().next(at, &TimeZone::UTC), None, "{text}");
        }
    }
}
