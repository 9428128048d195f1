//! What changes something: noted in the journal, then sent. Nothing is sent that could not be noted.

use std::io;

use jiff::{SignedDuration, Timestamp};

use super::journal::Journal;
use crate::actions::journal::{Asked, Event, Record, Unsettled, unsettled};
use crate::actions::start::Outcome;
use crate::aws::Aws;
use crate::aws::request::{Need, ReadRequest};
use crate::fleet::execution::Signal;
use crate::fleet::reading::{Failure, FailureKind};
use crate::fleet::scope::Scope;
use crate::fleet::snapshot::Rows;

/// SSM keeps executions this long
/// (<https://docs.aws.amazon.com/general/latest/gr/ssm.html>).
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// After so long an execution that was started is in every list: what is not there never ran.
const SETTLED: SignedDuration = SignedDuration::from_hours(1);

/// A new UUID of version 4.
#[must_use]
pub fn request_id() -> String {
    let bits = fastrand::u128(..) & !(0xF << 76) & !(0b11 << 62) | (0x4 << 76) | (0b10 << 62);
    let hex = format!("{bits:032x}");
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

async fn note(journal: Option<&Journal>, record: Record) -> Result<(), Failure> {
    let Some(journal) = journal.cloned() else {
        return Err(not_noted("there is no home folder to keep it in", "set HOME or XDG_STATE_HOME"));
    };
    let place = journal.place();
    let written = tokio::task::spawn_blocking(move || journal.append(&record)).await;
    written.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|error| {
        not_noted(&format!("{place}: {error}"), "nothing is started that is not noted: mend the file, then try again")
    })
}

fn not_noted(why: &str, hint: &str) -> Failure {
    Failure {
        kind: FailureKind::Failed,
        operation: "journal".to_owned(),
        message: format!("the journal could not be written: {why}"),
        hint: Some(hint.to_owned()),
        request_id: None,
    }
}

/// Notes a request, sends it, and notes what came of it.
pub async fn start(aws: &Aws, journal: Option<&Journal>, request_id: &str, asked: Asked) -> Outcome {
    let record = |event| Record { at: aws.now(), request_id: request_id.to_owned(), event };
    let start = asked.start(request_id);
    if let Some(failure) = elsewhere(aws, &asked) {
        return Outcome::Refused(failure);
    }
    if let Err(failure) = note(journal, record(Event::Sending(Box::new(asked)))).await {
        return Outcome::Refused(failure);
    }
    let outcome = aws.start_automation(&start).await;
    tracing::info!(request_id, document = start.document, ?outcome, "start");
    // What cannot be noted now is looked up by its tag when a console starts again.
    let _ = note(journal, record(Event::from(&outcome))).await;
    outcome
}

/// What was planned for one Region is not sent to another.
fn elsewhere(aws: &Aws, asked: &Asked) -> Option<Failure> {
    let connected = aws.region().unwrap_or_default();
    (connected != asked.region).then(|| Failure {
        kind: FailureKind::Failed,
        operation: "ssm:StartAutomationExecution".to_owned(),
        message: format!("{} was planned for {:?}, connected to {connected:?}", asked.document, asked.region),
        hint: Some("wait for the fleet to be read, then plan it again".to_owned()),
        request_id: None,
    })
}

/// Notes that an execution is told something, and tells it.
///
/// # Errors
/// The failure: of the journal, and then nothing was sent; or of AWS.
pub async fn signal(
    aws: &Aws,
    journal: Option<&Journal>,
    (execution, signal, who): (&str, &Signal, &str),
) -> Result<(), Failure> {
    let word = match signal {
        Signal::Stop => "Stop",
        Signal::Approve(_) => "Approve",
        Signal::Reject(_) => "Reject",
        Signal::Resume => "Resume",
    };
    let event = Event::Signalling { execution: execution.to_owned(), signal: word.to_owned(), who: who.to_owned() };
    note(journal, Record { at: aws.now(), request_id: request_id(), event }).await?;
    aws.signal_automation(execution, signal).await
}

/// Looks for the requests that were sent by a console that did not learn what became of them: a line for each that runs. Those to
/// other accounts are left to consoles there; one that is not there long afterwards never ran, and is not looked for again.
pub async fn settle(aws: &Aws, journal: &Journal, now: Timestamp) -> Vec<String> {
    let (reading, since) = (journal.clone(), now.saturating_sub(KEPT).unwrap_or(Timestamp::MIN));
    let text = tokio::task::spawn_blocking(move || reading.text()).await;
    let Ok(Ok(text)) = text else { return Vec::new() };
    let open = unsettled(&text, aws.region().unwrap_or_default(), since);
    // Where it cannot be told who asks, nothing can be told of an account.
    let account = if open.is_empty() { None } else { account(aws).await };
    let mut found = Vec::new();
    for Unsettled { at, request_id, asked } in open {
        if asked.account.is_empty() || Some(&asked.account) == account.as_ref() {
            let event = match aws.look_for_start(&request_id).await {
                Ok(Some(execution)) => {
                    found.push(format!("{} was started before, and runs or ran as {execution}", asked.document));
                    Event::Started { execution }
                }
                // Without its account it may be that it runs in another one.
                Ok(None) if now.duration_since(at) >= SETTLED && !asked.account.is_empty() => Event::Absent,
                Ok(None) | Err(_) => continue,
            };
            let _ = note(Some(journal), Record { at: now, request_id, event }).await;
        }
    }
    found
}

/// The account that answers, if it can be told.
async fn account(aws: &Aws) -> Option<String> {
    let scope = Scope { region: aws.region()?.to_owned(), cluster: String::new() };
    let read = aws.read(ReadRequest { generation: 0, scope, need: Need::Identity }).await;
    match read.outcome {
        Ok((Rows::Identity(identity), _)) => Some(identity.account).filter(|account| !account.is_empty()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::request_id;

    #[test]
    fn ids_are_uuids_of_version_4() {
        for _ in 0..100 {
            let id = request_id();
            let parts: Vec<&str> = id.split('-').collect();
            assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
            assert!(parts[2].starts_with('4') && parts[3].starts_with(['8', '9', 'a', 'b']), "{id}");
        }
        assert_ne!(request_id(), request_id());
    }
}
