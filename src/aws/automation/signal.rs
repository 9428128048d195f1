//! Executions stopped, approved, rejected and resumed.

use aws_sdk_ssm::types::{SignalType, StopType};

use crate::aws::Aws;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::error::Refusal;
use crate::fleet::execution::Signal;
use crate::fleet::reading::{Failure, FailureKind};

const STOP: &str = "ssm:StopAutomationExecution";
const SEND: &str = "ssm:SendAutomationSignal";

impl Aws {
    /// Tells an execution something. Each signal may be sent twice without harm: an execution that has gone on says so.
    ///
    /// # Errors
    /// The failure.
    pub async fn signal_automation(&self, id: &str, signal: &Signal) -> Result<(), Failure> {
        let refused = |outcome: &Result<(), Failure>| {
            outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Credentials)
        };
        self.with_calls(refused, |calls| async move { Ok(send(&calls, id, signal).await?) }).await
    }
}

async fn send(calls: &Calls, id: &str, signal: &Signal) -> Result<(), Refusal> {
    let ssm = &calls.clients.ssm;
    let (kind, comment) = match signal {
        Signal::Stop => {
            let request = ssm.stop_automation_execution().automation_execution_id(id).r#type(StopType::Cancel);
            return calls.call(Family::AutomationStarts, STOP, request.send()).await.map(drop);
        }
        Signal::Approve(comment) => (SignalType::Approve, Some(comment)),
        Signal::Reject(comment) => (SignalType::Reject, Some(comment)),
        Signal::Resume => (SignalType::Resume, None),
    };
    let mut request = ssm.send_automation_signal().automation_execution_id(id).signal_type(kind);
    if let Some(comment) = comment.filter(|comment| !comment.is_empty()) {
        request = request.payload("Comment", vec![comment.clone()]);
    }
    calls.call(Family::AutomationSignals, SEND, request.send()).await.map(drop)
}
