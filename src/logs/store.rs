//! Lines in memory, in the order of their times.
//!
//! The text lies in chunks in the order of arrival; the order of time is a list of ids. A line costs its text, one byte for
//! its end and 17 bytes of index. Ids outlive everything that arrives or leaves, so a cursor, a mark or a hit keeps its place.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use super::chunk::{CONTINUATION, Chunk, Entry, GAP, LATE};
use super::event::{Event, Gap, Row, RowId, Source, SourceId};
use super::ink::{self, Ink, Inked};
use super::order::{Key, Order};
use super::parse;

/// Bytes of text in a chunk: a search is cancelled and the oldest lines leave in this grain.
const CHUNK: usize = 1 << 20;
/// A cap smaller than this many chunks makes the chunks smaller.
const CHUNKS_UNDER_CAP: usize = 16;
const SMALLEST_CHUNK: usize = 1 << 12;
/// An event taken in this long after its time is late: agents send what they have every 5 s.
pub const LATE_AFTER_MS: i64 = 10_000;
/// Lines of one writer further apart than this are not of one event.
const JOINED_WITHIN_MS: i64 = 1_000;
/// How far up the first line of an event is looked for.
pub const HEAD_REACH: usize = 2_000;

/// The text of all chunks at one moment, cheap to take and safe to read on other threads.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    pub(super) chunks: Vec<Arc<Chunk>>,
    pub(super) sources: Arc<Vec<Source>>,
    pub(super) end: u64,
}

/// What the store lost to its cap, and what it put elsewhere than at the end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Lines that left because of the cap.
    pub dropped: u64,
    /// Lines that were taken in long after their time.
    pub late: u64,
    /// Lines that did not go to the end of the order.
    pub inserted: u64,
    /// Lines that came, all of them.
    pub lines: u64,
}

/// Lines of many sources in one order. A clone shares the text.
#[derive(Debug, Clone)]
pub struct Store {
    chunks: Vec<Arc<Chunk>>,
    order: Order,
    sources: Arc<Vec<Source>>,
    numbers: HashMap<Source, u16>,
    /// Time of the last line of each source, by which the next one may belong to it.
    last: Vec<i64>,
    gaps: BTreeMap<u64, Gap>,
    newest: Option<Key>,
    next: u64,
    cap: usize,
    grain: usize,
    /// What all chunks but the last one hold.
    sealed: usize,
    text: usize,
    left: Vec<Range<u64>>,
    counts: Counts,
}

impl Store {
    /// An empty store that holds at most about `cap` bytes, index included. The chunk that is being filled stays.
    #[must_use]
    pub fn new(cap: usize) -> Self {
        Self {
            chunks: Vec::new(),
            order: Order::default(),
            sources: Arc::default(),
            numbers: HashMap::new(),
            last: Vec::new(),
            gaps: BTreeMap::new(),
            newest: None,
            next: 0,
            cap,
            grain: CHUNK.min(cap / CHUNKS_UNDER_CAP).max(SMALLEST_CHUNK),
            sealed: 0,
            text: 0,
            left: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// The number of a source; a new one the first time. Past 65,536 sources all further ones share the last number.
    pub fn source(&mut self, name: &str, stream: &str) -> SourceId {
        let clean = |text: &str| crate::text::clean(text).into_owned();
        let source = Source { name: clean(name), stream: clean(stream) };
        if let Some(number) = self.numbers.get(&source) {
            return SourceId(*number);
        }
        let Ok(number) = u16::try_from(self.sources.len()) else { return SourceId(u16::MAX) };
        Arc::make_mut(&mut self.sources).push(source.clone());
        self.numbers.insert(source, number);
        self.last.push(i64::MIN);
        SourceId(number)
    }

    /// Who has that number.
    #[must_use]
    pub fn source_of(&self, id: SourceId) -> Option<&Source> {
        self.sources.get(usize::from(id.0))
    }

    /// Takes an event in: a row for each of its lines, the later ones joined to the first. Gives their ids.
    pub fn push(&mut self, event: &Event<'_>) -> Range<u64> {
        let first = self.next;
        let late = event.ingested.saturating_sub(event.time);
        let mut entry = Entry {
            time: event.time,
            lateness: u16::try_from((late / 1_000).max(0)).unwrap_or(u16::MAX),
            source: event.source.0,
            flags: if late >= LATE_AFTER_MS { LATE } else { 0 },
        };
        let text = crate::text::clean_lines_bytes(event.message);
        let mut lines = text.split('\n');
        // What ends in a line end has no empty line after it.
        if text.ends_with('\n') {
            lines.next_back();
        }
        let mut colours = Colours::of(event.message);
        let (head, inks) = colours.take(lines.next().unwrap_or_default());
        let joins = parse::continues(&head) && self.is_near(event);
        let level = if joins { 0 } else { parse::level(&head) as u8 };
        let kept = entry.flags;
        entry.flags = kept | level | if joins { CONTINUATION } else { 0 };
        self.append(&head, entry, &inks);
        entry.flags = kept | CONTINUATION;
        for line in lines {
            let (line, inks) = colours.take(line);
            self.append(&line, entry, &inks);
        }
        if let Some(last) = self.last.get_mut(usize::from(event.source.0)) {
            *last = event.time;
        }
        self.trim();
        first..self.next
    }

    fn is_near(&self, event: &Event<'_>) -> bool {
        let last = self.last.get(usize::from(event.source.0)).copied().unwrap_or(i64::MIN);
        event.time.abs_diff(last) <= JOINED_WITHIN_MS.unsigned_abs()
    }

    /// Puts a row where lines are missing, at the start of the gap.
    pub fn push_gap(&mut self, source: SourceId, gap: Gap) -> RowId {
        let id = self.next;
        let line = crate::text::clean(&gap.why).into_owned();
        self.append(&line, Entry { time: gap.from, lateness: 0, source: source.0, flags: GAP }, &[]);
        self.gaps.insert(id, gap);
        self.trim();
        RowId(id)
    }

    fn append(&mut self, line: &str, entry: Entry, inks: &[(usize, Ink)]) {
        let id = self.next;
        let full = self.chunks.last().is_none_or(|chunk| {
            let over = chunk.len() > 0 && chunk.text().len() + line.len() >= self.grain;
            over || !chunk.takes(line.len() + 1, entry.time)
        });
        if full {
            self.open_chunk();
        }
        let Some(open) = self.chunks.last_mut() else { return };
        Arc::make_mut(open).push(line, entry, inks);
        self.next += 1;
        self.text += line.len() + 1;
        self.counts.lines += 1;
        self.counts.late += u64::from(entry.flags & LATE != 0);
        let key = (entry.time, id);
        self.counts.inserted += u64::from(self.newest.is_some_and(|newest| newest > key));
        self.newest = self.newest.max(Some(key));
        let chunks = &self.chunks;
        self.order.insert(id, |id| key_in(chunks, id));
    }

    fn open_chunk(&mut self) {
        if let Some(full) = self.chunks.last_mut() {
            let full = Arc::make_mut(full);
            full.seal();
            self.sealed += full.memory();
        }
        self.chunks.push(Arc::new(Chunk::new(self.next)));
    }

    /// Lets the oldest chunks go until the cap holds. A chunk's age is the time of its middle line, which one odd stamp
    /// does not move, so that history that was read later leaves before what is followed.
    fn trim(&mut self) {
        while self.memory() > self.cap && self.chunks.len() > 1 {
            let sealed = self.chunks.iter().take(self.chunks.len() - 1);
            let age = |chunk: &Chunk| chunk.time(chunk.len() / 2).unwrap_or(i64::MIN);
            let Some((oldest, _)) = sealed.enumerate().min_by_key(|(_, chunk)| age(chunk)) else { return };
            let gone = self.chunks.remove(oldest);
            let range = gone.first()..gone.end();
            self.order.retain(|id| !range.contains(&id));
            self.sealed -= gone.memory();
            self.text -= gone.text().len();
            self.counts.dropped += gone.len() as u64;
            self.gaps.retain(|id, _| !range.contains(id));
            self.left.push(range);
        }
    }

    /// Rows that are there.
    #[must_use]
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether no row is there.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row with that id, unless it has left.
    #[must_use]
    pub fn row(&self, id: RowId) -> Option<Row<'_>> {
        let chunk = chunk_of(&self.chunks, id.0)?;
        chunk.row(chunk.index(id.0)?)
    }

    /// How the writer coloured a row: bytes of its text from which on it looks like this.
    #[must_use]
    pub fn inks(&self, id: RowId) -> Vec<(usize, Ink)> {
        let chunk = chunk_of(&self.chunks, id.0);
        chunk.and_then(|chunk| Some(chunk.inks(chunk.index(id.0)?))).unwrap_or_default()
    }

    /// What is missing at a row that stands for a gap.
    #[must_use]
    pub fn gap(&self, id: RowId) -> Option<&Gap> {
        self.gaps.get(&id.0)
    }

    /// Rows that stand for gaps.
    #[must_use]
    pub fn gap_rows(&self) -> usize {
        self.gaps.len()
    }

    /// The id of the row at that position, counted from the oldest.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<RowId> {
        self.order.get(position).map(RowId)
    }

    /// Rows from that position on, oldest first.
    pub fn rows_from(&self, position: usize) -> impl Iterator<Item = Row<'_>> {
        self.order.iter_from(position).filter_map(|id| self.row(RowId(id)))
    }

    /// Where a row stands now.
    #[must_use]
    pub fn position(&self, id: RowId) -> Option<usize> {
        let row = self.row(id)?;
        Some(self.order.rank((row.time, id.0), |id| self.key(id)))
    }

    /// Position of the first row that is not older than that time; the length where all are.
    #[must_use]
    pub fn position_at(&self, time: i64) -> usize {
        self.order.rank((time, 0), |id| self.key(id))
    }

    /// The first line of the event that a continuation belongs to; the row itself where it is no continuation or the
    /// first line has left or is more than 2,000 rows up.
    #[must_use]
    pub fn head(&self, id: RowId) -> RowId {
        let Some(row) = self.row(id).filter(|row| row.continuation) else { return id };
        let Some(position) = self.position(id) else { return id };
        let above = (position.saturating_sub(HEAD_REACH)..position).rev().filter_map(|at| self.row(self.at(at)?));
        let mut own = above.filter(|other| other.source == row.source && !other.gap);
        own.find(|other| !other.continuation).map_or(id, |head| head.id)
    }

    /// Bytes held: text, index and order, with what is reserved.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.sealed + self.chunks.last().map_or(0, |chunk| chunk.memory()) + self.order.memory()
    }

    /// Bytes of text, line ends included.
    #[must_use]
    pub fn text_bytes(&self) -> usize {
        self.text
    }

    /// What happened so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// Everything that is there, for other threads. What is stored afterwards is not in it.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { chunks: self.chunks.clone(), sources: self.sources.clone(), end: self.next }
    }

    /// Ids that left, in the order in which they did.
    pub(super) fn left(&self) -> &[Range<u64>] {
        &self.left
    }

    pub(super) fn key(&self, id: u64) -> Key {
        key_in(&self.chunks, id)
    }
}

/// The first line of a message as [`Store::push`] takes it in.
#[must_use]
pub fn first_line(message: &[u8]) -> String {
    let text = crate::text::clean_lines_bytes(message);
    Colours::of(message).take(text.split('\n').next().unwrap_or_default()).0.into_owned()
}

/// What colours the lines of an event, from one to the next.
struct Colours {
    /// There is an escape at all: most messages have none, and one that only looks like it is no colour.
    any: bool,
    ink: Ink,
}

impl Colours {
    fn of(message: &[u8]) -> Self {
        Self { any: memchr::memchr(0x1B, message).is_some(), ink: Ink::default() }
    }

    fn take<'a>(&mut self, line: &'a str) -> (Cow<'a, str>, Vec<(usize, Ink)>) {
        if !self.any {
            return (Cow::Borrowed(line), Vec::new());
        }
        let Inked { text, inks } = ink::split(line, &mut self.ink);
        (Cow::Owned(text), inks)
    }
}

fn chunk_of(chunks: &[Arc<Chunk>], id: u64) -> Option<&Arc<Chunk>> {
    // Most questions are about what came last.
    match chunks.last() {
        Some(last) if last.first() <= id => Some(last),
        _ => chunks.get(chunks.partition_point(|chunk| chunk.first() <= id).checked_sub(1)?),
    }
}

fn key_in(chunks: &[Arc<Chunk>], id: u64) -> Key {
    let time = chunk_of(chunks, id).and_then(|chunk| chunk.time(chunk.index(id)?));
    (time.unwrap_or(i64::MIN), id)
}
