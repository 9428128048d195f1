//! Keys to commands, from `keymap.toml` and the user's own file over it.

mod context;
mod file;
mod key;
mod reference;

pub use context::Context;
pub use key::{Code, Key, Mods, parse_sequence, print_sequence};
pub use reference::reference;

use crate::document::{Mistake, Mistakes, Source};
use file::{Action, Binding};

/// The shipped keymap, which is also the list of all commands that have a key.
pub const DEFAULT: &str = include_str!("../../keymap.toml");

/// Which keys do what, where.
#[derive(Debug, Clone, Default)]
pub struct Keymap {
    bindings: Vec<Binding>,
}

/// What a key press comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution<'k> {
    /// Run this command.
    Command(&'k str),
    /// Wait for one of these keys, each with the command that it may lead to.
    Pending(Vec<(Key, &'k str)>),
    /// Nothing is bound to what was pressed.
    None,
}

impl Keymap {
    /// The keymap in the text `default` with the `user`'s file (path, text) over it.
    ///
    /// `commands` are all the names that a binding may have.
    ///
    /// # Errors
    /// Every mistake in either file: an unknown context, key or command, and keys of one context that are also the
    /// beginning of others there, so that the longer ones could never be finished.
    pub fn load(default: &str, user: Option<(&str, &str)>, commands: &[&str]) -> Result<Self, Mistakes> {
        let mut mistakes = Vec::new();
        let mut keymap = Self::default();
        let shipped = Source { file: "keymap.toml (shipped)", text: default };
        let user = user.map(|(file, text)| Source { file, text });
        for source in [Some(shipped), user].into_iter().flatten() {
            let before = keymap.bindings.len();
            for binding in file::read(source, commands, &mut mistakes) {
                keymap.put(binding, before, &mut mistakes);
            }
        }
        mistakes.extend(keymap.conflicts());
        Mistakes::unless_none(mistakes, keymap)
    }

    /// Binds, in place of an earlier file's binding of the same keys (those before `earlier`).
    fn put(&mut self, binding: Binding, earlier: usize, mistakes: &mut Vec<Mistake>) {
        let same = |held: &Binding| held.context == binding.context && held.keys == binding.keys;
        match self.bindings.iter().position(same) {
            None => self.bindings.push(binding),
            Some(position) if position >= earlier => {
                let message =
                    format!("\"{}\" is bound twice in [{}]", print_sequence(&binding.keys), binding.context.name());
                mistakes.push(Mistake { message, ..binding.place });
            }
            Some(position) => {
                if let Some(held) = self.bindings.get_mut(position) {
                    *held = binding;
                }
            }
        }
    }

    fn conflicts(&self) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for short in self.bindings.iter().filter(|binding| binding.runs().is_some()) {
            let longer = self.bindings.iter().find(|long| {
                long.context == short.context
                    && long.runs().is_some()
                    && long.keys.len() > short.keys.len()
                    && long.keys.starts_with(&short.keys)
            });
            let Some(longer) = longer else { continue };
            let message = format!(
                "\"{}\" in [{}] is also the beginning of \"{}\" ({}:{}); unbind one of them",
                print_sequence(&short.keys),
                short.context.name(),
                print_sequence(&longer.keys),
                longer.place.file,
                longer.place.line,
            );
            mistakes.push(Mistake { message, ..short.place.clone() });
        }
        mistakes
    }

    /// What pressing `key` after `pending` comes to, where `contexts` apply, the most specific first.
    ///
    /// The most specific context that knows the keys, whole or as a beginning, decides. While keys are pending, those
    /// that wider contexts could continue with are offered too.
    #[must_use]
    pub fn resolve(&self, contexts: &[Context], pending: &[Key], key: Key) -> Resolution<'_> {
        let pressed: Vec<Key> = pending.iter().copied().chain([key]).collect();
        let mut next: Vec<(Key, &str)> = Vec::new();
        for context in contexts {
            let whole = self.in_context(*context).find(|binding| binding.keys == pressed);
            match whole.map(|binding| &binding.action) {
                Some(Action::Run(command)) if next.is_empty() => return Resolution::Command(command),
                Some(Action::Nothing) if next.is_empty() => return Resolution::None,
                Some(_) => break,
                None => self.continue_with(*context, &pressed, &mut next),
            }
        }
        if next.is_empty() { Resolution::None } else { Resolution::Pending(next) }
    }

    fn continue_with<'k>(&'k self, context: Context, pressed: &[Key], next: &mut Vec<(Key, &'k str)>) {
        for binding in self.in_context(context) {
            let Some([key, ..]) = binding.keys.strip_prefix(pressed) else { continue };
            let Some(command) = binding.runs() else { continue };
            if next.iter().all(|(known, _)| known != key) {
                next.push((*key, command));
            }
        }
    }

    fn in_context(&self, context: Context) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.context == context)
    }

    /// The keys of a command in one context, as they are written, in the order of the file.
    #[must_use]
    pub fn keys_for(&self, context: Context, command: &str) -> Vec<String> {
        self.in_context(context)
            .filter(|binding| binding.runs() == Some(command))
            .map(|binding| print_sequence(&binding.keys))
            .collect()
    }

    /// The commands of one context, each once, in the order of the file.
    #[must_use]
    pub fn commands(&self, context: Context) -> Vec<&str> {
        let mut commands: Vec<&str> = Vec::new();
        for command in self.in_context(context).filter_map(Binding::runs) {
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
        commands
    }
}

impl Binding {
    fn runs(&self) -> Option<&str> {
        match &self.action {
            Action::Run(command) => Some(command),
            Action::Nothing => None,
        }
    }
}

#[cfg(test)]
mod tests;
