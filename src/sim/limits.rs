//! The rates that AWS holds an account to, in token buckets.
//!
//! Rates are those of AWS's documentation: [ECS], [EC2], [ELB], the service quotas of CloudWatch, [CloudWatch Logs] and
//! [Systems Manager]. Where AWS publishes none, as for Auto Scaling, there is no bucket.
//!
//! [ECS]: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
//! [EC2]: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
//! [ELB]: https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/elb-api-throttling.html
//! [CloudWatch Logs]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
//! [Systems Manager]: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-throughput.html

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

/// Of so many at once, and so many a second.
fn rate(burst: f64, refill: f64) -> Rate {
    Rate { burst, refill }
}

/// So many a second, and no more at once.
fn even(refill: f64) -> Rate {
    rate(refill, refill)
}

/// The buckets that a call draws from, by name, with their rates; none where AWS publishes none.
fn buckets(service: &str, operation: &str, input: &Map<String, Value>, region: &str) -> Vec<(String, Rate)> {
    let one = |found: Option<(&str, Rate)>| found.map(|(name, rate)| (format!("{service} {name}"), rate));
    match service {
        "ecs" => one(ecs(operation)).into_iter().collect(),
        // Every API action has a bucket of its own.
        "ec2" => vec![(format!("ec2 {operation}"), ec2(operation, input))],
        // Everything also draws on the account's own bucket.
        "elbv2" => one(Some(("account", rate(40.0, 10.0)))).into_iter().chain(one(elbv2(operation))).collect(),
        "cloudwatch" => one(cloudwatch(operation).map(|rate| (operation, rate))).into_iter().collect(),
        "logs" => one(logs(operation, region).map(|rate| (operation, rate))).into_iter().collect(),
        "ssm" => one(ssm(operation)).into_iter().collect(),
        _ => Vec::new(),
    }
}

fn ecs(operation: &str) -> Option<(&'static str, Rate)> {
    Some(match operation {
        "ListContainerInstances"
        | "DescribeContainerInstances"
        | "ListTasks"
        | "DescribeTasks"
        | "GetTaskProtection" => ("cluster resource reads", rate(100.0, 20.0)),
        "UpdateContainerInstancesState"
        | "RunTask"
        | "StopTask"
        | "PutAttributes"
        | "DeleteAttributes"
        | "UpdateTaskProtection" => ("cluster resource changes", rate(100.0, 40.0)),
        "RegisterContainerInstance" => ("agent changes", rate(200.0, 120.0)),
        "ListServices" | "DescribeServices" => ("service reads", rate(100.0, 20.0)),
        "CreateService" | "UpdateService" => ("service changes", rate(50.0, 5.0)),
        "ListServiceDeployments" | "DescribeServiceDeployments" => ("service deployment reads", rate(50.0, 20.0)),
        "ListClusters" | "DescribeClusters" => ("cluster reads", rate(50.0, 20.0)),
        "CreateCluster" => ("cluster changes", rate(20.0, 1.0)),
        "DescribeCapacityProviders" => ("capacity provider reads", rate(50.0, 20.0)),
        "DescribeTaskDefinition" => ("task definition reads", rate(50.0, 20.0)),
        "RegisterTaskDefinition" => ("task definition changes", rate(20.0, 1.0)),
        _ => return None,
    })
}

fn ec2(operation: &str, input: &Map<String, Value>) -> Rate {
    match operation {
        "RunInstances" => rate(5.0, 2.0),
        "TerminateInstances" => rate(100.0, 5.0),
        "DescribeInstances" | "DescribeInstanceStatus" | "DescribeSecurityGroups" if !narrowed(input) => {
            rate(50.0, 10.0)
        }
        read if read.starts_with("Describe") || read.starts_with("Get") => rate(100.0, 20.0),
        _ => rate(50.0, 5.0),
    }
}

/// Whether a read of EC2 is filtered or paged: some draw on a smaller bucket if not.
fn narrowed(input: &Map<String, Value>) -> bool {
    let sizes_or_filters = |name: &String| name == "MaxResults" || name == "Filters" || name.ends_with("Ids");
    input.keys().any(sizes_or_filters)
}

fn elbv2(operation: &str) -> Option<(&'static str, Rate)> {
    match operation {
        "RegisterTargets" | "DeregisterTargets" => Some(("registrations", rate(20.0, 4.0))),
        read if read.starts_with("Describe") => None,
        _ => Some(("changes", rate(20.0, 3.0))),
    }
}

fn cloudwatch(operation: &str) -> Option<Rate> {
    match operation {
        "DescribeAlarms" => Some(even(9.0)),
        "DescribeAlarmHistory" => Some(even(20.0)),
        "GetMetricData" => Some(even(500.0)),
        _ => None,
    }
}

/// Automation's by <https://docs.aws.amazon.com/general/latest/gr/ssm.html>. Nothing is published for documents.
fn ssm(operation: &str) -> Option<(&str, Rate)> {
    match operation {
        "GetParameter" | "GetParameterHistory" | "GetParameters" | "PutParameter" => Some(("parameters", even(40.0))),
        "StartAutomationExecution" | "StopAutomationExecution" => Some((operation, even(1.0))),
        "GetAutomationExecution"
        | "DescribeAutomationExecutions"
        | "DescribeAutomationStepExecutions"
        | "SendAutomationSignal" => Some((operation, even(3.0))),
        _ => None,
    }
}

fn logs(operation: &str, region: &str) -> Option<Rate> {
    let slow = ["ap-northeast-3", "ap-southeast-3", "ca-west-1", "eu-central-1", "il-central-1"].contains(&region);
    let filters = match region {
        "us-east-1" => 25.0,
        _ if slow => 5.0,
        _ => 10.0,
    };
    let gets = match region {
        "eu-west-3" => 30.0,
        "us-west-2" | "eu-west-1" => 10.0,
        _ if slow => 10.0,
        _ => 25.0,
    };
    Some(even(match operation {
        "FilterLogEvents" => filters,
        "GetLogEvents" => gets,
        "PutLogEvents" => 5_000.0,
        "DescribeLogStreams" => 25.0,
        "CreateLogStream" => 50.0,
        "CreateLogGroup" | "DescribeLogGroups" | "StartQuery" | "GetQueryResults" => 10.0,
        "PutRetentionPolicy" | "StartLiveTail" => 5.0,
        _ => return None,
    }))
}

/// Buckets of one account, by name and Region.
#[derive(Debug, Default)]
pub(super) struct Limits(Mutex<HashMap<(String, String), Bucket>>);

#[derive(Debug)]
struct Bucket {
    tokens: f64,
    filled: Timestamp,
}

impl Bucket {
    /// Lets flow in what has come until `now`.
    fn fill(&mut self, rate: Rate, now: Timestamp) {
        let elapsed = now.duration_since(self.filled).as_secs_f64().max(0.0);
        self.tokens = (self.tokens + elapsed * rate.refill).min(rate.burst);
        self.filled = self.filled.max(now);
    }
}

impl Limits {
    /// Takes a token for a call out of each of its buckets, or out of none.
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
        let wanted = buckets(service, operation, input, region);
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut empty = false;
        for (name, rate) in &wanted {
            let full = || Bucket { tokens: rate.burst, filled: now };
            let bucket = held.entry((name.clone(), region.to_owned())).or_insert_with(full);
            bucket.fill(*rate, now);
            empty |= bucket.tokens < 1.0;
        }
        if empty {
            return Err(throttled(service));
        }
        for (name, _) in wanted {
            if let Some(bucket) = held.get_mut(&(name, region.to_owned())) {
                bucket.tokens -= 1.0;
            }
        }
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
        assert_eq!(ec2("DescribeInstances", &some), rate(100.0, 20.0));
        assert_eq!(ec2("DescribeInstances", &Map::new()), rate(50.0, 10.0));
        assert_eq!(
            ec2("DescribeImages", &Map::new()),
            rate(100.0, 20.0),
            "not one of those that have a smaller bucket"
        );
    }

    #[test]
    fn changes_are_scarcer_than_reads_and_draw_on_their_own() {
        let limits = Limits::default();
        let taken = |service: &str, operation: &str, tries: usize| {
            let take = |_: &usize| limits.take(service, operation, &Map::new(), "eu-west-1", Timestamp::UNIX_EPOCH);
            (0..tries).filter(|n| take(n).is_ok()).count()
        };
        assert_eq!(taken("ecs", "RegisterTaskDefinition", 60), 20);
        assert_eq!((taken("ecs", "UpdateService", 60), taken("ecs", "DescribeServices", 60)), (50, 60));
        assert_eq!((taken("ec2", "RunInstances", 60), taken("ec2", "TerminateInstances", 60)), (5, 60));
        assert_eq!(taken("elbv2", "RegisterTargets", 60), 20);
        assert_eq!(taken("elbv2", "CreateTargetGroup", 60), 20, "the account's bucket holds 40");
        assert_eq!(taken("elbv2", "DescribeTargetHealth", 60), 0, "and is shared with the reads");
        assert_eq!(taken("autoscaling", "DescribeAutoScalingGroups", 1_000), 1_000, "nothing is published");
    }

    #[test]
    fn automation_is_started_once_a_second_and_looked_at_three_times() {
        let limits = Limits::default();
        let taken = |operation: &str| {
            let take = |_: &usize| limits.take("ssm", operation, &Map::new(), "eu-west-1", Timestamp::UNIX_EPOCH);
            (0..60).filter(|n| take(n).is_ok()).count()
        };
        assert_eq!([taken("StartAutomationExecution"), taken("StopAutomationExecution")], [1, 1]);
        assert_eq!([taken("GetAutomationExecution"), taken("DescribeAutomationExecutions")], [3, 3]);
        assert_eq!([taken("SendAutomationSignal"), taken("GetParameter")], [3, 40]);
    }

    #[test]
    fn logs_are_read_as_fast_as_the_region_allows() {
        let limits = Limits::default();
        let taken = |region: &str, operation: &str| {
            let take = |_: &usize| limits.take("logs", operation, &Map::new(), region, Timestamp::UNIX_EPOCH);
            (0..60).filter(|n| take(n).is_ok()).count()
        };
        assert_eq!(
            ["us-east-1", "eu-west-1", "eu-central-1"].map(|region| taken(region, "FilterLogEvents")),
            [25, 10, 5]
        );
        assert_eq!(["us-east-1", "eu-west-1", "eu-west-3"].map(|region| taken(region, "GetLogEvents")), [25, 10, 30]);
        assert_eq!([taken("eu-west-1", "DescribeLogStreams"), taken("eu-west-1", "CreateLogStream")], [25, 50]);
        assert_eq!(taken("eu-west-1", "PutLogEvents"), 60);
    }
}
