//! The last line: the filter being typed, a notice, or what the keys do here.

use ratatui::layout::Rect;

use crate::app::{Asking, Command, Input, Model, Overlay, Place};
use crate::keymap::print_sequence;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// What a list offers, the most useful first.
const LIST: [Command; 11] = [
    Command::RowOpen,
    Command::FilterStart,
    Command::LogsOpen,
    Command::ActionsOpen,
    Command::SortNext,
    Command::FindingNext,
    Command::MarkToggle,
    Command::RowCopy,
    Command::PreviewToggle,
    Command::HistoryBack,
    Command::RefreshNow,
];

/// What the page of one thing offers.
const DETAIL: [Command; 7] = [
    Command::RowOpen,
    Command::ViewBack,
    Command::LogsOpen,
    Command::ActionsOpen,
    Command::RowCopy,
    Command::HistoryForward,
    Command::RefreshNow,
];

/// What the log viewer offers.
const LINES: [Command; 10] = [
    Command::LineInspect,
    Command::LinesFilter,
    Command::SeekNext,
    Command::FollowToggle,
    Command::HighlightAdd,
    Command::TimeGo,
    Command::WrapToggle,
    Command::LineCopy,
    Command::InsightsOpen,
    Command::LogsSave,
];

/// What the query screen offers.
const QUERY: [Command; 9] = [
    Command::QueryEdit,
    Command::QueryPick,
    Command::QueryRun,
    Command::QuerySpan,
    Command::QueryContext,
    Command::QueryBars,
    Command::QueryStop,
    Command::QueryLanguage,
    Command::QueryCopy,
];

/// What is offered wherever nothing is typed.
const ALWAYS: [Command; 3] = [Command::PaletteOpen, Command::HelpToggle, Command::AppQuit];

/// Draws the line.
pub(in crate::ui) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    if let Some(line) = model.filter_line() {
        return filter(model, canvas, area, line);
    }
    let pending = print_sequence(model.pending());
    let mut right = area.right();
    if !pending.is_empty() {
        let text = format!(" {pending} … ");
        right -= u16::try_from(format::width(&text)).unwrap_or(0).min(area.width);
        canvas.text(right, area.y, area.right() - right, &text, Role::HintKey);
    }
    let area = Rect { width: right - area.x, ..area };
    match model.notice() {
        Some((text, bad)) => {
            canvas.text(
                area.x + 1,
                area.y,
                area.width.saturating_sub(2),
                text,
                if bad { Role::Warning } else { Role::Good },
            );
        }
        None => hints(model, canvas, area),
    }
}

/// The line in which text is typed, with a cursor; gives the columns used.
pub(in crate::ui) fn input(canvas: &mut Canvas<'_>, area: Rect, prompt: &str, line: &Input) -> u16 {
    let (before, after) = line.parts();
    let mut rest = after.chars();
    let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
    canvas.pieces(
        area.x,
        area.y,
        area.width,
        &[(prompt, Role::HintKey), (before, Role::Input), (under.as_str(), Role::Cursor), (rest.as_str(), Role::Input)],
    )
}

fn filter(model: &Model, canvas: &mut Canvas<'_>, area: Rect, line: &Input) {
    let Some((asking, wrong)) = model.asking() else { return };
    let prompt = match asking {
        Asking::Rows | Asking::Lines => "/ ",
        Asking::Highlight => "highlight: ",
        Asking::Context => "lines around: ",
        Asking::Time => "go to: ",
        Asking::File => "save as: ",
        Asking::Query => "query: ",
        Asking::Span => "time: ",
    };
    let used = input(canvas, Rect { x: area.x + 1, width: area.width - 2, ..area }, prompt, line) + 1;
    let (text, role) = match wrong {
        Some(wrong) => (wrong.to_owned(), Role::Warning),
        None => (beside(model, asking), Role::HintText),
    };
    let room = area.width.saturating_sub(used + 3);
    let width = u16::try_from(format::width(&text)).unwrap_or(u16::MAX);
    if width <= room || wrong.is_some() {
        let width = width.min(room);
        canvas.text(area.right() - width - 1, area.y, width, &text, role);
    }
}

/// What stands beside the line: how many rows there are now, an example, the keys.
fn beside(model: &Model, asking: Asking) -> String {
    let mut text = match asking {
        Asking::Rows => {
            let table = model.place().list().map(|screen| model.table(screen));
            table.map(|table| format!("{} of {}", table.order().len(), table.total())).unwrap_or_default()
        }
        Asking::Lines => match model.logs().and_then(|logs| logs.filter()) {
            Some(filter) => format!("{} pass", filter.view().len()),
            None => "word  ~regex  level>=warn  status>=500  source=web  -term".to_owned(),
        },
        Asking::Highlight => "word  ~regex  level>=warn".to_owned(),
        Asking::Context => "3   before and after: 2 5   -A 5".to_owned(),
        Asking::Time => "14:30   15m ago as 15m   2026-03-01 14:30".to_owned(),
        Asking::File | Asking::Query => String::new(),
        Asking::Span => "3h   14:00 15:30".to_owned(),
    };
    for command in [Command::FilterApply, Command::FilterCancel] {
        text.push_str(&format!("   {} {}", key(model, command).unwrap_or_default(), command.title()));
    }
    text
}

/// The first key that runs a command here, as it is written.
fn key(model: &Model, command: Command) -> Option<String> {
    let contexts = model.contexts();
    contexts.into_iter().find_map(|context| model.keymap().keys_for(context, command.name()).into_iter().next())
}

fn hints(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let own: &[Command] = match (model.overlay(), model.place()) {
        (Some(Overlay::Help { .. }), _) => &[Command::HelpToggle],
        (Some(Overlay::Palette(_)), _) => &[Command::PaletteRun, Command::PaletteComplete, Command::PaletteCancel],
        (Some(Overlay::Actions(_)), _) => &[Command::MenuChoose, Command::MenuCancel],
        (Some(Overlay::Act(_)), _) => {
            &[Command::ActAccept, Command::ActCancel, Command::ActNext, Command::ActDown, Command::ActCopy]
        }
        (Some(Overlay::Confirm(_)), _) => &[Command::ActAccept, Command::ActCancel, Command::ActNext],
        (Some(Overlay::Picker(_) | Overlay::Queries(_)), _) => &[Command::PickerChoose, Command::PickerCancel],
        (None, Place::List(_)) => &LIST,
        (None, Place::Logs(_)) => &LINES,
        (None, Place::Insights) => &QUERY,
        (None, Place::Thing(_) | Place::Finding(..)) => &DETAIL,
    };
    let always: &[Command] = if model.overlay().is_some() { &[] } else { &ALWAYS };
    let keyed = |command: &Command| Some((key(model, *command)?, command.title()));
    let width = |(key, title): &(String, &str)| format::width(key) + 1 + format::width(title) + 3;
    let always: Vec<_> = always.iter().filter_map(keyed).collect();
    let mut room = usize::from(area.width).saturating_sub(1 + always.iter().map(width).sum::<usize>());
    let mut shown: Vec<_> = Vec::new();
    for hint in own.iter().filter_map(keyed) {
        if width(&hint) > room {
            break;
        }
        room -= width(&hint);
        shown.push(hint);
    }
    let mut x = area.x + 1;
    for (key, title) in shown.iter().chain(&always) {
        let left = area.right().saturating_sub(x);
        x +=
            canvas.pieces(x, area.y, left, &[(key, Role::HintKey), (" ", Role::HintText), (title, Role::HintText)]) + 3;
    }
}
