//! Queries of CloudWatch Logs Insights: what is asked of what, how far it is, what came.

use ratatui::layout::Rect;

use super::logs::clock;
use crate::app::insights::{Insights, Progress, Span};
use crate::app::{Area, Hit, HitTarget, Layout, Model};
use crate::fleet::view::Known;
use crate::logs::insights::{Language, QueryState};
use crate::theme::Role;
use crate::ui::canvas::{Canvas, wrapped};
use crate::ui::format;
use crate::ui::widgets::glyph::Glyph;
use crate::ui::widgets::{bar, stamps};

/// Lines of a query that are shown.
const QUERY: usize = 4;
/// The widest column but the last one.
const WIDEST: usize = 40;
/// Below this width less is said of how far a query is.
const NARROW: u16 = 110;
/// The widest label beside a bar.
const LABEL: u16 = 36;

/// Draws the screen.
pub(super) fn draw(model: &Model, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    let insights = model.insights();
    title(model, canvas, Rect { height: 1, ..area });
    let mut y = area.y + 1;
    let lines = wrapped(insights.text(), usize::from(area.width.saturating_sub(4)));
    for line in lines.iter().take(QUERY) {
        canvas.text(area.x + 2, y, area.width.saturating_sub(3), line, Role::Input);
        y += 1;
    }
    canvas.rule(area.x, y, area.width, Role::Border);
    let body = Rect { y: y + 1, height: area.bottom().saturating_sub(y + 1), ..area };
    match insights.progress() {
        Progress::Failed { why, so_far } => {
            let room = Rect { x: body.x + 2, width: body.width.saturating_sub(4), ..body };
            let text = format!("{} {}", Glyph::Failed.symbol(), stamps::cause(why));
            let used = canvas.wrap(room, &text, Role::Critical);
            if let Some(state) = so_far {
                let rest = Rect { y: body.y + used, height: body.height.saturating_sub(used), ..body };
                found(insights, state, canvas, rest, layout);
            }
        }
        Progress::Idle => saved(insights, canvas, body),
        Progress::Sent => {
            canvas.text(body.x + 2, body.y, body.width - 3, &format!("{} Sent.", Glyph::Loading.symbol()), Role::Muted);
        }
        Progress::Found(state) => found(insights, state, canvas, body, layout),
    }
}

/// What is asked of how many groups about which time, and how far it is.
fn title(model: &Model, canvas: &mut Canvas<'_>, line: Rect) {
    let insights = model.insights();
    canvas.rule(line.x, line.y, line.width, Role::Border);
    let (state, role) = standing(insights, line.width < NARROW);
    let width = u16::try_from(format::width(&state)).unwrap_or(0);
    let right = line.right().saturating_sub(width + 3);
    if !state.is_empty() {
        canvas.text(right, line.y, width + 2, &format!(" {state} "), role);
    }
    let groups = match insights.groups() {
        [] => "no log group".to_owned(),
        [one] => one.clone(),
        many => format!("{} log groups", many.len()),
    };
    let room = right.saturating_sub(line.x + 2);
    let mut facts = vec![
        (" Insights ".to_owned(), Role::TitleFocused),
        (format!("· {groups} "), Role::Text),
        (format!("· {} ", span(insights.span())), Role::Text),
        (format!("· {} ", language(insights.language())), Role::Muted),
    ];
    let used: usize = facts.iter().map(|(text, _)| format::width(text)).sum();
    let scan = model.scan().map(|bytes| (format!("· scans about {} ", format::bytes(bytes)), Role::Muted));
    // What was scanned says more than what would be.
    facts.extend(scan.filter(|(text, _)| used + format::width(text) <= usize::from(room)));
    let pieces: Vec<(&str, Role)> = facts.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.pieces(line.x + 1, line.y, room, &pieces);
}

fn language(language: Language) -> &'static str {
    match language {
        Language::Cwli => "CWLI",
        Language::Ppl => "PPL",
        Language::Sql => "SQL",
    }
}

/// A time in words.
pub(super) fn span(span: Span) -> String {
    let at = |moment: jiff::Timestamp| clock(moment.as_millisecond(), "%m-%d %H:%M");
    match span {
        Span::Last(long) => format!("last {}", format::duration(long)),
        Span::Between(from, to) => format!("{} to {}", at(from), at(to)),
    }
}

fn standing(insights: &Insights, narrow: bool) -> (String, Role) {
    let Some(state) = insights.state() else { return (String::new(), Role::Muted) };
    let failed = matches!(insights.progress(), Progress::Failed { .. });
    let status = if failed { "lost while it ran".to_owned() } else { state.status.to_string() };
    let counted = |count: u64| format::count(Known::Exactly(count));
    let more = if state.more { " (there are more)" } else { "" };
    let (rows, bytes) = (state.rows.len(), format::bytes(state.scanned_bytes));
    let text = if narrow {
        format!("{status}: {rows} rows{more} · {bytes}")
    } else {
        let (matched, scanned) = (counted(state.matched), counted(state.scanned));
        format!("{status}: {rows} rows{more} · {matched} of {scanned} events match · {bytes} scanned")
    };
    let complete = state.status == crate::logs::insights::QueryStatus::Complete && !state.more;
    let role = match complete {
        true => Role::Muted,
        false if !failed && state.status.goes_on() => Role::Accent,
        false => Role::Warning,
    };
    (text, role)
}

/// Before anything was asked: what could be.
fn saved(insights: &Insights, canvas: &mut Canvas<'_>, area: Rect) {
    let room = |x: u16| area.right().saturating_sub(x + 1);
    canvas.text(area.x + 2, area.y, room(area.x + 2), "Saved queries", Role::Title);
    for (y, query) in (area.y + 1..area.bottom()).zip(insights.choices()) {
        canvas.text(area.x + 2, y, 24, &query.name, Role::Text);
        canvas.text(area.x + 27, y, room(area.x + 27), &query.about, Role::Muted);
    }
}

fn found(insights: &Insights, state: &QueryState, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    if state.rows.is_empty() {
        let text = if state.status.goes_on() { "Nothing found so far." } else { "Nothing was found." };
        canvas.text(area.x + 2, area.y, area.width.saturating_sub(3), text, Role::Muted);
        return;
    }
    let widths = widths(state, usize::from(area.width.saturating_sub(2)));
    header(state, &widths, canvas, Rect { height: 1, ..area });
    let rows = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    layout.table_rows = usize::from(rows.height);
    let first = insights.top(usize::from(rows.height));
    let measure = measure(state).filter(|_| insights.bars());
    let most = measure
        .map_or(0.0, |column| (0..state.rows.len()).filter_map(|row| number(state, row, column)).fold(0.0, f64::max));
    for (y, row) in (rows.y..rows.bottom()).zip(first..state.rows.len()) {
        let line = Rect { y, height: 1, ..rows };
        match measure {
            Some(column) => as_bar(state, row, column, most, canvas, line),
            None => as_cells(state, row, &widths, canvas, line),
        }
        if row == insights.cursor() {
            canvas.over(line, Role::Selected);
        }
    }
    let hit = Area { x: rows.x, y: rows.y, width: rows.width, height: rows.height };
    layout.hits.push(Hit { area: hit, target: HitTarget::Rows { first } });
}

/// What a cell says on one line.
fn cell(state: &QueryState, row: usize, column: usize) -> &str {
    let cell = state.rows.get(row).and_then(|row| row.cells.get(column));
    let line = cell.and_then(|cell| cell.as_deref()).unwrap_or_default().lines().next().unwrap_or_default();
    // The account in front of a group takes the room of what was written, and is that of the fleet.
    match state.columns.get(column).map(String::as_str) {
        Some("@log") => line.split_once(':').map_or(line, |(_, group)| group),
        _ => line,
    }
}

/// As wide as what stands in them, up to a limit; the last column takes what is left.
fn widths(state: &QueryState, room: usize) -> Vec<usize> {
    let widest = |column: usize| {
        let cells = (0..state.rows.len()).map(|row| format::width(cell(state, row, column)));
        let title = state.columns.get(column).map_or(0, |name| format::width(name));
        cells.chain([title]).max().unwrap_or(0)
    };
    let count = state.columns.len();
    let mut widths: Vec<usize> = (0..count).map(|column| widest(column).min(WIDEST)).collect();
    let taken: usize = widths.iter().rev().skip(1).map(|width| width + 2).sum();
    if let Some(last) = widths.last_mut() {
        *last = room.saturating_sub(taken);
    }
    widths
}

fn header(state: &QueryState, widths: &[usize], canvas: &mut Canvas<'_>, line: Rect) {
    write(canvas, line, state.columns.iter().map(String::as_str).zip(widths), Role::Header);
}

fn as_cells(state: &QueryState, row: usize, widths: &[usize], canvas: &mut Canvas<'_>, line: Rect) {
    let cells = (0..state.columns.len()).map(|column| cell(state, row, column));
    write(canvas, line, cells.zip(widths), Role::Text);
}

fn write<'a>(canvas: &mut Canvas<'_>, line: Rect, cells: impl Iterator<Item = (&'a str, &'a usize)>, role: Role) {
    let mut x = line.x + 2;
    for (text, width) in cells {
        let width = u16::try_from(*width).unwrap_or(u16::MAX).min(line.right().saturating_sub(x));
        canvas.text(x, line.y, width, text, role);
        x = x.saturating_add(width + 2);
    }
}

/// The first column that is a number in every row where it says anything: what bars measure.
fn measure(state: &QueryState) -> Option<usize> {
    (0..state.columns.len()).find(|column| {
        let said = (0..state.rows.len()).filter(|row| !cell(state, *row, *column).is_empty());
        let mut said = said.map(|row| number(state, row, *column)).peekable();
        said.peek().is_some() && said.all(|number| number.is_some())
    })
}

fn number(state: &QueryState, row: usize, column: usize) -> Option<f64> {
    cell(state, row, column).parse().ok().filter(|number: &f64| number.is_finite() && *number >= 0.0)
}

/// The first other cell of a row as a label, then the number, then its bar.
fn as_bar(state: &QueryState, row: usize, column: usize, most: f64, canvas: &mut Canvas<'_>, line: Rect) {
    let label = (0..state.columns.len()).find(|other| *other != column).map_or("", |other| cell(state, row, other));
    let width = LABEL.min(line.width / 3);
    canvas.text(line.x + 2, line.y, width, label, Role::Text);
    canvas.text(line.x + 3 + width, line.y, 12, &format!("{:>12}", cell(state, row, column)), Role::Text);
    let from = line.x + width + 16;
    let room = Rect { x: from, width: line.right().saturating_sub(from + 1), ..line };
    let part = number(state, row, column).unwrap_or(0.0) / most.max(f64::MIN_POSITIVE);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10,000")]
    let part = (part * 10_000.0) as u64;
    bar::draw(canvas.buffer, room, part, 10_000, Role::BarFill, canvas.theme);
}
