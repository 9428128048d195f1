//! The command line: what can be typed after `quarterdeck`.

pub mod fleets;
pub mod iam_policy;
pub mod log;
pub mod logs;
pub mod open;
pub mod run;
pub mod simulated;
pub mod status;
pub mod what;

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::CommandFactory;
use color_eyre::eyre::Result;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::app::Command as AppCommand;
use crate::fleet::finding::Severity;
use crate::keymap;
use crate::sim::faults::Rule as FaultRule;
use crate::sim::options::{Options as SimOptions, Scenario};
use crate::sim::world::image::ImageFault;
use fleets::Chosen;

/// A terminal console for a fleet of disposable ECS instances that nobody logs into.
///
/// Without a command it opens the console on a cluster, or on a list of clusters to choose from.
#[derive(Debug, Parser)]
#[command(name = "quarterdeck", version, max_term_width = 100)]
pub struct Cli {
    /// What to do; the console, if nothing is named.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Which fleet, and how to reach it.
    #[command(flatten)]
    pub fleet: FleetArgs,

    /// How the console looks and behaves.
    #[command(flatten)]
    pub console: ConsoleArgs,
}

/// Commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Open the console on a simulated fleet inside this program
    Demo(SimArgs),
    /// Print the logs of groups, services, tasks or instances, or go on printing them
    Logs(Box<logs::LogsArgs>),
    /// Print whether the fleet is all right, for people or as JSON
    Status(StatusArgs),
    /// Do something to the fleet: plan it, ask, start its runbook, follow it
    Run(run::RunArgs),
    /// Print the least IAM policy that the console needs
    IamPolicy(PolicyArgs),
    /// Serve the simulated AWS on a loopback port, for any AWS client
    Sim(ServeArgs),
    /// Print every key and what it does, your own keymap included, as Markdown
    Keys,
    /// Print a completion script for a shell
    Completions {
        /// Shell to print it for
        shell: clap_complete::Shell,
    },
}

/// Which fleet, and how to reach it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Fleet")]
pub struct FleetArgs {
    /// Cluster name, or a fleet named in the configuration file
    #[arg(long, short, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Region, instead of the profile's or the environment's
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of the AWS configuration files
    #[arg(long, global = true, value_name = "NAME")]
    pub profile: Option<String>,
    /// Send every call to this address instead of AWS
    #[arg(long, global = true, value_name = "URL")]
    pub endpoint_url: Option<String>,
    /// Configuration file instead of ~/.config/quarterdeck/config.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Refuse every action
    #[arg(long, global = true)]
    pub read_only: bool,
    /// Append a log of failed calls, with AWS's request ids, to this file
    #[arg(long, global = true, env = "QUARTERDECK_LOG_FILE", value_name = "FILE")]
    pub log_file: Option<PathBuf>,
}

/// How the console looks and behaves.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Console")]
pub struct ConsoleArgs {
    /// Theme: dark, light or a file
    #[arg(long, global = true, value_name = "THEME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only
    #[arg(long, global = true)]
    pub ascii: bool,
}

/// The simulated AWS.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Simulated AWS")]
pub struct SimArgs {
    /// Fleet to begin with: story, healthy, empty, bare, scale, five or fifty
    #[arg(long, default_value = "story", value_name = "NAME")]
    pub scenario: Scenario,
    /// Instances to begin with, instead of the scenario's own number
    #[arg(long, value_name = "N")]
    pub instances: Option<u32>,
    /// Services to begin with, instead of the scenario's own number
    #[arg(long, value_name = "N")]
    pub services: Option<u32>,
    /// The same seed gives the same world
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub seed: u64,
    /// Hold every answer back this long, such as 100ms
    #[arg(long, default_value = "0ms", value_parser = duration, value_name = "TIME")]
    pub latency: Duration,
    /// Shorten boot, drain and other durations this many times
    #[arg(long, default_value_t = 1.0, value_parser = speed, value_name = "N")]
    pub speed: f64,
    /// Let nothing happen: the world stays as it begins
    #[arg(long)]
    pub still: bool,
    /// Break answers: `KIND[:service[.Operation]][@rate]` with KIND one of throttle, deny, error, stall, garbage, html, truncated, reset
    #[arg(long, value_name = "FAULT")]
    pub fault: Vec<FaultRule>,
    /// Spoil Amazon's newest AMI and what is made of it: build (installing on it never ends), agent (never joins) or task (exits with 1)
    #[arg(long, value_name = "FAULT")]
    pub bad_base: Option<ImageFault>,
}

impl SimArgs {
    /// The world's options.
    #[must_use]
    pub fn options(&self) -> SimOptions {
        SimOptions {
            scenario: self.scenario,
            instances: self.instances,
            services: self.services,
            seed: self.seed,
            latency: self.latency,
            speed: self.speed,
            still: self.still,
            faults: self.fault.clone(),
            bad_base: self.bad_base,
            ..SimOptions::default()
        }
    }
}

/// Where to serve the simulated AWS.
#[derive(Debug, Clone, Args)]
pub struct ServeArgs {
    /// Loopback address and port to listen on; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:4570", value_name = "ADDRESS")]
    pub listen: std::net::SocketAddr,
    /// The world to serve.
    #[command(flatten)]
    pub sim: SimArgs,
}

/// What to print of a fleet.
#[derive(Debug, Clone, Args)]
pub struct StatusArgs {
    /// Print the documented JSON instead of text
    #[arg(long)]
    pub json: bool,
    /// Print the JSON Schema of that document and end
    #[arg(long)]
    pub schema: bool,
    /// Exit with 1 if there is a finding this bad or worse
    #[arg(long, default_value = "warning", value_name = "SEVERITY")]
    pub fail_on: FailOn,
}

/// Whose policy to print.
#[derive(Debug, Clone, Args)]
pub struct PolicyArgs {
    /// Of somebody who only looks
    #[arg(long, required_unless_present = "operator", conflicts_with = "operator")]
    pub read_only: bool,
    /// Of somebody who acts, too
    #[arg(long)]
    pub operator: bool,
}

/// A severity as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any finding.
    Info,
    /// Warnings and critical findings.
    Warning,
    /// Critical findings only.
    Critical,
}

impl From<FailOn> for Severity {
    fn from(word: FailOn) -> Self {
        match word {
            FailOn::Info => Self::Info,
            FailOn::Warning => Self::Warning,
            FailOn::Critical => Self::Critical,
        }
    }
}

/// Does what was typed and gives the exit code.
///
/// # Errors
/// Whatever kept the command from being done, said for a person.
pub fn run(cli: Cli) -> Result<u8> {
    color_eyre::config::HookBuilder::default().display_env_section(false).display_location_section(false).install()?;
    log::start(cli.fleet.log_file.as_deref())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let exit = runtime.block_on(perform(cli));
    // A call that nobody waits for any more must not keep the shell waiting.
    runtime.shutdown_background();
    exit
}

async fn perform(cli: Cli) -> Result<u8> {
    let settings = || fleets::settings(&cli.fleet, &cli.console);
    match &cli.command {
        None => {
            let settings = settings()?;
            open::console(&settings, Chosen::from_settings(&settings)).await
        }
        Some(Command::Demo(args)) => {
            let settings = settings()?;
            let read_only = settings.first_fleet().read_only.value;
            open::console(&settings, simulated::fleet(args, read_only)?).await
        }
        Some(Command::Logs(args)) => logs::run(args, &settings()?).await,
        Some(Command::Status(args)) => status::run(args, &settings()?).await,
        Some(Command::Run(args)) => run::run(args, &settings()?).await,
        Some(Command::IamPolicy(args)) => {
            let policy = iam_policy::policy(args.operator, &Chosen::from_settings(&settings()?).extras.runbooks);
            status::print(&serde_json::to_string_pretty(&policy)?)?;
            Ok(0)
        }
        Some(Command::Sim(args)) => simulated::serve(args).await,
        Some(Command::Keys) => {
            let keymap = open::keymap(&settings()?)?;
            let help = |name: &str| AppCommand::named(name).map(AppCommand::help);
            status::print(keymap::reference(&keymap, help).trim_end())?;
            Ok(0)
        }
        Some(Command::Completions { shell }) => {
            clap_complete::generate(*shell, &mut Cli::command(), "quarterdeck", &mut io::stdout());
            Ok(0)
        }
    }
}

/// `250ms`, `2s`, `1m 30s`: what jiff reads, and not negative.
fn duration(text: &str) -> Result<Duration, String> {
    let span: jiff::SignedDuration = text.parse().map_err(|error| format!("{error}; write it like 250ms or 2s"))?;
    Duration::try_from(span).map_err(|_| "a duration can't be negative".to_owned())
}

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if speed.is_finite() && speed > 0.0 => Ok(speed),
        _ => Err("a number above 0, such as 10".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
