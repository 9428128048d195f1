//! What lies over a screen and takes its keys.

use super::act::{Act, Confirm};
use super::command::Command;
use super::input::Input;

/// What lies over a screen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Overlay {
    /// The keys of the screen below.
    Help {
        /// Lines scrolled past.
        offset: usize,
    },
    /// A command being typed.
    Palette(Typed),
    /// A cluster being chosen.
    Picker(Typed),
    /// A query being chosen.
    Queries(Typed),
    /// What can be done, and the number of the line under the cursor.
    Actions(usize),
    /// An action before it is started.
    Act(Box<Act>),
    /// What an execution is about to be told.
    Confirm(Box<Confirm>),
}

/// A line being typed, and the number of the choice under the cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// The line.
    pub line: Input,
    /// The chosen one of what matches.
    pub chosen: usize,
}

/// One line of the palette or of the picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub name: String,
    /// What it does; empty for a cluster.
    pub help: String,
    /// The command behind it; `None`: a cluster.
    pub(super) command: Option<Command>,
}

/// How well `typed` is found in `name`, as a subsequence without regard to case; higher is better.
///
/// A match at the start of a word counts more, and so does one that runs on.
pub(super) fn rank(typed: &str, name: &str) -> Option<i32> {
    let mut score = 0;
    let mut wanted = typed.chars().flat_map(char::to_lowercase).filter(|c| !c.is_whitespace()).peekable();
    let mut before: Option<char> = None;
    let mut running = false;
    for c in name.chars().flat_map(char::to_lowercase) {
        if wanted.peek() == Some(&c) {
            wanted.next();
            let starts = before.is_none_or(|b| !b.is_alphanumeric());
            score += 1 + i32::from(running) * 4 + i32::from(starts) * 3;
            running = true;
        } else {
            running = false;
        }
        before = Some(c);
    }
    let length = i32::try_from(name.len()).unwrap_or(i32::MAX);
    wanted.peek().is_none().then(|| score * 100 - length)
}

/// Those of `choices` that match what was typed, the best first; all of them where nothing was.
pub(super) fn matching(typed: &str, choices: Vec<Choice>) -> Vec<Choice> {
    let mut ranked: Vec<(i32, Choice)> =
        choices.into_iter().filter_map(|choice| Some((rank(typed, &choice.name)?, choice))).collect();
    if !typed.trim().is_empty() {
        ranked.sort_by(|(a, _), (b, _)| b.cmp(a));
    }
    ranked.into_iter().map(|(_, choice)| choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(typed: &str) -> Option<String> {
        let choice = |name: &str| Choice { name: name.to_owned(), help: String::new(), command: None };
        let choices = Command::names().into_iter().map(choice).collect();
        matching(typed, choices).into_iter().next().map(|choice| choice.name)
    }

    #[test]
    fn letters_find_the_command_that_they_begin() {
        for (typed, name) in [
            ("inst", "screen.instances"),
            ("quit", "app.quit"),
            ("sb", "screen.bridge"),
            ("SCREEN.AL", "screen.alarms"),
            ("screen targets", "screen.targets"),
        ] {
            assert_eq!(best(typed).as_deref(), Some(name), "{typed}");
        }
        assert_eq!(best("xyzzy"), None);
    }
}
