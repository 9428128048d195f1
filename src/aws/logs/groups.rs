//! Log groups: how long they keep their events.

use std::collections::BTreeSet;

use aws_sdk_cloudwatchlogs::types::LogGroup as Described;
use jiff::Timestamp;

use super::super::budget::Family;
use super::super::calls::Calls;
use super::super::convert::{count, maybe};
use super::super::error::Refusal;
use super::super::gather::{Gathered, Harvest, Page, all_pages, in_batches, required, without_repeats};
use crate::fleet::task::LogGroup;

const OPERATION: &str = "logs:DescribeLogGroups";
/// Identifiers in one DescribeLogGroups, from the service model.
const BATCH: usize = 50;

/// The log groups with those names. One that does not exist is left out.
pub(in crate::aws) async fn read(calls: &Calls, names: &[String]) -> Gathered<Vec<LogGroup>> {
    let wanted: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let mut harvest = in_batches("log groups", names, BATCH, |names| describe(calls, names)).await;
    // An endpoint that does not know identifiers lists every group that it has.
    harvest.rows.retain(|group| wanted.contains(group.name.as_str()));
    without_repeats(&mut harvest.rows, |group| &group.name);
    harvest.finish()
}

async fn describe(calls: &Calls, names: Vec<String>) -> Result<Harvest<LogGroup>, Refusal> {
    Ok(all_pages("log groups", |token| async {
        let request = calls
            .clients
            .logs
            .describe_log_groups()
            .set_log_group_identifiers(Some(names.clone()))
            .set_next_token(token);
        let output = calls.call(Family::LogGroups, OPERATION, request.send()).await?;
        let rows = required(output.log_groups, OPERATION, "logGroups")?.iter().filter_map(convert).collect();
        Ok::<_, Refusal>(Page { rows, next: output.next_token })
    })
    .await)
}

fn convert(group: &Described) -> Option<LogGroup> {
    Some(LogGroup {
        name: maybe(group.log_group_name())?,
        retention_days: group.retention_in_days().filter(|days| *days > 0).map(count),
        stored_bytes: group.stored_bytes().and_then(|bytes| u64::try_from(bytes).ok()),
        created_at: group.creation_time().and_then(|at| Timestamp::from_millisecond(at).ok()),
    })
}
