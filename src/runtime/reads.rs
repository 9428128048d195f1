//! Starts reads and brings their answers back as events.

use std::future::Future;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use color_eyre::eyre::{Report, eyre};
use tokio::sync::mpsc::{self, UnboundedSender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinHandle;

use super::journal::Journal;
use super::tail::Following;
use super::{act, files};
use crate::actions::journal::Asked;
use crate::actions::start::Outcome;
use crate::aws::logs::EventsAsk;
use crate::aws::request::ReadRequest;
use crate::aws::{Aws, Settings};
use crate::fleet::execution::Signal;
use crate::fleet::feed::{Feed, Streams};
use crate::fleet::instance::Cluster;
use crate::fleet::reading::{Failure, FailureKind};
use crate::fleet::snapshot::PanelRead;
use crate::logs::batch::Batch;
use crate::logs::event::RowId;
use crate::logs::insights::{QueryAsk, QueryState};
use crate::logs::query::Query;
use crate::logs::search::{Found, Search};
use crate::logs::store::Snapshot;
use crate::logs::tail;

/// What work that was started elsewhere brings back to the event loop.
#[derive(Debug)]
pub enum Event {
    /// The SDK's configuration was loaded, or could not be. Loading makes no call that needs credentials.
    Connected(Box<Result<Aws, Failure>>),
    /// A panel was read, or could not be.
    Read(Box<PanelRead>),
    /// The clusters were listed, or could not be.
    Clusters(Result<Vec<Cluster>, Failure>),
    /// A log feed was read on.
    Logs {
        /// Number of the reading.
        number: u64,
        /// What came.
        batch: Batch,
        /// Room for it, given back when it has been taken: reading waits for a console that is behind.
        room: OwnedSemaphorePermit,
    },
    /// The ids of the events of one moment were read.
    Ids {
        /// Number of what asked.
        number: u64,
        /// Id and message of each.
        outcome: Result<Vec<(String, String)>, Failure>,
    },
    /// A search in the log viewer found something, or ended.
    Found {
        /// Number of the search.
        number: u64,
        /// Rows, in pieces.
        found: Vec<Found>,
        /// Nothing more will be found.
        ended: bool,
    },
    /// A query was looked at, or could not be run.
    Query {
        /// Number of the query.
        number: u64,
        /// How far it is.
        outcome: Result<QueryState, Failure>,
    },
    /// A runbook was started, or was not.
    Answered {
        /// Number of what asked.
        number: u64,
        /// Name of the document.
        document: String,
        /// What came of it.
        outcome: Outcome,
    },
    /// Something was done, or was not; a line for the operator.
    Told(Result<String, String>),
    /// A task of ours panicked; the console must end, because it can no longer say what it knows.
    Broken(Report),
}

/// Where work sends what it brings back.
///
/// The channel is not bounded: the scheduler has at most one read of each panel under way, and what reads logs waits at a
/// channel of its own.
pub type Events = UnboundedSender<Event>;

/// Loads the SDK's configuration.
pub fn connect(settings: Settings, events: &Events) {
    spawn(events, async move { Event::Connected(Box::new(Aws::connect(settings).await)) });
}

/// Reads one panel.
pub fn read(aws: &Aws, request: ReadRequest, events: &Events) {
    let aws = aws.clone();
    spawn(events, async move { Event::Read(Box::new(aws.read(request).await)) });
}

/// Lists the clusters.
pub fn list_clusters(aws: &Aws, events: &Events) {
    let aws = aws.clone();
    spawn(events, async move { Event::Clusters(aws.clusters().await) });
}

/// Batches of log events that wait for the console at the same time.
const BATCHES: usize = 16;

/// A reading of log feeds. Dropping it ends that.
#[derive(Debug)]
pub struct LogReading {
    /// What reads.
    pub following: Following,
}

/// Reads log feeds; what comes carries `number`.
pub fn follow(aws: &Aws, number: u64, feeds: Vec<Feed>, settings: tail::Settings, events: &Events) -> LogReading {
    let (sender, mut batches) = mpsc::channel(1);
    let (events, room) = (events.clone(), Arc::new(Semaphore::new(BATCHES)));
    tokio::spawn(async move {
        while let (Some(batch), Ok(room)) = (batches.recv().await, room.clone().acquire_owned().await) {
            if events.send(Event::Logs { number, batch, room }).is_err() {
                return;
            }
        }
    });
    LogReading { following: super::tail::follow(aws, feeds, settings, sender) }
}

/// Reads the ids of the events of one moment of a stream.
pub fn event_ids(aws: &Aws, number: u64, (group, stream): (String, String), time: i64, events: &Events) {
    let aws = aws.clone();
    let ask = EventsAsk {
        group,
        streams: Streams::Named(vec![stream]),
        start: time,
        end: Some(time),
        token: None,
        limit: None,
    };
    spawn(events, async move { Event::Ids { number, outcome: ids(&aws, ask).await } });
}

/// Pages that are read for the ids of one moment: AWS gives empty ones before that with the events.
const ID_PAGES: usize = 20;

async fn ids(aws: &Aws, mut ask: EventsAsk) -> Result<Vec<(String, String)>, Failure> {
    let mut found = Vec::new();
    for _ in 0..ID_PAGES {
        let page = aws.log_events(ask.clone()).await?;
        found.extend(page.events.into_iter().map(|event| (event.id, event.message)));
        if page.token.is_none() {
            break;
        }
        ask.token = page.token;
    }
    Ok(found)
}

/// How long a search waits before it says what it has found so far: less than a frame is noticed.
const FOUND_EVERY: Duration = Duration::from_millis(10);

/// Searches the lines in memory beside everything else; whoever holds the answer's number says what it is for. It ends when nobody
/// listens any more, or when `wanted` says that it is not.
pub fn search(
    number: u64,
    (lines, query, near): (Snapshot, Query, RowId),
    wanted: impl Fn() -> bool + Send + 'static,
    events: &Events,
) {
    let events = events.clone();
    let workers = std::thread::available_parallelism().map_or(1, NonZero::get);
    tokio::task::spawn_blocking(move || {
        let mut search = Search::start(lines, query, true, near, workers);
        while wanted() {
            let mut found: Vec<Found> = search.wait(FOUND_EVERY).into_iter().collect();
            found.extend(search.poll());
            let ended = search.ended();
            if (ended || !found.is_empty()) && events.send(Event::Found { number, found, ended }).is_err() {
                return;
            }
            if ended {
                return;
            }
        }
    });
}

/// The first and the longest pause between two looks at a query.
const LOOKS: (Duration, Duration) = (Duration::from_millis(300), Duration::from_secs(2));
/// Looks in a row that may fail before a query is given up.
const FAILED_LOOKS: u32 = 5;

/// The longest that is waited for AWS to stop a query when the console ends.
const STOPPING: Duration = Duration::from_secs(1);

/// A query that Logs Insights runs. Dropping it stops the query there, so that it costs no more.
#[derive(Debug)]
pub struct QueryRun {
    wanted: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl QueryRun {
    /// Stops it and waits until it is, but not for long: what runs on when the runtime ends would never be stopped.
    pub async fn stop(self) {
        drop(self.wanted);
        // What is not stopped by then runs into AWS's own limit.
        let _ = tokio::time::timeout(STOPPING, self.task).await;
    }
}

/// Runs a query to its end; what it has found so far comes with `number`.
pub fn query(aws: &Aws, number: u64, ask: QueryAsk, events: &Events) -> QueryRun {
    let (wanted, unwanted) = oneshot::channel::<()>();
    let (aws, events) = (aws.clone(), events.clone());
    let task = tokio::spawn(async move {
        let tell = |outcome| events.send(Event::Query { number, outcome }).is_ok();
        let id = match aws.start_query(&ask).await {
            Ok(id) => id,
            Err(failure) => {
                tell(Err(failure));
                return;
            }
        };
        let looked = tokio::select! {
            looked = look(&aws, &id, tell) => looked,
            _ = unwanted => Looked::Unwanted,
        };
        match looked {
            Looked::Ended => {}
            // It may run on all the same; its failure was told.
            Looked::Lost => {
                let _ = aws.stop_query(&id).await;
            }
            Looked::Unwanted => match aws.stop_query(&id).await {
                Ok(_) => {
                    look(&aws, &id, tell).await;
                }
                Err(failure) => {
                    tell(Err(failure));
                }
            },
        }
    });
    QueryRun { wanted, task }
}

/// Why a query is looked at no more.
enum Looked {
    /// It ended.
    Ended,
    /// It can't be looked at; that was told.
    Lost,
    /// Nobody wants to know.
    Unwanted,
}

/// Looks at a query until it has ended or cannot be looked at any more.
async fn look(aws: &Aws, id: &str, tell: impl Fn(Result<QueryState, Failure>) -> bool) -> Looked {
    let (mut pause, longest) = LOOKS;
    let mut failed = 0;
    loop {
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(longest);
        match aws.query_results(id).await {
            Ok(state) => {
                failed = 0;
                let goes_on = state.status.goes_on();
                match tell(Ok(state)) {
                    _ if !goes_on => return Looked::Ended,
                    true => {}
                    false => return Looked::Unwanted,
                }
            }
            Err(failure) => {
                failed += 1;
                if failed == FAILED_LOOKS {
                    tell(Err(failure));
                    return Looked::Lost;
                }
            }
        }
    }
}

/// Notes a request in the journal and sends it; the answer carries `number`.
pub fn start(aws: &Aws, journal: Option<&Journal>, number: u64, (request_id, asked): (String, Asked), events: &Events) {
    let (aws, journal) = (aws.clone(), journal.cloned());
    spawn(events, async move {
        let document = asked.document.clone();
        let outcome = act::start(&aws, journal.as_ref(), &request_id, asked).await;
        Event::Answered { number, document, outcome }
    });
}

/// Notes in the journal what an execution is told, and tells it.
pub fn signal(aws: &Aws, journal: Option<&Journal>, (id, signal, who): (String, Signal, String), events: &Events) {
    let (aws, journal) = (aws.clone(), journal.cloned());
    spawn(events, async move {
        let told = act::signal(&aws, journal.as_ref(), (&id, &signal, &who)).await;
        Event::Told(told.map(|()| format!("told the execution {id}")).map_err(|failure| {
            let hint = failure.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("{}: {}{hint}", failure.operation, failure.message)
        }))
    });
}

/// Looks for what consoles before this one have sent without an answer.
pub fn settle(aws: &Aws, journal: &Journal, events: &Events) {
    let (aws, journal, events) = (aws.clone(), journal.clone(), events.clone());
    tokio::spawn(async move {
        for found in act::settle(&aws, &journal, aws.now()).await {
            let _ = events.send(Event::Told(Ok(found)));
        }
    });
}

/// Saves a text to a file.
pub fn save(path: String, text: String, events: &Events) {
    spawn(events, async move {
        let saved = tokio::task::spawn_blocking(move || (files::save(&path, &text), text.lines().count())).await;
        Event::Told(match saved {
            Ok((Ok(path), lines)) => Ok(format!("{lines} lines saved to {}", path.display())),
            Ok((Err(wrong), _)) => Err(wrong),
            Err(error) => Err(format!("saving ended early: {error}")),
        })
    });
}

fn spawn(events: &Events, work: impl Future<Output = Event> + Send + 'static) {
    let events = events.clone();
    let work = tokio::spawn(work);
    tokio::spawn(async move {
        let event = work.await.unwrap_or_else(|error| Event::Broken(eyre!("a background task ended early: {error}")));
        // Nobody listens any more when the console is ending.
        let _ = events.send(event);
    });
}

/// What is told to somebody who asks before there is a connection.
#[must_use]
pub fn not_connected(operation: &str, hint: &str) -> Failure {
    Failure {
        kind: FailureKind::Failed,
        operation: operation.to_owned(),
        message: "there is no connection to AWS yet".to_owned(),
        hint: Some(hint.to_owned()),
        request_id: None,
    }
}
