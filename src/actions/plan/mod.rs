//! What would come of an action, before anything is done.

mod alarm;
mod bake;
mod bounds;
mod by_hand;
mod capacity;
mod eject;
mod fleet;
mod frozen;
mod group;
mod health;
mod hops;
mod moves;
mod notes;
mod promote;
mod protected;
mod refresh;
mod rollout;
mod room;
mod rotation_by_hand;
mod scene;
mod service;
mod steps;
mod target;
mod task;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]
mod tests;
mod under_way;
mod unknown;
mod version;

use std::collections::HashSet;

use self::notes::Notes;
use self::scene::Scene;
use crate::actions::catalogue::{Action, Kind};
use crate::fleet::execution::Values;
use crate::fleet::finding::Subject;
use crate::fleet::join::Index;
use crate::fleet::runbook::Runbook;
use crate::fleet::view::Fleet;

/// What somebody wants done.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action; `None`: a runbook of which nothing but its document is known.
    pub action: Option<Action>,
    /// The runbook that does it.
    pub runbook: &'a Runbook,
    /// To what.
    pub subjects: &'a [Subject],
    /// With what, by parameter: as it will be sent.
    pub values: &'a Values,
    /// The present, as an executions' list is judged by it.
    pub now: jiff::Timestamp,
}

/// How much a note weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Weight {
    /// Worth knowing.
    Fact,
    /// Will surprise whoever has not read it.
    Warning,
    /// Nothing is started unless somebody overrides it by its topic's name.
    Blocking,
}

/// What a note is about. Its name is stable: it is what one types to override it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Topic {
    /// Tasks that will run elsewhere.
    Moves,
    /// The rest of the fleet has no room for them.
    NoRoom,
    /// Tasks without a service, which nothing starts again, or which hold a drain.
    WithoutService,
    /// Tasks that are protected from scale-in.
    Protected,
    /// Tasks of daemons, which end with their instance.
    Daemons,
    /// A service would have fewer tasks than its minimum.
    BelowMinimum,
    /// A target group would have no healthy target.
    NoHealthyTarget,
    /// Services that may place tasks on instances which retire too.
    Hops,
    /// The group would not replace, or not let go: a suspended process, its limits, its zones.
    Group,
    /// An instance refresh is under way.
    Refresh,
    /// What new instances start from, and what would be another one.
    Version,
    /// Whether an AMI was tested, and what came of it.
    Tested,
    /// In which steps instances are replaced, and how long that takes.
    Steps,
    /// Alarms that stop a rollout.
    Alarms,
    /// What fails on an instance, and whether it fails elsewhere too.
    Failures,
    /// When the fleet does it by itself.
    Schedule,
    /// The fleet is frozen.
    Frozen,
    /// An execution is under way on the same target.
    UnderWay,
    /// The target is as the action would make it already.
    AlreadySo,
    /// The target is gone, or not what the action is for.
    NotThere,
    /// What the plan rests on is not known, or old.
    Unknown,
}

impl Topic {
    /// Every topic, as notes are sorted by.
    pub const ALL: [Self; 21] = [
        Self::Moves,
        Self::NoRoom,
        Self::WithoutService,
        Self::Protected,
        Self::Daemons,
        Self::BelowMinimum,
        Self::NoHealthyTarget,
        Self::Hops,
        Self::Group,
        Self::Refresh,
        Self::Version,
        Self::Tested,
        Self::Steps,
        Self::Alarms,
        Self::Failures,
        Self::Schedule,
        Self::Frozen,
        Self::UnderWay,
        Self::AlreadySo,
        Self::NotThere,
        Self::Unknown,
    ];

    /// The stable name, such as `below-minimum`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Moves => "moves",
            Self::NoRoom => "no-room",
            Self::WithoutService => "without-service",
            Self::Protected => "protected",
            Self::Daemons => "daemons",
            Self::BelowMinimum => "below-minimum",
            Self::NoHealthyTarget => "no-healthy-target",
            Self::Hops => "hops",
            Self::Group => "group",
            Self::Refresh => "refresh",
            Self::Version => "version",
            Self::Tested => "tested",
            Self::Steps => "steps",
            Self::Alarms => "alarms",
            Self::Failures => "failures",
            Self::Schedule => "schedule",
            Self::Frozen => "frozen",
            Self::UnderWay => "under-way",
            Self::AlreadySo => "already-so",
            Self::NotThere => "not-there",
            Self::Unknown => "unknown",
        }
    }
}

/// One thing to know before starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// How much it weighs.
    pub weight: Weight,
    /// What it is about.
    pub topic: Topic,
    /// The target that it is about; `None`: the whole.
    pub subject: Option<Subject>,
    /// One line, with numbers.
    pub text: String,
}

/// A task that has to leave its instance, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// ARN of the task.
    pub task: String,
    /// Key of the instance that it leaves.
    pub from: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// What becomes of a task whose instance is drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// Its service starts another one elsewhere, and stops it.
    Replaced,
    /// Its service stops it, as its minimum allows, and finds no room for another one.
    Lost,
    /// Its service may not stop it before another one runs, and none can: it stays and holds the drain.
    Stuck,
    /// It belongs to no service: it stays until it ends or somebody stops it, and holds the drain.
    Stays,
    /// It is a daemon's, or one more than its service wants: it ends.
    Ends,
    /// Its service or its definition was not read.
    Unknown,
}

/// What would come of an action.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// Tasks that have to leave.
    pub moves: Vec<Move>,
    /// What to know, the heaviest first, then by topic and subject.
    pub notes: Vec<Note>,
    /// AWS CLI commands that would do the same without Automation, to be read and never run by us; each with what undoes it.
    pub by_hand: Vec<ByHand>,
}

/// A command for the day when Automation itself is the fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// The command.
    pub command: String,
    /// The command that takes it back; `None`: nothing does.
    pub undo: Option<String>,
}

impl Plan {
    /// Whether it says anything that `read` did not: another note, another task, another fate. What is not so any more surprises nobody. Of a
    /// fact it does not matter what it says now, and of a warning not what it says of time, which goes on by itself.
    #[must_use]
    pub fn surprises(&self, read: &Self) -> bool {
        let note = |note: &Note| {
            let said = if note.weight == Weight::Fact { String::new() } else { timeless(&note.text) };
            (note.weight, note.topic, note.subject.clone(), said)
        };
        let noted: Vec<_> = read.notes.iter().map(note).collect();
        let moved: HashSet<(&str, Fate)> = read.moves.iter().map(|one| (one.task.as_str(), one.fate)).collect();
        self.notes.iter().any(|one| !noted.contains(&note(one)))
            || self.moves.iter().any(|one| !moved.contains(&(one.task.as_str(), one.fate)))
    }

    /// The topics that have to be overridden before it may be started.
    #[must_use]
    pub fn blocks(&self) -> Vec<Topic> {
        let mut topics: Vec<Topic> =
            self.notes.iter().filter(|note| note.weight == Weight::Blocking).map(|note| note.topic).collect();
        topics.sort_unstable();
        topics.dedup();
        topics
    }
}

/// The words of a note without the spans of time in them, such as `4 m` and `1 h 20 m`.
fn timeless(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let number = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    let unit = |word: &str| matches!(word.trim_end_matches([',', ':', ';', '.', ')']), "s" | "m" | "h" | "d");
    let of_time = |at: usize| {
        let counts = |at: usize| {
            words.get(at).is_some_and(|word| number(word)) && words.get(at + 1).is_some_and(|word| unit(word))
        };
        counts(at) || at.checked_sub(1).is_some_and(counts)
    };
    let kept = words.iter().enumerate().filter(|(at, _)| !of_time(*at)).map(|(_, word)| *word);
    kept.collect::<Vec<_>>().join(" ")
}

/// Works out what would come of it. Where something is not known, a note says so; nothing is guessed.
#[must_use]
pub fn plan(fleet: &Fleet, request: &Request<'_>) -> Plan {
    let index = Index::of_definitions(fleet.snapshot());
    let scene = Scene::new(fleet, &index, request);
    let mut notes = Notes::default();
    unknown::judge(&scene, &mut notes);
    under_way::judge(&scene, &mut notes);
    frozen::judge(&scene, &mut notes);
    let moves = match request.action.map(Action::kind) {
        Some(Kind::Instance) => instances(&scene, &mut notes),
        Some(Kind::Alarm) => {
            alarm::judge(&scene, &mut notes);
            Vec::new()
        }
        Some(Kind::Service) => {
            service::judge(&scene, &mut notes);
            Vec::new()
        }
        Some(Kind::Task) => task::judge(&scene, &mut notes),
        Some(Kind::Group) => {
            capacity::judge(&scene, &mut notes);
            Vec::new()
        }
        Some(Kind::Fleet | Kind::Image) => {
            fleet::judge(&scene, &mut notes);
            Vec::new()
        }
        None => Vec::new(),
    };
    Plan { moves, notes: notes.sorted(), by_hand: by_hand::of(&scene) }
}

fn instances(scene: &Scene<'_>, notes: &mut Notes) -> Vec<Move> {
    target::judge(scene, notes);
    refresh::of_instances(scene, notes);

    if scene.request.action == Some(Action::Eject) {
        eject::judge(scene, notes);
    }
    if !scene.request.action.is_some_and(Action::drains) {
        return Vec::new();
    }
    group::judge(scene, notes);
    hops::judge(scene, notes);
    let moves = moves::judge(scene, notes);
    protected::judge(scene, notes);
    health::judge(scene, notes);
    moves
}

/// The whole number that one of these parameters says.
fn whole(values: &Values, names: &[&str]) -> Option<usize> {
    names.iter().find_map(|name| values.get(*name)?.first()?.trim().parse().ok())
}
