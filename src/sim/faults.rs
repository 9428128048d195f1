//! What can go wrong between a caller and AWS, on purpose.

use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;

/// A way for a call to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The account's rate is exceeded.
    Throttle,
    /// The caller may not.
    Deny,
    /// The service fails: 500 or 503.
    Error,
    /// No answer ever comes.
    Stall,
    /// The answer is random bytes.
    Garbage,
    /// A proxy answers with a page of its own: 502 or 200.
    Html,
    /// Half of the true answer comes, then the connection ends.
    Truncated,
    /// The connection ends before any answer.
    Reset,
}

impl Kind {
    /// Every kind with the word that selects it.
    pub const ALL: [(&'static str, Self); 8] = [
        ("throttle", Self::Throttle),
        ("deny", Self::Deny),
        ("error", Self::Error),
        ("stall", Self::Stall),
        ("garbage", Self::Garbage),
        ("html", Self::Html),
        ("truncated", Self::Truncated),
        ("reset", Self::Reset),
    ];
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::ALL.iter().find(|(_, kind)| kind == self).map_or("", |(word, _)| word))
    }
}

/// Which calls fail, how, and how often. Written `KIND[:service[.Operation]][@rate]`, such as `throttle`,
/// `deny:ecs`, `stall:ecs.ListTasks` or `reset:elbv2@0.25`; services are called as botocore calls them.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    /// How calls fail.
    pub kind: Kind,
    /// The only service that fails.
    pub service: Option<String>,
    /// The only operation that fails.
    pub operation: Option<String>,
    /// Share of the calls that fail, above 0 and to 1.
    pub rate: f64,
}

impl Rule {
    fn covers(&self, service: &str, operation: &str) -> bool {
        self.service.as_ref().is_none_or(|only| only == service)
            && self.operation.as_ref().is_none_or(|only| only == operation)
    }
}

impl FromStr for Rule {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (what, rate) = match text.split_once('@') {
            Some((what, rate)) => (what, parse_rate(rate)?),
            None => (text, 1.0),
        };
        let (word, place) = what.split_once(':').map_or((what, None), |(word, place)| (word, Some(place)));
        let kind = Kind::ALL.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind).ok_or_else(|| {
            let known: Vec<&str> = Kind::ALL.iter().map(|(word, _)| *word).collect();
            format!("unknown fault {word:?}: one of {}", known.join(", "))
        })?;
        let (service, operation) = match place {
            None => (None, None),
            Some(place) => place.split_once('.').map_or((Some(place), None), |(s, o)| (Some(s), Some(o))),
        };
        if [service, operation].contains(&Some("")) {
            return Err(format!("fault {text:?} names an empty service or operation"));
        }
        Ok(Self { kind, service: service.map(str::to_owned), operation: operation.map(str::to_owned), rate })
    }
}

fn parse_rate(text: &str) -> Result<f64, String> {
    let rate = text.parse::<f64>().ok().filter(|rate| *rate > 0.0 && *rate <= 1.0);
    rate.ok_or_else(|| format!("rate {text:?} is no number above 0 and up to 1"))
}

/// The rules in force, and the dice.
#[derive(Debug)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug)]
struct State {
    rules: Vec<Rule>,
    rng: Rng,
}

impl Faults {
    /// Rules whose rates fall as `seed` says.
    pub(super) fn new(rules: Vec<Rule>, seed: u64) -> Self {
        Self(Mutex::new(State { rules, rng: Rng::with_seed(seed) }))
    }

    /// Replaces the rules.
    pub(super) fn set(&self, rules: Vec<Rule>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rules = rules;
    }

    /// How this call fails, if it does: the first rule that covers it and whose dice fall so.
    pub(super) fn pick(&self, service: &str, operation: &str) -> Option<Kind> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { rules, rng } = &mut *state;
        let covering = rules.iter().filter(|rule| rule.covers(service, operation));
        covering.map(|rule| (rule, rng.f64())).find(|(rule, dice)| *dice < rule.rate).map(|(rule, _)| rule.kind)
    }

    /// One of two, for faults that show themselves in two ways.
    pub(super) fn coin(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).rng.bool()
    }

    /// Bytes that mean nothing: 1 to 2,048.
    pub(super) fn garbage(&self) -> Vec<u8> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = state.rng.usize(1..=2_048);
        (0..length).map(|_| state.rng.u8(..)).collect()
    }
}

/// The page that a proxy answers with.
pub(super) const PROXY_PAGE: &str = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\
    <body><h1>Bad Gateway</h1><p>The proxy received an invalid response from an upstream server.</p></body></html>\n";

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn rule(text: &str) -> Rule {
        text.parse().unwrap()
    }

    #[test]
    fn rules_are_read_as_they_are_written() {
        assert_eq!(rule("throttle"), Rule { kind: Kind::Throttle, service: None, operation: None, rate: 1.0 });
        let one = rule("stall:ecs.ListTasks@0.25");
        assert_eq!((one.kind, one.rate), (Kind::Stall, 0.25));
        assert_eq!((one.service.as_deref(), one.operation.as_deref()), (Some("ecs"), Some("ListTasks")));
        for (word, kind) in Kind::ALL {
            assert_eq!(rule(word).kind, kind);
        }
    }

    #[test]
    fn what_is_no_rule_is_refused_with_a_reason() {
        for (text, reason) in [
            ("explode", "unknown fault"),
            ("", "unknown fault"),
            ("deny:", "empty service"),
            ("deny:ecs.", "empty service or operation"),
            ("deny@0", "no number above 0"),
            ("deny@1.5", "no number above 0"),
            ("deny@often", "no number above 0"),
        ] {
            let error = text.parse::<Rule>().unwrap_err();
            assert!(error.contains(reason), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_rule_strikes_its_own_operation_only_and_as_often_as_it_says() {
        let faults = Faults::new(vec![rule("deny:ecs.ListTasks"), rule("error:ec2@0.25")], 7);
        assert_eq!(faults.pick("ecs", "ListTasks"), Some(Kind::Deny));
        assert_eq!(faults.pick("ecs", "ListServices"), None);
        let struck = (0..4_000).filter(|_| faults.pick("ec2", "DescribeInstances").is_some()).count();
        assert!((900..1_100).contains(&struck), "a quarter of 4,000 with seed 7: {struck}");
    }
}
