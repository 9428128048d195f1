//! Takes no part of an answer for the whole.
//!
//! The SDK reads XML up to where it ends, wherever that is, and an empty body as an empty structure. A connection
//! that closes too early, or something in between that cuts answers, would then look like a smaller fleet.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Fails a call whose answer is not complete. Answers that come as a stream are not looked at.
#[derive(Debug)]
pub(super) struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        match response.body().bytes() {
            Some(body) if response.status().is_success() => check(body, response.headers().get("content-length")),
            _ => Ok(()),
        }
    }
}

fn check(body: &[u8], announced: Option<&str>) -> Result<(), BoxError> {
    if let Some(length) = announced.and_then(|length| length.parse::<usize>().ok()).filter(|l| *l != body.len()) {
        return Err(format!("{} of {length} bytes came", body.len()).into());
    }
    if body.is_empty() {
        return Err("it is empty".into());
    }
    if is_cut_xml(body) { Err("it ends in the middle".into()) } else { Ok(()) }
}

/// Whether this is XML without the end tag of its root element. One tag is enough to look at: what an
/// element holds cannot hold the same tag of AWS's answers again, and an end that is not the root's is no end.
fn is_cut_xml(body: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(body) else { return false };
    let text = text.trim();
    if !text.starts_with('<') {
        return false;
    }
    let Some(root) = root_of(text) else { return true };
    let ends = text.strip_suffix('>').map(str::trim_end).and_then(|text| text.strip_suffix(root));
    let empty = text.ends_with("/>") && text.rfind('<') == text.find(&format!("<{root}"));
    !(empty || ends.is_some_and(|text| text.ends_with("</")))
}

/// The name of the root element, behind the declaration.
fn root_of(text: &str) -> Option<&str> {
    let start = text.match_indices('<').find(|(at, _)| !matches!(text.as_bytes().get(at + 1), Some(b'?' | b'!')))?;
    let name = text.get(start.0 + 1..)?;
    let end = name.find([' ', '\t', '\r', '\n', '/', '>'])?;
    name.get(..end).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> bool {
        check(text.as_bytes(), None).is_err()
    }

    #[test]
    fn xml_ends_with_its_root() {
        assert!(!cut("<?xml version=\"1.0\"?>\n<A xmlns=\"x\"><b/><c>1</c></A>\n"));
        assert!(!cut("<A/>"));
        assert!(!cut("<A><b></b></A >"));
        assert!(cut("<A><b/>"));
        assert!(cut("<A><b></b>"));
        assert!(cut("<A><b></b></A"));
        assert!(cut("<A"));
        assert!(cut("<?xml version=\"1.0\"?>"));
        assert!(cut("<"));
    }

    #[test]
    fn other_bodies_are_left_to_their_parsers() {
        assert!(!cut("{\"a\": \"<b>\"}"));
        assert!(check(b"\xbf\xff", None).is_ok());
        assert!(cut(""));
    }

    #[test]
    fn the_announced_length_has_to_come() {
        assert!(check(b"{}", Some("2")).is_ok());
        assert_eq!(check(b"{}", Some("7")).map_err(|e| e.to_string()), Err("2 of 7 bytes came".to_owned()));
        assert!(check(b"{}", Some("many")).is_ok());
    }
}
