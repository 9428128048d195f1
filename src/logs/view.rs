//! The rows of a store that pass a query, in the store's order: a list of row numbers, never a copy of text.

use super::event::RowId;
use super::order::Order;
use super::query::Query;
use super::scan::Scan;
use super::search::Found;
use super::store::Store;

/// A list of rows that grows with its store. Without a query it holds them all.
#[derive(Debug, Clone, Default)]
pub struct View {
    query: Query,
    gaps: bool,
    rows: Order,
    /// The first id that it has not seen.
    next: u64,
    /// How many of the store's departures it has followed.
    left: usize,
}

impl View {
    /// The rows of `store` that pass; rows that stand for gaps always do if `gaps` says so. Takes as long as reading all
    /// text: on a large store start with [`View::growing`] and a search.
    #[must_use]
    pub fn of(store: &Store, query: Query, gaps: bool) -> Self {
        let mut view = Self { query, gaps, ..Self::default() };
        view.catch_up(store);
        view
    }

    /// An empty list that awaits what a search finds in everything that is there now, and finds by itself what comes later.
    #[must_use]
    pub fn growing(store: &Store, query: Query, gaps: bool) -> Self {
        Self { query, gaps, next: store.snapshot().end, left: store.left().len(), ..Self::default() }
    }

    /// What it lists.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// Lets go what has left the store and adds what has come to it. Call it after every page.
    pub fn catch_up(&mut self, store: &Store) {
        self.follow(store);
        let snapshot = store.snapshot();
        let from = snapshot.chunks.partition_point(|chunk| chunk.end() <= self.next);
        for chunk in snapshot.chunks.get(from..).unwrap_or_default() {
            let scan = Scan { chunk, sources: &snapshot.sources, gaps: self.gaps, stop: &|| false };
            let skipped = self.next.saturating_sub(chunk.first()) as usize;
            let found = scan.rows(&self.query, skipped);
            self.insert(store, found.iter().map(|index| chunk.first() + u64::from(*index)).collect());
        }
        self.next = snapshot.end;
    }

    /// Adds what a search found. Each piece may be given once, in any order.
    pub fn add(&mut self, store: &Store, found: &Found) {
        self.follow(store);
        let there = found.rows.iter().filter(|id| store.row(RowId(**id)).is_some());
        self.insert(store, there.copied().collect());
    }

    fn follow(&mut self, store: &Store) {
        let gone = store.left().get(self.left..).unwrap_or_default();
        if !gone.is_empty() {
            self.rows.retain(|id| !gone.iter().any(|range| range.contains(&id)));
            self.left = store.left().len();
        }
    }

    fn insert(&mut self, store: &Store, mut ids: Vec<u64>) {
        if !ids.is_sorted_by_key(|id| store.key(*id)) {
            ids.sort_by_cached_key(|id| store.key(*id));
        }
        self.rows.insert_run(&ids, |id| store.key(id));
    }

    /// Rows that it lists.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it lists none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at that position, counted from the oldest.
    #[must_use]
    pub fn at(&self, position: usize) -> Option<RowId> {
        self.rows.get(position).map(RowId)
    }

    /// Rows from that position on.
    pub fn rows_from(&self, position: usize) -> impl Iterator<Item = RowId> {
        self.rows.iter_from(position).map(RowId)
    }

    /// Position of the first listed row that is not above `id` in the store: its own if it is listed. `None` if `id` has left.
    #[must_use]
    pub fn position(&self, store: &Store, id: RowId) -> Option<usize> {
        let row = store.row(id)?;
        Some(self.rows.rank((row.time, id.0), |id| store.key(id)))
    }

    /// Position of the first listed row that is not older than that time.
    #[must_use]
    pub fn position_at(&self, store: &Store, time: i64) -> usize {
        self.rows.rank((time, 0), |id| store.key(id))
    }

    /// Bytes that the list takes.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.rows.memory()
    }
}
