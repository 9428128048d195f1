//! The last line: the filter being typed, a notice, or what the keys do here.

use ratatui::layout::Rect;

use crate::app::{Command, Input, Model, Overlay};
use crate::keymap::print_sequence;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// What a list offers, the most useful first.
const LIST: [Command; 9] = [
    Command::RowOpen,
    Command::FilterStart,
    Command::SortNext,
    Command::FindingNext,
    Command::MarkToggle,
    Command::RowCopy,
    Command::PreviewToggle,
    Command::HistoryBack,
    Command::RefreshNow,
];

/// What the page of one thing offers.
const DETAIL: [Command; 5] =
    [Command::RowOpen, Command::ViewBack, Command::RowCopy, Command::HistoryForward, Command::RefreshNow];

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
    let used = input(canvas, Rect { x: area.x + 1, width: area.width - 2, ..area }, "/ ", line) + 1;
    let Some(screen) = model.place().list() else { return };
    let table = model.table(screen);
    let keys = [Command::FilterApply, Command::FilterCancel].map(|command| (key(model, command), command.title()));
    let mut text = format!("{} of {}", table.order().len(), table.total());
    for (key, title) in keys {
        text.push_str(&format!("   {} {title}", key.unwrap_or_default()));
    }
    let width = u16::try_from(format::width(&text)).unwrap_or(0);
    if used + width + 2 < area.width {
        canvas.text(area.right() - width - 1, area.y, width, &text, Role::HintText);
    }
}

/// The first key that runs a command here, as it is written.
fn key(model: &Model, command: Command) -> Option<String> {
    let contexts = model.contexts();
    contexts.into_iter().find_map(|context| model.keymap().keys_for(context, command.name()).into_iter().next())
}

fn hints(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let own: &[Command] = match (model.overlay(), model.place().list()) {
        (Some(Overlay::Help { .. }), _) => &[Command::HelpToggle],
        (Some(Overlay::Palette(_)), _) => &[Command::PaletteRun, Command::PaletteComplete, Command::PaletteCancel],
        (Some(Overlay::Picker(_)), _) => &[Command::PickerChoose, Command::PickerCancel],
        (None, Some(_)) => &LIST,
        (None, None) => &DETAIL,
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
