//! A key as the keymap knows it, and the way it is written.

use std::fmt;
use std::str::FromStr;

use crate::document::nearest;

/// A key press. Letters carry their case and never `shift`: `G`, not shift-g.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    /// Which key.
    pub code: Code,
    /// What is held with it.
    pub mods: Mods,
}

/// Which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Code {
    /// A printable character, space included.
    Char(char),
    /// Enter, or Return.
    Enter,
    /// Escape.
    Esc,
    /// Tab; with shift, back-tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Insert.
    Insert,
    /// Arrow left.
    Left,
    /// Arrow right.
    Right,
    /// Arrow up.
    Up,
    /// Arrow down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, 1 to 12.
    F(u8),
}

/// The modifiers that a terminal can report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Mods {
    /// Control.
    pub ctrl: bool,
    /// Alt, also called meta or option.
    pub alt: bool,
    /// Shift; only with keys that are no characters.
    pub shift: bool,
}

/// Named keys and how each is written, in files as on screen.
const NAMES: [(Code, &str); 15] = [
    (Code::Char(' '), "space"),
    (Code::Enter, "enter"),
    (Code::Esc, "esc"),
    (Code::Tab, "tab"),
    (Code::Backspace, "backspace"),
    (Code::Delete, "delete"),
    (Code::Insert, "insert"),
    (Code::Left, "left"),
    (Code::Right, "right"),
    (Code::Up, "up"),
    (Code::Down, "down"),
    (Code::Home, "home"),
    (Code::End, "end"),
    (Code::PageUp, "pgup"),
    (Code::PageDown, "pgdn"),
];

impl Key {
    /// A key held with `mods`, in the one form in which keys are compared: a terminal reports shift beside a
    /// capital letter or not, and cannot tell ctrl-D from ctrl-d.
    #[must_use]
    pub fn new(code: Code, mods: Mods) -> Self {
        match code {
            Code::Char(' ') => Self { code, mods },
            Code::Char(c) => {
                let c = if mods.ctrl { c.to_ascii_lowercase() } else { c };
                Self { code: Code::Char(c), mods: Mods { shift: false, ..mods } }
            }
            _ => Self { code, mods },
        }
    }

    /// A key alone.
    #[must_use]
    pub fn plain(code: Code) -> Self {
        Self::new(code, Mods::default())
    }

    /// The character that this key types, if it types one.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self.code {
            Code::Char(c) if !self.mods.ctrl && !self.mods.alt => Some(c),
            _ => None,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (held, prefix) in [(self.mods.ctrl, "ctrl-"), (self.mods.alt, "alt-"), (self.mods.shift, "shift-")] {
            if held {
                f.write_str(prefix)?;
            }
        }
        match (NAMES.iter().find(|(code, _)| *code == self.code), self.code) {
            (Some((_, name)), _) => f.write_str(name),
            (None, Code::F(number)) => write!(f, "f{number}"),
            (None, Code::Char(c)) => write!(f, "{c}"),
            (None, _) => Ok(()),
        }
    }
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (mods, name) = split_mods(text);
        let code = parse_code(name).ok_or_else(|| unknown(text, name))?;
        if let Code::Char(c) = code {
            check_char(text, c, mods)?;
        }
        Ok(Self::new(code, mods))
    }
}

fn split_mods(text: &str) -> (Mods, &str) {
    let mut mods = Mods::default();
    let mut rest = text;
    loop {
        let (held, after) = if let Some(after) = rest.strip_prefix("ctrl-") {
            (&mut mods.ctrl, after)
        } else if let Some(after) = rest.strip_prefix("alt-") {
            (&mut mods.alt, after)
        } else if let Some(after) = rest.strip_prefix("shift-") {
            (&mut mods.shift, after)
        } else {
            return (mods, rest);
        };
        if after.is_empty() || *held {
            return (mods, rest);
        }
        *held = true;
        rest = after;
    }
}

fn parse_code(name: &str) -> Option<Code> {
    if let Some((code, _)) = NAMES.iter().find(|(_, known)| *known == name) {
        return Some(*code);
    }
    let mut chars = name.chars();
    match (chars.next(), chars.as_str()) {
        (Some(c), "") if !c.is_control() && c != ' ' => Some(Code::Char(c)),
        (Some('f'), number) => number.parse().ok().filter(|n| (1..=12).contains(n)).map(Code::F),
        _ => None,
    }
}

/// Keys that no terminal can tell apart would make a binding that never fires.
fn check_char(text: &str, c: char, mods: Mods) -> Result<(), String> {
    if mods.shift && c != ' ' {
        return Err(format!("\"{text}\": write a shifted character as itself, such as \"{}\"", c.to_uppercase()));
    }
    let twin = match c {
        'i' | 'I' => "tab",
        'm' | 'M' => "enter",
        '[' => "esc",
        _ => return Ok(()),
    };
    if mods.ctrl { Err(format!("\"{text}\": a terminal sends this as {twin}; write \"{twin}\"")) } else { Ok(()) }
}

fn unknown(text: &str, name: &str) -> String {
    if name.is_empty() {
        return "a key is missing".to_owned();
    }
    let spelled = match name {
        "return" => Some("enter"),
        "escape" => Some("esc"),
        "pageup" => Some("pgup"),
        "pagedown" => Some("pgdn"),
        "del" => Some("delete"),
        _ => nearest(name, NAMES.iter().map(|(_, name)| *name)),
    };
    let hint = match spelled {
        Some(spelled) => format!("; did you mean \"{spelled}\"?"),
        None if name.chars().count() == 2 => {
            let spaced: Vec<String> = name.chars().map(String::from).collect();
            format!("; one key after another is written \"{}\"", spaced.join(" "))
        }
        None => "; keys are a character, or enter esc tab space … f12, after ctrl- alt- or shift-".to_owned(),
    };
    format!("unknown key \"{text}\"{hint}")
}

/// Keys pressed one after another, such as `g g`.
///
/// # Errors
/// What is wrong with the first key that is none.
pub fn parse_sequence(text: &str) -> Result<Vec<Key>, String> {
    let keys: Vec<Key> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    if keys.is_empty() { Err("a key is missing; the space bar is written \"space\"".to_owned()) } else { Ok(keys) }
}

/// The way a sequence is written: `g g`.
#[must_use]
pub fn print_sequence(keys: &[Key]) -> String {
    keys.iter().map(Key::to_string).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notation_round_trips() {
        for text in [
            "j",
            "G",
            "ctrl-d",
            "enter",
            "esc",
            "tab",
            "shift-tab",
            "space",
            "f5",
            "f12",
            "alt-x",
            "?",
            "-",
            "ctrl--",
            "alt-enter",
            "ctrl-alt-x",
            "shift-left",
            "[",
            "é",
            "pgdn",
        ] {
            assert_eq!(text.parse::<Key>().map(|key| key.to_string()), Ok(text.to_owned()));
        }
        let keys = parse_sequence("g  ctrl-g").unwrap_or_default();
        assert_eq!(print_sequence(&keys), "g ctrl-g");
    }

    #[test]
    fn what_a_terminal_cannot_tell_apart_is_one_key() {
        let ctrl = Mods { ctrl: true, ..Mods::default() };
        let shift = Mods { shift: true, ..Mods::default() };
        assert_eq!(Key::new(Code::Char('D'), ctrl), Key::new(Code::Char('d'), ctrl));
        assert_eq!(Key::new(Code::Char('G'), shift), Key::plain(Code::Char('G')));
    }

    #[test]
    fn bad_keys_say_what_would_be_right() {
        for (text, said) in [
            ("gg", "one key after another is written \"g g\""),
            ("escape", "did you mean \"esc\"?"),
            ("entre", "did you mean \"enter\"?"),
            ("shift-g", "such as \"G\""),
            ("ctrl-i", "write \"tab\""),
            ("ctrl-m", "write \"enter\""),
            ("f13", "unknown key"),
            ("f0", "unknown key"),
            ("hyper-x", "unknown key"),
            ("ctrl-", "unknown key"),
        ] {
            let error = parse_sequence(text).err().unwrap_or_default();
            assert!(error.contains(said), "{text}: {error}");
        }
        assert!(parse_sequence(" ").is_err());
    }

    #[test]
    fn only_characters_are_typed() {
        assert_eq!(Key::plain(Code::Char('Q')).typed(), Some('Q'));
        assert_eq!("ctrl-q".parse::<Key>().ok().and_then(Key::typed), None);
        assert_eq!(Key::plain(Code::Enter).typed(), None);
    }
}
