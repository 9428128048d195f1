//! What the stack brings beside runbooks: the numbers of the group, and the alarms over the fleet as a whole.

use std::collections::BTreeMap;

use super::World;
use super::alarm::{AlarmKind, Comparison, MetricName, MetricRule};
use crate::sim::stack;

impl World {
    /// Days for which the stack keeps a log group's events.
    pub(super) fn retention(&self, group: &str) -> Option<u32> {
        let planned = self.stack.log_groups.iter().find(|planned| planned.log_group_name == group);
        planned.map(|planned| planned.retention_in_days)
    }

    /// Type of the instances that the stack's launch template of that name launches.
    pub(super) fn planned_type(&self, template: &str) -> String {
        let planned = self.stack.launch_templates.iter().find(|planned| planned.launch_template_name == template);
        planned.map(|planned| planned.launch_template_data.instance_type.clone()).unwrap_or_default()
    }

    /// Hours between two builds of the fleet's own AMI.
    pub(super) fn hours_between_bakes(&self) -> i64 {
        let every = self.stack.parameters.get("BakeEvery").and_then(|every| every.split(' ').next());
        every.and_then(|hours| hours.parse().ok()).unwrap_or(1)
    }

    /// Days for which services' logs are kept: as long as those of the stack's own service.
    pub(super) fn service_retention(&self) -> Option<u32> {
        let services = format!("/ecs/{}/", self.cluster);
        let planned = self.stack.log_groups.iter().find(|group| group.log_group_name.starts_with(&services));
        planned.map(|group| group.retention_in_days)
    }

    /// Bounds of a group that has so many instances: the stack's, unless the fleet is of another size than the stack is for.
    pub(super) fn bounds(&self, instances: u32) -> (u32, u32) {
        let planned = self.stack.group().map_or((0, 4), |group| (group.min_size, group.max_size));
        (planned.0.min(instances), planned.1.max(instances * 2))
    }

    /// Adds the stack's alarms over the fleet as a whole, those whose name ends like one of `only` if there are any.
    pub(crate) fn watch_fleet(&mut self, only: &[&str]) {
        for planned in self.stack.alarms.clone() {
            let wanted = only.is_empty() || only.iter().any(|end| planned.alarm_name.ends_with(end));
            if let (true, Some(rule)) = (wanted, self.planned_rule(&planned)) {
                self.add_alarm(&planned.alarm_name, &planned.alarm_description, AlarmKind::Metric(rule));
            }
        }
    }

    /// The rule of a stack's alarm for what there is in this world; none where it is about something that is not there.
    fn planned_rule(&self, planned: &stack::Alarm) -> Option<MetricRule> {
        let dimension = |dimension: &stack::Dimension| {
            let value = match dimension.name.as_str() {
                "AutoScalingGroupName" => self.ground.group.clone(),
                "LoadBalancer" => {
                    let balancer = self.load_balancers.values().next()?;
                    format!("app/{}/{}", balancer.name, balancer.suffix)
                }
                "TargetGroup" => return None,
                _ => dimension.value.clone(),
            };
            Some((dimension.name.clone(), value))
        };
        let dimensions: BTreeMap<String, String> = planned.dimensions.iter().map(dimension).collect::<Option<_>>()?;
        Some(MetricRule { metric: MetricName { dimensions, ..named(planned) }, ..numbers(planned)? })
    }

    /// The stack's rule on a metric, to be used for another of the same name.
    pub(super) fn rule_like(&self, metric: &MetricName) -> Option<MetricRule> {
        let alike = |alarm: &&stack::Alarm| alarm.metric_name == metric.name && alarm.namespace == metric.namespace;
        let planned = self.stack.alarms.iter().find(alike)?;
        Some(MetricRule { metric: metric.clone(), ..numbers(planned)? })
    }
}

fn named(planned: &stack::Alarm) -> MetricName {
    let (namespace, name) = (planned.namespace.clone(), planned.metric_name.clone());
    MetricName { namespace, name, dimensions: BTreeMap::new() }
}

fn numbers(planned: &stack::Alarm) -> Option<MetricRule> {
    Some(MetricRule {
        metric: named(planned),
        statistic: planned.statistic.clone(),
        unit: (planned.metric_name == "TargetResponseTime").then(|| "Seconds".into()),
        period: planned.period,
        periods: planned.evaluation_periods,
        comparison: Comparison::named(&planned.comparison_operator)?,
        threshold: planned.threshold,
        treat_missing: planned.treat_missing_data.clone(),
    })
}
