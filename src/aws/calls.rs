//! One call to AWS, the same way for every reader: budgeted, explained, logged.

use std::error::Error;
use std::future::Future;
use std::sync::Arc;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use jiff::Timestamp;

use super::budget::{Budget, Family, Paused};
use super::connect::{Clients, Clock};
use super::error::{Refusal, explain};
use crate::fleet::reading::{Failure, FailureKind};

/// What a reader needs to call AWS.
#[derive(Clone)]
pub(super) struct Calls {
    pub(super) clients: Arc<Clients>,
    pub(super) budget: Budget,
    pub(super) clock: Clock,
}

impl Calls {
    /// The present.
    pub(super) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Waits for the budget, then sends. `operation` is IAM's name of the call, such as `ecs:ListTasks`.
    ///
    /// # Errors
    /// The refusal, explained and logged.
    pub(super) async fn call<T, E>(
        &self,
        family: Family,
        operation: &str,
        send: impl Future<Output = Result<T, SdkError<E, HttpResponse>>> + Send,
    ) -> Result<T, Refusal>
    where
        E: Error + ProvideErrorMetadata + Send + Sync + 'static,
    {
        self.budget.take(family).await.map_err(|pause| paused(family, operation, pause))?;
        let error = match send.await {
            Ok(output) => {
                self.budget.answered(family);
                return Ok(output);
            }
            Err(error) => error,
        };
        let refusal = explain(operation, &error, &self.clients.login);
        let Failure { kind, message, request_id, .. } = &refusal.failure;
        tracing::warn!(operation, ?kind, message, request_id, "call failed");
        match kind {
            FailureKind::Throttled => drop(self.budget.throttled(family)),
            _ if matches!(error, SdkError::ServiceError(_)) => self.budget.answered(family),
            _ => {}
        }
        Err(refusal)
    }
}

fn paused(family: Family, operation: &str, Paused(pause): Paused) -> Refusal {
    let failure = Failure {
        kind: FailureKind::Throttled,
        operation: operation.to_owned(),
        message: format!("AWS throttled {}; it is asked again in {} s", family.name(), pause.as_secs().max(1)),
        hint: Some("the console slows down by itself; nothing to do".to_owned()),
        request_id: None,
    };
    Refusal { failure, code: None }
}
