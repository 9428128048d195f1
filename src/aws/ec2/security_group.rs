//! Security groups, as far as SSH is concerned.

use aws_sdk_ec2::types::{IpPermission, SecurityGroup as Described};

use super::{FILTER_VALUES, PAGE, filter};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, Harvest, Page, all_pages, in_batches, without_repeats};
use crate::fleet::instance::SecurityGroup;

/// The port that nobody should reach.
const SSH: i32 = 22;

/// The security groups with those ids. One that is gone is left out.
pub(in crate::aws) async fn read(calls: &Calls, ids: &[String]) -> Gathered<Vec<SecurityGroup>> {
    let mut harvest = in_batches("security groups", ids, FILTER_VALUES, |ids| describe(calls, ids)).await;
    without_repeats(&mut harvest.rows, |row| &row.id);
    harvest.finish()
}

async fn describe(calls: &Calls, ids: Vec<String>) -> Result<Harvest<SecurityGroup>, Refusal> {
    Ok(all_pages("security groups", |token| async {
        let request = calls
            .clients
            .ec2
            .describe_security_groups()
            .filters(filter("group-id", ids.clone()))
            .max_results(PAGE)
            .set_next_token(token);
        let output = calls.call(Family::Ec2Filtered, "ec2:DescribeSecurityGroups", request.send()).await?;
        let rows = output.security_groups().iter().filter_map(convert).collect();
        Ok::<_, Refusal>(Page { rows, next: output.next_token })
    })
    .await)
}

fn convert(group: &Described) -> Option<SecurityGroup> {
    let mut ssh_sources: Vec<String> =
        group.ip_permissions().iter().filter(|permission| lets_ssh_in(permission)).flat_map(sources).collect();
    without_repeats(&mut ssh_sources, |source| source);
    Some(SecurityGroup { id: maybe(group.group_id())?, name: words(group.group_name()), ssh_sources })
}

/// Whether the permission covers TCP 22. `-1` is every protocol and every port; so is a port of -1.
fn lets_ssh_in(permission: &IpPermission) -> bool {
    let from = permission.from_port().unwrap_or(-1);
    let to = permission.to_port().unwrap_or(-1);
    match permission.ip_protocol() {
        Some("-1") => true,
        Some("tcp" | "6") => from == -1 || (from..=to).contains(&SSH),
        _ => false,
    }
}

fn sources(permission: &IpPermission) -> impl Iterator<Item = String> {
    let v4 = permission.ip_ranges().iter().map(|range| range.cidr_ip());
    let v6 = permission.ipv6_ranges().iter().map(|range| range.cidr_ipv6());
    let lists = permission.prefix_list_ids().iter().map(|list| list.prefix_list_id());
    let groups = permission.user_id_group_pairs().iter().map(|pair| pair.group_id().or(pair.group_name()));
    v4.chain(v6).chain(lists).chain(groups).filter_map(maybe)
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::{IpRange, Ipv6Range, PrefixListId, UserIdGroupPair};

    use super::*;

    fn permission(protocol: &str, from: Option<i32>, to: Option<i32>) -> IpPermission {
        IpPermission::builder().ip_protocol(protocol).set_from_port(from).set_to_port(to).build()
    }

    #[test]
    fn only_what_covers_port_22_lets_ssh_in() {
        assert!(lets_ssh_in(&permission("tcp", Some(22), Some(22))));
        assert!(lets_ssh_in(&permission("tcp", Some(0), Some(65_535))));
        assert!(lets_ssh_in(&permission("6", Some(20), Some(25))));
        assert!(lets_ssh_in(&permission("-1", None, None)));
        assert!(!lets_ssh_in(&permission("tcp", Some(80), Some(443))));
        assert!(!lets_ssh_in(&permission("tcp", Some(2_222), Some(2_222))));
        assert!(!lets_ssh_in(&permission("udp", Some(22), Some(22))));
        assert!(!lets_ssh_in(&permission("icmp", Some(-1), Some(-1))));
    }

    #[test]
    fn every_kind_of_source_is_named_once() {
        let open = IpPermission::builder()
            .ip_protocol("-1")
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .ip_ranges(IpRange::builder().cidr_ip("0.0.0.0/0").build())
            .ipv6_ranges(Ipv6Range::builder().cidr_ipv6("::/0").build())
            .prefix_list_ids(PrefixListId::builder().prefix_list_id("pl-1").build())
            .user_id_group_pairs(UserIdGroupPair::builder().group_id("sg-2").build())
            .build();
        let closed = permission("tcp", Some(443), Some(443));
        let group = Described::builder().group_id("sg-1").ip_permissions(open).ip_permissions(closed).build();
        let sources = convert(&group).map(|group| group.ssh_sources).unwrap_or_default();
        assert_eq!(sources, ["0.0.0.0/0", "::/0", "pl-1", "sg-2"]);
    }
}
