//! Security Token Service: who is asking.

use serde_json::json;

use super::no_handler;
use crate::sim::call::{Answer, Call};
use crate::sim::world::World;

/// Role that every caller of the simulated AWS has assumed.
const ROLE: &str = "quarterdeck-on-call";
/// Name of the caller's session.
const SESSION: &str = "keel";
/// Unique id of the role: `AROA` and 17 letters or digits
/// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>).
const ROLE_ID: &str = "AROAQUARTERDECKONCALL";

/// Answers one call.
pub(super) fn call(world: &World, call: &Call<'_>) -> Answer {
    match call.operation {
        "GetCallerIdentity" => Ok(json!({
            "UserId": format!("{ROLE_ID}:{SESSION}"),
            "Account": world.account,
            "Arn": caller_arn(&world.account),
        })),
        _ => no_handler(call),
    }
}

/// ARN of the assumed role, as errors and `GetCallerIdentity` show it.
pub(in crate::sim) fn caller_arn(account: &str) -> String {
    format!("arn:aws:sts::{account}:assumed-role/{ROLE}/{SESSION}")
}
