//! Metrics: some are what the world is, the others have the shape of a day with noise in it.
//!
//! A shaped metric is a pure function of the seed, its name and the minute. One that follows from the world's state is
//! known from the minutes in which an alarm looked at it.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{SignedDuration, Timestamp};

use super::World;
use super::alarm::MetricName;
use super::instance::{Check, ContainerInstance, Ec2State};
use super::target::TargetState;
use super::task::TaskStatus;

/// Minutes that are remembered of a metric that follows from the state.
const REMEMBERED: usize = 180;

/// The level of a shaped metric: what it is about, and how far the day moves it.
struct Shape {
    base: f64,
    day: f64,
    noise: f64,
}

impl World {
    /// Values of a metric in the minutes of a period that begins at `start`; those not known are left out.
    #[must_use]
    pub fn minutes(&self, metric: &MetricName, start: Timestamp, seconds: u32) -> Vec<f64> {
        let minutes = i64::from(seconds.div_ceil(60));
        let minute = |n: i64| start + SignedDuration::from_mins(n);
        (0..minutes).filter_map(|n| self.metric_at(metric, minute(n))).collect()
    }

    fn metric_at(&self, metric: &MetricName, minute: Timestamp) -> Option<f64> {
        if minute > self.now {
            return None;
        }
        if let Some(shape) = shape(&metric.namespace, &metric.name) {
            return self.share(metric, minute, self.shaped(metric, &shape, minute));
        }
        let samples = self.samples.get(metric)?;
        samples.iter().rev().find(|(at, _)| *at == minute).map(|(_, value)| *value)
    }

    /// A value in the shape of a day: lowest at about four in the morning, UTC, highest twelve hours later.
    fn shaped(&self, metric: &MetricName, shape: &Shape, minute: Timestamp) -> f64 {
        let own = self.dice(metric, 0);
        let hours = minute.as_second().rem_euclid(86_400) as f64 / 3600.0;
        let day = ((hours - 10.0) / 24.0 * std::f64::consts::TAU).sin();
        let noise = self.dice(metric, minute.as_second()) - 0.5;
        let value = shape.base * (0.7 + 0.6 * own) + shape.day * day + shape.noise * noise;
        (value.max(0.0) * 1000.0).round() / 1000.0
    }

    /// A number from 0 to 1 that is always the same for a seed, a metric and a number.
    fn dice(&self, metric: &MetricName, number: i64) -> f64 {
        let mut hasher = DefaultHasher::new();
        (self.seed, &metric.namespace, &metric.name, number).hash(&mut hasher);
        for (name, value) in &metric.dimensions {
            (name, value).hash(&mut hasher);
        }
        fastrand::Rng::with_seed(hasher.finish()).f64()
    }

    /// Notes what a metric that follows from the state is now as what it was in these minutes, oldest first.
    pub(super) fn sample(&mut self, metric: &MetricName, minutes: impl IntoIterator<Item = Timestamp>) {
        if shape(&metric.namespace, &metric.name).is_some() {
            return;
        }
        let Some(value) = self.measured(metric).or_else(|| self.counted(metric)) else { return };
        let samples = self.samples.entry(metric.clone()).or_default();
        samples.extend(minutes.into_iter().map(|minute| (minute, value)));
        let surplus = samples.len().saturating_sub(REMEMBERED);
        samples.drain(..surplus);
    }

    /// What a metric that counts has counted since the minute before.
    fn counted(&mut self, metric: &MetricName) -> Option<f64> {
        let sum = match (metric.namespace.as_str(), metric.name.as_str()) {
            ("AWS/Events", "Invocations") => {
                let rule = metric.dimensions.get("RuleName")?;
                self.tallies.get(&format!("rule {rule}")).map_or(0, |tally| tally.made + tally.dropped)
            }
            ("AWS/Scheduler", "InvocationDroppedCount") => {
                let ours = self.tallies.iter().filter(|(origin, _)| origin.starts_with("schedule "));
                ours.map(|(_, tally)| tally.dropped).sum()
            }
            _ => return None,
        };
        let before = self.counters.insert(metric.clone(), sum).unwrap_or_default();
        Some(sum.saturating_sub(before) as f64)
    }

    /// What a metric that follows from the state is now.
    fn measured(&self, metric: &MetricName) -> Option<f64> {
        let dimension = |name: &str| metric.dimensions.get(name).map(String::as_str);
        let count = match (metric.namespace.as_str(), metric.name.as_str()) {
            ("ECS/ContainerInsights", name) => self.service_count(dimension("ServiceName")?, name)?,
            ("AWS/ApplicationELB", name) => self.host_count(dimension("TargetGroup")?, name)?,
            ("AWS/EC2", "StatusCheckFailed") => usize::from(self.check_failed(dimension("AutoScalingGroupName")?)),
            ("AWS/ECS", "CPUReservation") => return Some(self.reserved(|c| (c.used.cpu, c.cpu))),
            ("AWS/ECS", "MemoryReservation") => return Some(self.reserved(|c| (c.used.memory, c.memory))),
            ("AWS/ECS/ManagedScaling", "CapacityProviderReservation") => {
                return self.reservation(dimension("CapacityProviderName")?);
            }
            ("AWS/AutoScaling", "GroupDesiredCapacity") => {
                self.groups.get(dimension("AutoScalingGroupName")?)?.desired as usize
            }
            _ => return None,
        };
        Some(count as f64)
    }

    fn service_count(&self, service: &str, metric: &str) -> Option<usize> {
        let service = self.services.get(service)?;
        let tasks = service.tasks.iter().filter_map(|id| self.tasks.get(id));
        match metric {
            "DeploymentCount" => Some(service.deployments.len()),
            "DesiredTaskCount" => Some(service.desired as usize),
            "RunningTaskCount" => Some(tasks.filter(|t| t.status == TaskStatus::Running).count()),
            "PendingTaskCount" => {
                let pending =
                    |t: &&super::task::Task| matches!(t.status, TaskStatus::Provisioning | TaskStatus::Pending);
                Some(tasks.filter(pending).count())
            }
            _ => None,
        }
    }

    fn host_count(&self, dimension: &str, metric: &str) -> Option<usize> {
        let name = dimension.split('/').nth(1)?;
        let targets = self.target_groups.get(name)?.targets.values();
        match metric {
            "HealthyHostCount" => Some(targets.filter(|t| t.state == TargetState::Healthy).count()),
            "UnHealthyHostCount" => {
                let unhealthy = |s| matches!(s, TargetState::WrongCode(_) | TargetState::TimesOut);
                Some(targets.filter(|t| unhealthy(t.state)).count())
            }
            _ => None,
        }
    }

    fn check_failed(&self, group: &str) -> bool {
        let Some(group) = self.groups.get(group) else { return false };
        let members = group.members.iter().filter_map(|id| self.instances.get(id));
        members.filter(|i| i.state == Ec2State::Running).any(|i| matches!(i.instance_check, Check::Impaired(_)))
    }

    /// Percent of what the fleet's cluster has that is reserved, by what each container instance says of the two.
    fn reserved(&self, of: impl Fn(&ContainerInstance) -> (i64, i64)) -> f64 {
        let joined = self.instances.values().filter_map(|i| i.container.as_ref());
        let joined = joined.filter(|c| c.cluster == self.cluster).map(of);
        let (used, all) = joined.fold((0, 0), |sum, (used, all)| (sum.0 + used, sum.1 + all));
        if all == 0 { 0.0 } else { used as f64 * 100.0 / all as f64 }
    }
}

/// The shape of a metric that does not follow from the state.
fn shape(namespace: &str, name: &str) -> Option<Shape> {
    let (base, day, noise) = match (namespace, name) {
        ("AWS/ECS" | "AWS/EC2", "CPUUtilization") => (35.0, 12.0, 8.0),
        ("AWS/ECS", "MemoryUtilization") => (48.0, 4.0, 3.0),
        ("AWS/ApplicationELB", "RequestCount") => (2400.0, 1500.0, 300.0),
        ("AWS/ApplicationELB", "TargetResponseTime") => (0.12, 0.04, 0.03),
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count") => (0.4, 0.0, 0.6),
        _ => return None,
    };
    Some(Shape { base, day, noise })
}
