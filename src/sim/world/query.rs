//! Queries of Logs Insights: started, scanning as time goes by, ended.

use std::sync::Arc;

use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};

use super::World;
use super::log::{self, LogLine, LogQuery};
use super::names::ec2_id;
use crate::sim::insights::Language;
use crate::sim::insights::plan::Plan;
use crate::sim::insights::record::Record;
use crate::sim::insights::run::Run;

/// Seconds at speed 1 before a query begins to scan, and until it ends at the earliest. AWS publishes neither.
const SCHEDULED: f64 = 0.3;
const SHORTEST: f64 = 0.8;

/// Bytes that a query scans in a second at speed 1; AWS publishes no figure.
const BYTES_A_SECOND: f64 = 64e6;

/// What AWS counts for an event beside its message, as when it is put.
const OVERHEAD: u64 = 26;

/// After this a query is given up
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>).
const TIMEOUT: SignedDuration = SignedDuration::from_mins(60);

/// Queries that run at the same time in an account, by the same page.
pub const MOST_RUNNING: usize = 100;

/// Queries that are remembered after their end, with their results. AWS remembers them for a week; this has no disk.
const REMEMBERED: usize = 50;

/// Events that one look at the queries may take: nobody else is answered meanwhile, and that takes longer without
/// optimisation.
const MOST_EVENTS: usize = if cfg!(debug_assertions) { 50_000 } else { 200_000 };

/// Time that a look is worth where the clock stands still: whoever waits for a query would wait for ever.
const LOOK: f64 = 0.1;

/// How far a query is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryState {
    /// It waits.
    Scheduled,
    /// It scans.
    Running,
    /// It has scanned everything.
    Complete,
    /// It needed more memory than it may have.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// It took too long.
    Timeout,
}

impl QueryState {
    /// The name that the API has for it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Running => "Running",
            Self::Complete => "Complete",
            Self::Failed => "Failed",
            Self::Cancelled => "Cancelled",
            Self::Timeout => "Timeout",
        }
    }

    /// Whether it goes on.
    #[must_use]
    pub fn goes_on(self) -> bool {
        matches!(self, Self::Scheduled | Self::Running)
    }
}

/// What is to be queried.
#[derive(Debug, Clone)]
pub struct QueryAsk {
    /// Names of groups.
    pub groups: Vec<String>,
    /// The query.
    pub text: String,
    /// Its language.
    pub language: Language,
    /// The same, understood.
    pub plan: Plan,
    /// Seconds since 1970, included.
    pub from: i64,
    /// Seconds since 1970, included.
    pub to: i64,
    /// Rows, where the query does not say how many.
    pub limit: Option<usize>,
}

/// A query that was started.
#[derive(Debug, Clone)]
pub struct Query {
    /// What was asked.
    pub ask: QueryAsk,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// How far it is.
    pub state: QueryState,
    /// Events that it has read.
    pub records: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What it knows so far.
    pub run: Run,
    /// The group under way, and the last event that was read of it.
    cursor: (usize, Option<String>),
    looked_at: Timestamp,
    /// Seconds that looks were worth while the clock stood still.
    stood: f64,
}

impl World {
    /// Starts a query and gives its id; nothing if too many run.
    pub fn start_query(&mut self, ask: QueryAsk) -> Option<String> {
        self.advance_queries();
        if self.queries.values().filter(|query| query.state.goes_on()).count() >= MOST_RUNNING {
            return None;
        }
        self.forget_queries();
        let id = self.fresh_id();
        let query = Query {
            started_at: self.now,
            ended_at: None,
            state: QueryState::Scheduled,
            records: 0,
            bytes: 0,
            run: Run::new(Arc::new(ask.plan.clone()), ask.limit),
            cursor: (0, None),
            looked_at: self.now,
            stood: 0.0,
            ask,
        };
        self.queries.insert(id.clone(), query);
        Some(id)
    }

    /// An id that looks like a UUID. It does not draw on the world's own chance, whose life is not another one because
    /// somebody asked.
    pub(crate) fn fresh_id(&mut self) -> String {
        self.asked += 1;
        let bits = Rng::with_seed(self.seed ^ self.asked.rotate_left(17)).u128(..);
        let hex = format!("{bits:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }

    /// A fresh id of EC2's, from the same source.
    pub(crate) fn fresh_ec2_id(&mut self, prefix: &str) -> String {
        self.asked += 1;
        ec2_id(&mut Rng::with_seed(self.seed ^ self.asked.rotate_left(17)), prefix)
    }

    fn forget_queries(&mut self) {
        let ended = self.queries.iter().filter(|(_, query)| !query.state.goes_on());
        let mut ended: Vec<(Timestamp, String)> = ended.map(|(id, query)| (query.started_at, id.clone())).collect();
        ended.sort_unstable();
        let spare = ended.len().saturating_sub(REMEMBERED);
        for (_, id) in ended.drain(..spare) {
            self.queries.remove(&id);
        }
    }

    /// Ends a query; whether it was still going on, or nothing if there is none of that id.
    pub fn stop_query(&mut self, id: &str) -> Option<bool> {
        self.advance_queries();
        let now = self.now;
        let query = self.queries.get_mut(id)?;
        let going = query.state.goes_on();
        if going {
            query.end(QueryState::Cancelled, now);
        }
        Some(going)
    }

    /// Lets all queries scan as far as they are by now.
    pub fn advance_queries(&mut self) {
        let mut queries = std::mem::take(&mut self.queries);
        let going = queries.values().filter(|query| query.state.goes_on()).count();
        for query in queries.values_mut().filter(|query| query.state.goes_on()) {
            let mut left = MOST_EVENTS / going;
            self.advance_query(query, &mut left);
        }
        self.queries = queries;
    }

    fn advance_query(&self, query: &mut Query, left: &mut usize) {
        if query.looked_at == self.now {
            query.stood += LOOK;
        }
        query.looked_at = self.now;
        let since = self.now.duration_since(query.started_at);
        let seconds = since.as_secs_f64() * self.speed + query.stood;
        if seconds < SCHEDULED {
            return;
        }
        query.state = QueryState::Running;
        let allowed = ((seconds - SCHEDULED) * BYTES_A_SECOND) as u64;
        while let Some(group) = query.ask.groups.get(query.cursor.0).cloned() {
            if !self.scan(query, &group, allowed, left) {
                break;
            }
            query.cursor = (query.cursor.0 + 1, None);
        }
        if query.run.overflows() {
            query.end(QueryState::Failed, self.now);
        } else if query.cursor.0 >= query.ask.groups.len() && seconds >= SHORTEST {
            query.end(QueryState::Complete, self.now);
        } else if since > TIMEOUT {
            query.end(QueryState::Timeout, self.now);
        }
    }

    /// Reads on in a group as far as is allowed; whether that was to its end.
    fn scan(&self, query: &mut Query, group: &str, allowed: u64, left: &mut usize) -> bool {
        let begin = query.cursor.1.take().and_then(|last| log::after(&last));
        let lines = self.read_log(&LogQuery {
            from: query.ask.from.saturating_mul(1_000),
            to: query.ask.to.saturating_mul(1_000),
            begin: begin.as_deref(),
            ..LogQuery::all(group, &|_| true)
        });
        let log: Arc<str> = format!("{}:{group}", self.account).into();
        for line in lines {
            *left = left.saturating_sub(1);
            let stop = query.bytes > allowed || *left == 0;
            query.records += 1;
            query.bytes += line.message.len() as u64 + OVERHEAD;
            query.cursor.1 = stop.then(|| line.id.clone());
            query.run.push(record(&log, line));
            if stop {
                return false;
            }
        }
        true
    }

    /// The event that `@ptr` points at.
    #[must_use]
    pub fn pointed_at(&self, pointer: &str) -> Option<Record> {
        let mut parts = pointer.splitn(3, '\n');
        let (at, id, group) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        let lines = self.log_lines(group, &|_| true, at, at, usize::MAX, None);
        let line = lines.into_iter().find(|line| line.id == id)?;
        Some(record(&format!("{}:{group}", self.account).into(), line))
    }
}

impl Query {
    fn end(&mut self, state: QueryState, now: Timestamp) {
        self.state = state;
        self.ended_at = Some(now);
    }
}

/// An event as queries see it. The pointer says where it is: time, id, group.
fn record(log: &Arc<str>, line: LogLine) -> Record {
    let group = log.split_once(':').map_or("", |(_, group)| group);
    Record {
        log: log.clone(),
        at: line.at,
        ingested_at: line.ingested_at,
        pointer: format!("{}\n{}\n{group}", line.at, line.id),
        stream: line.stream,
        message: line.message,
    }
}
