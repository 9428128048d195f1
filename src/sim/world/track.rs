//! Target tracking: Application Auto Scaling gives a service as many tasks as keep a metric near its target
//! (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-autoscaling-targettracking.html>).
//!
//! What the stack's own service is scaled by holds for every other behind a load balancer. Its load is that of the day, shared among
//! the tasks that run.

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::World;
use super::alarm::{AlarmKind, AlarmState, Comparison, MetricName, MetricRule};
use super::names::uuid;
use super::service::{RolloutState, Service};
use super::task::TaskStatus;
use crate::sim::stack::{ScalableTarget, Tracking};

/// Minutes above the target after which there is to be more: the periods of the alarm that Application Auto Scaling makes for it.
const OUT: u32 = 3;

/// Minutes below which there is to be less, of the other alarm.
const IN: u32 = 15;

/// The threshold of that one, as a share of the target: scaling in is the more careful of the two.
const LOW: f64 = 0.9;

/// How a service is scaled, and what has come of it.
#[derive(Debug, Clone)]
pub(super) struct Track {
    /// Tasks among which the day's load would be what the metric's shape says.
    founded: u32,
    /// Tasks that ran, from a minute on; oldest first.
    ran: Vec<(Timestamp, u32)>,
    /// When it was scaled out last, and by how many tasks.
    out: Option<(Timestamp, u32)>,
    /// When it was scaled in last.
    in_at: Option<Timestamp>,
    /// Names of its two alarms: too much, too little.
    alarms: [String; 2],
}

/// A service that is to be scaled: what it wants, what its metric says, and what it goes by.
#[derive(Debug, Clone)]
struct Scaling {
    desired: u32,
    value: f64,
    target: ScalableTarget,
    tracking: Tracking,
}

impl Scaling {
    /// Tasks that bring the metric to its target, so many being there now, within the bounds.
    fn needed(&self, tasks: u32) -> u32 {
        let tasks = (f64::from(tasks) * self.value / self.tracking.target_value).ceil();
        (tasks as u32).clamp(self.target.min_capacity, self.target.max_capacity)
    }

    /// Tasks wanted after a scale-out, more than there are. In the cooldown of the one before, what that added counts as added.
    fn out(&self, before: Option<u32>) -> Option<u32> {
        let base = self.desired.saturating_sub(before.unwrap_or_default());
        Some(self.needed(base)).filter(|wanted| *wanted > self.desired)
    }

    /// Tasks wanted after a scale-in, fewer than there are.
    fn inward(&self) -> Option<u32> {
        Some(self.needed(self.desired)).filter(|wanted| *wanted < self.desired)
    }
}

impl World {
    /// Begins to scale services, where this world scales by itself.
    pub(crate) fn track_services(&mut self) {
        if !self.scaling || self.tracking().is_none() {
            return;
        }
        let balanced = self.services.values().filter(|service| !service.daemon && !service.load_balancers.is_empty());
        let balanced: Vec<(String, u32)> = balanced.map(|service| (service.name.clone(), service.desired)).collect();
        // The world's own randomness decides what the fleet is like, and not this.
        let mut rng = Rng::with_seed(self.seed ^ 0x07A5_6E70);
        for (name, founded) in balanced {
            let alarms = self.watch_target(&name, &mut rng);
            let track = Track { founded, ran: Vec::new(), out: None, in_at: None, alarms };
            self.tracks.insert(name, track);
        }
    }

    /// What the stack scales, by which policy.
    fn tracking(&self) -> Option<(ScalableTarget, String, Tracking)> {
        let target = self.stack.scalable_targets.first()?;
        let policy = self.stack.scaling_policies.iter().find(|policy| {
            policy.policy_type == "TargetTrackingScaling" && policy.scaling_target_id.starts_with(&target.resource_id)
        })?;
        Some((target.clone(), policy.policy_name.clone(), policy.tracking.clone()))
    }

    /// The metric that the stack's policy keeps near its target, of a service.
    fn tracked_metric(&self, service: &str) -> Option<MetricName> {
        let (_, _, tracking) = self.tracking()?;
        let name = match tracking.predefined_metric_specification.predefined_metric_type.as_str() {
            "ECSServiceAverageCPUUtilization" => "CPUUtilization",
            "ECSServiceAverageMemoryUtilization" => "MemoryUtilization",
            _ => return None,
        };
        let dimensions = super::owned(&[("ClusterName", &self.cluster), ("ServiceName", service)]);
        Some(MetricName { namespace: "AWS/ECS".into(), name: name.into(), dimensions })
    }

    /// Adds the two alarms of a service's policy, as Application Auto Scaling calls them, and returns their names.
    fn watch_target(&mut self, service: &str, rng: &mut Rng) -> [String; 2] {
        let resource = format!("service/{}/{service}", self.cluster);
        let added = ["AlarmHigh", "AlarmLow"].map(|end| format!("TargetTracking-{resource}-{end}-{}", uuid(rng)));
        let (Some((_, policy, tracking)), Some(metric)) = (self.tracking(), self.tracked_metric(service)) else {
            return added;
        };
        let policy = policy.replacen("-web-", &format!("-{service}-"), 1);
        let (id, by) = (uuid(rng), uuid(rng));
        let arn = format!("scalingPolicy:{id}:resource/ecs/{resource}:policyName/{policy}:createdBy/{by}");
        let arn = self.arn("autoscaling", &arn);
        let words = format!("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {arn}.");
        let sides = [(Comparison::Greater, OUT, 1.0), (Comparison::Less, IN, LOW)];
        for (name, (comparison, periods, share)) in added.iter().zip(sides) {
            let rule = MetricRule {
                metric: metric.clone(),
                statistic: "Average".into(),
                unit: None,
                period: 60,
                periods,
                comparison,
                threshold: tracking.target_value * share,
                treat_missing: "missing".into(),
            };
            self.add_alarm(name, &words, AlarmKind::Metric(rule));
            if let Some(alarm) = self.alarms.get_mut(name) {
                alarm.alarm_actions = vec![arn.clone()];
                alarm.ok_actions.clear();
            }
        }
        added
    }

    /// Notes how many tasks of each service share its load from this minute on.
    pub(super) fn note_tasks(&mut self, minute: Timestamp) {
        let runs = |service: &Service| {
            let tasks = service.tasks.iter().filter_map(|id| self.tasks.get(id));
            u32::try_from(tasks.filter(|task| task.status == TaskStatus::Running).count()).unwrap_or(u32::MAX)
        };
        let running = self.tracks.keys().filter_map(|name| Some((name.clone(), runs(self.services.get(name)?))));
        let running: Vec<(String, u32)> = running.collect();
        for (name, many) in running {
            let Some(track) = self.tracks.get_mut(&name) else { continue };
            if track.ran.last().map_or(track.founded, |(_, before)| *before) != many {
                track.ran.push((minute, many));
            }
        }
    }

    /// A service's part of a value in the shape of a day: what the tasks that it was founded with would have, shared among those
    /// that ran. None without a task; the value itself where nobody scales the service.
    pub(super) fn share(&self, metric: &MetricName, minute: Timestamp, value: f64) -> Option<f64> {
        let track = metric.dimensions.get("ServiceName").and_then(|service| self.tracks.get(service));
        let Some(track) = track.filter(|_| metric.name == "CPUUtilization") else { return Some(value) };
        let since = track.ran.partition_point(|(from, _)| *from <= minute);
        let ran = since.checked_sub(1).and_then(|at| track.ran.get(at)).map_or(track.founded, |(_, ran)| *ran);
        (ran > 0).then(|| (value * f64::from(track.founded) / f64::from(ran) * 1000.0).round() / 1000.0)
    }

    /// Scales the services whose alarms say so. An alarm goes on with it every minute for as long as it is in ALARM
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-actions.html>).
    pub(super) fn scale_services(&mut self) {
        let names: Vec<String> = self.tracks.keys().cloned().collect();
        for name in names {
            if let Some(wanted) = self.tasks_wanted(&name) {
                self.want_tasks(&name, wanted);
            }
        }
    }

    /// How many tasks a service should have from now on; none where that does not change. Cooldowns are those of
    /// <https://docs.aws.amazon.com/autoscaling/application/APIReference/API_TargetTrackingScalingPolicyConfiguration.html>.
    fn tasks_wanted(&self, name: &str) -> Option<u32> {
        let (track, service) = (self.tracks.get(name)?, self.services.get(name)?);
        let alarming = |alarm: &String| self.alarms.get(alarm).is_some_and(|alarm| alarm.state == AlarmState::Alarm);
        let [high, low] = &track.alarms;
        let (high, low) = (alarming(high), alarming(low));
        if !high && !low {
            return None;
        }
        let (target, _, tracking) = self.tracking()?;
        let last = Timestamp::from_second(self.now.as_second().div_euclid(60) * 60 - 60).ok()?;
        let value = *self.minutes(&self.tracked_metric(name)?, last, 60).first()?;
        let scaling = Scaling { desired: service.desired, value, target, tracking };
        let cools = |since: Timestamp, seconds: u32| self.now < since + SignedDuration::from_secs(i64::from(seconds));
        if high {
            let before = track.out.filter(|(at, _)| cools(*at, scaling.tracking.scale_out_cooldown));
            return scaling.out(before.map(|(_, added)| added));
        }
        let cooling = track.in_at.is_some_and(|at| cools(at, scaling.tracking.scale_in_cooldown));
        // A deployment holds scale-in up, and not scale-out
        // (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/troubleshoot-service-auto-scaling.html>).
        let deploying = service.primary().is_some_and(|newest| newest.state == RolloutState::InProgress);
        if cooling || deploying || scaling.tracking.disable_scale_in {
            return None;
        }
        scaling.inward()
    }

    fn want_tasks(&mut self, name: &str, wanted: u32) {
        let now = self.now;
        let (Some(track), Some(service)) = (self.tracks.get_mut(name), self.services.get_mut(name)) else { return };
        match wanted.checked_sub(service.desired) {
            // The cooldown of a scale-in ends with a scale-out.
            Some(added) => (track.out, track.in_at) = (Some((now, added)), None),
            None => track.in_at = Some(now),
        }
        service.desired = wanted;
        service.steady = false;
        self.plan_service(name, 1.0);
    }
}

#[cfg(test)]
#[expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::sim::options::{Options, Scenario};
    use crate::sim::stack::PredefinedMetric;

    fn scaling(desired: u32, value: f64) -> Scaling {
        let metric = PredefinedMetric { predefined_metric_type: "ECSServiceAverageCPUUtilization".into() };
        let tracking = Tracking {
            target_value: 60.0,
            predefined_metric_specification: metric,
            scale_out_cooldown: 60,
            scale_in_cooldown: 300,
            disable_scale_in: false,
        };
        let target = ScalableTarget {
            service_namespace: "ecs".into(),
            scalable_dimension: "ecs:service:DesiredCount".into(),
            resource_id: "service/harbor/web".into(),
            min_capacity: 2,
            max_capacity: 40,
        };
        Scaling { desired, value, target, tracking }
    }

    #[test]
    fn a_service_gets_the_tasks_that_bring_its_metric_to_the_target() {
        assert_eq!(scaling(10, 90.0).out(None), Some(15));
        assert_eq!(scaling(10, 61.0).out(None), Some(11), "never less than it takes");
        assert_eq!(scaling(30, 90.0).out(None), Some(40), "the bounds hold");
        assert_eq!(scaling(10, 30.0).inward(), Some(5));
        assert_eq!(scaling(4, 1.0).inward(), Some(2), "the bounds hold");
        assert_eq!(scaling(2, 1.0).inward(), None, "there is nothing to take away");
    }

    #[test]
    fn what_a_scale_out_has_added_counts_while_it_cools() {
        assert_eq!(scaling(15, 90.0).out(Some(5)), None, "the five are on their way");
        assert_eq!(scaling(15, 120.0).out(Some(5)), Some(20), "more than that is needed");
    }

    /// A fleet that scales by itself, at four in the morning, when it has more than its load needs.
    fn night() -> World {
        let options = Options { scenario: Scenario::Healthy, scaling: true, ..Options::default() };
        World::new(&options, "2026-03-02T04:00:30Z".parse().unwrap())
    }

    #[test]
    fn scale_in_waits_for_its_cooldown_and_a_deployment_and_can_be_disabled() {
        let checkout = "checkout";
        let mut world = night();
        assert!(world.tasks_wanted(checkout).is_some_and(|wanted| wanted < 12), "{:?}", world.tasks_wanted(checkout));
        world.services.get_mut(checkout).unwrap().deployments[0].state = RolloutState::InProgress;
        assert_eq!(world.tasks_wanted(checkout), None, "it is being deployed");
        let mut world = night();
        world.stack.scaling_policies[0].tracking.disable_scale_in = true;
        assert_eq!(world.tasks_wanted(checkout), None, "it is disabled");
        let mut world = night();
        world.want_tasks(checkout, 11);
        assert_eq!(world.tasks_wanted(checkout), None, "it has just been scaled in");
        world.want_tasks(checkout, 20);
        assert!(world.tasks_wanted(checkout).is_some_and(|wanted| wanted < 20), "a scale-out ends the cooldown");
    }

    #[test]
    fn a_policy_has_two_alarms_that_call_it() {
        let world = night();
        let ours =
            world.alarms.values().filter(|alarm| alarm.name.starts_with("TargetTracking-service/harbor/checkout-"));
        let told: Vec<_> = ours
            .map(|alarm| {
                let AlarmKind::Metric(rule) = &alarm.kind else { panic!("{}", alarm.name) };
                let action = &alarm.alarm_actions[0];
                assert!(
                    action.contains(":resource/ecs/service/harbor/checkout:policyName/harbor-checkout-cpu:"),
                    "{action}"
                );
                (alarm.name.contains("-AlarmHigh-"), rule.periods, rule.threshold, alarm.state)
            })
            .collect();
        assert_eq!(told, [(true, 3, 60.0, AlarmState::Ok), (false, 15, 54.0, AlarmState::Alarm)]);
    }
}
