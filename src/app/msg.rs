//! What has happened: the one way into the core.

use jiff::Timestamp;

use super::layout::Layout;
use crate::actions::start::Outcome;
use crate::fleet::reading::Failure;
use crate::fleet::snapshot::PanelRead;
use crate::keymap::Key;
use crate::logs::batch::Batch;
use crate::logs::insights::QueryState;
use crate::logs::search::Found;

/// A fact, in the past tense.
#[derive(Debug, Clone, PartialEq)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// The mouse was pressed or its wheel turned.
    Mouse(Mouse),
    /// Text was pasted; all of it on one line is used where text is typed, else it is ignored.
    Pasted(String),
    /// The terminal has this size now, in cells.
    Resized {
        /// Columns.
        width: u16,
        /// Rows.
        height: u16,
    },
    /// It is this late. At least once a second while the console is up; more often does no harm.
    Tick(Timestamp),
    /// A panel was read, or could not be.
    PanelRead(PanelRead),
    /// Several were, before anybody could look: what follows from them is worked out once.
    PanelsRead(Vec<PanelRead>),
    /// The Region turned out to be this one. Counts only while the fleet's own is not known.
    RegionFound(String),
    /// What the console spends on AWS now.
    UsageRead(Usage),
    /// The clusters of the account and Region were listed, or could not be.
    ClustersRead {
        /// Region in which they are.
        region: String,
        /// Cluster names, or why there are none.
        outcome: Result<Vec<String>, Failure>,
    },
    /// A log feed was read on, or could not be.
    LogsRead {
        /// The number of the effect that asked.
        number: u64,
        /// What came.
        batch: Batch,
    },
    /// The ids of the events of one moment and stream were read, or could not be.
    EventIdsRead {
        /// The number of the effect that asked.
        number: u64,
        /// Id and message of each, not clean.
        outcome: Result<Vec<(String, String)>, Failure>,
    },
    /// A search found something, or ended.
    LogsFound {
        /// The number of the effect that asked.
        number: u64,
        /// Rows, in pieces.
        found: Vec<Found>,
        /// Nothing more will be found.
        ended: bool,
    },
    /// A request has its id, a new UUID.
    RequestNumbered {
        /// The number of the effect that asked.
        number: u64,
        /// The id.
        id: String,
    },
    /// The start of a runbook was answered, or it is not known what became of it.
    StartAnswered {
        /// The number of the effect that asked.
        number: u64,
        /// The runbook's name.
        document: String,
        /// What came of it.
        outcome: Outcome,
    },
    /// A query was looked at, or could not be run.
    QueryRead {
        /// The number of the effect that asked.
        number: u64,
        /// How far it is.
        outcome: Result<QueryState, Failure>,
    },
    /// A frame was drawn, and this is where things are in it.
    LaidOut(Layout),
    /// Something that the operator asked for did not work (the clipboard, suspending); one line.
    Failed(String),
    /// Something that the operator asked for and cannot see was done; one line.
    Done(String),
}

/// The calls of the console, as its budget counts them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    /// Calls in the last sixty seconds.
    pub calls_last_minute: u32,
    /// Names of the API families that are throttled now.
    pub throttled: Vec<String>,
}

/// What the mouse did, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mouse {
    /// What.
    pub kind: MouseKind,
    /// Column from 0.
    pub x: u16,
    /// Row from 0.
    pub y: u16,
}

/// What the mouse did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MouseKind {
    /// The left button went down.
    Press,
    /// The wheel turned towards the user.
    ScrollDown,
    /// The wheel turned away from the user.
    ScrollUp,
}
