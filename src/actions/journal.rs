//! What was asked of the automation, line by line: written before it is sent, so that nothing is ever done that nobody noted.
//!
//! A journal is a file of JSON, a record on each line, the latest last. Only whole lines count: a machine that lost its power may have
//! left half of one.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::plan::Plan;
use super::start::{Outcome, Start};
use crate::fleet::execution::Values;
use crate::fleet::reading::FailureKind;
use crate::fleet::snapshot::Snapshot;

/// Who asks for what, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Asked {
    /// ARN of the caller, as far as it is known.
    pub who: String,
    /// Account id, as far as it is known.
    pub account: String,
    /// Region name.
    pub region: String,
    /// Cluster name.
    pub cluster: String,
    /// Why.
    pub reason: String,
    /// Document and version.
    pub document: String,
    /// The version that was planned.
    pub version: Option<String>,
    /// What it is started with.
    pub values: Values,
    /// The parameter that is another one for each target, and its values.
    pub each: Option<(String, Vec<String>)>,
    /// What the plan said, a line for each note.
    pub plan: Vec<String>,
    /// The topics that somebody overrode.
    pub overridden: Vec<String>,
}

/// What happened to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// It is about to be sent.
    Sending(Box<Asked>),
    /// It runs.
    Started {
        /// Execution id.
        execution: String,
    },
    /// AWS refused it: nothing runs.
    Refused {
        /// What AWS said.
        why: String,
    },
    /// No answer came, and nothing was found.
    Unknown {
        /// What failed.
        why: String,
    },
    /// It was looked for long after it was sent, and is not there: it never ran.
    Absent,
    /// An execution is about to be stopped or told something.
    Signalling {
        /// Execution id.
        execution: String,
        /// `Stop`, `Approve`, `Reject` or `Resume`.
        signal: String,
        /// ARN of the caller, as far as it is known.
        who: String,
    },
}

/// A line of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// When.
    pub at: Timestamp,
    /// The request.
    pub request_id: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

impl Asked {
    /// What is noted of a start: who asks for it is whoever reads the fleet, and the plan is the one that they have read.
    #[must_use]
    pub fn new(snapshot: &Snapshot, start: Start, plan: &Plan, overridden: &[String]) -> Self {
        let (identity, scope) = (&snapshot.identity.rows, &snapshot.scope);
        Self {
            who: identity.arn.clone(),
            account: identity.account.clone(),
            region: scope.region.clone(),
            cluster: scope.cluster.clone(),
            reason: start.values.get("Reason").map(|reason| reason.join(", ")).unwrap_or_default(),
            document: start.document,
            version: start.version,
            values: start.values,
            each: start.each,
            plan: plan.notes.iter().map(|note| format!("{}: {}", note.topic.name(), note.text)).collect(),
            overridden: overridden.to_vec(),
        }
    }

    /// The start that was asked for.
    #[must_use]
    pub fn start(&self, request_id: &str) -> Start {
        Start {
            request_id: request_id.to_owned(),
            document: self.document.clone(),
            version: self.version.clone(),
            values: self.values.clone(),
            each: self.each.clone(),
        }
    }
}

impl From<&Outcome> for Event {
    fn from(outcome: &Outcome) -> Self {
        let why = |failure: &crate::fleet::reading::Failure| {
            let kind = if failure.kind == FailureKind::Denied { "denied: " } else { "" };
            format!("{kind}{}: {}", failure.operation, failure.message)
        };
        match outcome {
            Outcome::Started(execution) => Self::Started { execution: execution.clone() },
            Outcome::Refused(failure) => Self::Refused { why: why(failure) },
            Outcome::Unknown(failure) => Self::Unknown { why: why(failure) },
        }
    }
}

/// The line of a record, with its line feed.
///
/// # Errors
/// Never for records that are built here: every key is text.
pub fn line(record: &Record) -> Result<String, serde_json::Error> {
    Ok(serde_json::to_string(record)? + "\n")
}

/// A request that was sent and of which nobody knows what became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsettled {
    /// When it was sent.
    pub at: Timestamp,
    /// The request.
    pub request_id: String,
    /// What was asked.
    pub asked: Asked,
}

/// The requests to a Region of which nobody knows what became, oldest first.
///
/// Lines that are no records are passed over: a later version may write others.
#[must_use]
pub fn unsettled(text: &str, region: &str, since: Timestamp) -> Vec<Unsettled> {
    let mut open: BTreeMap<String, (Timestamp, Asked)> = BTreeMap::new();
    for record in text.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok()) {
        match record.event {
            Event::Sending(asked) if asked.region == region && record.at >= since => {
                open.insert(record.request_id, (record.at, *asked));
            }
            Event::Started { .. } | Event::Refused { .. } | Event::Absent => drop(open.remove(&record.request_id)),
            Event::Sending(_) | Event::Unknown { .. } | Event::Signalling { .. } => {}
        }
    }
    let mut open: Vec<Unsettled> =
        open.into_iter().map(|(request_id, (at, asked))| Unsettled { at, request_id, asked }).collect();
    open.sort_by_key(|one| one.at);
    open
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    fn asked(region: &str) -> Asked {
        Asked {
            who: "arn:w".to_owned(),
            account: "1".to_owned(),
            region: region.to_owned(),
            cluster: "c".to_owned(),
            reason: "r\u{2028}\n".to_owned(),
            document: "Drain".to_owned(),
            version: None,
            values: Values::new(),
            each: Some(("InstanceId".to_owned(), vec!["i-1".to_owned()])),
            plan: Vec::new(),
            overridden: Vec::new(),
        }
    }

    fn record(second: i64, id: &str, event: Event) -> String {
        let at = Timestamp::from_second(second).unwrap();
        line(&Record { at, request_id: id.to_owned(), event }).unwrap()
    }

    #[test]
    fn a_record_is_one_line_and_comes_back_as_it_was() {
        let written = record(7, "a", Event::Sending(Box::new(asked("r"))));
        assert_eq!(written.matches('\n').count(), 1);
        let read: Record = serde_json::from_str(&written).unwrap();
        assert_eq!(read.event, Event::Sending(Box::new(asked("r"))));
    }

    #[test]
    fn what_was_sent_stays_open_until_it_is_known() {
        let sending = |second, id, region| record(second, id, Event::Sending(Box::new(asked(region))));
        let unknown = record(3, "late", Event::Unknown { why: "no answer".to_owned() });
        let text = [
            sending(9, "lost", "here"),
            sending(2, "late", "here"),
            unknown,
            sending(4, "elsewhere", "there"),
            sending(5, "done", "here"),
            record(6, "done", Event::Started { execution: "e".to_owned() }),
            sending(7, "refused", "here"),
            record(8, "refused", Event::Refused { why: "no".to_owned() }),
            sending(8, "absent", "here"),
            record(9, "absent", Event::Absent),
            sending(1, "old", "here"),
            "{\"half\": ".to_owned(),
        ]
        .concat();
        let open = unsettled(&text, "here", Timestamp::from_second(2).unwrap());
        assert_eq!(open.iter().map(|one| one.request_id.as_str()).collect::<Vec<_>>(), ["late", "lost"]);
    }
}
