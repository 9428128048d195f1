//! Schedules of EventBridge Scheduler: when the fleet rotates and bakes by itself
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html>).

mod cron;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use self::cron::Cron;
use crate::aws_words;

aws_words! {
    /// State of a schedule.
    ScheduleState {
        Enabled = "ENABLED",
        Disabled = "DISABLED",
    }
}

/// What a schedule of the fleet is for, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Duty {
    /// It replaces the instances.
    Rotate,
    /// It bakes an AMI.
    Bake,
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// Name, unique in its schedule group.
    pub name: String,
    /// Whether it runs.
    pub state: ScheduleState,
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// IANA name of the time zone of `cron` and `at`; `None`: UTC.
    pub time_zone: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    pub changed_at: Option<Timestamp>,
    /// Not before this.
    pub starts_at: Option<Timestamp>,
    /// Not after this.
    pub ends_at: Option<Timestamp>,
    /// The window in which it may start its target, in minutes.
    pub window: Option<u32>,
    /// ARN of what it calls.
    pub target: Option<String>,
    /// The Automation document that it starts, if that is what it does.
    pub document: Option<String>,
    /// The cluster that it gives the document.
    pub cluster: Option<String>,
}

/// When a schedule is due.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Recurrence {
    /// Again and again after this long.
    Rate(SignedDuration),
    /// By the calendar.
    Cron(Box<Cron>),
    /// Once.
    At(DateTime),
}

impl Duty {
    /// Every duty.
    pub const ALL: [Self; 2] = [Self::Rotate, Self::Bake];

    /// Name of the schedule that has this duty for a cluster.
    #[must_use]
    pub fn schedule(self, cluster: &str) -> String {
        match self {
            Self::Rotate => format!("{cluster}-rotate"),
            Self::Bake => format!("{cluster}-bake"),
        }
    }

    /// What is due, as a sentence names it.
    #[must_use]
    pub fn noun(self) -> &'static str {
        match self {
            Self::Rotate => "rotation",
            Self::Bake => "bake",
        }
    }
}

impl Schedule {
    /// What it is for, in the fleet of that cluster.
    #[must_use]
    pub fn duty(&self, cluster: &str) -> Option<Duty> {
        Duty::ALL.into_iter().find(|duty| duty.schedule(cluster) == self.name)
    }

    /// Whether it is of the fleet of that cluster: it says so, or it does not say and has a name of the fleet's.
    #[must_use]
    pub fn is_of(&self, cluster: &str) -> bool {
        match &self.cluster {
            // A cluster is named by its ARN or by its name.
            Some(named) => named.rsplit('/').next() == Some(cluster),
            None => self.duty(cluster).is_some(),
        }
    }

    /// When it is due next after `now`; `None`: never again, or that cannot be told. With a window it may start up to that much later.
    #[must_use]
    pub fn next_after(&self, now: Timestamp) -> Option<Timestamp> {
        if self.state != ScheduleState::Enabled {
            return None;
        }
        let next = self.after(now)?;
        // AWS ignores both dates for what happens once.
        let once = self.expression.starts_with("at(");
        (once || self.ends_at.is_none_or(|end| next <= end)).then_some(next)
    }

    fn after(&self, now: Timestamp) -> Option<Timestamp> {
        match recurrence(&self.expression)? {
            Recurrence::Rate(period) => {
                next_of_rate(self.starts_at.or(self.changed_at.max(self.created_at))?, period, now)
            }
            Recurrence::Cron(cron) => {
                let before_start = self.starts_at.and_then(|at| at.checked_sub(SignedDuration::from_secs(1)).ok());
                cron.next(now.max(before_start.unwrap_or(now)), &self.zone()?)
            }
            Recurrence::At(at) => self.zone()?.to_timestamp(at).ok().filter(|at| *at > now),
        }
    }

    /// How long it is from one time to the next, at `now`; `None`: it happens once, or that cannot be told.
    #[must_use]
    pub fn period(&self, now: Timestamp) -> Option<SignedDuration> {
        match recurrence(&self.expression)? {
            Recurrence::Rate(period) => Some(period),
            Recurrence::Cron(cron) => {
                let zone = self.zone()?;
                let next = cron.next(now, &zone)?;
                Some(cron.next(next, &zone)?.duration_since(next))
            }
            Recurrence::At(_) => None,
        }
    }

    /// `None`: a zone that this machine does not know.
    fn zone(&self) -> Option<TimeZone> {
        match self.time_zone.as_deref() {
            None | Some("") => Some(TimeZone::UTC),
            Some(name) => TimeZone::get(name).ok(),
        }
    }
}

/// Without a start date a rate runs from the moment of its creation, or of the change that made it what it is.
fn next_of_rate(anchor: Timestamp, period: SignedDuration, now: Timestamp) -> Option<Timestamp> {
    if anchor > now {
        return Some(anchor);
    }
    let (passed, period) = (now.duration_since(anchor).as_secs(), period.as_secs());
    let times = passed.checked_div(period)?.checked_add(1)?;
    anchor.checked_add(SignedDuration::from_secs(times.checked_mul(period)?)).ok()
}

fn recurrence(expression: &str) -> Option<Recurrence> {
    let (kind, rest) = expression.trim().split_once('(')?;
    let inside = rest.strip_suffix(')')?.trim();
    match kind {
        "rate" => rate(inside).map(Recurrence::Rate),
        "cron" => Cron::parse(inside).map(|cron| Recurrence::Cron(Box::new(cron))),
        "at" => inside.parse().ok().map(Recurrence::At),
        _ => None,
    }
}

fn rate(text: &str) -> Option<SignedDuration> {
    let mut words = text.split_whitespace();
    let count: i64 = words.next()?.parse().ok().filter(|count| *count > 0)?;
    let unit = match words.next()? {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3_600,
        "day" | "days" => 86_400,
        _ => return None,
    };
    let seconds = count.checked_mul(unit).filter(|_| words.next().is_none())?;
    Some(SignedDuration::from_secs(seconds))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn schedule(expression: &str) -> Schedule {
        Schedule {
            name: "prod-rotate".to_owned(),
            state: ScheduleState::Enabled,
            expression: expression.to_owned(),
            time_zone: None,
            created_at: Some(at("2026-03-01T00:10:00Z")),
            changed_at: None,
            starts_at: None,
            ends_at: None,
            window: None,
            target: None,
            document: None,
            cluster: None,
        }
    }

    fn next(schedule: &Schedule, now: &str) -> Option<String> {
        schedule.next_after(at(now)).map(|at| at.to_string())
    }

    #[test]
    fn a_rate_counts_from_its_start_or_its_last_change() {
        let mut one = schedule("rate(9 hours)");
        assert_eq!(next(&one, "2026-03-01T12:00:00Z").as_deref(), Some("2026-03-01T18:10:00Z"));
        assert_eq!(next(&one, "2026-03-01T18:10:00Z").as_deref(), Some("2026-03-02T03:10:00Z"), "after, not at");
        one.starts_at = Some(at("2026-03-05T00:00:00Z"));
        assert_eq!(next(&one, "2026-03-01T12:00:00Z").as_deref(), Some("2026-03-05T00:00:00Z"));
        one.ends_at = Some(at("2026-03-05T08:00:00Z"));
        assert_eq!(next(&one, "2026-03-05T00:00:00Z"), None, "it has ended by then");
        assert_eq!(one.period(at("2026-03-05T00:00:00Z")), Some(SignedDuration::from_hours(9)));
        one.ends_at = None;
        one.starts_at = None;
        one.changed_at = Some(at("2026-03-01T03:00:00Z"));
        assert_eq!(next(&one, "2026-03-01T12:00:00Z").as_deref(), Some("2026-03-01T21:00:00Z"));
        (one.created_at, one.changed_at) = (None, None);
        assert_eq!(next(&one, "2026-03-01T12:00:00Z"), None, "nobody knows since when");
    }

    #[test]
    fn a_calendar_is_read_in_its_time_zone() {
        let mut one = schedule("cron(30 2 * * ? *)");
        one.time_zone = Some("Europe/Berlin".to_owned());
        assert_eq!(next(&one, "2026-03-01T12:00:00Z").as_deref(), Some("2026-03-02T01:30:00Z"));
        assert_eq!(next(&one, "2026-03-28T12:00:00Z").as_deref(), Some("2026-03-30T00:30:00Z"), "02:30 is left out");
        assert_eq!(next(&one, "2026-10-24T12:00:00Z").as_deref(), Some("2026-10-25T00:30:00Z"));
        assert_eq!(next(&one, "2026-10-25T00:30:00Z").as_deref(), Some("2026-10-26T01:30:00Z"), "02:30 is once a day");
        assert_eq!(one.period(at("2026-06-01T00:00:00Z")), Some(SignedDuration::from_hours(24)));
        one.time_zone = Some("Mars/Olympus".to_owned());
        assert_eq!(next(&one, "2026-03-01T12:00:00Z"), None);
    }

    #[test]
    fn once_is_once() {
        let mut one = schedule("at(2026-03-02T09:00:00)");
        one.time_zone = Some("Asia/Tokyo".to_owned());
        one.ends_at = Some(at("2026-03-01T00:00:00Z"));
        assert_eq!(next(&one, "2026-03-01T12:00:00Z").as_deref(), Some("2026-03-02T00:00:00Z"));
        assert_eq!(next(&one, "2026-03-02T00:00:00Z"), None);
        assert_eq!(one.period(at("2026-03-01T00:00:00Z")), None);
    }

    #[test]
    fn what_does_not_run_or_cannot_be_read_is_never_due() {
        for expression in [
            "",
            "rate()",
            "rate(0 hours)",
            "rate(9 weeks)",
            "rate(9 hours too)",
            "at(soon)",
            "cron(1 2)",
            "rate(9 hours",
        ] {
            assert_eq!(next(&schedule(expression), "2026-03-01T12:00:00Z"), None, "{expression}");
        }
        let rate = schedule("rate(9223372036854775807 days)");
        assert_eq!(next(&rate, "2026-03-01T12:00:00Z"), None);
        let disabled = Schedule { state: ScheduleState::Disabled, ..schedule("rate(9 hours)") };
        assert_eq!(next(&disabled, "2026-03-01T12:00:00Z"), None);
        let strange = Schedule { state: "PAUSED".into(), ..schedule("rate(9 hours)") };
        assert_eq!(next(&strange, "2026-03-01T12:00:00Z"), None);
    }

    #[test]
    fn whose_it_is_is_what_it_says_or_else_its_name() {
        let mut one = schedule("rate(9 hours)");
        assert!(one.is_of("prod"));
        assert!(!one.is_of("prod-eu"));
        assert_eq!(one.duty("prod"), Some(Duty::Rotate));
        one.cluster = Some("arn:aws:ecs:eu-west-1:1:cluster/stage".to_owned());
        assert!(!one.is_of("prod"));
        assert!(one.is_of("stage"));
    }
}
