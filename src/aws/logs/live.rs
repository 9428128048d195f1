//! Live Tail, second by second.

use std::collections::HashMap;
use std::fmt::Debug;
use std::time::Duration;

use aws_sdk_cloudwatchlogs::config::{Builder, StalledStreamProtectionConfig};
use aws_sdk_cloudwatchlogs::operation::start_live_tail::StartLiveTailOutput;
use aws_sdk_cloudwatchlogs::types::error::StartLiveTailResponseStreamError;
use aws_sdk_cloudwatchlogs::types::{
    LiveTailSessionLogEvent, LiveTailSessionUpdate, StartLiveTailResponseStream as Event,
};
use aws_smithy_runtime_api::client::result::SdkError;

use super::{Cause, LogRefusal, Logged, chosen, is_refused};
use crate::aws::Aws;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::error::causes;
use crate::fleet::reading::{Failure, FailureKind};
use crate::logs::batch::Arrival;
use crate::logs::live::{LiveAsk, LiveEnd, LiveUpdate};
use crate::text;

const OPERATION: &str = "logs:StartLiveTail";
const DESCRIBE: &str = "logs:DescribeLogGroups";

/// AWS sends an update every second, empty ones too: after this long without one the connection is dead.
const SILENCE: Duration = Duration::from_secs(20);

/// Characters of an error that are kept.
const MESSAGE: usize = 400;

impl Aws {
    /// Starts a session of Live Tail, which AWS bills by the minute until it is dropped.
    ///
    /// # Errors
    /// The failure, with [`super::Cause::Missing`] if one of the groups does not exist.
    pub async fn live_tail(&self, ask: LiveAsk) -> Result<LiveTail, LogRefusal> {
        self.with_calls(is_refused, |calls| async move { start(&calls, ask).await }).await
    }
}

/// A session of Live Tail. Dropping it ends it.
#[derive(Debug)]
pub struct LiveTail {
    session: StartLiveTailOutput,
}

impl LiveTail {
    /// Waits for the next update. After an end nothing comes any more.
    ///
    /// # Errors
    /// Why the session is over.
    pub async fn next(&mut self) -> Result<LiveUpdate, LiveEnd> {
        loop {
            let event = tokio::time::timeout(SILENCE, self.session.response_stream.recv()).await;
            match event.map_err(|_| LiveEnd::Failed(silence()))?.map_err(|error| end(&error))? {
                None => return Err(LiveEnd::Closed),
                Some(Event::SessionUpdate(update)) => return Ok(converted(update)),
                // The start, and whatever may come that is not known here.
                Some(_) => {}
            }
        }
    }
}

async fn start(calls: &Calls, ask: LiveAsk) -> Logged<LiveTail> {
    let LiveAsk { groups, streams, pattern } = ask;
    let (names, prefix) = chosen(&streams);
    let request = calls.clients.logs.start_live_tail();
    let request = request
        .set_log_group_identifiers(Some(arns(calls, groups).await?))
        .set_log_stream_names(names)
        .set_log_stream_name_prefixes(prefix.map(|prefix| vec![prefix]))
        .set_log_event_filter_pattern(Some(pattern).filter(|pattern| !pattern.is_empty()))
        .customize()
        // The SDK takes a few quiet seconds for a stall, and ends the stream.
        .config_override(Builder::new().stalled_stream_protection(StalledStreamProtectionConfig::disabled()));
    let output = calls.call(Family::LiveTail, OPERATION, request.send()).await;
    let session = output.map_err(|refusal| LogRefusal::of(refusal, false))?;
    Ok(LiveTail { session })
}

/// The ARNs of groups, which Live Tail wants without an asterisk.
async fn arns(calls: &Calls, groups: Vec<String>) -> Logged<Vec<String>> {
    let names: Vec<String> = groups.iter().filter(|group| !group.starts_with("arn:")).cloned().collect();
    if names.is_empty() {
        return Ok(groups);
    }
    let request = calls.clients.logs.describe_log_groups().set_log_group_identifiers(Some(names));
    let output = calls.call(Family::LogGroups, DESCRIBE, request.send()).await;
    let described = output.map_err(|refusal| LogRefusal::of(refusal, false))?;
    let known: HashMap<&str, &str> = described
        .log_groups()
        .iter()
        .filter_map(|group| Some((group.log_group_name()?, group.log_group_arn().or(group.arn())?)))
        .collect();
    let arn = |group: String| match known.get(group.as_str()) {
        Some(arn) => Ok(arn.trim_end_matches(":*").to_owned()),
        None if group.starts_with("arn:") => Ok(group),
        None => Err(LogRefusal { cause: Cause::Missing, failure: no_group(&group) }),
    };
    groups.into_iter().map(arn).collect()
}

fn converted(update: LiveTailSessionUpdate) -> LiveUpdate {
    let sampled = update.session_metadata.is_some_and(|metadata| metadata.sampled);
    let events = update.session_results.unwrap_or_default().into_iter().map(arrival).collect();
    LiveUpdate { events, sampled }
}

fn arrival(event: LiveTailSessionLogEvent) -> (String, Arrival) {
    let group = event.log_group_identifier.unwrap_or_default();
    let ingested = event.ingestion_time;
    let time = event.timestamp.or(ingested).unwrap_or_default();
    let arrival = Arrival {
        stream: event.log_stream_name.unwrap_or_default(),
        time,
        ingested: ingested.unwrap_or(time),
        id: String::new(),
        message: event.message.unwrap_or_default(),
    };
    (named(&group).to_owned(), arrival)
}

/// The name in an identifier of a group: an ARN, an account with a name, or a name, which holds no colon.
fn named(identifier: &str) -> &str {
    identifier.trim_end_matches(":*").rsplit(':').next().unwrap_or(identifier)
}

fn failed(kind: FailureKind, message: &str) -> Failure {
    Failure {
        kind,
        operation: OPERATION.to_owned(),
        message: text::one_line(message, MESSAGE),
        hint: Some("lines are still read page by page; start Live Tail again for the quick way".to_owned()),
        request_id: None,
    }
}

fn no_group(name: &str) -> Failure {
    let hint = Some("check its name, the account and the Region".to_owned());
    Failure { hint, ..failed(FailureKind::Failed, &format!("there is no log group {name}")) }
}

fn silence() -> Failure {
    failed(FailureKind::Timeout, &format!("no update for {} s, where one comes every second", SILENCE.as_secs()))
}

fn end<R: Debug + Send + Sync + 'static>(error: &SdkError<StartLiveTailResponseStreamError, R>) -> LiveEnd {
    match error {
        SdkError::ServiceError(service) if service.err().is_session_timeout_exception() => LiveEnd::TimedOut,
        other => LiveEnd::Failed(failed(FailureKind::Failed, &format!("the stream broke: {}", causes(other)))),
    }
}
