//! Rules about what is to happen by itself: rotation and bakes, and the instance refreshes by which a group rotates.

use jiff::{SignedDuration, Timestamp};

use super::automation::{own, what, why};
use super::evidence::Evidence;
use super::words::{plural, short, span};
use crate::fleet::build::BuildTest;
use crate::fleet::execution::{Execution, ExecutionStatus};
use crate::fleet::finding::{Finding, Rule, Severity, Subject};
use crate::fleet::refresh::{InstanceRefresh, RefreshStatus};
use crate::fleet::schedule::{Duty, Schedule, ScheduleState};

/// A refresh that ended longer ago is history.
const LATELY: SignedDuration = SignedDuration::from_hours(24);
/// Characters of a reason that a cause has room for.
const REASON: usize = 110;
/// Instances that a cause names one by one.
const NAMED: usize = 3;
/// What is due may be late by a sixth of its period, within these bounds.
const LATE: (SignedDuration, SignedDuration) = (SignedDuration::from_mins(15), SignedDuration::from_hours(1));

/// The schedule that has a duty for this fleet.
fn schedule<'a>(evidence: &Evidence<'a>, duty: Duty) -> Option<&'a Schedule> {
    let snapshot = evidence.snapshot;
    snapshot.schedules.rows.iter().find(|schedule| schedule.duty(&snapshot.scope.cluster) == Some(duty))
}

/// Whether a document is what a schedule of this fleet starts: its failures have rules of their own.
pub(super) fn has_duty(evidence: &Evidence<'_>, document: &str) -> bool {
    let starts = |schedule: &Schedule| schedule.document.as_deref() == Some(document);
    // Where nobody knows of freezes these rules are silent, and the failure is one like any other.
    is_frozen(evidence).is_some() && Duty::ALL.into_iter().filter_map(|duty| schedule(evidence, duty)).any(starts)
}

/// Executions of the document that a schedule starts that may be of this fleet, the newest first.
fn runs<'a>(evidence: &Evidence<'a>, schedule: &Schedule) -> impl Iterator<Item = &'a Execution> {
    let document = schedule.document.clone();
    let snapshot = evidence.snapshot;
    snapshot.executions.rows.iter().filter(move |one| {
        Some(&one.document) == document.as_ref() && one.is_of(&snapshot.scope.cluster) != Some(false)
    })
}

fn succeeded(one: &Execution) -> bool {
    one.status.is_over() && !one.status.is_bad() && one.status != ExecutionStatus::Cancelled
}

/// A schedule that is switched off does nothing, and nothing else says so.
pub(super) fn disabled(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for duty in Duty::ALL {
        let Some(one) = schedule(evidence, duty).filter(|one| one.state == ScheduleState::Disabled) else { continue };
        let cause = format!("the schedule {} is disabled: no {} starts by itself", one.name, duty.noun());
        findings.push(
            Finding::new(Rule::ScheduleDisabled, Severity::Warning, Subject::Fleet, cause)
                .advise(format!("Enable the schedule {}, or freeze the fleet, which ends by itself.", one.name))
                .since(one.changed_at),
        );
    }
}

/// The newest run of what a schedule starts failed. In a freeze it is meant to, and one that a freeze refused says nothing of how it would have
/// gone.
pub(super) fn failed(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    if is_frozen(evidence) != Some(false) {
        return;
    }
    for duty in Duty::ALL {
        let Some(schedule) = schedule(evidence, duty) else { continue };
        let ours =
            own(evidence).filter(|one| Some(&one.document) == schedule.document.as_ref() && one.status.is_over());
        let last = ours.filter(|one| !one.refused_by_freeze()).max_by_key(|one| (one.started_at, &one.id));
        let Some(one) = last.filter(|one| one.status.is_bad()) else { continue };
        let (rule, advice) = match duty {
            Duty::Bake => {
                (Rule::BakeFailed, "Open it for the step that failed and why; bake again once that is mended.")
            }
            Duty::Rotate => {
                (Rule::RotationFailed, "Open it for the step that failed and why; start a rollout once that is mended.")
            }
        };
        let at = one.ended_at.or(one.started_at);
        let ago = at.map(|at| format!(" {} ago", span(evidence.ago(at)))).unwrap_or_default();
        let cause = format!("the last {} failed{ago}: {}{}", duty.noun(), what(one), why(one));
        let subject = Subject::Execution(one.id.clone());
        findings.push(Finding::new(rule, Severity::Warning, subject, cause).advise(advice).since(at));
    }
}

/// `None`: the freeze was not read.
fn is_frozen(evidence: &Evidence<'_>) -> Option<bool> {
    let freeze = evidence.snapshot.freeze.get()?;
    Some(freeze.as_ref().is_some_and(|freeze| freeze.holds(evidence.now)))
}

/// How long a schedule has had to do its duty, and how often it is to; `None`: it does not run, or that cannot be told.
fn turns(evidence: &Evidence<'_>, schedule: &Schedule) -> Option<(SignedDuration, SignedDuration)> {
    let enabled = schedule.state == ScheduleState::Enabled && is_frozen(evidence) == Some(false);
    let over = schedule.ends_at.is_some_and(|end| end < evidence.now);
    let since = schedule.created_at.max(schedule.changed_at).max(schedule.starts_at).filter(|_| enabled && !over)?;
    Some((evidence.ago(since), schedule.period(evidence.now)?))
}

/// No AMI came out of the bakes for two periods.
pub(super) fn bake_overdue(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let snapshot = evidence.snapshot;
    if !(snapshot.builds.complete() && snapshot.executions.complete()) {
        return;
    }
    let Some(schedule) = schedule(evidence, Duty::Bake) else { return };
    let Some((lived, period)) = turns(evidence, schedule) else { return };
    let built = snapshot.builds.rows.images.iter().filter(|build| build.test == Some(BuildTest::Passed));
    let baked = runs(evidence, schedule).filter(|one| succeeded(one)).filter_map(|one| one.ended_at.or(one.started_at));
    let last = built.filter_map(|build| build.image.created_at).chain(baked).max();
    if lived <= period * 2 || last.is_some_and(|at| evidence.ago(at) <= period * 2) {
        return;
    }
    findings.push(
        Finding::new(
            Rule::BakeOverdue,
            Severity::Warning,
            Subject::Fleet,
            unsuccessful(evidence, Duty::Bake, last, period),
        )
        .advise("Look at the last bakes for what stops them, then bake an AMI.")
        .since(last),
    );
}

fn unsuccessful(evidence: &Evidence<'_>, duty: Duty, last: Option<Timestamp>, period: SignedDuration) -> String {
    let noun = duty.noun();
    match last {
        Some(at) => {
            format!("no {noun} succeeded for {}, and one is due every {}", span(evidence.ago(at)), span(period))
        }
        None => format!("no {noun} is known to have succeeded, and one is due every {}", span(period)),
    }
}

/// The group has not rotated for two periods, or its turn has come and nothing has started.
pub(super) fn rotation_overdue(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    let snapshot = evidence.snapshot;
    if !(snapshot.refreshes.complete() && snapshot.executions.complete() && snapshot.groups_known()) {
        return;
    }
    let Some(schedule) = schedule(evidence, Duty::Rotate) else { return };
    let Some((lived, period)) = turns(evidence, schedule) else { return };
    let refreshes = &snapshot.refreshes.rows;
    let good = refreshes.iter().filter(|one| one.status == RefreshStatus::Successful);
    let done = runs(evidence, schedule).filter(|one| succeeded(one)).filter_map(|one| one.ended_at.or(one.started_at));
    let last = good.filter_map(|one| one.ended_at.or(one.started_at)).chain(done).max();
    let begun = runs(evidence, schedule).filter_map(|one| one.started_at);
    let begun = refreshes.iter().filter_map(|one| one.started_at).chain(begun).max();
    let waits = begun.map_or(lived, |at| evidence.ago(at)).min(lived);
    let late = waits - period;
    let cause = if lived > period * 2 && last.is_none_or(|at| evidence.ago(at) > period * 2) {
        unsuccessful(evidence, Duty::Rotate, last, period)
    } else if late > (period / 6).clamp(LATE.0, LATE.1) {
        format!("the rotation was due {} ago and has not started", span(late))
    } else {
        return;
    };
    findings.push(
        Finding::new(Rule::RotationOverdue, Severity::Warning, Subject::Fleet, cause)
            .advise("Look at the last rollouts for what stops them, then start one.")
            .since(last),
    );
}

/// The newest refresh of a group did not get where it was to, as long as that is news.
pub(super) fn refresh_failed(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for one in newest_refreshes(evidence) {
        let at = one.ended_at.or(one.started_at);
        if at.is_some_and(|at| evidence.ago(at) > LATELY) {
            continue;
        }
        let to = one.version.as_deref().map(|version| format!(" to version {version}")).unwrap_or_default();
        let (rule, severity, became, advice) = match one.status {
            RefreshStatus::Failed => {
                (Rule::RefreshFailed, Severity::Warning, "failed", "Mend the cause, then start a rollout anew.")
            }
            RefreshStatus::RollbackFailed => (
                Rule::RefreshFailed,
                Severity::Critical,
                "failed, and so did its way back",
                "The group runs several versions: mend the cause, then start a rollout of the version that is to be.",
            ),
            RefreshStatus::RollbackSuccessful => (
                Rule::RefreshRolledBack,
                Severity::Warning,
                "was rolled back",
                "Mend what it was rolled back for, or promote another AMI, before the next rollout.",
            ),
            _ => continue,
        };
        let cause = format!("the refresh of {}{to} {became}{}", one.group, reason(one));
        findings.push(Finding::new(rule, severity, Subject::Group(one.group.clone()), cause).advise(advice).since(at));
    }
}

/// Why a refresh went back, else why it stands as it does.
fn reason(one: &InstanceRefresh) -> String {
    let back = one.rollback.as_ref().and_then(|rollback| rollback.reason.as_deref());
    let reason = back.or(one.reason.as_deref());
    reason.map(|reason| format!(": {}", short(reason, REASON))).unwrap_or_default()
}

/// The newest refresh of each group.
fn newest_refreshes<'a>(evidence: &Evidence<'a>) -> impl Iterator<Item = &'a InstanceRefresh> {
    let rows = &evidence.snapshot.refreshes.rows;
    rows.iter().filter(|one| {
        // One without a beginning has not begun yet.
        let newer = |other: &&InstanceRefresh| {
            let begun = |one: &InstanceRefresh| (one.started_at.is_none(), one.started_at);
            other.group == one.group && begun(other) > begun(one)
        };
        rows.iter().find(newer).is_none()
    })
}

/// A refresh that waits for instances that it may not touch gives up after an hour.
pub(super) fn refresh_held_up(evidence: &Evidence<'_>, findings: &mut Vec<Finding>) {
    for row in evidence.view.refreshes.iter().filter(|row| !row.held_up_by.is_empty()) {
        let Some(one) = evidence.snapshot.refreshes.rows.get(row.refresh) else { continue };
        let count = plural(row.held_up_by.len(), "instance");
        let names: Vec<&str> = row.held_up_by.iter().take(NAMED).map(String::as_str).collect();
        let more = if row.held_up_by.len() > NAMED { ", …" } else { "" };
        let cause = format!(
            "the refresh of {} waits for {count} that {} protected or on standby: {}{more}",
            one.group,
            if row.held_up_by.len() == 1 { "is" } else { "are" },
            names.join(", ")
        );
        findings.push(
            Finding::new(Rule::RefreshHeldUp, Severity::Warning, Subject::Group(one.group.clone()), cause)
                .advise(
                    "Take the protection away or bring the instances back into service; AWS gives up after an hour.",
                )
                .since(one.started_at),
        );
    }
}
