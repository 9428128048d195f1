//! How many lines were written when, and how many of them were errors.

use ratatui::layout::Rect;

use super::clock;
use crate::app::logs::Logs;
use crate::app::{Area, Hit, HitTarget, Layout};
use crate::logs::histogram::Bucket;
use crate::theme::Role;
use crate::ui::canvas::Canvas;
use crate::ui::format;

/// A column filled from below, in eighths.
const EIGHTHS: [&str; 9] = [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/// Draws the histogram over the whole of `area`, with its first and last time at the ends.
pub(super) fn draw(logs: &Logs, canvas: &mut Canvas<'_>, area: Rect, layout: &mut Layout) {
    let histogram = logs.histogram();
    if area.height == 0 || histogram.buckets.is_empty() || area.width < 40 {
        return;
    }
    let end = histogram.end();
    let pattern = if end - histogram.from > 86_400_000 { "%m-%d %H:%M" } else { "%H:%M:%S" };
    let (first, last) = (clock(histogram.from, pattern), clock(end, pattern));
    let label = u16::try_from(format::width(&first)).unwrap_or(0) + 1;
    let y = area.bottom() - 1;
    canvas.text(area.x + 1, y, label, &first, Role::Muted);
    canvas.text(area.right() - label, y, label, &last, Role::Muted);
    let bars = Rect { x: area.x + 1 + label, width: area.width - 2 * label - 2, ..area };
    let columns = squeezed(&histogram.buckets, usize::from(bars.width));
    let most = columns.iter().map(|bucket| bucket.lines).max().unwrap_or(0);
    for (x, bucket) in (bars.x..).zip(&columns) {
        bar(canvas, Rect { x, width: 1, ..bars }, bucket, most);
    }
    cursor(logs, canvas, bars, (histogram.from, end));
    let width = (end.saturating_sub(histogram.from) / i64::from(bars.width.max(1))).max(1);
    let hit = Area { x: bars.x, y: bars.y, width: bars.width, height: bars.height };
    layout.hits.push(Hit { area: hit, target: HitTarget::Moments { from: histogram.from, width } });
}

/// Buckets joined until there are as many as columns.
fn squeezed(buckets: &[Bucket], columns: usize) -> Vec<Bucket> {
    let mut joined = vec![Bucket::default(); columns];
    for (n, bucket) in buckets.iter().enumerate() {
        if let Some(column) = joined.get_mut(n * columns / buckets.len().max(1)) {
            column.lines += bucket.lines;
            column.errors += bucket.errors;
        }
    }
    joined
}

fn bar(canvas: &mut Canvas<'_>, area: Rect, bucket: &Bucket, most: u64) {
    let full = u64::from(area.height) * 8;
    let height = |count: u64| match (count, most) {
        (0, _) | (_, 0) => 0,
        _ => (count.saturating_mul(full)).div_ceil(most).min(full),
    };
    let (mut lines, errors) = (height(bucket.lines), height(bucket.errors));
    for y in (area.y..area.bottom()).rev() {
        let here = usize::try_from(lines.min(8)).unwrap_or(8);
        let below = u64::from(area.bottom() - 1 - y) * 8;
        // A column shows one colour: errors, as far up as they reach.
        let role = if errors > below { Role::LineError } else { Role::BarFill };
        canvas.text(area.x, y, 1, EIGHTHS.get(here).copied().unwrap_or("█"), role);
        lines = lines.saturating_sub(8);
    }
}

/// Where the cursor is in time.
fn cursor(logs: &Logs, canvas: &mut Canvas<'_>, bars: Rect, (from, end): (i64, i64)) {
    let Some(row) = logs.cursor().and_then(|id| logs.store().row(id)) else { return };
    let part = row.time.saturating_sub(from).saturating_mul(i64::from(bars.width)) / end.saturating_sub(from).max(1);
    if let Ok(column) = u16::try_from(part) {
        let x = bars.x + column.min(bars.width.saturating_sub(1));
        canvas.over(Rect { x, width: 1, ..bars }, Role::Selected);
    }
}
