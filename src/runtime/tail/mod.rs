//! Reads log feeds for as long as somebody listens: which feed is asked next, and what becomes of the answers.
//!
//! [`logs::tail::Tail`](crate::logs::tail::Tail) decides what to ask of a group; this asks it. One task does everything: it waits for
//! answers, for room in the channel and for time, and all of it ends when it is dropped.

mod console;
mod group;
mod live;

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio::sync::mpsc::Sender;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::aws::logs::{ConsoleOutput, EventsAsk, EventsPage, LiveTail, LogRefusal};
use crate::aws::{Aws, Hurry};
use crate::fleet::feed::{Feed, Origin};
use crate::fleet::reading::Failure;
use crate::logs::batch::{Arrival, Batch, Standing};
use crate::logs::event::Gap;
use crate::logs::live::{LiveEnd, LiveUpdate};
use crate::logs::tail::{Position, Settings};
use console::ConsoleLane;
pub use console::mark as console_mark;
use group::GroupLane;
pub use live::MOST_SESSIONS;

/// Requests under way at the same time: one that hangs must not hold up the others.
const AT_ONCE: usize = 4;
/// The clock is looked at again after this long at most: it may have been moved.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// The least by which a lag has to have moved to be told again, in milliseconds.
const LAG_STEP: u64 = 5_000;

/// Feeds that are being read. Dropping it ends that.
#[derive(Debug)]
pub struct Following {
    task: JoinHandle<()>,
    /// Sessions of Live Tail that it may have.
    sessions: watch::Sender<usize>,
    /// Sessions of Live Tail that it has use for.
    useful: usize,
}

impl Following {
    /// Takes what is new from Live Tail as well, in at most so many sessions, or ends them all where that is none. Live Tail is quicker and
    /// billed by the minute; no position tells what came that way. Of many groups the first few have a session.
    ///
    /// Gives how many it takes.
    pub fn live_tail(&self, most: usize) -> usize {
        let taken = most.min(self.useful);
        self.sessions.send_replace(taken);
        taken
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads `feeds` by `settings` and sends what is new, the number of a feed being its place in the list. The channel closes when
/// everything up to `settings.until` is read; without an end it goes on until the receiver or what is given back is dropped.
///
/// A console has no times of its own: it is handed out whole, whatever `settings` say, and read once if they have an end.
#[must_use]
pub fn follow(aws: &Aws, feeds: Vec<Feed>, settings: Settings, out: Sender<Batch>) -> Following {
    let start = |feed| Start { feed, settings: settings.clone(), position: None };
    let starts = feeds.into_iter().map(start);
    follow_from(aws, starts.collect(), out)
}

/// A feed and from where it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Start {
    /// What is read.
    pub feed: Feed,
    /// How, and from when.
    pub settings: Settings,
    /// Where an earlier reading by these settings stood. Of a console its `seen` has what [`console_mark`] gives for each line, in their order.
    pub position: Option<Position>,
}

/// The same as [`follow`], each feed in its own way.
#[must_use]
pub fn follow_from(aws: &Aws, starts: Vec<Start>, out: Sender<Batch>) -> Following {
    let mut lanes = Vec::new();
    let told = vec![Standing::default(); starts.len()];
    for (number, Start { feed, settings, position }) in starts.into_iter().enumerate() {
        let readers = match feed.origin {
            Origin::Console { instance } => {
                vec![Reader::Console(Box::new(ConsoleLane::new(instance, &settings, position)))]
            }
            Origin::Group { group, streams } => {
                let lanes = GroupLane::of(&group, streams, &settings, position);
                lanes.into_iter().map(|lane| Reader::Group(Box::new(lane))).collect()
            }
        };
        lanes.extend(readers.into_iter().map(|reader| Lane { feed: number, reader, busy: false, rounds: 0 }));
    }
    let useful = lanes.iter().filter(|lane: &&Lane| lane.reader.has_use_for_live()).count();
    let (most, wanted) = watch::channel(0);
    let (calls, sessions, outbox) = (FuturesUnordered::new(), FuturesUnordered::new(), VecDeque::new());
    let driver = Driver { aws: aws.clone(), lanes, told, round: 0, calls, wanted, sessions, outbox, hurry: None };
    Following { task: tokio::spawn(driver.run(out)), sessions: most, useful }
}

/// What a lane wants.
enum Step {
    Ask(Ask),
    /// Nothing before that time, in milliseconds since 1970.
    Wait(i64),
    Done,
}

/// A request.
enum Ask {
    Events(EventsAsk),
    /// Which of these streams exist.
    Streams(String, Vec<String>),
    Console(String),
}

enum Answer {
    Events(Result<EventsPage, LogRefusal>),
    Streams(Result<Vec<String>, LogRefusal>),
    Console(Result<Option<ConsoleOutput>, Failure>),
}

/// What an answer brought.
#[derive(Debug, Default)]
struct News {
    events: Vec<Arrival>,
    gaps: Vec<Gap>,
}

/// A part of a feed that is read by itself: a console, a group, or at most as many of its streams as one request may name.
struct Lane {
    feed: usize,
    reader: Reader,
    /// A request is under way.
    busy: bool,
    /// The round in which it was asked last.
    rounds: u64,
}

enum Reader {
    Group(Box<GroupLane>),
    Console(Box<ConsoleLane>),
}

impl Reader {
    fn step(&mut self, now: i64) -> Step {
        match self {
            Self::Group(lane) => lane.step(now),
            Self::Console(lane) => lane.step(now),
        }
    }

    fn landed(&mut self, now: i64, answer: Answer) -> News {
        match (self, answer) {
            (Self::Group(lane), Answer::Events(page)) => lane.read(now, page),
            (Self::Group(lane), Answer::Streams(names)) => lane.looked(now, names),
            (Self::Console(lane), Answer::Console(output)) => lane.read(now, output),
            (Self::Group(_), Answer::Console(_)) | (Self::Console(_), Answer::Events(_) | Answer::Streams(_)) => {
                News::default()
            }
        }
    }

    fn has_use_for_live(&self) -> bool {
        matches!(self, Self::Group(lane) if lane.follows())
    }

    fn standing(&self, now: i64) -> Standing {
        match self {
            Self::Group(lane) => lane.standing(now),
            Self::Console(lane) => lane.standing(now),
        }
    }
}

type Call = Pin<Box<dyn Future<Output = (usize, Answer)> + Send>>;

/// What is heard of a session of Live Tail.
enum Heard {
    Started(Result<Box<LiveTail>, LogRefusal>),
    Update(Box<LiveTail>, Result<LiveUpdate, LiveEnd>),
}

type Session = Pin<Box<dyn Future<Output = (usize, Heard)> + Send>>;

struct Driver {
    aws: Aws,
    lanes: Vec<Lane>,
    /// How each feed stood when it was last told.
    told: Vec<Standing>,
    round: u64,
    calls: FuturesUnordered<Call>,
    /// Sessions of Live Tail that there may be.
    wanted: watch::Receiver<usize>,
    /// The next that is heard of each session of Live Tail.
    sessions: FuturesUnordered<Session>,
    /// What waits for room in the channel; while something does, nothing more is asked.
    outbox: VecDeque<Batch>,
    /// Held until every feed was read up to the present.
    hurry: Option<Hurry>,
}

impl Driver {
    async fn run(mut self, out: Sender<Batch>) {
        loop {
            let wake = if self.outbox.is_empty() { self.ask() } else { None };
            if self.calls.is_empty() && self.outbox.is_empty() && wake.is_none() {
                return;
            }
            tokio::select! {
                () = out.closed() => return,
                room = out.reserve(), if !self.outbox.is_empty() => match (room, self.outbox.pop_front()) {
                    (Ok(room), Some(batch)) => room.send(batch),
                    _ => return,
                },
                Some((lane, answer)) = self.calls.next(), if !self.calls.is_empty() => self.landed(lane, answer),
                Some((lane, heard)) = self.sessions.next(), if !self.sessions.is_empty() && self.outbox.is_empty() => {
                    self.heard(lane, heard);
                }
                Ok(()) = self.wanted.changed() => self.turn_live(),
                () = tokio::time::sleep(wake.unwrap_or(LONGEST_SLEEP)), if self.outbox.is_empty() => {}
            }
        }
    }

    fn now(&self) -> i64 {
        self.aws.now().as_millisecond()
    }

    /// Sends as many requests as may be under way. Gives how long to wait for a lane that wants none yet; `None` where there is no such lane.
    fn ask(&mut self) -> Option<Duration> {
        let now = self.now();
        self.hurry_up(now);
        let (mut ready, mut wake) = (Vec::new(), None::<i64>);
        for number in 0..self.lanes.len() {
            let again = self.begin_live(number, now);
            wake = wake.into_iter().chain(again).min();
            let Some(lane) = self.lanes.get_mut(number).filter(|lane| !lane.busy) else { continue };
            match lane.reader.step(now) {
                Step::Ask(ask) => ready.push((number, ask)),
                Step::Wait(until) => wake = Some(wake.map_or(until, |earlier| earlier.min(until))),
                Step::Done => self.settle(number, News::default()),
            }
        }
        while self.calls.len() < AT_ONCE
            && let Some((number, ask)) = self.first(&mut ready, now)
        {
            self.send(number, ask);
        }
        self.tell_lags(now);
        // Those for which there was no place come when an answer does.
        let wait = |until: i64| Duration::from_millis(until.saturating_sub(now).max(1).unsigned_abs());
        let settled = !self.outbox.is_empty();
        if settled { None } else { wake.map(|until| wait(until).min(LONGEST_SLEEP)) }
    }

    /// Whoever began to read waits for what there is already; what fails is not waited for.
    fn hurry_up(&mut self, now: i64) {
        let behind = |lane: &Lane| {
            let standing = lane.reader.standing(now);
            !standing.caught_up && !standing.done && standing.failure.is_none()
        };
        match self.lanes.iter().any(behind) {
            true if self.hurry.is_none() => self.hurry = Some(self.aws.hurry_logs()),
            true => {}
            false => self.hurry = None,
        }
    }

    /// Every lane has its turn in a round; in a round, those that are furthest behind come first.
    fn first(&mut self, ready: &mut Vec<(usize, Ask)>, now: i64) -> Option<(usize, Ask)> {
        let lanes = &self.lanes;
        let round = ready.iter().filter_map(|(number, _)| lanes.get(*number)).map(|lane| lane.rounds).min()?;
        self.round = self.round.max(round);
        let behind = |number: usize| {
            let lane = lanes.get(number)?;
            Some((std::cmp::Reverse(lane.rounds), lane.reader.standing(now).lag))
        };
        let (place, _) = ready.iter().enumerate().max_by_key(|(_, (number, _))| behind(*number))?;
        Some(ready.swap_remove(place))
    }

    fn send(&mut self, number: usize, ask: Ask) {
        if let Some(lane) = self.lanes.get_mut(number) {
            lane.busy = true;
            // One that had nothing to do for many rounds does not make up for them.
            lane.rounds = lane.rounds.max(self.round) + 1;
        }
        let aws = self.aws.clone();
        self.calls.push(Box::pin(async move { (number, answer(&aws, ask).await) }));
    }

    /// Turns Live Tail on for as many lanes as may have it, or off for all.
    fn turn_live(&mut self) {
        let most = *self.wanted.borrow_and_update();
        if most == 0 {
            self.sessions = FuturesUnordered::new();
        }
        let lanes = self.lanes.iter_mut().filter(|lane| lane.reader.has_use_for_live()).enumerate();
        for (nth, lane) in lanes {
            match &mut lane.reader {
                Reader::Group(lane) if most == 0 => lane.without_live(),
                Reader::Group(lane) if nth < most => lane.with_live(),
                Reader::Group(_) | Reader::Console(_) => {}
            }
        }
        (0..self.told.len()).for_each(|feed| self.tell(feed, News::default()));
    }

    /// Starts a session of Live Tail where one is wanted; else gives when to ask for it again.
    fn begin_live(&mut self, number: usize, now: i64) -> Option<i64> {
        let Reader::Group(lane) = &mut self.lanes.get_mut(number)?.reader else { return None };
        let (ask, again) = lane.begin_live(now);
        let Some(ask) = ask else { return again };
        let aws = self.aws.clone();
        let start = async move { (number, Heard::Started(aws.live_tail(ask).await.map(Box::new))) };
        self.sessions.push(Box::pin(start));
        None
    }

    fn heard(&mut self, number: usize, heard: Heard) {
        let now = self.now();
        let Some(Lane { reader: Reader::Group(lane), .. }) = self.lanes.get_mut(number) else { return };
        let (session, news) = match heard {
            Heard::Started(Err(refusal)) => {
                lane.live_started(now, Some(refusal));
                (None, News::default())
            }
            Heard::Started(Ok(session)) => {
                lane.live_started(now, None);
                (Some(session), News::default())
            }
            Heard::Update(session, update) => (update.is_ok().then_some(session), lane.heard(now, update)),
        };
        if let Some(mut session) = session {
            self.sessions.push(Box::pin(async move {
                let update = session.next().await;
                (number, Heard::Update(session, update))
            }));
        }
        self.settle(number, news);
    }

    fn landed(&mut self, number: usize, answer: Answer) {
        let now = self.now();
        let Some(lane) = self.lanes.get_mut(number) else { return };
        lane.busy = false;
        let news = lane.reader.landed(now, answer);
        self.settle(number, news);
    }

    /// Tells what is new of a lane's feed, if something is.
    fn settle(&mut self, number: usize, news: News) {
        if let Some(feed) = self.lanes.get(number).map(|lane| lane.feed) {
            self.tell(feed, news);
        }
    }

    fn tell(&mut self, feed: usize, news: News) {
        let standing = self.standing(feed);
        let Some(told) = self.told.get_mut(feed) else { return };
        if news.events.is_empty() && news.gaps.is_empty() && !differs(told, &standing) {
            return;
        }
        told.clone_from(&standing);
        self.outbox.push_back(Batch { feed, events: news.events, gaps: news.gaps, standing });
    }

    /// Tells of feeds that fell behind, or are behind no more, while no answer said so.
    fn tell_lags(&mut self, now: i64) {
        let mut lags = vec![0; self.told.len()];
        for lane in &self.lanes {
            if let Some(lag) = lags.get_mut(lane.feed) {
                *lag = lane.reader.standing(now).lag.max(*lag);
            }
        }
        // One that never was at the present is told to be on its way there, and one that is done has no lag.
        let strayed = |told: &Standing, lag: i64| told.caught_up && !told.done && strays(told.lag, lag);
        let told = self.told.iter().zip(lags).enumerate();
        let strayed: Vec<usize> = told.filter(|(_, (told, lag))| strayed(told, *lag)).map(|(feed, _)| feed).collect();
        strayed.into_iter().for_each(|feed| self.tell(feed, News::default()));
    }

    /// How a feed stands: as far as the lane of it that is furthest behind.
    fn standing(&self, feed: usize) -> Standing {
        let now = self.now();
        let lanes = self.lanes.iter().filter(|lane| lane.feed == feed).map(|lane| lane.reader.standing(now));
        lanes.reduce(Standing::and).unwrap_or_default()
    }
}

/// Whether somebody who was told the one should be told the other.
fn differs(told: &Standing, now: &Standing) -> bool {
    let marks = |standing: &Standing| {
        let Standing { counters, live, caught_up, done, .. } = standing;
        let live = (live.asked, live.on, live.sampled, live.timed_out, live.broken);
        (counters.throttled, counters.failed, counters.gaps, live, *caught_up, *done)
    };
    let same = |told: Option<&Failure>, now: Option<&Failure>| match (told, now) {
        (Some(told), Some(now)) => told.says_the_same(now),
        (told, now) => told.is_none() && now.is_none(),
    };
    let same = same(told.failure.as_ref(), now.failure.as_ref())
        && same(told.live.failure.as_deref(), now.live.failure.as_deref());
    !same || marks(told) != marks(now) || strays(told.lag, now.lag)
}

/// Whether a lag is another one than was told. It moves with every moment, so it is told in steps, the larger the longer it is.
fn strays(told: i64, now: i64) -> bool {
    told.abs_diff(now) > LAG_STEP.max(told.unsigned_abs() / 4)
}

async fn answer(aws: &Aws, ask: Ask) -> Answer {
    match ask {
        Ask::Events(ask) => Answer::Events(aws.log_events(ask).await),
        Ask::Console(instance) => Answer::Console(aws.console_output(&instance).await),
        Ask::Streams(group, names) => Answer::Streams(existing(aws, &group, names).await),
    }
}

/// Those of the streams that exist. Each is looked for by its whole name: the group may have a hundred thousand others.
async fn existing(aws: &Aws, group: &str, names: Vec<String>) -> Result<Vec<String>, LogRefusal> {
    let looks = futures::stream::iter(names).map(|name| async move {
        let found = aws.log_streams(group, &name).await?;
        Ok((found.contains(&name)).then_some(name))
    });
    let found: Vec<Result<Option<String>, LogRefusal>> = looks.buffered(AT_ONCE).collect().await;
    let found: Result<Vec<Option<String>>, LogRefusal> = found.into_iter().collect();
    Ok(found?.into_iter().flatten().collect())
}
