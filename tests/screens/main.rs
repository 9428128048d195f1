//! The screens and the core behind them: messages in, frames out, no terminal.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test may stop at the first surprise")]

mod acts;
mod automation;
mod core;
mod fixture;
mod insights;
mod logs;
mod pictures;
mod rotation;
mod rules;
mod runs;
mod shots;
mod stage;
