//! SSM Automation: runbooks read, started, stopped and signalled. Starting, stopping and signalling are the only calls of the program that change
//! anything.

pub(super) mod documents;
pub(super) mod executions;
pub(super) mod freeze;
mod parameter;
pub(super) mod promotion;
mod signal;
mod start;
