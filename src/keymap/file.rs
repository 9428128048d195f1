//! Reading a keymap file: which line binds which keys to what, and what is wrong with it.

use toml::de::DeValue;

use super::context::Context;
use super::key::{Key, parse_sequence};
use crate::document::{Entry, Mistake, Source, did_you_mean, entries};

/// The command that takes a key away.
const UNBIND: &str = "unbind";

/// What keys do in a context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Action {
    /// They run a command.
    Run(String),
    /// They do nothing, even if a wider context binds them.
    Nothing,
}

/// One line of a keymap file.
#[derive(Debug, Clone)]
pub(super) struct Binding {
    pub(super) context: Context,
    pub(super) keys: Vec<Key>,
    pub(super) action: Action,
    /// For a message about this line: file, line, and nothing said yet.
    pub(super) place: Mistake,
}

/// The bindings of a file in its own order; what is wrong with it goes to `mistakes`.
pub(super) fn read(source: Source<'_>, commands: &[&str], mistakes: &mut Vec<Mistake>) -> Vec<Binding> {
    let document = match source.parse() {
        Ok(document) => document,
        Err(mistake) => {
            mistakes.push(mistake);
            return Vec::new();
        }
    };
    let mut bindings = Vec::new();
    for table in entries(document.get_ref()) {
        match read_context(source, &table) {
            Err(mistake) => mistakes.push(mistake),
            Ok((context, lines)) => {
                for line in lines {
                    match read_binding(source, context, &line, commands) {
                        Ok(binding) => bindings.push(binding),
                        Err(mistake) => mistakes.push(mistake),
                    }
                }
            }
        }
    }
    bindings
}

fn read_context<'a>(source: Source<'_>, table: &Entry<'a>) -> Result<(Context, Vec<Entry<'a>>), Mistake> {
    let DeValue::Table(lines) = table.value else {
        let message = format!("\"{}\" stands outside a context; put it below one such as [global]", table.key);
        return Err(source.mistake(&table.key_span, message));
    };
    let context = Context::named(table.key).ok_or_else(|| {
        let names = Context::ALL.map(Context::name);
        let allowed = names.join(", ");
        let hint = did_you_mean(table.key, names);
        source.mistake(&table.key_span, format!("unknown context [{}]{hint} (contexts: {allowed})", table.key))
    })?;
    Ok((context, entries(lines)))
}

fn read_binding(source: Source<'_>, context: Context, line: &Entry<'_>, commands: &[&str]) -> Result<Binding, Mistake> {
    let keys = parse_sequence(line.key).map_err(|message| source.mistake(&line.key_span, message))?;
    let DeValue::String(command) = line.value else {
        let message = format!("\"{}\" needs the name of a command in quotes, or \"{UNBIND}\"", line.key);
        return Err(source.mistake(&line.span, message));
    };
    let action = match command.as_ref() {
        UNBIND => Action::Nothing,
        known if commands.contains(&known) => Action::Run(known.to_owned()),
        unknown => {
            let hint = did_you_mean(unknown, commands.iter().copied().chain([UNBIND]));
            return Err(source.mistake(&line.span, format!("unknown command \"{unknown}\"{hint}")));
        }
    };
    Ok(Binding { context, keys, action, place: source.mistake(&line.key_span, "") })
}
