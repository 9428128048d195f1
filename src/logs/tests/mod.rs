//! The engine against naive models.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod engine;
mod ledger;
