//! `quarterdeck status`: the fleet's judgement, for people and for scripts.

use std::io::{self, Write};

use color_eyre::eyre::{Result, WrapErr, eyre};

use super::StatusArgs;
use super::fleets::Chosen;
use crate::aws::Aws;
use crate::config::Settings;
use crate::fleet::reading::Failure;
use crate::fleet::scope::{Scope, fleets};
use crate::fleet::status::{Status, json_schema, text};
use crate::runtime::survey::survey;

/// Exit code when it could not be told whether the fleet is all right.
const COULD_NOT_TELL: u8 = 2;

/// Reads the fleet once, prints it and gives the exit code.
///
/// # Errors
/// When AWS can't be reached at all, no cluster can be told, or the output can't be written.
pub async fn run(args: &StatusArgs, settings: &Settings) -> Result<u8> {
    if args.schema {
        print(&serde_json::to_string_pretty(&json_schema())?)?;
        return Ok(0);
    }
    let Chosen { aws, cluster, policy, extras, .. } = Chosen::from_settings(settings);
    let now = aws.clock.clone();
    let aws = match Aws::connect(aws).await {
        Ok(aws) => aws,
        Err(failure) => return could_not_tell(&failure),
    };
    let scope = match scope(&aws, cluster).await? {
        Ok(scope) => scope,
        Err(failure) => return could_not_tell(&failure),
    };
    let fleet = survey(&aws, scope, policy, extras, &now).await;
    let status = Status::of(&fleet, now());
    print(&if args.json { serde_json::to_string_pretty(&status)? } else { text(&status) })?;
    Ok(status.exit_code(args.fail_on.into()))
}

/// Says what failed on standard error, and gives the exit code for it.
///
/// # Errors
/// When standard error is gone.
pub fn could_not_tell(failure: &Failure) -> Result<u8> {
    let mut stderr = io::stderr().lock();
    writeln!(stderr, "quarterdeck: {}: {}", failure.operation, failure.message)?;
    if let Some(hint) = &failure.hint {
        writeln!(stderr, "  {hint}")?;
    }
    Ok(COULD_NOT_TELL)
}

/// The fleet of that cluster. A script can't pick from a list: where none is named there has to be exactly one.
///
/// # Errors
/// When there is none, or there are several.
pub async fn scope(aws: &Aws, cluster: Option<String>) -> Result<Result<Scope, Failure>> {
    let region = aws.region().unwrap_or_default().to_owned();
    if let Some(cluster) = cluster {
        return Ok(Ok(Scope { cluster, region }));
    }
    let clusters = match aws.clusters().await {
        Ok(clusters) => clusters,
        Err(failure) => return Ok(Err(failure)),
    };
    match fleets(clusters.iter().map(|cluster| cluster.name.as_str())).as_slice() {
        [only] => Ok(Ok(Scope { cluster: (*only).to_owned(), region })),
        [] => Err(eyre!("there is no ECS cluster in this account and Region; check --profile and --region")),
        several => Err(eyre!("there are {} clusters; name one with --cluster: {}", several.len(), several.join(", "))),
    }
}

/// Prints a text and ends its line. A reader that closed the pipe (`| head`) has what it wanted.
///
/// # Errors
/// When standard output can't be written.
pub fn print(text: &str) -> Result<()> {
    let written = writeln!(io::stdout().lock(), "{text}");
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other.wrap_err("can't write to standard output"),
    }
}
