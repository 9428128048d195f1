//! Opens the console.

use std::env;

use color_eyre::eyre::{Result, WrapErr};

use super::ConsoleArgs;
use super::fleets::Chosen;
use crate::app::{Command, Model, Start};
use crate::aws::Clock;
use crate::fleet::scope::Scope;
use crate::keymap::Keymap;
use crate::runtime::console::{Ended, Session, run};
use crate::runtime::terminal::{Options, Terminal};
use crate::theme::{Depth, Theme, fit};

/// Runs the console on a fleet and gives the exit code.
///
/// # Errors
/// When the theme or the keymap has mistakes, standard output is no terminal, or the terminal breaks.
pub async fn console(args: &ConsoleArgs, chosen: Chosen) -> Result<u8> {
    let Chosen { cluster, settings, policy, extras, intervals, read_only } = chosen;
    let theme = Theme::load(args.theme.as_deref().unwrap_or("dark"), |_| None)?;
    let theme = fit(&theme, Depth::detect(|name| env::var(name).ok()));
    let keymap = Keymap::load(crate::keymap::DEFAULT, None, &Command::names())?;
    let now: Clock = settings.clock.clone();
    let region = settings.region.clone().unwrap_or_default();
    let scope = cluster.map(|cluster| Scope { cluster, region });
    let terminal = Terminal::enter(Options { mouse: false, ascii: args.ascii })
        .wrap_err("the console needs a terminal; `quarterdeck status` works without one")?;
    let area = terminal.area();
    let start = Start { scope, policy, keymap, read_only, now: now(), size: (area.width, area.height) };
    let model = Model::new(start);
    let session = Session { model, theme, settings, intervals, extras, now };
    match run(session, terminal).await? {
        Ended::Quit => Ok(0),
        Ended::Signalled(code) => Ok(code),
    }
}
