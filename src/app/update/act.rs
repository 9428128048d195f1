//! Actions: chosen from a menu, planned, started, answered.

use jiff::{SignedDuration, Timestamp};

use super::overlay;
use crate::actions::catalogue::Action;
use crate::actions::journal::Asked;
use crate::actions::start::Outcome;
use crate::app::act::{Accepted, Act, At, Confirm, Does, Offer, Stage, Word, of_rollout, offers};
use crate::app::command::Command;
use crate::app::effect::Effect;
use crate::app::input::Input;
use crate::app::model::Model;
use crate::app::overlay::Overlay;
use crate::app::place::Place;
use crate::fleet::execution::Execution;
use crate::fleet::finding::Subject;
use crate::fleet::reading::Panel;

/// A freeze that is not declared after so long will not be.
const FREEZES: SignedDuration = SignedDuration::from_mins(2);

/// Opens the menu of what can be done here.
pub(super) fn menu(model: &mut Model) {
    if !model.chosen {
        return;
    }
    model.overlay = Some(Overlay::Actions(0));
    model.touch();
}

/// Runs what the menu offers under a key of its own, be it open or not.
pub(super) fn run(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(does) = does(command) else { return walked(model, command) };
    let found = offers(model).into_iter().find(|offer| offer.does == does);
    match found {
        Some(offer) => open(model, offer),
        None => {
            let what = model.chosen_subjects().first().map_or_else(|| "the fleet".to_owned(), |one| model.name_of(one));
            model.overlay = None;
            model.say(format!("{} is nothing that can be done to {what}", command.title()), false);
            Vec::new()
        }
    }
}

/// A key of the menu itself.
fn walked(model: &mut Model, command: Command) -> Vec<Effect> {
    match command {
        Command::MenuChoose => return accept(model),
        Command::MenuNext => choose(model, 1),
        Command::MenuPrevious => choose(model, -1),
        _ => overlay::close(model),
    }
    Vec::new()
}

fn does(command: Command) -> Option<Does> {
    let action = Action::ALL.into_iter().find(|action| Command::of(Does::Act(*action)) == Some(command));
    let word = Word::ALL.into_iter().find(|word| Command::of(Does::Say(*word)) == Some(command));
    action.map(Does::Act).or(word.map(Does::Say))
}

/// Takes the line of the menu that is under the cursor.
pub(super) fn accept(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Actions(chosen)) = model.overlay else { return Vec::new() };
    offers(model).into_iter().nth(chosen).map_or_else(Vec::new, |offer| open(model, offer))
}

/// Another line of the menu; from the last one on to the first.
pub(super) fn choose(model: &mut Model, by: isize) {
    let length = offers(model).len().max(1);
    if let Some(Overlay::Actions(chosen)) = &mut model.overlay {
        *chosen = (*chosen + length).saturating_add_signed(by) % length;
        model.touch();
    }
}

/// Shows what would come of an action, or says why it cannot be done.
fn open(model: &mut Model, offer: Offer) -> Vec<Effect> {
    if let Some(why) = offer.unavailable {
        model.say(format!("{}: {why}", offer.title), true);
        return Vec::new();
    }
    let action = match offer.does {
        Does::Say(word) => return ask(model, &offer.subjects, word),
        Does::Act(action) => Some(action),
        Does::Run => None,
    };
    let runbooks = &model.fleet.snapshot().runbooks.rows;
    let Some(runbook) = runbooks.iter().find(|runbook| runbook.name == offer.document) else { return Vec::new() };
    model.acts += 1;
    let number = model.acts;
    let name = name(model, &offer.subjects);
    let act = Act::new(number, (action, runbook), (offer.subjects, name), (&model.fleet, model.now));
    model.overlay = Some(Overlay::Act(Box::new(act)));
    model.touch();
    vec![Effect::NumberRequest(number)]
}

/// Asks whether an execution is to be told something.
fn ask(model: &mut Model, subjects: &[Subject], word: Word) -> Vec<Effect> {
    let executions = &model.fleet.snapshot().executions.rows;
    let one = subjects.iter().find_map(|subject| match subject {
        Subject::Execution(id) => executions.iter().find(|one| one.id == *id),
        _ => None,
    });
    if let Some(one) = one {
        let is_rollout = word == Word::Stop && model.names.action(&one.document) == Some(Action::Rollout);
        let consequence = is_rollout.then(|| of_rollout(&model.fleet, one)).flatten();
        model.overlay = Some(Overlay::Confirm(Box::new(Confirm::new(one, word, consequence))));
        model.touch();
    }
    Vec::new()
}

/// A key of the question before an execution is told something.
fn answered_question(model: &mut Model, command: Command) -> Vec<Effect> {
    let Some(Overlay::Confirm(confirm)) = &mut model.overlay else { return Vec::new() };
    model.revision += 1;
    match command {
        Command::ActNext => confirm.walk(true),
        Command::ActPrevious => confirm.walk(false),
        Command::ActRight | Command::ActLeft => match confirm.typing() {
            Some(line) if command == Command::ActRight => line.right(),
            Some(line) => line.left(),
            None => confirm.walk(command == Command::ActRight),
        },
        Command::ActAccept if confirm.focus() == At::Comment => confirm.walk(true),
        Command::ActAccept => {
            let (execution, signal) = (confirm.execution.clone(), confirm.signal());
            overlay::close(model);
            let who = model.fleet.snapshot().identity.rows.arn.clone();
            return signal.map(|signal| Effect::SignalExecution { execution, signal, who }).into_iter().collect();
        }
        Command::ActCancel => overlay::close(model),
        _ => {}
    }
    Vec::new()
}

/// What one types to name what is acted on.
fn name(model: &Model, subjects: &[Subject]) -> String {
    match subjects {
        [Subject::Fleet] => model.fleet.snapshot().scope.cluster.clone(),
        [one] => model.name_of(one),
        several => format!("{} {}", several.len(), several.first().map_or("things", plural)),
    }
}

fn plural(subject: &Subject) -> &'static str {
    match subject {
        Subject::Instance(_) => "instances",
        Subject::Service(_) => "services",
        Subject::Task(_) => "tasks",
        Subject::Alarm(_) => "alarms",
        _ => "things",
    }
}

fn act(model: &mut Model) -> Option<&mut Act> {
    match &mut model.overlay {
        Some(Overlay::Act(act)) => Some(act),
        _ => None,
    }
}

/// A request has its number.
pub(super) fn numbered(model: &mut Model, number: u64, id: String) {
    if let Some(Overlay::Act(act)) = &mut model.overlay
        && act.number == number
    {
        act.numbered(id, &model.fleet);
        model.touch();
    }
}

/// A key of the plan.
pub(super) fn pressed(model: &mut Model, command: Command) -> Vec<Effect> {
    if matches!(model.overlay, Some(Overlay::Confirm(_))) {
        return answered_question(model, command);
    }
    let (now, page) = (model.now, isize::try_from(model.overlay_height).unwrap_or(0).max(2) / 2);
    let Some(act) = act(model) else { return Vec::new() };
    match command {
        Command::ActNext => act.walk(1),
        Command::ActPrevious => act.walk(-1),
        Command::ActRight => return choose_or(model, 1, Input::right),
        Command::ActLeft => return choose_or(model, -1, Input::left),
        Command::ActDown => act.scroll(page),
        Command::ActUp => act.scroll(-page),
        Command::ActCancel => return leave(model),
        Command::ActCopy => return model.start_line().map(Effect::Copy).into_iter().collect(),
        Command::ActAccept => match act.accept(now) {
            Accepted::Moved => {}
            Accepted::Cancelled => return leave(model),
            Accepted::Check(panels) => return check(model, panels),
        },
        _ => {}
    }
    model.touch();
    Vec::new()
}

/// Chooses where there is something to choose from, else moves in the line.
fn choose_or(model: &mut Model, by: isize, motion: fn(&mut Input)) -> Vec<Effect> {
    let Some(act) = act(model) else { return Vec::new() };
    if !act.choose(by)
        && let Some(line) = act.typing()
    {
        motion(line);
    }
    replan(model);
    Vec::new()
}

/// Closes it. What was sent goes on, and is told when it is answered.
fn leave(model: &mut Model) -> Vec<Effect> {
    overlay::close(model);
    Vec::new()
}

/// What the plan rests on is read again, ahead of the schedule. Where that is nothing, it starts.
fn check(model: &mut Model, panels: Vec<Panel>) -> Vec<Effect> {
    model.touch();
    if panels.is_empty() {
        return start(model, None);
    }
    vec![Effect::Refresh(panels)]
}

/// Text was typed: the plan follows.
pub(super) fn replan(model: &mut Model) {
    let now = model.now;
    if let Some(Overlay::Act(act)) = &mut model.overlay {
        act.replan(&model.fleet, now);
        model.touch();
    }
}

/// Ids of the executions that go on.
pub(super) fn running(model: &Model) -> Vec<String> {
    let rows = model.fleet.snapshot().executions.rows.iter();
    rows.filter(|one| !one.status.is_over()).map(|one| one.id.clone()).collect()
}

/// Executions were read: what one of those that went on before and have ended since has changed is read at once.
pub(super) fn ended_since(model: &Model, before: &[String]) -> Vec<Effect> {
    let rows = model.fleet.snapshot().executions.rows.iter();
    let ended = rows.filter(|one| one.status.is_over() && before.contains(&one.id));
    let mut panels: Vec<Panel> =
        ended.filter_map(|one| model.names.action(&one.document)).flat_map(Action::panels).collect();
    if freezes(model) {
        panels.push(Panel::Freeze);
    }
    panels.sort_unstable();
    panels.dedup();
    if panels.is_empty() { Vec::new() } else { vec![Effect::Refresh(panels)] }
}

/// Whether a freeze has been begun of which the fleet says nothing yet. It goes on until it is over, so its end is nothing to wait for.
fn freezes(model: &Model) -> bool {
    let lately = |one: &Execution| one.started_at.is_some_and(|at| model.now.duration_since(at) < FREEZES);
    let freezes = |one: &&Execution| model.names.action(&one.document) == Some(Action::Freeze);
    let mut rows = model.fleet.snapshot().executions.rows.iter();
    model.freeze().is_none() && rows.any(|one| !one.status.is_over() && freezes(&one) && lately(one))
}

/// A panel was read: the plan follows, or what was waited for has come.
pub(super) fn read(model: &mut Model, panel: Panel, at: Timestamp) -> Vec<Effect> {
    match &mut model.overlay {
        Some(Overlay::Act(act)) if matches!(act.stage(), Stage::Checking(..)) => start(model, Some((panel, at))),
        Some(Overlay::Act(_)) => {
            replan(model);
            Vec::new()
        }
        _ => Vec::new(),
    }
}

/// Time passed: nothing is waited for without end.
pub(super) fn ticked(model: &mut Model) -> Vec<Effect> {
    match &model.overlay {
        Some(Overlay::Act(act)) if matches!(act.stage(), Stage::Checking(..)) => start(model, None),
        _ => Vec::new(),
    }
}

/// Sends it if nothing is waited for any more.
fn start(model: &mut Model, read: Option<(Panel, Timestamp)>) -> Vec<Effect> {
    let now = model.now;
    let Some(Overlay::Act(act)) = &mut model.overlay else { return Vec::new() };
    let ready: Option<Asked> = match read {
        Some((panel, at)) => act.looked(panel, at, (&model.fleet, now)),
        None => act.checked(&model.fleet, now),
    };
    let sent = ready.and_then(|asked| {
        let request_id = act.request_id()?.to_owned();
        Some(Effect::StartRunbook { number: act.number, request_id, asked: Box::new(asked) })
    });
    model.touch();
    sent.into_iter().collect()
}

/// A start was answered, or nobody knows.
pub(super) fn answered(model: &mut Model, number: u64, document: &str, outcome: Outcome) -> Vec<Effect> {
    let watched = matches!(&model.overlay, Some(Overlay::Act(act)) if act.number == number);
    match outcome {
        Outcome::Started(id) => {
            if watched {
                model.overlay = None;
                super::history::go(model, Place::Thing(Subject::Execution(id.clone())));
            }
            model.say(format!("{document} runs as {id}"), false);
            return vec![Effect::Refresh(vec![Panel::Executions])];
        }
        Outcome::Refused(failure) if watched => ended(model, Stage::Refused(failure)),
        Outcome::Unknown(failure) if watched => ended(model, Stage::Unknown(failure)),
        Outcome::Refused(failure) => model.say(format!("{document} was not started: {}", failure.message), true),
        Outcome::Unknown(failure) => {
            model.say(
                format!("{document} was sent and not answered ({}); look under Automation", failure.message),
                true,
            );
        }
    }
    Vec::new()
}

fn ended(model: &mut Model, stage: Stage) {
    if let Some(act) = act(model) {
        act.failed(stage);
    }
    model.touch();
}
