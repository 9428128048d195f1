//! Running a command, from a key or from the palette.

use super::cursor::{self, Motion};
use super::{act, filter, history, insights, key, logs, overlay};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::model::Model;
use crate::app::place::{Place, Screen};
use crate::app::related;
use crate::fleet::finding::Subject;
use crate::keymap::Context;

/// Runs a command.
pub(super) fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::AppQuit => return vec![Effect::Quit],
        Command::AppSuspend => return vec![Effect::Suspend],
        Command::ScreenRedraw => return vec![Effect::Redraw],
        Command::RefreshNow => return refresh(model),
        Command::FleetPick => return overlay::open_picker(model),
        Command::PickerChoose | Command::PaletteRun => return overlay::accept(model),
        Command::RowCopy => return copy(model),
        Command::FilterApply => return filter::apply(model),
        Command::FilterCancel => return filter::cancel(model),
        command => {
            if let Some(motion) = motion(command) {
                return moved(model, motion);
            }
            if command.contexts() == [Context::Insights] {
                return insights::run(model, command);
            }
            if command.contexts() == [Context::Logs] {
                return logs::run(model, command);
            }
            if command.contexts() == [Context::Act] {
                return act::pressed(model, command);
            }
            if command.contexts().contains(&Context::Actions) {
                return act::run(model, command);
            }
            if command.contexts() == [Context::Input] {
                return edit(model, command);
            }
            quiet(model, command);
        }
    }
    Vec::new()
}

/// Moves the cursor of the log viewer, or of whatever else has the keys.
pub(super) fn moved(model: &mut Model, motion: Motion) -> Vec<Effect> {
    if matches!(model.place, Place::Logs(_)) && model.overlay.is_none() && model.filtering.is_none() {
        return logs::moved(model, motion);
    }
    if model.place == Place::Insights && model.overlay.is_none() && model.filtering.is_none() {
        insights::moved(model, motion);
        return Vec::new();
    }
    cursor::moved(model, motion);
    Vec::new()
}

/// Commands that change the model alone.
fn quiet(model: &mut Model, command: Command) {
    if let Some(screen) = screen(model, command) {
        return history::go(model, Place::List(screen));
    }
    match command {
        Command::ViewBack => view_back(model),
        Command::HistoryBack => history::back(model),
        Command::HistoryForward => history::forward(model),
        Command::HelpToggle => overlay::toggle_help(model),
        Command::PaletteOpen => overlay::open_palette(model),
        Command::PickerCancel | Command::PaletteCancel => overlay::close(model),
        Command::PaletteNext => overlay::choose(model, 1),
        Command::PalettePrevious => overlay::choose(model, -1),
        Command::PaletteComplete => overlay::complete(model),
        Command::FilterStart => filter::start(model),
        Command::RowOpen => open(model),
        Command::FoldToggle => fold(model),
        Command::LogsOpen => logs::open_chosen(model),
        Command::ActionsOpen => act::menu(model),
        Command::InsightsOpen => insights::open(model),
        Command::RelatedInstances => related(model, Screen::Instances),
        Command::RelatedServices => related(model, Screen::Services),
        Command::RelatedTasks => related(model, Screen::Tasks),
        Command::RelatedTargets => related(model, Screen::Targets),
        Command::RelatedAlarms => related(model, Screen::Alarms),
        Command::RelatedExecutions => related(model, Screen::Automation),
        Command::ScreenRollout => rollout(model),
        Command::RelatedImages => related(model, Screen::Images),
        command => on_table(model, command),
    }
}

fn motion(command: Command) -> Option<Motion> {
    Some(match command {
        Command::CursorDown => Motion::Lines(1),
        Command::CursorUp => Motion::Lines(-1),
        Command::CursorTop => Motion::Top,
        Command::CursorBottom => Motion::Bottom,
        Command::CursorHalfPageDown => Motion::HalfPages(1),
        Command::CursorHalfPageUp => Motion::HalfPages(-1),
        Command::CursorPageDown => Motion::Pages(1),
        Command::CursorPageUp => Motion::Pages(-1),
        _ => return None,
    })
}

fn screen(model: &Model, command: Command) -> Option<Screen> {
    let beside = |by: usize| {
        let at = Screen::ALL.iter().position(|screen| *screen == model.place.screen())?;
        Screen::ALL.get((at + by) % Screen::ALL.len()).copied()
    };
    match command {
        Command::ScreenBridge => Some(Screen::Bridge),
        Command::ScreenInstances => Some(Screen::Instances),
        Command::ScreenServices => Some(Screen::Services),
        Command::ScreenTasks => Some(Screen::Tasks),
        Command::ScreenTargets => Some(Screen::Targets),
        Command::ScreenAlarms => Some(Screen::Alarms),
        Command::ScreenLogs => Some(Screen::Logs),
        Command::ScreenAutomation => Some(Screen::Automation),
        Command::ScreenImages => Some(Screen::Images),
        Command::ScreenNext => beside(1),
        Command::ScreenPrevious => beside(Screen::ALL.len() - 1),
        _ => None,
    }
}

/// Commands on the table of a list.
fn on_table(model: &mut Model, command: Command) {
    let Some(screen) = model.place.list().filter(|_| model.overlay.is_none() && model.filtering.is_none()) else {
        return;
    };
    let columns = model.listing(screen).columns.len();
    let table = model.table_mut(screen);
    match command {
        Command::SortNext => table.sort_next(columns),
        Command::SortReverse => table.reverse(),
        Command::MarkToggle => {
            table.toggle_mark();
            table.step(1);
        }
        Command::MarkClear => table.clear_marks(),
        Command::ColumnsLeft => table.shift_columns(-1, columns),
        Command::ColumnsRight => table.shift_columns(1, columns),
        Command::StoppedToggle => return stopped(model),
        Command::PreviewToggle => model.preview = !model.preview,
        Command::FindingNext => return seek(model, screen, false),
        Command::FindingPrevious => return seek(model, screen, true),
        _ => return,
    }
    if matches!(command, Command::SortNext | Command::SortReverse) {
        model.refresh_table(screen);
    }
    model.touch();
}

fn edit(model: &mut Model, command: Command) -> Vec<Effect> {
    use crate::app::input::Input;
    let change: fn(&mut Input) = match command {
        Command::InputLeft => Input::left,
        Command::InputRight => Input::right,
        Command::InputStart => Input::start,
        Command::InputEnd => Input::end,
        Command::InputDeleteBack => Input::delete_back,
        Command::InputDelete => Input::delete,
        Command::InputDeleteWord => Input::delete_word,
        Command::InputDeleteToStart => Input::delete_to_start,
        Command::InputDeleteToEnd => Input::delete_to_end,
        _ => return Vec::new(),
    };
    key::edit(model, change)
}

/// Shows the long values of a page whole, or folds them.
fn fold(model: &mut Model) {
    if model.place.list().is_none() && model.overlay.is_none() {
        model.page.unfolded = !model.page.unfolded;
        model.touch();
    }
}

/// Stopped tasks are rows of the tasks alone.
fn stopped(model: &mut Model) {
    model.table_mut(Screen::Tasks).toggle_extra();
    model.refresh_table(Screen::Tasks);
    if model.place.list() == Some(Screen::Services) {
        history::go(model, Place::List(Screen::Tasks));
    }
    model.touch();
}

fn seek(model: &mut Model, screen: Screen, backwards: bool) {
    let found = model.table_mut(screen).seek(backwards);
    if !found {
        model.say("No row here has a finding", false);
    }
    model.touch();
}

/// Clears what hides rows first; only then goes back.
fn view_back(model: &mut Model) {
    if logs::peel(model) {
        return;
    }
    let Some(screen) = model.place.list() else { return history::back(model) };
    if !model.table(screen).filter().is_empty() {
        filter::set(model, "");
    } else if model.table(screen).marks() > 0 {
        model.table_mut(screen).clear_marks();
        model.touch();
    } else {
        history::back(model);
    }
}

fn open(model: &mut Model) {
    // A log group is opened for its lines.
    if model.place.list() == Some(Screen::Logs) {
        return logs::open_chosen(model);
    }
    let place = match model.place.list() {
        Some(screen) => model.place_under_cursor(screen),
        None => model.detail().and_then(|detail| detail.lines().get(model.page.cursor)?.link().cloned()),
    };
    if let Some(place) = place {
        history::go(model, place);
    }
}

/// Goes to the rows of `screen` that belong to what the cursor or the page is on.
fn related(model: &mut Model, screen: Screen) {
    let place = match model.place.list() {
        Some(here) => model.place_under_cursor(here),
        None => Some(model.place.clone()),
    };
    let subject = place.and_then(|place| place.subject().cloned());
    match subject.and_then(|subject| related::filter(&model.ctx(), &subject, screen)) {
        Some(filter) => history::go_filtered(model, screen, &filter),
        None => model.say(format!("Nothing in {} is known to belong to it", screen.title()), false),
    }
}

/// Goes to the rollout that goes on, else to the last one.
fn rollout(model: &mut Model) {
    let first = model.fleet.view().refreshes.first().and_then(|row| model.fleet.refresh(row));
    match first.map(|one| Place::Thing(Subject::Refresh(one.id.clone()))) {
        Some(place) => history::go(model, place),
        None => model.say("No rollout is known of", false),
    }
}

fn refresh(model: &mut Model) -> Vec<Effect> {
    model.say("Reading what is on screen again", false);
    vec![Effect::Refresh(model.visible_panels().to_vec())]
}

fn copy(model: &mut Model) -> Vec<Effect> {
    let text = match model.place.list() {
        Some(screen) => {
            let (listing, ctx) = (model.listing(screen), model.ctx());
            let rows = model.table(screen).chosen();
            rows.into_iter().map(|row| (listing.copy)(&ctx, row)).collect::<Vec<_>>().join("\n")
        }
        None => model.detail().map(|detail| detail.copy).unwrap_or_default(),
    };
    if text.is_empty() {
        model.say("There is nothing to copy here", false);
        return Vec::new();
    }
    vec![Effect::Copy(text)]
}
