//! Founding alarms: what a fleet watches about its services.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::World;
use super::alarm::{Alarm, AlarmKind, AlarmState, Comparison, HistoryItem, MetricName, MetricRule, Mute, Opening};

impl World {
    /// ARN of the topic that people on call are told through.
    pub(crate) fn topic(&self) -> String {
        self.arn("sns", &format!("{}-alarms", self.cluster))
    }

    /// The alarms of every service, and one over those that customers feel.
    pub(crate) fn watch_services(&mut self) {
        let names: Vec<(String, bool)> =
            self.services.values().map(|s| (s.name.clone(), !s.load_balancers.is_empty())).collect();
        let mut felt = Vec::new();
        for (name, balanced) in names {
            self.watch_service(&name);
            if balanced {
                self.watch_targets(&name);
                felt.push(format!("ALARM(\"{name}-unhealthy-targets\")"));
            }
        }
        // A composite alarm may refer to 100 others ([CloudWatch PutCompositeAlarm]).
        felt.truncate(100);
        if !felt.is_empty() {
            let kind = AlarmKind::Composite(felt.join(" OR "));
            self.add_alarm(&format!("{}-customers-affected", self.cluster), "Something that customers feel", kind);
        }
    }

    fn watch_service(&mut self, service: &str) {
        self.watch_cpu(service, &format!("{service}-cpu-high"), 90.0);
        let words = "Tasks have been waiting for a quarter of an hour";
        self.watch_insight(service, ("PendingTaskCount", 0.0), &format!("{service}-tasks-pending"), words);
    }

    /// An alarm on a deployment that goes on for longer than one should take: two deployments at the same time for 15 minutes
    /// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-metrics-ECS.html>, `DeploymentCount`).
    pub(crate) fn watch_deployments(&mut self, service: &str) {
        if self.services.contains_key(service) {
            let words = "A deployment has not ended after a quarter of an hour";
            self.watch_insight(service, ("DeploymentCount", 1.0), &format!("{service}-deployment-stuck"), words);
        }
    }

    /// An alarm named `name` on a metric of Container Insights that stays above a threshold for 15 minutes.
    fn watch_insight(&mut self, service: &str, (name_of_metric, threshold): (&str, f64), name: &str, words: &str) {
        let cluster = self.cluster.clone();
        let dimensions = [("ClusterName", cluster.as_str()), ("ServiceName", service)];
        let rule = MetricRule {
            metric: metric("ECS/ContainerInsights", name_of_metric, &dimensions),
            statistic: "Minimum".into(),
            unit: None,
            period: 60,
            periods: 15,
            comparison: Comparison::Greater,
            threshold,
            treat_missing: "missing".into(),
        };
        self.add_alarm(name, words, AlarmKind::Metric(rule));
    }

    /// An alarm named `name` on a service's CPU above so many percent.
    pub(crate) fn watch_cpu(&mut self, service: &str, name: &str, threshold: f64) {
        let cluster = self.cluster.clone();
        let dimensions = [("ClusterName", cluster.as_str()), ("ServiceName", service)];
        let cpu = MetricRule {
            metric: metric("AWS/ECS", "CPUUtilization", &dimensions),
            statistic: "Average".into(),
            unit: Some("Percent".into()),
            period: 60,
            periods: 3,
            comparison: Comparison::Greater,
            threshold,
            treat_missing: "missing".into(),
        };
        self.add_alarm(name, "CPU for three minutes", AlarmKind::Metric(cpu));
    }

    fn watch_targets(&mut self, service: &str) {
        let group = self.services.get(service).and_then(|s| s.load_balancers.first());
        let Some(group) = group.and_then(|b| self.target_groups.get(&b.target_group)) else { return };
        let Some(balancer) = group.load_balancer.as_ref().and_then(|b| self.load_balancers.get(b)) else { return };
        let target_group = format!("targetgroup/{}/{}", group.name, group.suffix);
        let load_balancer = format!("app/{}/{}", balancer.name, balancer.suffix);
        let dimensions = [("TargetGroup", target_group.as_str()), ("LoadBalancer", load_balancer.as_str())];
        let watched = [
            ("UnHealthyHostCount", "unhealthy-targets", "Targets fail their health checks"),
            ("TargetResponseTime", "latency-high", "Answers take long"),
        ];
        for (name, end, words) in watched {
            // What the stack's own service is judged by holds for every other.
            if let Some(rule) = self.rule_like(&metric("AWS/ApplicationELB", name, &dimensions)) {
                self.add_alarm(&format!("{service}-{end}"), words, AlarmKind::Metric(rule));
            }
        }
    }

    /// Adds an alarm that tells the people on call, in the state OK, unless one of that name is there.
    pub(crate) fn add_alarm(&mut self, name: &str, description: &str, kind: AlarmKind) {
        let configured_at = self.hours_ago(24.0 * 90.0);
        let since = configured_at + SignedDuration::from_mins(5);
        let topic = self.topic();
        let created = json!({ "version": "1.0", "type": "Create" }).to_string();
        let summary = format!("Alarm \"{name}\" created");
        let alarm = Alarm {
            name: name.to_owned(),
            description: Some(description.to_owned()),
            kind,
            actions_enabled: true,
            alarm_actions: vec![topic.clone()],
            ok_actions: vec![topic],
            configured_at,
            state: AlarmState::Ok,
            reason: "Unchecked: Initial alarm creation".into(),
            reason_data: None,
            updated_at: since,
            transitioned_at: since,
            history: VecDeque::from([HistoryItem {
                at: configured_at,
                kind: "ConfigurationUpdate".into(),
                summary,
                data: created,
            }]),
        };
        self.alarms.entry(name.to_owned()).or_insert(alarm);
    }

    /// Mutes an alarm from `hours_ago` for `hours`.
    pub(crate) fn mute(&mut self, name: &str, alarm: &str, description: &str, hours_ago: f64, hours: u32) {
        let start = self.hours_ago(hours_ago);
        // Mute rules know minutes, not seconds
        // (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html>).
        let minute = start.as_second() - start.as_second().rem_euclid(60);
        let start = Timestamp::from_second(minute).unwrap_or(start);
        let mute = Mute {
            name: name.to_owned(),
            description: description.to_owned(),
            expression: format!("at({})", start.strftime("%Y-%m-%dT%H:%M")),
            duration: format!("PT{hours}H"),
            timezone: "UTC".into(),
            alarms: vec![alarm.to_owned()],
            opens: Opening::Once(start),
            length: SignedDuration::from_hours(i64::from(hours)),
            zone: TimeZone::UTC,
            starts_at: None,
            expires_at: None,
            updated_at: start - SignedDuration::from_mins(1),
        };
        self.mutes.insert(name.to_owned(), mute);
    }
}

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)]) -> MetricName {
    let dimensions: BTreeMap<String, String> = super::owned(dimensions);
    MetricName { namespace: namespace.into(), name: name.into(), dimensions }
}
