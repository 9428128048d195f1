//! The files that settings lead to: theme and keymap.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::{ConfigError, Settings, paths};
use crate::theme::Theme;

impl Settings {
    /// The theme that is set, for a terminal with every colour: a file if it is written as a path, else
    /// `themes/NAME.toml` in the user's folder, else the built-in one of that name.
    ///
    /// # Errors
    /// When there is none, or when its file cannot be read or has mistakes.
    pub fn theme(&self) -> Result<Theme, ConfigError> {
        let theme = &self.ui.theme;
        let (path, must_exist) = if paths::is_path(&theme.value) {
            (Some(PathBuf::from(&theme.value)), true)
        } else {
            (self.folder.as_ref().map(|folder| folder.join("themes").join(format!("{}.toml", theme.value))), false)
        };
        let found = path.map(|path| read(path, must_exist)).transpose()?.flatten();
        Ok(Theme::load(&theme.value, |_| found.clone())?)
    }

    /// The user's keymap, if there is one: its path and text, as [`Keymap::load`](crate::keymap::Keymap::load) takes them.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn keymap(&self) -> Result<Option<(String, String)>, ConfigError> {
        match &self.ui.keymap.value {
            None => Ok(None),
            Some(path) => read(path.clone(), true),
        }
    }
}

/// Path and text of a file.
fn read(path: PathBuf, must_exist: bool) -> Result<Option<(String, String)>, ConfigError> {
    match fs::read_to_string(&path) {
        Ok(text) => Ok(Some((path.display().to_string(), text))),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Ok(None),
        Err(error) => Err(ConfigError::Unreadable(path, error)),
    }
}
