//! Schedules of EventBridge Scheduler, and what they invoke when they are due
//! (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/what-is-scheduler.html>).

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::invoke::{Invocation, Policy, Wish};
use super::timetable::Timetable;
use super::{Event, World};

/// A schedule of the group `default`.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// `rate(…)`, `cron(…)` or `at(…)`.
    pub expression: String,
    /// The zone of its times.
    pub zone: String,
    /// What the two say.
    pub timetable: Timetable,
    /// Whether it invokes anything.
    pub enabled: bool,
    /// It is not due before.
    pub start: Option<Timestamp>,
    /// It is not due after.
    pub end: Option<Timestamp>,
    /// Minutes after its time in which it may invoke its target.
    pub window: Option<u32>,
    /// Whether it is deleted when it is never due again.
    pub deletes_itself: bool,
    /// Key that encrypts it.
    pub key_arn: Option<String>,
    /// Its target, as it was given.
    pub target: Value,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it was last changed; a rate without a start counts from here.
    pub modified_at: Timestamp,
    /// What made its creation the same one.
    pub client_token: Option<String>,
    /// Counts its changes, so that what was planned before one means nothing.
    pub(crate) edition: u64,
}

impl Schedule {
    /// When it is due next after a moment; whether it is enabled is another matter.
    #[must_use]
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let anchor = self.start.unwrap_or(self.modified_at);
        let after = self.start.map_or(after, |start| after.max(start - SignedDuration::from_nanos(1)));
        self.timetable.next(anchor, after).filter(|next| self.end.is_none_or(|end| *next <= end))
    }
}

impl World {
    /// ARN of a schedule.
    #[must_use]
    pub fn schedule_arn(&self, name: &str) -> String {
        self.arn("scheduler", &format!("schedule/default/{name}"))
    }

    /// Keeps a schedule, new or changed, and plans when it is due.
    pub(crate) fn keep_schedule(&mut self, mut schedule: Schedule) {
        schedule.edition = self.planned;
        let name = schedule.name.clone();
        self.schedules.insert(name.clone(), schedule);
        self.plan_schedule(&name, self.now);
    }

    /// Plans the next time after `after` at which a schedule is due.
    fn plan_schedule(&mut self, name: &str, after: Timestamp) {
        let Some(schedule) = self.schedules.get(name) else { return };
        let (edition, next) = (schedule.edition, schedule.next(after));
        match next {
            Some(next) => self.plan_at(next, Event::Schedule(name.to_owned(), edition)),
            None if schedule.deletes_itself => {
                self.schedules.remove(name);
            }
            None => {}
        }
    }

    /// A schedule is due.
    pub(super) fn schedule_due(&mut self, name: &str, edition: u64) {
        let Some(schedule) = self.schedules.get(name).filter(|schedule| schedule.edition == edition) else { return };
        let due = self.now;
        if let (true, Some(invocation)) = (schedule.enabled, self.scheduled(&schedule.clone(), due)) {
            let window = schedule_window(self, name);
            self.plan_at(due + window, Event::Invoke(Box::new(invocation)));
        }
        self.plan_schedule(name, due);
    }

    /// What a schedule invokes at its time.
    fn scheduled(&mut self, schedule: &Schedule, due: Timestamp) -> Option<Invocation> {
        let word = |name: &str| schedule.target.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let execution = self.fresh_id();
        let input = self.in_context(&word("Input"), schedule, due, &execution);
        let wish = Wish::of_schedule(&word("Arn"), &input)?;
        let policy = Policy::read(schedule.target.get("RetryPolicy"));
        Some(Invocation::new(format!("schedule {}", schedule.name), vec![wish], word("RoleArn"), policy, due))
    }

    /// An input with what it says about its invocation filled in
    /// (<https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html>).
    fn in_context(&self, input: &str, schedule: &Schedule, due: Timestamp, execution: &str) -> String {
        let at = due.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        [
            ("<aws.scheduler.schedule-arn>", self.schedule_arn(&schedule.name).as_str()),
            ("<aws.scheduler.scheduled-time>", at.as_str()),
            ("<aws.scheduler.execution-id>", execution),
            ("<aws.scheduler.attempt-number>", "1"),
        ]
        .iter()
        .fold(input.to_owned(), |input, (name, value)| input.replace(name, value))
    }
}

/// How long after its time a schedule invokes its target.
fn schedule_window(world: &mut World, name: &str) -> SignedDuration {
    match world.schedules.get(name).and_then(|schedule| schedule.window) {
        Some(minutes) => SignedDuration::from_secs_f64(world.between(0.0, f64::from(minutes) * 60.0)),
        None => SignedDuration::ZERO,
    }
}
