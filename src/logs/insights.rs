//! Queries that CloudWatch Logs Insights runs, where a search is larger than this machine; and those that come along.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

/// The queries that come along, in TOML.
const SHIPPED: &str = include_str!("queries.toml");

/// A language that queries are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Language {
    /// Logs Insights QL.
    #[default]
    Cwli,
    /// OpenSearch PPL.
    Ppl,
    /// OpenSearch SQL, which names its groups itself.
    Sql,
}

/// What to query.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryAsk {
    /// Names or ARNs of log groups, at most 50; none where the text names them.
    pub groups: Vec<String>,
    /// The query.
    pub text: String,
    /// What it is written in.
    pub language: Language,
    /// First second since 1970.
    pub from: i64,
    /// Last second since 1970.
    pub to: i64,
    /// Most rows, where the query does not say how many.
    pub limit: Option<u32>,
}

/// How far a query is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueryStatus {
    /// It waits.
    Scheduled,
    /// It runs: its rows are those so far.
    Running,
    /// Its rows are all.
    Complete,
    /// It failed.
    Failed,
    /// Somebody stopped it.
    Cancelled,
    /// It took too long.
    Timeout,
    /// A word that is not known here.
    Other(String),
}

impl QueryStatus {
    /// Whether it may yet become another one.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        matches!(self, Self::Scheduled | Self::Running)
    }
}

impl From<&str> for QueryStatus {
    fn from(word: &str) -> Self {
        match word {
            "Scheduled" => Self::Scheduled,
            "Running" => Self::Running,
            "Complete" => Self::Complete,
            "Failed" => Self::Failed,
            "Cancelled" => Self::Cancelled,
            "Timeout" => Self::Timeout,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for QueryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheduled => "scheduled",
            Self::Running => "running",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Timeout => "timed out",
            Self::Other(word) => word,
        })
    }
}

/// A row of a result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct QueryRow {
    /// A value for each column, clean; lines of a text stay lines.
    pub cells: Vec<Option<String>>,
    /// Leads to the event that the row is, if it is one: as AWS has it, not clean.
    pub pointer: Option<String>,
}

/// What a query has found so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueryState {
    /// How far it is.
    pub status: QueryStatus,
    /// Names of the columns, clean, in the order in which the query names them.
    pub columns: Vec<String>,
    /// Rows in their order.
    pub rows: Vec<QueryRow>,
    /// Whether there are more rows than those.
    pub more: bool,
    /// Bytes read so far, which is what AWS bills.
    pub scanned_bytes: u64,
    /// Events read so far.
    pub scanned: u64,
    /// Events that matched so far.
    pub matched: u64,
}

/// A query with a name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedQuery {
    /// What it is called.
    pub name: String,
    /// What it tells.
    pub about: String,
    /// What it is written in.
    #[serde(default)]
    pub language: Language,
    /// The query, with `{name}` where something has to be filled in.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    query: Vec<SavedQuery>,
}

/// The queries that come along.
///
/// # Errors
/// When they can't be read: a mistake of this program, which its tests find.
pub fn shipped() -> Result<Vec<SavedQuery>, String> {
    SHIPPED.parse::<Saved>().map(|saved| saved.0).map_err(|error| format!("queries.toml: {error}"))
}

/// A document of queries.
struct Saved(Vec<SavedQuery>);

impl FromStr for Saved {
    type Err = toml::de::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        toml::from_str::<Document>(text).map(|document| Self(document.query))
    }
}

impl SavedQuery {
    /// What has to be filled in, in the order of the text.
    #[must_use]
    pub fn blanks(&self) -> Vec<&str> {
        let mut blanks: Vec<&str> = Vec::new();
        for (_, name, _) in pieces(&self.text) {
            if let Some(name) = name.filter(|name| !blanks.contains(name)) {
                blanks.push(name);
            }
        }
        blanks
    }

    /// The query with everything filled in. Values stand within quotes, and stay there whatever they hold.
    ///
    /// # Errors
    /// The name of a blank without a value.
    pub fn filled(&self, values: &BTreeMap<String, String>) -> Result<String, String> {
        let mut text = String::with_capacity(self.text.len());
        for (before, name, _) in pieces(&self.text) {
            text.push_str(before);
            if let Some(name) = name {
                let value = values.get(name).ok_or_else(|| name.to_owned())?;
                text.extend(
                    value.chars().flat_map(|c| ['\\'].into_iter().filter(move |_| matches!(c, '"' | '\\')).chain([c])),
                );
            }
        }
        Ok(text)
    }
}

/// A text in pieces: what stands before a blank, the blank's name, and where it ends. The last piece has no blank.
fn pieces(text: &str) -> impl Iterator<Item = (&str, Option<&str>, usize)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
        let blank = rest.match_indices('{').find_map(|(open, _)| {
            let name = rest.get(open + 1..)?.split('}').next()?;
            let named = !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
            (named && rest.get(open + 1 + name.len()..)?.starts_with('}')).then_some((open, name))
        });
        let (before, name, length) = match blank {
            Some((open, name)) => (rest.get(..open)?, Some(name), open + name.len() + 2),
            None => (rest, None, rest.len()),
        };
        at += length;
        Some((before, name, at))
    })
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_queries_that_come_along_have_names_of_their_own() {
        let shipped = shipped().unwrap();
        let mut names: Vec<&str> = shipped.iter().map(|query| query.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() == shipped.len() && names.len() >= 4, "{names:?}");
    }

    #[test]
    fn blanks_are_filled_within_their_quotes() {
        let text = "filter a = \"{trace}\" or b like /x{2}/ or c = \"{trace}{task_id}\"";
        let query =
            SavedQuery { name: String::new(), about: String::new(), language: Language::Cwli, text: text.into() };
        assert_eq!(query.blanks(), ["trace", "task_id"]);
        let mut values = BTreeMap::from([("trace".to_owned(), "1\" or \\".to_owned())]);
        assert_eq!(query.filled(&values), Err("task_id".to_owned()));
        values.insert("task_id".to_owned(), "7".to_owned());
        let wanted = "filter a = \"1\\\" or \\\\\" or b like /x{2}/ or c = \"1\\\" or \\\\7\"";
        assert_eq!(query.filled(&values).unwrap(), wanted);
    }
}
