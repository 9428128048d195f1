//! `quarterdeck logs query`: a query of CloudWatch Logs Insights, run to its end.

mod progress;
mod table;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use clap::{Args, ValueEnum};
use color_eyre::eyre::{Result, WrapErr, eyre};
use jiff::Timestamp;

use super::INCOMPLETE;
use crate::aws::Aws;
use crate::cli::fleets::Chosen;
use crate::cli::status::{could_not_tell, scope};
use crate::config::Settings;
use crate::fleet::reading::{Failure, FailureKind, Panel};
use crate::logs::insights::{Language, QueryAsk, QueryState, QueryStatus, SavedQuery, shipped};
use crate::logs::moment::moment;
use crate::runtime::signals::Interrupts;
use crate::runtime::survey::survey_of;
use progress::Progress;

/// Groups in one query, from AWS's documentation of StartQuery.
const MOST_GROUPS: usize = 50;

/// The panels from which the groups of a fleet are told.
const OF_GROUPS: [Panel; 4] = [Panel::Services, Panel::Tasks, Panel::TaskDefinitions, Panel::LogGroups];

/// Time between two looks at a query, at first and at most.
const FIRST_LOOK: Duration = Duration::from_millis(250);
const LAST_LOOK: Duration = Duration::from_secs(1);

/// Looks in a row that may fail before the query is given up.
const FAILED_LOOKS: u32 = 5;

/// What to query.
#[derive(Debug, Clone, Args)]
pub struct QueryArgs {
    /// The query, such as 'fields @timestamp, @message | limit 20'
    #[arg(value_name = "QUERY", required_unless_present = "saved", conflicts_with = "saved")]
    pub text: Option<String>,
    /// A query that comes along or is in the configuration; an unknown name lists them
    #[arg(long, value_name = "NAME")]
    pub saved: Option<String>,
    /// Fill in a blank of that query
    #[arg(long = "set", value_name = "BLANK=VALUE", value_parser = pair, requires = "saved")]
    pub blanks: Vec<(String, String)>,
    /// Log group, by name or ARN, as often as there are groups; all of the fleet's if none is named
    #[arg(long, short, value_name = "GROUP")]
    pub group: Vec<String>,
    /// From when on: an age such as 15m or 2h, a time such as 2026-03-01T14:30:00Z, or 14:30 in UTC
    #[arg(long, default_value = "1h", value_name = "TIME")]
    pub since: String,
    /// Until when, written like --since
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Language of the query; in SQL the query names its groups
    #[arg(long, value_enum, default_value_t)]
    pub language: LanguageName,
    /// Most rows, where the query does not say how many
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub limit: Option<u32>,
    /// Print each row as a JSON object on a line of its own
    #[arg(long)]
    pub json: bool,
}

/// A language as typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum LanguageName {
    /// Logs Insights QL.
    #[default]
    Cwli,
    /// OpenSearch PPL.
    Ppl,
    /// OpenSearch SQL.
    Sql,
}

impl From<LanguageName> for Language {
    fn from(name: LanguageName) -> Self {
        match name {
            LanguageName::Cwli => Self::Cwli,
            LanguageName::Ppl => Self::Ppl,
            LanguageName::Sql => Self::Sql,
        }
    }
}

/// Runs a query, prints its rows and gives the exit code. An interrupt stops the query and prints what it has found.
///
/// # Errors
/// When the arguments make no sense together, or standard output can't be written.
pub async fn run(args: &QueryArgs, settings: &Settings) -> Result<u8> {
    let mut chosen = Chosen::from_settings(settings);
    // Somebody waits for it, once: it may take the part of a first load.
    chosen.aws.shares.refreshing = chosen.aws.shares.refreshing.max(chosen.aws.shares.first_load);
    let now = (chosen.aws.clock)();
    let ask = asked(args, settings.queries(), now)?;
    let aws = match Aws::connect(chosen.aws.clone()).await {
        Ok(aws) => aws,
        Err(failure) => return could_not_tell(&failure),
    };
    let groups = match ask.language {
        Language::Sql if ask.groups.is_empty() => Ok(Vec::new()),
        _ if !ask.groups.is_empty() => Ok(ask.groups.clone()),
        _ => fleet_groups(&aws, chosen).await?,
    };
    let ask = match groups {
        Ok(groups) => QueryAsk { groups, ..ask },
        Err(failure) => return could_not_tell(&failure),
    };
    if ask.groups.len() > MOST_GROUPS {
        return Err(eyre!("a query takes {MOST_GROUPS} log groups, not {}; name some with --group", ask.groups.len()));
    }
    // From here on it costs as long as it goes on.
    let mut interrupts = Interrupts::new()?;
    let id = match aws.start_query(&ask).await {
        Ok(id) => id,
        Err(failure) => return could_not_tell(&failure),
    };
    follow(&aws, &id, &mut interrupts, args.json).await
}

/// What was typed, but for the groups of the fleet.
fn asked(args: &QueryArgs, own: &[SavedQuery], now: Timestamp) -> Result<QueryAsk> {
    let (text, language) = match &args.saved {
        None => (args.text.clone().unwrap_or_default(), args.language.into()),
        Some(name) => {
            let saved = saved(name, own)?;
            let blanks: BTreeMap<String, String> = args.blanks.iter().cloned().collect();
            let text = saved.filled(&blanks);
            let text =
                text.map_err(|blank| eyre!("the query {name:?} has a blank: fill it in with --set {blank}=VALUE"))?;
            (text, saved.language)
        }
    };
    let at = |flag: &str, text: &str| moment(text, now).map_err(|why| eyre!("{flag}: {why}"));
    let from = at("--since", &args.since)?;
    let to = args.until.as_deref().map_or(Ok(now), |until| at("--until", until))?;
    if from > to {
        return Err(eyre!("--until lies before --since"));
    }
    let groups = args.group.clone();
    // AWS takes seconds: the one that has begun counts too.
    Ok(QueryAsk { groups, text, language, from: from.as_second(), to: to.as_second() + 1, limit: args.limit })
}

/// The query of that name: one's own before those that come along.
fn saved(name: &str, own: &[SavedQuery]) -> Result<SavedQuery> {
    let shipped = shipped().map_err(|told| eyre!(told))?;
    let known: Vec<SavedQuery> = own.iter().cloned().chain(shipped).collect();
    let names: Vec<String> = known.iter().map(|query| format!("  {:<18} {}", query.name, query.about)).collect();
    let found = known.into_iter().find(|query| query.name == name);
    found.ok_or_else(|| eyre!("no query is called {name:?}; there are\n{}", names.join("\n")))
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write it as BLANK=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// The log groups of the fleet.
async fn fleet_groups(aws: &Aws, chosen: Chosen) -> Result<Result<Vec<String>, Failure>> {
    let scope = match scope(aws, chosen.cluster).await? {
        Ok(scope) => scope,
        Err(failure) => return Ok(Err(failure)),
    };
    let fleet = survey_of(&OF_GROUPS, aws, scope, chosen.policy, chosen.extras, &chosen.aws.clock).await;
    let groups = &fleet.snapshot().log_groups;
    match (groups.get(), &groups.failure) {
        (Some(found), _) if !found.is_empty() => Ok(Ok(found.iter().map(|group| group.name.clone()).collect())),
        (_, Some(failure)) => Ok(Err(failure.clone())),
        _ => Err(eyre!("the fleet's tasks log to no group that could be found; name one with --group")),
    }
}

/// Looks at a query until it has ended, and prints what it has found.
async fn follow(aws: &Aws, id: &str, interrupts: &mut Interrupts, json: bool) -> Result<u8> {
    let mut progress = Progress::new(io::stderr().is_terminal());
    let ended = tokio::select! {
        ended = watch(aws, id, &mut progress) => ended,
        () = interrupts.next() => interrupted(aws, id).await,
    };
    progress.clear()?;
    let state = match ended {
        Ok(state) => state,
        Err(Lost { failure, so_far: None }) => return could_not_tell(&failure),
        Err(Lost { failure, so_far: Some(state) }) => {
            print(&state, json)?;
            could_not_tell(&failure)?;
            writeln!(io::stderr().lock(), "quarterdeck: these are the rows that it had found before")?;
            return Ok(INCOMPLETE);
        }
    };
    print(&state, json)?;
    progress.summary(&state)?;
    let whole = state.status == QueryStatus::Complete && !state.more;
    if !whole {
        let told = format!("quarterdeck: the query is {}: these are not all of its rows", state.status);
        writeln!(io::stderr().lock(), "{told}")?;
    }
    Ok(if whole { 0 } else { INCOMPLETE })
}

/// Why a query can't be looked at any more, and what it had found.
struct Lost {
    failure: Failure,
    so_far: Option<QueryState>,
}

async fn watch(aws: &Aws, id: &str, progress: &mut Progress) -> Result<QueryState, Lost> {
    let (mut pause, mut failed) = (FIRST_LOOK, 0);
    let mut so_far = None;
    loop {
        match aws.query_results(id).await {
            Ok(state) if !state.status.goes_on() => return Ok(state),
            Ok(state) => {
                failed = 0;
                progress.show(&state);
                so_far = Some(state).filter(|state| !state.rows.is_empty());
            }
            Err(failure) => {
                failed += 1;
                let passing = matches!(failure.kind, FailureKind::Throttled | FailureKind::Timeout);
                if !passing || failed == FAILED_LOOKS {
                    // Nobody will look at it again, and it costs as long as it goes on.
                    let _ = aws.stop_query(id).await;
                    return Err(Lost { failure, so_far });
                }
            }
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 3 / 2).min(LAST_LOOK);
    }
}

/// Stops a query; gives what it has found until then.
async fn interrupted(aws: &Aws, id: &str) -> Result<QueryState, Lost> {
    let lost = |failure| Lost { failure, so_far: None };
    aws.stop_query(id).await.map_err(lost)?;
    aws.query_results(id).await.map_err(lost)
}

/// Prints rows. A reader that closed the pipe (`| head`) has what it wanted.
fn print(state: &QueryState, json: bool) -> Result<()> {
    let out = io::BufWriter::new(io::stdout().lock());
    let written =
        if json { table::objects(state, out) } else { table::aligned(state, io::stdout().is_terminal(), out) };
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.wrap_err("can't write to standard output"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::logs::LogsCommand;
    use crate::cli::{Cli, Command};

    fn parsed(line: &[&str]) -> QueryArgs {
        let cli = Cli::try_parse_from([&["quarterdeck", "logs", "query"], line].concat()).unwrap();
        let Some(Command::Logs(args)) = cli.command else { unreachable!() };
        let Some(LogsCommand::Query(query)) = args.command else { unreachable!() };
        query
    }

    #[test]
    fn what_was_typed_becomes_a_query_in_seconds() {
        let now: Timestamp = "2026-03-01T12:00:00.5Z".parse().unwrap();
        let line = ["limit 1", "-g", "/a", "--group", "/b", "--since", "15m", "--language", "ppl", "--limit", "7"];
        let ask = asked(&parsed(&line), &[], now).unwrap();
        assert_eq!(ask.groups, ["/a", "/b"]);
        assert_eq!((ask.language, ask.limit, ask.to - ask.from), (Language::Ppl, Some(7), 901));
        assert_eq!(ask.to, now.as_second() + 1, "the second that has begun is asked for");
        let backwards = ["limit 1", "--since", "1m", "--until", "2026-03-01T11:00:00Z"];
        assert!(asked(&parsed(&backwards), &[], now).unwrap_err().to_string().contains("--until lies before"));
        assert!(asked(&parsed(&["limit 1", "--since", "soon"]), &[], now).unwrap_err().to_string().contains("no time"));
    }

    #[test]
    fn a_query_that_comes_along_wants_its_blanks() {
        let wrong = asked(&parsed(&["--saved", "trace"]), &[], Timestamp::now()).unwrap_err().to_string();
        assert!(wrong.contains("--set trace=VALUE"), "{wrong}");
        let ask = asked(&parsed(&["--saved", "trace", "--set", "trace=a=b"]), &[], Timestamp::now()).unwrap();
        assert!(ask.text.contains("like \"a=b\""), "{}", ask.text);
        let unknown = asked(&parsed(&["--saved", "nothing"]), &[], Timestamp::now()).unwrap_err().to_string();
        assert!(unknown.contains("slowest requests"), "{unknown}");
    }
}
