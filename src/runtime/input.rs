//! What the terminal reports, in plain values.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use crate::keymap::{Code, Key, Mods};

/// One thing that the user did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// Pressed a key, or holds it.
    Key(Key),
    /// Pasted a text, as it came: unsanitised and with its line ends.
    Paste(String),
    /// Gave the terminal this size, in columns and lines.
    Resize(u16, u16),
    /// Pressed the left mouse button there.
    Click(u16, u16),
    /// Turned the wheel there; lines, positive downwards.
    Scroll(u16, u16, i16),
}

/// Lines for one notch of the wheel, as most terminals have it.
const NOTCH: i16 = 3;

/// The event in plain values; `None` for what nobody asked for, such as keys released or focus gained.
#[must_use]
pub fn input(event: Event) -> Option<Input> {
    match event {
        Event::Key(event) if event.kind != KeyEventKind::Release => key(event).map(Input::Key),
        Event::Paste(text) => Some(Input::Paste(text)),
        Event::Resize(width, height) => Some(Input::Resize(width, height)),
        Event::Mouse(MouseEvent { kind, column, row, .. }) => match kind {
            MouseEventKind::Down(MouseButton::Left) => Some(Input::Click(column, row)),
            MouseEventKind::ScrollDown => Some(Input::Scroll(column, row, NOTCH)),
            MouseEventKind::ScrollUp => Some(Input::Scroll(column, row, -NOTCH)),
            _ => None,
        },
        Event::Key(_) | Event::FocusGained | Event::FocusLost => None,
    }
}

fn key(event: KeyEvent) -> Option<Key> {
    let held = |modifier| event.modifiers.contains(modifier);
    let mut mods =
        Mods { ctrl: held(KeyModifiers::CONTROL), alt: held(KeyModifiers::ALT), shift: held(KeyModifiers::SHIFT) };
    let code = match event.code {
        KeyCode::Char(c) => Code::Char(c),
        KeyCode::Enter => Code::Enter,
        KeyCode::Esc => Code::Esc,
        KeyCode::Tab => Code::Tab,
        KeyCode::BackTab => {
            mods.shift = true;
            Code::Tab
        }
        KeyCode::Backspace => Code::Backspace,
        KeyCode::Delete => Code::Delete,
        KeyCode::Insert => Code::Insert,
        KeyCode::Left => Code::Left,
        KeyCode::Right => Code::Right,
        KeyCode::Up => Code::Up,
        KeyCode::Down => Code::Down,
        KeyCode::Home => Code::Home,
        KeyCode::End => Code::End,
        KeyCode::PageUp => Code::PageUp,
        KeyCode::PageDown => Code::PageDown,
        KeyCode::F(number) => Code::F(number),
        // A terminal sends NUL for ctrl-space.
        KeyCode::Null => {
            mods.ctrl = true;
            Code::Char(' ')
        }
        _ => return None,
    };
    Some(Key::new(code, mods))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pressed(code: KeyCode, modifiers: KeyModifiers) -> Option<String> {
        match input(Event::Key(KeyEvent::new(code, modifiers)))? {
            Input::Key(key) => Some(key.to_string()),
            _ => None,
        }
    }

    #[test]
    fn keys_arrive_as_they_are_written() {
        let none = KeyModifiers::NONE;
        for (code, modifiers, written) in [
            (KeyCode::Char('j'), none, "j"),
            (KeyCode::Char('G'), KeyModifiers::SHIFT, "G"),
            (KeyCode::Char('G'), none, "G"),
            (KeyCode::Char('?'), KeyModifiers::SHIFT, "?"),
            (KeyCode::Char(' '), none, "space"),
            (KeyCode::Char('D'), KeyModifiers::CONTROL | KeyModifiers::SHIFT, "ctrl-d"),
            (KeyCode::Char('x'), KeyModifiers::ALT, "alt-x"),
            (KeyCode::BackTab, KeyModifiers::SHIFT, "shift-tab"),
            (KeyCode::BackTab, none, "shift-tab"),
            (KeyCode::PageDown, none, "pgdn"),
            (KeyCode::F(5), none, "f5"),
            (KeyCode::Null, none, "ctrl-space"),
        ] {
            assert_eq!(pressed(code, modifiers).as_deref(), Some(written), "{code:?}");
        }
        assert_eq!(pressed(KeyCode::CapsLock, none), None);
    }

    #[test]
    fn a_key_released_is_no_key() {
        let event = KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(input(Event::Key(event)), None);
        let event = KeyEvent::new_with_kind(KeyCode::Char('j'), KeyModifiers::NONE, KeyEventKind::Repeat);
        assert!(input(Event::Key(event)).is_some());
    }

    #[test]
    fn the_wheel_and_the_left_button_count() {
        let mouse = |kind| input(Event::Mouse(MouseEvent { kind, column: 4, row: 2, modifiers: KeyModifiers::NONE }));
        assert_eq!(mouse(MouseEventKind::Down(MouseButton::Left)), Some(Input::Click(4, 2)));
        assert_eq!(mouse(MouseEventKind::ScrollUp), Some(Input::Scroll(4, 2, -NOTCH)));
        assert_eq!(mouse(MouseEventKind::Moved), None);
    }
}
