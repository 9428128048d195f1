//! Readers against canned answers: what each makes of pages, gaps, faults and nonsense.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may stop at the first surprise")]

mod canned;
mod connection;
mod ec2;
mod ecs;
mod elsewhere;
mod failures;
mod insights;
mod logs;
mod rotation;
