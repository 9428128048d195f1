//! What an EC2 instance wrote to its console: all there is of one that never joined.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use super::{LogRefusal, Logged};
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::time;
use crate::fleet::reading::{Failure, FailureKind};

const OPERATION: &str = "ec2:GetConsoleOutput";

/// The console of an instance, as it was at one time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsoleOutput {
    /// When AWS last updated it; its lines have no time of their own. The present where AWS does not say.
    pub at: Timestamp,
    /// What was written: not clean. A byte that is no text is `U+FFFD`.
    pub text: String,
}

/// Reads the newest output; `None` while there is nothing.
pub(super) async fn read(calls: &Calls, instance: &str) -> Logged<Option<ConsoleOutput>> {
    // The newest output can be had of instances on Nitro alone; of others AWS keeps what they wrote when they last started
    // (https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetConsoleOutput.html).
    let output = match ask(calls, instance, true).await {
        Err(refusal) if refusal.is("UnsupportedOperation") => ask(calls, instance, false).await,
        other => other,
    };
    let output = output.map_err(|refusal| LogRefusal::from(refusal.failure))?;
    let Some(encoded) = output.output.filter(|encoded| !encoded.trim().is_empty()) else { return Ok(None) };
    // Encoders break lines as they like.
    let encoded: String = encoded.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(encoded).map_err(|error| LogRefusal::from(unreadable(&error.to_string())))?;
    let at = time(output.timestamp.as_ref()).unwrap_or_else(|| calls.now());
    Ok(Some(ConsoleOutput { at, text: String::from_utf8_lossy(&bytes).into_owned() }))
}

async fn ask(calls: &Calls, instance: &str, latest: bool) -> Result<Output, crate::aws::error::Refusal> {
    let request = calls.clients.ec2.get_console_output().instance_id(instance).latest(latest);
    calls.call(Family::Ec2Filtered, OPERATION, request.send()).await
}

type Output = aws_sdk_ec2::operation::get_console_output::GetConsoleOutputOutput;

fn unreadable(why: &str) -> Failure {
    Failure {
        kind: FailureKind::Failed,
        operation: OPERATION.to_owned(),
        message: format!("the output is not base64: {why}"),
        hint: Some("whatever answered is not AWS; check the proxy and the endpoint".to_owned()),
        request_id: None,
    }
}
