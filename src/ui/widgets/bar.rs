//! A bar in eighths of a column.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::theme::{Role, Theme};

/// What a column shows with so many of its eighths filled.
const EIGHTHS: [&str; 9] = [" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"];

/// What an empty column shows where the theme gives the track no ground to be seen by.
const BARE_TRACK: &str = "·";

/// Fills `area` (its first line) from the left with `part / whole` of its columns.
///
/// More than the whole fills all of it; anything above nothing shows at least one eighth, and the last eighth fills only
/// when the whole is reached. A whole of zero fills nothing.
pub fn draw(buffer: &mut Buffer, area: Rect, part: u64, whole: u64, fill: Role, theme: &Theme) {
    let area = area.intersection(buffer.area);
    if area.is_empty() {
        return;
    }
    let track = theme.style(Role::BarTrack);
    let mut left = eighths(part, whole, area.width);
    for x in area.left()..area.right() {
        let here = left.min(8);
        left -= here;
        let Some(cell) = buffer.cell_mut((x, area.y)) else { continue };
        let empty = if track.bg.is_none() { BARE_TRACK } else { EIGHTHS[0] };
        if here == 0 {
            cell.set_symbol(empty).set_style(track);
        } else {
            let symbol = EIGHTHS.get(usize::from(here)).copied().unwrap_or(empty);
            cell.set_symbol(symbol).set_style(track).set_style(ink(theme, fill));
        }
    }
}

/// A role's colour without its weight: blocks have none.
fn ink(theme: &Theme, role: Role) -> Style {
    Style { fg: theme.style(role).fg, ..Style::new() }
}

/// Eighths to fill of a bar of so many columns.
fn eighths(part: u64, whole: u64, columns: u16) -> u16 {
    let room = columns.saturating_mul(8);
    if part == 0 || whole == 0 {
        return 0;
    }
    if part >= whole {
        return room;
    }
    let exact = u128::from(part) * u128::from(room) / u128::from(whole);
    u16::try_from(exact).unwrap_or(room).max(1)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
pub(super) mod tests {
    use ratatui::style::Color;

    use super::*;
    use crate::theme::{Depth, fit};

    /// The first line of a buffer.
    pub fn line(buffer: &Buffer) -> String {
        (0..buffer.area.width).filter_map(|x| buffer.cell((x, 0))).map(|cell| cell.symbol()).collect()
    }

    fn drawn(part: u64, whole: u64, columns: u16, theme: &Theme) -> Buffer {
        let area = Rect::new(0, 0, columns, 1);
        let mut buffer = Buffer::empty(area);
        draw(&mut buffer, area, part, whole, Role::BarFill, theme);
        buffer
    }

    #[test]
    fn it_fills_by_eighths_and_never_looks_full_or_empty_when_it_is_not() {
        let theme = Theme::load("dark", |_| None).unwrap();
        for (part, whole, text) in [
            (0, 16, "    "),
            (1, 1_000_000, "▏   "),
            (3, 32, "▍   "),
            (8, 32, "█   "),
            (17, 32, "██▏ "),
            (999, 1000, "███▉"),
            (32, 32, "████"),
            (40, 32, "████"),
            (1, 0, "    "),
            (u64::MAX - 1, u64::MAX, "███▉"),
        ] {
            assert_eq!(line(&drawn(part, whole, 4, &theme)), text, "{part}/{whole}");
        }
        assert_eq!(line(&drawn(1, 2, 0, &theme)), "");
    }

    #[test]
    fn the_track_shows_through_and_is_dotted_without_colours() {
        let theme = Theme::load("dark", |_| None).unwrap();
        let buffer = drawn(1, 2, 2, &theme);
        let cell = buffer.cell((0, 0)).unwrap();
        assert_eq!((Some(cell.fg), Some(cell.bg)), (theme.style(Role::BarFill).fg, theme.style(Role::BarTrack).bg));
        let plain = drawn(1, 2, 2, &fit(&theme, Depth::None));
        assert_eq!(line(&plain), "█·");
        assert_eq!(plain.cell((0, 0)).unwrap().fg, Color::Reset);
    }

    #[test]
    fn outside_the_buffer_nothing_is_drawn() {
        let theme = Theme::load("dark", |_| None).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        draw(&mut buffer, Rect::new(1, 0, 5, 1), 1, 1, Role::BarFill, &theme);
        draw(&mut buffer, Rect::new(0, 7, 5, 1), 1, 1, Role::BarFill, &theme);
        assert_eq!(line(&buffer), " █");
    }
}
