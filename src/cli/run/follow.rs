//! Waits for an execution to end, and tells how it goes.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use color_eyre::eyre::Result;

use crate::aws::Aws;
use crate::fleet::execution::{Execution, ExecutionStatus, Step};
use crate::fleet::reading::Failure;

/// Between two looks: AWS answers three a second for the whole account.
const EVERY: Duration = Duration::from_secs(2);
/// Looks in a row that may fail before it is given up.
const FAILED_LOOKS: u32 = 30;

/// Looks at it until it has ended; `None` if it could not be looked at for too long. It goes on without us.
///
/// # Errors
/// When standard error is gone.
pub(super) async fn until_ended(aws: &Aws, id: &str, quiet: bool) -> Result<Option<Execution>> {
    let mut told: Vec<(String, ExecutionStatus)> = Vec::new();
    let mut failed = 0;
    let mut last = None;
    loop {
        match aws.execution(id).await {
            Ok(execution) => {
                failed = 0;
                if !quiet {
                    tell(&execution, &mut told)?;
                }
                if execution.status.is_over() {
                    return Ok(Some(execution));
                }
                last = Some(execution);
            }
            Err(failure) => {
                failed += 1;
                if failed == FAILED_LOOKS {
                    given_up(&failure)?;
                    return Ok(last);
                }
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

fn given_up(failure: &Failure) -> Result<()> {
    writeln!(io::stderr().lock(), "quarterdeck: {}: {}; it goes on by itself", failure.operation, failure.message)?;
    Ok(())
}

/// A line for each step that begins or ends; in a pipe as on a terminal.
fn tell(execution: &Execution, told: &mut Vec<(String, ExecutionStatus)>) -> Result<()> {
    let steps = execution.details.iter().flat_map(|details| &details.steps);
    for step in steps.filter(|step| step.started_at.is_some()) {
        let news = (format!("{} {}", step.name, step.id), step.status.clone());
        if !told.contains(&news) {
            told.push(news);
            say(step)?;
        }
    }
    Ok(())
}

fn say(step: &Step) -> Result<()> {
    let mut stderr = io::stderr().lock();
    let at = if step.status.is_over() { step.ended_at } else { step.started_at };
    let at = at.map(|at| at.strftime("%H:%M:%S ").to_string()).unwrap_or_default();
    let bad = step.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let glyph = match (&step.status, stderr.is_terminal()) {
        (ExecutionStatus::Success, true) => "✔ ",
        (status, true) if status.is_bad() => "✖ ",
        (_, true) => "… ",
        (_, false) => "",
    };
    writeln!(stderr, "{at}{glyph}{} {}{bad}", step.name, step.status)?;
    Ok(())
}
