//! The palette and the cluster picker: a line to type in over what matches.

use ratatui::layout::Rect;

use super::frame;
use crate::app::{Area, Hit, HitTarget, Layout, Model, Typed};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::widgets::{hints, stamps};

/// Columns of the box.
const WIDTH: u16 = 76;

/// Columns of the names where there are words beside them.
const NAME: u16 = 24;

/// What is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Command,
    Cluster,
    Query,
}

impl Kind {
    fn title(self) -> &'static str {
        match self {
            Self::Command => "Command",
            Self::Cluster => "Pick a cluster",
            Self::Query => "Pick a query",
        }
    }
}

/// Draws the box.
pub(super) fn draw(
    model: &Model,
    canvas: &mut Canvas<'_>,
    area: Rect,
    (kind, typed): (Kind, &Typed),
    layout: &mut Layout,
) {
    let choices = model.choices();
    let inner = frame(canvas, area, (WIDTH, (area.height * 2 / 3).max(10)), kind.title());
    let prompt = if kind == Kind::Command { ": " } else { "" };
    hints::input(canvas, Rect { height: 1, ..inner }, prompt, &typed.line);
    canvas.rule(inner.x, inner.y + 1, inner.width, Role::Border);
    let list = Rect { y: inner.y + 2, height: inner.height.saturating_sub(2), ..inner };
    let rows = usize::from(list.height).max(1);
    let first = (typed.chosen + 1).saturating_sub(rows);
    for (n, choice) in choices.iter().enumerate().skip(first).take(rows) {
        let line = Rect { y: list.y + u16::try_from(n - first).unwrap_or(0), height: 1, ..list };
        let name = if choice.help.is_empty() { line.width } else { NAME };
        canvas.text(line.x, line.y, name, &choice.name, Role::Text);
        canvas.text(line.x + NAME + 1, line.y, line.width.saturating_sub(NAME + 1), &choice.help, Role::Muted);
        if n == typed.chosen {
            canvas.over(line, Role::Selected);
        }
    }
    if choices.is_empty() {
        canvas.wrap(list, &nothing(model, kind), Role::Muted);
    }
    layout.overlay_lines = rows;
    let hit = Area { x: list.x, y: list.y, width: list.width, height: list.height };
    layout.hits.push(Hit { area: hit, target: HitTarget::Choices { first } });
}

fn nothing(model: &Model, kind: Kind) -> String {
    match model.clusters_failure() {
        _ if kind == Kind::Command => "No command matches.".to_owned(),
        _ if kind == Kind::Query => "No query matches.".to_owned(),
        Some(failure) => stamps::cause(failure),
        None if !model.clusters_answered() => "Listing the clusters…".to_owned(),
        None => "No cluster matches.".to_owned(),
    }
}
