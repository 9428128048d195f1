//! What can be done to a fleet: which runbook does it, what it takes, what would come of it.
//!
//! Nothing here does anything: an action is an execution of a runbook, which `aws` starts when `app` says so.

pub mod catalogue;
mod checkpoints;
pub mod command;
pub mod form;
pub mod journal;
pub mod plan;
pub mod start;
