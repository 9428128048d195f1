//! SSM parameters that name an AMI.

use serde_json::Value;

use super::budget::Family;
use super::calls::Calls;
use super::convert::words;
use super::error::Refusal;
use crate::fleet::reading::{Failure, FailureKind};

const OPERATION: &str = "ssm:GetParameter";

/// The AMI that a parameter names.
///
/// # Errors
/// The call's refusal, or that the value names none.
pub(super) async fn image(calls: &Calls, name: &str) -> Result<String, Refusal> {
    let request = calls.clients.ssm.get_parameter().name(name).with_decryption(true);
    let output = calls.call(Family::Ssm, OPERATION, request.send()).await?;
    let value = output.parameter().and_then(|parameter| parameter.value()).unwrap_or_default();
    image_in(value).ok_or_else(|| Refusal {
        failure: Failure {
            kind: FailureKind::Failed,
            operation: OPERATION.to_owned(),
            message: format!("the parameter {} names no AMI", words(Some(name))),
            hint: Some("its value is to be an AMI id, or JSON with image_id".to_owned()),
            request_id: None,
        },
        code: None,
    })
}

/// An AMI id, plain or as `image_id` of the JSON that AWS's own ECS parameters hold.
fn image_in(value: &str) -> Option<String> {
    let value = value.trim();
    let id = match serde_json::from_str::<Value>(value) {
        Ok(Value::Object(members)) => members.get("image_id").and_then(Value::as_str).map(str::to_owned),
        _ => Some(value.to_owned()),
    };
    id.filter(|id| id.starts_with("ami-")).map(|id| words(Some(&id)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_plainly_or_in_json() {
        assert_eq!(image_in(" ami-0123\n").as_deref(), Some("ami-0123"));
        assert_eq!(image_in(r#"{"image_id":"ami-1","image_name":"x"}"#).as_deref(), Some("ami-1"));
        assert_eq!(image_in(r#"{"image_id":7}"#), None);
        assert_eq!(image_in("latest"), None);
        assert_eq!(image_in(""), None);
    }
}
