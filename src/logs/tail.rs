//! Following a log group without losing or repeating an event: which request comes next, and which of its events are new.
//!
//! `FilterLogEvents` answers with empty pages that have a token, takes its end as inclusive, and shows an event seconds or minutes after
//! its time (<https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html>). So each request starts
//! well before the newest event that was seen, every page of it is read, and ids tell what is new. Only when all pages are read does
//! the start move. From time to time a sweep starts further back. It does no I/O and reads no clock: it is told the time and the pages.

use std::collections::HashMap;

use super::counters::Counters;
use super::drain::Drain;
use super::event::Gap;
use super::reconcile::Reconcile;

/// How a tail reads. All times in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Nothing older is read.
    pub since: i64,
    /// Nothing newer is read, the last millisecond included (`endTime` is inclusive). `None` follows for ever.
    pub until: Option<i64>,
    /// How far before the newest event each read starts: 60 to 120 s.
    pub overlap: i64,
    /// How late an event may come and still be found by a sweep: 10 to 15 min. One that comes later still, such as from an
    /// agent that was cut off for an hour, is never read by this tail, and no gap says so: only reading that time again finds it.
    pub reach: i64,
    /// Between two sweeps.
    pub sweep_every: i64,
    /// Between two reads that found their end.
    pub poll_every: i64,
    /// Further behind than this, what lies between is skipped and reported as a gap. `None` reads all of it.
    pub catch_up: Option<i64>,
    /// Most events on a page; `None`: as many as AWS gives.
    pub page: Option<u16>,
    /// After the first of several failures in a row; each further one doubles the pause.
    pub first_pause: i64,
    /// No pause is longer.
    pub longest_pause: i64,
    /// Between two looks for streams that were named and do not exist yet.
    pub look_every: i64,
}

impl Settings {
    /// Whether something that came so late lets one expect that others came too late to be found.
    #[must_use]
    pub fn verges(&self, late: i64) -> bool {
        self.until.is_none() && late >= self.reach / 4 * 3
    }

    /// What suits an interactive tail: 90 s of overlap, a sweep of 12 min every 5 min, a read every second.
    #[must_use]
    pub fn since(since: i64) -> Self {
        Self {
            since,
            until: None,
            overlap: 90_000,
            reach: 720_000,
            sweep_every: 300_000,
            poll_every: 1_000,
            catch_up: None,
            page: None,
            first_pause: 1_000,
            longest_pause: 30_000,
            look_every: 10_000,
        }
    }
}

/// Where a tail stands: kept across a restart, it loses and repeats nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    /// Everything up to here was read, but for what comes late.
    pub watermark: i64,
    /// When the last sweep started.
    pub swept: i64,
    /// Time and fingerprint of each event that was handed out and may be read again.
    pub seen: Vec<(i64, u128)>,
}

/// A request to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `startTime`, inclusive.
    pub start: i64,
    /// `endTime`, inclusive.
    pub end: Option<i64>,
    /// `nextToken`.
    pub token: Option<String>,
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Take a token from the Region's budget and send this.
    Ask(Request),
    /// Nothing before that time, in milliseconds since 1970.
    Wait(i64),
    /// Everything up to `until` is read.
    Done,
}

/// What a tail looks at in an event that was read.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// `eventId`.
    pub id: &'a str,
    /// `logStreamName`.
    pub stream: &'a str,
    /// `timestamp`.
    pub time: i64,
    /// `message`.
    pub message: &'a [u8],
}

impl Seen<'_> {
    /// What stands for the event in a [`Position`]. An endpoint that gives no ids is taken at what its events say.
    #[must_use]
    pub fn fingerprint(&self) -> u128 {
        match self.id {
            "" => fingerprint(&[self.stream.as_bytes(), &self.time.to_be_bytes(), self.message]),
            id => fingerprint(&[id.as_bytes()]),
        }
    }
}

/// Why a request failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// AWS asks for fewer requests.
    Throttled,
    /// The token is not valid any more, as after 24 hours: the read begins again near where it was.
    Token,
    /// Anything else that may pass.
    Other,
}

/// A read that got no further begins again so often from a little before where it was, then as often from there.
const TRIES: u32 = 3;
/// Ids that are remembered of a time that is over without a look which may go.
const CROWD: usize = 100_000;
/// A read that begins again more often than this would never end.
const MOST_RESTARTS: u32 = 40;

/// Follows one log group, or a set of its streams.
#[derive(Debug, Clone)]
pub struct Tail {
    settings: Settings,
    watermark: i64,
    swept: Option<i64>,
    seen: HashMap<u128, i64>,
    /// Ids older than this were let go.
    forgotten: i64,
    drain: Option<Drain>,
    not_before: i64,
    pause: i64,
    /// When the last read began that came to its end.
    read_to: Option<i64>,
    /// How many ids there may be before it is looked which may go.
    crowd: usize,
    done: bool,
    sweep_next: bool,
    /// What came by Live Tail and by reading since it began; `None` before.
    live: Option<Reconcile>,
    gaps: Vec<Gap>,
    counters: Counters,
}

impl Tail {
    /// A tail from its settings' start.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            watermark: settings.since,
            swept: None,
            seen: HashMap::new(),
            forgotten: i64::MIN,
            drain: None,
            not_before: i64::MIN,
            pause: settings.first_pause,
            read_to: None,
            crowd: CROWD,
            done: false,
            sweep_next: false,
            live: None,
            gaps: Vec::new(),
            counters: Counters::default(),
            settings,
        }
    }

    /// A tail that goes on where another one stopped. It sweeps first, for what came late in between.
    #[must_use]
    pub fn resume(settings: Settings, position: Position) -> Self {
        let mut tail = Self::new(settings);
        tail.watermark = position.watermark.max(tail.settings.since);
        tail.swept = Some(position.swept);
        tail.sweep_next = true;
        tail.seen = position.seen.into_iter().map(|(time, id)| (id, time)).collect();
        tail
    }

    /// Where it stands. Save it after the events that it handed out were delivered, not before.
    #[must_use]
    pub fn position(&self) -> Position {
        let mut seen: Vec<(i64, u128)> = self.seen.iter().map(|(id, time)| (*time, *id)).collect();
        seen.sort_unstable();
        let (watermark, swept) = self.marks();
        Position { watermark, swept, seen }
    }

    /// Makes the next read a sweep: call it when streams were added to those that are read, since they may have been
    /// written to for a while.
    pub fn sweep(&mut self) {
        self.sweep_next = true;
    }

    /// What to do now.
    pub fn next(&mut self, now: i64) -> Step {
        if self.done {
            return Step::Done;
        }
        if now < self.not_before {
            return Step::Wait(self.not_before);
        }
        let drain = self.drain.take().unwrap_or_else(|| self.begin(now));
        let request = Request { start: drain.from, end: self.settings.until, token: drain.token.clone() };
        self.drain = Some(drain);
        Step::Ask(request)
    }

    fn begin(&mut self, now: i64) -> Drain {
        self.skip(now);
        let swept = *self.swept.get_or_insert(now);
        let sweep = self.sweep_next || now.saturating_sub(swept) >= self.settings.sweep_every;
        let start = if sweep { self.floor() } else { self.start() };
        Drain::new(start, now, sweep)
    }

    /// Where an ordinary read starts.
    fn start(&self) -> i64 {
        self.watermark.saturating_sub(self.settings.overlap).max(self.settings.since)
    }

    /// Where a sweep starts, and nothing will start before: its reach counts from the start of the sweep before it, so that
    /// a sweep that comes late leaves nothing out.
    fn floor(&self) -> i64 {
        let swept = self.swept.unwrap_or(self.watermark).saturating_sub(self.settings.reach);
        swept.min(self.start()).max(self.settings.since)
    }

    /// Gives up what is too far back, and says so.
    fn skip(&mut self, now: i64) {
        let Some(limit) = self.settings.catch_up else { return };
        let to = now.saturating_sub(limit);
        if self.watermark < to {
            let why = "skipped to catch up".to_owned();
            self.report(Gap { from: self.start(), to: to.saturating_sub(self.settings.overlap), why });
            self.watermark = to;
            self.settings.since = to.saturating_sub(self.settings.overlap).max(self.settings.since);
            self.swept = Some(now);
        }
    }

    /// A page came. Gives for each of its events whether it is new; the new ones have to be shown.
    pub fn page(&mut self, now: i64, events: &[Seen<'_>], token: Option<&str>) -> Vec<bool> {
        self.pause = self.settings.first_pause;
        self.counters.pages += 1;
        self.counters.empty += u64::from(events.is_empty());
        let fresh: Vec<bool> = events.iter().map(|event| self.take(event)).collect();
        let Some(mut drain) = self.drain.take() else { return fresh };
        // A time to come says nothing about what has been read.
        let past = events.iter().map(|event| event.time).filter(|time| *time <= now);
        drain.newest = past.fold(drain.newest, i64::max);
        self.thin(&drain);
        match token {
            None => self.finish(drain),
            Some(token) => self.turn(now, drain, token),
        }
        fresh
    }

    /// Whether the read is the only one of a time that is over.
    fn is_closed(&self, drain: &Drain) -> bool {
        self.settings.until.is_some_and(|until| drain.began > until)
    }

    /// Lets ids go that no page shows again: a time that is over is read once, from its start to its end, however much there is.
    fn thin(&mut self, drain: &Drain) {
        if self.seen.len() >= self.crowd && self.is_closed(drain) {
            let floor = drain.newest.saturating_sub(self.settings.overlap);
            self.seen.retain(|_, time| *time >= floor);
            self.crowd = CROWD.max(2 * self.seen.len());
        }
    }

    fn take(&mut self, event: &Seen<'_>) -> bool {
        let known = self.seen.insert(event.fingerprint(), event.time).is_some();
        // One that was known by its id has been counted there already.
        let live = self.live.as_mut().filter(|_| !known);
        let known = known || live.is_some_and(|live| !live.read(event.stream, event.time, event.message));
        self.counters.repeats += u64::from(known);
        self.counters.events += u64::from(!known);
        self.counters.late += u64::from(!known && event.time < self.watermark);
        !known
    }

    /// Goes on to the next page, or begins a read again that goes round.
    fn turn(&mut self, now: i64, mut drain: Drain, token: &str) {
        let mark = fingerprint(&[token.as_bytes()]);
        if !drain.used.insert(mark) {
            // Told once, before it is known whether beginning again helps.
            if drain.restarts == 0 {
                let why = "AWS repeated a page token; the read begins again".to_owned();
                self.report(Gap { from: drain.newest.max(drain.start), to: drain.began, why });
            }
            self.again(drain);
            self.not_before = now.saturating_add(self.settings.poll_every);
            return;
        }
        drain.token = Some(token.to_owned());
        self.drain = Some(drain);
    }

    fn finish(&mut self, drain: Drain) {
        // Where nothing is written the start moves all the same, or each read would cover more. What comes late is
        // within the overlap or a sweep's reach.
        let quiet = drain.began.saturating_sub(self.settings.overlap);
        self.watermark = self.watermark.max(drain.newest.min(drain.began)).max(quiet);
        if drain.sweep {
            self.swept = Some(drain.began);
            self.sweep_next = false;
        }
        let floor = self.floor();
        // It moves with each sweep, not with each read: a million ids need not be looked at in between.
        if floor > self.forgotten {
            self.forgotten = floor;
            self.seen.retain(|_, time| *time >= floor);
        }
        if let Some(live) = &mut self.live {
            live.forget_before(floor);
        }
        self.read_to = Some(drain.began);
        self.not_before = drain.began.saturating_add(self.settings.poll_every);
        self.done = self.settings.until.is_some_and(|until| drain.began > until);
    }

    /// A request failed. The same one comes again after a pause that grows; add jitter where many tails run.
    pub fn failed(&mut self, now: i64, failure: Failure) {
        match failure {
            Failure::Throttled => self.counters.throttled += 1,
            Failure::Token | Failure::Other => self.counters.failed += 1,
        }
        if let Some(drain) = self.drain.take_if(|_| failure == Failure::Token) {
            self.again(drain);
        }
        self.not_before = now.saturating_add(self.pause);
        self.pause = self.pause.saturating_mul(2).min(self.settings.longest_pause);
    }

    /// Begins a read again whose token is refused or leads nowhere. Pages come in the order of time, so what it has read it need not read again; it
    /// still goes back by the overlap first, and to the newest event itself where that gets it no further. Pages so small, or tokens
    /// refused so often, that even that does not help end it with a gap.
    fn again(&mut self, mut drain: Drain) {
        drain.restarts += 1;
        drain.stuck = if drain.newest > drain.reached { 1 } else { drain.stuck + 1 };
        drain.reached = drain.newest;
        if drain.stuck > 2 * TRIES || drain.restarts > MOST_RESTARTS {
            let why = "AWS refused its own page tokens time and again".to_owned();
            self.report(Gap { from: drain.newest.max(drain.start), to: drain.began, why });
            return self.finish(drain);
        }
        let back = if drain.stuck > TRIES { 0 } else { self.settings.overlap };
        self.drain = Some(drain.begun_again(back));
    }

    /// Lets a read that is under way begin again, as when the streams that it reads are not the same any more.
    pub fn begin_again(&mut self) {
        let drain = self.drain.take();
        self.drain = drain.filter(|drain| self.is_closed(drain)).map(|drain| drain.begun_again(self.settings.overlap));
    }

    /// Live Tail begins: from here on what is read is matched with what it gives. Call it before its first event, and go
    /// on reading, more seldom perhaps: that is what mends what Live Tail leaves out.
    pub fn live_begins(&mut self) {
        self.live.get_or_insert_default();
    }

    /// An event that Live Tail gave. Whether it is new.
    pub fn live(&mut self, stream: &str, time: i64, message: &[u8]) -> bool {
        let new = self.live.get_or_insert_default().live(stream, time, message);
        self.counters.events += u64::from(new);
        self.counters.repeats += u64::from(!new);
        new
    }

    /// Reads this often from now on: more seldom while Live Tail gives what is new.
    pub fn poll_every(&mut self, every: i64) {
        self.settings.poll_every = every;
    }

    /// Notes that lines of that time are missing, as when Live Tail sampled.
    pub fn report(&mut self, gap: Gap) {
        if gap.from < gap.to {
            self.counters.gaps += 1;
            self.gaps.push(gap);
        }
    }

    /// The gaps since the last time, to be put into the view.
    pub fn gaps(&mut self) -> Vec<Gap> {
        std::mem::take(&mut self.gaps)
    }

    /// What happened so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// How far reading is behind, in milliseconds: since the last read began that came to its end, or behind the newest event of the
    /// one under way.
    #[must_use]
    pub fn lag(&self, now: i64) -> i64 {
        let newest = self.drain.as_ref().map_or(i64::MIN, |drain| drain.newest);
        let reached = self.read_to.unwrap_or(self.watermark).max(newest);
        now.saturating_sub(reached).max(0)
    }

    /// Whether one read came to its end: everything up to its beginning was handed out.
    #[must_use]
    pub fn caught_up(&self) -> bool {
        self.read_to.is_some()
    }

    /// Whether everything up to its end is read.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done
    }

    /// Where it stands without the events: see [`Position`].
    #[must_use]
    pub fn marks(&self) -> (i64, i64) {
        (self.watermark, self.swept.unwrap_or(self.settings.since))
    }

    /// Ids that are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.seen.len()
    }
}

/// FNV-1a of 128 bits over parts that are told apart: 16 bytes stand for an id of 56 characters, the same in every version,
/// as a saved position has to be. Chance makes no two of a billion alike.
#[must_use]
pub fn fingerprint(parts: &[&[u8]]) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let mut add = |byte: u8| hash = (hash ^ u128::from(byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013B);
    for part in parts {
        (part.len() as u64).to_be_bytes().into_iter().for_each(&mut add);
        part.iter().copied().for_each(&mut add);
    }
    hash
}
