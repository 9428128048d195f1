//! The percentages at which a rollout pauses.

/// Parameters of the runbook that say them, in their order. At 100 % it is over.
pub(super) const NAMES: [&str; 2] = ["FirstCheckpoint", "SecondCheckpoint"];

/// What is wrong with one of them by itself.
pub(super) fn unfit(text: &str) -> Option<String> {
    let fits = text.trim().parse().is_ok_and(|percent: u8| (1..100).contains(&percent));
    (!fits).then(|| format!("takes a percentage from 1 to 99, not {text:?}"))
}

/// What AWS would refuse about them together, if it would: each has to be more than the one before
/// (<https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_RefreshPreferences.html>).
pub(super) fn out_of_order(percentages: &[usize]) -> Option<String> {
    let pair = percentages.windows(2).find(|pair| pair[0] >= pair[1])?;
    Some(format!("has to be more than the checkpoint before it: {} comes after {}", pair[1], pair[0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentages_ascend_and_each_comes_once() {
        for fit in ["1", "20", " 99 "] {
            assert_eq!(unfit(fit), None, "{fit}");
        }
        for wrong in ["0", "100", "x", "-5", "999", "20, 50", ""] {
            assert!(unfit(wrong).is_some_and(|why| why.starts_with("takes a percentage from 1 to 99")), "{wrong}");
        }
        assert_eq!(out_of_order(&[20, 50]), None);
        assert_eq!(out_of_order(&[20]), None);
        let told = "has to be more than the checkpoint before it: 20 comes after 50";
        assert_eq!(out_of_order(&[50, 20]).as_deref(), Some(told));
        assert!(out_of_order(&[50, 50]).is_some());
    }
}
