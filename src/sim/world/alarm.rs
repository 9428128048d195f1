//! Alarms, their history, and the rules that mute them.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::recurring::Recurrence;

/// State of an alarm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmState {
    /// Not crossed.
    Ok,
    /// Crossed.
    Alarm,
    /// Cannot be told.
    InsufficientData,
}

impl AlarmState {
    /// The word as CloudWatch spells it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "OK",
            Self::Alarm => "ALARM",
            Self::InsufficientData => "INSUFFICIENT_DATA",
        }
    }
}

/// How a value is compared with a threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Above.
    Greater,
    /// At or above.
    GreaterOrEqual,
    /// Below.
    Less,
    /// At or below.
    LessOrEqual,
}

impl Comparison {
    /// The model's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Greater => "GreaterThanThreshold",
            Self::GreaterOrEqual => "GreaterThanOrEqualToThreshold",
            Self::Less => "LessThanThreshold",
            Self::LessOrEqual => "LessThanOrEqualToThreshold",
        }
    }

    /// The comparison of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Greater, Self::GreaterOrEqual, Self::Less, Self::LessOrEqual]
            .into_iter()
            .find(|known| known.as_str() == name)
    }

    /// How a state reason words it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Greater => "greater than",
            Self::GreaterOrEqual => "greater than or equal to",
            Self::Less => "less than",
            Self::LessOrEqual => "less than or equal to",
        }
    }

    /// Whether `value` crosses `threshold`.
    #[must_use]
    pub fn crossed(self, value: f64, threshold: f64) -> bool {
        match self {
            Self::Greater => value > threshold,
            Self::GreaterOrEqual => value >= threshold,
            Self::Less => value < threshold,
            Self::LessOrEqual => value <= threshold,
        }
    }
}

/// A metric by its full name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetricName {
    /// Such as `AWS/ECS`.
    pub namespace: String,
    /// Such as `CPUUtilization`.
    pub name: String,
    /// Dimensions by name.
    pub dimensions: BTreeMap<String, String>,
}

/// What an alarm looks at.
#[derive(Debug, Clone)]
pub enum AlarmKind {
    /// One metric.
    Metric(MetricRule),
    /// A rule over other alarms, such as `ALARM("a") OR ALARM("b")`.
    Composite(String),
}

/// The metric side of an alarm.
#[derive(Debug, Clone)]
pub struct MetricRule {
    /// Metric.
    pub metric: MetricName,
    /// Average, Maximum and so on.
    pub statistic: String,
    /// Unit, where the metric has one.
    pub unit: Option<String>,
    /// Seconds.
    pub period: u32,
    /// Periods looked at, all of which must cross.
    pub periods: u32,
    /// How.
    pub comparison: Comparison,
    /// Threshold.
    pub threshold: f64,
    /// What a period without data is taken for: `missing`, `notBreaching`.
    pub treat_missing: String,
}

/// An alarm.
#[derive(Debug, Clone)]
pub struct Alarm {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it looks at.
    pub kind: AlarmKind,
    /// Whether it tells anybody.
    pub actions_enabled: bool,
    /// ARNs told on ALARM.
    pub alarm_actions: Vec<String>,
    /// ARNs told on OK.
    pub ok_actions: Vec<String>,
    /// When it was last configured.
    pub configured_at: Timestamp,
    /// State.
    pub state: AlarmState,
    /// CloudWatch's words for it.
    pub reason: String,
    /// The same as JSON text.
    pub reason_data: Option<String>,
    /// When state or reason last changed.
    pub updated_at: Timestamp,
    /// When the state last changed.
    pub transitioned_at: Timestamp,
    /// Newest first, at most 100.
    pub history: VecDeque<HistoryItem>,
}

/// A line of an alarm's history.
#[derive(Debug, Clone)]
pub struct HistoryItem {
    /// When.
    pub at: Timestamp,
    /// `StateUpdate`, `ConfigurationUpdate` or `Action`.
    pub kind: String,
    /// One line.
    pub summary: String,
    /// JSON text.
    pub data: String,
}

/// A rule that mutes alarms for a while.
#[derive(Debug, Clone)]
pub struct Mute {
    /// Name.
    pub name: String,
    /// Who and why.
    pub description: String,
    /// `at(yyyy-MM-ddThh:mm)` or a cron expression.
    pub expression: String,
    /// ISO 8601, such as `PT2H`.
    pub duration: String,
    /// IANA name.
    pub timezone: String,
    /// Alarms that it names.
    pub alarms: Vec<String>,
    /// When its windows open.
    pub opens: Opening,
    /// How long a window is open.
    pub length: SignedDuration,
    /// Where its times are told.
    pub zone: TimeZone,
    /// From when on windows open, where that was said.
    pub starts_at: Option<Timestamp>,
    /// When it mutes nothing any more, where that was said.
    pub expires_at: Option<Timestamp>,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// When the windows of a mute rule open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Once.
    Once(Timestamp),
    /// Again and again.
    Again(Recurrence),
}

/// Days that a window may be open
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Schedule.html>).
pub(crate) const LONGEST_WINDOW: i64 = 15;

impl Mute {
    /// SCHEDULED, ACTIVE or EXPIRED at `now`. A rule that comes again does not expire by itself.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> &'static str {
        let over = matches!(self.opens, Opening::Once(start) if now >= start + self.length);
        if over || self.expires_at.is_some_and(|at| now >= at) {
            "EXPIRED"
        } else if self.closes(now).is_some() {
            "ACTIVE"
        } else {
            "SCHEDULED"
        }
    }

    /// When the window that is open at `now` closes, if one is.
    #[must_use]
    pub fn closes(&self, now: Timestamp) -> Option<Timestamp> {
        let end = self.opened(now)? + self.length;
        let end = self.expires_at.map_or(end, |at| at.min(end));
        (now < end).then_some(end)
    }

    /// When its newest window opened, if one has.
    fn opened(&self, now: Timestamp) -> Option<Timestamp> {
        let start = match &self.opens {
            Opening::Once(start) => Some(*start).filter(|start| *start <= now),
            // A window may have opened on the day before the longest one would have.
            Opening::Again(recurrence) => recurrence.last(&self.zone, now, LONGEST_WINDOW + 1),
        };
        start.filter(|start| self.starts_at.is_none_or(|at| *start >= at))
    }
}

impl Alarm {
    /// Adds a line to the history.
    pub(crate) fn note(&mut self, item: HistoryItem) {
        self.history.push_front(item);
        self.history.truncate(100);
    }
}
