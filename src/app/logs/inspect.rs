//! The event under the cursor in full: when, from where, its fields, its lines.

use jiff::Timestamp;

use super::Logs;
use crate::fleet::feed::Origin;
use crate::fleet::reading::Failure;
use crate::logs::event::{Level, Row, RowId};
use crate::logs::parse::{self, Format};
use crate::logs::store::first_line;
use crate::text;

/// Lines of an event that are looked at: stack traces are shorter.
const LINES: usize = 500;

/// One thing about an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A name and what it is; several lines where it is a list or an object.
    Field {
        /// The name.
        name: String,
        /// What it is.
        value: String,
    },
    /// What follows is of this kind.
    Heading(&'static str),
    /// A line of its text.
    Text(String),
}

impl Fact {
    /// What is copied.
    #[must_use]
    pub fn value(&self) -> &str {
        match self {
            Self::Field { value, .. } | Self::Text(value) => value,
            Self::Heading(text) => text,
        }
    }
}

/// The event whose id was asked for, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    number: u64,
    /// Its first line.
    head: RowId,
    /// `None`: no answer yet.
    said: Option<String>,
}

/// Where the id of an event is to be looked for.
pub(in crate::app) struct Sought {
    pub number: u64,
    pub group: String,
    pub stream: String,
    pub time: i64,
}

impl Logs {
    /// Shows the event under the cursor in full, or not any more. Its id is not kept with its text: it has to be read again.
    pub(in crate::app) fn toggle_inspect(&mut self) -> Option<Sought> {
        self.inspects = !self.inspects;
        let head = self.store.head(self.cursor.filter(|_| self.inspects)?);
        let row = self.store.row(head)?;
        let (source, time) = (row.source, row.time);
        let stream = self.store.source_of(source)?.stream.clone();
        let Origin::Group { group, .. } = &self.feeds.get(self.feed_of(source)?)?.origin else { return None };
        let group = group.clone();
        let number = self.number();
        self.identity = Some(Identity { number, head, said: None });
        Some(Sought { number, group, stream, time })
    }

    /// Takes the ids of the events of that moment and stream: the one with the same text is ours.
    pub(in crate::app) fn take_ids(&mut self, number: u64, outcome: Result<Vec<(String, String)>, Failure>) {
        let Some(identity) = self.identity.as_ref().filter(|identity| identity.number == number) else { return };
        let first = self.store.row(identity.head).map(|row| row.text.to_owned());
        let ours = |message: &str| Some(first_line(message.as_bytes())) == first;
        let said = match outcome {
            Ok(events) => {
                let found = events.iter().find(|(_, message)| ours(message));
                found.map_or_else(|| "not to be found any more".to_owned(), |(id, _)| text::clean(id).into_owned())
            }
            Err(failure) => format!("could not be read: {}", failure.message),
        };
        self.identity = self.identity.take().map(|identity| Identity { said: Some(said), ..identity });
    }

    /// The event that the row under the cursor belongs to; empty without a cursor.
    #[must_use]
    pub fn facts(&self) -> Vec<Fact> {
        let Some(row) = self.cursor.and_then(|id| self.store.row(self.store.head(id))) else { return Vec::new() };
        let mut facts = self.origin_of(&row);
        let mut lines = vec![row.text];
        lines.extend(self.rest_of(row.id));
        let fields = parse::fields(row.text);
        if parse::format(row.text) != Format::Plain && !fields.is_empty() {
            facts.push(Fact::Heading("Fields"));
            facts.extend(fields.iter().map(|(name, value)| field(name, &pretty(value))));
        }
        facts.push(Fact::Heading("Text"));
        facts.extend(lines.into_iter().map(|line| Fact::Text(line.to_owned())));
        facts
    }

    fn origin_of(&self, row: &Row<'_>) -> Vec<Fact> {
        let time = Timestamp::from_millisecond(row.time).map_or_else(|_| row.time.to_string(), |at| format!("{at:.3}"));
        let mut facts = vec![field("time", &time)];
        if row.lateness > 0 {
            facts.push(field("taken in", &format!("{} s later", row.lateness)));
        }
        if row.level != Level::Unknown {
            facts.push(field("level", level_name(row.level)));
        }
        let Some(source) = self.store.source_of(row.source) else { return facts };
        facts.push(field("source", &source.name));
        let feed = self.feed_of(row.source).and_then(|at| self.feeds.get(at));
        match feed.map(|feed| &feed.origin) {
            Some(Origin::Group { group, .. }) => facts.push(field("group", group)),
            Some(Origin::Console { .. }) => facts.push(field("group", "console output (EC2)")),
            None => {}
        }
        if !source.stream.is_empty() {
            facts.push(field("stream", &source.stream));
        }
        if let Some(identity) = self.identity.as_ref().filter(|identity| identity.head == row.id) {
            facts.push(field("event id", identity.said.as_deref().unwrap_or("reading it")));
        }
        if let Some(gap) = self.store.gap(row.id) {
            facts.push(field(
                "missing until",
                &Timestamp::from_millisecond(gap.to).map_or_else(|_| gap.to.to_string(), |at| format!("{at:.3}")),
            ));
        }
        facts
    }

    /// The lines below `head` that belong to its event.
    fn rest_of(&self, head: RowId) -> Vec<&str> {
        let Some((at, row)) = self.store.position(head).zip(self.store.row(head)) else { return Vec::new() };
        let below = self.store.rows_from(at + 1).take(LINES);
        let own = below.filter(|other| other.source == row.source && !other.gap);
        own.take_while(|other| other.continuation).map(|other| other.text).collect()
    }
}

fn field(name: &str, value: &str) -> Fact {
    Fact::Field { name: name.to_owned(), value: value.to_owned() }
}

/// A level as it is typed in a query.
#[must_use]
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Unknown => "",
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
        Level::Fatal => "fatal",
    }
}

/// JSON inside a value on lines of its own; anything else as it is.
fn pretty(value: &str) -> String {
    if !value.starts_with(['{', '[']) {
        return value.to_owned();
    }
    let parsed = serde_json::from_str::<serde_json::Value>(value).ok();
    let printed = parsed.and_then(|value| serde_json::to_string_pretty(&value).ok());
    // An escape in a JSON string is what it stands for once it is parsed.
    let clean = |text: String| text.lines().map(text::clean).collect::<Vec<_>>().join("\n");
    printed.map_or_else(|| value.to_owned(), clean)
}
