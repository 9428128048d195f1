//! The SSM parameter that says which AMI was promoted.

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{time, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, required};
use crate::fleet::promotion::Promotion;
use crate::fleet::reading::{Failure, FailureKind};

const GET: &str = "ssm:GetParameter";

/// The promotion that holds; `None`: nothing was ever promoted.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Option<Promotion>> {
    let name = Promotion::parameter(cluster);
    let request = calls.clients.ssm.get_parameter().name(&name);
    let output = match calls.call(Family::Ssm, GET, request.send()).await {
        Ok(output) => output,
        Err(refusal) if refusal.is("ParameterNotFound") => return Ok((None, Vec::new())),
        Err(refusal) => return Err(refusal.failure),
    };
    let parameter = required(output.parameter, GET, "Parameter")?;
    match Promotion::read(parameter.value().unwrap_or_default(), |text| words(Some(text))) {
        Some(mut promotion) => {
            // A runbook knows no time of its own; each promotion writes the parameter anew.
            promotion.at = promotion.at.or(time(parameter.last_modified_date()));
            Ok((Some(promotion), Vec::new()))
        }
        None => Err(illegible(&name).failure),
    }
}

fn illegible(name: &str) -> Refusal {
    Refusal {
        failure: Failure {
            kind: FailureKind::Failed,
            operation: GET.to_owned(),
            message: format!("the parameter {} is not JSON that tells of a promotion", words(Some(name))),
            hint: Some("run PromoteAmi with the AMI that instances are to start from: it writes it anew".to_owned()),
            request_id: None,
        },
        code: None,
    }
}
