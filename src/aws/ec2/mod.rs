//! EC2: instances and their types, AMIs, launch templates and security groups.

pub(super) mod build;
pub(super) mod image;
pub(super) mod instance;
pub(super) mod instance_type;
mod launch_template;
pub(super) mod security_group;

use aws_sdk_ec2::types::Filter;

/// Values that one filter takes, from the documentation of the EC2 API.
const FILTER_VALUES: usize = 200;
/// The largest page of most Describe calls.
const PAGE: i32 = 1_000;

fn filter(name: &str, values: Vec<String>) -> Filter {
    Filter::builder().name(name).set_values(Some(values)).build()
}
