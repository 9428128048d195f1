//! The lists: one file per screen, each a table of columns.

mod alarms;
pub(super) mod automation;
mod findings;
pub(super) mod images;
pub(super) mod instances;
mod logs;
pub(super) mod services;
mod targets;
pub(super) mod tasks;

pub(super) use alarms::state_cell as alarm_state_cell;
pub(super) use findings::{subject_id, subject_name, target_group_name};
pub(super) use targets::{state_cell as target_state_cell, target_cells};
pub(super) use tasks::{task_cells, task_name_cells};

use super::listing::Listing;
use super::place::Screen;

/// What the list of a screen is made of.
pub(super) fn listing(screen: Screen) -> &'static Listing {
    match screen {
        Screen::Bridge => &findings::LISTING,
        Screen::Instances => &instances::LISTING,
        Screen::Services => &services::LISTING,
        Screen::Tasks => &tasks::LISTING,
        Screen::Targets => &targets::LISTING,
        Screen::Alarms => &alarms::LISTING,
        Screen::Logs => &logs::LISTING,
        Screen::Automation => &automation::LISTING,
        Screen::Images => &images::LISTING,
    }
}
