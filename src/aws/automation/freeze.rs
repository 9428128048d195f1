//! The SSM parameter that declares a fleet frozen.

use serde_json::Value;

use super::parameter::{self, Kept};
use crate::aws::calls::Calls;
use crate::aws::convert::maybe;
use crate::aws::gather::Gathered;
use crate::fleet::freeze::Freeze;

/// The freeze that was declared last; `None`: none was, or it was ended.
pub(in crate::aws) async fn read(calls: &Calls, cluster: &str) -> Gathered<Option<Freeze>> {
    let kept = Kept {
        name: &Freeze::parameter(cluster),
        noun: "a freeze",
        hint: "run ThawFleet, which deletes it, and FreezeFleet anew if the freeze is to last",
    };
    parameter::read(calls, kept, |parameter| freeze(parameter.value().unwrap_or_default())).await
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
