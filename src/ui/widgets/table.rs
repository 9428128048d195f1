//! A table: columns fitted to the width, rows around the cursor.

use ratatui::layout::{Position, Rect};

use super::cell;
use super::glyph::Glyph;
use crate::app::{Align, Area, Column, Ctx, Hit, HitTarget, Layout, Listing, Table};
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// Columns before the first one: the mark, the severity, and a gap.
const GUTTER: u16 = 3;

/// From this width on there is room for two columns between columns.
const ROOMY: u16 = 100;

/// Columns in which a cause can be read.
const READABLE: u16 = 44;

/// A column with its place on screen.
struct Placed {
    /// Its number among all columns.
    number: usize,
    x: u16,
    width: u16,
}

/// Which columns are shown, and where: those of the least priority go first where there is no room, the others grow.
fn place(columns: &[Column], name: u16, shift: usize, area: Rect) -> Vec<Placed> {
    let gap = if area.width >= ROOMY { 2 } else { 1 };
    let room = area.width.saturating_sub(GUTTER);
    let mut shown: Vec<usize> = (0..columns.len()).filter(|n| *n == 0 || *n > shift).collect();
    let least = |n: usize| if n == 0 { name } else { columns.get(n).map_or(0, |column| column.min) };
    let needs = |shown: &[usize]| {
        let widths: u16 = shown.iter().map(|n| least(*n)).sum();
        widths + gap * u16::try_from(shown.len().saturating_sub(1)).unwrap_or(0)
    };
    while shown.len() > 1 && needs(&shown) > room {
        let first_out = shown.iter().skip(1).copied().max_by_key(|n| (columns.get(*n).map_or(0, |c| c.priority), *n));
        shown.retain(|n| Some(*n) != first_out);
    }
    let mut spare = room.saturating_sub(needs(&shown));
    let mut placed: Vec<Placed> =
        shown.iter().map(|number| Placed { number: *number, x: 0, width: least(*number).min(room) }).collect();
    // Words grow to where they can be read, then what is bounded grows, then words take the rest.
    for (unbounded, most) in [(true, READABLE), (false, u16::MAX), (true, u16::MAX)] {
        for entry in &mut placed {
            let Some(column) = columns.get(entry.number).filter(|c| (c.max == u16::MAX) == unbounded) else { continue };
            // Names have the room that they need already.
            let widest = if entry.number == 0 { entry.width } else { column.max.min(most) };
            let grown = spare.min(widest.saturating_sub(entry.width));
            entry.width += grown;
            spare -= grown;
        }
    }
    let mut x = area.x + GUTTER;
    for entry in &mut placed {
        entry.x = x;
        x += entry.width + gap;
    }
    placed
}

/// Columns that the names of the rows take, within what their column may have: a name is not cut while there is room.
fn name_width(listing: &Listing, table: &Table) -> u16 {
    let Some(column) = listing.columns.first() else { return 0 };
    u16::try_from(table.name_width()).unwrap_or(u16::MAX).clamp(column.min, column.max)
}

/// Draws a table: a line of headings, then rows.
pub(in crate::ui) fn draw(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (listing, table): (&Listing, &Table),
    ctx: &Ctx<'_>,
    focused: bool,
    layout: &mut Layout,
) {
    let placed = place(listing.columns, name_width(listing, table), table.shift(), area);
    headings(canvas, area, (listing, table), &placed, layout);
    let body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let first = table.top(usize::from(body.height));
    for (line, position) in (first..table.order().len()).take(usize::from(body.height)).enumerate() {
        let line = Rect { y: body.y + u16::try_from(line).unwrap_or(0), height: 1, ..body };
        row(canvas, line, (listing, table), ctx, position, &placed);
        if position == table.cursor() {
            canvas.over(line, if focused { Role::Selected } else { Role::SelectedUnfocused });
        }
    }
    layout.table_rows = usize::from(body.height);
    let area = Area { x: body.x, y: body.y, width: body.width, height: body.height };
    layout.hits.push(Hit { area, target: HitTarget::Rows { first } });
}

fn headings(
    canvas: &mut Canvas<'_>,
    area: Rect,
    (listing, table): (&Listing, &Table),
    placed: &[Placed],
    layout: &mut Layout,
) {
    for entry in placed {
        let Some(column) = listing.columns.get(entry.number) else { continue };
        let sorted = table.sorted_by().filter(|(number, _)| *number == entry.number);
        let arrow = sorted.map(|(_, descending)| if descending { Glyph::Descending } else { Glyph::Ascending });
        let room = entry.width - u16::from(arrow.is_some()).min(entry.width);
        let title = format::clip(column.title, usize::from(room));
        let width = u16::try_from(format::width(&title)).unwrap_or(room);
        let x = if column.align == Align::Right { entry.x + room - width } else { entry.x };
        canvas.text(x, area.y, room, &title, if arrow.is_some() { Role::Accent } else { Role::Header });
        if let Some(arrow) = arrow {
            arrow.draw(canvas.buffer, Position::new(x + width, area.y), canvas.theme);
        }
        let hit = Area { x: entry.x, y: area.y, width: entry.width, height: 1 };
        layout.hits.push(Hit { area: hit, target: HitTarget::Column(entry.number) });
    }
}

fn row(
    canvas: &mut Canvas<'_>,
    line: Rect,
    (listing, table): (&Listing, &Table),
    ctx: &Ctx<'_>,
    position: usize,
    placed: &[Placed],
) {
    let Some(row) = table.order().get(position).copied() else { return };
    if let Some(severity) = table.severity(position) {
        Glyph::of_severity(severity).draw(canvas.buffer, Position::new(line.x + 1, line.y), canvas.theme);
    }
    for entry in placed {
        let Some(column) = listing.columns.get(entry.number) else { continue };
        let area = Rect { x: entry.x, width: entry.width, ..line };
        cell::draw(canvas, area, &(column.cell)(ctx, row), column.align);
    }
    if table.marked(position) {
        Glyph::Marked.draw(canvas.buffer, Position::new(line.x, line.y), canvas.theme);
        canvas.over(
            Rect { x: line.x + GUTTER, width: placed.first().map_or(0, |entry| entry.width), ..line },
            Role::Marked,
        );
    }
}
