//! Queries that CloudWatch Logs Insights runs: what is asked, what came, what was asked before.

use jiff::{SignedDuration, Timestamp};

use crate::fleet::reading::Failure;
use crate::logs::insights::{Language, QueryAsk, QueryState, SavedQuery, shipped};
use crate::logs::moment::moment;

/// Queries that are remembered.
const REMEMBERED: usize = 50;
/// Groups in one query (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html>).
pub(super) const MOST_GROUPS: usize = 50;

/// The time that a query is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Span {
    /// So long until the present.
    Last(SignedDuration),
    /// From a moment to another.
    Between(Timestamp, Timestamp),
}

impl Span {
    /// First and last second at `now`.
    #[must_use]
    pub fn seconds(self, now: Timestamp) -> (i64, i64) {
        match self {
            Self::Last(long) => (now.as_second().saturating_sub(long.as_secs()), now.as_second()),
            Self::Between(from, to) => (from.as_second(), to.as_second()),
        }
    }

    /// `1h`, or two moments with a space between them.
    ///
    /// # Errors
    /// What cannot be understood.
    pub(super) fn parse(text: &str, now: Timestamp) -> Result<Self, String> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            [ago] => {
                let from = moment(ago, now)?;
                Ok(if ago.contains([':', '-']) {
                    Self::Between(from, now)
                } else {
                    Self::Last(now.duration_since(from))
                })
            }
            [from, to] => {
                let (from, to) = (moment(from, now)?, moment(to, now)?);
                if from < to {
                    Ok(Self::Between(from, to))
                } else {
                    Err("the first moment is not before the second".into())
                }
            }
            _ => Err("write how long, such as 3h, or from when to when: 14:00 15:30".to_owned()),
        }
    }
}

/// How a query goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// Nothing was asked yet.
    Idle,
    /// It was sent, and nothing is known of it yet.
    Sent,
    /// What it has found so far, or all of it.
    Found(QueryState),
    /// It could not be run, or not be looked at any more.
    Failed {
        /// Why.
        why: Failure,
        /// What it had found until then.
        so_far: Option<QueryState>,
    },
}

/// The query screen.
#[derive(Debug, Clone)]
pub struct Insights {
    groups: Vec<String>,
    text: String,
    language: Language,
    span: Span,
    progress: Progress,
    number: u64,
    past: Vec<(Language, String)>,
    saved: Vec<SavedQuery>,
    bars: bool,
    cursor: usize,
    /// Rows that the last frame had room for.
    room: usize,
}

impl Default for Insights {
    fn default() -> Self {
        Self {
            groups: Vec::new(),
            text: String::new(),
            language: Language::default(),
            span: Span::Last(SignedDuration::from_hours(1)),
            progress: Progress::Idle,
            number: 0,
            past: Vec::new(),
            // They are our own, and tested.
            saved: shipped().unwrap_or_default(),
            bars: false,
            cursor: 0,
            room: 0,
        }
    }
}

impl Insights {
    /// A screen that knows these queries beside those that come along.
    pub(super) fn with(own: Vec<SavedQuery>) -> Self {
        let mut screen = Self::default();
        screen.saved.splice(0..0, own);
        screen
    }

    /// Log groups that are asked.
    #[must_use]
    pub fn groups(&self) -> &[String] {
        &self.groups
    }

    /// The query on one line.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it is written in.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The time that it is about.
    #[must_use]
    pub fn span(&self) -> Span {
        self.span
    }

    /// How it goes.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// What was found, if anything was answered.
    #[must_use]
    pub fn state(&self) -> Option<&QueryState> {
        match &self.progress {
            Progress::Found(state) => Some(state),
            Progress::Failed { so_far, .. } => so_far.as_ref(),
            Progress::Idle | Progress::Sent => None,
        }
    }

    /// Whether it is under way.
    #[must_use]
    pub fn runs(&self) -> bool {
        match &self.progress {
            Progress::Sent => true,
            Progress::Found(state) => state.status.goes_on(),
            Progress::Idle | Progress::Failed { .. } => false,
        }
    }

    /// Whether numbers are drawn as bars.
    #[must_use]
    pub fn bars(&self) -> bool {
        self.bars
    }

    /// Number of the row under the cursor.
    #[must_use]
    pub fn cursor(&self) -> usize {
        self.cursor
    }

    /// The topmost row where there is room for `height`.
    #[must_use]
    pub fn top(&self, height: usize) -> usize {
        let rows = self.state().map_or(0, |state| state.rows.len());
        (self.cursor + 1)
            .saturating_sub(height)
            .max(self.cursor.saturating_sub(height / 2))
            .min(rows.saturating_sub(height))
    }

    /// Queries to choose from: those that were run, the latest first, then those that come along. Each on one line.
    #[must_use]
    pub fn choices(&self) -> Vec<SavedQuery> {
        let past = self.past.iter().rev().map(|(language, text)| SavedQuery {
            name: text.clone(),
            about: "run before".to_owned(),
            language: *language,
            text: text.clone(),
        });
        let saved = self.saved.iter().map(|query| SavedQuery { text: on_one_line(&query.text), ..query.clone() });
        past.chain(saved).collect()
    }

    /// Another fleet is watched: nothing of the old one stays but the queries themselves.
    pub(super) fn forget_fleet(&mut self) {
        self.groups.clear();
        self.progress = Progress::Idle;
        self.cursor = 0;
        // A late answer carries the number before.
        self.number += 1;
    }

    /// Takes other groups; keeps what is there where none are given.
    pub(super) fn ask_groups(&mut self, groups: Vec<String>) {
        if !groups.is_empty() {
            self.groups = groups.into_iter().take(MOST_GROUPS).collect();
        }
    }

    pub(super) fn write(&mut self, language: Language, text: &str) {
        self.language = language;
        self.text = on_one_line(text);
    }

    /// The next language, and whether the query has to be written anew for it.
    pub(super) fn next_language(&mut self) {
        self.language = match self.language {
            Language::Cwli => Language::Ppl,
            Language::Ppl => Language::Sql,
            Language::Sql => Language::Cwli,
        };
    }

    pub(super) fn set_span(&mut self, span: Span) {
        self.span = span;
    }

    /// What has to be sent to run the query now.
    pub(super) fn run(&mut self, now: Timestamp) -> (u64, QueryAsk) {
        let entry = (self.language, self.text.clone());
        self.past.retain(|past| *past != entry);
        self.past.push(entry);
        let surplus = self.past.len().saturating_sub(REMEMBERED);
        self.past.drain(..surplus);
        self.number += 1;
        self.progress = Progress::Sent;
        self.cursor = 0;
        let (from, to) = self.span.seconds(now);
        // In SQL the text names its groups.
        let groups = if self.language == Language::Sql { Vec::new() } else { self.groups.clone() };
        (self.number, QueryAsk { groups, text: self.text.clone(), language: self.language, from, to, limit: None })
    }

    /// Takes what the query of that number found; false if another one was asked since.
    pub(super) fn take(&mut self, number: u64, outcome: Result<QueryState, Failure>) -> bool {
        if number != self.number {
            return false;
        }
        let before = std::mem::replace(&mut self.progress, Progress::Idle);
        let so_far = if let Progress::Found(state) = before { Some(state) } else { None };
        self.progress = outcome.map_or_else(|why| Progress::Failed { why, so_far }, Progress::Found);
        let rows = self.state().map_or(0, |state| state.rows.len());
        self.cursor = self.cursor.min(rows.saturating_sub(1));
        true
    }

    pub(super) fn toggle_bars(&mut self) {
        self.bars = !self.bars;
    }

    pub(super) fn laid_out(&mut self, rows: usize) {
        self.room = rows;
    }

    pub(super) fn room(&self) -> usize {
        self.room
    }

    pub(super) fn move_to(&mut self, row: usize) {
        let rows = self.state().map_or(0, |state| state.rows.len());
        self.cursor = row.min(rows.saturating_sub(1));
    }

    /// What a column says in the row under the cursor.
    pub(super) fn cell(&self, column: &str) -> Option<&str> {
        let state = self.state()?;
        let at = state.columns.iter().position(|name| name == column)?;
        state.rows.get(self.cursor)?.cells.get(at)?.as_deref()
    }

    /// The row under the cursor as text: `column: value` on each line.
    pub(super) fn copied(&self) -> Option<String> {
        let state = self.state()?;
        let cells = state.columns.iter().zip(&state.rows.get(self.cursor)?.cells);
        let lines = cells.filter_map(|(name, cell)| Some(format!("{name}: {}", cell.as_deref()?)));
        Some(lines.collect::<Vec<_>>().join("\n"))
    }
}

/// A query is edited on one line; comments end at a line's end and would take the rest along.
fn on_one_line(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.collect::<Vec<_>>().join(" ")
}

/// A query for the newest lines of so many groups that a filter of the log viewer lets through, and the terms that it cannot say.
#[must_use]
pub fn query_for(filter: &str, groups: usize) -> (String, Vec<String>) {
    let mut left_out = Vec::new();
    let mut clauses: Vec<Vec<String>> = vec![Vec::new()];
    for term in terms(filter) {
        match (term.as_str(), condition(&term)) {
            ("|", _) => clauses.push(Vec::new()),
            (_, Some(condition)) => clauses.last_mut().into_iter().for_each(|clause| clause.push(condition.clone())),
            (_, None) => left_out.push(term),
        }
    }
    let said: Vec<String> =
        clauses.iter().filter(|clause| !clause.is_empty()).map(|clause| clause.join(" and ")).collect();
    let filter = match said.as_slice() {
        [] => String::new(),
        [one] => format!("filter {one} | "),
        several => format!("filter ({}) | ", several.join(") or (")),
    };
    // The group of a row is known where there is one, and what it says has the room.
    let log = if groups == 1 { "" } else { "@log, " };
    (format!("fields @timestamp, {log}@message | {filter}sort @timestamp desc | limit 200"), left_out)
}

/// Terms as the filter's language has them: words, and what stands in quotes.
fn terms(filter: &str) -> Vec<String> {
    let (mut terms, mut term, mut quoted) = (Vec::new(), String::new(), false);
    for c in filter.chars() {
        quoted ^= c == '"';
        if c.is_whitespace() && !quoted {
            terms.extend((!term.is_empty()).then(|| std::mem::take(&mut term)));
        } else {
            term.push(c);
        }
    }
    terms.extend((!term.is_empty()).then_some(term));
    terms
}

/// A word or an expression as a condition, in smart case as the filter has it; fields and levels are not conditions of every format.
fn condition(term: &str) -> Option<String> {
    let (negated, term) = match term.strip_prefix(['-', '!']).filter(|rest| !rest.is_empty()) {
        Some(rest) => (true, rest),
        None => (false, term),
    };
    let (pattern, text) = match term.strip_prefix('~') {
        Some(expression) => (true, expression.trim_matches('"')),
        None => (false, term.trim_matches('"')),
    };
    let named = term.find(['=', '<', '>', '~']).is_some_and(|at| at > 0 && !term.starts_with('"'));
    if text.is_empty() || (!pattern && named) {
        return None;
    }
    let body = if pattern { text.replace('/', "\\/") } else { escaped(text) };
    let case = if text.chars().any(char::is_uppercase) { "" } else { "(?i)" };
    Some(format!("@message {}like /{case}{body}/", if negated { "not " } else { "" }))
}

/// A text as an expression that matches it alone.
fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| ['\\'].into_iter().filter(move |_| "\\.+*?()|[]{}^$/".contains(c)).chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_typed_as_people_think_of_them() -> Result<(), jiff::Error> {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse()?;
        let hours = |hours| SignedDuration::from_hours(hours);
        assert_eq!(Span::parse("3h", now), Ok(Span::Last(hours(3))));
        assert_eq!(Span::parse("09:00 10:30", now), Ok(Span::Between(now - hours(3), "2026-03-01T10:30:00Z".parse()?)));
        assert_eq!(Span::parse("11:00", now), Ok(Span::Between(now - hours(1), now)));
        assert!(
            Span::parse("10:30 09:00", now).is_err()
                && Span::parse("", now).is_err()
                && Span::parse("a b c", now).is_err()
        );
        Ok(())
    }

    #[test]
    fn a_filter_becomes_a_query_for_the_same_lines() {
        let filter = |text: &str| {
            let (query, left_out) = query_for(text, 2);
            let said = query.split(" | ").find(|part| part.starts_with("filter")).unwrap_or_default().to_owned();
            (said, left_out.join(" "))
        };
        for (typed, said, left_out) in [
            ("timeout", "filter @message like /(?i)timeout/", ""),
            ("Timeout -/healthz", "filter @message like /Timeout/ and @message not like /(?i)\\/healthz/", ""),
            ("\"card declined\"", "filter @message like /(?i)card declined/", ""),
            ("a.b | ~x+", "filter (@message like /(?i)a\\.b/) or (@message like /(?i)x+/)", ""),
            ("level>=error slow", "filter @message like /(?i)slow/", "level>=error"),
            ("", "", ""),
        ] {
            assert_eq!(filter(typed), (said.to_owned(), left_out.to_owned()), "{typed}");
        }
    }

    #[test]
    fn a_query_is_edited_on_one_line_without_its_comments() {
        assert_eq!(on_one_line("# what it is\nfields a\n  | limit 3\n"), "fields a | limit 3");
    }
}
