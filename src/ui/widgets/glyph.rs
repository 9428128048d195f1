//! One glyph beside every colour, so that nothing is told by colour alone.

use ratatui::buffer::Buffer;
use ratatui::layout::Position;

use crate::fleet::finding::Severity;
use crate::fleet::reading::PanelState;
use crate::theme::{Role, Theme};

/// A sign one column wide. Healthy has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Glyph {
    /// A finding that hurts.
    Critical,
    /// A finding that will hurt.
    Warning,
    /// A finding worth knowing.
    Info,
    /// Nothing has been read yet.
    Loading,
    /// Read longer ago than it should be.
    Stale,
    /// The role may not read it.
    Denied,
    /// AWS refuses for now.
    Throttled,
    /// The read failed.
    Failed,
    /// A marked row.
    Marked,
    /// The sorted column, smallest first.
    Ascending,
    /// The sorted column, largest first.
    Descending,
    /// Between the steps of a path.
    Step,
}

impl Glyph {
    /// Every glyph.
    pub const ALL: [Self; 12] = [
        Self::Critical,
        Self::Warning,
        Self::Info,
        Self::Loading,
        Self::Stale,
        Self::Denied,
        Self::Throttled,
        Self::Failed,
        Self::Marked,
        Self::Ascending,
        Self::Descending,
        Self::Step,
    ];

    /// The sign for a finding.
    #[must_use]
    pub fn of_severity(severity: Severity) -> Self {
        match severity {
            Severity::Critical => Self::Critical,
            Severity::Warning => Self::Warning,
            Severity::Info => Self::Info,
        }
    }

    /// The sign for what a panel is worth; none for live.
    #[must_use]
    pub fn of_panel(state: PanelState) -> Option<Self> {
        match state {
            PanelState::Live => None,
            PanelState::Loading => Some(Self::Loading),
            PanelState::Stale => Some(Self::Stale),
            PanelState::Denied => Some(Self::Denied),
            PanelState::Throttled => Some(Self::Throttled),
            PanelState::Failed => Some(Self::Failed),
        }
    }

    /// The sign itself. [`crate::ui::ascii`] turns it into ASCII where that is asked for.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Critical => "●",
            Self::Warning => "▲",
            Self::Info => "○",
            Self::Loading => "◌",
            Self::Stale => "◷",
            Self::Denied => "⊘",
            Self::Throttled => "≋",
            Self::Failed => "✕",
            Self::Marked => "✓",
            Self::Ascending => "▴",
            Self::Descending => "▾",
            Self::Step => "›",
        }
    }

    /// The role whose colour it has.
    #[must_use]
    pub fn role(self) -> Role {
        match self {
            Self::Critical | Self::Failed => Role::Critical,
            Self::Warning | Self::Denied | Self::Throttled => Role::Warning,
            Self::Info => Role::Info,
            Self::Loading | Self::Step => Role::Muted,
            Self::Stale => Role::Stale,
            Self::Marked => Role::Marked,
            Self::Ascending | Self::Descending => Role::Accent,
        }
    }

    /// Draws it in its colour; the ground stays as it is. Outside the buffer nothing is drawn.
    pub fn draw(self, buffer: &mut Buffer, at: Position, theme: &Theme) {
        if let Some(cell) = buffer.cell_mut(at) {
            cell.set_symbol(self.symbol()).set_style(theme.style(self.role()));
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use ratatui::layout::Rect;
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn each_is_one_column_and_no_two_are_alike() {
        for (place, glyph) in Glyph::ALL.into_iter().enumerate() {
            assert_eq!(glyph.symbol().width(), 1, "{glyph:?}");
            assert_eq!(glyph.symbol().chars().count(), 1, "{glyph:?}");
            assert!(Glyph::ALL[place + 1..].iter().all(|other| other.symbol() != glyph.symbol()), "{glyph:?}");
        }
    }

    #[test]
    fn it_draws_its_sign_in_its_colour_and_keeps_the_ground() {
        let theme = Theme::load("dark", |_| None).unwrap();
        let mut buffer = Buffer::empty(Rect::new(0, 0, 2, 1));
        buffer.set_style(Rect::new(0, 0, 2, 1), theme.style(Role::Selected));
        Glyph::Critical.draw(&mut buffer, Position::new(1, 0), &theme);
        Glyph::Critical.draw(&mut buffer, Position::new(2, 0), &theme);
        let cell = buffer.cell((1, 0)).unwrap();
        assert_eq!(cell.symbol(), "●");
        assert_eq!(Some(cell.fg), theme.style(Role::Critical).fg);
        assert_eq!(Some(cell.bg), theme.style(Role::Selected).bg);
    }

    #[test]
    fn healthy_is_quiet() {
        assert_eq!(Glyph::of_panel(PanelState::Live), None);
        assert_eq!(Glyph::of_panel(PanelState::Denied), Some(Glyph::Denied));
    }
}
