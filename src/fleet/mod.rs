//! The fleet: what it is made of and what is wrong with it.
//!
//! Pure data and rules. Nothing here does I/O, reads a clock or knows AWS's SDK;
//! time is always an argument. Everything else in the program imports this.

pub mod alarm;
pub mod build;
pub mod contents;
pub mod execution;
pub mod feed;
pub mod finding;
#[doc(hidden)]
pub mod fixture;
pub mod focus;
pub mod freeze;
pub mod history;
pub mod hold;
pub mod image;
pub mod instance;
pub mod join;
pub mod named;
pub mod pace;
pub mod policy;
pub mod promotion;
pub mod reading;
pub mod refresh;
pub mod runbook;
pub mod schedule;
pub mod scope;
pub mod service;
pub mod snapshot;
pub mod status;
pub mod target;
pub mod task;
pub mod view;
