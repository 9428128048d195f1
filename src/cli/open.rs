//! Opens the console.

use std::env;

use color_eyre::eyre::{Result, WrapErr};

use super::fleets::Chosen;
use crate::app::logs::Limits;
use crate::app::{Command, Model, Start};
use crate::config::Settings;
use crate::fleet::scope::Scope;
use crate::keymap::{DEFAULT, Keymap};
use crate::runtime::console::{Ended, Session, run};
use crate::runtime::signals::Signals;
use crate::runtime::terminal::{Options, Terminal};
use crate::theme::{Depth, fit};

/// Runs the console on a fleet and gives the exit code.
///
/// # Errors
/// When the theme or the keymap has mistakes, standard output is no terminal, or the terminal breaks.
pub async fn console(settings: &Settings, chosen: Chosen) -> Result<u8> {
    let Chosen { cluster, aws, policy, extras, names, journal, read_only } = chosen;
    let theme = fit(&settings.theme()?, Depth::detect(|name| env::var(name).ok()));
    let keymap = keymap(settings)?;
    let now = aws.clock.clone();
    let region = aws.region.clone().unwrap_or_default();
    let scope = cluster.map(|cluster| Scope { cluster, region });
    let options = Options { mouse: settings.ui.mouse.value, ascii: settings.ui.ascii.value };
    let signals = Signals::new()?;
    let terminal =
        Terminal::enter(options).wrap_err("the console needs a terminal; `quarterdeck status` works without one")?;
    let area = terminal.area();
    let limits = Limits {
        memory: usize::try_from(settings.logs_memory.value).unwrap_or(usize::MAX).saturating_mul(1 << 20),
        since: i64::try_from(settings.logs_since.value.as_millis()).unwrap_or(i64::MAX),
    };
    let (queries, guarded) = (settings.queries().to_vec(), settings.guarded());
    let start = Start {
        scope,
        policy,
        keymap,
        read_only,
        guarded,
        limits,
        queries,
        names,
        now: now(),
        size: (area.width, area.height),
    };
    let session = Session { model: Model::new(start), theme, settings: aws, extras, journal, now };
    match run(session, terminal, signals).await? {
        Ended::Quit => Ok(0),
        Ended::Signalled(code) => Ok(code),
    }
}

/// The user's keys over the shipped ones.
///
/// # Errors
/// When the user's keymap can't be read or has mistakes.
pub fn keymap(settings: &Settings) -> Result<Keymap> {
    let user = settings.keymap()?;
    let user = user.as_ref().map(|(path, text)| (path.as_str(), text.as_str()));
    Ok(Keymap::load(DEFAULT, user, &Command::names())?)
}
