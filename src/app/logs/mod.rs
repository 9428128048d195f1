//! The log viewer: lines of some feeds in one order of time, followed or of a stretch of time, filtered, searched and marked.
//!
//! ```text
//! Batch ─ take ─ Store ─┬─ Lens (filter, highlights, errors) ─ sequence (which rows are shown) ─ window
//!                       └─ Histogram
//! ```

mod bars;
mod context;
mod cursor;
mod export;
mod inspect;
mod lens;
mod markers;
mod reading;
mod sequence;
pub mod wrap;

use std::collections::{BTreeSet, HashMap};

pub use self::context::Context;
pub use self::inspect::Fact;
use self::inspect::Identity;
pub(super) use self::inspect::Sought;
pub use self::lens::Lens;
use self::reading::Reading;
pub(super) use self::reading::Wanted;
pub use self::reading::{Kind, Tally};
pub use self::sequence::Placed;
use crate::fleet::feed::Feed;
use crate::fleet::finding::Subject;
use crate::logs::event::{RowId, SourceId};
use crate::logs::histogram::Histogram;
use crate::logs::search::Found;
use crate::logs::store::Store;

/// Highlights at the same time: as many as there are colours for them.
pub(super) const HIGHLIGHTS: usize = 3;
/// What finds the next line that hurts, where nothing is highlighted.
const ERRORS: &str = "level>=error";
/// The name in front of what happened to the fleet meanwhile.
pub const MARKER: &str = "fleet";

/// The log viewer.
#[derive(Debug, Clone)]
pub struct Logs {
    subjects: Vec<Subject>,
    /// What was found to have no lines.
    without: Vec<String>,
    /// First and last millisecond that was asked for; no last one: it is followed.
    span: (i64, Option<i64>),
    /// How far the next step into the past goes, in milliseconds.
    stride: i64,
    readings: Vec<Reading>,
    /// Live Tail is asked for.
    live: bool,
    /// So many of the readings have it.
    tailed: usize,
    /// How late the latest line came that was followed, in milliseconds.
    latest: i64,
    /// What readings counted that have ended.
    ended: Tally,
    /// Feeds that are being read, each with its source's colour.
    feeds: Vec<Feed>,
    store: Store,
    /// Feed of each source, to find the group of a line again.
    origins: HashMap<SourceId, usize>,
    markers: BTreeSet<String>,
    /// The rows that they became.
    marked: Vec<RowId>,
    filter: Option<Lens>,
    highlights: Vec<Lens>,
    errors: Lens,
    context: Context,
    dims: bool,
    wraps: bool,
    shift: usize,
    cursor: Option<RowId>,
    /// Screen line of the cursor in the window.
    line: usize,
    follows: bool,
    /// The moment at which the cursor is to be until it is moved.
    aim: Option<i64>,
    /// The row at which the cursor was before rows were hidden: it is back there when they are shown, unless it was moved.
    home: Option<RowId>,
    bookmarks: BTreeSet<RowId>,
    /// Where the range begins that ends at the cursor.
    anchor: Option<RowId>,
    inspects: bool,
    /// What AWS calls the event that was looked at last.
    identity: Option<Identity>,
    /// Columns of text and lines of the window.
    room: (usize, usize),
    histogram: Histogram,
    /// Rows when the histogram was made.
    counted: u64,
    numbers: u64,
    /// Edition of the fleet for which feeds were last looked for.
    pub(super) edition: Option<u64>,
    /// Whoever opens the same things again wants them anew: from the present, or from when the alarm fired this time.
    pub(super) outdated: bool,
}

/// How much is kept, and from when on lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of lines in memory, index included: the oldest go first.
    pub memory: usize,
    /// Milliseconds before the present from which on lines are read at first.
    pub since: i64,
}

impl Default for Limits {
    /// 256 MiB, a quarter of an hour.
    fn default() -> Self {
        Self { memory: 256 << 20, since: 900_000 }
    }
}

impl Logs {
    /// A viewer of the lines of `subjects` from `span` on, of which nothing has been read. `numbers` is above every number that
    /// an earlier viewer used, so that late answers to that are told apart.
    pub(super) fn new(subjects: Vec<Subject>, span: (i64, Option<i64>), limits: Limits, numbers: u64) -> Self {
        let store = Store::new(limits.memory);
        // It is our own and can be understood.
        let errors = Lens::new(&store, ERRORS, 0).unwrap_or_default();
        Self {
            subjects,
            without: Vec::new(),
            span,
            stride: limits.since.max(1),
            readings: Vec::new(),
            live: false,
            tailed: 0,
            latest: 0,
            ended: Tally::default(),
            feeds: Vec::new(),
            store,
            origins: HashMap::new(),
            markers: BTreeSet::new(),
            marked: Vec::new(),
            filter: None,
            highlights: Vec::new(),
            errors,
            context: Context::default(),
            dims: false,
            wraps: false,
            shift: 0,
            cursor: None,
            line: 0,
            follows: span.1.is_none(),
            aim: None,
            home: None,
            bookmarks: BTreeSet::new(),
            anchor: None,
            inspects: false,
            identity: None,
            room: (0, 0),
            histogram: Histogram { from: 0, width: 1, buckets: Vec::new() },
            counted: 0,
            numbers,
            edition: None,
            outdated: false,
        }
    }

    /// What it shows the lines of.
    #[must_use]
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// What of that has no lines, and why.
    #[must_use]
    pub fn without(&self) -> &[String] {
        &self.without
    }

    /// What is read.
    #[must_use]
    pub fn feeds(&self) -> &[Feed] {
        &self.feeds
    }

    /// The lines in memory.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// What rows have to pass, if anything.
    #[must_use]
    pub fn filter(&self) -> Option<&Lens> {
        self.filter.as_ref()
    }

    /// What is highlighted, the first in the first colour.
    #[must_use]
    pub fn highlights(&self) -> &[Lens] {
        &self.highlights
    }

    /// Rows that say error or worse.
    #[must_use]
    pub fn errors(&self) -> &Lens {
        &self.errors
    }

    /// The row under the cursor.
    #[must_use]
    pub fn cursor(&self) -> Option<RowId> {
        self.cursor
    }

    /// Whether new lines move the cursor to the end.
    #[must_use]
    pub fn follows(&self) -> bool {
        self.follows
    }

    /// Whether new lines are read at all.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.span.1.is_none()
    }

    /// First millisecond that was asked for, and the last one unless it is followed.
    #[must_use]
    pub fn span(&self) -> (i64, Option<i64>) {
        self.span
    }

    /// Rows shown around each that passes the filter.
    #[must_use]
    pub fn context(&self) -> Context {
        self.context
    }

    /// Whether rows that do not pass are dimmed instead of hidden.
    #[must_use]
    pub fn dims(&self) -> bool {
        self.dims
    }

    /// Whether long lines are wrapped.
    #[must_use]
    pub fn wraps(&self) -> bool {
        self.wraps
    }

    /// Columns by which lines are scrolled to the left.
    #[must_use]
    pub fn shift(&self) -> usize {
        if self.wraps { 0 } else { self.shift }
    }

    /// Whether the row under the cursor is shown in full.
    #[must_use]
    pub fn inspects(&self) -> bool {
        self.inspects
    }

    /// Whether a row is bookmarked.
    #[must_use]
    pub fn bookmarked(&self, id: RowId) -> bool {
        self.bookmarks.contains(&id)
    }

    /// The number of the feed that a source belongs to; `None` for what happened to the fleet.
    #[must_use]
    pub fn feed_of(&self, source: SourceId) -> Option<usize> {
        self.origins.get(&source).copied()
    }

    /// Whether a row is in the range that is being selected.
    #[must_use]
    pub fn in_range(&self, id: RowId) -> bool {
        let position = |id: RowId| self.store.position(id);
        let (Some(anchor), Some(cursor)) = (self.anchor.and_then(position), self.cursor.and_then(position)) else {
            return false;
        };
        position(id).is_some_and(|at| (anchor.min(cursor)..=anchor.max(cursor)).contains(&at))
    }

    /// Whether a range is being selected.
    #[must_use]
    pub fn selects(&self) -> bool {
        self.anchor.is_some()
    }

    /// A number that no answer carries yet.
    pub(super) fn number(&mut self) -> u64 {
        self.numbers += 1;
        self.numbers
    }

    /// The search that a lens waits for, by its number: its query, and the row near which to begin.
    #[must_use]
    pub fn search(&self, number: u64) -> Option<(&Lens, RowId)> {
        let lenses = self.filter.iter().chain(&self.highlights);
        let lens = lenses.into_iter().find(|lens| lens.search() == Some(number))?;
        Some((lens, self.cursor.unwrap_or(RowId(0))))
    }

    /// Takes what a search found.
    pub(super) fn found(&mut self, number: u64, found: &[Found], ended: bool) {
        let lenses = self.filter.iter_mut().chain(&mut self.highlights);
        if let Some(lens) = lenses.into_iter().find(|lens| lens.search() == Some(number)) {
            lens.found(&self.store, found, ended);
            self.settle();
        }
    }

    /// Adds what came to every lens, and lets go what has left.
    fn catch_up(&mut self) {
        let lenses = self.filter.iter_mut().chain(&mut self.highlights).chain([&mut self.errors]);
        for lens in lenses {
            lens.catch_up(&self.store);
        }
        let store = &self.store;
        self.bookmarks.retain(|id| store.row(*id).is_some());
        self.anchor = self.anchor.filter(|id| store.row(*id).is_some());
        self.settle();
    }

    /// Shows only what passes `text`, or everything where it is empty; gives the number of the search that this needs.
    ///
    /// # Errors
    /// What cannot be understood, for a person.
    pub(super) fn set_filter(&mut self, text: &str) -> Result<Option<u64>, String> {
        let number = self.number();
        let lens = Lens::new(&self.store, text, number).map_err(|error| error.to_string())?;
        let search = lens.search();
        self.home = self.home.or(self.cursor);
        self.filter = (!text.trim().is_empty()).then_some(lens);
        self.settle();
        Ok(search.filter(|_| self.filter.is_some()))
    }

    /// Highlights what passes `text`, in the next colour; the oldest highlight makes room. Gives the number of the search that this needs.
    ///
    /// # Errors
    /// What cannot be understood, for a person.
    pub(super) fn add_highlight(&mut self, text: &str) -> Result<Option<u64>, String> {
        let number = self.number();
        let lens = Lens::new(&self.store, text, number).map_err(|error| error.to_string())?;
        let search = lens.search();
        if self.highlights.len() == HIGHLIGHTS {
            self.highlights.remove(0);
        }
        self.highlights.push(lens);
        Ok(search)
    }

    /// The window has room for so many columns of text and so many lines, and the cursor was drawn at this one.
    ///
    /// Gives whether that is another window than the one that was drawn: it has to be drawn again.
    pub(super) fn laid_out(&mut self, columns: usize, lines: usize) -> bool {
        let other = self.room != (columns, lines);
        if other {
            let grew = lines > self.room.1;
            self.room = (columns, lines);
            self.settle();
            if grew {
                self.fill();
            }
        }
        other
    }

    /// Whether lines had to leave memory: what is older than what is there has no room.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.store.counts().dropped > 0
    }

    /// The highest number that was used.
    pub(super) fn numbers(&self) -> u64 {
        self.numbers
    }

    /// Columns of text and lines of the window.
    #[must_use]
    pub fn room(&self) -> (usize, usize) {
        self.room
    }

    /// The cursor goes to that moment as lines come, until it is moved.
    pub(super) fn aim_at(&mut self, time: i64) {
        self.aim = Some(time);
        self.follows = false;
    }

    pub(super) fn clear_highlights(&mut self) {
        self.highlights.clear();
    }

    pub(super) fn toggle_bookmark(&mut self) {
        if let Some(id) = self.cursor
            && !self.bookmarks.remove(&id)
        {
            self.bookmarks.insert(id);
        }
    }

    /// Goes to the next bookmark in the order of time, from the last one to the first. False if there is none.
    pub(super) fn next_bookmark(&mut self) -> bool {
        let place = |id: &RowId| self.store.position(*id).map(|at| (at, *id));
        let mut all: Vec<(usize, RowId)> = self.bookmarks.iter().filter_map(place).collect();
        all.sort_unstable();
        let here = self.cursor.and_then(|id| self.store.position(id));
        let next = all.iter().find(|(at, _)| here.is_none_or(|here| *at > here)).or(all.first()).copied();
        if let Some((_, id)) = next {
            self.jump(id);
        }
        next.is_some()
    }

    pub(super) fn toggle_anchor(&mut self) {
        self.anchor = if self.anchor.is_some() { None } else { self.cursor };
        self.follows &= self.anchor.is_none();
    }

    pub(super) fn toggle_follow(&mut self) {
        if self.follows { self.follows = false } else { self.bottom() }
    }

    pub(super) fn toggle_wrap(&mut self) {
        self.wraps = !self.wraps;
        self.settle();
    }

    pub(super) fn toggle_dim(&mut self) {
        self.dims = !self.dims;
        self.settle();
    }

    pub(super) fn change_context(&mut self, by: isize) {
        self.set_context(self.context.changed(by));
    }

    pub(super) fn set_context(&mut self, context: Context) {
        self.context = context;
        // What was asked for is not to be above the window.
        self.line = self.line.max(context.before);
        self.settle();
    }

    pub(super) fn scroll(&mut self, by: isize) {
        self.shift = self.shift.saturating_add_signed(by);
    }

    /// Takes away what was laid over the lines, one thing at a time: range, inspection, filter, highlights. False if there was nothing.
    pub(super) fn peel(&mut self) -> bool {
        if self.anchor.take().is_some() {
            return true;
        }
        if std::mem::take(&mut self.inspects) {
            return true;
        }
        if self.filter.take().is_some() {
            self.settle();
            self.home = None;
            return true;
        }
        let some = !self.highlights.is_empty();
        self.highlights.clear();
        some
    }
}
