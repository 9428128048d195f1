//! Logs Insights: queries started, looked at, stopped and listed
//! (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use super::super::page::{compact, integer, page, read_token, text, texts};
use super::invalid;
use crate::sim::call::{Answer, Call, Fault};
use crate::sim::insights::run::ResultRow;
use crate::sim::insights::{Language, Malformed, compile};
use crate::sim::world::World;
use crate::sim::world::query::{Query, QueryAsk};

/// Groups that a query may name.
const MOST_GROUPS: usize = 50;

/// The most rows of a result outside of Logs Insights QL, and of a page in it.
const PAGE: usize = 10_000;

/// Queries on a page of a list.
const QUERIES: usize = 1_000;

/// `StartQuery`: times are in seconds, both included.
pub(super) fn start(world: &mut World, call: &Call<'_>) -> Answer {
    let input = call.input;
    let language = language(input)?.unwrap_or_default();
    let query = text(input, "queryString").unwrap_or_default();
    let plan = compile(language, query).map_err(malformed)?;
    let groups = groups(world, input, plan.groups.clone())?;
    let (from, to) = (integer(input, "startTime").unwrap_or(0), integer(input, "endTime").unwrap_or(0));
    if from > to {
        return Err(invalid("End time should not be before start time."));
    }
    let limit = integer(input, "limit").and_then(|limit| usize::try_from(limit).ok());
    if language != Language::Cwli && limit.is_some_and(|limit| limit > PAGE) {
        return Err(invalid(&format!("A query in {} gives at most {PAGE} rows.", language.name())));
    }
    let ask = QueryAsk { groups, text: query.to_owned(), language, plan, from, to, limit };
    let told = "Account maximum query concurrency limit of [100] reached.";
    let id = world.start_query(ask).ok_or_else(|| Fault::new("LimitExceededException", told))?;
    Ok(json!({ "queryId": id }))
}

fn language(input: &Map<String, Value>) -> Result<Option<Language>, Fault> {
    let name = text(input, "queryLanguage");
    name.map(|name| name.parse().map_err(|()| invalid("Unknown query language."))).transpose()
}

/// What is wrong with a query, and from which character to which.
fn malformed(Malformed { message, start, end }: Malformed) -> Fault {
    let location = json!({ "startCharOffset": start, "endCharOffset": end });
    let mut fault = Fault::new("MalformedQueryException", format!("{message} ([{start},{end}])"));
    let error = json!({ "location": location, "message": message });
    fault.members.insert("queryCompileError".to_owned(), error);
    fault
}

/// The groups that a query is about: named by exactly one of the parameters, or by the text itself.
fn groups(world: &World, input: &Map<String, Value>, own: Vec<String>) -> Result<Vec<String>, Fault> {
    let ways = ["logGroupName", "logGroupNames", "logGroupIdentifiers"];
    let given = ways.iter().filter(|way| input.contains_key(**way)).count();
    if given + usize::from(!own.is_empty()) != 1 {
        return Err(invalid("Exactly one of logGroupName, logGroupNames and logGroupIdentifiers has to be given."));
    }
    let mut names: Vec<String> = own.iter().map(|name| named(name).to_owned()).collect();
    names.extend(text(input, "logGroupName").map(str::to_owned));
    names.extend(ways.iter().flat_map(|way| texts(input, way)).map(|name| named(name).to_owned()));
    names.sort_unstable();
    names.dedup();
    if names.is_empty() || names.len() > MOST_GROUPS {
        return Err(invalid(&format!("A query is about 1 to {MOST_GROUPS} log groups.")));
    }
    match names.iter().find(|name| !world.log_groups.contains_key(*name)) {
        None => Ok(names),
        Some(absent) => {
            let message = format!("Log group '{absent}' does not exist for account ID '{}'", world.account);
            Err(Fault::new("ResourceNotFoundException", message))
        }
    }
}

/// The name in a name or an ARN.
fn named(identifier: &str) -> &str {
    identifier.rsplit(":log-group:").next().unwrap_or(identifier)
}

fn absent(id: &str) -> Fault {
    Fault::new("ResourceNotFoundException", format!("Query with id '{id}' does not exist."))
}

/// `GetQueryResults`: partial ones while the query runs.
pub(super) fn results(world: &mut World, call: &Call<'_>) -> Answer {
    world.advance_queries();
    let id = text(call.input, "queryId").unwrap_or_default();
    let query = world.queries.get(id).ok_or_else(|| absent(id))?;
    let after = text(call.input, "nextToken").map(|token| read_token(call.operation, token));
    let after = after.map(|token| token.ok_or_else(|| invalid("Invalid nextToken."))).transpose()?;
    let limit = integer(call.input, "maxItems").and_then(|most| usize::try_from(most).ok()).filter(|most| *most > 0);
    let rows = query.run.results().into_iter().enumerate().map(|(n, row)| (format!("{n:08}"), shown_row(row)));
    let (rows, next) = page(call.operation, rows, after.as_deref(), limit.unwrap_or(PAGE));
    Ok(compact(json!({
        "queryLanguage": query.ask.language.name(),
        "results": rows,
        "statistics": {
            "recordsMatched": query.run.matched as f64,
            "recordsScanned": query.records as f64,
            "bytesScanned": query.bytes as f64,
            "estimatedRecordsSkipped": 0.0,
            "estimatedBytesSkipped": 0.0,
            "logGroupsScanned": query.ask.groups.len() as f64,
        },
        "status": query.state.name(),
        "nextToken": next,
    })))
}

fn shown_row(row: ResultRow) -> Value {
    let field = |(name, value): (String, String)| {
        let value = if name == "@ptr" { STANDARD.encode(value) } else { value };
        json!({ "field": name, "value": value })
    };
    row.into_iter().map(field).collect()
}

/// `StopQuery`: one that has ended can't be stopped.
pub(super) fn stop(world: &mut World, call: &Call<'_>) -> Answer {
    let id = text(call.input, "queryId").unwrap_or_default();
    match world.stop_query(id) {
        None => Err(absent(id)),
        Some(false) => Err(invalid(&format!("Query with id '{id}' is not running."))),
        Some(true) => Ok(json!({ "success": true })),
    }
}

/// `DescribeQueries`: the newest first.
pub(super) fn describe(world: &mut World, call: &Call<'_>) -> Answer {
    world.advance_queries();
    let input = call.input;
    let (group, status, language) = (text(input, "logGroupName"), text(input, "status"), language(input)?);
    let wanted = world.queries.iter().filter(|(_, query)| {
        group.is_none_or(|group| query.ask.groups.iter().any(|one| one == group))
            && status.is_none_or(|status| query.state.name() == status)
            && language.is_none_or(|language| query.ask.language == language)
    });
    let mut rows: Vec<(String, Value)> = wanted.map(|(id, query)| (place(id, query), shown(id, query))).collect();
    rows.sort_by(|a, b| a.0.cmp(&b.0));
    let after = text(input, "nextToken").map(|token| read_token(call.operation, token));
    let after = after.map(|token| token.ok_or_else(|| invalid("Invalid nextToken."))).transpose()?;
    let limit = integer(input, "maxResults").and_then(|most| usize::try_from(most).ok()).unwrap_or(QUERIES);
    let (queries, next) = page(call.operation, rows, after.as_deref(), limit);
    Ok(compact(json!({ "queries": queries, "nextToken": next })))
}

/// Sorts the newest first.
fn place(id: &str, query: &Query) -> String {
    format!("{:020} {id}", i64::MAX - query.started_at.as_millisecond())
}

fn shown(id: &str, query: &Query) -> Value {
    let took = query.ended_at.map(|ended| ended.as_millisecond() - query.started_at.as_millisecond());
    json!({
        "queryLanguage": query.ask.language.name(),
        "queryId": id,
        "queryString": query.ask.text,
        "status": query.state.name(),
        "createTime": query.started_at.as_millisecond(),
        "logGroupName": query.ask.groups.first(),
        "queryDuration": took,
        "bytesScanned": query.bytes as f64,
    })
}

/// `GetLogRecord`: every field of the event that `@ptr` points at.
pub(super) fn record(world: &World, call: &Call<'_>) -> Answer {
    let pointer = text(call.input, "logRecordPointer").unwrap_or_default();
    let decoded = STANDARD.decode(pointer).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = decoded.ok_or_else(|| invalid("Invalid logRecordPointer."))?;
    let found = world.pointed_at(&decoded);
    let mut found = found.ok_or_else(|| Fault::new("ResourceNotFoundException", "The log record does not exist."))?;
    pointer.clone_into(&mut found.pointer);
    let fields = found.fields().into_iter().map(|(name, value)| (name, Value::String(value)));
    Ok(json!({ "logRecord": fields.collect::<Map<String, Value>>() }))
}
