//! Reading a group: one ordered sequence of what callers put and what services write, from any moment on.

use std::sync::Arc;

use super::super::World;
use super::id::{self, Place};
use super::slot::{self, Draft, LINES, SLOT, Say};
use super::voice::Speaker;
use super::{LogLine, LogStream, chance};

/// What is to be read of a group.
#[derive(Clone, Copy)]
pub struct LogQuery<'q> {
    /// Name of the group.
    pub group: &'q str,
    /// Which streams, by name.
    pub streams: &'q dyn Fn(&str) -> bool,
    /// Milliseconds since 1970, included.
    pub from: i64,
    /// Milliseconds since 1970, included.
    pub to: i64,
    /// Only what comes from the place of this id on, itself included; [`after`] is the place behind an event.
    pub begin: Option<&'q str>,
    /// Only what came in later than this; [`i64::MIN`] for everything. What comes in later than the world's time is
    /// never read. A line comes in at most [`super::LONGEST_DELAY`] after it was written.
    pub came_after: i64,
}

impl<'q> LogQuery<'q> {
    /// Everything that is in these streams of a group.
    #[must_use]
    pub fn all(group: &'q str, streams: &'q dyn Fn(&str) -> bool) -> Self {
        Self { group, streams, from: i64::MIN, to: i64::MAX, begin: None, came_after: i64::MIN }
    }
}

/// The place behind the event of an id, as an id; `None` where it is none.
#[must_use]
pub fn after(id: &str) -> Option<String> {
    id::read(id).map(|(at, key, number)| id::write((at, key, number + 1)))
}

/// Whether a text is an id that events may have.
#[must_use]
pub fn is_id(text: &str) -> bool {
    id::read(text).is_some()
}

impl World {
    /// The lines of a group in the order of time, those of one millisecond by stream. They are made as they are taken,
    /// so that taking few costs little, however long the history is. A group that does not exist has none.
    #[must_use]
    pub fn read_log(&self, query: &LogQuery<'_>) -> Lines<'_> {
        let sources = self.sources(query.group, query.streams);
        let begin = query.begin.and_then(id::read);
        let from = query.from.max(begin.map_or(i64::MIN, |(at, ..)| at));
        Lines { sources, from, to: query.to, begin, came_after: query.came_after, ..Lines::none(self) }.begin()
    }

    /// At most `limit` lines of a group from `from` to `to`, in milliseconds and both included, that can be read by now;
    /// only what comes after the event of the id `after`, where one is given.
    #[must_use]
    pub fn log_lines(
        &self,
        group: &str,
        streams: &dyn Fn(&str) -> bool,
        from: i64,
        to: i64,
        limit: usize,
        after: Option<&str>,
    ) -> Vec<LogLine> {
        let begin = after.and_then(self::after);
        let query = LogQuery { from, to, begin: begin.as_deref(), ..LogQuery::all(group, streams) };
        self.read_log(&query).take(limit).collect()
    }

    /// The last `limit` lines of a group from `from` to `to`, oldest first; only what comes before the place of the id
    /// `before`, where one is given.
    #[must_use]
    pub fn log_lines_before(
        &self,
        group: &str,
        streams: &dyn Fn(&str) -> bool,
        from: i64,
        to: i64,
        limit: usize,
        before: Option<&str>,
    ) -> Vec<LogLine> {
        let before = before.and_then(id::read);
        let to = to.min(before.map_or(i64::MAX, |(at, ..)| at));
        let sources = self.sources(group, streams);
        let mut lines = Lines { sources, from, to, ..Lines::none(self) }.begin();
        lines.last_lines(limit, before)
    }

    fn sources(&self, group: &str, streams: &dyn Fn(&str) -> bool) -> Vec<Source<'_>> {
        let Some(group) = self.log_groups.get(group) else { return Vec::new() };
        let service = chance::named(self.seed, &group.name);
        let wanted = group.streams.iter().filter(|(name, _)| streams(name));
        wanted.map(|(name, stream)| self.source(service, name, stream)).collect()
    }

    fn source<'w>(&'w self, service: u64, name: &'w str, stream: &'w LogStream) -> Source<'w> {
        let speaker = Speaker::new(name, stream.writer.as_ref(), self.seed, self.speed);
        Source { name: name.into(), speaker, stream, service }
    }

    /// When the first event of a stream happened that can be read.
    pub(crate) fn first_event(&self, group: &str, stream: &str) -> Option<i64> {
        Some(self.lines_of(group, stream, self.now.as_millisecond())?.next()?.at)
    }

    /// When the last event of a stream happened and when the last one came in, as AWS knows by now.
    pub(crate) fn last_event(&self, group: &str, stream: &str) -> Option<(i64, i64)> {
        let held = self.log_groups.get(group)?.streams.get(stream)?;
        let known_at = known_at(held, self.now.as_millisecond());
        self.lines_of(group, stream, known_at)?.newest()
    }

    /// What could be read of a stream at a moment.
    fn lines_of(&self, group: &str, stream: &str, now: i64) -> Option<Lines<'_>> {
        let (name, held) = self.log_groups.get(group)?.streams.get_key_value(stream)?;
        let sources = vec![self.source(chance::named(self.seed, group), name, held)];
        Some(Lines { sources, now, ..Lines::none(self) }.begin())
    }
}

/// Until when AWS knows the events of a stream by now: `lastEventTimestamp` follows "on an eventual consistency basis",
/// "typically in less than an hour from ingestion"
/// (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_LogStream.html>). What only callers put is
/// known at once, so that a test of theirs need not wait.
fn known_at(stream: &LogStream, now: i64) -> i64 {
    let Some(writer) = stream.writer else { return now };
    let minutes = 3 + (stream.key % 40) as i64;
    let period = minutes * 60_000;
    (now - now.rem_euclid(period)).max(writer.from + 90_000).min(now)
}

/// A stream that is read.
#[derive(Debug)]
struct Source<'w> {
    name: Arc<str>,
    speaker: Speaker<'w>,
    stream: &'w LogStream,
    service: u64,
}

impl Source<'_> {
    /// The first moment from `at` on at which there may be something. Nothing is written after `now`, but callers may
    /// put what is yet to come.
    fn next_at(&self, at: i64, now: i64) -> Option<i64> {
        let written = self.stream.writer.filter(|w| w.to.is_none_or(|to| to >= at)).map(|w| w.from.max(at));
        let written = written.filter(|at| *at <= now);
        let events = &self.stream.events;
        let put = events.get(events.partition_point(|event| event.at < at)).map(|event| event.at);
        written.into_iter().chain(put).min()
    }

    /// The last moment up to `at` at which there may be something.
    fn previous_at(&self, at: i64, now: i64) -> Option<i64> {
        let last = at.min(now);
        let written = self.stream.writer.filter(|w| w.from <= last).map(|w| w.to.unwrap_or(last).min(last));
        let events = self.stream.events.get(..self.stream.events.partition_point(|event| event.at <= at));
        let put = events.and_then(<[_]>::last).map(|event| event.at);
        written.into_iter().chain(put).max()
    }

    fn drafts(&self, slot: i64, now: i64, out: &mut Vec<Draft>) {
        let key = self.stream.key;
        if let Some(writer) = self.stream.writer.as_ref().filter(|_| slot * SLOT <= now) {
            slot::drafts(writer, &self.speaker, chance::mixed(key, self.speaker.seed), self.service, slot, out);
        }
        let events = &self.stream.events;
        let first = events.partition_point(|event| event.at < slot * SLOT);
        let put = events.iter().enumerate().skip(first).take_while(|(_, event)| event.at < (slot + 1) * SLOT);
        out.extend(put.map(|(position, event)| Draft {
            place: (event.at, key, event.number),
            ingested_at: event.ingested_at,
            say: Say::Put(position),
        }));
    }
}

/// Lines of a group, in order.
#[derive(Debug)]
pub struct Lines<'w> {
    sources: Vec<Source<'w>>,
    from: i64,
    to: i64,
    begin: Option<Place>,
    came_after: i64,
    now: i64,
    /// The slot that comes next; none is left without one.
    slot: Option<i64>,
    /// What is left of the slot under way, the last to come first, each with the position of its source.
    drafts: Vec<(Draft, usize)>,
    /// Lines that are already in words, the last to come first.
    lines: Vec<LogLine>,
    /// How many drafts were made and how many lines put into words.
    made: (usize, usize),
}

impl<'w> Lines<'w> {
    fn none(world: &World) -> Self {
        Self {
            sources: Vec::new(),
            from: i64::MIN,
            to: i64::MAX,
            begin: None,
            came_after: i64::MIN,
            now: world.now.as_millisecond(),
            slot: None,
            drafts: Vec::new(),
            lines: Vec::new(),
            made: (0, 0),
        }
    }

    fn begin(mut self) -> Self {
        self.slot = self.slot_from(self.from);
        self
    }

    /// The first slot from a moment on in which there may be something.
    fn slot_from(&self, at: i64) -> Option<i64> {
        let next = self.sources.iter().filter_map(|source| source.next_at(at, self.now)).min()?;
        (next <= self.to).then(|| next.div_euclid(SLOT))
    }

    /// The last slot up to a moment in which there may be something.
    fn slot_until(&self, at: i64) -> Option<i64> {
        let last = self.sources.iter().filter_map(|source| source.previous_at(at, self.now)).max()?;
        (last >= self.from).then(|| last.div_euclid(SLOT))
    }

    /// Makes the drafts of a slot: what is in the range and can be read, the last to come first.
    fn enter(&mut self, slot: i64) {
        let mut drafts = Vec::new();
        for (position, source) in self.sources.iter().enumerate() {
            let begin = drafts.len();
            source.drafts(slot, self.now, &mut drafts);
            self.drafts.extend(drafts.drain(begin..).map(|draft| (draft, position)));
        }
        self.made.0 += self.drafts.len();
        let (from, to, came_after, now, begin) = (self.from, self.to, self.came_after, self.now, self.begin);
        self.drafts.retain(|(draft, _)| {
            let (at, key, number) = draft.place;
            // Of a draft before the place to begin at, further lines may come behind it.
            let over = begin.is_some_and(|(a, k, n)| (at, key, number / LINES) < (a, k, n / LINES));
            at >= from && at <= to && draft.ingested_at > came_after && draft.ingested_at <= now && !over
        });
        self.drafts.sort_unstable_by_key(|(draft, _)| std::cmp::Reverse(draft.place));
    }

    /// Puts a draft into words.
    fn speak(&mut self, draft: Draft, position: usize) {
        let Some(source) = self.sources.get(position) else { return };
        let (at, key, number) = draft.place;
        let messages = match draft.say {
            Say::Put(event) => source.stream.events.get(event).map(|event| event.message.clone()).into_iter().collect(),
            Say::Words(words) => vec![words],
            Say::Speak(occasion, seed) => source.speaker.speak(occasion, seed, at),
        };
        self.made.1 += messages.len();
        let lines = messages.into_iter().zip(number..).map(|(message, number)| LogLine {
            stream: source.name.clone(),
            at,
            ingested_at: draft.ingested_at,
            id: id::write((at, key, number)),
            message,
        });
        let begin = self.begin.map(id::write);
        self.lines.extend(lines.filter(|line| begin.as_ref().is_none_or(|begin| line.id >= *begin)));
        self.lines.reverse();
    }

    /// How many drafts were made so far, and how many lines were put into words.
    #[must_use]
    pub fn made(&self) -> (usize, usize) {
        self.made
    }

    /// When the last event happened, and when the last of those around it came in.
    fn newest(&mut self) -> Option<(i64, i64)> {
        let mut until = self.to;
        loop {
            let slot = self.slot_until(until)?;
            self.enter(slot);
            if let Some((last, _)) = self.drafts.first() {
                let came_at = self.drafts.iter().map(|(draft, _)| draft.ingested_at).max();
                return Some((last.place.0, came_at.unwrap_or(last.ingested_at)));
            }
            until = slot * SLOT - 1;
        }
    }

    /// The last `limit` lines, oldest first; only those before a place, where one is given.
    fn last_lines(&mut self, limit: usize, before: Option<Place>) -> Vec<LogLine> {
        let before = before.map(id::write);
        let mut found = Vec::new();
        let mut until = self.to;
        while found.len() < limit
            && let Some(slot) = self.slot_until(until)
        {
            self.enter(slot);
            let mut lines: Vec<LogLine> = Vec::new();
            while let Some((draft, position)) = self.drafts.pop() {
                self.speak(draft, position);
                lines.extend(self.lines.drain(..).rev());
            }
            lines.retain(|line| before.as_ref().is_none_or(|before| line.id < *before));
            found.extend(lines.into_iter().rev());
            until = slot * SLOT - 1;
        }
        found.truncate(limit);
        found.reverse();
        found
    }
}

impl Iterator for Lines<'_> {
    type Item = LogLine;

    fn next(&mut self) -> Option<LogLine> {
        loop {
            if let Some(line) = self.lines.pop() {
                return Some(line);
            }
            if let Some((draft, position)) = self.drafts.pop() {
                self.speak(draft, position);
                continue;
            }
            let slot = self.slot?;
            self.enter(slot);
            self.slot = self.slot_from((slot + 1) * SLOT);
        }
    }
}
