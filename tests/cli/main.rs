//! The binary, run as scripts run it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod account;
mod faults;
mod moto;
mod oracle;
mod words;
