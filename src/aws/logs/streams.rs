//! Which streams a log group has.

use super::{LogRefusal, Logged};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::gather::required;

const OPERATION: &str = "logs:DescribeLogStreams";

/// Names of the streams that begin with `prefix`, all pages of them.
pub(super) async fn read(calls: &Calls, group: &str, prefix: &str) -> Logged<Vec<String>> {
    let mut names = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let request = calls
            .clients
            .logs
            .describe_log_streams()
            .log_group_name(group)
            .set_log_stream_name_prefix((!prefix.is_empty()).then(|| prefix.to_owned()))
            .set_next_token(token.clone());
        let refused = |refusal| LogRefusal::of(refusal, token.is_some());
        let output = calls.call(Family::LogStreams, OPERATION, request.send()).await.map_err(refused)?;
        let page = required(output.log_streams, OPERATION, "logStreams").map_err(refused)?;
        names.extend(page.into_iter().filter_map(|stream| stream.log_stream_name));
        match output.next_token {
            // A token that comes back would go round for ever.
            next @ Some(_) if next != token => token = next,
            _ => return Ok(names),
        }
    }
}
