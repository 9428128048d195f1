//! Colours as numbers: how far apart, how legible, and which of a terminal's fixed colours is nearest.

use std::fmt;

use ratatui::style::Color;

/// A colour of the sRGB space.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

/// The 16 ANSI colours as a theme file names them, and as xterm shows them.
pub(super) const ANSI: [(&str, Color, Rgb); 16] = [
    ("black", Color::Black, Rgb(0, 0, 0)),
    ("red", Color::Red, Rgb(205, 0, 0)),
    ("green", Color::Green, Rgb(0, 205, 0)),
    ("yellow", Color::Yellow, Rgb(205, 205, 0)),
    ("blue", Color::Blue, Rgb(0, 0, 238)),
    ("magenta", Color::Magenta, Rgb(205, 0, 205)),
    ("cyan", Color::Cyan, Rgb(0, 205, 205)),
    ("white", Color::Gray, Rgb(229, 229, 229)),
    ("bright-black", Color::DarkGray, Rgb(127, 127, 127)),
    ("bright-red", Color::LightRed, Rgb(255, 0, 0)),
    ("bright-green", Color::LightGreen, Rgb(0, 255, 0)),
    ("bright-yellow", Color::LightYellow, Rgb(255, 255, 0)),
    ("bright-blue", Color::LightBlue, Rgb(92, 92, 255)),
    ("bright-magenta", Color::LightMagenta, Rgb(255, 0, 255)),
    ("bright-cyan", Color::LightCyan, Rgb(0, 255, 255)),
    ("bright-white", Color::White, Rgb(255, 255, 255)),
];

/// The steps of the 6×6×6 cube in the 256 colours, as xterm defines them.
const CUBE: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Rgb {
    /// Reads `#rrggbb`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let byte = |at: usize| digits.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
        Some(Self(byte(0)?, byte(2)?, byte(4)?))
    }

    /// One of the 256 colours as xterm shows it.
    #[must_use]
    pub fn indexed(index: u8) -> Self {
        match index {
            0..=15 => ANSI.get(usize::from(index)).map_or(Self(0, 0, 0), |(_, _, rgb)| *rgb),
            16..=231 => {
                let place = index - 16;
                let step = |digit: u8| CUBE.get(usize::from(digit)).copied().unwrap_or_default();
                Self(step(place / 36), step(place / 6 % 6), step(place % 6))
            }
            232..=255 => {
                let grey = 8 + 10 * (index - 232);
                Self(grey, grey, grey)
            }
        }
    }

    /// What a terminal shows for a colour; `None` for its own default.
    #[must_use]
    pub fn shown(color: Color) -> Option<Self> {
        match color {
            Color::Reset => None,
            Color::Rgb(r, g, b) => Some(Self(r, g, b)),
            Color::Indexed(index) => Some(Self::indexed(index)),
            named => ANSI.iter().find(|(_, color, _)| *color == named).map(|(_, _, rgb)| *rgb),
        }
    }

    /// Contrast to another colour, 1 to 21, as WCAG 2 defines it.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (a, b) = (self.luminance(), other.luminance());
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    /// Relative luminance, 0 to 1, as WCAG 2 defines it.
    fn luminance(self) -> f64 {
        let [r, g, b] = self.linear();
        0.2126 * r + 0.7152 * g + 0.0722 * b
    }

    fn linear(self) -> [f64; 3] {
        [self.0, self.1, self.2].map(|channel| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// Squared distance as the eye sees it, in the Oklab space.
    fn distance(self, other: Self) -> f64 {
        self.oklab().into_iter().zip(other.oklab()).map(|(a, b)| (a - b).powi(2)).sum()
    }

    fn oklab(self) -> [f64; 3] {
        let [r, g, b] = self.linear();
        let l = (0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b).cbrt();
        let m = (0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b).cbrt();
        let s = (0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b).cbrt();
        [
            0.210_454_255_3 * l + 0.793_617_785_0 * m - 0.004_072_046_8 * s,
            1.977_998_495_1 * l - 2.428_592_205_0 * m + 0.450_593_709_9 * s,
            0.025_904_037_1 * l + 0.782_771_766_2 * m - 0.808_675_766_0 * s,
        ]
    }

    /// The nearest of the 256 colours. The first 16 are left out: users repaint those.
    #[must_use]
    pub fn nearest_indexed(self) -> Color {
        let [r, g, b] = [self.0, self.1, self.2].map(cube_steps_around);
        let cube = r.into_iter().flat_map(|r| g.map(|g| (r, g))).flat_map(|(r, g)| b.map(|b| 16 + 36 * r + 6 * g + b));
        let grey = (u16::from(self.0) + u16::from(self.1) + u16::from(self.2)) / 3;
        let grey = u8::try_from(grey.saturating_sub(8) / 10).unwrap_or(u8::MAX).min(22);
        let nearest =
            cube.chain([232 + grey, 233 + grey]).min_by(|a, b| self.order(Self::indexed(*a), Self::indexed(*b)));
        nearest.map_or(Color::Reset, Color::Indexed)
    }

    /// The nearest of the 16 colours.
    #[must_use]
    pub fn nearest_ansi(self) -> Color {
        let nearest = ANSI.iter().min_by(|a, b| self.order(a.2, b.2));
        nearest.map_or(Color::Reset, |(_, color, _)| *color)
    }

    fn order(self, a: Self, b: Self) -> std::cmp::Ordering {
        self.distance(a).total_cmp(&self.distance(b))
    }
}

/// The places of the two steps of the cube between which a channel lies.
fn cube_steps_around(channel: u8) -> [u8; 2] {
    let above = (1u8..5).find(|place| CUBE.get(usize::from(*place)).is_some_and(|step| channel <= *step)).unwrap_or(5);
    [above - 1, above]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contrast_is_that_of_wcag() {
        assert!((Rgb(0, 0, 0).contrast(Rgb(255, 255, 255)) - 21.0).abs() < 1e-9);
        assert!((Rgb(119, 119, 119).contrast(Rgb(255, 255, 255)) - 4.48).abs() < 0.01);
    }

    #[test]
    fn colours_of_the_cube_are_found_exactly() {
        for index in 16..=255 {
            let Color::Indexed(found) = Rgb::indexed(index).nearest_indexed() else { continue };
            assert_eq!(Rgb::indexed(found), Rgb::indexed(index));
        }
        assert_eq!(Rgb(255, 0, 0).nearest_ansi(), Color::LightRed);
        assert_eq!(Rgb(20, 20, 20).nearest_ansi(), Color::Black);
    }

    #[test]
    fn only_whole_hex_triples_are_colours() {
        assert_eq!(Rgb::parse("#0a10ff"), Some(Rgb(10, 16, 255)));
        for bad in ["0a10ff", "#0a10f", "#0a10ff0", "#0a10fg", "#é0000", ""] {
            assert_eq!(Rgb::parse(bad), None, "{bad}");
        }
    }
}
