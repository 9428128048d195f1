//! A freeze: rotation, bakes and ejection are paused for a while, for a reason.

use jiff::Timestamp;

/// A freeze, as its parameter says it. It ends by itself: past `until` it says nothing any more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Freeze {
    /// When it ends; `None`: its parameter does not say so in a way that can be read.
    pub until: Option<Timestamp>,
    /// Who declared it.
    pub by: Option<String>,
    /// Why.
    pub why: Option<String>,
    /// Id of the request that declared it.
    pub request_id: Option<String>,
}

impl Freeze {
    /// Name of the SSM parameter that declares a cluster frozen.
    #[must_use]
    pub fn parameter(cluster: &str) -> String {
        format!("/quarterdeck/{cluster}/freeze")
    }

    /// Whether it holds at `now`. One without a legible end is taken to hold: what obeys it may read more than this.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until > now)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn it_ends_by_itself() {
        let until = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(2);
        let freeze = Freeze { until: Some(until), ..Freeze::default() };
        assert!(freeze.holds(Timestamp::UNIX_EPOCH));
        assert!(!freeze.holds(until));
        assert!(Freeze::default().holds(until), "no end can be read");
    }
}
