//! What is being read, and how it stands.

use super::Logs;
use crate::fleet::feed::{Feed, Origin};
use crate::fleet::reading::Failure;
use crate::logs::batch::{Batch, Standing};
use crate::logs::counters::Counters;
use crate::logs::event::{Event, Gap};
use crate::logs::live::LiveStanding;
use crate::logs::tail::Settings;

/// The longest step into the past: a day, in milliseconds.
const LONGEST: i64 = 86_400_000;

/// Why something is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// From the start of the span on.
    Onwards,
    /// What was before the span.
    Older,
    /// What comes after a span that is not followed.
    Newer,
}

/// A list of feeds that is read under one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reading {
    /// Answers carry it.
    number: u64,
    /// Why.
    kind: Kind,
    /// Number of each feed in the viewer's list.
    feeds: Vec<usize>,
    /// How each of them stands.
    standings: Vec<Standing>,
    /// Lines that it brought.
    lines: u64,
}

/// All standings in one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How far what is followed lies behind, in milliseconds.
    pub lag: i64,
    /// Events that came late.
    pub late: u64,
    /// Events that were read again and left out.
    pub repeats: u64,
    /// Requests that AWS throttled.
    pub throttled: u64,
    /// Times of which lines are missing.
    pub gaps: u64,
    /// Lines that left because of the memory cap.
    pub dropped: u64,
    /// Feeds that have been read up to the present, and how many there are.
    pub caught_up: (usize, usize),
    /// Feeds whose lines Live Tail brings; `None` where it is not asked for.
    pub live: Option<usize>,
    /// Live Tail left lines out.
    pub sampled: bool,
    /// Sessions of Live Tail that AWS ended after three hours.
    pub timed_out: u64,
    /// Sessions of Live Tail that ended before.
    pub broken: u64,
    /// What keeps Live Tail from a feed, with its label.
    pub live_failures: Vec<(String, Failure)>,
    /// What keeps a feed from being read, with its label.
    pub failures: Vec<(String, Failure)>,
    /// Something before or after the span is being read.
    pub history: Option<Kind>,
}

/// What has to be read, under a number.
pub(in crate::app) struct Wanted {
    pub number: u64,
    pub feeds: Vec<Feed>,
    pub since: i64,
    pub until: Option<i64>,
}

impl Logs {
    /// Takes the feeds that were found now: those that are not read yet have to be, from the start of the span.
    pub(in crate::app) fn take_feeds(&mut self, found: Vec<Feed>, without: Vec<String>) -> Option<Wanted> {
        self.without = without;
        let new: Vec<Feed> = found.into_iter().filter_map(|feed| self.unread(feed)).collect();
        let first = self.feeds.len();
        self.feeds.extend(new.iter().cloned());
        let (since, until) = self.span;
        self.begin(Kind::Onwards, (first..self.feeds.len()).collect(), (since, until))
    }

    /// What of a feed is not read yet, under whichever label. A wider one than is read is read as it is: AWS can't be asked for the rest
    /// of it alone, and what comes twice is left out when it comes.
    fn unread(&self, Feed { label, mut origin }: Feed) -> Option<Feed> {
        for known in &self.feeds {
            if known.origin.covers(&origin) {
                return None;
            }
            origin = origin.clone().beyond(&known.origin).unwrap_or(origin);
        }
        Some(Feed { label, origin })
    }

    /// Whether an earlier feed brings that stream too.
    fn comes_twice(&self, feed: usize, stream: &str) -> bool {
        let Some(Origin::Group { group, .. }) = self.feeds.get(feed).map(|feed| &feed.origin) else { return false };
        let brings = |known: &Feed| match &known.origin {
            Origin::Group { group: other, streams } => other == group && streams.holds(stream),
            Origin::Console { .. } => false,
        };
        self.feeds.iter().take(feed).any(brings)
    }

    fn begin(&mut self, kind: Kind, feeds: Vec<usize>, (since, until): (i64, Option<i64>)) -> Option<Wanted> {
        if feeds.is_empty() {
            return None;
        }
        let number = self.number();
        let wanted = feeds.iter().filter_map(|at| self.feeds.get(*at).cloned()).collect();
        let standings = vec![Standing::default(); feeds.len()];
        self.readings.push(Reading { number, kind, feeds, standings, lines: 0 });
        Some(Wanted { number, feeds: wanted, since, until })
    }

    /// Feeds of which a stretch of time can be read. A console has no times: it is read whole, once.
    fn timed(&self) -> Vec<usize> {
        let groups = self.feeds.iter().enumerate().filter(|(_, feed)| matches!(feed.origin, Origin::Group { .. }));
        groups.map(|(at, _)| at).collect()
    }

    /// Reads what was before the span, each time further back while nothing is found. Nothing where there is no room for it.
    pub(in crate::app) fn older(&mut self) -> Option<Wanted> {
        let feeds = self.timed();
        if feeds.is_empty() || self.is_full() || self.readings.iter().any(|reading| reading.kind == Kind::Older) {
            return None;
        }
        let until = self.span.0.saturating_sub(1);
        let since = self.span.0.saturating_sub(self.stride);
        self.stride = self.stride.saturating_mul(2).min(LONGEST);
        self.span.0 = since;
        self.begin(Kind::Older, feeds, (since, Some(until)))
    }

    /// Reads what comes after a span that is not followed, up to `now` at most, once that span is read.
    pub(in crate::app) fn newer(&mut self, now: i64) -> Option<Wanted> {
        let last = self.span.1.filter(|last| *last < now)?;
        let feeds = self.timed();
        if feeds.is_empty() || self.readings.iter().any(|reading| reading.kind != Kind::Older && !reading.is_done()) {
            return None;
        }
        let until = last.saturating_add(self.stride).min(now);
        self.span.1 = Some(until);
        self.begin(Kind::Newer, feeds, (last.saturating_add(1), Some(until)))
    }

    /// Asks for Live Tail, or for it no more. Gives whether it is asked for now.
    pub(in crate::app) fn toggle_live(&mut self) -> bool {
        self.live = !self.live;
        self.live
    }

    /// Whether Live Tail has to be turned on or off for what is read. AWS bills it by the minute: what nobody sees has none.
    pub(in crate::app) fn turn_live(&mut self, seen: bool) -> Option<bool> {
        let wanted = self.live && seen && self.is_live();
        let followed = self.readings.iter().filter(|reading| reading.kind == Kind::Onwards).count();
        let tailed = if wanted { followed } else { 0 };
        let turned = self.tailed != tailed;
        self.tailed = tailed;
        turned.then_some(wanted)
    }

    /// Takes news of what is read. False if it was not asked for, or not any more.
    pub(in crate::app) fn take(&mut self, number: u64, batch: Batch) -> bool {
        let Some(at) = self.readings.iter().position(|reading| reading.number == number) else { return false };
        let feed = self.readings.get(at).and_then(|reading| reading.feeds.get(batch.feed).copied());
        let (Some(feed), Some(reading)) = (feed, self.readings.get_mut(at)) else { return false };
        reading.lines += batch.events.len() as u64;
        if reading.kind == Kind::Onwards {
            self.latest = self.latest.max(batch.latest());
        }
        if let Some(standing) = reading.standings.get_mut(batch.feed) {
            *standing = batch.standing;
        }
        let done = reading.kind != Kind::Onwards && reading.is_done();
        let found = reading.lines > 0;
        let label = self.feeds.get(feed).map(|feed| feed.label.clone()).unwrap_or_default();
        for event in &batch.events {
            if self.comes_twice(feed, &event.stream) {
                continue;
            }
            let source = self.store.source(&label, &event.stream);
            self.origins.insert(source, feed);
            let message = event.message.as_bytes();
            self.store.push(&Event { source, time: event.time, ingested: event.ingested, message });
        }
        for gap in batch.gaps {
            self.take_gap(&label, feed, gap);
        }
        // What left memory is not there any more: whoever goes back to it has to read it again.
        if let Some(oldest) = self.store.at(0).and_then(|id| self.store.row(id)).filter(|_| self.is_full()) {
            self.span.0 = self.span.0.max(oldest.time);
        }
        if done {
            let ended = self.readings.remove(at);
            ended.standings.iter().for_each(|standing| self.ended.count(&standing.counters));
            if found {
                self.stride = self.stride.min(LONGEST / 24);
            }
        }
        self.catch_up();
        true
    }

    fn take_gap(&mut self, label: &str, feed: usize, gap: Gap) {
        let source = self.store.source(label, "");
        self.origins.insert(source, feed);
        self.store.push_gap(source, gap);
    }

    /// How late lines come, in milliseconds, where others may come too late to be found by following.
    #[must_use]
    pub fn too_late(&self) -> Option<i64> {
        Some(self.latest).filter(|late| self.is_live() && Settings::since(self.span.0).verges(*late))
    }

    /// How everything that is read stands.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { dropped: self.store.counts().dropped, ..self.ended.clone() };
        for reading in &self.readings {
            if reading.kind != Kind::Onwards {
                tally.history = Some(reading.kind);
            }
            for (standing, feed) in reading.standings.iter().zip(&reading.feeds) {
                tally.add(standing, self.feeds.get(*feed).map_or("", |feed| &feed.label), reading.kind);
            }
        }
        tally
    }
}

impl Reading {
    /// Whether everything that was asked for is read.
    fn is_done(&self) -> bool {
        self.standings.iter().all(|standing| standing.done)
    }
}

impl Tally {
    fn count(&mut self, counters: &Counters) {
        self.late += counters.late;
        self.repeats += counters.repeats;
        self.throttled += counters.throttled;
        self.gaps += counters.gaps;
    }

    fn add(&mut self, standing: &Standing, label: &str, kind: Kind) {
        self.count(&standing.counters);
        self.add_live(&standing.live, label);
        if let Some(failure) = &standing.failure {
            self.failures.push((label.to_owned(), failure.clone()));
        }
        if kind == Kind::Onwards {
            self.lag = self.lag.max(standing.lag);
            self.caught_up.0 += usize::from(standing.caught_up || standing.done);
            self.caught_up.1 += 1;
        }
    }

    fn add_live(&mut self, live: &LiveStanding, label: &str) {
        if live.asked {
            self.live = Some(self.live.unwrap_or(0) + usize::from(live.on));
        }
        self.sampled |= live.sampled;
        self.timed_out += live.timed_out;
        self.broken += live.broken;
        self.live_failures.extend(live.failure.as_deref().map(|failure| (label.to_owned(), failure.clone())));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::logs::Limits;
    use crate::fleet::feed::{Origin, Streams};

    /// The streams that are to be read when `later` is found after `first`.
    fn read_later(first: (&str, Streams), later: (&str, Streams)) -> Option<Streams> {
        let mut logs = Logs::new(Vec::new(), (0, None), Limits::default(), 0);
        let feed = |(label, streams): (&str, Streams)| {
            vec![Feed { label: label.to_owned(), origin: Origin::Group { group: "g".to_owned(), streams } }]
        };
        assert!(logs.take_feeds(feed(first), Vec::new()).is_some());
        let wanted = logs.take_feeds(feed(later), Vec::new())?;
        match wanted.feeds.as_slice() {
            [Feed { origin: Origin::Group { streams, .. }, .. }] => Some(streams.clone()),
            other => unreachable!("one feed, not {other:?}"),
        }
    }

    #[test]
    fn what_is_read_already_is_not_read_again_however_it_is_chosen_and_called() {
        let named = |names: &[&str]| Streams::Named(names.iter().map(|name| (*name).to_owned()).collect());
        let prefix = || Streams::Prefix("web/".to_owned());
        assert_eq!(read_later(("web", prefix()), ("web", named(&["web/1"]))), None, "others write there too now");
        assert_eq!(read_later(("web", prefix()), ("web/web", prefix())), None, "a sidecar came");
        assert_eq!(read_later(("web", Streams::All), ("web", prefix())), None, "the group got a prefix");
        // What comes of it a second time is left out when it comes.
        assert_eq!(read_later(("web", named(&["web/1"])), ("web", prefix())), Some(prefix()));
        assert_eq!(read_later(("web", named(&["web/1"])), ("api", named(&["web/1", "x"]))), Some(named(&["x"])));
        assert_eq!(read_later(("web", prefix()), ("api", named(&["api/1"]))), Some(named(&["api/1"])));
    }
}
