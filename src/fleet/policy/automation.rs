//! Rules about the fleet's own automation.

use jiff::SignedDuration;

use super::evidence::Evidence;
use super::rotation;
use super::words::{short, span};
use crate::fleet::execution::{Execution, Waits};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};

/// A failure longer ago is history.
const LATELY: SignedDuration = SignedDuration::from_hours(1);

/// Characters of a failure's text or of a reason that a cause has room for.
const REASON: usize = 110;

/// Executions of the fleet's runbooks on this fleet, those left out that another one started: that one tells of them. What an execution
/// was started with says which fleet it is of.
pub(super) fn own<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a Execution> {
    let snapshot = evidence.snapshot;
    let rows = evidence.view.executions.iter().filter(|row| !row.nested);
    rows.filter_map(|row| snapshot.executions.rows.get(row.execution)).filter(|one| {
        let ours = snapshot.runbooks.rows.iter().any(|runbook| runbook.name == one.document);
        ours && one.details.is_some() && one.is_of(&snapshot.scope.cluster) != Some(false)
    })
}

fn finding(rule: Rule, severity: Severity, one: &Execution, cause: String) -> Finding {
    Finding::new(rule, severity, Subject::Execution(one.id.clone()), cause)
}

/// The document with what it was started for, such as `DrainInstance of i-0abc`.
pub(super) fn what(one: &Execution) -> String {
    match one.subjects().as_slice() {
        [] => one.document.clone(),
        [Subject::Instance(name) | Subject::Service(name) | Subject::Group(name) | Subject::Alarm(name)] => {
            format!("{} of {name}", one.document)
        }
        [Subject::Task(arn)] => format!("{} of {}", one.document, arn.rsplit('/').next().unwrap_or(arn)),
        [_] => one.document.clone(),
        several => format!("{} of {} things", one.document, several.len()),
    }
}

/// In which step it failed and why, as far as that is known, such as ` in step drain: no such instance`.
pub(super) fn why(one: &Execution) -> String {
    let of_step = one.failed_step().and_then(|step| step.failure.as_deref());
    let why = of_step.or(one.failure.as_deref()).map(|why| format!(": {}", short(why, REASON))).unwrap_or_default();
    let step = one.failed_step().map(|step| format!(" in step {}", step.name)).unwrap_or_default();
    format!("{step}{why}")
}

/// What was asked of the automation and did not come about, nor did when it was asked again.
pub(super) fn failed(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let good: Vec<&Execution> = own(evidence).filter(|one| one.status.is_over() && !one.status.is_bad()).collect();
    let failed = |one: &&Execution| one.status.is_bad() && !one.refused_by_freeze();
    for one in own(evidence).filter(failed).filter(|one| !rotation::has_duty(evidence, &one.document)) {
        let same = |other: &&&Execution| other.document == one.document && other.subjects() == one.subjects();
        if good.iter().filter(same).any(|other| other.started_at > one.started_at) {
            continue;
        }
        let Some(at) = one.ended_at.or(one.started_at).filter(|at| evidence.ago(*at) < LATELY) else { continue };
        findings.push(
            finding(Rule::ExecutionFailed, Severity::Warning, one, format!("{} failed{}", what(one), why(one)))
                .advise("Open it for the step that failed and why; start it again once that is mended.")
                .since(Some(at)),
        );
    }
}

/// Nothing goes on until somebody says so.
pub(super) fn waiting(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for one in own(evidence) {
        let (wish, advice) = match one.waits_for() {
            Some(Waits::Approval) => ("to be approved", "Approve it, or reject it."),
            Some(Waits::Resume) => ("to be resumed", "Resume it, or stop it."),
            None => continue,
        };
        let since = one.position().and_then(|position| position.step.started_at);
        let lasting = since.map(|at| format!(" for {}", span(evidence.ago(at)))).unwrap_or_default();
        findings.push(
            finding(Rule::ExecutionWaiting, Severity::Info, one, format!("{} waits{lasting} {wish}", what(one)))
                .advise(advice)
                .since(since),
        );
    }
}

/// A freeze is somebody's decision, and everybody's business.
pub(super) fn frozen(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let Some(freeze) = evidence.snapshot.freeze.rows.as_ref().filter(|freeze| freeze.holds(evidence.now)) else {
        return;
    };
    let left = match freeze.until {
        Some(until) => format!("for {} more", span(until.duration_since(evidence.now))),
        None => "without a known end".to_owned(),
    };
    let by = freeze.by.as_deref().map(|by| format!(" by {by}")).unwrap_or_default();
    let why = freeze.why.as_deref().map(|why| format!(": {}", short(why, REASON))).unwrap_or_default();
    findings.push(
        Finding::new(Rule::FleetFrozen, Severity::Info, Subject::Fleet, format!("frozen {left}{by}{why}"))
            .advise("Thaw the fleet if the reason is gone; it thaws by itself at the end."),
    );
}
