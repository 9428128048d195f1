//! Instance types, as far as they limit what fits on an instance.

use aws_sdk_ec2::types::InstanceTypeInfo;

use super::filter;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::maybe;
use crate::aws::error::Refusal;
use crate::aws::gather::{Harvest, Page, all_pages, in_batches};
use crate::fleet::image::InstanceType;

/// The largest page of DescribeInstanceTypes, from the service model.
const PAGE: i32 = 100;

/// The instance types with those names, by a filter: a name that the Region does not know would fail the whole call.
pub(in crate::aws) async fn read(calls: &Calls, names: &[String]) -> Harvest<InstanceType> {
    in_batches("instance types", names, PAGE as usize, |names| async { Ok::<_, Refusal>(describe(calls, names).await) })
        .await
}

async fn describe(calls: &Calls, names: Vec<String>) -> Harvest<InstanceType> {
    all_pages("instance types", |token| async {
        let request = calls
            .clients
            .ec2
            .describe_instance_types()
            .filters(filter("instance-type", names.clone()))
            .max_results(PAGE)
            .set_next_token(token);
        let output = calls.call(Family::Ec2Filtered, "ec2:DescribeInstanceTypes", request.send()).await?;
        let rows = output.instance_types().iter().filter_map(convert).collect();
        Ok::<_, Refusal>(Page { rows, next: output.next_token })
    })
    .await
}

fn convert(one: &InstanceTypeInfo) -> Option<InstanceType> {
    let interfaces = one.network_info().and_then(|network| network.maximum_network_interfaces());
    Some(InstanceType {
        name: maybe(one.instance_type().map(|name| name.as_str()))?,
        interfaces: interfaces.and_then(|count| u32::try_from(count).ok()),
    })
}
