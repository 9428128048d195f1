//! The log file: failed calls with AWS's request ids. Never the terminal, which belongs to the console.

use std::fs::OpenOptions;
use std::path::Path;
use std::sync::Mutex;

use color_eyre::eyre::{Result, WrapErr};
use tracing_subscriber::EnvFilter;

/// Appends to `file` what the program reports; without one nothing is kept.
///
/// `QUARTERDECK_LOG` widens or narrows it, in the syntax of `tracing`'s filters, such as `quarterdeck=debug`.
///
/// # Errors
/// When the file can't be opened.
pub fn start(file: Option<&Path>) -> Result<()> {
    let Some(path) = file else { return Ok(()) };
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let file = opened.wrap_err_with(|| format!("can't open the log file {}", path.display()))?;
    let filter = EnvFilter::try_from_env("QUARTERDECK_LOG").unwrap_or_else(|_| EnvFilter::new("quarterdeck=info"));
    tracing_subscriber::fmt().with_writer(Mutex::new(file)).with_ansi(false).with_env_filter(filter).init();
    Ok(())
}
