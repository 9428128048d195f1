//! An age against its limit.

use jiff::SignedDuration;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::bar;
use crate::theme::{Role, Theme};
use crate::ui::format::UNKNOWN;

/// From this share of its limit on, in percent, an age is worth a warning.
const WARN_AT: u128 = 80;

/// In the last column of an age that has outgrown its bar.
const OVERFLOW: &str = "»";

/// The bar of an age and its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AgeBar {
    /// The age, if it is known.
    pub age: Option<SignedDuration>,
    /// What it may grow to.
    pub limit: SignedDuration,
}

impl AgeBar {
    /// The role that the age plays: quiet up to 80 % of the limit, a warning up to all of it, critical beyond.
    #[must_use]
    pub fn role(&self) -> Role {
        let Some(age) = self.age else { return Role::Unknown };
        let (age, limit) = (millis(age), millis(self.limit));
        if age > limit {
            Role::Critical
        } else if age * 100 >= limit * WARN_AT {
            Role::Warning
        } else {
            Role::BarFill
        }
    }

    /// Draws it over the first line of `area`; an unknown age is a dash.
    pub fn draw(&self, buffer: &mut Buffer, area: Rect, theme: &Theme) {
        let Some(age) = self.age else {
            buffer.set_stringn(area.x, area.y, UNKNOWN, usize::from(area.width), theme.style(Role::Unknown));
            return;
        };
        let part = u64::try_from(millis(age)).unwrap_or(u64::MAX);
        let whole = u64::try_from(millis(self.limit)).unwrap_or(u64::MAX);
        let role = self.role();
        bar::draw(buffer, area, part, whole, role, theme);
        if role == Role::Critical && area.width > 0 {
            let style = theme.style(Role::BarTrack).patch(theme.style(role));
            buffer.set_stringn(area.right() - 1, area.y, OVERFLOW, 1, style);
        }
    }
}

fn millis(duration: SignedDuration) -> u128 {
    u128::try_from(duration.as_millis()).unwrap_or(0)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use super::super::bar::tests::line;
    use super::*;

    const LIMIT: SignedDuration = SignedDuration::from_hours(12);

    fn drawn(age: Option<SignedDuration>) -> (String, Role) {
        let theme = Theme::load("dark", |_| None).unwrap();
        let area = Rect::new(0, 0, 6, 1);
        let mut buffer = Buffer::empty(area);
        let bar = AgeBar { age, limit: LIMIT };
        bar.draw(&mut buffer, area, &theme);
        assert_eq!(Some(buffer.cell((0, 0)).unwrap().fg), theme.style(bar.role()).fg, "{age:?}");
        (line(&buffer), bar.role())
    }

    #[test]
    fn it_turns_as_the_age_nears_its_limit_and_says_when_it_is_past() {
        for (minutes, text, role) in [
            (5, "▏     ", Role::BarFill),
            (6 * 60, "███   ", Role::BarFill),
            (12 * 48 - 1, "████▊ ", Role::BarFill),
            (12 * 48, "████▊ ", Role::Warning),
            (12 * 60, "██████", Role::Warning),
            (12 * 60 + 1, "█████»", Role::Critical),
            (90 * 60, "█████»", Role::Critical),
        ] {
            assert_eq!(drawn(Some(SignedDuration::from_mins(minutes))), (text.to_owned(), role), "{minutes}");
        }
    }

    #[test]
    fn an_unknown_age_is_a_dash_and_no_empty_bar() {
        assert_eq!(drawn(None), ("–     ".to_owned(), Role::Unknown));
    }

    #[test]
    fn a_bar_without_room_is_not_drawn() {
        let theme = Theme::load("dark", |_| None).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 1, 1));
        AgeBar { age: Some(LIMIT * 2), limit: LIMIT }.draw(&mut buffer, Rect::new(0, 0, 0, 1), &theme);
        assert_eq!(line(&buffer), " ");
    }
}
