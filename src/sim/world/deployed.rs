//! What the stack brings beside runbooks: the numbers of the group, and the alarms over the fleet as a whole.

use std::collections::BTreeMap;

use super::World;
use super::alarm::{AlarmKind, Comparison, MetricName, MetricRule};
use super::target::HealthCheck;
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

    /// Checks of the target groups of services: those of the stack's own.
    pub(super) fn planned_check(&self) -> HealthCheck {
        self.stack.target_groups.first().map_or_else(HealthCheck::default, |planned| HealthCheck {
            path: planned.health_check_path.clone(),
            interval: planned.health_check_interval_seconds,
            timeout: planned.health_check_timeout_seconds,
            healthy_threshold: planned.healthy_threshold_count,
            unhealthy_threshold: planned.unhealthy_threshold_count,
            ..HealthCheck::default()
        })
    }

    /// Seconds that the stack gives a leaving target.
    pub(super) fn planned_delay(&self) -> Option<u32> {
        let attributes = self.stack.target_groups.first().map(|planned| planned.target_group_attributes.iter());
        let mut attributes = attributes.into_iter().flatten();
        attributes.find(|one| one.key == "deregistration_delay.timeout_seconds")?.value.parse().ok()
    }

    /// Seconds in which failing checks of a service's new task do not count: as many as for the stack's own.
    pub(super) fn planned_grace(&self) -> u32 {
        self.stack.services.first().map_or(0, |planned| planned.health_check_grace_period_seconds)
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

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use crate::sim::options::Options;
    use crate::sim::world::World;

    #[test]
    fn the_world_has_the_numbers_of_its_stack() {
        let world = World::new(&Options::default(), "2026-03-02T12:00:00Z".parse().unwrap());
        let (stack, group) = (&world.stack, world.groups.values().next().unwrap());
        let planned = stack.group().unwrap();
        assert_eq!(
            (group.grace_seconds, group.warmup_seconds),
            (planned.health_check_grace_period, Some(planned.default_instance_warmup))
        );
        for planned in &stack.launch_templates {
            let name = &planned.launch_template_name;
            let template = world.launch_templates.values().find(|template| template.name == *name).expect(name);
            assert_eq!(template.versions[0].instance_type, planned.launch_template_data.instance_type, "{name}");
        }
        for name in ["harbor-bake", "/fleet/harbor/system"] {
            let planned = stack.log_groups.iter().find(|group| group.log_group_name == name).unwrap();
            assert_eq!(world.log_groups[name].retention_days, Some(planned.retention_in_days), "{name}");
        }
        let planned = &stack.target_groups[0];
        for group in world.target_groups.values() {
            assert_eq!(group.health_check.interval, planned.health_check_interval_seconds, "{}", group.name);
            assert_eq!(group.deregistration_seconds.to_string(), planned.target_group_attributes[0].value);
        }
        assert_eq!(world.hours_between_bakes(), 6, "{:?}", stack.schedule("harbor-bake"));
    }
}
