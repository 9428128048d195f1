//! Which AMI was promoted last: what the fleet's instances are to start from, and how that came about.

use jiff::Timestamp;
use serde_json::Value;

/// The promotion that holds. What its parameter does not say is `None`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Promotion {
    /// Number of the launch template's version.
    pub version: Option<u64>,
    /// `ami-…`
    pub image: Option<String>,
    /// The version before this promotion: what a roll back goes to.
    pub previous: Option<u64>,
    /// The AMI that `image` was made from.
    pub source: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// Who asked for it.
    pub by: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// Id of the request.
    pub request_id: Option<String>,
}

impl Promotion {
    /// Name of the SSM parameter that holds it.
    #[must_use]
    pub fn parameter(cluster: &str) -> String {
        format!("/quarterdeck/{cluster}/ami")
    }

    /// What the parameter's value says; each text is given through `clean` on its way in. `None`: it is no JSON object.
    #[must_use]
    pub fn read(value: &str, clean: impl Fn(&str) -> String) -> Option<Self> {
        let value: Value = serde_json::from_str(value).ok()?;
        let members = value.as_object()?;
        let text = |name: &str| {
            let text = members.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            text.map(&clean)
        };
        Some(Self {
            version: members.get("version").and_then(number),
            image: text("image"),
            previous: members.get("previous").and_then(number),
            source: text("source"),
            at: text("at").and_then(|at| at.parse().ok()),
            by: text("by"),
            why: text("why"),
            request_id: text("request"),
        })
    }
}

/// A version's number. A runbook that fills in a text writes it between quotes.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok()).filter(|number| *number > 0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<Promotion> {
        Promotion::read(value, |text| text.replace('\u{1b}', "␛"))
    }

    #[test]
    fn a_promotion_says_what_it_says_and_no_more() {
        let whole = r#"{"version": 7, "image": "ami-7", "previous": 6, "source": "ami-0", "at": "2026-03-01T12:00:00Z",
            "by": "ada", "why": "weekly\u001b[2J", "request": "r-1"}"#;
        let one = read(whole).unwrap();
        assert_eq!((one.version, one.previous, one.image.as_deref()), (Some(7), Some(6), Some("ami-7")));
        assert_eq!((one.why.as_deref(), one.at), (Some("weekly␛[2J"), "2026-03-01T12:00:00Z".parse().ok()));
        let part = read(r#"{"version": "7", "previous": "", "at": "yesterday", "image": 3}"#).unwrap();
        assert_eq!(part, Promotion { version: Some(7), ..Promotion::default() });
        assert_eq!(read(r#"{"version": -1}"#).unwrap().version, None);
        assert_eq!(read("{}"), Some(Promotion::default()));
        for illegible in ["", "ami-7", "[]", "7"] {
            assert_eq!(read(illegible), None, "{illegible}");
        }
    }
}
