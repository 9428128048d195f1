//! `quarterdeck run`: an action planned, confirmed, noted, started and followed, as in the console.

mod ask;
mod follow;
mod text;

use std::io::{self, Write};

use clap::Args;
use color_eyre::eyre::{Result, eyre};
use jiff::Timestamp;

use super::fleets::Chosen;
use super::status::{could_not_tell, print, scope};
use super::what;
use crate::actions::catalogue::{Action, Danger, Kind, Names};
use crate::actions::form::{Circumstances, Form};
use crate::actions::journal::Asked;
use crate::actions::plan::{Plan, Request, plan};
use crate::actions::start::{Outcome, Start};
use crate::aws::Aws;
use crate::config;
use crate::fleet::execution::Values;
use crate::fleet::finding::Subject;
use crate::fleet::reading::Failure;
use crate::fleet::runbook::Runbook;
use crate::fleet::view::Fleet;
use crate::runtime::act;
use crate::runtime::survey::{guard, survey};

/// Exit code when nothing was started, or what was started did not end well.
const NOT_DONE: u8 = 1;
/// Exit code when it could not be told what would come, or what became of it.
const COULD_NOT_TELL: u8 = 2;

/// What to do, to what, and why.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    /// An action (silence, unsilence, drain, activate, recycle, quarantine, stop-task, redeploy, rollback, scale, capacity, eject,
    /// bake, promote, rollback-ami, rollout, freeze, thaw) or the name of a runbook
    #[arg(value_name = "ACTION")]
    pub action: String,
    /// To what: the id of an instance or task, the name of a service, alarm or group, the id of an AMI; for a runbook instance/ID, service/NAME and so on
    #[arg(value_name = "TARGET")]
    pub targets: Vec<String>,
    /// Print what would come of it and end
    #[arg(long, conflicts_with = "yes")]
    pub plan: bool,
    /// Start without asking
    #[arg(long)]
    pub yes: bool,
    /// A parameter of the runbook, such as Duration=30m; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
    pub param: Vec<(String, String)>,
    /// Why, for those who wonder later
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Start although the plan says that this blocks it; may be repeated
    #[arg(long = "override", value_name = "TOPIC")]
    pub overrides: Vec<String>,
    /// Wait until it has ended, and tell how it goes
    #[arg(long)]
    pub wait: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

fn pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("write it NAME=VALUE".to_owned()),
    }
}

/// Everything that is known before it is started.
struct Prepared {
    action: Option<Action>,
    runbook: Runbook,
    subjects: Vec<Subject>,
    form: Form,
    values: Values,
    plan: Plan,
    request_id: String,
}

/// Plans, asks, starts, and gives the exit code.
///
/// # Errors
/// When the arguments make no sense, no cluster can be told, or standard output can't be written.
pub async fn run(args: &RunArgs, settings: &config::Settings) -> Result<u8> {
    let chosen = Chosen::from_settings(settings);
    let (clock, names, journal, read_only) =
        (chosen.aws.clock.clone(), chosen.names.clone(), chosen.journal.clone(), chosen.read_only);
    if read_only && !args.plan {
        return Err(eyre!(
            "this fleet is read-only here (--read-only, QUARTERDECK_READ_ONLY or its configuration): only --plan works"
        ));
    }
    let aws = match Aws::connect(chosen.aws).await {
        Ok(aws) => aws,
        Err(failure) => return could_not_tell(&failure),
    };
    let scope = match scope(&aws, chosen.cluster).await? {
        Ok(scope) => scope,
        Err(failure) => return could_not_tell(&failure),
    };
    let look = async || {
        let mut fleet = survey(&aws, scope.clone(), chosen.policy.clone(), chosen.extras.clone(), &clock).await;
        if let Some(action) = action(args, &names).filter(|action| action.ends_tasks()) {
            // What it is done to is said with the plan where it makes no sense.
            let ended = subjects(args, Some(action), &fleet).unwrap_or_default();
            guard(&aws, &mut fleet, &ended).await;
        }
        fleet
    };
    let (mut fleet, request_id) = (look().await, act::request_id());
    let mut prepared = match prepare(args, &fleet, (&names, &request_id), clock())? {
        Ok(prepared) => prepared,
        Err(failure) => return could_not_tell(&failure),
    };
    say(args, &text::plan(&fleet, &prepared))?;
    let blocked: Vec<&str> = prepared
        .plan
        .blocks()
        .into_iter()
        .map(|topic| topic.name())
        .filter(|name| !args.overrides.iter().any(|one| one == name))
        .collect();
    if args.plan {
        print_json(args, &fleet, &prepared, None, None)?;
        return Ok(if blocked.is_empty() { 0 } else { NOT_DONE });
    }
    if !blocked.is_empty() {
        print_json(args, &fleet, &prepared, None, None)?;
        writeln!(
            io::stderr().lock(),
            "quarterdeck: nothing was started; --override {} would start it all the same",
            blocked.join(" --override ")
        )?;
        return Ok(NOT_DONE);
    }
    if !args.yes {
        if !ask::confirmed(prepared.action, &name(&fleet, &prepared.subjects))? {
            writeln!(io::stderr().lock(), "quarterdeck: nothing was started")?;
            return Ok(NOT_DONE);
        }
        // However long somebody thought about it: what starts is what they have read, seen again just now.
        fleet = look().await;
        let read = prepared;
        prepared = match prepare(args, &fleet, (&names, &request_id), clock())? {
            Ok(prepared) => prepared,
            Err(failure) => return could_not_tell(&failure),
        };
        if prepared.surprises(&read) {
            say(args, &text::plan(&fleet, &prepared))?;
            writeln!(io::stderr().lock(), "quarterdeck: the plan has changed meanwhile; nothing was started")?;
            return Ok(NOT_DONE);
        }
    }
    let asked = Asked::new(fleet.snapshot(), start_of(&prepared), &prepared.plan, &args.overrides);
    let outcome = act::start(&aws, journal.as_ref(), &prepared.request_id, asked).await;
    let ended = match &outcome {
        Outcome::Started(id) if args.wait => follow::until_ended(&aws, id, args.json).await?,
        _ => None,
    };
    print_json(args, &fleet, &prepared, Some(&outcome), ended.as_ref())?;
    told(args, &prepared, &outcome, ended.as_ref())
}

/// Says what became of it, and gives the exit code.
fn told(
    args: &RunArgs,
    prepared: &Prepared,
    outcome: &Outcome,
    ended: Option<&crate::fleet::execution::Execution>,
) -> Result<u8> {
    match outcome {
        Outcome::Started(id) => {
            match ended {
                None => say(args, &format!("started {}: {id}", prepared.runbook.name))?,
                Some(execution) => say(args, &text::ended(execution))?,
            }
            if args.wait && ended.is_none() {
                return Ok(COULD_NOT_TELL);
            }
            let bad = ended.is_some_and(|execution| !execution.status.is_over() || execution.status.is_bad());
            Ok(if bad { NOT_DONE } else { 0 })
        }
        Outcome::Refused(failure) => {
            could_not_tell(failure)?;
            writeln!(io::stderr().lock(), "quarterdeck: nothing was started")?;
            Ok(NOT_DONE)
        }
        Outcome::Unknown(failure) => {
            could_not_tell(failure)?;
            let tag = crate::actions::start::tag_of(&prepared.request_id);
            writeln!(
                io::stderr().lock(),
                "quarterdeck: it was sent and not answered. It may run: look for the tag {tag} among the executions; never start it again before"
            )?;
            Ok(COULD_NOT_TELL)
        }
    }
}

impl Prepared {
    /// Whether it is another than the one that somebody has read: what time alone moves, such as the minute of the start, is not.
    fn surprises(&self, read: &Self) -> bool {
        self.plan.surprises(&read.plan)
            || self.runbook != read.runbook
            || (&self.form.given, &self.form.each) != (&read.form.given, &read.form.each)
    }
}

fn prepare(
    args: &RunArgs,
    fleet: &Fleet,
    (names, request_id): (&Names, &str),
    now: Timestamp,
) -> Result<Result<Prepared, Failure>> {
    let action = action(args, names);
    let document = action.map_or(args.action.as_str(), |action| names.of(action));
    let runbooks = &fleet.snapshot().runbooks;
    let Some(runbook) = runbooks.rows.iter().find(|runbook| runbook.name == document).cloned() else {
        return match &runbooks.failure {
            Some(failure) => Ok(Err(failure.clone())),
            None => Err(eyre!("there is no runbook {document} in this account; an action is one of {}", words())),
        };
    };
    let subjects = subjects(args, action, fleet)?;
    let circumstances = Circumstances { fleet, action, subjects: &subjects, request_id: Some(request_id) };
    let form = Form::of(&runbook, &circumstances);
    let values = values(args, &form, now)?;
    let request = Request { action, runbook: &runbook, subjects: &subjects, values: &values, now };
    let plan = plan(fleet, &request);
    Ok(Ok(Prepared { action, runbook, subjects, form, values, plan, request_id: request_id.to_owned() }))
}

fn action(args: &RunArgs, names: &Names) -> Option<Action> {
    Action::named(&args.action).or_else(|| names.action(&args.action))
}

fn words() -> String {
    Action::ALL.map(Action::word).join(", ")
}

fn subjects(args: &RunArgs, action: Option<Action>, fleet: &Fleet) -> Result<Vec<Subject>> {
    let of_action = action.map(Action::kind);
    if of_action == Some(Kind::Fleet) && args.targets.is_empty() {
        return Ok(vec![Subject::Fleet]);
    }
    if args.targets.is_empty() && of_action.is_some() {
        return Err(eyre!("{} to what? name a target", args.action));
    }
    let read = |text: &String| match (what::split(text), of_action) {
        (Some((kind, name)), Some(wanted)) if kind == wanted => Ok(what::subject(kind, name, fleet)),
        (Some((kind, name)), None) => Ok(what::subject(kind, name, fleet)),
        // The name of an alarm or a service may itself hold a slash.
        (_, Some(wanted)) => Ok(what::subject(wanted, text, fleet)),
        (None, None) => {
            Err(eyre!("{text:?}: write instance/ID, service/NAME, task/ID, alarm/NAME, group/NAME or image/ID"))
        }
    };
    args.targets.iter().map(read).collect()
}

/// What the fields of the form are to say.
fn values(args: &RunArgs, form: &Form, now: Timestamp) -> Result<Values> {
    let mut texts: Vec<String> = form.fields.iter().map(|field| field.text.clone()).collect();
    let reason = args.reason.iter().map(|reason| ("Reason", reason));
    for (name, value) in args.param.iter().map(|(name, value)| (name.as_str(), value)).chain(reason) {
        let Some(at) = form.fields.iter().position(|field| field.parameter.name == name) else {
            let names: Vec<&str> = form.fields.iter().map(|field| field.parameter.name.as_str()).collect();
            return Err(eyre!("the runbook asks for no {name}; it asks for {}", names.join(", ")));
        };
        if let Some(text) = texts.get_mut(at) {
            text.clone_from(value);
        }
    }
    let said: Vec<&str> = texts.iter().map(String::as_str).collect();
    form.values(&said, now).map_err(|wrong| {
        let told =
            wrong.iter().filter_map(|(at, why)| Some(format!("{}: {why}", form.fields.get(*at)?.parameter.name)));
        eyre!("{}; give them with --reason or --param NAME=VALUE", told.collect::<Vec<_>>().join("; "))
    })
}

fn name(fleet: &Fleet, subjects: &[Subject]) -> String {
    match subjects {
        [one] => text::name(fleet, one),
        several => format!("{} targets", several.len()),
    }
}

fn start_of(prepared: &Prepared) -> Start {
    Start::new(&prepared.request_id, &prepared.runbook, &prepared.form, prepared.values.clone())
}

/// Whether it takes more than a yes.
fn is_grave(action: Option<Action>) -> bool {
    action.is_some_and(|action| action.danger() == Danger::Grave)
}

fn say(args: &RunArgs, text: &str) -> Result<()> {
    if args.json { Ok(()) } else { print(text) }
}

fn print_json(
    args: &RunArgs,
    fleet: &Fleet,
    prepared: &Prepared,
    outcome: Option<&Outcome>,
    ended: Option<&crate::fleet::execution::Execution>,
) -> Result<()> {
    if args.json {
        writeln!(
            io::stdout().lock(),
            "{}",
            serde_json::to_string_pretty(&text::json(fleet, prepared, outcome, ended))?
        )?;
    }
    Ok(())
}
