//! What a colour is for.

/// A role that something on screen plays. Themes colour roles, never widgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Ordinary text.
    Text,
    /// Text that steps back: labels, units, what is all right.
    Muted,
    /// Text that stands out without being wrong.
    Strong,
    /// What belongs to the place where one is.
    Accent,
    /// What leads somewhere.
    Link,
    /// The title of a panel.
    Title,
    /// The title of the panel that has the keys.
    TitleFocused,
    /// Column headings.
    Header,
    /// The frame of a panel.
    Border,
    /// The frame of the panel that has the keys.
    BorderFocused,
    /// A name on a coloured ground, such as the fleet's.
    Badge,
    /// The same, for a state to be wary of, such as throttled.
    BadgeWarning,
    /// The same, for a state that hurts, such as alarms firing.
    BadgeCritical,
    /// The row under the cursor; laid over the row's own colours.
    Selected,
    /// The same in a panel that does not have the keys.
    SelectedUnfocused,
    /// A row that is marked.
    Marked,
    /// The part of a text that a filter matched.
    Match,
    /// The cursor in a line of text.
    Cursor,
    /// The ground of what lies over a screen.
    Overlay,
    /// A finding worth knowing.
    Info,
    /// A finding that will hurt.
    Warning,
    /// A finding that hurts.
    Critical,
    /// Good news, where it was waited for. Healthy is quiet otherwise.
    Good,
    /// What is not known.
    Unknown,
    /// What was known and is old.
    Stale,
    /// The filled part of a bar.
    BarFill,
    /// The rest of a bar.
    BarTrack,
    /// A key in the hint bar or in help.
    HintKey,
    /// What that key does.
    HintText,
    /// Text being typed.
    Input,
    /// A log line that says warning.
    LineWarning,
    /// A log line that says error or worse.
    LineError,
    /// What happened to the fleet, between log lines; and times of which lines are missing.
    LineMarker,
    /// The names of sources of log lines, each in a colour of its own.
    Source1,
    /// See [`Role::Source1`].
    Source2,
    /// See [`Role::Source1`].
    Source3,
    /// See [`Role::Source1`].
    Source4,
    /// See [`Role::Source1`].
    Source5,
    /// See [`Role::Source1`].
    Source6,
    /// What a search highlights, each in a colour of its own.
    Highlight1,
    /// See [`Role::Highlight1`].
    Highlight2,
    /// See [`Role::Highlight1`].
    Highlight3,
    /// What a writer of log lines coloured red.
    InkRed,
    /// The same in green.
    InkGreen,
    /// The same in yellow.
    InkYellow,
    /// The same in blue.
    InkBlue,
    /// The same in magenta.
    InkMagenta,
    /// The same in cyan.
    InkCyan,
}

/// Roles with the names that they have in a theme file.
pub(super) const NAMES: [(Role, &str); Role::COUNT] = [
    (Role::Text, "text"),
    (Role::Muted, "muted"),
    (Role::Strong, "strong"),
    (Role::Accent, "accent"),
    (Role::Link, "link"),
    (Role::Title, "title"),
    (Role::TitleFocused, "title_focused"),
    (Role::Header, "header"),
    (Role::Border, "border"),
    (Role::BorderFocused, "border_focused"),
    (Role::Badge, "badge"),
    (Role::BadgeWarning, "badge_warning"),
    (Role::BadgeCritical, "badge_critical"),
    (Role::Selected, "selected"),
    (Role::SelectedUnfocused, "selected_unfocused"),
    (Role::Marked, "marked"),
    (Role::Match, "match"),
    (Role::Cursor, "cursor"),
    (Role::Overlay, "overlay"),
    (Role::Info, "info"),
    (Role::Warning, "warning"),
    (Role::Critical, "critical"),
    (Role::Good, "good"),
    (Role::Unknown, "unknown"),
    (Role::Stale, "stale"),
    (Role::BarFill, "bar_fill"),
    (Role::BarTrack, "bar_track"),
    (Role::HintKey, "hint_key"),
    (Role::HintText, "hint_text"),
    (Role::Input, "input"),
    (Role::LineWarning, "line_warning"),
    (Role::LineError, "line_error"),
    (Role::LineMarker, "line_marker"),
    (Role::Source1, "source_1"),
    (Role::Source2, "source_2"),
    (Role::Source3, "source_3"),
    (Role::Source4, "source_4"),
    (Role::Source5, "source_5"),
    (Role::Source6, "source_6"),
    (Role::Highlight1, "highlight_1"),
    (Role::Highlight2, "highlight_2"),
    (Role::Highlight3, "highlight_3"),
    (Role::InkRed, "ink_red"),
    (Role::InkGreen, "ink_green"),
    (Role::InkYellow, "ink_yellow"),
    (Role::InkBlue, "ink_blue"),
    (Role::InkMagenta, "ink_magenta"),
    (Role::InkCyan, "ink_cyan"),
];

impl Role {
    /// How many roles there are.
    pub const COUNT: usize = Self::InkCyan as usize + 1;

    /// Every role with its name in a theme file.
    pub fn all() -> impl Iterator<Item = (Self, &'static str)> {
        NAMES.into_iter()
    }

    /// The role of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        NAMES.iter().find(|(_, known)| *known == name).map(|(role, _)| *role)
    }

    /// Whether its ground alone tells it apart, so that without colours it must be reversed.
    #[must_use]
    pub fn told_by_ground(self) -> bool {
        matches!(
            self,
            Self::Badge
                | Self::BadgeWarning
                | Self::BadgeCritical
                | Self::Selected
                | Self::Cursor
                | Self::Highlight1
                | Self::Highlight2
                | Self::Highlight3
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_listed_at_its_own_place() {
        for (place, (role, name)) in Role::all().enumerate() {
            assert_eq!(role as usize, place, "{name}");
            assert_eq!(Role::named(name), Some(role));
        }
    }
}
