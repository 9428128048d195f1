//! Queries of Logs Insights.

use std::collections::BTreeMap;

use aws_sdk_cloudwatchlogs::operation::start_query::StartQueryError;
use aws_sdk_cloudwatchlogs::types::{QueryLanguage, ResultField};

use crate::aws::Aws;
use crate::aws::budget::Family;
use crate::aws::calls::Calls;
use crate::aws::convert::words;
use crate::aws::error::Refusal;
use crate::aws::gather::required;
use crate::fleet::reading::{Failure, FailureKind};
use crate::logs::insights::{Language, QueryAsk, QueryRow, QueryState, QueryStatus};
use crate::text;

const START: &str = "logs:StartQuery";
const RESULTS: &str = "logs:GetQueryResults";
const STOP: &str = "logs:StopQuery";
const RECORD: &str = "logs:GetLogRecord";

/// Characters of a wrong part that are shown.
const SHOWN: usize = 60;

/// The field that leads to a row's event.
const POINTER: &str = "@ptr";

/// Pages of a result that are read: ten hold the most rows that a query may have.
const MOST_PAGES: usize = 20;

impl Aws {
    /// Starts a query and gives its id.
    ///
    /// # Errors
    /// The failure: where it is wrong, if AWS does not understand it.
    pub async fn start_query(&self, ask: &QueryAsk) -> Result<String, Failure> {
        self.with_calls(credentials, |calls| async move { Ok(start(&calls, ask).await?) }).await
    }

    /// What a query has found so far.
    ///
    /// # Errors
    /// The failure.
    pub async fn query_results(&self, id: &str) -> Result<QueryState, Failure> {
        self.with_calls(credentials, |calls| async move { Ok(results(&calls, id).await?) }).await
    }

    /// Stops a query; whether it was still going on.
    ///
    /// # Errors
    /// The failure.
    pub async fn stop_query(&self, id: &str) -> Result<bool, Failure> {
        self.with_calls(credentials, |calls| async move { Ok(stop(&calls, id).await?) }).await
    }

    /// Every field of the event that a row's pointer leads to, clean, by name: those of AWS's own, which begin with `@`, and
    /// those that it found in the message.
    ///
    /// # Errors
    /// The failure.
    pub async fn log_record(&self, pointer: &str) -> Result<BTreeMap<String, String>, Failure> {
        self.with_calls(credentials, |calls| async move { Ok(record(&calls, pointer).await?) }).await
    }
}

fn credentials<T>(outcome: &Result<T, Failure>) -> bool {
    outcome.as_ref().is_err_and(|failure| failure.kind == FailureKind::Credentials)
}

async fn start(calls: &Calls, ask: &QueryAsk) -> Result<String, Refusal> {
    let language = match ask.language {
        Language::Cwli => QueryLanguage::Cwli,
        Language::Ppl => QueryLanguage::Ppl,
        Language::Sql => QueryLanguage::Sql,
    };
    let groups = (!ask.groups.is_empty()).then(|| ask.groups.clone());
    let by_arn = ask.groups.iter().any(|group| group.starts_with("arn:"));
    let (arns, names) = if by_arn { (groups, None) } else { (None, groups) };
    let request = calls.clients.logs.start_query();
    let request = request
        .query_language(language)
        .set_log_group_identifiers(arns)
        .set_log_group_names(names)
        .query_string(&ask.text)
        .start_time(ask.from.max(0))
        .end_time(ask.to.max(0))
        .set_limit(ask.limit.and_then(|limit| i32::try_from(limit).ok()));
    let mut place = None;
    let send = async {
        let answer = request.send().await;
        place = answer.as_ref().err().and_then(|error| place_of(error.as_service_error()?, &ask.text));
        answer
    };
    let started = calls.call(Family::Queries, START, send).await;
    let output = started.map_err(|refusal| {
        let hint = place.map(|place| format!("mend the query at {place}")).or(refusal.failure.hint);
        Refusal { failure: Failure { hint, ..refusal.failure }, ..refusal }
    })?;
    required(output.query_id, START, "queryId")
}

/// Where a query is wrong, if AWS says so: its own words there, clean.
fn place_of(error: &StartQueryError, query: &str) -> Option<String> {
    let StartQueryError::MalformedQueryException(malformed) = error else { return None };
    let location = malformed.query_compile_error()?.location()?;
    let place = |offset: Option<i32>| offset.and_then(|offset| usize::try_from(offset).ok());
    let (start, end) = (place(location.start_char_offset())?, place(location.end_char_offset())?);
    let words: String = query.chars().skip(start).take(end.saturating_sub(start)).collect();
    let words = text::one_line(&words, SHOWN);
    Some(if words.is_empty() { "its end".to_owned() } else { format!("character {}: {words}", start + 1) })
}

async fn stop(calls: &Calls, id: &str) -> Result<bool, Refusal> {
    let request = calls.clients.logs.stop_query().query_id(id);
    match calls.call(Family::Queries, STOP, request.send()).await {
        Ok(output) => Ok(output.success),
        // "If the query has already ended, the operation returns an error": it goes on no more, as was wanted.
        Err(refusal) if refusal.is("InvalidParameterException") => Ok(false),
        Err(refusal) => Err(refusal),
    }
}

async fn record(calls: &Calls, pointer: &str) -> Result<BTreeMap<String, String>, Refusal> {
    let request = calls.clients.logs.get_log_record().log_record_pointer(pointer);
    let output = calls.call(Family::QueryResults, RECORD, request.send()).await?;
    let fields = required(output.log_record, RECORD, "logRecord")?.into_iter();
    Ok(fields.map(|(name, value)| (words(Some(&name)), text::clean_lines(&value).into_owned())).collect())
}

async fn results(calls: &Calls, id: &str) -> Result<QueryState, Refusal> {
    let mut state: Option<QueryState> = None;
    let mut table = Table::default();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let request = calls.clients.logs.get_query_results().query_id(id).set_next_token(token.take());
        let output = calls.call(Family::QueryResults, RESULTS, request.send()).await?;
        required(output.results, RESULTS, "results")?.into_iter().for_each(|row| table.add(row));
        token = output.next_token.filter(|token| !token.is_empty());
        let first = state.get_or_insert_with(|| {
            let statistics = output.statistics.as_ref();
            QueryState {
                status: QueryStatus::from(words(output.status.as_ref().map(|status| status.as_str())).as_str()),
                columns: Vec::new(),
                rows: Vec::new(),
                more: false,
                scanned_bytes: number(statistics.map(|found| found.bytes_scanned())),
                scanned: number(statistics.map(|found| found.records_scanned())),
                matched: number(statistics.map(|found| found.records_matched())),
            }
        });
        first.more = token.is_some();
        // Of a query that goes on the next page may be of another result than the first.
        if token.is_none() || first.status.goes_on() {
            break;
        }
    }
    let state = required(state, RESULTS, "results")?;
    let (columns, rows) = table.finish();
    Ok(QueryState { columns, rows, ..state })
}

/// A figure of AWS's, which come as fractions.
fn number(figure: Option<f64>) -> u64 {
    figure.filter(|figure| figure.is_finite() && *figure > 0.0).map_or(0, |figure| figure as u64)
}

/// Rows whose fields come by name, each row with those that it has.
#[derive(Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Sparse>,
}

/// Values by the place of their column, and the pointer.
type Sparse = (Vec<(usize, String)>, Option<String>);

impl Table {
    fn add(&mut self, fields: Vec<ResultField>) {
        let (mut cells, mut pointer) = (Vec::with_capacity(fields.len()), None);
        for field in fields {
            match (field.field.as_deref(), field.value) {
                (Some(POINTER), value) => pointer = value,
                (Some(name), Some(value)) => cells.push((self.column(name), text::clean_lines(&value).into_owned())),
                _ => {}
            }
        }
        self.rows.push((cells, pointer));
    }

    /// The place of a column. One that earlier rows lacked comes after theirs.
    fn column(&mut self, name: &str) -> usize {
        let name = words(Some(name));
        self.columns.iter().position(|column| *column == name).unwrap_or_else(|| {
            self.columns.push(name);
            self.columns.len() - 1
        })
    }

    fn finish(self) -> (Vec<String>, Vec<QueryRow>) {
        let width = self.columns.len();
        let row = |(fields, pointer): Sparse| {
            let mut cells = vec![None; width];
            for (place, value) in fields {
                if let Some(cell) = cells.get_mut(place) {
                    *cell = Some(value);
                }
            }
            QueryRow { cells, pointer }
        };
        (self.columns, self.rows.into_iter().map(row).collect())
    }
}
