//! The key table of the documentation.

use std::fmt::Write as _;

use super::{Context, Keymap};

/// The keymap as Markdown: a table for each context that binds something, a row for each command.
///
/// `describe` gives the words for a command; a command without any stands for itself.
#[must_use]
pub fn reference<'d>(keymap: &Keymap, describe: impl Fn(&str) -> Option<&'d str>) -> String {
    let mut out = String::new();
    for context in Context::ALL {
        let commands = keymap.commands(context);
        if commands.is_empty() {
            continue;
        }
        let separator = if out.is_empty() { "" } else { "\n" };
        let _ = write!(out, "{separator}### `[{}]`\n\n| Keys | Command | |\n| --- | --- | --- |\n", context.name());
        for command in commands {
            let keys: Vec<String> = keymap.keys_for(context, command).iter().map(|keys| code(keys)).collect();
            let _ = writeln!(out, "| {} | `{command}` | {} |", keys.join(" "), describe(command).unwrap_or(""));
        }
    }
    out
}

/// A code span that survives inside a table: a bar must be escaped, a backquote needs a longer fence.
fn code(keys: &str) -> String {
    let keys = keys.replace('|', "\\|");
    if keys.contains('`') { format!("`` {keys} ``") } else { format!("`{keys}`") }
}
