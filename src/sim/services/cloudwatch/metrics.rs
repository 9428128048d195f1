//! Metric data.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::super::page::{integer, seconds, text};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::alarm::MetricName;
use crate::sim::world::evaluate::aggregate;

/// Queries in one call, and datapoints in one answer
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>).
const QUERIES: usize = 500;
const DATAPOINTS: i64 = 100_800;

/// `GetMetricData`: metrics by name; no expressions.
pub(super) fn get_data(world: &World, call: &Call<'_>) -> Answer {
    let queries = call.input.get("MetricDataQueries").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if queries.len() > QUERIES {
        let message = format!("The collection MetricDataQueries must not have a size greater than {QUERIES}.");
        return Err(Fault::new("ValidationError", message));
    }
    let bound = |member: &str| call.input.get(member).and_then(Value::as_f64).unwrap_or_default() as i64;
    let (start, end) = (bound("StartTime"), bound("EndTime"));
    if start >= end {
        let message = "The parameter StartTime must be less than the parameter EndTime.";
        return Err(Fault::new("ValidationError", message));
    }
    let mut left = DATAPOINTS;
    let mut results = Vec::new();
    for query in queries.iter().filter_map(Value::as_object) {
        if query.get("ReturnData").and_then(Value::as_bool) == Some(false) {
            continue;
        }
        let Some(stat) = query.get("MetricStat").and_then(Value::as_object) else {
            let message = "Metric expressions are not part of this simulation";
            return Err(Fault::new("ValidationError", message));
        };
        let period = integer(stat, "Period").unwrap_or(60).max(60);
        left -= (end - start) / period + 1;
        if left < 0 {
            let message = format!("The request would return more than {DATAPOINTS} datapoints");
            return Err(Fault::new("ValidationError", message));
        }
        let mut points = points(world, stat, period, start, end);
        if text(call.input, "ScanBy") != Some("TimestampAscending") {
            points.reverse();
        }
        results.push(result(query, stat, &points));
    }
    Ok(json!({ "MetricDataResults": results, "Messages": [] }))
}

/// Datapoints, oldest first: the periods that begin in `start..end`.
fn points(world: &World, stat: &Map<String, Value>, period: i64, start: i64, end: i64) -> Vec<(Timestamp, f64)> {
    let metric = metric_name(stat);
    let statistic = text(stat, "Stat").unwrap_or("Average");
    let first = start.div_euclid(period) * period + if start.rem_euclid(period) == 0 { 0 } else { period };
    let mut points = Vec::new();
    let mut second = first;
    while second < end {
        let Ok(at) = Timestamp::from_second(second) else { break };
        let values = world.minutes(&metric, at, u32::try_from(period).unwrap_or(60));
        points.extend(aggregate(statistic, &values).map(|value| (at, value)));
        second += period;
    }
    points
}

fn metric_name(stat: &Map<String, Value>) -> MetricName {
    let metric = stat.get("Metric").and_then(Value::as_object).cloned().unwrap_or_default();
    let dimensions = metric.get("Dimensions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let dimensions = dimensions
        .iter()
        .filter_map(Value::as_object)
        .filter_map(|dimension| Some((text(dimension, "Name")?.to_owned(), text(dimension, "Value")?.to_owned())));
    MetricName {
        namespace: text(&metric, "Namespace").unwrap_or_default().to_owned(),
        name: text(&metric, "MetricName").unwrap_or_default().to_owned(),
        dimensions: dimensions.collect(),
    }
}

fn result(query: &Map<String, Value>, stat: &Map<String, Value>, points: &[(Timestamp, f64)]) -> Value {
    let name = stat.get("Metric").and_then(|m| m.get("MetricName")).and_then(Value::as_str);
    json!({
        "Id": text(query, "Id").unwrap_or_default(),
        "Label": text(query, "Label").or(name).unwrap_or_default(),
        "Timestamps": points.iter().map(|(at, _)| seconds(*at)).collect::<Vec<_>>(),
        "Values": points.iter().map(|(_, value)| *value).collect::<Vec<_>>(),
        "StatusCode": "Complete",
    })
}
