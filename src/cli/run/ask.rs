//! The question before an action is started.

use std::io::{self, BufRead, IsTerminal, Write};

use color_eyre::eyre::{Result, eyre};

use super::is_grave;
use crate::actions::catalogue::Action;

/// Whether a person wants it: a yes, or for what does not come back the name of what it is done to.
///
/// # Errors
/// When there is nobody to ask.
pub(super) fn confirmed(action: Option<Action>, name: &str) -> Result<bool> {
    if !io::stdin().is_terminal() {
        return Err(eyre!("nobody can be asked here: --yes starts it, --plan only shows what would come of it"));
    }
    let question = if is_grave(action) { format!("Type {name} to start: ") } else { "Start? [y/N] ".to_owned() };
    let mut stderr = io::stderr().lock();
    write!(stderr, "{question}")?;
    stderr.flush()?;
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line)?;
    Ok(agrees(action, name, line.trim()))
}

fn agrees(action: Option<Action>, name: &str, said: &str) -> bool {
    if is_grave(action) { said == name } else { matches!(said, "y" | "Y" | "yes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_come_back_takes_more_than_a_yes() {
        assert!(agrees(Some(Action::Drain), "i-1", "y") && agrees(None, "x", "yes"));
        assert!(!agrees(Some(Action::Drain), "i-1", "") && !agrees(Some(Action::Drain), "i-1", "i-1"));
        assert!(agrees(Some(Action::Recycle), "i-1", "i-1") && !agrees(Some(Action::Recycle), "i-1", "y"));
    }
}
