//! What is read, how far, and what is missing: said in words, and only where there is something to say.

use ratatui::layout::Rect;

use super::{clock, sign};
use crate::app::Model;
use crate::app::logs::{Kind, Logs, Tally};
use crate::fleet::finding::Subject;
use crate::fleet::reading::{Failure, FailureKind};
use crate::fleet::view::Known;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;
use crate::ui::screens::insights;
use crate::ui::widgets::glyph::Glyph;
use crate::ui::widgets::stamps;

/// Reading that is less far behind, in milliseconds, is said to be at the present: agents send every few seconds.
const PRESENT: i64 = 15_000;

/// One line: whose lines, how many, what of them, and whether they are followed.
pub(super) fn title(model: &Model, logs: &Logs, canvas: &mut Canvas<'_>, line: Rect) {
    canvas.rule(line.x, line.y, line.width, Role::Border);
    let tally = logs.tally();
    let (state, role) = state(logs, &tally);
    let width = u16::try_from(format::width(&state)).unwrap_or(0) + 2;
    let right = line.right().saturating_sub(width + 1);
    canvas.text(right, line.y, width, &format!(" {state} "), role);
    let mut facts = vec![(format!(" Logs of {} ", names(model, logs.subjects())), Role::TitleFocused)];
    match logs.lines() {
        // Whether there are none is known once all was read.
        0 if tally.caught_up.0 < tally.caught_up.1 || !tally.failures.is_empty() || tally.caught_up.1 == 0 => {}
        0 => facts.push(("· no lines ".to_owned(), Role::Text)),
        lines => facts.push((format!("· {} ", of_filter(logs, lines)), Role::Text)),
    }
    if let Some(filter) = logs.filter() {
        facts.push((format!("/{} ", filter.text()), Role::Match));
    }
    if !logs.context().is_none() {
        facts.push((format!("· {} ", logs.context()), Role::Muted));
    }
    if logs.selects() {
        facts.push(("· selecting ".to_owned(), Role::Marked));
    }
    let pieces: Vec<(&str, Role)> = facts.iter().map(|(text, role)| (text.as_str(), *role)).collect();
    canvas.pieces(line.x + 1, line.y, right.saturating_sub(line.x + 2), &pieces);
}

/// How many lines there are, and how many of them pass the filter.
fn of_filter(logs: &Logs, lines: usize) -> String {
    let lines = counted(lines as u64, "line", "lines");
    let Some(filter) = logs.filter() else { return lines };
    let so_far = if filter.search().is_some() { " so far" } else { "" };
    let passing = format::count(Known::Exactly(filter.view().len() as u64));
    format!("{passing}{so_far} of {lines} pass")
}

fn names(model: &Model, subjects: &[Subject]) -> String {
    match subjects {
        [one] => model.name_of(one),
        [first, rest @ ..] => format!("{} (+{})", model.name_of(first), rest.len()),
        [] => "nothing".to_owned(),
    }
}

/// Whether new lines come, and from how long ago.
fn state(logs: &Logs, tally: &Tally) -> (String, Role) {
    let (done, all) = tally.caught_up;
    if !logs.is_live() {
        let (from, until) = logs.span();
        let span = format!("{} to {}", clock(from, "%H:%M"), clock(until.unwrap_or(from), "%H:%M"));
        let reading = if done < all || tally.history.is_some() { ", reading" } else { "" };
        return (format!("{span}{reading}"), Role::Muted);
    }
    let word = if logs.follows() { "following" } else { "paused" };
    let way = match tally.live {
        None => String::new(),
        Some(on) if on == all => " live".to_owned(),
        Some(on) => format!(" live {on}/{all}"),
    };
    let role = match logs.follows() {
        _ if !tally.failures.is_empty() => Role::Warning,
        true => Role::Good,
        false => Role::Accent,
    };
    match tally.lag {
        _ if all == 0 => (word.to_owned(), Role::Muted),
        _ if done < all => (format!("{word}, catching up {done}/{all}"), Role::Accent),
        lag if lag > PRESENT => {
            let behind = format::duration(jiff::SignedDuration::from_millis(lag));
            (format!("{word}{way}, {behind} behind"), Role::Warning)
        }
        _ => (format!("{word}{way}"), role),
    }
}

/// One line at the bottom, if there is anything to say; gives the lines used.
pub(super) fn draw(logs: &Logs, canvas: &mut Canvas<'_>, line: Rect) -> u16 {
    let tally = logs.tally();
    let mut x = line.x + 1;
    let room = |x: u16| line.right().saturating_sub(x + 1);
    // Without a line there is room above to say it in full.
    if let Some((label, failure)) = tally.failures.first().filter(|_| !logs.store().is_empty()) {
        let more = tally.failures.len() - 1;
        let others = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        let (glyph, words) = failed(failure, "cannot be read");
        let words = format!("{label}{others} {words}: {}", failure.message);
        x += sign(canvas, (x, line.y), room(x), glyph, &words, glyph.role()) + 3;
    }
    if let Some((_, failure)) = tally.live_failures.first() {
        let (glyph, words) = failed(failure, "fails");
        let words = format!("Live Tail {words}, lines come by reading: {}", failure.message);
        x += sign(canvas, (x, line.y), room(x), glyph, &words, Role::Warning) + 3;
    }
    let counts = [
        (tally.gaps, ("gap", "gaps"), Role::Warning),
        (tally.dropped, ("line dropped for want of memory", "lines dropped for want of memory"), Role::Warning),
        (tally.throttled, ("time throttled", "times throttled"), Role::Muted),
        (tally.late, ("late", "late"), Role::Muted),
        (tally.repeats, ("repeat left out", "repeats left out"), Role::Muted),
        (tally.timed_out, ("Live Tail session ended after 3 h", "Live Tail sessions ended after 3 h"), Role::Muted),
        (tally.broken, ("Live Tail session broke", "Live Tail sessions broke"), Role::Muted),
        (logs.without().len() as u64, ("thing without logs", "things without logs"), Role::Muted),
    ];
    for (count, (one, many), role) in counts.into_iter().filter(|(count, _, _)| *count > 0) {
        x += canvas.text(x, line.y, room(x), &counted(count, one, many), role) + 3;
    }
    if tally.sampled {
        x += canvas.text(x, line.y, room(x), "Live Tail left lines out; reading brings them", Role::Warning) + 3;
    }
    if let Some(late) = logs.too_late() {
        let late = format::duration(jiff::SignedDuration::from_millis(late));
        let text = format!("lines come {late} late: later ones may be missed, t reads a time again");
        x += canvas.text(x, line.y, room(x), &text, Role::Warning) + 3;
    }
    if tally.history == Some(Kind::Older) {
        let text = format!("reading from {}", clock(logs.span().0, "%H:%M:%S"));
        x += sign(canvas, (x, line.y), room(x), Glyph::Loading, &text, Role::Muted) + 3;
    }
    u16::from(x > line.x + 1)
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{} {}", format::count(Known::Exactly(count)), if count == 1 { one } else { many })
}

fn failed(failure: &Failure, otherwise: &'static str) -> (Glyph, &'static str) {
    match failure.kind {
        FailureKind::Denied => (Glyph::Denied, "is denied"),
        FailureKind::Throttled => (Glyph::Throttled, "is throttled"),
        FailureKind::Credentials | FailureKind::Timeout | FailureKind::Failed => (Glyph::Failed, otherwise),
    }
}

/// Why there are no lines.
pub(super) fn nothing(logs: &Logs, canvas: &mut Canvas<'_>, area: Rect) {
    let tally = logs.tally();
    let (from, until) = logs.span();
    let until = until.map_or_else(|| "now".to_owned(), |until| clock(until, "%H:%M"));
    let (text, role) = match (logs.feeds().is_empty(), logs.without()) {
        (true, []) => ("Finding out what writes logs here.".to_owned(), Role::Muted),
        (true, without) => (format!("Nothing to read: {}.", without.join("; ")), Role::Warning),
        (false, _) if !tally.failures.is_empty() => return unread(&tally, canvas, area),
        (false, _) if tally.caught_up.0 < tally.caught_up.1 || tally.history.is_some() => {
            (format!("{} Reading from {} on.", Glyph::Loading.symbol(), clock(from, "%H:%M:%S")), Role::Muted)
        }
        (false, _) => (
            format!("Nothing was written from {} to {until}. Go up for what was before.", clock(from, "%H:%M")),
            Role::Muted,
        ),
    };
    let room = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    };
    canvas.wrap(room, &text, role);
}

/// What keeps the lines from being read, with what to do about it.
fn unread(tally: &Tally, canvas: &mut Canvas<'_>, area: Rect) {
    let mut room = Rect { x: area.x + 2, y: area.y + 1, width: area.width.saturating_sub(4), ..area };
    for (label, failure) in &tally.failures {
        room.height = area.bottom().saturating_sub(room.y);
        let (glyph, words) = failed(failure, "cannot be read");
        let text = format!("{} {label} {words}. {}", glyph.symbol(), stamps::cause(failure));
        room.y += canvas.wrap(room, &text, glyph.role());
    }
}

/// That no line passes the filter, and what to do about it.
pub(super) fn no_match(model: &Model, logs: &Logs, canvas: &mut Canvas<'_>, area: Rect) {
    let searching = logs.filter().is_some_and(|filter| filter.search().is_some());
    let (from, _) = logs.span();
    let text = if searching {
        format!("{} Searching.", Glyph::Loading.symbol())
    } else {
        format!(
            "None of the {} lines in memory passes. They begin at {}: go up to read what was before, or let Logs Insights search {}{}.",
            logs.lines(),
            clock(from, "%H:%M"),
            if logs.is_live() { insights::span(model.insights().span()) } else { "this time".to_owned() },
            scan(model)
        )
    };
    let room = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(1),
    };
    canvas.wrap(room, &text, Role::Muted);
}

/// What a query would cost.
fn scan(model: &Model) -> String {
    model.scan_of_viewer().map_or_else(String::new, |bytes| format!(" (i), about {} to scan", format::bytes(bytes)))
}
