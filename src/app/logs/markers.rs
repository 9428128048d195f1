//! What happened to the fleet in the same minutes, as lines between the others: deployments, drains, alarms, instances that came.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{Logs, MARKER};
use crate::fleet::alarm::AlarmState;
use crate::fleet::instance::ContainerInstanceStatus;
use crate::fleet::view::Fleet;
use crate::logs::event::{Event, RowId};

impl Logs {
    /// Puts in what the fleet tells of its past within the span and was not put in before. Whether anything was.
    pub(in crate::app) fn take_markers(&mut self, fleet: &Fleet, now: Timestamp) -> bool {
        let (from, until) = self.span;
        let until = until.unwrap_or(now.as_millisecond());
        let owners: BTreeSet<&str> = self.feeds.iter().map(|feed| owner(&feed.label)).collect();
        let new: Vec<(i64, String)> = happened(fleet, &owners)
            .into_iter()
            .map(|(at, what)| (at.as_millisecond(), what))
            .filter(|(at, what)| (from..=until).contains(at) && !self.markers.contains(&key(*at, what)))
            .collect();
        for (time, what) in &new {
            self.markers.insert(key(*time, what));
            let source = self.store.source(MARKER, "");
            let rows = self.store.push(&Event { source, time: *time, ingested: *time, message: what.as_bytes() });
            self.marked.extend(rows.map(RowId));
        }
        if !new.is_empty() {
            self.catch_up();
        }
        !new.is_empty()
    }

    /// Lines in memory that were read: without gaps and what happened to the fleet.
    #[must_use]
    pub fn lines(&self) -> usize {
        let marked = self.marked.iter().filter(|id| self.store.row(**id).is_some()).count();
        self.store.len().saturating_sub(marked + self.store.gap_rows())
    }
}

fn key(at: i64, what: &str) -> String {
    format!("{at} {what}")
}

/// The service or family of a feed: its label without the container.
fn owner(label: &str) -> &str {
    label.split('/').next().unwrap_or(label)
}

/// What the snapshot tells the time of: what happened to these services, to any instance, and alarms.
fn happened(fleet: &Fleet, owners: &BTreeSet<&str>) -> Vec<(Timestamp, String)> {
    let mut found = of_services(fleet, owners);
    found.extend(of_alarms(fleet));
    found.extend(of_instances(fleet));
    found
}

fn of_services(fleet: &Fleet, owners: &BTreeSet<&str>) -> Vec<(Timestamp, String)> {
    let snapshot = fleet.snapshot();
    let mut found = Vec::new();
    for service in snapshot.services.rows.iter().filter(|service| owners.contains(service.name.as_str())) {
        for deployment in &service.deployments {
            let definition = deployment.task_definition.rsplit('/').next().unwrap_or_default();
            found
                .extend(deployment.created_at.map(|at| (at, format!("deploy {} to {definition} began", service.name))));
        }
        // ECS says so every six hours, and it is no news.
        let news = service.events.iter().filter(|event| !event.message.contains("has reached a steady state"));
        found.extend(news.filter_map(|event| Some((event.at?, brief(&event.message)))));
    }
    let stopped = snapshot.tasks.rows.iter().filter(|task| task.service().is_some_and(|name| owners.contains(name)));
    for task in stopped {
        let (owner, reason) = (task.service().unwrap_or_default(), task.stopped_reason.as_deref());
        let when = task.stopping_at.or(task.stopped_at).zip(reason);
        found.extend(when.map(|(at, reason)| (at, format!("task {} of {owner} stops: {reason}", task.id()))));
    }
    found
}

/// What ECS says, without the words that say where one is already: `(service web) registered 1 targets in (target-group arn:…/web/f3)`
/// becomes `web registered 1 targets in web`.
fn brief(message: &str) -> String {
    let word = |word: &str| match word.trim_matches(['(', ')']).split('/').collect::<Vec<_>>().as_slice() {
        [arn, .., name, _] if arn.starts_with("arn:") && arn.ends_with(":targetgroup") => (*name).to_owned(),
        [arn, .., name] if arn.starts_with("arn:") => (*name).to_owned(),
        _ => word.trim_matches(['(', ')']).to_owned(),
    };
    let kinds = ["(service", "(target-group", "(task", "(instance", "(deployment", "(port"];
    message.split_whitespace().filter(|word| !kinds.contains(word)).map(word).collect::<Vec<_>>().join(" ")
}

fn of_alarms(fleet: &Fleet) -> Vec<(Timestamp, String)> {
    let alarms = fleet.view().alarms.iter().filter_map(|row| fleet.snapshot().alarms.rows.get(row.alarm));
    let told = alarms.filter_map(|alarm| {
        let state = match alarm.state {
            AlarmState::Alarm => "fires",
            AlarmState::Ok => "is OK again",
            _ => return None,
        };
        Some((alarm.since?, format!("alarm {} {state}", alarm.name)))
    });
    told.collect()
}

fn of_instances(fleet: &Fleet) -> Vec<(Timestamp, String)> {
    let mut found = Vec::new();
    for host in &fleet.snapshot().container_instances.rows {
        let id = host.ec2_instance_id.as_deref().unwrap_or(&host.arn);
        found.extend(host.registered_at.map(|at| (at, format!("instance {id} joined"))));
        let draining = host.status == ContainerInstanceStatus::Draining;
        let since = fleet.history().draining_since(&host.arn).filter(|_| draining);
        found.extend(since.map(|at| (at, format!("instance {id} is draining"))));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ecs_says_is_said_briefly() {
        for (said, shown) in [
            (
                "(service web) registered 1 targets in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/prod-web/f38b)",
                "web registered 1 targets in prod-web",
            ),
            ("(service web) has started 2 tasks: (task 8f2a) (task 9b1c).", "web has started 2 tasks: 8f2a 9b1c)."),
            ("something new that ECS says", "something new that ECS says"),
        ] {
            assert_eq!(brief(said), shown);
        }
    }
}
