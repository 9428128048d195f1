//! Alarms that belong to the fleet, what they are about, and until when they are silenced.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use jiff::Timestamp;

use crate::fleet::alarm::{Alarm, AlarmKind, Mute};
use crate::fleet::finding::Subject;
use crate::fleet::policy::Policy;
use crate::fleet::snapshot::Snapshot;
use crate::fleet::view::{AlarmRow, InstanceRow};

/// One row for each alarm of the fleet, by name.
pub(super) fn rows(snapshot: &Snapshot, instances: &[InstanceRow], policy: &Policy, now: Timestamp) -> Vec<AlarmRow> {
    let alarms = &snapshot.alarms.rows;
    let mut by_name: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, alarm) in alarms.iter().enumerate() {
        by_name.entry(&alarm.name).or_insert(position);
    }
    let names = Names::of(snapshot, instances);
    let belonging = belonging(snapshot, &by_name, &names, policy);
    let silences = silences(&snapshot.mutes.rows, now);
    by_name
        .iter()
        .filter(|(name, _)| belonging.contains(*name))
        .filter_map(|(name, &position)| {
            let mute = silences.get(name).copied();
            Some(AlarmRow {
                alarm: position,
                silenced_until: mute.and_then(|at| snapshot.mutes.rows.get(at)).and_then(|mute| mute.until),
                mute,
                subjects: names.subjects(alarms.get(position)?),
                findings: Vec::new(),
            })
        })
        .collect()
}

/// What dimensions can name.
struct Names<'a> {
    cluster: &'a str,
    services: HashSet<&'a str>,
    groups: HashSet<&'a str>,
    instances: HashSet<&'a str>,
    container_instances: HashMap<&'a str, &'a str>,
    /// ARNs of target groups by `targetgroup/name/id`.
    target_groups: HashMap<&'a str, &'a str>,
    /// `app/name/id`, `net/name/id`.
    load_balancers: HashSet<&'a str>,
}

impl<'a> Names<'a> {
    fn of(snapshot: &'a Snapshot, instances: &'a [InstanceRow]) -> Self {
        let container_instances = instances.iter().filter_map(|row| {
            let position = row.container_instance?;
            Some((snapshot.container_instances.rows.get(position)?.id(), row.key.as_str()))
        });
        let target_groups = snapshot.targets.rows.iter().filter_map(|group| {
            let (_, suffix) = group.arn.rsplit_once(':')?;
            Some((suffix, group.arn.as_str()))
        });
        let balancers = snapshot.targets.rows.iter().flat_map(|group| &group.load_balancer_arns);
        let named = instances.iter().filter_map(|row| row.group.as_deref());
        Self {
            cluster: &snapshot.scope.cluster,
            services: snapshot.services.rows.iter().map(|row| row.name.as_str()).collect(),
            groups: snapshot.groups.rows.iter().map(|row| row.name.as_str()).chain(named).collect(),
            instances: instances.iter().map(|row| row.key.as_str()).collect(),
            container_instances: container_instances.collect(),
            target_groups: target_groups.collect(),
            load_balancers: balancers.filter_map(|arn| Some(arn.split_once(":loadbalancer/")?.1)).collect(),
        }
    }

    /// Whether the dimensions name a part of the fleet. Service names repeat between clusters, so a dimension that
    /// names another cluster settles it.
    fn covers(&self, alarm: &Alarm) -> bool {
        if self.is_foreign(alarm) {
            return false;
        }
        dimensions(alarm).any(|(name, value)| match name {
            "ClusterName" | "Cluster" => value == self.cluster,
            "ServiceName" => self.services.contains(value),
            "AutoScalingGroupName" => self.groups.contains(value),
            "InstanceId" | "EC2InstanceId" => self.instances.contains(value),
            "ContainerInstanceId" => self.container_instances.contains_key(value),
            "TargetGroup" => self.target_groups.contains_key(value),
            "LoadBalancer" => self.load_balancers.contains(value),
            _ => false,
        })
    }

    fn is_foreign(&self, alarm: &Alarm) -> bool {
        dimensions(alarm).any(|(name, value)| name == "ClusterName" && value != self.cluster)
    }

    fn subjects(&self, alarm: &Alarm) -> Vec<Subject> {
        let subject = |(name, value): (&str, &str)| match name {
            "ServiceName" if self.services.contains(value) => Some(Subject::Service(value.to_owned())),
            "AutoScalingGroupName" if self.groups.contains(value) => Some(Subject::Group(value.to_owned())),
            "InstanceId" | "EC2InstanceId" if self.instances.contains(value) => {
                Some(Subject::Instance(value.to_owned()))
            }
            "ContainerInstanceId" => self.container_instances.get(value).map(|&key| Subject::Instance(key.to_owned())),
            "TargetGroup" => self.target_groups.get(value).map(|&arn| Subject::TargetGroup(arn.to_owned())),
            _ => None,
        };
        if self.is_foreign(alarm) {
            return Vec::new();
        }
        let subjects: BTreeSet<Subject> = dimensions(alarm).filter_map(subject).collect();
        subjects.into_iter().collect()
    }
}

fn dimensions(alarm: &Alarm) -> impl Iterator<Item = (&str, &str)> {
    let dimensions = match &alarm.kind {
        AlarmKind::Metric(metric) => Some(&metric.dimensions),
        AlarmKind::Composite(_) | AlarmKind::Other(_) => None,
    };
    dimensions.into_iter().flatten().map(|(name, value)| (name.as_str(), value.as_str()))
}

/// Names of the alarms that are the fleet's: by dimension, by name, by configuration, or as a composite over one of them.
fn belonging<'a>(
    snapshot: &'a Snapshot,
    by_name: &BTreeMap<&'a str, usize>,
    names: &Names<'_>,
    policy: &Policy,
) -> HashSet<&'a str> {
    let alarm = |position: usize| snapshot.alarms.rows.get(position);
    let mut parents: HashMap<&str, Vec<&'a str>> = HashMap::new();
    let mut waiting: Vec<&'a str> = Vec::new();
    for (&name, row) in by_name.iter().filter_map(|(name, &at)| Some((name, alarm(at)?))) {
        row.children().into_iter().for_each(|child| parents.entry(child).or_default().push(name));
        let called = !names.is_foreign(row) && is_called_after(name, &snapshot.scope.cluster);
        if called || names.covers(row) || policy.names_alarm(name) {
            waiting.push(name);
        }
    }
    let mut found: HashSet<&str> = HashSet::new();
    while let Some(name) = waiting.pop() {
        if found.insert(name) {
            waiting.extend(parents.get(name).into_iter().flatten().copied());
        }
    }
    found
}

/// Whether `name` is `cluster` or starts with it and a separator: `prod-cpu` is `prod`'s, `production-cpu` is not.
fn is_called_after(name: &str, cluster: &str) -> bool {
    !cluster.is_empty()
        && name.strip_prefix(cluster).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
}

/// The mute that holds longest for each alarm that is muted at `now`. One whose end is not told outlasts the others.
fn silences(mutes: &[Mute], now: Timestamp) -> HashMap<&str, usize> {
    let end = |mute: &Mute| mute.until.unwrap_or(Timestamp::MAX);
    let mut longest: HashMap<&str, usize> = HashMap::new();
    for (position, mute) in mutes.iter().enumerate() {
        if mute.status != "ACTIVE" || end(mute) <= now {
            continue;
        }
        for name in &mute.alarm_names {
            let held = longest.get(name.as_str()).and_then(|&at| mutes.get(at));
            if held.is_none_or(|held| end(held) < end(mute)) {
                longest.insert(name, position);
            }
        }
    }
    longest
}
