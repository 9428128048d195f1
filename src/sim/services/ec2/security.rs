//! Security groups and their rules.

use serde_json::{Value, json};

use super::super::page::{compact, texts};
use super::filter::Filters;
use super::{Paging, all_known, paged};
use crate::sim::call::{Answer, Call};
use crate::sim::world::World;
use crate::sim::world::network::{Peer, SecurityGroup, SecurityGroupRule};

/// `DescribeSecurityGroups`: by id, by name, by filter; pages of 5 to 1,000 ([EC2 API]).
pub(super) fn describe_groups(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "GroupIds");
    all_known("InvalidGroup.NotFound", "security group", &ids, |id| world.security_groups.contains_key(id))?;
    let names = texts(call.input, "GroupNames");
    let named = |name: &str| world.security_groups.values().any(|g| g.name == name);
    all_known("InvalidGroup.NotFound", "security group", &names, named)?;
    let filters = Filters::read(call.input, &["description", "group-id", "group-name", "owner-id", "vpc-id"])?;
    let found = world.security_groups.values().filter(|group| {
        let asked = ids.contains(&group.id.as_str()) || names.contains(&group.name.as_str());
        (asked || ids.is_empty() && names.is_empty())
            && filters.pass(|name| {
                vec![match name {
                    "description" => group.description.clone(),
                    "group-id" => group.id.clone(),
                    "group-name" => group.name.clone(),
                    "owner-id" => world.account.clone(),
                    "vpc-id" => world.vpc_id.clone(),
                    _ => return Vec::new(),
                }]
            })
    });
    let paging = Paging { least: 5, most: 1000, ids: None };
    paged(call, &paging, "SecurityGroups", found.map(|group| (group.id.clone(), describe_group(world, group))))
}

fn describe_group(world: &World, group: &SecurityGroup) -> Value {
    let permissions = |egress: bool| -> Vec<Value> {
        group.rules.iter().filter(|r| r.egress == egress).map(|r| permission(world, r)).collect()
    };
    json!({
        "GroupId": group.id,
        "GroupName": group.name,
        "Description": group.description,
        "OwnerId": world.account,
        "VpcId": world.vpc_id,
        "SecurityGroupArn": world.arn("ec2", &format!("security-group/{}", group.id)),
        "IpPermissions": permissions(false),
        "IpPermissionsEgress": permissions(true),
        "Tags": [],
    })
}

/// No description where there is none: EC2 leaves it out.
fn words(rule: &SecurityGroupRule) -> Option<&str> {
    Some(rule.description.as_str()).filter(|text| !text.is_empty())
}

fn permission(world: &World, rule: &SecurityGroupRule) -> Value {
    let (mut ranges, mut groups) = (Vec::new(), Vec::new());
    match &rule.peer {
        Peer::Cidr(cidr) => ranges.push(json!({ "CidrIp": cidr, "Description": words(rule) })),
        Peer::Group(id) => {
            groups.push(json!({ "GroupId": id, "UserId": world.account, "Description": words(rule) }));
        }
    }
    compact(json!({
        "IpProtocol": rule.protocol,
        "FromPort": rule.from_port,
        "ToPort": rule.to_port,
        "IpRanges": ranges,
        "Ipv6Ranges": [],
        "PrefixListIds": [],
        "UserIdGroupPairs": groups,
    }))
}

/// `DescribeSecurityGroupRules`: by rule id or filter; pages of 5 to 1,000 ([EC2 API]).
pub(super) fn describe_rules(world: &World, call: &Call<'_>) -> Answer {
    let ids = texts(call.input, "SecurityGroupRuleIds");
    let rules: Vec<(&SecurityGroup, &SecurityGroupRule)> =
        world.security_groups.values().flat_map(|g| g.rules.iter().map(move |r| (g, r))).collect();
    let known = |id: &str| rules.iter().any(|(_, rule)| rule.id == id);
    all_known("InvalidSecurityGroupRuleId.NotFound", "security group rule ID", &ids, known)?;
    let filters = Filters::read(call.input, &["group-id", "security-group-rule-id"])?;
    let wanted = rules.iter().filter(|(group, rule)| {
        (ids.is_empty() || ids.contains(&rule.id.as_str()))
            && filters.pass(|name| match name {
                "group-id" => vec![group.id.clone()],
                "security-group-rule-id" => vec![rule.id.clone()],
                _ => Vec::new(),
            })
    });
    let mut found: Vec<(String, Value)> =
        wanted.map(|(group, rule)| (rule.id.clone(), describe_rule(world, group, rule))).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    paged(call, &Paging { least: 5, most: 1000, ids: None }, "SecurityGroupRules", found)
}

fn describe_rule(world: &World, group: &SecurityGroup, rule: &SecurityGroupRule) -> Value {
    let (cidr, referenced) = match &rule.peer {
        Peer::Cidr(cidr) => (Some(cidr), None),
        Peer::Group(id) => (None, Some(json!({ "GroupId": id, "UserId": world.account }))),
    };
    // Every port is -1 here, where a permission of a group leaves it out ([EC2 SecurityGroupRule]).
    let port = |port: Option<u16>| port.map_or(-1, i64::from);
    compact(json!({
        "SecurityGroupRuleId": rule.id,
        "SecurityGroupRuleArn": world.arn("ec2", &format!("security-group-rule/{}", rule.id)),
        "GroupId": group.id,
        "GroupOwnerId": world.account,
        "IsEgress": rule.egress,
        "IpProtocol": rule.protocol,
        "FromPort": port(rule.from_port),
        "ToPort": port(rule.to_port),
        "CidrIpv4": cidr,
        "ReferencedGroupInfo": referenced,
        "Description": words(rule),
        "Tags": [],
    }))
}
