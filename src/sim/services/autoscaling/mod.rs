//! EC2 Auto Scaling: groups, their members and what they did.
//!
//! Page sizes and limits of each operation from its page in
//! <https://docs.aws.amazon.com/autoscaling/ec2/APIReference/Welcome.html>.

mod changes;
mod refreshes;
mod standby;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::no_handler;
use super::page::{compact, integer, maybe_seconds, page, read_token, seconds, text, texts};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::group::{Activity, Group};
use crate::sim::world::instance::{Instance, Membership};

/// Answers one call.
pub(super) fn call(world: &mut World, call: &Call<'_>) -> Answer {
    match call.operation {
        "CancelInstanceRefresh" => refreshes::cancel(world, call),
        "DetachInstances" => changes::detach(world, call),
        "EnterStandby" => standby::enter(world, call),
        "ExitStandby" => standby::exit(world, call),
        "ResumeProcesses" => changes::resume(world, call),
        "RollbackInstanceRefresh" => refreshes::roll_back(world, call),
        "SetDesiredCapacity" => changes::set_desired(world, call),
        "SetInstanceProtection" => standby::protect(world, call),
        "StartInstanceRefresh" => refreshes::start(world, call),
        "SuspendProcesses" => changes::suspend(world, call),
        "TerminateInstanceInAutoScalingGroup" => changes::terminate(world, call),
        _ => read(world, call),
    }
}

fn read(world: &World, call: &Call<'_>) -> Answer {
    match call.operation {
        "DescribeAutoScalingGroups" => describe_groups(world, call),
        "DescribeAutoScalingInstances" => describe_instances(world, call),
        "DescribeScalingActivities" => describe_activities(world, call),
        "DescribeInstanceRefreshes" => refreshes::describe(world, call),
        _ => no_handler(call),
    }
}

/// Items on a page: what is asked for, else the operation's own number.
struct Paging {
    default: usize,
    most: i64,
}

impl Paging {
    fn limit(&self, input: &Map<String, Value>) -> Result<usize, Fault> {
        let Some(asked) = integer(input, "MaxRecords") else { return Ok(self.default) };
        if asked > self.most || asked < 1 {
            let (bound, limit) = if asked < 1 { ("greater", 1) } else { ("less", self.most) };
            let rule = format!("Member must have value {bound} than or equal to {limit}");
            let message = format!("Value '{asked}' at 'maxRecords' failed to satisfy constraint: {rule}");
            return Err(Fault::new("ValidationException", format!("1 validation error detected: {message}")));
        }
        Ok(usize::try_from(asked).unwrap_or(self.default))
    }

    /// One page of `member`, from items in the order of their keys.
    fn page(&self, call: &Call<'_>, member: &str, items: impl IntoIterator<Item = (String, Value)>) -> Answer {
        let after = match text(call.input, "NextToken") {
            Some(token) => Some(
                read_token(call.operation, token)
                    .ok_or_else(|| Fault::new("InvalidNextToken", format!("The token '{token}' is invalid.")))?,
            ),
            None => None,
        };
        let (items, next) = page(call.operation, items, after.as_deref(), self.limit(call.input)?);
        Ok(compact(json!({ member: items, "NextToken": next })))
    }
}

/// By name, or by tags; names of no group are passed over.
fn describe_groups(world: &World, call: &Call<'_>) -> Answer {
    let names = texts(call.input, "AutoScalingGroupNames");
    let members = call.input.get("IncludeInstances").and_then(Value::as_bool).unwrap_or(true);
    let filters = filters(call.input, |name| matches!(name, "tag-key" | "tag-value") || name.starts_with("tag:"))?;
    let wanted = |group: &&Group| names.is_empty() || names.contains(&group.name.as_str());
    let tagged = |group: &&Group| filters.iter().all(|filter| filter.accepts_group(group));
    let groups = world.groups.values().filter(wanted).filter(tagged);
    let groups = groups.map(|group| (group.name.clone(), shown(world, group, members)));
    Paging { default: 50, most: 100 }.page(call, "AutoScalingGroups", groups)
}

struct Filter<'a> {
    name: &'a str,
    values: Vec<&'a str>,
}

impl Filter<'_> {
    fn accepts_group(&self, group: &Group) -> bool {
        let mut tags = group.tags.iter();
        match self.name.strip_prefix("tag:") {
            Some(key) => group.tags.get(key).is_some_and(|value| self.values.contains(&value.as_str())),
            None if self.name == "tag-key" => tags.any(|(key, _)| self.values.contains(&key.as_str())),
            None => tags.any(|(_, value)| self.values.contains(&value.as_str())),
        }
    }

    fn accepts_activity(&self, activity: &Activity) -> bool {
        let mut times = self.values.iter().filter_map(|value| value.parse::<Timestamp>().ok());
        match self.name {
            "StartTimeLowerBound" => times.any(|bound| activity.started_at >= bound),
            "StartTimeUpperBound" => times.any(|bound| activity.started_at <= bound),
            _ => self.values.contains(&activity.status.as_str()),
        }
    }
}

fn filters<'a>(input: &'a Map<String, Value>, known: impl Fn(&str) -> bool) -> Result<Vec<Filter<'a>>, Fault> {
    let filters = input.get("Filters").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let filters = filters.map(|filter| {
        let name = text(filter, "Name").unwrap_or_default();
        if known(name) {
            return Ok(Filter { name, values: texts(filter, "Values") });
        }
        Err(Fault::new("ValidationException", format!("Filter type {name} is not correct.")))
    });
    filters.collect()
}

fn shown(world: &World, group: &Group, members: bool) -> Value {
    let zones: Vec<&str> = world.zones.iter().map(|zone| zone.name.as_str()).collect();
    let subnets: Vec<&str> = world.zones.iter().map(|zone| zone.subnet_id.as_str()).collect();
    let behind = !group.target_group_arns.is_empty();
    let traffic = group.target_group_arns.iter().map(|arn| json!({ "Identifier": arn, "Type": "elbv2" }));
    let suspended =
        group.suspended.iter().map(|process| json!({ "ProcessName": process, "SuspensionReason": "User suspended" }));
    let instances = group.members.iter().filter_map(|id| world.instances.get(id));
    let instances = instances.filter_map(|instance| member(world, instance, instance.membership.as_ref()?));
    compact(json!({
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": world.group_arn(group),
        "LaunchTemplate": template(world, group, &group.template_version),
        "MinSize": group.min,
        "MaxSize": group.max,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "DefaultInstanceWarmup": group.warmup_seconds,
        "AvailabilityZones": zones,
        "VPCZoneIdentifier": subnets.join(","),
        "LoadBalancerNames": [],
        "TargetGroupARNs": group.target_group_arns,
        "TrafficSources": traffic.collect::<Vec<_>>(),
        "HealthCheckType": if behind { "ELB" } else { "EC2" },
        "HealthCheckGracePeriod": group.grace_seconds,
        "Instances": if members { instances.collect::<Vec<_>>() } else { Vec::new() },
        "CreatedTime": seconds(group.created_at),
        "SuspendedProcesses": suspended.collect::<Vec<_>>(),
        "EnabledMetrics": [],
        "Tags": tags(group),
        "TerminationPolicies": ["Default"],
        "NewInstancesProtectedFromScaleIn": false,
        "MaxInstanceLifetime": group.max_instance_lifetime,
        "CapacityRebalance": false,
        "ServiceLinkedRoleARN": service_linked_role(world),
    }))
}

fn service_linked_role(world: &World) -> String {
    let role = "aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    format!("arn:aws:iam::{}:role/{role}", world.account)
}

fn tags(group: &Group) -> Vec<Value> {
    let tag = |(key, value): (&String, &String)| {
        json!({
            "ResourceId": group.name,
            "ResourceType": "auto-scaling-group",
            "Key": key,
            "Value": value,
            "PropagateAtLaunch": true,
        })
    };
    group.tags.iter().map(tag).collect()
}

fn template(world: &World, group: &Group, version: &str) -> Value {
    template_of(world, &group.template_id, version)
}

/// A launch template and its version, by id and by name.
fn template_of(world: &World, id: &str, version: &str) -> Value {
    let name = world.launch_templates.get(id).map(|template| &template.name);
    json!({ "LaunchTemplateId": id, "LaunchTemplateName": name, "Version": version })
}

/// A member as its group shows it.
fn member(world: &World, instance: &Instance, membership: &Membership) -> Option<Value> {
    let zone = world.zones.get(instance.zone)?;
    let group = world.groups.get(&membership.group)?;
    Some(json!({
        "InstanceId": instance.id,
        "InstanceType": instance.instance_type,
        "AvailabilityZone": zone.name,
        "LifecycleState": membership.lifecycle.as_str(),
        "HealthStatus": if membership.healthy { "Healthy" } else { "Unhealthy" },
        "LaunchTemplate": template(world, group, &membership.template_version.to_string()),
        "ProtectedFromScaleIn": world.is_protected(instance),
    }))
}

/// Members of all groups, by id. Their health is in capitals here and not in the groups, as in the examples of the API
/// reference.
fn describe_instances(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "InstanceIds");
    if ids.len() > 50 {
        return Err(Fault::new("ValidationException", "The number of instance ids must not exceed 50."));
    }
    let wanted = |instance: &&Instance| ids.is_empty() || ids.contains(&instance.id.as_str());
    let listed = |instance: &Instance| {
        let membership = instance.membership.as_ref()?;
        let group = world.groups.get(&membership.group)?;
        group.members.contains(&instance.id).then_some(())?;
        let mut shown = member(world, instance, membership)?;
        shown["AutoScalingGroupName"] = membership.group.as_str().into();
        shown["HealthStatus"] = if membership.healthy { "HEALTHY" } else { "UNHEALTHY" }.into();
        Some((instance.id.clone(), shown))
    };
    let instances = world.instances.values().filter(wanted).filter_map(listed);
    Paging { default: 50, most: 50 }.page(call, "AutoScalingInstances", instances)
}

/// Newest first.
fn describe_activities(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "ActivityIds");
    let known = |name: &str| matches!(name, "StartTimeLowerBound" | "StartTimeUpperBound" | "Status");
    let filters = filters(call.input, known)?;
    let groups: Vec<&Group> = match text(call.input, "AutoScalingGroupName") {
        Some(name) => vec![existing(world, name)?],
        None => world.groups.values().collect(),
    };
    let wanted = |activity: &Activity| {
        let named = ids.is_empty() || ids.contains(&activity.id.as_str());
        named && filters.iter().all(|filter| filter.accepts_activity(activity))
    };
    let all = groups.into_iter().flat_map(|group| group.activities.iter().map(move |one| (group, one)));
    let mut activities: Vec<(String, Value)> = all
        .filter(|(_, one)| wanted(one))
        .map(|(group, one)| (newest_first(one), activity(world, group, one)))
        .collect();
    activities.sort_by(|one, other| one.0.cmp(&other.0));
    Paging { default: 100, most: 100 }.page(call, "Activities", activities)
}

/// A key that is the smaller the later an activity began.
fn newest_first(activity: &Activity) -> String {
    format!("{:020} {}", i64::MAX - activity.started_at.as_millisecond(), activity.id)
}

fn activity(world: &World, group: &Group, activity: &Activity) -> Value {
    json!({
        "ActivityId": activity.id,
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": world.group_arn(group),
        "Description": activity.description,
        "Cause": activity.cause,
        "StartTime": seconds(activity.started_at),
        "EndTime": maybe_seconds(activity.ended_at),
        "StatusCode": activity.status,
        "Progress": if activity.ended_at.is_some() { 100 } else { 50 },
        "Details": details(world, activity),
    })
}

/// JSON with the zone and the subnet, as in the API reference's example.
fn details(world: &World, activity: &Activity) -> Option<String> {
    let zone = world.zones.get(world.instances.get(&activity.instance_id)?.zone)?;
    Some(json!({ "Subnet ID": zone.subnet_id, "Availability Zone": zone.name }).to_string())
}

fn existing<'w>(world: &'w World, name: &str) -> Result<&'w Group, Fault> {
    let missing = || {
        Fault::new(
            "ValidationException",
            format!("AutoScalingGroup name not found - AutoScalingGroup {name} not found"),
        )
    };
    world.groups.get(name).ok_or_else(missing)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;
    use crate::sim::options::Options;

    fn world() -> World {
        World::new(&Options::default(), Timestamp::from_second(1_800_000_000).unwrap())
    }

    fn ask(world: &World, operation: &str, input: Value) -> Answer {
        let input = input.as_object().cloned().unwrap();
        super::read(world, &Call { operation, input: &input, now: world.now, region: "eu-west-1" })
    }

    #[test]
    fn every_member_of_a_group_is_listed_with_it_and_among_all_members() {
        let world = world();
        let groups = ask(&world, "DescribeAutoScalingGroups", json!({})).unwrap();
        let groups = groups["AutoScalingGroups"].as_array().unwrap();
        let in_groups: usize = groups.iter().map(|group| group["Instances"].as_array().unwrap().len()).sum();
        let members: usize = world.groups.values().map(|group| group.members.len()).sum();
        assert!(members > 0 && in_groups == members, "{in_groups} of {members}");
        let all = ask(&world, "DescribeAutoScalingInstances", json!({})).unwrap();
        assert_eq!(all["AutoScalingInstances"].as_array().unwrap().len(), members.min(50));
        let bare = ask(&world, "DescribeAutoScalingGroups", json!({ "IncludeInstances": false })).unwrap();
        assert_eq!(bare["AutoScalingGroups"][0]["Instances"], json!([]));
    }

    #[test]
    fn groups_are_chosen_by_name_and_by_tag() {
        let world = world();
        let group = world.groups.values().next().unwrap();
        let count = |input| {
            let answer = ask(&world, "DescribeAutoScalingGroups", input).unwrap();
            answer["AutoScalingGroups"].as_array().unwrap().len()
        };
        assert_eq!(count(json!({ "AutoScalingGroupNames": [group.name, "nobody"] })), 1);
        assert_eq!(count(json!({ "AutoScalingGroupNames": ["nobody"] })), 0);
        let (key, value) = group.tags.iter().next().unwrap();
        let tag = |value: &str| json!({ "Filters": [{ "Name": format!("tag:{key}"), "Values": [value] }] });
        assert!(count(tag(value)) >= 1);
        assert_eq!(count(tag("nothing like it")), 0);
    }

    #[test]
    fn activities_come_newest_first_and_by_status() {
        let mut world = world();
        let name = world.groups.keys().next().cloned().unwrap();
        let group = world.groups.get_mut(&name).unwrap();
        group.activities = [(1, "Successful"), (3, "Failed"), (2, "Successful")]
            .map(|(at, status)| Activity {
                id: format!("activity-{at}"),
                description: String::new(),
                cause: "a test".into(),
                started_at: Timestamp::from_second(at).unwrap(),
                ended_at: None,
                status: status.into(),
                instance_id: String::new(),
            })
            .to_vec();
        let ids = |input: Value| {
            let answer = ask(&world, "DescribeScalingActivities", input).unwrap();
            let ids = answer["Activities"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["ActivityId"].as_str().unwrap().to_owned());
            ids.collect::<Vec<_>>()
        };
        assert_eq!(ids(json!({ "AutoScalingGroupName": name })), ["activity-3", "activity-2", "activity-1"]);
        let filter = json!([{ "Name": "Status", "Values": ["Successful"] }]);
        assert_eq!(ids(json!({ "AutoScalingGroupName": name, "Filters": filter })), ["activity-2", "activity-1"]);
    }

    #[test]
    fn what_is_not_there_or_too_much_is_refused() {
        let world = world();
        for (operation, input, code) in [
            ("DescribeScalingActivities", json!({ "AutoScalingGroupName": "nobody" }), "ValidationException"),
            ("DescribeInstanceRefreshes", json!({ "AutoScalingGroupName": "nobody" }), "ValidationException"),
            ("DescribeAutoScalingGroups", json!({ "MaxRecords": 101 }), "ValidationException"),
            ("DescribeAutoScalingInstances", json!({ "MaxRecords": 51 }), "ValidationException"),
            ("DescribeAutoScalingGroups", json!({ "NextToken": "x" }), "InvalidNextToken"),
            ("DescribeAutoScalingGroups", json!({ "Filters": [{ "Name": "colour" }] }), "ValidationException"),
        ] {
            assert_eq!(ask(&world, operation, input).unwrap_err().code, code, "{operation}");
        }
    }
}
