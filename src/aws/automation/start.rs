//! How a runbook is started: once, whatever becomes of the answer
//! (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_StartAutomationExecution.html>).

use std::time::Duration;

use aws_sdk_ssm::operation::start_automation_execution::builders::StartAutomationExecutionFluentBuilder;
use aws_sdk_ssm::types::{AutomationExecutionFilter, AutomationExecutionFilterKey, Tag, Target};
use aws_smithy_types::retry::RetryConfig;

use crate::actions::start::{Outcome, Start, tag_of};
use crate::aws::Aws;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::words;
use crate::aws::error::Refusal;
use crate::aws::gather::required;
use crate::fleet::reading::{Failure, FailureKind};

const START: &str = "ssm:StartAutomationExecution";
const LIST: &str = "ssm:DescribeAutomationExecutions";

/// Times that a throttled start is sent: AWS starts one a second for the whole account.
const ATTEMPTS: u32 = 6;
/// Times that a start without an answer is looked for: lists are a moment behind.
const LOOKS: u32 = 4;
/// The pause before the second look; each further one is twice as long.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

impl Aws {
    /// Starts a runbook. A start that was not answered is looked for by its tag, and never sent again: it may have arrived.
    pub async fn start_automation(&self, start: &Start) -> Outcome {
        let sent = self
            .with_calls(
                |sent: &Result<Sent, Failure>| credentials(sent),
                |calls| async move { Ok(send(&calls, start).await) },
            )
            .await;
        match sent {
            Ok(Sent::Started(id)) => Outcome::Started(id),
            Ok(Sent::Refused(failure)) | Err(failure) => Outcome::Refused(failure),
            Ok(Sent::Unanswered(failure)) => match self.look_for_start(&start.request_id).await {
                Ok(Some(id)) => Outcome::Started(id),
                Ok(None) | Err(_) => Outcome::Unknown(failure),
            },
        }
    }

    /// The execution that a request started, if there is one.
    ///
    /// # Errors
    /// The failure, if executions cannot be listed.
    pub async fn look_for_start(&self, request_id: &str) -> Result<Option<String>, Failure> {
        let mut pause = BETWEEN_LOOKS;
        for look in 1..=LOOKS {
            let found = self.with_calls(refused, |calls| async move { Ok(tagged(&calls, request_id).await?) }).await?;
            if found.is_some() || look == LOOKS {
                return Ok(found);
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Ok(None)
    }
}

fn refused<T>(outcome: &Result<T, Failure>) -> bool {
    outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Credentials)
}

fn credentials(sent: &Result<Sent, Failure>) -> bool {
    match sent {
        Ok(Sent::Refused(failure)) | Err(failure) => failure.kind == FailureKind::Credentials,
        Ok(Sent::Started(_) | Sent::Unanswered(_)) => false,
    }
}

/// What became of one start on its way.
enum Sent {
    Started(String),
    /// It did not arrive, or was turned away.
    Refused(Failure),
    /// Whether it arrived cannot be told.
    Unanswered(Failure),
}

async fn send(calls: &Calls, start: &Start) -> Sent {
    let mut attempt = 1;
    loop {
        let refusal = match calls.call(Family::AutomationStarts, START, send_once(calls, start)).await {
            Ok(output) => {
                return match required(output.automation_execution_id, START, "AutomationExecutionId") {
                    Ok(id) => Sent::Started(words(Some(&id))),
                    Err(refusal) => Sent::Unanswered(refusal.failure),
                };
            }
            Err(refusal) => refusal,
        };
        if refusal.failure.kind != FailureKind::Throttled || attempt == ATTEMPTS {
            return if turned_away(&refusal) {
                Sent::Refused(refusal.failure)
            } else {
                Sent::Unanswered(refusal.failure)
            };
        }
        // A throttled start was not taken. The budget waits before the next one.
        attempt += 1;
    }
}

/// Whether AWS said that nothing was started. The SDK's own second attempt is switched off for this call: what it says could be about that
/// attempt alone.
fn turned_away(refusal: &Refusal) -> bool {
    match refusal.failure.kind {
        FailureKind::Denied | FailureKind::Credentials | FailureKind::Throttled => true,
        FailureKind::Timeout => false,
        FailureKind::Failed => refusal.code.as_deref().is_some_and(|code| {
            code != "IdempotentParameterMismatch"
                && !code.starts_with("Internal")
                && !code.starts_with("ServiceUnavailable")
        }),
    }
}

async fn send_once(
    calls: &Calls,
    start: &Start,
) -> Result<
    aws_sdk_ssm::operation::start_automation_execution::StartAutomationExecutionOutput,
    aws_smithy_runtime_api::client::result::SdkError<
        aws_sdk_ssm::operation::start_automation_execution::StartAutomationExecutionError,
        aws_smithy_runtime_api::client::orchestrator::HttpResponse,
    >,
> {
    let once = aws_sdk_ssm::config::Builder::new().retry_config(RetryConfig::disabled());
    request(calls, start).customize().config_override(once).send().await
}

fn request(calls: &Calls, start: &Start) -> StartAutomationExecutionFluentBuilder {
    let mut request = calls
        .clients
        .ssm
        .start_automation_execution()
        .document_name(&start.document)
        .set_document_version(start.version.clone())
        .client_token(&start.request_id);
    for (name, values) in &start.values {
        request = request.parameters(name, values.clone());
    }
    // Both are there: the builder fails only without them, and AWS says so then.
    if let Ok(tag) = Tag::builder().key(start.tag()).value("request").build() {
        request = request.tags(tag);
    }
    match &start.each {
        Some((name, values)) => request
            .target_parameter_name(name)
            .targets(Target::builder().key("ParameterValues").set_values(Some(values.clone())).build())
            .max_concurrency("1")
            .max_errors("0"),
        None => request,
    }
}

/// The execution that carries the request's tag.
async fn tagged(calls: &Calls, request_id: &str) -> Result<Option<String>, Refusal> {
    let filter =
        AutomationExecutionFilter::builder().key(AutomationExecutionFilterKey::TagKey).values(tag_of(request_id));
    let Ok(filter) = filter.build() else { return Ok(None) };
    let mut token = None;
    loop {
        let request = calls.clients.ssm.describe_automation_executions().filters(filter.clone()).set_next_token(token);
        let output = calls.call(Family::AutomationLists, LIST, request.send()).await?;
        let found = output.automation_execution_metadata_list().iter().find_map(|one| one.automation_execution_id());
        if let Some(id) = found {
            return Ok(Some(words(Some(id))));
        }
        // Pages may be empty and have another one behind them.
        match output.next_token {
            Some(next) if !next.is_empty() => token = Some(next),
            _ => return Ok(None),
        }
    }
}
