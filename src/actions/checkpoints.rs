//! The percentages at which a rollout pauses.

/// What AWS would refuse about them, if it would: each is from 1 to 100 and more than the one before
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
pub(super) fn unfit(texts: &[String]) -> Option<String> {
    let mut last = 0;
    for text in texts.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|text| !text.is_empty()) {
        let Some(percent) = text.parse::<u8>().ok().filter(|percent| (1..=100).contains(percent)) else {
            return Some(format!("takes percentages from 1 to 100, not {text:?}"));
        };
        if percent <= last {
            return Some(format!("has to ascend: {percent} comes after {last}"));
        }
        last = percent;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<String> {
        unfit(&text.split(' ').map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn percentages_ascend_and_each_comes_once() {
        for fit in ["20 50 100", "1", "20 50", "", "5, 10"] {
            assert_eq!(said(fit), None, "{fit}");
        }
        assert_eq!(said("50 20 100").as_deref(), Some("has to ascend: 20 comes after 50"));
        assert_eq!(said("50 50").as_deref(), Some("has to ascend: 50 comes after 50"));
        for unfit in ["0 50", "101", "x", "-5", "999"] {
            assert!(said(unfit).is_some_and(|why| why.starts_with("takes percentages from 1 to 100")), "{unfit}");
        }
    }
}
