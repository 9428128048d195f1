//! How many colours a terminal shows.

/// How many colours there are to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Depth {
    /// None: only bold, underline, reverse.
    None,
    /// The 16 ANSI colours.
    Ansi,
    /// The 256 of xterm.
    Indexed,
    /// Every colour of sRGB.
    Truecolor,
}

impl Depth {
    /// What the environment promises, given a way to look a variable up.
    ///
    /// `NO_COLOR` (no-color.org) and `CLICOLOR_FORCE` (bixense.com/clicolors) count when set and not empty; NO_COLOR wins.
    /// `COLORTERM` is `truecolor` or `24bit` where a terminal says so itself; else `TERM` names it.
    #[must_use]
    pub fn detect(lookup: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        if set("NO_COLOR").is_some() {
            return Self::None;
        }
        let forced = set("CLICOLOR_FORCE").is_some_and(|value| value != "0");
        if !forced && set("CLICOLOR").is_some_and(|value| value == "0") {
            return Self::None;
        }
        let named = Self::of_terminal(&set("TERM").unwrap_or_default());
        match set("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") if named > Self::None => Self::Truecolor,
            _ if forced => named.max(Self::Ansi),
            _ => named,
        }
    }

    fn of_terminal(term: &str) -> Self {
        const TRUE: [&str; 6] = ["alacritty", "foot", "xterm-kitty", "xterm-ghostty", "wezterm", "contour"];
        if term.is_empty() || term == "dumb" {
            Self::None
        } else if term.ends_with("-direct") || TRUE.iter().any(|known| term.starts_with(known)) {
            Self::Truecolor
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Ansi
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_decides() {
        for (environment, depth) in [
            (&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")][..], Depth::Truecolor),
            (&[("TERM", "xterm-256color")], Depth::Indexed),
            (&[("TERM", "tmux-256color"), ("COLORTERM", "24bit")], Depth::Truecolor),
            (&[("TERM", "xterm-direct")], Depth::Truecolor),
            (&[("TERM", "xterm-kitty")], Depth::Truecolor),
            (&[("TERM", "linux")], Depth::Ansi),
            (&[("TERM", "xterm"), ("COLORTERM", "yes")], Depth::Ansi),
            (&[("TERM", "dumb"), ("COLORTERM", "truecolor")], Depth::None),
            (&[], Depth::None),
            (&[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")], Depth::Ansi),
            (&[("TERM", "xterm"), ("CLICOLOR", "0")], Depth::None),
            (&[("TERM", "xterm"), ("CLICOLOR", "0"), ("CLICOLOR_FORCE", "1")], Depth::Ansi),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")], Depth::None),
            (&[("TERM", "xterm-256color"), ("NO_COLOR", "")], Depth::Indexed),
        ] {
            let lookup =
                |name: &str| environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(Depth::detect(lookup), depth, "{environment:?}");
        }
    }
}
