//! An arena: lines one after the other, each ended by a line feed, so that all of it is one haystack.

use super::event::{Level, Row, RowId, SourceId};
use super::ink::Ink;

pub(super) const LATE: u8 = 1 << 3;
pub(super) const CONTINUATION: u8 = 1 << 4;
pub(super) const GAP: u8 = 1 << 5;
const LEVEL: u8 = 0b111;

/// What is kept about a line besides its text: 13 bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub time: i64,
    pub lateness: u16,
    pub source: u16,
    pub flags: u8,
}

/// Lines in the order of their arrival, with consecutive ids.
#[derive(Debug, Clone, Default)]
pub(super) struct Chunk {
    first: u64,
    base: i64,
    text: String,
    /// Where the line feed of each line stands.
    ends: Vec<u32>,
    /// Milliseconds from `base`.
    times: Vec<i32>,
    lateness: Vec<u16>,
    sources: Vec<u16>,
    flags: Vec<u8>,
    /// Bytes of the text from which on a line looks otherwise, and how.
    inked: Vec<u32>,
    inks: Vec<u8>,
    gaps: u32,
}

impl Chunk {
    pub fn new(first: u64) -> Self {
        Self { first, ..Self::default() }
    }

    pub fn first(&self) -> u64 {
        self.first
    }

    pub fn end(&self) -> u64 {
        self.first + self.ends.len() as u64
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn ends(&self) -> &[u32] {
        &self.ends
    }

    pub fn has_gaps(&self) -> bool {
        self.gaps > 0
    }

    /// Whether a line of so many bytes and of that time can be described here: offsets have 32 bits, and so have
    /// times, which reach 24 days from the first line.
    pub fn takes(&self, bytes: usize, time: i64) -> bool {
        let near = time.checked_sub(self.base).is_some_and(|delta| i32::try_from(delta).is_ok());
        (self.ends.is_empty() || near) && u32::try_from(self.text.len().saturating_add(bytes)).is_ok()
    }

    pub fn push(&mut self, line: &str, entry: Entry, inks: &[(usize, Ink)]) {
        if self.ends.is_empty() {
            self.base = entry.time;
        }
        for (at, ink) in inks {
            self.inked.push(u32::try_from(self.text.len() + at).unwrap_or(u32::MAX));
            self.inks.push(ink.to_bits());
        }
        self.text.push_str(line);
        self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
        self.text.push('\n');
        self.times.push(i32::try_from(entry.time.wrapping_sub(self.base)).unwrap_or_default());
        self.lateness.push(entry.lateness);
        self.sources.push(entry.source);
        self.flags.push(entry.flags);
        self.gaps += u32::from(entry.flags & GAP != 0);
    }

    /// Gives back what was reserved for more.
    pub fn seal(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self.times.shrink_to_fit();
        self.lateness.shrink_to_fit();
        self.sources.shrink_to_fit();
        self.flags.shrink_to_fit();
        self.inked.shrink_to_fit();
        self.inks.shrink_to_fit();
    }

    /// Bytes held, what is reserved included.
    pub fn memory(&self) -> usize {
        let words = 4 * (self.ends.capacity() + self.times.capacity() + self.inked.capacity());
        let halves = 2 * (self.lateness.capacity() + self.sources.capacity());
        let bytes = self.flags.capacity() + self.inks.capacity();
        self.text.capacity() + words + halves + bytes + size_of::<Self>()
    }

    pub fn start(&self, index: usize) -> usize {
        index.checked_sub(1).and_then(|before| self.ends.get(before)).map_or(0, |end| *end as usize + 1)
    }

    pub fn line(&self, index: usize) -> &str {
        let end = self.ends.get(index).map_or(0, |end| *end as usize);
        self.text.get(self.start(index)..end).unwrap_or_default()
    }

    /// Bytes of a line from which on it looks like this.
    pub fn inks(&self, index: usize) -> Vec<(usize, Ink)> {
        let (start, end) = (self.start(index), self.ends.get(index).map_or(0, |end| *end as usize));
        let first = self.inked.partition_point(|at| (*at as usize) < start);
        let inked = self.inked.iter().zip(&self.inks).skip(first);
        let own = inked.take_while(|(at, _)| (**at as usize) < end);
        own.map(|(at, ink)| (*at as usize - start, Ink::from_bits(*ink))).collect()
    }

    pub fn time(&self, index: usize) -> Option<i64> {
        self.times.get(index).map(|delta| self.base + i64::from(*delta))
    }

    pub fn source(&self, index: usize) -> u16 {
        self.sources.get(index).copied().unwrap_or_default()
    }

    pub fn level(&self, index: usize) -> Level {
        Level::from_bits(self.flag(index) & LEVEL)
    }

    pub fn flag(&self, index: usize) -> u8 {
        self.flags.get(index).copied().unwrap_or_default()
    }

    /// The number in here of the row with that id.
    pub fn index(&self, id: u64) -> Option<usize> {
        let index = usize::try_from(id.checked_sub(self.first)?).ok()?;
        (index < self.len()).then_some(index)
    }

    pub fn row(&self, index: usize) -> Option<Row<'_>> {
        let flags = *self.flags.get(index)?;
        Some(Row {
            id: RowId(self.first + index as u64),
            time: self.time(index)?,
            lateness: *self.lateness.get(index)?,
            source: SourceId(self.source(index)),
            level: self.level(index),
            late: flags & LATE != 0,
            continuation: flags & CONTINUATION != 0,
            gap: flags & GAP != 0,
            text: self.line(index),
        })
    }
}
