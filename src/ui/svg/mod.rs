//! A picture of a frame as SVG: the same bytes for the same frame, and text that can be read, selected and diffed.
//!
//! What has to meet its neighbours (frames, bars) and our own signs are drawn as shapes; everything else is text, word by
//! word at its own column, stretched to the grid so that any monospace font will do.

mod shapes;

use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::Modifier;
use unicode_width::UnicodeWidthStr;

use crate::theme::{Rgb, Theme};

/// Columns and lines in pixels. Odd, so that a line of one pixel through the middle of a cell is sharp.
const COLUMN: f64 = 9.0;
const LINE: f64 = 19.0;

/// From the top of a cell to the line that letters stand on.
const BASELINE: f64 = 14.0;

/// Around the frame.
const MARGIN: f64 = 14.0;

/// Height of the window's title bar.
const BAR: f64 = 34.0;

const FONTS: &str =
    "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono','Noto Sans Mono',monospace";

/// The buttons that a window has, from the left.
const BUTTONS: [Rgb; 3] = [Rgb(0xed, 0x6a, 0x5e), Rgb(0xf4, 0xbf, 0x4f), Rgb(0x61, 0xc5, 0x54)];

/// Draws a frame as a terminal window with that title, in the theme's idea of the terminal's own colours.
#[must_use]
pub fn render(buffer: &Buffer, theme: &Theme, title: &str) -> String {
    let (columns, lines) = (f64::from(buffer.area.width), f64::from(buffer.area.height));
    let (width, height) = (columns * COLUMN + 2.0 * MARGIN, lines * LINE + BAR + MARGIN);
    let mut out = String::new();
    open(&mut out, width, height, title);
    window(&mut out, width, height, theme, title);
    let cells: Vec<Placed<'_>> = placed(buffer, theme).collect();
    grounds(&mut out, &cells);
    shapes::draw(&mut out, &cells);
    words(&mut out, &cells);
    out.push_str("</svg>\n");
    out
}

/// A cell that shows something of its own, and where.
#[derive(Debug, Clone)]
struct Placed<'b> {
    symbol: &'b str,
    /// Left and top edge in pixels.
    x: f64,
    y: f64,
    /// Width in columns.
    columns: f64,
    ink: Ink,
}

/// How a cell looks, with nothing left to the terminal.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Ink {
    fg: Rgb,
    /// `None`: the terminal's own.
    bg: Option<Rgb>,
    modifiers: Modifier,
}

impl Placed<'_> {
    fn right(&self) -> f64 {
        self.x + self.columns * COLUMN
    }

    /// Whether `next` follows in the same line without a gap.
    fn meets(&self, next: &Self) -> bool {
        self.y == next.y && self.right() == next.x
    }
}

fn placed<'b>(buffer: &'b Buffer, theme: &Theme) -> impl Iterator<Item = Placed<'b>> {
    let mut covered_until = 0.0;
    buffer.area.positions().filter_map(move |at| {
        let cell = buffer.cell(at)?;
        let x = MARGIN + f64::from(at.x - buffer.area.x) * COLUMN;
        let y = BAR + f64::from(at.y - buffer.area.y) * LINE;
        if at.x == buffer.area.x {
            covered_until = 0.0;
        }
        if x < covered_until {
            return None;
        }
        let columns = if cell.symbol().width() > 1 { 2.0 } else { 1.0 };
        covered_until = x + columns * COLUMN;
        Some(Placed { symbol: cell.symbol(), x, y, columns, ink: ink(cell, theme) })
    })
}

fn ink(cell: &Cell, theme: &Theme) -> Ink {
    let mut fg = Rgb::shown(cell.fg).unwrap_or(theme.foreground());
    let mut bg = Rgb::shown(cell.bg);
    if cell.modifier.contains(Modifier::REVERSED) {
        (fg, bg) = (bg.unwrap_or(theme.background()), Some(fg));
    }
    if cell.modifier.contains(Modifier::DIM) {
        fg = mix(fg, bg.unwrap_or(theme.background()), 0.4);
    }
    let modifiers = cell.modifier & (Modifier::BOLD | Modifier::ITALIC | Modifier::UNDERLINED | Modifier::CROSSED_OUT);
    Ink { fg, bg, modifiers }
}

/// `a` with a share of `b`.
fn mix(a: Rgb, b: Rgb, share: f64) -> Rgb {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a mean of two bytes is a byte")]
    let mean = |a: u8, b: u8| (f64::from(a) * (1.0 - share) + f64::from(b) * share).round() as u8;
    Rgb(mean(a.0, b.0), mean(a.1, b.1), mean(a.2, b.2))
}

fn open(out: &mut String, width: f64, height: f64, title: &str) {
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         role=\"img\" font-family=\"{FONTS}\" font-size=\"15\">"
    );
    let _ = writeln!(out, "<title>{}</title>", escape(title));
}

fn window(out: &mut String, width: f64, height: f64, theme: &Theme, title: &str) {
    let (ground, text) = (theme.background(), theme.foreground());
    let edge = mix(ground, text, 0.18);
    let _ = writeln!(
        out,
        "<rect x=\"0.5\" y=\"0.5\" width=\"{}\" height=\"{}\" rx=\"10\" fill=\"{ground}\" stroke=\"{edge}\"/>",
        width - 1.0,
        height - 1.0,
    );
    for (place, button) in (0u8..).zip(BUTTONS) {
        let x = 20.0 + f64::from(place) * 20.0;
        let _ = writeln!(out, "<circle cx=\"{x}\" cy=\"17\" r=\"6\" fill=\"{button}\"/>");
    }
    let _ = writeln!(
        out,
        "<text x=\"{}\" y=\"22\" text-anchor=\"middle\" font-size=\"13\" fill=\"{}\">{}</text>",
        width / 2.0,
        mix(text, ground, 0.35),
        escape(title),
    );
}

/// Grounds, a rectangle for each stretch of one colour.
fn grounds(out: &mut String, cells: &[Placed<'_>]) {
    for stretch in cells.chunk_by(|a, b| a.meets(b) && a.ink.bg == b.ink.bg) {
        let ([first, ..], [.., last]) = (stretch, stretch) else { continue };
        let Some(ground) = first.ink.bg else { continue };
        let _ = writeln!(
            out,
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{LINE}\" fill=\"{ground}\" shape-rendering=\"crispEdges\"/>",
            first.x,
            first.y,
            last.right() - first.x,
        );
    }
}

/// Text, an element for each word or wide character. Spaces count where a line goes through or under them.
fn words(out: &mut String, cells: &[Placed<'_>]) {
    const LINED: Modifier = Modifier::UNDERLINED.union(Modifier::CROSSED_OUT);
    let shown = |cell: &Placed<'_>| {
        let blank = cell.symbol.trim().is_empty() && !cell.ink.modifiers.intersects(LINED);
        !blank && !shapes::is_shape(cell.symbol)
    };
    let together = |a: &Placed<'_>, b: &Placed<'_>| {
        shown(a) == shown(b)
            && a.meets(b)
            && a.columns == 1.0
            && b.columns == 1.0
            && a.ink.fg == b.ink.fg
            && a.ink.modifiers == b.ink.modifiers
    };
    for word in cells.chunk_by(together) {
        let ([first, ..], [.., last]) = (word, word) else { continue };
        if !shown(first) {
            continue;
        }
        let text: String = word.iter().map(|cell| escape(cell.symbol)).collect();
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"{}>{text}</text>",
            first.x,
            first.y + BASELINE,
            last.right() - first.x,
            first.ink.fg,
            attributes(first.ink.modifiers),
        );
    }
}

fn attributes(modifiers: Modifier) -> String {
    let has = |modifier, text: &'static str| if modifiers.contains(modifier) { text } else { "" };
    let weight = has(Modifier::BOLD, " font-weight=\"bold\"");
    let slope = has(Modifier::ITALIC, " font-style=\"italic\"");
    let lines = [has(Modifier::UNDERLINED, "underline"), has(Modifier::CROSSED_OUT, "line-through")].join(" ");
    match lines.trim() {
        "" => format!("{weight}{slope}"),
        lines => format!("{weight}{slope} text-decoration=\"{lines}\" xml:space=\"preserve\""),
    }
}

/// Text as XML has it; characters that XML cannot hold are replaced.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{FFFE}' | '\u{FFFF}' => out.push('\u{FFFD}'),
            c if c.is_control() => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
