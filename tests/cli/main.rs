//! The binary, run as scripts run it.

#![expect(clippy::panic, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod moto;
