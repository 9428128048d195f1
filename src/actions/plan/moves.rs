//! Tasks that have to leave their instances: where to, and what holds them.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::bounds::Bounds;
use super::notes::Notes;
use super::room::{Order, place};
use super::scene::{Scene, counts, is_daemon, only};
use super::{Fate, Move, Topic};
use crate::actions::catalogue::Action;
use crate::fleet::finding::Subject;
use crate::fleet::policy::{Demand, Survey, plural};
use crate::fleet::service::{RolloutState, Service};
use crate::fleet::task::Task;
use crate::fleet::view::InstanceRow;

/// Why tasks of a service stay although it should replace them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    /// There are too few places.
    NoRoom,
    /// Neither bound lets it begin.
    Bounds,
    /// Its newest deployment failed.
    Failed,
    /// Too few of its other tasks are healthy.
    Ailing,
}

/// What becomes of a service's tasks on some instances.
struct Standing<'a> {
    service: &'a Service,
    bounds: Bounds,
    demand: Option<Demand<'a>>,
    /// Its tasks there, with the keys of their instances.
    leaving: Vec<(&'a Task, &'a str)>,
    /// Its tasks on other instances that drain.
    also_leaving: usize,
    /// Its tasks on instances that stay, and how many of them it counts on.
    staying: (usize, usize),
    /// Tasks that leave, wherever, and that it counts on.
    leaving_sound: usize,
    /// How many of those that it needs find a place.
    placed: usize,
    /// How many do depends on the order in which ECS places tasks.
    tight: bool,
}

/// How many of a service's tasks meet which fate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Split {
    replaced: usize,
    lost: usize,
    stuck: usize,
    ends: usize,
}

/// The moves of the targets' tasks, and what to know about them.
pub(super) fn judge(scene: &Scene<'_>, notes: &mut Notes) -> Vec<Move> {
    let (draining, unhealthy) = (scene.draining(), scene.unhealthy());
    let mut moves = Vec::new();
    let mut standings = Vec::new();
    for batch in scene.batches() {
        let tasks = tasks_on(scene, &batch);
        let mut judged = services(scene, &tasks, &batch, &draining, &unhealthy);
        seat(scene, &batch, &mut judged, notes);
        moves.extend(tasks.iter().filter_map(|(task, from)| alone(scene, task, from)));
        moves.extend(judged.iter().flat_map(Standing::moves));
        standings.append(&mut judged);
    }
    moves.sort_by(|a, b| (&a.from, &a.task).cmp(&(&b.from, &b.task)));
    say(scene, &moves, &standings, notes);
    moves
}

/// Tasks on the instances that are meant to run, with the keys of the instances.
fn tasks_on<'a>(scene: &Scene<'a>, batch: &[&'a InstanceRow]) -> Vec<(&'a Task, &'a str)> {
    let on = |row: &&'a InstanceRow| {
        let row: &'a InstanceRow = row;
        let wanted = scene.evidence.tasks(&row.tasks).filter(|task| task.wanted());
        wanted.map(|task| (task, row.key.as_str())).collect::<Vec<_>>()
    };
    batch.iter().flat_map(on).collect()
}

/// The move of a task that no replica service decides about.
fn alone(scene: &Scene<'_>, task: &Task, from: &str) -> Option<Move> {
    let fate = match task.service().map(|name| scene.service(name)) {
        None => Fate::Stays,
        Some(None) => Fate::Unknown,
        Some(Some(service)) if is_daemon(service) => Fate::Ends,
        Some(Some(_)) => return None,
    };
    Some(Move { task: task.arn.clone(), from: from.to_owned(), fate })
}

/// The replica services whose tasks have to leave.
fn services<'a>(
    scene: &Scene<'a>,
    tasks: &[(&'a Task, &'a str)],
    batch: &[&InstanceRow],
    draining: &HashSet<&str>,
    unhealthy: &HashSet<&str>,
) -> Vec<Standing<'a>> {
    let mut by_service: BTreeMap<&str, Vec<(&'a Task, &'a str)>> = BTreeMap::new();
    for (task, from) in tasks {
        if let Some(name) = task.service() {
            by_service.entry(name).or_default().push((task, from));
        }
    }
    let targets: HashSet<&str> = batch.iter().filter_map(|row| Some(scene.evidence.ecs(row)?.arn.as_str())).collect();
    let judged = by_service.into_iter().filter_map(|(name, leaving)| {
        let service = scene.service(name).filter(|service| !is_daemon(service))?;
        Some(Standing::of(scene, service, leaving, &targets, draining, unhealthy))
    });
    judged.collect()
}

impl<'a> Standing<'a> {
    fn of(
        scene: &Scene<'a>,
        service: &'a Service,
        leaving: Vec<(&'a Task, &'a str)>,
        targets: &HashSet<&str>,
        draining: &HashSet<&str>,
        unhealthy: &HashSet<&str>,
    ) -> Self {
        let definition = scene.evidence.task_definition(&service.task_definition);
        let mut standing = Self {
            service,
            bounds: Bounds::of(service),
            demand: definition.map(|definition| Demand::of(definition, Some(service))),
            also_leaving: 0,
            staying: (0, 0),
            leaving_sound: leaving.iter().filter(|(task, _)| counts(task, unhealthy)).count(),
            leaving,
            placed: 0,
            tight: false,
        };
        for task in scene.tasks_of(&service.name).filter(|task| task.wanted()) {
            let on = task.container_instance_arn.as_deref();
            let sound = usize::from(counts(task, unhealthy));
            if on.is_some_and(|arn| targets.contains(arn)) {
                continue;
            } else if on.is_some_and(|arn| draining.contains(arn)) {
                standing.also_leaving += 1;
                standing.leaving_sound += sound;
            } else {
                standing.staying.0 += 1;
                standing.staying.1 += sound;
            }
        }
        if !scene.evidence.snapshot.tasks.complete() {
            // Its own counts stand for tasks that were not read.
            let all = (service.running + service.pending) as usize;
            let elsewhere = all.saturating_sub(standing.leaving.len() + standing.also_leaving);
            standing.staying = (elsewhere.max(standing.staying.0), elsewhere.max(standing.staying.1));
        }
        standing
    }

    /// Tasks that it has to start elsewhere.
    fn needed(&self) -> usize {
        let missing = self.bounds.desired.saturating_sub(self.staying.0);
        missing.min(self.leaving.len() + self.also_leaving)
    }

    /// What keeps it from replacing tasks, if anything does.
    fn hold(&self) -> Option<Hold> {
        let all = self.staying.0 + self.leaving.len() + self.also_leaving;
        let (sound, least) = (self.staying.1 + self.leaving_sound, self.bounds.least);
        let failed =
            self.service.deployments.first().is_some_and(|one| one.rollout_state == Some(RolloutState::Failed));
        if self.needed() == 0 {
            None
        } else if failed {
            Some(Hold::Failed)
        } else if self.bounds.most <= all && sound <= least {
            Some(if sound < least { Hold::Ailing } else { Hold::Bounds })
        } else if self.staying.1 + self.placed >= least {
            None
        } else if self.placed < self.needed() {
            Some(Hold::NoRoom)
        } else {
            Some(Hold::Ailing)
        }
    }

    fn split(&self) -> Split {
        let here = self.leaving.len();
        let needed = self.needed().min(here);
        let ends = here - needed;
        let stuck = match self.hold() {
            Some(Hold::Failed | Hold::Bounds) => needed,
            Some(Hold::NoRoom | Hold::Ailing) => {
                self.bounds.least.saturating_sub(self.staying.1 + self.placed).min(needed)
            }
            None => 0,
        };
        let replaced = self.placed.min(needed - stuck);
        Split { replaced, lost: needed - stuck - replaced, stuck, ends }
    }

    fn moves(&self) -> Vec<Move> {
        let Split { replaced, lost, stuck, ends } = self.split();
        let fates = [(Fate::Replaced, replaced), (Fate::Lost, lost), (Fate::Stuck, stuck), (Fate::Ends, ends)];
        let fates = fates.into_iter().flat_map(|(fate, count)| std::iter::repeat_n(fate, count));
        let moves = self.leaving.iter().zip(fates).map(|((task, from), fate)| {
            let fate = if self.demand.is_none() { Fate::Unknown } else { fate };
            Move { task: task.arn.clone(), from: (*from).to_owned(), fate }
        });
        moves.collect()
    }
}

/// Finds places for what the services have to start, and says what stands in the way where there are too few.
fn seat<'a>(scene: &Scene<'a>, batch: &[&'a InstanceRow], judged: &mut [Standing<'a>], notes: &mut Notes) {
    let (placed, obstacle) = {
        let asked: Vec<(usize, (&Demand<'a>, usize))> = judged
            .iter()
            .enumerate()
            .filter_map(|(at, one)| Some((at, (one.demand.as_ref()?, one.needed()))))
            .collect();
        let demands: Vec<(&Demand<'a>, usize)> = asked.iter().map(|(_, one)| *one).collect();
        let mut spaces = scene.rest(batch);
        let others = [Order::Emptiest, Order::SmallestFirst];
        let others = others.map(|order| place(&scene.evidence, &mut spaces.clone(), &demands, order));
        let full = place(&scene.evidence, &mut spaces, &demands, Order::Fullest);
        let differs = |at: usize| others.iter().any(|other| other.get(at) != full.get(at));
        let tight: Vec<bool> = (0..full.len()).map(differs).collect();
        let short = demands.iter().zip(&full).find(|((_, needed), placed)| *placed < needed);
        let obstacle =
            short.map(|((demand, _), _)| (demand.definition, Survey::among(&scene.evidence, &spaces, demand)));
        let numbers = asked.iter().map(|(at, _)| *at);
        (numbers.zip(full.into_iter().zip(tight)).collect::<Vec<_>>(), obstacle)
    };
    for (at, outcome) in placed {
        if let Some(one) = judged.get_mut(at) {
            (one.placed, one.tight) = outcome;
        }
    }
    if let Some((definition, survey)) = obstacle {
        let short: usize = judged.iter().map(|one| one.needed() - one.placed.min(one.needed())).sum();
        let needed: usize = judged.iter().map(Standing::needed).sum();
        let why = if survey.asked == 0 { "no other instance takes tasks".to_owned() } else { survey.words(definition) };
        let text = format!("no room for {short} of {}: {why}", plural(needed, "task"));
        match judged.iter().any(|one| one.hold() == Some(Hold::NoRoom)) {
            true => notes.block(Topic::NoRoom, only(batch), text),
            false => notes.warn(Topic::NoRoom, only(batch), text),
        }
    }
}

fn say(scene: &Scene<'_>, moves: &[Move], standings: &[Standing<'_>], notes: &mut Notes) {
    let count = |fate| moves.iter().filter(|one| one.fate == fate).count();
    let replaced = count(Fate::Replaced);
    let services = standings.iter().filter(|one| one.split().replaced > 0);
    let services: HashSet<&str> = services.map(|one| one.service.name.as_str()).collect();
    let tasks = format!("{} of {}", plural(replaced, "task"), plural(services.len(), "service"));
    match (replaced, count(Fate::Stuck) + count(Fate::Lost)) {
        (0, _) if moves.is_empty() => notes.fact(Topic::Moves, scene.only(), "no task runs there".to_owned()),
        (0, _) => {}
        (_, 0) => {
            let text = format!("{tasks} {}; the rest of the fleet has room for them", verb(replaced));
            notes.fact(Topic::Moves, scene.only(), text);
        }
        _ => notes.fact(Topic::Moves, scene.only(), format!("{tasks} {}", verb(replaced))),
    }
    let surplus: usize = standings.iter().map(|one| one.split().ends).sum();
    ending(count(Fate::Ends).saturating_sub(surplus), surplus, scene, notes);
    unknown(count(Fate::Unknown), scene, notes);
    without_service(scene, moves, notes);
    standings.iter().for_each(|one| held(one, notes));
    let tight: BTreeSet<&str> = standings.iter().filter(|one| one.tight).map(|one| one.service.name.as_str()).collect();
    if !tight.is_empty() {
        let names = tight.into_iter().collect::<Vec<_>>().join(", ");
        let text =
            format!("room is tight: which tasks of {names} get it depends on the order in which ECS places them");
        notes.warn(Topic::NoRoom, scene.only(), text);
    }
}

fn ending(daemons: usize, surplus: usize, scene: &Scene<'_>, notes: &mut Notes) {
    if daemons > 0 {
        let text = match daemons {
            1 => "1 task of a daemon ends there, after the others".to_owned(),
            several => format!("{several} tasks of daemons end there, after the others"),
        };
        notes.fact(Topic::Daemons, scene.only(), text);
    }
    if surplus > 0 {
        let text = format!("{} more than wanted end there", plural(surplus, "task"));
        notes.fact(Topic::Moves, scene.only(), text);
    }
}

fn verb(count: usize) -> &'static str {
    if count == 1 { "moves" } else { "move" }
}

fn unknown(count: usize, scene: &Scene<'_>, notes: &mut Notes) {
    if count > 0 {
        let text =
            format!("what becomes of {} is not known: service or definition was not read", plural(count, "task"));
        notes.block(Topic::Unknown, scene.only(), text);
    }
}

/// A drain waits for them; a runbook that goes on afterwards would not get there.
fn without_service(scene: &Scene<'_>, moves: &[Move], notes: &mut Notes) {
    let staying: Vec<&Move> = moves.iter().filter(|one| one.fate == Fate::Stays).collect();
    let Some(first) = staying.first() else { return };
    let task = scene.evidence.snapshot.tasks.rows.iter().find(|task| task.arn == first.task);
    let definition = task.and_then(|task| task.task_definition.rsplit('/').next()).unwrap_or_default();
    let and = if staying.len() == 1 { "" } else { " and others" };
    let verb = if staying.len() == 1 { "stays and holds" } else { "stay and hold" };
    let text = format!(
        "{} without a service {verb} the drain until stopped ({definition}{and}); nothing starts them again",
        plural(staying.len(), "task")
    );
    match scene.request.action {
        Some(Action::Drain) => notes.warn(Topic::WithoutService, scene.only(), text),
        _ => notes.block(Topic::WithoutService, scene.only(), text),
    }
}

/// What holds a service's tasks, in words.
fn held(one: &Standing<'_>, notes: &mut Notes) {
    let Split { lost, stuck, .. } = one.split();
    let Bounds { desired, least, minimum, maximum, .. } = one.bounds;
    let (name, left) = (&one.service.name, one.staying.1 + one.placed);
    let subject = Some(Subject::Service(name.clone()));
    let stay = format!("{} {}", plural(stuck, "task"), if stuck == 1 { "stays" } else { "stay" });
    match one.hold().filter(|_| stuck > 0) {
        Some(Hold::NoRoom) => notes.block(
            Topic::BelowMinimum,
            subject,
            format!("{name}: {left} of {desired} tasks would be left, its minimum is {least} (minimumHealthyPercent {minimum}): {stay} and the drain waits"),
        ),
        Some(Hold::Ailing) => notes.block(
            Topic::BelowMinimum,
            subject,
            format!("{name}: {left} of {desired} tasks would be healthy, its minimum is {least} (minimumHealthyPercent {minimum}): {stay} until the others are well"),
        ),
        Some(Hold::Bounds) => notes.block(
            Topic::BelowMinimum,
            subject,
            format!("{name}: minimumHealthyPercent {minimum} and maximumPercent {maximum} of {desired} let ECS neither stop nor start one: {stay}"),
        ),
        Some(Hold::Failed) => notes.block(
            Topic::BelowMinimum,
            subject,
            format!("{name}: its newest deployment failed and starts nothing: {stay}"),
        ),
        None if lost > 0 => notes.warn(
            Topic::NoRoom,
            subject,
            format!("{name}: {left} of {desired} tasks would be left until there is room; its minimum of {least} allows it"),
        ),
        None => {}
    }
    unfinished(one, notes);
}

/// What a rollout does meanwhile, and what could not be computed.
fn unfinished(one: &Standing<'_>, notes: &mut Notes) {
    let name = &one.service.name;
    let subject = || Some(Subject::Service(name.clone()));
    let primary = one.service.deployments.first();
    if let Some(primary) = primary.filter(|one| one.rollout_state == Some(RolloutState::InProgress)) {
        let failed = match primary.failed_tasks {
            0 => String::new(),
            count => format!(", {} failed", plural(count, "task")),
        };
        let text =
            format!("{name}: a deployment is under way ({} of {} run{failed})", primary.running, primary.desired);
        notes.warn(Topic::UnderWay, subject(), text);
    }
    if let Some(text) = one.demand.as_ref().and_then(|demand| demand.unjudged) {
        let text = format!("{name}: constraint `{text}` is not computed: there may be less room");
        notes.warn(Topic::Unknown, subject(), text);
    }
}
