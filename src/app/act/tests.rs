//! From a plan to a start, one decision after the other.

use jiff::SignedDuration;

use super::*;
use crate::actions::plan::{Fate, Move, Note, Weight};
use crate::fleet::fixture::Fixture;
use crate::fleet::runbook::Parameter;

fn runbook() -> Runbook {
    let names = ["Cluster", "InstanceId", "RequestedBy", "Reason", "RequestId"];
    let parameter = |name: &str| Parameter { name: name.to_owned(), kind: "String".to_owned(), ..Parameter::default() };
    Runbook {
        name: "DoIt".to_owned(),
        version: "3".to_owned(),
        parameters: names.map(parameter).to_vec(),
        ..Runbook::default()
    }
}

/// A fleet, the present, and an action on one of its instances.
struct Desk {
    fleet: Fleet,
    now: Timestamp,
    act: Act,
}

impl Desk {
    fn new(action: Action) -> Self {
        let fixture = Fixture::healthy(3);
        let (fleet, now) = (fixture.fleet(), fixture.now);
        let key = fleet.view().instances[0].key.clone();
        let subjects = vec![Subject::Instance(key.clone())];
        let act = Act::new(1, (Some(action), &runbook()), (subjects, key), (&fleet, now));
        let mut desk = Self { fleet, now, act };
        // What the plan says is the plan's affair; here it is set.
        desk.act.plan = Plan::default();
        desk
    }

    fn say(&mut self, text: &str) -> &mut Self {
        if let Some(line) = self.act.typing() {
            text.chars().for_each(|c| line.insert(c));
        }
        self
    }

    fn focus(&mut self, focus: Focus) -> &mut Self {
        self.act.focus = focus;
        self
    }

    /// Everything that has to be said is said, and Start has the keys.
    fn ready(&mut self) -> &mut Self {
        self.act.numbered("id-1".to_owned(), &self.fleet);
        self.focus(Focus::Field(0)).say("because").focus(Focus::Start)
    }

    fn press(&mut self) -> Accepted {
        self.act.accept(self.now)
    }

    fn look(&mut self) -> Option<Asked> {
        self.now += SignedDuration::from_secs(1);
        let (panels, now) = (Action::Drain.panels(), self.now);
        let looked = panels.into_iter().map(|panel| self.act.looked(panel, now, (&self.fleet, now)));
        looked.last().flatten()
    }
}

#[test]
fn what_has_to_be_said_has_the_keys_and_enter_leads_to_cancel() {
    let mut desk = Desk::new(Action::Drain);
    assert_eq!(desk.act.focus(), Focus::Field(0));
    assert!(matches!(desk.press(), Accepted::Moved));
    assert_eq!(desk.act.focus(), Focus::Cancel);
    assert!(matches!(desk.press(), Accepted::Cancelled), "two careless Enters change nothing");
}

#[test]
fn nothing_starts_while_something_is_to_be_said() {
    let mut desk = Desk::new(Action::Drain);
    desk.act.numbered("id-1".to_owned(), &desk.fleet);
    desk.focus(Focus::Start);
    assert!(matches!(desk.press(), Accepted::Moved));
    assert_eq!((desk.act.focus(), desk.act.stage()), (Focus::Field(0), &Stage::Asking));
    assert_eq!(desk.act.wrong(Focus::Field(0)), Some("has to be said"));
    desk.say("b");
    assert_eq!(desk.act.wrong(Focus::Field(0)), None);
}

#[test]
fn what_does_not_come_back_needs_the_name() {
    let mut desk = Desk::new(Action::Recycle);
    desk.ready();
    assert!(matches!(desk.press(), Accepted::Moved));
    assert_eq!(desk.act.focus(), Focus::Name);
    let name = desk.act.name().to_owned();
    desk.say(&name[..4]).focus(Focus::Start);
    assert!(matches!(desk.press(), Accepted::Moved));
    desk.say(&name[4..]).focus(Focus::Start);
    assert!(matches!(desk.press(), Accepted::Check(panels) if panels == Action::Recycle.panels()));
}

fn blocking(topic: Topic) -> Note {
    Note { weight: Weight::Blocking, topic, subject: None, text: "no".to_owned() }
}

#[test]
fn each_block_is_overridden_by_its_own_name() {
    let mut desk = Desk::new(Action::Drain);
    desk.act.plan.notes = vec![blocking(Topic::NoRoom), blocking(Topic::BelowMinimum)];
    desk.ready();
    assert!(matches!(desk.press(), Accepted::Moved));
    assert_eq!(desk.act.focus(), Focus::Overrides);
    desk.say("no-room").focus(Focus::Start);
    assert!(matches!(desk.press(), Accepted::Moved));
    assert_eq!(desk.act.wrong(Focus::Overrides), Some("to start all the same, type below-minimum"));
    desk.say(", below-minimum").focus(Focus::Start);
    assert!(matches!(desk.press(), Accepted::Check(_)));
}

#[test]
fn it_starts_when_everything_was_read_again_and_nothing_has_changed() {
    let mut desk = Desk::new(Action::Drain);
    desk.ready();
    desk.act.replan(&desk.fleet, desk.now);
    desk.press();
    let early = desk.now - SignedDuration::from_secs(1);
    for panel in Action::Drain.panels() {
        assert_eq!(
            desk.act.looked(panel, early, (&desk.fleet, desk.now)),
            None,
            "what was under way before does not count"
        );
    }
    let asked = desk.look().unwrap();
    assert_eq!(*desk.act.stage(), Stage::Sending);
    assert_eq!(
        (asked.document.as_str(), asked.version.as_deref(), asked.reason.as_str()),
        ("DoIt", Some("3"), "because")
    );
    assert_eq!(asked.values["RequestId"], ["id-1"]);
    assert!(desk.act.typing().is_none() && matches!(desk.press(), Accepted::Moved), "a second Enter starts nothing");
}

#[test]
fn a_plan_that_has_changed_is_read_again_first() {
    let mut desk = Desk::new(Action::Drain);
    desk.ready();
    desk.act.replan(&desk.fleet, desk.now);
    desk.press();
    desk.act.plan.moves.clear();
    assert_eq!(desk.look(), None);
    assert_eq!((desk.act.stage(), desk.act.focus()), (&Stage::Asking, Focus::Cancel));
    assert_eq!(desk.act.notice(), Some("the plan has changed: read it again"));
}

#[test]
fn what_has_gone_since_surprises_nobody() {
    let mut desk = Desk::new(Action::Drain);
    desk.ready();
    desk.act.replan(&desk.fleet, desk.now);
    desk.act.plan.moves.push(Move { task: "gone".to_owned(), from: "i".to_owned(), fate: Fate::Replaced });
    desk.press();
    assert!(desk.look().is_some());
}

#[test]
fn a_warning_that_says_other_numbers_surprises_and_one_that_has_grown_older_does_not() {
    let warned = |weight, text: &str| Plan {
        notes: vec![Note { weight, topic: Topic::NoRoom, subject: None, text: text.to_owned() }],
        ..Plan::default()
    };
    let warning = |text| warned(Weight::Warning, text);
    assert!(warning("3 of 4 tasks find no room").surprises(&warning("1 of 4 tasks find no room")));
    assert!(!warning("tasks: 14 h 3 m old, and not read").surprises(&warning("tasks: 59 s old, and not read")));
    assert!(!warning("protected for 4 m: wait").surprises(&warning("protected for 5 m: wait")));
    let fact = |text| warned(Weight::Fact, text);
    assert!(!fact("3 tasks move").surprises(&fact("2 tasks move")), "which ones do is compared task by task");
}

#[test]
fn nobody_waits_for_ever_for_the_last_look() {
    let mut desk = Desk::new(Action::Drain);
    desk.ready();
    desk.press();
    let later = desk.now + SignedDuration::from_secs(21);
    assert_eq!(desk.act.checked(&desk.fleet, later), None);
    assert_eq!(*desk.act.stage(), Stage::Asking);
    assert!(desk.act.notice().is_some());
}

#[test]
fn a_choice_is_taken_with_the_arrows_and_may_be_typed() {
    let fixture = Fixture::healthy(1);
    let fleet = fixture.fleet();
    let duration = Parameter { name: "Duration".to_owned(), kind: "String".to_owned(), ..Parameter::default() };
    let runbook = Runbook { name: "Mute".to_owned(), parameters: vec![duration], ..Runbook::default() };
    let mut act = Act::new(1, (None, &runbook), (Vec::new(), "x".to_owned()), (&fleet, fixture.now));
    act.focus = Focus::Field(0);
    let said = |act: &Act| act.line(Focus::Field(0)).map(|line| line.text().to_owned()).unwrap_or_default();
    assert_eq!(said(&act), "30m");
    assert!(act.choose(1) && said(&act) == "1h");
    assert!(act.choose(-1) && act.choose(-1) && act.choose(-1) && said(&act) == "15d");
}

#[test]
fn nothing_that_is_sent_can_be_changed_under_the_last_look() {
    let fixture = Fixture::healthy(1);
    let fleet = fixture.fleet();
    let duration = Parameter { name: "Duration".to_owned(), kind: "String".to_owned(), ..Parameter::default() };
    let runbook = Runbook { name: "Mute".to_owned(), parameters: vec![duration], ..Runbook::default() };
    let mut act = Act::new(1, (None, &runbook), (Vec::new(), "x".to_owned()), (&fleet, fixture.now));
    act.stage = Stage::Checking(fixture.now, BTreeSet::new());
    act.focus = Focus::Field(0);
    assert!(!act.choose(1) && act.typing().is_none());
    assert_eq!(act.values(fixture.now)["Duration"], ["PT30M"]);
}

#[test]
fn an_end_that_is_over_by_the_last_look_is_not_dropped() {
    let fixture = Fixture::healthy(1);
    let (fleet, now) = (fixture.fleet(), fixture.now);
    let until = Parameter {
        name: "Until".to_owned(),
        kind: "String".to_owned(),
        default: Some(vec!["for ever".to_owned()]),
        ..Parameter::default()
    };
    let runbook = Runbook { name: "Hold".to_owned(), parameters: vec![until], ..Runbook::default() };
    let mut act = Act::new(1, (None, &runbook), (Vec::new(), "x".to_owned()), (&fleet, now));
    act.numbered("id-1".to_owned(), &fleet);
    act.texts = vec![Input::of(&(now + SignedDuration::from_secs(2)).to_string())];
    act.focus = Focus::Start;
    assert!(matches!(act.accept(now), Accepted::Check(_)));
    assert_eq!(act.checked(&fleet, now + SignedDuration::from_secs(3)), None);
    assert_eq!((act.stage(), act.focus()), (&Stage::Asking, Focus::Field(0)));
    assert!(act.wrong(Focus::Field(0)).is_some());
}

#[test]
fn a_last_look_that_comes_too_late_starts_nothing() {
    let mut desk = Desk::new(Action::Drain);
    desk.ready();
    desk.act.replan(&desk.fleet, desk.now);
    desk.press();
    desk.now += SignedDuration::from_secs(60);
    assert_eq!(desk.look(), None);
    assert_eq!(*desk.act.stage(), Stage::Asking);
}

#[test]
fn a_key_under_the_last_look_does_not_pass_a_changed_plan() {
    let mut desk = Desk::new(Action::Drain);
    desk.ready();
    desk.press();
    desk.act.plan = Plan::default();
    desk.act.replan(&desk.fleet, desk.now);
    assert_eq!((desk.look(), desk.act.stage()), (None, &Stage::Asking));
}
