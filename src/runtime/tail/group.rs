//! One log group, or some streams of it, being read.

use super::live::{Live, READ_SELDOM};
use super::{Ask, News, Step};
use crate::aws::logs::{Cause, EventsAsk, EventsPage, LogRefusal, MOST_NAMES};
use crate::fleet::feed::Streams;
use crate::fleet::reading;
use crate::logs::batch::Standing;
use crate::logs::live::{LiveAsk, LiveEnd, LiveUpdate};
use crate::logs::tail::{self, Failure, Position, Seen, Settings, Tail};

pub(super) struct GroupLane {
    group: String,
    streams: Streams,
    settings: Settings,
    tail: Tail,
    /// Those of the named streams that exist, once AWS has said that not all do.
    existing: Option<Vec<String>>,
    /// When to look which of them do.
    look_at: i64,
    looked_at: Option<i64>,
    failure: Option<reading::Failure>,
    live: Option<Live>,
    done: bool,
}

impl GroupLane {
    /// As many lanes as it takes to name all streams.
    pub(super) fn of(group: &str, streams: Streams, settings: &Settings, position: Option<Position>) -> Vec<Self> {
        let parts = match streams {
            Streams::Named(names) => names.chunks(MOST_NAMES).map(|names| Streams::Named(names.to_vec())).collect(),
            other => vec![other],
        };
        let lane = |streams| Self::new(group.to_owned(), streams, settings.clone(), position.clone());
        parts.into_iter().map(lane).collect()
    }

    fn new(group: String, streams: Streams, settings: Settings, position: Option<Position>) -> Self {
        let tail = match position {
            None => Tail::new(settings.clone()),
            Some(position) => Tail::resume(settings.clone(), position),
        };
        Self {
            group,
            streams,
            settings,
            tail,
            existing: None,
            look_at: i64::MAX,
            looked_at: None,
            failure: None,
            live: None,
            done: false,
        }
    }

    pub(super) fn step(&mut self, now: i64) -> Step {
        if self.done {
            return Step::Done;
        }
        if self.look_at <= now {
            return Step::Ask(Ask::Streams(self.group.clone(), self.missing()));
        }
        if self.nothing_exists() {
            return Step::Wait(self.look_at);
        }
        match self.tail.next(now) {
            tail::Step::Done => {
                self.done = true;
                Step::Done
            }
            tail::Step::Wait(until) => Step::Wait(until.min(self.look_at)),
            tail::Step::Ask(request) => Step::Ask(Ask::Events(EventsAsk {
                group: self.group.clone(),
                streams: self.existing.clone().map_or_else(|| self.streams.clone(), Streams::Named),
                start: request.start,
                end: request.end,
                token: request.token,
                limit: self.settings.page,
            })),
        }
    }

    /// Takes what is new from Live Tail as well.
    pub(super) fn with_live(&mut self) {
        if self.live.is_none() {
            self.live = Some(Live::new(&self.settings));
        }
    }

    /// Only reads from here on. What Live Tail gave so far is still not read a second time.
    pub(super) fn without_live(&mut self) {
        self.live = None;
        self.tail.poll_every(self.settings.poll_every);
    }

    /// Whether Live Tail can bring something: nothing new comes in a time that is over.
    pub(super) fn follows(&self) -> bool {
        self.settings.until.is_none()
    }

    /// The session of Live Tail to start now, if it is wanted and there is none; else when to ask again.
    pub(super) fn begin_live(&mut self, now: i64) -> (Option<LiveAsk>, Option<i64>) {
        let Some(live) = self.live.as_mut().filter(|_| !self.done) else { return (None, None) };
        let ask = live.begin(now, &self.group, &self.streams);
        if ask.is_some() {
            // What is read from here on may come that way too.
            self.tail.live_begins();
        }
        (ask, live.waits_until())
    }

    /// A session began, or could not.
    pub(super) fn live_started(&mut self, now: i64, refusal: Option<LogRefusal>) {
        let Some(live) = &mut self.live else { return };
        match refusal {
            Some(refusal) => live.refused(now, refusal),
            None => {
                live.started();
                self.tail.poll_every(self.settings.poll_every.saturating_mul(READ_SELDOM));
            }
        }
    }

    /// What a session gave, or why it is over. What it left out is read.
    pub(super) fn heard(&mut self, now: i64, update: Result<LiveUpdate, LiveEnd>) -> News {
        let Some(live) = &mut self.live else { return News::default() };
        match update {
            Ok(LiveUpdate { events, sampled }) => {
                live.heard(sampled);
                let events = events.into_iter().map(|(_, event)| event);
                let tail = &mut self.tail;
                let new = events.filter(|event| tail.live(&event.stream, event.time, event.message.as_bytes()));
                News { events: new.collect(), gaps: Vec::new() }
            }
            Err(end) => {
                live.ended(now, end);
                self.tail.poll_every(self.settings.poll_every);
                News::default()
            }
        }
    }

    /// None of the named streams does.
    fn nothing_exists(&self) -> bool {
        self.existing.as_ref().is_some_and(Vec::is_empty)
    }

    /// Where there is nothing to read, looking for it is what may be behind.
    fn lag(&self, now: i64) -> i64 {
        match self.looked_at.filter(|_| self.nothing_exists()) {
            Some(at) => now.saturating_sub(at).max(0),
            None => self.tail.lag(now),
        }
    }

    /// The named streams that are not known to exist.
    fn missing(&self) -> Vec<String> {
        let Streams::Named(names) = &self.streams else { return Vec::new() };
        let known = self.existing.as_deref().unwrap_or_default();
        names.iter().filter(|name| !known.contains(name)).cloned().collect()
    }

    pub(super) fn read(&mut self, now: i64, page: Result<EventsPage, LogRefusal>) -> News {
        let page = match page {
            Ok(page) => page,
            Err(refusal) => return self.refused(now, refusal),
        };
        self.failure = None;
        let seen: Vec<Seen<'_>> = page.events.iter().map(|event| event.seen()).collect();
        let fresh = self.tail.page(now, &seen, page.token.as_deref());
        let events = page.events.into_iter().zip(fresh).filter(|(_, fresh)| *fresh).map(|(event, _)| event).collect();
        self.done = self.tail.is_done();
        News { events, gaps: self.tail.gaps() }
    }

    fn refused(&mut self, now: i64, refusal: LogRefusal) -> News {
        if refusal.cause == Cause::Missing && matches!(self.streams, Streams::Named(_)) {
            // It refuses the whole request for one stream that is not there, and does not say which.
            let looked_at = self.looked_at.unwrap_or(i64::MIN);
            self.existing = None;
            self.look_at = now.max(looked_at.saturating_add(self.settings.look_every));
            self.tail.begin_again();
            if self.look_at <= now {
                return News::default();
            }
        }
        self.fail(now, refusal)
    }

    fn fail(&mut self, now: i64, refusal: LogRefusal) -> News {
        self.tail.failed(
            now,
            match refusal.cause {
                Cause::Throttled => Failure::Throttled,
                Cause::Token => Failure::Token,
                Cause::Missing | Cause::Other => Failure::Other,
            },
        );
        self.failure = Some(refusal.failure);
        self.done = self.tail.is_done();
        News { events: Vec::new(), gaps: self.tail.gaps() }
    }

    /// It was looked which of the streams exist.
    pub(super) fn looked(&mut self, now: i64, found: Result<Vec<String>, LogRefusal>) -> News {
        self.looked_at = Some(now);
        self.look_at = now.saturating_add(self.settings.look_every);
        let found = match found {
            Ok(found) => found,
            Err(refusal) => return self.fail(now, refusal),
        };
        self.failure = None;
        let known = self.existing.get_or_insert_default();
        if !found.is_empty() {
            known.extend(found);
            known.sort();
            // They may have been written to for a while.
            self.tail.begin_again();
            self.tail.sweep();
        }
        let ended = self.settings.until.is_some_and(|until| until < now);
        if ended || self.missing().is_empty() {
            self.look_at = i64::MAX;
        }
        // Of a time that is over nothing more can come into being.
        self.done = ended && self.nothing_exists();
        News::default()
    }

    pub(super) fn standing(&self, now: i64) -> Standing {
        let (watermark, swept) = self.tail.marks();
        Standing {
            counters: self.tail.counters(),
            lag: self.lag(now),
            failure: self.failure.clone(),
            live: self.live.as_ref().map(Live::standing).unwrap_or_default(),
            caught_up: self.tail.caught_up() || self.nothing_exists(),
            done: self.done,
            watermark,
            swept,
        }
    }
}
