//! What is to be done: the one way out of the core.

use crate::fleet::reading::Panel;
use crate::fleet::scope::Scope;

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
}
