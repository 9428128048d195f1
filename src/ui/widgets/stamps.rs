//! What a panel is worth, in words: on its title line, and in a line of its own when its read failed.

use ratatui::layout::Rect;

use super::glyph::Glyph;
use crate::app::{Model, Stamp};
use crate::fleet::reading::{Failure, FailureKind, Panel, PanelState};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// The role of a state.
pub(in crate::ui) fn role(state: PanelState) -> Role {
    match Glyph::of_panel(state) {
        Some(glyph) => glyph.role(),
        None => Role::Muted,
    }
}

/// The word for a state.
pub(in crate::ui) fn word(stamp: &Stamp<'_>) -> &'static str {
    match (stamp.state, stamp.failure.map(|failure| failure.kind)) {
        (PanelState::Loading, _) => "loading",
        (PanelState::Live, _) => "live",
        (PanelState::Stale, _) => "stale",
        (PanelState::Denied, _) => "denied",
        (PanelState::Throttled, _) => "throttled",
        (PanelState::Failed, Some(FailureKind::Credentials)) => "no credentials",
        (PanelState::Failed, Some(FailureKind::Timeout)) => "no answer",
        (PanelState::Failed, _) => "failed",
    }
}

/// The worst of the stamps of some panels: the first one that failed, else one that was never read, else the oldest.
pub(in crate::ui) fn worst<'m>(model: &'m Model, panels: &[Panel]) -> Option<Stamp<'m>> {
    let rank = |stamp: &Stamp<'_>| match stamp.state {
        PanelState::Denied | PanelState::Throttled | PanelState::Failed => 3,
        PanelState::Loading => 2,
        PanelState::Stale => 1,
        PanelState::Live => 0,
    };
    let stamps = panels.iter().map(|panel| model.stamp(*panel));
    stamps.reduce(|held, next| if (rank(&next), next.age) > (rank(&held), held.age) { next } else { held })
}

/// Glyph, word and age in one: `⊘ denied, rows of 5m ago`; for a live panel its age alone.
pub(in crate::ui) fn summary(stamp: &Stamp<'_>) -> String {
    let age = stamp.age.map(|age| format::data_age(age.duration()));
    let Some(glyph) = Glyph::of_panel(stamp.state) else { return age.unwrap_or_default().to_owned() };
    match age {
        Some(age) => format!("{} {} {age}", glyph.symbol(), word(stamp)),
        None => format!("{} {}", glyph.symbol(), word(stamp)),
    }
}

/// Why a read failed and what to do, in one line.
pub(in crate::ui) fn cause(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{}: {}. {hint}", failure.operation, failure.message.trim_end_matches('.')),
        None => format!("{}: {}", failure.operation, failure.message),
    }
}

/// Lines about the panels whose latest read failed or left something out, at most `area.height`; gives the lines used.
pub(in crate::ui) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, panels: &[Panel]) -> u16 {
    let troubled: Vec<Stamp<'_>> = panels
        .iter()
        .map(|panel| model.stamp(*panel))
        .filter(|stamp| stamp.failure.is_some() || !stamp.missing.is_empty())
        .collect();
    let room = usize::from(area.height);
    for (line, stamp) in troubled.iter().take(room).enumerate() {
        let y = area.y + u16::try_from(line).unwrap_or(0);
        // No number here: next to what was not read it could be taken for one that was.
        let last = line + 1 == room && troubled.len() > room;
        let rest = if last { ", and others" } else { "" };
        one(canvas, Rect { y, height: 1, ..area }, stamp, rest);
    }
    u16::try_from(troubled.len().min(room)).unwrap_or(0)
}

/// The word for rows that are not all: whether some could not be read, or were left out on purpose.
pub(in crate::ui) fn extent(stamp: &Stamp<'_>) -> &'static str {
    let on_purpose = stamp.missing.iter().all(|missing| missing.failure.is_none());
    if on_purpose { "in part" } else { "incomplete" }
}

/// What the rows lack, and why.
pub(in crate::ui) fn lacks(stamp: &Stamp<'_>) -> String {
    let missing: Vec<&str> = stamp.missing.iter().map(|missing| missing.what.as_str()).collect();
    let missing = missing.join(", ");
    match stamp.missing.iter().find_map(|missing| missing.failure.as_ref()) {
        Some(failure) => format!("without {missing} — {}", cause(failure)),
        None => format!("there are too many to read them all; left out are {missing}"),
    }
}

fn one(canvas: &mut Canvas<'_>, line: Rect, stamp: &Stamp<'_>, rest: &str) {
    let (glyph, role) = match Glyph::of_panel(stamp.state) {
        Some(glyph) => (glyph.symbol(), glyph.role()),
        None => ("≥", Role::Warning),
    };
    let what = match stamp.failure {
        Some(failure) => cause(failure),
        None => lacks(stamp),
    };
    let rows = match (stamp.failure, stamp.age) {
        (Some(_), Some(age)) => format!(", rows of {} ago", format::data_age(age.duration())),
        _ => String::new(),
    };
    let state = if stamp.failure.is_some() { word(stamp) } else { extent(stamp) };
    let head = format!(" {glyph} {} {state}{rows}{rest} ", stamp.title());
    let used = canvas.text(line.x, line.y, line.width, &head, role);
    canvas.text(line.x + used + 1, line.y, line.width.saturating_sub(used + 2), &what, Role::Muted);
}
