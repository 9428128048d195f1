//! Bringing file, environment and flags together.

use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::SignedDuration;

use super::file::{self, File};
use super::fleet::Environment;
use super::setting::{Origin, Setting};
use super::{Flags, Settings, UiSettings, paths, value};
use crate::document::{Mistakes, Source};
use crate::theme::ThemeError;

/// Why there are no settings.
#[derive(Debug)]
pub enum ConfigError {
    /// A file that is there, or was asked for, cannot be read.
    Unreadable(PathBuf, std::io::Error),
    /// The file has mistakes.
    Mistakes(Mistakes),
    /// A variable has a value that it may not have.
    Variable(&'static str, String),
    /// There is no such theme.
    Theme(ThemeError),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Mistakes(mistakes) => mistakes.fmt(f),
            Self::Variable(name, message) => write!(f, "{name} {message}"),
            Self::Theme(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ConfigError {}

impl From<Mistakes> for ConfigError {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(mistakes)
    }
}

impl From<ThemeError> for ConfigError {
    fn from(error: ThemeError) -> Self {
        Self::Theme(error)
    }
}

/// Reads the configuration file and lays environment and flags over it. `lookup` gives a variable of the environment.
///
/// # Errors
/// A file that was asked for and is not there, one with mistakes, a variable that makes no sense. A configuration file that
/// is not where it would be by default is none.
pub fn load(flags: Flags, lookup: impl Fn(&str) -> Option<String>) -> Result<Settings, ConfigError> {
    let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
    let folder = paths::folder(lookup);
    let asked = flags.config.clone().or_else(|| lookup("QUARTERDECK_CONFIG").map(PathBuf::from));
    let (path, text) = match (asked, &folder) {
        (Some(path), _) => {
            let text = fs::read_to_string(&path).map_err(|error| ConfigError::Unreadable(path.clone(), error))?;
            (Some(path), text)
        }
        (None, Some(folder)) => read_if_there(folder.join("config.toml"))?,
        (None, None) => (None, String::new()),
    };
    let name = path.as_deref().map_or_else(String::new, |path| path.display().to_string());
    let file = file::read(Source { file: &name, text: &text })?;
    let ui = ui(&file, path.as_deref(), folder.as_deref(), &flags, &lookup)?;
    let environment = Environment {
        cluster: lookup("QUARTERDECK_CLUSTER"),
        read_only: switch("QUARTERDECK_READ_ONLY", &lookup)?.map(|setting| setting.value),
        ..Environment::aws(&lookup)
    };
    Ok(Settings {
        first_load_share: Setting::default(0.8).over([file.first_load_share.clone()]),
        refresh_share: Setting::default(0.25).over([file.refresh_share.clone()]),
        logs_memory: Setting::default(256).over([file.logs_memory.clone()]),
        logs_since: Setting::default(SignedDuration::from_mins(15)).over([file.logs_since.clone()]),
        path,
        folder,
        ui,
        file,
        flags,
        environment,
    })
}

fn read_if_there(path: PathBuf) -> Result<(Option<PathBuf>, String), ConfigError> {
    match fs::read_to_string(&path) {
        Ok(text) => Ok((Some(path), text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok((None, String::new())),
        Err(error) => Err(ConfigError::Unreadable(path, error)),
    }
}

fn ui(
    file: &File,
    path: Option<&Path>,
    folder: Option<&Path>,
    flags: &Flags,
    lookup: &impl Fn(&str) -> Option<String>,
) -> Result<UiSettings, ConfigError> {
    let variable = |name| lookup(name).map(|value| Setting { value, from: Origin::Environment(name) });
    let theme_flag = flags.theme.clone().map(|value| Setting { value, from: Origin::Flag("--theme") });
    let ascii_flag = flags.ascii.then_some(Setting { value: true, from: Origin::Flag("--ascii") });
    let beside = path.and_then(Path::parent);
    let keymap = file.keymap.clone().map(|setting| setting.map(|keymap| paths::written(&keymap, beside, lookup)));
    let theme = file.theme.clone().map(|setting| setting.map(|theme| beside_file(theme, beside, lookup)));
    let keymap_variable = variable("QUARTERDECK_KEYMAP").map(|setting| setting.map(PathBuf::from));
    let by_default = folder.map(|folder| folder.join("keymap.toml")).filter(|keymap| keymap.exists());
    Ok(UiSettings {
        theme: Setting::default("dark".to_owned()).over([
            by_background(lookup),
            theme,
            variable("QUARTERDECK_THEME"),
            theme_flag,
        ]),
        ascii: Setting::default(false).over([file.ascii.clone(), switch("QUARTERDECK_ASCII", lookup)?, ascii_flag]),
        mouse: Setting::default(true).over([file.mouse.clone(), switch("QUARTERDECK_MOUSE", lookup)?]),
        keymap: Setting::default(by_default)
            .over([keymap, keymap_variable].map(|layer| layer.map(|setting| setting.map(Some)))),
    })
}

/// A theme that is written as a path in the file is beside it.
fn beside_file(theme: String, beside: Option<&Path>, lookup: &impl Fn(&str) -> Option<String>) -> String {
    if paths::is_path(&theme) { paths::written(&theme, beside, lookup).display().to_string() } else { theme }
}

/// Some terminals say in `COLORFGBG` which of the 16 colours their background has, last: white or bright white is light.
fn by_background(lookup: &impl Fn(&str) -> Option<String>) -> Option<Setting<String>> {
    let light = matches!(lookup("COLORFGBG")?.rsplit(';').next(), Some("7" | "15"));
    light.then(|| Setting { value: "light".to_owned(), from: Origin::Environment("COLORFGBG") })
}

fn switch(name: &'static str, lookup: &impl Fn(&str) -> Option<String>) -> Result<Option<Setting<bool>>, ConfigError> {
    let Some(variable) = lookup(name) else { return Ok(None) };
    let value = value::switch_in(&variable).map_err(|message| ConfigError::Variable(name, message))?;
    Ok(Some(Setting { value, from: Origin::Environment(name) }))
}
