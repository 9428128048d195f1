//! The SSM parameter that declares a fleet frozen.

use serde_json::Value;

use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::{maybe, words};
use crate::aws::error::Refusal;
use crate::aws::gather::{Gathered, required};
use crate::fleet::freeze::Freeze;
use crate::fleet::reading::{Failure, FailureKind};

const GET: &str = "ssm:GetParameter";

/// The freeze that was declared last; `None`: none was, or it was ended.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Option<Freeze>> {
    let name = Freeze::parameter(cluster);
    let request = calls.clients.ssm.get_parameter().name(&name);
    let output = match calls.call(Family::Ssm, GET, request.send()).await {
        Ok(output) => output,
        Err(refusal) if refusal.is("ParameterNotFound") => return Ok((None, Vec::new())),
        Err(refusal) => return Err(refusal.failure),
    };
    let parameter = required(output.parameter, GET, "Parameter")?;
    match freeze(parameter.value().unwrap_or_default()) {
        Some(freeze) => Ok((Some(freeze), Vec::new())),
        None => Err(illegible(&name).failure),
    }
}

fn illegible(name: &str) -> Refusal {
    Refusal {
        failure: Failure {
            kind: FailureKind::Failed,
            operation: GET.to_owned(),
            message: format!("the parameter {} is not JSON that tells of a freeze", words(Some(name))),
            hint: Some("run ThawFleet, which deletes it, and FreezeFleet anew if the freeze is to last".to_owned()),
            request_id: None,
        },
        code: None,
    }
}

/// What the parameter's value says.
fn freeze(value: &str) -> Option<Freeze> {
    let Ok(Value::Object(members)) = serde_json::from_str(value) else { return None };
    let said = |names: [&str; 2]| names.into_iter().find_map(|name| maybe(members.get(name).and_then(Value::as_str)));
    Some(Freeze {
        until: said(["until", "Until"]).and_then(|until| until.parse().ok()),
        by: said(["by", "RequestedBy"]),
        why: said(["why", "Reason"]),
        request_id: said(["request", "requestId"]),
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_freeze_says_until_when_by_whom_and_why() {
        let value = r#"{"until": "2026-03-01T18:00:00Z", "by": "ada", "why": "sale\u001b[2J", "request": "r-1"}"#;
        let read = freeze(value).unwrap();
        assert_eq!(read.until, "2026-03-01T18:00:00Z".parse().ok());
        assert_eq!((read.by.as_deref(), read.why.as_deref()), (Some("ada"), Some("sale␛[2J")));
        assert_eq!(freeze(r#"{"until": "tomorrow"}"#).unwrap().until, None);
        for illegible in ["", "frozen", "[]", "7"] {
            assert_eq!(freeze(illegible), None, "{illegible}");
        }
    }
}
