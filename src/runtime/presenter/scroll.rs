//! Rows that moved as a block: a terminal moves them by itself, for a few bytes.

use std::hash::{DefaultHasher, Hash, Hasher};

use ratatui::buffer::{Buffer, Cell};

/// Rows that have to be saved before scrolling is worth its sequences.
const WORTH: usize = 3;

/// A block of rows that is to be found further up or down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shift {
    /// First row of the region that scrolls.
    pub top: usize,
    /// First row below the region.
    pub bottom: usize,
    /// Rows by which its content moves: up where positive, else down.
    pub by: isize,
}

/// What each row of `next` shows, in a number; two rows that differ have different ones. A row that is as `shown` has it keeps its
/// number from `before`: most rows do, and comparing costs less.
pub(super) fn fingerprints(next: &Buffer, shown: &Buffer, before: &[u64]) -> Vec<u64> {
    let width = usize::from(next.area.width).max(1);
    let mut known = shown.content.chunks(width).zip(before);
    let number = |row: &[Cell]| match known.next() {
        Some((shown, number)) if shown == row => *number,
        _ => fingerprint(row),
    };
    next.content.chunks(width).map(number).collect()
}

fn fingerprint(row: &[Cell]) -> u64 {
    let mut hasher = DefaultHasher::new();
    row.hash(&mut hasher);
    hasher.finish()
}

/// The move that leaves the fewest rows to be written, if one leaves fewer than none does.
pub(super) fn shift(shown: &[u64], next: &[u64]) -> Option<Shift> {
    let rows = shown.len().min(next.len());
    let furthest = isize::try_from(rows / 2).unwrap_or(0);
    let moves = (1..=furthest).flat_map(|by| [by, -by]);
    let best = moves.filter_map(|by| longest(shown, next, rows, by)).max_by_key(|(saved, _)| *saved);
    best.filter(|(saved, _)| *saved >= WORTH).map(|(_, shift)| shift)
}

/// The longest block that moved by so many rows, with the rows that this saves.
fn longest(shown: &[u64], next: &[u64], rows: usize, by: isize) -> Option<(usize, Shift)> {
    let source = |row: usize| row.checked_add_signed(by).filter(|source| *source < rows);
    let came = |row: usize| source(row).is_some_and(|source| shown.get(source) == next.get(row));
    let mut best: Option<(usize, Shift)> = None;
    let mut start = 0;
    for end in 0..=rows {
        if end < rows && came(end) {
            continue;
        }
        let saved = (start..end).filter(|row| shown.get(*row) != next.get(*row)).count();
        if best.is_none_or(|(most, _)| saved > most) && start < end {
            let (top, bottom) =
                if by > 0 { (start, end + by.unsigned_abs()) } else { (start - by.unsigned_abs(), end) };
            // What the region pushes out and does not bring back has to be written again.
            best = Some((saved, Shift { top, bottom, by }));
        }
        start = end + 1;
    }
    best
}

impl Shift {
    /// Moves the rows of what a terminal shows as it does itself: rows that nothing moved into are blank.
    pub(super) fn apply(&self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width);
        let Some(region) = buffer.content.get_mut(self.top * width..self.bottom * width) else { return };
        let cells = self.by.unsigned_abs() * width;
        let blank = |cells: &mut [Cell]| cells.iter_mut().for_each(Cell::reset);
        if self.by > 0 {
            region.rotate_left(cells);
            let kept = region.len() - cells;
            region.get_mut(kept..).map(blank);
        } else {
            region.rotate_right(cells);
            region.get_mut(..cells).map(blank);
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    /// What is kept from the frame before is what would be worked out anew.
    #[test]
    fn a_row_that_stays_keeps_its_fingerprint_and_any_other_gets_its_own() {
        let shown = Buffer::with_lines(["one", "two", "three"]);
        let next = Buffer::with_lines(["one", "seven", "two"]);
        let before = fingerprints(&shown, &Buffer::empty(Rect::ZERO), &[]);
        let rows = fingerprints(&next, &shown, &before);
        assert_eq!(rows, fingerprints(&next, &Buffer::empty(Rect::ZERO), &[]));
        assert_eq!((rows[0], rows[2]), (before[0], before[1]));
        assert_eq!(fingerprints(&shown, &shown, &[7, 8, 9]), [7, 8, 9], "compared, not worked out again");
    }

    #[test]
    fn a_block_that_moved_is_found() {
        let shown = [1, 2, 3, 4, 5, 6, 7, 8, 90];
        assert_eq!(shift(&shown, &[1, 3, 4, 5, 6, 7, 8, 20, 90]), Some(Shift { top: 1, bottom: 8, by: 1 }));
        assert_eq!(shift(&shown, &[1, 30, 2, 3, 4, 5, 6, 7, 90]), Some(Shift { top: 1, bottom: 8, by: -1 }));
        assert_eq!(shift(&shown, &[1, 4, 5, 6, 7, 8, 20, 21, 90]), Some(Shift { top: 1, bottom: 8, by: 2 }));
        assert_eq!(shift(&shown, &shown), None);
        assert_eq!(shift(&shown, &[1, 2, 30, 31, 32, 33, 34, 8, 90]), None);
        // Blank rows are all alike: they have not moved.
        assert_eq!(shift(&[1, 0, 0, 0, 0, 0, 9], &[1, 2, 0, 0, 0, 0, 9]), None);
    }
}
