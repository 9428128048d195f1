//! Puts log events over plain HTTP, and keeps the ledger of what was put.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::TcpStream;

use quarterdeck::logs::batch::Batch;
use quarterdeck::logs::event::Gap;
use serde_json::{Value, json};

/// An event by all that tells it from others; equal ones are counted.
pub type Line = (String, i64, String);

/// Writes into one group of a simulated AWS at an address.
pub struct Writer {
    address: String,
    pub group: String,
    streams: BTreeSet<String>,
    pub ledger: BTreeMap<Line, u32>,
}

impl Writer {
    /// Makes the group.
    pub fn new(endpoint: &str, group: &str) -> Self {
        let writer = Self::of_existing(endpoint, group);
        writer.call("CreateLogGroup", &json!({ "logGroupName": group }));
        writer
    }

    /// A group that is there.
    pub fn of_existing(endpoint: &str, group: &str) -> Self {
        let address = endpoint.trim_start_matches("http://").to_owned();
        Self { address, group: group.to_owned(), streams: BTreeSet::new(), ledger: BTreeMap::new() }
    }

    /// Puts events of a stream, whatever their order, and makes the stream if need be.
    pub fn put(&mut self, stream: &str, events: &[(i64, String)]) {
        if self.streams.insert(stream.to_owned()) {
            self.call("CreateLogStream", &json!({ "logGroupName": self.group, "logStreamName": stream }));
        }
        let mut events = events.to_vec();
        events.sort();
        for (time, message) in &events {
            *self.ledger.entry((stream.to_owned(), *time, message.clone())).or_default() += 1;
        }
        let events: Vec<Value> = events.iter().map(|(t, m)| json!({ "timestamp": t, "message": m })).collect();
        self.call("PutLogEvents", &json!({ "logGroupName": self.group, "logStreamName": stream, "logEvents": events }));
    }

    /// Calls have to carry a signature; nobody verifies it.
    fn call(&self, operation: &str, input: &Value) {
        let body = input.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nHost: logs.eu-west-1.amazonaws.com\r\nConnection: close\r\n\
             Content-Type: application/x-amz-json-1.1\r\nX-Amz-Target: Logs_20140328.{operation}\r\n\
             X-Amz-Date: 20260301T120000Z\r\nAuthorization: AWS4-HMAC-SHA256 Credential=any/20260301/eu-west-1/logs/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature=00\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer);
        let done = answer.starts_with("HTTP/1.1 200") || answer.contains("ResourceAlreadyExistsException");
        assert!(done, "{operation}: {answer}");
    }

    /// What of the ledger stands in streams that pass.
    pub fn of(&self, passes: impl Fn(&str) -> bool) -> BTreeMap<Line, u32> {
        self.ledger.iter().filter(|((stream, ..), _)| passes(stream)).map(|(line, n)| (line.clone(), *n)).collect()
    }
}

/// What came out of one feed.
#[derive(Debug, Default)]
pub struct Came {
    pub lines: BTreeMap<Line, u32>,
    pub gaps: Vec<Gap>,
    pub last: Option<Batch>,
}

impl Came {
    pub fn take(&mut self, batch: Batch) {
        for event in &batch.events {
            *self.lines.entry((event.stream.clone(), event.time, event.message.clone())).or_default() += 1;
        }
        self.gaps.extend(batch.gaps.iter().cloned());
        self.last = Some(batch);
    }

    /// Whether everything is here, or lies in a gap.
    pub fn is_complete(&self, ledger: &BTreeMap<Line, u32>) -> bool {
        self.lacks(ledger).is_empty()
    }

    fn lacks<'a>(&self, ledger: &'a BTreeMap<Line, u32>) -> Vec<&'a Line> {
        let within = |time: i64| self.gaps.iter().any(|gap| gap.from <= time && time < gap.to);
        let lacks = |(line, n): &(&Line, &u32)| self.lines.get(*line).is_none_or(|came| came < *n) && !within(line.1);
        ledger.iter().filter(lacks).map(|(line, _)| line).collect()
    }

    /// Every event exactly once, or inside a gap.
    pub fn assert_equals(&self, ledger: &BTreeMap<Line, u32>, what: &str) {
        let lost = self.lacks(ledger);
        assert!(lost.is_empty(), "{what}: lost {} of {}, the first {:?}", lost.len(), ledger.len(), lost.first());
        let twice: Vec<_> =
            self.lines.iter().filter(|(line, n)| ledger.get(*line).is_none_or(|put| put < *n)).collect();
        assert!(twice.is_empty(), "{what}: repeated {}, the first {:?}", twice.len(), twice.first());
    }
}

/// A generator whose seed is printed, so that a run can be repeated with `LOGS_SEED`.
pub fn seeded(what: &str) -> fastrand::Rng {
    let seed = std::env::var("LOGS_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| fastrand::u64(..));
    eprintln!("{what}: LOGS_SEED={seed}");
    fastrand::Rng::with_seed(seed)
}
