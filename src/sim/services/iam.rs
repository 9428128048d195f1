//! Identity and Access Management: what the account is called.

use serde_json::json;

use super::no_handler;
use crate::sim::call::{Answer, Call};
use crate::sim::world::World;

/// Answers one call. An account has one alias at most
/// (<https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccountAliases.html>).
pub(super) fn call(world: &World, call: &Call<'_>) -> Answer {
    match call.operation {
        "ListAccountAliases" => Ok(json!({
            "AccountAliases": [format!("{}-production", world.cluster)],
            "IsTruncated": false,
        })),
        _ => no_handler(call),
    }
}
