//! CloudWatch Logs: groups, streams and events, and what an instance wrote to its console.

mod console;
mod events;
mod groups;
mod insights;
mod live;
mod streams;

pub use console::ConsoleOutput;
pub use events::{EventsAsk, EventsPage};
pub(super) use groups::read as read_groups;
pub use live::LiveTail;

use super::Aws;
use super::error::Refusal;
use crate::fleet::feed::Streams;
use crate::fleet::reading::{Failure, FailureKind};

/// Why CloudWatch Logs gave nothing, as far as a tail acts on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cause {
    /// Too many requests: the same one may succeed later.
    Throttled,
    /// The page token is not valid, or not any more.
    Token,
    /// There is no such group, or one of the streams does not exist.
    Missing,
    /// Anything else.
    Other,
}

/// A request to CloudWatch Logs that brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogRefusal {
    /// What a tail does about it depends on this.
    pub cause: Cause,
    /// What to tell.
    pub failure: Failure,
}

impl From<Failure> for LogRefusal {
    fn from(failure: Failure) -> Self {
        let cause = if failure.kind == FailureKind::Throttled { Cause::Throttled } else { Cause::Other };
        Self { cause, failure }
    }
}

impl From<LogRefusal> for Failure {
    fn from(refusal: LogRefusal) -> Self {
        refusal.failure
    }
}

impl LogRefusal {
    /// `with_token`: the request continued another one. AWS answers to a bad token as to any bad parameter, and names it in the message.
    fn of(refusal: Refusal, with_token: bool) -> Self {
        let about_token = with_token && refusal.failure.message.to_ascii_lowercase().contains("token");
        let cause = match () {
            () if refusal.is("ResourceNotFoundException") => Cause::Missing,
            () if refusal.is("InvalidParameterException") && about_token => Cause::Token,
            () => return Self::from(refusal.failure),
        };
        Self { cause, failure: refusal.failure }
    }
}

/// What a read of logs brings, or why it brought nothing.
type Logged<T> = Result<T, LogRefusal>;

fn is_refused<T>(outcome: &Logged<T>) -> bool {
    outcome.as_ref().is_err_and(|refusal| refusal.failure.kind == FailureKind::Credentials)
}

impl Aws {
    /// One page of the events of a log group, as `FilterLogEvents` gives them: not clean.
    ///
    /// # Errors
    /// The failure and what a tail does about it.
    pub async fn log_events(&self, ask: EventsAsk) -> Result<EventsPage, LogRefusal> {
        self.with_calls(is_refused, |calls| async move { events::read(&calls, ask).await }).await
    }

    /// Names of the streams of a log group that begin with `prefix`, as AWS has them.
    ///
    /// # Errors
    /// The failure, with [`Cause::Missing`] if there is no such group.
    pub async fn log_streams(&self, group: &str, prefix: &str) -> Result<Vec<String>, LogRefusal> {
        self.with_calls(is_refused, |calls| async move { streams::read(&calls, group, prefix).await }).await
    }

    /// What an EC2 instance wrote to its console, up to the last 64 KB of it; `None` while there is nothing.
    ///
    /// # Errors
    /// The failure.
    pub async fn console_output(&self, instance: &str) -> Result<Option<ConsoleOutput>, Failure> {
        let read = self.with_calls(is_refused, |calls| async move { console::read(&calls, instance).await });
        read.await.map_err(Failure::from)
    }
}

/// Names that one request may take, from the service model.
pub const MOST_NAMES: usize = 100;

/// Sets which streams are read: `None` and a prefix, names and none, or neither.
fn chosen(streams: &Streams) -> (Option<Vec<String>>, Option<String>) {
    match streams {
        Streams::All => (None, None),
        Streams::Prefix(prefix) => (None, Some(prefix.clone())),
        Streams::Named(names) => (Some(names.clone()), None),
    }
}
