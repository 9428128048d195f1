//! Colours by role, from `themes/*.toml`, fitted to what the terminal can show.

mod color;
mod depth;
mod file;
mod role;

pub use color::Rgb;
pub use depth::Depth;
pub use role::Role;

use ratatui::style::{Color, Modifier, Style};

use crate::document::{Mistakes, Source};

/// The themes that are part of the program: name and text.
pub const BUILT_IN: [(&str, &str); 2] =
    [("dark", include_str!("../../themes/dark.toml")), ("light", include_str!("../../themes/light.toml"))];

/// A style for every role.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    name: String,
    background: Rgb,
    foreground: Rgb,
    looks: [Look; Role::COUNT],
    styles: [Style; Role::COUNT],
}

/// How a role looks, before it is fitted to a terminal.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Look {
    fg: Option<Paint>,
    bg: Option<Paint>,
    modifiers: Modifier,
}

/// A colour with what stands for it where there are fewer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Paint {
    /// The terminal's own.
    Default,
    /// This one; `ansi` where only 16 are to be had, else the nearest of them.
    Color { rgb: Rgb, ansi: Option<Color> },
}

impl Theme {
    /// Reads the text of a theme file for a terminal that shows every colour; see [`fit`] for others.
    ///
    /// `file` is what the user knows the file as.
    ///
    /// # Errors
    /// Every mistake in the file, each with its line and what is allowed.
    pub fn parse(name: &str, file: &str, text: &str) -> Result<Self, Mistakes> {
        file::read(name, Source { file, text })
    }

    /// A theme of that name: the user's own if `find` gives its path and text, else a built-in one.
    ///
    /// # Errors
    /// Every mistake in the file; [`ThemeError::Unknown`] if there is no such theme.
    pub fn load(name: &str, find: impl Fn(&str) -> Option<(String, String)>) -> Result<Self, ThemeError> {
        if let Some((file, text)) = find(name) {
            return Ok(Self::parse(name, &file, &text)?);
        }
        match BUILT_IN.into_iter().find(|(known, _)| *known == name) {
            Some((known, text)) => Ok(Self::parse(known, &format!("themes/{known}.toml (shipped)"), text)?),
            None => Err(ThemeError::Unknown(name.to_owned())),
        }
    }

    fn new(name: &str, (background, foreground): (Rgb, Rgb), looks: [Look; Role::COUNT]) -> Self {
        let plain = [Style::new(); Role::COUNT];
        fit(&Self { name: name.to_owned(), background, foreground, looks, styles: plain }, Depth::Truecolor)
    }

    /// The style of a role. What it does not set, such as the ground under most text, is left as it is.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the terminal's own background is taken to be.
    #[must_use]
    pub fn background(&self) -> Rgb {
        self.background
    }

    /// What the terminal's own text colour is taken to be.
    #[must_use]
    pub fn foreground(&self) -> Rgb {
        self.foreground
    }
}

/// The same theme in the colours that a terminal of that depth has.
///
/// Without any, what only its ground tells apart is reversed.
#[must_use]
pub fn fit(theme: &Theme, depth: Depth) -> Theme {
    let mut styles = [Style::new(); Role::COUNT];
    for (role, _) in Role::all() {
        let look = &theme.looks[role as usize];
        let mut style = Style { fg: shade(look.fg, depth), bg: shade(look.bg, depth), ..Style::new() };
        style = style.add_modifier(look.modifiers);
        if depth == Depth::None && role.told_by_ground() {
            style = style.add_modifier(Modifier::REVERSED);
        }
        styles[role as usize] = style;
    }
    Theme { styles, ..theme.clone() }
}

fn shade(paint: Option<Paint>, depth: Depth) -> Option<Color> {
    Some(match (paint?, depth) {
        (_, Depth::None) => return None,
        (Paint::Default, _) => Color::Reset,
        (Paint::Color { rgb: Rgb(r, g, b), .. }, Depth::Truecolor) => Color::Rgb(r, g, b),
        (Paint::Color { rgb, .. }, Depth::Indexed) => rgb.nearest_indexed(),
        (Paint::Color { rgb, ansi }, Depth::Ansi) => ansi.unwrap_or_else(|| rgb.nearest_ansi()),
    })
}

/// Why there is no theme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ThemeError {
    /// None has that name.
    Unknown(String),
    /// The file has mistakes.
    Mistakes(Mistakes),
}

impl From<Mistakes> for ThemeError {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl std::fmt::Display for ThemeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Unknown(name) => {
                let built_in = BUILT_IN.map(|(name, _)| name).join(", ");
                write!(f, "no theme \"{name}\": it is neither built in ({built_in}) nor a file themes/{name}.toml")
            }
            Self::Mistakes(mistakes) => mistakes.fmt(f),
        }
    }
}

impl std::error::Error for ThemeError {}

#[cfg(test)]
mod tests;
