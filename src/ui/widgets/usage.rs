//! How much of something is taken, such as an instance's CPU or memory.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bar;
use crate::fleet::view::Known;
use crate::theme::{Role, Theme};
use crate::ui::format::UNKNOWN;

/// In the last column of a bar that shows only what could be read: there may be more.
const AT_LEAST: &str = "+";

/// The bar of a part that is used and the total that there is, in any one unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UsageBar {
    /// What is used.
    pub used: Known<u64>,
    /// What there is.
    pub total: Known<u64>,
}

impl UsageBar {
    /// Draws it over the first line of `area`. Full is no fault, so it has one colour; a dash if either side is unknown.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let (Some(used), Some(total)) = (self.used.value(), self.total.value().filter(|total| *total > 0)) else {
            buffer.set_stringn(area.x, area.y, UNKNOWN, usize::from(area.width), theme.style(Role::Unknown));
            return;
        };
        bar::draw(buffer, area, used, total, Role::BarFill, theme);
        let partial = matches!(self.used, Known::AtLeast(_)) || matches!(self.total, Known::AtLeast(_));
        if partial && area.width > 0 {
            buffer.set_stringn(area.right() - 1, area.y, AT_LEAST, 1, theme.style(Role::BarTrack));
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::bar::tests::line;
    use super::*;

    fn drawn(used: Known<u64>, total: Known<u64>) -> String {
        let theme = Theme::load("dark", |_| None).unwrap();
        let area = Rect::new(0, 0, 4, 1);
        let mut buffer = Buffer::empty(area);
        UsageBar { used, total }.draw(&mut buffer, area, &theme);
        line(&buffer)
    }

    #[test]
    fn it_shows_the_part_that_is_taken() {
        assert_eq!(drawn(Known::Exactly(1536), Known::Exactly(2048)), "███ ");
        assert_eq!(drawn(Known::Exactly(0), Known::Exactly(2048)), "    ");
        assert_eq!(drawn(Known::Exactly(2048), Known::Exactly(2048)), "████");
    }

    #[test]
    fn what_is_not_known_is_not_drawn_as_empty() {
        assert_eq!(drawn(Known::Unknown, Known::Exactly(2048)), "–   ");
        assert_eq!(drawn(Known::Exactly(1), Known::Unknown), "–   ");
        assert_eq!(drawn(Known::Exactly(0), Known::Exactly(0)), "–   ");
        assert_eq!(drawn(Known::AtLeast(1024), Known::Exactly(2048)), "██ +");
    }
}
