//! What can be done to something, and why not.

use super::confirm::Word;
use crate::actions::catalogue::{Action, Kind, Names};
use crate::app::model::Model;
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::runbook::Runbook;
use crate::fleet::target::TargetType;

/// Why a console refuses that was told to.
const READ_ONLY: &str = "this console is read-only";

/// What a line of the menu does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Starts the runbook of an action.
    Act(Action),
    /// Starts a runbook of which nothing but its document is known.
    Run,
    /// Tells an execution something.
    Say(Word),
}

/// A line of the menu of actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// What it does.
    pub does: Does,
    /// The document that does it, or that the execution runs.
    pub document: String,
    /// What it is done to.
    pub subjects: Vec<Subject>,
    /// What it is called.
    pub title: String,
    /// What it does.
    pub about: String,
    /// Why it cannot be done now.
    pub unavailable: Option<String>,
}

/// Everything that can be done to what the cursor, the marks or the page are on, and to the fleet.
pub(in crate::app) fn offers(model: &Model) -> Vec<Offer> {
    let subjects = acted_on(model);
    let mut offers: Vec<Offer> = said_to(model, &subjects);
    if let Some(kind) = one_kind(&subjects) {
        offers.extend(
            Action::ALL
                .into_iter()
                .filter(|action| action.kind() == kind)
                .map(|action| offer(model, action, &subjects)),
        );
    }
    if let Some(group) = group_of(model, &subjects) {
        offers.push(offer(model, Action::Capacity, &[Subject::Group(group)]));
    }
    if one_kind(&subjects) != Some(Kind::Fleet) {
        let fleet = Action::ALL.into_iter().filter(|action| action.kind() == Kind::Fleet);
        offers.extend(fleet.map(|action| offer(model, action, &[Subject::Fleet])));
    }
    offers.extend(others(model).map(|runbook| other(model, runbook, &subjects)));
    offers
}

/// What the cursor, the marks or the page are on; of a target what stands behind it.
pub(in crate::app) fn acted_on(model: &Model) -> Vec<Subject> {
    let mut subjects: Vec<Subject> =
        model.chosen_subjects().into_iter().map(|subject| behind(model, subject)).collect();
    subjects.sort();
    subjects.dedup();
    if subjects.is_empty() { vec![Subject::Fleet] } else { subjects }
}

/// A target is a way to a task or to an instance; nothing is done to it itself.
fn behind(model: &Model, subject: Subject) -> Subject {
    let Subject::Target { group, target, port } = &subject else { return subject };
    let fleet = model.fleet();
    let groups = &fleet.snapshot().targets.rows;
    let row = fleet.view().targets.iter().find(|row| {
        let held = groups.get(row.target_group).filter(|held| held.arn == *group);
        held.and_then(|held| held.targets.rows.get(row.target))
            .is_some_and(|held| (&held.id, held.port) == (target, *port))
    });
    let Some(row) = row else { return subject };
    let by_instance = groups.get(row.target_group).is_some_and(|group| group.target_type == TargetType::Instance);
    let task = row.task.and_then(|task| fleet.task(task)).map(|task| Subject::Task(task.arn.clone()));
    let instance = row.instance.clone().map(Subject::Instance);
    let found = if by_instance { instance.or(task) } else { task.or(instance) };
    found.unwrap_or(subject)
}

fn one_kind(subjects: &[Subject]) -> Option<Kind> {
    let kind = Kind::of(subjects.first()?)?;
    subjects.iter().all(|subject| Kind::of(subject) == Some(kind)).then_some(kind)
}

/// The one group of some instances.
fn group_of(model: &Model, subjects: &[Subject]) -> Option<String> {
    let rows = &model.fleet().view().instances;
    let mut groups = subjects.iter().map(|subject| match subject {
        Subject::Instance(key) => rows.iter().find(|row| row.key == *key)?.group.clone(),
        _ => None,
    });
    let first = groups.next()??;
    groups.all(|group| group.as_ref() == Some(&first)).then_some(first)
}

/// What an execution can be told.
fn said_to(model: &Model, subjects: &[Subject]) -> Vec<Offer> {
    let Some(one) = execution(model, subjects) else { return Vec::new() };
    let say = |word: Word| Offer {
        does: Does::Say(word),
        document: one.document.clone(),
        subjects: vec![Subject::Execution(one.id.clone())],
        title: word.title().to_owned(),
        about: word.about().to_owned(),
        unavailable: if model.read_only() { Some(READ_ONLY.to_owned()) } else { word.unfit(one).map(str::to_owned) },
    };
    Word::ALL.map(say).to_vec()
}

/// The one execution that is spoken to; of a rollout the one that started it.
fn execution<'a>(model: &'a Model, subjects: &[Subject]) -> Option<&'a Execution> {
    let (fleet, [subject]) = (model.fleet(), subjects) else { return None };
    let executions = &fleet.snapshot().executions.rows;
    match subject {
        Subject::Execution(id) => executions.iter().find(|one| one.id == *id),
        Subject::Refresh(id) => {
            let mut rows = fleet.view().refreshes.iter();
            let row = rows.find(|row| fleet.refresh(row).is_some_and(|one| one.id == *id))?;
            executions.get(row.execution?)
        }
        _ => None,
    }
}

fn offer(model: &Model, action: Action, subjects: &[Subject]) -> Offer {
    let document = model.names().of(action).to_owned();
    let unavailable = unavailable(model, &document);
    Offer {
        does: Does::Act(action),
        document,
        subjects: subjects.to_vec(),
        title: action.title().to_owned(),
        about: action.about().to_owned(),
        unavailable,
    }
}

fn other(model: &Model, runbook: &Runbook, subjects: &[Subject]) -> Offer {
    let about =
        runbook.description.iter().map(|line| line.trim_start_matches(['#', ' '])).find(|line| !line.is_empty());
    Offer {
        does: Does::Run,
        document: runbook.name.clone(),
        subjects: subjects.to_vec(),
        title: runbook.name.clone(),
        about: about.unwrap_or_default().to_owned(),
        unavailable: unavailable(model, &runbook.name),
    }
}

/// Runbooks beside those that are actions by name.
fn others(model: &Model) -> impl Iterator<Item = &Runbook> {
    let standard = Names::all(model.names());
    model.fleet().snapshot().runbooks.rows.iter().filter(move |runbook| !standard.contains(&runbook.name))
}

/// Why a document cannot be started.
fn unavailable(model: &Model, document: &str) -> Option<String> {
    if model.read_only() {
        return Some(READ_ONLY.to_owned());
    }
    let runbooks = &model.fleet().snapshot().runbooks;
    if runbooks.rows.iter().any(|runbook| runbook.name == document) {
        return None;
    }
    Some(match (&runbooks.failure, runbooks.read_at) {
        (Some(failure), _) => format!("the runbooks could not be read: {}", failure.message),
        (None, None) => "the runbooks are not read yet".to_owned(),
        (None, Some(_)) => format!("there is no document {document} in this account"),
    })
}
