//! What a plan and an execution look like in a shell: as text and as JSON.

use serde_json::{Value, json};

use super::{Prepared, start_of};
use crate::actions::command;
use crate::actions::plan::{Fate, Plan, Weight};
use crate::actions::start::Outcome;
use crate::fleet::execution::{Execution, Values};
use crate::fleet::finding::Subject;
use crate::fleet::reading::Failure;
use crate::fleet::view::Fleet;

/// What one types to name it.
pub(super) fn name(fleet: &Fleet, subject: &Subject) -> String {
    match subject {
        Subject::Fleet => fleet.snapshot().scope.cluster.clone(),
        Subject::Task(arn) => arn.rsplit('/').next().unwrap_or(arn).to_owned(),
        Subject::Instance(name) | Subject::Group(name) | Subject::Service(name) | Subject::Alarm(name) => name.clone(),
        Subject::TargetGroup(name) | Subject::LogGroup(name) | Subject::Execution(name) => name.clone(),
        Subject::Image(name) | Subject::Refresh(name) => name.clone(),
        Subject::Target { target, .. } => target.clone(),
    }
}

/// The plan, for a person.
pub(super) fn plan(fleet: &Fleet, prepared: &Prepared) -> String {
    let snapshot = fleet.snapshot();
    let identity = &snapshot.identity.rows;
    let account = identity
        .account_alias
        .as_ref()
        .map_or_else(|| identity.account.clone(), |alias| format!("{alias} ({})", identity.account));
    let mut lines = vec![
        format!("{} v{}", prepared.runbook.name, prepared.runbook.version),
        format!(
            "  account {account}, {}, cluster {}, as {}",
            snapshot.scope.region,
            snapshot.scope.cluster,
            identity.role()
        ),
    ];
    lines.extend(prepared.values.iter().map(|(name, values)| format!("  {name}: {}", values.join(", "))));
    if let Some((name, values)) = &prepared.form.each {
        lines.push(format!("  {name}, one after the other: {}", values.join(", ")));
    }
    lines.push(String::new());
    lines.extend(notes(fleet, &prepared.plan));
    lines.push(String::new());
    lines.push("The same with the AWS CLI:".to_owned());
    lines.push(format!("  {}", command::start(&start_of(prepared), &snapshot.scope.region)));
    if !prepared.plan.by_hand.is_empty() {
        lines.push("By hand, for the day when Automation is the fault; Quarterdeck never runs this:".to_owned());
        for step in &prepared.plan.by_hand {
            lines.push(format!("  {}", step.command));
            lines.extend(step.undo.iter().map(|undo| format!("  undo: {undo}")));
        }
    }
    lines.join("\n") + "\n"
}

fn notes<'a>(fleet: &'a Fleet, plan: &'a Plan) -> impl Iterator<Item = String> + 'a {
    plan.notes.iter().map(|note| {
        let weight = match note.weight {
            Weight::Blocking => "BLOCKED",
            Weight::Warning => "warning",
            Weight::Fact => "note",
        };
        let about = note.subject.as_ref().map(|subject| format!("{}: ", name(fleet, subject))).unwrap_or_default();
        format!("{weight:<8} {:<18} {about}{}", note.topic.name(), note.text)
    })
}

/// How an execution ended.
pub(super) fn ended(execution: &Execution) -> String {
    let why = execution.failure.as_ref().map(|why| format!(": {why}")).unwrap_or_default();
    let outputs: String =
        execution.outputs.iter().map(|(name, values)| format!("\n  {name}: {}", values.join(", "))).collect();
    format!("{} {}{why}{outputs}", execution.document, execution.status)
}

/// Everything, for a script. The members only ever grow.
pub(super) fn json(fleet: &Fleet, prepared: &Prepared, outcome: Option<&Outcome>, ended: Option<&Execution>) -> Value {
    let snapshot = fleet.snapshot();
    json!({
        "schema": 1,
        "fleet": {
            "cluster": snapshot.scope.cluster,
            "account": snapshot.identity.rows.account,
            "region": snapshot.scope.region,
        },
        "action": prepared.action.map(|action| action.word()),
        "runbook": { "name": prepared.runbook.name, "version": prepared.runbook.version },
        "targets": prepared.subjects.iter().map(|subject| name(fleet, subject)).collect::<Vec<_>>(),
        "request_id": prepared.request_id,
        "parameters": prepared.values,
        "plan": plan_json(fleet, &prepared.plan),
        "command": command::start(&start_of(prepared), &snapshot.scope.region),
        "outcome": outcome.map(outcome_json),
        "ended": ended.map(|execution| json!({
            "status": execution.status,
            "failure": execution.failure,
            "outputs": &execution.outputs as &Values,
        })),
    })
}

fn plan_json(fleet: &Fleet, plan: &Plan) -> Value {
    let notes = plan.notes.iter().map(|note| {
        json!({
            "weight": match note.weight { Weight::Blocking => "blocking", Weight::Warning => "warning", Weight::Fact => "fact" },
            "topic": note.topic.name(),
            "target": note.subject.as_ref().map(|subject| name(fleet, subject)),
            "text": note.text,
        })
    });
    let moves = plan.moves.iter().map(|one| {
        let fate = match one.fate {
            Fate::Replaced => "replaced",
            Fate::Lost => "lost",
            Fate::Unknown => "unknown",
            Fate::Stuck => "stuck",
            Fate::Stays => "stays",
            Fate::Ends => "ends",
        };
        json!({ "task": one.task, "from": one.from, "fate": fate })
    });
    let by_hand = plan.by_hand.iter().map(|step| json!({ "command": step.command, "undo": step.undo }));
    json!({
        "blocks": plan.blocks().into_iter().map(|topic| topic.name()).collect::<Vec<_>>(),
        "notes": notes.collect::<Vec<_>>(),
        "moves": moves.collect::<Vec<_>>(),
        "by_hand": by_hand.collect::<Vec<_>>(),
    })
}

fn outcome_json(outcome: &Outcome) -> Value {
    let failed = |word: &str, failure: &Failure| json!({ "state": word, "failure": failure });
    match outcome {
        Outcome::Started(id) => json!({ "state": "started", "execution": id }),
        Outcome::Refused(failure) => failed("refused", failure),
        Outcome::Unknown(failure) => failed("unknown", failure),
    }
}
