//! The rates that AWS holds an account to, in token buckets.
//!
//! Rates are those of AWS's documentation: ECS <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html>,
//! EC2 <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>, the service quotas of Elastic Load
//! Balancing, CloudWatch, CloudWatch Logs and Systems Manager. Where AWS publishes none there is no bucket.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::call::Fault;

/// A bucket's size and what flows into it.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Rate {
    /// Requests at once.
    burst: f64,
    /// Requests a second, for ever.
    refill: f64,
}

/// The bucket that a call draws from, and its rate; nothing where AWS publishes none.
fn family(service: &str, operation: &str, input: &Map<String, Value>) -> Option<(&'static str, Rate)> {
    let rate = |burst, refill| Rate { burst, refill };
    Some(match (service, operation) {
        ("ecs", "ListContainerInstances" | "DescribeContainerInstances" | "ListTasks" | "DescribeTasks") => {
            ("ecs cluster resource reads", rate(100.0, 20.0))
        }
        ("ecs", "UpdateContainerInstancesState") => ("ecs cluster resource changes", rate(100.0, 40.0)),
        ("ecs", "ListServices" | "DescribeServices") => ("ecs service reads", rate(100.0, 20.0)),
        ("ecs", "ListServiceDeployments" | "DescribeServiceDeployments") => {
            ("ecs service deployment reads", rate(50.0, 20.0))
        }
        ("ecs", "ListClusters" | "DescribeClusters" | "DescribeCapacityProviders") => {
            ("ecs cluster reads", rate(50.0, 20.0))
        }
        ("ecs", "DescribeTaskDefinition") => ("ecs task definition reads", rate(100.0, 20.0)),
        ("ec2", _) if narrowed(input) => ("ec2 reads", rate(100.0, 20.0)),
        ("ec2", _) => ("ec2 reads of everything", rate(50.0, 10.0)),
        ("elbv2", _) => ("elbv2 reads", rate(40.0, 10.0)),
        ("cloudwatch", "DescribeAlarms") => ("cloudwatch DescribeAlarms", rate(9.0, 9.0)),
        ("cloudwatch", "DescribeAlarmHistory") => ("cloudwatch DescribeAlarmHistory", rate(20.0, 20.0)),
        ("cloudwatch", "GetMetricData") => ("cloudwatch GetMetricData", rate(500.0, 500.0)),
        ("logs", "StartLiveTail") => ("logs StartLiveTail", rate(5.0, 5.0)),
        ("logs", "StartQuery") => ("logs StartQuery", rate(10.0, 10.0)),
        ("logs", "GetQueryResults") => ("logs GetQueryResults", rate(10.0, 10.0)),
        ("logs", "DescribeLogGroups") => ("logs DescribeLogGroups", rate(10.0, 10.0)),
        ("ssm", "GetParameter" | "GetParameters") => ("ssm parameters", rate(40.0, 40.0)),
        _ => return None,
    })
}

/// Whether a read of EC2 is filtered or paged: those draw on the larger bucket.
fn narrowed(input: &Map<String, Value>) -> bool {
    let sizes_or_filters = |name: &String| name == "MaxResults" || name == "Filters" || name.ends_with("Ids");
    input.keys().any(sizes_or_filters)
}

/// Buckets of one account, by family and Region.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<(&'static str, String), Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

impl Limits {
    /// Takes a token for a call.
    ///
    /// # Errors
    /// The account's rate is exceeded.
    pub(super) fn take(
        &self,
        service: &str,
        operation: &str,
        input: &Map<String, Value>,
        region: &str,
        now: Timestamp,
    ) -> Result<(), Fault> {
        let Some((family, rate)) = family(service, operation, input) else { return Ok(()) };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let full = || Bucket { tokens: rate.burst, filled: now };
        let bucket = buckets.entry((family, region.to_owned())).or_insert_with(full);
        let elapsed = now.duration_since(bucket.filled).as_secs_f64().max(0.0);
        bucket.tokens = (bucket.tokens + elapsed * rate.refill).min(rate.burst);
        bucket.filled = bucket.filled.max(now);
        if bucket.tokens < 1.0 {
            return Err(throttled(service));
        }
        bucket.tokens -= 1.0;
        Ok(())
    }
}

/// What a service says when its bucket is empty; the wire spells the code by the protocol.
pub(super) fn throttled(service: &str) -> Fault {
    Fault::new("ThrottlingException", if service == "ec2" { "Request limit exceeded." } else { "Rate exceeded" })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn taken(limits: &Limits, operation: &str, now: Timestamp, tries: usize) -> usize {
        (0..tries).filter(|_| limits.take("ecs", operation, &Map::new(), "eu-west-1", now).is_ok()).count()
    }

    #[test]
    fn a_family_shares_its_burst_and_refills_at_its_rate() {
        let limits = Limits::default();
        let start = Timestamp::UNIX_EPOCH;
        assert_eq!(taken(&limits, "ListTasks", start, 60), 60);
        assert_eq!(taken(&limits, "DescribeContainerInstances", start, 60), 40, "one bucket of 100");
        assert_eq!(taken(&limits, "ListServices", start, 120), 100, "another family has its own");
        assert_eq!(taken(&limits, "ListTasks", start + SignedDuration::from_secs(2), 120), 40, "20 a second");
        assert_eq!(taken(&limits, "ListTasks", start + SignedDuration::from_hours(1), 120), 100, "never above it");
    }

    #[test]
    fn a_clock_that_runs_backwards_gives_nothing_away() {
        let limits = Limits::default();
        let later = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(60);
        assert_eq!(taken(&limits, "ListTasks", later, 100), 100);
        assert_eq!(taken(&limits, "ListTasks", Timestamp::UNIX_EPOCH, 10), 0);
        assert_eq!(taken(&limits, "ListTasks", later, 10), 0);
    }

    #[test]
    fn reading_all_of_ec2_costs_more_than_reading_some() {
        let some = Map::from_iter([("InstanceIds".to_owned(), Value::Array(Vec::new()))]);
        let rate = |input: &Map<String, Value>| family("ec2", "DescribeInstances", input).map(|(_, rate)| rate.burst);
        assert_eq!(rate(&some), Some(100.0));
        assert_eq!(rate(&Map::new()), Some(50.0));
    }
}
