//! `quarterdeck logs`: the lines of groups, services, tasks and instances, for people and for scripts.

mod args;
mod follow;
mod history;
mod journal;
mod print;
mod query;
mod record;
mod report;
mod sieve;
mod sources;

use std::env;
use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use color_eyre::eyre::{Result, eyre};
use jiff::Timestamp;

pub use args::{LogsArgs, LogsCommand};
pub use query::QueryArgs;

use super::fleets::Chosen;
use super::status::could_not_tell;
use crate::aws::Aws;
use crate::config;
use crate::logs::ink;
use crate::logs::moment::moment;
use crate::logs::tail::Settings;
use print::{Format, Printer};
use record::Record;
use report::Report;
use sieve::{Context, Sifted, Wanted};
use sources::Sources;

/// Exit code when what was printed is known to be incomplete.
const INCOMPLETE: u8 = 1;
/// Exit code when nothing could be printed at all.
const NOT_STARTED: u8 = 2;
/// Bytes that are written at once; whatever is complete is written when nothing more is there to print.
const BUFFER: usize = 1 << 16;

/// Prints what was asked for and gives the exit code.
///
/// # Errors
/// When the arguments make no sense together, or standard output can't be written.
pub async fn run(args: &LogsArgs, settings: &config::Settings) -> Result<u8> {
    if let Some(LogsCommand::Query(query)) = &args.command {
        return query::run(query, settings).await;
    }
    let wanted = Wanted::of(args)?;
    if args.raw && io::stdout().is_terminal() {
        return Err(eyre!(
            "--raw prints control characters as they came, which could take over this terminal; send it to a file or a pipe"
        ));
    }
    let mut chosen = Chosen::from_settings(settings);
    if !args.follow {
        // Somebody waits for it, once: it may take the part of a first load.
        chosen.aws.shares.refreshing = chosen.aws.shares.refreshing.max(chosen.aws.shares.first_load);
    }
    let now = (chosen.aws.clock)();
    let tail = tail_settings(args, now)?;
    let aws = match Aws::connect(chosen.aws.clone()).await {
        Ok(aws) => aws,
        Err(failure) => return could_not_tell(&failure),
    };
    let sources = match sources::find(args, &aws, chosen).await? {
        Ok(sources) => sources,
        Err(failure) => return could_not_tell(&failure),
    };
    let mut report = Report::new(&sources);
    report.told()?;
    if sources.feeds.feeds.is_empty() {
        writeln!(io::stderr().lock(), "quarterdeck: there is nothing to read")?;
        return Ok(NOT_STARTED);
    }
    let Sources { feeds, .. } = sources;
    let out = BufWriter::with_capacity(BUFFER, io::stdout().lock());
    let printer = Printer::new(out, format(args), &feeds.feeds);
    let (before, after) = (args.before.or(args.context), args.after.or(args.context));
    let context = Context::new(before.unwrap_or(0), after.unwrap_or(0));
    let mut desk = Desk { printer, wanted, context, raw: args.raw };
    let ended = match args.follow {
        true => follow::run(args, &aws, feeds.feeds, tail, &mut desk, &mut report).await,
        false => history::run(&aws, feeds.feeds, tail, &mut desk, &mut report).await,
    };
    match ended.and_then(|()| Ok(desk.printer.flush()?)) {
        // Whoever closed the pipe (`| head`) has what it wanted.
        Err(error) if is_closed_pipe(&error) => return Ok(0),
        other => other?,
    }
    report.counted()?;
    Ok(if report.is_complete() { 0 } else { INCOMPLETE })
}

fn is_closed_pipe(error: &color_eyre::eyre::Report) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    kind == Some(io::ErrorKind::BrokenPipe)
}

fn tail_settings(args: &LogsArgs, now: Timestamp) -> Result<Settings> {
    let at = |flag: &str, text: &str| moment(text, now).map_err(|why| eyre!("{flag}: {why}"));
    let since = at("--since", &args.since)?;
    let until = args.until.as_deref().map(|text| at("--until", text)).transpose()?;
    if until.is_some_and(|until| until < since) {
        return Err(eyre!("--until lies before --since"));
    }
    // What has not happened yet is not waited for.
    let present = now.as_millisecond().saturating_sub(1);
    let until = (!args.follow).then(|| until.map_or(present, |until| until.as_millisecond().min(present)));
    Ok(Settings { until, page: args.page, ..Settings::since(since.as_millisecond()) })
}

fn format(args: &LogsArgs) -> Format {
    if args.raw {
        return Format::Raw;
    }
    if args.json {
        return Format::Json;
    }
    let unwanted = args.no_color || env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let color = args.color || (!unwanted && io::stdout().is_terminal());
    Format::Text { color, following: args.follow }
}

/// Where records come to be printed.
struct Desk {
    printer: Printer<BufWriter<StdoutLock<'static>>>,
    wanted: Wanted,
    context: Context,
    raw: bool,
}

impl Desk {
    /// Prints a record if it passes, with what belongs around it.
    fn print(&mut self, record: &Record) -> Result<()> {
        let passes = match &record.body {
            record::Body::Gap(gap) => {
                if self.raw {
                    let line =
                        print::gap_line(self.printer.label(record.feed), gap, &crate::text::one_line(&gap.why, 200));
                    writeln!(io::stderr().lock(), "{line}")?;
                }
                true
            }
            record::Body::Event(event) => {
                let (text, stream) = (crate::text::clean_lines(&event.message), crate::text::clean(&event.stream));
                self.wanted.passes(self.printer.label(record.feed), &stream, &ink::plain(&text))
            }
        };
        if let Sifted::Shown { before, apart, context } = self.context.take(record, passes) {
            if apart {
                self.printer.apart()?;
            }
            for record in &before {
                self.printer.record(record, &self.wanted, true)?;
            }
            self.printer.record(record, &self.wanted, context)?;
        }
        Ok(())
    }
}
