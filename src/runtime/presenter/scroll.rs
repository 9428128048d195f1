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

/// What each row shows, in a number; two rows that differ have different ones.
pub(super) fn fingerprints(buffer: &Buffer) -> Vec<u64> {
    let width = usize::from(buffer.area.width).max(1);
    let of_row = |row: &[Cell]| {
        let mut hasher = DefaultHasher::new();
        row.hash(&mut hasher);
        hasher.finish()
    };
    buffer.content.chunks(width).map(of_row).collect()
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
    use super::*;

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
