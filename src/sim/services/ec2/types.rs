//! Instance types.

use serde_json::{Value, json};

use super::super::page::texts;
use super::filter::Filters;
use super::{Paging, paged};
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::world::{InstanceType, TYPES, World};

/// Filters of `DescribeInstanceTypes` that this world can tell
/// (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html>).
const FILTERS: [&str; 9] = [
    "bare-metal",
    "current-generation",
    "hypervisor",
    "instance-type",
    "memory-info.size-in-mib",
    "network-info.ipv4-addresses-per-interface",
    "network-info.maximum-network-interfaces",
    "processor-info.supported-architecture",
    "vcpu-info.default-vcpus",
];

/// `DescribeInstanceTypes`: what the Region offers, which is what this world's instances are.
pub(super) fn describe(_: &World, call: &Call<'_>) -> Answer {
    let wanted = texts(call.input, "InstanceTypes");
    let unknown: Vec<&str> = wanted.iter().copied().filter(|name| !TYPES.iter().any(|one| one.name == *name)).collect();
    if !unknown.is_empty() {
        let message = format!("The following supplied instance types do not exist: [{}]", unknown.join(", "));
        return Err(Fault::new("InvalidInstanceType", message));
    }
    let filters = Filters::read(call.input, &FILTERS)?;
    let found = TYPES
        .iter()
        .filter(|one| (wanted.is_empty() || wanted.contains(&one.name)) && filters.pass(|name| vec![value(one, name)]));
    let paging = Paging { least: 5, most: 100, ids: None };
    paged(call, &paging, "InstanceTypes", found.map(|one| (one.name.to_owned(), shown(one))))
}

fn value(one: &InstanceType, name: &str) -> String {
    match name {
        "bare-metal" => "false".into(),
        "current-generation" => "true".into(),
        "hypervisor" => "nitro".into(),
        "instance-type" => one.name.into(),
        "memory-info.size-in-mib" => one.memory.to_string(),
        "network-info.ipv4-addresses-per-interface" => one.addresses.to_string(),
        "network-info.maximum-network-interfaces" => one.interfaces.to_string(),
        "processor-info.supported-architecture" => "x86_64".into(),
        _ => one.vcpus.to_string(),
    }
}

fn shown(one: &InstanceType) -> Value {
    json!({
        "InstanceType": one.name,
        "CurrentGeneration": true,
        "FreeTierEligible": false,
        "SupportedUsageClasses": ["on-demand", "spot"],
        "SupportedRootDeviceTypes": ["ebs"],
        "SupportedVirtualizationTypes": ["hvm"],
        "BareMetal": false,
        "Hypervisor": "nitro",
        "ProcessorInfo": { "SupportedArchitectures": ["x86_64"], "Manufacturer": "Intel" },
        "VCpuInfo": { "DefaultVCpus": one.vcpus, "DefaultCores": one.vcpus / 2, "DefaultThreadsPerCore": 2 },
        "MemoryInfo": { "SizeInMiB": one.memory },
        "InstanceStorageSupported": false,
        "NetworkInfo": {
            "MaximumNetworkInterfaces": one.interfaces,
            "MaximumNetworkCards": 1,
            "DefaultNetworkCardIndex": 0,
            "Ipv4AddressesPerInterface": one.addresses,
            "Ipv6AddressesPerInterface": one.addresses,
            "Ipv6Supported": true,
            "EnaSupport": "required",
            "EfaSupported": false,
        },
        "HibernationSupported": true,
        "BurstablePerformanceSupported": false,
        "DedicatedHostsSupported": true,
        "AutoRecoverySupported": true,
    })
}
