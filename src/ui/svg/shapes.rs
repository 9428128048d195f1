//! Frames, bars and signs as shapes.

use std::fmt::Write as _;

use super::{COLUMN, LINE, Placed};

/// Thickness of a line of a frame.
const LIGHT: f64 = 1.0;
const HEAVY: f64 = 2.0;

/// Radius of a rounded corner.
const CORNER: f64 = 4.5;

/// Which of its four edges a frame character reaches, and how thick it is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Frame {
    left: bool,
    right: bool,
    up: bool,
    down: bool,
    thickness: f64,
}

/// Frame characters, light and heavy, with the edges that they reach: left, right, up, down.
const FRAMES: [(&str, &str, [bool; 4]); 11] = [
    ("─", "━", [true, true, false, false]),
    ("│", "┃", [false, false, true, true]),
    ("┌", "┏", [false, true, false, true]),
    ("┐", "┓", [true, false, false, true]),
    ("└", "┗", [false, true, true, false]),
    ("┘", "┛", [true, false, true, false]),
    ("├", "┣", [false, true, true, true]),
    ("┤", "┫", [true, false, true, true]),
    ("┬", "┳", [true, true, false, true]),
    ("┴", "┻", [true, true, true, false]),
    ("┼", "╋", [true, true, true, true]),
];

/// Rounded corners, with their directions from the middle of the cell: right and down are positive.
const CORNERS: [(&str, f64, f64); 4] = [("╭", 1.0, 1.0), ("╮", -1.0, 1.0), ("╰", 1.0, -1.0), ("╯", -1.0, -1.0)];

/// Blocks, as left, top, width and height in eighths of the cell, with their opacity.
const BLOCKS: [(&str, [f64; 4], f64); 22] = [
    ("█", [0.0, 0.0, 8.0, 8.0], 1.0),
    ("▉", [0.0, 0.0, 7.0, 8.0], 1.0),
    ("▊", [0.0, 0.0, 6.0, 8.0], 1.0),
    ("▋", [0.0, 0.0, 5.0, 8.0], 1.0),
    ("▌", [0.0, 0.0, 4.0, 8.0], 1.0),
    ("▍", [0.0, 0.0, 3.0, 8.0], 1.0),
    ("▎", [0.0, 0.0, 2.0, 8.0], 1.0),
    ("▏", [0.0, 0.0, 1.0, 8.0], 1.0),
    ("▇", [0.0, 1.0, 8.0, 7.0], 1.0),
    ("▆", [0.0, 2.0, 8.0, 6.0], 1.0),
    ("▅", [0.0, 3.0, 8.0, 5.0], 1.0),
    ("▄", [0.0, 4.0, 8.0, 4.0], 1.0),
    ("▃", [0.0, 5.0, 8.0, 3.0], 1.0),
    ("▂", [0.0, 6.0, 8.0, 2.0], 1.0),
    ("▁", [0.0, 7.0, 8.0, 1.0], 1.0),
    ("▀", [0.0, 0.0, 8.0, 4.0], 1.0),
    ("▔", [0.0, 0.0, 8.0, 1.0], 1.0),
    ("▐", [4.0, 0.0, 4.0, 8.0], 1.0),
    ("▕", [7.0, 0.0, 1.0, 8.0], 1.0),
    ("░", [0.0, 0.0, 8.0, 8.0], 0.25),
    ("▒", [0.0, 0.0, 8.0, 8.0], 0.5),
    ("▓", [0.0, 0.0, 8.0, 8.0], 0.75),
];

/// A sign as SVG path data around the middle of its cell, and whether it is filled or a line.
const SIGNS: [(&str, &str, bool); 13] = [
    ("●", "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", true),
    ("▲", "M0 -4.5L4.25 3.5H-4.25z", true),
    ("○", "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z", false),
    ("◌", "M3.5 0h.1M2.5 2.5h.1M0 3.5h.1M-2.5 2.5h.1M-3.5 0h.1M-2.5 -2.5h.1M0 -3.5h.1M2.5 -2.5h.1", false),
    ("◷", "M-3.75 0a3.75 3.75 0 1 0 7.5 0a3.75 3.75 0 1 0 -7.5 0zM0 -2.5V0H2", false),
    ("⊘", "M-3.75 0a3.75 3.75 0 1 0 7.5 0a3.75 3.75 0 1 0 -7.5 0zM2.5 -2.5L-2.5 2.5", false),
    ("≋", "M-4 -3q2 -2 4 0t4 0M-4 0q2 -2 4 0t4 0M-4 3q2 -2 4 0t4 0", false),
    ("✕", "M-3 -3L3 3M3 -3L-3 3", false),
    ("✓", "M-3.5 0.5L-1 3L3.5 -3", false),
    ("▴", "M0 -2.5L3 2H-3z", true),
    ("▾", "M0 2.5L3 -2H-3z", true),
    ("›", "M-1.5 -3L1.5 0L-1.5 3", false),
    ("»", "M-3 -3L0 0L-3 3M0.5 -3L3.5 0L0.5 3", false),
];

/// Whether a cell is drawn as a shape and not as text.
pub(super) fn is_shape(symbol: &str) -> bool {
    frame(symbol).is_some()
        || CORNERS.iter().any(|(known, ..)| *known == symbol)
        || BLOCKS.iter().any(|(known, ..)| *known == symbol)
        || SIGNS.iter().any(|(known, ..)| *known == symbol)
}

/// Draws every shape; neighbours that are alike become one.
pub(super) fn draw(out: &mut String, cells: &[Placed<'_>]) {
    let alike = |a: &Placed<'_>, b: &Placed<'_>| a.meets(b) && a.symbol == b.symbol && a.ink.fg == b.ink.fg;
    for stretch in cells.chunk_by(alike) {
        let ([first, ..], [.., last]) = (stretch, stretch) else { continue };
        let across = matches!(first.symbol, "─" | "━")
            || BLOCKS.iter().any(|(known, at, _)| *known == first.symbol && at[2] == 8.0);
        if across {
            shape(out, first, last.right() - first.x);
        } else {
            stretch.iter().for_each(|cell| shape(out, cell, COLUMN));
        }
    }
}

fn shape(out: &mut String, cell: &Placed<'_>, width: f64) {
    let (middle_x, middle_y, color) = (cell.x + COLUMN / 2.0, cell.y + LINE / 2.0, cell.ink.fg);
    if let Some(frame) = frame(cell.symbol) {
        let path = frame.path(cell.x, cell.y, width);
        let _ =
            writeln!(out, "<path d=\"{path}\" fill=\"none\" stroke=\"{color}\" stroke-width=\"{}\"/>", frame.thickness);
    } else if let Some((_, right, down)) = CORNERS.iter().find(|(known, ..)| *known == cell.symbol) {
        let (far_x, far_y) = (middle_x + right * COLUMN / 2.0, middle_y + down * LINE / 2.0);
        let bend = middle_y + down * CORNER;
        let _ = writeln!(
            out,
            "<path d=\"M{far_x} {middle_y}Q{middle_x} {middle_y} {middle_x} {bend}V{far_y}\" fill=\"none\" stroke=\"{color}\"/>"
        );
    } else if let Some((_, [left, top, across, tall], opacity)) =
        BLOCKS.iter().find(|(known, ..)| *known == cell.symbol)
    {
        let across = if *across == 8.0 { width } else { across * COLUMN / 8.0 };
        let faint = if *opacity < 1.0 { format!(" fill-opacity=\"{opacity}\"") } else { String::new() };
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{across}\" height=\"{}\" fill=\"{color}\"{faint} shape-rendering=\"crispEdges\"/>",
            cell.x + left * COLUMN / 8.0,
            cell.y + top * LINE / 8.0,
            tall * LINE / 8.0,
        );
    } else if let Some((_, path, filled)) = SIGNS.iter().find(|(known, ..)| *known == cell.symbol) {
        let paint = if *filled {
            format!("fill=\"{color}\"")
        } else {
            format!(
                "fill=\"none\" stroke=\"{color}\" stroke-width=\"1.25\" stroke-linecap=\"round\" stroke-linejoin=\"round\""
            )
        };
        let _ = writeln!(out, "<path transform=\"translate({middle_x} {middle_y})\" d=\"{path}\" {paint}/>");
    }
}

fn frame(symbol: &str) -> Option<Frame> {
    FRAMES.iter().find_map(|(light, heavy, [left, right, up, down])| {
        let thickness = match symbol {
            known if known == *light => LIGHT,
            known if known == *heavy => HEAVY,
            _ => return None,
        };
        Some(Frame { left: *left, right: *right, up: *up, down: *down, thickness })
    })
}

impl Frame {
    /// From the middle of the cell to each edge that is reached; `width` is more than a column for a stretch of lines.
    fn path(self, x: f64, y: f64, width: f64) -> String {
        let (middle_x, middle_y) = (x + COLUMN / 2.0, y + LINE / 2.0);
        let mut path = String::new();
        if self.left || self.right {
            let from = if self.left { x } else { middle_x - self.overlap() };
            let to = if self.right { x + width } else { middle_x + self.overlap() };
            let _ = write!(path, "M{from} {middle_y}H{to}");
        }
        if self.up || self.down {
            let from = if self.up { y } else { middle_y - self.overlap() };
            let to = if self.down { y + LINE } else { middle_y + self.overlap() };
            let _ = write!(path, "M{middle_x} {from}V{to}");
        }
        path
    }

    /// Past the middle, so that a corner has no notch.
    fn overlap(self) -> f64 {
        self.thickness / 2.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::widgets::glyph::Glyph;

    #[test]
    fn every_sign_of_ours_is_a_shape() {
        for glyph in Glyph::ALL {
            assert!(is_shape(glyph.symbol()), "{glyph:?}");
        }
        assert!(!is_shape("a") && !is_shape(" ") && !is_shape("日"));
    }
}
