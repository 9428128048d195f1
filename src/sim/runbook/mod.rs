//! SSM Automation: documents of schema 0.3 and what runs them.
//!
//! Rules are those of the user guide's "Systems Manager Automation actions reference"
//! (<https://docs.aws.amazon.com/systems-manager/latest/userguide/automation-actions.html>) and of the pages that it leads
//! to. No document is known here by its name. What is not supported is refused when a document is read.

mod act;
mod api;
mod command;
mod condition;
mod document;
mod duration;
mod execution;
mod follow;
mod guard;
mod imaging;
mod inputs;
mod ordered;
mod parameter;
mod parse;
mod rate;
mod run;
mod selector;
mod signal;
mod start;
mod template;

pub use document::{Action, Document, OnFailure, Output, Step, Variable};
pub(crate) use duration::seconds as duration_seconds;
pub use execution::{Execution, Mode, Status, StepRun};
pub(crate) use guard::Guard;
pub(crate) use ordered::to_json;
pub use parameter::Parameter;
pub(crate) use rate::{Asked, Rate};
pub(crate) use run::Beat;
pub(crate) use signal::Signal;
pub(crate) use start::Start;

/// Reads a document, given as YAML or JSON.
///
/// # Errors
/// What is wrong with it, for the person who wrote it.
pub fn read(text: &str) -> Result<Document, String> {
    // JSON is YAML too, but its own reader is many times as fast.
    let json = serde_json::from_str(text).ok();
    let value: serde_json::Value =
        json.map_or_else(|| serde_saphyr::from_str(text).map_err(|error| error.to_string()), Ok)?;
    parse::document(&value)
}
