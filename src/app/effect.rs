//! What is to be done: the one way out of the core.

use crate::actions::journal::Asked;
use crate::fleet::execution::Signal;
use crate::fleet::feed::Feed;
use crate::fleet::reading::Panel;
use crate::fleet::scope::Scope;
use crate::logs::insights::QueryAsk;

/// An order to the runtime.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Leave.
    Quit,
    /// Give the terminal back to the shell until `fg`.
    Suspend,
    /// Draw everything anew, whatever the terminal is believed to show.
    Redraw,
    /// Read these panels now, ahead of the schedule.
    Refresh(Vec<Panel>),
    /// Read this fleet from now on and stamp every answer with this generation.
    SwitchFleet {
        /// Which fleet.
        scope: Scope,
        /// Answers of another generation will be dropped.
        generation: u64,
    },
    /// List the clusters; the answer is [`super::Msg::ClustersRead`].
    ListClusters,
    /// Put this text on the clipboard.
    Copy(String),
    /// Read these feeds; the answers are [`super::Msg::LogsRead`].
    ReadLogs {
        /// Answers carry it.
        number: u64,
        /// What to read.
        feeds: Vec<Feed>,
        /// First millisecond since 1970.
        since: i64,
        /// Last millisecond; `None`: go on for ever.
        until: Option<i64>,
    },
    /// Let Live Tail bring the new lines of what is followed too, or not any more.
    TailLive(bool),
    /// Read no log any more.
    StopLogs,
    /// Read the ids of the events of one moment and stream; the answer is [`super::Msg::EventIdsRead`].
    ReadEventIds {
        /// Answers carry it.
        number: u64,
        /// Log group.
        group: String,
        /// Its stream.
        stream: String,
        /// Milliseconds since 1970.
        time: i64,
    },
    /// Search the lines in memory for the lens that waits for this number ([`super::logs::Logs::search`]); the answers are
    /// [`super::Msg::LogsFound`].
    SearchLogs(u64),
    /// Let CloudWatch Logs Insights run this, instead of whatever it runs for us; the answers are [`super::Msg::QueryRead`].
    RunQuery {
        /// Answers carry it.
        number: u64,
        /// What to ask.
        ask: QueryAsk,
    },
    /// Stop the query that runs: what it found so far is answered.
    StopQuery,
    /// Give the request of this number an id; the answer is [`super::Msg::RequestNumbered`].
    NumberRequest(u64),
    /// Note this in the journal, then start the runbook; the answer is [`super::Msg::StartAnswered`].
    StartRunbook {
        /// The answer carries it.
        number: u64,
        /// What makes it one and the same.
        request_id: String,
        /// What, by whom, why.
        asked: Box<Asked>,
    },
    /// Note this in the journal, then tell an execution that.
    SignalExecution {
        /// Execution id.
        execution: String,
        /// What it is told.
        signal: Signal,
        /// ARN of the caller, as far as it is known.
        who: String,
    },
    /// Write this text to that file, which must not exist yet.
    Save {
        /// Path as it was typed; `~/` is the home folder.
        path: String,
        /// What to write.
        text: String,
    },
    /// Show this text in `$PAGER`, or in `$EDITOR`, until that ends.
    Show {
        /// What to show.
        text: String,
        /// In the editor, not in the pager.
        editor: bool,
    },
}
