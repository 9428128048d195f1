//! AWS through its SDK: the one source of everything that the console shows.
//!
//! [`Aws`] answers one [`request::ReadRequest`] with the rows of one panel. Every call goes through a
//! [`budget`], every failure becomes a [`crate::fleet::reading::Failure`] that says what to do next, and every
//! text that comes in passes [`crate::text`].

mod automation;
mod autoscaling;
mod bucket;
pub mod budget;
mod calls;
mod cloudwatch;
mod connect;
mod convert;
mod ec2;
mod ecs;
mod elbv2;
mod error;
mod gather;
mod http;
mod identity;
mod login;
pub mod logs;
pub mod permissions;
mod prefix;
mod read;
pub mod request;
mod scheduler;
mod ssm;
#[cfg(test)]
mod tests;
mod whole;

pub use budget::Hurry;
pub use connect::{Clock, Settings};
pub use read::Aws;
