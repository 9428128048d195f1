//! What a frame showed where, as drawing tells the core.

use super::place::Screen;

/// A rectangle of cells.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Area {
    /// Leftmost column, from 0.
    pub x: u16,
    /// Topmost row, from 0.
    pub y: u16,
    /// Columns.
    pub width: u16,
    /// Rows.
    pub height: u16,
}

impl Area {
    /// Whether the cell at (`x`, `y`) lies inside.
    #[must_use]
    pub fn contains(&self, x: u16, y: u16) -> bool {
        let inside = |at: u16, from: u16, length: u16| at >= from && at - from < length;
        inside(x, self.x, self.width) && inside(y, self.y, self.height)
    }
}

/// What a press of the mouse means in some area.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HitTarget {
    /// The rows of the table, the first of them being number `first` of the order.
    Rows {
        /// Number of the topmost row.
        first: usize,
    },
    /// The title of a column, by its number among all columns: sorts by it.
    Column(usize),
    /// A screen, by its name in the header or by its summary.
    Screen(Screen),
    /// The lines of a page, the first of them being line `first`.
    Lines {
        /// Number of the topmost line.
        first: usize,
    },
    /// The rows of the log viewer, one on each line, by number.
    Log {
        /// The row on each line of the area, where there is one.
        rows: Vec<Option<u64>>,
    },
    /// The histogram: each column stands for so many milliseconds from a time on.
    Moments {
        /// Milliseconds since 1970 at the first column.
        from: i64,
        /// Milliseconds in a column.
        width: i64,
    },
    /// The choices of an overlay, the first of them being number `first`.
    Choices {
        /// Number of the topmost choice.
        first: usize,
    },
}

/// Something that a press of the mouse reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Where.
    pub area: Area,
    /// What.
    pub target: HitTarget,
}

/// What a frame showed where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// Rows that the table of the screen had room for; 0 if there was no table.
    pub table_rows: usize,
    /// Lines that the page of one thing had room for; 0 if there was none.
    pub page_lines: usize,
    /// Columns of text and lines that the log viewer had room for; `None` if there was none.
    pub log: Option<(usize, usize)>,
    /// Lines that the overlay had room for; 0 if there was none.
    pub overlay_lines: usize,
    /// The furthest line that a scrolled overlay may begin with.
    pub furthest: usize,
    /// What the mouse can reach, later ones above earlier ones.
    pub hits: Vec<Hit>,
}
