//! Instances and their status checks.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::page::{compact, integer, seconds, tag_list, texts};
use super::filter::{Filters, tag_values, zone_name};
use super::{Paging, all_known, paged};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::World;
use crate::sim::world::instance::{Check, Ec2State, Instance};

/// Filters of `DescribeInstances` that this world can tell ([EC2 API]).
const FILTERS: [&str; 22] = [
    "architecture",
    "availability-zone",
    "group-id",
    "image-id",
    "instance-id",
    "instance-state-code",
    "instance-state-name",
    "instance-type",
    "instance.group-id",
    "instance.group-name",
    "key-name",
    "network-interface.subnet-id",
    "network-interface.vpc-id",
    "owner-id",
    "private-dns-name",
    "private-ip-address",
    "reservation-id",
    "subnet-id",
    "tag-key",
    "tag-value",
    "vpc-id",
    "network-interface.addresses.private-ip-address",
];

/// `DescribeInstances`: pages of 5 to 1,000, which cannot be combined with `InstanceIds` ([EC2 API: MaxResults]).
pub(super) fn describe(world: &World, call: &Call<'_>) -> Answer {
    let ids = known_ids(world, call)?;
    let filters = Filters::read(call.input, &FILTERS)?;
    let found = world.instances.values().filter(|instance| {
        (ids.is_empty() || ids.contains(&instance.id.as_str())) && filters.pass(|name| values(world, instance, name))
    });
    let paging = Paging { least: 5, most: 1000, ids: Some("InstanceIds") };
    let mut answer = paged(call, &paging, "Reservations", found.map(|i| (i.id.clone(), reservation(world, i))))?;
    if let Some(Value::Array(reservations)) = answer.get_mut("Reservations") {
        *reservations = together(std::mem::take(reservations));
    }
    Ok(answer)
}

/// Reservations with all their instances of a page, in the order of their launch. A page counts instances and may end
/// within a reservation ([EC2 API: MaxResults]).
fn together(alone: Vec<Value>) -> Vec<Value> {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut reservations: Vec<Value> = Vec::new();
    for mut one in alone {
        let id = one["ReservationId"].as_str().unwrap_or_default().to_owned();
        let place = *places.entry(id).or_insert(reservations.len());
        match reservations.get_mut(place).and_then(|known| known["Instances"].as_array_mut()) {
            Some(instances) => {
                instances.extend(one["Instances"].as_array_mut().map(std::mem::take).unwrap_or_default());
                instances.sort_by_key(|instance| instance["AmiLaunchIndex"].as_u64());
            }
            None => reservations.push(one),
        }
    }
    reservations
}

pub(super) fn known_ids<'a>(world: &World, call: &Call<'a>) -> Result<Vec<&'a str>, Fault> {
    let ids = texts(call.input, "InstanceIds");
    let malformed = ids.iter().find(|id| !id.starts_with("i-"));
    if let Some(id) = malformed {
        return Err(Fault::new("InvalidInstanceID.Malformed", format!("Invalid id: \"{id}\"")));
    }
    all_known("InvalidInstanceID.NotFound", "instance ID", &ids, |id| world.instances.contains_key(id))?;
    Ok(ids)
}

fn values(world: &World, instance: &Instance, name: &str) -> Vec<String> {
    if let Some(values) = tag_values(name, &instance.tags) {
        return values;
    }
    let (state, code) = instance.state.name_and_code();
    let one = match name {
        "architecture" => "x86_64".into(),
        "availability-zone" => zone_name(world, instance.zone),
        "group-id" | "instance.group-id" => return instance.security_groups.clone(),
        "instance.group-name" => {
            let groups = instance.security_groups.iter().filter_map(|id| world.security_groups.get(id));
            return groups.map(|g| g.name.clone()).collect();
        }
        "image-id" => instance.image_id.clone(),
        "instance-id" => instance.id.clone(),
        "instance-state-code" => code.to_string(),
        "instance-state-name" => state.into(),
        "instance-type" => instance.instance_type.clone(),
        "key-name" => return instance.key_name.clone().into_iter().collect(),
        "owner-id" => world.account.clone(),
        "private-dns-name" => dns(world, instance),
        "private-ip-address" | "network-interface.addresses.private-ip-address" => instance.private_ip.to_string(),
        "reservation-id" => instance.reservation_id.clone(),
        "subnet-id" | "network-interface.subnet-id" => subnet(world, instance),
        "vpc-id" | "network-interface.vpc-id" => world.vpc_id.clone(),
        _ => return Vec::new(),
    };
    vec![one]
}

fn subnet(world: &World, instance: &Instance) -> String {
    world.zones.get(instance.zone).map(|z| z.subnet_id.clone()).unwrap_or_default()
}

fn dns(world: &World, instance: &Instance) -> String {
    // us-east-1 alone calls its private zone ec2.internal ([VPC "DNS attributes"]).
    let domain =
        if world.region == "us-east-1" { "ec2.internal".into() } else { format!("{}.compute.internal", world.region) };
    format!("ip-{}.{domain}", instance.private_ip.to_string().replace('.', "-"))
}

fn reservation(world: &World, instance: &Instance) -> Value {
    json!({
        "ReservationId": instance.reservation_id,
        "OwnerId": world.account,
        "Groups": [],
        "Instances": [describe_one(world, instance)],
    })
}

pub(super) fn describe_one(world: &World, instance: &Instance) -> Value {
    let (name, code) = instance.state.name_and_code();
    let gone = instance.state == Ec2State::Terminated;
    // A terminated instance has lost its interfaces, addresses and volumes.
    let alive = |value: Value| if gone { Value::Null } else { value };
    let ending = !matches!(instance.state, Ec2State::Pending | Ec2State::Running);
    let reason = instance.terminated_at.filter(|_| ending).map(|at| {
        (json!({ "Code": "Client.UserInitiatedShutdown", "Message": "Client.UserInitiatedShutdown: User initiated shutdown" }),
         format!("User initiated ({} GMT)", at.strftime("%Y-%m-%d %H:%M:%S")))
    });
    let profile = instance.membership.is_some().then(
        || json!({ "Arn": world.arn_of("iam", "instance-profile/harbor-instance"), "Id": "AIPAJHARBORINSTANCE01" }),
    );
    compact(json!({
        "InstanceId": instance.id,
        "ImageId": instance.image_id,
        "State": { "Name": name, "Code": code },
        "StateReason": reason.as_ref().map(|r| r.0.clone()),
        "StateTransitionReason": reason.map(|r| r.1).unwrap_or_default(),
        "PrivateDnsName": if gone { String::new() } else { dns(world, instance) },
        "PublicDnsName": "",
        "KeyName": instance.key_name,
        "AmiLaunchIndex": instance.launch_index,
        "ProductCodes": [],
        "InstanceType": instance.instance_type,
        "LaunchTime": seconds(instance.launched_at),
        "Placement": {
            "AvailabilityZone": zone_name(world, instance.zone),
            "AvailabilityZoneId": world.zones.get(instance.zone).map(|z| &z.id),
            "GroupName": "",
            "Tenancy": "default",
        },
        "Monitoring": { "State": "disabled" },
        "SubnetId": alive(subnet(world, instance).into()),
        "VpcId": alive(world.vpc_id.clone().into()),
        "PrivateIpAddress": alive(instance.private_ip.to_string().into()),
        "Architecture": "x86_64",
        "BlockDeviceMappings": if gone { Vec::new() } else { vec![root_volume(instance)] },
        "EbsOptimized": true,
        "EnaSupport": true,
        "Hypervisor": "xen",
        "IamInstanceProfile": profile,
        "NetworkInterfaces": if gone { Vec::new() } else { vec![interface(world, instance)] },
        "RootDeviceName": "/dev/xvda",
        "RootDeviceType": "ebs",
        "SecurityGroups": if gone { json!([]) } else { groups(world, instance) },
        "SourceDestCheck": true,
        "Tags": (!instance.tags.is_empty()).then(|| tag_list(&instance.tags, "Key", "Value")),
        "VirtualizationType": "hvm",
        "MetadataOptions": {
            "State": "applied", "HttpTokens": "required", "HttpPutResponseHopLimit": 2, "HttpEndpoint": "enabled",
            "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
        },
        "PlatformDetails": "Linux/UNIX",
        "UsageOperation": "RunInstances",
    }))
}

fn groups(world: &World, instance: &Instance) -> Value {
    let groups = instance.security_groups.iter().filter_map(|id| world.security_groups.get(id));
    groups.map(|g| json!({ "GroupId": g.id, "GroupName": g.name })).collect()
}

fn root_volume(instance: &Instance) -> Value {
    let ebs = json!({
        "AttachTime": seconds(instance.launched_at),
        "DeleteOnTermination": true,
        "Status": "attached",
        "VolumeId": instance.volume_id,
    });
    json!({ "DeviceName": "/dev/xvda", "Ebs": ebs })
}

/// A locally administered address that belongs to the interface alone.
fn mac(interface_id: &str) -> String {
    let digits: Vec<char> = interface_id.chars().rev().take(10).collect();
    let pairs = digits.chunks(2).map(|pair| pair.iter().collect::<String>());
    std::iter::once("02".to_owned()).chain(pairs).collect::<Vec<_>>().join(":")
}

fn interface(world: &World, instance: &Instance) -> Value {
    let address = instance.private_ip.to_string();
    json!({
        "NetworkInterfaceId": instance.interface_id,
        "Attachment": {
            "AttachTime": seconds(instance.launched_at),
            "AttachmentId": instance.interface_id.replace("eni-", "eni-attach-"),
            "DeleteOnTermination": true,
            "DeviceIndex": 0,
            "NetworkCardIndex": 0,
            "Status": "attached",
        },
        "Description": "",
        "Groups": groups(world, instance),
        "Ipv6Addresses": [],
        "MacAddress": mac(&instance.interface_id),
        "OwnerId": world.account,
        "PrivateDnsName": dns(world, instance),
        "PrivateIpAddress": address,
        "PrivateIpAddresses": [
            { "Primary": true, "PrivateDnsName": dns(world, instance), "PrivateIpAddress": address },
        ],
        "SourceDestCheck": true,
        "Status": "in-use",
        "SubnetId": subnet(world, instance),
        "VpcId": world.vpc_id,
        "InterfaceType": "interface",
    })
}

/// Filters of `DescribeInstanceStatus` that this world can tell ([EC2 API]).
const STATUS_FILTERS: [&str; 7] = [
    "availability-zone",
    "instance-state-code",
    "instance-state-name",
    "instance-status.reachability",
    "instance-status.status",
    "system-status.reachability",
    "system-status.status",
];

/// `DescribeInstanceStatus`: running instances unless `IncludeAllInstances`; up to 100 ids, not to be combined with
/// `MaxResults` ([EC2 API]).
pub(super) fn describe_status(world: &World, call: &Call<'_>) -> Answer {
    let ids = known_ids(world, call)?;
    if ids.len() > 100 && integer(call.input, "MaxResults").is_none() {
        let message = "The maximum number of instance IDs that can be specified is 100";
        return Err(Fault::new("InvalidParameterValue", message));
    }
    let all = call.input.get("IncludeAllInstances").and_then(Value::as_bool) == Some(true);
    let filters = Filters::read(call.input, &STATUS_FILTERS)?;
    let found = world.instances.values().filter(|instance| {
        (ids.is_empty() || ids.contains(&instance.id.as_str()))
            && (all || instance.state == Ec2State::Running)
            && filters.pass(|name| status_values(world, instance, name))
    });
    let paging = Paging { least: 5, most: 1000, ids: Some("InstanceIds") };
    paged(call, &paging, "InstanceStatuses", found.map(|i| (i.id.clone(), status(world, i))))
}

/// The words for a check's status and its one detail, reachability.
fn words(instance: &Instance, check: Check) -> (&'static str, &'static str) {
    match (instance.state, check) {
        (Ec2State::Running, Check::Ok) => ("ok", "passed"),
        (Ec2State::Running, Check::Impaired(_)) => ("impaired", "failed"),
        (Ec2State::Running | Ec2State::Pending, _) => ("initializing", "initializing"),
        (_, _) => ("not-applicable", ""),
    }
}

fn status_values(world: &World, instance: &Instance, name: &str) -> Vec<String> {
    let (state, code) = instance.state.name_and_code();
    vec![match name {
        "availability-zone" => zone_name(world, instance.zone),
        "instance-state-code" => code.to_string(),
        "instance-state-name" => state.into(),
        "instance-status.reachability" => words(instance, instance.instance_check).1.into(),
        "instance-status.status" => words(instance, instance.instance_check).0.into(),
        "system-status.reachability" => words(instance, instance.system_check).1.into(),
        "system-status.status" => words(instance, instance.system_check).0.into(),
        _ => return Vec::new(),
    }]
}

fn status(world: &World, instance: &Instance) -> Value {
    let (name, code) = instance.state.name_and_code();
    compact(json!({
        "AvailabilityZone": zone_name(world, instance.zone),
        "AvailabilityZoneId": world.zones.get(instance.zone).map(|z| &z.id),
        "InstanceId": instance.id,
        "InstanceState": { "Name": name, "Code": code },
        "InstanceStatus": summary(instance, instance.instance_check),
        "SystemStatus": summary(instance, instance.system_check),
        "AttachedEbsStatus": summary(instance, instance.system_check),
        "Events": [],
    }))
}

fn summary(instance: &Instance, check: Check) -> Value {
    let (status, reachability) = words(instance, check);
    let since = match check {
        Check::Impaired(at) if reachability == "failed" => Some(seconds(at)),
        _ => None,
    };
    let detail = json!({ "Name": "reachability", "Status": reachability, "ImpairedSince": since });
    json!({ "Status": status, "Details": if reachability.is_empty() { Vec::new() } else { vec![detail] } })
}
