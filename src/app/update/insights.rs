//! The query screen: what it asks, what comes, its commands.

use jiff::Timestamp;

use super::cursor::Motion;
use super::{filter, history, logs};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::insights::{MOST_GROUPS, Span, query_for};
use crate::app::model::{Asking, Model};
use crate::app::overlay::{Choice, Overlay, Typed};
use crate::app::place::Place;
use crate::fleet::feed::Origin;
use crate::fleet::finding::Subject;
use crate::fleet::reading::Failure;
use crate::logs::insights::{Language, QueryState, SavedQuery};
use crate::logs::moment::moment;

/// Opens the screen over the log groups that one looks at: those of the viewer, the chosen ones of the list, else all of the fleet.
pub(super) fn open(model: &mut Model) {
    let (groups, text) = match &model.place {
        Place::Logs(_) => of_viewer(model),
        Place::List(screen) => {
            let (ctx, place) = (model.ctx(), model.listing(*screen).place);
            let chosen =
                model.table(*screen).chosen().into_iter().filter_map(|row| place(&ctx, row)?.subject().cloned());
            let groups =
                chosen.filter_map(|subject| if let Subject::LogGroup(name) = subject { Some(name) } else { None });
            (groups.collect(), None)
        }
        _ => (Vec::new(), None),
    };
    let groups = if groups.is_empty() { of_fleet(model) } else { groups };
    if let Some(span) = past_of_viewer(model) {
        model.insights.set_span(span);
    }
    let count = groups.len();
    model.insights.ask_groups(groups);
    let (text, left_out) = text.unwrap_or_default();
    if !text.is_empty() {
        model.insights.write(Language::Cwli, &text);
    } else if model.insights.text().is_empty() {
        model.insights.write(Language::Cwli, &query_for("", count).0);
    }
    history::go(model, Place::Insights);
    if !left_out.is_empty() {
        model.say(format!("The query does not ask for {}: say it in its own words", left_out.join(" ")), false);
    }
}

/// Groups of the log viewer, and what its filter looks for.
fn of_viewer(model: &Model) -> (Vec<String>, Option<(String, Vec<String>)>) {
    let Some(logs) = model.logs() else { return (Vec::new(), None) };
    let named = logs.feeds().iter().filter_map(|feed| match &feed.origin {
        Origin::Group { group, .. } => Some(group.clone()),
        Origin::Console { .. } => None,
    });
    let mut groups: Vec<String> = named.collect();
    groups.sort();
    groups.dedup();
    let query = logs.filter().map(|lens| query_for(lens.text(), groups.len()));
    (groups, query)
}

/// The time that the viewer shows, unless that goes on.
fn past_of_viewer(model: &Model) -> Option<Span> {
    let logs = model.logs().filter(|logs| matches!(model.place, Place::Logs(_)) && !logs.is_live())?;
    let (from, until) = logs.span();
    let moment = |time: i64| Timestamp::from_millisecond(time).ok();
    Some(Span::Between(moment(from)?, moment(until?)?))
}

fn of_fleet(model: &Model) -> Vec<String> {
    let known = model.fleet.snapshot().log_groups.rows.iter().map(|group| group.name.clone());
    known.take(MOST_GROUPS).collect()
}

/// The query of that number found something, or could not be run.
pub(super) fn read(model: &mut Model, number: u64, outcome: Result<QueryState, Failure>) {
    if model.insights.take(number, outcome) && model.place == Place::Insights {
        model.touch();
    }
}

/// Moves the cursor over the rows.
pub(super) fn moved(model: &mut Model, motion: Motion) {
    let page = model.insights.room().saturating_sub(1).max(1).cast_signed();
    let row = motion.from(model.insights.cursor(), page);
    model.insights.move_to(row);
    model.touch();
}

/// Runs a command of the screen.
pub(super) fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::QueryEdit => {
            let text = model.insights.text().to_owned();
            filter::ask(model, Asking::Query, &text);
        }
        Command::QuerySpan => filter::ask(model, Asking::Span, ""),
        Command::QueryRun => return start(model),
        Command::QueryStop => return stop(model),
        Command::QueryLanguage => model.insights.next_language(),
        Command::QueryBars => model.insights.toggle_bars(),
        Command::QueryPick => model.overlay = Some(Overlay::Queries(Typed::default())),
        Command::QueryContext => return context(model),
        Command::QueryCopy => return copy(model),
        _ => {}
    }
    model.touch();
    Vec::new()
}

fn start(model: &mut Model) -> Vec<Effect> {
    model.touch();
    if model.insights.groups().is_empty() {
        model.say("No log group is known to ask", true);
        return Vec::new();
    }
    let (number, ask) = model.insights.run(model.now);
    vec![Effect::RunQuery { number, ask }]
}

fn stop(model: &mut Model) -> Vec<Effect> {
    if model.insights.runs() { vec![Effect::StopQuery] } else { Vec::new() }
}

/// What was typed is complete: a query is run, a span holds.
///
/// # Errors
/// What is wrong with it.
pub(super) fn accept(model: &mut Model, asking: Asking, text: &str) -> Result<Vec<Effect>, String> {
    if asking == Asking::Span {
        let span = Span::parse(text, model.now)?;
        model.insights.set_span(span);
        return Ok(Vec::new());
    }
    if text.trim().is_empty() {
        return Err("write a query, such as: fields @timestamp, @message | limit 20".to_owned());
    }
    let language = model.insights.language();
    model.insights.write(language, text);
    Ok(start(model))
}

/// Queries to choose from.
pub(super) fn choices(model: &Model) -> Vec<Choice> {
    let choice = |query: SavedQuery| Choice { name: query.name, help: query.about, command: None };
    model.insights.choices().into_iter().map(choice).collect()
}

/// A query was chosen: it can be changed before it is run.
pub(super) fn chosen(model: &mut Model, name: &str) {
    let all = model.insights.choices();
    if let Some(query) = all.into_iter().find(|query| query.name == name) {
        model.insights.write(query.language, &query.text);
        filter::ask(model, Asking::Query, &query.text);
    }
}

/// Opens the lines around the row under the cursor.
fn context(model: &mut Model) -> Vec<Effect> {
    let at = model.insights.cell("@timestamp").and_then(|at| moment(at, model.now).ok());
    // `@log` is the account, a colon and the group.
    let told = model.insights.cell("@log").map(|log| log.split_once(':').map_or(log, |(_, group)| group).to_owned());
    let only = || if let [one] = model.insights.groups() { Some(one.clone()) } else { None };
    let (Some(at), Some(group)) = (at, told.or_else(only)) else {
        model.say("This row tells no moment and log group: ask for @timestamp and @log", false);
        return Vec::new();
    };
    history::go(model, Place::Logs(vec![Subject::LogGroup(group)]));
    let mut effects = logs::arrived(model);
    effects.extend(logs::go_to(model, at.as_millisecond()));
    effects
}

fn copy(model: &mut Model) -> Vec<Effect> {
    model.insights.copied().map(Effect::Copy).into_iter().collect()
}

/// About how many bytes a query over these log groups would scan, if that can be told of each of them.
#[must_use]
pub(in crate::app) fn scan(model: &Model, groups: &[String]) -> Option<u64> {
    let span = model.insights.span().seconds(model.now);
    let known = &model.fleet.snapshot().log_groups.rows;
    let bytes = |name: &String| known.iter().find(|group| group.name == *name)?.bytes_between(span, model.now);
    if groups.is_empty() { None } else { groups.iter().map(bytes).sum() }
}

/// The same over those whose lines the viewer shows.
#[must_use]
pub(in crate::app) fn scan_of_viewer(model: &Model) -> Option<u64> {
    scan(model, &of_viewer(model).0)
}
