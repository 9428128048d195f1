//! What can be typed after `quarterdeck logs`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::query::QueryArgs;

/// What to print of the logs.
#[derive(Debug, Clone, Default, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct LogsArgs {
    /// What else can be done with them.
    #[command(subcommand)]
    pub command: Option<LogsCommand>,
    /// Log groups by name, service/NAME, instance/ID, task/ID or alarm/NAME; every service of the fleet if nothing is named
    #[arg(value_name = "WHAT")]
    pub what: Vec<String>,
    /// Go on with what comes, until Ctrl-C
    #[arg(long, short)]
    pub follow: bool,
    /// Where to begin: an age such as 5m or 2h, a time such as 2026-03-01T14:30:00Z, or 14:30 in UTC
    #[arg(long, default_value = "10m", value_name = "TIME")]
    pub since: String,
    /// Where to end, written like --since
    #[arg(long, value_name = "TIME", conflicts_with = "follow")]
    pub until: Option<String>,
    /// Print only events that match this regular expression; capitals count if it has one
    #[arg(long, value_name = "RE")]
    pub filter: Option<String>,
    /// Leave out events that match this regular expression; may be repeated
    #[arg(long, value_name = "RE")]
    pub exclude: Vec<String>,
    /// Print only events that pass this query, such as 'level>=warn status>=500 -healthz'
    #[arg(long, value_name = "QUERY")]
    pub query: Option<String>,
    /// Print N events before and after each one that passes
    #[arg(long, short = 'C', value_name = "N")]
    pub context: Option<usize>,
    /// Print N events after each one that passes
    #[arg(long, short = 'A', value_name = "N")]
    pub after: Option<usize>,
    /// Print N events before each one that passes
    #[arg(long, short = 'B', value_name = "N")]
    pub before: Option<usize>,
    /// Print one JSON object a line: time, ingested, group, stream, source, level, id, message
    #[arg(long, conflicts_with = "raw")]
    pub json: bool,
    /// Print messages byte for byte, control characters included; refuses a terminal
    #[arg(long)]
    pub raw: bool,
    /// Print without colours, as NO_COLOR does
    #[arg(long)]
    pub no_color: bool,
    /// Print with colours even where the output is no terminal
    #[arg(long, conflicts_with_all = ["no_color", "json", "raw"])]
    pub color: bool,
    /// Take what is new from Live Tail as well: quicker, and billed by the minute
    #[arg(long, requires = "follow", conflicts_with = "position")]
    pub live: bool,
    /// Keep in this file how far --follow has come, and go on from there the next time
    #[arg(long, value_name = "FILE", requires = "follow")]
    pub position: Option<PathBuf>,
    /// Ask for at most N events a page
    #[arg(long, value_name = "N", hide = true, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    pub page: Option<u16>,
}

/// What can be done with logs beside printing them.
#[derive(Debug, Clone, Subcommand)]
pub enum LogsCommand {
    /// Run a query of CloudWatch Logs Insights and print its rows; AWS bills it by the bytes that it scans
    Query(QueryArgs),
}
