//! Alarms, metric and composite.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    AlarmType, CompositeAlarm, Dimension, LogAlarm, MetricAlarm as DescribedMetricAlarm, StateValue,
};

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{count, each, maybe, time, word, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Page, all_pages, without_repeats};
use crate::fleet::alarm::{Alarm, AlarmKind, AlarmState, MetricAlarm};

/// The largest page.
const PAGE: i32 = 100;

/// All alarms of account and Region. Without naming the types there would be no composite ones.
pub(in crate::aws) async fn read(calls: &Calls) -> Gathered<Vec<Alarm>> {
    let mut harvest = all_pages("alarms", |token| page(calls, token)).await;
    without_repeats(&mut harvest.rows, |alarm| &alarm.arn);
    harvest.finish()
}

async fn page(calls: &Calls, token: Option<String>) -> Result<Page<Alarm>, Refusal> {
    let request = calls
        .clients
        .cloudwatch
        .describe_alarms()
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm)
        .max_records(PAGE)
        .set_next_token(token);
    let output = calls.call(Family::Alarms, "cloudwatch:DescribeAlarms", request.send()).await?;
    let metric = output.metric_alarms().iter().map(convert_metric);
    let composite = output.composite_alarms().iter().map(convert_composite);
    let log = output.log_alarms().iter().map(convert_log);
    Ok(Page { rows: metric.chain(composite).chain(log).collect(), next: output.next_token })
}

fn state(state: Option<&StateValue>) -> AlarmState {
    word(state.map_or("", StateValue::as_str))
}

fn convert_metric(alarm: &DescribedMetricAlarm) -> Alarm {
    Alarm {
        name: words(alarm.alarm_name()),
        arn: words(alarm.alarm_arn()),
        kind: AlarmKind::Metric(metric(alarm)),
        state: state(alarm.state_value()),
        state_reason: maybe(alarm.state_reason()),
        since: time(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        actions_enabled: alarm.actions_enabled().unwrap_or_default(),
        alarm_actions: each(alarm.alarm_actions()),
        ok_actions: each(alarm.ok_actions()),
        insufficient_data_actions: each(alarm.insufficient_data_actions()),
        description: maybe(alarm.alarm_description()),
    }
}

fn metric(alarm: &DescribedMetricAlarm) -> MetricAlarm {
    // A metric maths alarm has its metrics, and their dimensions, one level down.
    let stats = alarm.metrics().iter().filter_map(|query| query.metric_stat());
    let below = stats.clone().filter_map(|stat| stat.metric()).flat_map(|metric| metric.dimensions());
    let period = alarm.period().or_else(|| stats.clone().find_map(|stat| stat.period()));
    MetricAlarm {
        namespace: maybe(alarm.namespace()),
        metric: maybe(alarm.metric_name()),
        dimensions: dimensions(alarm.dimensions().iter().chain(below)),
        comparison: words(alarm.comparison_operator().map(|operator| operator.as_str())),
        threshold: alarm.threshold().filter(|threshold| threshold.is_finite()),
        period: period.map(count),
        evaluation_periods: alarm.evaluation_periods().map(count),
    }
}

/// By name; of two metrics that differ in a dimension the first one counts.
fn dimensions<'a>(dimensions: impl Iterator<Item = &'a Dimension>) -> BTreeMap<String, String> {
    let mut by_name = BTreeMap::new();
    for dimension in dimensions {
        by_name.entry(words(dimension.name())).or_insert_with(|| words(dimension.value()));
    }
    by_name
}

fn convert_composite(alarm: &CompositeAlarm) -> Alarm {
    Alarm {
        name: words(alarm.alarm_name()),
        arn: words(alarm.alarm_arn()),
        kind: AlarmKind::Composite(words(alarm.alarm_rule())),
        state: state(alarm.state_value()),
        state_reason: maybe(alarm.state_reason()),
        since: time(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        actions_enabled: alarm.actions_enabled().unwrap_or_default(),
        alarm_actions: each(alarm.alarm_actions()),
        ok_actions: each(alarm.ok_actions()),
        insufficient_data_actions: each(alarm.insufficient_data_actions()),
        description: maybe(alarm.alarm_description()),
    }
}

/// Not asked for; shown for what it is where it comes all the same.
fn convert_log(alarm: &LogAlarm) -> Alarm {
    Alarm {
        name: words(alarm.alarm_name()),
        arn: words(alarm.alarm_arn()),
        kind: AlarmKind::Other("log alarm".to_owned()),
        state: state(alarm.state_value()),
        state_reason: maybe(alarm.state_reason()),
        since: time(alarm.state_transitioned_timestamp().or(alarm.state_updated_timestamp())),
        actions_enabled: alarm.actions_enabled().unwrap_or_default(),
        alarm_actions: each(alarm.alarm_actions()),
        ok_actions: each(alarm.ok_actions()),
        insufficient_data_actions: each(alarm.insufficient_data_actions()),
        description: maybe(alarm.alarm_description()),
    }
}
