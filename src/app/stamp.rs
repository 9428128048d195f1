//! The stamp of a panel: what it is worth now, how old it is, and what went wrong.

use jiff::Timestamp;

use super::clock::{Step, step};
use crate::fleet::reading::{Failure, Missing, Panel, PanelState};
use crate::fleet::view::Fleet;

/// What a panel is worth now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stamp<'a> {
    /// Which panel.
    pub panel: Panel,
    /// Its state.
    pub state: PanelState,
    /// Age of its rows, in steps; `None`: it was never read.
    pub age: Option<Step>,
    /// Why the latest read failed.
    pub failure: Option<&'a Failure>,
    /// What the rows lack.
    pub missing: &'a [Missing],
}

impl<'a> Stamp<'a> {
    /// The stamp of `panel` at `now`.
    #[must_use]
    pub fn of(fleet: &'a Fleet, panel: Panel, now: Timestamp) -> Self {
        let info = fleet.snapshot().info(panel);
        Self {
            panel,
            state: fleet.panel_state(panel, now),
            age: info.read_at.map(|at| step(now.duration_since(at))),
            failure: info.failure,
            missing: info.missing,
        }
    }

    /// Whether the panel has rows that were read, however old.
    #[must_use]
    pub fn known(&self) -> bool {
        self.age.is_some()
    }

    /// Read, recent and complete: nothing needs to be said about it.
    #[must_use]
    pub fn quiet(&self) -> bool {
        self.state == PanelState::Live && self.missing.is_empty()
    }
}

/// The name of a panel in words.
impl Stamp<'_> {
    /// Such as `container instances`.
    #[must_use]
    pub fn title(&self) -> String {
        match self.panel {
            Panel::Ec2Instances => "EC2 instances".to_owned(),
            Panel::Images => "AMIs".to_owned(),
            panel => panel.name().replace('_', " "),
        }
    }
}
