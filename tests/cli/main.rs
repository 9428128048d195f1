//! The binary, run as scripts run it.

#[path = "../support/mod.rs"]
mod support;

mod moto;
