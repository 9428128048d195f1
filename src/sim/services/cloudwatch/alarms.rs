//! Alarms and their history.

use serde_json::{Map, Value, json};

use super::super::page::{compact, seconds, text, texts};
use super::{paged, span};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::alarm::{Alarm, AlarmKind, HistoryItem, MetricRule};
use crate::sim::world::composite;

/// `DescribeAlarms`: metric alarms alone unless `AlarmTypes` asks for others; 50 a page unless asked for up to 100
/// ([CloudWatch API]).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let names = texts(call.input, "AlarmNames");
    let prefix = text(call.input, "AlarmNamePrefix");
    if !names.is_empty() && prefix.is_some() {
        return Err(Fault::new("ValidationError", "AlarmNamePrefix and AlarmNames are mutually exclusive"));
    }
    let family = relatives(world, call)?;
    let wanted = world.alarms.values().filter(|alarm| {
        let named = names.is_empty() || names.contains(&alarm.name.as_str());
        let of_family = family.as_ref().is_none_or(|family| family.contains(&alarm.name));
        named
            && of_family
            && (family.is_some() || type_wanted(call, alarm))
            && prefix.is_none_or(|prefix| alarm.name.starts_with(prefix))
            && text(call.input, "StateValue").is_none_or(|state| alarm.state.as_str() == state)
            && acts(call, alarm)
    });
    // Composite alarms come before metric alarms.
    let mut keyed: Vec<(String, &Alarm)> =
        wanted.map(|a| (format!("{}{}", u8::from(!composite(a)), a.name), a)).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    let (page, next) = span(call, 50, keyed)?;
    let (composites, metrics): (Vec<&Alarm>, Vec<&Alarm>) = page.into_iter().partition(|a| composite(a));
    let brief = family.is_some();
    let shown = |alarms: Vec<&Alarm>| -> Vec<Value> { alarms.into_iter().map(|a| alarm(world, a, brief)).collect() };
    let mut answer = Map::new();
    answer.insert("CompositeAlarms".into(), shown(composites).into());
    answer.insert("MetricAlarms".into(), shown(metrics).into());
    answer.insert("LogAlarms".into(), json!([]));
    if let Some(next) = next {
        answer.insert("NextToken".into(), next.into());
    }
    Ok(Value::Object(answer))
}

fn composite(alarm: &Alarm) -> bool {
    matches!(alarm.kind, AlarmKind::Composite(_))
}

fn type_name(alarm: &Alarm) -> &'static str {
    if composite(alarm) { "CompositeAlarm" } else { "MetricAlarm" }
}

fn type_wanted(call: &Call<'_>, alarm: &Alarm) -> bool {
    let types = texts(call.input, "AlarmTypes");
    if types.is_empty() { !composite(alarm) } else { types.contains(&type_name(alarm)) }
}

fn acts(call: &Call<'_>, alarm: &Alarm) -> bool {
    let actions = || alarm.alarm_actions.iter().chain(&alarm.ok_actions);
    text(call.input, "ActionPrefix").is_none_or(|prefix| actions().any(|action| action.starts_with(prefix)))
}

/// Names of an alarm's children or parents, where the call asks for those.
fn relatives(world: &World, call: &Call<'_>) -> Result<Option<Vec<String>>, Fault> {
    let (children_of, parents_of) = (text(call.input, "ChildrenOfAlarmName"), text(call.input, "ParentsOfAlarmName"));
    let others = ["AlarmNames", "AlarmNamePrefix", "StateValue", "ActionPrefix"];
    if (children_of.is_some() || parents_of.is_some()) && others.iter().any(|name| call.input.contains_key(*name)) {
        let message = "ChildrenOfAlarmName and ParentsOfAlarmName cannot be combined with other filters";
        return Err(Fault::new("ValidationError", message));
    }
    let rule = |alarm: &Alarm| match &alarm.kind {
        AlarmKind::Composite(rule) => composite::children(rule).into_iter().map(str::to_owned).collect(),
        AlarmKind::Metric(_) => Vec::new(),
    };
    if let Some(parent) = children_of {
        return Ok(Some(world.alarms.get(parent).map(rule).unwrap_or_default()));
    }
    Ok(parents_of.map(|child| {
        let parents = world.alarms.values().filter(|a| rule(a).iter().any(|name| name == child));
        parents.map(|a| a.name.clone()).collect()
    }))
}

fn alarm(world: &World, alarm: &Alarm, brief: bool) -> Value {
    let known = json!({
        "AlarmName": alarm.name,
        "AlarmArn": world.arn("cloudwatch", &format!("alarm:{}", alarm.name)),
        "StateValue": alarm.state.as_str(),
        "StateUpdatedTimestamp": seconds(alarm.updated_at),
    });
    // Asked for relatives, CloudWatch tells no more than this ([CloudWatch API: ChildrenOfAlarmName]).
    if brief {
        return known;
    }
    let common = json!({
        "AlarmDescription": alarm.description,
        "AlarmConfigurationUpdatedTimestamp": seconds(alarm.configured_at),
        "ActionsEnabled": alarm.actions_enabled,
        "OKActions": alarm.ok_actions,
        "AlarmActions": alarm.alarm_actions,
        "InsufficientDataActions": [],
        "StateReason": alarm.reason,
        "StateReasonData": alarm.reason_data,
        "StateTransitionedTimestamp": seconds(alarm.transitioned_at),
    });
    let own = match &alarm.kind {
        AlarmKind::Composite(rule) => json!({ "AlarmRule": rule }),
        AlarmKind::Metric(rule) => metric_side(rule),
    };
    let parts = [known, common, own].into_iter().filter_map(|part| match part {
        Value::Object(members) => Some(members),
        _ => None,
    });
    compact(Value::Object(parts.flatten().collect()))
}

fn metric_side(rule: &MetricRule) -> Value {
    let dimensions: Vec<Value> =
        rule.metric.dimensions.iter().map(|(name, value)| json!({ "Name": name, "Value": value })).collect();
    json!({
        "MetricName": rule.metric.name,
        "Namespace": rule.metric.namespace,
        "Statistic": rule.statistic,
        "Dimensions": dimensions,
        "Period": rule.period,
        "Unit": rule.unit,
        "EvaluationPeriods": rule.periods,
        "DatapointsToAlarm": rule.periods,
        "Threshold": rule.threshold,
        "ComparisonOperator": rule.comparison.as_str(),
        "TreatMissingData": rule.treat_missing,
    })
}

/// `DescribeAlarmHistory`: newest first unless `ScanBy` says otherwise; of one alarm or of all; 100 a page.
pub(super) fn history(world: &World, call: &Call<'_>) -> Answer {
    let types = texts(call.input, "AlarmTypes");
    let name = text(call.input, "AlarmName");
    let kind = text(call.input, "HistoryItemType");
    let bound = |member: &str| call.input.get(member).and_then(Value::as_f64);
    let (start, end) = (bound("StartDate"), bound("EndDate"));
    let alarms = world.alarms.values().filter(|a| name.is_none_or(|n| a.name == n));
    // Metric alarms alone unless types are named, as with DescribeAlarms.
    let alarms = alarms
        .filter(|a| if types.is_empty() { name.is_some() || !composite(a) } else { types.contains(&type_name(a)) });
    let mut items: Vec<(&Alarm, usize, &HistoryItem)> =
        alarms.flat_map(|a| a.history.iter().enumerate().map(move |(n, item)| (a, n, item))).collect();
    items.retain(|(_, _, item)| {
        let at = item.at.as_millisecond() as f64 / 1000.0;
        kind.is_none_or(|kind| item.kind == kind) && start.is_none_or(|s| at >= s) && end.is_none_or(|e| at <= e)
    });
    let ascending = text(call.input, "ScanBy") == Some("TimestampAscending");
    let key = |(alarm, n, item): &(&Alarm, usize, &HistoryItem)| {
        let at = item.at.as_millisecond();
        let (at, n) = if ascending { (at, 999 - n) } else { (i64::MAX - at, *n) };
        format!("{at:020} {} {n:03}", alarm.name)
    };
    let mut keyed: Vec<(String, Value)> = items.iter().map(|i| (key(i), history_item(i.0, i.2))).collect();
    keyed.sort_by(|a, b| a.0.cmp(&b.0));
    paged(call, 100, "AlarmHistoryItems", keyed)
}

fn history_item(alarm: &Alarm, item: &HistoryItem) -> Value {
    json!({
        "AlarmName": alarm.name,
        "AlarmType": type_name(alarm),
        "Timestamp": seconds(item.at),
        "HistoryItemType": item.kind,
        "HistorySummary": item.summary,
        "HistoryData": item.data,
    })
}
