//! An action on its way: what it takes, what would come of it, whether somebody wants that.

mod confirm;
mod here;
mod offer;
mod stop;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;

pub use confirm::{At, Confirm, Word};
pub(super) use offer::offers;
pub use offer::{Does, Offer};
pub(super) use stop::of_rollout;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::input::Input;
use crate::actions::catalogue::{Action, Danger};
use crate::actions::form::{Circumstances, Form};
use crate::actions::journal::Asked;
use crate::actions::plan::{Plan, Request, Topic, plan};
use crate::actions::start::Start;
use crate::fleet::execution::Values;
use crate::fleet::finding::Subject;
use crate::fleet::reading::{Failure, Panel};
use crate::fleet::runbook::Runbook;
use crate::fleet::view::Fleet;

/// The longest that the last look before a start may take.
const LOOK: SignedDuration = SignedDuration::from_secs(20);

/// What the keys go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Focus {
    /// A field of the form, by its number.
    Field(usize),
    /// The names of what is overridden.
    Overrides,
    /// The name of what the action is done to.
    Name,
    /// The button that leaves everything as it is.
    Cancel,
    /// The button that starts it.
    Start,
}

/// How far an action is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// Somebody reads the plan.
    Asking,
    /// What the plan rests on is read again, since this moment; these panels are still to come.
    Checking(Timestamp, BTreeSet<Panel>),
    /// It was sent.
    Sending,
    /// AWS refused it.
    Refused(Failure),
    /// Nobody knows what became of it.
    Unknown(Failure),
}

/// An action that somebody thinks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// Answers carry it.
    pub(super) number: u64,
    action: Option<Action>,
    runbook: Runbook,
    subjects: Vec<Subject>,
    /// What a person would type to name what it is done to.
    name: String,
    request_id: Option<String>,
    form: Form,
    texts: Vec<Input>,
    overrides: Input,
    typed_name: Input,
    focus: Focus,
    plan: Plan,
    stage: Stage,
    wrong: Vec<(Focus, String)>,
    notice: Option<&'static str>,
    offset: usize,
}

/// What is done with the line that has the keys.
pub(super) enum Accepted {
    /// The next field has the keys now, or there was something to mend.
    Moved,
    /// Everything stays as it is.
    Cancelled,
    /// These panels are to be read before it starts.
    Check(Vec<Panel>),
}

impl Act {
    /// An action of `runbook` on some subjects, called `name`, under the number that answers carry.
    pub(super) fn new(
        number: u64,
        (action, runbook): (Option<Action>, &Runbook),
        (subjects, name): (Vec<Subject>, String),
        (fleet, now): (&Fleet, Timestamp),
    ) -> Self {
        let circumstances = Circumstances { fleet, action, subjects: &subjects, request_id: None };
        let form = Form::of(runbook, &circumstances);
        let texts: Vec<Input> = form.fields.iter().map(|field| Input::of(&field.text)).collect();
        // What cannot be undone by a keystroke is reached last: first what has to be said, and without that the button that does nothing.
        let first = form.fields.iter().position(|field| field.text.is_empty() && field.parameter.default.is_none());
        let mut act = Self {
            number,
            action,
            runbook: runbook.clone(),
            subjects,
            name,
            request_id: None,
            form,
            texts,
            overrides: Input::default(),
            typed_name: Input::default(),
            focus: first.map_or(Focus::Cancel, Focus::Field),
            plan: Plan::default(),
            stage: Stage::Asking,
            wrong: Vec::new(),
            notice: None,
            offset: 0,
        };
        act.plan = act.planned(fleet, now);
        act
    }

    /// The action; `None`: a runbook of which nothing but its document is known.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        self.action
    }

    /// What does it.
    #[must_use]
    pub fn runbook(&self) -> &Runbook {
        &self.runbook
    }

    /// What it is done to.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// What it is done to, as one says it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is called.
    #[must_use]
    pub fn title(&self) -> &str {
        match self.action {
            Some(action) => action.title(),
            None => &self.runbook.name,
        }
    }

    /// The form.
    #[must_use]
    pub fn form(&self) -> &Form {
        &self.form
    }

    /// What a line says: a field, what is overridden, or the name.
    #[must_use]
    pub fn line(&self, focus: Focus) -> Option<&Input> {
        match focus {
            Focus::Field(number) => self.texts.get(number),
            Focus::Overrides => Some(&self.overrides),
            Focus::Name => Some(&self.typed_name),
            Focus::Cancel | Focus::Start => None,
        }
    }

    /// What is wrong with a line.
    #[must_use]
    pub fn wrong(&self, focus: Focus) -> Option<&str> {
        self.wrong.iter().find(|(at, _)| *at == focus).map(|(_, why)| why.as_str())
    }

    /// What has the keys.
    #[must_use]
    pub fn focus(&self) -> Focus {
        self.focus
    }

    /// What would come of it.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// How far it is.
    #[must_use]
    pub fn stage(&self) -> &Stage {
        &self.stage
    }

    /// What somebody has to know about what they just tried.
    #[must_use]
    pub fn notice(&self) -> Option<&str> {
        self.notice
    }

    /// Lines of the plan that are scrolled past.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Whether its target's name has to be typed.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        self.action.is_some_and(|action| action.danger() == Danger::Grave)
    }

    /// The request's id, once it has one.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What would be sent now, as far as that can be said: fields that are wrong are left out.
    #[must_use]
    pub fn values(&self, now: Timestamp) -> Values {
        self.form.said(&self.said(), now).0
    }

    /// What would be sent now.
    #[must_use]
    pub fn start(&self, now: Timestamp) -> Start {
        Start::new(self.request_id().unwrap_or_default(), &self.runbook, &self.form, self.values(now))
    }

    /// Everything that can have the keys, in the order in which tab walks.
    #[must_use]
    pub fn stops(&self) -> Vec<Focus> {
        let fields = (0..self.form.fields.len()).map(Focus::Field);
        let overrides = (!self.plan.blocks().is_empty()).then_some(Focus::Overrides);
        let name = self.is_grave().then_some(Focus::Name);
        fields.chain(overrides).chain(name).chain([Focus::Cancel, Focus::Start]).collect()
    }

    fn said(&self) -> Vec<&str> {
        self.texts.iter().map(Input::text).collect()
    }

    /// Blocking topics that nobody has overridden.
    #[must_use]
    pub fn blocks(&self) -> Vec<Topic> {
        let overridden = self.overridden();
        self.plan.blocks().into_iter().filter(|topic| !overridden.contains(&topic.name())).collect()
    }

    fn overridden(&self) -> Vec<&str> {
        self.overrides.text().split([' ', ',']).filter(|word| !word.is_empty()).collect()
    }

    fn planned(&self, fleet: &Fleet, now: Timestamp) -> Plan {
        let values = self.values(now);
        let request =
            Request { action: self.action, runbook: &self.runbook, subjects: &self.subjects, values: &values, now };
        plan(fleet, &request)
    }

    /// Plans anew: something was read, typed, or grew older.
    pub(super) fn replan(&mut self, fleet: &Fleet, now: Timestamp) {
        // Under the last look it stays what somebody read: what comes of the look is compared with that.
        if self.stage == Stage::Asking {
            self.plan = self.planned(fleet, now);
            if !self.stops().contains(&self.focus) {
                self.focus = Focus::Cancel;
            }
        }
    }

    /// Takes the request's id.
    pub(super) fn numbered(&mut self, id: String, fleet: &Fleet) {
        let circumstances =
            Circumstances { fleet, action: self.action, subjects: &self.subjects, request_id: Some(&id) };
        self.form.given = Form::of(&self.runbook, &circumstances).given;
        self.request_id = Some(id);
    }

    /// The line that has the keys, if one has.
    pub(super) fn typing(&mut self) -> Option<&mut Input> {
        if self.stage != Stage::Asking {
            return None;
        }
        self.wrong.retain(|(at, _)| *at != self.focus);
        self.notice = None;
        match self.focus {
            Focus::Field(number) => self.texts.get_mut(number),
            Focus::Overrides => Some(&mut self.overrides),
            Focus::Name => Some(&mut self.typed_name),
            Focus::Cancel | Focus::Start => None,
        }
    }

    /// Goes on to the next stop, or back.
    pub(super) fn walk(&mut self, by: isize) {
        let stops = self.stops();
        let at = stops.iter().position(|stop| *stop == self.focus).unwrap_or(0);
        let length = isize::try_from(stops.len()).unwrap_or(isize::MAX).max(1);
        let next = (isize::try_from(at).unwrap_or(0) + by).rem_euclid(length);
        self.focus = stops.get(usize::try_from(next).unwrap_or(0)).copied().unwrap_or(Focus::Cancel);
    }

    /// Takes the next of what can be chosen, or the one before; false where nothing can.
    pub(super) fn choose(&mut self, by: isize) -> bool {
        if self.stage != Stage::Asking {
            return false;
        }
        if let Focus::Cancel | Focus::Start = self.focus {
            self.focus = if self.focus == Focus::Cancel { Focus::Start } else { Focus::Cancel };
            return true;
        }
        let Focus::Field(number) = self.focus else { return false };
        let Some(field) = self.form.fields.get(number) else { return false };
        let (choices, Some(line)) = (field.choices(), self.texts.get_mut(number)) else { return false };
        let length = isize::try_from(choices.len()).unwrap_or(isize::MAX);
        let at = choices.iter().position(|choice| choice == line.text()).and_then(|at| isize::try_from(at).ok());
        let next = at.map_or(0, |at| (at + by).rem_euclid(length.max(1)));
        let Some(choice) = choices.get(usize::try_from(next).unwrap_or(0)) else { return false };
        *line = Input::of(choice);
        self.wrong.retain(|(at, _)| *at != self.focus);
        true
    }

    /// Scrolls the plan; it has this many lines, and room for so many.
    pub(super) fn scroll(&mut self, by: isize) {
        self.offset = self.offset.saturating_add_signed(by);
    }

    /// The plan was drawn, at most from this line on.
    pub(super) fn laid_out(&mut self, furthest: usize) {
        self.offset = self.offset.min(furthest);
    }

    /// Enter: a line gives the keys on, a button does what it says.
    pub(super) fn accept(&mut self, now: Timestamp) -> Accepted {
        match (&self.stage, self.focus) {
            (Stage::Refused(_) | Stage::Unknown(_), _) => Accepted::Cancelled,
            (Stage::Checking(..) | Stage::Sending, _) => Accepted::Moved,
            (Stage::Asking, Focus::Cancel) => Accepted::Cancelled,
            (Stage::Asking, Focus::Start) => self.begin(now),
            (Stage::Asking, _) => {
                self.walk(1);
                Accepted::Moved
            }
        }
    }

    /// Begins the last look, unless something is still to be mended.
    fn begin(&mut self, now: Timestamp) -> Accepted {
        self.wrong = self.mistakes(now);
        if let Some((at, _)) = self.wrong.first() {
            self.focus = *at;
            return Accepted::Moved;
        }
        if self.request_id.is_none() {
            self.notice = Some("the request has no number yet: try again");
            return Accepted::Moved;
        }
        let panels = self.basis();
        self.notice = None;
        self.stage = Stage::Checking(now, panels.iter().copied().collect());
        Accepted::Check(panels)
    }

    /// Everything that keeps it from being started, by the line that would mend it.
    fn mistakes(&self, now: Timestamp) -> Vec<(Focus, String)> {
        let mut wrong: Vec<(Focus, String)> = self
            .form
            .values(&self.said(), now)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|(number, why)| (Focus::Field(number), why))
            .collect();
        let blocks = self.blocks();
        if !blocks.is_empty() {
            let names: Vec<&str> = blocks.iter().map(|topic| topic.name()).collect();
            wrong.push((Focus::Overrides, format!("to start all the same, type {}", names.join(" "))));
        }
        if self.is_grave() && self.typed_name.text().trim() != self.name {
            wrong.push((Focus::Name, format!("type {} to confirm", self.name)));
        }
        wrong
    }

    /// The panels that the plan rests on.
    fn basis(&self) -> Vec<Panel> {
        self.action.map_or_else(Vec::new, Action::panels)
    }

    /// A panel was read at `at`, or could not be. Once all are, it starts if the plan is what it was: what is to be noted and sent then.
    pub(super) fn looked(&mut self, panel: Panel, at: Timestamp, (fleet, now): (&Fleet, Timestamp)) -> Option<Asked> {
        if let Stage::Checking(since, waits) = &mut self.stage
            && at >= *since
        {
            waits.remove(&panel);
        }
        self.checked(fleet, now.max(at))
    }

    /// Starts it if nothing is waited for any more and the plan is what somebody read.
    pub(super) fn checked(&mut self, fleet: &Fleet, now: Timestamp) -> Option<Asked> {
        let Stage::Checking(since, waits) = &self.stage else { return None };
        // However late everything has come: whoever pressed Start may have turned to something else.
        if now.duration_since(*since) > LOOK {
            self.stage = Stage::Asking;
            self.notice = Some("what the plan rests on could not be read again: try again");
            return None;
        }
        if !waits.is_empty() {
            return None;
        }
        self.wrong = self.mistakes(now);
        if let Some((at, _)) = self.wrong.first() {
            // A moment that was to come when Start was pressed may be over, and blocks may be new.
            self.focus = *at;
            self.stage = Stage::Asking;
            return None;
        }
        let fresh = self.planned(fleet, now);
        let surprising = fresh.surprises(&self.plan);
        self.plan = fresh;
        if surprising {
            self.stage = Stage::Asking;
            self.focus = Focus::Cancel;
            self.notice = Some("the plan has changed: read it again");
            return None;
        }
        self.stage = Stage::Sending;
        Some(self.asked(fleet, now))
    }

    fn asked(&self, fleet: &Fleet, now: Timestamp) -> Asked {
        let overridden: Vec<String> = self.overridden().into_iter().map(str::to_owned).collect();
        Asked::new(fleet.snapshot(), self.start(now), &self.plan, &overridden)
    }

    /// It could not be started, or nobody knows.
    pub(super) fn failed(&mut self, stage: Stage) {
        self.stage = stage;
        self.focus = Focus::Cancel;
    }
}
