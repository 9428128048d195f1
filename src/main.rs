//! The `quarterdeck` command.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Parser;
use quarterdeck::cli::{self, Cli};

/// What went wrong is told in one line with its causes; a backtrace is for panics, which are faults of ours.
fn main() -> ExitCode {
    match cli::run(Cli::parse()) {
        Ok(code) => ExitCode::from(code),
        Err(report) => {
            // Nobody is left to tell if standard error is gone.
            let _ = writeln!(io::stderr().lock(), "quarterdeck: {report:#}");
            ExitCode::from(2)
        }
    }
}
