//! The header: which fleet, who is looking, how fresh it is, and what hurts.

use ratatui::layout::Rect;

use super::glyph::Glyph;
use super::stamps;
use crate::app::{Area, Hit, HitTarget, Layout, Model, Screen};
use crate::fleet::alarm::AlarmState;
use crate::fleet::reading::{Panel, PanelState};
use crate::fleet::view::Known;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// A piece of the header's right side: text and role. The last ones go first where there is no room.
type Piece = (String, Role);

/// Columns between two tabs, where there is room.
const GAP: u16 = 3;

/// Columns of the name of whoever declared a freeze.
const NAME: usize = 16;

/// Draws both lines.
pub(in crate::ui) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    let right = fit(pieces(model), usize::from(area.width) / 2);
    let width: usize = right.iter().map(|(text, _)| format::width(text) + 2).sum();
    let width = u16::try_from(width).unwrap_or(0).min(area.width);
    let mut x = area.right() - width;
    for (text, role) in &right {
        x += canvas.text(x, area.y, area.right() - x, text, *role) + 2;
    }
    identity(model, canvas, Rect { width: area.width - width, height: 1, ..area });
    tabs(model, canvas, Rect { y: area.y + 1, height: 1, ..area }, layout);
}

fn identity(model: &Model, canvas: &mut Canvas<'_>, area: Rect) {
    let snapshot = model.fleet().snapshot();
    let fleet = if model.chosen() { snapshot.scope.cluster.as_str() } else { "no fleet" };
    let mut x = area.x + canvas.text(area.x, area.y, area.width, &format!(" {fleet} "), Role::Badge);
    let stamp = model.stamp(Panel::Identity);
    let account = snapshot.identity.get().map(|who| who.account_alias.as_ref().unwrap_or(&who.account).as_str());
    let role = snapshot.identity.get().map(crate::fleet::scope::Identity::role);
    let unknown = match stamp.state {
        PanelState::Loading => format::UNKNOWN.to_owned(),
        _ => format!("account {}", stamps::word(&stamp)),
    };
    let region = Some(snapshot.scope.region.as_str()).filter(|region| !region.is_empty());
    let facts = [account.unwrap_or(&unknown), region.unwrap_or(format::UNKNOWN), role.unwrap_or(format::UNKNOWN)];
    for (n, fact) in facts.into_iter().enumerate() {
        let room = |x: u16| area.right().saturating_sub(x + 1);
        x += canvas.text(x, area.y, room(x), if n == 0 { " " } else { " · " }, Role::Border);
        x += canvas.text(x, area.y, room(x), fact, Role::Text);
    }
}

/// What stands at the right, the most important first.
fn pieces(model: &Model) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let firing = firing(model);
    let alarms = match firing {
        Known::Exactly(0) => None,
        Known::Unknown if model.stamp(Panel::Alarms).state == PanelState::Loading => None,
        Known::Unknown => Some((format!("alarms {}", format::UNKNOWN), Role::Unknown)),
        known => {
            let stamp = model.stamp(Panel::Alarms);
            let old = stamp.age.filter(|_| stamp.state != PanelState::Live);
            let age = old.map_or_else(String::new, |age| format!(", {} ago", format::data_age(age.duration())));
            Some((format!(" {} {} firing{age} ", Glyph::Critical.symbol(), format::count(known)), Role::BadgeCritical))
        }
    };
    pieces.extend(alarms);
    if let Some(freeze) = model.freeze() {
        let until = freeze.until.map_or_else(String::new, |at| at.strftime(" until %H:%M").to_string());
        let by = freeze.by.as_deref().map_or_else(String::new, |by| format!(", by {}", format::clip(by, NAME)));
        pieces.push((format!(" frozen{until}{by} "), Role::BadgeWarning));
    }
    if model.usage().is_some_and(|usage| !usage.throttled.is_empty()) {
        pieces.push((format!(" {} throttled ", Glyph::Throttled.symbol()), Role::BadgeWarning));
    }
    if model.read_only() {
        pieces.push(("read-only".to_owned(), Role::Warning));
    }
    if let Some(stamp) = stamps::worst(model, model.visible_panels()) {
        let age = if stamp.state == PanelState::Live { "data " } else { "" };
        pieces.push((format!("{age}{}", stamps::summary(&stamp)), stamps::role(stamp.state)));
    }
    if let Some(usage) = model.usage() {
        pieces.push((format!("{} calls/min", usage.calls_last_minute), Role::Muted));
    }
    pieces
}

/// How many of the fleet's alarms fire, as far as is known.
fn firing(model: &Model) -> Known<u32> {
    let (view, alarms) = (model.fleet().view(), &model.fleet().snapshot().alarms);
    let Some(rows) = alarms.get() else { return Known::Unknown };
    let own = view.alarms.iter().filter_map(|row| rows.get(row.alarm));
    let firing = own.filter(|alarm| alarm.state == AlarmState::Alarm).count();
    let firing = u32::try_from(firing).unwrap_or(u32::MAX);
    match model.count(Screen::Alarms) {
        Known::Exactly(_) => Known::Exactly(firing),
        _ if firing == 0 => Known::Unknown,
        _ => Known::AtLeast(firing),
    }
}

fn fit(mut pieces: Vec<Piece>, room: usize) -> Vec<Piece> {
    while pieces.iter().map(|(text, _)| format::width(text) + 2).sum::<usize>() > room && pieces.len() > 1 {
        pieces.pop();
    }
    pieces
}

fn tabs(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    let here = model.place().screen();
    let count = |screen: Screen| match screen {
        Screen::Bridge => String::new(),
        screen => format!(" {}", format::count(model.count(screen))),
    };
    let mut tabs: Vec<(Screen, String)> = Screen::ALL.into_iter().map(|screen| (screen, count(screen))).collect();
    let taken = |tabs: &[(Screen, String)]| -> usize {
        tabs.iter().map(|(screen, count)| format::width(screen.title()) + format::width(count)).sum()
    };
    let gaps = tabs.len().saturating_sub(1).max(1);
    // The last counts go first where there is no room for all of them.
    for n in (0..tabs.len()).rev() {
        if taken(&tabs) + gaps + 1 > usize::from(area.width) {
            tabs.get_mut(n).into_iter().for_each(|(_, count)| count.clear());
        }
    }
    let width = taken(&tabs);
    let room = usize::from(area.width).saturating_sub(2 + width) / gaps;
    let gap = u16::try_from(room).unwrap_or(GAP).clamp(1, GAP);
    let mut x = area.x + 1;
    for (screen, count) in tabs {
        let start = x;
        let (title, number) =
            if screen == here { (Role::TitleFocused, Role::Accent) } else { (Role::Muted, Role::Muted) };
        x += canvas.text(x, area.y, area.right().saturating_sub(x), screen.title(), title);
        x += canvas.text(x, area.y, area.right().saturating_sub(x), &count, number);
        let hit = Area { x: start, y: area.y, width: x - start, height: 1 };
        layout.hits.push(Hit { area: hit, target: HitTarget::Screen(screen) });
        x += gap;
    }
}
