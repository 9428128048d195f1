//! The colours that a writer gave to its lines, kept beside them: the text is searched, filtered and copied as if it had none.
//!
//! Only sequences of SGR (`ESC [ numbers m`, <https://ecma-international.org/publications-and-standards/standards/ecma-48/>) are
//! taken out, and only hues, bold and faint of what they say are kept. A ground, concealment or blinking could hide text, so there is
//! none; every other sequence stays visible as the sanitiser has left it.

use std::borrow::Cow;

/// How the sanitiser shows the beginning of a sequence.
const BEGIN: &str = "␛[";

/// A hue that every theme can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// ANSI 1 and 9.
    Red,
    /// ANSI 2 and 10.
    Green,
    /// ANSI 3 and 11.
    Yellow,
    /// ANSI 4 and 12.
    Blue,
    /// ANSI 5 and 13.
    Magenta,
    /// ANSI 6 and 14.
    Cyan,
}

impl Hue {
    const ALL: [Self; 6] = [Self::Red, Self::Green, Self::Yellow, Self::Blue, Self::Magenta, Self::Cyan];
}

/// How a piece of a line is to look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ink {
    /// Its hue, if it has one.
    pub hue: Option<Hue>,
    /// Stands out.
    pub bold: bool,
    /// Steps back.
    pub faint: bool,
}

impl Ink {
    pub(super) fn to_bits(self) -> u8 {
        self.hue.map_or(0, |hue| hue as u8 + 1) | (u8::from(self.bold) << 3) | (u8::from(self.faint) << 4)
    }

    pub(super) fn from_bits(bits: u8) -> Self {
        let hue = usize::from(bits & 7).checked_sub(1).and_then(|nth| Hue::ALL.get(nth).copied());
        Self { hue, bold: bits & 8 != 0, faint: bits & 16 != 0 }
    }

    /// After a sequence with these numbers, those that are left out being zero.
    fn after(mut self, numbers: &str) -> Self {
        let mut numbers = numbers.split(';').map(|number| number.parse::<u16>().unwrap_or(0));
        while let Some(number) = numbers.next() {
            match number {
                0 => self = Self::default(),
                1 => self.bold = true,
                2 => self.faint = true,
                22 => (self.bold, self.faint) = (false, false),
                30..=37 => self.hue(number - 30),
                90..=97 => self.hue(number - 90),
                38 => match extended(&mut numbers) {
                    Some((r, g, b)) => (self.hue, self.faint) = (nearest(r, g, b), false),
                    None => return self,
                },
                // A ground is not kept, but its numbers are not to be taken for others.
                48 | 58 => _ = extended(&mut numbers),
                39 => self.hue = None,
                _ => {}
            }
        }
        self
    }

    fn hue(&mut self, ansi: u16) {
        self.hue = usize::from(ansi).checked_sub(1).and_then(|nth| Hue::ALL.get(nth).copied());
    }
}

/// The colour after 38 or 48: one of 256, or red, green and blue.
fn extended(numbers: &mut impl Iterator<Item = u16>) -> Option<(u16, u16, u16)> {
    match numbers.next()? {
        2 => Some((numbers.next()?, numbers.next()?, numbers.next()?)),
        5 => Some(indexed(numbers.next()?)),
        _ => None,
    }
}

/// One of the 256 colours: the 16 of ANSI, a cube of 6 × 6 × 6, and greys.
fn indexed(number: u16) -> (u16, u16, u16) {
    match number {
        0..=15 => (255 * (number & 1), 255 * ((number >> 1) & 1), 255 * ((number >> 2) & 1)),
        16..=231 => {
            let cell = number - 16;
            (cell / 36 * 51, cell / 6 % 6 * 51, cell % 6 * 51)
        }
        _ => (0, 0, 0),
    }
}

/// The hue of a colour; greys have none.
fn nearest(r: u16, g: u16, b: u16) -> Option<Hue> {
    let (most, least) = (r.max(g).max(b), r.min(g).min(b));
    let strong = |part: u16| part > most / 2 + least / 2;
    match (most > least + 40, strong(r), strong(g), strong(b)) {
        (false, ..) | (_, true, true, true) | (_, false, false, false) => None,
        (_, true, false, false) => Some(Hue::Red),
        (_, false, true, false) => Some(Hue::Green),
        (_, true, true, false) => Some(Hue::Yellow),
        (_, false, false, true) => Some(Hue::Blue),
        (_, true, false, true) => Some(Hue::Magenta),
        (_, false, true, true) => Some(Hue::Cyan),
    }
}

/// A line without its colours, and where from it has which.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Inked {
    pub text: String,
    /// Bytes of `text` from which on it looks like this.
    pub inks: Vec<(usize, Ink)>,
}

/// Takes the colours out of clean text. `ink` is what the line before ended with, and becomes what this one does.
pub(super) fn split(line: &str, ink: &mut Ink) -> Inked {
    let mut inked = Inked { text: String::with_capacity(line.len()), inks: Vec::new() };
    let mut told = Ink::default();
    let mut rest = line;
    loop {
        let (plain, sequence) = match next(rest) {
            Some((at, numbers, after)) => (rest.get(..at).unwrap_or_default(), Some((numbers, after))),
            None => (rest, None),
        };
        if told != *ink && !plain.is_empty() {
            inked.inks.push((inked.text.len(), *ink));
            told = *ink;
        }
        inked.text.push_str(plain);
        let Some((numbers, after)) = sequence else { return inked };
        *ink = ink.after(numbers);
        rest = after;
    }
}

/// Clean text without its colours, for whoever has no place to keep them: of one line or several.
#[must_use]
pub fn plain(text: &str) -> Cow<'_, str> {
    if next(text).is_none() {
        return Cow::Borrowed(text);
    }
    Cow::Owned(split(text, &mut Ink::default()).text)
}

/// The next sequence: where it begins, its numbers, and what follows it.
fn next(text: &str) -> Option<(usize, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find(BEGIN)?;
        let body = text.get(at + BEGIN.len()..)?;
        let length = body.bytes().position(|byte| !byte.is_ascii_digit() && byte != b';').unwrap_or(body.len());
        let (numbers, after) = body.split_at_checked(length)?;
        if let Some(after) = after.strip_prefix('m') {
            return Some((at, numbers, after));
        }
        from = at + BEGIN.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn red() -> Ink {
        Ink { hue: Some(Hue::Red), ..Ink::default() }
    }

    fn of(line: &str) -> (String, Vec<(usize, Ink)>) {
        let Inked { text, inks } = split(line, &mut Ink::default());
        (text, inks)
    }

    #[test]
    fn colours_are_taken_out_and_kept_beside_the_text() {
        let plain = Ink::default();
        assert_eq!(of("␛[31mERROR␛[0m it broke"), ("ERROR it broke".into(), vec![(0, red()), (5, plain)]));
        assert_eq!(of("a ␛[1;91mb␛[m"), ("a b".into(), vec![(2, Ink { bold: true, ..red() })]));
        assert_eq!(of("␛[31m␛[39mplain"), ("plain".into(), vec![]), "what colours nothing is not kept");
        assert_eq!(of("no colour"), ("no colour".into(), vec![]));
        assert_eq!(super::plain("␛[31mone␛[0m\n␛[2Jtwo"), "one\n␛[2Jtwo");
    }

    #[test]
    fn what_could_hide_text_is_not_kept_and_what_is_no_colour_stays_visible() {
        assert_eq!(of("␛[8mhidden␛[40;30mblack"), ("hiddenblack".into(), vec![]));
        assert_eq!(of("␛[48;5;1mno ground"), ("no ground".into(), vec![]));
        assert_eq!(of("␛[2J␛]0;title␇"), ("␛[2J␛]0;title␇".into(), vec![]));
        assert_eq!(of("␛[31␛[31mx␛["), ("␛[31x␛[".into(), vec![(6, red())]));
    }

    #[test]
    fn many_colours_become_the_nearest_hue() {
        let hue = |line: &str| of(&format!("␛[{line}mx")).1.first().and_then(|(_, ink)| ink.hue);
        assert_eq!(hue("38;5;196"), Some(Hue::Red));
        assert_eq!(hue("38;5;14"), Some(Hue::Cyan));
        assert_eq!(hue("38;2;250;200;10"), Some(Hue::Yellow));
        assert_eq!(hue("38;5;240"), None);
        assert_eq!(hue("38;5"), None);
        for bits in 0..32 {
            let ink = Ink::from_bits(bits);
            assert_eq!(Ink::from_bits(ink.to_bits()), ink);
        }
    }

    #[test]
    fn a_colour_lasts_into_the_next_line_of_an_event() {
        let mut ink = Ink::default();
        assert_eq!(split("␛[31mone", &mut ink).inks, [(0, red())]);
        assert_eq!(split("two␛[0m three", &mut ink).inks, [(0, red()), (3, Ink::default())]);
        assert_eq!(split("four", &mut ink).inks, []);
    }
}
