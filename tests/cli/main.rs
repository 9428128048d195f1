//! What a script gets: readers, the status document, and the binary as scripts run it.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

#[path = "../support/mod.rs"]
mod support;

mod account;
mod acts;
mod automation;
mod faults;
mod ledger;
mod live;
mod logs;
mod moto;
mod oracle;
mod queries;
mod reads;
mod run;
mod served;
mod words;
mod writer;
