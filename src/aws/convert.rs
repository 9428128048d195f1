//! From the SDK's values to the fleet's: text sanitised, numbers bounded, times in one type.

use aws_smithy_types::DateTime;
use jiff::Timestamp;

use crate::text;

/// Characters of one value that are kept. AWS's own limits are lower; another endpoint's may not be.
const LONGEST: usize = 4_096;

/// Sanitised text; empty where there is none.
pub(super) fn words(text: Option<&str>) -> String {
    text.map(|text| text::one_line(text, LONGEST)).unwrap_or_default()
}

/// Sanitised text, where there is some.
pub(super) fn maybe(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(|text| text::one_line(text, LONGEST))
}

/// Sanitised texts.
pub(super) fn each(texts: &[String]) -> Vec<String> {
    texts.iter().map(|text| words(Some(text))).collect()
}

/// One of AWS's words.
pub(super) fn word<T: for<'a> From<&'a str>>(text: &str) -> T {
    T::from(&text::one_line(text, LONGEST))
}

/// A count; one below zero makes no sense and counts as none.
pub(super) fn count(count: impl Into<i64>) -> u32 {
    u32::try_from(count.into().max(0)).unwrap_or(u32::MAX)
}

/// A port, where it is one.
pub(super) fn port(port: Option<i32>) -> Option<u16> {
    port.and_then(|port| u16::try_from(port).ok())
}

/// A moment; one outside of the calendar is not known.
pub(super) fn time(at: Option<&DateTime>) -> Option<Timestamp> {
    let at = at?;
    Timestamp::new(at.secs(), i32::try_from(at.subsec_nanos()).ok()?).ok()
}

/// The last part of an ARN, after `separator`.
pub(super) fn last(arn: &str, separator: char) -> &str {
    arn.rsplit(separator).next().unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fleet::instance::Ec2State;

    #[test]
    fn strange_values_do_no_harm() {
        assert_eq!(count(-1), 0);
        assert_eq!(count(i64::MAX), u32::MAX);
        assert_eq!(port(Some(70_000)), None);
        assert_eq!(port(Some(-1)), None);
        assert_eq!(time(Some(&DateTime::from_secs(i64::MAX))), None);
        assert_eq!(time(Some(&DateTime::from_secs(0))), Some(Timestamp::UNIX_EPOCH));
        assert_eq!(words(Some("a\u{1b}[2Jb")), "a␛[2Jb");
        assert_eq!(maybe(Some("")), None);
    }

    #[test]
    fn unknown_words_are_kept() {
        assert_eq!(word::<Ec2State>("running"), Ec2State::Running);
        assert_eq!(word::<Ec2State>("hover\u{202E}ing"), Ec2State::Other("hover<U+202E>ing".to_owned()));
    }
}
