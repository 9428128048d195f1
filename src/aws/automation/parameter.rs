//! What automation keeps in a parameter: JSON that it writes anew each time, or nothing.

use aws_sdk_ssm::types::Parameter;

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::words;
use crate::aws::gather::{Gathered, required};
use crate::fleet::reading::{Failure, FailureKind};

const GET: &str = "ssm:GetParameter";

/// What is kept in a parameter, and what is said where that cannot be read.
pub(super) struct Kept<'a> {
    /// The parameter.
    pub name: &'a str,
    /// What it tells of.
    pub noun: &'static str,
    /// What to do where it tells nothing.
    pub hint: &'static str,
}

/// What a parameter says by `meaning`; `None`: there is no such parameter.
pub(super) async fn read<T>(
    calls: &Calls,
    kept: Kept<'_>,
    meaning: impl FnOnce(&Parameter) -> Option<T>,
) -> Gathered<Option<T>> {
    let request = calls.clients.ssm.get_parameter().name(kept.name);
    let output = match calls.call(Family::Ssm, GET, request.send()).await {
        Ok(output) => output,
        Err(refusal) if refusal.is("ParameterNotFound") => return Ok((None, Vec::new())),
        Err(refusal) => return Err(refusal.failure),
    };
    let parameter = required(output.parameter, GET, "Parameter")?;
    match meaning(&parameter) {
        Some(said) => Ok((Some(said), Vec::new())),
        None => Err(Failure {
            kind: FailureKind::Failed,
            operation: GET.to_owned(),
            message: format!("the parameter {} is not JSON that tells of {}", words(Some(kept.name)), kept.noun),
            hint: Some(kept.hint.to_owned()),
            request_id: None,
        }),
    }
}
