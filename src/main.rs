//! The `quarterdeck` command.

use std::process::ExitCode;

use clap::Parser;
use color_eyre::eyre::Result;
use quarterdeck::cli::{self, Cli};

fn main() -> Result<ExitCode> {
    cli::run(Cli::parse()).map(ExitCode::from)
}
