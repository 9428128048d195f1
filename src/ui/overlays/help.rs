//! Help: every key of the screen below, from the commands and the keymap.

use ratatui::layout::Rect;

use super::frame;
use crate::app::{Command, Layout, Model};
use crate::keymap::Context;
use crate::theme::Role;
use crate::ui::canvas::Canvas;

/// Columns of the box.
const WIDTH: u16 = 78;

/// Columns of the keys.
const KEYS: u16 = 22;

/// A line of help.
enum Line {
    Gap,
    Heading(&'static str),
    Key(String, &'static str),
}

/// Draws the keys from line `offset` on.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, offset: usize, layout: &mut Layout) {
    let lines = lines(model);
    let height = u16::try_from(lines.len() + 2).unwrap_or(u16::MAX).min(area.height);
    let inner = frame(canvas, area, (WIDTH, height), "Keys");
    let rows = usize::from(inner.height);
    let offset = offset.min(lines.len().saturating_sub(rows));
    for (n, line) in lines.iter().skip(offset).take(rows).enumerate() {
        let y = inner.y + u16::try_from(n).unwrap_or(0);
        match line {
            Line::Gap => {}
            Line::Heading(title) => {
                canvas.text(inner.x, y, inner.width, title, Role::Title);
            }
            Line::Key(keys, help) => {
                canvas.text(inner.x + 2, y, KEYS, keys, Role::HintKey);
                canvas.text(inner.x + 2 + KEYS + 1, y, inner.width.saturating_sub(KEYS + 3), help, Role::Text);
            }
        }
    }
    layout.overlay_lines = rows;
}

fn lines(model: &Model) -> Vec<Line> {
    let mut lines = Vec::new();
    for context in model.screen_contexts().into_iter().chain([Context::Filter, Context::Input]) {
        let commands: Vec<Command> = model.keymap().commands(context).into_iter().filter_map(Command::named).collect();
        if commands.is_empty() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::Gap);
        }
        lines.push(Line::Heading(heading(context)));
        for command in commands {
            let keys = model.keymap().keys_for(context, command.name()).join("  ");
            lines.push(Line::Key(keys, command.help()));
        }
    }
    lines
}

fn heading(context: Context) -> &'static str {
    match context {
        Context::Global => "Everywhere",
        Context::Motion => "Moving",
        Context::Table => "Lists",
        Context::Bridge => "Bridge",
        Context::Instances => "Instances",
        Context::Services => "Services and tasks",
        Context::Targets => "Targets",
        Context::Alarms => "Alarms",
        Context::LogGroups => "Log groups",
        Context::Automation => "Automation",
        Context::Images => "AMIs",
        Context::Logs => "Logs",
        Context::Insights => "Insights",
        Context::Detail => "This page",
        Context::Actions => "Actions",
        Context::Act => "An action before it is started",
        Context::Picker => "Picking a cluster",
        Context::Help => "Help",
        Context::Filter => "Typing a filter",
        Context::Command => "Typing a command",
        Context::Input => "Editing the line",
    }
}
