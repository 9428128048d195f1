//! An event as a query sees it: the system's fields, and those found in its message.

use std::cell::OnceCell;
use std::sync::Arc;

use serde_json::Value;

use super::cell::Cell;

/// Fields that a message may have at most: later ones are not discovered
/// (<https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html>).
const MOST_FIELDS: usize = 200;

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// `@log`: account and group.
    pub log: Arc<str>,
    /// `@logStream`.
    pub stream: Arc<str>,
    /// `@timestamp`, in milliseconds since 1970.
    pub at: i64,
    /// `@ingestionTime`, in milliseconds since 1970.
    pub ingested_at: i64,
    /// `@message`.
    pub message: String,
    /// `@ptr`.
    pub pointer: String,
}

impl Record {
    /// Every field by its name, those of the system first.
    #[must_use]
    pub fn fields(&self) -> Vec<(String, String)> {
        let system = [
            ("@ptr", self.pointer.clone()),
            ("@timestamp", self.at.to_string()),
            ("@ingestionTime", self.ingested_at.to_string()),
            ("@log", self.log.to_string()),
            ("@logStream", self.stream.to_string()),
            ("@message", self.message.clone()),
        ];
        let mut fields: Vec<(String, String)> = system.map(|(name, value)| (name.to_owned(), value)).into();
        if let Some(value) = discover(&self.message) {
            let mut found = Vec::new();
            flatten(&value, String::new(), &mut found);
            fields.extend(found);
        }
        fields
    }
}

/// A row on its way through a query.
#[derive(Debug, Clone)]
pub struct Row {
    /// The event that it came from; none once rows have been put together.
    pub record: Option<Arc<Record>>,
    /// Fields that the query made, the last of a name counts.
    made: Vec<(String, Cell)>,
    /// The message as JSON, once somebody asked.
    message: OnceCell<Option<Value>>,
}

impl Row {
    /// The row of an event.
    #[must_use]
    pub fn of(record: Arc<Record>) -> Self {
        Self { record: Some(record), made: Vec::new(), message: OnceCell::new() }
    }

    /// A row of fields alone.
    #[must_use]
    pub fn made(made: Vec<(String, Cell)>) -> Self {
        Self { record: None, made, message: OnceCell::new() }
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, cell: Cell) {
        self.made.push((name.to_owned(), cell));
    }

    /// Lets go what can be found again.
    pub fn shrink(&mut self) {
        self.message = OnceCell::new();
    }

    /// A field by its name.
    #[must_use]
    pub fn get(&self, name: &str) -> Cell {
        if let Some((_, cell)) = self.made.iter().rev().find(|(made, _)| made == name) {
            return cell.clone();
        }
        let Some(record) = &self.record else { return Cell::Missing };
        match name {
            "@timestamp" => Cell::Time(record.at),
            "@ingestionTime" => Cell::Time(record.ingested_at),
            "@message" => Cell::Text(record.message.clone()),
            "@logStream" => Cell::Text(record.stream.to_string()),
            "@log" => Cell::Text(record.log.to_string()),
            "@ptr" => Cell::Text(record.pointer.clone()),
            _ => {
                let message = self.message.get_or_init(|| discover(&record.message));
                message.as_ref().and_then(|message| find(message, name)).map_or(Cell::Missing, Cell::Text)
            }
        }
    }
}

/// A message that is an object of JSON.
fn discover(message: &str) -> Option<Value> {
    let message = message.trim_start();
    if message.starts_with('{') { serde_json::from_str(message).ok() } else { None }
}

/// The field of that name, where dots lead into objects and arrays and may be part of a name too.
fn find(value: &Value, path: &str) -> Option<String> {
    if let Some(found) = child(value, path).and_then(leaf) {
        return Some(found);
    }
    path.match_indices('.').find_map(|(dot, _)| {
        let inner = child(value, path.get(..dot)?)?;
        find(inner, path.get(dot + 1..)?)
    })
}

fn child<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    }
}

/// A value that is no parent; truth is 1 and 0.
fn leaf(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(u8::from(*truth).to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn flatten(value: &Value, path: String, found: &mut Vec<(String, String)>) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        _ if found.len() == MOST_FIELDS => {}
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| flatten(value, below(name), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(place, value)| flatten(value, below(&place.to_string()), found));
        }
        other => found.extend(leaf(other).map(|text| (path, text))),
    }
}
