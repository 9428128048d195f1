//! The Bridge: the verdict, what is wrong, and every list in a few numbers.

use ratatui::layout::Rect;

use super::list;
use crate::app::{Align, Area, Due, Hit, HitTarget, Layout, Model, Next, Screen, Summary, SummaryLine, Value, Verdict};
use crate::fleet::finding::Severity;
use crate::fleet::reading::Panel;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::widgets::glyph::Glyph;
use crate::ui::widgets::{bar, cell, stamps};

/// From this width on the summaries stand beside the findings.
const BESIDE: u16 = 140;

/// Columns that two summaries need beside each other.
const SUMMARIES: u16 = 62;

/// Lines of the tallest summary, its title and a gap.
const TALL: u16 = 11;

/// Columns of a label in a summary.
const LABEL: u16 = 13;

/// Columns of a number beside it.
const NUMBER: u16 = 6;

/// Panels that the verdict names before it says "and more".
const NAMED: usize = 2;

/// Draws the Bridge.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    verdict(model, canvas, Rect { height: 1, ..area });
    let rest = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let summaries = model.summaries();
    if rest.width >= BESIDE {
        let width = (rest.width / 3).max(SUMMARIES);
        let left = Rect { width: rest.width - width - 2, ..rest };
        let right = Rect { x: left.right() + 2, width, ..rest };
        list::draw_list(model, canvas, left, Screen::Bridge, layout);
        let above = Rect { height: (2 * TALL).min(right.height), ..right };
        grid(model, canvas, above, (&summaries, 2), layout);
        let below = Rect { y: above.bottom(), height: right.height - above.height, ..right };
        if model.preview() {
            list::draw_preview(model, canvas, below, Screen::Bridge);
        }
        return;
    }
    let height = (rest.height / 3).clamp(6, TALL);
    let above = Rect { height: rest.height - height, ..rest };
    list::draw(model, canvas, above, Screen::Bridge, layout);
    grid(model, canvas, Rect { y: above.bottom(), height, ..rest }, (&summaries, 4), layout);
}

/// One line: is the fleet all right?
fn verdict(model: &Model, canvas: &mut Canvas<'_>, line: Rect) {
    let verdict = model.verdict();
    let line = Rect { width: line.width - runs(model, canvas, line), ..line };
    let mut x = line.x + 1;
    let room = |x: u16| line.right().saturating_sub(x + 1);
    if verdict.all_right() {
        canvas.text(x, line.y, room(x), "The fleet is all right.", Role::Good);
        return;
    }
    if verdict.empty {
        x += canvas.text(x, line.y, room(x), "There is nothing in this fleet.", Role::Muted) + 3;
    }
    for (severity, count) in &verdict.findings {
        let glyph = Glyph::of_severity(*severity);
        let text = format!("{} {} {}", glyph.symbol(), format::count(*count), noun(*severity, count.value()));
        x += canvas.text(x, line.y, room(x), &text, glyph.role()) + 3;
    }
    if let Some((text, role)) = doubt(model, &verdict) {
        canvas.text(x, line.y, room(x), &text, role);
    }
}

/// What the automation is about and what the fleet does by itself next, at the right; gives the columns used.
fn runs(model: &Model, canvas: &mut Canvas<'_>, line: Rect) -> u16 {
    let mut said = next(model);
    if let Some(runs) = model.runs() {
        let run = if runs.under_way.value() == Some(1) { "run" } else { "runs" };
        let parts = [
            (runs.under_way, run, Role::Accent),
            (runs.waiting, "waiting", Role::Warning),
            (runs.failed, "failed", Role::Warning),
        ];
        let some = parts.into_iter().filter(|(count, ..)| count.value().is_some_and(|count| count > 0));
        said.extend(some.map(|(count, word, role)| (format!("{} {word}  ", format::count(count)), role)));
    }
    // The verdict comes first, and what goes on before what is to come.
    let width = |said: &[(String, Role)]| said.iter().map(|(text, _)| format::width(text)).sum::<usize>();
    while width(&said) > usize::from(line.width / 2) && !said.is_empty() {
        said.remove(0);
    }
    let width = u16::try_from(width(&said)).unwrap_or(0);
    let pieces: Vec<(&str, Role)> = said.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.pieces(line.right() - width, line.y, width, &pieces);
    width
}

/// The next rotation and the next bake.
fn next(model: &Model) -> Vec<(String, Role)> {
    let words = |next: Next| {
        let noun = next.duty.noun();
        match next.due {
            Due::UnderWay(Some(percent)) => (format!("{noun} {percent}%  "), Role::Accent),
            Due::UnderWay(None) => (format!("{noun} under way  "), Role::Accent),
            Due::In(left) => (format!("{noun} in {}  ", format::duration(left)), Role::Muted),
            Due::Off => (format!("{noun} switched off  "), Role::Warning),
        }
    };
    model.next().into_iter().map(words).collect()
}

fn noun(severity: Severity, count: Option<u32>) -> &'static str {
    match (severity, count) {
        (Severity::Critical, _) => "critical",
        (Severity::Warning, Some(1)) => "warning",
        (Severity::Warning, _) => "warnings",
        (Severity::Info, Some(1)) => "note",
        (Severity::Info, _) => "notes",
    }
}

/// What keeps the verdict from being certain.
fn doubt(model: &Model, verdict: &Verdict) -> Option<(String, Role)> {
    let names = |panels: &[Panel]| {
        let name = |panel: &Panel| {
            let stamp = model.stamp(*panel);
            let word = if stamp.missing.is_empty() { stamps::word(&stamp) } else { stamps::extent(&stamp) };
            format!("{} {word}", stamp.title())
        };
        let some: Vec<String> = panels.iter().take(NAMED).map(name).collect();
        format!("{}{}", some.join(", "), if panels.len() > NAMED { " and more" } else { "" })
    };
    if !verdict.unsure.is_empty() {
        return Some((format!("Cannot tell more: {}", names(&verdict.unsure)), Role::Warning));
    }
    let loading = !verdict.loading.is_empty();
    loading.then(|| (format!("{} Reading the fleet", Glyph::Loading.symbol()), Role::Muted))
}

/// The summaries in rows of `columns`.
fn grid(model: &Model, canvas: &mut Canvas<'_>, area: Rect, (all, columns): (&[Summary], u16), layout: &mut Layout) {
    let rows = u16::try_from(all.len()).unwrap_or(1).div_ceil(columns).max(1);
    let (width, height) = (area.width / columns, area.height / rows);
    for (next, summary) in (0_u16..).zip(all) {
        let (row, column) = (next / columns, next % columns);
        let x = area.x + column * width;
        // The last one of a row takes what division left over.
        let width = if column + 1 == columns { area.right() - x } else { width };
        let cell = Rect { x, y: area.y + row * height, width, height };
        draw_summary(model, canvas, cell, summary);
        let area = Area { x: cell.x, y: cell.y, width: cell.width, height: cell.height };
        layout.hits.push(Hit { area, target: HitTarget::Screen(summary.screen) });
    }
}

fn draw_summary(model: &Model, canvas: &mut Canvas<'_>, area: Rect, summary: &Summary) {
    canvas.rule(area.x, area.y, area.width, Role::Border);
    let stamp = stamps::worst(model, summary.screen.row_panels());
    let count = format::count(model.count(summary.screen));
    let title = format!(" {} ", summary.screen.title());
    let mut used = canvas.text(area.x + 1, area.y, area.width - 1, &title, Role::Title);
    used +=
        canvas.text(area.x + 1 + used, area.y, area.width.saturating_sub(used + 1), &format!("{count} "), Role::Text);
    let mut y = area.y + 1;
    if let Some(stamp) = stamp.filter(|stamp| !stamp.quiet()) {
        let text = stamps::summary(&stamp);
        let width = u16::try_from(format::width(&text)).unwrap_or(0);
        if used + width + 4 <= area.width {
            canvas.text(area.right() - width - 2, area.y, width + 1, &format!("{text} "), stamps::role(stamp.state));
        } else {
            canvas.text(area.x + 2, y, area.width.saturating_sub(3), &text, stamps::role(stamp.state));
            y += 1;
        }
    }
    let room = area.width.saturating_sub(3);
    // Ages in quarters mean something only together.
    let all = summary.lines.len() <= usize::from(area.bottom().saturating_sub(y));
    let shown = |line: &&SummaryLine| fits(line, room) && (all || line.whole.is_none());
    for line in summary.lines.iter().filter(shown) {
        if y >= area.bottom() {
            break;
        }
        draw_line(canvas, Rect { x: area.x + 2, y, width: room, height: 1 }, line);
        y += 1;
    }
}

/// A label and its value: numbers stand below one another, words begin where numbers do.
fn draw_line(canvas: &mut Canvas<'_>, area: Rect, line: &SummaryLine) {
    let used = canvas.text(area.x, area.y, area.width, &line.label, Role::Muted) + 1;
    let numbers = (LABEL + NUMBER).min(area.width);
    let value = Rect { x: area.x + used, width: numbers.saturating_sub(used), ..area };
    if let Value::Text(_) = line.cell.value {
        let from = (LABEL + 1).max(used);
        cell::draw(
            canvas,
            Rect { x: area.x + from, width: area.width.saturating_sub(from), ..area },
            &line.cell,
            Align::Left,
        );
        return;
    }
    cell::draw(canvas, value, &line.cell, Align::Right);
    let room = Rect { x: area.x + numbers + 1, width: area.width.saturating_sub(numbers + 1), ..area };
    if let (Some(count), Some(whole), true) = (line.count(), line.whole, room.width > 2) {
        bar::draw(canvas.buffer, room, count.into(), whole.into(), Role::BarFill, canvas.theme);
    }
}

/// Whether a line has room for all that it says.
fn fits(line: &SummaryLine, width: u16) -> bool {
    let value = format::width(&cell::words(&line.cell));
    let label = match line.cell.value {
        Value::Text(_) => usize::from(LABEL).max(format::width(&line.label)),
        _ => format::width(&line.label),
    };
    label + 1 + value <= usize::from(width)
}
