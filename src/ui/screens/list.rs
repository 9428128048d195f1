//! A list, with the details of what its cursor is on beside or below it where there is room.

use ratatui::layout::Rect;

use super::page::title as page_title;
use crate::app::{Layout, Model, Screen, Stamp};
use crate::fleet::reading::{Panel, PanelState};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::widgets::glyph::Glyph;
use crate::ui::widgets::page::{self, Window};
use crate::ui::widgets::{stamps, table};

/// From this width on the details stand beside the list.
const BESIDE: u16 = 140;

/// From this height of the screen on they stand below it.
const BELOW: u16 = 32;

/// Draws the list of `screen`.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, screen: Screen, layout: &mut Layout) {
    let (list, preview) = split(model, area, screen);
    draw_list(model, canvas, list, screen, layout);
    let Some(area) = preview else { return };
    let beside = area.x > list.x;
    for y in area.top()..if beside { area.bottom() } else { area.top() } {
        canvas.text(area.x, y, 1, "│", Role::Border);
    }
    let area = if beside { Rect { x: area.x + 1, width: area.width - 1, ..area } } else { area };
    draw_preview(model, canvas, area, screen);
}

/// The page of what the cursor of the list is on, without a cursor of its own.
pub(super) fn draw_preview(model: &Model, canvas: &mut Canvas<'_>, area: Rect, screen: Screen) {
    let Some(detail) = model.preview_detail(screen).filter(|_| area.height > 2) else { return };
    page_title(canvas, Rect { height: 1, ..area }, &detail, false);
    let body = Rect { x: area.x + 2, y: area.y + 1, width: area.width - 2, height: area.height - 1 };
    page::flow(canvas, body, &detail, Window::default());
}

/// The list, and the room for details.
fn split(model: &Model, area: Rect, screen: Screen) -> (Rect, Option<Rect>) {
    let wanted = model.preview() && model.table(screen).row().is_some();
    if wanted && area.width >= BESIDE {
        let width = (area.width / 3).clamp(56, 84);
        let list = Rect { width: area.width - width, ..area };
        (list, Some(Rect { x: list.right(), width, ..area }))
    } else if wanted && area.height >= BELOW {
        let height = area.height * 2 / 5;
        let list = Rect { height: area.height - height, ..area };
        (list, Some(Rect { y: list.bottom(), height, ..area }))
    } else {
        (area, None)
    }
}

pub(super) fn draw_list(model: &Model, canvas: &mut Canvas<'_>, area: Rect, screen: Screen, layout: &mut Layout) {
    title(model, canvas, Rect { height: 1, ..area }, screen);
    let most = if area.height > 24 { 4 } else { 2 };
    // A panel without rows says why in their place.
    let bare = |panel: &&Panel| screen.panels().first() == Some(*panel) && !model.stamp(**panel).known();
    let panels: Vec<Panel> = screen.panels().iter().filter(|panel| !bare(panel)).copied().collect();
    let used = stamps::draw(model, canvas, Rect { y: area.y + 1, height: most, ..area }, &panels);
    let body = Rect { y: area.y + 1 + used, height: area.height - 1 - used, ..area };
    let (listing, rows) = (model.listing(screen), model.table(screen));
    if rows.order().is_empty() {
        layout.table_rows = usize::from(body.height.saturating_sub(1));
        return nothing(model, canvas, body, screen);
    }
    let focused = model.overlay().is_none();
    table::draw(canvas, body, (listing, rows), &model.ctx(), focused, layout);
}

/// The name of the list, how many rows, what hides or orders them, and how fresh they are.
fn title(model: &Model, canvas: &mut Canvas<'_>, line: Rect, screen: Screen) {
    canvas.rule(line.x, line.y, line.width, Role::Border);
    let stamp = stamps::worst(model, screen.panels());
    let name_of = if screen == Screen::Bridge { "Findings" } else { screen.title() };
    let fresh = stamp.as_ref().is_none_or(|stamp| stamp.state == PanelState::Live);
    let name = if fresh { Role::TitleFocused } else { Role::Title };
    let table = model.table(screen);
    let count = format::count(model.count(screen));
    let count = if table.filter().is_empty() { count } else { format!("{} of {count}", table.order().len()) };
    let mut facts = vec![(format!(" {name_of} "), name), (format!("{count} "), Role::Text)];
    if !table.filter().is_empty() {
        facts.push((format!("· /{} ", table.filter()), Role::Match));
    }
    if table.marks() > 0 {
        facts.push((format!("· {} marked ", table.marks()), Role::Marked));
    }
    if let Some(column) = table.sorted_by().and_then(|(column, _)| model.listing(screen).columns.get(column)) {
        facts.push((format!("· by {} ", column.title.to_lowercase()), Role::Muted));
    }
    let mut right = line.right() - 1;
    if let Some(stamp) = stamp {
        let text = format!(" {} ", said(&stamp));
        let width = u16::try_from(format::width(&text)).unwrap_or(0).min(line.width / 2);
        right -= width;
        canvas.text(right, line.y, width, &text, stamps::role(stamp.state));
    }
    let pieces: Vec<(&str, Role)> = facts.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.pieces(line.x + 1, line.y, right.saturating_sub(line.x + 2), &pieces);
}

/// The stamp, with the panel's name where it is not simply live.
fn said(stamp: &Stamp<'_>) -> String {
    match stamp.state {
        PanelState::Live => format!("live {}", stamps::summary(stamp)),
        _ => format!("{} {}", stamp.title(), stamps::summary(stamp)),
    }
}

/// Whether all of a panel is known, however old.
fn whole(stamp: &Stamp<'_>) -> bool {
    stamp.known() && stamp.missing.is_empty()
}

/// Why there are no rows.
fn nothing(model: &Model, canvas: &mut Canvas<'_>, area: Rect, screen: Screen) {
    let table = model.table(screen);
    let noun = model.listing(screen).noun;
    let stamp = screen.panels().first().map(|panel| model.stamp(*panel));
    let (glyph, text, role) = match stamp {
        _ if !table.filter().is_empty() && table.total() > 0 => {
            (None, format!("No {noun} match /{}", table.filter()), Role::Muted)
        }
        Some(stamp) if !stamp.known() => {
            let why = stamp.failure.map_or_else(|| "has not been read yet".to_owned(), stamps::cause);
            let glyph = Glyph::of_panel(stamp.state);
            (glyph, format!("{}: {why}", stamp.title()), glyph.map_or(Role::Muted, Glyph::role))
        }
        _ => match screen.basis().iter().map(|panel| model.stamp(*panel)).find(|stamp| !whole(stamp)) {
            Some(stamp) => {
                let why = match stamp.failure {
                    Some(failure) => stamps::cause(failure),
                    None if stamp.missing.is_empty() => "has not been read yet".to_owned(),
                    None => stamps::lacks(&stamp),
                };
                let glyph = Glyph::of_panel(stamp.state);
                (glyph, format!("{}: {why}", stamp.title()), glyph.map_or(Role::Warning, Glyph::role))
            }
            None => (None, format!("There are no {noun}."), Role::Muted),
        },
    };
    let area = Rect {
        x: area.x + 3,
        y: area.y + 1,
        width: area.width.saturating_sub(6),
        height: area.height.saturating_sub(1),
    };
    let sign = glyph.map_or_else(String::new, |glyph| format!("{} ", glyph.symbol()));
    canvas.wrap(area, &format!("{sign}{text}"), role);
}
