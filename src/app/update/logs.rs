//! The log viewer: opening it, what is read for it, its commands.

use jiff::SignedDuration;

use super::cursor::Motion;
use super::history;
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::logs::{Context, Logs, Sought, Wanted};
use crate::app::model::{Asking, Model};
use crate::app::place::Place;
use crate::fleet::alarm::AlarmState;
use crate::fleet::feed;
use crate::fleet::finding::Subject;
use crate::fleet::reading::Failure;
use crate::logs::batch::Batch;
use crate::logs::moment::moment;
use crate::logs::search::Found;

/// An alarm's lines begin this long before it fired: what led to it is there.
const BEFORE_ALARM: i64 = 600_000;
/// An alarm that fired longer ago than this is looked at by itself, and not followed.
const RECENTLY: i64 = 7_200_000;
/// So much is read around a moment that is looked at by itself.
const AROUND: i64 = 900_000;
/// Columns that one step to the side scrolls.
const SIDEWAYS: isize = 16;

/// Reads what the place shows the lines of, unless that is being read. Called after every message, so that it does not matter how one
/// came there.
pub(super) fn arrived(model: &mut Model) -> Vec<Effect> {
    let Place::Logs(subjects) = &model.place else { return Vec::new() };
    if model.logs.as_ref().is_some_and(|logs| logs.subjects() == subjects && !logs.outdated) {
        return feeds_found(model);
    }
    let subjects = subjects.clone();
    let now = model.now.as_millisecond();
    let span = match alarm_since(model, &subjects).map(|since| since.as_millisecond()) {
        Some(since) if now.saturating_sub(since) > RECENTLY => {
            (since.saturating_sub(BEFORE_ALARM), Some(since.saturating_add(AROUND)))
        }
        Some(since) => (since.saturating_sub(BEFORE_ALARM).min(now.saturating_sub(model.limits.since)), None),
        None => (now.saturating_sub(model.limits.since), None),
    };
    let aim = alarm_since(model, &subjects).map(|since| since.as_millisecond());
    open(model, subjects, span, aim)
}

/// When the alarm that the lines are wanted for began to fire.
fn alarm_since(model: &Model, subjects: &[Subject]) -> Option<jiff::Timestamp> {
    let [Subject::Alarm(name)] = subjects else { return None };
    let alarm = model.fleet.snapshot().alarms.rows.iter().find(|alarm| alarm.name == *name)?;
    alarm.since.filter(|_| alarm.state == AlarmState::Alarm)
}

fn open(model: &mut Model, subjects: Vec<Subject>, span: (i64, Option<i64>), aim: Option<i64>) -> Vec<Effect> {
    let numbers = model.logs.as_ref().map_or(0, Logs::numbers);
    let room = model.logs.as_ref().map(Logs::room);
    let mut logs = Logs::new(subjects, span, model.limits, numbers);
    if let Some((columns, lines)) = room {
        logs.laid_out(columns, lines);
    }
    if let Some(aim) = aim {
        logs.aim_at(aim);
    }
    model.logs = Some(logs);
    model.touch();
    let mut effects = vec![Effect::StopLogs];
    effects.extend(feeds_found(model));
    effects
}

/// Finds the feeds of the viewer's subjects: some may have been found only now, when more of the fleet was read.
fn feeds_found(model: &mut Model) -> Vec<Effect> {
    let edition = model.fleet.edition();
    let Some(logs) = model.logs.as_mut().filter(|logs| logs.edition != Some(edition)) else { return Vec::new() };
    logs.edition = Some(edition);
    let found = feed::feeds(&model.fleet, logs.subjects());
    let wanted = logs.take_feeds(found.feeds, found.without);
    if !logs.feeds().is_empty() && logs.take_markers(&model.fleet, model.now) || wanted.is_some() {
        model.touch();
    }
    effects(wanted)
}

/// Turns Live Tail on or off. Called after every message: readings come, and one comes and goes.
pub(super) fn live(model: &mut Model) -> Option<Effect> {
    let seen = matches!(model.place, Place::Logs(_));
    model.logs.as_mut()?.turn_live(seen).map(Effect::TailLive)
}

fn effects(wanted: Option<Wanted>) -> Vec<Effect> {
    let read = |Wanted { number, feeds, since, until }| Effect::ReadLogs { number, feeds, since, until };
    wanted.map(read).into_iter().collect()
}

/// A feed was read on, or could not be.
pub(super) fn read(model: &mut Model, number: u64, batch: Batch) -> Vec<Effect> {
    let Some(logs) = &mut model.logs else { return Vec::new() };
    let news = !batch.events.is_empty();
    if logs.take(number, batch) {
        // The first lines are counted at once, later ones with time.
        if news && logs.histogram().buckets.is_empty() {
            logs.count();
        }
        if matches!(model.place, Place::Logs(_)) {
            model.touch();
        }
    }
    Vec::new()
}

/// A search found something.
pub(super) fn found(model: &mut Model, number: u64, found: &[Found], ended: bool) {
    if let Some(logs) = &mut model.logs {
        logs.found(number, found, ended);
        model.touch();
    }
}

/// Time passed: the histogram follows.
pub(super) fn ticked(model: &mut Model) {
    let shown = matches!(model.place, Place::Logs(_));
    if shown && model.logs.as_mut().is_some_and(Logs::count) {
        model.touch();
    }
}

/// Opens the lines of the marked rows, of the one under the cursor, or of the page.
pub(super) fn open_chosen(model: &mut Model) {
    let subjects = model.chosen_subjects();
    match subjects.is_empty() {
        true => model.say("There is nothing here to read the logs of", false),
        false => {
            let again = alarm_since(model, &subjects).map(|since| since.as_millisecond());
            if let Some(logs) = model.logs.as_mut().filter(|logs| *logs.subjects() == *subjects) {
                logs.outdated = !logs.is_live() || again.is_some_and(|since| since < logs.span().0);
            }
            history::go(model, Place::Logs(subjects));
        }
    }
}

/// Moves the cursor; at the top it reads what was before, at the end of what is not followed what comes next.
pub(super) fn moved(model: &mut Model, motion: Motion) -> Vec<Effect> {
    let now = model.now.as_millisecond();
    let Some(logs) = &mut model.logs else { return Vec::new() };
    let before = logs.cursor();
    let page = logs.room().1.saturating_sub(1).max(1).cast_signed();
    match motion {
        Motion::Top => logs.top(),
        Motion::Bottom => logs.bottom(),
        Motion::Lines(rows) => logs.step(rows),
        Motion::Pages(pages) => logs.step(pages.saturating_mul(page)),
        Motion::HalfPages(halves) => logs.step(halves.saturating_mul((page / 2).max(1))),
    }
    let up = matches!(motion, Motion::Lines(..0) | Motion::Pages(..0) | Motion::HalfPages(..0) | Motion::Top);
    let stays = logs.cursor() == before;
    let full = stays && up && logs.is_full();
    let wanted = match (stays, up) {
        (true, true) => logs.older(),
        (true, false) => logs.newer(now),
        (false, _) => None,
    };
    if full {
        model.say("Memory is full of newer lines: t goes to an earlier time", false);
    }
    model.touch();
    effects(wanted)
}

/// Goes to a time: in what is in memory, else by reading around it.
pub(super) fn go_to(model: &mut Model, time: i64) -> Vec<Effect> {
    let now = model.now.as_millisecond();
    let Some(logs) = &mut model.logs else { return Vec::new() };
    let (from, until) = logs.span();
    if time >= from && until.is_none_or(|until| time <= until) {
        // Its lines may be on their way.
        logs.aim_at(time);
        logs.settle();
        model.touch();
        return Vec::new();
    }
    let subjects = logs.subjects().to_vec();
    let until = time.saturating_add(AROUND);
    let span = (time.saturating_sub(AROUND / 3), (until < now).then_some(until));
    open(model, subjects, span, Some(time))
}

/// Runs a command of the viewer.
pub(super) fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(logs) = model.logs.as_mut().filter(|_| matches!(model.place, Place::Logs(_))) else { return Vec::new() };
    match command {
        Command::LineInspect => return inspect(model),
        Command::LineSelect => logs.toggle_anchor(),
        Command::FollowToggle => return follow(model),
        Command::LiveToggle => toggle_live(model),
        Command::HighlightClear => logs.clear_highlights(),
        Command::UnmatchedToggle => logs.toggle_dim(),
        Command::ContextMore => logs.change_context(1),
        Command::ContextLess => logs.change_context(-1),
        Command::WrapToggle => logs.toggle_wrap(),
        Command::LinesLeft => logs.scroll(-SIDEWAYS),
        Command::LinesRight => logs.scroll(SIDEWAYS),
        Command::BookmarkToggle => logs.toggle_bookmark(),
        Command::SeekNext | Command::SeekPrevious => return seek(model, command == Command::SeekNext),
        Command::BookmarkNext => return bookmark(model),
        Command::MomentNext | Command::MomentPrevious => return by_a_bar(model, command == Command::MomentNext),
        Command::LineCopy => return copy(model),
        Command::LogsPage | Command::LogsEdit => {
            return vec![Effect::Show { text: logs.text(), editor: command == Command::LogsEdit }];
        }
        Command::LinesFilter => super::filter::start(model),
        Command::HighlightAdd => super::filter::ask(model, Asking::Highlight, ""),
        Command::ContextSet => super::filter::ask(model, Asking::Context, ""),
        Command::TimeGo => super::filter::ask(model, Asking::Time, ""),
        Command::LogsSave => super::filter::ask(model, Asking::File, "logs.txt"),
        _ => {}
    }
    model.touch();
    Vec::new()
}

/// What is not followed is opened anew at the present.
fn follow(model: &mut Model) -> Vec<Effect> {
    let Some(logs) = &mut model.logs else { return Vec::new() };
    model.revision += 1;
    if logs.is_live() {
        logs.toggle_follow();
        return Vec::new();
    }
    let subjects = logs.subjects().to_vec();
    let since = model.now.as_millisecond().saturating_sub(model.limits.since);
    open(model, subjects, (since, None), None)
}

fn toggle_live(model: &mut Model) {
    let Some(logs) = &mut model.logs else { return };
    if !logs.is_live() {
        return model.say("Live Tail brings what is written now: follow that first", false);
    }
    let said = if logs.toggle_live() {
        "Live Tail is asked for: AWS bills it by the minute while you look"
    } else {
        "Live Tail is off: lines come by reading"
    };
    model.say(said, false);
}

fn inspect(model: &mut Model) -> Vec<Effect> {
    let sought = model.logs.as_mut().and_then(Logs::toggle_inspect);
    model.touch();
    let ask = |Sought { number, group, stream, time }| Effect::ReadEventIds { number, group, stream, time };
    sought.map(ask).into_iter().collect()
}

/// The ids of the events of one moment came.
pub(super) fn ids_read(model: &mut Model, number: u64, outcome: Result<Vec<(String, String)>, Failure>) {
    if let Some(logs) = &mut model.logs {
        logs.take_ids(number, outcome);
        model.touch();
    }
}

fn seek(model: &mut Model, down: bool) -> Vec<Effect> {
    let Some(logs) = &mut model.logs else { return Vec::new() };
    if !logs.seek(down) {
        let what = if logs.highlights().is_empty() { "error" } else { "highlighted line" };
        model.say(format!("No {what} {} here", if down { "below" } else { "above" }), false);
    }
    model.touch();
    Vec::new()
}

fn bookmark(model: &mut Model) -> Vec<Effect> {
    if !model.logs.as_mut().is_some_and(Logs::next_bookmark) {
        model.say("No line has a bookmark", false);
    }
    model.touch();
    Vec::new()
}

/// One bar of the histogram on or back, as wide as it is drawn.
fn by_a_bar(model: &mut Model, on: bool) -> Vec<Effect> {
    if let Some(logs) = &mut model.logs {
        logs.by_a_bar(on);
    }
    model.touch();
    Vec::new()
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let lines = model.logs.as_mut().map(Logs::take_selection).unwrap_or_default();
    model.touch();
    if lines.is_empty() { Vec::new() } else { vec![Effect::Copy(lines.join("\n"))] }
}

/// What was typed is complete: goes to the time, saves to the file, keeps the highlight. What cannot be understood stays to be mended.
///
/// # Errors
/// What is wrong with it.
pub(super) fn accept(model: &mut Model, asking: Asking, text: &str) -> Result<Vec<Effect>, String> {
    let Some(logs) = &mut model.logs else { return Ok(Vec::new()) };
    match asking {
        Asking::Rows | Asking::Lines | Asking::Query | Asking::Span => Ok(Vec::new()),
        Asking::Highlight if text.trim().is_empty() => Ok(Vec::new()),
        Asking::Highlight => {
            let search = logs.add_highlight(text)?;
            logs.seek(true);
            Ok(search.map(Effect::SearchLogs).into_iter().collect())
        }
        Asking::Context => {
            logs.set_context(Context::parse(text)?);
            Ok(Vec::new())
        }
        Asking::Time => {
            let time = moment(text, model.now)?;
            if time > model.now + SignedDuration::from_secs(1) {
                return Err("that is still to come".to_owned());
            }
            Ok(go_to(model, time.as_millisecond()))
        }
        Asking::File if text.trim().is_empty() => Err("name a file".to_owned()),
        Asking::File => Ok(vec![Effect::Save { path: text.trim().to_owned(), text: logs.text() }]),
    }
}

/// Shows only what passes the query, as it is typed.
///
/// # Errors
/// What is wrong with it; the filter stays as it was.
pub(super) fn filter(model: &mut Model, text: &str) -> Result<Vec<Effect>, String> {
    let Some(logs) = &mut model.logs else { return Ok(Vec::new()) };
    let search = logs.set_filter(text)?;
    model.touch();
    Ok(search.map(Effect::SearchLogs).into_iter().collect())
}

/// The mouse pressed a row: the cursor goes there; on the cursor it opens the event.
pub(super) fn pressed(model: &mut Model, row: u64) -> Vec<Effect> {
    let Some(logs) = &mut model.logs else { return Vec::new() };
    let id = crate::logs::event::RowId(row);
    if logs.store().row(id).is_none() {
        return Vec::new();
    }
    if logs.cursor() == Some(id) {
        return inspect(model);
    }
    logs.jump(id);
    model.touch();
    Vec::new()
}

/// The mouse pressed the histogram.
pub(super) fn moment_pressed(model: &mut Model, time: i64) {
    if let Some(logs) = &mut model.logs {
        logs.jump_to_time(time);
        model.touch();
    }
}

/// Takes away what lies over the lines; false if nothing did.
pub(super) fn peel(model: &mut Model) -> bool {
    let peeled = matches!(model.place, Place::Logs(_)) && model.logs.as_mut().is_some_and(Logs::peel);
    if peeled {
        model.touch();
    }
    peeled
}
